//! From FLV tags to tracks and frames, and what is learnt of the publisher on
//! the way.

use std::collections::VecDeque;

use bytes::Bytes;
use hallway_media::{AacConfig, AvcConfig, Codec, Frame, MediaTime, Track, TrackId, Tracks};

use crate::{
    amf0::Value,
    facts::{Facts, Problem, RARE_KEYFRAMES},
    flv::{self, Tag},
    sessions::Event,
};

/// Tracks are announced together. Where the metadata does not say what is to
/// come, this long is waited for the second one, in ms of the stream.
const WAIT_FOR_TRACKS: i64 = 1_000;
/// Facts are told this often, in ms of the stream, and with every keyframe.
const TELL_EVERY: i64 = 1_000;
/// Span over which rates are measured, in ms.
const MEASURE_OVER: i64 = 2_000;

#[derive(Debug, Default)]
pub(crate) struct Publisher {
    video: Lane<AvcConfig>,
    audio: Lane<AacConfig>,
    announced: Option<Tracks>,
    /// The newest timestamp, as it came and counted on past 2^32.
    clock: Option<(u32, i64)>,
    first: Option<i64>,
    last_key: Option<i64>,
    told: Option<i64>,
    meter: Meter,
    pub facts: Facts,
}

#[derive(Debug)]
struct Lane<C> {
    config: Option<C>,
    /// Whether such a track is to come: yes, no, or not said.
    expected: Option<bool>,
}

impl<C> Default for Lane<C> {
    fn default() -> Self {
        Self {
            config: None,
            expected: None,
        }
    }
}

/// Bytes and pictures since a moment.
#[derive(Debug, Default)]
struct Meter {
    since: Option<i64>,
    bytes: u64,
    pictures: u64,
}

impl Publisher {
    pub(crate) fn new(encoder: Option<String>) -> Self {
        let mut publisher = Self::default();
        publisher.facts.encoder = encoder.as_deref().and_then(presentable);
        publisher
    }

    pub(crate) fn metadata(&mut self, metadata: &Value) {
        let expects = |name: &str| match metadata.get(name) {
            Some(Value::Number(id)) => *id != 0.0,
            Some(Value::String(name)) => !name.is_empty(),
            _ => false,
        };
        self.video.expected = Some(expects("videocodecid"));
        self.audio.expected = Some(expects("audiocodecid"));
        if let Some(encoder) = metadata
            .get("encoder")
            .and_then(Value::as_str)
            .and_then(presentable)
        {
            self.facts.encoder = Some(encoder);
        }
    }

    pub(crate) fn video(&mut self, timestamp: u32, tag: Bytes, events: &mut VecDeque<Event>) {
        let at = self.at(timestamp);
        match flv::video(tag) {
            Tag::Config(record) => match AvcConfig::parse(record) {
                Ok(config) => self.video_config(config, events),
                Err(reason) => self.bad_config(reason.to_string(), events),
            },
            Tag::Data {
                key,
                composition,
                data,
            } => {
                let Some(config) = &self.video.config else {
                    return;
                };
                if !flv::is_well_framed(&data, config.length_size) {
                    return self.damaged(events);
                }
                self.meter.pictures += 1;
                if key {
                    self.keyframe(at);
                }
                let dts = MediaTime::from_millis(at);
                let pts = dts + MediaTime::from_millis(i64::from(composition));
                self.frame(
                    at,
                    Frame {
                        track: TrackId::VIDEO,
                        dts,
                        pts,
                        key,
                        data,
                    },
                    key,
                    events,
                );
            }
            Tag::Unsupported(codec) => {
                self.video.expected = Some(false);
                self.problem(Problem::UnsupportedVideo { codec }, events);
            }
            Tag::Malformed => self.damaged(events),
            Tag::Nothing => {}
        }
    }

    pub(crate) fn audio(&mut self, timestamp: u32, tag: Bytes, events: &mut VecDeque<Event>) {
        let at = self.at(timestamp);
        match flv::audio(tag) {
            Tag::Config(record) => match AacConfig::parse(record) {
                Ok(config) => {
                    self.facts
                        .settle(|problem| matches!(problem, Problem::UnsupportedAudio { .. }));
                    self.audio.config = Some(config);
                    self.announce(events);
                }
                Err(reason) => self.bad_config(reason.to_string(), events),
            },
            Tag::Data { data, .. } if self.audio.config.is_some() => {
                let dts = MediaTime::from_millis(at);
                let frame = Frame {
                    track: TrackId::AUDIO,
                    dts,
                    pts: dts,
                    key: true,
                    data,
                };
                self.frame(at, frame, false, events);
            }
            Tag::Unsupported(codec) => {
                self.audio.expected = Some(false);
                self.problem(Problem::UnsupportedAudio { codec }, events);
            }
            Tag::Malformed => self.damaged(events),
            Tag::Data { .. } | Tag::Nothing => {}
        }
    }

    fn video_config(&mut self, config: AvcConfig, events: &mut VecDeque<Event>) {
        let profile = config.profile_name().to_owned();
        let plays = config.plays_in_browsers();
        self.facts.settle(|problem| {
            matches!(
                problem,
                Problem::UnsupportedVideo { .. } | Problem::UnsupportedProfile { .. }
            )
        });
        self.video.config = Some(config);
        if !plays {
            self.problem(Problem::UnsupportedProfile { profile }, events);
        }
        self.announce(events);
    }

    /// Counts timestamps on past 2^32 ms; steps back stay steps back.
    fn at(&mut self, timestamp: u32) -> i64 {
        let at = match self.clock {
            Some((last, at)) => at + i64::from(timestamp.wrapping_sub(last).cast_signed()),
            None => i64::from(timestamp),
        };
        self.clock = Some((timestamp, at));
        at
    }

    /// Tells the tracks once all that are to come are here, and whenever they change.
    fn announce(&mut self, events: &mut VecDeque<Event>) {
        let settled = |known: bool, expected: Option<bool>| known || expected == Some(false);
        let complete = settled(self.video.config.is_some(), self.video.expected)
            && settled(self.audio.config.is_some(), self.audio.expected);
        let waited = matches!((self.first, self.clock), (Some(first), Some((_, now))) if now - first >= WAIT_FOR_TRACKS);
        if self.announced.is_none() && !complete && !waited {
            return;
        }
        let video = self.video.config.clone().map(|avc| Track {
            id: TrackId::VIDEO,
            codec: Codec::H264(avc),
        });
        let audio = self.audio.config.clone().map(|aac| Track {
            id: TrackId::AUDIO,
            codec: Codec::Aac(aac),
        });
        let tracks = Tracks::new(video.into_iter().chain(audio));
        if !tracks.is_empty() && self.announced.as_ref() != Some(&tracks) {
            self.announced = Some(tracks.clone());
            self.facts.tracks = Some(tracks.clone());
            events.push_back(Event::Tracks(tracks));
            events.push_back(Event::Facts(self.facts.clone()));
        }
    }

    fn frame(&mut self, at: i64, frame: Frame, key: bool, events: &mut VecDeque<Event>) {
        self.first.get_or_insert(at);
        if self.announced.is_none() {
            self.announce(events);
        }
        self.meter.bytes += frame.data.len() as u64;
        self.facts.frames += 1;
        if self.announced.is_some() {
            events.push_back(Event::Frame(frame));
        }
        if key
            || self
                .told
                .is_none_or(|told| !(0..TELL_EVERY).contains(&(at - told)))
        {
            self.told = Some(at);
            self.measure(at);
            self.overdue(at);
            events.push_back(Event::Facts(self.facts.clone()));
        }
    }

    fn measure(&mut self, at: i64) {
        let span = at - *self.meter.since.get_or_insert(at);
        if span < 0 {
            self.meter = Meter::default();
        } else if span >= MEASURE_OVER {
            let seconds = span as f64 / 1_000.0;
            self.facts.bitrate = Some((self.meter.bytes as f64 * 8.0 / seconds) as u64);
            let video = self.video.config.is_some();
            self.facts.frame_rate = video.then(|| self.meter.pictures as f64 / seconds);
            self.meter = Meter {
                since: Some(at),
                ..Meter::default()
            };
        }
    }

    fn keyframe(&mut self, at: i64) {
        let Some(last) = self.last_key.replace(at) else {
            return;
        };
        let Ok(millis) = u32::try_from(at - last) else {
            return;
        };
        self.facts.keyframe_interval_ms = Some(millis);
        if i64::from(millis) > RARE_KEYFRAMES {
            self.facts.note(Problem::RareKeyframes { millis });
        } else {
            self.facts
                .settle(|problem| matches!(problem, Problem::RareKeyframes { .. }));
        }
    }

    /// Said while it goes on, not only when the next keyframe comes at last.
    fn overdue(&mut self, at: i64) {
        let since = self.last_key.map_or(0, |last| at - last);
        let known = i64::from(self.facts.keyframe_interval_ms.unwrap_or(0));
        if since > RARE_KEYFRAMES && since > known {
            let millis = u32::try_from(since).unwrap_or(u32::MAX);
            self.facts.note(Problem::RareKeyframes { millis });
        }
    }

    fn damaged(&mut self, events: &mut VecDeque<Event>) {
        self.facts.damaged += 1;
        self.problem(Problem::DamagedFrames, events);
    }

    fn bad_config(&mut self, reason: String, events: &mut VecDeque<Event>) {
        self.problem(Problem::BadConfig { reason }, events);
    }

    fn problem(&mut self, problem: Problem, events: &mut VecDeque<Event>) {
        if self.facts.note(problem) {
            events.push_back(Event::Facts(self.facts.clone()));
        }
    }
}

/// A name from outside, fit to be shown.
fn presentable(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;

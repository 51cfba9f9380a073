//! From FLV tags to tracks and frames, and what is learnt of the publisher on
//! the way.

use std::collections::VecDeque;

use bytes::Bytes;
use hallway_media::{AacConfig, AvcConfig, Codec, Frame, MediaTime, Track, TrackId, Tracks};

use crate::{
    amf0::Value,
    facts::{Facts, Problem, presentable},
    flv::{self, Tag},
    gauges::{Gauge, Seen},
    sessions::Event,
};

/// Tracks are announced together. Where the metadata does not say what is to
/// come, this long is waited for the second one, in ms of the stream.
const WAIT_FOR_TRACKS: i64 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Publisher {
    video: Lane<AvcConfig>,
    audio: Lane<AacConfig>,
    announced: Option<Tracks>,
    /// The newest timestamp, as it came and counted on past 2^32.
    clock: Option<(u32, i64)>,
    first: Option<i64>,
    gauge: Gauge,
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
                    Seen::Picture { key },
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
                self.frame(at, frame, Seen::Sound, events);
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

    fn frame(&mut self, at: i64, frame: Frame, seen: Seen, events: &mut VecDeque<Event>) {
        self.first.get_or_insert(at);
        if self.announced.is_none() {
            self.announce(events);
        }
        let tell = self.gauge.note(at, frame.data.len(), seen, &mut self.facts);
        if self.announced.is_some() {
            events.push_back(Event::Frame(frame));
        }
        if tell {
            events.push_back(Event::Facts(self.facts.clone()));
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

#[cfg(test)]
mod tests;

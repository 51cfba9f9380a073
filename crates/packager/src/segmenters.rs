//! Frames in, parts and segments out: no socket, no task, no clock.
//!
//! The broadcast has one timeline that only grows. A publisher's own
//! timestamps are laid onto it afresh whenever they start over (a new
//! publisher, other codecs, frames lost), which is a discontinuity. Video
//! decides where parts and segments end; sound goes along; a stream without
//! video is cut by its sound.

use std::collections::VecDeque;

use hallway_media::{Frame, Item, MediaTime, TrackId, Tracks, WallTime};

use crate::{
    fragments::{self, AudioSample, FragmentError, VideoSample},
    segments::{Init, Part, Resume, SegmentHead},
};

/// How a broadcast is cut.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Longest part. The default holds whole pictures of every usual rate for
    /// nearly all of its length, as RFC 8216bis 4.4.3.7 asks (85 %): six at
    /// 30/s and five at 25/s are 200 ms, five at 24/s are 208.
    pub part_target: MediaTime,
    /// A segment ends at the first keyframe near this; later where keyframes
    /// are rarer.
    pub segment_target: MediaTime,
    /// Segments in the playlist.
    pub window_segments: usize,
    /// Bytes the window may hold; older segments leave early beyond it.
    pub window_bytes: usize,
    /// Written before every URI of the playlists, either empty or ending in a
    /// slash. Must differ between runs of one stage, since parts are cached for good.
    pub uri_prefix: String,
    pub resume: Resume,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            part_target: MediaTime::from_millis(209),
            segment_target: MediaTime::from_millis(2_000),
            window_segments: 12,
            window_bytes: 192 << 20,
            uri_prefix: String::new(),
            resume: Resume::default(),
        }
    }
}

/// A segment is closed here even without a keyframe, so that neither a
/// publisher that never sends one nor a huge picture fills the memory.
const LONGEST_SEGMENT: MediaTime = MediaTime::from_millis(12_000);
const LARGEST_SEGMENT: usize = 32 << 20;
/// Sound goes on by itself when pictures stop for this long.
const VIDEO_STALL: MediaTime = MediaTime::from_millis(1_000);
/// Timestamps that leap this far start a new timeline.
const LEAP_BACK: MediaTime = MediaTime::from_millis(1_000);
const LEAP_AHEAD: MediaTime = MediaTime::from_millis(10_000);
/// A frame this far beyond what is written fits nowhere: a part would have to
/// reach there.
const FARTHEST: MediaTime = MediaTime::from_millis(12_000);
/// How far the wall clock of a segment may slide to follow a publisher whose
/// clock runs fast or slow; a real drift is under 0.1 ms per second.
const SLIDE_MILLIS: i64 = 5;
/// Segments over which the shortest delay is taken, to tell drift from jitter.
const DELAYS_KEPT: usize = 16;

/// What the segmenter produced, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// The segments that name it follow.
    Init(Init),
    /// A segment begins; its first part follows.
    Open(SegmentHead),
    Part(Part),
    /// The open segment is whole.
    Close,
}

#[derive(Debug)]
pub struct Segmenter {
    settings: Settings,
    outputs: VecDeque<Output>,
    run: Option<Run>,
    init: Option<Init>,
    next_init: u32,
    next_msn: u64,
    fragments: u32,
    open: Option<OpenSegment>,
    /// End of everything written so far.
    end: MediaTime,
    discontinuity: bool,
    wall: WallClockOfMedia,
    dropped: u64,
}

#[derive(Debug)]
struct OpenSegment {
    msn: u64,
    start: MediaTime,
    next_part: u32,
    bytes: usize,
}

/// A stretch of frames whose timestamps belong together.
#[derive(Debug)]
struct Run {
    tracks: Tracks,
    /// The publisher's timestamp of the first frame, and where it lies on our timeline.
    origin: Option<(MediaTime, MediaTime)>,
    part_start: MediaTime,
    video: Option<VideoLane>,
    audio: Option<AudioLane>,
}

#[derive(Debug)]
struct VideoLane {
    track: TrackId,
    last_dts: Option<MediaTime>,
    /// The newest picture: how long it lasts is known when the next one comes.
    pending: Option<VideoSample>,
    /// Where a picture ended that lasted until something else than the next one.
    released: MediaTime,
    samples: Vec<VideoSample>,
    usual_duration: MediaTime,
    last_key: Option<MediaTime>,
    key_interval: MediaTime,
}

#[derive(Debug)]
struct AudioLane {
    track: TrackId,
    rate: u32,
    frame_samples: u32,
    last_dts: Option<MediaTime>,
    /// Where the next block begins, in samples.
    cursor: Option<u64>,
    samples: VecDeque<AudioSample>,
}

/// Ties our timeline to the wall clock.
#[derive(Debug, Default)]
struct WallClockOfMedia {
    anchor: Option<(MediaTime, WallTime)>,
    delays: VecDeque<i64>,
}

impl Segmenter {
    pub fn new(settings: Settings) -> Self {
        let Resume { msn, init, start } = settings.resume;
        Self {
            settings,
            outputs: VecDeque::new(),
            run: None,
            init: None,
            next_init: init,
            next_msn: msn,
            fragments: 0,
            open: None,
            end: start,
            discontinuity: msn > 0,
            wall: WallClockOfMedia::default(),
            dropped: 0,
        }
    }

    /// Takes the next item of a publisher's stream. `now` is when it came in.
    pub fn handle(&mut self, item: Item, now: WallTime) -> Result<(), FragmentError> {
        match item {
            Item::Tracks(tracks) => self.begin(tracks, now),
            Item::Gap { dropped } => {
                self.dropped += dropped;
                self.restart(now)
            }
            Item::Frame(frame) => self.frame(frame, now),
        }
    }

    /// What came of it; ask until there is nothing.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Writes out what is held back and closes the open segment. Frames may
    /// follow, after a discontinuity.
    pub fn flush(&mut self, now: WallTime) -> Result<(), FragmentError> {
        self.restart(now)
    }

    /// The number of the segment that will open next.
    pub fn next_msn(&self) -> u64 {
        self.next_msn
    }

    /// Frames lost on the way here or unusable.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn begin(&mut self, tracks: Tracks, now: WallTime) -> Result<(), FragmentError> {
        self.restart(now)?;
        self.run = None;
        if tracks.video().is_none() && tracks.audio().is_none() {
            return Ok(());
        }
        let data = fragments::init_segment(&tracks)?;
        let audio_only = tracks.audio_only();
        let audio_only = audio_only.as_ref().map(fragments::init_segment);
        if self.init.as_ref().is_none_or(|init| init.data != data) {
            let init = Init {
                id: self.next_init,
                data,
                tracks: tracks.clone(),
                audio_only: audio_only.transpose()?,
            };
            self.next_init += 1;
            self.init = Some(init.clone());
            self.outputs.push_back(Output::Init(init));
        }
        self.run = Some(Run::new(tracks));
        Ok(())
    }

    /// Ends the run of timestamps; what comes next starts a new one on the same tracks.
    fn restart(&mut self, now: WallTime) -> Result<(), FragmentError> {
        let Some(mut run) = self.run.take() else {
            return Ok(());
        };
        if run.origin.is_some() {
            let (pictures_end, end) = run.finish_samples();
            self.write_part(&mut run, pictures_end, now)?;
            // Sound may have come further than the last picture lasts.
            self.write_sound(&mut run, end, now)?;
            self.write_part(&mut run, end, now)?;
            self.close(now);
            self.end = self.end.max(end);
            self.discontinuity = true;
        }
        self.run = Some(Run::new(run.tracks));
        Ok(())
    }

    fn frame(&mut self, frame: Frame, now: WallTime) -> Result<(), FragmentError> {
        let Some(run) = &self.run else {
            self.dropped += 1;
            return Ok(());
        };
        if run.leaps(&frame) {
            self.restart(now)?;
        }
        let Some(mut run) = self.run.take() else {
            return Ok(());
        };
        let written = self.place(&mut run, frame, now);
        self.run = Some(run);
        written
    }

    fn place(&mut self, run: &mut Run, frame: Frame, now: WallTime) -> Result<(), FragmentError> {
        let begins = match &run.video {
            Some(video) => frame.key && frame.track == video.track,
            None => true,
        };
        let (theirs, ours) = match run.origin {
            Some(origin) => origin,
            None if begins => {
                run.part_start = self.end;
                self.wall.anchor(self.end, now);
                *run.origin.insert((frame.dts, self.end))
            }
            // Sound before the first picture is nobody's loss; pictures are.
            None => {
                self.dropped += u64::from(run.is_video(&frame));
                return Ok(());
            }
        };
        let at = frame.dts - theirs + ours;
        if run.is_audio(&frame) && at < ours {
            return Ok(());
        }
        if at - run.part_start > FARTHEST {
            self.dropped += 1;
            return Ok(());
        }
        if run.is_video(&frame) && !frame.data.is_empty() {
            self.picture(run, frame, at, now)
        } else if run.is_audio(&frame) && !frame.data.is_empty() {
            self.sound(run, frame, at, now)
        } else {
            self.dropped += 1;
            Ok(())
        }
    }

    fn picture(
        &mut self,
        run: &mut Run,
        frame: Frame,
        at: MediaTime,
        now: WallTime,
    ) -> Result<(), FragmentError> {
        let Some(video) = &mut run.video else {
            return Ok(());
        };
        video.last_dts = Some(frame.dts);
        // Late or equal timestamps are moved on by a tick: decode time must grow.
        let floor = match &video.pending {
            Some(last) => last.dts + MediaTime(1),
            None => run.part_start.max(video.released),
        };
        let at = at.max(floor);
        let shown = at + (frame.pts - frame.dts);
        if video.pending.is_none() && video.samples.is_empty() {
            self.write_sound(run, at, now)?;
        }
        let Some(video) = &mut run.video else {
            return Ok(());
        };
        if let Some(mut last) = video.pending.take() {
            last.duration = at - last.dts;
            video.usual_duration = last.duration;
            let fits =
                at - run.part_start <= self.settings.part_target || last.dts == run.part_start;
            if !fits {
                let cut = last.dts;
                self.write_part(run, cut, now)?;
            }
            let Some(video) = &mut run.video else {
                return Ok(());
            };
            video.samples.push(last);
        }
        let Some(video) = &mut run.video else {
            return Ok(());
        };
        if frame.key {
            if let Some(last) = video.last_key {
                video.key_interval = at - last;
            }
            video.last_key = Some(at);
        }
        let (usual, interval) = (video.usual_duration, video.key_interval);
        if frame.key && self.segment_ends_at(at, run.part_start, interval) {
            self.write_part(run, at, now)?;
            self.close(now);
        } else if at - run.part_start + usual > self.settings.part_target {
            self.write_part(run, at, now)?;
        }
        let Some(video) = &mut run.video else {
            return Ok(());
        };
        video.pending = Some(VideoSample {
            dts: at,
            duration: MediaTime::ZERO,
            composition: shown - at,
            key: frame.key,
            data: frame.data,
        });
        Ok(())
    }

    fn sound(
        &mut self,
        run: &mut Run,
        frame: Frame,
        at: MediaTime,
        now: WallTime,
    ) -> Result<(), FragmentError> {
        let Some(audio) = &mut run.audio else {
            return Ok(());
        };
        audio.last_dts = Some(frame.dts);
        let Some(end) = audio.push(at, frame.data) else {
            self.dropped += 1;
            return Ok(());
        };
        let length = end - run.part_start;
        let block = MediaTime::from_units(i64::from(audio.frame_samples), audio.rate);
        if run.video.is_none() {
            if length + block > self.settings.part_target {
                self.write_part(run, end, now)?;
                if self.open.as_ref().is_some_and(|open| {
                    end - open.start + self.settings.part_target > self.settings.segment_target
                }) {
                    self.close(now);
                }
            }
        } else if let Some(video) = &mut run.video {
            let stands_still = video.pending.is_none() && video.samples.is_empty();
            let patience = if stands_still {
                MediaTime::ZERO
            } else {
                VIDEO_STALL
            };
            if length > self.settings.part_target + patience {
                video.release(end);
                self.write_sound(run, end, now)?;
            }
        }
        Ok(())
    }

    /// While the picture stands still the sound goes on in parts of the usual length.
    fn write_sound(
        &mut self,
        run: &mut Run,
        until: MediaTime,
        now: WallTime,
    ) -> Result<(), FragmentError> {
        while run.part_start + self.settings.part_target <= until {
            let cut = run.part_start + self.settings.part_target;
            self.write_part(run, cut, now)?;
            if run.part_start < cut {
                break;
            }
        }
        Ok(())
    }

    /// Segments end at a keyframe: at the target, or before it when the next
    /// keyframe would come well after.
    fn segment_ends_at(
        &self,
        at: MediaTime,
        part_start: MediaTime,
        key_interval: MediaTime,
    ) -> bool {
        let length = at - self.open.as_ref().map_or(part_start, |open| open.start);
        let target = self.settings.segment_target;
        length >= target || length + key_interval > MediaTime(target.0 + target.0 / 10)
    }

    /// Writes everything before `end` as a part, opening a segment for it if need be.
    fn write_part(
        &mut self,
        run: &mut Run,
        end: MediaTime,
        now: WallTime,
    ) -> Result<(), FragmentError> {
        let duration = end - run.part_start;
        let video = run
            .video
            .as_mut()
            .map(|video| std::mem::take(&mut video.samples))
            .unwrap_or_default();
        let audio = run
            .audio
            .as_mut()
            .map(|audio| audio.take_before(end))
            .unwrap_or_default();
        if duration <= MediaTime::ZERO || (video.is_empty() && audio.is_empty()) {
            return Ok(());
        }
        self.fragments = self.fragments.wrapping_add(1);
        let data = fragments::part(self.fragments, &video, &audio)?;
        let audio_only = match run.video {
            Some(_) if !audio.is_empty() => Some(fragments::part(self.fragments, &[], &audio)?),
            _ => None,
        };
        let keyframes = match run.video {
            Some(_) => video
                .iter()
                .filter(|s| s.key)
                .map(|s| s.dts - run.part_start)
                .collect(),
            None => vec![MediaTime::ZERO],
        };
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let head = SegmentHead {
                    msn: self.next_msn,
                    init: self.init.as_ref().map_or(0, |init| init.id),
                    discontinuity: std::mem::take(&mut self.discontinuity),
                    start: run.part_start,
                    program_date_time: self.wall.at(run.part_start),
                };
                self.next_msn += 1;
                self.outputs.push_back(Output::Open(head));
                self.open.insert(OpenSegment {
                    msn: head.msn,
                    start: head.start,
                    next_part: 0,
                    bytes: 0,
                })
            }
        };
        let part = Part {
            msn: open.msn,
            index: open.next_part,
            duration,
            keyframes,
            data,
            audio_only,
        };
        open.next_part += 1;
        open.bytes += part.data.len();
        let too_long = end - open.start >= LONGEST_SEGMENT || open.bytes >= LARGEST_SEGMENT;
        self.outputs.push_back(Output::Part(part));
        run.part_start = end;
        self.end = end;
        if too_long {
            self.close(now);
        }
        Ok(())
    }

    fn close(&mut self, now: WallTime) {
        if self.open.take().is_some() {
            self.outputs.push_back(Output::Close);
            self.wall.follow(self.end, now);
        }
    }
}

impl Run {
    fn new(tracks: Tracks) -> Self {
        let video = tracks.video().map(|(track, _)| VideoLane {
            track,
            last_dts: None,
            pending: None,
            released: MediaTime::ZERO,
            samples: Vec::new(),
            usual_duration: MediaTime::from_millis(33),
            last_key: None,
            key_interval: MediaTime::ZERO,
        });
        let audio = tracks.audio().map(|(track, aac)| AudioLane {
            track,
            rate: aac.sample_rate,
            frame_samples: aac.frame_samples,
            last_dts: None,
            cursor: None,
            samples: VecDeque::new(),
        });
        Self {
            tracks,
            origin: None,
            part_start: MediaTime::ZERO,
            video,
            audio,
        }
    }

    fn is_video(&self, frame: &Frame) -> bool {
        self.video
            .as_ref()
            .is_some_and(|video| video.track == frame.track)
    }

    fn is_audio(&self, frame: &Frame) -> bool {
        self.audio
            .as_ref()
            .is_some_and(|audio| audio.track == frame.track)
    }

    fn leaps(&self, frame: &Frame) -> bool {
        let last = if self.is_video(frame) {
            self.video.as_ref().and_then(|video| video.last_dts)
        } else {
            self.audio.as_ref().and_then(|audio| audio.last_dts)
        };
        last.is_some_and(|last| frame.dts < last - LEAP_BACK || frame.dts > last + LEAP_AHEAD)
    }

    /// Lets the last picture last as long as the one before; returns where the
    /// pictures end and where it all ends.
    fn finish_samples(&mut self) -> (MediaTime, MediaTime) {
        let mut pictures_end = self.part_start;
        if let Some(video) = &mut self.video {
            if let Some(last) = &video.pending {
                let until = last.dts + video.usual_duration.max(MediaTime(1));
                video.release(until);
            }
            if let Some(last) = video.samples.last() {
                pictures_end = pictures_end.max(last.dts + last.duration);
            }
        }
        let sound_end = self.audio.as_ref().map_or(pictures_end, AudioLane::end);
        (pictures_end, pictures_end.max(sound_end))
    }
}

impl VideoLane {
    /// Lets the newest picture last until `end`.
    fn release(&mut self, end: MediaTime) {
        if let Some(mut last) = self.pending.take() {
            last.duration = (end - last.dts).max(MediaTime(1));
            self.released = last.dts + last.duration;
            self.samples.push(last);
        }
    }
}

impl AudioLane {
    /// Lays a block end to end with the one before. Timestamps only tell a gap
    /// from their own rounding: RTMP's are whole milliseconds, a block is not.
    /// Returns where the block ends; `None` when its place is taken.
    fn push(&mut self, at: MediaTime, data: bytes::Bytes) -> Option<MediaTime> {
        let wanted = at.to_units(self.rate).max(0) as u64;
        let slack = u64::from(self.frame_samples) * 2;
        let start = match self.cursor {
            None => wanted,
            Some(cursor) if wanted + slack < cursor => return None,
            Some(cursor) if wanted > cursor + slack => {
                if let Some(last) = self.samples.back_mut() {
                    last.duration = last.duration.saturating_add((wanted - cursor) as u32);
                }
                wanted
            }
            Some(cursor) => cursor,
        };
        self.samples.push_back(AudioSample {
            at: start,
            duration: self.frame_samples,
            data,
        });
        self.cursor = Some(start + u64::from(self.frame_samples));
        Some(self.end())
    }

    fn end(&self) -> MediaTime {
        MediaTime::from_units(self.cursor.unwrap_or(0) as i64, self.rate)
    }

    fn take_before(&mut self, end: MediaTime) -> Vec<AudioSample> {
        let end = end.to_units(self.rate).max(0) as u64;
        let count = self
            .samples
            .iter()
            .take_while(|sample| sample.at < end)
            .count();
        self.samples.drain(..count).collect()
    }
}

impl WallClockOfMedia {
    fn anchor(&mut self, media: MediaTime, now: WallTime) {
        self.anchor = Some((media, now));
        self.delays.clear();
    }

    fn at(&self, media: MediaTime) -> WallTime {
        self.anchor
            .map_or(WallTime(0), |(from, wall)| wall.plus(media - from))
    }

    /// Called as media up to `media` is complete. The shortest delay of late is
    /// what the clocks have drifted apart; jitter only makes delays longer.
    fn follow(&mut self, media: MediaTime, now: WallTime) {
        let delay = now.millis_since(self.at(media));
        self.delays.push_back(delay);
        if self.delays.len() > DELAYS_KEPT {
            self.delays.pop_front();
            let drift = self
                .delays
                .iter()
                .min()
                .copied()
                .unwrap_or(0)
                .clamp(-SLIDE_MILLIS, SLIDE_MILLIS);
            if let Some((_, wall)) = &mut self.anchor {
                wall.0 += drift;
            }
            self.delays.iter_mut().for_each(|delay| *delay -= drift);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

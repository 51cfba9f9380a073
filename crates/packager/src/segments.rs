//! What a broadcast is cut into.

use bytes::Bytes;
use hallway_media::{MediaTime, Tracks, WallTime};

use crate::pieces::Variant;

/// An initialisation segment (`ftyp` and `moov`): what a decoder needs before
/// the first part.
#[derive(Clone, Debug)]
pub struct Init {
    pub id: u32,
    pub data: Bytes,
    pub tracks: Tracks,
    /// What it says of the sound by itself, where there are pictures too.
    pub audio_only: Option<Bytes>,
}

impl Init {
    pub fn of(&self, variant: Variant) -> Option<&Bytes> {
        match variant {
            Variant::Source => Some(&self.data),
            Variant::AudioOnly => self.audio_only.as_ref(),
        }
    }
}

/// What is known of a segment when its first part is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHead {
    /// Media sequence number.
    pub msn: u64,
    /// The id of the [`Init`] it needs.
    pub init: u32,
    /// Its timeline or its codecs do not follow on from the segment before.
    pub discontinuity: bool,
    /// Decode time of its first sample on the broadcast's own timeline.
    pub start: MediaTime,
    /// The wall clock at `start`.
    pub program_date_time: WallTime,
}

/// A part: one `moof` and its `mdat`. Never changes.
#[derive(Clone, Debug)]
pub struct Part {
    pub msn: u64,
    pub index: u32,
    pub duration: MediaTime,
    /// Keyframes in it, each as the span from the part's start. In a broadcast
    /// without video, every part begins with one.
    pub keyframes: Vec<MediaTime>,
    pub data: Bytes,
    /// Its sound by itself, where there are pictures too.
    pub audio_only: Option<Bytes>,
}

impl Part {
    pub fn of(&self, variant: Variant) -> Option<&Bytes> {
        match variant {
            Variant::Source => Some(&self.data),
            Variant::AudioOnly => self.audio_only.as_ref(),
        }
    }

    /// Holds a frame a decoder may begin with (INDEPENDENT of RFC 8216bis 4.4.4.9).
    pub fn independent(&self) -> bool {
        !self.keyframes.is_empty()
    }
}

/// A segment: the list of its parts, never a copy of them.
#[derive(Clone, Debug)]
pub struct Segment {
    pub head: SegmentHead,
    pub parts: Vec<Part>,
    /// No part follows.
    pub closed: bool,
}

impl Segment {
    pub(crate) fn open(head: SegmentHead) -> Self {
        Self {
            head,
            parts: Vec::new(),
            closed: false,
        }
    }

    pub fn duration(&self) -> MediaTime {
        self.parts
            .iter()
            .fold(MediaTime::ZERO, |sum, part| sum + part.duration)
    }

    /// Length of one variant in bytes.
    pub fn bytes(&self, variant: Variant) -> usize {
        let parts = self.parts.iter().filter_map(|part| part.of(variant));
        parts.map(Bytes::len).sum()
    }

    /// One variant's bytes end to end, shared with its parts.
    pub fn data(&self, variant: Variant) -> Vec<Bytes> {
        let parts = self.parts.iter().filter_map(|part| part.of(variant));
        parts.cloned().collect()
    }

    /// A decoder may begin with its first frame.
    pub fn independent(&self) -> bool {
        self.parts.first().and_then(|part| part.keyframes.first()) == Some(&MediaTime::ZERO)
    }

    pub fn ends_at(&self) -> WallTime {
        self.head.program_date_time.plus(self.duration())
    }
}

/// Where a broadcast goes on after a restart, so that no number is used
/// twice and the timeline still only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    pub msn: u64,
    pub init: u32,
    /// Where the timeline goes on.
    pub start: MediaTime,
}

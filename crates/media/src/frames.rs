//! One coded picture or block of sound.

use bytes::Bytes;

use crate::{MediaTime, TrackId};

/// One coded picture or block of sound, as it lies in an MP4 sample: H.264 as
/// length-prefixed NAL units, AAC without ADTS headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub track: TrackId,
    /// When it is decoded; never falls within a track.
    pub dts: MediaTime,
    /// When it is shown.
    pub pts: MediaTime,
    /// A decoder may begin here. True for every block of sound.
    pub key: bool,
    pub data: Bytes,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("track", &self.track.0)
            .field("dts", &self.dts.0)
            .field("pts", &self.pts.0)
            .field("key", &self.key)
            .field("bytes", &self.data.len())
            .finish()
    }
}

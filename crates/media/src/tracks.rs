//! Tracks of a stream and the codecs they carry.

use std::sync::Arc;

use crate::{AacConfig, AvcConfig};

/// How a track is coded, with all a decoder needs before the first frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    H264(AvcConfig),
    Aac(AacConfig),
    /// A codec we can name but not carry.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    Video,
    Audio,
    Other,
}

/// A track's number in its stream. Also its number in the MP4 written from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(pub u8);

impl TrackId {
    pub const VIDEO: Self = Self(1);
    pub const AUDIO: Self = Self(2);
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub codec: Codec,
}

impl Track {
    pub fn kind(&self) -> TrackKind {
        match self.codec {
            Codec::H264(_) => TrackKind::Video,
            Codec::Aac(_) => TrackKind::Audio,
            Codec::Other(_) => TrackKind::Other,
        }
    }

    /// The codec's name for people: `H.264 High 1280x720`, `AAC 48000 Hz stereo`.
    pub fn describe(&self) -> String {
        match &self.codec {
            Codec::H264(avc) => {
                format!("H.264 {} {}x{}", avc.profile_name(), avc.width, avc.height)
            }
            Codec::Aac(aac) => {
                let layout = match aac.channels {
                    1 => "mono".to_owned(),
                    2 => "stereo".to_owned(),
                    count => format!("{count} channels"),
                };
                format!("AAC {} Hz {layout}", aac.sample_rate)
            }
            Codec::Other(name) => name.clone(),
        }
    }

    /// The name in an HLS CODECS attribute (RFC 6381); `None` when it has none of ours.
    pub fn codec_string(&self) -> Option<String> {
        match &self.codec {
            Codec::H264(avc) => Some(avc.codec_string()),
            Codec::Aac(aac) => Some(aac.codec_string()),
            Codec::Other(_) => None,
        }
    }
}

/// The tracks of a stream from here on; at most one of each kind is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracks(Arc<[Track]>);

impl Tracks {
    pub fn new(tracks: impl IntoIterator<Item = Track>) -> Self {
        Self(tracks.into_iter().collect())
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Track> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn video(&self) -> Option<(TrackId, &AvcConfig)> {
        self.0.iter().find_map(|track| match &track.codec {
            Codec::H264(avc) => Some((track.id, avc)),
            _ => None,
        })
    }

    pub fn audio(&self) -> Option<(TrackId, &AacConfig)> {
        self.0.iter().find_map(|track| match &track.codec {
            Codec::Aac(aac) => Some((track.id, aac)),
            _ => None,
        })
    }

    /// Its sound by itself; none where there is none, or nothing else.
    pub fn audio_only(&self) -> Option<Self> {
        let sound = self
            .iter()
            .find(|track| track.kind() == TrackKind::Audio)
            .filter(|_| self.video().is_some())?;
        Some(Self::new([sound.clone()]))
    }

    /// An HLS CODECS attribute without its quotes: `avc1.64001f,mp4a.40.2`.
    pub fn codecs(&self) -> String {
        let names: Vec<_> = self.0.iter().filter_map(Track::codec_string).collect();
        names.join(",")
    }

    /// May a consumer that knows nothing yet begin with this frame?
    pub(crate) fn may_begin_with(&self, frame: &crate::Frame) -> bool {
        match self.video() {
            Some((video, _)) => frame.track == video && frame.key,
            None => frame.key,
        }
    }
}

/// Why a codec's configuration cannot be used, in words for the person at the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) &'static str);

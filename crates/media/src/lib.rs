//! What media is, without saying where it comes from or goes: codecs, tracks,
//! frames, media time, and handles through which one producer feeds many
//! consumers, each with a bounded queue of its own.

pub mod aac;
mod bits;
mod feeds;
mod frames;
pub mod h264;
mod times;
mod tracks;

pub use aac::AacConfig;
pub use feeds::{Consumer, Item, Producer, QueueLimits};
pub use frames::Frame;
pub use h264::AvcConfig;
pub use times::{MediaTime, WallTime};
pub use tracks::{Codec, ConfigError, Track, TrackId, TrackKind, Tracks};

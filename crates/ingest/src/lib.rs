//! What publishers send, in: RTMP and RTMPS, which OBS, ffmpeg and hardware
//! encoders push, and WHIP, which browsers do. A [`Session`] holds RTMP and knows
//! no socket; a [`Server`] drives sessions over TCP, one task per connection, each
//! of which may die alone. A [`Whip`] drives publishers over WebRTC on one UDP port.
//! Either gives [`Publication`]s, alike for whoever takes them. Who may publish is
//! asked of the caller; nothing here knows stages or people.
//!
//! Every size and every wait is bounded ([`Limits`]); see docs/adr/0003.

mod amf0;
mod chunks;
mod commands;
#[cfg(test)]
mod dialogues;
mod facts;
mod flv;
mod gauges;
mod handshakes;
mod keys;
mod limits;
mod publishers;
mod servers;
mod sessions;
mod sockets;
mod whips;

pub use facts::{Facts, Problem};
pub use keys::{Refusal, StreamKey};
pub use limits::{Limits, SessionLimits};
pub use servers::{Kill, Publication, Server};
pub use sessions::{Event, Session, SessionError};
pub use sockets::Secure;
pub use whips::{Transcoder, Whip, WhipAnswer, WhipDoor, WhipError, WhipLimits, WhipSettings};

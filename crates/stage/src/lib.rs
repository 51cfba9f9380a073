//! One supervisor per stage: orders in (events of the bus), media through
//! (RTMP and WHIP to the live window and to what is kept), reports and cuts out
//! (commands to the service). It leaves who may watch to the service, and HTTP
//! to `web`.
//!
//! Where bytes lie in the blob store:
//!
//! | prefix | what | until |
//! |---|---|---|
//! | `broadcasts/{broadcast}/` | raw segments of a publisher's run | a day after it ended |
//! | `recordings/{recording}/` | a session's cut: `index.m3u8`, `init-N.mp4`, `segment-N.m4s` | kept |
//! | `cuts/{recording}/` | a cut in the making | the cut is made |
//!
//! Where the event does not record, or while a session is on whose speakers
//! said no, no segment is written at all.

mod archives;
mod cuts;
mod healths;
mod joins;
mod permits;
mod publications;
mod rosters;
mod stages;

pub use hallway_ingest::{Refusal, Secure, StreamKey, Transcoder, WhipAnswer, WhipError};
pub use hallway_packager::{Live, LiveError, LiveFile, Piece, Reload, Variant};
pub use stages::{Opened, PublishError, StageError, StageSettings, Stages};

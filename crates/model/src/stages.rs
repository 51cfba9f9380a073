//! Stages: rooms that stream, their broadcasts and recordings.

use serde::{Deserialize, Serialize};

use crate::ids::{BroadcastId, RecordingId, RoomId, SessionId};
use crate::time::{Span, Timestamp};

/// Keyframes further apart than this are told to the publisher's desk: players
/// can join and cuts can begin only at a keyframe.
pub const MAX_KEYFRAME_INTERVAL: Span = Span::seconds(4);

/// One run of a publisher on a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    pub id: BroadcastId,
    pub room: RoomId,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
}

/// The on-demand cut of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub id: RecordingId,
    pub session: SessionId,
    pub state: RecordingState,
    /// Cue to cue, as the producer gave it.
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RecordingState {
    /// The stage is cutting it.
    Cutting,
    /// Playable: its length in milliseconds.
    Published { millis: i64 },
    /// Nothing was kept between the cues; the reason in one sentence.
    Missing { reason: String },
}

impl RecordingState {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Cutting => "cutting",
            Self::Published { .. } => "published",
            Self::Missing { .. } => "missing",
        }
    }
}

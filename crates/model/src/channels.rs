//! Places to talk: one of the event, one of each session.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, EventId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub event: EventId,
    pub kind: ChannelKind,
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChannelKind {
    Event,
    Session { session: SessionId },
}

impl ChannelKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Session { .. } => "session",
        }
    }
    pub fn session(self) -> Option<SessionId> {
        match self {
            Self::Event => None,
            Self::Session { session } => Some(session),
        }
    }
}

/// Slug of every event's first channel.
pub const LOBBY: &str = "lobby";

//! What a person has read of an event's channels, on all their devices.

use hallway_model::ids::ChannelId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::topics::Topic;

/// `GET /api/v1/events/{event}/reading`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reading {
    /// What to subscribe to, to learn what changes; none for visitors.
    #[schema(value_type = Option<String>)]
    pub topic: Option<Topic>,
    /// Sequence number of that topic at the moment of reading.
    pub seq: i64,
    /// Every channel that was ever opened, or in which you are called.
    pub channels: Vec<ChannelReading>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelReading {
    #[schema(value_type = Uuid)]
    pub channel: ChannelId,
    pub slug: String,
    pub name: String,
    /// Number of the last message seen; none where it was never opened.
    pub mark: Option<i64>,
    /// Number of the newest message.
    pub last: i64,
    pub unread: i64,
    /// Unread messages that call you.
    pub mentions: i64,
    /// `all`, `mentions` or `nothing`.
    pub level: String,
}

/// Body of `PUT /api/v1/channels/{channel}/follow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// `all`: tell of every message; `mentions`: only of what calls you;
    /// `nothing`: the channel is muted.
    pub level: String,
    /// The command's idempotency key.
    pub key: Uuid,
}

/// Body of `PUT /api/v1/channels/{channel}/reading`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveMark {
    /// Number of a message.
    pub seq: i64,
    /// Everything from this message on is unread again; without it, everything up
    /// to it is read.
    #[serde(default)]
    pub unread: bool,
    /// The command's idempotency key.
    pub key: Uuid,
}

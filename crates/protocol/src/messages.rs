//! Messages of a channel as clients see them.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::reactions::Reaction;
use crate::rich_text::Block;
use crate::topics::Topic;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: MessageId,
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub channel: ChannelId,
    /// Number of the message in its channel, from 1 without gaps.
    #[ts(type = "number")]
    pub seq: i64,
    /// None where the author deleted their account.
    pub author: Option<Author>,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub sent_at: i64,
    /// What was typed.
    pub source: String,
    /// What it means; clients build their nodes from this tree, never from HTML.
    #[schema(value_type = Vec<Object>)]
    pub body: Vec<Block>,
    /// In order of first use.
    pub reactions: Vec<Reaction>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Author {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
}

/// A page of a channel's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MessagePage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Sequence number of the channel's topic at the moment of reading:
    /// subscribe after it and nothing is missed.
    #[ts(type = "number")]
    pub seq: i64,
    /// Whether older messages exist before the first of these.
    pub more_before: bool,
}

/// Body of `POST /api/v1/channels/{channel}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostMessage {
    /// Markdown subset, 1 to 4,000 characters.
    pub body: String,
    /// The command's idempotency key.
    #[ts(type = "string")]
    pub key: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Channel {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: ChannelId,
    /// What to subscribe to on the live connection, `channel:ID`.
    #[ts(type = "string")]
    #[schema(value_type = String)]
    pub topic: Topic,
    pub slug: String,
    pub name: String,
    /// `event` or `session`.
    pub kind: String,
    /// Code of the session it belongs to.
    pub session: Option<String>,
}

/// `GET /api/v1/events/{event}/channels`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelList {
    /// The event's own first, then those with the most messages; at most 500.
    pub channels: Vec<Channel>,
}

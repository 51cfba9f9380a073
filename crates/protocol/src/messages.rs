//! Messages of a channel as clients see them.

use std::borrow::Cow;

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::{MessageKind, Removal};
use hallway_model::people::PersonKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::reactions::Reaction;
use crate::rich_text::{self, Block};
use crate::topics::Topic;

/// What most messages have alike is left out where it is as usual, so that each
/// of its many copies is short: no reactions, mentions or quote, `said`, in the
/// channel, unchanged. In TypeScript it is whole: `lib/messages.ts` fills it in.
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
    /// None where that is one paragraph of the words as they were typed, as it
    /// is with most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    #[ts(type = "Array<Block>")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub body: Option<Vec<Block>>,
    /// In order of first use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional = false)]
    pub reactions: Vec<Reaction>,
    /// `said`, or `action` for what somebody does ("/me waves").
    #[serde(default, skip_serializing_if = "is_usual")]
    #[ts(optional = false)]
    #[ts(type = "'said' | 'action'")]
    #[schema(value_type = String)]
    pub kind: MessageKind,
    /// The message whose thread it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    #[ts(type = "string | null")]
    #[schema(value_type = Option<Uuid>)]
    pub thread: Option<MessageId>,
    /// Whether the channel's own list has it: false for what is said in a
    /// thread alone.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    #[ts(optional = false)]
    pub in_channel: bool,
    /// Answers in its own thread.
    #[serde(default, skip_serializing_if = "is_usual")]
    #[ts(optional = false)]
    #[ts(type = "number")]
    pub replies: i64,
    /// When the last of them came, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    #[ts(type = "number | null")]
    pub last_reply_at: Option<i64>,
    /// The message it answers, quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    pub reply_to: Option<Quoted>,
    /// When its author changed it last, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    #[ts(type = "number | null")]
    pub edited_at: Option<i64>,
    /// By whom it was removed, `author` or `moderator`. Its words, its author
    /// and its reactions are gone then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = false)]
    #[ts(type = "'author' | 'moderator' | null")]
    #[schema(value_type = Option<String>)]
    pub removed: Option<Removal>,
    #[serde(default, skip_serializing_if = "is_usual")]
    #[ts(optional = false)]
    pub pinned: bool,
    /// Whom it calls by name, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional = false)]
    #[ts(type = "Array<string>")]
    #[schema(value_type = Vec<Uuid>)]
    pub mentions: Vec<PersonId>,
}

impl Message {
    /// What it means, empty where it was removed.
    pub fn blocks(&self) -> Cow<'_, [Block]> {
        match &self.body {
            Some(body) => Cow::Borrowed(body),
            None => Cow::Owned(rich_text::as_typed(&self.source)),
        }
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The message that another one answers, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Quoted {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: MessageId,
    #[ts(type = "number")]
    pub seq: i64,
    pub author: Option<Author>,
    /// The beginning of its words; empty where it was removed.
    pub excerpt: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Author {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: PersonId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronouns: Option<String>,
    /// What stands behind the name, where that is no person: `bot`, `webhook`,
    /// or `imported` from another chat.
    #[serde(default, skip_serializing_if = "PersonKind::is_person")]
    #[ts(type = "'bot' | 'webhook' | 'imported'", optional)]
    #[schema(value_type = Option<String>)]
    pub kind: PersonKind,
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
    /// Whether newer messages exist after the last of these.
    #[serde(default)]
    pub more_after: bool,
    /// The channel's pinned messages, the newest pin first; left out of pages
    /// that are read before or after a number, and of threads.
    #[serde(default)]
    pub pins: Vec<Message>,
    /// In the channel of a session that can be watched again: where its
    /// recording lies in time.
    #[serde(default)]
    pub timeline: Option<Timeline>,
}

/// When a recording was made. A message sent at a time between `from` and `to`
/// belongs to that moment of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Timeline {
    /// Milliseconds since 1970: the session's start cue.
    #[ts(type = "number")]
    pub from: i64,
    /// Its end.
    #[ts(type = "number")]
    pub to: i64,
    /// Path of the session's page; `?t=` and seconds begins the recording there.
    pub url: String,
}

impl Timeline {
    /// Milliseconds from the session's start to a time within it.
    pub fn moment(&self, at: i64) -> Option<i64> {
        (self.from <= at && at <= self.to).then(|| at - self.from)
    }
}

/// A page of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ThreadPage {
    pub root: Message,
    /// Its answers, paged as a channel's messages are.
    #[serde(flatten)]
    pub page: MessagePage,
}

/// What a message said before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Edit {
    pub source: String,
    /// When other words took its place, milliseconds since 1970.
    pub replaced_at: i64,
}

/// `GET /api/v1/messages/{message}/edits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EditList {
    /// Oldest first.
    pub edits: Vec<Edit>,
}

/// Body of `POST /api/v1/channels/{channel}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostMessage {
    /// Markdown subset, 1 to 4,000 characters.
    pub body: String,
    /// The message of the same channel that this one answers.
    #[serde(default)]
    #[ts(type = "string", optional)]
    #[schema(value_type = Option<Uuid>)]
    pub reply_to: Option<MessageId>,
    /// The message whose thread it is for.
    #[serde(default)]
    #[ts(type = "string", optional)]
    #[schema(value_type = Option<Uuid>)]
    pub thread: Option<MessageId>,
    /// Whether an answer in a thread is shown in the channel's own list too.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub also_in_channel: bool,
    /// The command's idempotency key.
    #[ts(type = "string")]
    pub key: Uuid,
}

/// Body of `PUT /api/v1/messages/{message}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// The new text, as for a new message.
    pub body: String,
    /// The command's idempotency key.
    #[ts(type = "string")]
    pub key: Uuid,
}

/// Body of commands that say nothing but what to do: the command's idempotency
/// key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Once {
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
    /// `event`, `session`, or `made` where somebody opened it.
    pub kind: String,
    /// Code of the session it belongs to.
    pub session: Option<String>,
}

/// `GET /api/v1/events/{event}/channels`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelList {
    /// The event's own first, then those with the latest word; at most 500.
    pub channels: Vec<Channel>,
}

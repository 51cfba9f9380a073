//! Frames of `/live`: JSON text messages, one frame each, at most
//! [`MAX_CLIENT_FRAME`] bytes from a client. docs/protocol.md tells the story;
//! these types are the truth.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::events::Event;
use crate::problem::Problem;
use crate::stages::StageHealth;
use crate::topics::Topic;

/// Bytes of the largest frame a client may send.
pub const MAX_CLIENT_FRAME: usize = 16 * 1024;
/// Topics one connection may hold.
pub const MAX_TOPICS: usize = 64;
/// Events replayed at a subscription before the client is told to refetch.
pub const MAX_REPLAY: i64 = 500;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Events of `topic` numbered above `after`, then everything new. Without
    /// `after`, only what is new.
    Subscribe {
        #[ts(type = "string")]
        topic: Topic,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "number", optional)]
        after: Option<i64>,
        /// Whether this is somebody who is there, as a stage's viewer is, and
        /// not a page that only tells how many are.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        present: bool,
    },
    Unsubscribe {
        #[ts(type = "string")]
        topic: Topic,
    },
    /// A command under its idempotency key, answered by `ack` or `problem`
    /// with the same key.
    Command {
        #[ts(type = "string")]
        key: Uuid,
        command: Command,
    },
    // With braces, so that serde refuses fields it does not know here too.
    Ping {},
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    PostMessage {
        #[ts(type = "string")]
        channel: ChannelId,
        body: String,
        /// The message of the same channel that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "string", optional)]
        reply_to: Option<MessageId>,
        /// The message whose thread it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "string", optional)]
        thread: Option<MessageId>,
        /// Whether an answer in a thread is shown in the channel's own list too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        also_in_channel: bool,
    },
    EditMessage {
        #[ts(type = "string")]
        message: MessageId,
        body: String,
    },
    RemoveMessage {
        #[ts(type = "string")]
        message: MessageId,
    },
    PinMessage {
        #[ts(type = "string")]
        message: MessageId,
    },
    UnpinMessage {
        #[ts(type = "string")]
        message: MessageId,
    },
    AddReaction {
        #[ts(type = "string")]
        message: MessageId,
        emoji: String,
    },
    RemoveReaction {
        #[ts(type = "string")]
        message: MessageId,
        emoji: String,
    },
    /// The reader saw everything up to a message.
    MarkRead {
        #[ts(type = "string")]
        channel: ChannelId,
        /// Number of the message.
        #[ts(type = "number")]
        seq: i64,
    },
    /// The reader wants everything from a message on to be unread.
    MarkUnread {
        #[ts(type = "string")]
        channel: ChannelId,
        #[ts(type = "number")]
        seq: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame of a connection.
    Hello {
        person: Option<Me>,
        /// The server's clock, milliseconds since 1970.
        #[ts(type = "number")]
        now: i64,
    },
    /// The subscription stands; replayed events follow, then live ones.
    Subscribed {
        #[ts(type = "string")]
        topic: Topic,
        /// Number of the topic's latest event.
        #[ts(type = "number")]
        seq: i64,
    },
    Event {
        #[ts(type = "string")]
        topic: Topic,
        #[ts(type = "number")]
        seq: i64,
        // Boxed: most frames are small, and this one is not.
        event: Box<Event>,
    },
    /// Too much was missed to replay: fetch the state anew, then go on after
    /// the number it came with.
    Resync {
        #[ts(type = "string")]
        topic: Topic,
    },
    /// The command is durable.
    Ack {
        #[ts(type = "string")]
        key: Uuid,
    },
    Problem {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "string", optional)]
        key: Option<Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "string", optional)]
        topic: Option<Topic>,
        problem: Problem,
    },
    /// How many are here, at most once a second; not recorded, not numbered.
    Count {
        #[ts(type = "string")]
        topic: Topic,
        #[ts(type = "number")]
        count: i64,
    },
    /// What the publisher sends, for the desk; not recorded, not numbered.
    Health {
        #[ts(type = "string")]
        topic: Topic,
        health: StageHealth,
    },
    Pong,
    /// The server is about to close; come back at a random moment within this
    /// many milliseconds.
    Closing {
        #[ts(type = "number")]
        reconnect_within_ms: u64,
    },
}

/// Who the connection is signed in as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Me {
    #[ts(type = "string")]
    pub id: PersonId,
    pub name: String,
}

//! Frames of `/live`: JSON text messages, one frame each, at most
//! [`MAX_CLIENT_FRAME`] bytes from a client. docs/protocol.md tells the story;
//! these types are the truth.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::events::Event;
use crate::images::AttachImage;
use crate::messages::MessagePage;
use crate::problem::Problem;
use crate::stages::{Audience, Playback, StageHealth};
use crate::topics::Topic;

/// Bytes of the largest frame a client may send.
pub const MAX_CLIENT_FRAME: usize = 16 * 1024;
/// Topics one connection may hold.
pub const MAX_TOPICS: usize = 64;
/// Events replayed at a subscription before the client is told to refetch.
pub const MAX_REPLAY: i64 = 500;
/// Messages of a `history` frame.
pub const MAX_HISTORY: i64 = 100;

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
        /// So many of a channel's newest messages first, in a `history` frame, then
        /// the events after them; in place of `after`. 1 to [`MAX_HISTORY`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(type = "number", optional)]
        history: Option<i64>,
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
    /// The reader writes in a channel that they follow. Passed on to the few who
    /// are there, or to nobody; never answered, never recorded.
    Writing {
        #[ts(type = "string")]
        topic: Topic,
    },
    /// How a stage plays at its viewer's, about every ten seconds. Told only as
    /// part of all viewers' figures; never answered, never recorded.
    Playback {
        #[ts(type = "string")]
        topic: Topic,
        playback: Playback,
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
        /// Pictures that were sent before, at most four.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<AttachImage>>", optional)]
        images: Vec<AttachImage>,
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
    /// The newest messages, for a subscription that asked for them.
    History {
        #[ts(type = "string")]
        topic: Topic,
        // Boxed: most frames are small, and this one is not.
        page: Box<MessagePage>,
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
        // Boxed as a page is.
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
    /// Somebody writes there at this moment; not recorded, not numbered. Nobody
    /// says when they stop: the mark fades by itself, or with their message.
    Writing {
        #[ts(type = "string")]
        topic: Topic,
        #[ts(type = "string")]
        person: PersonId,
        name: String,
    },
    /// What the publisher sends, for the desk; not recorded, not numbered.
    Health {
        #[ts(type = "string")]
        topic: Topic,
        health: StageHealth,
    },
    /// How it plays at the viewers', for the desk; not recorded, not numbered.
    Audience {
        #[ts(type = "string")]
        topic: Topic,
        audience: Audience,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_frame() -> impl Strategy<Value = String> {
        let word = "(subscribe|unsubscribe|command|ping|writing|post_message|add_reaction|event|[a-z]{1,8})";
        let value = prop_oneof![
            "\"(channel|event|stage|desk|x):[0-9a-f-]{0,36}\"",
            "[0-9]{1,20}",
            "(true|false|null|\\{\\}|\\[\\])",
            "\"[a-z🎉\\\\u0-9]{0,12}\"",
        ];
        let field = (
            "(topic|after|history|present|key|command|body|emoji|channel|message|[a-z]{1,6})",
            value,
        );
        (word, proptest::collection::vec(field, 0..5)).prop_map(|(kind, fields)| {
            let fields: String = fields
                .iter()
                .map(|(k, v)| format!(",\"{k}\":{v}"))
                .collect();
            format!("{{\"type\":\"{kind}\"{fields}}}")
        })
    }

    proptest! {
        /// What a client sends is read or refused, and what was read is written
        /// as it would be read again.
        #[test]
        fn whatever_a_client_sends_is_read_or_refused(text in any_frame()) {
            if let Ok(frame) = serde_json::from_str::<ClientFrame>(&text) {
                let again = serde_json::to_string(&frame).unwrap();
                prop_assert_eq!(serde_json::from_str::<ClientFrame>(&again).unwrap(), frame);
            }
        }

        #[test]
        fn bytes_are_never_more_than_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = serde_json::from_slice::<ClientFrame>(&bytes);
        }
    }
}

//! Everything that happened, as it is stored in the outbox, carried by the
//! bus, sent to sockets and generated to TypeScript. One variant per event;
//! for each a replay test holds: state before + event == state fetched after.

use hallway_model::ids::{BroadcastId, ChannelId, EventId, MessageId, PersonId, RoomId, SessionId};
use hallway_model::messages::Removal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::messages::Message;
use crate::rich_text::Block;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// On the channel's topic. The topic's sequence number is not the
    /// message's own: reactions count on the topic too. One in a thread is
    /// the newest answer of its root.
    MessagePosted { message: Message },
    /// On the channel's topic: its author gave it other words.
    MessageEdited {
        #[ts(type = "string")]
        message: MessageId,
        #[ts(type = "string")]
        author: PersonId,
        source: String,
        body: Vec<Block>,
        #[serde(default)]
        #[ts(type = "Array<string>")]
        mentions: Vec<PersonId>,
        /// Milliseconds since 1970.
        #[ts(type = "number")]
        at: i64,
    },
    /// On the channel's topic: its place is all that is left of it.
    MessageRemoved {
        #[ts(type = "string")]
        message: MessageId,
        #[ts(type = "'author' | 'moderator'")]
        by: Removal,
    },
    /// On the channel's topic: a moderator's removal was taken back. It comes
    /// without the reactions it had.
    MessageRestored { message: Message },
    /// On the channel's topic: it stands first among the pins.
    MessagePinned { message: Message },
    MessageUnpinned {
        #[ts(type = "string")]
        message: MessageId,
    },
    /// On the channel's topic; at most once per person, message and emoji.
    ReactionAdded {
        #[ts(type = "string")]
        message: MessageId,
        emoji: String,
        #[ts(type = "string")]
        person: PersonId,
    },
    ReactionRemoved {
        #[ts(type = "string")]
        message: MessageId,
        emoji: String,
        #[ts(type = "string")]
        person: PersonId,
    },
    /// On the channel's topic, and the event's where it is public: somebody
    /// opened a channel.
    ChannelOpened {
        #[ts(type = "string")]
        channel: ChannelId,
        slug: String,
        name: String,
    },
    /// On the channel's topic, and the event's where it is public: what it says
    /// of itself, who is in it, or what became of it has changed.
    ChannelChanged {
        #[ts(type = "string")]
        channel: ChannelId,
        slug: String,
        name: String,
        /// `open`, `locked`, `closed` or `faded`
        state: String,
    },
    /// On the topics of both channels, and the event's where they are public:
    /// what was said in `channel` is in `into` now, at this slug.
    ChannelMerged {
        #[ts(type = "string")]
        channel: ChannelId,
        #[ts(type = "string")]
        into: ChannelId,
        slug: String,
    },
    /// On the person's topic: what they have read of a channel changed, on one of
    /// their devices.
    ReadMarkMoved {
        #[ts(type = "string")]
        channel: ChannelId,
        /// Number of the last message they have seen.
        #[ts(type = "number")]
        seq: i64,
        /// Messages after it that call them.
        #[ts(type = "number")]
        mentions: i64,
    },
    /// On the person's topic: they may do or hear less than before, or more.
    /// Their live connections are asked anew.
    RightsChanged {
        #[ts(type = "string")]
        person: PersonId,
    },
    /// On the event's topic: an import or an edit changed the programme.
    ProgrammeChanged {
        #[ts(type = "string")]
        event: EventId,
        #[ts(type = "number")]
        revision: i64,
    },
    /// On the event's and the stage's topics: the producer's cue.
    SessionStarted {
        #[ts(type = "string")]
        session: SessionId,
        #[ts(type = "string")]
        room: RoomId,
        code: String,
        title: String,
        /// Milliseconds since 1970.
        #[ts(type = "number")]
        at: i64,
    },
    SessionEnded {
        #[ts(type = "string")]
        session: SessionId,
        #[ts(type = "string")]
        room: RoomId,
        code: String,
        #[ts(type = "number")]
        at: i64,
    },
    /// On the event's topic: the session's cut can be watched.
    RecordingPublished {
        #[ts(type = "string")]
        session: SessionId,
        code: String,
        /// The playlist's path.
        url: String,
    },
    /// On the stage's topic: a publisher's picture reaches the audience.
    BroadcastStarted {
        #[ts(type = "string")]
        room: RoomId,
        #[ts(type = "string")]
        broadcast: BroadcastId,
    },
    BroadcastEnded {
        #[ts(type = "string")]
        room: RoomId,
        #[ts(type = "string")]
        broadcast: BroadcastId,
    },
    /// On the desk's topic: the old key stopped working, and its publisher is
    /// to be cut off.
    StreamKeyRotated {
        #[ts(type = "string")]
        room: RoomId,
    },
    /// On the desk's topic: the next publisher that comes to the stage takes the
    /// place of the one that sends.
    TakeoverAllowed {
        #[ts(type = "string")]
        room: RoomId,
    },
    /// On the moderators' topic: something came into the queue, changed hands
    /// or ended. What it is stands on their pages alone.
    QueueChanged {
        /// Reports and appeals that wait now.
        #[ts(type = "number")]
        waiting: i64,
    },
    /// On the topic of a channel's hosts: the same of what is theirs to see. It
    /// says nothing more, and nothing at all of what is kept from them.
    WardChanged,
}

impl Event {
    /// The word kept beside the body in the outbox, and in metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MessagePosted { .. } => "message_posted",
            Self::MessageEdited { .. } => "message_edited",
            Self::MessageRemoved { .. } => "message_removed",
            Self::MessageRestored { .. } => "message_restored",
            Self::MessagePinned { .. } => "message_pinned",
            Self::MessageUnpinned { .. } => "message_unpinned",
            Self::ReactionAdded { .. } => "reaction_added",
            Self::ReactionRemoved { .. } => "reaction_removed",
            Self::ChannelOpened { .. } => "channel_opened",
            Self::ChannelChanged { .. } => "channel_changed",
            Self::ChannelMerged { .. } => "channel_merged",
            Self::ReadMarkMoved { .. } => "read_mark_moved",
            Self::RightsChanged { .. } => "rights_changed",
            Self::ProgrammeChanged { .. } => "programme_changed",
            Self::SessionStarted { .. } => "session_started",
            Self::SessionEnded { .. } => "session_ended",
            Self::RecordingPublished { .. } => "recording_published",
            Self::BroadcastStarted { .. } => "broadcast_started",
            Self::BroadcastEnded { .. } => "broadcast_ended",
            Self::StreamKeyRotated { .. } => "stream_key_rotated",
            Self::TakeoverAllowed { .. } => "takeover_allowed",
            Self::QueueChanged { .. } => "queue_changed",
            Self::WardChanged => "ward_changed",
        }
    }

    /// Whether it adds words or marks alone: nobody may do or hear less or more
    /// for it, and no channel is another than before.
    pub fn is_words_alone(&self) -> bool {
        match self {
            Self::MessagePosted { .. }
            | Self::MessageEdited { .. }
            | Self::MessageRemoved { .. }
            | Self::MessageRestored { .. }
            | Self::MessagePinned { .. }
            | Self::MessageUnpinned { .. }
            | Self::ReactionAdded { .. }
            | Self::ReactionRemoved { .. }
            | Self::ReadMarkMoved { .. }
            | Self::RecordingPublished { .. }
            | Self::BroadcastStarted { .. }
            | Self::BroadcastEnded { .. }
            | Self::TakeoverAllowed { .. }
            | Self::QueueChanged { .. }
            | Self::WardChanged { .. } => true,
            Self::ChannelOpened { .. }
            | Self::ChannelChanged { .. }
            | Self::ChannelMerged { .. }
            | Self::RightsChanged { .. }
            | Self::ProgrammeChanged { .. }
            | Self::SessionStarted { .. }
            | Self::SessionEnded { .. }
            | Self::StreamKeyRotated { .. } => false,
        }
    }
}

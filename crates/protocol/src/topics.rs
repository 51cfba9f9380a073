//! What a live connection subscribes to. A topic has its own sequence of
//! events, numbered from 1 without gaps.

use std::fmt;
use std::str::FromStr;

use hallway_model::ids::{ChannelId, EventId, PersonId, RoomId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Topic {
    /// What everyone at an event should learn: programme changes, sessions
    /// that start and end, recordings.
    Event(EventId),
    /// Messages and reactions of a channel.
    Channel(ChannelId),
    /// A stage as its viewers see it: broadcast started and ended.
    Stage(RoomId),
    /// A stage as its producer sees it: keys and the publisher's health.
    Desk(RoomId),
    /// What concerns one person, heard by that person alone: read marks moved
    /// on another device, mentions.
    Person(PersonId),
    /// What waits for an event's moderators.
    Moderation(EventId),
    /// What waits for the hosts of one channel.
    Ward(ChannelId),
}

#[derive(Debug, thiserror::Error)]
#[error(
    "a topic is `event:`, `channel:`, `stage:`, `desk:`, `person:`, `moderation:` or `ward:` and an id"
)]
pub struct NotATopic;

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => write!(f, "event:{id}"),
            Self::Channel(id) => write!(f, "channel:{id}"),
            Self::Stage(id) => write!(f, "stage:{id}"),
            Self::Desk(id) => write!(f, "desk:{id}"),
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Moderation(id) => write!(f, "moderation:{id}"),
            Self::Ward(id) => write!(f, "ward:{id}"),
        }
    }
}

impl FromStr for Topic {
    type Err = NotATopic;
    fn from_str(text: &str) -> Result<Self, NotATopic> {
        let (kind, id) = text.split_once(':').ok_or(NotATopic)?;
        match kind {
            "event" => id.parse().map(Self::Event).map_err(|_| NotATopic),
            "channel" => id.parse().map(Self::Channel).map_err(|_| NotATopic),
            "stage" => id.parse().map(Self::Stage).map_err(|_| NotATopic),
            "desk" => id.parse().map(Self::Desk).map_err(|_| NotATopic),
            "person" => id.parse().map(Self::Person).map_err(|_| NotATopic),
            "moderation" => id.parse().map(Self::Moderation).map_err(|_| NotATopic),
            "ward" => id.parse().map(Self::Ward).map_err(|_| NotATopic),
            _ => Err(NotATopic),
        }
    }
}

impl TryFrom<String> for Topic {
    type Error = NotATopic;
    fn try_from(text: String) -> Result<Self, NotATopic> {
        text.parse()
    }
}
impl From<Topic> for String {
    fn from(topic: Topic) -> String {
        topic.to_string()
    }
}

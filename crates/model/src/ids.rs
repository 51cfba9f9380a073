//! Typed ids: version 7 UUIDs (RFC 9562 §5.7) that sort by creation time, one
//! type per kind of thing, so that a room's id can never stand for a session's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }
    )*};
}

ids! {
    /// A person with an account on this installation.
    PersonId,
    /// A signed-in browser or token of a person.
    SignInId,
    /// A mailed link that signs a person in once.
    SignInLinkId,
    /// One summit of the community.
    EventId,
    /// A thematic line through an event's programme.
    TrackId,
    /// A programme room; a stage when it streams.
    RoomId,
    /// An accepted contribution of the programme.
    SessionId,
    /// Somebody who speaks in a session, with or without an account.
    SpeakerId,
    /// A person's place at an event.
    RegistrationId,
    /// A place to talk.
    ChannelId,
    /// One message of a channel.
    MessageId,
    /// A picture that goes with a message.
    ImageId,
    /// A place to talk that is somebody else's.
    OutsideRoomId,
    /// One run of a publisher on a stage.
    BroadcastId,
    /// The on-demand cut of a session.
    RecordingId,
    /// A published version of an event's schedule.
    ReleaseId,
    /// One line of an event's audit log.
    AuditId,
    /// A report of conduct.
    ReportId,
    /// A report of somebody who stays unknown.
    AnonymousReportId,
    /// Something decided about somebody's conduct: a mute, a ban, a warning.
    SanctionId,
    /// A removal of many messages at once.
    BulkId,
    /// A message that waits for a moderator.
    HeldId,
    /// A browser that asked to be told by Web Push.
    PushId,
    /// A queued piece of background work.
    JobId,
    /// The whole chat of an event on its way out.
    ChatExportId,
    /// An address of ours that other programs post messages to.
    IncomingHookId,
    /// An address of others that is told what happens here.
    OutgoingHookId,
    /// One telling of one thing to an outgoing webhook.
    DeliveryId,
}

/// What a client sends with a command so that sending it twice does it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(pub Uuid);

/// The public code of a session or speaker: six of `[0-9A-Z]`, unique in its
/// event and kind, as schedule clients expect it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// Letters and digits of generated codes: none that are mistaken for another.
const CODE_ALPHABET: &[u8; 29] = b"3456789ABCDEFGHJKLMNPQRSTUVWX";

impl Code {
    /// The code a seed always leads to; `attempt` moves on where it is taken.
    pub fn derive(seed: Uuid, attempt: u32) -> Self {
        let mut n = (seed.as_u128() ^ (seed.as_u128() >> 67))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
            .wrapping_add(u128::from(attempt).wrapping_mul(0xD1B5_4A32_D192_ED03));
        n ^= n >> 59;
        let text = (0..6)
            .map(|_| {
                let letter = CODE_ALPHABET[(n % 29) as usize];
                n /= 29;
                char::from(letter)
            })
            .collect();
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a code is six of 0-9 and A-Z")]
pub struct NotACode;

impl TryFrom<String> for Code {
    type Error = NotACode;
    fn try_from(text: String) -> Result<Self, NotACode> {
        let fits = text.len() == 6
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(NotACode) }
    }
}

impl std::str::FromStr for Code {
    type Err = NotACode;
    fn from_str(text: &str) -> Result<Self, NotACode> {
        Self::try_from(text.to_owned())
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

//! Places to talk: those of the event and of each session, and those that
//! people open themselves. What a channel may be called, who is in it, and how
//! it lives.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, EventId, PersonId, SessionId};
use crate::people::one_line;
use crate::slug;
use crate::time::{Span, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub event: EventId,
    pub kind: ChannelKind,
    pub slug: String,
    pub name: String,
    pub door: Door,
    pub state: ChannelState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChannelKind {
    Event,
    Session {
        session: SessionId,
    },
    /// Opened by somebody at the event.
    Made,
    /// Between a few people who agreed to it; in no list.
    Direct,
}

impl ChannelKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Session { .. } => "session",
            Self::Made => "made",
            Self::Direct => "direct",
        }
    }
    pub fn session(self) -> Option<SessionId> {
        match self {
            Self::Session { session } => Some(session),
            Self::Event | Self::Made | Self::Direct => None,
        }
    }
}

/// Who comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Whoever may read the event's chat.
    #[default]
    Public,
    /// Members alone.
    Invited,
}

impl Door {
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Invited => "invited",
        }
    }
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Invited]
            .into_iter()
            .find(|door| door.word() == word)
    }
}

/// The life of a channel. Whatever its end, what was said stays readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    #[default]
    Open,
    /// A host lets nobody write for now.
    Locked,
    /// A host or an organiser ended it.
    Closed,
    /// It ended by itself, because nobody wrote for long.
    Faded,
    /// Its messages are in another, and so are its readers.
    Merged { into: ChannelId },
}

/// What somebody does to a channel's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Lock,
    Unlock,
    Close,
    Reopen,
    Fade,
    Merge { into: ChannelId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    #[error("a channel's name has 1 to {MAX_NAME} characters in one line")]
    Name,
    #[error("what a channel is about has at most {MAX_ABOUT} characters")]
    About,
    #[error("a language is written as two or three letters, such as `en`")]
    Language,
    #[error("this channel has ended: open it again first")]
    Ended,
    #[error("this channel was merged into another")]
    Merged,
    #[error("a channel cannot be merged into itself")]
    IntoItself,
    #[error("this channel takes no new messages")]
    TakesNoMessages,
    #[error("nobody else is in this conversation yet")]
    NobodyThere,
    #[error("a channel needs a host: name another one first, or close it")]
    LastHost,
    #[error("this is the event's channel: it stays as it is")]
    OfTheEvent,
    #[error("a channel has at most {MAX_MEMBERS} members")]
    TooManyMembers,
    #[error("one person hosts at most {MAX_HOSTED} channels of an event")]
    TooManyHosted,
}

/// Longest name of a channel, in characters.
pub const MAX_NAME: usize = 60;
/// Longest text of what it is about.
pub const MAX_ABOUT: usize = 300;
/// Members of one channel, invited ones included.
pub const MAX_MEMBERS: i64 = 500;
/// Open channels of one event that one person hosts.
pub const MAX_HOSTED: i64 = 10;
/// How long a channel counts as lit after a message.
pub const GLOW: Span = Span::minutes(10);

impl ChannelState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Locked => "locked",
            Self::Closed => "closed",
            Self::Faded => "faded",
            Self::Merged { .. } => "merged",
        }
    }

    pub fn takes_messages(self) -> bool {
        self == Self::Open
    }

    /// Still a place to go to, rather than to look up.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Open | Self::Locked)
    }

    /// What a turn makes of it; doing again what is done changes nothing.
    pub fn turn(self, turn: Turn) -> Result<Self, ChannelError> {
        match (self, turn) {
            (Self::Merged { into }, Turn::Merge { into: again }) if into == again => Ok(self),
            (Self::Merged { .. }, _) => Err(ChannelError::Merged),
            (_, Turn::Merge { into }) => Ok(Self::Merged { into }),
            (_, Turn::Close) => Ok(Self::Closed),
            (Self::Closed, Turn::Fade) => Ok(Self::Closed),
            (_, Turn::Fade) => Ok(Self::Faded),
            (Self::Locked, Turn::Reopen) => Ok(Self::Locked),
            (_, Turn::Reopen) => Ok(Self::Open),
            (Self::Closed | Self::Faded, Turn::Lock | Turn::Unlock) => Err(ChannelError::Ended),
            (_, Turn::Lock) => Ok(Self::Locked),
            (_, Turn::Unlock) => Ok(Self::Open),
        }
    }
}

impl Channel {
    /// A public channel that is open, as the event's and the sessions' are.
    pub fn open(id: ChannelId, event: EventId, kind: ChannelKind, slug: &str, name: &str) -> Self {
        Self {
            id,
            event,
            kind,
            slug: slug.to_owned(),
            name: name.to_owned(),
            door: Door::Public,
            state: ChannelState::Open,
        }
    }

    /// Whether it is for its members alone.
    pub fn is_closed(&self) -> bool {
        self.door == Door::Invited || self.kind == ChannelKind::Direct
    }

    /// The event's and its sessions' channels end with the event alone.
    pub fn turned(&self, turn: Turn) -> Result<ChannelState, ChannelError> {
        let ends = matches!(turn, Turn::Close | Turn::Fade | Turn::Merge { .. });
        if ends && self.kind != ChannelKind::Made {
            return Err(ChannelError::OfTheEvent);
        }
        if turn == (Turn::Merge { into: self.id }) {
            return Err(ChannelError::IntoItself);
        }
        self.state.turn(turn)
    }
}

/// What somebody typed to open a channel, or to change what it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelDraft {
    pub name: String,
    pub about: String,
    /// Blank: no language in particular.
    pub language: String,
    /// `public` or `invited`.
    pub door: String,
}

/// A draft that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChannel {
    pub name: String,
    pub about: String,
    pub language: Option<String>,
    pub door: Door,
}

impl ChannelDraft {
    /// All that is wrong at once, so that a form can show each at its field.
    pub fn check(&self) -> Result<NewChannel, Vec<ChannelError>> {
        let mut wrong = vec![];
        let name = one_line(&self.name, MAX_NAME).filter(|name| !name.is_empty());
        if name.is_none() {
            wrong.push(ChannelError::Name);
        }
        let about = one_line(&self.about, MAX_ABOUT);
        if about.is_none() {
            wrong.push(ChannelError::About);
        }
        let language = language(&self.language);
        if language.is_err() {
            wrong.push(ChannelError::Language);
        }
        match (name, about, language) {
            (Some(name), Some(about), Ok(language)) => Ok(NewChannel {
                name,
                about,
                language,
                door: Door::from_word(&self.door).unwrap_or_default(),
            }),
            _ => Err(wrong),
        }
    }
}

/// A language by its code (ISO 639), as programmes name theirs.
pub fn language(text: &str) -> Result<Option<String>, ChannelError> {
    let code = text.trim().to_ascii_lowercase();
    if code.is_empty() {
        return Ok(None);
    }
    let fits = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
    fits.then_some(Some(code)).ok_or(ChannelError::Language)
}

/// A channel with what it says of itself, how lively it is, and what the event
/// made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub channel: Channel,
    pub about: String,
    pub language: Option<String>,
    /// None for the event's own, and where the account is gone.
    pub maker: Option<PersonId>,
    pub created: Timestamp,
    pub messages: i64,
    /// Messages of the last hours.
    pub lively: i64,
    /// When somebody spoke last.
    pub said: Option<Timestamp>,
    pub standing: Standing,
}

/// What organisers and hosts decided about a channel; each with its moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Recommended by the organisers.
    pub endorsed: Option<Timestamp>,
    /// The event's own from then on.
    pub adopted: Option<Timestamp>,
    pub pinned: Option<Timestamp>,
    /// In no list, though its address works.
    pub unlisted: Option<Timestamp>,
    /// Does not fade.
    pub kept: Option<Timestamp>,
    /// A group that outlives the event.
    pub lasting: Option<Timestamp>,
}

/// One thing that is decided about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Endorsed,
    Adopted,
    Pinned,
    Unlisted,
    Kept,
    Lasting,
}

impl Mark {
    pub const ALL: [Mark; 6] = [
        Self::Endorsed,
        Self::Adopted,
        Self::Pinned,
        Self::Unlisted,
        Self::Kept,
        Self::Lasting,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Endorsed => "endorsed",
            Self::Adopted => "adopted",
            Self::Pinned => "pinned",
            Self::Unlisted => "unlisted",
            Self::Kept => "kept",
            Self::Lasting => "lasting",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.word() == word)
    }

    /// What hosts decide for themselves; the rest is the organisers'.
    pub fn is_of_hosts(self) -> bool {
        matches!(self, Self::Kept | Self::Lasting)
    }
}

impl Standing {
    pub fn get(&self, mark: Mark) -> Option<Timestamp> {
        match mark {
            Mark::Endorsed => self.endorsed,
            Mark::Adopted => self.adopted,
            Mark::Pinned => self.pinned,
            Mark::Unlisted => self.unlisted,
            Mark::Kept => self.kept,
            Mark::Lasting => self.lasting,
        }
    }

    /// The same with one mark set or taken away.
    pub fn with(mut self, mark: Mark, at: Option<Timestamp>) -> Self {
        let place = match mark {
            Mark::Endorsed => &mut self.endorsed,
            Mark::Adopted => &mut self.adopted,
            Mark::Pinned => &mut self.pinned,
            Mark::Unlisted => &mut self.unlisted,
            Mark::Kept => &mut self.kept,
            Mark::Lasting => &mut self.lasting,
        };
        *place = at;
        self
    }
}

impl Place {
    /// Whether somebody spoke in the last minutes.
    pub fn is_lit(&self, now: Timestamp) -> bool {
        self.channel.state.is_alive() && self.said.is_some_and(|said| now - said <= GLOW)
    }

    /// When it fades where nobody writes until then; never where it is the
    /// event's, kept, or has ended already. `days` is the event's setting, 0
    /// for never.
    pub fn fades_at(&self, days: i64) -> Option<Timestamp> {
        let held = [
            Mark::Endorsed,
            Mark::Adopted,
            Mark::Pinned,
            Mark::Kept,
            Mark::Lasting,
        ]
        .into_iter()
        .any(|mark| self.standing.get(mark).is_some());
        let fades = self.channel.kind == ChannelKind::Made
            && self.channel.state.is_alive()
            && !held
            && days > 0;
        fades.then(|| self.said.unwrap_or(self.created) + Span::days(days))
    }
}

/// Somebody's place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub role: MemberRole,
    pub state: MemberState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    Host,
    Member,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Asked to come, and not decided yet: nothing to read until then.
    Invited,
    In,
    /// Said no, or left; may be asked again by nobody but an invitation of a
    /// host.
    Out,
}

impl MemberRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Member => "member",
        }
    }
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Host, Self::Member]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

impl MemberState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::In => "in",
            Self::Out => "out",
        }
    }
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Invited, Self::In, Self::Out]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

impl Membership {
    pub fn is_in(self) -> bool {
        self.state == MemberState::In
    }
    pub fn is_host(self) -> bool {
        self.is_in() && self.role == MemberRole::Host
    }
}

/// Slug of every event's first channel.
pub const LOBBY: &str = "lobby";

/// Words that stand where a channel's slug does, and beginnings that belong to
/// channels made in another way.
const TAKEN: [&str; 9] = [
    LOBBY,
    "new",
    "direct",
    "rooms",
    "search",
    "catch-up",
    "export",
    "people",
    "invitations",
];
const BEGINNINGS: [&str; 2] = ["talk-", "direct-"];

/// The address of a channel made from its name, `attempt` counting from 0
/// until one is free.
pub fn address(name: &str, attempt: u32) -> String {
    let base = slug::from_name(name, "channel");
    let base = if TAKEN.contains(&base.as_str()) || BEGINNINGS.iter().any(|b| base.starts_with(b)) {
        format!("channel-{base}")
    } else {
        base
    };
    match attempt {
        0 => base,
        n => format!("{base}-{}", n + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn place() -> Place {
        let id = |n| Uuid::from_u128(n);
        Place {
            channel: Channel::open(
                ChannelId(id(1)),
                EventId(id(2)),
                ChannelKind::Made,
                "tea",
                "Tea",
            ),
            about: String::new(),
            language: None,
            maker: Some(PersonId(id(3))),
            created: Timestamp(1_000),
            messages: 0,
            lively: 0,
            said: None,
            standing: Standing::default(),
        }
    }

    #[test]
    fn a_channel_without_a_word_fades_unless_somebody_keeps_it() {
        let quiet = place();
        let day = Span::days(1).0;
        assert_eq!(quiet.fades_at(14), Some(Timestamp(1_000 + 14 * day)));
        assert_eq!(quiet.fades_at(0), None);
        let spoken = Place {
            said: Some(Timestamp(5 * day)),
            ..quiet.clone()
        };
        assert_eq!(spoken.fades_at(2), Some(Timestamp(7 * day)));
        for mark in Mark::ALL {
            let held = Place {
                standing: Standing::default().with(mark, Some(Timestamp(1))),
                ..quiet.clone()
            };
            assert_eq!(
                held.fades_at(14).is_some(),
                mark == Mark::Unlisted,
                "{mark:?}"
            );
        }
        let mut of_event = place();
        of_event.channel.kind = ChannelKind::Event;
        assert_eq!(of_event.fades_at(14), None);
    }

    #[test]
    fn what_is_locked_or_has_ended_takes_no_messages_and_can_be_opened_again() {
        use ChannelState::*;
        assert_eq!(Open.turn(Turn::Lock), Ok(Locked));
        assert_eq!(Locked.turn(Turn::Unlock), Ok(Open));
        assert_eq!(Locked.turn(Turn::Close), Ok(Closed));
        assert_eq!(Closed.turn(Turn::Reopen), Ok(Open));
        assert_eq!(Faded.turn(Turn::Reopen), Ok(Open));
        assert_eq!(Faded.turn(Turn::Unlock), Err(ChannelError::Ended));
        assert_eq!(Closed.turn(Turn::Fade), Ok(Closed));
        let into = ChannelId(Uuid::from_u128(7));
        let merged = Open.turn(Turn::Merge { into }).unwrap();
        assert_eq!(merged, Merged { into });
        assert_eq!(merged.turn(Turn::Reopen), Err(ChannelError::Merged));
        assert_eq!(
            merged.turn(Turn::Merge { into }),
            Ok(merged),
            "twice is once"
        );
        for state in [Locked, Closed, Faded, merged] {
            assert!(!state.takes_messages(), "{state:?}");
        }
    }

    #[test]
    fn the_events_own_channels_neither_end_nor_are_merged() {
        let mut lobby = place().channel;
        lobby.kind = ChannelKind::Event;
        let into = ChannelId(Uuid::from_u128(7));
        for turn in [Turn::Close, Turn::Fade, Turn::Merge { into }] {
            assert_eq!(
                lobby.turned(turn),
                Err(ChannelError::OfTheEvent),
                "{turn:?}"
            );
        }
        assert_eq!(lobby.turned(Turn::Lock), Ok(ChannelState::Locked));
        let made = place().channel;
        assert_eq!(
            made.turned(Turn::Merge { into: made.id }),
            Err(ChannelError::IntoItself)
        );
    }

    #[test]
    fn everything_wrong_with_a_draft_is_said_at_once() {
        let bad = ChannelDraft {
            name: " \u{202E} ".into(),
            about: "x".repeat(301),
            language: "english".into(),
            door: String::new(),
        };
        assert_eq!(
            bad.check().unwrap_err(),
            [
                ChannelError::Name,
                ChannelError::About,
                ChannelError::Language
            ]
        );
        let good = ChannelDraft {
            name: "  Tea \n and rust ".into(),
            about: String::new(),
            language: " DE ".into(),
            door: "invited".into(),
        };
        let new = good.check().unwrap();
        assert_eq!(
            (new.name.as_str(), new.language.as_deref(), new.door),
            ("Tea and rust", Some("de"), Door::Invited)
        );
    }

    proptest! {
        #[test]
        fn an_address_is_never_a_word_of_ours(name in ".{0,80}", attempt in 0_u32..5) {
            let address = address(&name, attempt);
            prop_assert!(!TAKEN.contains(&address.as_str()), "{address}");
            prop_assert!(!BEGINNINGS.iter().any(|b| address.starts_with(b)), "{address}");
            prop_assert!(!address.is_empty() && address.len() < 70);
            prop_assert!(address.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{address}");
        }
    }

    #[test]
    fn names_that_sound_like_ours_get_another_address() {
        assert_eq!(address("Search", 0), "channel-search");
        assert_eq!(address("Talk about tea", 0), "channel-talk-about-tea");
        assert_eq!(address("Tea & rust", 1), "tea-rust-2");
        assert_eq!(address("会場", 0), "channel");
    }
}

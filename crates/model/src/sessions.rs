//! The accepted contributions of a programme and where each stands in its
//! life: planned, live, ended.

use serde::{Deserialize, Serialize};

use crate::ids::{Code, RoomId, SessionId, SpeakerId, TrackId};
use crate::programme::{Identity, Link, RecordingTerms};
use crate::time::{Day, Span, Timestamp};

/// A room of an event, in programme order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub name: String,
    /// Made once from the name and kept.
    pub slug: String,
    pub guid: Option<uuid::Uuid>,
    pub description: Option<String>,
    pub capacity: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub name: String,
    pub slug: String,
    /// The slug its file gave it, kept for export.
    pub source_slug: Option<String>,
    /// `#rrggbb`
    pub color: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub code: Code,
    pub identity: Identity,
    pub title: String,
    pub subtitle: Option<String>,
    pub kind: SessionKind,
    /// The file's own word for the type, kept for export.
    pub kind_text: Option<String>,
    pub track: Option<TrackId>,
    pub language: Option<String>,
    pub abstract_text: String,
    pub description: String,
    pub details: SessionDetails,
    pub state: SessionState,
    pub slot: Option<Slot>,
    pub speakers: Vec<SpeakerId>,
    pub changed: Timestamp,
}

/// What a session carries that no query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionDetails {
    pub slug: Option<String>,
    pub logo: Option<String>,
    pub url: Option<String>,
    pub feedback_url: Option<String>,
    pub origin_url: Option<String>,
    pub recording: RecordingTerms,
    pub do_not_stream: bool,
    pub links: Vec<Link>,
    pub attachments: Vec<Link>,
}

/// Room and time of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub room: Option<RoomId>,
    /// The programme day, which may be the day before its date.
    pub day: Day,
    pub start: Timestamp,
    pub length: Span,
}

impl Slot {
    pub fn end(&self) -> Timestamp {
        self.start + self.length
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    pub id: SpeakerId,
    pub code: Code,
    pub identity: Identity,
    pub name: String,
    pub biography: Option<String>,
    pub avatar: Option<String>,
}

/// The type of a session. Files in the field use any word; what is not one of
/// ours is [`SessionKind::Other`] and keeps its own text beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    Keynote,
    #[default]
    Talk,
    FiresideChat,
    Panel,
    UserStory,
    Workshop,
    LightningTalk,
    BirdsOfAFeather,
    Other,
}

impl SessionKind {
    pub const ALL: [SessionKind; 9] = [
        Self::Keynote,
        Self::Talk,
        Self::FiresideChat,
        Self::Panel,
        Self::UserStory,
        Self::Workshop,
        Self::LightningTalk,
        Self::BirdsOfAFeather,
        Self::Other,
    ];

    /// The word stored and used in URLs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keynote => "keynote",
            Self::Talk => "talk",
            Self::FiresideChat => "fireside_chat",
            Self::Panel => "panel",
            Self::UserStory => "user_story",
            Self::Workshop => "workshop",
            Self::LightningTalk => "lightning_talk",
            Self::BirdsOfAFeather => "birds_of_a_feather",
            Self::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .unwrap_or(Self::Other)
    }

    /// The kind a file's free text means.
    pub fn read(text: &str) -> Self {
        let folded: String = text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .collect();
        match folded.as_str() {
            "keynote" | "opening" | "openingkeynote" | "closingkeynote" => Self::Keynote,
            "" | "talk" | "lecture" | "vortrag" | "maintrack" | "devroom" | "shorttalk"
            | "longtalk" => Self::Talk,
            "firesidechat" | "fireside" => Self::FiresideChat,
            "panel" | "podium" | "paneldiscussion" => Self::Panel,
            "userstory" | "casestudy" => Self::UserStory,
            "workshop" | "tutorial" => Self::Workshop,
            "lightningtalk" | "lightningtalks" | "lightning" => Self::LightningTalk,
            "bof" | "birdsofafeather" | "bofs" | "meeting" => Self::BirdsOfAFeather,
            _ => Self::Other,
        }
    }
}

/// Where a session stands on its stage.
///
/// The schedule says when it is planned; only a producer's cue makes it live
/// or ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SessionState {
    #[default]
    Planned,
    Live {
        since: Timestamp,
    },
    Ended {
        since: Timestamp,
        at: Timestamp,
    },
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionStateError {
    #[error("the session is live already")]
    AlreadyLive,
    #[error("the session is not live")]
    NotLive,
    #[error("the session was cancelled")]
    Cancelled,
}

impl SessionState {
    /// Puts the session on its stage. An ended session may be started again:
    /// its recording then follows the new cues.
    pub fn start(self, now: Timestamp) -> Result<Self, SessionStateError> {
        match self {
            Self::Planned | Self::Ended { .. } => Ok(Self::Live { since: now }),
            Self::Live { .. } => Err(SessionStateError::AlreadyLive),
            Self::Cancelled => Err(SessionStateError::Cancelled),
        }
    }

    pub fn end(self, now: Timestamp) -> Result<Self, SessionStateError> {
        match self {
            Self::Live { since } => Ok(Self::Ended {
                since,
                at: now.max(since),
            }),
            Self::Cancelled => Err(SessionStateError::Cancelled),
            Self::Planned | Self::Ended { .. } => Err(SessionStateError::NotLive),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Live { .. } => "live",
            Self::Ended { .. } => "ended",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Whether media of a session may be kept: its speakers' word and the event's
/// one setting must both allow it (trust rule R30).
pub fn may_record(event_records: bool, terms: &RecordingTerms) -> bool {
    event_records && !terms.opt_out
}

/// How far a planned slot has run, for "now and next".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Upcoming,
    Now,
    Past,
}

/// A session is "now" by its cue where there is one, else by the clock.
pub fn phase(state: SessionState, start: Timestamp, length: Span, now: Timestamp) -> Phase {
    match state {
        SessionState::Live { .. } => Phase::Now,
        SessionState::Ended { .. } => Phase::Past,
        SessionState::Planned | SessionState::Cancelled if now < start => Phase::Upcoming,
        SessionState::Planned if now < start + length => Phase::Now,
        SessionState::Planned | SessionState::Cancelled => Phase::Past,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_session_starts_once_and_ends_once() {
        let live = SessionState::Planned.start(NOW).unwrap();
        assert_eq!(live.start(NOW), Err(SessionStateError::AlreadyLive));
        let later = NOW + Span::minutes(30);
        let ended = live.end(later).unwrap();
        assert_eq!(
            ended,
            SessionState::Ended {
                since: NOW,
                at: later
            }
        );
        assert_eq!(ended.end(later), Err(SessionStateError::NotLive));
    }

    #[test]
    fn an_opt_out_forbids_recording_whatever_the_event_says() {
        let no = RecordingTerms {
            opt_out: true,
            ..RecordingTerms::default()
        };
        assert!(!may_record(true, &no));
        assert!(!may_record(false, &RecordingTerms::default()));
        assert!(may_record(true, &RecordingTerms::default()));
    }

    #[test]
    fn words_of_kinds_come_back() {
        for kind in SessionKind::ALL {
            assert_eq!(SessionKind::from_word(kind.word()), kind);
        }
        assert_eq!(
            SessionKind::read("Lightning Talk"),
            SessionKind::LightningTalk
        );
        assert_eq!(SessionKind::read("film"), SessionKind::Other);
    }

    #[test]
    fn what_is_on_now_follows_the_cue_before_the_clock() {
        let length = Span::minutes(30);
        let late = NOW + Span::hours(3);
        assert_eq!(
            phase(SessionState::Live { since: NOW }, NOW, length, late),
            Phase::Now
        );
        assert_eq!(phase(SessionState::Planned, NOW, length, late), Phase::Past);
        assert_eq!(phase(SessionState::Planned, NOW, length, NOW), Phase::Now);
        assert_eq!(
            phase(SessionState::Planned, late, length, NOW),
            Phase::Upcoming
        );
    }
}

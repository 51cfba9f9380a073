//! A whole programme as it travels between formats, the store and the site:
//! what an importer reads and an exporter writes. Everything a schedule file
//! can say that we keep is here, so that no export loses what an import read.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::Code;
use crate::sessions::SessionKind;
use crate::time::{Day, Span, Timestamp, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    pub conference: Conference,
    /// In document order, those without a session included.
    pub rooms: Vec<ProgrammeRoom>,
    pub tracks: Vec<ProgrammeTrack>,
    pub days: Vec<ProgrammeDay>,
    /// In document order.
    pub sessions: Vec<ProgrammeSession>,
    /// Everyone who speaks, once each, in order of appearance.
    pub speakers: Vec<ProgrammeSpeaker>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    pub title: String,
    pub acronym: Option<String>,
    /// The version text of the schedule as published.
    pub version: Option<String>,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    /// Length of one cell of a printed grid.
    pub timeslot: Option<Span>,
    pub base_url: Option<String>,
    pub url: Option<String>,
    pub logo: Option<String>,
    pub venue: Option<String>,
    pub city: Option<String>,
    /// `#rrggbb`
    pub color: Option<String>,
    /// The program that wrote the file, as name and version.
    pub generator: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeDay {
    pub day: Day,
    pub start: Timestamp,
    pub end: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeRoom {
    pub name: String,
    pub guid: Option<Uuid>,
    pub description: Option<String>,
    pub capacity: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeTrack {
    pub name: String,
    pub slug: Option<String>,
    /// `#rrggbb`
    pub color: Option<String>,
}

/// How a thing is recognised when its file is read again: by guid, else by
/// source and id; never by title or a person's id alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    pub guid: Option<Uuid>,
    /// The id in the file, as text. For a repeated id the importer appends
    /// `#2`, `#3`, ... in document order and reports it.
    pub id: Option<String>,
    /// The six-character public code, where the file has one.
    pub code: Option<Code>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeSession {
    pub identity: Identity,
    pub title: String,
    pub subtitle: Option<String>,
    pub kind: SessionKind,
    /// The file's own word for the type, kept for export.
    pub kind_text: Option<String>,
    /// Name of a track in `Programme::tracks`.
    pub track: Option<String>,
    /// Where and when; none for an accepted session not yet placed.
    pub slot: Option<ProgrammeSlot>,
    pub language: Option<String>,
    /// Markdown, HTML or plain text as it came; shown only sanitised.
    pub abstract_text: String,
    pub description: String,
    pub slug: Option<String>,
    pub logo: Option<String>,
    pub url: Option<String>,
    pub feedback_url: Option<String>,
    pub origin_url: Option<String>,
    pub recording: RecordingTerms,
    pub do_not_stream: bool,
    pub links: Vec<Link>,
    pub attachments: Vec<Link>,
    /// Indexes into `Programme::speakers`, in the order of the file.
    pub speakers: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeSlot {
    /// Name of a room in `Programme::rooms`.
    pub room: Option<String>,
    pub start: Timestamp,
    /// 0 and many hours both occur in real files.
    pub length: Span,
    /// The programme day it belongs to, which may be the day before its date.
    pub day: Day,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingTerms {
    /// The speakers said no.
    pub opt_out: bool,
    pub license: Option<String>,
    pub url: Option<String>,
    pub link: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub href: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeSpeaker {
    pub identity: Identity,
    pub name: String,
    pub biography: Option<String>,
    pub avatar: Option<String>,
}

/// Something an import noticed and went on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where: `event 1234`, `day 2`, `line 17`.
    pub place: String,
    pub text: String,
}

/// The figures an import is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub sessions: usize,
    /// Rooms that hold at least one session.
    pub rooms: usize,
    /// Rooms the file declares.
    pub declared_rooms: usize,
    pub days: usize,
    /// Distinct names.
    pub speakers: usize,
    pub tracks: usize,
}

impl Programme {
    pub fn counts(&self) -> Counts {
        use std::collections::BTreeSet;
        let rooms: BTreeSet<&str> = self
            .sessions
            .iter()
            .filter_map(|s| s.slot.as_ref()?.room.as_deref())
            .collect();
        let speakers: BTreeSet<&str> = self.speakers.iter().map(|s| s.name.as_str()).collect();
        Counts {
            sessions: self.sessions.len(),
            rooms: rooms.len(),
            declared_rooms: self.rooms.len(),
            days: self.days.len(),
            speakers: speakers.len(),
            tracks: self.tracks.len(),
        }
    }
}

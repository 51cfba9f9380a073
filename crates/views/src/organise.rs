//! The organisers' desk: an event at a glance, its set-up, its programme's
//! import and its settings.

use askama::Template;
use hallway_model::programme::Warning;
use hallway_model::time::{Day, Zone};
use hallway_protocol::routes;

use crate::events::Door;
use crate::forms::{Field, FieldError, Summary};
use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::organise`.
#[derive(Template)]
#[template(path = "organise/overview.html")]
pub struct OverviewPage {
    pub shell: Shell,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    pub sessions: usize,
    /// Accepted, but without a room and time.
    pub unplaced: usize,
    pub speakers: usize,
    pub registrations: usize,
    pub recordings: usize,
    /// What needs a hand, as Fluent keys with links; empty when all is well.
    pub needs: Vec<Need>,
    pub stages: Vec<Door>,
}

/// Something only the organiser can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// There is no programme yet.
    Programme,
    /// This stage has no stream key and its first session comes.
    StreamKey { room: String, name: String },
    /// Nobody can register.
    RegistrationClosed,
}

/// `GET` and refused `POST` of `routes::new_event`. Fields: `key`, `title`,
/// `first_day`, `last_day`, `zone`, `slug` (may be empty).
#[derive(Template)]
#[template(path = "organise/new_event.html")]
pub struct NewEventPage {
    pub shell: Shell,
    pub key: String,
    pub title: Field,
    pub first_day: Field,
    pub last_day: Field,
    pub zone: Field,
    pub slug: Field,
}

/// `GET` and `POST` (multipart) of `routes::organise_import`. Fields: `key`,
/// `file`, `url`, `zone` (may be empty).
#[derive(Template)]
#[template(path = "organise/import.html")]
pub struct ImportPage {
    pub shell: Shell,
    pub key: String,
    pub file: Field,
    pub url: Field,
    pub zone: Field,
    pub report: Option<Report>,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Report {
    /// One line per kind of thing.
    pub lines: Vec<ReportLine>,
    pub warnings: Vec<Warning>,
    /// Warnings beyond those listed.
    pub more_warnings: usize,
}

#[derive(Clone, Debug)]
pub struct ReportLine {
    pub thing: Thing,
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub removed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Sessions,
    Speakers,
    Rooms,
    Tracks,
}

impl Thing {
    fn key(self) -> &'static str {
        match self {
            Self::Sessions => "organise-sessions",
            Self::Speakers => "organise-speakers",
            Self::Rooms => "organise-rooms",
            Self::Tracks => "organise-tracks",
        }
    }
}

/// `GET` and `POST` of `routes::organise_settings`. Fields: `key`, `title`,
/// and `records`, `guests_watch`, `guests_read`, `index_chat`, `registration`,
/// `rehearsal` (`yes` or absent).
#[derive(Template)]
#[template(path = "organise/settings.html")]
pub struct SettingsPage {
    pub shell: Shell,
    pub key: String,
    pub title: Field,
    pub records: bool,
    pub guests_watch: bool,
    pub guests_read: bool,
    pub index_chat: bool,
    pub registration: bool,
    pub rehearsal: bool,
    pub people_open_channels: bool,
    /// Days after which a quiet channel fades; 0 for never.
    pub fade_days: Field,
}

impl OverviewPage {
    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::organise(samples::SLUG))
                .organiser()
                .shell,
            title: samples::TITLE.into(),
            first_day: samples::day(0),
            last_day: samples::day(1),
            zone: samples::zone(),
            sessions: 62,
            unplaced: 2,
            speakers: 71,
            registrations: 1_204,
            recordings: 4,
            needs: vec![Need::StreamKey {
                room: "side-door".into(),
                name: "Side door".into(),
            }],
            stages: samples::doors(),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            sessions: 0,
            unplaced: 0,
            speakers: 0,
            registrations: 0,
            recordings: 0,
            needs: vec![Need::Programme, Need::RegistrationClosed],
            stages: vec![],
            ..Self::sample()
        }
    }
}

impl NewEventPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("title", "organise-field-title", &self.title),
                ("first_day", "organise-field-first", &self.first_day),
                ("last_day", "organise-field-last", &self.last_day),
                ("zone", "organise-field-zone", &self.zone),
                ("slug", "organise-field-slug", &self.slug),
            ],
        )
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::new_event()).signed_in().shell,
            key: samples::KEY.into(),
            title: Field::default(),
            first_day: Field::default(),
            last_day: Field::default(),
            zone: Field::of("Europe/Berlin"),
            slug: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            title: Field::wrong("", FieldError::Missing),
            first_day: Field::wrong("soon", FieldError::NotADay),
            last_day: Field::wrong("2026-02-01", FieldError::LastBeforeFirst),
            zone: Field::wrong(samples::HOSTILE, FieldError::NotAZone),
            slug: Field::wrong(
                "summit",
                FieldError::SlugTaken {
                    free: "summit-2".into(),
                },
            ),
            ..Self::sample()
        }
    }
}

impl ImportPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("file", "organise-field-file", &self.file),
                ("url", "organise-field-url", &self.url),
                ("zone", "organise-field-zone", &self.zone),
            ],
        )
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::organise_import(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            file: Field::default(),
            url: Field::default(),
            zone: Field::default(),
            report: None,
        }
    }
    pub fn sample_report() -> Self {
        let line = |thing, new, changed, unchanged| ReportLine {
            thing,
            new,
            changed,
            unchanged,
            removed: 0,
        };
        Self {
            report: Some(Report {
                lines: vec![
                    line(Thing::Sessions, 770, 2, 1),
                    line(Thing::Speakers, 684, 0, 0),
                    line(Thing::Rooms, 106, 0, 0),
                    line(Thing::Tracks, 109, 0, 0),
                ],
                warnings: vec![Warning {
                    place: "event 1234".into(),
                    text: samples::HOSTILE.into(),
                }],
                more_warnings: 12,
            }),
            ..Self::sample()
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            file: Field::wrong(
                "",
                FieldError::Unreadable {
                    why: "line 17, column 4: expected `</room>`".into(),
                },
            ),
            url: Field::wrong(samples::HOSTILE, FieldError::NotAUrl),
            ..Self::sample()
        }
    }
}

impl SettingsPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("title", "organise-field-title", &self.title),
                ("fade_days", "organise-set-fade", &self.fade_days),
            ],
        )
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::organise_settings(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            title: Field::of(samples::TITLE),
            records: true,
            guests_watch: true,
            guests_read: true,
            index_chat: false,
            registration: true,
            rehearsal: false,
            people_open_channels: true,
            fade_days: Field::of("14"),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            title: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: 200 }),
            fade_days: Field::wrong("soon", FieldError::NotDays { max: 365 }),
            records: false,
            ..Self::sample()
        }
    }
}

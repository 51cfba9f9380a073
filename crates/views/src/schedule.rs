//! The programme as a table of times: by day (a grid where rooms are few, else
//! a list), by track, or as one dense list; every filter lives in the URL.
//! A row of a large programme costs as little HTML as it can.

use askama::Template;
use hallway_model::sessions::SessionKind;
use hallway_model::time::{Day, Timestamp};
use hallway_protocol::{Topic, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::markup::props;
use crate::samples;
use crate::sessions::{Place, SessionRow, kind_text, language_text};
use crate::shell::Shell;

mod grids;
mod groups;

pub use grids::{Cell, Grid};
pub use groups::{Group, Heading};

/// The query of the schedule's URL. Values that mean nothing are ignored by
/// the handler, so an old link never fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleQuery {
    /// `track` or `list`; anything else is by day.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// YYYY-MM-DD, a programme day.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub day: String,
    /// Slugs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub track: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// A word of [`SessionKind`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// A language tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Words in titles, speakers and rooms.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Day,
    Track,
    List,
}

impl ScheduleQuery {
    pub fn by(&self) -> By {
        match self.by.as_str() {
            "track" => By::Track,
            "list" => By::List,
            _ => By::Day,
        }
    }

    /// Whether fewer sessions than the day or the programme has are asked for.
    pub fn is_filtered(&self) -> bool {
        [&self.track, &self.room, &self.kind, &self.language, &self.q]
            .iter()
            .any(|value| !value.is_empty())
    }

    /// `?day=…&track=…`, or `?` alone, relative to the schedule.
    pub fn url(&self) -> String {
        let pairs: Vec<String> = [
            ("by", &self.by),
            ("day", &self.day),
            ("track", &self.track),
            ("room", &self.room),
            ("kind", &self.kind),
            ("language", &self.language),
            ("q", &self.q),
        ]
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", routes::encode(value)))
        .collect();
        format!("?{}", pairs.join("&"))
    }
}

#[derive(Template)]
#[template(path = "schedule/schedule.html")]
pub struct SchedulePage {
    pub shell: Shell,
    pub query: ScheduleQuery,
    pub now: Timestamp,
    /// Days of the programme, in order.
    pub days: Vec<Day>,
    /// The day the rows are of; none where they are of every day.
    pub day: Option<Day>,
    /// Everything the filters can choose from, in the programme's order.
    pub rooms: Vec<Place>,
    pub tracks: Vec<Place>,
    pub kinds: Vec<SessionKind>,
    pub languages: Vec<String>,
    /// The sessions that match, by start, then in the order of rooms; those
    /// without a slot last.
    pub rows: Vec<SessionRow>,
    /// Sessions of the whole programme.
    pub total: usize,
    /// On now and starting next, whatever the filters.
    pub on_now: Vec<SessionRow>,
    pub up_next: Vec<SessionRow>,
    pub topic: Topic,
    /// Sequence number of the topic when this page was made.
    pub seq: i64,
}

/// A filter that is on, with the link that takes it off.
struct Chip {
    label: String,
    value: String,
    without: String,
}

/// ` class="past t3"` or nothing.
struct RowClass {
    state: &'static str,
    palette: Option<u8>,
}

impl std::fmt::Display for RowClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.state, self.palette) {
            ("", None) => Ok(()),
            ("", Some(n)) => write!(f, " class=t{n}"),
            (state, None) => write!(f, " class={state}"),
            (state, Some(n)) => write!(f, " class=\"{state} t{n}\""),
        }
    }
}
// Made of our own words and a number only.
impl askama::filters::HtmlSafe for RowClass {}

impl SchedulePage {
    fn island_props(&self) -> String {
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "now": self.now.0,
            "lang": self.shell.lang.code(),
        }))
    }

    fn is_by(&self, word: &str) -> bool {
        match self.query.by() {
            By::Day => word.is_empty(),
            By::Track => word == "track",
            By::List => word == "list",
        }
    }

    fn by_url(&self, word: &str) -> String {
        ScheduleQuery {
            by: word.into(),
            ..self.query.clone()
        }
        .url()
    }

    fn day_url(&self, day: &Day) -> String {
        ScheduleQuery {
            day: day.to_string(),
            ..self.query.clone()
        }
        .url()
    }

    fn all_days_url(&self) -> String {
        ScheduleQuery {
            day: String::new(),
            ..self.query.clone()
        }
        .url()
    }

    fn clear_url(&self) -> String {
        ScheduleQuery {
            by: self.query.by.clone(),
            day: self.query.day.clone(),
            ..ScheduleQuery::default()
        }
        .url()
    }

    fn is_day(&self, day: &Day) -> bool {
        self.day == Some(*day)
    }

    fn kind_choices(&self) -> Vec<Place> {
        self.kinds
            .iter()
            .map(|kind| Place {
                slug: kind.word().into(),
                name: kind_text(self.shell.lang, *kind),
            })
            .collect()
    }

    fn language_choices(&self) -> Vec<Place> {
        self.languages
            .iter()
            .map(|tag| Place {
                slug: tag.clone(),
                name: language_text(self.shell.lang, tag),
            })
            .collect()
    }

    /// Class attribute of a row, left out where there is nothing to say.
    fn row_class(&self, row: &SessionRow) -> RowClass {
        let state = if row.is_live() {
            "live"
        } else if row.is_cancelled() {
            "off"
        } else if row.is_now(&self.now) {
            "on"
        } else if row.is_past(&self.now) {
            "past"
        } else {
            ""
        };
        RowClass {
            state,
            palette: row.track.as_ref().map(|track| track.palette),
        }
    }

    fn chips(&self) -> Vec<Chip> {
        let mut chips = vec![];
        let q = &self.query;
        let mut chip = |label: &str, value: &str, choices: &[Place], without: ScheduleQuery| {
            if !value.is_empty() {
                let name = choices.iter().find(|c| c.slug == value);
                chips.push(Chip {
                    label: self.shell.t(label),
                    value: name.map_or(value, |c| &c.name).to_owned(),
                    without: without.url(),
                });
            }
        };
        let without = |clear: fn(&mut ScheduleQuery) -> &mut String| {
            let mut query = q.clone();
            clear(&mut query).clear();
            query
        };
        chip(
            "schedule-track",
            &q.track,
            &self.tracks,
            without(|q| &mut q.track),
        );
        chip(
            "schedule-room",
            &q.room,
            &self.rooms,
            without(|q| &mut q.room),
        );
        chip(
            "schedule-kind",
            &q.kind,
            &self.kind_choices(),
            without(|q| &mut q.kind),
        );
        let languages = self.language_choices();
        chip(
            "schedule-language",
            &q.language,
            &languages,
            without(|q| &mut q.language),
        );
        chip("schedule-search", &q.q, &[], without(|q| &mut q.q));
        chips
    }

    /// One day, three rooms, in the middle of the day.
    pub fn sample() -> Self {
        let rows = samples::rows();
        Self {
            shell: samples::event_shell(&routes::schedule(samples::SLUG)).shell,
            query: ScheduleQuery::default(),
            now: samples::now(),
            days: vec![samples::day(0), samples::day(1)],
            day: Some(samples::day(0)),
            rooms: samples::rooms(),
            tracks: samples::tracks(),
            kinds: SessionKind::ALL.to_vec(),
            languages: vec!["en".into(), "de".into()],
            total: 62,
            on_now: rows
                .iter()
                .filter(|r| r.is_now(&samples::now()))
                .cloned()
                .collect(),
            up_next: rows
                .iter()
                .filter(|r| r.slot.is_some_and(|s| s.start > samples::now()))
                .take(3)
                .cloned()
                .collect(),
            rows,
            topic: samples::event_topic(),
            seq: 12,
        }
    }

    /// The same day for a reader in Sydney, as a list by track.
    pub fn sample_by_track() -> Self {
        let mut page = Self::sample();
        page.query.by = "track".into();
        page.shell.zone = samples::sydney();
        page
    }

    /// Everything as one dense list, for a reader elsewhere.
    pub fn sample_list() -> Self {
        let mut page = Self::sample();
        page.query.by = "list".into();
        page.day = None;
        page.shell.zone = samples::sydney();
        page
    }

    /// One track of one room.
    pub fn sample_filtered() -> Self {
        let mut page = Self::sample();
        page.query.track = "running-it".into();
        page.query.kind = "talk".into();
        page.rows.retain(|row| {
            row.track
                .as_ref()
                .is_some_and(|track| track.slug == "running-it")
        });
        page
    }

    /// Filters that leave nothing.
    pub fn sample_nothing_found() -> Self {
        Self {
            query: ScheduleQuery {
                q: "quantum knitting".into(),
                room: "main-stage".into(),
                ..ScheduleQuery::default()
            },
            rows: vec![],
            ..Self::sample()
        }
    }

    /// An event whose programme is still to come.
    pub fn sample_empty() -> Self {
        Self {
            days: vec![],
            day: None,
            rooms: vec![],
            tracks: vec![],
            kinds: vec![],
            languages: vec![],
            rows: vec![],
            total: 0,
            on_now: vec![],
            up_next: vec![],
            ..Self::sample()
        }
    }

    /// A day as large as the field knows: 390 sessions in 90 rooms.
    pub fn sample_huge() -> Self {
        let rows = samples::many_rows(390, 90);
        Self {
            rooms: samples::many_rooms(106),
            tracks: samples::many_rooms(109),
            total: 773,
            on_now: rows
                .iter()
                .filter(|r| r.is_now(&samples::now()))
                .cloned()
                .collect(),
            up_next: vec![],
            rows,
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        page.shell = samples::hostile(page.shell);
        page.query.q = samples::HOSTILE.into();
        page.rows = samples::hostile_rows();
        page.on_now = samples::hostile_rows();
        page.up_next = samples::hostile_rows();
        page
    }
}

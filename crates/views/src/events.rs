//! An event's front page: the corridor with a door for each stage, what comes
//! next, and the way in.

use askama::Template;
use hallway_model::time::{Day, Timestamp, Zone};
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::markup::{JsonLd, TrustedHtml, props};
use crate::samples;
use crate::sessions::{SessionRow, Slot};
use crate::shell::Shell;

/// Doors drawn at most; the rest is in the schedule.
pub const MAX_DOORS: usize = 6;

#[derive(Template)]
#[template(path = "events/event.html")]
pub struct EventPage {
    pub shell: Shell,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    /// First start and last end of the programme; none while it is empty.
    pub hours: Option<(Timestamp, Timestamp)>,
    pub now: Timestamp,
    pub entry: Entry,
    /// In the programme's order of rooms.
    pub doors: Vec<Door>,
    /// The next few sessions after now, soonest first.
    pub next: Vec<SessionRow>,
    /// Keynotes and the like, in order of time.
    pub highlights: Vec<SessionRow>,
    pub sessions: usize,
    pub speakers: usize,
    pub recordings: usize,
    /// Sanitised; none where the organisers wrote none.
    pub about: Option<TrustedHtml>,
    pub code_of_conduct: Option<TrustedHtml>,
    /// Whether the event records its sessions.
    pub records: bool,
    /// Slug of the event's own channel, where the reader may read it.
    pub channel: Option<String>,
    pub topic: Topic,
    /// Sequence number of the topic when this page was made.
    pub seq: i64,
}

/// The one action of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Registration is open.
    Register,
    /// Registered, and this stage has something on.
    Enter { room: String },
    /// Registered, nothing on yet.
    Registered,
    /// Over: the recordings wait.
    Watch,
    /// Registration is closed; the programme can be read.
    Read,
}

/// A stage as a door of the corridor.
#[derive(Clone, Debug)]
pub struct Door {
    pub room: String,
    pub name: String,
    /// Topic of the stage, for the count.
    pub topic: Topic,
    /// Whether a picture is on air.
    pub on_air: bool,
    pub now: Option<DoorSession>,
    pub next: Option<DoorSession>,
    /// People with the stage open.
    pub viewers: i64,
}

#[derive(Clone, Debug)]
pub struct DoorSession {
    pub code: String,
    pub title: String,
    pub speakers: Vec<String>,
    pub slot: Slot,
}

impl Door {
    /// An open door: something is happening behind it.
    pub fn is_open(&self) -> bool {
        self.on_air || self.now.is_some()
    }
}

impl DoorSession {
    pub fn names(&self) -> String {
        self.speakers.join(", ")
    }
}

impl EventPage {
    fn counts_props(&self) -> String {
        let stages: Vec<String> = self.doors.iter().map(|d| d.topic.to_string()).collect();
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "stages": stages,
            "lang": self.shell.lang.code(),
        }))
    }

    /// A corridor of a hundred rooms shows the open ones first, and a few.
    fn shown_doors(&self) -> Vec<&Door> {
        let mut doors: Vec<&Door> = self.doors.iter().collect();
        if doors.len() > MAX_DOORS {
            doors.sort_by_key(|door| (!door.on_air, !door.is_open(), -door.viewers));
            doors.truncate(MAX_DOORS);
        }
        doors
    }
    fn more_doors(&self) -> usize {
        self.doors.len().saturating_sub(MAX_DOORS)
    }

    fn open_doors(&self) -> usize {
        self.doors.iter().filter(|door| door.is_open()).count()
    }

    fn summary(&self) -> String {
        self.shell.lang.t2(
            "events-summary",
            "title",
            self.title.as_str(),
            "days",
            self.shell.days(self.first_day, self.last_day),
        )
    }

    /// schema.org's Event.
    fn json_ld(&self) -> JsonLd {
        let (start, end) = match self.hours {
            Some((start, end)) => (start.rfc3339(&self.zone), end.rfc3339(&self.zone)),
            None => (self.first_day.to_string(), self.last_day.to_string()),
        };
        let url = self.shell.absolute(&routes::event(self.shell.slug()));
        JsonLd::new(&json!({
            "@context": "https://schema.org",
            "@type": "Event",
            "name": self.title,
            "startDate": start,
            "endDate": end,
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
            "location": {"@type": "VirtualLocation", "url": url},
            "url": url,
            "description": self.summary(),
            "isAccessibleForFree": true,
        }))
    }

    /// During the event: one door wide open, one with a session but no picture yet.
    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::event(samples::SLUG))
                .signed_in()
                .shell,
            title: samples::TITLE.into(),
            first_day: samples::day(0),
            last_day: samples::day(1),
            zone: samples::zone(),
            hours: Some((samples::at(0, 9, 0), samples::at(1, 18, 0))),
            now: samples::now(),
            entry: Entry::Enter {
                room: "main-stage".into(),
            },
            doors: samples::doors(),
            next: samples::coming().into_iter().take(6).collect(),
            highlights: samples::rows()
                .into_iter()
                .filter(|row| row.kind_text(&crate::Lang::En).is_some())
                .take(4)
                .collect(),
            sessions: 62,
            speakers: 71,
            recordings: 4,
            about: Some(TrustedHtml::sanitised(
                "<p>Two days of talks by people who run things, for people who run things.</p>"
                    .into(),
            )),
            code_of_conduct: Some(TrustedHtml::sanitised(
                "<p>Be kind. Assume good intent, and say so when something hurts.</p>".into(),
            )),
            records: true,
            channel: Some("lobby".into()),
            topic: samples::event_topic(),
            seq: 12,
        }
    }

    /// Just created: no programme, a visitor reads.
    pub fn sample_empty() -> Self {
        Self {
            shell: samples::event_shell(&routes::event(samples::SLUG)).shell,
            entry: Entry::Register,
            hours: None,
            doors: vec![],
            next: vec![],
            highlights: vec![],
            sessions: 0,
            speakers: 0,
            recordings: 0,
            about: None,
            code_of_conduct: None,
            records: false,
            channel: None,
            ..Self::sample()
        }
    }

    /// HTML, long words and right-to-left names in every text.
    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        page.shell = samples::hostile(page.shell);
        page.title = samples::HOSTILE.into();
        page.doors = samples::hostile_doors();
        page.next = samples::hostile_rows();
        page.highlights = samples::hostile_rows();
        page
    }
}

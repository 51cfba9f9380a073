//! A summit: its name, days, zone and the few settings it has.

use serde::{Deserialize, Serialize};

use crate::ids::EventId;
use crate::slug::{self, SlugError};
use crate::time::{Day, NotADay, NotAZone, Timestamp, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub slug: String,
    pub title: String,
    pub subtitle: Option<String>,
    pub description: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    pub settings: Settings,
    /// Grows with every change of the programme or of the event itself: the
    /// key under which pages made from it are cached.
    pub revision: i64,
    pub created: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The event's one recording setting (privacy rule 7).
    pub record: bool,
    /// Visitors may watch stages and recordings.
    pub guests_watch: bool,
    /// Visitors may read public channels.
    pub guests_read_chat: bool,
    /// Search engines may list public channels, where visitors may read them.
    pub index_chat: bool,
    pub registration_open: bool,
    /// Nothing here is real: invented guests may fill it (`hallway rehearse`).
    pub rehearsal: bool,
    /// Whoever is registered may open channels.
    pub people_open_channels: bool,
    /// Days without a message after which a channel that nobody keeps fades;
    /// 0 for never.
    pub fade_after_days: i64,
}

/// Longest time after which channels fade, in days.
pub const MAX_FADE_DAYS: i64 = 365;
impl Settings {
    /// Whether search engines may list what is said in public channels.
    pub fn chat_is_indexed(&self) -> bool {
        self.guests_read_chat && self.index_chat
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            record: true,
            guests_watch: true,
            guests_read_chat: true,
            index_chat: false,
            registration_open: true,
            rehearsal: false,
            people_open_channels: true,
            fade_after_days: 14,
        }
    }
}

/// What somebody typed to create an event.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EventDraft {
    pub title: String,
    /// Made from the title where blank.
    pub slug: String,
    pub first_day: String,
    pub last_day: String,
    pub zone: String,
}

/// A draft that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub title: String,
    pub slug: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
}

/// What is wrong with a draft, field by field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventFieldError {
    #[error("a title has 1 to 200 characters")]
    Title,
    #[error(transparent)]
    Slug(#[from] SlugError),
    #[error("first day: a day is written YYYY-MM-DD")]
    FirstDay,
    #[error("last day: a day is written YYYY-MM-DD")]
    LastDay,
    #[error("the last day is before the first")]
    DaysReversed,
    #[error("an event lasts at most 60 days")]
    TooLong,
    #[error(transparent)]
    Zone(#[from] NotAZone),
}

/// Longest title of an event, in characters.
pub const MAX_TITLE: usize = 200;
/// Most days of an event.
pub const MAX_DAYS: i32 = 60;

/// Checks a title as typed: one line of 1 to [`MAX_TITLE`] characters. Control
/// characters part words as white space does; PostgreSQL takes no NUL at all.
pub fn title(text: &str) -> Result<String, EventFieldError> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let title = words.join(" ");
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        return Err(EventFieldError::Title);
    }
    Ok(title)
}

impl EventDraft {
    /// All that is wrong at once, so that a form can show each at its field.
    pub fn check(&self) -> Result<NewEvent, Vec<EventFieldError>> {
        let mut wrong = vec![];
        let title = title(&self.title).unwrap_or_else(|error| {
            wrong.push(error);
            String::new()
        });
        let slug = match self.slug.trim() {
            "" => slug::from_name(&title, "event"),
            typed => typed.to_owned(),
        };
        if let Err(error) = slug::check(&slug) {
            wrong.push(error.into());
        }
        let first_day: Result<Day, NotADay> = self.first_day.trim().parse();
        let last_day: Result<Day, NotADay> = match self.last_day.trim() {
            "" => self.first_day.trim().parse(),
            typed => typed.parse(),
        };
        if first_day.is_err() {
            wrong.push(EventFieldError::FirstDay);
        }
        if last_day.is_err() && !self.last_day.trim().is_empty() {
            wrong.push(EventFieldError::LastDay);
        }
        if let (Ok(first), Ok(last)) = (&first_day, &last_day) {
            if last < first {
                wrong.push(EventFieldError::DaysReversed);
            } else if last.days_since(*first) >= MAX_DAYS {
                wrong.push(EventFieldError::TooLong);
            }
        }
        let zone = Zone::named(&self.zone);
        if let Err(error) = &zone {
            wrong.push(error.clone().into());
        }
        match (first_day, last_day, zone) {
            (Ok(first_day), Ok(last_day), Ok(zone)) if wrong.is_empty() => Ok(NewEvent {
                title,
                slug,
                first_day,
                last_day,
                zone,
            }),
            _ => Err(wrong),
        }
    }
}

/// Where an event stands, for the community's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPhase {
    Upcoming,
    Now,
    Past,
}

impl Event {
    pub fn phase(&self, now: Timestamp) -> EventPhase {
        if now < self.first_day.start(&self.zone) {
            EventPhase::Upcoming
        } else if now < self.last_day.next().start(&self.zone) {
            EventPhase::Now
        } else {
            EventPhase::Past
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> EventDraft {
        EventDraft {
            title: "Open Hall 2026".into(),
            slug: String::new(),
            first_day: "2026-11-20".into(),
            last_day: "2026-11-21".into(),
            zone: "Europe/Berlin".into(),
        }
    }

    #[test]
    fn title_days_and_zone_are_enough() {
        let event = draft().check().unwrap();
        assert_eq!(event.slug, "open-hall-2026");
        assert_eq!(event.zone.name(), "Europe/Berlin");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let bad = EventDraft {
            title: " ".into(),
            slug: "api".into(),
            first_day: "x".into(),
            last_day: "y".into(),
            zone: "Moon".into(),
        };
        assert_eq!(bad.check().unwrap_err().len(), 5);
        let reversed = EventDraft {
            last_day: "2026-11-19".into(),
            ..draft()
        };
        assert_eq!(
            reversed.check().unwrap_err(),
            [EventFieldError::DaysReversed]
        );
    }
}

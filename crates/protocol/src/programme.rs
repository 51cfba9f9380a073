//! The programme as the JSON API tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventSummary {
    pub slug: String,
    pub title: String,
    /// YYYY-MM-DD
    pub first_day: String,
    pub last_day: String,
    /// IANA name.
    pub zone: String,
    /// Path of the event's page.
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventPage {
    pub events: Vec<EventSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    pub event: EventSummary,
    pub revision: i64,
    pub sessions: Vec<ScheduleSession>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleSession {
    pub code: String,
    pub title: String,
    pub kind: String,
    pub track: Option<String>,
    pub room: Option<String>,
    /// RFC 3339 with the event's offset.
    pub start: Option<String>,
    pub minutes: Option<i64>,
    pub speakers: Vec<String>,
    /// `planned`, `live`, `ended` or `cancelled`.
    pub state: String,
    pub url: String,
    /// Path of the recording's playlist, once it is published.
    pub recording: Option<String>,
}

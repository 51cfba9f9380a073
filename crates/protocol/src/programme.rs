//! The programme as the JSON API tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::topics::Topic;

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
    /// What to subscribe to on the live connection, `event:ID`.
    #[schema(value_type = String)]
    pub topic: Topic,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventPage {
    pub events: Vec<EventSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    pub event: EventSummary,
    /// Grows with every change of the programme.
    pub revision: i64,
    /// In programme order, the cancelled ones too.
    pub sessions: Vec<ScheduleSession>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleSession {
    pub code: String,
    pub title: String,
    /// `talk`, `keynote`, `panel`, ...
    pub kind: String,
    /// Name of the track.
    pub track: Option<String>,
    /// Slug of the room, as in the URLs of stages.
    pub room: Option<String>,
    pub room_name: Option<String>,
    /// RFC 3339 with the event's offset.
    pub start: Option<String>,
    pub minutes: Option<i64>,
    /// Names, in the order of the programme.
    pub speakers: Vec<String>,
    /// `planned`, `live`, `ended` or `cancelled`.
    pub state: String,
    pub url: String,
    /// Path of the recording's playlist, once it is published.
    pub recording: Option<String>,
}

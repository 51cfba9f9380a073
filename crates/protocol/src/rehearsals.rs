//! A rehearsal as its organisers see it: how it goes, and what came of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET /api/v1/events/{event}/rehearsal`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rehearsal {
    /// Whether the event's settings say that it is a rehearsal.
    pub marked: bool,
    /// Whether guests play at another event of this server: one at a time.
    pub busy: bool,
    /// What goes on, or else the last one since the server was started.
    pub run: Option<RehearsalRun>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RehearsalRun {
    pub id: Uuid,
    pub state: RehearsalState,
    /// How many guests were asked for.
    pub people: u32,
    /// For how long, in seconds.
    pub seconds: u32,
    /// When it was started: milliseconds since 1970.
    pub begun: i64,
    /// Guests who have their account and token.
    pub ready: u32,
    /// Seconds since the guests began to come.
    pub elapsed: u32,
    pub figures: RehearsalFigures,
    /// The most frequent ones, once it has ended.
    pub errors: Vec<RehearsalError>,
    /// Why it came to nothing, in English.
    pub failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalState {
    /// The guests are given accounts and tokens.
    Preparing,
    Playing,
    /// Somebody stopped it: the guests leave, their tokens are taken back.
    Ending,
    /// It went on to its end.
    Ended,
    /// Somebody stopped it before.
    Stopped,
    /// It could not be played.
    Failed,
}

impl RehearsalState {
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Preparing | Self::Playing | Self::Ending)
    }

    /// As it travels.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Playing => "playing",
            Self::Ending => "ending",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What the guests counted so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RehearsalFigures {
    /// Guests with a live connection now.
    pub here: u64,
    /// How often one of them came, returns included.
    pub joins: u64,
    pub returns: u64,
    pub pages: u64,
    pub messages: u64,
    pub reactions: u64,
    /// Messages and reactions that the server confirmed.
    pub acknowledged: u64,
    /// Events that reached a guest.
    pub deliveries: u64,
    /// Events that came twice, out of order or not at all.
    pub gaps: u64,
    /// All errors, also those that are not listed.
    pub errors: u64,
    pub page_ms: RehearsalTimes,
    pub join_ms: RehearsalTimes,
    pub delivery_ms: RehearsalTimes,
}

/// Milliseconds; none where there was nothing to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RehearsalTimes {
    /// The median, once it has ended.
    pub p50: Option<f64>,
    /// The 99th percentile, once it has ended.
    pub p99: Option<f64>,
    pub slowest: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RehearsalError {
    /// In English, as a guest met it.
    pub what: String,
    pub count: u64,
}

/// Body of `POST /api/v1/events/{event}/rehearsal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRehearsal {
    /// At most 5,000.
    pub people: u32,
    /// At most 30.
    pub minutes: u32,
    /// The command's idempotency key.
    pub key: Uuid,
}

/// Body of `DELETE /api/v1/events/{event}/rehearsal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRehearsal {
    /// The command's idempotency key.
    pub key: Uuid,
}

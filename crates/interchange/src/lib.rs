//! Schedule formats: bytes to model types and back, pure.
//!
//! Reading is lenient ([`read`]): of the schedule files conferences publish,
//! hardly one is valid, so contradictions are decided by one rule and reported
//! as warnings. Writing is strict ([`write_xml`], [`write_json`],
//! [`write_ics`]): what leaves is valid against the formats' schemas. Both
//! speak [`hallway_model::programme::Programme`].
//!
//! [`text`] makes a description, which may be HTML, Markdown or plain text,
//! safe to show. Fetching files and storing programmes is left to others.

mod addresses;
mod assemblies;
mod calendars;
mod drafts;
mod encodings;
mod errors;
mod exports;
mod json_places;
mod json_schedules;
mod readings;
pub mod slack;
pub mod text;
mod times;
mod xml_elements;
mod xml_schedules;

pub use calendars::{
    Invitation, write_ics, write_registration_ics, write_session_ics, write_sessions_ics,
};
pub use errors::{Position, ReadError};
pub use exports::{Generator, WriteOptions, write_json, write_xml};
pub use readings::{Format, ReadOptions, Reading, read};

/// Ten times the largest conference there is.
pub(crate) const MAX_SESSIONS: usize = 100_000;
pub(crate) const MAX_DAYS: usize = 1_000;

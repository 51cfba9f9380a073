//! Writing schedule files: strict, valid against the formats' schemas
//! whatever was imported. What a format demands and a session lacks is derived
//! from its identity, so that two exports agree.
//!
//! What a format has no place for stays behind, and nothing else:
//! - both: sessions not yet placed; `Conference::generator` (the writer's own
//!   is written); addresses of sessions, logos, avatars, links and
//!   attachments that are not absolute; times below a second; a length beyond 99:59:59 (XML) or below a
//!   minute (`duration` of JSON, whose `end` is exact); a slot's day that is
//!   neither the date of its start nor the day before.
//! - XML: `venue`, `city`; description and capacity of rooms; biography,
//!   avatar, code and non-numeric id of speakers; `do_not_stream`; slugs that
//!   do not look like `event-title`; session ids that are not unique positive
//!   numbers (a number is derived; the guid identifies).
//! - JSON: url and link of a recording; kinds of links the schema does not
//!   name; slugs with other than lower-case letters, digits, `-` and `_`; ids
//!   as above.

mod grids;
mod json;
mod names;
mod xml;

use hallway_model::ids::Code;
use hallway_model::time::Timestamp;
use uuid::Uuid;

pub use json::write_json;
pub(crate) use names::{SessionNames, name_sessions};
pub use xml::write_xml;

/// The program that writes, told to clients.
#[derive(Clone, Copy, Debug)]
pub struct Generator<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub url: Option<&'a str>,
}

/// What an export must know beside the programme.
#[derive(Clone, Copy)]
pub struct WriteOptions<'a> {
    pub event_slug: &'a str,
    /// Absolute address of the event's pages, ending in a slash.
    pub base_url: &'a str,
    /// Absolute address at which this very file is served.
    pub self_url: Option<&'a str>,
    /// What guids are derived from where the programme has none.
    pub namespace: Uuid,
    /// When it is written: DTSTAMP.
    pub now: Timestamp,
    /// When the programme last changed: LAST-MODIFIED.
    pub changed: Option<Timestamp>,
    /// Grows with every published change: SEQUENCE.
    pub sequence: u32,
    pub generator: Generator<'a>,
    /// Absolute address of a session's page.
    pub session_url: &'a dyn Fn(&Code) -> String,
    /// Absolute address of the stage of the room with this name, where it
    /// streams.
    pub stage_url: &'a dyn Fn(&str) -> Option<String>,
}

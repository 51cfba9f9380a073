//! Reading a schedule file of any kind we know: which it is, then its draft,
//! then the programme.

use hallway_model::programme::{Programme, Warning};
use hallway_model::time::Zone;
use uuid::Uuid;

use crate::assemblies::assemble;
use crate::encodings::decode;
use crate::errors::ReadError;
use crate::{json_schedules, xml_schedules};

#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The zone of the conference. Given, it wins over the file's own (a
    /// difference is reported); not given, the file must name one.
    pub zone: Option<Zone>,
    /// What guids are derived from where the file has none: the same for
    /// every reading of the same source, another for another source.
    pub namespace: Uuid,
}

/// What a file said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Every session and every speaker has a guid, its own or a derived one,
    /// and no two sessions the same.
    pub programme: Programme,
    /// What was contradictory or left out; a thousand at the most.
    pub warnings: Vec<Warning>,
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// pentabarf, frab, c3voc, pretalx, wafer
    ScheduleXml,
    /// frab, c3voc, pretalx
    ScheduleJson,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::ScheduleXml => "schedule XML",
            Self::ScheduleJson => "schedule JSON",
        }
    }
}

/// Reads a whole schedule file. Takes time and memory in proportion to its
/// length; the caller bounds that (64 MiB is what this was made for).
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    if let Some(found) = foreign(bytes) {
        return Err(ReadError::NotAccepted {
            found: found.into(),
        });
    }
    let text = decode(bytes)?;
    let (format, draft) = match text.trim_start().chars().next() {
        Some('<') => (Format::ScheduleXml, xml_schedules::read(&text)?),
        Some('{' | '[') => (Format::ScheduleJson, json_schedules::read(&text)?),
        Some(_) => {
            return Err(ReadError::NotAccepted {
                found: plain_text(&text).into(),
            });
        }
        None => {
            return Err(ReadError::NotAccepted {
                found: "an empty file".into(),
            });
        }
    };
    let (programme, warnings) = assemble(&text, draft, options)?;
    Ok(Reading {
        programme,
        warnings,
        format,
    })
}

/// Kinds of file that are no text.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"%PDF", "a PDF document"),
        (b"\x1F\x8B", "a gzip archive; unpack it first"),
        (b"\x89PNG", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
        (b"\xD0\xCF\x11\xE0", "an old office document"),
    ];
    MAGIC
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, name)| *name)
}

fn plain_text(text: &str) -> &'static str {
    let start = text.trim_start();
    let first_line = start.lines().next().unwrap_or_default();
    if start
        .get(..15)
        .is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        "an iCalendar file"
    } else if start.starts_with("WEBVTT") {
        "a subtitle file"
    } else if first_line.matches([',', ';', '\t']).count() >= 3 {
        "a table (CSV)"
    } else {
        "text of another kind"
    }
}

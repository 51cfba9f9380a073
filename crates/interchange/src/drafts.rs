//! What a file says, before anybody decides what it means: the texts of each
//! field with the place they stand at. Both readers fill these; `assemblies`
//! turns them into a programme, so that a rule is written once.
//!
//! An empty text means that the file says nothing.

use std::fmt;

use crate::errors::Position;

#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub version: String,
    pub generator: String,
    pub conference: ConferenceDraft,
    pub rooms: Vec<RoomDraft>,
    pub tracks: Vec<TrackDraft>,
    pub days: Vec<DayDraft>,
    pub sessions: Vec<SessionDraft>,
}

#[derive(Debug, Default)]
pub(crate) struct ConferenceDraft {
    pub at: At,
    pub title: String,
    pub acronym: String,
    pub start: String,
    pub end: String,
    pub zone: String,
    pub day_change: String,
    pub timeslot: String,
    pub base_url: String,
    pub url: String,
    pub logo: String,
    pub venue: String,
    pub city: String,
    pub color: String,
}

#[derive(Debug, Default)]
pub(crate) struct RoomDraft {
    pub name: String,
    pub guid: String,
    pub description: String,
    pub capacity: String,
}

#[derive(Debug, Default)]
pub(crate) struct TrackDraft {
    pub name: String,
    pub slug: String,
    pub color: String,
}

#[derive(Debug, Default)]
pub(crate) struct DayDraft {
    pub at: At,
    pub index: String,
    pub date: String,
    pub start: String,
    pub end: String,
}

#[derive(Debug, Default)]
pub(crate) struct SessionDraft {
    pub at: At,
    /// Index into `Draft::days` of the day it is listed under.
    pub day: usize,
    /// The room it is listed under.
    pub room: String,
    /// The room it names itself.
    pub own_room: String,
    pub id: String,
    pub guid: String,
    pub code: String,
    pub date: String,
    pub start: String,
    pub end: String,
    pub duration: String,
    pub title: String,
    pub subtitle: String,
    pub kind: String,
    pub track: String,
    pub language: String,
    pub abstract_text: String,
    pub description: String,
    pub slug: String,
    pub logo: String,
    pub url: String,
    pub feedback_url: String,
    pub origin_url: String,
    pub license: String,
    pub opt_out: String,
    pub recording_url: String,
    pub recording_link: String,
    pub do_not_stream: String,
    pub links: Vec<LinkDraft>,
    pub attachments: Vec<LinkDraft>,
    pub persons: Vec<PersonDraft>,
}

#[derive(Debug, Default)]
pub(crate) struct LinkDraft {
    pub href: String,
    pub title: String,
    pub kind: String,
}

#[derive(Debug, Default)]
pub(crate) struct PersonDraft {
    pub id: String,
    pub guid: String,
    pub code: String,
    pub name: String,
    pub biography: String,
    pub avatar: String,
}

/// Where something stands: a byte offset, or the way through a JSON document.
#[derive(Clone, Debug)]
pub(crate) enum At {
    Offset(usize),
    Path(Vec<Step>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl Default for At {
    fn default() -> Self {
        Self::Offset(0)
    }
}

impl At {
    pub fn position(&self, text: &str) -> Position {
        match self {
            Self::Offset(offset) => Position::of(text, *offset),
            Self::Path(path) => Position::of(text, crate::json_places::locate(text, path)),
        }
    }

    /// `what`, with the path in front where there is one.
    pub fn say(&self, what: impl fmt::Display) -> String {
        match self {
            Self::Offset(_) => what.to_string(),
            Self::Path(_) => format!("{self}: {what}"),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Path(path) = self else {
            return Ok(());
        };
        for (i, step) in path.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                    write!(f, "{}{key}", if i == 0 { "" } else { "." })?;
                }
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

/// Text as the model keeps it: trimmed, without the control characters that
/// neither XML 1.0 §2.2 nor a screen can show.
pub(crate) fn clean(text: &str) -> String {
    let keep = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => !c.is_control(),
    };
    let text = text.trim();
    if text.chars().all(keep) {
        return text.to_owned();
    }
    let kept: String = text.chars().filter(|c| keep(*c)).collect();
    kept.trim().to_owned()
}

/// [`clean`] text of one line: a name, a title.
pub(crate) fn clean_line(text: &str) -> String {
    let text = clean(text);
    if !text.contains(['\t', '\n', '\r']) {
        return text;
    }
    text.split(['\t', '\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_a_path() {
        let key = |k: &str| Step::Key(k.into());
        let at = At::Path(vec![
            key("schedule"),
            key("days"),
            Step::Index(2),
            key("r3s / Ü"),
            Step::Index(0),
        ]);
        assert_eq!(at.to_string(), "schedule.days[2][\"r3s / Ü\"][0]");
    }

    #[test]
    fn cleaning_takes_what_cannot_be_shown_and_is_done_after_once() {
        assert_eq!(clean(" a\u{0}\r\nb \u{1}"), "a\r\nb");
        assert_eq!(clean_line(" a\n   b\tc "), "a b c");
        assert_eq!(
            clean_line(&clean_line("\u{b}x\n\n y")),
            clean_line("\u{b}x\n\n y")
        );
    }
}

//! Why a file could not be read, and where in it. What an import merely
//! noticed and went on from is a [`hallway_model::programme::Warning`].

use std::fmt;

/// A place in a text, both numbers counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// Where the byte `offset` of `text` is; past the end means the end.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Nothing was read. Each message says what to do or where to look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error(
        "this is {found}; accepted are schedule XML (pentabarf, frab, c3voc, pretalx, wafer) \
         and schedule JSON version 1 (frab, c3voc, pretalx)"
    )]
    NotAccepted { found: String },
    /// The bytes are not the text they claim to be.
    #[error("{at}: {what}")]
    Encoding { at: Position, what: String },
    /// The file breaks the rules of XML or JSON.
    #[error("{at}: {what}")]
    Malformed { at: Position, what: String },
    /// Well-formed, but a value without which the programme makes no sense
    /// is missing or means nothing.
    #[error("{at}: {what}")]
    NotUnderstood { at: Position, what: String },
    /// The file names no time zone and none was given.
    #[error("{at}: no zone: the file has no time_zone_name; give --zone (like Europe/Brussels)")]
    ZoneNeeded { at: Position },
    /// Beyond what any real programme needs: nesting, sessions, values.
    #[error("{at}: {what}")]
    TooMuch { at: Position, what: String },
}

impl ReadError {
    /// Where in the file; none where the file as a whole is the matter.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::NotAccepted { .. } => None,
            Self::Encoding { at, .. }
            | Self::Malformed { at, .. }
            | Self::NotUnderstood { at, .. }
            | Self::ZoneNeeded { at }
            | Self::TooMuch { at, .. } => Some(*at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let text = "a\nüb\n";
        assert_eq!(Position::of(text, 0), Position { line: 1, column: 1 });
        assert_eq!(Position::of(text, 4), Position { line: 2, column: 2 });
        assert_eq!(
            Position::of(text, 3),
            Position { line: 2, column: 1 },
            "inside a character"
        );
        assert_eq!(Position::of(text, 99), Position { line: 3, column: 1 });
    }
}

//! An event's own code of conduct: what it may hold, and its versions.

use crate::ids::EventId;
use crate::time::Timestamp;

/// Longest code, in characters of Markdown.
pub const MAX_CODE: usize = 20_000;
/// Longest way to reach the conduct team, in characters.
pub const MAX_CONTACT: usize = 200;

/// A version of an event's code. Version 0 is ours, which every event begins
/// with; it has no row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    pub version: i64,
    /// Markdown; none for ours, in the reader's language.
    pub text: Option<String>,
    /// How the conduct team is reached beside the report: an address, a number.
    pub contact: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("a code of conduct has at most {MAX_CODE} characters")]
    Text,
    #[error("a contact has at most {MAX_CONTACT} characters in one line")]
    Contact,
}

/// What somebody accepted, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub event: EventId,
    pub version: i64,
    pub at: Timestamp,
}

/// Checks a code as typed; blank means ours.
pub fn text(typed: &str) -> Result<Option<String>, CodeError> {
    let text: String = typed
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim().to_owned();
    if text.chars().count() > MAX_CODE {
        return Err(CodeError::Text);
    }
    Ok((!text.is_empty()).then_some(text))
}

/// Checks a contact as typed; blank means none.
pub fn contact(typed: &str) -> Result<Option<String>, CodeError> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > MAX_CONTACT || line.chars().any(char::is_control) {
        return Err(CodeError::Contact);
    }
    Ok((!line.is_empty()).then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_code_is_ours_and_a_contact_is_one_line() {
        assert_eq!(text(" \r\n "), Ok(None));
        assert_eq!(text("Be *kind*\r\n\0"), Ok(Some("Be *kind*".into())));
        assert_eq!(text(&"x".repeat(MAX_CODE + 1)), Err(CodeError::Text));
        assert_eq!(contact(" "), Ok(None));
        assert_eq!(
            contact(" care@example.org \n or the desk "),
            Ok(Some("care@example.org or the desk".into()))
        );
        assert_eq!(contact(&"x".repeat(201)), Err(CodeError::Contact));
    }
}

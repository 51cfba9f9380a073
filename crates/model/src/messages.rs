//! What may be said in one message, and what may become of it afterwards.

use serde::{Deserialize, Serialize};

use crate::reactions::Change;
use crate::time::{Span, Timestamp};

/// Longest message, in characters of what was typed.
pub const MAX_LENGTH: usize = 4_000;
/// How long after sending it an author may change a message.
pub const EDIT_WITHIN: Span = Span::minutes(15);

/// The text of a message as typed: not blank, not endless, no stray controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("a message says something")]
    Blank,
    #[error("a message has at most {MAX_LENGTH} characters")]
    TooLong,
}

impl MessageText {
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let text = Self::caption(text)?;
        if text.0.trim().is_empty() {
            return Err(MessageError::Blank);
        }
        Ok(text)
    }

    /// What is said beside a picture, which may be nothing.
    pub fn caption(text: &str) -> Result<Self, MessageError> {
        let text: String = text
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        let text = text.trim_matches('\n').trim_end().to_owned();
        if text.chars().count() > MAX_LENGTH {
            return Err(MessageError::TooLong);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    #[default]
    Said,
    /// What somebody does, told with their name before it.
    Action,
}

impl MessageKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Action => "action",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Said, Self::Action]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// By whom a message was removed; nobody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    Author,
    Moderator,
}

impl Removal {
    pub fn word(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Moderator => "moderator",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Author, Self::Moderator]
            .into_iter()
            .find(|removal| removal.word() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    #[error("this message was removed")]
    Removed,
    #[error("a message can be changed for {} minutes after it was sent", EDIT_WITHIN.as_minutes())]
    TooLate,
}

/// Whether its author may change a message to another text now.
pub fn edit(
    sent: Timestamp,
    removed: Option<Removal>,
    same_text: bool,
    now: Timestamp,
) -> Result<Change, RevisionError> {
    if removed.is_some() {
        Err(RevisionError::Removed)
    } else if same_text {
        Ok(Change::Nothing)
    } else if now > sent + EDIT_WITHIN {
        Err(RevisionError::TooLate)
    } else {
        Ok(Change::Apply)
    }
}

/// Removing has no end of time: what harms today may have been said long ago.
pub fn remove(removed: Option<Removal>) -> Change {
    if removed.is_some() {
        Change::Nothing
    } else {
        Change::Apply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_endless_messages_are_refused() {
        assert_eq!(MessageText::parse(" \n\u{0}"), Err(MessageError::Blank));
        assert_eq!(
            MessageText::parse(&"x".repeat(4_001)),
            Err(MessageError::TooLong)
        );
        assert_eq!(
            MessageText::parse("hi\r\n there \n").unwrap().as_str(),
            "hi\n there"
        );
    }

    #[test]
    fn a_picture_needs_no_words_beside_it() {
        assert_eq!(MessageText::caption(" \n").unwrap().as_str(), "");
        assert_eq!(MessageText::caption("look ").unwrap().as_str(), "look");
        assert_eq!(
            MessageText::caption(&"x".repeat(4_001)),
            Err(MessageError::TooLong)
        );
    }

    #[test]
    fn an_author_changes_their_words_for_a_quarter_of_an_hour() {
        let sent = Timestamp(1_000);
        let last = sent + Span::minutes(15);
        assert_eq!(edit(sent, None, false, last), Ok(Change::Apply));
        let late = Timestamp(last.0 + 1);
        assert_eq!(edit(sent, None, false, late), Err(RevisionError::TooLate));
        // The same again is no change, however late it comes.
        assert_eq!(edit(sent, None, true, late), Ok(Change::Nothing));
        for removal in [Removal::Author, Removal::Moderator] {
            assert_eq!(
                edit(sent, Some(removal), true, sent),
                Err(RevisionError::Removed)
            );
        }
    }

    #[test]
    fn removing_twice_is_removing_once() {
        assert_eq!(remove(None), Change::Apply);
        assert_eq!(remove(Some(Removal::Moderator)), Change::Nothing);
    }

    #[test]
    fn words_come_back() {
        for kind in [MessageKind::Said, MessageKind::Action] {
            assert_eq!(MessageKind::from_word(kind.word()), Some(kind));
        }
        for removal in [Removal::Author, Removal::Moderator] {
            assert_eq!(Removal::from_word(removal.word()), Some(removal));
        }
        assert_eq!(Removal::from_word("nobody"), None);
    }
}

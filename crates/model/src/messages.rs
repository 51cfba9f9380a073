//! What may be said in one message.

/// Longest message, in characters of what was typed.
pub const MAX_LENGTH: usize = 4_000;

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
        let text: String = text
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        let text = text.trim_matches('\n').trim_end().to_owned();
        if text.trim().is_empty() {
            return Err(MessageError::Blank);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(MessageError::TooLong);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
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
}

//! Reports without a name: a conversation between somebody who stays unknown
//! and those who look after the event, held together by a receipt that the first
//! alone has.

use crate::ids::{AnonymousReportId, EventId};
use crate::reports::{ReportError, words};
use crate::time::Timestamp;

/// Lines of one report at the most, of both sides.
pub const MAX_LINES: usize = 100;
/// Reports of an event that wait for an answer at the most.
pub const MAX_WAITING: i64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnonymousReport {
    pub id: AnonymousReportId,
    pub event: EventId,
    pub made: Timestamp,
    /// Whether those who look after the event have something to read.
    pub waits: bool,
    /// When they said that nothing is left to do.
    pub ended: Option<Timestamp>,
}

/// Who wrote a line. Of those who look after the event it is not told which of
/// them: they answer together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Reporter,
    Team,
}

impl Side {
    pub fn is_team(self) -> bool {
        self == Self::Team
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub side: Side,
    pub words: String,
    pub written: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("write what it is about")]
    Missing,
    #[error("at most {} characters", crate::reports::MAX_WORDS)]
    TooLong,
    #[error("this conversation is full: begin another one")]
    Full,
}

/// The words of one more line after `lines` others.
pub fn line(text: &str, lines: usize) -> Result<String, LineError> {
    let text = words(text).map_err(|error| match error {
        ReportError::TooLong => LineError::TooLong,
        _ => LineError::Missing,
    })?;
    if text.is_empty() {
        Err(LineError::Missing)
    } else if lines >= MAX_LINES {
        Err(LineError::Full)
    } else {
        Ok(text)
    }
}

impl AnonymousReport {
    /// After a line of either side. What ended goes on when the reporter writes.
    pub fn after(self, side: Side) -> Self {
        Self {
            waits: !side.is_team(),
            ended: self.ended.filter(|_| side.is_team()),
            ..self
        }
    }

    /// Those who look after the event see nothing left to do.
    pub fn closed(self, now: Timestamp) -> Self {
        Self {
            waits: false,
            ended: Some(self.ended.unwrap_or(now)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_something_and_there_are_not_too_many() {
        assert_eq!(line("  ", 0), Err(LineError::Missing));
        assert_eq!(line(&"x".repeat(4_001), 0), Err(LineError::TooLong));
        assert_eq!(line("once more", MAX_LINES), Err(LineError::Full));
        assert_eq!(line(" a\r\nb ", MAX_LINES - 1).unwrap(), "a\nb");
    }

    #[test]
    fn it_waits_for_whom_did_not_write_last_and_goes_on_when_the_reporter_writes() {
        let now = Timestamp(1);
        let report = AnonymousReport {
            id: AnonymousReportId(uuid::Uuid::from_u128(1)),
            event: EventId(uuid::Uuid::from_u128(2)),
            made: now,
            waits: true,
            ended: None,
        };
        let answered = report.after(Side::Team);
        assert!(!answered.waits);
        let ended = answered.closed(now);
        assert_eq!(ended.ended, Some(now));
        assert_eq!(ended.clone().after(Side::Team).ended, Some(now));
        let again = ended.after(Side::Reporter);
        assert!(again.waits && again.ended.is_none());
    }
}

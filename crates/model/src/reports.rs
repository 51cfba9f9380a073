//! Reports of conduct: what they are about, and their way from open over
//! claimed to ended; and appeals against what was decided.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, EventId, MessageId, PersonId, ReportId};
use crate::sanctions::SanctionKind;
use crate::time::Timestamp;

/// Longest text of a report or an appeal, in characters.
pub const MAX_WORDS: usize = 4_000;
/// Messages before and after the reported one that are kept with a report.
pub const CONTEXT: i64 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportReason {
    Harassment,
    Hate,
    Sexual,
    Threat,
    Spam,
    Other,
}

impl ReportReason {
    pub const ALL: [ReportReason; 6] = [
        Self::Harassment,
        Self::Hate,
        Self::Sexual,
        Self::Threat,
        Self::Spam,
        Self::Other,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Harassment => "harassment",
            Self::Hate => "hate",
            Self::Sexual => "sexual",
            Self::Threat => "threat",
            Self::Spam => "spam",
            Self::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The message as it was is kept with the report.
    Message {
        message: MessageId,
        channel: ChannelId,
    },
    /// Somebody's conduct elsewhere, or as a whole.
    Person,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub id: ReportId,
    pub event: EventId,
    /// None once the reporter's account is gone.
    pub reporter: Option<PersonId>,
    pub about: About,
    /// Whom it is about; none where a message's author was gone already.
    pub person: Option<PersonId>,
    pub reason: ReportReason,
    /// The reporter's own words; may be blank.
    pub words: String,
    pub made: Timestamp,
    pub state: ReportState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportState {
    Open,
    Claimed {
        by: PersonId,
        at: Timestamp,
    },
    Ended {
        by: Option<PersonId>,
        at: Timestamp,
        outcome: Outcome,
        /// What the reporter is told.
        answer: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was done about the person.
    Dismissed,
    Decided(SanctionKind),
}

impl Outcome {
    pub const ALL: [Outcome; 5] = [
        Self::Dismissed,
        Self::Decided(SanctionKind::Warning),
        Self::Decided(SanctionKind::Mute),
        Self::Decided(SanctionKind::Hold),
        Self::Decided(SanctionKind::Ban),
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Dismissed => "dismissed",
            Self::Decided(kind) => kind.word(),
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    #[error("somebody else has this report already")]
    Claimed,
    #[error("take the report first")]
    NotYours,
    #[error("this report has ended")]
    Ended,
    #[error("you are part of this report: leave it to somebody else")]
    Involved,
    #[error("there is nobody left to decide about")]
    NobodyLeft,
    #[error("you cannot report yourself")]
    Oneself,
    #[error("choose what it is about")]
    Reason,
    #[error("this has at most {MAX_WORDS} characters")]
    TooLong,
    #[error("an appeal says why")]
    Blank,
    #[error("you decided this: somebody else has to look at it again")]
    OwnDecision,
    #[error("this was appealed against already")]
    Appealed,
}

impl Report {
    /// Takes it, so that nobody else works on it too. Taking it twice is once.
    pub fn claim(mut self, by: PersonId, now: Timestamp) -> Result<Self, ReportError> {
        if self.reporter == Some(by) || self.person == Some(by) {
            return Err(ReportError::Involved);
        }
        match self.state {
            ReportState::Open => {
                self.state = ReportState::Claimed { by, at: now };
                Ok(self)
            }
            ReportState::Claimed { by: holder, .. } if holder == by => Ok(self),
            ReportState::Claimed { .. } => Err(ReportError::Claimed),
            ReportState::Ended { .. } => Err(ReportError::Ended),
        }
    }

    /// Gives it back to everybody.
    pub fn release(mut self, by: PersonId) -> Result<Self, ReportError> {
        match self.state {
            ReportState::Claimed { by: holder, .. } if holder == by => {
                self.state = ReportState::Open;
                Ok(self)
            }
            ReportState::Ended { .. } => Err(ReportError::Ended),
            ReportState::Open | ReportState::Claimed { .. } => Err(ReportError::NotYours),
        }
    }

    pub fn end(
        mut self,
        by: PersonId,
        outcome: Outcome,
        answer: String,
        now: Timestamp,
    ) -> Result<Self, ReportError> {
        match self.state {
            ReportState::Claimed { by: holder, .. } if holder == by => {}
            ReportState::Ended { .. } => return Err(ReportError::Ended),
            ReportState::Open | ReportState::Claimed { .. } => return Err(ReportError::NotYours),
        }
        if outcome != Outcome::Dismissed && self.person.is_none() {
            return Err(ReportError::NobodyLeft);
        }
        self.state = ReportState::Ended {
            by: Some(by),
            at: now,
            outcome,
            answer,
        };
        Ok(self)
    }

    pub fn is_waiting(&self) -> bool {
        !matches!(self.state, ReportState::Ended { .. })
    }
}

/// The reporter's words as typed.
pub fn words(text: &str) -> Result<String, ReportError> {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim().to_owned();
    if text.chars().count() > MAX_WORDS {
        return Err(ReportError::TooLong);
    }
    Ok(text)
}

/// Somebody asks that what was decided about them is looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    pub words: String,
    pub made: Timestamp,
    pub state: AppealState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppealState {
    Open,
    Ended {
        by: Option<PersonId>,
        at: Timestamp,
        /// Whether the decision was taken back.
        granted: bool,
        answer: String,
    },
}

impl Appeal {
    /// Answers it; `decided_by` made the decision and cannot judge it again.
    pub fn end(
        mut self,
        by: PersonId,
        decided_by: Option<PersonId>,
        about: PersonId,
        granted: bool,
        answer: String,
        now: Timestamp,
    ) -> Result<Self, ReportError> {
        if decided_by == Some(by) {
            return Err(ReportError::OwnDecision);
        }
        if about == by {
            return Err(ReportError::Involved);
        }
        if self.state != AppealState::Open {
            return Err(ReportError::Ended);
        }
        self.state = AppealState::Ended {
            by: Some(by),
            at: now,
            granted,
            answer,
        };
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(5_000);

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn report() -> Report {
        Report {
            id: ReportId(Uuid::from_u128(1)),
            event: EventId(Uuid::from_u128(1)),
            reporter: Some(person(1)),
            about: About::Person,
            person: Some(person(2)),
            reason: ReportReason::Spam,
            words: String::new(),
            made: NOW,
            state: ReportState::Open,
        }
    }

    #[test]
    fn one_moderator_has_a_report_until_they_give_it_back_or_end_it() {
        let claimed = report().claim(person(3), NOW).unwrap();
        assert_eq!(claimed.clone().claim(person(3), NOW), Ok(claimed.clone()));
        assert_eq!(
            claimed.clone().claim(person(4), NOW),
            Err(ReportError::Claimed)
        );
        assert_eq!(
            claimed.clone().release(person(4)),
            Err(ReportError::NotYours)
        );
        assert_eq!(claimed.clone().release(person(3)), Ok(report()));
        let end = |report: Report, by| report.end(by, Outcome::Dismissed, "no".into(), NOW);
        assert_eq!(end(claimed.clone(), person(4)), Err(ReportError::NotYours));
        assert_eq!(end(report(), person(3)), Err(ReportError::NotYours));
        let ended = end(claimed, person(3)).unwrap();
        assert!(!ended.is_waiting());
        assert_eq!(end(ended.clone(), person(3)), Err(ReportError::Ended));
        assert_eq!(ended.claim(person(3), NOW), Err(ReportError::Ended));
    }

    #[test]
    fn nobody_judges_their_own_report() {
        for involved in [person(1), person(2)] {
            assert_eq!(report().claim(involved, NOW), Err(ReportError::Involved));
        }
    }

    #[test]
    fn nobody_can_be_warned_who_is_gone() {
        let report = Report {
            person: None,
            ..report()
        };
        let claimed = report.claim(person(3), NOW).unwrap();
        let warn = Outcome::Decided(SanctionKind::Warning);
        assert_eq!(
            claimed.end(person(3), warn, "so".into(), NOW),
            Err(ReportError::NobodyLeft)
        );
    }

    #[test]
    fn somebody_else_looks_at_an_appeal() {
        let appeal = Appeal {
            words: "It was a joke".into(),
            made: NOW,
            state: AppealState::Open,
        };
        let end = |by| {
            appeal
                .clone()
                .end(by, Some(person(3)), person(2), true, "yes".into(), NOW)
        };
        assert_eq!(end(person(3)), Err(ReportError::OwnDecision));
        assert_eq!(end(person(2)), Err(ReportError::Involved));
        let ended = end(person(4)).unwrap();
        assert_eq!(
            ended.end(person(4), None, person(2), false, "no".into(), NOW),
            Err(ReportError::Ended)
        );
    }

    #[test]
    fn words_come_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.word()), Some(outcome));
        }
        for reason in ReportReason::ALL {
            assert_eq!(ReportReason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(words(&"x".repeat(4_001)), Err(ReportError::TooLong));
        assert_eq!(words(" a\r\nb ").unwrap(), "a\nb");
    }
}

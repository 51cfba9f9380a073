//! Conversations between a few people: off until those who are asked agree.

use crate::channels::{MemberRole, MemberState, Membership};

/// People of one conversation.
pub const MAX_PEOPLE: i64 = 8;
/// Requests of one person that nobody has answered yet.
pub const MAX_WAITING: i64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectError {
    #[error("a conversation has 2 to {MAX_PEOPLE} people")]
    Size,
    #[error("{MAX_WAITING} of your requests wait for an answer: give them time")]
    TooManyWaiting,
    #[error("you asked already; the answer is theirs")]
    AskedAlready,
    #[error("this request is not there any more")]
    Gone,
}

/// What somebody who is asked does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accept,
    Decline,
    /// Also for those who accepted once.
    Leave,
}

/// What an answer makes of somebody's place in a conversation or a channel.
pub fn answer(standing: Membership, answer: Answer) -> Result<Membership, DirectError> {
    let state = match (standing.state, answer) {
        (MemberState::Invited | MemberState::In, Answer::Accept) => MemberState::In,
        (MemberState::Invited | MemberState::Out, Answer::Decline | Answer::Leave) => {
            MemberState::Out
        }
        (MemberState::In, Answer::Leave) => MemberState::Out,
        (MemberState::In, Answer::Decline) | (MemberState::Out, Answer::Accept) => {
            return Err(DirectError::Gone);
        }
    };
    let role = match state {
        // Whoever comes back was a host once, and is not any more.
        MemberState::Out => MemberRole::Member,
        _ => standing.role,
    };
    Ok(Membership { role, state })
}

/// Whether so many may talk, the one who asks among them.
pub fn size(people: usize) -> Result<(), DirectError> {
    if (2..=MAX_PEOPLE as usize).contains(&people) {
        Ok(())
    } else {
        Err(DirectError::Size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_answered_once_and_an_agreement_can_be_left() {
        let asked = Membership {
            role: MemberRole::Member,
            state: MemberState::Invited,
        };
        let accepted = answer(asked, Answer::Accept).unwrap();
        assert!(accepted.is_in());
        assert_eq!(
            answer(accepted, Answer::Accept),
            Ok(accepted),
            "twice is once"
        );
        assert_eq!(answer(accepted, Answer::Decline), Err(DirectError::Gone));
        let declined = answer(asked, Answer::Decline).unwrap();
        assert_eq!(declined.state, MemberState::Out);
        assert_eq!(answer(declined, Answer::Accept), Err(DirectError::Gone));
        assert_eq!(
            answer(accepted, Answer::Leave).unwrap().state,
            MemberState::Out
        );
    }

    #[test]
    fn a_conversation_has_two_to_eight_people() {
        assert_eq!(size(1), Err(DirectError::Size));
        assert_eq!(size(2), Ok(()));
        assert_eq!(size(8), Ok(()));
        assert_eq!(size(9), Err(DirectError::Size));
    }
}

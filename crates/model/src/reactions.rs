//! Reactions to messages: one per person and emoji, with undo.

/// Different emoji one message may gather; a further one is refused, so that a
/// message stays readable.
pub const MAX_KINDS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReactionError {
    #[error("this message has {MAX_KINDS} different reactions already: use one of them")]
    TooManyKinds,
}

/// What adding or taking back comes to, given what stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Apply,
    /// It stands like that already: the command was sent twice, or from two
    /// browsers. Nothing is announced.
    Nothing,
}

/// `standing`: whether the person's reaction stands; `kinds`: emoji under the
/// message; `known`: whether this emoji is one of them.
pub fn add(standing: bool, kinds: usize, known: bool) -> Result<Change, ReactionError> {
    match (standing, known) {
        (true, _) => Ok(Change::Nothing),
        (false, false) if kinds >= MAX_KINDS => Err(ReactionError::TooManyKinds),
        (false, _) => Ok(Change::Apply),
    }
}

pub fn remove(standing: bool) -> Change {
    if standing {
        Change::Apply
    } else {
        Change::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_counts_once_and_can_be_taken_back() {
        assert_eq!(add(false, 0, false), Ok(Change::Apply));
        assert_eq!(add(true, 1, true), Ok(Change::Nothing));
        assert_eq!(remove(true), Change::Apply);
        assert_eq!(remove(false), Change::Nothing);
    }

    #[test]
    fn a_message_gathers_a_bounded_set_of_emoji() {
        assert_eq!(
            add(false, MAX_KINDS, false),
            Err(ReactionError::TooManyKinds)
        );
        assert_eq!(add(false, MAX_KINDS, true), Ok(Change::Apply));
    }
}

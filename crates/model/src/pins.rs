//! Pins: the few messages that stand on top of a channel.

use crate::reactions::Change;

/// More than these are no longer a few.
pub const MAX_PINS: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    #[error("this message was removed")]
    Removed,
    #[error("this channel has {MAX_PINS} pinned messages already: take one down first")]
    TooMany,
}

/// `pinned`: whether it is already; `others`: how many pins the channel has.
pub fn pin(pinned: bool, removed: bool, others: usize) -> Result<Change, PinError> {
    match (removed, pinned) {
        (true, _) => Err(PinError::Removed),
        (false, true) => Ok(Change::Nothing),
        (false, false) if others >= MAX_PINS => Err(PinError::TooMany),
        (false, false) => Ok(Change::Apply),
    }
}

pub fn unpin(pinned: bool) -> Change {
    if pinned {
        Change::Apply
    } else {
        Change::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_pinned_once_each() {
        assert_eq!(pin(false, false, MAX_PINS - 1), Ok(Change::Apply));
        assert_eq!(pin(false, false, MAX_PINS), Err(PinError::TooMany));
        // Twice is once, even where there is no more room.
        assert_eq!(pin(true, false, MAX_PINS), Ok(Change::Nothing));
        assert_eq!(pin(false, true, 0), Err(PinError::Removed));
        assert_eq!(
            (unpin(true), unpin(false)),
            (Change::Apply, Change::Nothing)
        );
    }
}

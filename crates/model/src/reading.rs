//! A reader's place in a channel: the number of the last message they saw, on
//! whatever device. What is unread follows from it without counting.

use serde::{Deserialize, Serialize};

/// Where the mark moves when somebody sees message `seen` of `last`; none where
/// it stays. A device that is behind moves nothing back.
pub fn seen(mark: Option<i64>, seen: i64, last: i64) -> Option<i64> {
    let seen = seen.clamp(0, last);
    (mark.is_none_or(|mark| seen > mark)).then_some(seen)
}

/// Where the mark moves when somebody wants everything from message `from` on to
/// be unread; none where it is there already.
pub fn unseen(mark: Option<i64>, from: i64, last: i64) -> Option<i64> {
    let before = (from - 1).clamp(0, last);
    (mark != Some(before)).then_some(before)
}

/// Unread messages; none where the reader was never here.
pub fn unread(mark: Option<i64>, last: i64) -> i64 {
    mark.map_or(0, |mark| (last - mark).max(0))
}

/// How much of a channel somebody wants to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Every message.
    All,
    /// Only what calls them; unread messages are still counted.
    #[default]
    Mentions,
    /// Nothing: the channel is muted.
    Nothing,
}

impl Level {
    pub const ALL: [Level; 3] = [Self::All, Self::Mentions, Self::Nothing];

    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// Whether a message is told, which calls them or does not.
    pub fn tells(self, called: bool) -> bool {
        match self {
            Self::All => true,
            Self::Mentions => called,
            Self::Nothing => false,
        }
    }

    /// What is told as unread, of what there is.
    pub fn counted(self, unread: i64) -> i64 {
        if self == Self::Nothing { 0 } else { unread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_moves_on_and_never_back_by_seeing() {
        assert_eq!(seen(None, 5, 9), Some(5));
        assert_eq!(seen(Some(3), 5, 9), Some(5));
        assert_eq!(seen(Some(5), 5, 9), None);
        assert_eq!(seen(Some(7), 5, 9), None);
        // Nobody has seen what was not said.
        assert_eq!(seen(Some(7), 99, 9), Some(9));
        assert_eq!(seen(None, -4, 9), Some(0));
    }

    #[test]
    fn a_mark_goes_where_somebody_puts_it() {
        assert_eq!(unseen(Some(7), 5, 9), Some(4));
        assert_eq!(unseen(Some(4), 5, 9), None);
        assert_eq!(unseen(None, 1, 9), Some(0));
        assert_eq!(unseen(Some(7), -3, 9), Some(0));
        assert_eq!(unseen(Some(7), 99, 9), Some(9));
    }

    #[test]
    fn a_muted_channel_tells_nothing() {
        assert_eq!(Level::Nothing.counted(9), 0);
        assert_eq!(Level::default().counted(9), 9);
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
        }
    }

    #[test]
    fn a_message_is_told_as_somebody_chose() {
        let told = |called| Level::ALL.map(|level| level.tells(called));
        assert_eq!(told(true), [true, true, false]);
        assert_eq!(told(false), [true, false, false]);
    }

    #[test]
    fn a_channel_nobody_opened_has_nothing_unread() {
        assert_eq!(unread(None, 9), 0);
        assert_eq!(unread(Some(0), 9), 9);
        assert_eq!(unread(Some(9), 9), 0);
        assert_eq!(unread(Some(12), 9), 0);
    }
}

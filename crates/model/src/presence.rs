//! Being seen where one is: who counts, who is named, and when others may see
//! that somebody writes.

use serde::{Deserialize, Serialize};

/// As many may be in a channel in which it is told that somebody writes: among
/// more it would be noise, and cost as much as what is said.
pub const SMALL: usize = 20;

/// Names that are given of those who are in a channel.
pub const MAX_NAMED: usize = 2_000;

/// How somebody wants to be seen where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Their name is given where somebody asks who is here.
    pub named: bool,
    /// They are not there at all: not counted, not named, and nobody sees that
    /// they write.
    pub invisible: bool,
}

impl Shown {
    /// Whether their name is given.
    pub fn is_named(self) -> bool {
        self.named && !self.invisible
    }

    /// Whether others may see that they write, where so many are.
    pub fn tells_writing(self, here: usize) -> bool {
        !self.invisible && here <= SMALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_invisible_is_neither_named_nor_seen_to_write() {
        let shown = |named, invisible| Shown { named, invisible };
        assert!(shown(true, false).is_named());
        assert!(!shown(true, true).is_named() && !shown(false, false).is_named());
        assert!(shown(false, false).tells_writing(SMALL));
        assert!(!shown(false, false).tells_writing(SMALL + 1));
        assert!(!shown(true, true).tells_writing(1));
    }
}

//! What an event tells everybody of how its conduct was looked after: counts
//! that lead back to nobody.

use crate::audit::Deed;
use crate::time::Span;

/// Counts below this are not told, for in a small number a person is seen
/// (privacy rule 4).
pub const SMALLEST: i64 = 5;

/// Deeds that are counted, in the order of the page.
pub const TOLD: [Deed; 8] = [
    Deed::Warned,
    Deed::Muted,
    Deed::Held,
    Deed::Banned,
    Deed::Lifted,
    Deed::AppealGranted,
    Deed::AppealRefused,
    Deed::CalmBegun,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// None, or a few: which of the two is not told.
    Fewer,
    Exactly(i64),
}

impl Figure {
    pub fn of(count: i64) -> Self {
        if count < SMALLEST {
            Self::Fewer
        } else {
            Self::Exactly(count)
        }
    }
}

/// The middle of some times; none where there are too few to tell.
pub fn median(mut times: Vec<Span>) -> Option<Span> {
    if (times.len() as i64) < SMALLEST {
        return None;
    }
    times.sort();
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        Some(times[middle])
    } else {
        Some(Span((times[middle - 1].0 + times[middle].0) / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_not_told() {
        for few in 0..5 {
            assert_eq!(Figure::of(few), Figure::Fewer);
        }
        assert_eq!(Figure::of(5), Figure::Exactly(5));
    }

    #[test]
    fn the_median_needs_five_times() {
        let minutes = |all: &[i64]| all.iter().map(|n| Span::minutes(*n)).collect::<Vec<_>>();
        assert_eq!(median(minutes(&[1, 2, 3, 4])), None);
        assert_eq!(median(minutes(&[9, 1, 2, 3, 4])), Some(Span::minutes(3)));
        let six = median(minutes(&[1, 2, 3, 5, 8, 9]));
        assert_eq!(six, Some(Span::minutes(4)));
    }
}

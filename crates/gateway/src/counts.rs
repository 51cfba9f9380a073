//! When everybody on a topic is told how many are there. Who comes is told at
//! once; telling the others costs a write for each, so they are told when the
//! number has changed by enough to matter, and a crowd less often.

use std::time::Duration;

use tokio::time::Instant;

/// A change by one of so many is news.
const PART: usize = 20;
/// So many are told every second at the most; twice as many every two seconds.
const EACH_SECOND: usize = 500;

/// The count that everyone was told last, and when.
#[derive(Debug, Default)]
pub(crate) struct Told(Option<(usize, Instant)>);

impl Told {
    pub(crate) fn note(&mut self, count: usize, now: Instant) {
        self.0 = Some((count, now));
    }

    /// Whether everyone is to be told of a count now.
    pub(crate) fn is_news(&self, count: usize, now: Instant) -> bool {
        let Some((told, at)) = self.0 else {
            return count > 0;
        };
        let rest = Duration::from_secs((told.max(count) / EACH_SECOND) as u64);
        told.abs_diff(count) > told / PART && now >= at + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn among_few_each_is_news_and_among_many_a_part() {
        let now = Instant::now();
        let mut told = Told::default();
        assert!(!told.is_news(0, now));
        assert!(told.is_news(1, now));
        told.note(19, now);
        assert!(!told.is_news(19, now));
        assert!(told.is_news(18, now) && told.is_news(20, now));
        told.note(400, now);
        assert!(!told.is_news(420, now) && !told.is_news(380, now));
        assert!(told.is_news(421, now) && told.is_news(379, now));
    }

    #[test]
    fn a_crowd_is_told_less_often() {
        let now = Instant::now();
        let mut told = Told::default();
        told.note(2_000, now);
        let after = |seconds| now + Duration::from_secs(seconds);
        assert!(!told.is_news(2_500, after(4)));
        assert!(told.is_news(2_500, after(5)));
        // Also of those who left.
        assert!(!told.is_news(100, after(3)));
        assert!(told.is_news(100, after(4)));
    }
}

//! How fast connections are let in. After a restart everyone comes back; what
//! comes faster than this waits for its turn, so that reading the site stays
//! possible meanwhile (promise R6).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Connections let in within any second.
pub(crate) const ACCEPTS_PER_SECOND: u32 = 500;
/// Of them, one after the other.
const STEADY: u32 = 400;
/// This many may come at the same moment. The rest is for a bunch that came a
/// little late.
const BURST: u32 = 80;
const APART: Duration = Duration::from_micros(1_000_000 / STEADY as u64);
/// Who waits comes in with the others of the same moment: they wake the server
/// once, and who they are is looked up in one look.
const BUNCH: Duration = APART.saturating_mul(16);
/// Whoever would wait longer is sent away with a word to come back.
const LONGEST: Duration = Duration::from_secs(8);

/// Who comes in when.
pub(crate) struct Turns {
    /// Bunches come in whole [`BUNCH`]es after it.
    opened: Instant,
    /// When the next one's turn would be, were there no burst.
    next: Mutex<Option<Instant>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            opened: Instant::now(),
            next: Mutex::default(),
        }
    }
}

impl Turns {
    /// False where the wait would be too long.
    pub(crate) async fn wait(&self) -> bool {
        let now = Instant::now();
        match self.take(now) {
            Some(at) if at > now => {
                tokio::time::sleep_until(at).await;
                true
            }
            Some(_) => true,
            None => {
                metrics::counter!("hallway_live_refused_total").increment(1);
                false
            }
        }
    }

    fn take(&self, now: Instant) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = next.map_or(now, |next| next.max(now));
        let at = now.max(mine.checked_sub(APART * BURST).unwrap_or(now));
        if at > now + LONGEST {
            return None;
        }
        *next = Some(mine + APART);
        Some(if at > now { self.bunch(at) } else { now })
    }

    /// The first bunch at a time or after it.
    fn bunch(&self, at: Instant) -> Instant {
        let since = at.saturating_duration_since(self.opened).as_nanos();
        let bunches = since.div_ceil(BUNCH.as_nanos());
        let bunches = u32::try_from(bunches).unwrap_or(u32::MAX);
        self.opened + BUNCH * bunches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_herd_comes_in_at_its_pace_and_its_end_is_sent_away() {
        let turns = Turns::default();
        let start = turns.opened;
        let waits: Vec<Option<Duration>> = (0..5_000)
            .map(|_| turns.take(start).map(|at| at - start))
            .collect();
        assert_eq!(waits[..=80], [Some(Duration::ZERO); 81]);
        assert_eq!(waits[81..97], [Some(BUNCH); 16]);
        assert_eq!(waits[97], Some(2 * BUNCH));
        assert_eq!(waits[480], Some(Duration::from_secs(1)));
        assert_eq!(waits[3_280], Some(LONGEST));
        assert_eq!(waits[3_281..], [None; 1_719]);
        // A second later as many more have a place in the queue.
        let later = start + Duration::from_secs(1);
        let more = (0..1_000).filter(|_| turns.take(later).is_some()).count();
        assert_eq!(more, 400);
        // And after a quiet time nobody waits.
        let quiet = start + Duration::from_secs(60);
        assert_eq!(turns.take(quiet), Some(quiet));
    }

    #[test]
    fn no_second_lets_in_more_than_it_may() {
        let turns = Turns::default();
        // They come as fast as ever at once, from a moment between two bunches.
        let first = turns.opened + BUNCH / 3;
        let mut came: Vec<Instant> = (0..20_000)
            .filter_map(|n| turns.take(first + n * Duration::from_micros(500)))
            .collect();
        came.sort();
        for (n, at) in came.iter().enumerate() {
            let within = came[n..].partition_point(|other| *other < *at + Duration::from_secs(1));
            assert!(within <= ACCEPTS_PER_SECOND as usize, "{within}");
        }
    }
}

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
/// This many may come at the same moment. The rest is for those whose turn came
/// a little late.
const BURST: u32 = 80;
const APART: Duration = Duration::from_micros(1_000_000 / STEADY as u64);
/// Whoever would wait longer is sent away with a word to come back.
const LONGEST: Duration = Duration::from_secs(8);

/// When the next one's turn would be, were there no burst.
#[derive(Default)]
pub(crate) struct Turns(Mutex<Option<Instant>>);

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
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = next.map_or(now, |next| next.max(now));
        let at = now.max(mine.checked_sub(APART * BURST).unwrap_or(now));
        if at > now + LONGEST {
            return None;
        }
        *next = Some(mine + APART);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_herd_comes_in_at_its_pace_and_its_end_is_sent_away() {
        let (turns, start) = (Turns::default(), Instant::now());
        let waits: Vec<Option<Duration>> = (0..5_000)
            .map(|_| turns.take(start).map(|at| at - start))
            .collect();
        assert_eq!(waits[..80], [Some(Duration::ZERO); 80]);
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
}

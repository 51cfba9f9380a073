//! The load's ledger: when each message was sent, how many have it, and what
//! was wrong with its deliveries.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Clone, Default)]
pub struct Board(Rc<Inner>);

#[derive(Default)]
struct Inner {
    state: RefCell<State>,
    /// A message has reached everyone.
    completed: Notify,
}

#[derive(Default)]
struct State {
    sent: Vec<Note>,
    complete: usize,
    deliveries: u64,
    /// Times from the send to each delivery, in microseconds.
    times: Vec<u32>,
    faults: u64,
    /// Of the largest frame.
    frame: usize,
}

struct Note {
    at: Instant,
    missing: u32,
}

/// What was counted so far.
#[derive(Clone, Debug)]
pub struct Sum {
    pub deliveries: u64,
    pub faults: u64,
    pub p50: Duration,
    pub p99: Duration,
}

impl Board {
    /// A new message to so many readers; gives its number, from 0.
    pub fn send(&self, readers: usize) -> usize {
        let mut state = self.0.state.borrow_mut();
        state.sent.push(Note {
            at: Instant::now(),
            missing: u32::try_from(readers).unwrap_or(u32::MAX),
        });
        state.sent.len() - 1
    }

    /// A message has come, in a frame of so many bytes.
    pub fn delivered(&self, number: usize, frame: usize, now: Instant) {
        let mut state = self.0.state.borrow_mut();
        state.frame = state.frame.max(frame);
        let Some(note) = state.sent.get_mut(number) else {
            state.faults += 1;
            return;
        };
        if note.missing == 0 {
            state.faults += 1;
            return;
        }
        note.missing -= 1;
        let complete = note.missing == 0;
        let time = now.duration_since(note.at).as_micros();
        state.times.push(u32::try_from(time).unwrap_or(u32::MAX));
        state.deliveries += 1;
        if complete {
            state.complete += 1;
            self.0.completed.notify_waiters();
        }
    }

    /// Something came twice, out of order, or was not what was sent.
    pub fn fault(&self) {
        self.0.state.borrow_mut().faults += 1;
    }

    pub fn largest_frame(&self) -> usize {
        self.0.state.borrow().frame
    }

    pub fn in_flight(&self) -> usize {
        let state = self.0.state.borrow();
        state.sent.len() - state.complete
    }

    /// Waits until at most so many messages are still on their way.
    pub async fn until_in_flight(&self, most: usize, patience: Duration) -> bool {
        let waiting = async {
            loop {
                let completed = self.0.completed.notified();
                if self.in_flight() <= most {
                    return;
                }
                completed.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.is_ok()
    }

    pub fn sum(&self) -> Sum {
        let mut state = self.0.state.borrow_mut();
        let (deliveries, faults) = (state.deliveries, state.faults);
        state.times.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (state.times.len() * percent).div_ceil(100);
            let time = state.times.get(rank.saturating_sub(1)).copied();
            Duration::from_micros(u64::from(time.unwrap_or(0)))
        };
        Sum {
            deliveries,
            faults,
            p50: percentile(50),
            p99: percentile(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_delivery_counts_once_and_is_timed() {
        let board = Board::default();
        let number = board.send(2);
        tokio::time::advance(Duration::from_millis(5)).await;
        board.delivered(number, 9, Instant::now());
        assert_eq!(board.in_flight(), 1);
        assert!(!board.until_in_flight(0, Duration::from_millis(1)).await);
        board.delivered(number, 9, Instant::now());
        assert!(board.until_in_flight(0, Duration::from_millis(1)).await);
        board.delivered(number, 9, Instant::now());
        board.delivered(7, 9, Instant::now());
        let sum = board.sum();
        assert_eq!((sum.deliveries, sum.faults), (2, 2));
        assert_eq!(sum.p50, Duration::from_millis(5));
    }
}

//! One connection's place at one topic, as a state machine without IO: which
//! live events it gets now, which wait until its past was read, and whether
//! one is missing. A client sees each event once, in order.

use crate::frames::Frame;

/// Live events held back while a topic is caught up with, and their bytes;
/// beyond it the client is told to fetch anew.
const MAX_HELD: usize = 512;
const MAX_HELD_BYTES: usize = 256 * 1024;

pub type Numbered = (i64, Frame);

#[derive(Debug)]
pub enum Seat {
    /// The past is being read; what arrives meanwhile waits, by number.
    CatchingUp {
        held: Vec<Numbered>,
        bytes: usize,
        overflowed: bool,
    },
    /// All up to this number was handed on.
    Live { last: i64 },
}

/// What becomes of a batch of live events.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Hand on the events from this place of the batch.
    Send(usize),
    /// They wait, or were had already.
    Nothing,
    /// The event of this number never came: it has to be caught up with.
    Missed(i64),
}

/// The end of catching up.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled {
    /// What waited, to be handed on now.
    pub events: Vec<Numbered>,
    /// More happened meanwhile than could wait: the client has to fetch anew.
    pub resync: bool,
}

impl Seat {
    pub fn catching_up() -> Self {
        Self::CatchingUp {
            held: vec![],
            bytes: 0,
            overflowed: false,
        }
    }

    /// Live events of the topic, in order and without a gap among them.
    pub fn take(&mut self, batch: &[Numbered]) -> Turn {
        match self {
            Self::CatchingUp {
                held,
                bytes,
                overflowed,
            } => {
                for (seq, event) in batch {
                    *bytes += event.wire().len();
                    if held.len() >= MAX_HELD || *bytes > MAX_HELD_BYTES {
                        *overflowed = true;
                        return Turn::Nothing;
                    }
                    held.push((*seq, event.clone()));
                }
                Turn::Nothing
            }
            Self::Live { last } => {
                let from = batch.partition_point(|(seq, _)| *seq <= *last);
                match (batch.get(from), batch.last()) {
                    (Some((first, _)), Some((end, _))) if *first == *last + 1 => {
                        *last = *end;
                        Turn::Send(from)
                    }
                    (Some(_), _) => Turn::Missed(*last + 1),
                    (None, _) => Turn::Nothing,
                }
            }
        }
    }

    /// The past was handed on up to number `last`: from now on the seat is
    /// live, after what waited. `newest` is the last number handed out on the
    /// topic.
    pub fn settle(&mut self, last: i64, newest: Option<i64>) -> Settled {
        let (mut held, overflowed) = match std::mem::replace(self, Self::Live { last }) {
            Self::CatchingUp {
                held, overflowed, ..
            } => (held, overflowed),
            Self::Live { .. } => (vec![], false),
        };
        held.retain(|(seq, _)| *seq > last);
        held.sort_by_key(|(seq, _)| *seq);
        let mut end = last;
        let gap = held.iter().position(|(seq, _)| {
            let next = *seq == end + 1;
            end += i64::from(next);
            !next
        });
        let resync = overflowed || gap.is_some();
        held.truncate(gap.unwrap_or(held.len()));
        // Whoever fetches anew needs nothing of what lies before.
        let last = if resync {
            end.max(newest.unwrap_or(0))
        } else {
            end
        };
        *self = Self::Live { last };
        Settled {
            events: held,
            resync,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(numbers: impl IntoIterator<Item = i64>) -> Vec<Numbered> {
        let event = |seq: i64| (seq, Frame::text(&seq.to_string()));
        numbers.into_iter().map(event).collect()
    }

    fn numbers(events: &[Numbered]) -> Vec<i64> {
        events.iter().map(|(seq, _)| *seq).collect()
    }

    fn sent(seat: &mut Seat, batch: &[Numbered]) -> Vec<i64> {
        match seat.take(batch) {
            Turn::Send(from) => numbers(&batch[from..]),
            Turn::Nothing | Turn::Missed(_) => vec![],
        }
    }

    #[test]
    fn what_happens_between_page_and_socket_is_sent_once_and_in_order() {
        let mut seat = Seat::catching_up();
        assert_eq!(seat.take(&events([6])), Turn::Nothing);
        assert_eq!(seat.take(&events([5])), Turn::Nothing);
        // The record told 4 and 5.
        let settled = seat.settle(5, Some(6));
        assert_eq!((numbers(&settled.events), settled.resync), (vec![6], false));
        assert_eq!(seat.take(&events([6])), Turn::Nothing);
        assert_eq!(sent(&mut seat, &events([6, 7, 8])), [7, 8]);
    }

    #[test]
    fn a_gap_is_to_be_caught_up_with() {
        let mut seat = Seat::catching_up();
        seat.settle(0, None);
        assert_eq!(seat.take(&events([2, 3])), Turn::Missed(1));
        let mut seat = Seat::catching_up();
        assert_eq!(seat.take(&events([4])), Turn::Nothing);
        assert_eq!(sent(&mut seat, &events([5])), Vec::<i64>::new());
        let settled = seat.settle(3, Some(5));
        assert_eq!(
            (numbers(&settled.events), settled.resync),
            (vec![4, 5], false)
        );
    }

    #[test]
    fn more_than_can_wait_is_to_be_fetched_anew() {
        let mut seat = Seat::catching_up();
        for seq in 1..=600 {
            assert_eq!(seat.take(&events([seq])), Turn::Nothing);
        }
        let settled = seat.settle(0, Some(600));
        assert!(settled.resync);
        assert_eq!(settled.events.len(), 512);
        assert_eq!(sent(&mut seat, &events([601])), [601]);

        let mut seat = Seat::catching_up();
        let large = Frame::text(&"x".repeat(100_000));
        for seq in 1..=3 {
            seat.take(&[(seq, large.clone())]);
        }
        let settled = seat.settle(0, Some(3));
        assert!(settled.resync, "bytes are bounded as well");
        assert_eq!(settled.events.len(), 2);
    }

    #[test]
    fn a_hole_among_what_waited_is_to_be_fetched_anew() {
        let mut seat = Seat::catching_up();
        seat.take(&events([5]));
        seat.take(&events([7]));
        let settled = seat.settle(4, Some(7));
        assert_eq!((numbers(&settled.events), settled.resync), (vec![5], true));
        assert_eq!(sent(&mut seat, &events([8])), [8]);
    }

    proptest! {
        /// Whatever order events come in, a client sees each once, in order.
        #[test]
        fn delivery_is_in_order_without_doubles(order in Just((1..=20i64).collect::<Vec<_>>()).prop_shuffle()) {
            let mut seat = Seat::catching_up();
            seat.settle(0, None);
            let mut seen = vec![];
            let mut published = 0;
            for seq in order {
                published = published.max(seq);
                let batch = events([seq]);
                match seat.take(&batch) {
                    Turn::Send(from) => seen.extend(numbers(&batch[from..])),
                    Turn::Nothing => {}
                    Turn::Missed(first) => {
                        seat = Seat::catching_up();
                        seat.take(&batch);
                        // The record is read from the first that is missing.
                        seen.extend(first..=published);
                        seen.extend(numbers(&seat.settle(published, None).events));
                    }
                }
            }
            prop_assert_eq!(seen, (1..=20).collect::<Vec<_>>());
        }
    }
}

//! What was read a moment ago and may be used again. A hall that comes in asks
//! for the same few rows again and again, and each look costs more than all
//! that is decided with it.
//!
//! It is never older than [`KEPT`], not counting what time the database was
//! silent, since other processes write as well, and
//! every command of this process ends it, but for those that say that nothing
//! depends on them ([`crate::Command::WORDS_ALONE`]).

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::ChannelId;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::messages::Timeline;

use crate::arrivals::SignedIn;

/// Half of what a ban may take to be felt everywhere (promise R24).
const KEPT: Span = Span::seconds(1);

/// How long a silent database is bridged with what was remembered.
pub const BRIDGED: Duration = Duration::from_secs(300);

/// Milliseconds. Nobody may have asked again in the moment before it fell silent.
const LATE: i64 = 2_000;

/// All that is remembered.
pub(crate) struct Memory {
    /// Commands that may have changed any of it.
    changes: AtomicU64,
    /// By the hash of the token that was shown.
    pub(crate) sign_ins: Kept<String, SignedIn>,
    /// Channels that are open to whoever reads the event's chat.
    pub(crate) channels: Kept<ChannelId, Opened>,
}

/// A channel with what a page of it needs.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) event: Event,
    pub(crate) channel: Channel,
    pub(crate) timeline: Option<Timeline>,
}

/// Values with the moment before they were read.
pub(crate) struct Kept<K, V>(moka::sync::Cache<K, (Moment, V)>)
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static;

/// A time, and how many changes there had been by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Timestamp,
    changes: u64,
    /// How long the database has been silent.
    silence: Span,
}

/// How many changes this process knew of when something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf(u64);

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            changes: AtomicU64::new(0),
            sign_ins: Kept::new(20_000),
            channels: Kept::new(500),
        }
    }

    /// Called before something is read that is to be kept: what changes while
    /// it is read makes it old at once.
    pub(crate) fn moment(&self, now: Timestamp, silence: Duration) -> Moment {
        Moment {
            at: now,
            silence: Span(i64::try_from(silence.as_millis()).unwrap_or(i64::MAX / 4)),
            changes: self.changes.load(Ordering::Acquire),
        }
    }

    /// A command has committed that may have changed any of it.
    pub(crate) fn end(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

impl Moment {
    pub(crate) fn as_of(self) -> AsOf {
        AsOf(self.changes)
    }

    pub(crate) fn is_silent(self) -> bool {
        self.silence.0 > 0
    }

    /// Whether less than a span has passed since a time. While the database is
    /// silent nothing in it changes, and time stands still.
    pub(crate) fn is_within(self, span: Span, since: Timestamp) -> bool {
        let late = if self.is_silent() { LATE } else { 0 };
        let passed = (self.at - since).0 - self.silence.0;
        since <= self.at && passed < span.0 + late
    }
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn new(most: u64) -> Self {
        Self(
            moka::sync::Cache::builder()
                .max_capacity(most)
                .time_to_live(BRIDGED)
                .build(),
        )
    }

    pub(crate) fn get(&self, key: &K, now: Moment) -> Option<V> {
        let (read, value) = self.0.get(key)?;
        let fresh = read.changes == now.changes && now.is_within(KEPT, read.at);
        fresh.then_some(value)
    }

    pub(crate) fn keep(&self, key: K, read: Moment, value: V) {
        self.0.insert(key, (read, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: Duration = Duration::ZERO;

    #[test]
    fn what_was_fresh_stays_so_while_the_database_is_silent() {
        let memory = Memory::new();
        let kept: Kept<u8, &str> = Kept::new(10);
        kept.keep(1, memory.moment(Timestamp(5_000), ANSWERS), "one");
        let at = |time, silent| {
            let silence = Duration::from_millis(silent);
            kept.get(&1, memory.moment(Timestamp(time), silence))
        };
        assert_eq!(at(65_000, 59_500), Some("one"));
        assert_eq!(at(65_000, 57_500), Some("one"), "nobody asked again");
        assert_eq!(at(65_000, 56_500), None, "it was old already");
        assert_eq!(at(65_000, 0), None, "it answers again");
        memory.end();
        assert_eq!(at(65_000, 59_500), None);
    }

    #[test]
    fn a_change_ends_what_was_read_before_it_and_while_it_was_made() {
        let memory = Memory::new();
        let kept: Kept<u8, &str> = Kept::new(10);
        let moment = || memory.moment(Timestamp(5_000), ANSWERS);
        let before = moment();
        kept.keep(1, before, "one");
        assert_eq!(kept.get(&1, moment()), Some("one"));
        memory.end();
        assert_eq!(kept.get(&1, moment()), None);
        // Read before the change, and kept after it.
        kept.keep(1, before, "one");
        assert_eq!(kept.get(&1, moment()), None);
        kept.keep(1, moment(), "two");
        assert_eq!(kept.get(&1, moment()), Some("two"));
    }

    #[test]
    fn it_is_never_older_than_a_second() {
        let memory = Memory::new();
        let kept: Kept<u8, &str> = Kept::new(10);
        kept.keep(1, memory.moment(Timestamp(5_000), ANSWERS), "one");
        let at = |time| kept.get(&1, memory.moment(Timestamp(time), ANSWERS));
        assert_eq!(at(5_999), Some("one"));
        assert_eq!(at(6_000), None);
        assert_eq!(at(4_999), None, "a clock that was set back");
    }
}

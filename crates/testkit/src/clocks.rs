//! A clock that stands still until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hallway_model::time::{Clock, Now, Span, Timestamp};

/// Clones share the same hands, so a test keeps one and gives the server the
/// other.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// 2026-02-06T09:00:00Z: a Friday morning, well after any build.
    pub fn start() -> Self {
        Self::at(Timestamp(1_770_368_400_000))
    }

    pub fn advance(&self, span: Span) -> Timestamp {
        Timestamp(self.0.fetch_add(span.0, Ordering::SeqCst) + span.0)
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// The handle that services take.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }
}

impl Now for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handle_sees_the_same_hands() {
        let hands = ManualClock::start();
        let clock = hands.clock();
        let before = clock.now();
        assert_eq!(hands.advance(Span::minutes(15)), before + Span::minutes(15));
        assert_eq!(clock.now(), before + Span::minutes(15));
        hands.set(Timestamp(7));
        assert_eq!(clock.now(), Timestamp(7));
    }
}

//! The two places that may ask the machine: what time it is, and for chance.
//! Everything else is handed a [`Clock`] and a [`Random`].

use std::time::{SystemTime, UNIX_EPOCH};

use hallway_model::random::{Fill, Random};
use hallway_model::time::{Clock, Now, Timestamp};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    pub fn clock() -> Clock {
        Clock::new(Self)
    }
}

impl Now for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> Timestamp {
        // Before 1970 the distance is given the other way round.
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |n| -n),
        };
        Timestamp(millis)
    }
}

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl OsRandom {
    pub fn random() -> Random {
        Random::new(Self)
    }
}

impl Fill for OsRandom {
    /// Panics where the system has no randomness: a token made without it
    /// could be guessed.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the system's randomness is read"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_in_this_century() {
        let now = SystemClock::clock().now();
        // 2025-01-01 to 2100-01-01
        assert!((1_735_689_600_000..4_102_444_800_000).contains(&now.0));
    }

    #[test]
    fn two_draws_differ() {
        let random = OsRandom::random();
        assert_ne!(random.bytes::<16>(), random.bytes::<16>());
    }
}

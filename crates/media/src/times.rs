//! The two clocks of media: when a frame is to be shown, and what the wall
//! clock said. Nothing here asks what time it is.

use std::ops::{Add, Sub};

/// A point or a span on a stream's own timeline, in ticks of 1/90000 s.
///
/// One clock for every track. 90 kHz is exact for what comes in (RTMP counts
/// milliseconds, RTP video counts these ticks) and for the usual frame rates,
/// so nothing is rounded on the way through; microseconds would round every
/// frame of a 30 fps stream. Audio is laid out by counting samples where it is
/// written, so its ticks need only say where a run of samples begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaTime(pub i64);

impl MediaTime {
    pub const TICKS_PER_SECOND: i64 = 90_000;
    pub const ZERO: Self = Self(0);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(90))
    }

    /// `count` units of 1/`rate` s, rounded to the nearest tick. A rate of 0 gives zero.
    pub const fn from_units(count: i64, rate: u32) -> Self {
        if rate == 0 {
            return Self(0);
        }
        let scaled = count as i128 * Self::TICKS_PER_SECOND as i128;
        Self(((scaled + rate as i128 / 2).div_euclid(rate as i128)) as i64)
    }

    /// The same span in units of 1/`rate` s, rounded to the nearest unit.
    pub const fn to_units(self, rate: u32) -> i64 {
        let scaled = self.0 as i128 * rate as i128 + Self::TICKS_PER_SECOND as i128 / 2;
        scaled.div_euclid(Self::TICKS_PER_SECOND as i128) as i64
    }

    /// Whole milliseconds, rounded to the nearest.
    pub const fn as_millis(self) -> i64 {
        self.0.saturating_add(45).div_euclid(90)
    }

    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / Self::TICKS_PER_SECOND as f64
    }
}

impl Add for MediaTime {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for MediaTime {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// An instant of the wall clock: milliseconds since 1970-01-01T00:00:00Z, the
/// same count as the model's `Timestamp`, which this level does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(pub i64);

impl WallTime {
    /// The instant `span` later (earlier when negative), to the millisecond.
    pub fn plus(self, span: MediaTime) -> Self {
        Self(self.0.saturating_add(span.as_millis()))
    }

    /// Milliseconds from `earlier` to this.
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_survive_the_way_there_and_back() {
        for rate in [8_000, 22_050, 44_100, 48_000, 90_000] {
            for count in [-1_024, 0, 1, 1_024, 1_023 * 44_100] {
                let there = MediaTime::from_units(count, rate);
                assert_eq!(there.to_units(rate), count, "rate {rate}");
            }
        }
    }

    #[test]
    fn milliseconds_are_exact_and_a_zero_rate_is_harmless() {
        assert_eq!(MediaTime::from_millis(333).0, 29_970);
        assert_eq!(MediaTime(29_970).as_millis(), 333);
        assert_eq!(MediaTime(-90).as_millis(), -1);
        assert_eq!(MediaTime::from_units(5, 0), MediaTime::ZERO);
    }
}

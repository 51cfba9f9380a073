//! Brings pictures and sound onto one timeline. Each has an RTP clock of its
//! own that begins anywhere; what they have in common is told by the Sender
//! Reports (RFC 3550 §6.4.1), each of which names one instant on both the
//! clock of the track and the clock of the sender.

use std::time::Duration;

use hallway_media::MediaTime;

/// Without reports, tracks are laid side by side as they arrive after so long.
const WAIT_FOR_REPORTS: Duration = Duration::from_secs(3);
/// So far into the timeline it begins, that nothing is before it.
const BEGINNING: i64 = 10_000_000;

/// The clocks of a publisher's tracks. Instants are microseconds.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    lanes: [Lane; 2],
    /// The sender's clock less the timeline.
    epoch: Option<i64>,
    by_reports: bool,
    first: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Picture = 0,
    Sound = 1,
}

#[derive(Debug, Default)]
struct Lane {
    /// Is to come at all.
    expected: bool,
    /// Units of its clock in a second; 0 until it is known.
    rate: u32,
    arrived: Option<Mark>,
    reported: Option<Mark>,
}

/// An instant on two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    units: i64,
    micros: i64,
}

impl Lane {
    /// When it was on the sender's clock, or when it came.
    fn micros(&self, units: i64, by_reports: bool) -> Option<i64> {
        let (mark, since) = if by_reports {
            let mark = self.reported?;
            // A report counts in 32 bits, and is never half of them old.
            (mark, i64::from(units.wrapping_sub(mark.units) as i32))
        } else {
            let mark = self.arrived?;
            (mark, units - mark.units)
        };
        let micros = i128::from(since) * 1_000_000 / i128::from(self.rate.max(1));
        Some(mark.micros + micros as i64)
    }
}

impl Clocks {
    pub(super) fn expect(&mut self, which: Which) {
        self.lanes[which as usize].expected = true;
    }

    /// What a Sender Report said: `units` of the track were at `micros`.
    pub(super) fn report(&mut self, which: Which, units: i64, micros: i64) {
        self.lanes[which as usize].reported = Some(Mark { units, micros });
    }

    /// Where on the timeline `units` of the track are, that arrived at `now`
    /// micros of our own clock; none as long as that is not known.
    pub(super) fn time(
        &mut self,
        which: Which,
        units: i64,
        rate: u32,
        now: i64,
    ) -> Option<MediaTime> {
        let lane = &mut self.lanes[which as usize];
        lane.rate = rate;
        lane.arrived.get_or_insert(Mark { units, micros: now });
        let first = *self.first.get_or_insert(now);
        self.settle(
            now,
            Duration::from_micros(now.saturating_sub(first).max(0).cast_unsigned()),
        );
        let epoch = self.epoch?;
        let lane = &self.lanes[which as usize];
        let micros = lane.micros(units, self.by_reports)? - epoch;
        Some(MediaTime::from_units(micros, 1_000_000))
    }

    /// Decides by which clock the timeline goes.
    fn settle(&mut self, now: i64, waited: Duration) {
        if self.by_reports {
            return;
        }
        let mut coming = self.lanes.iter().filter(|lane| lane.expected);
        if coming.all(|lane| lane.reported.is_some() && lane.rate > 0) {
            // What is on already goes on where it is; only the others move.
            let on = self.lanes.iter().find_map(|lane| {
                let at = lane.arrived?;
                Some((lane.micros(at.units, true)?, at.micros))
            });
            let (Some((reported, arrived)), epoch) = (on, self.epoch) else {
                return;
            };
            self.epoch = Some(match epoch {
                Some(epoch) => reported - (arrived - epoch),
                None => reported - (arrived - now) - BEGINNING,
            });
            self.by_reports = true;
        } else if self.epoch.is_none() && waited >= WAIT_FOR_REPORTS {
            self.epoch = Some(now - BEGINNING);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn clocks() -> Clocks {
        let mut clocks = Clocks::default();
        clocks.expect(Which::Picture);
        clocks.expect(Which::Sound);
        clocks
    }

    #[test]
    fn reports_bring_both_onto_one_timeline() {
        let mut clocks = clocks();
        // The sound arrives 200 ms after the picture of the same instant.
        assert_eq!(clocks.time(Which::Picture, 900_000, 90_000, SECOND), None);
        clocks.report(Which::Picture, 900_000, 77 * SECOND);
        assert_eq!(
            clocks.time(Which::Sound, 5_000, 48_000, SECOND + 200_000),
            None
        );
        clocks.report(Which::Sound, 5_000, 77 * SECOND);
        let picture = clocks.time(Which::Picture, 945_000, 90_000, SECOND + 500_000);
        let sound = clocks.time(Which::Sound, 29_000, 48_000, SECOND + 700_000);
        assert_eq!(picture, sound);
        let later = clocks.time(Which::Picture, 1_035_000, 90_000, 2 * SECOND + 500_000);
        assert_eq!(
            later.unwrap() - picture.unwrap(),
            MediaTime::from_millis(1_000)
        );
    }

    #[test]
    fn without_reports_arrival_counts_until_they_come() {
        let mut clocks = clocks();
        clocks.time(Which::Picture, 0, 90_000, 0);
        clocks.time(Which::Sound, 0, 48_000, 100_000);
        let at = |clocks: &mut Clocks, seconds: i64| {
            let picture = clocks.time(Which::Picture, seconds * 90_000, 90_000, seconds * SECOND);
            let sound = clocks.time(Which::Sound, seconds * 48_000, 48_000, seconds * SECOND);
            (picture, sound)
        };
        assert_eq!(at(&mut clocks, 2), (None, None));
        let (picture, sound) = at(&mut clocks, 3);
        assert_eq!(
            sound.unwrap() - picture.unwrap(),
            MediaTime::from_millis(100)
        );
        clocks.report(Which::Picture, 0, 50 * SECOND);
        clocks.report(Which::Sound, 0, 50 * SECOND);
        let (next, sound) = at(&mut clocks, 4);
        assert_eq!(
            next.unwrap() - picture.unwrap(),
            MediaTime::from_millis(1_000)
        );
        assert_eq!(next, sound, "the sound moves to its place");
    }

    #[test]
    fn one_track_alone_needs_one_report() {
        let mut clocks = Clocks::default();
        clocks.expect(Which::Sound);
        clocks.report(Which::Sound, 48_000, 3 * SECOND);
        let time = clocks.time(Which::Sound, 48_000, 48_000, 9 * SECOND);
        assert_eq!(time, Some(MediaTime::from_millis(BEGINNING / 1_000)));
    }
}

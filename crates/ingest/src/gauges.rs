//! What is measured of a stream while it comes: rates, and how far keyframes
//! are apart. Times are milliseconds of the stream.

use crate::facts::{Facts, Problem, RARE_KEYFRAMES};

/// Facts are told this often, and with every keyframe.
const TELL_EVERY: i64 = 1_000;
/// Span over which rates are measured.
const MEASURE_OVER: i64 = 2_000;

#[derive(Debug, Default)]
pub(crate) struct Gauge {
    last_key: Option<i64>,
    told: Option<i64>,
    meter: Meter,
}

/// Bytes and pictures since a moment.
#[derive(Debug, Default)]
struct Meter {
    since: Option<i64>,
    bytes: u64,
    pictures: u64,
    any_picture: bool,
}

/// A block of sound, or a picture that may be one to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Sound,
    Picture { key: bool },
}

impl Gauge {
    /// Notes a frame of so many bytes in the facts. True where they are to be told.
    pub(crate) fn note(&mut self, at: i64, bytes: usize, seen: Seen, facts: &mut Facts) -> bool {
        let key = seen == Seen::Picture { key: true };
        if let Seen::Picture { .. } = seen {
            self.meter.pictures += 1;
            self.meter.any_picture = true;
        }
        if key {
            self.keyframe(at, facts);
        }
        self.meter.bytes += bytes as u64;
        facts.frames += 1;
        let due = |told: i64| !(0..TELL_EVERY).contains(&(at - told));
        let tell = key || self.told.is_none_or(due);
        if tell {
            self.told = Some(at);
            self.measure(at, facts);
            self.overdue(at, facts);
        }
        tell
    }

    fn measure(&mut self, at: i64, facts: &mut Facts) {
        let span = at - *self.meter.since.get_or_insert(at);
        let any_picture = self.meter.any_picture;
        let anew = |since| Meter {
            since,
            any_picture,
            ..Meter::default()
        };
        if span < 0 {
            self.meter = anew(None);
        } else if span >= MEASURE_OVER {
            let seconds = span as f64 / 1_000.0;
            facts.bitrate = Some((self.meter.bytes as f64 * 8.0 / seconds) as u64);
            facts.frame_rate = any_picture.then(|| self.meter.pictures as f64 / seconds);
            self.meter = anew(Some(at));
        }
    }

    fn keyframe(&mut self, at: i64, facts: &mut Facts) {
        let Some(last) = self.last_key.replace(at) else {
            return;
        };
        let Ok(millis) = u32::try_from(at - last) else {
            return;
        };
        facts.keyframe_interval_ms = Some(millis);
        if i64::from(millis) > RARE_KEYFRAMES {
            facts.note(Problem::RareKeyframes { millis });
        } else {
            facts.settle(|problem| matches!(problem, Problem::RareKeyframes { .. }));
        }
    }

    /// Said while it goes on, not only when the next keyframe comes at last.
    fn overdue(&self, at: i64, facts: &mut Facts) {
        let since = self.last_key.map_or(0, |last| at - last);
        let known = i64::from(facts.keyframe_interval_ms.unwrap_or(0));
        if since > RARE_KEYFRAMES && since > known {
            let millis = u32::try_from(since).unwrap_or(u32::MAX);
            facts.note(Problem::RareKeyframes { millis });
        }
    }
}

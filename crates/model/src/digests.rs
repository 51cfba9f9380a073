//! Mail to people who were called while they were away: how often they want it,
//! and when the next one is due.

use crate::quiet_hours::QuietHours;
use crate::time::{Span, Timestamp, Zone};

/// How long a call waits to be read before it is told by mail.
pub const AFTER: Span = Span::minutes(15);
/// When the daily mail comes, in minutes after midnight on the reader's clock.
pub const DAILY_AT: i64 = 8 * 60;
/// Messages told by one mail; of more it says how many there are.
pub const MAX_TOLD: usize = 30;

/// How often somebody wants mail. Off unless they ask for it: what is mailed
/// leaves this installation and lies with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    #[default]
    Off,
    Daily,
    /// A quarter of an hour after the call.
    Soon,
}

impl Pace {
    pub const ALL: [Pace; 3] = [Self::Off, Self::Daily, Self::Soon];

    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Daily => "daily",
            Self::Soon => "soon",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.word() == word)
    }
}

const STEP: Span = Span::minutes(15);
/// Steps of two days: whatever the clock does, there is a morning among them.
const STEPS: usize = 2 * 24 * 4 + 1;

/// When somebody who is called now is told; none where they want no mail. Never
/// within their quiet hours.
pub fn due(
    pace: Pace,
    now: Timestamp,
    quiet: Option<QuietHours>,
    zone: &Zone,
) -> Option<Timestamp> {
    let first = match pace {
        Pace::Off => return None,
        Pace::Soon => now + AFTER,
        Pace::Daily => morning(now, zone),
    };
    Some(after_quiet(first, quiet, zone))
}

/// The first moment from `at` on, in steps, at which somebody may be told.
pub fn after_quiet(at: Timestamp, quiet: Option<QuietHours>, zone: &Zone) -> Timestamp {
    let mut at = at;
    for _ in 0..STEPS {
        if !quiet.is_some_and(|hours| hours.hold(at, zone)) {
            break;
        }
        at = at + STEP;
    }
    at
}

/// The next morning after a moment, where the reader is.
fn morning(now: Timestamp, zone: &Zone) -> Timestamp {
    let today = now.day(zone);
    let (hour, minute) = ((DAILY_AT / 60) as i8, (DAILY_AT % 60) as i8);
    let at = today.at(hour, minute, zone);
    if at > now {
        at
    } else {
        today.next().at(hour, minute, zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-02-06T09:00:00Z: 10:00 in Berlin, 18:00 in Tokyo.
    const NOW: Timestamp = Timestamp(1_770_368_400_000);

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn quiet(begins: &str, ends: &str) -> Option<QuietHours> {
        QuietHours::parse(begins, ends).unwrap()
    }

    fn told(pace: Pace, quiet: Option<QuietHours>, zone: &Zone) -> String {
        due(pace, NOW, quiet, zone).unwrap().rfc3339(zone)
    }

    #[test]
    fn soon_is_a_quarter_of_an_hour_later() {
        let utc = Zone::utc();
        let told = told(Pace::Soon, None, &utc);
        assert!(told.starts_with("2026-02-06T09:15:00"), "{told}");
        assert_eq!(due(Pace::Off, NOW, None, &utc), None);
    }

    #[test]
    fn daily_is_the_next_morning_on_the_readers_clock() {
        let told = |name: &str| told(Pace::Daily, None, &zone(name));
        assert!(told("Europe/Berlin").starts_with("2026-02-07T08:00:00"));
        assert!(told("Asia/Tokyo").starts_with("2026-02-07T08:00:00"));
        // There it is four in the morning.
        assert!(told("America/New_York").starts_with("2026-02-06T08:00:00"));
    }

    #[test]
    fn quiet_hours_put_it_off_to_their_end() {
        let berlin = zone("Europe/Berlin");
        let late = told(Pace::Daily, quiet("22:00", "09:30"), &berlin);
        assert!(late.starts_with("2026-02-07T09:30:00"), "{late}");
        let noon = told(Pace::Soon, quiet("10:00", "12:00"), &berlin);
        assert!(noon.starts_with("2026-02-06T12:00:00"), "{noon}");
        let night = told(Pace::Soon, quiet("18:00", "07:00"), &zone("Asia/Tokyo"));
        assert!(night.starts_with("2026-02-07T07:00:00"), "{night}");
        let free = told(Pace::Soon, quiet("22:00", "07:00"), &berlin);
        assert!(free.starts_with("2026-02-06T10:15:00"), "{free}");
    }

    #[test]
    fn words_come_back() {
        for pace in Pace::ALL {
            assert_eq!(Pace::from_word(pace.word()), Some(pace));
        }
        assert_eq!(Pace::from_word("hourly"), None);
    }
}

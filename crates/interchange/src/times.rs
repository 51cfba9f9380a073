//! Dates, clock times and lengths as schedule files write them: ISO 8601 with
//! or without an offset, `9:30`, `HH:MM:SS`, minutes.

use hallway_model::time::{Day, Span, Timestamp, Zone};
use jiff::civil;

/// Years outside this mean a broken file; zones have odd offsets before it.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2999;

/// What a date text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Date, time and offset.
    Instant(Timestamp),
    /// Date and time of some clock.
    Local(civil::DateTime),
    Date(civil::Date),
}

impl Moment {
    pub fn read(text: &str) -> Option<Self> {
        if text.len() <= 10 {
            return text
                .parse()
                .ok()
                .filter(|date: &civil::Date| YEARS.contains(&date.year()))
                .map(Self::Date);
        }
        let text = &pad_offset(text);
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            let year = instant.to_zoned(jiff::tz::TimeZone::UTC).year();
            return YEARS
                .contains(&year)
                .then_some(Self::Instant(Timestamp(instant.as_millisecond())));
        }
        text.parse()
            .ok()
            .filter(|local: &civil::DateTime| YEARS.contains(&local.year()))
            .map(Self::Local)
    }

    /// The day it falls on in `zone`.
    pub fn day(self, zone: &Zone) -> Day {
        match self {
            Self::Instant(instant) => instant.day(zone),
            Self::Local(local) => Day(local.date()),
            Self::Date(date) => Day(date),
        }
    }

    /// The instant, a clock's time taken as `zone`'s; none for a mere date.
    pub fn instant(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Instant(instant) => Some(instant),
            Self::Local(local) => local
                .to_zoned(zone.time_zone())
                .ok()
                .map(|zoned| Timestamp::from_zoned(&zoned)),
            Self::Date(_) => None,
        }
    }
}

/// `+1:00` as `+01:00`: the XSD allows the short form, ISO 8601 does not.
fn pad_offset(text: &str) -> String {
    if let [head @ .., sign @ (b'+' | b'-'), h, b':', m1, m2] = text.as_bytes()
        && [h, m1, m2].iter().all(|b| b.is_ascii_digit())
        && let Some(head) = text.get(..head.len())
    {
        return format!(
            "{head}{}0{}:{}{}",
            *sign as char, *h as char, *m1 as char, *m2 as char
        );
    }
    text.to_owned()
}

/// `9:30`, `09:30`, `09:30:00`.
pub(crate) fn read_clock(text: &str) -> Option<civil::Time> {
    let mut parts = text
        .splitn(3, ':')
        .map(|part| part.trim().parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    civil::Time::new(hour, minute, second, 0).ok()
}

/// `H:MM`, `HH:MM`, `HH:MM:SS`, whole minutes, or an ISO 8601 duration; up to
/// 31 days.
pub(crate) fn read_length(text: &str) -> Option<Span> {
    let seconds = if text.starts_with(['P', 'p']) {
        text.parse::<jiff::SignedDuration>().ok()?.as_secs()
    } else {
        let mut seconds = 0_i64;
        let mut unit = if text.contains(':') { 3600 } else { 60 };
        for part in text.split(':') {
            let number = part.trim();
            if unit == 0 || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
            unit /= 60;
        }
        seconds
    };
    (0..=31 * 86_400)
        .contains(&seconds)
        .then(|| Span::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_form_in_the_field_are_read() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let nine = Moment::read("2022-12-26T09:00:00+01:00").unwrap();
        for same in [
            "2022-12-26T08:00:00Z",
            "2022-12-26T09:00:00+0100",
            "2022-12-26 09:00:00+1:00",
        ] {
            assert_eq!(Moment::read(same), Some(nine), "{same}");
        }
        let local = Moment::read("2022-12-26T09:00:00").unwrap();
        assert_eq!(local.instant(&zone), nine.instant(&zone));
        assert_eq!(
            Moment::read("2022-12-26").unwrap().day(&zone),
            nine.day(&zone)
        );
        for not in [
            "",
            "26.12.2022",
            "2022-13-01",
            "9999-12-31T23:59:59Z",
            "0001-01-01",
            "tomorrow morning",
            "ü+1:00",
        ] {
            assert_eq!(Moment::read(not), None, "{not}");
        }
    }

    #[test]
    fn lengths_of_every_form_in_the_field_are_read() {
        for (text, minutes) in [
            ("0:30", 30),
            ("00:30", 30),
            ("13:20", 800),
            ("00:05:00", 5),
            ("45", 45),
            ("PT1H5M", 65),
            ("0", 0),
        ] {
            assert_eq!(read_length(text), Some(Span::minutes(minutes)), "{text}");
        }
        for not in [
            "",
            ":",
            "-1:00",
            "1:2:3:4",
            "half an hour",
            "99999:00",
            "9999999999999999999:00",
            "PT-1H",
        ] {
            assert_eq!(read_length(not), None, "{not}");
        }
    }

    #[test]
    fn clock_times_are_read() {
        assert_eq!(read_clock("9:30"), Some(civil::time(9, 30, 0, 0)));
        assert_eq!(read_clock("09:30:15"), Some(civil::time(9, 30, 15, 0)));
        for not in ["", "25:00", "9", "9:xx", "-1:00"] {
            assert_eq!(read_clock(not), None, "{not}");
        }
    }
}

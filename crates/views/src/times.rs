//! Instants, days and lengths as a reader reads them: in their language and
//! zone, with a mark where that falls on another day than the programme's.

use hallway_model::time::{Day, Span, Timestamp, Zone};

use crate::component;
use crate::texts::Lang;

/// An instant in a sentence or a list: `<time datetime=…>14:05</time>`, with
/// `+1` or `-1` after it where the reader's date is not the programme's day.
#[derive(askama::Template)]
#[template(
    ext = "html",
    source = r#"<time datetime="{{ datetime }}">{{ text }}</time>{% if let Some(mark) = mark %}<sup title="{{ mark.words }}">{{ mark.figure }}</sup>{% endif %}"#
)]
pub struct Moment {
    datetime: String,
    text: String,
    mark: Option<DayMark>,
}
component!(Moment);

struct DayMark {
    figure: String,
    words: String,
}

impl Lang {
    /// `14:05`
    pub fn clock(self, at: Timestamp, zone: &Zone) -> String {
        let t = at.in_zone(zone);
        format!("{:02}:{:02}", t.hour(), t.minute())
    }

    /// `Fri 6 February`, `Fr 6. Februar`
    pub fn day(self, day: Day) -> String {
        self.t2(
            "times-day",
            "weekday",
            self.weekday(day),
            "date",
            self.day_of_month(day),
        )
    }

    /// `6 February 2026`
    pub fn date(self, day: Day) -> String {
        self.t2(
            "times-date",
            "date",
            self.day_of_month(day),
            "year",
            day.0.year().to_string(),
        )
    }

    /// `6 – 8 February 2026`, with no more words than are needed.
    pub fn days(self, first: Day, last: Day) -> String {
        if first == last {
            return self.t2(
                "times-day",
                "weekday",
                self.weekday(first),
                "date",
                self.date(first),
            );
        }
        let (a, b) = (first.0, last.0);
        let start = if a.year() != b.year() {
            self.date(first)
        } else if a.month() != b.month() {
            self.day_of_month(first)
        } else {
            self.t1("times-day-number", "day", a.day().to_string())
        };
        self.t2("times-days", "first", start, "last", self.date(last))
    }

    /// `25 min`, `1 h 30 min`
    pub fn length(self, span: Span) -> String {
        let minutes = span.as_minutes().max(0);
        match (minutes / 60, minutes % 60) {
            (0, m) => self.t1("times-minutes", "minutes", m),
            (h, 0) => self.t1("times-hours", "hours", h),
            (h, m) => self.t2("times-hours-minutes", "hours", h, "minutes", m),
        }
    }

    fn weekday(self, day: Day) -> String {
        self.t(&format!(
            "times-weekday-{}",
            day.0.weekday().to_monday_one_offset()
        ))
    }

    fn day_of_month(self, day: Day) -> String {
        self.t2(
            "times-day-month",
            "day",
            day.0.day().to_string(),
            "month",
            self.t(&format!("times-month-{}", day.0.month())),
        )
    }

    /// The time alone; `day` is the programme day the reader is looking at.
    pub fn time(self, at: Timestamp, zone: &Zone, day: Option<Day>) -> Moment {
        Moment {
            datetime: datetime(at),
            text: self.clock(at, zone),
            mark: day.and_then(|day| self.mark(at.day(zone).days_since(day))),
        }
    }

    /// `Fri 6 February, 14:05`
    pub fn date_time(self, at: Timestamp, zone: &Zone) -> Moment {
        Moment {
            datetime: datetime(at),
            text: self.t2(
                "times-day-time",
                "day",
                self.day(at.day(zone)),
                "time",
                self.clock(at, zone),
            ),
            mark: None,
        }
    }

    fn mark(self, days: i32) -> Option<DayMark> {
        let words = match days {
            0 => return None,
            1 => self.t("times-day-after"),
            -1 => self.t("times-day-before"),
            _ => self.t1("times-days-off", "days", i64::from(days)),
        };
        Some(DayMark {
            figure: format!("{}{}", if days > 0 { "+" } else { "−" }, days.abs()),
            words,
        })
    }
}

/// `2026-02-06T13:05Z`, the shortest valid global date and time of HTML.
fn datetime(at: Timestamp) -> String {
    at.in_zone(&Zone::utc())
        .strftime("%Y-%m-%dT%H:%MZ")
        .to_string()
}

/// Zones to offer before any other: the reader finds theirs here or types an
/// IANA name.
pub const COMMON_ZONES: [&str; 24] = [
    "UTC",
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Bogota",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn days_are_told_in_as_few_words_as_needed() {
        let en = |a, b| Lang::En.days(day(a), day(b));
        assert_eq!(en("2026-02-06", "2026-02-06"), "Fri 6 February 2026");
        assert_eq!(en("2026-02-06", "2026-02-08"), "6 – 8 February 2026");
        assert_eq!(en("2026-02-28", "2026-03-01"), "28 February – 1 March 2026");
        assert_eq!(
            en("2026-12-31", "2027-01-01"),
            "31 December 2026 – 1 January 2027"
        );
        assert_eq!(
            Lang::De.days(day("2026-02-06"), day("2026-02-08")),
            "6. – 8. Februar 2026"
        );
    }

    #[test]
    fn a_time_on_another_day_than_the_programmes_is_marked() {
        let brussels = zone("Europe/Brussels");
        let at = day("2026-02-06").at(18, 30, &brussels);
        let there = Lang::En.time(at, &brussels, Some(day("2026-02-06")));
        assert_eq!(
            there.to_string(),
            r#"<time datetime="2026-02-06T17:30Z">18:30</time>"#
        );
        let sydney = Lang::En.time(at, &zone("Australia/Sydney"), Some(day("2026-02-06")));
        assert_eq!(
            sydney.to_string(),
            r#"<time datetime="2026-02-06T17:30Z">04:30</time><sup title="one day later">+1</sup>"#
        );
    }

    #[test]
    fn lengths_read_as_people_say_them() {
        assert_eq!(Lang::En.length(Span::minutes(25)), "25 min");
        assert_eq!(Lang::En.length(Span::minutes(60)), "1 h");
        assert_eq!(Lang::De.length(Span::minutes(90)), "1 Std. 30 Min.");
    }

    #[test]
    fn every_common_zone_exists() {
        for name in COMMON_ZONES {
            assert!(Zone::named(name).is_ok(), "{name}");
        }
    }
}

//! Hours in which somebody is not to be told anything, on their own clock.

use crate::time::{Timestamp, Zone};

/// Minutes after midnight; they may reach over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub begins: i64,
    /// Not quiet any more.
    pub ends: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours are from one time of day to another, each written as 22:00")]
pub struct NotHours;

impl QuietHours {
    /// As two fields of a form give them; none where both are blank.
    pub fn parse(begins: &str, ends: &str) -> Result<Option<Self>, NotHours> {
        match (begins.trim(), ends.trim()) {
            ("", "") => Ok(None),
            (begins, ends) => {
                let hours = Self {
                    begins: minutes(begins)?,
                    ends: minutes(ends)?,
                };
                (hours.begins != hours.ends)
                    .then_some(Some(hours))
                    .ok_or(NotHours)
            }
        }
    }

    /// Whether it is quiet now, for somebody in `zone`.
    pub fn hold(self, now: Timestamp, zone: &Zone) -> bool {
        let clock = now.in_zone(zone);
        let now = i64::from(clock.hour()) * 60 + i64::from(clock.minute());
        if self.begins < self.ends {
            (self.begins..self.ends).contains(&now)
        } else {
            now >= self.begins || now < self.ends
        }
    }

    /// Both as `HH:MM`.
    pub fn texts(self) -> (String, String) {
        let text = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (text(self.begins), text(self.ends))
    }
}

fn minutes(text: &str) -> Result<i64, NotHours> {
    let (hours, minutes) = text.split_once(':').ok_or(NotHours)?;
    match (hours.parse(), minutes.parse()) {
        (Ok(hours @ 0..=23), Ok(minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        _ => Err(NotHours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_told_again() {
        let hours = QuietHours::parse("22:30", " 7:00").unwrap().unwrap();
        assert_eq!(hours.texts(), ("22:30".into(), "07:00".into()));
        assert_eq!(QuietHours::parse("", " "), Ok(None));
        for (begins, ends) in [
            ("22:00", ""),
            ("24:00", "7:00"),
            ("x", "y"),
            ("7:00", "7:00"),
        ] {
            assert_eq!(
                QuietHours::parse(begins, ends),
                Err(NotHours),
                "{begins} {ends}"
            );
        }
    }

    #[test]
    fn they_hold_on_the_readers_own_clock_and_over_midnight() {
        // 2026-02-06T09:00:00Z: 10:00 in Berlin, 18:00 in Tokyo.
        let now = Timestamp(1_770_368_400_000);
        let zone = |name: &str| Zone::named(name).unwrap();
        let hours = |begins: &str, ends: &str| QuietHours::parse(begins, ends).unwrap().unwrap();
        assert!(hours("09:30", "10:30").hold(now, &zone("Europe/Berlin")));
        assert!(!hours("09:30", "10:00").hold(now, &zone("Europe/Berlin")));
        assert!(hours("18:00", "06:00").hold(now, &zone("Asia/Tokyo")));
        assert!(!hours("22:00", "07:00").hold(now, &zone("Asia/Tokyo")));
        assert!(hours("22:00", "09:01").hold(now, &Zone::utc()));
    }
}

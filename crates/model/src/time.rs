//! Instants, spans, calendar days and zones. Nothing here asks what time it
//! is: the server passes `now` in, read from a [`Clock`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A span of time in milliseconds; may be negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1_000)
    }
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60_000)
    }
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600_000)
    }
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400_000)
    }
    /// Whole minutes, rounded down.
    pub const fn as_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }
    /// `H:MM` with two digits for hours under 100: the form of schedule files.
    pub fn as_hh_mm(self) -> String {
        let minutes = self.as_minutes();
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}
impl std::ops::Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}
impl std::ops::Sub for Timestamp {
    type Output = Span;
    fn sub(self, other: Timestamp) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Timestamp {
    /// The instant as a civil time in `zone`. Out-of-range instants clamp.
    pub fn in_zone(self, zone: &Zone) -> jiff::Zoned {
        jiff::Timestamp::from_millisecond(self.0)
            .unwrap_or(if self.0 < 0 {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            })
            .to_zoned(zone.time_zone())
    }

    pub fn from_zoned(zoned: &jiff::Zoned) -> Self {
        Self(zoned.timestamp().as_millisecond())
    }

    /// RFC 3339 with the zone's offset, to the second: `2026-02-06T09:30:00+01:00`.
    pub fn rfc3339(self, zone: &Zone) -> String {
        let zoned = self.in_zone(zone);
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    pub fn day(self, zone: &Zone) -> Day {
        Day(self.in_zone(zone).date())
    }
}

/// A calendar day, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub jiff::civil::Date);

impl Day {
    /// Midnight at the start of the day in `zone`.
    pub fn start(self, zone: &Zone) -> Timestamp {
        self.at(0, 0, zone)
    }

    /// `hour:minute` of the day in `zone`; a time a clock change skips moves forward.
    pub fn at(self, hour: i8, minute: i8, zone: &Zone) -> Timestamp {
        self.0
            .at(hour, minute, 0, 0)
            .to_zoned(zone.time_zone())
            .map_or(Timestamp(0), |zoned| Timestamp::from_zoned(&zoned))
    }

    pub fn next(self) -> Day {
        Day(self.0.tomorrow().unwrap_or(self.0))
    }

    /// Days from `other` to `self`.
    pub fn days_since(self, other: Day) -> i32 {
        other.0.until(self.0).map_or(0, |span| span.get_days())
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a day is written YYYY-MM-DD")]
pub struct NotADay;

impl std::str::FromStr for Day {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, NotADay> {
        text.parse().map(Day).map_err(|_| NotADay)
    }
}

/// A zone of the IANA time zone database, by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: jiff::tz::TimeZone,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Zone {}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone of the IANA database (try Europe/Brussels or UTC)")]
pub struct NotAZone(pub String);

impl Zone {
    pub fn utc() -> Self {
        Self {
            name: "UTC".into(),
            zone: jiff::tz::TimeZone::UTC,
        }
    }

    pub fn named(name: &str) -> Result<Self, NotAZone> {
        let name = name.trim();
        match jiff::tz::TimeZone::get(name) {
            Ok(zone) => Ok(Self {
                name: zone.iana_name().unwrap_or(name).to_owned(),
                zone,
            }),
            Err(_) => Err(NotAZone(name.to_owned())),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        self.zone.clone()
    }
}

impl TryFrom<String> for Zone {
    type Error = NotAZone;
    fn try_from(name: String) -> Result<Self, NotAZone> {
        Self::named(&name)
    }
}
impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}

/// Where `now` comes from. The server owns the one system clock; tests own a
/// manual one.
pub trait Now: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// A shared clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Now>);

impl Clock {
    pub fn new(now: impl Now + 'static) -> Self {
        Self(Arc::new(now))
    }
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

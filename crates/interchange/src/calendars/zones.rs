//! VTIMEZONE (RFC 5545 §3.6.5): the clock changes of a zone around the days an
//! event takes, each as an observance of its own. No rule is written, because
//! a rule that has ended or will change would be a guess.

use hallway_model::time::{Span, Timestamp, Zone};
use jiff::tz::{Dst, Offset};

use super::lines::Lines;

pub(super) fn is_utc(zone: &Zone) -> bool {
    matches!(
        zone.name(),
        "UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Zulu" | "UCT" | "Universal" | "Etc/Universal"
    )
}

/// Writes the zone for times from `start` to `end`; nothing for UTC, which
/// needs no definition.
pub(super) fn write(lines: &mut Lines, zone: &Zone, start: Timestamp, end: Timestamp) {
    if is_utc(zone) {
        return;
    }
    let time_zone = zone.time_zone();
    let instant = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    };
    // Whole years, so that a talk moved within the year keeps its zone.
    let from = instant(start - Span::days(366));
    let until = instant(end + Span::days(366));
    lines.line("BEGIN", "VTIMEZONE");
    lines.line("TZID", zone.name());
    lines.line("X-LIC-LOCATION", zone.name());
    let first = time_zone.to_offset_info(from);
    observance(
        lines,
        first.dst(),
        first.abbreviation(),
        (first.offset(), first.offset()),
        "19700101T000000",
    );
    let mut before = first.offset();
    for change in time_zone
        .following(from)
        .take_while(|change| change.timestamp() <= until)
    {
        // §3.6.5: DTSTART is the local time before the change.
        let local = before
            .to_datetime(change.timestamp())
            .strftime("%Y%m%dT%H%M%S")
            .to_string();
        observance(
            lines,
            change.dst(),
            change.abbreviation(),
            (before, change.offset()),
            &local,
        );
        before = change.offset();
    }
    lines.line("END", "VTIMEZONE");
}

fn observance(lines: &mut Lines, dst: Dst, name: &str, (from, to): (Offset, Offset), start: &str) {
    let kind = if dst == Dst::Yes {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    lines.line("BEGIN", kind);
    lines.line("DTSTART", start);
    lines.line("TZOFFSETFROM", utc_offset(from));
    lines.line("TZOFFSETTO", utc_offset(to));
    lines.line("TZNAME", super::text_value(name));
    lines.line("END", kind);
}

/// `+0100`, with seconds where there are any (§3.3.14).
fn utc_offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, seconds) = if seconds < 0 {
        ('-', -seconds)
    } else {
        ('+', seconds)
    };
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

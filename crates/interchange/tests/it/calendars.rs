//! iCalendar as RFC 5545 has it, read back by a small reader of our own.

use hallway_interchange::{Invitation, read, write_ics, write_registration_ics, write_session_ics};
use hallway_model::programme::Programme;
use uuid::Uuid;

use crate::data::{files, options, reading};
use crate::round_trips::{odd_xml, write_options};
use crate::samples::{generated_xml, json};

/// Content lines, unfolded, after the rules every line must keep.
fn lines(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n"));
    assert!(
        !text.replace("\r\n", "").contains(['\r', '\n']),
        "every line ends in CRLF"
    );
    assert!(
        text.split("\r\n").all(|line| line.len() <= 75),
        "folded at 75 octets"
    );
    text.replace("\r\n ", "")
        .trim_end()
        .split("\r\n")
        .map(str::to_owned)
        .collect()
}

fn values<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    lines
        .iter()
        .filter_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix([':', ';'])?
                .rsplit_once(':')
                .map_or(line.strip_prefix(name)?.strip_prefix(':'), |(_, value)| {
                    Some(value)
                })
        })
        .collect()
}

fn programme(text: &str) -> Programme {
    read(text.as_bytes(), &options(None)).unwrap().programme
}

#[test]
fn a_session_keeps_its_facts() {
    let programme = programme(&json());
    let text = write_session_ics(&programme, 0, &write_options()).unwrap();
    let lines = lines(&text);
    let wanted = [
        "PRODID:-//Hallway//Hallway 0.1.0//EN",
        "X-WR-CALNAME:Cloud Native Day",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "UID:30000000-0000-4000-8000-000000000001",
        "DTSTAMP:20260202T024000Z",
        "SEQUENCE:3",
        "LAST-MODIFIED:20260202T024000Z",
        "DTSTART;TZID=Europe/Berlin:20260207T013000",
        "DTEND;TZID=Europe/Berlin:20260207T021500",
        "SUMMARY:After midnight",
        "DESCRIPTION:Ada\\, Grace\\n\\nShort\\nlines\\n\\nLong",
        "LOCATION:Main / Große Bühne",
        "URL:https://cloud.example/2026/talk/ABC123/",
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Main / Große Bühne\":https://summit.example/the-event/stage/20",
        "CATEGORIES:Operations",
    ];
    for line in wanted {
        assert!(
            lines.iter().any(|l| l == line),
            "{line} is not in\n{}",
            lines.join("\n")
        );
    }
    assert_eq!(write_session_ics(&programme, 1, &write_options()), None);
}

#[test]
fn the_zone_is_defined_by_its_real_clock_changes() {
    let lines = lines(&write_ics(&programme(&json()), &write_options()));
    let at = lines
        .iter()
        .position(|line| line == "DTSTART:20260329T020000")
        .expect("spring of 2026");
    assert_eq!(
        lines[at - 1..at + 5],
        [
            "BEGIN:DAYLIGHT",
            "DTSTART:20260329T020000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "TZNAME:CEST",
            "END:DAYLIGHT"
        ]
    );
    assert!(
        lines.contains(&"DTSTART:20251026T030000".to_owned()),
        "autumn of 2025"
    );
    let zone = lines
        .iter()
        .position(|line| line == "BEGIN:VTIMEZONE")
        .unwrap();
    let end = lines
        .iter()
        .position(|line| line == "END:VTIMEZONE")
        .unwrap();
    assert!(
        !lines[zone..end]
            .iter()
            .any(|line| line.starts_with("DTSTAMP") || line.starts_with("UID"))
    );

    let text = json().replace("Europe/Berlin", "Asia/Kolkata");
    let kolkata = self::lines(&write_ics(&programme(&text), &write_options()));
    assert_eq!(
        kolkata
            .iter()
            .filter(|line| *line == "BEGIN:STANDARD")
            .count(),
        1,
        "no change, one observance"
    );
    assert!(kolkata.contains(&"TZOFFSETTO:+0530".to_owned()));
    let utc = write_ics(
        &programme(&json().replace("Europe/Berlin", "UTC")),
        &write_options(),
    );
    assert!(!utc.contains("VTIMEZONE") && utc.contains("DTSTART:20260207T003000Z"));
}

#[test]
fn every_placed_talk_is_an_event_with_a_uid_of_its_own() {
    let mut programmes = vec![programme(&generated_xml(60)), programme(&odd_xml())];
    programmes.extend(
        files()
            .iter()
            .map(|(file, bytes)| reading(file, bytes).programme),
    );
    for programme in programmes {
        let text = write_ics(&programme, &write_options());
        assert_eq!(text, write_ics(&programme, &write_options()), "stable");
        let lines = lines(&text);
        let count = |line: &str| lines.iter().filter(|l| *l == line).count();
        assert_eq!(
            (count("BEGIN:VEVENT"), count("END:VEVENT")),
            (programme.sessions.len(), programme.sessions.len())
        );
        assert_eq!(count("BEGIN:VCALENDAR") + count("END:VCALENDAR"), 2);
        let mut uids = values(&lines, "UID");
        uids.sort_unstable();
        uids.dedup();
        assert_eq!(uids.len(), programme.sessions.len());
        let summaries: Vec<String> = values_whole(&lines, "SUMMARY");
        let titles: Vec<&str> = programme
            .sessions
            .iter()
            .map(|s| s.title.as_str())
            .collect();
        assert_eq!(summaries, titles);
        let placed = programme
            .sessions
            .iter()
            .filter(|s| s.slot.as_ref().unwrap().room.is_some())
            .count();
        assert_eq!(values_whole(&lines, "LOCATION").len(), placed);
    }
}

/// Unescaped TEXT values.
fn values_whole(lines: &[String], name: &str) -> Vec<String> {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(|value| {
            let mut text = String::new();
            let mut chars = value.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => match chars.next() {
                        Some('n' | 'N') => text.push('\n'),
                        Some(c) => text.push(c),
                        None => panic!("a backslash at the end of {line}", line = value),
                    },
                    ',' | ';' => panic!("{value} is not escaped"),
                    c => text.push(c),
                }
            }
            text
        })
        .collect()
}

#[test]
fn a_registration_is_one_event_of_whole_days() {
    let programme = programme(&json());
    let invitation = Invitation {
        uid: Uuid::from_u128(9),
        description: "Your place; bring a friend,\nif you like.",
    };
    let lines = lines(&write_registration_ics(
        &programme.conference,
        &invitation,
        &write_options(),
    ));
    for line in [
        "UID:00000000-0000-0000-0000-000000000009",
        "DTSTART;VALUE=DATE:20260206",
        "DTEND;VALUE=DATE:20260208",
        "SUMMARY:Cloud Native Day",
        "DESCRIPTION:Your place\\; bring a friend\\,\\nif you like.",
        "URL:https://summit.example/the-event/",
        "TRANSP:TRANSPARENT",
    ] {
        assert!(
            lines.iter().any(|l| l == line),
            "{line} is not in\n{}",
            lines.join("\n")
        );
    }
    assert_eq!(
        lines.iter().filter(|line| *line == "BEGIN:VEVENT").count(),
        1
    );
}

//! What real files say, quirk by quirk.

use hallway_interchange::{ReadError, Reading, read};
use hallway_model::time::Day;

use crate::data::{self, FILES, files, options, reading};

fn of(name: &str) -> Option<Reading> {
    files()
        .into_iter()
        .find(|(file, _)| file.name == name)
        .map(|(file, bytes)| reading(file, &bytes))
}

fn warned(reading: &Reading, words: &[&str]) -> usize {
    reading
        .warnings
        .iter()
        .filter(|w| words.iter().all(|word| w.text.contains(word)))
        .count()
}

#[test]
fn every_file_gives_the_counts_of_its_readme() {
    for (file, bytes) in files() {
        let programme = reading(file, &bytes).programme;
        let counts = programme.counts();
        let found = [
            counts.sessions,
            counts.rooms,
            counts.declared_rooms,
            counts.days,
            counts.speakers,
        ];
        assert_eq!(found, file.counts, "{}", file.name);
        if let Some(tracks) = file.tracks {
            assert_eq!(counts.tracks, tracks, "{}", file.name);
        }
        assert!(
            programme
                .sessions
                .iter()
                .all(|session| session.slot.is_some()),
            "{}",
            file.name
        );
        let days: Vec<Day> = programme.days.iter().map(|day| day.day).collect();
        assert!(
            programme
                .sessions
                .iter()
                .all(|s| days.contains(&s.slot.as_ref().unwrap().day)),
            "{}",
            file.name
        );
    }
}

#[test]
fn a_file_without_a_zone_asks_for_one_at_its_conference() {
    for (file, bytes) in files().into_iter().filter(|(file, _)| file.zone.is_some()) {
        let error = read(&bytes, &options(None)).unwrap_err();
        let ReadError::ZoneNeeded { at } = error else {
            panic!("{}: {error}", file.name)
        };
        assert!(at.line >= 1 && at.column > 1, "{}: {error}", file.name);
    }
}

#[test]
fn debconf_is_placed_by_its_instants_and_not_by_the_day_it_says() {
    let Some(reading) = of("debconf23.wafer.xml") else {
        return;
    };
    let programme = &reading.programme;
    let zone = &programme.conference.zone;
    assert_eq!(
        warned(&reading, &["date says 2023-09-09", "2023-09-10 is kept"]),
        1
    );
    assert_eq!(warned(&reading, &["date says"]), 8, "each day is one early");
    assert_eq!(
        warned(&reading, &["start says"]),
        0,
        "local clock times agree"
    );
    assert_eq!(programme.days[0].day.to_string(), "2023-09-10");
    for session in &programme.sessions {
        let slot = session.slot.as_ref().unwrap();
        assert_eq!(slot.day, slot.start.day(zone));
    }
    let opening = programme
        .sessions
        .iter()
        .find(|s| s.identity.id.as_deref() == Some("35"))
        .unwrap();
    assert_eq!(
        opening.slot.as_ref().unwrap().start.rfc3339(zone),
        "2023-09-10T10:30:00+05:30"
    );
}

#[test]
fn jev22_keeps_its_instants_and_tells_its_contradictions() {
    for name in [
        "jev22-distributed.schedule.xml",
        "jev22-distributed.schedule.json",
    ] {
        let Some(reading) = of(name) else { return };
        let programme = &reading.programme;
        let zone = &programme.conference.zone;
        assert_eq!(
            warned(&reading, &["start says 10:30", "-05:00 is 16:30"]),
            1,
            "{name}"
        );
        assert_eq!(
            warned(&reading, &["does not end after its start"]),
            6,
            "{name}"
        );
        assert_eq!(warned(&reading, &["overlaps with"]), 5, "{name}");
        let night: Vec<_> = programme
            .sessions
            .iter()
            .filter_map(|session| session.slot.as_ref())
            .filter(|slot| slot.day != slot.start.day(zone))
            .collect();
        assert!(
            night
                .iter()
                .any(|slot| slot.start.in_zone(zone).hour() == 4),
            "{name}"
        );
        assert!(
            night
                .iter()
                .all(|slot| slot.day.next() == slot.start.day(zone)),
            "{name}"
        );
        let longest = programme
            .sessions
            .iter()
            .map(|s| s.slot.as_ref().unwrap().length.as_minutes())
            .max();
        assert_eq!(longest, Some(800), "{name}");
        assert!(
            programme.speakers.len() >= 299,
            "{name}: one name may be several people"
        );
    }
}

#[test]
fn fosdem_reads_without_dates_guids_or_languages() {
    let Some(reading) = of("fosdem-2021-online.pentabarf.xml") else {
        return;
    };
    let programme = &reading.programme;
    let first = &programme.sessions[0];
    let slot = first.slot.as_ref().unwrap();
    assert_eq!(
        slot.start.rfc3339(&programme.conference.zone),
        "2021-02-06T09:00:00+01:00"
    );
    assert_eq!(slot.room.as_deref(), Some("K.fosdem"));
    assert_eq!(programme.conference.timeslot.unwrap().as_minutes(), 5);
    assert!(
        programme
            .sessions
            .iter()
            .all(|session| session.language.is_none())
    );
    assert_eq!(
        programme
            .sessions
            .iter()
            .filter(|session| session.speakers.is_empty())
            .count(),
        102
    );
    assert_eq!(
        programme.rooms[0].name, "K.fosdem",
        "rooms in document order"
    );
}

#[test]
fn private_answers_never_reach_the_programme() {
    let Some(folder) = data::folder() else { return };
    for file in FILES.iter().filter(|file| file.name.ends_with(".json")) {
        let Ok(bytes) = std::fs::read(folder.join(file.name)) else {
            continue;
        };
        let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        plant(&mut document);
        let text = document.to_string();
        assert!(
            text.contains("top-secret-answer"),
            "{}: nothing was planted",
            file.name
        );
        let reading = reading(file, text.as_bytes());
        assert!(
            !format!("{reading:?}").contains("top-secret-answer"),
            "{}",
            file.name
        );
    }
}

/// Puts a secret wherever the file keeps answers.
fn plant(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                if key == "answers" {
                    *value = serde_json::json!([{ "question": 1, "answer": "top-secret-answer" }]);
                } else {
                    plant(value);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(plant),
        _ => {}
    }
}

#[test]
fn other_files_are_refused_by_name() {
    let Some(folder) = data::folder() else {
        return println!("9 skipped: no test data");
    };
    for (name, found) in [
        ("linuxconfau-2020.ics", "an iCalendar file"),
        (
            "globalazure-austria-2021-online.sessionize-all.json",
            "a Sessionize export",
        ),
        ("xdc2021-online.indico.json", "an Indico export"),
        ("c3voc-streaming-v2.json", "a streaming API listing"),
        ("pretalx-2.3.1-democon/feed.xml", "an Atom feed"),
        ("pretalx-2.3.1-democon/schedule.xcal", "an xCal calendar"),
        (
            "pretalx-2.3.1-democon/widget-v2.json",
            "pretalx widget JSON",
        ),
        ("csv/gpn11.csv", "a table (CSV)"),
        ("captions/cycle-collector-talk.vtt", "a subtitle file"),
    ] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else {
            continue;
        };
        let error = read(&bytes, &options(Some("UTC"))).unwrap_err();
        assert_eq!(
            error,
            ReadError::NotAccepted {
                found: found.into()
            },
            "{name}"
        );
        assert!(
            error.to_string().contains("schedule XML"),
            "{name}: says what is accepted"
        );
    }
}

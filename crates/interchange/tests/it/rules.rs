//! The lenient rules on small samples of our own.

use hallway_interchange::{Format, Position, ReadError, Reading, read};
use hallway_model::programme::{Programme, ProgrammeSession};
use hallway_model::sessions::SessionKind;
use hallway_model::time::Span;

use crate::data::options;
use crate::samples::{event, generated_xml, json, xml_with};

fn reading(text: &str) -> Reading {
    read(text.as_bytes(), &options(None)).unwrap_or_else(|e| panic!("{e}"))
}

fn only(text: &str) -> (Programme, ProgrammeSession, Vec<String>) {
    let reading = reading(text);
    assert_eq!(reading.programme.sessions.len(), 1);
    let session = reading.programme.sessions[0].clone();
    (
        reading.programme,
        session,
        reading
            .warnings
            .iter()
            .map(|w| format!("{}: {}", w.place, w.text))
            .collect(),
    )
}

fn start(programme: &Programme, session: &ProgrammeSession) -> String {
    session
        .slot
        .as_ref()
        .unwrap()
        .start
        .rfc3339(&programme.conference.zone)
}

#[test]
fn everything_version_1_of_the_json_can_say_is_read() {
    let reading = reading(&json());
    assert_eq!(reading.format, Format::ScheduleJson);
    assert_eq!(reading.warnings, []);
    let programme = reading.programme;
    let conference = &programme.conference;
    assert_eq!(conference.title, "Cloud Native Day");
    assert_eq!(conference.generator.as_deref(), Some("sample 2"));
    assert_eq!(conference.color.as_deref(), Some("#ff8800"));
    assert_eq!(conference.timeslot, Some(Span::minutes(10)));
    assert_eq!(programme.tracks[0].color.as_deref(), Some("#00aa00"));
    assert_eq!(programme.rooms[0].description.as_deref(), Some("big"));
    assert_eq!(programme.rooms[0].capacity, Some(300));
    assert_eq!(programme.rooms[1].name, "Empty");
    let session = &programme.sessions[0];
    assert_eq!(session.title, "After midnight");
    assert_eq!(session.identity.id.as_deref(), Some("17"));
    assert_eq!(session.identity.code.as_ref().unwrap().as_str(), "ABC123");
    assert_eq!(session.kind, SessionKind::Talk);
    assert_eq!(
        session.logo.as_deref(),
        Some("https://cloud.example/media/a%20b.png")
    );
    assert_eq!(
        session.attachments[0].href,
        "https://cloud.example/media/slides.pdf"
    );
    assert_eq!(session.abstract_text, "Short\r\nlines");
    assert!(session.recording.opt_out && session.do_not_stream);
    let slot = session.slot.as_ref().unwrap();
    assert_eq!(
        slot.day.to_string(),
        "2026-02-06",
        "the night belongs to the day before"
    );
    assert_eq!(slot.length, Span::minutes(45));
    let names: Vec<&str> = session
        .speakers
        .iter()
        .map(|i| programme.speakers[*i].name.as_str())
        .collect();
    assert_eq!(names, ["Ada", "Grace"]);
    assert_eq!(programme.speakers[0].biography.as_deref(), Some("Counts."));
    assert!(!format!("{programme:?}").contains("secret"));
}

#[test]
fn the_instant_of_date_wins_over_start_and_day() {
    let (programme, session, warnings) = only(&xml_with(&event(
        "<date>2026-02-06T10:30:00-05:00</date><start>10:30</start>",
    )));
    assert_eq!(start(&programme, &session), "2026-02-06T16:30:00+01:00");
    assert_eq!(
        warnings,
        ["event 1: start says 10:30, but date 2026-02-06T10:30:00-05:00 is 16:30 here"]
    );

    let (programme, session, warnings) =
        only(&xml_with(&event("<date>2026-02-07T10:00:00+01:00</date>")));
    assert_eq!(session.slot.as_ref().unwrap().day.to_string(), "2026-02-07");
    assert_eq!(
        warnings,
        ["event 1: listed under 2026-02-06 but starts on 2026-02-07; it belongs to 2026-02-07"]
    );
    assert_eq!(programme.days.len(), 2);

    let (programme, session, _) = only(&xml_with(&event("<date>2026-03-01T10:00:00Z</date>")));
    assert_eq!(
        session.slot.as_ref().unwrap().day.to_string(),
        "2026-03-01",
        "outside of the days"
    );
    assert_eq!(programme.days.len(), 3);
}

#[test]
fn without_a_date_the_day_and_its_change_decide() {
    let (programme, session, _) = only(&xml_with(&event("<start>10:00</start>")));
    assert_eq!(start(&programme, &session), "2026-02-06T10:00:00+01:00");
    let (programme, session, _) = only(&xml_with(&event("<start>01:00</start>")));
    assert_eq!(
        start(&programme, &session),
        "2026-02-07T01:00:00+01:00",
        "before the day begins"
    );
    assert_eq!(session.slot.as_ref().unwrap().day.to_string(), "2026-02-06");
    let late_change = xml_with(&event("<start>09:30</start>")).replace(
        "<start>2026-02-06</start>",
        "<start>2026-02-06</start><day_change>10:00:00</day_change>",
    );
    let (programme, session, _) = only(&late_change);
    assert_eq!(start(&programme, &session), "2026-02-07T09:30:00+01:00");
}

#[test]
fn a_local_date_is_in_the_conference_zone_and_a_given_zone_wins() {
    let text = xml_with(&event("<date>2026-02-06T10:00:00</date>"));
    let (programme, session, _) = only(&text);
    assert_eq!(start(&programme, &session), "2026-02-06T10:00:00+01:00");
    let asked = read(text.as_bytes(), &options(Some("America/New_York"))).unwrap();
    let session = &asked.programme.sessions[0];
    assert_eq!(
        start(&asked.programme, session),
        "2026-02-06T10:00:00-05:00"
    );
    assert!(
        asked
            .warnings
            .iter()
            .any(|w| w.text.contains("the file says zone Europe/Berlin"))
    );
}

#[test]
fn a_session_without_a_time_room_title_or_length_is_kept() {
    let (_, session, warnings) = only(&xml_with(&event("")));
    assert_eq!(session.slot, None);
    assert_eq!(
        warnings,
        ["event 1: it has no time: kept as a session not yet placed"]
    );
    let bare = xml_with("<event id='9'><date>2026-02-06T10:00:00Z</date></event>")
        .replace("<room name=\"Main / Große Bühne\">", "<room>");
    let (_, session, warnings) = only(&bare);
    let slot = session.slot.unwrap();
    assert_eq!((slot.room, slot.length), (None, Span(0)));
    assert_eq!(session.title, "event 9");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn repeated_ids_guids_and_codes_are_kept_and_told() {
    let one = "<event id='5' guid='50000000-0000-4000-8000-000000000000' code='AAAAAA'><title>T</title>\
               <date>2026-02-06T10:00:00Z</date><duration>0:05</duration></event>";
    let reading = reading(&xml_with(&one.repeat(3)));
    let identities: Vec<_> = reading
        .programme
        .sessions
        .iter()
        .map(|s| s.identity.clone())
        .collect();
    assert_eq!(
        identities
            .iter()
            .map(|i| i.id.as_deref().unwrap())
            .collect::<Vec<_>>(),
        ["5", "5#2", "5#3"]
    );
    assert_eq!(
        identities[0].guid.unwrap().to_string(),
        "50000000-0000-4000-8000-000000000000"
    );
    assert!(identities[0].guid != identities[1].guid && identities[1].guid != identities[2].guid);
    assert!(identities[0].code.is_some() && identities[1].code.is_none());
    let told = |word: &str| {
        reading
            .warnings
            .iter()
            .filter(|w| w.text.contains(word))
            .count()
    };
    assert_eq!(
        (
            told("the id occurs again"),
            told("the guid "),
            told("the code ")
        ),
        (2, 2, 2)
    );
    assert_eq!(told("overlaps"), 2);
}

#[test]
fn derived_guids_are_the_same_again_and_other_for_another_source() {
    let text = xml_with(&event("<date>2026-02-06T10:00:00Z</date>"));
    let guid = |namespace| {
        let options = hallway_interchange::ReadOptions {
            zone: None,
            namespace: uuid::Uuid::from_u128(namespace),
        };
        read(text.as_bytes(), &options).unwrap().programme.sessions[0]
            .identity
            .guid
            .unwrap()
    };
    assert_eq!(guid(1), guid(1));
    assert_ne!(guid(1), guid(2));
}

#[test]
fn people_are_told_apart_by_id_and_name() {
    let persons = "<date>2026-02-06T10:00:00Z</date><persons>\
        <person id='1'>Ada</person><person id='1'>Grace</person><person id='2'>Ada</person>\
        <person>Ada</person><person>Ada</person><person id='1'>Ada</person><person id='3'> </person></persons>";
    let (programme, session, warnings) = only(&xml_with(&event(persons)));
    assert_eq!(programme.speakers.len(), 4);
    assert_eq!(programme.counts().speakers, 2);
    assert_eq!(session.speakers, [0, 1, 2, 3]);
    assert_eq!(warnings, ["event 1: a speaker without a name was left out"]);
}

#[test]
fn what_could_run_never_becomes_an_address() {
    let fields = "<date>2026-02-06T10:00:00Z</date><url>javascript:alert(1)</url><logo>data:text/html,x</logo>\
                  <links><link href=' JavaScript:alert(1)'>x</link><link href='https://ok.example/'>y</link></links>";
    let (_, session, warnings) = only(&xml_with(&event(fields)));
    assert_eq!((session.url, session.logo), (None, None));
    assert_eq!(session.links.len(), 1);
    assert_eq!(warnings.len(), 3);
}

#[test]
fn a_value_that_can_mean_nothing_is_an_error_with_its_place() {
    for (fields, what) in [
        ("<date>soon</date>", "date `soon` is not a date"),
        ("<start>late</start>", "start `late` is not a time"),
    ] {
        let error = read(xml_with(&event(fields)).as_bytes(), &options(None)).unwrap_err();
        assert_eq!(
            error,
            ReadError::NotUnderstood {
                at: Position {
                    line: 13,
                    column: 1
                },
                what: what.into()
            }
        );
    }
    let text = json().replace("\"duration\":\"0:45\"", "\"duration\":\"long\"");
    let error = read(text.as_bytes(), &options(None)).unwrap_err();
    let place = text
        .find("{\"id\":\"17\"")
        .map(|offset| text[..offset].chars().count() + 1);
    assert_eq!(error.position().map(|at| at.column), place);
    assert_eq!(
        error.to_string().split_once(": ").unwrap().1,
        "schedule.conference.days[0].rooms[\"Main / Große Bühne\"][0]: duration `long` is not HH:MM"
    );
    let no_zone = xml_with("").replace("<time_zone_name>Europe/Berlin</time_zone_name>", "");
    let error = read(no_zone.as_bytes(), &options(None)).unwrap_err();
    assert_eq!(
        error,
        ReadError::ZoneNeeded {
            at: Position { line: 4, column: 3 }
        }
    );
    assert!(error.to_string().starts_with("line 4, column 3: no zone"));
    let odd_zone = xml_with("").replace("Europe/Berlin", "Middle/Earth");
    let error = read(odd_zone.as_bytes(), &options(None)).unwrap_err();
    assert!(matches!(
        error,
        ReadError::NotUnderstood {
            at: Position { line: 4, column: 3 },
            ..
        }
    ));
}

#[test]
fn lists_where_objects_belong_are_errors_with_a_path() {
    for (from, to, path) in [
        (
            "\"days\":[",
            "\"days\":7,\"x\":[",
            "schedule.conference.days: a list belongs here",
        ),
        (
            "\"rooms\":[]}",
            "\"rooms\":\"none\"}",
            "schedule.conference.days[1].rooms: the rooms of a day",
        ),
        (
            "\"Main / Große Bühne\":[{",
            "\"Main / Große Bühne\":[8,{",
            "[\"Main / Große Bühne\"][0]: a session is",
        ),
    ] {
        let text = json().replacen(from, to, 1);
        assert_ne!(text, json(), "{from}");
        let error = read(text.as_bytes(), &options(None)).unwrap_err();
        assert!(matches!(error, ReadError::NotUnderstood { .. }), "{error}");
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[test]
fn broken_json_says_line_and_column() {
    let error = read(b"{\n \"schedule\": {\n  oops\n}}", &options(None)).unwrap_err();
    assert_eq!(
        error,
        ReadError::Malformed {
            at: Position { line: 3, column: 3 },
            what: "key must be a string".into()
        }
    );
}

#[test]
fn a_byte_order_mark_and_latin_1_are_read() {
    let text = xml_with(&event("<date>2026-02-06T10:00:00Z</date>"));
    let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let plain = read(text.as_bytes(), &options(None)).unwrap();
    assert_eq!(read(&with_mark, &options(None)).unwrap(), plain);
    let latin: Vec<u8> = text
        .replace("UTF-8", "ISO-8859-1")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    assert_eq!(read(&latin, &options(None)).unwrap(), plain);
    let wide: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&wide, &options(None)).unwrap(), plain);
}

#[test]
fn a_thousand_talks_are_read() {
    let reading = reading(&generated_xml(1_000));
    let counts = reading.programme.counts();
    assert_eq!(
        (
            counts.sessions,
            counts.rooms,
            counts.days,
            counts.speakers,
            counts.tracks
        ),
        (1_000, 5, 3, 700, 9)
    );
    assert_eq!(reading.warnings, []);
}

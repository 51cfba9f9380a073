//! What is read, written and read again is the same, but for the fields the
//! format has no place for; those are listed here, one by one.

use hallway_interchange::{Generator, ReadOptions, WriteOptions, read, write_json, write_xml};
use hallway_model::ids::Code;
use hallway_model::programme::{Identity, Programme, ProgrammeSlot};
use hallway_model::time::{Day, Span, Timestamp, Zone};
use uuid::Uuid;

use crate::data::{files, options, reading};
use crate::samples::{generated_xml, json, xml_with};

pub const NOW: Timestamp = Timestamp(1_770_000_000_000);

pub fn write_options() -> WriteOptions<'static> {
    WriteOptions {
        event_slug: "the-event",
        base_url: "https://summit.example/the-event/",
        self_url: Some("https://summit.example/the-event/schedule/export/schedule.xml"),
        namespace: Uuid::from_u128(7),
        now: NOW,
        changed: Some(NOW),
        sequence: 3,
        generator: Generator {
            name: "Hallway",
            version: "0.1.0",
            url: Some("https://hallway.example/"),
        },
        session_url: &|code: &Code| format!("https://summit.example/the-event/talk/{code}/"),
        stage_url: &|room: &str| {
            (!room.is_empty())
                .then(|| format!("https://summit.example/the-event/stage/{}", room.len()))
        },
    }
}

/// Sessions in an order that both formats can carry: by day and room.
fn in_order(mut programme: Programme) -> Programme {
    let speakers = std::mem::take(&mut programme.speakers);
    programme.sessions.sort_by_key(|session| {
        let slot = session.slot.clone();
        (
            slot.map(|slot| (slot.day, slot.room, slot.start)),
            session.identity.guid,
        )
    });
    let mut moved = vec![None; speakers.len()];
    for session in &mut programme.sessions {
        for index in &mut session.speakers {
            let new = *moved[*index].get_or_insert_with(|| {
                programme.speakers.push(speakers[*index].clone());
                programme.speakers.len() - 1
            });
            *index = new;
        }
    }
    programme
}

/// What neither format carries, blanked on both sides where the first reading
/// had nothing, since a writer must fill it.
fn blank_filled(mut first: Programme, mut second: Programme) -> (Programme, Programme) {
    // The writer says who it is.
    first.conference.generator = None;
    second.conference.generator = None;
    for (own, written) in [
        // Filled from the event where the file had none.
        (&first.conference.base_url, &mut second.conference.base_url),
        (&first.conference.acronym, &mut second.conference.acronym),
    ] {
        if own.is_none() {
            assert!(written.take().is_some());
        }
    }
    for (own, written) in first.rooms.iter().zip(&mut second.rooms) {
        if own.guid.is_none() {
            assert!(written.guid.take().is_some());
        }
    }
    for (own, written) in first.sessions.iter_mut().zip(&mut second.sessions) {
        if own.identity.code.is_none() {
            assert!(written.identity.code.take().is_some());
        }
        if own.url.is_none() {
            assert!(written.url.take().is_some());
        }
        if own
            .identity
            .id
            .as_ref()
            .is_none_or(|id| !id.parse::<u64>().is_ok_and(|id| id > 0))
        {
            own.identity.id = None;
            assert!(written.identity.id.take().is_some());
        }
        if own.kind_text.is_none() {
            assert_eq!(written.kind_text.take().as_deref(), Some(own.kind.word()));
        }
        // Only absolute addresses leave.
        let absolute = |address: &mut Option<String>| {
            *address = address.take().filter(|address| address.starts_with("http"));
        };
        absolute(&mut own.logo);
        own.links.retain(|link| link.href.contains(':'));
        own.attachments.retain(|link| link.href.contains(':'));
    }
    (first, second)
}

/// Equality told by the first thing that differs, not by two whole programmes.
fn assert_same(name: &str, first: &Programme, second: &Programme) {
    assert_eq!(first.conference, second.conference, "{name}");
    assert_eq!(first.rooms, second.rooms, "{name}");
    assert_eq!(first.tracks, second.tracks, "{name}");
    assert_eq!(first.days, second.days, "{name}");
    assert_eq!(first.sessions.len(), second.sessions.len(), "{name}");
    for (a, b) in first.sessions.iter().zip(&second.sessions) {
        assert_eq!(a, b, "{name}");
    }
    assert_eq!(first.speakers.len(), second.speakers.len(), "{name}");
    for (a, b) in first.speakers.iter().zip(&second.speakers) {
        assert_eq!(a, b, "{name}");
    }
    assert!(first == second, "{name}");
}

/// Asserts that `programme` survives XML.
fn assert_survives_xml(name: &str, programme: &Programme) {
    let text = write_xml(programme, &write_options());
    let again = read(text.as_bytes(), &options(None)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (mut first, mut second) =
        blank_filled(in_order(programme.clone()), in_order(again.programme));
    // No place in the XSD.
    first.conference.venue = None;
    first.conference.city = None;
    for room in &mut first.rooms {
        room.description = None;
        room.capacity = None;
    }
    for speaker in &mut first.speakers {
        speaker.identity.code = None;
        speaker.biography = None;
        speaker.avatar = None;
    }
    for (own, written) in first.sessions.iter_mut().zip(&mut second.sessions) {
        own.do_not_stream = false;
        if own.slug != written.slug {
            // A slug that the pattern refuses is replaced.
            let slug = own.slug.take().unwrap_or_default();
            assert!(
                slug.len() < 9 || !slug.contains('-') || slug.split('-').next().unwrap().len() < 4,
                "{name}: {slug}"
            );
            assert!(written.slug.take().is_some());
        }
    }
    assert_same(name, &first, &second);
    // A second export of what was read is the same text.
    let second_text = write_xml(
        &read(text.as_bytes(), &options(None)).unwrap().programme,
        &write_options(),
    );
    assert!(text == second_text, "{name}: a second export differs");
}

/// Asserts that `programme` survives JSON.
fn assert_survives_json(name: &str, programme: &Programme) {
    let text = write_json(programme, &write_options());
    let again = read(text.as_bytes(), &options(None)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (mut first, mut second) =
        blank_filled(in_order(programme.clone()), in_order(again.programme));
    if first.conference.timeslot.is_none() {
        assert!(
            second.conference.timeslot.take().is_some(),
            "the schema demands one"
        );
    }
    for (own, written) in first.sessions.iter_mut().zip(&mut second.sessions) {
        own.recording.url = None;
        own.recording.link = None;
        for link in own.links.iter_mut().chain(&mut own.attachments) {
            // `paper`, `slides`, ...: the schema has a list.
            link.kind = link
                .kind
                .take()
                .filter(|kind| ["paper", "slides", "web", "media"].contains(&kind.as_str()));
        }
        if own.slug != written.slug {
            let slug = own.slug.take().unwrap_or_default();
            assert!(
                slug.is_empty()
                    || slug.chars().any(|c| c.is_uppercase())
                    || slug.ends_with(['-', '_']),
                "{name}: {slug}"
            );
            assert!(written.slug.take().is_some());
        }
    }
    assert_same(name, &first, &second);
    let second_text = write_json(
        &read(text.as_bytes(), &options(None)).unwrap().programme,
        &write_options(),
    );
    assert!(text == second_text, "{name}: a second export differs");
}

#[test]
fn every_file_survives_both_formats() {
    for (file, bytes) in files() {
        let programme = reading(file, &bytes).programme;
        assert_survives_xml(file.name, &programme);
        assert_survives_json(file.name, &programme);
    }
}

#[test]
fn generated_programmes_survive_both_formats() {
    for text in [json(), generated_xml(100), generated_xml(0), odd_xml()] {
        let programme = read(text.as_bytes(), &options(None)).unwrap().programme;
        assert_survives_xml("generated", &programme);
        assert_survives_json("generated", &programme);
    }
}

/// Talks after midnight, outside the days, of no length, without a room, with
/// text of every kind.
pub fn odd_xml() -> String {
    let event =
        |id: u32, fields: &str| format!("<event id='{id}'><title>T{id}</title>{fields}</event>");
    let main = [
        event(1, "<date>2026-02-07T03:30:00+01:00</date><duration>2:00</duration>"),
        event(2, "<date>2026-04-01T09:00:00Z</date><duration>0:00</duration>"),
        event(3, "<date>2026-02-06T08:00:00Z</date><duration>27:30</duration><title> a &lt;b&gt; \"c\" &amp; ü 😀 ]]&gt;</title>"),
        event(4, "<date>2026-02-06T09:00:00Z</date><duration>00:05:30</duration><abstract>x&#13;\n\ty &amp;amp; &#1F600;</abstract>".replace("#1F600", "#x1F600").as_str()),
        event(5, "<date>2026-02-06T10:00:00Z</date><duration>0:05</duration><links><link href='mailto:a@b.example'>&lt;m&gt;\n</link></links>"),
    ];
    let xml = xml_with(&main.concat());
    let nowhere = event(
        6,
        "<date>2026-02-06T11:00:00Z</date><duration>0:10</duration><persons><person>A &amp; B</person></persons>",
    );
    xml.replacen(
        "  </day>",
        &format!("<room name=''>{nowhere}</room></day>"),
        1,
    )
}

#[test]
fn odd_talks_are_all_there_after_each_export() {
    let programme = read(odd_xml().as_bytes(), &options(None))
        .unwrap()
        .programme;
    assert_eq!(programme.sessions.len(), 6);
    assert_eq!(
        programme
            .sessions
            .iter()
            .filter(|s| s.slot.as_ref().unwrap().room.is_none())
            .count(),
        1
    );
    for text in [
        write_xml(&programme, &write_options()),
        write_json(&programme, &write_options()),
    ] {
        let again = read(text.as_bytes(), &options(None)).unwrap().programme;
        let slots = |programme: &Programme| {
            let mut slots: Vec<_> = programme
                .sessions
                .iter()
                .map(|s| (s.identity.guid, s.title.clone(), s.slot.clone()))
                .collect();
            slots.sort_by_key(|slot| slot.0);
            slots
        };
        assert_eq!(slots(&again), slots(&programme));
    }
}

/// What comes out of a store rather than a file: nothing but the essentials,
/// days without a window, a talk in the night of a day that ended.
#[test]
fn a_bare_programme_of_a_store_is_written() {
    let mut programme = read(xml_with("").as_bytes(), &options(None))
        .unwrap()
        .programme;
    let template = read(json().as_bytes(), &options(None))
        .unwrap()
        .programme
        .sessions[0]
        .clone();
    let day: Day = "2026-02-06".parse().unwrap();
    let zone = Zone::named("Europe/Berlin").unwrap();
    programme.days.clear();
    programme.rooms.clear();
    programme.conference.acronym = None;
    for (number, hour) in [(0, 10_i64), (1, 27)] {
        let mut session = template.clone();
        session.identity = Identity {
            guid: Some(Uuid::from_u128(number)),
            id: None,
            code: None,
        };
        session.speakers.clear();
        session.slug = None;
        session.slot = Some(ProgrammeSlot {
            room: (number == 0).then(|| "Undeclared".to_owned()),
            start: day.start(&zone) + Span::hours(hour),
            length: Span(0),
            day,
        });
        programme.sessions.push(session);
    }
    let read_again = |text: String| {
        let options = ReadOptions {
            zone: None,
            namespace: Uuid::nil(),
        };
        read(text.as_bytes(), &options).unwrap().programme
    };
    for again in [
        read_again(write_xml(&programme, &write_options())),
        read_again(write_json(&programme, &write_options())),
    ] {
        let days: Vec<_> = again
            .sessions
            .iter()
            .map(|s| s.slot.as_ref().unwrap().day)
            .collect();
        assert_eq!(days, [day, day]);
        assert_eq!(again.conference.acronym.as_deref(), Some("the-event"));
        assert_eq!(again.rooms.len(), 1);
    }
}

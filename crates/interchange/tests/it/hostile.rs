//! Files made to break readers end in an error or a result: never a panic,
//! never a hang, never more memory than their length explains.

use hallway_interchange::{ReadError, read, text, write_ics, write_json, write_xml};
use proptest::prelude::*;

use crate::data::{files, options};
use crate::round_trips::{odd_xml, write_options};
use crate::samples::{event, generated_xml, json, xml_with};

/// Reads, and writes what was read.
fn exercise(bytes: &[u8]) -> Result<usize, ReadError> {
    let programme = read(bytes, &options(Some("Europe/Berlin")))?.programme;
    let written = [
        write_xml(&programme, &write_options()),
        write_json(&programme, &write_options()),
        write_ics(&programme, &write_options()),
    ];
    for file in &written[..2] {
        let again = read(file.as_bytes(), &options(None))
            .unwrap_or_else(|e| panic!("our own export: {e}\n{file}"));
        let placed = programme
            .sessions
            .iter()
            .filter(|session| session.slot.is_some())
            .count();
        assert_eq!(again.programme.sessions.len(), placed);
    }
    Ok(programme.sessions.len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = exercise(&bytes);
        let _ = exercise(&[b"<schedule>", bytes.as_slice()].concat());
        let _ = exercise(&[b"{\"schedule\":{\"conference\":{\"days\":", bytes.as_slice()].concat());
        let shown = String::from_utf8_lossy(&bytes);
        let _ = (text::to_html(&shown), text::to_plain(&shown));
    }

    #[test]
    fn mutated_samples_never_panic(
        which in 0_usize..3,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[0-9:<>&\"'{}\\[\\],TZ+\\-a-z\u{0}ü]{0,6}"), 1..6),
    ) {
        let mut text = [odd_xml(), json(), generated_xml(4)][which].clone();
        for (at, length, instead) in cuts {
            let mut from = at.index(text.len());
            while !text.is_char_boundary(from) { from -= 1; }
            let mut to = (from + length).min(text.len());
            while !text.is_char_boundary(to) { to += 1; }
            text.replace_range(from..to, &instead);
        }
        let _ = exercise(text.as_bytes());
    }

    #[test]
    fn any_texts_and_times_survive_both_formats(
        title in "\\PC{1,30}", body in "[ -~\\r\\n\\t]{0,60}", room in "\\PC{0,12}",
        hours in 0_i64..24 * 400, minutes in 0_i64..6000,
    ) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#13;");
        let start = jiff::Timestamp::from_second(1_770_000_000 / 3600 * 3600 + hours * 3600).unwrap();
        let fields = format!(
            "<event id='1'><title>{}</title><date>{start}</date><duration>{minutes}</duration><description>{}</description></event>",
            escape(&title), escape(&body)
        );
        let xml = xml_with(&fields).replacen("Main / Große Bühne", &escape(&room), 1);
        let first = read(xml.as_bytes(), &options(None)).unwrap().programme;
        for text in [write_xml(&first, &write_options()), write_json(&first, &write_options())] {
            let again = read(text.as_bytes(), &options(None)).unwrap().programme;
            prop_assert_eq!(&again.sessions[0].title, &first.sessions[0].title);
            prop_assert_eq!(&again.sessions[0].description, &first.sessions[0].description);
            prop_assert_eq!(&again.sessions[0].slot, &first.sessions[0].slot);
        }
    }
}

#[test]
fn a_file_cut_anywhere_says_where() {
    for (file, bytes) in files() {
        for part in 1..8 {
            let cut = &bytes[..bytes.len() * part / 8];
            let error = read(cut, &options(Some("UTC"))).unwrap_err();
            let at = error
                .position()
                .unwrap_or_else(|| panic!("{}: {error}", file.name));
            assert!(at.line > 0 && at.column > 0, "{}: {error}", file.name);
        }
    }
    for text in [json(), generated_xml(10)] {
        let error = read(&text.as_bytes()[..text.len() / 2], &options(None)).unwrap_err();
        assert!(matches!(error, ReadError::Malformed { .. }), "{error}");
    }
}

#[test]
fn what_is_no_schedule_is_refused_by_name() {
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (b" \n\t ", "an empty file"),
        (b"PK\x03\x04rest", "a ZIP archive or office document"),
        (b"%PDF-1.7", "a PDF document"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR", "an iCalendar file"),
        (b"<html><body/></html>", "a web page"),
        (b"<rss/>", "an RSS feed"),
        (b"{}", "JSON of another kind"),
        (b"[1,2]", "JSON of another kind"),
        (b"id,title,start,end\n1,2,3,4", "a table (CSV)"),
        (b"hello", "text of another kind"),
        (
            b"{\"schedule\":{\"conference\":{\"days\":[]},\"events\":[]}}",
            "schedule JSON version 2 (hub)",
        ),
        (
            b"{\"schedule\":{\"conference\":{}}}",
            "a schedule without schedule.conference.days",
        ),
    ] {
        assert_eq!(
            read(bytes, &options(Some("UTC"))).unwrap_err(),
            ReadError::NotAccepted {
                found: found.into()
            },
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

/// 4 MB each, what 50 MB would do twelve times as long.
const HUGE: usize = 4_000_000;

#[test]
fn huge_and_hostile_files_end() {
    let fill = |unit: &str| unit.repeat(HUGE / unit.len());
    let session = event("<date>2026-02-06T10:00:00Z</date>");
    for (name, text) in [
        ("nested elements", format!("<schedule>{}", fill("<a>"))),
        (
            "elements nobody knows",
            format!("<schedule>{}</schedule>", fill("<a/>")),
        ),
        (
            "one wide event",
            xml_with(&format!("<event>{}</event>", fill("<a/>"))),
        ),
        (
            "one long text",
            xml_with(&format!(
                "<event><title>{}</title></event>",
                fill("x &amp; ")
            )),
        ),
        ("one long name", format!("<{}/>", fill("x"))),
        ("attributes", format!("<schedule {}/>", fill("a='' "))),
        (
            "one long attribute",
            format!("<schedule a='{}'/>", fill("&lt;")),
        ),
        ("an open attribute", format!("<schedule a='{}", fill("x"))),
        ("an open comment", format!("<schedule><!--{}", fill("-"))),
        ("open brackets", fill("<")),
        ("ampersands", format!("<schedule>{}", fill("&"))),
        (
            "a long reference",
            format!("<schedule>&{};</schedule>", fill("x")),
        ),
        (
            "an open doctype",
            format!("<!DOCTYPE a [{}", fill("<!ENTITY a 'b'>")),
        ),
        ("closing tags", fill("</a>")),
        (
            "days",
            format!(
                "<schedule><conference/>{}</schedule>",
                fill("<day date='2026-02-06'/>")
            ),
        ),
        (
            "empty rooms",
            xml_with("").replacen(
                "<room name",
                &format!("{}<room name", fill("<room name='x'/>")),
                1,
            ),
        ),
        ("sessions of the same id", xml_with(&fill(&session))),
        (
            "bad values",
            xml_with(&fill(
                "<event id='1'><date>2026-02-06T10:00:00Z</date><url>x:y</url></event>",
            )),
        ),
        ("json brackets", fill("[")),
        ("json objects", fill("{\"a\":")),
        ("json zeros", format!("[{}0]", fill("0,"))),
        ("json text", format!("\"{}\"", fill("\\u0041"))),
        ("json escapes", format!("{{\"{}", fill("\\"))),
        ("json number", fill("9")),
        (
            "json sessions",
            json().replacen(
                "\"Main / Große Bühne\":[",
                &format!("\"Main / Große Bühne\":[{}", fill("{},")),
                1,
            ),
        ),
        (
            "json bad sessions",
            json().replacen(
                "\"Main / Große Bühne\":[",
                &format!("\"Main / Große Bühne\":[{}7,", fill("{},")),
                1,
            ),
        ),
        ("spaces", fill(" ")),
    ] {
        let outcome = read(text.as_bytes(), &options(Some("UTC")));
        if let Err(error) = outcome {
            assert!(
                error.to_string().len() < 600,
                "{name}: an error fits on a screen"
            );
        }
    }
}

#[test]
fn warnings_are_bounded() {
    let many = xml_with(&"<event id='1'><title>x</title></event>".repeat(3_000));
    let reading = read(many.as_bytes(), &options(None)).unwrap();
    assert_eq!(reading.programme.sessions.len(), 3_000);
    assert_eq!(reading.warnings.len(), 1_001);
    assert!(
        reading.warnings[1_000].text.contains("more warnings"),
        "{:?}",
        reading.warnings[1_000]
    );
}

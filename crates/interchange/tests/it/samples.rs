//! Schedules of our own making, from a plain valid one to whatever a test
//! wants broken.

use std::fmt::Write;

/// One day and one session, with the given event element.
pub fn xml_with(event: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<schedule>
  <version>1.0</version>
  <conference>
    <title>Cloud Native Day</title>
    <acronym>cloud26</acronym>
    <start>2026-02-06</start>
    <end>2026-02-07</end>
    <time_zone_name>Europe/Berlin</time_zone_name>
  </conference>
  <day index="1" date="2026-02-06" start="2026-02-06T09:00:00+01:00" end="2026-02-07T04:00:00+01:00">
    <room name="Main / Große Bühne">
{event}
    </room>
  </day>
  <day index="2" date="2026-02-07" start="2026-02-07T09:00:00+01:00" end="2026-02-08T04:00:00+01:00">
    <room name="Main / Große Bühne"/>
  </day>
</schedule>
"#
    )
}

pub fn event(fields: &str) -> String {
    format!("<event id=\"1\"><title>A talk</title><duration>00:30</duration>{fields}</event>")
}

/// `count` talks over three days in five rooms.
pub fn generated_xml(count: usize) -> String {
    let mut days = String::new();
    for day in 0..3 {
        let date = format!("2026-02-{:02}", 6 + day);
        let next = format!("2026-02-{:02}", 7 + day);
        writeln!(days, "<day index='{}' date='{date}' start='{date}T09:00:00+01:00' end='{next}T04:00:00+01:00'>", day + 1).unwrap();
        for room in 0..5 {
            writeln!(
                days,
                "<room name='Room {room}' guid='00000000-0000-4000-8000-00000000000{room}'>"
            )
            .unwrap();
            for talk in (0..count).filter(|talk| talk % 15 == day * 5 + room) {
                let minute = talk / 15 * 5;
                writeln!(
                    days,
                    "<event id='{talk}' guid='10000000-0000-4000-8000-{talk:012}'><date>{date}T{:02}:{:02}:00+01:00</date>\
                     <start>{:02}:{:02}</start><duration>0:05</duration><room>Room {room}</room>\
                     <title>Talk {talk} &amp; more</title><track>Track {}</track><type>talk</type>\
                     <abstract>&lt;p&gt;About {talk}&lt;/p&gt;</abstract><persons><person id='{}'>Speaker {}</person></persons></event>",
                    9 + minute / 60, minute % 60, 9 + minute / 60, minute % 60,
                    talk % 9, talk % 700, talk % 700,
                )
                .unwrap();
            }
            days.push_str("</room>\n");
        }
        days.push_str("</day>\n");
    }
    format!(
        "<?xml version='1.0'?>\n<schedule><version>3</version><conference><title>Generated</title>\
         <acronym>gen26</acronym><start>2026-02-06</start><end>2026-02-08</end><days>3</days>\
         <time_zone_name>Europe/Berlin</time_zone_name></conference>\n{days}</schedule>\n"
    )
}

/// A schedule with everything version 1 can say.
pub fn json() -> String {
    let document: serde_json::Value = serde_json::from_str(
        r##"{
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": { "name": "sample", "version": "2" },
        "schedule": {
            "version": "0.9",
            "base_url": "https://cloud.example/2026/schedule/",
            "conference": {
                "acronym": "cloud26", "title": "Cloud Native Day",
                "start": "2026-02-06", "end": "2026-02-07", "daysCount": 2,
                "timeslot_duration": "00:10", "time_zone_name": "Europe/Berlin",
                "colors": { "primary": "#FF8800" },
                "rooms": [
                    { "name": "Main / Große Bühne", "guid": "20000000-0000-4000-8000-000000000001",
                      "description": { "de": "groß", "en": "big" }, "capacity": 300 },
                    { "name": "Empty", "guid": null, "capacity": null }
                ],
                "tracks": [ { "name": "Operations", "slug": "operations", "color": "#0a0" } ],
                "days": [
                    { "index": 1, "date": "2026-02-06",
                      "day_start": "2026-02-06T09:00:00+01:00", "day_end": "2026-02-07T04:00:00+01:00",
                      "rooms": { "Main / Große Bühne": [ {
                          "id": "17", "guid": "30000000-0000-4000-8000-000000000001", "code": "ABC123",
                          "logo": "/media/a b.png", "date": "2026-02-07T01:30:00+01:00", "start": "01:30",
                          "duration": "0:45", "room": "Main / Große Bühne", "slug": "cloud26-17-after_midnight",
                          "url": "https://cloud.example/2026/talk/ABC123/", "title": { "en": "After midnight" },
                          "subtitle": null, "track": "Operations", "type": "Talk", "language": "en",
                          "abstract": "Short\r\nlines", "description": "<p>Long</p>", "recording_license": "CC BY 4.0",
                          "do_not_record": true, "do_not_stream": "true",
                          "persons": [
                              { "id": 4, "code": "SPKR01", "public_name": "Ada", "biography": "Counts.", "answers": ["secret"] },
                              { "name": "Grace", "guid": "40000000-0000-4000-8000-000000000001", "email": "secret@example.org" }
                          ],
                          "links": [ { "url": "https://cloud.example/x", "title": "X", "type": "web" } ],
                          "attachments": [ { "url": "/media/slides.pdf", "title": "Slides", "type": "slides" } ],
                          "feedback_url": "https://cloud.example/2026/talk/ABC123/feedback/",
                          "origin_url": "https://cloud.example/origin"
                      } ] } },
                    { "index": 2, "date": "2026-02-07",
                      "day_start": "2026-02-07T09:00:00+01:00", "day_end": "2026-02-08T04:00:00+01:00",
                      "rooms": [] }
                ]
            }
        }
    }"##,
    )
    .unwrap();
    document.to_string()
}

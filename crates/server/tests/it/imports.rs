//! Programmes from files and addresses: real ones, broken ones and hostile
//! ones, and what a later import may change.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;
use hallway_model::access::{Actor, Role};
use hallway_model::time::Zone;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::exports::Format;
use hallway_service::imports::{Report, Source};
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::databases::{Dump, dump};
use crate::harness::{Choices, EVENT, TestServer, key, programme};

/// A file, the zone to read it in, and what its README counts: talks, rooms,
/// days, speakers, and tracks where it says.
struct File(
    &'static str,
    Option<&'static str>,
    [usize; 4],
    Option<usize>,
);

const FILES: [File; 7] = [
    File(
        "fosdem-2021-online.pentabarf.xml",
        Some("Europe/Brussels"),
        [773, 106, 2, 684],
        Some(109),
    ),
    File(
        "jev22-distributed.schedule.xml",
        None,
        [433, 43, 6, 299],
        None,
    ),
    File(
        "jev22-distributed.schedule.json",
        None,
        [433, 43, 6, 299],
        None,
    ),
    File(
        "rc3-2020-channels.pretalx.json",
        Some("Europe/Berlin"),
        [48, 5, 4, 56],
        None,
    ),
    File("debconf23.wafer.xml", None, [117, 5, 8, 87], None),
    File(
        "pretalx-2.3.1-democon/schedule.xml",
        None,
        [35, 2, 3, 31],
        None,
    ),
    File(
        "pretalx-2.3.1-democon/schedule.json",
        None,
        [35, 2, 3, 31],
        None,
    ),
];

/// Real programmes, which are no part of this repository: beside it or where
/// `HALLWAY_TEST_DATA` points.
pub fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HALLWAY_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/schedules"),
        PathBuf::from,
    );
    let file = folder.join(name);
    file.exists().then_some(file)
}

async fn import(
    t: &TestServer,
    event: &str,
    zone: Option<&str>,
    bytes: impl Into<Bytes>,
) -> Result<Report, Error> {
    let zone = zone.map(|zone| Zone::named(zone).unwrap());
    t.service()
        .import_schedule(&Actor::operator(), event, zone, Source::Bytes(bytes.into()))
        .await
}

#[rstest]
#[tokio::test]
async fn real_programmes_come_in_whole_and_a_second_time_change_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::empty(kind).await;
    let mut skipped = 0;
    for (n, File(name, zone, counts, tracks)) in FILES.iter().enumerate() {
        let Some(file) = data(name) else {
            skipped += 1;
            continue;
        };
        let bytes = Bytes::from(std::fs::read(file).unwrap());
        let event = format!("real-{n}");
        let first = import(&t, &event, *zone, bytes.clone()).await.unwrap();
        let found = first.found;
        assert_eq!(
            [found.sessions, found.rooms, found.days, found.speakers],
            *counts,
            "{name}"
        );
        if let Some(tracks) = tracks {
            assert_eq!(found.tracks, *tracks, "{name}");
        }
        assert!(first.event_created);
        assert_eq!(
            (first.sessions.new, first.sessions.changed),
            (found.sessions, 0),
            "{name}"
        );

        let before = dump(t.database_url()).await;
        let second = import(&t, &event, *zone, bytes).await.unwrap();
        assert!(!second.event_created);
        for (kind, one, two) in [
            ("sessions", first.sessions, second.sessions),
            ("speakers", first.speakers, second.speakers),
            ("rooms", first.rooms, second.rooms),
            ("tracks", first.tracks, second.tracks),
        ] {
            let tally = (two.new, two.changed, two.withdrawn, two.unchanged);
            assert_eq!(tally, (0, 0, 0, one.new), "{kind} of {name}");
        }
        assert!(
            dump(t.database_url()).await == before,
            "{name} changed a row"
        );
    }
    if skipped > 0 {
        println!("{skipped} skipped: no test data");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_broken_file_is_told_by_line_and_column_and_leaves_everything_as_it_was(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let good = programme(EVENT, 0);
    let before = dump(t.database_url()).await;
    let cut = good.split_once("<persons>").unwrap().0.to_owned();
    let broken = [
        ("ends in the middle", cut),
        (
            "a tag closed by another",
            good.replacen("</title><type>", "</titel><type>", 1),
        ),
        (
            "a length that is none",
            good.replacen("<duration>00:45", "<duration>soon", 1),
        ),
        (
            "JSON cut short",
            "{\"schedule\": {\n  \"conference\": {\n".into(),
        ),
    ];
    for (name, text) in broken {
        let refused = match import(&t, EVENT, None, text).await {
            Err(Error::Invalid(wrong)) => wrong,
            other => panic!("{name}: {other:?}"),
        };
        let [(field, why)] = &refused[..] else {
            panic!("{name}: {refused:?}")
        };
        assert_eq!(*field, "file");
        assert!(
            why.contains("line ") && why.contains("column "),
            "{name}: {why}"
        );
        assert!(
            dump(t.database_url()).await == before,
            "{name} changed a row"
        );
    }
    // What is no schedule has no place in it to name: it is told what would be one.
    for text in [
        "<html><body>404</body></html>",
        "Dear organiser,\nplease find attached",
        "",
        "\u{1}",
    ] {
        match import(&t, EVENT, None, text).await {
            Err(Error::Invalid(wrong)) => {
                assert!(wrong[0].1.contains("schedule XML"), "{text}: {wrong:?}")
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    // A new event is not left half there either.
    assert!(
        import(&t, "never", None, "<schedule><conference>")
            .await
            .is_err()
    );
    assert!(dump(t.database_url()).await == before);
    t.stop().await;
}

/// Resident memory of this process in kB: now (`VmRSS`) or at its highest
/// (`VmHWM`) since [`forget_peak`].
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// proc(5): writing 5 to clear_refs takes the peak back to what is held now.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Fifty megabytes each, made to cost more than they are: depth, entities, one
/// endless attribute or comment, and talks without end.
#[rstest]
#[tokio::test]
async fn fifty_hostile_megabytes_are_refused_within_bounds(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    const SIZE: usize = 50 * 1024 * 1024;
    /// Wide, since other tests run in this process at the same time.
    const BOUND_KB: u64 = 400 * 1024;
    let t = TestServer::start(kind).await;
    let before = dump(t.database_url()).await;
    let bomb = "<!DOCTYPE s [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><schedule>";
    let endless = "<schedule><conference><title>Endless</title><time_zone_name>UTC</time_zone_name></conference>\
        <day index=\"1\" date=\"2026-02-06\"><room name=\"r\">";
    let talk = "<event><title>t</title><start>10:00</start><duration>00:05</duration></event>";
    let hostile = [
        ("deep", "", "<schedule>"),
        ("deep JSON", "{\"schedule\":", "["),
        ("entities", bomb, "&b;"),
        ("one attribute", "<schedule a=\"", "aaaaaaaaaaaaaaaa"),
        ("one comment", "<schedule><!--", " - "),
        ("talks without end", endless, talk),
    ];
    let clock = hallway_server::clock::SystemClock::clock();
    for (name, head, unit) in hostile {
        let text = format!("{head}{}", unit.repeat(SIZE / unit.len()));
        forget_peak();
        let (began, held) = (clock.now(), memory("VmRSS"));
        let refused = import(&t, EVENT, None, text).await;
        let (millis, grown) = (
            (clock.now() - began).0,
            memory("VmHWM").saturating_sub(held),
        );
        println!("{name}: {millis} ms, {} MB more", grown / 1024);
        assert!(
            matches!(refused, Err(Error::Invalid(_))),
            "{name}: {refused:?}"
        );
        assert!(
            millis < 30_000 && grown < BOUND_KB,
            "{name}: {millis} ms, {grown} kB"
        );
        // Others go on.
        assert_eq!(
            t.visitor().get(&routes::schedule(EVENT)).await.status(),
            200
        );
    }
    assert!(dump(t.database_url()).await == before);
    t.stop().await;
}

/// A server on loopback that answers every request alike.
async fn elsewhere(answer: &'static str, body: String) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 2048];
            let _ = socket.read(&mut request).await;
            let head = format!(
                "HTTP/1.1 {answer}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(head.as_bytes()).await;
            let _ = socket.write_all(body.as_bytes()).await;
        }
    });
    address
}

#[rstest]
#[tokio::test]
async fn an_address_is_fetched_where_its_host_was_allowed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::empty(kind).await;
    let from = async |url: String| {
        t.service()
            .import_schedule(&Actor::operator(), EVENT, None, Source::Url(url))
            .await
    };
    let good = elsewhere("200 OK", programme(EVENT, 0)).await;
    let report = from(format!("http://{good}/schedule.xml")).await.unwrap();
    assert_eq!((report.event_created, report.sessions.new), (true, 3));
    // The same by the organiser's form, from a redirect that stays allowed.
    let root = t.person("Root", Role::Admin).await;
    let unchanged = dump(t.database_url()).await;
    let form = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\n{}\r\n--edge\r\ncontent-disposition: form-data; name=\"url\"\r\n\r\nhttp://{good}/schedule.xml\r\n--edge--\r\n",
        key()
    );
    let request = root
        .request(reqwest::Method::POST, &routes::organise_import(EVENT))
        .header("origin", &t.url);
    let request = request
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(form);
    assert_eq!(request.send().await.unwrap().status(), 200);

    let before = dump(t.database_url()).await;
    // Nothing but the answer to the form's key is new.
    let but_keys = |mut rows: Dump| {
        rows.remove("command_key");
        rows
    };
    assert!(but_keys(before.clone()) == but_keys(unchanged));
    // 127.0.0.2 is as near as 127.0.0.1, and nobody named it.
    let missing = elsewhere("404 Not Found", String::new()).await;
    let away = elsewhere("302 Found\r\nlocation: http://127.0.0.2/", String::new()).await;
    let metadata = elsewhere(
        "302 Found\r\nlocation: http://169.254.169.254/latest",
        String::new(),
    )
    .await;
    let local = elsewhere("302 Found\r\nlocation: file:///etc/passwd", String::new()).await;
    for url in [
        format!("http://127.0.0.2:{}/schedule.xml", good.port()),
        format!("http://localhost:{}/schedule.xml", good.port()),
        format!("http://[::1]:{}/schedule.xml", good.port()),
        format!("http://2130706434:{}/", good.port()),
        format!("http://{missing}/"),
        format!("http://{away}/"),
        format!("http://{metadata}/"),
        format!("http://{local}/"),
        "http://169.254.169.254/latest/meta-data".into(),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1/".into(),
        "nonsense".into(),
    ] {
        match from(url.clone()).await {
            Err(Error::Invalid(wrong)) => assert_eq!(wrong[0].0, "url", "{url}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    assert!(dump(t.database_url()).await == before);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_fetched_where_nobody_allowed_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let good = elsewhere("200 OK", programme(EVENT, 0)).await;
    for settings in [
        vec![("HALLWAY_OUTBOUND_ENABLED", "false")],
        vec![("HALLWAY_OUTBOUND_ALLOWED_PRIVATE_HOSTS", "localhost")],
        vec![("HALLWAY_OUTBOUND_ALLOWED_PRIVATE_HOSTS", "127.0.0.1:1")],
    ] {
        let t = TestServer::set_up(
            kind,
            Choices {
                settings: settings.clone(),
                ..Choices::default()
            },
        )
        .await;
        let url = Source::Url(format!("http://{good}/schedule.xml"));
        let refused = t
            .service()
            .import_schedule(&Actor::operator(), EVENT, None, url)
            .await;
        assert!(
            matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].0 == "url"),
            "{settings:?}: {refused:?}"
        );
        assert_eq!(dump(t.database_url()).await["event"], Vec::<String>::new());
        t.stop().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_later_file_changes_what_it_says_and_keeps_what_hangs_on_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let sessions = async || -> Vec<Value> {
        let schedule: Value = alice
            .get(&routes::api_schedule(EVENT))
            .await
            .json()
            .await
            .unwrap();
        schedule["sessions"].as_array().unwrap().clone()
    };
    let channels = async || -> Vec<Value> {
        let channels: Value = alice
            .get(&routes::api_channels(EVENT))
            .await
            .json()
            .await
            .unwrap();
        channels["channels"].as_array().unwrap().clone()
    };
    let titled =
        |sessions: &[Value], title: &str| sessions.iter().find(|s| s["title"] == title).cloned();
    let code = titled(&sessions().await, "The first door").unwrap()["code"].clone();
    let of = |channels: &[Value]| {
        channels
            .iter()
            .find(|c| c["session"] == code)
            .cloned()
            .expect("its channel")
    };
    let channel: uuid::Uuid = serde_json::from_value(of(&channels().await)["id"].clone()).unwrap();
    alice.say(channel, "behind the first door").await;

    let renamed = programme(EVENT, 0).replace("The first door", "The door renamed");
    let report = import(&t, EVENT, None, renamed).await.unwrap();
    let tally = report.sessions;
    assert_eq!(
        (tally.new, tally.changed, tally.unchanged, tally.withdrawn),
        (0, 1, 2, 0)
    );
    let now = titled(&sessions().await, "The door renamed").expect("the new title");
    assert_eq!(now["code"], code);
    let kept = of(&channels().await);
    assert_eq!(
        (&kept["id"], &kept["name"]),
        (
            &Value::from(channel.to_string()),
            &"The door renamed".into()
        )
    );
    assert_eq!(alice.history(channel).await.messages.len(), 1);

    // A session that is left out is cancelled, its words are kept, and it can come back.
    let path = routes::talk(EVENT, code.as_str().unwrap());
    let all = programme(EVENT, 0);
    let (start, rest) = all.split_once("<event id=\"1\"").unwrap();
    let without = format!("{start}{}", rest.split_once("</event>").unwrap().1);
    let tally = import(&t, EVENT, None, without.clone())
        .await
        .unwrap()
        .sessions;
    assert_eq!(
        (tally.new, tally.changed, tally.unchanged, tally.withdrawn),
        (0, 0, 2, 1)
    );
    assert_eq!(
        titled(&sessions().await, "The door renamed").unwrap()["state"],
        "cancelled"
    );
    assert_eq!(
        alice.get(&path).await.status(),
        200,
        "the link people have still says so"
    );
    assert_eq!(alice.history(channel).await.messages.len(), 1);
    let tally = import(&t, EVENT, None, without).await.unwrap().sessions;
    assert_eq!(
        (tally.new, tally.changed, tally.unchanged, tally.withdrawn),
        (0, 0, 2, 0),
        "once is enough"
    );

    let tally = import(&t, EVENT, None, all).await.unwrap().sessions;
    assert_eq!(
        (tally.new, tally.changed, tally.unchanged, tally.withdrawn),
        (0, 1, 2, 0)
    );
    let back = titled(&sessions().await, "The first door").unwrap();
    assert_eq!((&back["code"], &back["state"]), (&code, &"planned".into()));
    assert_eq!(alice.history(channel).await.messages.len(), 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_is_exported_is_valid_and_comes_back_the_same(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let operator = Actor::operator();
    let mut events = vec![EVENT.to_owned()];
    for (n, File(name, zone, ..)) in FILES.iter().enumerate() {
        let Some(file) = data(name) else { continue };
        import(
            &t,
            &format!("real-{n}"),
            *zone,
            std::fs::read(file).unwrap(),
        )
        .await
        .unwrap();
        events.push(format!("real-{n}"));
    }
    let xsd = data("schema/schedule.xml.xsd")
        .filter(|_| Command::new("xmllint").arg("--version").output().is_ok());
    if xsd.is_none() {
        println!("{} skipped: no schema or no xmllint", events.len());
    }
    for event in &events {
        let served = t
            .visitor()
            .page(&routes::schedule_export(event, "xml"))
            .await;
        if let Some(xsd) = &xsd {
            let file = t.data.path().join("export.xml");
            std::fs::write(&file, &served).unwrap();
            let checked = Command::new("xmllint")
                .arg("--noout")
                .arg("--schema")
                .arg(xsd)
                .arg(&file)
                .output()
                .unwrap();
            assert!(
                checked.status.success(),
                "{event}: {}",
                String::from_utf8_lossy(&checked.stderr)
            );
        }
        let json = t
            .service()
            .export_schedule(&operator, event, Format::Json)
            .await
            .unwrap();
        serde_json::from_str::<Value>(&json).expect("JSON");
        let ics = t
            .visitor()
            .page(&routes::schedule_export(event, "ics"))
            .await;
        assert!(
            ics.starts_with("BEGIN:VCALENDAR\r\n") && ics.ends_with("END:VCALENDAR\r\n"),
            "{event}"
        );
        assert!(
            ics.lines().all(|line| line.len() <= 75),
            "{event}: lines fold (RFC 5545 §3.1)"
        );

        // Read back, everything finds its place again. What a file says of
        // itself, such as where its talks have their pages, is then known.
        for text in [served, json] {
            let before = dump(t.database_url()).await;
            let tally = import(&t, event, None, text.clone())
                .await
                .unwrap()
                .sessions;
            assert_eq!((tally.new, tally.withdrawn), (0, 0), "{event}");
            let after = dump(t.database_url()).await;
            for table in ["slot", "session_speaker", "channel"] {
                assert!(after[table] == before[table], "{event}: {table}");
            }
            let tally = import(&t, event, None, text).await.unwrap().sessions;
            assert_eq!(
                (tally.new, tally.changed, tally.withdrawn),
                (0, 0, 0),
                "{event}"
            );
            assert!(dump(t.database_url()).await == after, "{event}");
        }
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_thousand_talks_come_in_at_once(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::empty(kind).await;
    let clock = hallway_server::clock::SystemClock::clock();
    let began = clock.now();
    let report = import(&t, "thousand", None, thousand()).await.unwrap();
    println!(
        "1,000 talks in {} ms, built for tests",
        (clock.now() - began).0
    );
    assert_eq!(
        (
            report.found.sessions,
            report.found.rooms,
            report.found.speakers
        ),
        (1_000, 10, 500)
    );
    assert_eq!(report.sessions.new, 1_000);
    let rows = dump(t.database_url()).await;
    assert_eq!(
        [
            rows["session"].len(),
            rows["channel"].len(),
            rows["slot"].len()
        ],
        [1_000, 1_001, 1_000]
    );
    t.stop().await;
}

/// Two days, ten rooms, fifty talks in each of them a day.
fn thousand() -> String {
    let mut xml = String::from(
        "<schedule><version>1</version><conference><acronym>thousand</acronym><title>Thousand</title><start>2026-02-06</start>\
         <end>2026-02-07</end><days>2</days><time_zone_name>UTC</time_zone_name></conference>",
    );
    for day in 0..2 {
        let date = format!("2026-02-0{}", 6 + day);
        xml.push_str(&format!("<day index=\"{}\" date=\"{date}\">", day + 1));
        for room in 0..10 {
            xml.push_str(&format!("<room name=\"Room {room}\">"));
            for n in 0..50 {
                let id = day * 500 + room * 50 + n;
                let (hour, minute) = (8 + n / 4, n % 4 * 15);
                xml.push_str(&format!(
                    "<event id=\"{id}\" guid=\"00000000-0000-4000-8000-{id:012}\"><date>{date}T{hour:02}:{minute:02}:00+00:00</date>\
                     <start>{hour:02}:{minute:02}</start><duration>00:15</duration><title>Talk {id}</title><track>Track {}</track>\
                     <abstract>{}</abstract><persons><person id=\"{2}\">Speaker {2}</person></persons></event>",
                    id % 20, "What it is about. ".repeat(20), id % 500
                ));
            }
            xml.push_str("</room>");
        }
        xml.push_str("</day>");
    }
    xml.push_str("</schedule>");
    xml
}

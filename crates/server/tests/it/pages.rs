//! Every public page as it leaves the server: whole, light, guarded by its
//! headers, and with nothing alive in it that somebody typed.

use std::collections::BTreeMap;

use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_model::time::Zone;
use hallway_protocol::routes;
use hallway_service::events::ChangeSettings;
use hallway_service::imports::Source;
use hallway_testkit::Kind;
use reqwest::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, LOCATION,
};
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::Value;

use crate::access::codes;
use crate::harness::{EVENT, Person, TestServer, key, programme};
use crate::imports::data;

/// Every page that a visitor can open, of one event and of the installation.
async fn public_pages(visitor: &Person, event: &str) -> Vec<String> {
    let schedule: Value = visitor
        .get(&routes::api_schedule(event))
        .await
        .json()
        .await
        .unwrap();
    let speakers = visitor.page(&routes::speakers(event)).await;
    let mut pages = vec![
        routes::home(),
        routes::sign_in(),
        routes::event(event),
        routes::schedule(event),
        format!("{}?by=track", routes::schedule(event)),
        format!("{}?by=list", routes::schedule(event)),
        format!("{}?q=door", routes::schedule(event)),
        routes::speakers(event),
        routes::register(event),
        routes::watch(event),
        routes::channels(event),
        routes::channel(event, "lobby"),
    ];
    for session in schedule["sessions"].as_array().unwrap() {
        pages.push(routes::talk(event, session["code"].as_str().unwrap()));
        pages.extend(
            session["room"]
                .as_str()
                .map(|room| routes::stage(event, room)),
        );
    }
    pages.extend(
        codes(&speakers, &routes::speakers(event))
            .iter()
            .map(|code| routes::speaker(event, code)),
    );
    pages.sort();
    pages.dedup();
    pages
}

/// Tags of a page with their attributes, in order. Enough of HTML for pages
/// that our templates wrote: attribute values in double quotes.
fn tags(html: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found = vec![];
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name: String = after
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        let mut attributes = BTreeMap::new();
        rest = &after[name.len()..];
        loop {
            rest = rest.trim_start();
            if rest.is_empty() || rest.starts_with('>') || rest.starts_with("/>") {
                break;
            }
            let end = rest
                .find(|c: char| c == '=' || c == '>' || c.is_whitespace())
                .unwrap_or(rest.len());
            let (attribute, after) = rest.split_at(end);
            rest = after;
            let mut value = String::new();
            if let Some(after) = after.strip_prefix('=') {
                let quoted = after.strip_prefix('"');
                let (inside, after) = match quoted {
                    Some(quoted) => quoted.split_once('"').expect("a closing quote"),
                    None => after.split_at(
                        after
                            .find(|c: char| c == '>' || c.is_whitespace())
                            .unwrap_or(after.len()),
                    ),
                };
                value = inside.to_owned();
                rest = after;
            }
            attributes.insert(attribute.to_ascii_lowercase(), value);
        }
        found.push((name.to_ascii_lowercase(), attributes));
    }
    found
}

/// Nothing that runs, restyles, or asks elsewhere.
fn assert_inert(path: &str, html: &str) {
    for (tag, attributes) in tags(html) {
        let told = || format!("{path}: <{tag} {attributes:?}>");
        assert!(
            !matches!(
                &tag[..],
                "style" | "iframe" | "object" | "embed" | "base" | "applet"
            ),
            "{}",
            told()
        );
        if tag == "script" {
            let kind = attributes.get("type").map(String::as_str);
            let data = kind == Some("application/ld+json");
            let ours = attributes
                .get("src")
                .is_some_and(|src| src.starts_with("/assets/"));
            assert!(data || ours, "{}", told());
        }
        for (name, value) in &attributes {
            assert!(
                !name.starts_with("on") && name != "style" && name != "srcdoc",
                "{}",
                told()
            );
            let lower = value.trim().to_ascii_lowercase();
            assert!(
                !lower.starts_with("javascript:") && !lower.starts_with("vbscript:"),
                "{}",
                told()
            );
            // What a page fetches by itself; links that people follow may lead anywhere.
            let fetches = matches!(
                &name[..],
                "src" | "srcset" | "poster" | "data" | "action" | "formaction"
            ) || (name == "href" && matches!(&tag[..], "link" | "use" | "image"));
            let names_only = matches!(
                attributes.get("rel").map(String::as_str),
                Some("canonical" | "alternate")
            );
            // The tab's icon is written into the page, and is a picture.
            let icon = attributes.get("rel").is_some_and(|rel| rel == "icon")
                && value.starts_with("data:image/svg+xml,");
            if fetches && !names_only && !icon {
                assert!(
                    value.is_empty() || value.starts_with('/') && !value.starts_with("//"),
                    "{}",
                    told()
                );
            }
        }
    }
}

fn assert_guarded(path: &str, answer: &Response) {
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
            .to_owned()
    };
    let policy = header("content-security-policy");
    let words: BTreeMap<&str, Vec<&str>> = policy
        .split(';')
        .filter_map(|part| {
            let mut words = part.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect();
    assert_eq!(words["default-src"], ["'none'"], "{path}");
    assert_eq!(words["script-src"], ["'self'"], "{path}");
    assert_eq!(words["style-src"], ["'self'"], "{path}");
    assert_eq!(words["media-src"], ["'self'", "blob:"], "{path}");
    assert_eq!(words["frame-ancestors"], ["'none'"], "{path}");
    assert_eq!(words["base-uri"], ["'none'"], "{path}");
    assert_eq!(words["form-action"], ["'self'"], "{path}");
    assert_eq!(words["require-trusted-types-for"], ["'script'"], "{path}");
    for wrong in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"] {
        assert!(!policy.contains(wrong), "{path}: {policy}");
    }
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("x-frame-options"), "DENY", "{path}");
    // Addresses hold tokens, and are told to nobody else.
    assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(
        header("cross-origin-opener-policy"),
        "same-origin",
        "{path}"
    );
    assert!(header("permissions-policy").contains("camera=()"), "{path}");
    assert!(!header("x-request-id").is_empty(), "{path}");
    assert_eq!(
        header("set-cookie"),
        "",
        "{path}: no cookie before somebody chose something"
    );
}

#[rstest]
#[tokio::test]
async fn every_public_page_is_whole_guarded_and_asks_nobody_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let pages = public_pages(&visitor, EVENT).await;
    assert!(pages.len() >= 12 + 3 + 2 + 3, "{pages:?}");
    for path in &pages {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_guarded(path, &answer);
        let html = answer.text().await.unwrap();
        assert_inert(path, &html);
        let tags = tags(&html);
        let count = |name: &str| tags.iter().filter(|(tag, _)| tag == name).count();
        assert_eq!(
            (count("h1"), count("main"), count("title")),
            (1, 1, 1),
            "{path}"
        );
        let html = tags.iter().find(|(tag, _)| tag == "html").unwrap();
        assert_eq!(html.1["lang"], "en", "{path}");
        assert!(
            tags.iter()
                .all(|(tag, attributes)| tag != "img" || attributes.contains_key("alt")),
            "{path}"
        );
    }
    // Pages of people and of what went wrong are no weaker.
    let alice = t.person("Alice", Role::Organiser).await;
    for path in [
        "/account/",
        "/account/delete",
        &routes::organise(EVENT),
        &routes::organise_import(EVENT),
    ] {
        let answer = alice.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_guarded(path, &answer);
        assert_inert(path, &answer.text().await.unwrap());
    }
    for (path, status) in [
        ("/nowhere/", 404),
        ("/account/", 401),
        (&routes::organise(EVENT), 401),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_guarded(path, &answer);
        assert_inert(path, &answer.text().await.unwrap());
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn wrong_addresses_lead_back_or_say_so(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    for (path, target) in [
        ("/testival", "/testival/"),
        ("/testival/schedule", "/testival/schedule/"),
        (
            "/testival/schedule?by=track",
            "/testival/schedule/?by=track",
        ),
        ("/testival/speaker", "/testival/speaker/"),
        ("/account", "/account/"),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status(), 308, "{path}");
        assert_eq!(answer.headers()[LOCATION], target);
    }
    for path in [
        "/nowhere/",
        "/testival/nowhere",
        "/testival/talk/NONE00/",
        "/testival/speaker/NONE00/",
        "/testival/stage/nowhere",
        "/testival/chat/nowhere",
        "/testival/schedule/export/schedule.exe",
        "/public/nowhere",
        "/public/../hallway.db",
        "/public/%2e%2e/hallway.db",
        "/public/..%2fhallway.db",
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e/manifest.json",
        "//evil.example/",
        "/%00/",
        "/\u{202e}/",
    ] {
        let request = format!("{}{path}", t.url);
        let answer = visitor.http.get(request).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let html = answer.text().await.unwrap();
        assert!(
            html.contains("<h1") && html.contains("href=\"/\""),
            "{path} has no way back: {html}"
        );
    }
    let api = visitor.get("/api/v1/events/nowhere").await;
    assert_eq!(api.headers()["content-type"], "application/problem+json");
    let problem: Value = api.json().await.unwrap();
    assert_eq!(
        (&problem["type"], &problem["status"]),
        (&"/problems/not-found".into(), &404.into())
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn pages_speak_german_to_whoever_asks_in_german(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let asked = async |accepted: &str, path: &str| {
        let request = visitor
            .request(Method::GET, path)
            .header(ACCEPT_LANGUAGE, accepted);
        let answer = request.send().await.unwrap();
        assert!(
            answer
                .headers()
                .get_all("vary")
                .iter()
                .any(|v| v.to_str().unwrap().contains("accept-language"))
        );
        answer.text().await.unwrap()
    };
    let path = routes::schedule(EVENT);
    let english = asked("en-GB,en;q=0.9", &path).await;
    let german = asked("de-CH, en;q=0.5", &path).await;
    assert!(english.contains("<html lang=\"en\"") && german.contains("<html lang=\"de\""));
    assert_ne!(english, german);
    let other = asked("fr, de;q=0.2, en;q=0.3", &path).await;
    assert!(
        other.contains("<html lang=\"en\""),
        "by preference, not by order"
    );
    let none = asked("xx", &path).await;
    assert!(none.contains("<html lang=\"en\""));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_page_is_sent_once_until_something_on_it_changes(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let get = async |path: &str, etag: &str| {
        visitor
            .request(Method::GET, path)
            .header(IF_NONE_MATCH, etag)
            .send()
            .await
            .unwrap()
    };
    let etag = |answer: &Response| answer.headers()[ETAG].to_str().unwrap().to_owned();
    let schedule = routes::schedule(EVENT);
    let first = etag(&visitor.get(&schedule).await);
    let again = get(&schedule, &first).await;
    assert_eq!(
        (again.status().as_u16(), etag(&again)),
        (304, first.clone())
    );
    assert_eq!(again.text().await.unwrap(), "");
    assert_eq!(get(&schedule, "\"other\"").await.status(), 200);

    // A title in the programme, and the event's own.
    let renamed = programme(EVENT, 0).replace("The first door", "The door renamed");
    t.service()
        .import_schedule(
            &Actor::operator(),
            EVENT,
            None,
            Source::Bytes(renamed.into()),
        )
        .await
        .unwrap();
    let changed = renewed(&visitor, &schedule, &first, "The door renamed").await;
    let settings = Settings::default();
    let change = ChangeSettings {
        event: EVENT.into(),
        title: "Another Name".into(),
        settings,
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
    renewed(&visitor, &schedule, &changed, "Another Name").await;

    // A message, on the page of its session.
    let alice = t.person("Alice", Role::Attendee).await;
    let listed: Value = alice
        .get(&routes::api_schedule(EVENT))
        .await
        .json()
        .await
        .unwrap();
    let code = listed["sessions"][0]["code"].as_str().unwrap();
    let talk = routes::talk(EVENT, code);
    let before = etag(&visitor.get(&talk).await);
    let channel = format!("talk-{}", code.to_lowercase());
    let fields = [
        ("key", key().to_string()),
        ("body", "said just now".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        alice
            .form(&routes::channel_messages(EVENT, &channel), &fields)
            .await
            .status(),
        303
    );
    renewed(&visitor, &talk, &before, "said just now").await;
    t.stop().await;
}

/// The page once it was made anew; a change reaches the cache by the bus, a
/// moment after the commit.
async fn renewed(visitor: &Person, path: &str, before: &str, words: &str) -> String {
    let asking = async {
        loop {
            let answer = visitor
                .request(Method::GET, path)
                .header(IF_NONE_MATCH, before)
                .send()
                .await
                .unwrap();
            let etag = answer.headers()[ETAG].to_str().unwrap().to_owned();
            if answer.text().await.unwrap().contains(words) {
                return etag;
            }
            tokio::task::yield_now().await;
        }
    };
    let limit = std::time::Duration::from_secs(5);
    tokio::time::timeout(limit, asking)
        .await
        .unwrap_or_else(|_| panic!("{path} never says {words}"))
}

/// What an attacker types, in a form that shows where it was taken for markup.
const PAYLOADS: [&str; 8] = [
    "<script>alert('hostile')</script>",
    "<img src=x onerror=alert('hostile')>",
    "\"><svg onload=alert('hostile')>",
    "' onmouseover='alert(1)' x='hostile",
    "</title></script><iframe src=javascript:alert('hostile')></iframe>",
    "[hostile](javascript:alert(1)) ![hostile](https://evil.example/x.png)",
    "<a href=\"javascript:alert('hostile')\" style=\"position:fixed\">hostile</a>",
    "{{hostile}} ${hostile} <!-- hostile",
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A programme with a payload in every field that a file has.
fn hostile_programme() -> String {
    let mut events = String::new();
    for (n, payload) in PAYLOADS.iter().enumerate() {
        let p = escaped(payload);
        events.push_str(&format!(
            "<room name=\"{p} {n}\"><event id=\"{n}\" guid=\"00000000-0000-4000-8000-0000000009{n:02}\">\
             <date>2026-02-06T{:02}:00:00+00:00</date><start>{:02}:00</start><duration>00:30</duration><room>{p} {n}</room>\
             <slug>{p}</slug><url>javascript:alert('hostile')</url><logo>javascript:alert('hostile')</logo>\
             <title>{p}</title><subtitle>{p}</subtitle><type>{p}</type><track>{p}</track><language>{p}</language>\
             <abstract>{p}</abstract><description>{p}</description><feedback_url>javascript:alert('hostile')</feedback_url>\
             <recording><license>{p}</license><optout>false</optout></recording>\
             <persons><person id=\"9{n}\" name=\"{p}\">{p}</person></persons>\
             <links><link href=\"javascript:alert('hostile')\">{p}</link><link href=\"https://example.org/{p}\">{p}</link></links>\
             <attachments><attachment href=\"data:text/html,{p}\" type=\"text/html\">{p}</attachment></attachments></event></room>",
            8 + n, 8 + n
        ));
    }
    let p = escaped(PAYLOADS[0]);
    format!(
        "<schedule><version>{p}</version><conference><acronym>{p}</acronym><title>{p}</title><start>2026-02-06</start>\
         <end>2026-02-06</end><days>1</days><time_zone_name>UTC</time_zone_name><url>javascript:alert('hostile')</url>\
         <venue>{p}</venue><city>{p}</city><logo>javascript:alert('hostile')</logo></conference>\
         <day index=\"1\" date=\"2026-02-06\" start=\"2026-02-06T08:00:00+00:00\" end=\"2026-02-06T20:00:00+00:00\">{events}</day></schedule>"
    )
}

#[rstest]
#[tokio::test]
async fn whatever_somebody_types_is_inert_everywhere(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::empty(kind).await;
    let operator = Actor::operator();
    let report = t
        .service()
        .import_schedule(
            &operator,
            EVENT,
            None,
            Source::Bytes(hostile_programme().into()),
        )
        .await
        .expect("hostile words are words");
    assert_eq!(report.sessions.new, PAYLOADS.len());

    // Names, pronouns and messages, too.
    let alice = t.person("Alice", Role::Organiser).await;
    let lobby = t.lobby().await;
    for payload in PAYLOADS {
        let name: String = payload.chars().take(80).collect();
        let pronouns: String = payload.chars().take(40).collect();
        let fields = [
            ("key", key().to_string()),
            ("name", name),
            ("pronouns", pronouns),
            ("lang", "en".into()),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            alice.form("/account/profile", &fields).await.status(),
            303,
            "{payload}"
        );
        alice.say(lobby, payload).await;
    }
    let visitor = t.visitor();
    let mut pages = public_pages(&visitor, EVENT).await;
    // And what a reader types into an address.
    for payload in PAYLOADS {
        let typed = routes::encode(payload);
        for path in [
            format!(
                "{}?q={typed}&track={typed}&room={typed}&day={typed}&by={typed}",
                routes::schedule(EVENT)
            ),
            format!("{}?q={typed}", routes::watch(EVENT)),
            format!("{}?next={typed}&email={typed}", routes::sign_in()),
            format!("/?done={typed}"),
            format!("/{EVENT}/?done={typed}"),
            format!("/{EVENT}/stage/{typed}"),
            format!("/{typed}/"),
        ] {
            pages.push(path);
        }
    }
    pages.extend([
        routes::organise(EVENT),
        routes::organise_settings(EVENT),
        routes::account(),
    ]);
    let mut seen = 0;
    for path in &pages {
        for person in [&visitor, &alice] {
            let answer = person.get(path).await;
            let status = answer.status().as_u16();
            assert!(status < 500, "{path}: {status}");
            let kind = answer.headers().get("content-type");
            if kind.is_none_or(|kind| !kind.to_str().unwrap().starts_with("text/html")) {
                continue;
            }
            assert!(
                answer.headers().contains_key("content-security-policy"),
                "{path}"
            );
            let html = answer.text().await.unwrap();
            seen += html.matches("hostile").count();
            assert_inert(path, &html);
        }
    }
    assert!(
        seen > 500,
        "{seen}: the words were not shown, so nothing was proved"
    );

    // A form that comes back with what was typed.
    for payload in PAYLOADS {
        let fields = [
            ("key", key().to_string()),
            ("name", payload.into()),
            ("email", payload.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = visitor.form(&routes::register(EVENT), &fields).await;
        assert_eq!(answer.status(), 422);
        assert_inert("the form of registration", &answer.text().await.unwrap());
    }
    // Files for other programs are no pages.
    for format in ["xml", "json", "ics"] {
        let answer = visitor.get(&routes::schedule_export(EVENT, format)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(
            !answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .contains("html"),
            "{format}"
        );
    }
    t.stop().await;
}

/// PostgreSQL takes no NUL in a text: it is refused or left out before it gets
/// there, and never an error of ours.
#[rstest]
#[tokio::test]
async fn a_nul_is_never_an_error_of_ours(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Admin).await;
    for path in [
        "/%00/",
        "/a%00b/schedule/",
        "/testival/talk/%00/",
        "/testival/stage/%00",
        "/testival/chat/lobby%00",
        "/hls/testival/%00/index.m3u8",
        "/hls/%00/talk/%00/index.m3u8",
        "/api/v1/events/%00",
    ] {
        assert_eq!(alice.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(alice.get("/testival/schedule/?q=%00").await.status(), 200);
    let lobby = t.lobby().await;
    for (path, fields) in [
        ("/account/profile", vec![("name", "a\0b"), ("lang", "en")]),
        (
            "/account/profile",
            vec![("name", "a"), ("pronouns", "a\0b"), ("lang", "en")],
        ),
        ("/account/sign-in", vec![("email", "a\0b@example.org")]),
        (
            "/organise/new",
            vec![
                ("title", "a"),
                ("slug", "a\0b"),
                ("first_day", "2027-01-01"),
                ("last_day", "2027-01-01"),
                ("zone", "UTC"),
            ],
        ),
    ] {
        let key = key().to_string();
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("key", key.as_str())]).collect();
        assert_eq!(
            alice.form(path, &fields).await.status(),
            422,
            "{path} {fields:?}"
        );
    }
    // A message is taken without it.
    let said = alice.say(lobby, "a\0b").await;
    assert!(!serde_json::to_string(&said).unwrap().contains("\\u0000"));
    // In a title it parts words, as white space does.
    let fields = [("key", key().to_string()), ("title", "a\0b".to_owned())];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = alice.form(&routes::organise_settings(EVENT), &fields).await;
    assert_eq!(answer.status(), 303);
    assert!(alice.page(&routes::event(EVENT)).await.contains("<h1>a b"));
    let xml = programme(EVENT, 0).replace("behind door", "behind &#0; door");
    let json = r#"{"schedule":{"version":"1\u0000","conference":{"acronym":"x\u0000","title":"T\u0000","start":"2026-02-06","end":"2026-02-06",
        "time_zone_name":"UTC","days":[{"index":1,"date":"2026-02-06","rooms":{"R\u0000":[{"id":1,"guid":"00000000-0000-4000-8000-000000000099",
        "date":"2026-02-06T10:00:00+00:00","start":"10:00","duration":"00:30","room":"R\u0000","title":"A\u0000B","abstract":"a\u0000b",
        "description":"\u0000","slug":"s\u0000","language":"e\u0000","track":"t\u0000","type":"y\u0000","url":"https://x.example/\u0000",
        "persons":[{"id":1,"public_name":"P\u0000"}],"links":[{"url":"https://x.example/\u0000","title":"\u0000"}],"attachments":[]}]}}]}}}"#;
    for (name, text) in [("XML", xml), ("JSON", json.to_owned())] {
        let source = Source::Bytes(text.into());
        let taken = t
            .service()
            .import_schedule(&Actor::operator(), "nul", None, source)
            .await;
        let fine = matches!(&taken, Ok(_) | Err(hallway_service::Error::Invalid(_)));
        assert!(fine, "{name}: {taken:?}");
    }
    t.stop().await;
}

/// Bytes of an answer on the wire, with what it was packed by.
async fn weight(visitor: &Person, path: &str) -> usize {
    let request = visitor
        .request(Method::GET, path)
        .header(ACCEPT_ENCODING, "br");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(
        answer.headers()[CONTENT_ENCODING],
        "br",
        "{path} is not packed"
    );
    answer.bytes().await.unwrap().len()
}

/// The page, its styles, its entry, and the islands that start by themselves:
/// what comes before anybody does anything. What waits to be turned to is left
/// out, and so is what is fetched when a video plays.
async fn first_view(visitor: &Person, path: &str) -> (usize, Vec<(String, usize)>) {
    let html = visitor.page(path).await;
    let mut parts = vec![("html".to_owned(), weight(visitor, path).await)];
    for (tag, attributes) in tags(&html) {
        let file = match &tag[..] {
            "link"
                if matches!(
                    attributes["rel"].as_str(),
                    "stylesheet" | "modulepreload" | "preload"
                ) =>
            {
                attributes.get("href")
            }
            "script" => attributes.get("src"),
            _ => None,
        };
        if let Some(file) = file.filter(|file| !file.ends_with(".woff2")) {
            parts.push((file.clone(), weight(visitor, file).await));
        }
    }
    for file in files_of_islands(&html) {
        if !parts.iter().any(|(known, _)| *known == file) {
            parts.push((file.clone(), weight(visitor, &file).await));
        }
    }
    (parts.iter().map(|(_, bytes)| bytes).sum(), parts)
}

/// By Vite's manifest: what the entry and the page's islands import, with their
/// styles and their English texts.
fn files_of_islands(html: &str) -> Vec<String> {
    let manifest = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../frontend/dist/.vite/manifest.json"
    );
    let manifest = std::fs::read(manifest).expect("the front end was built");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let at_once = match html.split_once("data-when=\"touched\"") {
        Some((before, after)) => format!(
            "{before}{}",
            after.split_once("</aside>").expect("it ends").1
        ),
        None => html.to_owned(),
    };
    let mut waiting = vec!["src/entry.ts".to_owned()];
    for rest in at_once.split("data-island=\"").skip(1) {
        let name = rest.split('"').next().unwrap();
        let index = ["ts", "svelte.ts"].map(|ending| format!("src/islands/{name}/index.{ending}"));
        waiting.push(
            index
                .into_iter()
                .find(|key| manifest.get(key).is_some())
                .unwrap_or_else(|| panic!("{name}")),
        );
    }
    let mut chunks: Vec<String> = vec![];
    while let Some(chunk) = waiting.pop() {
        if chunks.contains(&chunk) {
            continue;
        }
        let texts = |list: &str| -> Vec<String> {
            let list = manifest[&chunk][list]
                .as_array()
                .cloned()
                .unwrap_or_default();
            list.iter()
                .map(|text| text.as_str().unwrap().to_owned())
                .collect()
        };
        waiting.extend(texts("imports"));
        waiting.extend(
            texts("dynamicImports")
                .into_iter()
                .filter(|key| key.contains("locales/en/")),
        );
        chunks.push(chunk);
    }
    let mut files: Vec<String> = vec![];
    for chunk in &chunks {
        let styles = manifest[chunk]["css"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let all = [manifest[chunk]["file"].clone()].into_iter().chain(styles);
        files.extend(all.map(|file| format!("/{}", file.as_str().unwrap())));
    }
    files.sort();
    files.dedup();
    files
}

#[rstest]
#[tokio::test]
async fn the_first_view_of_a_large_programme_is_light(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(file) = data("fosdem-2021-online.pentabarf.xml") else {
        return println!("1 skipped: no test data");
    };
    let t = TestServer::empty(kind).await;
    let zone = Zone::named("Europe/Brussels").ok();
    let bytes = Source::Bytes(std::fs::read(file).unwrap().into());
    let report = t
        .service()
        .import_schedule(&Actor::operator(), EVENT, zone, bytes)
        .await
        .unwrap();
    assert_eq!(report.found.sessions, 773);
    let visitor = t.visitor();

    let (bytes, parts) = first_view(&visitor, &routes::schedule(EVENT)).await;
    println!("schedule of 773 talks: {bytes} B, {parts:?}");
    assert!(parts.len() >= 3, "the front end was not built: {parts:?}");
    assert!(bytes <= 60 * 1024, "{bytes} B: {parts:?}");

    let schedule: Value = visitor
        .get(&routes::api_schedule(EVENT))
        .await
        .json()
        .await
        .unwrap();
    let mut heaviest = (0, String::new());
    for session in schedule["sessions"].as_array().unwrap().iter().step_by(8) {
        let path = routes::talk(EVENT, session["code"].as_str().unwrap());
        let bytes = weight(&visitor, &path).await;
        heaviest = heaviest.max((bytes, path));
    }
    let (bytes, parts) = first_view(&visitor, &heaviest.1).await;
    println!("the heaviest talk of 97: {bytes} B, {parts:?}");
    assert!(bytes <= 25 * 1024, "{bytes} B: {parts:?}");
    t.stop().await;
}

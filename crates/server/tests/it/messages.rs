//! Messages: posted once, numbered without gaps, harmless on every page.

use std::collections::{BTreeMap, HashSet};

use futures_util::future::join_all;
use hallway_model::access::Role;
use hallway_protocol::messages::{Message, MessagePage};
use hallway_service::accounts::{DeleteAccount, Words};
use hallway_testkit::Kind;
use reqwest::header::{CONTENT_SECURITY_POLICY, LOCATION};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{EVENT, TestServer, key};

/// Compares what a test reached with the fixture that an island's reducer must
/// lead to the same end. `UPDATE_FIXTURES=1` writes it anew.
pub fn check_fixture(name: &str, reached: &Value) {
    let path = format!(
        "{}/../../frontend/src/islands/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut settled = reached.clone();
    settle_ids(&mut settled, &mut BTreeMap::new());
    settle_times(&mut settled);
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let text = serde_json::to_string_pretty(&settled).unwrap();
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(
        kept, settled,
        "{name} is stale: UPDATE_FIXTURES=1 writes it anew"
    );
}

/// Ids become the same in every run: numbered as they appear.
fn settle_ids(value: &mut Value, known: &mut BTreeMap<Uuid, usize>) {
    match value {
        Value::String(text) => {
            if let Ok(id) = Uuid::parse_str(text) {
                let next = known.len() + 1;
                let number = *known.entry(id).or_insert(next);
                *text = format!("00000000-0000-7000-8000-{number:012}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle_ids(item, known)),
        Value::Object(fields) => {
            // By name: whether a map keeps its order is up to a feature.
            let mut fields: Vec<(&String, &mut Value)> = fields.iter_mut().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            fields
                .into_iter()
                .for_each(|(_, field)| settle_ids(field, known));
        }
        _ => {}
    }
}

/// A message's time becomes a second for each message before it. Its order is
/// that of its number, which is looked at first.
fn settle_times(value: &mut Value) {
    let mut times = BTreeMap::new();
    each_message(value, &mut |seq, sent_at| {
        times.insert(seq, sent_at.as_i64().unwrap());
    });
    assert!(
        times.values().is_sorted(),
        "later messages are not older: {times:?}"
    );
    each_message(value, &mut |seq, sent_at| *sent_at = json!(seq * 1_000));
}

fn each_message(value: &mut Value, found: &mut impl FnMut(i64, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_message(item, found)),
        Value::Object(fields) => {
            let seq = fields.get("seq").and_then(Value::as_i64);
            if let (Some(seq), Some(sent_at)) = (seq, fields.get_mut("sent_at")) {
                found(seq, sent_at);
            }
            fields
                .values_mut()
                .for_each(|field| each_message(field, found));
        }
        _ => {}
    }
}

fn seqs(page: &MessagePage) -> Vec<i64> {
    page.messages.iter().map(|message| message.seq).collect()
}

#[rstest]
#[tokio::test]
async fn fifty_at_once_are_numbered_from_one_without_a_gap(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let lobby = t.lobby().await;
    let mut people = vec![];
    for n in 0..10 {
        people.push(t.person(&format!("Person{n}"), Role::Attendee).await);
    }
    let reader = t.visitor();
    let posts = people
        .iter()
        .flat_map(|person| (0..5).map(move |n| (person, n)));
    let posted: Vec<Message> = join_all(posts.map(async |(person, n)| {
        let message = person.say(lobby, &format!("number {n}")).await;
        // Acknowledged means durable and there for everyone.
        let page = reader.history(lobby).await;
        assert!(page.messages.contains(&message), "{message:?}");
        assert!(page.seq >= message.seq);
        message
    }))
    .await;

    let mut numbers: Vec<i64> = posted.iter().map(|message| message.seq).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let history = reader.history(lobby).await;
    assert_eq!((seqs(&history), history.seq), ((1..=50).collect(), 50));
    for message in posted {
        assert_eq!(history.messages[message.seq as usize - 1], message);
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_key_posts_once_however_often_it_comes(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let once = key();
    let sent = join_all((0..8).map(|_| alice.say_with_key(lobby, "once", once))).await;
    let mut ids = HashSet::new();
    for answer in sent {
        assert_eq!(answer.status(), 201);
        ids.insert(answer.json::<Message>().await.unwrap().id);
    }
    let again = alice.say_with_key(lobby, "other words", once).await;
    let again: Message = again.json().await.unwrap();
    ids.insert(again.id);
    assert_eq!((ids.len(), again.source.as_str()), (1, "once"));
    let history = alice.history(lobby).await;
    assert_eq!(
        (seqs(&history), history.seq),
        (vec![1], 1),
        "one message, one event"
    );

    // A key belongs to whoever made it.
    let other: Message = bob
        .say_with_key(lobby, "mine", once)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!((other.seq, other.source.as_str()), (2, "mine"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_does_not_fit_is_refused_and_leaves_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    let lobby = t.lobby().await;
    let path = format!("/api/v1/channels/{lobby}/messages");
    let problem = async |answer: reqwest::Response| {
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        (
            problem["status"].as_i64().unwrap(),
            problem["type"].as_str().unwrap().to_owned(),
        )
    };
    let refused = |status, word: &str| (status, format!("/problems/{word}"));

    for body in [
        "",
        " \n\t ",
        "\u{0}\u{7}",
        &"x".repeat(4_001),
        &"é".repeat(4_001),
    ] {
        let answer = alice.say_with_key(lobby, body, key()).await;
        assert_eq!(
            problem(answer).await,
            refused(422, "invalid"),
            "{} bytes",
            body.len()
        );
    }
    let answer = alice
        .say_with_key(lobby, &"x".repeat(70 * 1024), key())
        .await;
    assert_eq!(problem(answer).await, refused(413, "too-large"));
    for json in [
        r#"{"body":"no key"}"#,
        r#"{"body":"x","key":"not a key"}"#,
        r#"{"body":7,"key":"00000000-0000-7000-8000-000000000001"}"#,
        r#"{"body":"x","key":"00000000-0000-7000-8000-000000000001","author":"somebody else"}"#,
        "{",
        "",
    ] {
        let request = alice
            .request(reqwest::Method::POST, &path)
            .header("content-type", "application/json");
        assert_eq!(
            problem(request.body(json).send().await.unwrap()).await,
            refused(422, "invalid"),
            "{json}"
        );
    }
    let plain = alice
        .request(reqwest::Method::POST, &path)
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(problem(plain).await, refused(422, "invalid"));

    let visitor = t.visitor().say_with_key(lobby, "hello", key()).await;
    assert_eq!(problem(visitor).await, refused(401, "sign-in-needed"));
    let stranger = stranger.say_with_key(lobby, "hello", key()).await;
    assert_eq!(problem(stranger).await, refused(403, "forbidden"));
    let nowhere = alice.say_with_key(key(), "hello", key()).await;
    assert_eq!(problem(nowhere).await, refused(404, "not-found"));

    let history = alice.history(lobby).await;
    assert_eq!((history.messages, history.seq), (vec![], 0));
    // The longest there may be fits.
    assert_eq!(alice.say(lobby, &"é".repeat(4_000)).await.seq, 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_is_typed_becomes_a_tree(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let source = "A **bold** [link](https://example.org/a?b=c)\n\n> quoted\n\n- one\n- `two`\n\n```rust\nlet x = 1;\n```";
    let message = alice.say(t.lobby().await, source).await;
    assert_eq!(message.source, source);
    let text = |text: &str| json!({ "type": "text", "text": text });
    let paragraph = |children: Value| json!({ "type": "paragraph", "children": children });
    let expected = json!([
        paragraph(json!([
            text("A "),
            { "type": "strong", "children": [text("bold")] },
            text(" "),
            { "type": "link", "href": "https://example.org/a?b=c", "children": [text("link")] },
        ])),
        { "type": "quote", "children": [paragraph(json!([text("quoted")]))] },
        { "type": "list", "ordered": false, "items": [
            { "children": [paragraph(json!([text("one")]))] },
            { "children": [paragraph(json!([{ "type": "code", "text": "two" }]))] },
        ] },
        { "type": "code", "language": "rust", "text": "let x = 1;" },
    ]);
    assert_eq!(json!(message.body), expected);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn markup_in_a_message_does_nothing_on_any_page(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let mallory = t.person("Mallory", Role::Attendee).await;
    let named = mallory
        .form(
            "/account/profile",
            &[
                ("key", &key().to_string()),
                ("name", "<svg onload=alert(1)>"),
                ("pronouns", "\"><b>x"),
                ("zone", ""),
                ("lang", "en"),
            ],
        )
        .await;
    assert_eq!(named.status(), 303);
    let lobby = t.lobby().await;
    for body in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1)) [here](data:text/html,<script>alert(1)</script>) <javascript:alert(1)>",
        "![seen](https://tracker.example/pixel.png)",
        "\"></div><script src=//evil.example></script>",
        "```\"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```",
    ] {
        mallory.say(lobby, body).await;
    }
    for reader in [t.visitor(), mallory] {
        let answer = reader.get(&format!("/{EVENT}/chat/lobby")).await;
        let policy = answer.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.contains("script-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
        let page = answer.text().await.unwrap();
        let page = page.to_lowercase();
        for bad in [
            "<script>alert",
            "<script src=//",
            "<img src=x",
            "<svg onload",
            "<b>x",
            "href=\"javascript",
            "href=\"data:text",
            "src=\"https://tracker",
        ] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
        assert!(
            page.contains("&lt;script&gt;alert(1)") || page.contains("&#60;script&#62;alert(1)"),
            "it is shown as typed"
        );
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn history_is_read_in_pages_both_ways(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    for n in 1..=25 {
        assert_eq!(alice.say(lobby, &format!("words {n}")).await.seq, n);
    }
    let reader = t.visitor();
    let read = async |query: &str| -> (Vec<i64>, bool) {
        let answer = reader
            .get(&format!("/api/v1/channels/{lobby}/messages?{query}"))
            .await;
        assert_eq!(answer.status(), 200, "{query}");
        let page: MessagePage = answer.json().await.unwrap();
        assert_eq!(page.seq, 25);
        (seqs(&page), page.more_before)
    };
    assert_eq!(read("limit=10").await, ((16..=25).collect(), true));
    assert_eq!(read("limit=10&before=16").await, ((6..=15).collect(), true));
    assert_eq!(read("limit=10&before=6").await, ((1..=5).collect(), false));
    assert_eq!(read("limit=10&before=1").await, (vec![], false));
    assert_eq!(read("limit=10&after=0").await, ((1..=10).collect(), false));
    assert_eq!(read("limit=10&after=20").await, ((21..=25).collect(), true));
    assert_eq!(read("after=25").await, (vec![], false));
    assert_eq!(read("").await, ((1..=25).collect(), false));
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "before=1&after=1",
        "other=1",
    ] {
        let answer = reader
            .get(&format!("/api/v1/channels/{lobby}/messages?{query}"))
            .await;
        assert_eq!(answer.status(), 422, "{query}");
    }

    // The page without a script: the newest fifty, and a way to those before.
    for n in 26..=60 {
        assert_eq!(alice.say(lobby, &format!("words {n}")).await.seq, n);
    }
    let page = reader.page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(
        page.contains("words 60<") && page.contains("words 11<") && !page.contains("words 10<")
    );
    assert!(page.contains("/chat/lobby?before=11\""));
    let older = reader.page(&format!("/{EVENT}/chat/lobby?before=11")).await;
    assert!(
        older.contains("words 10<") && older.contains("words 1<") && !older.contains("words 11<")
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn words_stay_when_their_author_is_gone_and_go_when_asked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    alice.say(lobby, "words of one who leaves").await;
    bob.say(lobby, "words of one who takes them along").await;
    let token = alice.token.as_deref().unwrap();
    let signed_in = t.service().signed_in(token).await.unwrap().unwrap();
    let anonymous = DeleteAccount {
        words: Words::Anonymous,
    };
    t.service()
        .write(&signed_in.actor, None, anonymous)
        .await
        .unwrap();
    let once = key().to_string();
    let left = bob
        .form("/account/delete", &[("key", &once), ("sure", "yes")])
        .await;
    assert_eq!(left.status(), 303);

    let history = t.visitor().history(lobby).await;
    let told: Vec<_> = history
        .messages
        .iter()
        .map(|m| (m.author.as_ref(), m.source.as_str()))
        .collect();
    assert_eq!(told[0], (None, "words of one who leaves"));
    assert_eq!(told[1].0, None);
    assert!(!told[1].1.contains("takes them along"), "{told:?}");
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("words of one who leaves") && !page.contains("takes them along"));
    assert!(!page.contains("Alice") && !page.contains("Bob"), "{page}");
    // Nor does the record tell it to those who catch up.
    let mut live = t.visitor().live().await;
    live.send(json!({ "type": "subscribe", "topic": format!("channel:{lobby}"), "after": 0 }))
        .await;
    live.send(json!({ "type": "ping" })).await;
    loop {
        let frame = live.next().await;
        assert!(
            !frame.to_string().contains("takes them along") && !frame.to_string().contains("Alice"),
            "{frame}"
        );
        if frame["type"] == "pong" {
            break;
        }
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_form_posts_without_a_script(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let path = format!("/{EVENT}/chat/lobby/messages");
    let page = alice.page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains(&format!("action=\"{path}\"")), "{page}");
    let (_, rest) = page.split_once("class=\"compose\"").expect("a form");
    let (_, rest) = rest.split_once("name=\"key\" value=\"").unwrap();
    let once = rest.split('"').next().unwrap().to_owned();

    for _ in 0..2 {
        let answer = alice
            .form(&path, &[("key", &once), ("body", "by form & by hand")])
            .await;
        assert_eq!(answer.status(), 303, "pressed twice is once");
        let next = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(
            next.starts_with(&format!("/{EVENT}/chat/lobby?done=")),
            "{next}"
        );
    }
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert_eq!(
        page.matches("<p dir=\"auto\">by form &#38; by hand</p>")
            .count(),
        1,
        "{page}"
    );

    let next = format!("/{EVENT}/talk/ABCDEF/");
    let answer = alice
        .form(
            &path,
            &[("key", &key().to_string()), ("body", "x"), ("next", &next)],
        )
        .await;
    assert!(
        answer.headers()[LOCATION]
            .to_str()
            .unwrap()
            .starts_with(&next)
    );
    let answer = alice
        .form(
            &path,
            &[
                ("key", &key().to_string()),
                ("body", "x"),
                ("next", "//evil.example/"),
            ],
        )
        .await;
    assert!(
        answer.headers()[LOCATION]
            .to_str()
            .unwrap()
            .starts_with(&format!("/{EVENT}/chat/"))
    );

    let draft = format!("a draft <b> {}", "x".repeat(4_000));
    let refused = alice
        .form(&path, &[("key", &key().to_string()), ("body", &draft)])
        .await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("aria-invalid=\"true\"") && page.contains("a draft &#60;b&#62; xxxx"),
        "the draft is kept"
    );
    assert_eq!(
        t.visitor()
            .form(&path, &[("key", &once), ("body", "x")])
            .await
            .status(),
        401
    );
    t.stop().await;
}

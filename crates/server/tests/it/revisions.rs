//! Other words for a message, and its removal: for everyone, in the record, and
//! for those who catch up.

use hallway_model::access::Role;
use hallway_model::time::{Clock, Now, Span, Timestamp};
use hallway_protocol::messages::Message;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::databases::dump;
use crate::harness::{Choices, EVENT, Person, TestServer, key};

async fn edit(person: &Person, message: &Message, body: &str) -> u16 {
    let request = person.request(Method::PUT, &format!("/api/v1/messages/{}", message.id));
    let request = request.json(&json!({ "body": body, "key": key() }));
    request.send().await.unwrap().status().as_u16()
}

async fn remove(person: &Person, message: &Message) -> u16 {
    let path = format!("/api/v1/messages/{}", message.id);
    let request = person.request(Method::DELETE, &path);
    let request = request.json(&json!({ "key": key() }));
    request.send().await.unwrap().status().as_u16()
}

async fn reply(person: &Person, to: &Message, body: &str) -> Message {
    let path = format!("/api/v1/channels/{}/messages", to.channel);
    let request = person.request(Method::POST, &path);
    let request = request.json(&json!({ "body": body, "reply_to": to.id, "key": key() }));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

/// Everything that a reader who was never here is told of a channel.
async fn caught_up(t: &TestServer, lobby: uuid::Uuid) -> Vec<Value> {
    let mut live = t.visitor().live().await;
    let latest = live.subscribe(&format!("channel:{lobby}"), Some(0)).await["seq"]
        .as_i64()
        .unwrap();
    let mut told = vec![];
    for _ in 0..latest {
        let frame = live.next().await;
        assert_eq!(frame["type"], "event", "without a gap: {frame}");
        told.push(frame["event"].clone());
    }
    told
}

#[rstest]
#[tokio::test]
async fn an_author_changes_their_words_and_nobody_who_catches_up_meets_the_old_ones(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let mina = t.person("Mina", Role::Moderator).await;
    let lobby = t.lobby().await;
    let message = alice.say(lobby, "my password is swordfish").await;
    reply(&bob, &message, "you should not say that").await;

    assert_eq!(edit(&bob, &message, "not mine").await, 403);
    assert_eq!(edit(&mina, &message, "not even a moderator").await, 403);
    assert_eq!(edit(&t.visitor(), &message, "x").await, 401);
    assert_eq!(edit(&alice, &message, " ").await, 422);
    assert_eq!(edit(&alice, &message, "my **word** is my word").await, 204);
    assert_eq!(edit(&alice, &message, "my **word** is my word").await, 204);

    let page = t.visitor().history(lobby).await;
    assert_eq!(page.messages[0].source, "my **word** is my word");
    assert!(page.messages[0].edited_at.is_some());
    let quote = page.messages[1].reply_to.as_ref().unwrap();
    assert_eq!(
        (quote.id, quote.seq, quote.excerpt.as_str()),
        (message.id, 1, "my word is my word")
    );
    // Twice the same is one change, and no row and no frame has the old words,
    // but for the history that moderators and the author may see.
    let told = caught_up(&t, lobby).await;
    let kinds: Vec<&str> = told.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["message_posted", "message_posted", "message_edited"]
    );
    assert!(!json!(told).to_string().contains("swordfish"), "{told:?}");
    for (table, rows) in dump(t.database_url()).await {
        let old = format!("{rows:?}").contains("swordfish");
        assert_eq!(old, table == "message_edit", "{table}");
    }
    let path = format!("/api/v1/messages/{}/edits", message.id);
    for (person, status) in [
        (&alice, 200),
        (&mina, 200),
        (&bob, 403),
        (&t.visitor(), 401),
    ] {
        let answer = person.get(&path).await;
        assert_eq!(answer.status(), status);
        if status == 200 {
            let edits: Value = answer.json().await.unwrap();
            assert_eq!(edits["edits"][0]["source"], "my password is swordfish");
            assert_eq!(edits["edits"].as_array().unwrap().len(), 1);
        }
    }
    t.stop().await;
}

#[derive(Clone)]
struct SetClock(Arc<AtomicI64>);

impl Now for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }
}

#[rstest]
#[tokio::test]
async fn after_a_quarter_of_an_hour_words_stand_but_can_be_removed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let millis = Arc::new(AtomicI64::new(1_795_461_600_000));
    let choices = Choices {
        clock: Clock::new(SetClock(Arc::clone(&millis))),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = crate::harness::programme(EVENT, 0);
    let source = hallway_service::imports::Source::Bytes(xml.into());
    let operator = hallway_model::access::Actor::operator();
    t.service()
        .import_schedule(&operator, EVENT, None, source)
        .await
        .unwrap();
    let alice = t.person("Alice", Role::Attendee).await;
    let message = alice.say(t.lobby().await, "said in haste").await;
    millis.fetch_add(Span::minutes(15).0, Ordering::AcqRel);
    assert_eq!(edit(&alice, &message, "said in time").await, 204);
    millis.fetch_add(1, Ordering::AcqRel);
    assert_eq!(edit(&alice, &message, "said too late").await, 409);
    assert_eq!(remove(&alice, &message).await, 204);
    assert_eq!(edit(&alice, &message, "back again").await, 409);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_removed_message_leaves_its_place_and_nothing_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let mina = t.person("Mina", Role::Moderator).await;
    let lobby = t.lobby().await;
    let first = alice.say(lobby, "swordfish one").await;
    let second = bob.say(lobby, "swordfish two").await;
    edit(&alice, &first, "swordfish one and a half").await;
    bob.react(Method::PUT, &first, "👍").await;
    let answer = bob.say(lobby, "an answer").await;
    let quoting = reply(&alice, &second, "hear, hear").await;

    assert_eq!(remove(&bob, &first).await, 403);
    assert_eq!(remove(&t.visitor(), &first).await, 401);
    assert_eq!(remove(&alice, &first).await, 204);
    assert_eq!(remove(&alice, &first).await, 204, "twice is once");
    assert_eq!(remove(&mina, &second).await, 204);

    let page = t.visitor().history(lobby).await;
    let told: Vec<Value> = page
        .messages
        .iter()
        .map(|m| json!([m.seq, m.removed, m.author.is_some(), m.source, m.reactions]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            [1, "author", false, "", []],
            [2, "moderator", false, "", []],
            [3, null, true, answer.source, []],
            [4, null, true, "hear, hear", []],
        ])
    );
    let quote = page.messages[3].reply_to.as_ref().unwrap();
    assert_eq!(
        (quote.id, quote.author.is_none(), quote.excerpt.as_str()),
        (second.id, true, "")
    );
    // Neither the record, nor who catches up, nor what the authors take with them.
    let told = caught_up(&t, lobby).await;
    assert!(!json!(told).to_string().contains("swordfish"), "{told:?}");
    for (table, rows) in dump(t.database_url()).await {
        assert!(!format!("{rows:?}").contains("swordfish"), "{table}");
    }
    let export = alice
        .get("/account/export.zip")
        .await
        .bytes()
        .await
        .unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(export)).unwrap();
    let mut text = String::new();
    for name in ["account.json", "messages.jsonl", "account.html"] {
        std::io::Read::read_to_string(&mut zip.by_name(name).unwrap(), &mut text).unwrap();
    }
    assert!(text.contains("hear, hear"), "{text}");
    assert!(
        !text.contains("swordfish") && !text.contains("\"number\":1,"),
        "{text}"
    );
    // What is gone gathers nothing more.
    assert_eq!(bob.react(Method::PUT, &first, "👍").await.status(), 409);
    let path = format!("/api/v1/channels/{lobby}/messages");
    let again = bob.request(Method::POST, &path);
    let again = again.json(&json!({ "body": "what?", "reply_to": first.id, "key": key() }));
    assert_eq!(again.send().await.unwrap().status(), 409);
    // A page tells who removed it, and no name.
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("removed by its author") && page.contains("removed by the moderators"));
    assert!(page.contains("id=\"m1\"") && !page.contains("swordfish"));
    assert_eq!(quoting.seq, 4);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn forms_change_and_remove_without_a_script(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let message = alice.say(t.lobby().await, "first words").await;
    let path = format!("/{EVENT}/chat/lobby/messages/{}", message.id);
    let channel = alice.page(&format!("/{EVENT}/chat/lobby")).await;
    for action in ["edit", "remove"] {
        assert!(
            channel.contains(&format!("action=\"{path}/{action}\"")),
            "{action}"
        );
    }
    let (edited, once) = (format!("{path}/edit"), key().to_string());
    let answer = alice
        .form(
            &edited,
            &[("key", &once), ("body", "second words"), ("next", "")],
        )
        .await;
    assert_eq!(answer.status(), 303);
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(
        place,
        format!("/{EVENT}/chat/lobby?at=1&done=message-edited#m1")
    );
    let page = alice.page(&format!("/{EVENT}/chat/lobby?at=1")).await;
    assert!(
        page.contains("second words") && !page.contains("first words"),
        "{page}"
    );
    let edits = alice.page(&format!("{path}/edits")).await;
    assert!(
        edits.contains("first words") && edits.contains("second words"),
        "{edits}"
    );
    assert_eq!(
        t.visitor().get(&format!("{path}/edits")).await.status(),
        401
    );

    let answer = alice
        .form(&format!("{path}/remove"), &[("key", &key().to_string())])
        .await;
    assert_eq!(answer.status(), 303);
    let page = alice.page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("removed by its author") && !page.contains("second words"));
    t.stop().await;
}

/// As in the test of reactions: the island's reducer must reach the same end.
#[rstest]
#[tokio::test]
async fn revisions_pins_and_threads_lead_from_the_state_before_to_the_state_after(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let mina = t.person("Mina", Role::Moderator).await;
    let lobby = t.lobby().await;
    let first = alice.say(lobby, "The **first** words").await;
    let second = bob.say(lobby, "The second words").await;
    reply(&alice, &second, "I answer the second").await;
    let before = t.visitor().history(lobby).await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), Some(before.seq))
        .await;

    edit(&bob, &second, "The second words, *mended*").await;
    bob.react(Method::PUT, &first, "👍").await;
    crate::pins::pin(&mina, Method::PUT, &first).await;
    crate::pins::pin(&mina, Method::PUT, &second).await;
    crate::threads::answer(&bob, &first, "In the thread alone", false).await;
    crate::threads::answer(&alice, &first, "In both", true).await;
    alice.react(Method::PUT, &first, "👍").await;
    crate::pins::pin(&mina, Method::DELETE, &first).await;
    remove(&mina, &second).await;

    let mut events: Vec<Value> = vec![];
    for _ in 0..9 {
        let frame = live.next_of("event").await;
        events.push(json!({ "seq": frame["seq"], "event": frame["event"] }));
    }
    let after = t.visitor().history(lobby).await;
    assert_eq!(events.last().unwrap()["seq"], after.seq);
    let mut fixture = json!({ "before": before, "events": events, "after": after });
    settle_moments(&mut fixture);
    crate::messages::check_fixture("chat/fixtures/revisions-pins-and-threads.json", &fixture);
    t.stop().await;
}

/// When a message was changed is no matter of the test, only that it is the
/// same everywhere; and the last answer has the time of its message.
fn settle_moments(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(settle_moments),
        Value::Object(fields) => {
            for (name, settled) in [("edited_at", 7), ("at", 7), ("last_reply_at", 5_000)] {
                if let Some(at) = fields.get_mut(name).filter(|at| at.is_i64()) {
                    *at = json!(settled);
                }
            }
            fields.values_mut().for_each(settle_moments);
        }
        _ => {}
    }
}

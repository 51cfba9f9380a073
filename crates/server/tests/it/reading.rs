//! What people have read, over all their devices: marks that move on by seeing
//! and back by choice, told to the person alone; unread counts; the ways to the
//! first unread message, to a day and to a number.

use hallway_model::access::Role;
use hallway_model::ids::MessageId;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::databases::execute;
use crate::harness::{EVENT, Person, TestServer, key};
use crate::live::actor;

async fn reading(person: &Person) -> Value {
    let path = format!("/api/v1/events/{EVENT}/reading");
    let answer = person.get(&path).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// (mark, unread, mentions) of the lobby.
async fn lobby(person: &Person) -> (Value, i64, i64) {
    let reading = reading(person).await;
    let channels = reading["channels"].as_array().unwrap();
    let lobby = channels.iter().find(|c| c["slug"] == "lobby");
    let number = |name: &str| lobby.and_then(|c| c[name].as_i64()).unwrap_or(0);
    let mark = lobby.map_or(Value::Null, |c| c["mark"].clone());
    (mark, number("unread"), number("mentions"))
}

async fn put(person: &Person, channel: Uuid, seq: i64, unread: bool) -> u16 {
    let path = format!("/api/v1/channels/{channel}/reading");
    let body = json!({ "seq": seq, "unread": unread, "key": key() });
    let request = person.request(Method::PUT, &path).json(&body);
    request.send().await.unwrap().status().as_u16()
}

async fn topic(t: &TestServer, person: &Person) -> String {
    let id = actor(t.service(), person).await.person.unwrap();
    format!("person:{id}")
}

#[rstest]
#[tokio::test]
async fn a_mark_moves_on_by_seeing_on_any_device_and_back_by_choice(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let channel = t.lobby().await;
    for n in 1..=5 {
        alice.say(channel, &format!("words {n}")).await;
    }
    assert_eq!(lobby(&bob).await, (Value::Null, 0, 0), "never opened");
    let mut live = bob.live().await;
    live.subscribe(&topic(&t, &bob).await, None).await;

    assert_eq!(put(&bob, channel, 3, false).await, 204);
    let frame = live.next_of("event").await;
    assert_eq!(
        frame["event"],
        json!({ "type": "read_mark_moved", "channel": channel, "seq": 3, "mentions": 0 })
    );
    assert_eq!(lobby(&bob).await, (json!(3), 2, 0));
    // A device that is behind moves nothing back, and one that is ahead of
    // everything said has seen all there is.
    assert_eq!(put(&bob, channel, 2, false).await, 204);
    assert_eq!(put(&bob, channel, 99, false).await, 204);
    assert_eq!(live.next_of("event").await["event"]["seq"], 5);
    assert_eq!(lobby(&bob).await, (json!(5), 0, 0));
    // Another device, over its socket, wants it back.
    let mut other = bob.live().await;
    let command = json!({ "type": "mark_unread", "channel": channel, "seq": 4 });
    other
        .send(json!({ "type": "command", "key": key(), "command": command }))
        .await;
    other.next_of("ack").await;
    assert_eq!(live.next_of("event").await["event"]["seq"], 3);
    assert_eq!(lobby(&bob).await, (json!(3), 2, 0));
    // What was read is read, what Alice reads is hers.
    assert_eq!(lobby(&alice).await, (Value::Null, 0, 0));
    assert_eq!(put(&t.visitor(), channel, 1, false).await, 401);
    let stranger = t.person("Stranger", Role::Visitor).await;
    assert_eq!(put(&stranger, channel, 1, false).await, 403);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn marks_lead_from_where_one_device_was_to_where_all_are(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let channel = t.lobby().await;
    for n in 1..=6 {
        alice.say(channel, &format!("words {n}")).await;
    }
    put(&bob, channel, 1, false).await;
    let before = lobby(&bob).await.0;
    let mut live = bob.live().await;
    live.subscribe(&topic(&t, &bob).await, None).await;
    let mut events = vec![];
    for (seq, unread) in [(4, false), (6, false), (3, true), (5, false)] {
        put(&bob, channel, seq, unread).await;
        events.push(live.next_of("event").await["event"].clone());
    }
    let after = lobby(&bob).await.0;
    let fixture = json!({ "channel": channel, "before": before, "events": events, "after": after });
    crate::messages::check_fixture("chat/marks/over-devices.json", &fixture);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn whoever_read_everything_has_read_their_own_words(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let channel = t.lobby().await;
    alice.say(channel, "one").await;
    put(&bob, channel, 1, false).await;
    bob.say(channel, "two").await;
    assert_eq!(lobby(&bob).await, (json!(2), 0, 0));
    alice.say(channel, "three").await;
    bob.say(channel, "four, without having read three").await;
    assert_eq!(lobby(&bob).await, (json!(2), 2, 0));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn pages_tell_what_is_new_and_reading_them_without_a_script_counts(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let channel = t.lobby().await;
    alice.say(channel, "before").await;
    let path = format!("/{EVENT}/chat/lobby");
    bob.page(&path).await;
    assert_eq!(lobby(&bob).await, (json!(1), 0, 0));
    for n in 0..60 {
        alice.say(channel, &format!("after {n}")).await;
    }
    let list = bob.page(&format!("/{EVENT}/chat/")).await;
    assert!(list.contains("60 new"), "{list}");
    let ahead = bob
        .request(Method::GET, &path)
        .header("sec-purpose", "prefetch")
        .send()
        .await
        .unwrap();
    assert_eq!(ahead.status(), 200);
    assert_eq!(lobby(&bob).await, (json!(1), 60, 0), "nobody saw it");
    let page = bob.page(&path).await;
    assert!(page.contains(&format!("{path}?at=2#m2")), "{page}");
    assert!(!page.contains("id=\"unread\""), "it is above this page");
    assert_eq!(lobby(&bob).await, (json!(61), 0, 0));
    alice.say(channel, "and one more").await;
    let page = bob.page(&path).await;
    let (line, first) = (page.find("id=\"unread\""), page.find("id=\"m62\""));
    assert!(line.is_some() && line < first, "{page}");
    // Without a script it is taken back by a form.
    let form = [("key", key().to_string()), ("seq", "61".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = bob.form(&format!("{path}/unread"), &form).await;
    assert_eq!(answer.headers()["location"], format!("/{EVENT}/chat/"));
    assert_eq!(lobby(&bob).await, (json!(60), 2, 0));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_history_is_opened_at_a_number_and_at_a_day(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let channel = t.lobby().await;
    for n in 1..=120 {
        alice.say(channel, &format!("words {n}")).await;
    }
    // Two a day from 2026-01-01 on.
    let since = 1_767_225_600_000_i64;
    let moved = format!("UPDATE message SET sent = {since} + (seq - 1) * 43200000");
    execute(t.database_url(), &moved).await;
    let path = format!("/{EVENT}/chat/lobby");
    let page = t.visitor().page(&format!("{path}?at=30")).await;
    for (part, there) in [
        ("id=\"m5\"", true),
        ("asked\" id=\"m30\"", true),
        ("id=\"m54\"", true),
        ("id=\"m55\"", false),
        ("?before=5", true),
        ("?after=54", true),
    ] {
        assert_eq!(page.contains(part), there, "{part}: {page}");
    }
    for (query, first) in [
        ("date=2026-01-10", 19),
        ("date=2025-06-01", 1),
        ("date=2026-03-01", 119),
    ] {
        let page = t.visitor().page(&format!("{path}?{query}")).await;
        let asked = format!("asked\" id=\"m{first}\"");
        assert!(page.contains(&asked), "{query}: {page}");
    }
    // After everything, and what is no day: the newest.
    for query in ["date=2027-01-01", "date=soon", "at=120"] {
        let page = t.visitor().page(&format!("{path}?{query}")).await;
        assert!(page.contains("id=\"m120\""), "{query}");
        assert!(page.contains("data-island=\"chat\""), "{query}");
    }
    let after = t.visitor().page(&format!("{path}?after=54")).await;
    assert!(after.contains("id=\"m55\"") && after.contains("id=\"m104\""));
    assert!(!after.contains("id=\"m54\"") && !after.contains("id=\"m105\""));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn calls_are_counted_until_they_are_read(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let channel = t.lobby().await;
    let id = actor(t.service(), &bob).await.person.unwrap();
    for n in 1..=3 {
        let message = alice.say(channel, &format!("Bob, {n}")).await;
        call(&t, id.0, message.id).await;
    }
    assert_eq!(
        lobby(&bob).await,
        (Value::Null, 0, 3),
        "also where Bob never was"
    );
    put(&bob, channel, 1, false).await;
    assert_eq!(lobby(&bob).await, (json!(1), 2, 2));
    put(&bob, channel, 3, false).await;
    assert_eq!(lobby(&bob).await, (json!(3), 0, 0));
    t.stop().await;
}

/// A message's call, as posting one with a name in it writes it.
async fn call(t: &TestServer, person: Uuid, message: MessageId) {
    let id = |id: Uuid| match t.database_url().starts_with("sqlite") {
        true => format!("X'{}'", id.simple()),
        false => format!("'{id}'"),
    };
    let (person, message) = (id(person), id(message.0));
    let insert = format!("INSERT INTO mention (message, person) VALUES ({message}, {person})");
    execute(t.database_url(), &insert).await;
}

#[rstest]
#[tokio::test]
async fn a_deleted_account_leaves_no_place(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    use hallway_service::accounts::{DeleteAccount, Words};
    let t = TestServer::start(kind).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let channel = t.lobby().await;
    bob.say(channel, "here").await;
    put(&bob, channel, 1, false).await;
    let of_bob = actor(t.service(), &bob).await;
    let delete = DeleteAccount {
        words: Words::Anonymous,
    };
    t.service().write(&of_bob, None, delete).await.unwrap();
    let dump = crate::databases::dump(t.database_url()).await;
    assert_eq!(dump["read_mark"], Vec::<String>::new());
    assert!(
        dump["outbox"]
            .iter()
            .all(|row| !row.contains("read_mark_moved"))
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_channel_stands_alone_where_somebody_wants_it_so(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let channel = t.lobby().await;
    for n in 0..60 {
        alice.say(channel, &format!("words {n}")).await;
    }
    let whole = alice.page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(whole.contains("<header") && whole.contains("?view=alone"));
    let alone = alice.page(&format!("/{EVENT}/chat/lobby?view=alone")).await;
    assert!(!alone.contains("<header") && !alone.contains("<footer"));
    assert!(alone.contains("words 59") && alone.contains("name=\"body\""));
    // It stays alone on the way back in time, and after writing without a script.
    assert!(alone.contains("?before=11&#38;view=alone"), "{alone}");
    let next = format!("/{EVENT}/chat/lobby?view=alone");
    let form = [
        ("key", key().to_string()),
        ("body", "from the small window".into()),
        ("next", next.clone()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = alice
        .form(&format!("/{EVENT}/chat/lobby/messages"), &form)
        .await;
    let place = answer.headers()["location"].to_str().unwrap();
    assert!(place.starts_with(&next), "{place}");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn search_engines_list_channels_only_where_the_event_says_so(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use hallway_model::access::Actor;
    use hallway_model::events::Settings;
    use hallway_service::events::ChangeSettings;
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    alice.say(t.lobby().await, "hello").await;
    let path = format!("/{EVENT}/chat/lobby");
    let noindex = "<meta name=\"robots\" content=\"noindex\">";
    assert!(t.visitor().page(&path).await.contains(noindex));
    assert!(!t.visitor().page("/sitemap.xml").await.contains(&path));
    let change = ChangeSettings {
        event: EVENT.into(),
        title: EVENT.into(),
        settings: Settings {
            index_chat: true,
            ..Settings::default()
        },
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
    assert!(!t.visitor().page(&path).await.contains(noindex));
    assert!(t.visitor().page("/sitemap.xml").await.contains(&path));
    // Pages of searches never are.
    let search = format!("/{EVENT}/chat/search?q=hello");
    assert!(t.visitor().page(&search).await.contains(noindex));
    t.stop().await;
}

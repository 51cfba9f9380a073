//! What is said on a live connection: topics followed without a gap, commands
//! answered once, counts, and good-byes.

use std::collections::HashSet;

use futures_util::future::join_all;
use hallway_model::access::{Actor, Role};
use hallway_model::ids::{ChannelId, PersonId};
use hallway_service::Service;
use hallway_service::messages::PostMessage;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{EVENT, Live, Person, ROOM, TestServer, key};

/// The person as the service knows them.
pub async fn actor(service: &Service, person: &Person) -> Actor {
    let token = person.token.as_deref().expect("somebody signed in");
    service
        .signed_in(token)
        .await
        .unwrap()
        .expect("a token that holds")
        .actor
}

/// Posts past the web and its limits.
pub async fn post(service: &Service, actor: &Actor, channel: Uuid, body: String) {
    let command = PostMessage::new(ChannelId(channel), body);
    service
        .write(actor, None, command)
        .await
        .expect("a message");
}

fn word(problem: &Value) -> &str {
    problem["type"]
        .as_str()
        .unwrap()
        .strip_prefix("/problems/")
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_reader_who_comes_and_goes_hears_everything_once_and_in_order(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let mut writers = vec![];
    for n in 0..4 {
        writers.push(t.person(&format!("Writer{n}"), Role::Attendee).await);
    }
    let posting = join_all(writers.iter().map(async |writer| {
        for n in 0..25 {
            writer.say(lobby, &format!("words {n}")).await;
        }
    }));
    let reader = t.visitor();
    // How many events each connection hears before it is lost: some none.
    let reading = async {
        let (mut heard, mut ids) = (0, HashSet::new());
        for patience in [3, 0, 1, 7, 0, 2, 11].into_iter().cycle() {
            let mut live = reader.live().await;
            let subscribed = live.subscribe(&topic, Some(heard)).await;
            assert!(subscribed["seq"].as_i64().unwrap() >= heard);
            for _ in 0..patience.min(100 - heard) {
                let frame = live.next().await;
                assert_eq!(
                    (&frame["type"], &frame["seq"]),
                    (&json!("event"), &json!(heard + 1))
                );
                assert_eq!(frame["event"]["message"]["seq"], heard + 1);
                ids.insert(frame["event"]["message"]["id"].as_str().unwrap().to_owned());
                heard += 1;
            }
            if heard == 100 {
                return ids;
            }
        }
        unreachable!("the cycle has no end");
    };
    let (_, ids) = tokio::join!(posting, reading);
    assert_eq!(ids.len(), 100);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_another_process_wrote_is_heard_in_its_place(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;
    alice.say(lobby, "one").await;
    assert_eq!(live.next_of("event").await["seq"], 1);

    let beside = t.beside().await;
    let actor = actor(&beside, &alice).await;
    for body in ["two", "three"] {
        post(&beside, &actor, lobby, body.into()).await;
    }
    alice.say(lobby, "four").await;
    for (seq, body) in [(2, "two"), (3, "three"), (4, "four")] {
        let frame = live.next_of("event").await;
        assert_eq!(
            (&frame["seq"], &frame["event"]["message"]["source"]),
            (&json!(seq), &json!(body))
        );
    }
    // Without anything after it, too.
    post(&beside, &actor, lobby, "five".into()).await;
    assert_eq!(live.next_of("event").await["seq"], 5);
    beside.close().await;
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn too_much_missed_is_a_resync_and_then_it_goes_on(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let actor = actor(t.service(), &alice).await;
    join_all((1..=501).map(|n| post(t.service(), &actor, lobby, format!("words {n}")))).await;

    let mut live = t.visitor().live().await;
    let subscribed = live.subscribe(&topic, Some(0)).await;
    assert_eq!(subscribed["seq"], 501);
    assert_eq!(
        live.next().await,
        json!({ "type": "resync", "topic": topic })
    );
    // As docs/protocol.md says: read the state anew and go on after its number.
    let history = t.visitor().history(lobby).await;
    assert_eq!(history.seq, 501);
    live.subscribe(&topic, Some(history.seq)).await;
    alice.say(lobby, "and on").await;
    assert_eq!(live.next().await["seq"], 502);

    // 500 are replayed, one by one.
    let mut other = t.visitor().live().await;
    other.subscribe(&topic, Some(2)).await;
    for seq in 3..=502 {
        assert_eq!(other.next().await["seq"], seq);
    }
    // A number from before a restore of the server leads to a resync as well.
    let mut restored = t.visitor().live().await;
    assert_eq!(restored.subscribe(&topic, Some(9_000)).await["seq"], 502);
    assert_eq!(restored.next().await["type"], "resync");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn the_newest_messages_come_with_the_subscription_and_nothing_between_is_missed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let actor = actor(t.service(), &alice).await;
    for n in 1..=5 {
        post(t.service(), &actor, lobby, format!("words {n}")).await;
    }
    let last = t.visitor().history(lobby).await.messages.remove(4);
    alice.react(reqwest::Method::PUT, &last, "🎉").await;

    let begin = json!({ "type": "subscribe", "topic": topic, "history": 3 });
    let mut visitor = t.visitor().live().await;
    visitor.send(begin.clone()).await;
    let history = visitor.next().await;
    assert_eq!(
        (&history["type"], &history["topic"]),
        (&json!("history"), &json!(topic))
    );
    let page = &history["page"];
    let words = |page: &Value| -> Vec<String> {
        let messages = page["messages"].as_array().unwrap();
        let words = messages.iter().map(|one| one["source"].as_str().unwrap());
        words.map(str::to_owned).collect()
    };
    assert_eq!(words(page), ["words 3", "words 4", "words 5"]);
    assert_eq!(
        (&page["seq"], &page["more_before"]),
        (&json!(6), &json!(true))
    );
    assert_eq!(page["messages"][2]["reactions"][0]["mine"], false);
    let subscribed = visitor.next().await;
    assert_eq!(
        subscribed,
        json!({ "type": "subscribed", "topic": topic, "seq": 6 })
    );
    // Each is told which reactions are their own.
    let mut own = alice.live().await;
    own.send(begin.clone()).await;
    let history = own.next().await;
    assert_eq!(history["page"]["messages"][2]["reactions"][0]["mine"], true);

    // While others speak, what the page has not comes as events, in order.
    let (said, heard_of) = tokio::sync::watch::channel(5);
    let speaking = async {
        for n in 6..=40 {
            post(t.service(), &actor, lobby, format!("words {n}")).await;
            said.send_replace(n);
        }
    };
    let joining = join_all((0..8).map(async |n: i32| {
        // One after the other, in the midst of what is said.
        let mut heard_of = heard_of.clone();
        heard_of.wait_for(|said| *said >= 5 + 4 * n).await.unwrap();
        let mut live = t.visitor().live().await;
        live.send(json!({ "type": "subscribe", "topic": topic, "history": 100 }))
            .await;
        let page = live.next_of("history").await["page"].take();
        let (mut heard, mut seq) = (words(&page), page["seq"].as_i64().unwrap());
        while heard.len() < 40 {
            let event = live.next_of("event").await;
            assert!(event["seq"].as_i64().unwrap() > seq, "{event}");
            seq = event["seq"].as_i64().unwrap();
            let words = event["event"]["message"]["source"].as_str().unwrap();
            // What was said after the page's number was read, and before its
            // messages were, is told by both.
            if !heard.iter().any(|known| known == words) {
                heard.push(words.to_owned());
            }
        }
        heard
    }));
    let (_, all) = tokio::join!(speaking, joining);
    let said: Vec<String> = (1..=40).map(|n| format!("words {n}")).collect();
    for heard in all {
        assert_eq!(heard, said);
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_topic_that_may_not_be_heard_and_one_that_is_not_there_look_alike(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let room = t.room(ROOM).await;
    for person in [&t.visitor(), &alice] {
        let mut live = person.live().await;
        for topic in [
            format!("desk:{room}"),
            format!("desk:{}", key()),
            format!("channel:{}", key()),
            format!("stage:{}", key()),
            format!("event:{}", key()),
            format!("person:{}", key()),
        ] {
            let mut subscribe = json!({ "type": "subscribe", "topic": topic, "after": 0 });
            live.send(subscribe.clone()).await;
            let answer = live.next().await;
            assert_eq!(
                (&answer["type"], &answer["topic"]),
                (&json!("problem"), &json!(topic))
            );
            assert_eq!(word(&answer["problem"]), "not-found", "{topic}");
            if topic.starts_with("channel:") {
                subscribe.as_object_mut().unwrap().remove("after");
                subscribe["history"] = json!(50);
                live.send(subscribe).await;
                assert_eq!(live.next().await, answer);
            }
        }
        live.send(json!({ "type": "subscribe", "topic": format!("stage:{room}"), "after": -1 }))
            .await;
        assert_eq!(word(&live.next().await["problem"]), "invalid");
        // The connection is none the worse for it.
        live.subscribe(&format!("stage:{room}"), None).await;
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_concerns_a_person_is_heard_by_that_person_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let id = actor(t.service(), &alice).await.person.unwrap();
    let topic = format!("person:{id}");
    let admin = t.person("Root", Role::Admin).await;
    let bob = t.person("Bob", Role::Attendee).await;
    for other in [&t.visitor(), &bob, &admin] {
        let mut live = other.live().await;
        live.send(json!({ "type": "subscribe", "topic": topic }))
            .await;
        assert_eq!(word(&live.next().await["problem"]), "not-found");
    }
    let subscribed = alice.live().await.subscribe(&topic, None).await;
    assert_eq!(subscribed["topic"], json!(topic));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn the_desk_is_for_the_producer_of_its_room(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (pia, mo) = (
        t.person("Pia", Role::Producer).await,
        t.person("Mo", Role::Moderator).await,
    );
    let topic = format!("desk:{}", t.room(ROOM).await);
    let mut refused = mo.live().await;
    refused
        .send(json!({ "type": "subscribe", "topic": topic }))
        .await;
    assert_eq!(word(&refused.next().await["problem"]), "not-found");
    let mut live = pia.live().await;
    live.subscribe(&topic, None).await;
    let secret = t
        .service()
        .rotate_stream_key(&Actor::operator(), EVENT, ROOM)
        .await
        .unwrap();
    let frame = live.next_of("event").await;
    assert_eq!(frame["event"]["type"], "stream_key_rotated");
    assert!(
        !frame.to_string().contains(secret.reveal()),
        "the key is told to nobody"
    );
    refused.send(json!({ "type": "ping" })).await;
    assert_eq!(
        refused.next().await["type"],
        "pong",
        "and nothing of the desk before it"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_connection_holds_64_topics_and_lets_them_go(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let room = t.room(ROOM).await;
    let mut live = t.visitor().live().await;
    live.subscribe(&topic, None).await;
    live.send(json!({ "type": "unsubscribe", "topic": topic }))
        .await;
    // Never held, so nothing happens.
    live.send(json!({ "type": "unsubscribe", "topic": format!("desk:{room}") }))
        .await;
    live.send(json!({ "type": "ping" })).await;
    assert_eq!(live.next().await["type"], "pong");
    alice.say(lobby, "to nobody").await;
    live.send(json!({ "type": "ping" })).await;
    assert_eq!(live.next().await["type"], "pong");
    // Refused topics take no place.
    for _ in 0..70 {
        live.send(json!({ "type": "subscribe", "topic": format!("channel:{}", key()) }))
            .await;
        assert_eq!(word(&live.next().await["problem"]), "not-found");
    }
    // Holding one topic again and again takes one place.
    for _ in 0..70 {
        assert_eq!(live.subscribe(&topic, None).await["seq"], 1);
    }
    alice.say(lobby, "once").await;
    assert_eq!(live.next().await["seq"], 2);
    live.send(json!({ "type": "ping" })).await;
    assert_eq!(live.next().await["type"], "pong", "it came once");
    t.stop().await;
}

fn say(key: Uuid, channel: Uuid, body: &str) -> Value {
    json!({ "type": "command", "key": key, "command": { "type": "post_message", "channel": channel, "body": body } })
}

async fn answer_of(live: &mut Live, key: Uuid) -> Value {
    loop {
        let frame = live.next().await;
        if frame["key"] == json!(key) {
            return frame;
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_command_is_acknowledged_once_durable_and_done_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let mut live = alice.live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;
    let once = key();
    live.send(say(once, lobby, "by socket")).await;
    assert_eq!(
        answer_of(&mut live, once).await,
        json!({ "type": "ack", "key": once })
    );
    assert_eq!(t.visitor().history(lobby).await.messages.len(), 1);

    // The connection was lost before the answer came, as far as the client knows.
    let mut live = alice.live().await;
    live.send(say(once, lobby, "by socket")).await;
    assert_eq!(answer_of(&mut live, once).await["type"], "ack");
    let over_http = alice.say_with_key(lobby, "by socket", once).await;
    assert_eq!(over_http.status(), 201);
    let history = t.visitor().history(lobby).await;
    assert_eq!((history.messages.len(), history.seq), (1, 1));

    let message = history.messages[0].id;
    let react = |kind: &str, key: Uuid| json!({ "type": "command", "key": key, "command": { "type": kind, "message": message, "emoji": "🎉" } });
    for kind in ["add_reaction", "remove_reaction"] {
        let once = key();
        live.send(react(kind, once)).await;
        assert_eq!(answer_of(&mut live, once).await["type"], "ack");
        let reactions = &t.visitor().history(lobby).await.messages[0].reactions;
        assert_eq!(reactions.len(), usize::from(kind == "add_reaction"));
    }
    for (body, expected) in [("", "invalid"), (&*"x".repeat(4_001), "invalid")] {
        let once = key();
        live.send(say(once, lobby, body)).await;
        assert_eq!(word(&answer_of(&mut live, once).await["problem"]), expected);
    }
    let once = key();
    live.send(say(once, key(), "to nowhere")).await;
    assert_eq!(
        word(&answer_of(&mut live, once).await["problem"]),
        "not-found"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn who_speaks_is_said_by_the_server(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let stranger = t.person("Stranger", Role::Visitor).await;
    let bobs: PersonId = actor(t.service(), &bob).await.person.unwrap();
    let alices = actor(t.service(), &alice).await.person.unwrap();
    let lobby = t.lobby().await;
    let mut reader = t.visitor().live().await;
    reader.subscribe(&format!("channel:{lobby}"), None).await;
    let mut live = alice.live().await;
    let forged = [
        json!({ "type": "post_message", "channel": lobby, "body": "x", "author": bobs }),
        json!({ "type": "post_message", "channel": lobby, "body": "x", "person": bobs }),
        json!({ "type": "post_message", "channel": lobby, "body": "x", "sent_at": 0 }),
    ];
    for command in forged {
        live.send(json!({ "type": "command", "key": key(), "command": command }))
            .await;
        let answer = live.next().await;
        assert_eq!(word(&answer["problem"]), "invalid", "{answer}");
        assert_eq!(
            answer.get("key"),
            None,
            "a frame that cannot be read has no key"
        );
    }
    live.send(
        json!({ "type": "event", "topic": format!("channel:{lobby}"), "seq": 1, "event": {} }),
    )
    .await;
    assert_eq!(
        word(&live.next().await["problem"]),
        "invalid",
        "clients announce nothing"
    );
    let once = key();
    live.send(say(once, lobby, "I am Bob")).await;
    answer_of(&mut live, once).await;
    let heard = reader.next_of("event").await;
    assert_eq!(
        (&heard["seq"], &heard["event"]["message"]["author"]["id"]),
        (&json!(1), &json!(alices))
    );

    for (person, expected) in [(&t.visitor(), "sign-in-needed"), (&stranger, "forbidden")] {
        let (mut live, once) = (person.live().await, key());
        live.send(say(once, lobby, "let me in")).await;
        assert_eq!(word(&answer_of(&mut live, once).await["problem"]), expected);
    }
    assert_eq!(t.visitor().history(lobby).await.seq, 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn one_who_floods_is_told_to_wait_and_nobody_else_is(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let mut live = alice.live().await;
    for n in 0..100 {
        live.send(say(key(), lobby, &format!("flood {n}"))).await;
    }
    let (mut acks, mut waits) = (0, 0);
    while acks + waits < 100 {
        let frame = live.next().await;
        match frame["type"].as_str().unwrap() {
            "ack" => acks += 1,
            "problem" => {
                assert_eq!(word(&frame["problem"]), "too-many", "{frame}");
                assert!(frame["problem"]["retry_after"].as_i64().unwrap() >= 1);
                assert!(frame["key"].is_string());
                waits += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(acks >= 40 && waits > 0, "{acks} acks, {waits} waits");
    assert_eq!(t.visitor().history(lobby).await.seq, acks);
    let (mut live, once) = (bob.live().await, key());
    live.send(say(once, lobby, "calm words")).await;
    assert_eq!(answer_of(&mut live, once).await["type"], "ack");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn viewers_of_a_stage_are_counted_for_all_of_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let topic = format!("stage:{}", t.room(ROOM).await);
    let count = |n: i64| json!({ "type": "count", "topic": topic, "count": n });
    let mut one = t.visitor().live().await;
    one.attend(&topic).await;
    assert_eq!(one.next_of("count").await, count(1));
    let mut two = t.visitor().live().await;
    two.attend(&topic).await;
    assert_eq!(one.next_of("count").await, count(2));
    assert_eq!(two.next_of("count").await, count(2));
    let stage: Value = t
        .visitor()
        .get(&format!("/api/v1/events/{EVENT}/stages/{ROOM}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(stage["viewers"], 2);
    drop(two);
    assert_eq!(one.next_of("count").await, count(1));
    // Who only asks how many are in is not in, and each stage has its own number.
    let mut corridor = t.visitor().live().await;
    corridor.subscribe(&topic, None).await;
    assert_eq!(corridor.next_of("count").await, count(1));
    let mut side = t.visitor().live().await;
    side.attend(&format!("stage:{}", t.room("side-room").await))
        .await;
    assert_eq!(side.next_of("count").await["count"], 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_stop_is_announced_with_time_to_come_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let lobby = t.lobby().await;
    let mut open = vec![];
    for _ in 0..20 {
        let mut live = t.visitor().live().await;
        live.subscribe(&format!("channel:{lobby}"), None).await;
        open.push(live);
    }
    t.stop().await;
    for mut live in open {
        let frame = live.next_of("closing").await;
        assert!(frame["reconnect_within_ms"].as_i64().unwrap() >= 1_000);
        assert_eq!(
            live.close_code().await,
            Some(1012),
            "service restart, RFC 6455's registry"
        );
    }
}

//! How the live connection delivers where it is not a plain socket, and what
//! becomes of one whose rights are gone.

use hallway_model::access::Actor;
use hallway_model::access::Role;
use hallway_model::events::Settings;
use hallway_model::ids::SignInId;
use hallway_service::events::ChangeSettings;
use hallway_service::sign_ins::SignOutOthers;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};
use std::net::SocketAddr;
use uuid::Uuid;

use crate::databases::execute;
use crate::harness::{EVENT, Live, Person, TestServer, key};
use crate::live::{actor, post};
use crate::sockets::cookie;

/// A stream of server-sent events, read frame by frame.
struct Events {
    answer: reqwest::Response,
    bytes: Vec<u8>,
}

impl Events {
    async fn open(person: &Person, query: &str) -> Self {
        let answer = person.get(&format!("/live/events?{query}")).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            bytes: vec![],
        }
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.bytes.drain(..end + 2).collect();
                let data = event[..end]
                    .strip_prefix(b"data: ")
                    .expect("one line of data");
                return Some(serde_json::from_slice(data).expect("JSON"));
            }
            match self.answer.chunk().await {
                Ok(Some(chunk)) => self.bytes.extend_from_slice(&chunk),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.expect("the stream goes on");
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn whom_sockets_do_not_reach_hears_the_same_by_events(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let mut socket = t.visitor().live().await;
    socket.subscribe(&topic, Some(0)).await;
    alice.say(lobby, "one").await;
    alice.say(lobby, "two").await;

    let mut events = Events::open(&alice, &format!("topic={topic}&after=1")).await;
    let hello = events.next().await.unwrap();
    assert_eq!(hello["person"]["name"], "Alice");
    assert_eq!(
        events.next().await.unwrap(),
        json!({ "type": "subscribed", "topic": topic, "seq": 2 })
    );
    alice.say(lobby, "three").await;
    assert_eq!(socket.next_of("event").await["seq"], 1);
    for seq in 2..=3 {
        let frame = events.next_of("event").await;
        assert_eq!(frame["seq"], seq);
        assert_eq!(frame, socket.next_of("event").await, "the same frame");
    }
    // Several topics, of which one may not be heard.
    let query = format!("topic={topic}&after=3&topic=channel:{}", key());
    let mut more = Events::open(&t.visitor(), &query).await;
    assert_eq!(more.next().await.unwrap()["person"], Value::Null);
    assert_eq!(more.next_of("problem").await["problem"]["status"], 404);
    alice.say(lobby, "four").await;
    assert_eq!(more.next_of("event").await["seq"], 4);

    // Who comes with nothing is given the newest messages first.
    let query = format!("topic={topic}&history=2");
    let mut newest = Events::open(&t.visitor(), &query).await;
    let page = &newest.next_of("history").await["page"];
    assert_eq!(
        (&page["messages"][0]["source"], &page["seq"]),
        (&json!("three"), &json!(4))
    );
    assert_eq!(newest.next().await.unwrap()["type"], "subscribed");

    for query in ["", "topic=x", &format!("topic={topic}&after=-"), "after=1"] {
        let answer = t.visitor().get(&format!("/live/events?{query}")).await;
        assert_eq!(answer.status(), 422, "{query}");
    }
    let foreign = t
        .visitor()
        .request(reqwest::Method::GET, &format!("/live/events?topic={topic}"))
        .header("origin", "https://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let embedded = t
        .visitor()
        .request(reqwest::Method::GET, &format!("/live/events?topic={topic}"))
        .header("sec-fetch-site", "cross-site");
    assert_eq!(embedded.send().await.unwrap().status(), 403);
    let guessed = Person {
        token: Some("guessed".into()),
        ..t.visitor()
    };
    let answer = guessed.get(&format!("/live/events?topic={topic}")).await;
    assert_eq!(answer.status(), 401);
    // A browser's own page says a cookie and no origin.
    let cookie = cookie(&t, "alice@example.org").await;
    let ours = t
        .visitor()
        .request(reqwest::Method::GET, &format!("/live/events?topic={topic}"))
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie);
    let mut ours = Events {
        answer: ours.send().await.unwrap(),
        bytes: vec![],
    };
    assert_eq!(ours.next().await.unwrap()["person"]["name"], "Alice");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_stream_of_events_says_good_bye_when_the_server_stops(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let topic = format!("channel:{}", t.lobby().await);
    let mut events = Events::open(&t.visitor(), &format!("topic={topic}")).await;
    events.next_of("subscribed").await;
    t.app.stopping().cancel();
    assert!(events.next_of("closing").await["reconnect_within_ms"].is_u64());
    assert_eq!(events.next().await, None);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_command_by_post_is_done_once_and_answered_as_on_the_socket(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let send = async |person: &Person, frame: Value| {
        let request = person.request(reqwest::Method::POST, "/live/command");
        request.json(&frame).send().await.unwrap()
    };
    let say = |key: Uuid, channel: Uuid| {
        let command = json!({ "type": "post_message", "channel": channel, "body": "by post" });
        json!({ "type": "command", "key": key, "command": command })
    };
    let once = key();
    for _ in 0..2 {
        let answer = send(&alice, say(once, lobby)).await;
        assert_eq!(answer.status(), 200);
        let frame: Value = answer.json().await.unwrap();
        assert_eq!(frame, json!({ "type": "ack", "key": once }));
    }
    assert_eq!(t.visitor().history(lobby).await.messages.len(), 1);
    for (person, frame, status) in [
        (&alice, say(key(), key()), 404),
        (&t.visitor(), say(key(), lobby), 401),
        (&alice, json!({ "type": "ping" }), 422),
        (&alice, json!({ "type": "command" }), 422),
    ] {
        let answer = send(person, frame).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn over_what_only_its_task_can_write_to_everything_is_the_same(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    // Another's listener: its stream cannot be taken apart, as TLS cannot.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = t.app.router.clone();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let there = Person {
        url,
        http: alice.http.clone(),
        token: alice.token.clone(),
    };
    let mut live = there.live().await;
    live.subscribe(&topic, Some(0)).await;
    let actor = actor(t.service(), &alice).await;
    // More than one write takes, and than a client may send.
    let large = "\u{1F6AA}".repeat(4_000);
    for _ in 0..40 {
        post(t.service(), &actor, lobby, large.clone()).await;
    }
    let once = key();
    let command = json!({ "type": "post_message", "channel": lobby, "body": "the end" });
    live.send(json!({ "type": "command", "key": once, "command": command }))
        .await;
    let mut seqs = vec![];
    let mut acknowledged = false;
    while seqs.len() < 41 || !acknowledged {
        let frame = live.next().await;
        acknowledged |= frame["key"] == json!(once);
        seqs.extend(frame["seq"].as_i64());
    }
    assert_eq!(seqs, (1..=41).collect::<Vec<_>>());
    live.send(json!({ "type": "ping" })).await;
    assert_eq!(live.next().await["type"], "pong");
    live.send_binary(vec![1]).await;
    assert_eq!(live.close_code().await, Some(1003));
    serving.abort();
    t.stop().await;
}

/// From now on only those who registered read the chat.
async fn close_to_guests(t: &TestServer) {
    let change = ChangeSettings {
        event: EVENT.into(),
        title: "Testival".into(),
        settings: Settings {
            guests_read_chat: false,
            ..Settings::default()
        },
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
}

#[rstest]
#[tokio::test]
async fn who_may_hear_no_more_hears_no_more_on_what_is_open(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    close_to_guests(&t).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let channels: Value = alice
        .get(&format!("/api/v1/events/{EVENT}/channels"))
        .await
        .json()
        .await
        .unwrap();
    let topic = channels["channels"][0]["topic"]
        .as_str()
        .unwrap()
        .to_owned();
    let lobby: Uuid = topic.strip_prefix("channel:").unwrap().parse().unwrap();
    let mut open: Vec<Live> = vec![bob.live().await, bob.live().await];
    for live in &mut open {
        live.subscribe(&topic, Some(0)).await;
    }
    let mut others = alice.live().await;
    others.subscribe(&topic, Some(0)).await;
    let mut events = Events::open(&bob, &format!("topic={topic}&after=0")).await;
    events.next_of("subscribed").await;
    alice.say(lobby, "before").await;
    for live in &mut open {
        assert_eq!(live.next_of("event").await["seq"], 1);
    }

    // As another process does that takes a registration away.
    let bobs = actor(t.service(), &bob).await.person.unwrap();
    execute(
        t.database_url(),
        "DELETE FROM registration WHERE person IN (SELECT id FROM person WHERE name = 'Bob')",
    )
    .await;
    let now = t.service().now().0;
    for sql in [
        format!("INSERT INTO topic (name, seq) VALUES ('person:{bobs}', 900)
             ON CONFLICT (name) DO UPDATE SET seq = 900"),
        format!(
            "INSERT INTO outbox (topic, seq, kind, body, created)
             VALUES ('person:{bobs}', 900, 'rights_changed', '{{\"type\":\"rights_changed\",\"person\":\"{bobs}\"}}', {now})"
        ),
    ] {
        execute(t.database_url(), &sql).await;
    }
    for live in &mut open {
        let told = live.next_of("problem").await;
        assert_eq!(
            (&told["topic"], &told["problem"]["status"]),
            (&json!(topic), &json!(404))
        );
    }
    assert_eq!(events.next_of("problem").await["topic"], json!(topic));
    alice.say(lobby, "after").await;
    for seq in 1..=2 {
        assert_eq!(others.next_of("event").await["seq"], seq);
    }
    for live in &mut open {
        live.send(json!({ "type": "ping" })).await;
        assert_eq!(live.next().await["type"], "pong", "and nothing before it");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn guests_hear_no_more_where_the_event_says_so(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let (mut guest, mut member) = (t.visitor().live().await, alice.live().await);
    guest.subscribe(&topic, None).await;
    member.subscribe(&topic, None).await;
    close_to_guests(&t).await;
    assert_eq!(guest.next_of("problem").await["topic"], json!(topic));
    alice.say(lobby, "among ourselves").await;
    assert_eq!(member.next_of("event").await["seq"], 1);
    guest.send(json!({ "type": "ping" })).await;
    assert_eq!(guest.next().await["type"], "pong");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn signing_out_ends_what_is_open(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let (mut alices, mut bobs) = (alice.live().await, bob.live().await);
    let none = SignOutOthers {
        keep: SignInId(Uuid::nil()),
    };
    let actor = actor(t.service(), &alice).await;
    t.service().write(&actor, None, none).await.unwrap();
    assert_eq!(alices.close_code().await, Some(1008));
    bobs.send(json!({ "type": "ping" })).await;
    assert_eq!(bobs.next().await["type"], "pong");
    t.stop().await;
}

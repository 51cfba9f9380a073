//! Who may open a live connection from where, and that junk and slowness on
//! one connection are nobody else's trouble.

use futures_util::future::join_all;
use hallway_model::access::{Actor, Role};
use hallway_model::people::Email;
use hallway_testkit::{Kind, SeededRandom};
use reqwest::header::SET_COOKIE;
use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{EVENT, Knock, Live, Person, TestServer, key};
use crate::live::{actor, post};

/// The cookie of a browser that signed in by link.
pub async fn cookie(t: &TestServer, email: &str) -> String {
    let email = Email::parse(email).unwrap();
    let link = t
        .service()
        .make_link(&Actor::operator(), email)
        .await
        .unwrap();
    let (_, token) = link.split_once("token=").unwrap();
    let answer = t
        .visitor()
        .form("/account/sign-in/confirm", &[("token", token)])
        .await;
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn with(mut knock: Knock, name: &'static str, value: &str) -> Knock {
    knock.headers_mut().insert(name, value.parse().unwrap());
    knock
}

fn without_origin(mut knock: Knock) -> Knock {
    knock.headers_mut().remove("origin");
    knock
}

#[rstest]
#[tokio::test]
async fn no_page_of_another_site_speaks_for_its_reader(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let cookie = cookie(&t, "alice@example.org").await;
    let browser = || with(t.visitor().knock(), "cookie", &cookie);
    let (_, port) = t.url.rsplit_once(':').unwrap();

    Live::open(browser()).await.expect("our own page");
    let foreign = [
        "https://evil.example".to_owned(),
        "null".into(),
        format!("{}.evil.example", t.url),
        format!("http://evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1:1".into(),
        format!("{}/", t.url),
    ];
    for origin in foreign {
        let refused = Live::open(with(browser(), "origin", &origin)).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
        let visitor = Live::open(with(t.visitor().knock(), "origin", &origin)).await;
        assert_eq!(visitor.err(), Some(403), "{origin}");
    }
    assert_eq!(Live::open(without_origin(browser())).await.err(), Some(403));

    // Programs send a token, which no page of another site has.
    Live::open(without_origin(alice.knock()))
        .await
        .expect("a program");
    Live::open(without_origin(t.visitor().knock()))
        .await
        .expect("a program that only reads");
    let guessed = Person {
        token: Some("guessed".into()),
        ..t.visitor()
    };
    assert_eq!(Live::open(guessed.knock()).await.err(), Some(401));
    let both = with(guessed.knock(), "cookie", &cookie);
    assert_eq!(
        Live::open(both).await.err(),
        Some(401),
        "a bad token is not made good by a cookie"
    );
    t.stop().await;
}

/// A valid frame, damaged.
fn damaged(random: &SeededRandom, room: &str) -> String {
    let frames = [
        json!({ "type": "subscribe", "topic": room, "after": 3 }).to_string(),
        json!({ "type": "unsubscribe", "topic": room }).to_string(),
        json!({ "type": "command", "key": key(), "command": { "type": "post_message", "channel": key(), "body": "x" } }).to_string(),
        json!({ "type": "command", "key": key(), "command": { "type": "add_reaction", "message": key(), "emoji": "🎉" } }).to_string(),
        json!({ "type": "ping" }).to_string(),
    ];
    let below = |end: usize| (random.word() % end as u64) as usize;
    let mut bytes = frames[below(frames.len())].clone().into_bytes();
    match below(6) {
        0 => bytes.truncate(below(bytes.len())),
        1 => {
            for _ in 0..=below(8) {
                let at = below(bytes.len());
                bytes[at] = random.word() as u8;
            }
        }
        2 => bytes = (0..below(200)).map(|_| random.word() as u8).collect(),
        3 => bytes = "[".repeat(1 + below(8_000)).into_bytes(),
        4 => {
            bytes = format!(
                r#"{{"type":"subscribe","topic":"{room}","after":1e{}}}"#,
                below(400)
            )
            .into_bytes()
        }
        _ => {
            let at = below(bytes.len());
            bytes.splice(at..at, "{\"a\":".repeat(below(200)).into_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[rstest]
#[tokio::test]
async fn ten_thousand_damaged_frames_are_answered_and_harm_nobody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let mut bystander = t.visitor().live().await;
    bystander.subscribe(&topic, None).await;

    let hostile = join_all((0..4).map(async |n| {
        let random = SeededRandom::seed(n);
        let mut live = alice.live().await;
        let mut problems = 0;
        for _ in 0..25 {
            for _ in 0..100 {
                live.send_text(&damaged(&random, &topic)).await;
            }
            // Answers come in order, so this one's comes last.
            let (last, nowhere) = (key(), key());
            let command = json!({ "type": "post_message", "channel": nowhere, "body": "x" });
            live.send(json!({ "type": "command", "key": last, "command": command }))
                .await;
            loop {
                let frame = live.next().await;
                if frame["key"] == json!(last) {
                    break;
                }
                problems += usize::from(frame["type"] == "problem");
            }
        }
        problems
    }));
    let talking = async {
        for n in 1..=20 {
            alice.say(lobby, "calm words").await;
            assert_eq!(bystander.next_of("event").await["seq"], n);
        }
    };
    let (problems, ()) = tokio::join!(hostile, talking);
    let problems: usize = problems.into_iter().sum();
    assert!((8_000..=10_000).contains(&problems), "{problems} refusals");
    assert_eq!(t.visitor().history(lobby).await.messages.len(), 20);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_frame_too_large_or_not_text_ends_its_own_connection(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let mut bystander = t.visitor().live().await;

    let mut live = t.visitor().live().await;
    let padding = " ".repeat(16 * 1024 - 15);
    live.send_text(&format!(r#"{{"type":"ping"}}{padding}"#))
        .await;
    assert_eq!(live.next().await["type"], "pong", "16,384 bytes fit");
    live.send_text(&format!(r#"{{"type":"ping"}}{padding} "#))
        .await;
    assert_eq!(live.close_code().await, Some(1009));

    let mut live = t.visitor().live().await;
    live.send_binary(b"{\"type\":\"ping\"}".to_vec()).await;
    assert_eq!(live.close_code().await, Some(1003));

    bystander.send(json!({ "type": "ping" })).await;
    assert_eq!(bystander.next().await["type"], "pong");
    t.stop().await;
}

/// The bytes of a handshake done by hand, so that what follows may be wrong.
async fn raw(t: &TestServer) -> TcpStream {
    let mut tcp = TcpStream::connect(t.address()).await.unwrap();
    let head = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        t.address()
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![];
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(tcp.read_u8().await.unwrap());
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    tcp
}

#[rstest]
#[tokio::test]
async fn bytes_that_are_no_websocket_end_their_own_connection(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let mut bystander = t.visitor().live().await;
    let wrong: [&[u8]; 8] = [
        // Unmasked (RFC 6455 §5.1).
        b"\x81\x02{}",
        // A length of 2^63 bytes, and one beyond the limit that never comes.
        b"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00",
        // Reserved opcode, reserved bit.
        b"\x83\x80\x00\x00\x00\x00",
        b"\xf1\x80\x00\x00\x00\x00",
        // A ping in fragments, and one too long (§5.5).
        b"\x09\x80\x00\x00\x00\x00",
        &[b"\x89\xfe\x01\x00\x00\x00\x00\x00".as_slice(), &[0; 256]].concat(),
        // Text that is not UTF-8 (§8.1).
        b"\x81\x82\x00\x00\x00\x00\xff\xfe",
    ];
    for bytes in wrong {
        let mut tcp = raw(&t).await;
        tcp.write_all(bytes).await.unwrap();
        let mut rest = vec![];
        let ended = tokio::time::timeout(
            std::time::Duration::from_secs(20),
            tcp.read_to_end(&mut rest),
        );
        // A reset is an end as well.
        let _ = ended
            .await
            .unwrap_or_else(|_| panic!("{bytes:x?} was borne"));
    }
    // A thousand fragments of nothing, with no end: the message is bounded.
    let mut tcp = raw(&t).await;
    let fragment = [
        b"\x00\xfe\x10\x00\x00\x00\x00\x00".as_slice(),
        &[b' '; 4096],
    ]
    .concat();
    let first = [
        b"\x01\xfe\x10\x00\x00\x00\x00\x00".as_slice(),
        &[b' '; 4096],
    ]
    .concat();
    let mut written = tcp.write_all(&first).await;
    for _ in 0..1_000 {
        written = match written {
            Ok(()) => tcp.write_all(&fragment).await,
            Err(_) => break,
        };
    }
    assert!(written.is_err(), "4 MB of one message were taken");
    bystander.send(json!({ "type": "ping" })).await;
    assert_eq!(bystander.next().await["type"], "pong");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn one_who_stops_reading_slows_nobody_and_is_told_to_read_anew(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let mut reader = t.visitor().live().await;
    reader.subscribe(&topic, None).await;
    let small = TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(4 * 1024).unwrap();
    let tcp = small.connect(t.address()).await.unwrap();
    let mut slow = Live::open_over(tcp, t.visitor().knock()).await.unwrap();
    slow.subscribe(&topic, None).await;

    // Large messages fill what the kernel holds for the slow one; then more
    // come than its queue and a replay hold. All within the 20 s after which
    // who does not read is hung up on.
    let actor = actor(t.service(), &alice).await;
    let large = "\u{1F6AA}".repeat(4_000);
    let mut posted = 0;
    for (chunks, body) in [(6, large.as_str()), (17, "x")] {
        for _ in 0..chunks {
            join_all((0..50).map(|_| post(t.service(), &actor, lobby, body.to_owned()))).await;
            for _ in 0..50 {
                posted += 1;
                assert_eq!(
                    reader.next().await["seq"],
                    posted,
                    "the quick one hears all in time"
                );
            }
        }
    }

    let mut heard = 0;
    let resync = loop {
        let frame = slow.next().await;
        if frame["type"] != "event" {
            break frame;
        }
        heard += 1;
        assert_eq!(frame["seq"], heard, "in order up to where it was lost");
    };
    assert_eq!(resync, json!({ "type": "resync", "topic": topic }));
    assert!(
        heard < 700,
        "{heard} events were held for one who did not read"
    );
    // It goes on as anyone who reads the state anew.
    let history = t.visitor().history(lobby).await;
    assert_eq!(history.seq, posted);
    slow.subscribe(&topic, Some(history.seq)).await;
    alice.say(lobby, "and on").await;
    assert_eq!(slow.next_of("event").await["seq"], posted + 1);
    assert_eq!(
        t.visitor()
            .get(&format!("/{EVENT}/chat/lobby"))
            .await
            .status(),
        200
    );
    t.stop().await;
}

//! Publishing over WebRTC as far as HTTP goes: who is let in, what is answered,
//! and how a session ends. What comes of the media is shown by `ingest` and in
//! the browser.

use hallway_model::access::{Actor, Role};
use hallway_testkit::Kind;
use reqwest::{Method, Response};
use rstest::rstest;

use crate::harness::{EVENT, Person, ROOM, TestServer};

/// What a browser offers, without what is of no matter here.
fn offer(video: &str) -> String {
    let transport = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\n\
        a=fingerprint:sha-256 01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF\r\n\
        a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\n";
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n{transport}\
        a=rtpmap:111 opus/48000/2\r\na=ssrc:1111 cname:x\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n{transport}\
        a=rtpmap:102 {video}/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\na=ssrc:2222 cname:x\r\n"
    )
}

async fn post(person: &Person, path: &str, key: Option<&str>, body: String) -> Response {
    let mut request = person
        .request(Method::POST, path)
        .header("origin", &person.url)
        .header("content-type", "application/sdp")
        .body(body);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request.send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers()[name].to_str().unwrap()
}

#[rstest]
#[tokio::test]
async fn a_key_opens_a_session_and_one_at_a_time(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let operator = Actor::operator();
    let rotating = t.service().rotate_stream_key(&operator, EVENT, ROOM);
    let key = rotating.await.unwrap().reveal().to_owned();
    let visitor = t.visitor();
    let path = "/api/v1/whip";
    for wrong in [None, Some("hw_nobody")] {
        let refused = post(&visitor, path, wrong, offer("H264")).await;
        assert_eq!(refused.status(), 401);
        assert!(
            refused
                .text()
                .await
                .unwrap()
                .contains("stream key is not valid")
        );
    }
    let useless = post(&visitor, path, Some(&key), "no offer".into()).await;
    assert_eq!(useless.status(), 422);

    let opened = post(&visitor, path, Some(&key), offer("H264")).await;
    assert_eq!(opened.status(), 201);
    assert_eq!(header(&opened, "content-type"), "application/sdp");
    assert_eq!(header(&opened, "cache-control"), "private, no-store");
    let etag = header(&opened, "etag").to_owned();
    let session = header(&opened, "location").to_owned();
    let answer = opened.text().await.unwrap();
    assert!(answer.contains("a=ice-lite"), "{answer}");
    assert!(answer.contains("a=recvonly"), "{answer}");
    assert!(answer.contains(" typ host"), "{answer}");

    let second = post(&visitor, path, Some(&key), offer("H264")).await;
    assert_eq!(second.status(), 409);
    assert!(
        second
            .text()
            .await
            .unwrap()
            .contains("already has a publisher")
    );

    let patch = async |if_match: &str, body: &'static str| {
        let request = visitor
            .request(Method::PATCH, &session)
            .header("origin", &visitor.url)
            .header("content-type", "application/trickle-ice-sdpfrag")
            .header("if-match", if_match)
            .body(body);
        request.send().await.unwrap()
    };
    let candidate = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\nm=audio 9 X 1\r\na=mid:0\r\na=candidate:1 1 UDP 2130706431 127.0.0.1 5000 typ host\r\n";
    assert_eq!(patch(&etag, candidate).await.status(), 204);
    assert_eq!(patch("\"other\"", candidate).await.status(), 412);
    let restart = "a=ice-ufrag:wxyz\r\na=ice-pwd:76543210fedcba9876543210\r\n";
    let restarted = patch("*", restart).await;
    assert_eq!(restarted.status(), 200);
    assert_ne!(header(&restarted, "etag"), etag);
    assert!(restarted.text().await.unwrap().contains("a=ice-ufrag:"));

    let stop = async || {
        let request = visitor.request(Method::DELETE, &session);
        request.header("origin", &visitor.url).send().await.unwrap()
    };
    assert_eq!(stop().await.status(), 200);
    assert_eq!(stop().await.status(), 404);
    let again = post(&visitor, path, Some(&key), offer("H264")).await;
    assert_eq!(again.status(), 201, "the stage is free again");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn who_runs_the_stage_comes_as_they_are_signed_in(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let producer = t.person("Producer", Role::Producer).await;
    let attendee = t.person("Attendee", Role::Attendee).await;
    let path = format!("/api/v1/events/{EVENT}/stages/{ROOM}/whip");
    assert_eq!(
        post(&attendee, &path, None, offer("H264")).await.status(),
        403
    );
    assert_eq!(
        post(&t.visitor(), &path, None, offer("H264"))
            .await
            .status(),
        401
    );
    let opened = post(&producer, &path, None, offer("H264")).await;
    assert_eq!(opened.status(), 201);

    let studio = format!("/{EVENT}/organise/stage/{ROOM}/studio");
    let page = producer.get(&studio).await;
    assert_eq!(page.status(), 200);
    let devices = header(&page, "permissions-policy");
    assert!(devices.contains("camera=(self)"), "{devices}");
    assert!(page.text().await.unwrap().contains(&path));
    let elsewhere = producer.get(&format!("/{EVENT}/stage/{ROOM}")).await;
    assert!(header(&elsewhere, "permissions-policy").contains("camera=()"));
    assert_eq!(attendee.get(&studio).await.status(), 403);
    t.stop().await;
}

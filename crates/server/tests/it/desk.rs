//! The stage's desk: its key, shown once, and the producer's two cues.

use hallway_model::access::{Actor, Role};
use hallway_testkit::Kind;
use reqwest::Response;
use reqwest::header::{CACHE_CONTROL, LOCATION};
use rstest::rstest;

use crate::harness::{EVENT, ROOM, TestServer, key};

fn location(response: &Response) -> String {
    let value = response
        .headers()
        .get(LOCATION)
        .map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_stream_key_is_shown_once_and_the_one_before_stops(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let producer = t.person("Pia", Role::Producer).await;
    let desk = format!("/{EVENT}/organise/stage/{ROOM}/");
    let rotate = async |once: &str| {
        let answer = producer
            .form(&format!("{desk}key"), &[("key", once), ("sure", "yes")])
            .await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[CACHE_CONTROL], "private, no-store");
        let page = answer.text().await.unwrap();
        let (_, rest) = page
            .split_once("<code class=\"fresh\">")
            .expect("the fresh key");
        rest.split_once('<').unwrap().0.to_owned()
    };
    let unsure = producer.form(&format!("{desk}key"), &[]).await;
    assert_eq!(unsure.status(), 422);
    let once = key().to_string();
    let first = rotate(&once).await;
    assert_eq!(rotate(&once).await, first, "sent twice is made once");
    let stage = t
        .service()
        .admit_publisher(&first)
        .await
        .unwrap()
        .expect("the key opens its stage");
    assert_eq!(stage.room_slug, ROOM);
    assert!(!producer.page(&desk).await.contains(&first), "never again");
    let second = rotate(&key().to_string()).await;
    assert_ne!(first, second);
    assert_eq!(t.service().admit_publisher(&first).await.unwrap(), None);
    assert!(
        t.service()
            .admit_publisher(&second)
            .await
            .unwrap()
            .is_some()
    );

    let alice = t.person("Alice", Role::Attendee).await;
    assert_eq!(alice.get(&desk).await.status(), 403);
    assert_eq!(
        alice
            .form(
                &format!("{desk}key"),
                &[("key", &key().to_string()), ("sure", "yes")]
            )
            .await
            .status(),
        403
    );
    assert_eq!(t.visitor().get(&desk).await.status(), 401);
    assert!(
        t.service()
            .admit_publisher(&second)
            .await
            .unwrap()
            .is_some(),
        "nothing changed"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_producer_starts_and_ends_a_session(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let producer = t.person("Pia", Role::Producer).await;
    let desk = format!("/{EVENT}/organise/stage/{ROOM}/");
    let page = producer.page(&desk).await;
    assert!(
        page.contains("The first door") && page.contains("The second door"),
        "{page}"
    );
    assert!(
        !page.contains("A door to the side"),
        "that is another room's"
    );
    let code = page
        .split_once("/start\"")
        .unwrap()
        .0
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();

    let cue = async |word: &str, key: &str| {
        producer
            .form(&format!("{desk}{code}/{word}"), &[("key", key)])
            .await
    };
    let fresh = || key().to_string();
    let early = cue("end", &fresh()).await;
    assert_eq!(early.status(), 409, "nothing to end");
    let start = fresh();
    for _ in 0..2 {
        let started = cue("start", &start).await;
        assert_eq!(
            location(&started),
            format!("{desk}?done=session-started"),
            "pressed twice is once"
        );
    }
    assert!(
        producer
            .page(&desk)
            .await
            .contains(&format!("{code}/end\""))
    );
    assert_eq!(
        location(&cue("end", &fresh()).await),
        format!("{desk}?done=session-ended")
    );
    assert_eq!(cue("start", "no key").await.status(), 422);

    let alice = t.person("Alice", Role::Attendee).await;
    assert_eq!(
        alice
            .form(&format!("{desk}{code}/start"), &[("key", &fresh())])
            .await
            .status(),
        403
    );
    assert_eq!(
        producer
            .form(
                &format!("/{EVENT}/organise/stage/nowhere/{code}/start"),
                &[("key", &fresh())]
            )
            .await
            .status(),
        404
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_producer_lets_another_program_take_over(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let producer = t.person("Pia", Role::Producer).await;
    let desk = format!("/{EVENT}/organise/stage/{ROOM}/");
    let word = "Let another program take over";
    assert!(!producer.page(&desk).await.contains(word), "no key yet");
    let made = producer
        .form(
            &format!("{desk}key"),
            &[("key", &key().to_string()), ("sure", "yes")],
        )
        .await;
    assert_eq!(made.status(), 200);
    assert!(producer.page(&desk).await.contains(word));

    let mut live = producer.live().await;
    live.subscribe(&format!("desk:{}", t.room(ROOM).await), None)
        .await;
    let path = format!("{desk}takeover");
    let alice = t.person("Alice", Role::Attendee).await;
    let once = key().to_string();
    let refused = alice.form(&path, &[("key", &once)]).await;
    assert_eq!(refused.status(), 403);
    for _ in 0..2 {
        let allowed = producer.form(&path, &[("key", &once)]).await;
        assert_eq!(allowed.status(), 303);
        assert_eq!(location(&allowed), format!("{desk}?done=takeover-allowed"));
    }
    let told = live.next_of("event").await;
    assert_eq!(told["event"]["type"], "takeover_allowed");
    // Once for both: what comes next is another thing.
    t.service()
        .rotate_stream_key(&Actor::operator(), EVENT, ROOM)
        .await
        .unwrap();
    let next = live.next_of("event").await;
    assert_eq!(next["event"]["type"], "stream_key_rotated");
    t.stop().await;
}

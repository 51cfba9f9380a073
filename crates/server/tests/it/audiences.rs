//! How a stage plays at its viewers', as its desk is told.

use hallway_model::access::Role;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{EVENT, Live, ROOM, TestServer};

async fn tell(live: &mut Live, topic: &str, latency_ms: u32, stalled_ms: u32) {
    let playback = json!({ "latency_ms": latency_ms, "stalled_ms": stalled_ms });
    live.send(json!({ "type": "playback", "topic": topic, "playback": playback }))
        .await;
    // It was read once what follows it is answered.
    live.send(json!({ "type": "ping" })).await;
    live.next_of("pong").await;
}

#[rstest]
#[tokio::test]
async fn a_desk_is_told_how_it_plays_for_all_together(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let producer = t.person("Producer", Role::Producer).await;
    let room = t.room(ROOM).await;
    let (stage, desk) = (format!("stage:{room}"), format!("desk:{room}"));
    let (mut one, mut two) = (t.visitor().live().await, t.visitor().live().await);
    one.attend(&stage).await;
    two.attend(&stage).await;
    // Who is not there, or is at no stage, has nothing to tell.
    let mut nobody = t.visitor().live().await;
    tell(&mut nobody, &stage, 60_000, 60_000).await;
    nobody.subscribe(&stage, None).await;
    tell(&mut nobody, &stage, 60_000, 60_000).await;
    tell(&mut one, &stage, 1_320, 0).await;
    // Too soon: the first word holds.
    tell(&mut one, &stage, 50_000, 50_000).await;
    tell(&mut two, &stage, 2_800, 450).await;

    let mut live = producer.live().await;
    live.subscribe(&desk, None).await;
    let expected = json!({
        "players": 2,
        "latency_p50_ms": 1_400, "latency_p95_ms": 2_800,
        "stalled_p50_ms": 0, "stalled_p95_ms": 500,
    });
    let told = live.next_of("audience").await;
    assert_eq!(
        told,
        json!({ "type": "audience", "topic": desk, "audience": expected })
    );
    let page = producer
        .page(&format!("/{EVENT}/organise/stage/{ROOM}/"))
        .await;
    let page = page.replace("&#34;", "\"").replace("&quot;", "\"");
    assert!(
        page.contains("\"latency_p95_ms\":2800"),
        "the page knows it too"
    );

    // The last one's leaving is told, and then nothing more.
    drop((one, two));
    let gone = loop {
        let told = live.next_of("audience").await["audience"].clone();
        if told != expected {
            break told;
        }
    };
    assert!(gone["players"].as_i64().unwrap() < 2, "{gone}");
    let bad: Value =
        json!({ "type": "playback", "topic": stage, "playback": { "latency_ms": -1 } });
    live.send(bad).await;
    let problem = live.next_of("problem").await;
    assert_eq!(problem["problem"]["type"], "/problems/invalid");
    t.stop().await;
}

//! Cross-links: from a message to its moment in the recording, from a channel
//! to its session, and from anywhere to a message in a thread.

use hallway_model::access::Role;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::publish;
use crate::databases::execute;
use crate::harness::{EVENT, TestServer};
use crate::live::{actor, post};
use crate::threads::answer;

/// The server remembers for a second what no command of its own has changed.
async fn look_anew(t: &TestServer, newcomer: &str) {
    t.person(newcomer, Role::Attendee).await;
}

/// A session's channel: its id and slug, and the session's code.
async fn of_session(t: &TestServer) -> (Uuid, String, String) {
    let path = format!("/api/v1/events/{EVENT}/channels");
    let channels: Value = t.visitor().get(&path).await.json().await.unwrap();
    let channels = channels["channels"].as_array().unwrap();
    let found = channels.iter().find(|c| c["kind"] == "session").unwrap();
    let word = |name: &str| found[name].as_str().unwrap().to_owned();
    (
        Uuid::parse_str(&word("id")).unwrap(),
        word("slug"),
        word("session"),
    )
}

#[rstest]
#[tokio::test]
async fn a_message_of_a_session_leads_to_its_moment_once_there_is_a_recording(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let (channel, slug, code) = of_session(&t).await;
    let message = alice.say(channel, "Look at this slide").await;
    assert_eq!(alice.history(channel).await.timeline, None);

    publish(&t, EVENT, &code).await;
    let (from, to) = (message.sent_at - 760_000, message.sent_at + 1_000);
    let cues = format!("UPDATE recording SET cue_from = {from}, cue_to = {to}");
    execute(t.database_url(), &cues).await;
    look_anew(&t, "Ada").await;
    let talk = format!("/{EVENT}/talk/{code}/");
    let timeline = t.visitor().history(channel).await.timeline;
    assert_eq!(
        json!(timeline),
        json!({ "from": from, "to": to, "url": talk })
    );
    assert_eq!(t.visitor().history(t.lobby().await).await.timeline, None);
    let page = t.visitor().page(&format!("/{EVENT}/chat/{slug}")).await;
    assert!(page.contains(&format!("href=\"{talk}?t=760\"")), "{page}");
    assert!(
        page.contains("12:40") && page.contains(&format!("href=\"{talk}\"")),
        "{page}"
    );
    // What is said after the end is of no moment.
    execute(t.database_url(), "UPDATE recording SET cue_to = cue_from").await;
    look_anew(&t, "Bob").await;
    let page = t.visitor().page(&format!("/{EVENT}/chat/{slug}")).await;
    assert!(!page.contains("?t="), "{page}");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn the_address_of_a_message_leads_to_it_wherever_it_is(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let root = alice.say(lobby, "The root").await;
    answer(&alice, &root, "In the thread alone", false).await;
    answer(&alice, &root, "In both", true).await;
    let who = actor(t.service(), &alice).await;
    for n in 4..120 {
        post(t.service(), &who, lobby, format!("filler {n}")).await;
    }
    let channel = format!("/{EVENT}/chat/lobby");
    let around = t.visitor().page(&format!("{channel}?at=60")).await;
    assert!(
        around.contains("filler 60") && around.contains("filler 36"),
        "{around}"
    );
    assert!(!around.contains("filler 110") && around.contains(&format!("href=\"{channel}\"")));
    let to_thread = t.visitor().get(&format!("{channel}?at=2")).await;
    assert_eq!(to_thread.status(), 303);
    assert_eq!(
        to_thread.headers()["location"],
        format!("{channel}/thread/1?at=2#m2")
    );
    assert!(
        t.visitor()
            .page(&format!("{channel}?at=3"))
            .await
            .contains("In both")
    );
    assert_eq!(
        t.visitor()
            .get(&format!("{channel}?at=9999"))
            .await
            .status(),
        200
    );
    assert_eq!(
        t.visitor()
            .get(&format!("{channel}/thread/9999"))
            .await
            .status(),
        404
    );
    t.stop().await;
}

//! Reactions: live for everyone, one per person and emoji, with undo.

use hallway_model::access::Role;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{EVENT, TestServer, key};

#[rstest]
#[tokio::test]
async fn a_reaction_counts_once_reaches_everyone_and_can_be_taken_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let message = alice.say(lobby, "Doors are open").await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;

    assert_eq!(bob.react(Method::PUT, &message, "🎉").await.status(), 204);
    assert_eq!(
        bob.react(Method::PUT, &message, "🎉").await.status(),
        204,
        "twice is once"
    );
    assert_eq!(alice.react(Method::PUT, &message, "🎉").await.status(), 204);

    let first = live.next_of("event").await;
    assert_eq!(
        (&first["seq"], &first["event"]["type"]),
        (&json!(2), &json!("reaction_added"))
    );
    assert_eq!(live.next_of("event").await["seq"], 3);
    let of_bob = &bob.history(lobby).await.messages[0].reactions;
    assert_eq!(
        json!(of_bob),
        json!([{ "emoji": "🎉", "count": 2, "mine": true }])
    );
    let of_visitor = &t.visitor().history(lobby).await.messages[0].reactions;
    assert_eq!(
        json!(of_visitor),
        json!([{ "emoji": "🎉", "count": 2, "mine": false }])
    );

    assert_eq!(
        bob.react(Method::DELETE, &message, "🎉").await.status(),
        204
    );
    assert_eq!(
        live.next_of("event").await["event"]["type"],
        "reaction_removed"
    );
    let of_bob = &bob.history(lobby).await.messages[0].reactions;
    assert_eq!(
        json!(of_bob),
        json!([{ "emoji": "🎉", "count": 1, "mine": false }])
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn only_one_emoji_is_a_reaction_and_only_people_of_the_event_react(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    let message = alice.say(t.lobby().await, "hello").await;

    for bad in ["", "hello", "<b>", "🎉🎉"] {
        assert_eq!(
            alice.react(Method::PUT, &message, bad).await.status(),
            422,
            "{bad}"
        );
    }
    assert_eq!(
        t.visitor()
            .react(Method::PUT, &message, "👍")
            .await
            .status(),
        401
    );
    assert_eq!(
        stranger.react(Method::PUT, &message, "👍").await.status(),
        403
    );
    assert_eq!(
        alice.history(t.lobby().await).await.messages[0].reactions,
        []
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_form_reacts_without_a_script(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let message = alice.say(t.lobby().await, "hello").await;
    let path = format!("/{EVENT}/chat/lobby/messages/{}/reactions", message.id);
    let answer = alice
        .form(
            &path,
            &[
                ("key", &key().to_string()),
                ("emoji", "👍"),
                ("action", "add"),
                ("next", ""),
            ],
        )
        .await;
    assert_eq!(answer.status(), 303);
    let place = answer.headers()["location"].to_str().unwrap();
    assert!(place.ends_with(&format!("#m{}", message.seq)), "{place}");
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("👍"), "{page}");
    assert!(page.contains(&format!("id=\"m{}\"", message.seq)), "{page}");
    t.stop().await;
}

/// For every event of a channel: the state before, with the event applied, is
/// the state fetched after. The fixture is read by the island's reducer, which
/// must reach the same end.
#[rstest]
#[tokio::test]
async fn events_lead_from_the_state_before_to_the_state_after(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let first = alice.say(lobby, "The **first** words").await;
    alice.react(Method::PUT, &first, "👍").await;
    let before = t.visitor().history(lobby).await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), Some(before.seq))
        .await;

    bob.react(Method::PUT, &first, "👍").await;
    let second = bob.say(lobby, "An answer with `code`").await;
    alice.react(Method::PUT, &second, "🎉").await;
    alice.react(Method::DELETE, &first, "👍").await;
    bob.react(Method::DELETE, &first, "👍").await;

    let mut events: Vec<Value> = vec![];
    for _ in 0..5 {
        let frame = live.next_of("event").await;
        events.push(json!({ "seq": frame["seq"], "event": frame["event"] }));
    }
    let after = t.visitor().history(lobby).await;
    assert_eq!(after.seq, before.seq + 5);
    assert_eq!(events.last().unwrap()["seq"], after.seq);
    let fixture = json!({ "before": before, "events": events, "after": after });
    crate::messages::check_fixture("chat/fixtures/messages-and-reactions.json", &fixture);
    t.stop().await;
}

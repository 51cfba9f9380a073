//! Conversations between a few people: off until the other agrees, and there
//! for nobody else.

use hallway_model::access::Role;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{EVENT, Person, TestServer, key};
use crate::places::send;

/// People who are known at the event, as a word in the lobby makes them.
async fn known<const N: usize>(t: &TestServer, names: [&str; N]) -> [(Person, String); N] {
    let lobby = t.lobby().await;
    let mut people = vec![];
    for name in names {
        let person = t.person(name, Role::Attendee).await;
        let said = person.say(lobby, "hello").await;
        people.push((person, said.author.unwrap().id.to_string()));
    }
    people.try_into().ok().unwrap()
}

pub async fn ask(person: &Person, who: &str, line: &str) -> (u16, String) {
    let fields = [("who", who), ("line", line)];
    let (status, place) = send(person, &routes::directs(EVENT), &fields).await;
    let slug = place
        .strip_prefix(&format!("/{EVENT}/chat/"))
        .unwrap_or("")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    (status, slug)
}

pub async fn answer(person: &Person, slug: &str, word: &str) -> u16 {
    let path = routes::channel_part(EVENT, slug, "membership");
    send(person, &path, &[("answer", word)]).await.0
}

pub async fn id_of(t: &TestServer, person: &Person, slug: &str) -> Uuid {
    let actor = t.actor_of(person).await;
    t.service()
        .channel(&actor, EVENT, slug)
        .await
        .unwrap()
        .1
        .id
        .0
}

#[rstest]
#[tokio::test]
async fn a_conversation_is_off_until_the_other_agrees_and_nobody_elses(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let [(alice, _), (bob, bob_id), (carol, _)] = known(&t, ["Alice", "Bob", "Carol"]).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let admin = t.person("Root", Role::Admin).await;
    let (status, slug) = ask(&alice, &bob_id, "May I ask you something?").await;
    assert_eq!(status, 303);
    let id = id_of(&t, &alice, &slug).await;
    // One first line, and nothing more until then.
    assert_eq!(alice.say_with_key(id, "hello?", key()).await.status(), 409);
    let page = alice.page(&routes::channel(EVENT, &slug)).await;
    assert!(page.contains("Your first line is there"), "{page}");
    assert!(page.contains("noindex"), "{page}");
    let asked = bob.page(&routes::directs(EVENT)).await;
    assert!(asked.contains("You are asked") && asked.contains("May I ask you something?"));
    assert!(asked.contains("Alice"));
    // Before he agrees, Bob can neither read on nor write.
    assert_eq!(bob.say_with_key(id, "yes", key()).await.status(), 404);
    // Asking again is not asking more.
    assert_eq!(ask(&alice, &bob_id, "Please!").await.0, 409);

    assert_eq!(answer(&carol, &slug, "accept").await, 404);
    assert_eq!(answer(&bob, &slug, "accept").await, 303);
    bob.say(id, "Of course").await;
    alice.say(id, "Wonderful").await;
    assert_eq!(bob.history(id).await.messages.len(), 3);
    let page = bob.page(&routes::channel(EVENT, &slug)).await;
    assert!(page.contains("<h1>Alice</h1>"), "{page}");

    // It is not there for anybody else, whatever they hold.
    let topic = format!("channel:{id}");
    for other in [&t.visitor(), &carol, &organiser, &admin] {
        for path in [
            routes::channel(EVENT, &slug),
            routes::about_channel(EVENT, &slug),
            format!("/api/v1/channels/{id}/messages"),
        ] {
            assert_eq!(other.get(&path).await.status(), 404, "{path}");
        }
        let mut live = other.live().await;
        live.send(json!({ "type": "subscribe", "topic": topic, "after": 0 }))
            .await;
        assert_eq!(live.next().await["problem"]["type"], "/problems/not-found");
    }
    for member in [&alice, &bob, &carol, &organiser] {
        let list = member.page(&routes::channels(EVENT)).await;
        assert!(!list.contains(&slug), "conversations are in no list");
        let api = member.page(&routes::api_channels(EVENT)).await;
        assert!(!api.contains(&slug));
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_request_can_be_declined_and_a_conversation_left(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let [(alice, alice_id), (bob, bob_id)] = known(&t, ["Alice", "Bob"]).await;
    let (_, slug) = ask(&alice, "bob", "Hello").await;
    let id = id_of(&t, &alice, &slug).await;
    assert_eq!(answer(&bob, &slug, "decline").await, 303);
    assert!(!bob.page(&routes::directs(EVENT)).await.contains(&slug));
    // Alice is not told, and cannot go on.
    assert_eq!(alice.say_with_key(id, "hello?", key()).await.status(), 409);
    assert_eq!(ask(&alice, &bob_id, "Hello again").await.0, 409);
    // Bob may turn to her himself: then it is one conversation.
    let (status, again) = ask(&bob, &alice_id, "Sorry, now I can").await;
    assert_eq!((status, again.as_str()), (303, slug.as_str()));
    alice.say(id, "Fine").await;
    assert_eq!(bob.history(id).await.messages.len(), 3);
    assert_eq!(answer(&bob, &slug, "leave").await, 303);
    assert_eq!(bob.get(&routes::channel(EVENT, &slug)).await.status(), 404);
    assert_eq!(alice.say_with_key(id, "?", key()).await.status(), 409);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_block_ends_what_passes_between_two(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let [(alice, alice_id), (bob, bob_id), (carol, _)] = known(&t, ["Alice", "Bob", "Carol"]).await;
    // From the request.
    let (_, slug) = ask(&alice, &bob_id, "Hello").await;
    let path = routes::channel_part(EVENT, &slug, "block");
    assert_eq!(send(&carol, &path, &[]).await.0, 404);
    assert_eq!(send(&bob, &path, &[]).await.0, 303);
    // Neither finds the other; it looks as if there were nobody.
    assert_eq!(
        alice
            .get(&format!("/{EVENT}/people/{bob_id}"))
            .await
            .status(),
        404
    );
    assert_eq!(ask(&alice, &bob_id, "Hello").await.0, 422);
    assert_eq!(ask(&bob, &alice_id, "Hello").await.0, 422);

    // In a conversation that goes on.
    let (_, slug) = ask(&carol, &bob_id, "Hello").await;
    let id = id_of(&t, &carol, &slug).await;
    assert_eq!(answer(&bob, &slug, "accept").await, 303);
    carol.say(id, "Thank you").await;
    let carol_id = carol.history(id).await.messages[0]
        .author
        .clone()
        .unwrap()
        .id;
    let path = routes::person_block(EVENT, carol_id);
    assert_eq!(send(&bob, &path, &[("block", "yes")]).await.0, 303);
    assert_eq!(carol.say_with_key(id, "?", key()).await.status(), 409);
    assert_eq!(bob.say_with_key(id, "?", key()).await.status(), 409);
    for person in [&bob, &carol] {
        assert!(!person.page(&routes::directs(EVENT)).await.contains(&slug));
    }
    // In public their words are folded away for the one who blocked.
    let lobby = routes::channel(EVENT, "lobby");
    assert!(bob.page(&lobby).await.contains("somebody you blocked"));
    assert!(!carol.page(&lobby).await.contains("somebody you blocked"));
    // Taken back, all is as before.
    assert_eq!(send(&bob, &path, &[("block", "no")]).await.0, 303);
    carol.say(id, "Still there?").await;
    assert!(bob.page(&routes::directs(EVENT)).await.contains(&slug));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_few_talk_and_each_agrees_for_themselves(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let [(alice, _), (bob, _), (carol, _), (_, dan_id)] =
        known(&t, ["Alice", "Bob", "Carol", "Dan"]).await;
    let (status, slug) = ask(&alice, &format!("Bob, Carol\n{dan_id}"), "Dinner?").await;
    assert_eq!(status, 303);
    let id = id_of(&t, &alice, &slug).await;
    assert_eq!(answer(&bob, &slug, "accept").await, 303);
    bob.say(id, "Yes").await;
    // Carol has not agreed and reads nothing.
    assert_eq!(
        carol.get(&routes::channel(EVENT, &slug)).await.status(),
        404
    );
    assert_eq!(answer(&carol, &slug, "accept").await, 303);
    assert_eq!(carol.history(id).await.messages.len(), 2);
    // Nine are too many, and oneself is nobody to ask.
    assert_eq!(ask(&alice, "Alice", "Me?").await.0, 422);
    assert_eq!(ask(&alice, "", "Nobody?").await.0, 422);
    assert_eq!(ask(&alice, "Bob", " ").await.0, 422);
    t.stop().await;
}

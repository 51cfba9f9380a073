//! Who is in a channel: counted, named as each wants it, or invisible; and marks
//! that somebody writes, among few.

use std::time::Duration;

use hallway_gateway::Hub;
use hallway_model::access::Role;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_protocol::presence::PeopleHere;
use hallway_protocol::{Topic, routes};
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::{EVENT, Live, Person, TestServer, key};
use crate::places::send;

async fn here(person: &Person, channel: Uuid) -> PeopleHere {
    let path = routes::api_channel_people(ChannelId(channel));
    let answer = person.get(&path).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn names(person: &Person, channel: Uuid) -> Vec<String> {
    let people = here(person, channel).await.people;
    people.into_iter().map(|one| one.name).collect()
}

/// Says how somebody wants to be seen.
async fn show(person: &Person, fields: &[(&str, &str)]) {
    assert_eq!(send(person, &routes::account_card(), fields).await.0, 303);
}

async fn id_of(t: &TestServer, person: &Person) -> PersonId {
    t.actor_of(person).await.person.unwrap()
}

/// Waits for what comes about by itself, and fails where it does not.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let all = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), all).await;
    assert!(waited.is_ok(), "never: {what}");
}

/// Comes to a topic and gives how many are there, as one who comes is told.
async fn come(live: &mut Live, topic: &str) -> i64 {
    let frame = json!({ "type": "subscribe", "topic": topic, "present": true });
    live.send(frame).await;
    count(live).await
}

/// Waits until a connection is told this count.
async fn told(live: &mut Live, wanted: i64) {
    while count(live).await != wanted {}
}

/// The next count that a connection is told.
async fn count(live: &mut Live) -> i64 {
    live.next_of("count").await["count"].as_i64().unwrap()
}

#[rstest]
#[tokio::test]
async fn whoever_wants_it_is_named_and_whoever_is_invisible_is_not_there(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let zoe = t.person("Zoe", Role::Attendee).await;
    let lobby = t.lobby().await;
    let topic = Topic::Channel(ChannelId(lobby));
    // Another process with sockets of its own would learn of these by the bus.
    let stop = CancellationToken::new();
    let other = Hub::start(t.service().bus(), t.service().clone(), stop.clone());
    show(&zoe, &[("named", "yes"), ("languages", "")]).await;
    let mut first = bob.live().await;
    assert_eq!(come(&mut first, &topic.to_string()).await, 1);
    let mut second = alice.live().await;
    assert_eq!(come(&mut second, &topic.to_string()).await, 2);
    let mut third = zoe.live().await;
    assert_eq!(come(&mut third, &topic.to_string()).await, 3);

    told(&mut first, 3).await;

    // Names are given to those who are registered, and of those who want it.
    assert_eq!(here(&bob, lobby).await.count, 3);
    assert_eq!(names(&bob, lobby).await, ["Zoe"]);
    show(&alice, &[("named", "yes"), ("languages", "")]).await;
    eventually("Alice is named", async || {
        names(&bob, lobby).await == ["Alice", "Zoe"]
    })
    .await;
    let page = routes::channel_people(EVENT, "lobby");
    let text = bob.page(&page).await;
    assert!(
        text.contains("Alice") && text.contains("3 people are here"),
        "{text}"
    );
    let top = bob.page(&routes::channel(EVENT, "lobby")).await;
    assert!(
        top.contains(&page) && top.contains("Who is here"),
        "the way there: a number would be old beside the live one: {top}"
    );
    assert_eq!(t.visitor().get(&page).await.status(), 401);
    // Open to talk stands first.
    let talk = [("open", "yes")];
    assert_eq!(send(&zoe, "/account/talk", &talk).await.0, 303);
    assert_eq!(names(&bob, lobby).await, ["Zoe", "Alice"]);

    // The same over the bus, as another process hears it.
    let both = [id_of(&t, &alice).await, id_of(&t, &zoe).await];
    eventually("the other process knows", async || {
        let mut people = other.people(topic);
        people.retain(|person| both.contains(person));
        other.count(topic) == 3 && people.len() == 2
    })
    .await;

    // A block parts both ways.
    let block = routes::person_block(EVENT, id_of(&t, &alice).await);
    assert_eq!(send(&zoe, &block, &[("block", "yes")]).await.0, 303);
    assert_eq!(names(&zoe, lobby).await, ["Zoe"]);
    assert_eq!(names(&alice, lobby).await, ["Alice"]);

    // Invisible: at once, neither counted nor named, and told to who is there.
    let invisible = [("named", "yes"), ("invisible", "yes"), ("languages", "")];
    show(&alice, &invisible).await;
    told(&mut first, 2).await;
    assert_eq!(names(&bob, lobby).await, ["Zoe"]);
    eventually("the other process knows", async || {
        other.count(topic) == 2 && other.people(topic).len() == 1
    })
    .await;
    // A new connection of hers is as invisible as the one before.
    let mut again = alice.live().await;
    assert_eq!(come(&mut again, &topic.to_string()).await, 2);
    show(&alice, &[("named", "yes"), ("languages", "")]).await;
    told(&mut first, 4).await;

    drop((first, second, third, again));
    eventually("all have left, for every process", async || {
        other.count(topic) == 0
    })
    .await;
    stop.cancel();
    t.stop().await;
}

/// What a connection hears up to the message with these words.
async fn up_to(live: &mut Live, words: &str) -> Vec<Value> {
    let mut heard = vec![];
    loop {
        let frame = live.next().await;
        if frame["event"]["message"]["source"] == words {
            return heard;
        }
        if frame["type"] == "writing" {
            heard.push(frame);
        }
    }
}

async fn write(live: &mut Live, topic: &str) {
    live.send(json!({ "type": "writing", "topic": topic }))
        .await;
}

/// Posts over the connection, after what it sent before.
async fn post(live: &mut Live, channel: Uuid, body: &str) {
    let command = json!({ "type": "post_message", "channel": channel, "body": body });
    live.send(json!({ "type": "command", "key": key(), "command": command }))
        .await;
}

#[rstest]
#[tokio::test]
async fn that_somebody_writes_is_passed_on_among_few_and_kept_nowhere(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let carol = t.person("Carol", Role::Attendee).await;
    let mina = t.person("Mina", Role::Moderator).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let author = id_of(&t, &alice).await;
    let block = routes::person_block(EVENT, id_of(&t, &carol).await);
    carol.say(lobby, "hello").await;
    assert_eq!(send(&alice, &block, &[("block", "yes")]).await.0, 303);
    let mut live = vec![];
    for person in [&alice, &bob, &carol, &t.visitor()] {
        let mut one = person.live().await;
        come(&mut one, &topic).await;
        live.push(one);
    }
    let mut live = live.into_iter();
    let mut next = || live.next().unwrap();
    let (mut hers, mut bobs, mut carols, mut visitors) = (next(), next(), next(), next());
    told(&mut hers, 4).await;
    told(&mut carols, 4).await;

    // Told once, however often it is said within moments; to nobody behind a
    // block, nobody without a name, and not to oneself.
    let before = t.service().latest(Topic::Channel(ChannelId(lobby))).await;
    for _ in 0..3 {
        write(&mut hers, &topic).await;
    }
    post(&mut hers, lobby, "one").await;
    let mark = json!({ "type": "writing", "topic": topic, "person": author, "name": "Alice" });
    assert_eq!(up_to(&mut bobs, "one").await, [mark]);
    for silent in [&mut carols, &mut visitors, &mut hers] {
        assert_eq!(up_to(silent, "one").await, Vec::<Value>::new());
    }
    let after = t.service().latest(Topic::Channel(ChannelId(lobby))).await;
    assert_eq!(
        after.unwrap(),
        before.unwrap() + 1,
        "the message alone is recorded"
    );
    // Whoever does not follow the channel says nothing there.
    let mut outside = bob.live().await;
    write(&mut outside, &topic).await;
    outside.send(json!({ "type": "ping" })).await;
    assert_eq!(outside.next_of("pong").await["type"], "pong");

    // An invisible person is not seen to write; neither is one who may not.
    show(&bob, &[("invisible", "yes"), ("languages", "")]).await;
    told(&mut hers, 3).await;
    write(&mut bobs, &topic).await;
    post(&mut bobs, lobby, "two").await;
    assert_eq!(up_to(&mut hers, "two").await, Vec::<Value>::new());
    up_to(&mut carols, "two").await;
    show(&bob, &[("languages", "")]).await;
    told(&mut carols, 4).await;
    let mute = [("kind", "mute"), ("length", "60"), ("reason", "quiet")];
    let judge = routes::moderate_person(EVENT, id_of(&t, &bob).await);
    assert_eq!(send(&mina, &judge, &mute).await.0, 303);
    write(&mut bobs, &topic).await;
    bobs.send(json!({ "type": "ping" })).await;
    bobs.next_of("pong").await;
    carol.say(lobby, "three").await;
    assert_eq!(up_to(&mut hers, "three").await, Vec::<Value>::new());

    // Among more than twenty it is told to nobody.
    let mut crowd = vec![];
    for _ in 0..17 {
        let mut one = carol.live().await;
        come(&mut one, &topic).await;
        crowd.push(one);
    }
    write(&mut carols, &topic).await;
    post(&mut carols, lobby, "four").await;
    assert_eq!(up_to(&mut bobs, "four").await, Vec::<Value>::new());
    t.stop().await;
}

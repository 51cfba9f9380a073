//! Channels: one for the event, one for each session, readable by whom the
//! event lets read.

use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_protocol::messages::ChannelList;
use hallway_service::events::ChangeSettings;
use hallway_service::imports::Source;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{EVENT, Person, TestServer, key, programme};

async fn channels(person: &Person, event: &str) -> ChannelList {
    let answer = person
        .get(&format!("/api/v1/events/{event}/channels"))
        .await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Only those who registered read the chat from now on.
async fn close_to_guests(t: &TestServer) {
    let settings = Settings {
        guests_read_chat: false,
        ..Settings::default()
    };
    let command = ChangeSettings {
        event: EVENT.into(),
        title: "Testival".into(),
        settings,
    };
    t.service()
        .write(&Actor::operator(), None, command)
        .await
        .unwrap();
}

#[rstest]
#[tokio::test]
async fn an_event_has_a_channel_and_so_has_each_of_its_sessions(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let schedule: Value = t
        .visitor()
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json()
        .await
        .unwrap();
    let mut codes: Vec<String> = schedule["sessions"]
        .as_array()
        .expect("sessions")
        .iter()
        .map(|s| s["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    let listed = channels(&t.visitor(), EVENT).await.channels;
    assert_eq!(
        (listed[0].kind.as_str(), listed[0].slug.as_str()),
        ("event", "lobby")
    );
    assert_eq!(listed[0].session, None);
    let mut of_sessions: Vec<String> = listed[1..]
        .iter()
        .map(|c| c.session.clone().expect("a session's channel"))
        .collect();
    of_sessions.sort();
    assert_eq!((of_sessions.len(), &of_sessions), (3, &codes));

    // An import that changes nothing makes no second channel.
    t.service()
        .import_schedule(
            &Actor::operator(),
            EVENT,
            None,
            Source::Bytes(programme(EVENT, 0).into()),
        )
        .await
        .unwrap();
    assert_eq!(channels(&t.visitor(), EVENT).await.channels, listed);

    // What is said in one is not in another; the liveliest comes first.
    let alice = t.person("Alice", Role::Attendee).await;
    let third = listed
        .iter()
        .find(|c| c.session.as_ref() == Some(&codes[2]))
        .unwrap();
    alice.say(third.id.0, "in this talk alone").await;
    for channel in &listed {
        let said = t.visitor().history(channel.id.0).await.messages.len();
        assert_eq!(
            said,
            usize::from(channel.id == third.id),
            "{}",
            channel.name
        );
    }
    assert_eq!(channels(&alice, EVENT).await.channels[1], *third);
    let page = t.visitor().page(&format!("/{EVENT}/chat/")).await;
    assert!(
        page.contains(&format!("/{EVENT}/chat/{}\"", third.slug))
            && page.contains(&format!("/{EVENT}/chat/lobby\""))
    );
    let talk = alice.page(&format!("/{EVENT}/talk/{}/", codes[2])).await;
    assert!(
        talk.contains(&third.id.to_string()),
        "the talk's page has its channel"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_channel_closed_to_guests_is_shut_on_every_way_in(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    let lobby = t.lobby().await;
    let message = alice.say(lobby, "between us").await;
    close_to_guests(&t).await;

    let ways = [
        format!("/api/v1/channels/{lobby}/messages"),
        format!("/{EVENT}/chat/lobby"),
    ];
    for way in &ways {
        // A visitor may learn more by signing in; somebody else must not learn.
        assert_eq!(t.visitor().get(way).await.status(), 401, "{way}");
        assert_eq!(stranger.get(way).await.status(), 404, "{way}");
        assert_eq!(alice.get(way).await.status(), 200, "{way}");
    }
    for list in [
        format!("/api/v1/events/{EVENT}/channels"),
        format!("/{EVENT}/chat/"),
    ] {
        assert_eq!(t.visitor().get(&list).await.status(), 401, "{list}");
        assert_eq!(stranger.get(&list).await.status(), 403, "{list}");
        assert_eq!(alice.get(&list).await.status(), 200, "{list}");
    }
    assert_eq!(
        stranger
            .say_with_key(lobby, "let me in", key())
            .await
            .status(),
        404
    );
    assert_eq!(
        stranger
            .react(reqwest::Method::PUT, &message, "👍")
            .await
            .status(),
        404
    );
    for person in [&t.visitor(), &stranger] {
        let mut live = person.live().await;
        let topic = format!("channel:{lobby}");
        live.send(json!({ "type": "subscribe", "topic": topic, "after": 0 }))
            .await;
        let answer = live.next().await;
        assert_eq!(answer["topic"], topic, "{answer}");
        assert_eq!(answer["problem"]["type"], "/problems/not-found");
    }
    // The talk's page goes on without its chat.
    let codes = channels(&alice, EVENT).await.channels;
    let code = codes[1].session.clone().unwrap();
    let talk = t.visitor().page(&format!("/{EVENT}/talk/{code}/")).await;
    assert!(!talk.contains(&codes[1].id.to_string()), "{talk}");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn people_of_one_event_do_not_read_the_closed_channel_of_another(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let elsewhere = programme("elsewhere", 10);
    t.service()
        .import_schedule(
            &Actor::operator(),
            "elsewhere",
            None,
            Source::Bytes(elsewhere.into()),
        )
        .await
        .unwrap();
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person_at("Bob", Role::Attendee, "elsewhere").await;
    let moderator = t.person_at("Mo", Role::Moderator, "elsewhere").await;
    let lobby = t.lobby().await;
    let message = alice.say(lobby, "between us").await;
    close_to_guests(&t).await;
    for person in [&bob, &moderator] {
        assert_eq!(
            person
                .get(&format!("/api/v1/channels/{lobby}/messages"))
                .await
                .status(),
            404
        );
        assert_eq!(
            person.say_with_key(lobby, "hello", key()).await.status(),
            404
        );
        assert_eq!(
            person
                .react(reqwest::Method::PUT, &message, "👍")
                .await
                .status(),
            404
        );
    }
    // Nor through the other event's address.
    let theirs = channels(&bob, "elsewhere").await.channels;
    assert!(theirs.iter().all(|channel| channel.id.0 != lobby));
    let own = channels(&alice, EVENT).await.channels;
    let of_session = own
        .iter()
        .find(|channel| channel.kind == "session")
        .unwrap();
    let path = format!("/elsewhere/chat/{}", of_session.slug);
    let known = theirs.iter().any(|channel| channel.slug == of_session.slug);
    assert_eq!(bob.get(&path).await.status(), if known { 200 } else { 404 });
    assert_eq!(alice.history(lobby).await.messages.len(), 1);
    // An event that leaves its chat open is still readable, not writable.
    let open = theirs[0].id.0;
    assert_eq!(
        alice
            .get(&format!("/api/v1/channels/{open}/messages"))
            .await
            .status(),
        200
    );
    assert_eq!(alice.say_with_key(open, "hello", key()).await.status(), 403);
    t.stop().await;
}

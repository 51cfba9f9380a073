//! Coming back after a while: one page over all that is new, and channels that
//! somebody follows or has muted.

use hallway_model::access::Role;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{EVENT, Person, TestServer, key};

async fn read(person: &Person, channel: Uuid, seq: i64) {
    let path = format!("/api/v1/channels/{channel}/reading");
    let body = json!({ "seq": seq, "key": key() });
    let answer = person.request(Method::PUT, &path).json(&body).send().await;
    assert_eq!(answer.unwrap().status(), 204);
}

async fn channels(person: &Person) -> Vec<Value> {
    let path = format!("/api/v1/events/{EVENT}/channels");
    let list: Value = person.get(&path).await.json().await.unwrap();
    list["channels"].as_array().unwrap().clone()
}

async fn of_session(person: &Person) -> (Uuid, String) {
    let channels = channels(person).await;
    let channel = channels.iter().find(|c| c["kind"] == "session").unwrap();
    let text = |name: &str| channel[name].as_str().unwrap();
    (text("id").parse().unwrap(), text("slug").to_owned())
}

async fn unread(person: &Person, slug: &str) -> (i64, String) {
    let path = format!("/api/v1/events/{EVENT}/reading");
    let reading: Value = person.get(&path).await.json().await.unwrap();
    let channels = reading["channels"].as_array().unwrap();
    let channel = channels.iter().find(|c| c["slug"] == slug).unwrap();
    (
        channel["unread"].as_i64().unwrap(),
        channel["level"].as_str().unwrap().to_owned(),
    )
}

/// The value of a hidden field.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap()
}

#[rstest]
#[tokio::test]
async fn what_is_new_is_told_by_channel_and_marked_read_together(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let path = format!("/{EVENT}/chat/catch-up");
    let lobby = t.lobby().await;
    let (talk, _) = of_session(&bob).await;
    alice.say(lobby, "known already").await;
    alice.say(talk, "also known").await;
    read(&bob, lobby, 1).await;
    read(&bob, talk, 1).await;
    let page = bob.page(&path).await;
    assert!(page.contains("You have seen everything"), "{page}");

    for n in 0..40 {
        alice.say(lobby, &format!("news {n}")).await;
    }
    let liked = alice.say(lobby, "the one that all liked").await;
    alice.react(Method::PUT, &liked, "🎉").await;
    alice.say(talk, "a word of the talk").await;
    let page = bob.page(&path).await;
    for (part, there) in [
        ("known already", false),
        ("news 0", true),
        ("news 2", true),
        ("news 3", false),
        ("the one that all liked", true),
        ("1 reaction", true),
        ("a word of the talk", true),
        ("41 new", true),
    ] {
        assert_eq!(page.contains(part), there, "{part}: {page}");
    }
    assert!(page.contains(&format!("/{EVENT}/chat/lobby?at=2#m2")));
    // What is said after the page was made stays new.
    alice.say(lobby, "said meanwhile").await;
    let (marks, key) = (field(&page, "marks"), field(&page, "key"));
    let answer = bob.form(&path, &[("marks", marks), ("key", key)]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(unread(&bob, "lobby").await.0, 1);
    let page = bob.page(&path).await;
    assert!(page.contains("said meanwhile") && !page.contains("a word of the talk"));

    let visitors = t.visitor().page(&path).await;
    assert!(visitors.contains("Sign in to have your place kept"));
    let nonsense = [
        ("marks", "x:y"),
        ("key", &crate::harness::key().to_string()),
    ];
    assert_eq!(bob.form(&path, &nonsense).await.status(), 422);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_muted_channel_is_left_out_until_it_is_heard_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    alice.say(lobby, "one").await;
    read(&bob, lobby, 1).await;
    alice.say(lobby, "two").await;
    assert_eq!(unread(&bob, "lobby").await, (1, "mentions".into()));
    let form = format!("/{EVENT}/chat/lobby/follow");
    let mute = [("level", "nothing"), ("key", &key().to_string())];
    assert_eq!(bob.form(&form, &mute).await.status(), 303);
    assert_eq!(unread(&bob, "lobby").await, (0, "nothing".into()));
    let page = bob.page(&format!("/{EVENT}/chat/catch-up")).await;
    assert!(page.contains("You have seen everything"), "{page}");
    let list = bob.page(&format!("/{EVENT}/chat/")).await;
    assert!(!list.contains("1 new"), "{list}");

    let path = format!("/api/v1/channels/{lobby}/follow");
    let put = async |person: &Person, level: &str| {
        let body = json!({ "level": level, "key": key() });
        let request = person.request(Method::PUT, &path).json(&body);
        request.send().await.unwrap().status()
    };
    assert_eq!(put(&bob, "loudly").await, 422);
    assert_eq!(put(&t.visitor(), "all").await, 401);
    assert_eq!(put(&bob, "all").await, 204);
    assert_eq!(unread(&bob, "lobby").await, (1, "all".into()));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_changed_in_the_programme_is_told_too(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use hallway_model::access::Actor;
    use hallway_service::imports::Source;
    let t = TestServer::start(kind).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let lobby = t.lobby().await;
    bob.say(lobby, "here").await;
    read(&bob, lobby, 1).await;
    let path = format!("/{EVENT}/chat/catch-up");
    assert!(!bob.page(&path).await.contains("Changed in the programme"));
    let changed = crate::harness::programme(EVENT, 0).replace("The second door", "A wider door");
    t.service()
        .import_schedule(
            &Actor::operator(),
            EVENT,
            None,
            Source::Bytes(changed.into()),
        )
        .await
        .unwrap();
    let page = bob.page(&path).await;
    assert!(page.contains("Changed in the programme"), "{page}");
    assert!(page.contains("A wider door"), "{page}");
    assert!(!page.contains("A door to the side"), "{page}");
    t.stop().await;
}

//! Search: over every channel that the reader may read and in no other, newest
//! first, as a page and for programs; what is erased leaves at once.

use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_protocol::messages::Message;
use hallway_protocol::routes;
use hallway_protocol::search::SearchPage;
use hallway_service::accounts::{DeleteAccount, Words};
use hallway_service::events::ChangeSettings;
use hallway_testkit::Kind;
use rstest::rstest;
use uuid::Uuid;

use crate::databases::execute;
use crate::harness::{EVENT, Person, TestServer};
use crate::live::actor;
use crate::places::{id_of, open, send};

async fn search(person: &Person, query: &str) -> SearchPage {
    let path = format!("/api/v1/events/{EVENT}/messages/search?{query}");
    let answer = person.get(&path).await;
    assert_eq!(answer.status(), 200, "{query}");
    answer.json().await.expect("hits")
}

/// What was typed into each hit, newest first.
async fn found(person: &Person, query: &str) -> Vec<String> {
    let page = search(person, query).await;
    page.hits
        .into_iter()
        .map(|hit| hit.message.source)
        .collect()
}

/// The channel of a session, by its title.
async fn channel(person: &Person, name: &str) -> (Uuid, String) {
    let list: serde_json::Value = person
        .get(&format!("/api/v1/events/{EVENT}/channels"))
        .await
        .json()
        .await
        .unwrap();
    let list = list["channels"].as_array().unwrap();
    let found = list.iter().find(|c| c["name"] == name).expect("a channel");
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (text("id").parse().unwrap(), text("slug"))
}

#[rstest]
#[tokio::test]
async fn what_was_said_is_found_by_words_phrases_and_beginnings(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    for body in [
        "Forty disks for one search",
        "One search, **forty** teams",
        "ÜBUNG macht den Meister: `fsync()` & Co.",
        "see https://example.org/Deep/path-of-gold",
    ] {
        alice.say(lobby, body).await;
    }
    for (query, expected) in [
        (
            "q=forty",
            &["One search, **forty** teams", "Forty disks for one search"][..],
        ),
        ("q=forty%20disks", &["Forty disks for one search"]),
        ("q=%22search%20forty%22", &["One search, **forty** teams"]),
        (
            "q=sea",
            &["One search, **forty** teams", "Forty disks for one search"],
        ),
        // A beginning in the middle of a query is a whole word.
        ("q=sea%20forty", &[]),
        (
            "q=%C3%BCbung",
            &["ÜBUNG macht den Meister: `fsync()` & Co."],
        ),
        ("q=fsync%20", &["ÜBUNG macht den Meister: `fsync()` & Co."]),
        ("q=gold", &["see https://example.org/Deep/path-of-gold"]),
        ("q=path-of", &["see https://example.org/Deep/path-of-gold"]),
        ("has=link", &["see https://example.org/Deep/path-of-gold"]),
        ("q=has:link%20forty", &[]),
        ("q=nothing", &[]),
        // Nothing of it is an operator.
        ("q=forty%20OR%20disks", &[]),
        ("q=forty*%20NEAR(%20%22%20)%20--", &[]),
        (
            "q=%27%20%26%20%7C%20!%20%5C%20forty",
            &["One search, **forty** teams", "Forty disks for one search"],
        ),
    ] {
        assert_eq!(found(&t.visitor(), query).await, expected, "{query}");
    }
    let page = search(&t.visitor(), "q=forty%20disks").await;
    let pieces: Vec<(&str, bool)> = page.hits[0]
        .pieces
        .iter()
        .map(|piece| (piece.text.as_str(), piece.marked))
        .collect();
    assert_eq!(
        pieces,
        [
            ("Forty", true),
            (" ", false),
            ("disks", true),
            (" for one search", false)
        ]
    );
    assert_eq!(page.hits[0].url, format!("/{EVENT}/chat/lobby?at=1#m1"));
    let at = t.visitor().page(&page.hits[0].url).await;
    assert!(at.contains("id=\"m1\""));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn filters_narrow_by_channel_talk_person_and_day(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (ada, bob) = (
        t.person("Ada", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let (talk, slug) = channel(&ada, "The first door").await;
    let code = slug.strip_prefix("talk-").unwrap().to_uppercase();
    ada.say(lobby, "door one").await;
    bob.say(lobby, "door two").await;
    ada.say(talk, "door three").await;
    let old = bob.say(talk, "door four").await;
    send_long_ago(&t, &old).await;
    let id = actor(t.service(), &bob).await.person.unwrap();
    for (query, expected) in [
        (
            "q=door".to_owned(),
            &["door three", "door two", "door one", "door four"][..],
        ),
        ("q=door&channel=lobby".into(), &["door two", "door one"]),
        ("q=in:lobby%20door".into(), &["door two", "door one"]),
        (
            "q=door&channel=the%20first".into(),
            &["door three", "door four"],
        ),
        (format!("q=door&talk={code}"), &["door three", "door four"]),
        (
            format!("q=door%20talk:{}", code.to_lowercase()),
            &["door three", "door four"],
        ),
        ("q=door&talk=ZZZZZZ".into(), &[]),
        ("q=door&channel=elsewhere".into(), &[]),
        ("person=ada".into(), &["door three", "door one"]),
        ("q=from:BOB%20in:lobby".into(), &["door two"]),
        (format!("person={id}&q=four"), &["door four"]),
        ("person=nobody".into(), &[]),
        ("person=%25".into(), &[]),
        ("q=door&until=2026-01-05".into(), &["door four"]),
        ("q=door%20before:2026-01-05".into(), &[]),
        ("q=door%20before:2026-01-06".into(), &["door four"]),
        (
            "q=door&since=2026-01-06".into(),
            &["door three", "door two", "door one"],
        ),
        ("person=bob&until=2026-01-05".into(), &["door four"]),
    ] {
        assert_eq!(found(&t.visitor(), &query).await, expected, "{query}");
    }
    for nonsense in [
        "",
        "q=in:lobby",
        "q=before:soon",
        "has=cake",
        "q=door&cursor=1",
        "x=1",
    ] {
        let path = format!("/api/v1/events/{EVENT}/messages/search?{nonsense}");
        assert_eq!(ada.get(&path).await.status(), 422, "{nonsense}");
    }
    t.stop().await;
}

/// Noon of 5 January 2026, UTC.
const LONG_AGO: i64 = 1_767_614_400_000;

/// Puts a message where an import of an old conversation would.
async fn send_long_ago(t: &TestServer, message: &Message) {
    let id = message.id.0;
    let id = match t.database_url().starts_with("sqlite") {
        true => format!("X'{}'", id.simple()),
        false => format!("'{id}'"),
    };
    for statement in [
        format!(
            "CREATE TABLE moved AS SELECT id, channel, seq, author, source, body FROM message WHERE id = {id}"
        ),
        format!("DELETE FROM message WHERE id = {id}"),
        format!(
            "INSERT INTO message (id, channel, seq, author, source, body, sent) SELECT id, channel, seq, author, source, body, {LONG_AGO} FROM moved"
        ),
        "DROP TABLE moved".into(),
    ] {
        execute(t.database_url(), &statement).await;
    }
}

#[rstest]
#[tokio::test]
async fn hits_are_read_page_by_page_without_doubles(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    for n in 0..23 {
        alice.say(lobby, &format!("door {n}")).await;
    }
    for query in ["q=door", "person=alice"] {
        let (mut cursor, mut all, mut pages) = (String::new(), vec![], 0);
        loop {
            let page = search(&alice, &format!("{query}&limit=5&cursor={cursor}")).await;
            all.extend(page.hits.into_iter().map(|hit| hit.message.seq));
            pages += 1;
            // What is said meanwhile moves nothing.
            alice.say(lobby, "another door").await;
            match page.next {
                Some(next) => cursor = next,
                None => break,
            }
        }
        let last = all[0];
        assert_eq!(
            all,
            (last - all.len() as i64 + 1..=last)
                .rev()
                .collect::<Vec<_>>()
        );
        assert_eq!(pages, all.len().div_ceil(5));
    }
    let page = t
        .visitor()
        .page(&format!("/{EVENT}/chat/search?q=door"))
        .await;
    assert!(page.contains("<mark>door</mark>"), "{page}");
    assert!(page.contains("?cursor="), "{page}");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_a_reader_may_not_read_is_not_found_by_searching(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    alice.say(t.lobby().await, "a secret door").await;
    let change = ChangeSettings {
        event: EVENT.into(),
        title: EVENT.into(),
        settings: Settings {
            guests_read_chat: false,
            ..Settings::default()
        },
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
    assert_eq!(found(&alice, "q=secret").await, ["a secret door"]);
    for (path, visitor, other) in [
        (
            format!("/api/v1/events/{EVENT}/messages/search?q=secret"),
            401,
            403,
        ),
        (format!("/{EVENT}/chat/search?q=secret"), 401, 403),
        (
            "/api/v1/events/elsewhere/messages/search?q=secret".into(),
            404,
            404,
        ),
    ] {
        assert_eq!(t.visitor().get(&path).await.status(), visitor, "{path}");
        assert_eq!(stranger.get(&path).await.status(), other, "{path}");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_was_said_among_few_or_by_the_blocked_is_not_found(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let corner = open(&alice, "Quiet corner", "invited").await;
    alice
        .say(id_of(&alice, &corner).await, "treasure under the stairs")
        .await;
    let said = bob.say(t.lobby().await, "what treasure").await;
    let bob_id = said.author.expect("Bob").id;
    let line = [("who", "Bob"), ("line", "a treasure for two")];
    assert_eq!(send(&alice, &routes::directs(EVENT), &line).await.0, 303);

    let everything = [
        "a treasure for two",
        "what treasure",
        "treasure under the stairs",
    ];
    assert_eq!(found(&alice, "q=treasure").await, everything);
    for person in [&t.visitor(), &organiser] {
        assert_eq!(found(person, "q=treasure").await, ["what treasure"]);
    }
    // Asked for a conversation, Bob is not in it yet.
    assert_eq!(found(&bob, "q=treasure").await, ["what treasure"]);
    // A conversation is called by the others' names.
    let page = search(&alice, "q=two").await;
    assert_eq!(page.hits[0].channel_name, "Bob");

    let block = routes::person_block(EVENT, bob_id);
    assert_eq!(send(&alice, &block, &[("block", "yes")]).await.0, 303);
    assert_eq!(
        found(&alice, "q=treasure").await,
        ["a treasure for two", "treasure under the stairs"]
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn erased_words_leave_the_index_at_once(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    alice.say(lobby, "an unguardedremark of mine").await;
    bob.say(lobby, "a remark of another").await;
    assert_eq!(found(&t.visitor(), "q=unguardedremark").await.len(), 1);
    let of_alice = actor(t.service(), &alice).await;
    let delete = DeleteAccount {
        words: Words::Removed,
    };
    t.service().write(&of_alice, None, delete).await.unwrap();
    assert_eq!(
        found(&t.visitor(), "q=unguardedremark").await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&t.visitor(), "q=remark").await,
        ["a remark of another"]
    );
    // Not only out of sight: the file holds the word no more.
    if let Some(file) = t.database_url().strip_prefix("sqlite:") {
        execute(t.database_url(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
        let bytes = std::fs::read(file).unwrap();
        let word = b"unguardedremark";
        assert!(!bytes.windows(word.len()).any(|some| some == word));
    }
    t.stop().await;
}

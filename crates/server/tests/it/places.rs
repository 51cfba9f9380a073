//! Channels that people open: who finds them, who looks after them, what the
//! organisers make of them, and how they end; and places elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hallway_model::access::Role;
use hallway_model::time::{Clock, Now, Span, Timestamp};
use hallway_protocol::messages::ChannelList;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};

/// Posts a form under a fresh key; gives status and where it leads.
pub async fn send(person: &Person, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let key = key().to_string();
    let fields: Vec<(&str, &str)> = [("key", key.as_str())]
        .into_iter()
        .chain(fields.iter().copied())
        .collect();
    let answer = person.form(path, &fields).await;
    let place = answer.headers().get("location");
    let place = place.map_or(String::new(), |place| place.to_str().unwrap().to_owned());
    (answer.status().as_u16(), place)
}

/// Opens a channel and gives its slug.
pub async fn open(person: &Person, name: &str, door: &str) -> String {
    let fields = [("name", name), ("about", "About it"), ("door", door)];
    let (status, place) = send(person, &routes::new_channel(EVENT), &fields).await;
    assert_eq!(status, 303, "{place}");
    let slug = place.strip_prefix(&format!("/{EVENT}/chat/")).unwrap();
    slug.split('?').next().unwrap().to_owned()
}

async fn listed(person: &Person) -> ChannelList {
    let answer = person.get(&routes::api_channels(EVENT)).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

pub async fn id_of(person: &Person, slug: &str) -> Uuid {
    let list = listed(person).await.channels;
    list.iter()
        .find(|c| c.slug == slug)
        .expect("a channel")
        .id
        .0
}

async fn is_listed(person: &Person, slug: &str) -> bool {
    listed(person).await.channels.iter().any(|c| c.slug == slug)
}

pub fn part(slug: &str, part: &str) -> String {
    routes::channel_part(EVENT, slug, part)
}

async fn set(person: &Person, slug: &str, mark: &str, set: &str) -> u16 {
    let fields = [("mark", mark), ("set", set)];
    send(person, &part(slug, "mark"), &fields).await.0
}

async fn turn(person: &Person, slug: &str, turn: &str) -> u16 {
    send(person, &part(slug, "state"), &[("turn", turn)])
        .await
        .0
}

#[rstest]
#[tokio::test]
async fn an_attendee_opens_a_channel_that_everyone_finds_and_its_host_looks_after(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let event = topic_of_event(&t).await;
    let mut live = t.visitor().live().await;
    live.subscribe(&event, None).await;

    let slug = open(&alice, "Tea & Rust", "public").await;
    assert_eq!(slug, "tea-rust");
    // Everyone at the event learns of it at once.
    let opened = live.next_of("event").await;
    assert_eq!(opened["event"]["type"], "channel_opened");
    assert_eq!(opened["event"]["slug"], "tea-rust");
    // A second one of the name has an address of its own.
    assert_eq!(open(&bob, "Tea & Rust", "public").await, "tea-rust-2");
    let id = id_of(&t.visitor(), &slug).await;
    bob.say(id, "hello").await;
    let about = t.visitor().page(&routes::about_channel(EVENT, &slug)).await;
    assert!(
        about.contains("Alice") && about.contains("About it"),
        "{about}"
    );
    let list = t.visitor().page(&routes::channels(EVENT)).await;
    assert!(
        list.contains(&format!("/{EVENT}/chat/tea-rust\"")),
        "{list}"
    );
    assert!(
        list.contains("people are talking"),
        "somebody spoke just now"
    );
    // Narrowed by words.
    let found = t
        .visitor()
        .page(&format!("{}?q=TEA", routes::channels(EVENT)))
        .await;
    assert!(found.contains("/chat/tea-rust\""));
    let none = t
        .visitor()
        .page(&format!("{}?q=coffee", routes::channels(EVENT)))
        .await;
    assert!(none.contains("No channel like this") && !none.contains("/chat/tea-rust\""));

    // Its host changes it; nobody else does.
    let edit = [
        ("name", "Tea and crabs"),
        ("about", "Both"),
        ("language", "de"),
    ];
    let path = routes::about_channel(EVENT, &slug);
    assert_eq!(send(&bob, &path, &edit).await.0, 403);
    assert_eq!(send(&alice, &path, &edit).await.0, 303);
    let about = bob.page(&path).await;
    assert!(
        about.contains("Tea and crabs") && about.contains("German"),
        "{about}"
    );
    assert_eq!(send(&alice, &path, &[("name", " ")]).await.0, 422);

    // Locked: everyone reads, nobody writes or reacts.
    assert_eq!(turn(&bob, &slug, "lock").await, 403);
    assert_eq!(turn(&alice, &slug, "lock").await, 303);
    assert_eq!(bob.say_with_key(id, "me too", key()).await.status(), 409);
    assert_eq!(alice.say_with_key(id, "me too", key()).await.status(), 409);
    assert_eq!(t.visitor().history(id).await.messages.len(), 1);
    let page = bob.page(&routes::channel(EVENT, &slug)).await;
    assert!(page.contains("takes no new messages"), "{page}");
    assert_eq!(turn(&alice, &slug, "unlock").await, 303);
    bob.say(id, "me too").await;

    // Closed: in no list, readable, and opened again.
    assert_eq!(turn(&alice, &slug, "close").await, 303);
    assert!(!is_listed(&bob, &slug).await);
    assert_eq!(bob.history(id).await.messages.len(), 2);
    assert_eq!(bob.say_with_key(id, "still?", key()).await.status(), 409);
    assert_eq!(turn(&alice, &slug, "reopen").await, 303);
    assert!(is_listed(&bob, &slug).await);
    t.stop().await;
}

async fn topic_of_event(t: &TestServer) -> String {
    let event: serde_json::Value = t
        .visitor()
        .get(&routes::api_event(EVENT))
        .await
        .json()
        .await
        .unwrap();
    event["topic"].as_str().expect("a topic").to_owned()
}

#[rstest]
#[tokio::test]
async fn one_form_sent_twice_opens_one_channel(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let key = key().to_string();
    let fields = [("key", key.as_str()), ("name", "Tea"), ("door", "public")];
    let path = routes::new_channel(EVENT);
    let first = alice.form(&path, &fields).await;
    let second = alice.form(&path, &fields).await;
    assert_eq!(first.headers()["location"], second.headers()["location"]);
    let count = listed(&alice).await.channels;
    assert_eq!(count.iter().filter(|c| c.kind == "made").count(), 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_channel_by_invitation_is_there_for_its_members_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let carol = t.person("Carol", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let admin = t.person("Root", Role::Admin).await;
    // Bob is known at the event because he spoke there.
    bob.say(t.lobby().await, "hello").await;
    let slug = open(&alice, "Quiet corner", "invited").await;
    let id = id_of(&alice, &slug).await;
    let message = alice.say(id, "between us").await;

    let paths = [
        routes::channel(EVENT, &slug),
        routes::about_channel(EVENT, &slug),
        format!("/api/v1/channels/{id}/messages"),
    ];
    for person in [&t.visitor(), &bob, &carol, &organiser, &admin] {
        for path in &paths {
            assert_eq!(person.get(path).await.status(), 404, "{path}");
        }
        assert!(!is_listed(person, &slug).await);
        let mut live = person.live().await;
        let topic = format!("channel:{id}");
        live.send(json!({ "type": "subscribe", "topic": topic, "after": 0 }))
            .await;
        assert_eq!(live.next().await["problem"]["type"], "/problems/not-found");
    }
    for person in [&bob, &organiser, &admin] {
        assert_eq!(person.say_with_key(id, "hello", key()).await.status(), 404);
        let reacted = person.react(reqwest::Method::PUT, &message, "👍").await;
        assert_eq!(reacted.status(), 404);
        assert_eq!(turn(person, &slug, "close").await, 404);
        assert_eq!(set(person, &slug, "adopted", "on").await, 404);
    }

    // Somebody who is not known here is not found by their name, nor told from nobody.
    let invite = part(&slug, "invite");
    assert_eq!(send(&alice, &invite, &[("who", "Carol")]).await.0, 422);
    assert_eq!(send(&alice, &invite, &[("who", "Nobody")]).await.0, 422);
    assert_eq!(send(&alice, &invite, &[("who", "bob")]).await.0, 303);
    // Asked, Bob learns what it is and not what was said.
    let about = bob.page(&paths[1]).await;
    assert!(about.contains("You are invited") && !about.contains("between us"));
    assert_eq!(bob.get(&paths[0]).await.status(), 404);
    let list = bob.page(&routes::channels(EVENT)).await;
    assert!(list.contains("You are invited") && list.contains("Quiet corner"));
    let membership = part(&slug, "membership");
    assert_eq!(
        send(&carol, &membership, &[("answer", "accept")]).await.0,
        404
    );
    assert_eq!(
        send(&bob, &membership, &[("answer", "accept")]).await.0,
        303
    );
    assert_eq!(bob.history(id).await.messages.len(), 1);
    bob.say(id, "thank you").await;

    // Members see who is in it; a host removes one, who is outside again.
    let about = alice.page(&paths[1]).await;
    assert!(about.contains("Bob"), "{about}");
    let person = bob.history(id).await.messages[1].author.clone().unwrap().id;
    let fields = [("person", &*person.to_string()), ("handling", "remove")];
    let members = part(&slug, "members");
    let mut live = bob.live().await;
    let topic = format!("channel:{id}");
    live.subscribe(&topic, None).await;
    assert_eq!(send(&bob, &members, &fields).await.0, 403);
    assert_eq!(send(&alice, &members, &fields).await.0, 303);
    // What he had open hears no more.
    assert_eq!(live.next_of("problem").await["topic"], json!(topic));
    assert_eq!(bob.get(&paths[0]).await.status(), 404);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_channel_always_has_a_host(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let said = bob.say(t.lobby().await, "hello").await;
    let bob_id = said.author.unwrap().id.to_string();
    let slug = open(&alice, "Tea", "public").await;
    let membership = part(&slug, "membership");
    assert_eq!(
        send(&alice, &membership, &[("answer", "leave")]).await.0,
        409
    );
    send(&alice, &part(&slug, "invite"), &[("who", &bob_id)]).await;
    send(&bob, &membership, &[("answer", "accept")]).await;
    // A member is no host, until a host makes them one.
    assert_eq!(turn(&bob, &slug, "lock").await, 403);
    let fields = [("person", &*bob_id), ("handling", "make-host")];
    assert_eq!(send(&alice, &part(&slug, "members"), &fields).await.0, 303);
    assert_eq!(
        send(&alice, &membership, &[("answer", "leave")]).await.0,
        303
    );
    assert_eq!(turn(&bob, &slug, "lock").await, 303);
    assert_eq!(turn(&alice, &slug, "unlock").await, 403);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn organisers_endorse_adopt_pin_unlist_and_hand_over_with_undo(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let slug = open(&alice, "Tea", "public").await;
    let list = routes::channels(EVENT);
    let desk = organiser.page(&routes::organise_channels(EVENT)).await;
    assert!(desk.contains("Tea") && desk.contains("Alice"), "{desk}");

    for (mark, word) in [
        ("endorsed", ">recommended<"),
        ("adopted", ">of the event<"),
        ("pinned", ">pinned<"),
    ] {
        assert_eq!(set(&alice, &slug, mark, "on").await, 403, "{mark}");
        assert_eq!(set(&organiser, &slug, mark, "on").await, 303, "{mark}");
        assert!(t.visitor().page(&list).await.contains(word), "{mark}");
        assert_eq!(set(&organiser, &slug, mark, "off").await, 303, "{mark}");
        assert!(!t.visitor().page(&list).await.contains(word), "{mark}");
    }
    assert_eq!(set(&organiser, &slug, "unlisted", "on").await, 303);
    assert!(!is_listed(&t.visitor(), &slug).await);
    // Its address works, and its members find it.
    t.visitor().page(&routes::channel(EVENT, &slug)).await;
    assert!(is_listed(&alice, &slug).await);
    assert_eq!(set(&organiser, &slug, "unlisted", "off").await, 303);
    assert!(is_listed(&t.visitor(), &slug).await);

    // The event's own channels are nobody's to adopt.
    assert_eq!(set(&organiser, "lobby", "adopted", "on").await, 409);

    // Handed over to the organiser, it is no longer Alice's to lock.
    let path = part(&slug, "hand-over");
    assert_eq!(send(&alice, &path, &[("who", "")]).await.0, 403);
    assert_eq!(send(&organiser, &path, &[("who", "")]).await.0, 303);
    assert_eq!(turn(&alice, &slug, "lock").await, 403);
    assert_eq!(turn(&organiser, &slug, "lock").await, 303);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_merged_channels_messages_hosts_and_address_lead_to_the_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let (tea, coffee) = (
        open(&alice, "Tea", "public").await,
        open(&bob, "Coffee", "public").await,
    );
    let (tea_id, coffee_id) = (id_of(&bob, &tea).await, id_of(&bob, &coffee).await);
    let closed = open(&alice, "Cellar", "invited").await;
    coffee_said(&bob, coffee_id, &["c1", "c2"]).await;
    coffee_said(&alice, tea_id, &["t1", "t2", "t3"]).await;
    let reacted = alice.history(tea_id).await.messages[1].clone();
    bob.react(reqwest::Method::PUT, &reacted, "🎉").await;

    let path = routes::merge_channel(EVENT, &tea);
    let into = |slug: &'static str| [("into", slug), ("sure", "yes")];
    assert_eq!(send(&alice, &path, &into("coffee")).await.0, 403);
    assert_eq!(send(&organiser, &path, &[("into", "coffee")]).await.0, 422);
    assert_eq!(send(&organiser, &path, &into("tea")).await.0, 409);
    // What was said among few is not merged into what all read.
    assert_eq!(
        send(&organiser, &path, &[("into", &closed), ("sure", "yes")])
            .await
            .0,
        422
    );

    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{coffee_id}"), None).await;
    assert_eq!(send(&organiser, &path, &into("coffee")).await.0, 303);
    let merged = live.next_of("event").await;
    assert_eq!(merged["event"]["type"], "channel_merged");
    assert_eq!(merged["event"]["slug"], "coffee");

    let page = t.visitor().history(coffee_id).await;
    let said: Vec<(i64, &str)> = page
        .messages
        .iter()
        .map(|m| (m.seq, m.source.as_str()))
        .collect();
    assert_eq!(
        said,
        [(1, "c1"), (2, "c2"), (3, "t1"), (4, "t2"), (5, "t3")]
    );
    assert!(page.messages.iter().all(|m| m.channel.0 == coffee_id));
    assert_eq!(
        json!(page.messages[3].reactions),
        json!([{ "emoji": "🎉", "count": 1, "mine": false }])
    );
    // New messages follow behind all of them, also those sent to the old place.
    assert_eq!(bob.say(coffee_id, "c3").await.seq, 6);
    assert_eq!(alice.say(tea_id, "t4").await.channel.0, coffee_id);
    // The old address leads there, an old place in the history too.
    let old = t.visitor().get(&routes::channel(EVENT, &tea)).await;
    assert_eq!(old.status(), 308);
    assert_eq!(
        old.headers()["location"],
        routes::channel(EVENT, &coffee).as_str()
    );
    let old = t
        .visitor()
        .get(&format!("{}?before=2", routes::channel(EVENT, &tea)))
        .await;
    let place = format!("{}?before=4", routes::channel(EVENT, &coffee));
    assert_eq!(old.headers()["location"], place.as_str());
    assert!(!is_listed(&alice, &tea).await);
    // Nothing more is told on the old topic.
    live.send(json!({ "type": "subscribe", "topic": format!("channel:{tea_id}"), "after": 0 }))
        .await;
    assert_eq!(
        live.next_of("problem").await["problem"]["type"],
        "/problems/not-found"
    );
    // Both host it now.
    assert_eq!(turn(&alice, &coffee, "lock").await, 303);
    assert_eq!(turn(&bob, &coffee, "unlock").await, 303);
    t.stop().await;
}

async fn coffee_said(person: &Person, channel: Uuid, words: &[&str]) {
    for word in words {
        person.say(channel, word).await;
    }
}

/// A clock that a test moves on.
#[derive(Clone)]
pub struct Moved(pub Arc<AtomicI64>);

impl Now for Moved {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }
}

#[rstest]
#[tokio::test]
async fn a_channel_in_which_nobody_writes_fades_unless_it_is_kept(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let start = Timestamp(1_780_000_000_000);
    let clock = Moved(Arc::new(AtomicI64::new(start.0)));
    let choices = Choices {
        clock: Clock::new(clock.clone()),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let operator = hallway_model::access::Actor::operator();
    t.service()
        .import_schedule(
            &operator,
            EVENT,
            None,
            hallway_service::imports::Source::Bytes(programme(EVENT, 0).into()),
        )
        .await
        .unwrap();
    let alice = t.person("Alice", Role::Attendee).await;
    let mut slugs = vec![];
    for name in ["Silent", "Spoken", "Kept"] {
        slugs.push(open(&alice, name, "public").await);
    }
    assert_eq!(set(&alice, "kept", "kept", "on").await, 303);
    // Told beforehand.
    let about = alice.page(&routes::about_channel(EVENT, "silent")).await;
    assert!(about.contains("It fades"), "{about}");
    let about = alice.page(&routes::about_channel(EVENT, "kept")).await;
    assert!(!about.contains("It fades"), "{about}");

    let on = |days| {
        clock
            .0
            .store((start + Span::days(days)).0, Ordering::Release)
    };
    on(10);
    let spoken = id_of(&alice, "spoken").await;
    alice.say(spoken, "still here").await;
    on(13);
    assert_eq!(t.service().fade_channels().await.unwrap(), 0);
    on(15);
    assert_eq!(t.service().fade_channels().await.unwrap(), 1);
    assert_eq!(t.service().fade_channels().await.unwrap(), 0, "once");
    assert!(!is_listed(&alice, "silent").await);
    assert!(is_listed(&alice, "spoken").await && is_listed(&alice, "kept").await);
    // Faded is not gone: it is readable, and its host opens it again.
    let page = alice.page(&routes::channel(EVENT, "silent")).await;
    assert!(page.contains("takes no new messages"), "{page}");
    assert_eq!(turn(&alice, "silent", "reopen").await, 303);
    on(40);
    assert_eq!(t.service().fade_channels().await.unwrap(), 2);
    assert!(is_listed(&alice, "kept").await);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn liveliness_counts_the_last_hours_and_forgets_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let start = Timestamp(1_780_000_000_000);
    let clock = Moved(Arc::new(AtomicI64::new(start.0)));
    let choices = Choices {
        clock: Clock::new(clock.clone()),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let operator = hallway_model::access::Actor::operator();
    let source = hallway_service::imports::Source::Bytes(programme(EVENT, 0).into());
    t.service()
        .import_schedule(&operator, EVENT, None, source)
        .await
        .unwrap();
    let alice = t.person("Alice", Role::Attendee).await;
    let slug = open(&alice, "Tea", "public").await;
    let id = id_of(&alice, &slug).await;
    let lively = async || {
        let listing = t.service().places(&operator, EVENT).await.unwrap();
        let place = listing
            .places
            .iter()
            .find(|p| p.channel.id.0 == id)
            .unwrap();
        (place.messages, place.lively)
    };
    assert_eq!(lively().await, (0, 0));
    alice.say(id, "one").await;
    alice.say(id, "two").await;
    assert_eq!(lively().await, (2, 2));
    clock.0.store((start + Span::hours(3)).0, Ordering::Release);
    assert_eq!(lively().await, (2, 2), "the stretch before counts");
    alice.say(id, "three").await;
    assert_eq!(lively().await, (3, 3));
    clock.0.store((start + Span::hours(6)).0, Ordering::Release);
    assert_eq!(lively().await, (3, 1));
    clock
        .0
        .store((start + Span::hours(12)).0, Ordering::Release);
    assert_eq!(lively().await, (3, 0));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn where_the_event_says_no_only_organisers_open_channels(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let settings = [
        ("title", "Testival"),
        ("guests_watch", "yes"),
        ("guests_read", "yes"),
        ("registration", "yes"),
        ("fade_days", "7"),
    ];
    let path = routes::organise_settings(EVENT);
    assert_eq!(send(&organiser, &path, &settings).await.0, 303);
    let fields = [("name", "Tea")];
    let new = routes::new_channel(EVENT);
    assert_eq!(alice.get(&new).await.status(), 403);
    assert_eq!(send(&alice, &new, &fields).await.0, 403);
    assert!(
        !alice
            .page(&routes::channels(EVENT))
            .await
            .contains("/chat/new")
    );
    assert_eq!(send(&organiser, &new, &fields).await.0, 303);
    assert!(organiser.page(&new).await.contains("for 7 days"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_place_elsewhere_is_listed_endorsed_and_taken_off(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let place = |url: &'static str| {
        [
            ("name", "The old place"),
            ("kind", "matrix"),
            ("url", url),
            ("run_by", "Ada"),
        ]
    };
    let rooms = routes::outside_rooms(EVENT);
    assert_eq!(
        send(&t.visitor(), &rooms, &place("https://a.example/"))
            .await
            .0,
        401
    );
    assert_eq!(
        send(&alice, &rooms, &place("javascript:alert(1)")).await.0,
        422
    );
    let url = "https://matrix.to/#/#tea:example.org";
    assert_eq!(send(&alice, &rooms, &place(url)).await.0, 303);
    assert_eq!(send(&bob, &rooms, &place(url)).await.0, 303);
    let actor = t.actor_of(&alice).await;
    let listing = t.service().places(&actor, EVENT).await.unwrap();
    assert_eq!(
        listing.outside.len(),
        1,
        "the same address is the same place"
    );
    let list = t.visitor().page(&routes::channels(EVENT)).await;
    let link = format!("<a href=\"{}\" rel=\"noopener", url.replace('&', "&amp;"));
    assert!(list.contains(&link), "{list}");
    assert!(list.contains("belong to others") && list.contains("run by Ada"));

    let room = routes::outside_room(EVENT, listing.outside[0].id);
    assert_eq!(send(&bob, &room, &[("handling", "endorse")]).await.0, 403);
    assert_eq!(send(&bob, &room, &[("handling", "remove")]).await.0, 403);
    assert_eq!(
        send(&organiser, &room, &[("handling", "endorse")]).await.0,
        303
    );
    assert!(
        t.visitor()
            .page(&routes::channels(EVENT))
            .await
            .contains(">recommended<")
    );
    assert_eq!(
        send(&organiser, &room, &[("handling", "unendorse")])
            .await
            .0,
        303
    );
    assert_eq!(send(&alice, &room, &[("handling", "remove")]).await.0, 303);
    assert!(
        !t.visitor()
            .page(&routes::channels(EVENT))
            .await
            .contains(url)
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_lasting_group_is_on_the_front_page_of_its_members(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let slug = open(&alice, "Night owls", "invited").await;
    assert!(!alice.page("/").await.contains("Night owls"));
    assert_eq!(set(&bob, &slug, "lasting", "on").await, 404);
    assert_eq!(set(&alice, &slug, "lasting", "on").await, 303);
    assert!(alice.page("/").await.contains("Night owls"));
    assert!(!bob.page("/").await.contains("Night owls"));
    assert!(!t.visitor().page("/").await.contains("Night owls"));
    assert_eq!(set(&alice, &slug, "lasting", "off").await, 303);
    assert!(!alice.page("/").await.contains("Night owls"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn how_many_are_in_a_channel_is_told_and_never_who(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let lobby = t.lobby().await;
    let topic = format!("channel:{lobby}");
    let count = |n: i64| json!({ "type": "count", "topic": topic, "count": n });
    let mut one = t.person("Alice", Role::Attendee).await.live().await;
    one.attend(&topic).await;
    assert_eq!(one.next_of("count").await, count(1));
    let mut two = t.visitor().live().await;
    two.attend(&topic).await;
    assert_eq!(
        two.next_of("count").await,
        count(2),
        "who comes is told at once"
    );
    // The round that tells of the first may come between.
    while one.next_of("count").await != count(2) {}
    drop(two);
    assert_eq!(one.next_of("count").await, count(1));
    t.stop().await;
}

/// What a channel's hosts do is told on its topic and changes no message: the
/// state before, with the events applied, is the state fetched after.
#[rstest]
#[tokio::test]
async fn events_of_a_channels_life_lead_to_the_state_fetched_after(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let slug = open(&alice, "Tea", "public").await;
    let id = id_of(&alice, &slug).await;
    alice.say(id, "Water is on").await;
    let before = t.visitor().history(id).await;
    let mut live = t.visitor().live().await;
    // From the beginning, so that the opening is among them.
    live.subscribe(&format!("channel:{id}"), Some(0)).await;
    let edit = [("name", "Tea and crabs"), ("about", "Both")];
    send(&alice, &routes::about_channel(EVENT, &slug), &edit).await;
    turn(&alice, &slug, "lock").await;
    turn(&alice, &slug, "unlock").await;
    alice.say(id, "Poured").await;
    let mut events = vec![];
    for _ in 0..6 {
        let frame = live.next_of("event").await;
        events.push(json!({ "seq": frame["seq"], "event": frame["event"] }));
    }
    let kinds: Vec<&str> = events
        .iter()
        .map(|numbered| numbered["event"]["type"].as_str().unwrap())
        .collect();
    let changed = "channel_changed";
    assert_eq!(
        kinds,
        [
            "channel_opened",
            "message_posted",
            changed,
            changed,
            changed,
            "message_posted"
        ]
    );
    let after = t.visitor().history(id).await;
    assert_eq!(events.last().unwrap()["seq"], after.seq);
    let fixture = json!({ "before": before, "events": events, "after": after });
    crate::messages::check_fixture("chat/fixtures/channel-life.json", &fixture);
    t.stop().await;
}

//! Hosts look after their own channel: its reports, what waits there, its calm;
//! nothing beyond, and nothing about themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hallway_model::access::{Actor, Role};
use hallway_model::time::Clock;
use hallway_protocol::routes;
use hallway_service::imports::Source;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::databases::execute;
use crate::harness::{Choices, EVENT, Live, Person, TestServer, key, programme};
use crate::places::{Moved, id_of, open, part, send};

fn ward(slug: &str) -> String {
    routes::channel_ward(EVENT, slug)
}

fn id_after(page: &str, before: &str) -> String {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{page}"));
    rest[..36].to_owned()
}

async fn done(person: &Person, path: &str, fields: &[(&str, &str)]) {
    assert_eq!(send(person, path, fields).await.0, 303, "{path}");
}

async fn status(person: &Person, path: &str) -> u16 {
    person.get(path).await.status().as_u16()
}

async fn report(person: &Person, message: impl ToString, words: &str) {
    let message = message.to_string();
    let fields = [
        ("message", message.as_str()),
        ("category", "harassment"),
        ("words", words),
    ];
    done(person, &routes::make_report(EVENT), &fields).await;
}

/// Makes somebody a newcomer for an hour.
async fn renew(t: &TestServer, name: &str) {
    let until = t.service().now().0 + 3_600_000;
    let new = format!("UPDATE person SET new_until = {until} WHERE name = '{name}'");
    execute(t.database_url(), &new).await;
}

async fn may_write(person: &Person, channel: Uuid) -> u16 {
    person
        .say_with_key(channel, "a word", key())
        .await
        .status()
        .as_u16()
}

#[rstest]
#[tokio::test]
async fn a_host_works_on_reports_of_their_channel_and_decides_for_it_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let hana = t.person("Hana", Role::Attendee).await;
    let nora = t.person("Nora", Role::Attendee).await;
    let mallory = t.person("Mallory", Role::Attendee).await;
    let mina = t.person("Mina", Role::Moderator).await;
    let slug = open(&hana, "Homelab", "public").await;
    let (homelab, lobby) = (id_of(&hana, &slug).await, t.lobby().await);
    let bad = mallory.say(homelab, "You are all fools").await;
    let elsewhere = mallory.say(lobby, "You too").await;
    let own = hana.say(homelab, "My own bad word").await;
    report(&nora, bad.id, "It goes on all day").await;
    report(&nora, elsewhere.id, "In the lobby as well").await;
    report(&nora, own.id, "The host herself").await;

    // Told at the channel's page; whoever is no host has no such page.
    let queue = routes::moderate(&ward(&slug));
    let page = hana.page(&routes::channel(EVENT, &slug)).await;
    assert!(
        page.contains(&queue) && page.contains("One thing waits here"),
        "{page}"
    );
    let page = nora.page(&routes::channel(EVENT, &slug)).await;
    assert!(!page.contains("/moderate/"), "{page}");
    assert_eq!(status(&nora, &queue).await, 403);
    assert_eq!(status(&hana, &routes::moderate(EVENT)).await, 403);
    assert_eq!(status(&hana, &routes::moderate(&ward("lobby"))).await, 403);

    // What was said there, without who reported it; nothing from elsewhere, and
    // nothing about the host, which the event's team sees.
    let page = hana.page(&queue).await;
    assert!(page.contains("It goes on all day"), "{page}");
    for hidden in ["Nora", "In the lobby as well", "The host herself"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let all = mina.page(&routes::moderate(EVENT)).await;
    for seen in [
        "It goes on all day",
        "In the lobby as well",
        "The host herself",
        "Nora",
    ] {
        assert!(all.contains(seen), "{seen}: {all}");
    }
    let here = mina.page(&queue).await;
    assert!(
        here.contains("The host herself") && !here.contains("In the lobby"),
        "{here}"
    );
    let other = here
        .split("/moderate/report/")
        .map(|rest| rest.chars().take(36).collect::<String>())
        .filter(|id| id.parse::<Uuid>().is_ok())
        .find(|id| !page.contains(id))
        .expect("the report about the host");
    let hers = routes::moderate_report(&ward(&slug), other.parse().unwrap());
    assert_eq!(status(&hana, &hers).await, 404);
    assert_eq!(status(&mina, &hers).await, 200);

    // Taken and ended: the mute holds in the channel, the message is removed.
    let id = id_after(&page, "/moderate/report/").parse().unwrap();
    let file = routes::moderate_report(&ward(&slug), id);
    let claim = routes::moderate_report_claim(&ward(&slug), id);
    let event_claim = routes::moderate_report_claim(EVENT, id);
    assert_eq!(send(&hana, &event_claim, &[("claim", "yes")]).await.0, 403);
    done(&hana, &claim, &[("claim", "yes")]).await;
    let page = hana.page(&file).await;
    assert!(
        page.contains("You are all fools") && !page.contains("Nora"),
        "{page}"
    );
    assert!(!page.contains("value=\"ban\""), "{page}");
    let end = routes::moderate_report_end(&ward(&slug), id);
    let ban = [("outcome", "ban"), ("length", "60"), ("reason", "out")];
    assert_eq!(send(&hana, &end, &ban).await.0, 422);
    let mute = [
        ("outcome", "mute"),
        ("length", "60"),
        ("remove", "yes"),
        ("reason", "Nobody is insulted here"),
    ];
    done(&hana, &end, &mute).await;
    assert_eq!(may_write(&mallory, homelab).await, 403);
    assert_eq!(may_write(&mallory, lobby).await, 201);
    let history = nora.history(homelab).await;
    let removed = history.messages.iter().find(|m| m.id == bad.id).unwrap();
    assert!(removed.removed.is_some());
    let told = nora.page(&routes::conduct(EVENT)).await;
    assert!(told.contains("The person was muted"), "{told}");
    let log = t
        .person("Omar", Role::Organiser)
        .await
        .page(&routes::audit(EVENT))
        .await;
    assert!(
        log.contains("Hana") && log.contains("Nobody is insulted here"),
        "{log}"
    );

    // A host takes back what hosts decided, and not what moderators did.
    let page = hana.page(&queue).await;
    let lift = |page: &str| {
        let id = id_after(page, "/moderate/sanction/").parse().unwrap();
        routes::moderate_lift(&ward(&slug), id)
    };
    done(&hana, &lift(&page), &[("reason", "We spoke")]).await;
    assert_eq!(may_write(&mallory, homelab).await, 201);
    let person = mallory.say(lobby, "hello").await.author.unwrap().id;
    let judge = routes::moderate_person(&ward(&slug), person);
    let mute = [("kind", "mute"), ("length", "60"), ("reason", "Again")];
    done(&mina, &judge, &mute).await;
    let page = mina.page(&queue).await;
    assert_eq!(send(&hana, &lift(&page), &[("reason", "No")]).await.0, 404);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_host_decides_about_those_in_the_channel_and_not_about_who_stands_above(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let hana = t.person("Hana", Role::Attendee).await;
    let nora = t.person("Nora", Role::Attendee).await;
    let mallory = t.person("Mallory", Role::Attendee).await;
    let mina = t.person("Mina", Role::Moderator).await;
    let slug = open(&hana, "Homelab", "public").await;
    let homelab = id_of(&hana, &slug).await;
    let lobby = t.lobby().await;
    let stranger = nora.say(lobby, "hello").await.author.unwrap().id;
    let loud = mallory.say(homelab, "LOUD").await.author.unwrap().id;
    let moderator = mina.say(homelab, "hello").await.author.unwrap().id;
    let mute = [("kind", "mute"), ("length", "60"), ("reason", "Too loud")];
    let judge = |person| routes::moderate_person(&ward(&slug), person);

    // Those who never were there are nobody to a host.
    assert_eq!(status(&hana, &judge(stranger)).await, 404);
    assert_eq!(send(&hana, &judge(stranger), &mute).await.0, 404);
    assert_eq!(status(&hana, &judge(loud)).await, 200);
    assert_eq!(send(&hana, &judge(moderator), &mute).await.0, 409);
    let ban = [("kind", "ban"), ("length", "60"), ("reason", "out")];
    assert_eq!(send(&hana, &judge(loud), &ban).await.0, 422);
    // What was decided elsewhere is none of theirs.
    let warning = [("kind", "warning"), ("reason", "For the lobby")];
    done(&mina, &routes::moderate_person(EVENT, loud), &warning).await;
    let page = hana.page(&judge(loud)).await;
    assert!(!page.contains("For the lobby"), "{page}");
    done(&hana, &judge(loud), &mute).await;
    assert_eq!(may_write(&mallory, homelab).await, 403);

    // Nobody hosts what few say to one another, and a closed channel is its
    // members' alone.
    let closed = open(&hana, "Behind a door", "invited").await;
    assert_eq!(status(&hana, &routes::moderate(&ward(&closed))).await, 200);
    assert_eq!(status(&mina, &routes::moderate(&ward(&closed))).await, 404);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_host_calms_their_channel_and_takes_back_a_raid_on_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let clock = Moved(Arc::new(AtomicI64::new(1_780_000_000_000)));
    let choices = Choices {
        clock: Clock::new(clock.clone()),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let source = Source::Bytes(programme(EVENT, 0).into());
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, source)
        .await
        .unwrap();
    let pass = |seconds: i64| clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    let hana = t.person("Hana", Role::Attendee).await;
    let rik = t.person("Rik", Role::Attendee).await;
    let nora = t.person("Nora", Role::Attendee).await;
    let slug = open(&hana, "Homelab", "public").await;
    let (homelab, lobby) = (id_of(&hana, &slug).await, t.lobby().await);
    renew(&t, "Rik").await;
    let raid = rik.say(homelab, "RAID").await;
    pass(10);
    let there = rik.say(lobby, "hello").await;

    let calm = routes::moderate_calm(&ward(&slug));
    assert_eq!(send(&nora, &calm, &[("minutes", "30")]).await.0, 403);
    let next = routes::channel(EVENT, &slug);
    let (status, place) = send(&hana, &calm, &[("minutes", "30"), ("next", &next)]).await;
    assert_eq!((status, place), (303, format!("{next}?done=calmed-here")));
    assert!(
        hana.page(&next)
            .await
            .contains("This channel is calmed until")
    );

    // Newcomers wait here, and nowhere else; the host lets them through.
    pass(60);
    assert_eq!(may_write(&rik, homelab).await, 202);
    pass(60);
    assert_eq!(may_write(&rik, lobby).await, 201);
    let page = hana.page(&routes::moderate(&ward(&slug))).await;
    let held = id_after(&page, "/moderate/held/").parse().unwrap();
    let held = routes::moderate_held(&ward(&slug), held);
    assert_eq!(send(&nora, &held, &[("approve", "yes")]).await.0, 403);
    done(&hana, &held, &[("approve", "yes")]).await;
    let words = |page: hallway_protocol::messages::MessagePage| {
        page.messages
            .into_iter()
            .map(|m| m.source)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(nora.history(homelab).await), ["RAID", "a word"]);

    // One action removes what newcomers said here, and one gives it back.
    let newcomers = routes::moderate_newcomers(&ward(&slug));
    let page = hana.page(&newcomers).await;
    assert!(page.contains("RAID") && !page.contains("hello"), "{page}");
    let ticked = format!("person-{}", raid.author.unwrap().id);
    done(&hana, &newcomers, &[("minutes", "15"), (&ticked, "yes")]).await;
    assert_eq!(words(nora.history(homelab).await), ["", ""]);
    let lobby_words = words(nora.history(lobby).await);
    assert_eq!(lobby_words, [there.source.as_str(), "a word"]);
    let page = hana.page(&newcomers).await;
    let bulk = id_after(&page, "/moderate/newcomers/").parse().unwrap();
    done(&hana, &routes::moderate_restore(&ward(&slug), bulk), &[]).await;
    assert_eq!(words(nora.history(homelab).await), ["RAID", "a word"]);

    done(&hana, &calm, &[("minutes", "0")]).await;
    pass(60);
    assert_eq!(may_write(&rik, homelab).await, 201);
    // Slow mode is the host's, too, in their channel alone.
    let slow = format!("{}slow-mode", routes::moderate(&ward(&slug)));
    done(&hana, &slow, &[("seconds", "60")]).await;
    nora.say(homelab, "one").await;
    assert_eq!(may_write(&nora, homelab).await, 429);
    assert_eq!(may_write(&nora, lobby).await, 201);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn hosts_hear_that_their_queue_changed_and_nothing_of_what_is_kept_from_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let hana = t.person("Hana", Role::Attendee).await;
    let nora = t.person("Nora", Role::Attendee).await;
    let mallory = t.person("Mallory", Role::Attendee).await;
    let rik = t.person("Rik", Role::Attendee).await;
    let otto = t.person("Otto", Role::Moderator).await;
    let slug = open(&hana, "Homelab", "public").await;
    let (homelab, lobby) = (id_of(&hana, &slug).await, t.lobby().await);
    let bad = mallory.say(homelab, "You are all fools").await;
    let elsewhere = mallory.say(lobby, "You too").await;
    let own = hana.say(homelab, "My own bad word").await;
    let topic = format!("ward:{homelab}");

    // To everybody else there is no such topic, nor where nobody is a host.
    for (person, topic) in [
        (&nora, topic.clone()),
        (&mallory, topic.clone()),
        (&t.visitor(), topic.clone()),
        (&hana, format!("ward:{lobby}")),
        (&hana, format!("ward:{}", key())),
    ] {
        assert_eq!(
            refused(&mut person.live().await, &topic).await,
            "/problems/not-found"
        );
    }
    let page = hana.page(&routes::moderate(&ward(&slug))).await;
    assert!(page.contains(&topic), "{page}");
    let page = otto.page(&routes::moderate(&ward(&slug))).await;
    assert!(
        page.contains("moderation:") && !page.contains(&topic),
        "{page}"
    );

    // Said about themselves, or somewhere else: not a word, not even a number.
    let mut live = hana.live().await;
    live.subscribe(&topic, None).await;
    report(&nora, own.id, "The host herself").await;
    report(&nora, elsewhere.id, "In the lobby").await;
    assert_eq!(hears_nothing(&mut live).await, "pong");
    // A new report, one that is taken, and one that has ended.
    let changed = |seq: i64| json!({ "type": "event", "topic": topic, "seq": seq, "event": { "type": "ward_changed" } });
    report(&nora, bad.id, "All day").await;
    assert_eq!(live.next().await, changed(1));
    let page = hana.page(&routes::moderate(&ward(&slug))).await;
    let id = id_after(&page, "/moderate/report/").parse().unwrap();
    let claim = routes::moderate_report_claim(EVENT, id);
    done(&otto, &claim, &[("claim", "yes")]).await;
    assert_eq!(live.next().await, changed(2));
    let end = routes::moderate_report_end(EVENT, id);
    done(&otto, &end, &[("outcome", "dismissed"), ("reason", "No")]).await;
    assert_eq!(live.next().await, changed(3));
    // A calm of the channel, and what waits by it.
    let calm = routes::moderate_calm(&ward(&slug));
    done(&hana, &calm, &[("minutes", "30")]).await;
    assert_eq!(live.next().await, changed(4));
    renew(&t, "Rik").await;
    assert_eq!(may_write(&rik, homelab).await, 202);
    assert_eq!(live.next().await, changed(5));

    // Whoever is a host no more hears no more, on a connection from before.
    let person = nora.say(lobby, "hello").await.author.unwrap().id;
    let person = person.to_string();
    done(&hana, &part(&slug, "invite"), &[("who", &person)]).await;
    done(&nora, &part(&slug, "membership"), &[("answer", "accept")]).await;
    let handle = async |handling: &str| {
        let fields = [("person", person.as_str()), ("handling", handling)];
        done(&hana, &part(&slug, "members"), &fields).await;
    };
    handle("make-host").await;
    let mut live = nora.live().await;
    assert_eq!(live.subscribe(&topic, None).await["seq"], 5);
    handle("make-member").await;
    let problem = live.next_of("problem").await;
    assert_eq!(
        (problem["topic"].as_str(), &problem["problem"]["type"]),
        (Some(&*topic), &json!("/problems/not-found"))
    );
    t.stop().await;
}

async fn refused(live: &mut Live, topic: &str) -> String {
    live.send(json!({ "type": "subscribe", "topic": topic }))
        .await;
    live.next_of("problem").await["problem"]["type"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// What comes before an answer to a ping.
async fn hears_nothing(live: &mut Live) -> String {
    live.send(json!({ "type": "ping" })).await;
    live.next().await["type"].as_str().unwrap().to_owned()
}

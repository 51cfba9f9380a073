//! People as they show themselves: nothing without their wish, and a block.

use hallway_model::access::Role;
use hallway_protocol::routes;
use hallway_service::accounts::ChangeProfile;
use hallway_testkit::Kind;
use rstest::rstest;

use crate::databases::dump;
use crate::harness::{EVENT, TestServer};
use crate::places::{open, send};

#[rstest]
#[tokio::test]
async fn a_card_tells_what_its_person_shows_and_no_more(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    let organiser = t.person("Orga", Role::Organiser).await;
    let actor = t.actor_of(&alice).await;
    let profile = ChangeProfile {
        name: "Alice".into(),
        pronouns: "she/her".into(),
        zone: "Australia/Sydney".into(),
        language: String::new(),
    };
    t.service().write(&actor, None, profile).await.unwrap();
    let card = routes::person(EVENT, actor.person.unwrap());

    // She neither spoke nor asked to be found: only those who look after the
    // event, and she herself, find her.
    assert_eq!(bob.get(&card).await.status(), 404);
    assert_eq!(organiser.get(&card).await.status(), 200);
    assert_eq!(alice.get(&card).await.status(), 200);
    assert_eq!(t.visitor().get(&card).await.status(), 401);
    assert_eq!(stranger.get(&card).await.status(), 403);

    let show = |fields: &'static [(&'static str, &'static str)]| {
        let alice = &alice;
        async move { send(alice, &routes::account_card(), fields).await.0 }
    };
    assert_eq!(show(&[("listed", "yes")]).await, 303);
    let seen = bob.page(&card).await;
    assert!(seen.contains("Alice") && seen.contains("she/her"), "{seen}");
    assert!(
        !seen.contains("for them.") && !seen.contains("example.org"),
        "{seen}"
    );
    assert!(seen.contains("noindex"), "{seen}");

    assert_eq!(
        show(&[
            ("listed", "yes"),
            ("shows_zone", "yes"),
            ("languages", "en DE")
        ])
        .await,
        303
    );
    let seen = bob.page(&card).await;
    assert!(
        seen.contains("(Australia/Sydney)") && seen.contains("English, German"),
        "{seen}"
    );
    assert_eq!(show(&[("languages", "english")]).await, 422);

    // Those who want to be found are in a list; Bob is not.
    let people = routes::people(EVENT);
    assert!(bob.page(&people).await.contains("Alice"));
    assert!(!alice.page(&people).await.contains(">Bob<"));
    assert_eq!(stranger.get(&people).await.status(), 403);

    // Open to talk, and what she hosts in public.
    open(&alice, "Tea", "public").await;
    open(&alice, "Cellar", "invited").await;
    let talk = routes::account_talk();
    assert!(!bob.page(&card).await.contains("Open to talk"));
    assert_eq!(send(&alice, &talk, &[("open", "yes")]).await.0, 303);
    let seen = bob.page(&card).await;
    assert!(seen.contains("Open to talk"), "{seen}");
    assert!(seen.contains("Tea") && !seen.contains("Cellar"), "{seen}");
    assert_eq!(send(&alice, &talk, &[("open", "no")]).await.0, 303);
    assert!(!bob.page(&card).await.contains("Open to talk"));

    // Back in hiding.
    assert_eq!(show(&[]).await, 303);
    assert_eq!(bob.get(&card).await.status(), 404);
    assert!(!bob.page(&people).await.contains("Alice"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_host_invites_somebody_from_their_card(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let said = bob.say(t.lobby().await, "hello").await;
    let card = routes::person(EVENT, said.author.clone().unwrap().id);
    let slug = open(&alice, "Cellar", "invited").await;
    let seen = alice.page(&card).await;
    let invite = routes::channel_part(EVENT, &slug, "invite");
    assert!(
        seen.contains("Invite to Cellar") && seen.contains(&invite),
        "{seen}"
    );
    let id = said.author.unwrap().id.to_string();
    assert_eq!(send(&alice, &invite, &[("who", &id)]).await.0, 303);
    assert!(!alice.page(&card).await.contains("Invite to Cellar"));
    assert!(bob.page(&routes::channels(EVENT)).await.contains("Cellar"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_deleted_account_leaves_no_place_card_or_block_behind(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let bob = t.person("Bob", Role::Attendee).await;
    let said = bob.say(t.lobby().await, "hello").await;
    let bob_id = said.author.unwrap().id;
    let slug = open(&alice, "Tea", "public").await;
    send(&alice, &routes::account_card(), &[("listed", "yes")]).await;
    send(
        &alice,
        &routes::person_block(EVENT, bob_id),
        &[("block", "yes")],
    )
    .await;
    let place = [
        ("name", "Elsewhere"),
        ("url", "https://a.example/"),
        ("run_by", "Alice"),
    ];
    send(&alice, &routes::outside_rooms(EVENT), &place).await;
    let rows = dump(t.database_url()).await;
    for table in ["channel_member", "profile", "block"] {
        assert!(!rows[table].is_empty(), "{table}");
    }
    let gone = [("sure", "yes"), ("words", "removed")];
    assert_eq!(send(&alice, &routes::account_delete(), &gone).await.0, 303);
    let rows = dump(t.database_url()).await;
    for table in ["channel_member", "profile", "block"] {
        assert!(rows[table].is_empty(), "{table}: {:?}", rows[table]);
    }
    // The channel stays, without her name.
    let about = bob.page(&routes::about_channel(EVENT, &slug)).await;
    assert!(
        about.contains("Tea") && !about.contains("opened by"),
        "{about}"
    );
    t.stop().await;
}

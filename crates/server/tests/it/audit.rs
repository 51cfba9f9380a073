//! The audit log: every deed has its line, for organisers to read and for
//! nobody to change.

use hallway_model::access::Role;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use rstest::rstest;

use crate::harness::{EVENT, ROOM, TestServer, key};

#[rstest]
#[tokio::test]
async fn what_is_done_in_an_events_name_stands_in_its_log(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let producer = t.person("Petra", Role::Producer).await;
    let log = routes::audit(EVENT);
    let page = organiser.page(&log).await;
    assert!(page.contains("Programme imported"), "{page}");
    assert!(page.contains("Role given: Omar"), "{page}");

    let (saved, rotated) = (key().to_string(), key().to_string());
    let settings = [
        ("key", saved.as_str()),
        ("title", "Testival"),
        ("guests_read", "yes"),
    ];
    for _ in 0..2 {
        let path = routes::organise_settings(EVENT);
        assert_eq!(organiser.form(&path, &settings).await.status(), 303);
    }
    let rotate = [("key", rotated.as_str()), ("sure", "yes")];
    let desk = routes::desk_key(EVENT, ROOM);
    assert!(producer.form(&desk, &rotate).await.status().is_success());

    let page = organiser.page(&log).await;
    assert_eq!(page.matches("Settings changed").count(), 1, "once: {page}");
    let newest = page.split("<ol class=\"log\">").nth(1).unwrap();
    let (key_line, rest) = newest.split_once("</li>").unwrap();
    assert!(
        key_line.contains("New stream key, Main Hall") && key_line.contains("Petra"),
        "the newest first, by whom and where: {key_line}"
    );
    assert!(rest.split("</li>").next().unwrap().contains("Omar"));

    // Nobody else reads it, and there is no way to write to it.
    assert_eq!(producer.get(&log).await.status(), 403);
    assert_eq!(t.visitor().get(&log).await.status(), 401);
    let written = organiser.form(&log, &[("key", "x")]).await;
    assert_eq!(written.status(), 404);
    t.stop().await;
}

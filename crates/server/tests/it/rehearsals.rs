//! `hallway rehearse` against a running server, and the rehearsals that
//! organisers start from their pages.

use std::process::Stdio;
use std::time::Duration;

use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_model::ids::IdempotencyKey;
use hallway_model::rehearsals::Size;
use hallway_protocol::rehearsals::{Rehearsal, RehearsalRun, RehearsalState};
use hallway_service::Error;
use hallway_service::events::ChangeSettings;
use hallway_testkit::Kind;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer, key};

async fn rehearse(t: &TestServer, arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_hallway"))
        .arg("rehearse")
        .args([
            "--event",
            EVENT,
            "--database-url",
            t.database_url(),
            "--url",
            &t.url,
            "--data",
        ])
        .arg(t.data.path())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn guests_fill_a_rehearsal_and_no_other_event(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let refused = rehearse(&t, &["--people", "3", "--minutes", "1"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("not marked as a rehearsal"), "{why}");

    mark(&t, true).await;
    let played = rehearse(&t, &["--people", "20", "--seconds", "20", "--json"]).await;
    let (told, beside) = (
        String::from_utf8_lossy(&played.stdout).into_owned(),
        String::from_utf8_lossy(&played.stderr).into_owned(),
    );
    assert!(played.status.success(), "{told} {beside}");
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&report["people"], &report["gaps"]),
        (&20.into(), &0.into())
    );
    let figure = |name: &str| report[name].as_u64().unwrap();
    assert!(figure("joins") >= 20 && figure("pages") >= 20, "{report}");
    let lobby = t.lobby().await;
    let said = t.visitor().history(lobby).await.messages.len() as u64;
    assert_eq!(figure("messages"), said, "{report}");
    assert!(said > 0 && figure("deliveries") >= said, "{report}");

    // Their tokens are gone; those that are asked for are printed and stay.
    let tokens = rehearse(&t, &["--people", "2", "--tokens"]).await;
    let tokens = String::from_utf8(tokens.stdout).unwrap();
    assert_eq!(tokens.lines().count(), 2);
    for token in tokens.lines() {
        assert!(t.service().signed_in(token).await.unwrap().is_some());
    }
    t.stop().await;
}

async fn mark(t: &TestServer, rehearsal: bool) {
    let change = ChangeSettings {
        event: EVENT.into(),
        title: "Testival".into(),
        settings: Settings {
            rehearsal,
            ..Settings::default()
        },
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
}

const API: &str = "/api/v1/events/testival/rehearsal";
const PAGE: &str = "/testival/organise/rehearsal";

async fn found(person: &Person) -> Rehearsal {
    let answer = person.get(API).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// The run once it is as asked.
async fn until(person: &Person, asked: impl Fn(&RehearsalRun) -> bool) -> RehearsalRun {
    for _ in 0..300 {
        if let Some(run) = found(person).await.run
            && asked(&run)
        {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", found(person).await);
}

async fn send(person: &Person, method: Method, body: &Value) -> (StatusCode, Value) {
    let request = person.request(method, API).json(body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn wish(people: u32, minutes: u32) -> Value {
    json!({ "people": people, "minutes": minutes, "key": key() })
}

/// Sign-ins of rehearsals that still hold.
async fn tokens(t: &TestServer) -> usize {
    let rows = &dump(t.database_url()).await["sign_in"];
    rows.iter().filter(|row| row.contains("rehearsal")).count()
}

#[rstest]
#[tokio::test]
async fn an_organiser_plays_a_rehearsal_to_its_end(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Olga", Role::Organiser).await;
    let moderator = t.person("Mona", Role::Moderator).await;
    for (who, status) in [
        (&moderator, StatusCode::FORBIDDEN),
        (&t.visitor(), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(who.get(API).await.status(), status);
        assert_eq!(who.get(PAGE).await.status(), status);
        let (answered, _) = send(who, Method::POST, &wish(3, 1)).await;
        assert_eq!(answered, status);
        let (answered, _) = send(who, Method::DELETE, &json!({ "key": key() })).await;
        assert_eq!(answered, status);
    }

    // Nothing is played where something may be real.
    let (status, problem) = send(&organiser, Method::POST, &wish(3, 1)).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("not marked"));
    let page = organiser.page(PAGE).await;
    assert!(page.contains("not marked as a rehearsal") && page.contains("/settings#rehearsal"));
    mark(&t, true).await;
    for (people, minutes) in [(0, 1), (5_001, 1), (1, 0), (1, 31)] {
        let (status, _) = send(&organiser, Method::POST, &wish(people, minutes)).await;
        assert_eq!(status, 422, "{people} for {minutes}");
    }
    let none = found(&organiser).await;
    assert!(none.marked && !none.busy && none.run.is_none());

    let actor = t.actor_of(&organiser).await;
    let once = Some(IdempotencyKey(key()));
    let size = Size::seconds(12, 8).unwrap();
    let start = |once| t.service().start_rehearsal(&actor, once, EVENT, size);
    start(once).await.unwrap();
    let begun = found(&organiser).await.run.unwrap();
    assert!(begun.state.is_under_way());
    // Sent again it is the same one; another one is refused, with a word.
    start(once).await.unwrap();
    assert_eq!(found(&organiser).await.run.unwrap().id, begun.id);
    let refused = start(Some(IdempotencyKey(key()))).await;
    assert!(matches!(refused, Err(Error::Conflict(why)) if why.contains("under way")));
    let again = [
        ("people", "5"),
        ("minutes", "1"),
        ("key", &key().to_string()),
    ];
    let refused = organiser.form(PAGE, &again).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.unwrap().contains("under way already"));

    let played = until(&organiser, |run| run.figures.here > 0).await;
    assert_eq!((played.state, played.ready), (RehearsalState::Playing, 12));
    assert!(tokens(&t).await >= 12);
    let page = organiser.page(PAGE).await;
    assert!(page.contains("<progress") && page.contains("/rehearsal/stop"));
    let over = until(&organiser, |run| !run.state.is_under_way()).await;
    assert_eq!(
        (over.state, &over.failure, over.errors.len()),
        (RehearsalState::Ended, &None, 0)
    );
    let figures = &over.figures;
    assert!(figures.joins >= 12 && figures.pages >= 12, "{over:?}");
    assert_eq!((figures.here, figures.gaps), (0, 0));
    assert_eq!(figures.acknowledged, figures.messages + figures.reactions);
    assert!(figures.join_ms.p50 <= figures.join_ms.slowest && figures.page_ms.p99.is_some());
    let page = organiser.page(PAGE).await;
    assert!(page.contains("The last rehearsal") && page.contains("All went well"));
    assert_eq!(tokens(&t).await, 0, "what was for the guests is gone");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_rehearsal_ends_when_it_shall(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Olga", Role::Organiser).await;
    mark(&t, true).await;
    // Nothing goes on: nothing changes, and nothing is written down.
    let stop = json!({ "key": key() });
    assert_eq!(send(&organiser, Method::DELETE, &stop).await.0, 202);

    let form = [
        ("people", "6"),
        ("minutes", "30"),
        ("key", &key().to_string()),
    ];
    let started = organiser.form(PAGE, &form).await;
    assert_eq!(started.status(), 303);
    until(&organiser, |run| run.figures.here > 0).await;
    let (status, stopped) = send(&organiser, Method::DELETE, &json!({ "key": key() })).await;
    assert_eq!(
        (status.as_u16(), &stopped["run"]["state"]),
        (202, &"ending".into())
    );
    let over = until(&organiser, |run| !run.state.is_under_way()).await;
    assert_eq!((over.state, over.failure), (RehearsalState::Stopped, None));
    assert!(
        over.figures.joins > 0 && over.figures.errors == 0,
        "{:?}",
        over.figures
    );
    assert_eq!(tokens(&t).await, 0);

    // Whoever takes the mark away expects real people.
    assert_eq!(send(&organiser, Method::POST, &wish(2, 30)).await.0, 202);
    until(&organiser, |run| run.figures.here > 0).await;
    mark(&t, false).await;
    let over = until(&organiser, |run| !run.state.is_under_way()).await;
    assert_eq!(over.state, RehearsalState::Stopped);

    mark(&t, true).await;
    assert_eq!(send(&organiser, Method::POST, &wish(2, 30)).await.0, 202);
    until(&organiser, |run| run.figures.here > 0).await;
    let log = organiser.page("/testival/organise/audit/").await;
    let lines = |words: &str| log.matches(words).count();
    assert_eq!(
        (lines("Rehearsal started"), lines("Rehearsal stopped")),
        (3, 1)
    );
    let stopping = tokio::time::timeout(Duration::from_secs(20), t.stop());
    stopping.await.expect("the server's end is the rehearsal's");
}

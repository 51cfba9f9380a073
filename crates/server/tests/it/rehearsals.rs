//! `hallway rehearse` against a running server.

use std::process::Stdio;

use hallway_model::access::Actor;
use hallway_model::events::Settings;
use hallway_service::events::ChangeSettings;
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::Value;
use tokio::process::Command;

use crate::harness::{EVENT, TestServer};

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

    let change = ChangeSettings {
        event: EVENT.into(),
        title: "Testival".into(),
        settings: Settings {
            rehearsal: true,
            ..Settings::default()
        },
    };
    t.service()
        .write(&Actor::operator(), None, change)
        .await
        .unwrap();
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

//! A Slack workspace that is brought along.

use std::io::{Cursor, Write};

use hallway_model::access::Role;
use hallway_protocol::messages::ChannelList;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::json;

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer};

const PAGE: &str = "/testival/organise/integrations";

fn archive(members: &[(&str, String)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in members {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Two channels, one of them of more messages than fit into one transaction.
fn workspace(days: usize) -> Vec<u8> {
    let users = json!([{ "id": "U1", "name": "ada", "profile": { "display_name": "Ada L", "email": "ada@secret.example" } }]);
    let channels = json!([{ "id": "C1", "name": "general" }, { "id": "C2", "name": "lobby" }]);
    let mut members = vec![
        ("channels.json".to_owned(), channels.to_string()),
        ("users.json".to_owned(), users.to_string()),
    ];
    for day in 1..=days {
        let messages: Vec<_> = (0..150)
            .map(|n| json!({ "type": "message", "user": "U1", "text": format!("*day {day}* <https://x.example|{n}>"), "ts": format!("{}.{n:06}", 1_770_000_000 + day * 86_400 + n) }))
            .collect();
        members.push((
            format!("general/2026-02-{day:02}.json"),
            json!(messages).to_string(),
        ));
    }
    let members: Vec<(&str, String)> = members
        .iter()
        .map(|(n, t)| (n.as_str(), t.clone()))
        .collect();
    archive(&members)
}

async fn import(organiser: &Person, bytes: &[u8]) -> Response {
    let head =
        b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"slack.zip\"\r\n\r\n";
    let body = [&head[..], bytes, b"\r\n--edge--\r\n"].concat();
    organiser
        .request(Method::POST, &format!("{PAGE}/slack"))
        .header("origin", &organiser.url)
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body)
        .send()
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn public_channels_come_along_with_times_and_names_and_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let answer = import(&organiser, &workspace(2)).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("<th scope=\"row\">Messages</th><td>300</td><td>0</td>"),
        "{page}"
    );

    let page = t.visitor().page(&format!("/{EVENT}/chat/general")).await;
    assert!(page.contains("Ada L") && page.contains("<span class=\"tag\">imported</span>"));
    assert!(page.contains("<strong>day 2</strong>") && page.contains("href=\"https://x.example\""));
    // A channel of the same name as one of ours gets a slug of its own.
    assert_eq!(
        t.visitor()
            .get(&format!("/{EVENT}/chat/channel-lobby"))
            .await
            .status(),
        200
    );
    let before = dump(t.database_url()).await;
    assert!(
        !format!("{before:?}").contains("secret.example"),
        "addresses stay where they were"
    );
    assert_eq!(before["message"].len(), 300);
    assert_eq!(
        before["person"]
            .iter()
            .filter(|row| row.contains("Ada L"))
            .count(),
        1
    );

    // The same again changes nothing; a longer one adds what is new.
    let page = import(&organiser, &workspace(2))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("<th scope=\"row\">Messages</th><td>0</td><td>300</td>"),
        "{page}"
    );
    assert_eq!(dump(t.database_url()).await, before);
    let page = import(&organiser, &workspace(3))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("<th scope=\"row\">Messages</th><td>150</td><td>300</td>"),
        "{page}"
    );
    let attendee = t.person("Alice", Role::Attendee).await;
    assert_eq!(import(&attendee, &workspace(1)).await.status(), 403);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn an_archive_that_does_not_read_changes_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let before = dump(t.database_url()).await;
    let list = |text: &str| text.to_owned();
    let channels = list(r#"[{"id": "C1", "name": "general"}]"#);
    for (bytes, told) in [
        (b"no archive".to_vec(), "this is no ZIP archive"),
        (vec![], "id=\"file-error\""),
        (
            archive(&[("users.json", list("[]"))]),
            "the archive has no `channels.json`",
        ),
        (
            archive(&[
                ("channels.json", channels.clone()),
                ("users.json", list("[]")),
                ("../x.json", list("[]")),
            ]),
            "`../x.json`: the name leads out of its folder",
        ),
        (
            archive(&[
                ("channels.json", channels),
                ("users.json", list("[]")),
                (
                    "general/2026-02-01.json",
                    list(r#"[{"text": "good", "user": "U1", "ts": "1.0"}]"#),
                ),
                ("general/2026-02-02.json", list("[{]")),
            ]),
            "`general/2026-02-02.json`: key must be a string at line 1 column 3",
        ),
    ] {
        let answer = import(&organiser, &bytes).await;
        assert_eq!(answer.status(), 422, "{told}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(told), "{told} in {page}");
    }
    assert_eq!(dump(t.database_url()).await, before);
    t.stop().await;
}

/// Answers of a thread stand in its thread, by the time they were said.
#[rstest]
#[tokio::test]
async fn threads_come_along_as_threads(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let users = json!([{ "id": "U1", "name": "ada" }, { "id": "U2", "name": "bob" }]);
    let channels = json!([{ "id": "C1", "name": "general" }]);
    let said = |user: &str, text: &str, ts: &str, thread: Option<&str>| json!({ "type": "message", "user": user, "text": text, "ts": ts, "thread_ts": thread });
    let first = json!([
        said(
            "U1",
            "who is coming?",
            "1770000000.000001",
            Some("1770000000.000001")
        ),
        said("U2", "I am", "1770000060.000001", Some("1770000000.000001")),
        said(
            "U2",
            "an answer to nothing",
            "1770000070.000001",
            Some("1760000000.000001")
        ),
    ]);
    // The day after, in a file of its own.
    let second = json!([said(
        "U1",
        "good",
        "1770090000.000001",
        Some("1770000000.000001")
    )]);
    let file = archive(&[
        ("channels.json", channels.to_string()),
        ("users.json", users.to_string()),
        ("general/2026-02-02.json", first.to_string()),
        ("general/2026-02-03.json", second.to_string()),
    ]);
    assert_eq!(import(&organiser, &file).await.status(), 200);
    let listed = t.visitor().get(&routes::api_channels(EVENT)).await;
    let listed: ChannelList = listed.json().await.unwrap();
    let general = listed.channels.iter().find(|c| c.slug == "general");
    let channel = general.expect("the channel").id;
    let messages = t.visitor().history(channel.0).await.messages;
    let words: Vec<&str> = messages.iter().map(|m| m.source.as_str()).collect();
    assert_eq!(words, ["who is coming?", "an answer to nothing"]);
    let root = &messages[0];
    assert_eq!(root.replies, 2);
    assert_eq!(root.last_reply_at, Some(1_770_090_000_000));
    let page = t
        .visitor()
        .page(&routes::thread(EVENT, "general", root.seq))
        .await;
    let (one, two) = (page.find("I am"), page.find("good"));
    assert!(one.is_some() && one < two, "{page}");
    // Brought along again, nothing is counted twice.
    assert_eq!(import(&organiser, &file).await.status(), 200);
    let messages = t.visitor().history(channel.0).await.messages;
    assert_eq!((messages.len(), messages[0].replies), (2, 2));
    t.stop().await;
}

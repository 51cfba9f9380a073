//! The chat as a file: a channel's, an event's, and all one wrote.

use std::io::{Cursor, Read};

use hallway_model::access::{Actor, Role};
use hallway_model::time::Span;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::databases::dump;
use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};
use crate::pushes::settle;

/// An archive by the names of its members.
async fn archive(person: &Person, path: &str) -> zip::ZipArchive<Cursor<Vec<u8>>> {
    let answer = person.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/zip");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    let bytes = answer.bytes().await.expect("a whole file").to_vec();
    zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive")
}

fn member(archive: &mut zip::ZipArchive<Cursor<Vec<u8>>>, name: &str) -> String {
    let mut text = String::new();
    let mut member = archive
        .by_name(name)
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    member.read_to_string(&mut text).expect("text");
    text
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

/// Begins an export and waits until the page has its link.
pub async fn whole_chat(t: &TestServer, organiser: &Person) -> String {
    let answer = organiser
        .form(
            &format!("/{EVENT}/organise/integrations/exports"),
            &[("key", &key().to_string())],
        )
        .await;
    assert_eq!(answer.status(), 303);
    loop {
        // Jobs run by themselves; this helps them along instead of sleeping.
        t.service().run_due_jobs().await.expect("jobs");
        let page = organiser
            .page(&format!("/{EVENT}/organise/integrations"))
            .await;
        if let Some((_, rest)) = page.split_once("/organise/integrations/exports/") {
            return format!(
                "/{EVENT}/organise/integrations/exports/{}",
                rest.split('"').next().unwrap()
            );
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_channel_is_taken_along_as_lines_and_as_a_page(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let first = alice.say(lobby, "**Hello** <script>").await;
    bob.react(Method::PUT, &first, "🎉").await;
    // More than a page, so that the second one is begun where the first ended.
    for n in 0..510 {
        bob.say(lobby, &format!("line {n}")).await;
    }

    let mut zip = archive(&t.visitor(), &format!("/{EVENT}/chat/lobby/export.zip")).await;
    let lines = json_lines(&member(&mut zip, "messages.jsonl"));
    assert_eq!(lines.len(), 511);
    let numbers: Vec<i64> = lines
        .iter()
        .map(|l| l["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=511).collect::<Vec<i64>>());
    assert_eq!(lines[0]["text"], "**Hello** <script>");
    assert_eq!(
        lines[0]["author"],
        json!({ "id": first.author.as_ref().unwrap().id, "name": "Alice", "kind": "person" })
    );
    assert_eq!(
        lines[0]["reactions"],
        json!([{ "emoji": "🎉", "count": 1 }])
    );
    let page = member(&mut zip, "messages.html");
    assert!(page.contains("<strong>Hello</strong>"), "{}", &page[..800]);
    assert!(!page.contains("<script>"), "typed text is text");
    assert_eq!(page.matches("<li id=\"m").count(), 511);
    assert!(page.ends_with("</html>\n"));
    // Nothing that others see only of themselves.
    assert!(!page.contains("@example.org"));
    assert!(!member(&mut zip, "messages.jsonl").contains("@example.org"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn words_that_were_erased_are_in_no_file(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    alice.say(lobby, "my canary words").await;
    bob.say(lobby, "still here").await;
    let link = whole_chat(&t, &organiser).await;
    assert_eq!(organiser.get(&link).await.status(), 200);
    let folder = t.data.path().join("blobs/chat-exports");
    assert!(canaries(&folder) > 0, "the control: the words were there");

    let answer = alice
        .form(
            "/account/delete",
            &[
                ("sure", "yes"),
                ("words", "removed"),
                ("key", &key().to_string()),
            ],
        )
        .await;
    assert_eq!(answer.status(), 303);
    settle(&t).await;
    assert_eq!(
        organiser.get(&link).await.status(),
        404,
        "made before, so gone"
    );
    assert_eq!(canaries(t.data.path()), 0);

    let mut zip = archive(&t.visitor(), &format!("/{EVENT}/chat/lobby/export.zip")).await;
    let lines = json_lines(&member(&mut zip, "messages.jsonl"));
    assert_eq!(
        (&lines[0]["removed"], &lines[0]["text"], &lines[0]["author"]),
        (&json!(true), &json!(""), &Value::Null)
    );
    assert_eq!(lines[1]["text"], "still here");
    let page = member(&mut zip, "messages.html");
    assert!(page.contains("This message was removed."), "{page}");
    assert!(!page.contains("canary"));
    t.stop().await;
}

/// Files under a folder that hold the words.
fn canaries(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            if path.is_dir() {
                canaries(&path)
            } else {
                let bytes = std::fs::read(&path).unwrap_or_default();
                usize::from(String::from_utf8_lossy(&bytes).contains("canary words"))
            }
        })
        .sum()
}

#[rstest]
#[tokio::test]
async fn the_whole_chat_is_made_by_a_job_for_one_organiser_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = programme(EVENT, 0);
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, Source::Bytes(xml.into()))
        .await
        .expect("the test's programme");
    let organiser = t.person("Omar", Role::Organiser).await;
    let other = t.person("Olga", Role::Organiser).await;
    let attendee = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    for n in 0..3 {
        attendee.say(lobby, &format!("line {n}")).await;
    }

    let page = format!("/{EVENT}/organise/integrations");
    assert_eq!(attendee.get(&page).await.status(), 403);
    let begin = format!("{page}/exports");
    let form = [("key", key().to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(attendee.form(&begin, &form).await.status(), 403);

    let link = whole_chat(&t, &organiser).await;
    let mut zip = archive(&organiser, &link).await;
    let index = member(&mut zip, "index.html");
    assert!(index.contains("href=\"lobby/messages.html\""), "{index}");
    assert_eq!(
        json_lines(&member(&mut zip, "lobby/messages.jsonl")).len(),
        3
    );
    assert!(member(&mut zip, "lobby/messages.html").contains("line 2"));

    // It is nobody else's: not another organiser's, not under another event.
    assert_eq!(other.get(&link).await.status(), 404);
    assert_eq!(attendee.get(&link).await.status(), 403);
    assert_eq!(t.visitor().get(&link).await.status(), 401);
    assert!(!other.page(&page).await.contains(".zip"));

    // After its week it is gone, rows and bytes.
    hands.advance(Span::days(8));
    t.service().tidy().await.expect("tidied");
    settle(&t).await;
    assert_eq!(organiser.get(&link).await.status(), 404);
    assert_eq!(dump(t.database_url()).await["chat_export"].len(), 0);
    let folder = t.data.path().join("blobs/chat-exports");
    let left = std::fs::read_dir(folder).map_or(0, |entries| entries.count());
    assert_eq!(left, 0, "no blob is left");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn all_one_wrote_is_in_ones_own_export(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    alice.say(lobby, "mine & <mine>").await;
    bob.say(lobby, "not hers").await;
    let mut zip = archive(&alice, "/account/export.zip").await;
    let account: Value = serde_json::from_str(&member(&mut zip, "account.json")).unwrap();
    assert_eq!(account["profile"]["email"], "alice@example.org");
    let lines = json_lines(&member(&mut zip, "messages.jsonl"));
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["text"], &lines[0]["event"], &lines[0]["channel"]),
        (&json!("mine & <mine>"), &json!(EVENT), &json!("lobby"))
    );
    // The address it gives leads to the words.
    let url = lines[0]["url"].as_str().unwrap();
    let path = url.strip_prefix(&t.url).expect("an address of ours");
    assert!(
        alice
            .page(path.split('#').next().unwrap())
            .await
            .contains("mine &#38; &#60;mine&#62;")
    );
    let page = member(&mut zip, "account.html");
    assert!(
        page.contains("<pre>mine &amp; &lt;mine&gt;</pre>"),
        "{page}"
    );
    assert!(!page.contains("not hers"));
    t.stop().await;
}

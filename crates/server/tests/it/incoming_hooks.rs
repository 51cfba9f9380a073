//! Incoming webhooks: programs post into a channel by a secret address.

use hallway_model::access::Role;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::{Value, json};

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer, key};
use crate::places::open;

const PAGE: &str = "/testival/organise/integrations";

/// Makes a webhook into the lobby, and gives its path.
async fn hook(organiser: &Person, name: &str) -> String {
    let fields = [
        ("key", &*key().to_string()),
        ("name", name),
        ("channel", "lobby"),
    ];
    let answer = organiser.form(&format!("{PAGE}/hooks"), &fields).await;
    assert_eq!(answer.status(), 200);
    path(&answer.text().await.unwrap()).expect("the address, this once")
}

fn path(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("/hooks/in/")?;
    Some(format!("/hooks/in/{}", rest.split('<').next()?))
}

/// Posts as a program elsewhere does: with no cookie, origin or token of ours.
async fn post(t: &TestServer, path: &str, body: &Value, key: Option<&str>) -> Response {
    let mut request = t.visitor().request(Method::POST, path).json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.send().await.expect("an answer")
}

async fn told(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/plain"), "{kind}");
    (status, answer.text().await.unwrap())
}

#[rstest]
#[tokio::test]
async fn a_program_posts_as_it_would_to_slack(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let hook = hook(&organiser, "Build").await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;

    let plain = json!({ "text": "Build <https://ci.example/7|#7> is *green* &amp; fast" });
    assert_eq!(
        told(post(&t, &hook, &plain, None).await).await,
        (200, "ok".into())
    );
    let event = live.next_of("event").await;
    let author = &event["event"]["message"]["author"];
    assert_eq!(
        (&author["name"], &author["kind"]),
        (&json!("Build"), &json!("webhook"))
    );

    let named = json!({ "text": "deployed", "username": "Deploy Bot", "icon_emoji": ":rocket:" });
    assert_eq!(post(&t, &hook, &named, None).await.status(), 200);
    assert_eq!(post(&t, &hook, &named, None).await.status(), 200);
    // The oldest programs send a form.
    let form = t
        .visitor()
        .request(Method::POST, &hook)
        .form(&[("payload", r#"{"text": "by form"}"#)]);
    assert_eq!(form.send().await.unwrap().status(), 200);

    let messages = t.visitor().history(lobby).await.messages;
    let said: Vec<(&str, &str)> = messages
        .iter()
        .map(|m| (m.author.as_ref().unwrap().name.as_str(), m.source.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "Build",
                "Build [#7](<https://ci.example/7>) is **green** & fast"
            ),
            ("Deploy Bot", "deployed"),
            ("Deploy Bot", "deployed"),
            ("Build", "by form"),
        ]
    );
    let ids: Vec<_> = messages
        .iter()
        .map(|m| m.author.as_ref().unwrap().id)
        .collect();
    assert_eq!(ids[1], ids[2], "one name is one author");
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[3]);
    // Readers of the page are told by a word, not by a colour.
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert_eq!(
        page.matches("<span class=\"tag\">webhook</span>").count(),
        4,
        "{page}"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_message_sent_again_under_its_key_is_posted_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let (one, two) = (hook(&organiser, "One").await, hook(&organiser, "Two").await);
    let body = json!({ "text": "once", "username": "Somebody" });
    for _ in 0..3 {
        let answer = post(&t, &one, &body, Some("build-7")).await;
        assert_eq!(told(answer).await, (200, "ok".into()));
    }
    // Another hook's keys are its own.
    assert_eq!(post(&t, &two, &body, Some("build-7")).await.status(), 200);
    assert_eq!(t.visitor().history(lobby).await.messages.len(), 2);
    let long = "x".repeat(256);
    let refused = post(&t, &one, &body, Some(&long)).await;
    assert_eq!(told(refused).await, (400, "invalid_idempotency_key".into()));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_does_not_fit_is_refused_in_words_that_programs_know(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let hook = hook(&organiser, "Build").await;
    let send = async |path: &str, body: String| {
        let request = t.visitor().request(Method::POST, path).body(body);
        told(request.send().await.unwrap()).await
    };
    assert_eq!(
        send(&hook, "no json".into()).await,
        (400, "invalid_payload".into())
    );
    assert_eq!(send(&hook, "{}".into()).await, (400, "no_text".into()));
    let huge = json!({ "text": "x".repeat(64 * 1024) }).to_string();
    assert_eq!(send(&hook, huge).await, (413, "payload_too_large".into()));
    for wrong in [
        "/hooks/in/nonsense",
        "/hooks/in/0000000000000000000000000000000000",
    ] {
        let body = json!({ "text": "hello" }).to_string();
        assert_eq!(
            send(wrong, body).await,
            (404, "no_service".into()),
            "{wrong}"
        );
    }
    assert!(t.visitor().history(lobby).await.messages.is_empty());
    // What is longer than a message may be is cut, and says so.
    let long = json!({ "text": "ä".repeat(5_000) }).to_string();
    assert_eq!(send(&hook, long).await.0, 200);
    let messages = t.visitor().history(lobby).await.messages;
    assert_eq!(messages[0].source.chars().count(), 4_000);
    assert!(messages[0].source.ends_with('…'));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_flood_is_slowed_and_told_when_to_come_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let (one, two) = (hook(&organiser, "One").await, hook(&organiser, "Two").await);
    let body = json!({ "text": "again" });
    let refused = loop {
        let answer = post(&t, &one, &body, None).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert!(
        refused.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            >= 1
    );
    assert_eq!(told(refused).await, (429, "rate_limited".into()));
    assert_eq!(
        post(&t, &two, &body, None).await.status(),
        200,
        "each for itself"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn an_address_is_shown_once_kept_as_a_hash_rotated_and_revoked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let attendee = t.person("Alice", Role::Attendee).await;
    let first = hook(&organiser, "Build").await;
    let secret = first.strip_prefix("/hooks/in/").unwrap();
    let page = organiser.page(PAGE).await;
    assert!(page.contains("Build") && !page.contains(secret));
    let rows = format!("{:?}", dump(t.database_url()).await);
    assert!(!rows.contains(secret), "only its digest is kept");

    // A form sent twice makes one webhook and shows the same address.
    let fields = [
        ("key", &*key().to_string()),
        ("name", "Twice"),
        ("channel", "lobby"),
    ];
    let mut shown = vec![];
    for _ in 0..2 {
        let answer = organiser.form(&format!("{PAGE}/hooks"), &fields).await;
        shown.push(path(&answer.text().await.unwrap()).unwrap());
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(dump(t.database_url()).await["incoming_hook"].len(), 2);

    let page = organiser.page(PAGE).await;
    let id = page
        .split_once(&format!("{PAGE}/hooks/"))
        .map(|(_, rest)| rest.split('/').next().unwrap().to_owned())
        .expect("the hook's forms");
    let act = |action: &str| format!("{PAGE}/hooks/{id}/{action}");
    let once = key().to_string();
    assert_eq!(
        attendee
            .form(&act("rotate"), &[("key", &once)])
            .await
            .status(),
        403
    );
    let answer = organiser.form(&act("rotate"), &[("key", &once)]).await;
    let second = path(&answer.text().await.unwrap()).expect("the new address");
    let body = json!({ "text": "hello" });
    assert_eq!(
        post(&t, &first, &body, None).await.status(),
        404,
        "the old one is dead"
    );
    assert_eq!(post(&t, &second, &body, None).await.status(), 200);
    let answer = organiser
        .form(&act("revoke"), &[("key", &key().to_string())])
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(post(&t, &second, &body, None).await.status(), 404);
    // What it said stays, under its name.
    let lobby = t.lobby().await;
    let messages = t.visitor().history(lobby).await.messages;
    assert_eq!(messages[0].author.as_ref().unwrap().name, "Build");
    // What a form lacks is told at its field.
    let blank = [
        ("key", &*key().to_string()),
        ("name", " "),
        ("channel", "nowhere"),
    ];
    let answer = organiser.form(&format!("{PAGE}/hooks"), &blank).await;
    assert_eq!(answer.status(), 422);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("id=\"hook-name-error\"")
    );
    t.stop().await;
}

/// Posts a form of an organiser or moderator under a key of its own.
async fn decide(person: &Person, path: &str, fields: &[(&str, &str)]) {
    let key = key().to_string();
    let fields: Vec<(&str, &str)> = [("key", key.as_str())]
        .into_iter()
        .chain(fields.iter().copied())
        .collect();
    assert_eq!(person.form(path, &fields).await.status(), 303, "{path}");
}

/// What holds for people's words holds for a webhook's, under each of its
/// names; but it is no newcomer, whom an event makes wait.
#[rstest]
#[tokio::test]
async fn decisions_and_rules_of_the_chat_hold_for_webhooks(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let hook = hook(&organiser, "Build").await;
    let say = async |text: &str| {
        let body = json!({ "text": text, "username": "Other name" });
        told(post(&t, &hook, &body, None).await).await
    };
    let newcomers = [("hold_first", "yes"), ("newcomers_link", "no")];
    decide(&organiser, &routes::moderate_settings(EVENT), &newcomers).await;
    assert_eq!(say("see https://ci.example").await, (200, "ok".into()));
    assert_eq!(say("and at once again").await, (200, "ok".into()));

    let words = |refuse: &'static str| [("words", "spam"), ("refuse", refuse)];
    decide(&organiser, &routes::moderate_settings(EVENT), &words("no")).await;
    assert_eq!(say("spam, perhaps").await, (202, "ok".into()));
    let held = dump(t.database_url()).await["held_message"].len();
    assert_eq!(held, 1, "it waits for a moderator");
    decide(&organiser, &routes::moderate_settings(EVENT), &words("yes")).await;
    assert_eq!(say("spam").await, (403, "action_prohibited".into()));

    let slow = |seconds: &'static str| [("channel", "lobby"), ("seconds", seconds)];
    let slow_mode = routes::moderate_slow_mode(EVENT);
    decide(&organiser, &slow_mode, &slow("600")).await;
    assert_eq!(say("soon").await, (429, "rate_limited".into()));
    decide(&organiser, &slow_mode, &slow("0")).await;
    assert_eq!(say("later").await, (200, "ok".into()));

    // The hook is muted by its own name, and speaks under no other either.
    let own = json!({ "text": "by my own name" });
    assert_eq!(post(&t, &hook, &own, None).await.status(), 200);
    let messages = t.visitor().history(lobby).await.messages;
    let said = messages.len();
    let person = messages.last().unwrap().author.as_ref().unwrap().id;
    let mute = [("kind", "mute"), ("length", ""), ("reason", "It is broken")];
    decide(&organiser, &routes::moderate_person(EVENT, person), &mute).await;
    assert_eq!(say("muted").await, (403, "action_prohibited".into()));
    assert_eq!(t.visitor().history(lobby).await.messages.len(), said);
    t.stop().await;
}

/// A webhook leads where its maker reads, and nowhere they do not.
#[rstest]
#[tokio::test]
async fn a_channel_by_invitation_takes_a_webhook_of_its_members_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let other = t.person("Olga", Role::Organiser).await;
    let slug = open(&organiser, "Crew", "invited").await;
    let path_of = format!("{PAGE}/hooks");
    let made = async |person: &Person| {
        let key = key().to_string();
        let fields = [("key", key.as_str()), ("name", "Pager"), ("channel", &slug)];
        person.form(&path_of, &fields).await
    };
    // To somebody who is not in it, it is not there.
    assert_eq!(made(&other).await.status(), 422);
    let answer = made(&organiser).await;
    assert_eq!(answer.status(), 200);
    let hook = path(&answer.text().await.unwrap()).expect("the address");
    let body = json!({ "text": "wake up" });
    assert_eq!(
        told(post(&t, &hook, &body, None).await).await,
        (200, "ok".into())
    );
    let page = organiser.page(&routes::channel(EVENT, &slug)).await;
    assert!(page.contains("wake up"), "{page}");
    assert!(organiser.page(PAGE).await.contains("Crew"));
    assert!(!other.page(PAGE).await.contains("Crew"));
    t.stop().await;
}

/// What was set up before a merge goes on after it.
#[rstest]
#[tokio::test]
async fn a_webhook_of_a_merged_channel_leads_to_the_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let (tea, coffee) = (
        open(&organiser, "Tea", "public").await,
        open(&organiser, "Coffee", "public").await,
    );
    let key = key().to_string();
    let fields = [("key", key.as_str()), ("name", "Kettle"), ("channel", &tea)];
    let answer = organiser.form(&format!("{PAGE}/hooks"), &fields).await;
    let hook = path(&answer.text().await.unwrap()).expect("the address");
    let into = [("into", coffee.as_str()), ("sure", "yes")];
    decide(&organiser, &routes::merge_channel(EVENT, &tea), &into).await;
    let body = json!({ "text": "it boils" });
    assert_eq!(post(&t, &hook, &body, None).await.status(), 200);
    let page = organiser.page(&routes::channel(EVENT, &coffee)).await;
    assert!(page.contains("it boils"), "{page}");
    t.stop().await;
}

//! Calling people in a message, and lines that are commands.

use hallway_model::access::Role;
use hallway_protocol::messages::Message;
use hallway_service::accounts::{ChangeProfile, DeleteAccount, Words};
use hallway_testkit::Kind;
use rstest::rstest;
use serde_json::{Value, json};

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer, key};

fn called(message: &Message) -> Value {
    json!(message.blocks())
}

async fn actor(t: &TestServer, person: &Person) -> hallway_model::access::Actor {
    let token = person.token.as_deref().unwrap();
    t.service().signed_in(token).await.unwrap().unwrap().actor
}

#[rstest]
#[tokio::test]
async fn a_name_calls_who_wrote_here_and_is_told_as_it_is_now(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    // Nobody is called who has not been here: a channel is no phone book.
    let before = alice.say(lobby, "@Bob, are you here?").await;
    assert_eq!(before.mentions, []);
    let of_bob = bob.say(lobby, "Yes").await.author.unwrap().id;
    let call = alice.say(lobby, "Then **@bob**, `@Bob` it is").await;
    assert_eq!(call.mentions, [of_bob]);
    assert_eq!(
        called(&call)[0]["children"][1],
        json!({ "type": "strong", "children": [{ "type": "mention", "person": of_bob, "name": "Bob" }] })
    );
    assert_eq!(dump(t.database_url()).await["mention"].len(), 1);

    // Whom it calls stays, whatever they are called.
    let renamed = ChangeProfile {
        name: "Robert".into(),
        pronouns: String::new(),
        zone: String::new(),
        language: String::new(),
    };
    let who = actor(&t, &bob).await;
    t.service().write(&who, None, renamed).await.unwrap();
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("<b class=\"mention\">@Robert</b>"), "{page}");

    let path = format!("/api/v1/messages/{}", call.id);
    let edit = alice.request(reqwest::Method::PUT, &path);
    let edit = edit.json(&json!({ "body": "Never mind", "key": key() }));
    assert_eq!(edit.send().await.unwrap().status(), 204);
    assert_eq!(dump(t.database_url()).await["mention"].len(), 0);

    let again = alice.say(lobby, "@Robert!").await;
    let gone = DeleteAccount {
        words: Words::Anonymous,
    };
    t.service().write(&who, None, gone).await.unwrap();
    let history = t.visitor().history(lobby).await;
    let last = history.messages.last().unwrap();
    assert_eq!(last.id, again.id);
    assert_eq!(called(last)[0]["children"][0]["name"], "");
    for (table, rows) in dump(t.database_url()).await {
        // What Alice typed is hers; the name beside the person's id is gone.
        let named = rows.iter().any(|row| row.contains("\"name\":\"Robert\""));
        assert!(!named, "{table}: {rows:?}");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn only_those_who_look_after_a_channel_call_everybody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let lobby = t.lobby().await;
    for (role, calls) in [(Role::Attendee, false), (Role::Organiser, true)] {
        let person = t.person(role.word(), role).await;
        let message = person.say(lobby, "@here: doors close").await;
        let here = called(&message).to_string().contains("\"here\"");
        assert_eq!(here, calls, "{role:?}");
        assert_eq!(message.source, "@here: doors close");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_command_does_what_it_says_and_a_typo_is_never_sent(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let mut live = alice.live().await;
    let mut typed = async |body: &str| {
        let command = json!({ "type": "post_message", "channel": lobby, "body": body });
        live.send(json!({ "type": "command", "key": key(), "command": command }))
            .await;
        live.next().await
    };
    assert_eq!(typed("/me waves").await["type"], "ack");
    for wrong in ["/mee waves", "/help", "/kick Bob"] {
        let answer = typed(wrong).await;
        assert_eq!(answer["problem"]["status"], 422, "{wrong}: {answer}");
        let why = answer["problem"]["detail"].as_str().unwrap();
        assert!(why.contains("//"), "{why}");
    }
    assert_eq!(typed("//me is a command").await["type"], "ack");
    assert_eq!(typed("/etc/hosts is a file").await["type"], "ack");

    // The same by form; a draft that is none is kept, with what there is.
    let path = format!("/{EVENT}/chat/lobby/messages");
    let once = key().to_string();
    let answer = alice
        .form(&path, &[("key", &once), ("body", "/mee bows")])
        .await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("/mee bows") && page.contains("/shrug"),
        "{page}"
    );
    let answer = alice
        .form(&path, &[("key", &once), ("body", "/me bows")])
        .await;
    assert_eq!(answer.status(), 303);
    // Programs say what they mean.
    alice.say(lobby, "/deploy is what our bot says").await;

    let told: Vec<Value> = t
        .visitor()
        .history(lobby)
        .await
        .messages
        .iter()
        .map(|m| json!([m.kind, m.source]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["action", "waves"],
            ["said", "/me is a command"],
            ["said", "/etc/hosts is a file"],
            ["action", "bows"],
            ["said", "/deploy is what our bot says"],
        ])
    );
    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(page.contains("<span class=\"doer\">Alice</span>"), "{page}");
    t.stop().await;
}

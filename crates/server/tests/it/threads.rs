//! Threads: answers on a page of their own, counted at their root, and whole
//! after a lost connection.

use hallway_model::access::Role;
use hallway_model::ids::MessageId;
use hallway_protocol::messages::{Message, ThreadPage};
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer, key};

/// Answers in the thread of a message.
pub async fn answer(person: &Person, to: &Message, body: &str, also: bool) -> Message {
    let path = format!("/api/v1/channels/{}/messages", to.channel);
    let request = person.request(Method::POST, &path);
    let body = json!({ "body": body, "thread": to.id, "also_in_channel": also, "key": key() });
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

async fn read(person: &Person, root: MessageId, query: &str) -> ThreadPage {
    let path = format!("/api/v1/messages/{root}/thread?{query}");
    let answer = person.get(&path).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

fn numbers(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

#[rstest]
#[tokio::test]
async fn a_thread_has_its_answers_and_the_channel_those_that_are_for_both(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let root = alice.say(lobby, "Who is for lunch?").await;
    for n in 0..6 {
        answer(&bob, &root, &format!("answer {n}"), n == 3).await;
    }
    bob.say(lobby, "Something else").await;

    let channel = t.visitor().history(lobby).await;
    assert_eq!(numbers(&channel.messages), [1, 5, 8]);
    assert!(!channel.more_before && !channel.more_after);
    let head = &channel.messages[0];
    assert_eq!((head.replies, head.thread), (6, None));
    let thread = read(&t.visitor(), root.id, "limit=4").await;
    assert_eq!(thread.root, *head);
    assert_eq!(numbers(&thread.page.messages), [4, 5, 6, 7]);
    assert_eq!(head.last_reply_at, Some(thread.page.messages[3].sent_at));
    assert_eq!(
        (thread.page.more_before, thread.page.more_after),
        (true, false)
    );
    assert_eq!(thread.page.seq, channel.seq);
    let older = read(&t.visitor(), root.id, "before=4").await.page;
    assert_eq!(
        (
            numbers(&older.messages),
            older.more_before,
            older.more_after
        ),
        (vec![2, 3], false, true)
    );
    let about = read(&t.visitor(), root.id, "around=4&limit=2").await.page;
    assert_eq!(numbers(&about.messages), [3, 4]);

    // An answer to an answer is one in the same thread, and threads have none.
    let inner = answer(&alice, &older.messages[0], "deeper", false).await;
    assert_eq!(inner.thread, Some(root.id));
    let path = format!("/api/v1/messages/{}/thread", inner.id);
    assert_eq!(t.visitor().get(&path).await.status(), 404);
    // Whoever wrote, and whose words were answered, follow it.
    assert_eq!(dump(t.database_url()).await["thread_follow"].len(), 2);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_thread_is_of_its_channel_alone(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let root = alice.say(t.lobby().await, "here").await;
    let channels: serde_json::Value = alice
        .get(&format!("/api/v1/events/{EVENT}/channels"))
        .await
        .json()
        .await
        .unwrap();
    let other = channels["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|channel| channel["kind"] == "session")
        .unwrap();
    let path = format!(
        "/api/v1/channels/{}/messages",
        other["id"].as_str().unwrap()
    );
    for field in ["thread", "reply_to"] {
        for id in [root.id.0, key()] {
            let body = json!({ "body": "there", field: id, "key": key() });
            let request = alice.request(Method::POST, &path).json(&body);
            assert_eq!(request.send().await.unwrap().status(), 422, "{field}");
        }
    }
    let slug = other["slug"].as_str().unwrap();
    let page = format!("/{EVENT}/chat/{slug}/thread/{}", root.seq);
    assert_eq!(alice.get(&page).await.status(), 404);
    t.stop().await;
}

/// The journey of one whose connection is lost: what was answered meanwhile is
/// replayed, once and in order, and a command sent again is done once.
#[rstest]
#[tokio::test]
async fn a_thread_survives_a_lost_connection(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let root = alice.say(lobby, "Who is for lunch?").await;
    let topic = format!("channel:{lobby}");
    let mut live = alice.live().await;
    let held = read(&alice, root.id, "limit=50").await.page.seq;
    live.subscribe(&topic, Some(held)).await;
    let once = key();
    let command = json!({ "type": "command", "key": once, "command":
        { "type": "post_message", "channel": lobby, "body": "I am", "thread": root.id } });
    live.send(command.clone()).await;
    // It is gone before it was told anything.
    drop(live);
    for n in 0..3 {
        answer(&bob, &root, &format!("answer {n}"), false).await;
    }

    let mut live = alice.live().await;
    live.send(command).await;
    live.next_of("ack").await;
    live.subscribe(&topic, Some(held)).await;
    let mut told = vec![];
    for _ in 0..4 {
        let frame = live.next_of("event").await;
        assert_eq!(frame["event"]["message"]["thread"], json!(root.id));
        told.push(frame["event"]["message"]["seq"].as_i64().unwrap());
    }
    assert_eq!(told, [2, 3, 4, 5]);
    let thread = read(&alice, root.id, "limit=50").await;
    assert_eq!(
        (thread.root.replies, numbers(&thread.page.messages)),
        (4, told)
    );
    let own = thread.page.messages.iter().filter(|m| m.source == "I am");
    assert_eq!(own.count(), 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn forms_answer_without_a_script(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let root = alice.say(t.lobby().await, "Who is for lunch?").await;
    let channel = format!("/{EVENT}/chat/lobby");
    let thread = format!("{channel}/thread/1");
    let post = format!("{channel}/messages");

    // A thread, by its page.
    let page = alice.page(&thread).await;
    assert!(
        page.contains("Who is for lunch?")
            && page.contains(&format!("name=\"thread\" value=\"{}\"", root.id))
    );
    let once = key().to_string();
    let id = root.id.to_string();
    let fields = [
        ("key", once.as_str()),
        ("body", "in the thread"),
        ("thread", id.as_str()),
        ("next", thread.as_str()),
    ];
    let answer = alice.form(&post, &fields).await;
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(place, format!("{thread}?done=message-sent#m2"));
    assert!(t.visitor().page(&thread).await.contains("in the thread"));
    let list = t.visitor().page(&channel).await;
    assert!(
        list.contains("1 answer") && !list.contains("in the thread"),
        "{list}"
    );

    // An answer, by the link in the menu.
    let form = alice.page(&format!("{channel}?at=1&reply=1")).await;
    assert!(
        form.contains(&format!("name=\"reply_to\" value=\"{id}\"")),
        "{form}"
    );
    let (once, next) = (key().to_string(), format!("{channel}?at=1&reply=1"));
    let fields = [
        ("key", once.as_str()),
        ("body", "I am"),
        ("reply_to", id.as_str()),
        ("next", next.as_str()),
    ];
    let answer = alice.form(&post, &fields).await;
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(place, format!("{channel}?done=message-sent#m3"));
    let list = t.visitor().page(&channel).await;
    assert!(list.contains("class=\"quoted\""), "{list}");
    t.stop().await;
}

//! Pins: a few messages on top of a channel, by those who keep it.

use hallway_model::access::Role;
use hallway_protocol::messages::Message;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::harness::{EVENT, Person, TestServer, key};

/// Pins a message (`PUT`) or takes the pin down (`DELETE`).
pub async fn pin(person: &Person, method: Method, message: &Message) -> u16 {
    let path = format!("/api/v1/messages/{}/pin", message.id);
    let request = person.request(method, &path).json(&json!({ "key": key() }));
    request.send().await.unwrap().status().as_u16()
}

#[rstest]
#[tokio::test]
async fn moderators_pin_a_few_messages_and_everybody_sees_them_first(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let omar = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let mut said = vec![];
    for n in 1..=11 {
        said.push(alice.say(lobby, &format!("rule number {n}")).await);
    }
    assert_eq!(pin(&alice, Method::PUT, &said[0]).await, 403);
    assert_eq!(pin(&t.visitor(), Method::PUT, &said[0]).await, 401);
    for message in &said[..10] {
        assert_eq!(pin(&omar, Method::PUT, message).await, 204);
    }
    assert_eq!(
        pin(&omar, Method::PUT, &said[3]).await,
        204,
        "twice is once"
    );
    assert_eq!(
        pin(&omar, Method::PUT, &said[10]).await,
        409,
        "ten are enough"
    );
    let page = t.visitor().history(lobby).await;
    assert_eq!((page.pins.len(), page.seq), (10, 21));
    assert!(page.pins.iter().all(|pin| pin.pinned));
    let older = format!("/api/v1/channels/{lobby}/messages?before=5");
    let older: serde_json::Value = t.visitor().get(&older).await.json().await.unwrap();
    assert_eq!(older["pins"], json!([]));
    let html = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(html.contains("10 pinned messages"), "{html}");

    assert_eq!(pin(&omar, Method::DELETE, &said[3]).await, 204);
    assert_eq!(pin(&omar, Method::DELETE, &said[3]).await, 204);
    let path = format!("/{EVENT}/chat/lobby/messages/{}/pin", said[10].id);
    let fields = [("key", key().to_string()), ("action", "pin".into())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(omar.form(&path, &fields).await.status(), 303);
    let page = t.visitor().history(lobby).await;
    assert_eq!(page.pins[0].seq, 11, "the newest pin is first");
    assert_eq!(page.pins.len(), 10);
    t.stop().await;
}

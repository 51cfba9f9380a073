//! Outgoing webhooks: others are told what happens, signed, and again until it
//! gets through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::body::Bytes;
use hallway_model::access::{Actor, Role};
use hallway_model::time::Span;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use http::{HeaderMap, StatusCode};
use rstest::rstest;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::databases::{dump, execute};
use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};

const PAGE: &str = "/testival/organise/integrations";

/// Somebody else's server, which answers with the status it is told to.
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    told: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    serving: tokio::task::JoinHandle<()>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/told", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(200));
        let (to, told) = mpsc::unbounded_channel();
        let answer = Arc::clone(&status);
        let handler = axum::routing::post(move |headers: HeaderMap, body: Bytes| async move {
            let _ = to.send((headers, body));
            StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap()
        });
        let router = axum::Router::new().route("/told", handler);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            status,
            told,
            serving,
        }
    }

    /// The next request, read.
    async fn next(&mut self) -> (HeaderMap, Value, Bytes) {
        let (headers, body) = tokio::time::timeout(Duration::from_secs(20), self.told.recv())
            .await
            .expect("told in time")
            .expect("the receiver runs");
        let value = serde_json::from_slice(&body).expect("JSON");
        (headers, value, body)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Makes a webhook and gives its secret.
async fn hook(organiser: &Person, url: &str, fields: &[(&str, &str)]) -> String {
    let key = key().to_string();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .copied()
        .chain([("key", key.as_str()), ("url", url)])
        .collect();
    let answer = organiser.form(&format!("{PAGE}/outgoing"), &fields).await;
    assert_eq!(answer.status(), 200);
    fresh(&answer.text().await.unwrap())
}

fn fresh(page: &str) -> String {
    let (_, rest) = page
        .split_once("<code class=\"fresh\">")
        .expect("the secret, this once");
    rest.split('<').next().unwrap().to_owned()
}

async fn id(organiser: &Person) -> String {
    let page = organiser.page(PAGE).await;
    let (_, rest) = page
        .split_once(&format!("{PAGE}/outgoing/"))
        .expect("the hook's forms");
    rest.split('/').next().unwrap().to_owned()
}

async fn act(organiser: &Person, id: &str, action: &str) -> reqwest::Response {
    let path = format!("{PAGE}/outgoing/{id}/{action}");
    organiser.form(&path, &[("key", &*key().to_string())]).await
}

/// Whether one of a delivery's signatures is by this secret, as a receiver
/// checks it.
fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed = [text("hallway-timestamp").as_bytes(), b".", body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    text("hallway-signature").split(',').any(|signature| {
        let hex = signature.strip_prefix("v1=").expect("a version");
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
            .collect();
        hmac::verify(&key, &signed, &bytes).is_ok()
    })
}

/// The page, once it says what is waited for.
async fn page_that_says(organiser: &Person, words: &str) -> String {
    loop {
        let page = organiser.page(PAGE).await;
        if page.contains(words) {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test]
async fn messages_and_cues_are_told_signed_and_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    alice.say(lobby, "before anybody listened").await;
    let mut receiver = Receiver::start().await;
    let secret = hook(
        &organiser,
        &receiver.url,
        &[("channel", "lobby"), ("sessions", "yes")],
    )
    .await;

    let said = alice.say(lobby, "**hello** out there").await;
    let (headers, told, body) = receiver.next().await;
    assert_eq!(told["type"], "message_posted");
    assert_eq!(told["event"], EVENT);
    assert_eq!(told["data"]["message"]["id"], said.id.to_string());
    assert_eq!(told["data"]["message"]["source"], "**hello** out there");
    assert_eq!(headers["hallway-event"], "message_posted");
    assert_eq!(headers["hallway-delivery"], told["id"].as_str().unwrap());
    assert_eq!(headers["content-type"], "application/json");
    assert!(is_signed(&secret, &headers, &body));
    assert!(!is_signed("another", &headers, &body), "the control");

    // A reaction is not worth a request; a cue is.
    alice.react(reqwest::Method::PUT, &said, "🎉").await;
    let schedule: Value = alice
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json()
        .await
        .unwrap();
    let sessions = schedule["sessions"].as_array().unwrap();
    let session = sessions.iter().find(|s| s["room"] == "main-hall").unwrap();
    let code = session["code"].as_str().unwrap();
    let cue = format!("/{EVENT}/organise/stage/main-hall/{code}/start");
    let started = organiser.form(&cue, &[("key", &*key().to_string())]).await;
    assert_eq!(started.status(), 303);
    let (_, told, _) = receiver.next().await;
    assert_eq!(
        (&told["type"], &told["data"]["code"]),
        (&"session_started".into(), &code.into())
    );

    let page = page_that_says(&organiser, "delivered").await;
    assert!(page.contains("<code>message_posted</code>"), "{page}");
    assert!(!page.contains(&secret), "shown once");
    while t.service().run_outward_jobs().await.unwrap() > 0 {}
    assert!(receiver.told.try_recv().is_err(), "each was told once");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn both_secrets_sign_while_one_is_changed_and_a_test_can_be_sent(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let mut receiver = Receiver::start().await;
    let first = hook(&organiser, &receiver.url, &[("sessions", "yes")]).await;
    let id = id(&organiser).await;
    assert_eq!(act(&alice, &id, "test").await.status(), 403);
    assert_eq!(act(&organiser, &id, "nonsense").await.status(), 404);

    assert_eq!(act(&organiser, &id, "test").await.status(), 303);
    let (headers, told, body) = receiver.next().await;
    assert_eq!(told["type"], "test");
    assert!(is_signed(&first, &headers, &body));

    let second = fresh(&act(&organiser, &id, "rotate").await.text().await.unwrap());
    act(&organiser, &id, "test").await;
    let (headers, _, body) = receiver.next().await;
    assert!(is_signed(&first, &headers, &body) && is_signed(&second, &headers, &body));

    assert_eq!(act(&organiser, &id, "end-old").await.status(), 303);
    act(&organiser, &id, "test").await;
    let (headers, _, body) = receiver.next().await;
    assert!(is_signed(&second, &headers, &body));
    assert!(!is_signed(&first, &headers, &body));

    assert_eq!(act(&organiser, &id, "delete").await.status(), 303);
    assert_eq!(act(&organiser, &id, "test").await.status(), 404);
    assert_eq!(dump(t.database_url()).await["delivery"].len(), 0);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_does_not_get_through_is_tried_again_and_after_days_switched_off(
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
        .unwrap();
    let organiser = t.person("Omar", Role::Organiser).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let mut receiver = Receiver::start().await;
    hook(&organiser, &receiver.url, &[("channel", "lobby")]).await;
    receiver.status.store(500, Ordering::SeqCst);
    alice.say(lobby, "hard to tell").await;
    let (first, _, _) = receiver.next().await;
    page_that_says(&organiser, "status 500").await;

    // Later, not at once; then it gets through under the same id.
    receiver.status.store(204, Ordering::SeqCst);
    hands.advance(Span::minutes(1));
    let (again, told, _) = receiver.next().await;
    assert_eq!(first["hallway-delivery"], again["hallway-delivery"]);
    assert_eq!(told["data"]["message"]["source"], "hard to tell");
    let page = page_that_says(&organiser, "delivered").await;
    assert!(!page.contains("Nothing gets through"), "{page}");

    // Three days of failing end it; the page says so.
    receiver.status.store(500, Ordering::SeqCst);
    alice.say(lobby, "never told").await;
    receiver.next().await;
    page_that_says(&organiser, "Nothing gets through").await;
    hands.advance(Span::minutes(3 * 24 * 60 + 1));
    receiver.next().await;
    page_that_says(&organiser, "It switched itself off").await;
    alice.say(lobby, "while it was off").await;
    let id = id(&organiser).await;
    assert_eq!(act(&organiser, &id, "test").await.status(), 409);

    // Switched on again, it goes on from now.
    receiver.status.store(200, Ordering::SeqCst);
    assert_eq!(act(&organiser, &id, "enable").await.status(), 303);
    alice.say(lobby, "from now on").await;
    let (_, told, _) = receiver.next().await;
    assert_eq!(told["data"]["message"]["source"], "from now on");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn no_address_of_our_own_network_is_told(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let choices = Choices {
        settings: vec![("HALLWAY_OUTBOUND_ALLOWED_PRIVATE_HOSTS", "other.example")],
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = programme(EVENT, 0);
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, Source::Bytes(xml.into()))
        .await
        .unwrap();
    let organiser = t.person("Omar", Role::Organiser).await;
    let mut receiver = Receiver::start().await;
    hook(&organiser, &receiver.url, &[("sessions", "yes")]).await;
    let hook_id = id(&organiser).await;
    act(&organiser, &hook_id, "test").await;
    page_that_says(&organiser, "only https addresses are fetched").await;
    execute(
        t.database_url(),
        &format!(
            "UPDATE outgoing_hook SET url = '{}'",
            receiver.url.replace("http:", "https:")
        ),
    )
    .await;
    act(&organiser, &hook_id, "test").await;
    page_that_says(&organiser, "is not on the public internet").await;
    assert!(receiver.told.try_recv().is_err(), "nothing reached it");

    // What a form lacks is told at its fields.
    let blank = [("key", &*key().to_string()), ("url", "ftp://x")];
    let answer = organiser.form(&format!("{PAGE}/outgoing"), &blank).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(page.contains("outgoing-url-error") && page.contains("outgoing-topics-error"));
    t.stop().await;
}

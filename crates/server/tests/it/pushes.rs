//! Web Push: a browser is told, sealed for it alone and signed by this server, of
//! what its person wants to hear and may read; a push service of our own opens it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{self, ECDSA_P256_SHA256_FIXED};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallway_model::access::Role;
use hallway_testkit::Kind;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use hallway_protocol::routes;

use crate::databases::dump;
use crate::harness::{Choices, EVENT, Person, TestServer, key};
use crate::places::send;

/// A browser's keys and its push service, on loopback.
struct Browser {
    private: PrivateKey,
    public: Vec<u8>,
    endpoint: String,
    posts: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    status: Arc<Mutex<StatusCode>>,
}

type Service = (
    mpsc::UnboundedSender<(HeaderMap, Bytes)>,
    Arc<Mutex<StatusCode>>,
);

const AUTH: [u8; 16] = *b"sixteen bytes ok";

impl Browser {
    async fn start() -> Self {
        let (sender, posts) = mpsc::unbounded_channel();
        let status = Arc::new(Mutex::new(StatusCode::CREATED));
        let service: Service = (sender, status.clone());
        let take =
            async |State((sender, status)): State<Service>, headers: HeaderMap, body: Bytes| {
                let _ = sender.send((headers, body));
                *status.lock().unwrap()
            };
        let app = Router::new()
            .route("/p/{id}", axum::routing::post(take))
            .with_state(service);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/p/1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let private = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self {
            private,
            public,
            endpoint,
            posts,
            status,
        }
    }

    async fn subscribe(&self, person: &Person) {
        let body = json!({
            "endpoint": self.endpoint,
            "p256dh": URL_SAFE_NO_PAD.encode(&self.public),
            "auth": URL_SAFE_NO_PAD.encode(AUTH),
            "key": key(),
        });
        let request = person
            .request(Method::PUT, "/api/v1/account/push")
            .json(&body);
        assert_eq!(request.send().await.unwrap().status(), 204);
    }

    /// The next message, its sender's word checked and its seal opened.
    async fn told(&mut self) -> Value {
        let wait = tokio::time::timeout(Duration::from_secs(30), self.posts.recv());
        let (headers, body) = wait.await.expect("a message in time").unwrap();
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-encoding"), "aes128gcm");
        assert!(header("ttl").parse::<u32>().unwrap() > 0);
        let word = header("authorization");
        let (token, sender) = word
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        let (said, signed) = token.rsplit_once('.').unwrap();
        let sender = URL_SAFE_NO_PAD.decode(sender).unwrap();
        signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &sender)
            .verify(said.as_bytes(), &URL_SAFE_NO_PAD.decode(signed).unwrap())
            .expect("the server's own signature");
        let claims = URL_SAFE_NO_PAD
            .decode(said.split_once('.').unwrap().1)
            .unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let origin = self.endpoint.strip_suffix("/p/1").unwrap();
        assert_eq!(claims["aud"], origin);
        serde_json::from_slice(&self.open(&body)).expect("JSON")
    }

    /// Nothing more, once every job is done.
    async fn told_nothing(&mut self, t: &TestServer, why: &str) {
        settle(t).await;
        assert!(self.posts.try_recv().is_err(), "{why}");
    }

    /// RFC 8291 as a browser does it.
    fn open(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (once, sealed) = (&rest[5..70], &rest[70..]);
        assert_eq!((&rest[..4], rest[4]), (&[0, 0, 16, 0][..], 65));
        let theirs = UnparsedPublicKey::new(&ECDH_P256, once);
        let info = [b"WebPush: info\0", &self.public[..], once].concat();
        let input: [u8; 32] = agreement::agree(&self.private, theirs, (), |shared| {
            Ok(derive(&AUTH, shared, &info))
        })
        .unwrap();
        let key: [u8; 16] = derive(salt, &input, b"Content-Encoding: aes128gcm\0");
        let nonce: [u8; 12] = derive(salt, &input, b"Content-Encoding: nonce\0");
        let mut text = sealed.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let opened = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
            .expect("sealed for this browser");
        let (delimiter, text) = opened.split_last().unwrap();
        assert_eq!(*delimiter, 2);
        text.to_vec()
    }
}

fn derive<const N: usize>(salt: &[u8], input: &[u8], info: &[u8]) -> [u8; N] {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = [0; N];
    let keys = Salt::new(HKDF_SHA256, salt).extract(input);
    keys.expand(&[info], Length(N))
        .unwrap()
        .fill(&mut out)
        .unwrap();
    out
}

async fn follow(person: &Person, channel: Uuid, level: &str) {
    let path = format!("/api/v1/channels/{channel}/follow");
    let body = json!({ "level": level, "key": key() });
    let answer = person.request(Method::PUT, &path).json(&body).send().await;
    assert_eq!(answer.unwrap().status(), 204);
}

async fn telling(person: &Person, fields: &[(&str, &str)]) -> u16 {
    let key = key().to_string();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .copied()
        .chain([("key", key.as_str())])
        .collect();
    person
        .form("/account/telling", &fields)
        .await
        .status()
        .as_u16()
}

#[rstest]
#[tokio::test]
async fn a_browser_is_told_of_what_its_person_follows(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let mut browser = Browser::start().await;
    browser.subscribe(&bob).await;
    alice.say(lobby, "nobody follows yet").await;
    follow(&bob, lobby, "all").await;
    bob.say(lobby, "one's own words are no news").await;
    let message = alice.say(lobby, "Doors are **open** now").await;
    assert_eq!(
        browser.told().await,
        json!({
            "title": format!("Alice · {EVENT}"),
            "body": "Doors are open now",
            "url": format!("/{EVENT}/chat/lobby?at={0}#m{0}", message.seq),
            "tag": lobby,
        })
    );
    let page = bob.page("/account/").await;
    assert!(page.contains("1 browser is told."), "{page}");
    follow(&bob, lobby, "nothing").await;
    alice.say(lobby, "@Bob said to the muted").await;
    browser.told_nothing(&t, "it is muted").await;
    follow(&bob, lobby, "all").await;
    alice.say(lobby, "heard again").await;
    assert_eq!(browser.told().await["body"], "heard again");
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn quiet_hours_and_switching_off_are_kept(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let mut browser = Browser::start().await;
    browser.subscribe(&bob).await;
    follow(&bob, lobby, "all").await;
    // All day but one minute that is not now.
    let now = t.service().now();
    let minute = now.0.div_euclid(60_000).rem_euclid(1_440);
    let clock = |minute: i64| {
        let minute = minute.rem_euclid(1_440);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    let quiet = [
        ("quiet_begins", clock(minute - 600)),
        ("quiet_ends", clock(minute - 601)),
    ];
    let quiet: Vec<(&str, &str)> = quiet.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(telling(&bob, &quiet).await, 303);
    let page = bob.page("/account/").await;
    assert!(
        page.contains(&format!("value=\"{}\"", clock(minute - 600))),
        "{page}"
    );
    alice.say(lobby, "said in the quiet").await;
    assert_eq!(
        telling(&bob, &[("quiet_begins", "25:00"), ("quiet_ends", "1")]).await,
        422
    );
    browser.told_nothing(&t, "it is quiet").await;
    assert_eq!(
        telling(&bob, &[("quiet_begins", ""), ("quiet_ends", "")]).await,
        303
    );
    alice.say(lobby, "said aloud").await;
    assert_eq!(browser.told().await["body"], "said aloud");
    assert_eq!(telling(&bob, &[("off", "yes")]).await, 303);
    let left = dump(t.database_url()).await;
    assert_eq!(left["push_subscription"], Vec::<String>::new());
    assert_eq!(left["quiet_hours"], Vec::<String>::new());
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn who_chose_nothing_is_told_of_calls_and_of_direct_conversations(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let bob_id = bob.say(lobby, "I am here").await.author.unwrap().id;
    let mut browser = Browser::start().await;
    browser.subscribe(&bob).await;
    alice.say(lobby, "said to all").await;
    browser.told_nothing(&t, "nobody was called").await;
    let root = alice.say(lobby, "@Bob: come over").await;
    assert_eq!(browser.told().await["body"], "@Bob: come over");
    // A call in a thread opens the thread.
    let path = routes::api_messages(lobby.into());
    let answer = json!({ "body": "@Bob here", "thread": root.id, "key": key() });
    let request = alice.request(Method::POST, &path).json(&answer);
    assert_eq!(request.send().await.unwrap().status(), 201);
    let url = browser.told().await["url"].as_str().unwrap().to_owned();
    let thread = routes::thread(EVENT, "lobby", root.seq);
    assert_eq!(url, format!("{thread}#m{}", root.seq + 1));

    // Off until he agrees, then told without being called.
    let who = bob_id.to_string();
    let line = [("who", who.as_str()), ("line", "May I?")];
    let (status, place) = send(&alice, &routes::directs(EVENT), &line).await;
    assert_eq!(status, 303);
    let slug = place.rsplit('/').next().unwrap();
    let slug = slug.split('?').next().unwrap();
    browser.told_nothing(&t, "he has not agreed").await;
    let agreed = routes::channel_part(EVENT, slug, "membership");
    assert_eq!(send(&bob, &agreed, &[("answer", "accept")]).await.0, 303);
    let actor = t.actor_of(&alice).await;
    let (_, direct) = t.service().channel(&actor, EVENT, slug).await.unwrap();
    alice.say(direct.id.0, "between us").await;
    let told = browser.told().await;
    assert_eq!(
        (&told["title"], &told["body"]),
        (&json!("Alice"), &json!("between us"))
    );
    follow(&bob, direct.id.0, "mentions").await;
    alice.say(direct.id.0, "more between us").await;
    browser.told_nothing(&t, "he wants calls alone").await;
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn nobody_is_told_what_they_may_not_read_or_do_not_want_from_somebody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let mina = t.person("Mina", Role::Moderator).await;
    let lobby = t.lobby().await;
    let alice_id = alice.say(lobby, "hello").await.author.unwrap().id;
    let bob_id = bob.say(lobby, "hello").await.author.unwrap().id;
    let mut browser = Browser::start().await;
    browser.subscribe(&bob).await;
    follow(&bob, lobby, "all").await;

    // What waits for a moderator is told when it is said.
    let words = [("words", "lantern"), ("refuse", "no")];
    let settings = routes::moderate_settings(EVENT);
    assert_eq!(send(&mina, &settings, &words).await.0, 303);
    let held = alice.say_with_key(lobby, "a lantern", key()).await;
    assert_eq!(
        held.json::<Value>().await.unwrap()["type"],
        "/problems/held"
    );
    browser.told_nothing(&t, "it waits").await;
    let queue = mina.page(&routes::moderate(EVENT)).await;
    let (_, id) = queue.split_once("/moderate/held/").unwrap();
    let id = routes::moderate_held(EVENT, id[..36].parse().unwrap());
    assert_eq!(send(&mina, &id, &[("approve", "yes")]).await.0, 303);
    assert_eq!(browser.told().await["body"], "a lantern");

    // Of whoever is blocked nothing is told.
    let block = routes::person_block(EVENT, alice_id);
    assert_eq!(send(&bob, &block, &[("block", "yes")]).await.0, 303);
    alice.say(lobby, "@Bob said to nobody").await;
    browser.told_nothing(&t, "he blocked her").await;
    assert_eq!(send(&bob, &block, &[("block", "no")]).await.0, 303);

    // Whoever was banned may not read, and is told nothing.
    let ban = [("kind", "ban"), ("length", ""), ("reason", "Enough.")];
    let person = routes::moderate_person(EVENT, bob_id);
    let omar = t.person("Omar", Role::Organiser).await;
    assert_eq!(send(&omar, &person, &ban).await.0, 303);
    alice.say(lobby, "@Bob behind his back").await;
    browser.told_nothing(&t, "he is banned").await;
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn whoever_signs_out_or_leaves_takes_their_browsers_along(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let (hers, his) = (Browser::start().await, Browser::start().await);
    hers.subscribe(&alice).await;
    his.subscribe(&bob).await;
    let quiet = [("quiet_begins", "22:00"), ("quiet_ends", "07:00")];
    assert_eq!(telling(&alice, &quiet).await, 303);
    assert_eq!(dump(t.database_url()).await["push_subscription"].len(), 2);
    let export = alice
        .get("/account/export.zip")
        .await
        .bytes()
        .await
        .unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(export)).unwrap();
    let json: Value = serde_json::from_reader(zip.by_name("account.json").unwrap()).unwrap();
    assert_eq!(json["told_at"], json!([hers.endpoint]));
    assert_eq!(json["quiet"], json!(["22:00", "07:00"]));
    // The browser itself can end it, by its address.
    let body = json!({ "endpoint": his.endpoint, "key": key() });
    let request = alice.request(Method::DELETE, "/api/v1/account/push");
    assert_eq!(request.json(&body).send().await.unwrap().status(), 204);
    let rows = dump(t.database_url()).await;
    assert_eq!(rows["push_subscription"].len(), 2, "it is not hers");
    let out = bob
        .form("/account/sign-out", &[("everywhere", "yes")])
        .await;
    assert_eq!(out.status(), 303);
    let rows = dump(t.database_url()).await;
    assert_eq!(rows["push_subscription"].len(), 1);
    let gone = [("sure", "yes"), ("words", "removed")];
    assert_eq!(send(&alice, &routes::account_delete(), &gone).await.0, 303);
    let rows = dump(t.database_url()).await;
    for table in ["push_subscription", "quiet_hours"] {
        assert_eq!(rows[table], Vec::<String>::new(), "{table}");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn many_browsers_are_told_page_by_page(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let mut browser = Browser::start().await;
    let base = browser.endpoint.clone();
    for n in 0..35 {
        let person = t.person(&format!("Reader{n}"), Role::Attendee).await;
        browser.endpoint = base.replace("/p/1", &format!("/p/{n}"));
        browser.subscribe(&person).await;
        follow(&person, lobby, "all").await;
    }
    browser.endpoint = base;
    alice.say(lobby, "to everyone").await;
    for _ in 0..35 {
        assert_eq!(browser.told().await["body"], "to everyone");
    }
    browser.told_nothing(&t, "each hears it once").await;
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn an_installation_that_reaches_nobody_says_so(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let choices = Choices {
        settings: vec![("HALLWAY_OUTBOUND_ENABLED", "false")],
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let bob = t.person("Bob", Role::Visitor).await;
    let page = bob.page("/account/").await;
    assert!(page.contains("does not reach the push services"), "{page}");
    assert!(!page.contains("data-island=\"push\""));
    assert!(page.contains("quiet_begins"));
    t.stop().await;
}

/// Every job that waits is done, also one that the server's own loop has just
/// taken.
pub async fn settle(t: &TestServer) {
    for _ in 0..5_000 {
        t.service().run_due_jobs().await.unwrap();
        t.service().run_outward_jobs().await.unwrap();
        if dump(t.database_url()).await["job"].is_empty() {
            return;
        }
    }
    panic!("jobs are left");
}

#[rstest]
#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten_and_a_busy_service_tried_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let mut browser = Browser::start().await;
    browser.subscribe(&bob).await;
    follow(&bob, lobby, "all").await;
    *browser.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    alice.say(lobby, "tried twice").await;
    assert_eq!(browser.told().await["body"], "tried twice");
    *browser.status.lock().unwrap() = StatusCode::GONE;
    assert_eq!(browser.told().await["body"], "tried twice");
    settle(&t).await;
    let left = dump(t.database_url()).await;
    assert_eq!(left["push_subscription"], Vec::<String>::new());
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_is_no_browser_is_refused_and_the_script_is_ours(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let bob = t.person("Bob", Role::Visitor).await;
    let good = URL_SAFE_NO_PAD.encode([[4].as_slice(), &[7; 64]].concat());
    for (endpoint, p256dh) in [
        ("ftp://push.example/1", good.as_str()),
        ("", &good),
        ("https://push.example/1", "AAAA"),
    ] {
        let body = json!({ "endpoint": endpoint, "p256dh": p256dh, "auth": URL_SAFE_NO_PAD.encode(AUTH), "key": key() });
        let request = bob.request(Method::PUT, "/api/v1/account/push").json(&body);
        assert_eq!(request.send().await.unwrap().status(), 422, "{endpoint}");
    }
    let script = t.visitor().get("/push.js").await;
    let kind = script.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/javascript"));
    assert!(script.text().await.unwrap().contains("showNotification"));
    // The key is made once: every page gives the same.
    let key = |page: String| {
        let (_, rest) = page.split_once("&#34;key&#34;:&#34;").expect("a key");
        rest.split("&#34;").next().unwrap().to_owned()
    };
    let first = key(bob.page("/account/").await);
    assert_eq!(first.len(), 87);
    assert_eq!(key(bob.page("/account/").await), first);
    t.stop().await;
}

//! Registering and signing in by the mailed link; what an account takes along
//! when it goes, and that nothing of it stays.

use std::io::Read;
use std::time::Duration;

use hallway_mail::StoredMail;
use hallway_model::access::{Actor, Role};
use hallway_model::people::Email;
use hallway_model::screening::NEWCOMERS_PAUSE;
use hallway_model::time::Span;
use hallway_protocol::routes;
use hallway_server::clock::SystemClock;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Method, Response};
use rstest::rstest;

use crate::databases::{dump, execute};
use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};

/// A server whose clock the test moves.
async fn with_clock(kind: Kind) -> (TestServer, ManualClock) {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = Source::Bytes(programme(EVENT, 0).into());
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, xml)
        .await
        .unwrap();
    (t, hands)
}

/// Every mail so far, newest first, once nothing waits to be sent.
pub async fn mails(t: &TestServer) -> Vec<StoredMail> {
    let sent = async {
        while !dump(t.database_url()).await["job"].is_empty() {
            t.service().run_due_jobs().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent)
        .await
        .expect("the mail leaves");
    let folder = t
        .service()
        .mailer()
        .folder()
        .expect("no server is configured");
    folder.list(10_000).await.unwrap()
}

pub async fn register(t: &TestServer, person: &Person, name: &str, email: &str) -> Response {
    assert_eq!(
        person.get(&routes::register(EVENT)).await.status(),
        200,
        "{}",
        t.url
    );
    let key = key().to_string();
    let fields = [
        ("key", key.as_str()),
        ("name", name),
        ("email", email),
        ("conduct", "yes"),
    ];
    person.form(&routes::register(EVENT), &fields).await
}

/// The path of the link in a mail, and its token.
pub fn link(t: &TestServer, mail: &StoredMail) -> (String, String) {
    let base = format!(
        "{}/account/sign-in/confirm?token=",
        t.service().settings().base_url
    );
    let link = mail
        .links
        .iter()
        .find(|link| link.starts_with(&base))
        .unwrap_or_else(|| panic!("{mail:?}"));
    let token = link[base.len()..].to_owned();
    (format!("/account/sign-in/confirm?token={token}"), token)
}

pub async fn confirm(person: &Person, token: &str) -> Response {
    person
        .form("/account/sign-in/confirm", &[("token", token)])
        .await
}

fn text(answer: &Response, name: reqwest::header::HeaderName) -> &str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn cookie(answer: &Response) -> String {
    assert_eq!(answer.status(), 303);
    text(answer, SET_COOKIE)
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

async fn get_as(t: &TestServer, cookie: &str, path: &str) -> Response {
    t.visitor().get_with(cookie, path).await
}

async fn form_as(t: &TestServer, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    t.visitor().form_with(cookie, path, fields).await
}

impl Person {
    async fn get_with(&self, cookie: &str, path: &str) -> Response {
        self.request(Method::GET, path)
            .header(COOKIE, cookie)
            .send()
            .await
            .unwrap()
    }

    async fn form_with(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("origin", &self.url)
            .header(COOKIE, cookie);
        request.form(fields).send().await.unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn a_mailed_link_registers_once_and_only_when_its_button_is_pressed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let answer = register(&t, &visitor, "Ada Lovelace", "ada@example.org").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("ada@example.org"));
    assert_eq!(
        dump(t.database_url()).await["person"],
        Vec::<String>::new(),
        "nobody yet"
    );

    let mails = mails(&t).await;
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert!(
        mail.to.contains("ada@example.org") && mail.text.contains("Ada Lovelace"),
        "{mail:?}"
    );
    assert_eq!(mail.attachments, ["testival.ics"]);
    let (path, token) = link(&t, mail);

    // Scanners and previews look, from elsewhere and again and again.
    let before = dump(t.database_url()).await;
    for _ in 0..3 {
        let page = t.visitor().get(&path).await;
        assert_eq!((page.status().as_u16(), text(&page, SET_COOKIE)), (200, ""));
        assert_eq!(page.headers()["referrer-policy"], "same-origin");
        let head = t
            .visitor()
            .request(Method::HEAD, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(head.status(), 200);
    }
    assert_eq!(dump(t.database_url()).await, before);

    // On another device than the one that asked.
    let answer = confirm(&t.visitor(), &token).await;
    assert_eq!(text(&answer, LOCATION), "/testival/?done=registered");
    let flags = text(&answer, SET_COOKIE).split_once(';').unwrap().1;
    assert_eq!(flags, " Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
    let ada = cookie(&answer);
    assert!(
        !ada.contains(&token),
        "the link's token is not the session's"
    );
    let account = get_as(&t, &ada, "/account/").await;
    assert_eq!(account.status(), 200);
    let account = account.text().await.unwrap();
    assert!(
        account.contains("Ada Lovelace") && account.contains("/testival/"),
        "{account}"
    );

    assert_eq!(confirm(&t.visitor(), &token).await.status(), 410);
    assert_eq!(t.visitor().get(&path).await.status(), 410);
    let after = dump(t.database_url()).await;
    let rows = ["person", "registration", "sign_in"].map(|table| after[table].len());
    assert_eq!(rows, [1, 1, 1]);
    assert!(
        !format!("{after:?}").contains(&token),
        "tokens are hashed at rest"
    );
    assert!(
        !format!("{after:?}").contains(ada.split_once('=').unwrap().1),
        "sessions, too"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_link_pressed_twice_at_once_signs_in_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    register(&t, &t.visitor(), "Ada", "ada@example.org").await;
    let (_, token) = link(&t, &mails(&t).await[0]);
    let (one, two, three) = (t.visitor(), t.visitor(), t.visitor());
    let answers = tokio::join!(
        confirm(&one, &token),
        confirm(&two, &token),
        confirm(&three, &token)
    );
    let mut answers = [answers.0, answers.1, answers.2].map(|answer| answer.status().as_u16());
    answers.sort_unstable();
    assert_eq!(answers, [303, 410, 410]);
    let after = dump(t.database_url()).await;
    assert_eq!(
        ["person", "registration", "sign_in"].map(|table| after[table].len()),
        [1, 1, 1]
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_link_ends_after_fifteen_minutes(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let (t, hands) = with_clock(kind).await;
    let visitor = t.visitor();
    register(&t, &visitor, "Ada", "ada@example.org").await;
    let (path, token) = link(&t, &mails(&t).await[0]);
    hands.advance(Span(Span::minutes(15).0 - 1));
    assert_eq!(visitor.get(&path).await.status(), 200);
    hands.advance(Span(1));
    assert_eq!(visitor.get(&path).await.status(), 410);
    let refused = confirm(&visitor, &token).await;
    assert_eq!(
        (refused.status().as_u16(), text(&refused, SET_COOKIE)),
        (410, "")
    );
    assert_eq!(dump(t.database_url()).await["person"], Vec::<String>::new());
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_browser_stays_signed_in_for_thirty_days_after_it_was_last_seen(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (t, hands) = with_clock(kind).await;
    register(&t, &t.visitor(), "Ada", "ada@example.org").await;
    let (_, token) = link(&t, &mails(&t).await[0]);
    let ada = cookie(&confirm(&t.visitor(), &token).await);
    for _ in 0..3 {
        hands.advance(Span::days(29));
        assert_eq!(get_as(&t, &ada, "/account/").await.status(), 200);
    }
    hands.advance(Span::days(30));
    assert_eq!(get_as(&t, &ada, "/account/").await.status(), 401);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn an_address_gets_three_mails_in_fifteen_minutes_and_nobody_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (t, hands) = with_clock(kind).await;
    let visitor = t.visitor();
    let mut answers = vec![];
    // However it is written, it is one address.
    for email in [
        "ada@example.org",
        " ada@example.org",
        "ada@EXAMPLE.org",
        "ada@example.org",
    ] {
        let answer = visitor.form("/account/sign-in", &[("email", email)]).await;
        assert_eq!(answer.status(), 200);
        answers.push(
            answer
                .text()
                .await
                .unwrap()
                .replace(email.trim(), "ADDRESS"),
        );
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(mails(&t).await.len(), 3);
    // Another one is not held up by it.
    visitor
        .form("/account/sign-in", &[("email", "bob@example.org")])
        .await;
    assert_eq!(mails(&t).await.len(), 4);
    hands.advance(Span(Span::minutes(15).0 + 1));
    visitor
        .form("/account/sign-in", &[("email", "ada@example.org")])
        .await;
    assert_eq!(mails(&t).await.len(), 5);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn known_and_unknown_addresses_differ_in_their_mail_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Ada", Role::Attendee).await;
    let ask = async |path: &str, email: &str| {
        let key = key().to_string();
        let fields = [
            ("key", key.as_str()),
            ("name", "Some Body"),
            ("email", email),
            ("conduct", "yes"),
        ];
        let answer = t.visitor().form(path, &fields).await;
        let mut names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        names.sort();
        let status = answer.status().as_u16();
        let page = answer.text().await.unwrap().replace(email, "ADDRESS");
        (status, names, without_keys(&page))
    };
    for path in ["/account/sign-in".to_owned(), routes::register(EVENT)] {
        let (known, unknown) = (
            ask(&path, "ada@example.org").await,
            ask(&path, "eve@example.org").await,
        );
        assert_eq!(known.0, 200);
        assert_eq!(known, unknown, "{path}");
    }
    let mails = mails(&t).await;
    let to = |address: &str| {
        mails
            .iter()
            .filter(|mail| mail.to.contains(address))
            .count()
    };
    assert_eq!((to("ada@example.org"), to("eve@example.org")), (2, 2));
    let links = |mail: &&StoredMail| mail.links.iter().any(|link| link.contains("token="));
    assert_eq!(
        mails.iter().filter(links).count(),
        3,
        "nobody signs in to an account that is not there"
    );

    // Registering with somebody's address changes nothing of them but what the link does.
    assert_eq!(dump(t.database_url()).await["person"].len(), 1);
    assert!(!format!("{:?}", dump(t.database_url()).await["person"]).contains("Some Body"));
    t.stop().await;
}

/// Every form has a fresh key.
fn without_keys(page: &str) -> String {
    let mut pieces = page.split("name=\"key\" value=\"");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece.split_once('"').map_or(piece, |(_, rest)| rest)
    })
}

#[rstest]
#[tokio::test]
async fn links_lead_to_the_configured_host_whatever_the_request_says(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let key = key().to_string();
    for path in ["/account/sign-in".to_owned(), routes::register(EVENT)] {
        let request = visitor
            .request(Method::POST, &path)
            .header("origin", &t.url)
            .header(HOST, "evil.example");
        let request = request
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https");
        let request = request.header("forwarded", "host=evil.example");
        let fields = [
            ("key", key.as_str()),
            ("name", "Ada"),
            ("email", "ada@example.org"),
            ("conduct", "yes"),
        ];
        assert_eq!(request.form(&fields).send().await.unwrap().status(), 200);
    }
    let mails = mails(&t).await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(
            mail.links.iter().all(|link| link.starts_with(&t.url)),
            "{:?}",
            mail.links
        );
        assert!(!mail.text.contains("evil.example"));
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn over_tls_the_session_is_bound_to_the_host(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let base_url = Some("https://summit.example".to_owned());
    let t = TestServer::set_up(
        kind,
        Choices {
            base_url,
            ..Choices::default()
        },
    )
    .await;
    t.person("Ada", Role::Visitor).await;
    let visitor = Person {
        url: t.url.clone(),
        ..t.visitor()
    };
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let request = visitor
            .request(Method::POST, path)
            .header("origin", "https://summit.example");
        request.form(fields).send().await.unwrap()
    };
    assert_eq!(
        post("/account/sign-in", &[("email", "ada@example.org")])
            .await
            .status(),
        200
    );
    let (_, token) = link(&t, &mails(&t).await[0]);
    let answer = post("/account/sign-in/confirm", &[("token", &token)]).await;
    let set = text(&answer, SET_COOKIE);
    assert!(set.starts_with("__Host-hallway="), "{set}");
    assert!(
        set.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"),
        "{set}"
    );
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    let named = cookie(&answer);
    assert_eq!(get_as(&t, &named, "/account/").await.status(), 200);
    // A neighbour on the domain could set the name without the prefix.
    let bare = named.replace("__Host-", "");
    assert_eq!(get_as(&t, &bare, "/account/").await.status(), 401);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn signing_in_again_ends_the_session_before(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Ada", Role::Attendee).await;
    let first = crate::access::browser(&t, "ada@example.org").await;
    let again = t
        .service()
        .make_link(&Actor::operator(), Email::parse("ada@example.org").unwrap())
        .await
        .unwrap();
    let (_, token) = again.split_once("token=").unwrap();
    let answer = form_as(&t, &first, "/account/sign-in/confirm", &[("token", token)]).await;
    let second = cookie(&answer);
    assert_ne!(first, second);
    assert_eq!(get_as(&t, &first, "/account/").await.status(), 401);
    assert_eq!(get_as(&t, &second, "/account/").await.status(), 200);

    // Out means out, for a copy of the cookie, too.
    let out = form_as(&t, &second, "/account/sign-out", &[]).await;
    assert!(text(&out, SET_COOKIE).starts_with("hallway=; Path=/; Max-Age=0"));
    for path in ["/account/", "/api/v1/account", "/account/export.zip"] {
        assert_eq!(get_as(&t, &second, path).await.status(), 401, "{path}");
    }
    t.stop().await;
}

/// What is planted about one person, and must not be found afterwards.
const CANARIES: [&str; 6] = [
    "Canary Cassandra",
    "canary-pronouns",
    "canary-cassandra@example.org",
    "canary-in-the-lobby",
    "canary-in-a-session",
    "Pacific/Marquesas",
];

/// A server with the usual programme, and the hands of its clock.
async fn with_hands(kind: Kind) -> (TestServer, ManualClock) {
    let hands = ManualClock::at(SystemClock::clock().now());
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = Source::Bytes(programme(EVENT, 0).into());
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, xml)
        .await
        .expect("the test's programme");
    (t, hands)
}

/// Cassandra, who has told much of herself, and Bob who stays.
async fn talkative(t: &TestServer, hands: &ManualClock) -> (String, Person) {
    register(t, &t.visitor(), CANARIES[0], CANARIES[2]).await;
    let (_, token) = link(t, &mails(t).await[0]);
    let cassandra = cookie(&confirm(&t.visitor(), &token).await);
    let key_of = || key().to_string();
    let profile = [
        ("key", key_of()),
        ("name", CANARIES[0].into()),
        ("pronouns", CANARIES[1].into()),
        ("zone", CANARIES[5].into()),
        ("lang", "de".to_owned()),
    ];
    let profile: Vec<(&str, &str)> = profile
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        form_as(t, &cassandra, "/account/profile", &profile)
            .await
            .status(),
        303
    );
    let bob = t.person("Bobolink", Role::Attendee).await;
    let of_bob = bob.say(t.lobby().await, "words-of-bob").await;
    let schedule: serde_json::Value = bob
        .get(&routes::api_schedule(EVENT))
        .await
        .json()
        .await
        .unwrap();
    let talk = format!(
        "talk-{}",
        schedule["sessions"][0]["code"]
            .as_str()
            .unwrap()
            .to_lowercase()
    );
    for (channel, words) in [("lobby", CANARIES[3]), (&talk, CANARIES[4])] {
        let path = routes::channel_messages(EVENT, channel);
        let answer = form_as(t, &cassandra, &path, &[("key", &key_of()), ("body", words)]).await;
        assert_eq!(answer.status(), 303);
        // Who is new is asked to pause between two messages.
        hands.advance(NEWCOMERS_PAUSE);
    }
    let path = routes::message_reactions(EVENT, "lobby", of_bob.id);
    let fields = [
        ("key", key_of()),
        ("emoji", "🐤".into()),
        ("action", "add".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(form_as(t, &cassandra, &path, &fields).await.status(), 303);
    (cassandra, bob)
}

#[rstest]
#[tokio::test]
async fn everything_of_ones_own_can_be_taken_along_and_nothing_of_others(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (t, hands) = with_hands(kind).await;
    let (cassandra, _) = talkative(&t, &hands).await;
    let answer = get_as(&t, &cassandra, "/account/export.zip").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = std::io::Cursor::new(answer.bytes().await.unwrap());
    let mut zip = zip::ZipArchive::new(bytes).expect("a ZIP file");
    let mut member = |name: &str| {
        let mut file = String::new();
        zip.by_name(name)
            .unwrap()
            .read_to_string(&mut file)
            .unwrap();
        file
    };
    let (account, messages) = (member("account.json"), member("messages.jsonl"));
    for (name, file) in [
        ("the JSON", format!("{account}{messages}")),
        ("the page", member("account.html")),
    ] {
        for canary in CANARIES {
            assert!(file.contains(canary), "{name} lacks {canary}");
        }
        assert!(
            file.contains("Testival") || file.contains(EVENT),
            "{name} lacks the registration"
        );
        for foreign in ["Bobolink", "bobolink@example.org", "words-of-bob"] {
            assert!(!file.contains(foreign), "{name} holds {foreign}");
        }
    }
    assert_eq!(messages.lines().count(), 2);
    let account: serde_json::Value = serde_json::from_str(&account).expect("JSON");
    assert_eq!(account["registrations"].as_array().unwrap().len(), 1);
    assert_eq!(t.visitor().get("/account/export.zip").await.status(), 401);
    t.stop().await;
}

/// Checked: every row of every table, the bytes of the SQLite file and its log
/// after a checkpoint, blobs, and the pages and answers that showed the words.
/// Not checked: mail that was delivered, and PostgreSQL's own files, which its
/// vacuum cleans.
#[rstest]
#[tokio::test]
async fn nothing_of_a_deleted_account_is_found_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (t, hands) = with_hands(kind).await;
    let (cassandra, bob) = talkative(&t, &hands).await;
    let lobby = t.lobby().await;
    let shown = t.visitor().page(&routes::channel(EVENT, "lobby")).await;
    assert!(
        shown.contains(CANARIES[0]) && shown.contains(CANARIES[3]),
        "or the test is void"
    );
    let before = format!("{:?}", dump(t.database_url()).await);
    for canary in CANARIES {
        assert!(before.contains(canary), "{canary} was not planted");
    }

    let unsure = form_as(
        &t,
        &cassandra,
        "/account/delete",
        &[("key", &key().to_string())],
    )
    .await;
    assert_eq!(unsure.status(), 422);
    let fields = [("key", key().to_string()), ("sure", "yes".to_owned())];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = form_as(&t, &cassandra, "/account/delete", &fields).await;
    assert_eq!(
        (answer.status().as_u16(), text(&answer, LOCATION)),
        (303, "/?done=account-deleted")
    );
    assert_eq!(get_as(&t, &cassandra, "/account/").await.status(), 401);

    let after = format!("{:?}", dump(t.database_url()).await);
    let mut places = vec![("rows".to_owned(), after.into_bytes())];
    if let Some(file) = t.database_url().strip_prefix("sqlite:") {
        execute(t.database_url(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
        for file in [file.to_owned(), format!("{file}-wal")] {
            places.push((file.clone(), std::fs::read(&file).unwrap_or_default()));
        }
    }
    for path in [
        routes::channel(EVENT, "lobby"),
        routes::channels(EVENT),
        routes::event(EVENT),
        routes::schedule(EVENT),
        routes::api_messages(hallway_model::ids::ChannelId(lobby)),
    ] {
        places.push((
            path.clone(),
            bob.get(&path).await.bytes().await.unwrap().to_vec(),
        ));
        places.push((
            path.clone(),
            t.visitor().get(&path).await.bytes().await.unwrap().to_vec(),
        ));
    }
    for (place, bytes) in &places {
        for canary in CANARIES {
            let found = bytes
                .windows(canary.len())
                .any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} is still in {place}");
        }
    }
    // Others keep what is theirs, and the numbers of the channel stay.
    let history = bob.history(lobby).await;
    let texts = serde_json::to_string(&history).unwrap();
    assert_eq!(history.messages.len(), 2);
    assert!(
        texts.contains("words-of-bob") && texts.contains("Bobolink"),
        "{texts}"
    );
    assert_eq!(history.messages[0].reactions, []);

    // The address is free again, for somebody new.
    register(&t, &t.visitor(), "Somebody New", CANARIES[2]).await;
    let (_, token) = link(&t, &mails(&t).await[0]);
    assert_eq!(confirm(&t.visitor(), &token).await.status(), 303);
    t.stop().await;
}

/// Promise R22: a hall full of people has one address.
const HALL: usize = 500;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_behind_one_address_are_never_told_to_wait(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let began = hallway_server::clock::SystemClock::clock().now();
    in_groups(0..HALL, async |n| {
        let key = key().to_string();
        let (name, email) = (format!("Person {n}"), format!("person-{n}@example.org"));
        let fields = [
            ("key", key.as_str()),
            ("name", &name),
            ("email", &email),
            ("conduct", "yes"),
        ];
        let answer = visitor.form(&routes::register(EVENT), &fields).await;
        assert_eq!(answer.status(), 200, "person {n} asks");
    })
    .await;
    let mails = mails(&t).await;
    assert_eq!(mails.len(), HALL);
    let tokens: Vec<String> = mails.iter().map(|mail| link(&t, mail).1).collect();
    // Pages have no limit that could be met: two stand for all.
    let pages = [routes::event(EVENT), routes::stage(EVENT, "main-hall")];
    let lobby = t.lobby().await;
    in_groups(0..HALL, async |n| {
        let signed_in = cookie(&confirm(&visitor, &tokens[n]).await);
        for page in &pages {
            assert_eq!(
                visitor.get_with(&signed_in, page).await.status(),
                200,
                "person {n} at {page}"
            );
        }
        let path = routes::channel_messages(EVENT, "lobby");
        let fields = [
            ("key", key().to_string()),
            ("body", format!("hello from {n}")),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            visitor.form_with(&signed_in, &path, &fields).await.status(),
            303,
            "person {n} says hello"
        );
    })
    .await;
    let after = hallway_server::clock::SystemClock::clock().now();
    println!(
        "{HALL} people registered, signed in, read {} pages and spoke in {} ms",
        pages.len(),
        (after - began).0
    );
    assert_eq!(visitor.history(lobby).await.seq, HALL as i64);
    t.stop().await;
}

/// Thirty-two at a time: more than one machine's browser, less than its files.
async fn in_groups(numbers: std::ops::Range<usize>, one: impl AsyncFn(usize)) {
    use futures_util::{StreamExt, stream};
    stream::iter(numbers)
        .for_each_concurrent(32, |n| one(n))
        .await;
}

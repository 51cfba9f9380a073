//! Bots: programs with a name of their own, and tokens that say what they are
//! for.

use hallway_model::access::Role;
use hallway_model::events::Settings;
use hallway_model::time::Span;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::databases::dump;
use crate::harness::{Choices, EVENT, Person, TestServer, client, key, programme};
use crate::stages::settings;

const PAGE: &str = "/testival/organise/integrations";

/// Makes a bot and gives its id.
async fn bot(organiser: &Person, name: &str) -> String {
    let fields = [("key", &*key().to_string()), ("name", name)];
    let answer = organiser.form(&format!("{PAGE}/bots"), &fields).await;
    assert_eq!(answer.status(), 303);
    let page = organiser.page(PAGE).await;
    let (_, rest) = page
        .split_once(&format!("<h3>{name} "))
        .expect("the bot is listed");
    let (_, rest) = rest
        .split_once(&format!("{PAGE}/bots/"))
        .expect("its forms");
    rest.split('/').next().unwrap().to_owned()
}

/// A program with a token of the bot.
async fn program(t: &TestServer, organiser: &Person, bot: &str, fields: &[(&str, &str)]) -> Person {
    let key = key().to_string();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .copied()
        .chain([("key", key.as_str()), ("label", "test")])
        .collect();
    let answer = organiser
        .form(&format!("{PAGE}/bots/{bot}/tokens"), &fields)
        .await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let (_, rest) = page
        .split_once("<code class=\"fresh\">")
        .expect("the token, this once");
    Person {
        url: t.url.clone(),
        http: client(),
        token: Some(rest.split('<').next().unwrap().to_owned()),
    }
}

const ALL: [(&str, &str); 4] = [
    ("read_chat", "yes"),
    ("write_chat", "yes"),
    ("read_programme", "yes"),
    ("days", "30"),
];

#[rstest]
#[tokio::test]
async fn a_bot_reads_and_writes_and_is_marked_for_everyone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let id = bot(&organiser, "Timekeeper").await;
    let program = program(&t, &organiser, &id, &ALL).await;
    let asked = alice.say(lobby, "what time is it?").await;
    assert_eq!(
        program.history(lobby).await.messages[0].source,
        "what time is it?"
    );
    let said = program.say(lobby, "**13:20**").await;
    let author = said.author.clone().unwrap();
    assert_eq!(
        (author.name.as_str(), author.kind.word()),
        ("Timekeeper", "bot")
    );
    assert_eq!(program.react(Method::PUT, &asked, "👍").await.status(), 204);
    let mut live = program.live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;
    alice.say(lobby, "thanks").await;
    assert_eq!(
        live.next_of("event").await["event"]["message"]["source"],
        "thanks"
    );
    let schedule = program
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await;
    assert_eq!(schedule.status(), 200);

    let page = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert_eq!(
        page.matches("<span class=\"tag\">bot</span>").count(),
        1,
        "{page}"
    );
    // It is counted among nobody's registrations.
    assert_eq!(dump(t.database_url()).await["registration"].len(), 1);
    t.stop().await;
}

/// Every kind of thing, by tokens of every scope: what is not named is refused,
/// also where anybody without a token might.
#[rstest]
#[tokio::test]
async fn a_token_gives_what_its_scopes_name_and_nothing_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let id = bot(&organiser, "Helper").await;
    // What guests may watch is the same bytes for whoever asks, with a token or
    // without: so that it matters, they may not.
    settings(
        &t,
        Settings {
            guests_watch: false,
            ..Settings::default()
        },
    )
    .await;
    let history = format!("/api/v1/channels/{lobby}/messages");
    let channels = format!("/api/v1/events/{EVENT}/channels");
    let schedule = format!("/api/v1/events/{EVENT}/schedule");
    for (scope, may) in [
        ("read_chat", [true, false, false]),
        ("write_chat", [false, true, false]),
        ("read_programme", [false, false, true]),
    ] {
        let program = program(&t, &organiser, &id, &[(scope, "yes"), ("days", "")]).await;
        let status = |allowed: bool, yes: u16| if allowed { yes } else { 403 };
        let read = program.get(&history).await.status().as_u16();
        assert_eq!(read, status(may[0], 200), "{scope} reads");
        let listed = program.get(&channels).await.status().as_u16();
        assert_eq!(listed, status(may[0], 200), "{scope} lists");
        let wrote = program
            .say_with_key(lobby, "hello", key())
            .await
            .status()
            .as_u16();
        assert_eq!(wrote, status(may[1], 201), "{scope} writes");
        let knows = program.get(&schedule).await.status().as_u16();
        assert_eq!(knows, status(may[2], 200), "{scope} knows the programme");
        // Of these no token of a bot is ever for.
        for path in [
            "/account/",
            "/account/export.zip",
            "/testival/organise/",
            PAGE,
            "/hls/testival/main-hall/index.m3u8",
            "/organise/new",
        ] {
            assert_eq!(program.get(path).await.status(), 403, "{scope} {path}");
        }
        let gone = [
            ("sure", "yes"),
            ("words", "removed"),
            ("key", &*key().to_string()),
        ];
        assert_eq!(program.form("/account/delete", &gone).await.status(), 403);
        let mut live = program.live().await;
        let frame = json!({ "type": "subscribe", "topic": format!("channel:{lobby}") });
        live.send(frame).await;
        let answer = live.next().await;
        let expected = if may[0] { "subscribed" } else { "problem" };
        assert_eq!(answer["type"], expected, "{scope}: {answer}");
    }
    // A token of `hallway user token` stands for all its person may.
    assert_eq!(organiser.get("/account/").await.status(), 200);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_token_of_one_channel_reaches_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let json = async |person: &Person, path: &str| -> Value {
        person.get(path).await.json().await.unwrap()
    };
    let listing = format!("/api/v1/events/{EVENT}/channels");
    let all = json(&organiser, &listing).await;
    let all = all["channels"].as_array().unwrap().clone();
    let other = all.iter().find(|c| c["kind"] == "session").unwrap()["id"].clone();
    let other = serde_json::from_value(other).unwrap();
    let id = bot(&organiser, "Helper").await;
    let bound = program(
        &t,
        &organiser,
        &id,
        &[
            ("read_chat", "yes"),
            ("write_chat", "yes"),
            ("channel", "lobby"),
            ("days", "7"),
        ],
    )
    .await;
    bound.say(lobby, "here").await;
    assert_eq!(
        bound.say_with_key(other, "there", key()).await.status(),
        404
    );
    let elsewhere = bound
        .get(&format!("/api/v1/channels/{other}/messages"))
        .await;
    assert_eq!(elsewhere.status(), 404);
    let listed = json(&bound, &listing).await;
    let listed = listed["channels"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], lobby.to_string());
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_token_is_listed_with_its_last_use_expires_and_is_revoked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let operator = hallway_model::access::Actor::operator();
    let xml = programme(EVENT, 0);
    t.service()
        .import_schedule(&operator, EVENT, None, Source::Bytes(xml.into()))
        .await
        .unwrap();
    let organiser = t.person("Omar", Role::Organiser).await;
    let attendee = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let id = bot(&organiser, "Helper").await;
    let short = program(&t, &organiser, &id, &[("read_chat", "yes"), ("days", "7")]).await;
    let endless = program(&t, &organiser, &id, &[("read_chat", "yes"), ("days", "")]).await;
    let secret = endless.token.clone().unwrap();
    assert!(!format!("{:?}", dump(t.database_url()).await).contains(&secret));
    let page = organiser.page(PAGE).await;
    assert!(!page.contains(&secret));
    // Two tokens and no webhook: nothing was used.
    assert_eq!(page.matches("never used").count(), 2, "{page}");

    hands.advance(Span::hours(2));
    assert_eq!(
        endless
            .get(&format!("/api/v1/channels/{lobby}/messages"))
            .await
            .status(),
        200
    );
    let page = organiser.page(PAGE).await;
    assert_eq!(page.matches("never used").count(), 1, "{page}");

    hands.advance(Span::days(7));
    let history = format!("/api/v1/channels/{lobby}/messages");
    // A token that has ended is none, and a visitor may read here.
    let said = async |person: &Person, body: &str| person.say_with_key(lobby, body, key()).await;
    assert_eq!(said(&short, "still?").await.status(), 401);
    assert_eq!(said(&endless, "not for that").await.status(), 403);
    assert_eq!(endless.get(&history).await.status(), 200);

    let page = organiser.page(PAGE).await;
    let (_, rest) = page
        .split_once(&format!("{PAGE}/bots/{id}/tokens/"))
        .expect("a token to revoke");
    let token = rest.split('/').next().unwrap();
    let revoke = format!("{PAGE}/bots/{id}/tokens/{token}/revoke");
    let form = [("key", &*key().to_string())];
    assert_eq!(attendee.form(&revoke, &form).await.status(), 403);
    assert_eq!(organiser.form(&revoke, &form).await.status(), 303);
    assert_eq!(said(&endless, "revoked").await.status(), 401);

    // A retired bot is gone from the page with all its tokens; its words stay.
    let writer = program(
        &t,
        &organiser,
        &id,
        &[("write_chat", "yes"), ("days", "30")],
    )
    .await;
    writer.say(lobby, "my last words").await;
    let retire = format!("{PAGE}/bots/{id}/retire");
    assert_eq!(
        organiser
            .form(&retire, &[("key", &*key().to_string())])
            .await
            .status(),
        303
    );
    assert_eq!(said(&writer, "and more").await.status(), 401);
    assert!(!organiser.page(PAGE).await.contains("<h3>Helper"));
    let messages = t.visitor().history(lobby).await.messages;
    assert_eq!(
        messages.last().unwrap().author.as_ref().unwrap().name,
        "Helper"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_token_for_nothing_is_refused_at_its_fields(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let id = bot(&organiser, "Helper").await;
    for (fields, error) in [
        (vec![("label", "x"), ("days", "30")], "token-scopes-error"),
        (
            vec![("label", " "), ("read_chat", "yes"), ("days", "30")],
            "token-label-error",
        ),
    ] {
        let key = key().to_string();
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("key", key.as_str())]).collect();
        let answer = organiser
            .form(&format!("{PAGE}/bots/{id}/tokens"), &fields)
            .await;
        assert_eq!(answer.status(), 422, "{error}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("id=\"{error}\"")), "{page}");
    }
    for days in ["8", "-7", "x"] {
        let fields = [
            ("label", "x"),
            ("read_chat", "yes"),
            ("days", days),
            ("key", &*key().to_string()),
        ];
        let answer = organiser
            .form(&format!("{PAGE}/bots/{id}/tokens"), &fields)
            .await;
        assert_eq!(answer.status(), 422, "{days}");
    }
    assert!(
        !organiser
            .page(PAGE)
            .await
            .contains("<code>chat:read</code>")
    );
    t.stop().await;
}

/// A connection's rights are looked up anew when something about its person
/// changes; a token's limits must come along.
#[rstest]
#[tokio::test]
async fn a_live_token_stays_what_it_was_made_for_and_ends_when_it_is_revoked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Omar", Role::Organiser).await;
    let lobby = t.lobby().await;
    let id = bot(&organiser, "Helper").await;
    let doomed = program(&t, &organiser, &id, &[("read_chat", "yes"), ("days", "7")]).await;
    let reader = program(&t, &organiser, &id, &[("read_chat", "yes"), ("days", "7")]).await;
    let mut gone = doomed.live().await;
    let mut live = reader.live().await;
    gone.subscribe(&format!("channel:{lobby}"), None).await;
    live.subscribe(&format!("channel:{lobby}"), None).await;

    // Revokes whichever stands first; the other one goes on, and reads alone.
    let page = organiser.page(PAGE).await;
    let tokens = format!("{PAGE}/bots/{id}/tokens/");
    let (_, rest) = page.split_once(&tokens).expect("a token to revoke");
    let revoke = format!("{tokens}{}", rest.split('"').next().unwrap());
    let answer = organiser
        .form(&revoke, &[("key", &*key().to_string())])
        .await;
    assert_eq!(answer.status(), 303);
    let works = doomed
        .get(&format!("/api/v1/channels/{lobby}/messages"))
        .await
        .status()
        == 200
        && doomed.say_with_key(lobby, "x", key()).await.status() == 403;
    let (ended, kept) = if works {
        (&mut live, &mut gone)
    } else {
        (&mut gone, &mut live)
    };
    ended.close_code().await;
    let post = json!({ "type": "command", "key": key(), "command": { "type": "post_message", "channel": lobby, "body": "hello" } });
    kept.send(post).await;
    assert_eq!(kept.next_of("problem").await["problem"]["status"], 403);
    t.stop().await;
}

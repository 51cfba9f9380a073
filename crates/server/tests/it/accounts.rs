//! Accounts by form: the link behind its button, the profile, other browsers,
//! everything to take along, and the way out.

use hallway_model::access::{Actor, Role};
use hallway_model::people::Email;
use hallway_testkit::Kind;
use reqwest::Response;
use reqwest::header::{CACHE_CONTROL, CONTENT_DISPOSITION, LOCATION, SET_COOKIE};
use rstest::rstest;

use crate::harness::{EVENT, Person, TestServer, key};

fn header(response: &Response, name: reqwest::header::HeaderName) -> String {
    let value = response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

/// The token of a fresh link for an address somebody has.
async fn link(t: &TestServer, email: &str) -> String {
    let email = Email::parse(email).unwrap();
    let link = t
        .service()
        .make_link(&Actor::operator(), email)
        .await
        .unwrap();
    link.split_once("token=").unwrap().1.to_owned()
}

/// A browser that opened a link and pressed its button.
async fn browser(t: &TestServer, email: &str) -> (reqwest::Client, String) {
    let visitor = t.visitor();
    let token = link(t, email).await;
    let answer = visitor
        .form("/account/sign-in/confirm", &[("token", &token)])
        .await;
    assert_eq!(answer.status(), 303);
    let cookie = header(&answer, SET_COOKIE);
    (visitor.http, cookie.split(';').next().unwrap().to_owned())
}

async fn get(t: &TestServer, cookie: &str, path: &str) -> Response {
    let request = t
        .visitor()
        .http
        .get(format!("{}{path}", t.url))
        .header("cookie", cookie);
    request.send().await.unwrap()
}

async fn post(t: &TestServer, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = t
        .visitor()
        .http
        .post(format!("{}{path}", t.url))
        .header("cookie", cookie);
    request
        .header("origin", &t.url)
        .form(fields)
        .send()
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn looking_at_a_link_uses_nothing_up_and_pressing_its_button_does(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Alice", Role::Attendee).await;
    let token = link(&t, "alice@example.org").await;
    let visitor = t.visitor();
    for _ in 0..2 {
        let page = visitor
            .page(&format!("/account/sign-in/confirm?token={token}"))
            .await;
        assert!(page.contains(&token), "the button posts the token");
    }

    let signed_in = visitor
        .form("/account/sign-in/confirm", &[("token", &token)])
        .await;
    assert_eq!(signed_in.status(), 303);
    assert_eq!(header(&signed_in, LOCATION), "/?done=signed-in");
    let cookie = header(&signed_in, SET_COOKIE);
    assert!(cookie.starts_with("hallway="), "{cookie}");
    assert!(
        cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=2592000"),
        "{cookie}"
    );
    assert!(
        !cookie.contains(&token),
        "the link's token is not the session's"
    );

    let again = visitor
        .form("/account/sign-in/confirm", &[("token", &token)])
        .await;
    assert_eq!(again.status(), 410);
    assert_eq!(header(&again, SET_COOKIE), "");
    for spent in [token.as_str(), "never-was-a-link-of-ours", "", "%00"] {
        let page = visitor
            .get(&format!("/account/sign-in/confirm?token={spent}"))
            .await;
        assert_eq!(page.status(), 410, "{spent}");
        assert!(
            page.text()
                .await
                .unwrap()
                .contains("href=\"/account/sign-in\"")
        );
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn asking_for_a_link_looks_the_same_for_every_address(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Alice", Role::Attendee).await;
    let visitor = t.visitor();
    let ask = async |email: &str| {
        let fields = [("email", email), ("next", "/testival/schedule/")];
        let answer = visitor.form("/account/sign-in", &fields).await;
        let status = answer.status().as_u16();
        let cookie = header(&answer, SET_COOKIE);
        (
            status,
            cookie,
            answer.text().await.unwrap().replace(email, "EMAIL"),
        )
    };
    let known = ask("alice@example.org").await;
    assert_eq!(known.0, 200);
    assert_eq!(known, ask("nobody@example.org").await);
    // Beyond what is mailed, still the same.
    for _ in 0..4 {
        assert_eq!(known, ask("alice@example.org").await);
    }

    let (status, cookie, page) = ask("\"><script>alert(1)</script>").await;
    assert_eq!((status, cookie.as_str()), (422, ""));
    assert!(
        page.contains("aria-invalid") && !page.contains("<script>alert"),
        "{page}"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn signing_in_leads_back_to_where_somebody_was_and_never_away(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Alice", Role::Attendee).await;
    for (next, after) in [
        (
            "/testival/schedule/?q=a%20b",
            "/testival/schedule/?q=a%20b&done=signed-in",
        ),
        ("//evil.example/", "/?done=signed-in"),
        ("https://evil.example/", "/?done=signed-in"),
    ] {
        let fields = [("email", "alice@example.org"), ("next", next)];
        let asked = t.visitor().form("/account/sign-in", &fields).await;
        let cookie = header(&asked, SET_COOKIE);
        let remembered = cookie.split(';').next().unwrap();
        let token = link(&t, "alice@example.org").await;
        let confirmed = post(
            &t,
            remembered,
            "/account/sign-in/confirm",
            &[("token", &token)],
        )
        .await;
        assert_eq!(header(&confirmed, LOCATION), after);
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_profile_is_kept_and_told_what_does_not_fit(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let save = async |name: &str, zone: &str| {
        let key = key().to_string();
        let fields = [
            ("key", key.as_str()),
            ("name", name),
            ("pronouns", "she/her"),
            ("zone", zone),
            ("lang", "de"),
        ];
        alice.form("/account/profile", &fields).await
    };
    let refused = save(" ", "Mars/Base").await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("href=\"#name\"") && page.contains("value=\"Mars/Base\""),
        "{page}"
    );
    assert!(
        alice.page("/account/").await.contains("value=\"Alice\""),
        "nothing changed"
    );

    let saved = save("Ada & <b>", "Europe/Berlin").await;
    assert_eq!(
        (saved.status().as_u16(), header(&saved, LOCATION)),
        (303, "/account/?done=saved".into())
    );
    let page = alice.page("/account/").await;
    assert!(
        page.contains("<html lang=\"de\"") && page.contains("value=\"Europe/Berlin\""),
        "{page}"
    );
    assert!(!page.contains("Ada & <b>"), "a name is text");
    assert_eq!(t.visitor().get("/account/").await.status(), 401);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_browser_signs_out_itself_or_all_of_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    t.person("Alice", Role::Attendee).await;
    let (_, one) = browser(&t, "alice@example.org").await;
    let (_, two) = browser(&t, "alice@example.org").await;
    let status = async |cookie: &str| get(&t, cookie, "/account/").await.status().as_u16();
    assert_eq!((status(&one).await, status(&two).await), (200, 200));

    let out = post(&t, &one, "/account/sign-out", &[]).await;
    assert_eq!(header(&out, LOCATION), "/?done=signed-out");
    assert!(header(&out, SET_COOKIE).contains("Max-Age=0"));
    assert_eq!((status(&one).await, status(&two).await), (401, 200));

    let (_, three) = browser(&t, "alice@example.org").await;
    let out = post(&t, &two, "/account/sign-out", &[("everywhere", "yes")]).await;
    assert_eq!(header(&out, LOCATION), "/?done=signed-out-everywhere");
    assert_eq!((status(&two).await, status(&three).await), (401, 401));
    // Signing out once more is no fault of anybody.
    assert_eq!(post(&t, &two, "/account/sign-out", &[]).await.status(), 303);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn another_sites_form_changes_nothing(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    t.person("Alice", Role::Attendee).await;
    let (http, cookie) = browser(&t, "alice@example.org").await;
    let url = format!("{}/account/delete", t.url);
    let forged = http
        .post(&url)
        .header("cookie", &cookie)
        .header("origin", "https://evil.example");
    let key = key().to_string();
    let answer = forged
        .form(&[("key", key.as_str()), ("sure", "yes")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(get(&t, &cookie, "/account/").await.status(), 200);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_deleted_account_is_taken_along_first_and_then_gone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice: Person = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    alice.say(lobby, "canary of a message").await;
    let (_, cookie) = browser(&t, "alice@example.org").await;

    let export = get(&t, &cookie, "/account/export.zip").await;
    assert_eq!(header(&export, CACHE_CONTROL), "private, no-store");
    assert!(header(&export, CONTENT_DISPOSITION).starts_with("attachment;"));
    assert!(export.bytes().await.unwrap().starts_with(b"PK\x03\x04"));

    let form = get(&t, &cookie, "/account/delete")
        .await
        .text()
        .await
        .unwrap();
    assert!(form.contains("name=\"sure\""), "{form}");
    let key = key().to_string();
    let unsure = post(&t, &cookie, "/account/delete", &[("key", &key)]).await;
    assert_eq!(unsure.status(), 422);
    let sure = post(
        &t,
        &cookie,
        "/account/delete",
        &[("key", &key), ("sure", "yes")],
    )
    .await;
    assert_eq!(header(&sure, LOCATION), "/?done=account-deleted");
    assert!(header(&sure, SET_COOKIE).contains("Max-Age=0"));

    assert_eq!(get(&t, &cookie, "/account/").await.status(), 401);
    assert_eq!(
        alice.get("/account/").await.status(),
        401,
        "tokens are gone too"
    );
    let chat = t.visitor().page(&format!("/{EVENT}/chat/lobby")).await;
    assert!(
        !chat.contains("canary") && !chat.contains("Alice"),
        "{chat}"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_a_reader_chose_is_remembered(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let fields = [
        ("lang", "de"),
        ("zone", "Asia/Tokyo"),
        ("theme", "dark"),
        ("next", "/testival/schedule/"),
    ];
    let chosen = t.visitor().form("/account/preferences", &fields).await;
    assert_eq!(
        (chosen.status().as_u16(), header(&chosen, LOCATION)),
        (303, "/testival/schedule/".into())
    );
    let cookie = header(&chosen, SET_COOKIE);
    let page = get(&t, cookie.split(';').next().unwrap(), "/testival/schedule/")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("<html lang=\"de\"") && page.contains("data-theme=\"dark\""),
        "{page}"
    );
    assert!(
        page.contains("18:00"),
        "09:00 in UTC is told in Tokyo's time"
    );
    let away = t
        .visitor()
        .form("/account/preferences", &[("next", "//evil.example")])
        .await;
    assert_eq!(header(&away, LOCATION), "/");
    // Elsewhere than in the demo there is no mailbox to read.
    assert_eq!(t.visitor().get("/account/mailbox/").await.status(), 404);
    t.stop().await;
}

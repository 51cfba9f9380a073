//! The organisers' desk and registering: creating an event, bringing in its
//! programme, opening and closing it.

use hallway_model::access::Role;
use hallway_testkit::Kind;
use reqwest::Response;
use reqwest::header::LOCATION;
use rstest::rstest;

use crate::harness::{EVENT, Person, TestServer, key};

fn location(response: &Response) -> String {
    let value = response
        .headers()
        .get(LOCATION)
        .map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

#[rstest]
#[tokio::test]
async fn an_event_needs_a_title_days_and_a_zone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let admin = t.person("Root", Role::Admin).await;
    let create = async |key: &str, title: &str, last_day: &str, slug: &str| {
        let fields = [
            ("key", key),
            ("title", title),
            ("first_day", "2026-11-20"),
            ("last_day", last_day),
            ("zone", "Europe/Berlin"),
            ("slug", slug),
        ];
        admin.form("/organise/new", &fields).await
    };
    assert_eq!(admin.get("/organise/new").await.status(), 200);
    let fresh = || key().to_string();

    let refused = create(&fresh(), " ", "2026-11-19", "account").await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    for field in ["title", "last_day", "slug"] {
        assert!(
            page.contains(&format!("href=\"#{field}\"")),
            "{field}: {page}"
        );
    }
    let taken = create(&fresh(), "Testival", "2026-11-21", "").await;
    assert_eq!(taken.status(), 422);
    assert!(
        taken.text().await.unwrap().contains("testival-2"),
        "a free address is named"
    );

    let key = fresh();
    for _ in 0..2 {
        let created = create(&key, "Open Hall", "2026-11-21", "").await;
        assert_eq!(
            location(&created),
            "/open-hall/organise/?done=event-created",
            "once, however often sent"
        );
    }
    assert_eq!(admin.get("/open-hall/organise/").await.status(), 200);
    let alice = t.person("Alice", Role::Organiser).await;
    assert_eq!(alice.get("/organise/new").await.status(), 403);
    assert_eq!(t.visitor().get("/organise/new").await.status(), 401);
    t.stop().await;
}

/// Posts the import's form as a browser does (RFC 7578).
async fn import(person: &Person, event: &str, fields: &[(&str, &str)]) -> Response {
    let part = |(name, value): &(&str, &str)| {
        let file = if *name == "file" {
            "; filename=\"s.xml\""
        } else {
            ""
        };
        format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        )
    };
    let body: String = fields.iter().map(part).collect::<String>() + "--edge--\r\n";
    let request = person.request(reqwest::Method::POST, &format!("/{event}/organise/import"));
    let request = request
        .header("origin", &person.url)
        .header("content-type", "multipart/form-data; boundary=edge");
    request.body(body).send().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_programme_is_brought_in_from_a_file(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Olga", Role::Organiser).await;
    let key = key().to_string();
    let file = async |person: &Person, text: &str| {
        import(person, EVENT, &[("key", &key), ("file", text), ("url", "")]).await
    };
    let xml = organiser
        .page(&format!("/{EVENT}/schedule/export/schedule.xml"))
        .await;

    let report = file(&organiser, &xml).await;
    assert_eq!(report.status(), 200);
    assert!(
        report.text().await.unwrap().contains("<th scope=\"row\">"),
        "a line per kind of thing"
    );

    let broken = file(&organiser, &xml.replacen("</room>", "", 1)).await;
    assert_eq!(broken.status(), 422);
    let page = broken.text().await.unwrap();
    assert!(
        page.contains("href=\"#file\"") && page.contains("line "),
        "{page}"
    );
    assert!(
        t.visitor()
            .page(&format!("/{EVENT}/schedule/"))
            .await
            .contains("The second door"),
        "nothing changed"
    );

    let none = import(&organiser, EVENT, &[("url", ""), ("zone", "Mars/Base")]).await;
    assert_eq!(none.status(), 422);
    let page = none.text().await.unwrap();
    assert!(
        page.contains("href=\"#file\"") && page.contains("href=\"#zone\""),
        "{page}"
    );

    let bob = t.person("Bob", Role::Attendee).await;
    assert_eq!(file(&bob, &xml).await.status(), 403);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn settings_open_and_close_registration(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let organiser = t.person("Olga", Role::Organiser).await;
    let path = format!("/{EVENT}/organise/settings");
    let stranger = t.person("Stranger", Role::Visitor).await;
    let register = format!("/{EVENT}/register");
    let fresh = || key().to_string();

    let unticked = stranger.form(&register, &[("key", &fresh())]).await;
    assert_eq!(unticked.status(), 422);
    let registered = stranger
        .form(&register, &[("key", &fresh()), ("conduct", "yes")])
        .await;
    assert_eq!(location(&registered), format!("/{EVENT}/?done=registered"));
    assert!(
        organiser
            .page(&format!("/{EVENT}/organise/"))
            .await
            .contains("<dd>1</dd>"),
        "one registration"
    );

    let visitor = t.visitor();
    let send = async |name: &str, email: &str| {
        visitor
            .form(
                &register,
                &[("name", name), ("email", email), ("conduct", "yes")],
            )
            .await
    };
    let wrong = send("", "nobody").await;
    assert_eq!(wrong.status(), 422);
    let page = wrong.text().await.unwrap();
    assert!(
        page.contains("href=\"#name\"") && page.contains("href=\"#email\""),
        "{page}"
    );
    let known = send("New", "stranger@example.org")
        .await
        .text()
        .await
        .unwrap();
    let unknown = send("New", "somebody@example.org")
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        known.replace("stranger@", "X@"),
        unknown.replace("somebody@", "X@"),
        "the same for both"
    );

    let refused = organiser
        .form(&path, &[("key", &fresh()), ("title", "")])
        .await;
    assert_eq!(refused.status(), 422);
    let saved = organiser
        .form(
            &path,
            &[
                ("key", &fresh()),
                ("title", "Testival & more"),
                ("guests_read", "yes"),
            ],
        )
        .await;
    assert_eq!(location(&saved), format!("{path}?done=saved"));
    assert!(
        organiser.page(&path).await.contains("Testival &#38; more"),
        "the new title"
    );
    let closed = send("New", "late@example.org").await;
    assert_eq!(closed.status(), 422);
    assert_eq!(
        t.visitor()
            .page(&register)
            .await
            .matches("name=\"email\"")
            .count(),
        0
    );
    assert_eq!(
        stranger
            .form(&path, &[("key", &fresh()), ("title", "Mine")])
            .await
            .status(),
        403
    );
    t.stop().await;
}

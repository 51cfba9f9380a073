//! Pictures in messages: taken in by what they hold, seen by whoever may read,
//! and gone with the words they stood beside.

use std::io::{Cursor, Read};

use hallway_model::access::{Actor, Role};
use hallway_model::time::Span;
use hallway_protocol::messages::Message;
use hallway_protocol::routes;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::databases::{dump, execute};
use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};
use crate::places::{id_of, open};
use crate::pushes::settle;

/// A picture as a camera or a program would save it.
pub fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        let shade = |n: u32| u8::try_from(n % 256).unwrap();
        Rgb([shade(x), shade(y), 90])
    });
    let mut bytes = Cursor::new(vec![]);
    DynamicImage::ImageRgb8(image)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// Sends a picture; gives what the API says of it.
async fn sent(person: &Person, channel: Uuid) -> Value {
    let answer = person
        .send_image(channel, file(60, 40, ImageFormat::Png))
        .await;
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

async fn post(person: &Person, channel: Uuid, body: &str, images: Value) -> Response {
    let path = format!("/api/v1/channels/{channel}/messages");
    let request = person.request(Method::POST, &path);
    let body = json!({ "body": body, "images": images, "key": key() });
    request.json(&body).send().await.unwrap()
}

/// A message with a picture and nothing else.
pub async fn pictured(person: &Person, channel: Uuid) -> Message {
    let image = sent(person, channel).await;
    let images = json!([{ "id": image["id"], "alt": "A red door" }]);
    let answer = post(person, channel, "", images).await;
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

async fn delete(person: &Person, path: &str) -> u16 {
    let request = person.request(Method::DELETE, path);
    let request = request.json(&json!({ "key": key() }));
    request.send().await.unwrap().status().as_u16()
}

async fn with_programme(t: &TestServer) {
    let xml = programme(EVENT, 0);
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, Source::Bytes(xml.into()))
        .await
        .expect("the test's programme");
}

/// Folders of pictures in the blob store.
fn blobs(t: &TestServer) -> usize {
    let folder = t.data.path().join("blobs/images");
    std::fs::read_dir(folder).map_or(0, |entries| entries.count())
}

#[rstest]
#[tokio::test]
async fn a_picture_is_sent_said_and_seen_by_everybody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), None).await;

    let answer = alice
        .send_image(lobby, file(3_000, 1_500, ImageFormat::Jpeg))
        .await;
    assert_eq!(answer.status(), 201);
    let image: Value = answer.json().await.unwrap();
    let id = image["id"].as_str().unwrap();
    assert_eq!(
        (&image["width"], &image["height"]),
        (&json!(2_048), &json!(1_024))
    );
    let (url, small) = (format!("/images/{id}/large"), format!("/images/{id}/small"));
    assert_eq!(
        (&image["url"], &image["thumbnail"]),
        (&json!(url), &json!(small))
    );
    // Until it is said it is its sender's alone.
    assert_eq!(alice.get(&small).await.status(), 200);
    for other in [&bob, &t.visitor()] {
        assert_eq!(other.get(&small).await.status(), 404);
    }

    let images = json!([{ "id": id, "alt": " The  whiteboard\nafter the talk " }]);
    let said: Message = post(&alice, lobby, "look", images.clone())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(said.images.len(), 1);
    assert_eq!(said.images[0].alt, "The whiteboard after the talk");
    let told = live.next_of("event").await;
    assert_eq!(told["event"]["message"]["images"], json!(said.images));
    assert_eq!(
        t.visitor().history(lobby).await.messages[0].images,
        said.images
    );

    let picture = t.visitor().get(&url).await;
    assert_eq!(picture.status(), 200);
    let header = |name: &str| picture.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(
        header("content-disposition"),
        format!("inline; filename=\"{id}.jpg\"")
    );
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"));
    let etag = header("etag");
    let pixels = image::load_from_memory(&picture.bytes().await.unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (2_048, 1_024));
    let pixels = t.visitor().get(&small).await.bytes().await.unwrap();
    let pixels = image::load_from_memory(&pixels).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (640, 320));
    let again = t.visitor().request(Method::GET, &url);
    let again = again.header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(again.status(), 304);

    // The page has room for it before it is there, and says what it shows.
    let page = t.visitor().page(&routes::channel(EVENT, "lobby")).await;
    let shown = format!(
        "<a href=\"{url}\"><img src=\"{small}\" alt=\"The whiteboard after the talk\" width=\"480\" height=\"240\" loading=\"lazy\""
    );
    assert!(page.contains(&shown), "{page}");

    // Said once it is said; and nobody says another's.
    assert_eq!(
        post(&alice, lobby, "again", images.clone()).await.status(),
        422
    );
    let of_alice = sent(&alice, lobby).await;
    let stolen = json!([{ "id": of_alice["id"] }]);
    assert_eq!(
        post(&bob, lobby, "mine", stolen.clone()).await.status(),
        422
    );
    // Taken back before it is said, and by its sender alone.
    let path = format!("/api/v1/images/{}", of_alice["id"].as_str().unwrap());
    assert_eq!(delete(&bob, &path).await, 204);
    let seen = of_alice["thumbnail"].as_str().unwrap();
    assert_eq!(alice.get(seen).await.status(), 200);
    assert_eq!(delete(&alice, &path).await, 204);
    assert_eq!(alice.get(seen).await.status(), 404);
    assert_eq!(post(&alice, lobby, "late", stolen).await.status(), 422);
    // One that was said is not taken back so.
    assert_eq!(delete(&alice, &format!("/api/v1/images/{id}")).await, 204);
    assert_eq!(alice.get(&url).await.status(), 200);
    settle(&t).await;
    assert_eq!(blobs(&t), 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_is_no_picture_or_too_much_of_one_is_refused(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let mut cut = file(60, 40, ImageFormat::Png);
    cut.truncate(100);
    for (what, status, word) in [
        (svg.to_vec(), 422, "a PNG, a JPEG, a WebP or a GIF"),
        (b"<!doctype html><h1>hi</h1>".to_vec(), 422, "a PNG"),
        (vec![], 422, "a PNG"),
        (cut, 422, "damaged"),
        (vec![0; 8 * 1024 * 1024 + 1], 413, ""),
    ] {
        let answer = alice.send_image(lobby, what).await;
        assert_eq!(answer.status(), status);
        let problem: Value = answer.json().await.unwrap();
        let detail = problem["detail"].as_str().unwrap_or("");
        assert!(detail.contains(word), "{problem}");
    }
    // What hides behind the pixels does not come along.
    let mut polyglot = file(60, 40, ImageFormat::Gif);
    polyglot.extend(b"<script>alert(document.domain)</script>");
    let answer = alice.send_image(lobby, polyglot).await;
    assert_eq!(answer.status(), 201);
    let image: Value = answer.json().await.unwrap();
    let pixels = alice.get(image["url"].as_str().unwrap()).await;
    assert_eq!(pixels.headers()["content-type"], "image/png");
    assert_eq!(pixels.headers()["cache-control"], "private, no-cache");
    let pixels = pixels.bytes().await.unwrap();
    assert!(!pixels.windows(7).any(|some| some == b"<script"));

    let mut five = vec![];
    for _ in 0..5 {
        five.push(json!({ "id": sent(&alice, lobby).await["id"] }));
    }
    assert_eq!(post(&alice, lobby, "five", json!(five)).await.status(), 422);
    let twice = json!([five[0], five[0]]);
    assert_eq!(post(&alice, lobby, "twice", twice).await.status(), 422);
    let long = json!([{ "id": five[0]["id"], "alt": "x".repeat(501) }]);
    assert_eq!(post(&alice, lobby, "long", long).await.status(), 422);
    let four = json!(five[..4]);
    let said: Message = post(&alice, lobby, "", four).await.json().await.unwrap();
    assert_eq!(said.images.len(), 4);
    // Nothing at all is still no message.
    assert_eq!(post(&alice, lobby, " ", json!([])).await.status(), 422);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn an_hour_holds_so_many_bytes_of_one_person(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    // What is refused counts too: it was carried and looked at.
    for _ in 0..8 {
        let answer = alice.send_image(lobby, vec![1; 8 * 1024 * 1024]).await;
        assert_eq!(answer.status(), 422);
    }
    let answer = alice
        .send_image(lobby, file(60, 40, ImageFormat::Png))
        .await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    sent(&bob, lobby).await;
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn who_may_not_read_the_channel_finds_no_picture(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let slug = open(&alice, "Backstage", "invited").await;
    let backstage = id_of(&alice, &slug).await;
    let said = pictured(&alice, backstage).await;
    let url = &said.images[0].url;
    let mine = alice.get(url).await;
    assert_eq!(mine.status(), 200);
    // No cache keeps it for somebody else, and each time it is asked anew.
    assert_eq!(mine.headers()["cache-control"], "private, no-cache");
    for other in [&bob, &t.visitor()] {
        assert_eq!(other.get(url).await.status(), 404);
    }
    assert_eq!(
        bob.send_image(backstage, file(60, 40, ImageFormat::Png))
            .await
            .status(),
        404
    );
    let lobby = t.lobby().await;
    assert_eq!(
        t.visitor()
            .send_image(lobby, file(60, 40, ImageFormat::Png))
            .await
            .status(),
        401
    );
    for nothing in [
        format!("/images/{}/large", Uuid::nil()),
        "/images/x/large".into(),
        format!("/images/{}/huge", said.images[0].id),
    ] {
        assert_eq!(alice.get(&nothing).await.status(), 404, "{nothing}");
    }
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn pictures_go_with_the_words_they_stood_beside(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, bob, carol) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
        t.person("Carol", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let of_alice = pictured(&alice, lobby).await;
    let of_bob = pictured(&bob, lobby).await;
    let of_carol = pictured(&carol, lobby).await;
    sent(&bob, lobby).await;
    assert_eq!(blobs(&t), 4);

    // Removed: gone from sight at once, from the record of events, and from the disk.
    let path = format!("/api/v1/messages/{}", of_alice.id);
    assert_eq!(delete(&alice, &path).await, 204);
    assert_eq!(alice.get(&of_alice.images[0].url).await.status(), 404);
    let page = t.visitor().history(lobby).await;
    assert_eq!(page.messages[0].images, []);
    let rows = dump(t.database_url()).await;
    let image = of_alice.images[0].id.to_string();
    for table in ["message", "image", "outbox", "command_key"] {
        let named = rows[table].iter().any(|row| row.contains(&image));
        assert!(!named, "{table}");
    }
    settle(&t).await;
    assert_eq!(blobs(&t), 3);

    // Whoever deletes their account takes the pictures along with the words,
    let erase = |words: &str| {
        [
            ("key", key().to_string()),
            ("sure", "yes".to_owned()),
            ("words", words.to_owned()),
        ]
    };
    for (person, words) in [(&bob, "removed"), (&carol, "anonymous")] {
        let form = erase(words);
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = person.form("/account/delete", &form).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    }
    settle(&t).await;
    let gone = t.visitor().get(&of_bob.images[0].url).await;
    assert_eq!(gone.status(), 404);
    // or leaves them without a name.
    let left = t.visitor().get(&of_carol.images[0].url).await;
    assert_eq!(left.status(), 200);
    let rows = dump(t.database_url()).await;
    assert_eq!(rows["image"].len(), 1);
    let carol = of_carol.author.unwrap().id.to_string();
    assert!(
        !rows["image"][0].contains(&carol)
            && !rows["image"][0].contains(&carol.replace('-', "").to_uppercase())
    );
    assert_eq!(blobs(&t), 1);
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_raids_pictures_come_back_with_the_words_or_go_for_good(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    with_programme(&t).await;
    let (newt, mina) = (
        t.person("Newt", Role::Attendee).await,
        t.person("Mina", Role::Moderator).await,
    );
    let lobby = t.lobby().await;
    let said = pictured(&newt, lobby).await;
    let newt_id = said.author.as_ref().unwrap().id;
    let until = t.service().now().0 + 3_600_000;
    let new = format!("UPDATE person SET new_until = {until} WHERE name = 'Newt'");
    execute(t.database_url(), &new).await;
    let url = said.images[0].url.clone();
    let take_back = async || {
        let (key, ticked) = (key().to_string(), format!("person-{newt_id}"));
        let form = [
            ("key", key.as_str()),
            ("minutes", "60"),
            (ticked.as_str(), "yes"),
        ];
        let path = routes::moderate_newcomers(EVENT);
        assert_eq!(mina.form(&path, &form).await.status(), 303);
        let page = mina.page(&path).await;
        let (_, rest) = page.split_once("/moderate/newcomers/").expect("a removal");
        rest[..36].to_owned()
    };

    let bulk = take_back().await;
    assert_eq!(t.visitor().get(&url).await.status(), 404);
    t.service().tidy().await.unwrap();
    settle(&t).await;
    let restore = format!("/{EVENT}/moderate/newcomers/{bulk}/restore");
    let answer = mina.form(&restore, &[("key", &key().to_string())]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(t.visitor().get(&url).await.status(), 200);
    let page = t.visitor().history(lobby).await;
    assert_eq!(page.messages[0].images, said.images);

    take_back().await;
    hands.advance(Span::days(2));
    t.service().tidy().await.unwrap();
    settle(&t).await;
    assert_eq!(
        (dump(t.database_url()).await["image"].len(), blobs(&t)),
        (0, 0)
    );
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_was_never_said_is_swept_after_a_day(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    with_programme(&t).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let said = pictured(&alice, lobby).await;
    let unsaid = sent(&alice, lobby).await;
    hands.advance(Span::hours(23));
    t.service().tidy().await.unwrap();
    settle(&t).await;
    assert_eq!(blobs(&t), 2);
    hands.advance(Span::hours(2));
    t.service().tidy().await.unwrap();
    settle(&t).await;
    assert_eq!(blobs(&t), 1);
    assert_eq!(t.visitor().get(&said.images[0].url).await.status(), 200);
    let late = json!([{ "id": unsaid["id"] }]);
    let answer = post(&alice, lobby, "late", late).await;
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("add it again"));
    t.stop().await;
}

#[rstest]
#[tokio::test]
async fn newcomers_send_no_pictures_and_descriptions_are_screened(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (alice, newt, mina) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Newt", Role::Attendee).await,
        t.person("Mina", Role::Moderator).await,
    );
    let lobby = t.lobby().await;
    let early = sent(&newt, lobby).await;
    let until = t.service().now().0 + 3_600_000;
    let new = format!("UPDATE person SET new_until = {until} WHERE name = 'Newt'");
    execute(t.database_url(), &new).await;
    for answer in [
        newt.send_image(lobby, file(60, 40, ImageFormat::Png)).await,
        post(&newt, lobby, "look", json!([{ "id": early["id"] }])).await,
    ] {
        assert_eq!(answer.status(), 403);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["type"], "/problems/images-off");
        assert_eq!(problem["until"], until);
    }

    // A word that is not wanted is not wanted in a description either: it waits,
    // and whoever decides sees what waits.
    let settings = [("key", key().to_string()), ("words", "swordfish".into())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let path = routes::moderate_settings(EVENT);
    assert_eq!(mina.form(&path, &settings).await.status(), 303);
    let image = sent(&alice, lobby).await;
    let images = json!([{ "id": image["id"], "alt": "a Swordfish" }]);
    let held = post(&alice, lobby, "", images.clone()).await;
    assert_eq!(held.status(), 202);
    let url = image["url"].as_str().unwrap();
    assert_eq!(t.visitor().get(url).await.status(), 404);
    assert_eq!(mina.get(url).await.status(), 200);
    let queue = mina.page(&routes::moderate(EVENT)).await;
    assert!(
        queue.contains(url) && queue.contains("a Swordfish"),
        "{queue}"
    );
    let own = alice.page(&routes::channel(EVENT, "lobby")).await;
    assert!(own.contains(&format!("<a href=\"{url}\">")), "{own}");
    // It waits in one message at a time.
    assert_eq!(post(&alice, lobby, "again", images).await.status(), 422);
    let (_, rest) = queue.split_once("/moderate/held/").unwrap();
    let decide = format!("/{EVENT}/moderate/held/{}", &rest[..36]);
    let form = [("key", key().to_string()), ("approve", "yes".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(mina.form(&decide, &form).await.status(), 303);
    assert_eq!(t.visitor().get(url).await.status(), 200);
    let page = t.visitor().history(lobby).await;
    assert_eq!(page.messages[0].images[0].alt, "a Swordfish");
    t.stop().await;
}

/// The parts of the page's form.
fn parts(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = vec![];
    for (name, text) in fields {
        body.extend(
            format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
                .bytes(),
        );
    }
    for (name, bytes) in files {
        body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"x.svg\"\r\ncontent-type: image/svg+xml\r\n\r\n").bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

async fn form(person: &Person, body: Vec<u8>) -> Response {
    let request = person
        .request(Method::POST, &routes::channel_messages(EVENT, "lobby"))
        .header("origin", &person.url)
        .header("content-type", "multipart/form-data; boundary=edge");
    request.body(body).send().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_form_sends_pictures_without_a_script(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let page = alice.page(&routes::channel(EVENT, "lobby")).await;
    assert!(page.contains("enctype=\"multipart/form-data\"") && page.contains("name=\"image4\""));

    let (once, picture) = (key().to_string(), file(60, 40, ImageFormat::WebP));
    // By what it holds, and not by what it is called.
    let fields = [
        ("key", once.as_str()),
        ("body", "two\r\ndoors"),
        ("next", ""),
        ("alt1", "nothing was chosen here"),
        ("alt2", "A red door"),
    ];
    let files: [(&str, &[u8]); 3] = [("image1", b""), ("image2", &picture), ("image4", &picture)];
    let answer = form(&alice, parts(&fields, &files)).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    // Sent twice, it is said once.
    assert_eq!(form(&alice, parts(&fields, &files)).await.status(), 303);
    let page = t.visitor().history(lobby).await;
    let alts: Vec<&str> = page.messages[0]
        .images
        .iter()
        .map(|i| i.alt.as_str())
        .collect();
    assert_eq!((page.messages.len(), alts), (1, vec!["A red door", ""]));
    assert_eq!(page.messages[0].source, "two\ndoors");
    let shown = t.visitor().page(&routes::channel(EVENT, "lobby")).await;
    assert!(shown.contains("alt=\"A picture by "), "{shown}");

    // What does not fit is told at the form, and the words are kept.
    let once = key().to_string();
    let fields = [("key", once.as_str()), ("body", "my words")];
    let answer = form(&alice, parts(&fields, &[("image1", b"<svg/>")])).await;
    assert_eq!(answer.status(), 422);
    let told = answer.text().await.unwrap();
    assert!(
        told.contains("Pictures are PNG, JPEG, WebP or GIF files")
            && told.contains(">my words</textarea>"),
        "{told}"
    );
    t.stop().await;
}

fn read(archive: &mut zip::ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = vec![];
    let mut member = archive
        .by_name(name)
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    member.read_to_end(&mut bytes).unwrap();
    bytes
}

#[rstest]
#[tokio::test]
async fn exports_carry_the_pictures(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    let of_alice = pictured(&alice, lobby).await;
    let of_bob = pictured(&bob, lobby).await;
    let removed = pictured(&alice, lobby).await;
    delete(&alice, &format!("/api/v1/messages/{}", removed.id)).await;
    let archive = async |path: &str| {
        let bytes = alice.get(path).await.bytes().await.unwrap().to_vec();
        zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive")
    };
    let member = |message: &Message| format!("images/{}.png", message.images[0].id);

    let mut channel = archive(&routes::channel_export(EVENT, "lobby")).await;
    let lines = String::from_utf8(read(&mut channel, "messages.jsonl")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["removed"], false);
    assert_eq!(
        first["images"],
        json!([{ "id": of_alice.images[0].id, "alt": "A red door", "width": 60, "height": 40 }])
    );
    for said in [&of_alice, &of_bob] {
        let pixels = read(&mut channel, &member(said));
        assert_eq!(image::load_from_memory(&pixels).unwrap().width(), 60);
    }
    assert!(channel.by_name(&member(&removed)).is_err());
    let page = String::from_utf8(read(&mut channel, "messages.html")).unwrap();
    assert!(page.contains("A red door"), "{page}");

    let mut own = archive("/account/export.zip").await;
    assert!(!read(&mut own, &member(&of_alice)).is_empty());
    assert!(own.by_name(&member(&of_bob)).is_err());
    let lines = String::from_utf8(read(&mut own, "messages.jsonl")).unwrap();
    assert!(lines.contains("A red door"), "{lines}");

    let organiser = t.person("Olga", Role::Organiser).await;
    let link = crate::chat_exports::whole_chat(&t, &organiser).await;
    let bytes = organiser.get(&link).await.bytes().await.unwrap().to_vec();
    let mut whole = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for said in [&of_alice, &of_bob] {
        assert!(!read(&mut whole, &format!("lobby/{}", member(said))).is_empty());
    }
    t.stop().await;
}

/// As in the test of reactions: the island's reducer must reach the same end.
#[rstest]
#[tokio::test]
async fn pictures_lead_from_the_state_before_to_the_state_after(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Attendee).await;
    let lobby = t.lobby().await;
    let first = pictured(&alice, lobby).await;
    let before = t.visitor().history(lobby).await;
    let mut live = t.visitor().live().await;
    live.subscribe(&format!("channel:{lobby}"), Some(before.seq))
        .await;
    pictured(&alice, lobby).await;
    delete(&alice, &format!("/api/v1/messages/{}", first.id)).await;
    let mut events: Vec<Value> = vec![];
    for _ in 0..2 {
        let frame = live.next_of("event").await;
        events.push(json!({ "seq": frame["seq"], "event": frame["event"] }));
    }
    let after = t.visitor().history(lobby).await;
    assert_eq!(events.last().unwrap()["seq"], after.seq);
    let mut fixture = json!({ "before": before, "events": events, "after": after });
    settle_urls(&mut fixture);
    crate::messages::check_fixture("chat/fixtures/images.json", &fixture);
    t.stop().await;
}

/// A picture's address holds its id, which is another in each run.
fn settle_urls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(settle_urls),
        Value::Object(fields) => {
            for name in ["url", "thumbnail"] {
                if let Some(url) = fields.get_mut(name) {
                    *url = json!(format!("/images/{name}"));
                }
            }
            fields.values_mut().for_each(settle_urls);
        }
        _ => {}
    }
}

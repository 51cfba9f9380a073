//! The JSON API: reading a programme and a chat, writing under a key, and how
//! it refuses.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, ORIGIN};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::summits::{Answer, BASE, EVENT, Summit};

const KEY: &str = "0198f3a2-7c1e-7b60-9f0a-5d2c41e0a7b3";
const OTHER_KEY: &str = "0198f3a2-7c1e-7b60-9f0a-5d2c41e0a7b4";

fn assert_problem(answer: &Answer, word: &str, status: u16) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problems/{word}"));
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn a_programme_is_read_without_an_account() {
    let summit = Summit::open().await;
    let events = summit.get("/api/v1/events").await.json();
    assert_eq!(events["events"][0]["slug"], EVENT);
    assert_eq!(events["events"][0]["zone"], "Europe/Berlin");
    let path = format!("/api/v1/events/{EVENT}/schedule");
    let schedule = summit.get(&path).await;
    let sessions = schedule.json()["sessions"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    assert_eq!(sessions[0]["title"], "A talk");
    assert_eq!(sessions[0]["start"], "2026-02-06T10:00:00+01:00");
    assert_eq!(sessions[0]["minutes"], 30);
    assert_eq!(sessions[0]["room"], "main");
    assert_eq!(sessions[0]["room_name"], "Main");
    assert_eq!(sessions[0]["speakers"], json!(["Ada"]));
    assert_eq!(sessions[0]["state"], "planned");
    assert_eq!(sessions[0]["recording"], Value::Null);
    let again = Request::get(&path).header(IF_NONE_MATCH, schedule.header("etag"));
    let again = summit.ask(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
}

#[tokio::test]
async fn a_stage_tells_what_is_on_and_what_is_next() {
    let summit = Summit::open().await;
    let stage = summit
        .get(&format!("/api/v1/events/{EVENT}/stages/main"))
        .await
        .json();
    assert_eq!(stage["playlist"], format!("/hls/{EVENT}/main/index.m3u8"));
    assert_eq!(stage["live"], false);
    assert_eq!(stage["now"]["title"], "A talk");
    assert_eq!(stage["now"]["live"], false);
    assert_eq!(stage["next"]["title"], "Another talk");
    assert_eq!(stage["viewers"], 0);
}

#[tokio::test]
async fn a_message_sent_twice_under_its_key_is_posted_once() {
    let summit = Summit::open().await;
    let path = format!("/api/v1/channels/{}/messages", summit.lobby().await);
    let body = json!({"body": "Hello *all*", "key": KEY});
    let first = summit.send("POST", &path, &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!(first.json()["source"], "Hello *all*");
    assert_eq!(first.json()["author"]["name"], "Ada");
    let second = summit.send("POST", &path, &body).await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(second.json(), first.json());
    let page = summit.get(&path).await.json();
    assert_eq!(page["messages"], json!([first.json()]));
    assert_eq!(page["seq"], 1);
    assert_eq!(page["more_before"], false);
}

#[tokio::test]
async fn a_history_is_read_page_by_page() {
    let summit = Summit::open().await;
    let path = format!("/api/v1/channels/{}/messages", summit.lobby().await);
    for n in 1..=5_u128 {
        let key = uuid::Uuid::from_u128(n);
        let posted = summit
            .send("POST", &path, &json!({"body": format!("{n}"), "key": key}))
            .await;
        assert_eq!(posted.status, StatusCode::CREATED);
    }
    let page = async |query: &str| {
        let page = summit.get(&format!("{path}?{query}")).await.json();
        let sources: Vec<String> = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["source"].as_str().unwrap().to_owned())
            .collect();
        (sources.join(" "), page["more_before"].as_bool().unwrap())
    };
    assert_eq!(page("limit=2").await, ("4 5".into(), true));
    assert_eq!(page("limit=2&before=4").await, ("2 3".into(), true));
    assert_eq!(page("limit=2&before=2").await, ("1".into(), false));
    assert_eq!(page("after=3").await, ("4 5".into(), true));
    for query in [
        "limit=0",
        "limit=101",
        "before=x",
        "before=1&after=1",
        "colour=1",
    ] {
        assert_problem(
            &summit.get(&format!("{path}?{query}")).await,
            "invalid",
            422,
        );
    }
}

#[tokio::test]
async fn a_reaction_is_added_and_taken_back() {
    let summit = Summit::open().await;
    let path = format!("/api/v1/channels/{}/messages", summit.lobby().await);
    let message = summit
        .send("POST", &path, &json!({"body": "hi", "key": KEY}))
        .await
        .json();
    let reactions = format!(
        "/api/v1/messages/{}/reactions",
        message["id"].as_str().unwrap()
    );
    let react = json!({"emoji": "👍", "key": OTHER_KEY});
    let added = summit.send("PUT", &reactions, &react).await;
    assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.text());
    let page = summit.get_signed_in(&path).await.json();
    let standing = json!([{"emoji": "👍", "count": 1, "mine": true}]);
    assert_eq!(page["messages"][0]["reactions"], standing);
    let undo = json!({"emoji": "👍", "key": uuid::Uuid::from_u128(9)});
    let removed = summit.send("DELETE", &reactions, &undo).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.text());
    let page = summit.get(&path).await.json();
    // None are left out, of the page that was kept a moment ago too.
    let message = page["messages"][0].as_object().unwrap();
    assert!(message.contains_key("id") && !message.contains_key("reactions"));
    let word = json!({"emoji": "yes", "key": uuid::Uuid::from_u128(10)});
    assert_problem(&summit.send("PUT", &reactions, &word).await, "invalid", 422);
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_with_its_place() {
    let summit = Summit::open().await;
    let path = format!("/api/v1/channels/{}/messages", summit.lobby().await);
    let send = async |kind: &str, body: String| {
        let request = summit
            .signed_in(Request::post(&path))
            .header(CONTENT_TYPE, kind);
        summit.ask(request.body(Body::from(body)).unwrap()).await
    };
    let detail = |answer: &Answer| {
        let problem = assert_problem(answer, "invalid", 422);
        problem["detail"].as_str().unwrap().to_owned()
    };
    let broken = send("application/json", "{\"body\": \"hi\",\n\"key\"}".into()).await;
    assert!(detail(&broken).contains("line 2 column 6"));
    let unknown = format!("{{\"body\": \"hi\", \"key\": \"{KEY}\", \"admin\": true}}");
    assert!(detail(&send("application/json", unknown).await).contains("`admin`"));
    let deep = format!("{{\"body\": {}", "[".repeat(30_000));
    assert!(detail(&send("application/json", deep).await).contains("line 1 column"));
    let form = send("application/x-www-form-urlencoded", "body=hi".into()).await;
    assert!(detail(&form).contains("application/json"));
    let empty = summit
        .send("POST", &path, &json!({"body": " ", "key": KEY}))
        .await;
    assert!(detail(&empty).contains("body"));
    let long = send(
        "application/json",
        format!("{{\"body\": \"{}\"}}", "x".repeat(70_000)),
    )
    .await;
    assert_problem(&long, "too-large", 413);
    assert_eq!(summit.get(&path).await.json()["messages"], json!([]));
}

#[tokio::test]
async fn what_a_reader_may_not_have_is_refused() {
    let summit = Summit::open().await;
    let lobby = summit.lobby().await;
    let path = format!("/api/v1/channels/{lobby}/messages");
    let visitor = Request::post(&path).header(CONTENT_TYPE, "application/json");
    let body = json!({"body": "hi", "key": KEY}).to_string();
    let visitor = summit.ask(visitor.body(Body::from(body)).unwrap()).await;
    assert_problem(&visitor, "sign-in-needed", 401);
    assert_problem(&summit.get("/api/v1/account").await, "sign-in-needed", 401);
    assert_eq!(
        summit.get_signed_in("/api/v1/account").await.json()["name"],
        "Ada"
    );
    let wrong = Request::get("/api/v1/account")
        .header(AUTHORIZATION, "Bearer 0123456789abcdef0123456789abcdef");
    assert_problem(
        &summit.ask(wrong.body(Body::empty()).unwrap()).await,
        "sign-in-needed",
        401,
    );
    for path in [
        "/api/v1/nothing",
        "/api/v1/events/nothing",
        "/api/v1/events/nothing/schedule",
        "/api/v1/channels/nothing/messages",
        "/api/v1/channels/0198f3a2-7c1e-7b60-9f0a-5d2c41e0a7b3/messages",
        "/api/v1/events/hall26/stages/nothing",
    ] {
        assert_problem(&summit.get_signed_in(path).await, "not-found", 404);
    }
    summit.close_to_visitors().await;
    assert_problem(&summit.get(&path).await, "sign-in-needed", 401);
    let stage = format!("/api/v1/events/{EVENT}/stages/main");
    assert_problem(&summit.get(&stage).await, "sign-in-needed", 401);
    assert_eq!(summit.get_signed_in(&stage).await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let summit = Summit::open().await;
    let path = format!("/api/v1/channels/{}/messages", summit.lobby().await);
    let post = async |origin: &str| {
        let request = summit
            .signed_in(Request::post(&path))
            .header(CONTENT_TYPE, "application/json")
            .header(ORIGIN, origin);
        let body = json!({"body": "hi", "key": KEY}).to_string();
        summit.ask(request.body(Body::from(body)).unwrap()).await
    };
    assert_problem(&post("https://evil.example").await, "wrong-origin", 403);
    assert_problem(
        &post("http://localhost.evil.example").await,
        "wrong-origin",
        403,
    );
    assert_eq!(post(BASE).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_document_is_given_out() {
    let summit = Summit::open().await;
    let document = summit.get("/api/v1/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert!(
        document.json()["openapi"]
            .as_str()
            .unwrap()
            .starts_with("3.1.")
    );
}

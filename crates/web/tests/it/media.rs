//! Media over HTTP, as far as nobody publishes: who may ask, and what there is.

use http::StatusCode;

use crate::summits::{EVENT, Summit};

#[tokio::test]
async fn a_stage_with_nothing_on_has_no_playlist() {
    let summit = Summit::open().await;
    for file in [
        "index.m3u8",
        "live.m3u8",
        "live.m3u8?_HLS_msn=1&_HLS_part=0",
        "segment-1.m4s",
        "x/../index.m3u8",
    ] {
        let answer = summit.get(&format!("/hls/{EVENT}/main/{file}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["type"], "/problems/not-found");
    }
    let code = summit
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json()["sessions"][0]["code"]
        .clone();
    let recording = format!("/hls/{EVENT}/talk/{}/index.m3u8", code.as_str().unwrap());
    assert_eq!(summit.get(&recording).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_visitors_may_not_watch_asks_them_to_sign_in() {
    let summit = Summit::open().await;
    summit.close_to_visitors().await;
    let playlist = format!("/hls/{EVENT}/main/index.m3u8");
    let visitor = summit.get(&playlist).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
    assert_eq!(visitor.json()["type"], "/problems/sign-in-needed");
    assert!(visitor.header("access-control-allow-origin").is_empty());
    // Allowed in, to an empty stage.
    assert_eq!(
        summit.get_signed_in(&playlist).await.status,
        StatusCode::NOT_FOUND
    );
}

//! Media over HTTP: who may ask, what a player gets of a real publisher
//! (ffmpeg), and what it gets where nobody publishes.

use std::process::Stdio;
use std::time::Duration;

use axum::body::Body;
use hallway_bus::{Received, Receiver};
use hallway_model::access::Actor;
use hallway_protocol::Event;
use hallway_service::stages::{EndSession, StartSession};
use http::header::IF_NONE_MATCH;
use http::{Request, StatusCode};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::summits::{EVENT, Summit};

/// Two cores may be busy with builds.
const PATIENCE: Duration = Duration::from_secs(40);

async fn publish(summit: &Summit) -> Child {
    let operator = Actor::operator();
    let key = summit.service.rotate_stream_key(&operator, EVENT, "main");
    let key = key.await.unwrap();
    let server = summit.stages.rtmp_address();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-re", "-f", "lavfi"])
        .args(["-i", "testsrc2=size=320x180:rate=30", "-f", "lavfi"])
        .args(["-i", "sine=frequency=440:sample_rate=48000"])
        .args(["-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast"])
        .args(["-pix_fmt", "yuv420p", "-g", "30", "-f", "flv"])
        .arg(format!("rtmp://{server}/live/{}", key.reveal()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    ffmpeg.spawn().expect("ffmpeg is installed")
}

async fn until(bus: &mut Receiver, wanted: impl Fn(&Event) -> bool) {
    let found = async {
        loop {
            match bus.receive().await {
                Received::Envelope(envelope) if wanted(&envelope.event) => return,
                Received::Envelope(_) => {}
                other => panic!("the bus lost events: {other:?}"),
            }
        }
    };
    timeout(PATIENCE, found).await.expect("the event comes");
}

/// What a playlist says after `tag`, up to the next comma, quote or line end.
fn said<'a>(playlist: &'a str, tag: &str) -> Vec<&'a str> {
    let ends = ['"', ',', '\n'];
    playlist
        .split(tag)
        .skip(1)
        .filter_map(|rest| rest.split(ends).next())
        .collect()
}

#[tokio::test]
async fn a_player_follows_a_stage_and_then_its_recording() {
    let summit = Summit::open().await;
    let mut bus = summit.service.bus().subscribe();
    let _encoder = publish(&summit).await;
    until(&mut bus, |event| {
        matches!(event, Event::BroadcastStarted { .. })
    })
    .await;
    let schedule = summit
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json();
    let code = schedule["sessions"][0]["code"].as_str().unwrap().to_owned();
    let operator = Actor::operator();
    let start = StartSession {
        event: EVENT.into(),
        code: code.clone(),
    };
    summit.service.write(&operator, None, start).await.unwrap();

    let folder = format!("/hls/{EVENT}/main");
    let stage = summit
        .get(&format!("/api/v1/events/{EVENT}/stages/main"))
        .await
        .json();
    assert_eq!(stage["live"], true);
    let multivariant = summit.get(stage["playlist"].as_str().unwrap()).await;
    assert_eq!(
        multivariant.status,
        StatusCode::OK,
        "{}",
        multivariant.text()
    );
    assert_eq!(
        multivariant.header("content-type"),
        "application/vnd.apple.mpegurl"
    );
    assert_eq!(multivariant.header("cache-control"), "public, no-cache");
    assert_eq!(multivariant.header("access-control-allow-origin"), "*");
    assert!(multivariant.text().contains("\nlive.m3u8\n"));
    assert!(multivariant.text().ends_with("\naudio-live.m3u8\n"));

    // Waits for the second segment from here, which takes some seconds.
    let present = summit.get(&format!("{folder}/live.m3u8")).await;
    let first: u64 = said(present.text(), "#EXT-X-MEDIA-SEQUENCE:")[0]
        .parse()
        .unwrap();
    let far = summit
        .get(&format!("{folder}/live.m3u8?_HLS_msn={}", first + 9_999))
        .await;
    assert_eq!(far.status, StatusCode::BAD_REQUEST);
    assert_eq!(far.json()["type"], "/problems/too-far-ahead");
    let blocked = summit
        .get(&format!("{folder}/live.m3u8?_HLS_msn={}", first + 1))
        .await;
    assert_eq!(blocked.status, StatusCode::OK, "{}", blocked.text());
    assert_eq!(blocked.header("cache-control"), "public, max-age=1");
    let segments: Vec<&str> = blocked
        .text()
        .lines()
        .filter(|line| line.ends_with(".m4s"))
        .collect();
    assert!(segments.len() >= 2, "{}", blocked.text());
    let map = said(blocked.text(), "#EXT-X-MAP:URI=\"")[0];
    let part = said(blocked.text(), "URI=\"")
        .into_iter()
        .find(|uri| uri.contains("part-"))
        .unwrap();
    for file in [map, segments[0], part] {
        let piece = summit.get(&format!("{folder}/{file}")).await;
        assert_eq!(piece.status, StatusCode::OK, "{file}");
        assert_eq!(piece.header("content-type"), "video/mp4");
        assert_eq!(
            piece.header("cache-control"),
            "public, max-age=3600, immutable"
        );
        let length: usize = piece.header("content-length").parse().unwrap();
        assert_eq!(length, piece.body.len());
        assert!(
            matches!(&piece.body[4..8], b"ftyp" | b"styp" | b"moof"),
            "{file}"
        );
    }

    let end = EndSession {
        event: EVENT.into(),
        code: code.clone(),
    };
    summit.service.write(&operator, None, end).await.unwrap();
    until(&mut bus, |event| {
        matches!(event, Event::RecordingPublished { .. })
    })
    .await;
    let schedule = summit
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json();
    let path = schedule["sessions"][0]["recording"]
        .as_str()
        .unwrap()
        .to_owned();
    let playlist = summit.get(&path).await;
    assert_eq!(playlist.status, StatusCode::OK, "{}", playlist.text());
    assert!(playlist.text().trim_end().ends_with("#EXT-X-ENDLIST"));
    let segment = playlist
        .text()
        .lines()
        .find(|line| line.ends_with(".m4s"))
        .unwrap();
    let segment = path.replace("index.m3u8", segment);
    let piece = summit.get(&segment).await;
    assert_eq!(piece.status, StatusCode::OK);
    assert_eq!(piece.header("content-type"), "video/mp4");
    let again = Request::get(&segment).header(IF_NONE_MATCH, piece.header("etag"));
    let again = summit.ask(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    let nothing = summit
        .get(&path.replace("index.m3u8", "segment-9999.m4s"))
        .await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

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

//! Who gets onto a stage, and what the desk is told of them.

use std::time::Duration;

use hallway_packager::{Live, Piece, Reload, Variant};
use hallway_protocol::Event;
use hallway_protocol::stages::{HealthProblem, StageHealth};
use hallway_service::stages::AllowTakeover;
use tokio::time::Instant;

use crate::summits::{EVENT, Encoder, Summit, pass};

const A_WHILE: Duration = Duration::from_secs(30);

fn is_away(health: &StageHealth) -> bool {
    matches!(health.problems[..], [HealthProblem::Away { .. }])
}

async fn text(live: &Live) -> String {
    let playlist = live.playlist(Variant::Source, Reload::default()).await;
    String::from_utf8(playlist.unwrap().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_opens_nothing() {
    let summit = Summit::open().await;
    summit.key().await;
    let mut encoder = summit.publish("0123456789abcdefghjkmnpqrstvwxyz");
    assert!(!encoder.ends().await.success());
    assert!(summit.stages.live(summit.room).is_none());
    assert_eq!(summit.stages.health(summit.room), StageHealth::default());
    assert!(summit.broadcasts().await.is_empty());
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    let mut second = summit.publish(&key);
    assert!(!second.ends().await.success());
    pass(&live, 1_000).await;
    assert_eq!(summit.broadcasts().await.len(), 1);
    // Once the first has gone, the stage is free.
    encoder.stop().await;
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    let (_encoder, next) = summit.on_air(&key).await;
    pass(&next, 500).await;
    assert_eq!(summit.broadcasts().await.len(), 2);
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_in_time_goes_on_with_the_same_broadcast() {
    let mut summit = Summit::that_waits(A_WHILE).await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    pass(&live, 1_000).await;
    encoder.stop().await;
    let away = summit.until_told(is_away).await;
    assert!(!away.publishing && away.video.is_none());
    assert!(!live.status().ended);
    let back = summit.publish(&key);
    summit.until_told(|health| health.publishing).await;
    pass(&live, 2_500).await;
    assert_eq!(
        text(&live).await.matches("#EXT-X-DISCONTINUITY\n").count(),
        1
    );
    assert_eq!(summit.broadcasts().await.len(), 1);
    // A new key ends it although nobody is there.
    back.stop().await;
    summit.until_told(is_away).await;
    summit.key().await;
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    assert!(live.status().ended);
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_away_has_left() {
    let mut summit = Summit::that_waits(Duration::from_secs(2)).await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    encoder.stop().await;
    let left = Instant::now();
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    assert!(left.elapsed() >= Duration::from_secs(2));
    assert!(live.status().ended);
    summit
        .until_told(|health| *health == StageHealth::default())
        .await;
    let (_encoder, _) = summit.on_air(&key).await;
    assert_eq!(summit.broadcasts().await.len(), 2);
    // A server that stops waits for nobody.
    let stopping = Instant::now();
    summit.close().await;
    assert!(stopping.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_that_it_is_done_is_not_waited_for() {
    let mut summit = Summit::that_waits(A_WHILE).await;
    let key = summit.key().await;
    let mut encoder = Encoder::start_for(3, summit.stages.rtmp_address(), &key);
    summit
        .until(|event| matches!(event, Event::BroadcastStarted { .. }))
        .await;
    assert!(encoder.ends().await.success());
    let done = Instant::now();
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    assert!(done.elapsed() < Duration::from_secs(10));
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_takes_over_when_the_desk_says_so() {
    let mut summit = Summit::that_waits(A_WHILE).await;
    let key = summit.key().await;
    let (mut first, live) = summit.on_air(&key).await;
    assert!(!summit.publish(&key).ends().await.success());
    let refused = |health: &StageHealth| health.problems.contains(&HealthProblem::Refused);
    summit.until_told(refused).await;
    let (event, room) = (EVENT.to_owned(), "main".to_owned());
    summit.command(AllowTakeover { event, room }).await;
    summit
        .until(|event| matches!(event, Event::TakeoverAllowed { .. }))
        .await;
    let _second = summit.publish(&key);
    first.ends().await;
    summit
        .until_told(|health| health.publishing && !refused(health))
        .await;
    pass(&live, 2_000).await;
    assert_eq!(summit.broadcasts().await.len(), 1);
    // The word held for one.
    assert!(!summit.publish(&key).ends().await.success());
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_cuts_its_publisher_off_within_two_seconds() {
    let mut summit = Summit::open().await;
    let old = summit.key().await;
    let (mut encoder, live) = summit.on_air(&old).await;
    let rotated = Instant::now();
    let new = summit.key().await;
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    let took = rotated.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    encoder.ends().await;
    assert!(live.status().ended);
    // Players still reach the end of it.
    assert!(summit.stages.live(summit.room).is_some());
    assert!(!summit.publish(&old).ends().await.success());
    summit.on_air(&new).await;
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn players_find_the_files_that_the_playlists_name() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    let (_encoder, live) = summit.on_air(&key).await;
    pass(&live, 2_500).await;
    let stages = &summit.stages;
    let file = |path: &str| stages.live_file(summit.room, path);
    let (live, playlist) = file("live.m3u8").unwrap();
    let playlist = live.file(playlist, Reload::default()).await.unwrap();
    let playlist = String::from_utf8(playlist.concat()).unwrap();
    let segment = playlist.lines().find(|line| !line.starts_with('#'));
    let (live, named) = file(segment.unwrap()).unwrap();
    assert!(matches!(named.piece, Piece::Segment(_)));
    let whole = live.file(named, Reload::default()).await.unwrap();
    // The sound by itself, the same way.
    let (live, playlist) = file("audio-live.m3u8").unwrap();
    let playlist = live.file(playlist, Reload::default()).await.unwrap();
    let playlist = String::from_utf8(playlist.concat()).unwrap();
    let segment_of_sound = playlist.lines().find(|line| !line.starts_with('#'));
    let (live, named) = file(segment_of_sound.unwrap()).unwrap();
    let sound = live.file(named, Reload::default()).await.unwrap();
    assert!((1..whole.concat().len()).contains(&sound.concat().len()));
    // Not without its broadcast, not of another one, nothing but files of ours.
    assert!(file("segment-0.m4s").is_none() && file("audio-index.m3u8").is_none());
    assert!(file("00000000-0000-7000-8000-000000000001/segment-0.m4s").is_none());
    assert!(file(&segment.unwrap().replace("segment", "../segment")).is_none());
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_told_what_comes_and_what_is_missing() {
    let mut summit = Summit::open().await;
    let mut changes = summit.stages.health_changes();
    let key = summit.key().await;
    let silent = Encoder::start(summit.stages.rtmp_address(), &key, false);
    let (mut told, mut last): (Vec<StageHealth>, Option<Instant>) = (vec![], None);
    loop {
        let (room, health) = changes.recv().await.unwrap();
        assert_eq!(room, summit.room);
        let gap = last.replace(Instant::now()).map(|last| last.elapsed());
        assert!(gap.is_none_or(|gap| gap > Duration::from_millis(800)));
        told.push(health);
        if told.last().unwrap().problems == [HealthProblem::NoAudio] {
            break;
        }
        assert!(told.len() < 20, "{told:?}");
    }
    let health = told.last().unwrap();
    assert!(health.publishing && health.recording);
    assert_eq!((health.width, health.height), (Some(320), Some(180)));
    assert!(health.video.as_deref().unwrap().starts_with("avc1."));
    assert_eq!(health.audio, None);
    assert_eq!(health.keyframe_interval_ms, Some(1_000));
    assert!(health.kbps.unwrap() > 0);
    assert!(health.encoder.as_deref().unwrap().starts_with("Lavf"));
    silent.stop().await;
    summit
        .until(|event| matches!(event, Event::BroadcastEnded { .. }))
        .await;
    while changes.recv().await.unwrap().1 != StageHealth::default() {}
    assert_eq!(summit.stages.health(summit.room), StageHealth::default());
    summit.close().await;
}

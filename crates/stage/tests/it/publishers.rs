//! Who gets onto a stage, and what the desk is told of them.

use std::time::Duration;

use hallway_packager::{Piece, Reload};
use hallway_protocol::Event;
use hallway_protocol::stages::{HealthProblem, StageHealth};
use tokio::time::Instant;

use crate::summits::{Encoder, Summit, pass};

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

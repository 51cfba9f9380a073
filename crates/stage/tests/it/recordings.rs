//! What is kept of a stage, and what is not.

use std::time::Duration;

use hallway_blob::Key;
use hallway_media::WallTime;
use hallway_model::stages::RecordingState;
use hallway_protocol::Event;
use hallway_service::Service;
use hallway_stage::{StageError, Stages};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::summits::{Summit, TALK, UNRECORDED, decoded_pictures, open_stages, pass, probe};

fn published(event: &Event) -> bool {
    matches!(event, Event::RecordingPublished { .. })
}

fn ended(event: &Event) -> bool {
    matches!(event, Event::BroadcastEnded { .. })
}

async fn millis(summit: &Summit) -> i64 {
    match summit.recording(TALK).await.unwrap().state {
        RecordingState::Published { millis } => millis,
        other => panic!("not published: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_watched_within_ten_seconds_of_its_end() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    let (_encoder, live) = summit.on_air(&key).await;
    pass(&live, 1_500).await;
    summit.start_session(TALK).await;
    pass(&live, 5_000).await;
    summit.end_session(TALK).await;
    let over = Instant::now();
    summit.until(published).await;
    assert!(over.elapsed() < Duration::from_secs(10));

    let recording = summit.recording(TALK).await.unwrap();
    let cue = recording.to - recording.from;
    let millis = millis(&summit).await;
    // From the keyframe at or before the cue (they are 1 s apart) to the part
    // that holds the other cue (a fifth of a second).
    assert!(
        (cue.0 - 100..=cue.0 + 1_500).contains(&millis),
        "{millis} {cue:?}"
    );
    let (playlist, path) = summit.download(&recording).await;
    assert!(playlist.ends_with("#EXT-X-ENDLIST\n"));
    let (streams, seconds) = probe(&path).await;
    assert_eq!(
        streams,
        [
            json!({"codec_name": "h264", "width": 320, "height": 180}),
            json!({"codec_name": "aac", "channels": 1}),
        ]
    );
    let expected = millis as f64 / 1_000.0;
    assert!((seconds - expected).abs() < 0.2, "{seconds} {expected}");
    let pictures = decoded_pictures(&path).await as f64;
    assert!((pictures - expected * 30.0).abs() < 6.0, "{pictures}");

    for name in [
        "live.m3u8",
        "part-0-0.m4s",
        "segment-99.m4s",
        "../index.m3u8",
    ] {
        let piece = summit.stages.recording_piece(recording.id, name).await;
        assert!(matches!(piece, Err(StageError::NotFound)), "{name}");
    }
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_came_back_leaves_one_recording() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    summit.start_session(TALK).await;
    pass(&live, 3_000).await;
    encoder.stop().await;
    summit.until(ended).await;
    let (_encoder, live) = summit.on_air(&key).await;
    pass(&live, 3_000).await;
    summit.end_session(TALK).await;
    summit.until(published).await;

    let recording = summit.recording(TALK).await.unwrap();
    assert!(millis(&summit).await > 5_000);
    let (playlist, path) = summit.download(&recording).await;
    assert_eq!(playlist.matches("#EXT-X-DISCONTINUITY\n").count(), 1);
    assert_eq!(playlist.matches("#EXT-X-ENDLIST").count(), 1);
    let (streams, _) = probe(&path).await;
    assert_eq!(streams[0]["codec_name"], "h264");
    let cuts = summit.blobs.list(&Key::new("cuts").unwrap()).await.unwrap();
    assert_eq!(cuts, []);
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_nothing_on_the_stage_says_so() {
    let mut summit = Summit::open().await;
    summit.start_session(TALK).await;
    summit.end_session(TALK).await;
    let settled = async |summit: &Summit| {
        let recording = summit.recording(TALK).await.unwrap();
        (recording.state != RecordingState::Cutting).then_some(recording.state)
    };
    let state = loop {
        if let Some(state) = settled(&summit).await {
            break state;
        }
        summit
            .until(|event| matches!(event, Event::ProgrammeChanged { .. }))
            .await;
    };
    let RecordingState::Missing { reason } = state else {
        panic!("{state:?}");
    };
    assert_eq!(
        reason,
        "Nothing was published on the stage during this session."
    );
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_record_keeps_no_byte() {
    let mut summit = Summit::open().await;
    summit.forbid_recording().await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    summit.start_session(TALK).await;
    // Over two segments.
    pass(&live, 4_500).await;
    summit.end_session(TALK).await;
    encoder.stop().await;
    summit.until(ended).await;
    for prefix in ["broadcasts", "recordings", "cuts"] {
        let kept = summit.blobs.list(&Key::new(prefix).unwrap()).await.unwrap();
        assert_eq!(kept, [], "{prefix}");
    }
    assert_eq!(summit.recording(TALK).await, None);
    summit.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_recorded_is_not_kept_and_the_session_before_is_whole() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    let (encoder, live) = summit.on_air(&key).await;
    summit.start_session(TALK).await;
    pass(&live, 3_000).await;
    // Ends the talk too.
    summit.start_session(UNRECORDED).await;
    let began = WallTime(summit.service.now().0);
    summit.until(published).await;
    pass(&live, 5_000).await;
    let over = WallTime(summit.service.now().0);
    summit.end_session(UNRECORDED).await;
    // Kept again after it.
    pass(&live, 5_000).await;
    encoder.stop().await;
    summit.until(ended).await;

    let cue = summit.recording(TALK).await.unwrap();
    let (cue, length) = (cue.to - cue.from, millis(&summit).await);
    assert!(length >= cue.0 - 100, "{length} {cue:?}");
    assert_eq!(summit.recording(UNRECORDED).await, None);
    let kept = summit.kept().await;
    // The cut of the talk may hold recording up for a second, so that one
    // segment may reach into what follows; none begins there.
    let within = |&&(from, to): &&(WallTime, WallTime)| {
        (began.0 + 1_000..over.0).contains(&from.0) || (began.0 + 1_400..over.0).contains(&to.0)
    };
    assert_eq!(
        kept.iter().filter(within).count(),
        0,
        "{kept:?} {began:?} {over:?}"
    );
    assert!(kept.iter().any(|(from, _)| *from < began), "{kept:?}");
    assert!(kept.iter().any(|(from, _)| *from >= over), "{kept:?}");
    summit.close().await;
}

/// A server on a thread of its own. Once it is killed none of its tasks moves
/// again: they are dropped in the midst of what they did.
struct Doomed {
    kill: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Doomed {
    async fn open(service: Service) -> (Self, Stages) {
        let (kill, killed) = oneshot::channel();
        let (opened, stages) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let stages = open_stages(service, CancellationToken::new()).await;
                opened.send(stages).unwrap();
                killed.await.unwrap();
            });
        });
        (Self { kill, thread }, stages.await.unwrap())
    }

    async fn kill(self) {
        self.kill.send(()).unwrap();
        let dead = tokio::task::spawn_blocking(|| self.thread.join());
        dead.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_recording_is_cut_from_what_was_kept() {
    let mut summit = Summit::open().await;
    let key = summit.key().await;
    summit.stop.cancel();
    summit.stages.stopped().await;
    let (doomed, stages) = Doomed::open(summit.service.clone()).await;
    summit.stages = stages;
    let (_encoder, live) = summit.on_air(&key).await;
    summit.start_session(TALK).await;
    pass(&live, 6_500).await;
    doomed.kill().await;
    summit.end_session(TALK).await;
    assert_eq!(summit.service.open_broadcasts().await.unwrap().len(), 1);

    summit.stop = CancellationToken::new();
    summit.stages = open_stages(summit.service.clone(), summit.stop.clone()).await;
    assert_eq!(summit.service.open_broadcasts().await.unwrap(), []);
    summit.until(published).await;
    let recording = summit.recording(TALK).await.unwrap();
    // All but the segment that was open.
    assert!(millis(&summit).await >= 4_000);
    let (_, path) = summit.download(&recording).await;
    assert!(decoded_pictures(&path).await > 100);
    summit.close().await;
}

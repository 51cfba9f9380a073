//! Readers of a broadcast, waiting and not.

use hallway_media::Item;

use super::*;
use crate::{
    Packager,
    segmenters::tests::{both, stream},
};

const SOURCE: Variant = Variant::Source;
const NOW: Reload = Reload {
    msn: None,
    part: None,
    skip: false,
};

fn until(msn: u64, part: Option<u32>) -> Reload {
    Reload {
        msn: Some(msn),
        part,
        skip: false,
    }
}

struct Broadcast {
    packager: Packager,
    live: Live,
}

impl Broadcast {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let mut packager = Packager::new(settings);
        packager.handle(Item::Tracks(both()), WallTime(0)).unwrap();
        let live = packager.live();
        Self { packager, live }
    }

    /// Plays `from..to` seconds with a keyframe every second.
    fn play(&mut self, from: i64, to: i64) {
        for frame in stream(from, to, 30) {
            let now = WallTime(frame.dts.as_millis());
            self.packager.handle(Item::Frame(frame), now).unwrap();
        }
    }

    async fn text(&self) -> String {
        self.text_of(SOURCE, NOW).await
    }

    async fn text_of(&self, variant: Variant, reload: Reload) -> String {
        let bytes = self.live.playlist(variant, reload).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

#[tokio::test]
async fn before_the_first_part_there_is_nothing() {
    let broadcast = Broadcast::new();
    assert_eq!(
        broadcast.live.playlist(SOURCE, NOW).await,
        Err(LiveError::NotStarted)
    );
    assert_eq!(
        broadcast.live.playlist(SOURCE, until(0, Some(0))).await,
        Err(LiveError::NotStarted)
    );
    assert_eq!(broadcast.live.multivariant(), Err(LiveError::NotStarted));
    assert_eq!(
        broadcast.live.part(SOURCE, 0, 0).await,
        Err(LiveError::Gone)
    );
    assert!(!broadcast.live.status().started);
}

#[tokio::test(start_paused = true)]
async fn everyone_who_waits_gets_the_same_bytes() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let status = broadcast.live.status();
    assert_eq!(
        (status.msn, status.parts),
        (2, 4),
        "the newest picture is still held back"
    );
    let wait = |msn, part| {
        let live = broadcast.live.clone();
        tokio::spawn(async move { live.playlist(SOURCE, until(msn, part)).await })
    };
    let waiting = [
        wait(2, Some(4)),
        wait(2, Some(4)),
        wait(2, None),
        wait(3, Some(0)),
    ];
    tokio::task::yield_now().await;
    assert!(waiting.iter().all(|task| !task.is_finished()));
    broadcast.play(5, 6);
    tokio::task::yield_now().await;
    assert!(waiting[0].is_finished() && !waiting[2].is_finished() && !waiting[3].is_finished());
    broadcast.play(6, 7);
    let mut got = Vec::new();
    for task in waiting {
        got.push(task.await.unwrap().unwrap());
    }
    assert_eq!(
        got[0].as_ptr(),
        got[1].as_ptr(),
        "rendered once, shared by all"
    );
    let whole = String::from_utf8(got[2].to_vec()).unwrap();
    assert!(whole.contains("\nsegment-2.m4s\n"), "{whole}");
    assert!(
        String::from_utf8(got[3].to_vec())
            .unwrap()
            .contains("part-3-0.m4s\"")
    );
}

#[tokio::test(start_paused = true)]
async fn a_stalled_stream_lets_go_after_three_target_durations() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let began = tokio::time::Instant::now();
    assert_eq!(
        broadcast.live.playlist(SOURCE, until(3, Some(0))).await,
        Err(LiveError::Stalled)
    );
    assert_eq!(began.elapsed().as_secs(), 6);
    assert_eq!(
        broadcast.live.part(SOURCE, 2, 4).await,
        Err(LiveError::Stalled)
    );
    assert_eq!(began.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_promised_is_refused_at_once() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let began = tokio::time::Instant::now();
    for (msn, part, error) in [
        (None, Some(1), LiveError::PartWithoutSegment),
        (Some(5), None, LiveError::TooFarAhead),
        (Some(u64::MAX), Some(0), LiveError::TooFarAhead),
        (Some(2), Some(99), LiveError::TooFarAhead),
        (Some(3), Some(u32::MAX), LiveError::TooFarAhead),
    ] {
        assert_eq!(
            broadcast
                .live
                .playlist(
                    SOURCE,
                    Reload {
                        msn,
                        part,
                        skip: false
                    }
                )
                .await,
            Err(error)
        );
    }
    for (msn, index) in [(2, 5), (3, 0), (7, 0), (0, 10)] {
        assert_eq!(
            broadcast.live.part(SOURCE, msn, index).await,
            Err(LiveError::Gone)
        );
    }
    assert_eq!(
        broadcast.live.segment(SOURCE, 2),
        Err(LiveError::Gone),
        "still open"
    );
    assert_eq!(broadcast.live.init(SOURCE, 1), Err(LiveError::Gone));
    assert_eq!(began.elapsed().as_millis(), 0);
}

#[tokio::test]
async fn what_is_there_is_given_at_once() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let now = broadcast.live.playlist(SOURCE, NOW).await.unwrap();
    for (msn, part) in [(0, None), (1, Some(0)), (2, Some(1)), (1, Some(10))] {
        let got = broadcast
            .live
            .playlist(SOURCE, until(msn, part))
            .await
            .unwrap();
        assert_eq!(got.as_ptr(), now.as_ptr(), "{msn} {part:?}");
    }
    let segment = broadcast.live.segment(SOURCE, 1).unwrap();
    assert_eq!(segment.len(), 10);
    let first = broadcast.live.part(SOURCE, 1, 0).await.unwrap();
    assert_eq!(
        segment[0].as_ptr(),
        first.as_ptr(),
        "a segment is its parts, not a copy"
    );
    assert!(
        broadcast
            .live
            .init(SOURCE, 0)
            .unwrap()
            .windows(4)
            .any(|four| four == b"avcC")
    );
}

#[tokio::test(start_paused = true)]
async fn the_hinted_part_is_waited_for() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    assert!(
        broadcast
            .text()
            .await
            .contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"part-2-4.m4s\"\n")
    );
    let live = broadcast.live.clone();
    let waiting = tokio::spawn(async move { live.part(SOURCE, 2, 4).await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    broadcast.play(5, 6);
    let part = waiting.await.unwrap().unwrap();
    assert_eq!(part, broadcast.live.part(SOURCE, 2, 4).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_never_comes_true_is_answered() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 4);
    broadcast.packager.pause(WallTime(4_000)).unwrap();
    let live = broadcast.live.clone();
    let waiting = tokio::spawn(async move { live.part(SOURCE, 2, 0).await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    broadcast.packager.end(WallTime(4_000)).unwrap();
    assert_eq!(waiting.await.unwrap(), Err(LiveError::Gone));
}

#[tokio::test(start_paused = true)]
async fn the_end_is_said_and_nobody_waits_any_longer() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let live = broadcast.live.clone();
    let waiting = tokio::spawn(async move { live.playlist(SOURCE, until(3, Some(0))).await });
    tokio::task::yield_now().await;
    broadcast.packager.end(WallTime(5_000)).unwrap();
    let last = String::from_utf8(waiting.await.unwrap().unwrap().to_vec()).unwrap();
    assert!(last.ends_with("segment-2.m4s\n#EXT-X-ENDLIST\n"), "{last}");
    assert!(!last.contains("PRELOAD-HINT") && !last.contains("CAN-BLOCK-RELOAD"));
    assert!(broadcast.live.status().ended);
    assert_eq!(
        broadcast.live.part(SOURCE, 3, 0).await,
        Err(LiveError::Gone)
    );
}

#[tokio::test]
async fn the_window_slides_and_keeps_what_just_left() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 61);
    let text = broadcast.text().await;
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:18\n"), "{text}");
    assert_eq!(text.matches("#EXTINF").count(), 12);
    assert_eq!(
        text.matches("#EXT-X-PART:").count(),
        3 * 10 + 4,
        "parts only near the end"
    );
    let held: Vec<_> = (0..31)
        .filter(|&msn| broadcast.live.segment(SOURCE, msn).is_ok())
        .collect();
    assert_eq!(
        held.first(),
        Some(&14),
        "some that left the playlist can still be fetched"
    );
    assert_eq!(broadcast.live.segment(SOURCE, 13), Err(LiveError::Gone));
}

#[tokio::test]
async fn bytes_bound_the_window_too() {
    let settings = Settings {
        window_bytes: 20_000,
        ..Settings::default()
    };
    let mut broadcast = Broadcast::with(settings);
    broadcast.play(0, 61);
    let window = broadcast.live.window();
    let bytes: usize = window.segments.iter().map(held).sum();
    let largest = window.segments.iter().map(held).max().unwrap();
    assert!(bytes <= 20_000 + largest, "{bytes}");
    assert!(window.segments.len() >= FEWEST);
}

#[tokio::test]
async fn discontinuities_are_counted_as_they_leave() {
    let mut broadcast = Broadcast::new();
    for round in 0..8 {
        broadcast.play(0, 4);
        broadcast.packager.pause(WallTime(round * 4_000)).unwrap();
    }
    let text = broadcast.text().await;
    // Sixteen segments, a discontinuity before every second one but the first:
    // before 2, 4, 6, ... of which 2 and 4 have left (4 is the oldest shown).
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:4\n"), "{text}");
    assert!(text.contains("#EXT-X-DISCONTINUITY-SEQUENCE:2\n"), "{text}");
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 5);
}

#[tokio::test]
async fn long_segments_are_owned_up_to() {
    let mut packager = Packager::new(Settings::default());
    packager.handle(Item::Tracks(both()), WallTime(0)).unwrap();
    let live = packager.live();
    for frame in stream(0, 21, 300) {
        let now = WallTime(frame.dts.as_millis());
        packager.handle(Item::Frame(frame), now).unwrap();
    }
    let text = String::from_utf8(live.playlist(SOURCE, NOW).await.unwrap().to_vec()).unwrap();
    assert!(text.contains("#EXT-X-TARGETDURATION:10\n"), "{text}");
}

#[tokio::test]
async fn the_multivariant_playlist_names_codecs_and_size() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let text = String::from_utf8(broadcast.live.multivariant().unwrap().to_vec()).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#EXTM3U"));
    let rendition = lines
        .find(|line| line.starts_with("#EXT-X-STREAM-INF:BANDWIDTH="))
        .unwrap();
    assert!(
        rendition.contains("CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720"),
        "{rendition}"
    );
    assert_eq!(lines.next(), Some("live.m3u8"));
    let sound = lines.next().unwrap();
    assert!(
        sound.ends_with("CODECS=\"mp4a.40.2\"") && !sound.contains("RESOLUTION"),
        "{sound}"
    );
    assert_eq!(lines.next(), Some("audio-live.m3u8"));
    let bandwidth = |line: &str| -> u64 {
        let (_, rest) = line.split_once(",AVERAGE-BANDWIDTH=").unwrap();
        rest.split(',').next().unwrap().parse().unwrap()
    };
    assert!(bandwidth(sound) < bandwidth(rendition));
}

#[tokio::test]
async fn the_sound_has_a_playlist_of_its_own_with_the_same_numbers() {
    let mut broadcast = Broadcast::new();
    broadcast.play(0, 5);
    let source = broadcast.text().await;
    let sound = broadcast.text_of(Variant::AudioOnly, NOW).await;
    assert!(
        source
            .ends_with("#EXT-X-RENDITION-REPORT:URI=\"audio-live.m3u8\",LAST-MSN=2,LAST-PART=3\n")
    );
    assert!(sound.ends_with("#EXT-X-RENDITION-REPORT:URI=\"live.m3u8\",LAST-MSN=2,LAST-PART=3\n"));
    let renamed = sound.replace("audio-", "").replace(",INDEPENDENT=YES", "");
    let (renamed, _) = renamed.split_once("#EXT-X-RENDITION-REPORT").unwrap();
    let source = source.replace(",INDEPENDENT=YES", "");
    let (source, _) = source.split_once("#EXT-X-RENDITION-REPORT").unwrap();
    assert_eq!(renamed, source);
    let live = &broadcast.live;
    let part = live.part(Variant::AudioOnly, 1, 0).await.unwrap();
    assert!(part.len() < live.part(SOURCE, 1, 0).await.unwrap().len());
    assert_eq!(live.segment(Variant::AudioOnly, 1).unwrap()[0], part);
    assert!(live.init(Variant::AudioOnly, 0).is_ok());
}

#[tokio::test]
async fn a_stream_without_pictures_has_one_variant() {
    let mut packager = Packager::new(Settings::default());
    let tracks = both().audio_only().unwrap();
    packager.handle(Item::Tracks(tracks), WallTime(0)).unwrap();
    let live = packager.live();
    for frame in stream(0, 5, 30) {
        let now = WallTime(frame.dts.as_millis());
        packager.handle(Item::Frame(frame), now).unwrap();
    }
    let multivariant = live.multivariant().unwrap();
    let multivariant = std::str::from_utf8(&multivariant).unwrap();
    assert_eq!(multivariant.matches("#EXT-X-STREAM-INF").count(), 1);
    let audio_only = Variant::AudioOnly;
    assert_eq!(live.playlist(audio_only, NOW).await, Err(LiveError::Gone));
    assert_eq!(live.init(audio_only, 0), Err(LiveError::Gone));
    assert_eq!(live.segment(audio_only, 0), Err(LiveError::Gone));
    assert_eq!(live.part(audio_only, 0, 0).await, Err(LiveError::Gone));
}

#[tokio::test]
async fn who_knows_what_is_old_may_leave_it_out() {
    let mut broadcast = Broadcast::new();
    let skip = Reload { skip: true, ..NOW };
    broadcast.play(0, 13);
    let (full, short) = (
        broadcast.live.playlist(SOURCE, NOW).await.unwrap(),
        broadcast.live.playlist(SOURCE, skip).await.unwrap(),
    );
    assert_eq!(full.as_ptr(), short.as_ptr(), "all of it is near the end");
    broadcast.play(13, 61);
    let text = broadcast.text_of(SOURCE, skip).await;
    // 12 segments of 2 s and 0.8 s; what ends 12 s before the end stays.
    assert!(text.contains("#EXT-X-SKIP:SKIPPED-SEGMENTS=6\n"), "{text}");
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:18\n"), "{text}");
    assert_eq!(text.matches("#EXTINF").count(), 6);
    assert!(!text.contains("#EXT-X-MAP"), "the same as before");
    broadcast.packager.end(WallTime(61_000)).unwrap();
    let live = broadcast.live;
    let last = live.playlist(SOURCE, skip).await.unwrap();
    assert_eq!(last, live.playlist(SOURCE, NOW).await.unwrap());
}

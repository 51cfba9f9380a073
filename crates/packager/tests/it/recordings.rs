//! Recordings: what is kept, what is cut out of it, and what a crash leaves.

use std::time::Duration;

use bytes::Bytes;
use hallway_blob::{Blobs, Key};
use hallway_media::{MediaTime, WallTime};
use hallway_packager::{Cut, CutError, CutOrder, Index, Packager, Recorder, Settings, Variant};
use tempfile::TempDir;

use crate::clips::{self, BEGAN, Clip};

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn at(millis: i64) -> WallTime {
    WallTime(BEGAN.0 + millis)
}

struct Studio {
    folder: TempDir,
    blobs: Blobs,
    recorder: Recorder,
    packager: Packager,
}

impl Studio {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::disk(folder.path()).await.unwrap();
        let recorder = Recorder::open(blobs.clone(), key("broadcasts/b1"))
            .await
            .unwrap();
        let packager = Packager::new(Settings::default());
        Self {
            folder,
            blobs,
            recorder,
            packager,
        }
    }

    fn recording(mut self) -> Self {
        self.packager.record(Some(self.recorder.clone()));
        self
    }

    async fn play(&mut self, clip: &Clip) {
        for (now, item) in &clip.items {
            self.packager.handle(item.clone(), *now).unwrap();
            // As live streams do, the clip leaves the disk time between frames.
            self.packager.show_kept(Duration::from_secs(5)).await;
        }
    }

    async fn cut(&self, from: i64, to: i64) -> Result<Cut, CutError> {
        let order = CutOrder {
            from: at(from),
            to: at(to),
            into: key("recordings/r1"),
        };
        self.recorder.cut(Some(&self.packager.live()), order).await
    }

    fn path(&self, cut: &Cut) -> String {
        self.folder
            .path()
            .join(cut.playlist.as_str())
            .to_str()
            .unwrap()
            .to_owned()
    }
}

/// ffprobe and ffmpeg read the cut, it is as long as it says and begins with a keyframe.
fn check(path: &str, cut: &Cut) {
    let video = clips::packets(path, "v");
    let audio = clips::packets(path, "a");
    assert!(video[0].3, "begins with a keyframe");
    for lane in [&video, &audio] {
        assert!(lane.is_sorted_by(|a, b| a.0 < b.0));
        let (first, last) = (lane[0], lane[lane.len() - 1]);
        let spans = last.0 + last.2 - first.0;
        assert!(
            (spans - cut.duration.as_seconds()).abs() < 0.1,
            "{spans} {cut:?}"
        );
    }
    clips::run(
        "ffmpeg",
        &[
            "-xerror",
            "-allowed_extensions",
            "ALL",
            "-i",
            path,
            "-f",
            "null",
            "-",
        ],
    );
}

#[tokio::test]
async fn a_segment_is_shown_whole_when_it_is_on_the_disk() {
    let mut studio = Studio::new().await.recording();
    let live = studio.packager.live();
    let mut shown = 0;
    for (now, item) in clips::clip(12, 45).items {
        studio.packager.handle(item, now).unwrap();
        studio.packager.show_kept(Duration::from_secs(10)).await;
        while live.segment(Variant::Source, shown).is_ok() {
            let kept = Index::load(&studio.blobs, &key("broadcasts/b1")).await;
            assert!(kept.unwrap().entries().any(|entry| entry.msn == shown));
            shown += 1;
        }
    }
    assert!(shown >= 4, "{shown} segments");
}

#[tokio::test]
async fn a_disk_that_fails_does_not_hold_the_picture() {
    let mut studio = Studio::new().await.recording();
    std::fs::remove_dir_all(studio.folder.path()).unwrap();
    std::fs::write(studio.folder.path(), "no folder").unwrap();
    let live = studio.packager.live();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let patience = Duration::from_millis(250);
    for (now, item) in clips::clip(20, 45).items {
        studio.packager.handle(item, now).unwrap();
        studio.packager.show_kept(patience).await;
    }
    assert!(live.status().msn >= 8, "{:?}", live.status());
    // For the segment the disk is at and the one behind it; for no other.
    let waited = began.elapsed();
    assert!(waited < patience * 3, "{waited:?}");
    std::fs::remove_file(studio.folder.path()).unwrap();
}

#[tokio::test]
async fn a_cut_begins_at_the_keyframe_before_its_cue_and_outlives_the_broadcast() {
    let mut studio = Studio::new().await.recording();
    studio.play(&clips::clip(20, 45)).await;
    let cut = studio.cut(5_700, 13_200).await.unwrap();
    // Keyframes every 1.5 s: the one before 5.7 s is at 4.5 s.
    assert_eq!(cut.starts, at(4_500));
    let ends = cut.ends.millis_since(at(13_200));
    assert!(
        (0..340).contains(&ends),
        "ends with the part that holds the cue: {ends}"
    );
    assert_eq!(cut.duration.as_millis(), cut.ends.millis_since(cut.starts));
    assert_eq!(cut.missing, 0);
    studio.recorder.delete().await.unwrap();
    assert_eq!(studio.blobs.list(&key("broadcasts")).await.unwrap(), []);
    check(&studio.path(&cut), &cut);
}

#[tokio::test]
async fn a_cue_inside_a_segment_and_inside_a_part_is_met_to_the_keyframe() {
    let mut studio = Studio::new().await.recording();
    // Keyframes 13 pictures apart: not where parts begin.
    studio.play(&clips::clip(12, 13)).await;
    for from in [3_100, 4_000, 4_650] {
        let cut = studio.cut(from, 9_000).await.unwrap();
        let early = at(from).millis_since(cut.starts);
        assert!((0..434).contains(&early), "{early} ms early");
        check(&studio.path(&cut), &cut);
    }
}

#[tokio::test]
async fn the_end_need_not_wait_for_the_next_keyframe() {
    let mut studio = Studio::new().await.recording();
    // One keyframe in ten seconds: at 14 s a segment is open since 10 s.
    let mut clip = clips::clip(20, 300);
    clip.items.retain(|(now, _)| *now < at(14_000));
    studio.play(&clip).await;
    let cut = studio.cut(2_000, 14_000).await.unwrap();
    assert_eq!(cut.starts, at(0));
    assert!(cut.ends >= at(13_600), "{cut:?}");
    check(&studio.path(&cut), &cut);
    // The live stream goes on untouched.
    assert_eq!(
        studio.packager.live().segment(Variant::Source, 1),
        Err(hallway_packager::LiveError::Gone)
    );
}

#[tokio::test]
async fn a_cut_across_a_publisher_that_came_back_plays_through() {
    let mut studio = Studio::new().await.recording();
    let clip = clips::clip(6, 30);
    studio.play(&clip).await;
    studio.packager.pause(at(6_000)).unwrap();
    let later = clip
        .items
        .into_iter()
        .map(|(now, item)| (WallTime(now.0 + 10_000), item));
    studio
        .play(&Clip {
            items: later.collect(),
        })
        .await;
    studio.packager.pause(at(16_000)).unwrap();
    let cut = studio.cut(1_500, 14_000).await.unwrap();
    assert_eq!(cut.starts, at(1_000));
    let text = studio.blobs.get(&cut.playlist).await.unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{text}");
    assert_eq!(cut.missing, 0);
    assert!(
        (cut.duration.as_seconds() - 9.0).abs() < 0.4,
        "the pause is not in it: {:?}",
        cut.duration
    );
    check(&studio.path(&cut), &cut);
    // Begun in the pause, a cut does not fetch the end of what was before.
    assert_eq!(studio.cut(8_000, 14_000).await.unwrap().starts, at(10_000));
}

#[tokio::test]
async fn without_a_recorder_nothing_is_ever_written() {
    let mut studio = Studio::new().await;
    studio.play(&clips::clip(8, 30)).await;
    studio.recorder.settle().await;
    assert_eq!(studio.blobs.list(&key("broadcasts")).await.unwrap(), []);
    assert!(matches!(
        studio.cut(0, 8_000).await,
        Err(CutError::NothingRecorded)
    ));
}

#[tokio::test]
async fn only_what_was_asked_for_is_kept() {
    let mut studio = Studio::new().await;
    let clip = clips::clip(20, 30);
    for (now, item) in &clip.items {
        let media = now.millis_since(BEGAN);
        // On at 5 s, in the middle of a segment; off at 13 s, likewise.
        if media >= 5_000 && studio.recorder.status().segments == 0 && media < 5_100 {
            studio.packager.record(Some(studio.recorder.clone()));
        }
        if (13_000..13_100).contains(&media) {
            studio.packager.record(None);
        }
        studio.packager.handle(item.clone(), *now).unwrap();
        tokio::task::yield_now().await;
    }
    studio.recorder.settle().await;
    let index = studio.recorder.index();
    let kept: Vec<_> = index
        .entries()
        .map(|entry| entry.starts().millis_since(BEGAN))
        .collect();
    assert_eq!(kept, [6_000, 8_000, 10_000]);
    let cut = studio.cut(0, 20_000).await.unwrap();
    assert_eq!((cut.starts, cut.ends), (at(6_000), at(12_000)));
}

#[tokio::test]
async fn every_closed_segment_is_there_after_a_crash() {
    let mut studio = Studio::new().await.recording();
    studio.play(&clips::clip(15, 30)).await;
    studio.recorder.settle().await;
    let before: Vec<_> = studio.recorder.index().entries().cloned().collect();
    assert_eq!(before.len(), 7);

    // What a killed process may leave: a sidecar missing, and what a broken
    // disk may: one cut short, one of rubbish.
    let folder = studio.folder.path().join("broadcasts/b1");
    std::fs::remove_file(folder.join("segment-6.json")).unwrap();
    let torn = std::fs::read(folder.join("segment-3.json")).unwrap();
    std::fs::write(folder.join("segment-3.json"), &torn[..torn.len() / 2]).unwrap();
    std::fs::write(folder.join("segment-0.json"), b"\0\0\0").unwrap();
    std::fs::write(studio.folder.path().join(".tmp/1-1"), &torn).unwrap();

    let blobs = Blobs::disk(studio.folder.path()).await.unwrap();
    blobs.sweep().await.unwrap();
    let index = Index::load(&blobs, &key("broadcasts/b1")).await.unwrap();
    let after: Vec<_> = index.entries().cloned().collect();
    assert_eq!(after, before);

    // Another process goes on, with numbers of its own, and cuts across both.
    let recorder = Recorder::open(blobs.clone(), key("broadcasts/b1"))
        .await
        .unwrap();
    assert_eq!((recorder.resume().msn, recorder.resume().init), (8, 1));
    let settings = Settings {
        resume: recorder.resume(),
        ..Settings::default()
    };
    let packager = Packager::new(settings);
    let mut studio = Studio {
        recorder,
        blobs,
        packager,
        ..studio
    }
    .recording();
    let later = clips::clip(6, 30)
        .items
        .into_iter()
        .map(|(now, item)| (WallTime(now.0 + 20_000), item));
    studio
        .play(&Clip {
            items: later.collect(),
        })
        .await;
    studio.packager.pause(at(26_000)).unwrap();
    let cut = studio.cut(10_500, 25_000).await.unwrap();
    assert_eq!((cut.starts, cut.missing), (at(10_000), 0));
    check(&studio.path(&cut), &cut);
}

#[tokio::test]
async fn a_disk_that_lags_costs_segments_and_says_so() {
    let mut studio = Studio::new().await.recording();
    // No time for the disk at all: the writer cannot run until this is through.
    for (now, item) in &clips::clip(60, 30).items {
        studio.packager.handle(item.clone(), *now).unwrap();
    }
    let status = studio.recorder.status();
    assert_eq!(
        (status.segments, status.lost),
        (0, 13),
        "16 wait, the rest is lost"
    );
    // What has left the live window too is missing in the cut; it says so.
    studio.recorder.settle().await;
    assert_eq!(studio.recorder.status().segments, 16);
    assert_eq!(
        studio.recorder.status().duration,
        MediaTime::from_millis(32_000)
    );
    let cut = studio.cut(0, 60_000).await.unwrap();
    assert_eq!(
        cut.missing, 0,
        "those in the live window were rescued: {cut:?}"
    );
    check(&studio.path(&cut), &cut);
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let mut studio = Studio::new().await.recording();
    studio.play(&clips::clip(5, 30)).await;
    assert!(matches!(
        studio.cut(3_000, 3_000).await,
        Err(CutError::Backwards)
    ));
    assert!(matches!(
        studio.cut(60_000, 90_000).await,
        Err(CutError::NothingRecorded)
    ));
    assert!(matches!(
        studio.cut(-9_000, -1_000).await,
        Err(CutError::NothingRecorded)
    ));
    for into in ["broadcasts", "broadcasts/b1", "broadcasts/b1/cut"] {
        let order = CutOrder {
            from: at(0),
            to: at(4_000),
            into: key(into),
        };
        let refused = studio.recorder.cut(None, order).await;
        assert!(matches!(refused, Err(CutError::Overlaps)), "{into}");
    }
    assert_eq!(studio.recorder.index().entries().count(), 2);
}

#[tokio::test]
async fn a_cut_is_made_again_in_place() {
    let mut studio = Studio::new().await.recording();
    studio.play(&clips::clip(12, 30)).await;
    let long = studio.cut(0, 10_000).await.unwrap();
    studio
        .blobs
        .put(
            &key("recordings/r1/segment-99.m4s"),
            Bytes::from_static(b"left over"),
        )
        .await
        .unwrap();
    let short = studio.cut(4_000, 6_000).await.unwrap();
    assert!(short.bytes < long.bytes && short.segments < long.segments);
    let names = studio.blobs.list(&key("recordings/r1")).await.unwrap();
    assert_eq!(names.len() as u32, short.segments + 2, "{names:?}");
    check(&studio.path(&short), &short);
}

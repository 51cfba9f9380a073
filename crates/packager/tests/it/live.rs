//! Live: every playlist by the rules, every part by ffprobe.

use std::fs;

use hallway_media::WallTime;
use hallway_packager::{Live, LiveFile, Packager, Piece, Reload, Settings, Variant};

use crate::{
    clips::{self, Clip},
    rules::{self, Playlist},
};

async fn playlist(live: &Live) -> Option<Playlist> {
    read(live, Variant::Source, false).await
}

async fn read(live: &Live, variant: Variant, skip: bool) -> Option<Playlist> {
    let reload = Reload {
        skip,
        ..Reload::default()
    };
    let bytes = live.playlist(variant, reload).await.ok()?;
    Some(rules::read(std::str::from_utf8(&bytes).unwrap()))
}

/// A playlist of each variant, by whole and by what changed.
async fn all(live: &Live, before: &[Playlist]) -> Vec<Playlist> {
    let mut all = vec![];
    for (position, variant) in Variant::ALL.into_iter().enumerate() {
        let Some(whole) = read(live, variant, false).await else {
            continue;
        };
        if let Some(before) = before.get(position) {
            whole.follows(before);
            let changed = read(live, variant, true).await.unwrap();
            assert_eq!(changed.onto(before), whole);
        }
        all.push(whole);
    }
    // Each says how far the other is.
    if let [source, sound] = &all[..] {
        for (one, other) in [(source, sound), (sound, source)] {
            let Some(newest) = other.segments.iter().flat_map(|s| &s.parts).next_back() else {
                continue;
            };
            let Piece::Part(msn, index) = LiveFile::parse(&newest.1).unwrap().piece else {
                panic!("{newest:?}")
            };
            let told = one.reports.iter().map(|told| (told.1, told.2));
            assert!(one.ended || told.eq([(msn, index)]), "{one:?}");
        }
    }
    all
}

/// Plays a clip and checks the playlist after every frame.
async fn play(packager: &mut Packager, clip: &Clip) {
    let live = packager.live();
    let mut before = all(&live, &[]).await;
    for (now, item) in &clip.items {
        packager.handle(item.clone(), *now).unwrap();
        before = all(&live, &before).await;
    }
}

#[tokio::test]
async fn every_playlist_keeps_the_rules_for_many_keyframe_intervals() {
    for gop in [15, 30, 40, 60, 75, 250] {
        let mut packager = Packager::new(Settings::default());
        play(&mut packager, &clips::clip(20, gop)).await;
        let live = packager.live();
        assert!(playlist(&live).await.unwrap().segments.len() >= 2, "{gop}");
        packager.end(WallTime(clips::BEGAN.0 + 20_000)).unwrap();
        assert!(playlist(&live).await.unwrap().ended);
    }
}

#[tokio::test]
async fn a_publisher_that_comes_back_keeps_the_rules() {
    let mut packager = Packager::new(Settings::default());
    let clip = clips::clip(5, 30);
    for round in 1..4 {
        let again = Clip {
            items: clip
                .items
                .iter()
                .map(|(now, item)| (WallTime(now.0 + round * 8_000), item.clone()))
                .collect(),
        };
        play(&mut packager, &again).await;
        packager
            .pause(WallTime(clips::BEGAN.0 + round * 8_000 + 5_000))
            .unwrap();
    }
    let playlist = playlist(&packager.live()).await.unwrap();
    let breaks = playlist
        .segments
        .iter()
        .filter(|segment| segment.discontinuity);
    assert_eq!(breaks.count(), 2);
    assert!(
        playlist
            .segments
            .iter()
            .all(|segment| segment.map == "init-0.mp4")
    );
}

/// What a player of the live stream would have fetched, part by part.
async fn fetched_by_parts(live: &Live, variant: Variant) -> (Vec<u8>, usize) {
    let playlist = read(live, variant, false).await.unwrap();
    let mut file = live.init(variant, 0).unwrap().to_vec();
    let mut count = 0;
    for segment in &playlist.segments {
        for (_, uri, _) in &segment.parts {
            let named = LiveFile::parse(uri).unwrap();
            assert_eq!(named.variant, variant);
            let part = live.file(named, Reload::default()).await.unwrap().concat();
            assert_eq!(
                part.windows(4).filter(|four| four == b"moof").count(),
                1,
                "one moof per part"
            );
            file.extend_from_slice(&part);
            count += 1;
        }
    }
    (file, count)
}

#[tokio::test]
async fn ffprobe_reads_what_was_packaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut packager = Packager::new(Settings::default());
    // Short enough that all of it is still listed as parts.
    play(&mut packager, &clips::clip(7, 30)).await;
    let live = packager.live();
    packager.pause(WallTime(clips::BEGAN.0 + 7_000)).unwrap();

    let (by_parts, count) = fetched_by_parts(&live, Variant::Source).await;
    assert!(count >= 20, "{count}");
    let mut by_segments = live.init(Variant::Source, 0).unwrap().to_vec();
    for msn in 0..=live.status().msn {
        live.segment(Variant::Source, msn)
            .unwrap()
            .iter()
            .for_each(|part| by_segments.extend_from_slice(part));
    }
    assert_eq!(by_parts, by_segments);

    let path = folder.path().join("live.mp4");
    fs::write(&path, by_parts).unwrap();
    let path = path.to_str().unwrap();
    let video = clips::packets(path, "v");
    let audio = clips::packets(path, "a");
    assert_eq!(video.len(), 210);
    assert_eq!(video.iter().filter(|packet| packet.3).count(), 7);
    for (lane, total) in [(&video, 7.0), (&audio, 7.0)] {
        assert!(lane.is_sorted_by(|a, b| a.0 < b.0), "decode time grows");
        let spans: f64 = lane.iter().map(|packet| packet.2).sum();
        assert!((spans - total).abs() < 0.06, "{spans} s");
        // No hole: each packet begins where the one before ends, but for
        // ffprobe's idea of a frame where RTMP counts whole milliseconds.
        for pair in lane.windows(2) {
            assert!((pair[0].0 + pair[0].2 - pair[1].0).abs() < 2e-3, "{pair:?}");
        }
    }
    let shown = |lane: &[(f64, f64, f64, bool)]| {
        lane.iter().map(|packet| packet.1).fold(f64::MAX, f64::min)
    };
    assert!(
        (shown(&video) - shown(&audio)).abs() < 0.1,
        "picture and sound begin together"
    );
    // And it decodes, without a word of complaint.
    clips::run("ffmpeg", &["-xerror", "-i", path, "-f", "null", "-"]);

    // The sound by itself is all of the sound, and nothing else.
    let (by_parts, _) = fetched_by_parts(&live, Variant::AudioOnly).await;
    let path = folder.path().join("sound.mp4");
    fs::write(&path, by_parts).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(clips::packets(path, "v"), []);
    let times = |lane: &[(f64, f64, f64, bool)]| -> Vec<_> {
        lane.iter().map(|packet| (packet.0, packet.1)).collect()
    };
    assert_eq!(times(&clips::packets(path, "a")), times(&audio));
    clips::run("ffmpeg", &["-xerror", "-i", path, "-f", "null", "-"]);
}

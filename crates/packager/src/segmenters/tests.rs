//! Made-up frames, exact outcomes.

use bytes::Bytes;
use hallway_media::{AacConfig, AvcConfig, Codec, Track};
use proptest::prelude::*;

use super::*;
use crate::{
    fragments::{Timescales, read_parts, timescales},
    pieces::Variant,
    segments::Segment,
};

/// 1280x720, High 3.1.
const AVC_RECORD: &[u8] = &[
    1, 100, 0, 31, 0xff, 0xe1, 0, 28, 103, 100, 0, 31, 172, 217, 128, 80, 5, 187, 1, 106, 2, 2, 2,
    128, 0, 0, 3, 0, 128, 0, 0, 30, 7, 140, 24, 205, 1, 0, 5, 104, 233, 123, 44, 139,
];
const BEGAN: WallTime = WallTime(1_770_000_000_000);

pub(crate) fn video_track() -> Track {
    let avc = AvcConfig::parse(Bytes::from_static(AVC_RECORD)).unwrap();
    Track {
        id: TrackId::VIDEO,
        codec: Codec::H264(avc),
    }
}

pub(crate) fn audio_track(record: &'static [u8]) -> Track {
    let aac = AacConfig::parse(Bytes::from_static(record)).unwrap();
    Track {
        id: TrackId::AUDIO,
        codec: Codec::Aac(aac),
    }
}

const STEREO_48K: &[u8] = &[0x11, 0x90];
const STEREO_44K: &[u8] = &[0x12, 0x10];

pub(crate) fn both() -> Tracks {
    Tracks::new([video_track(), audio_track(STEREO_48K)])
}

pub(crate) fn picture(at: i64, key: bool) -> Frame {
    let dts = MediaTime::from_millis(at);
    let data = Bytes::from_static(&[0, 0, 0, 4, 0x65, 1, 2, 3]);
    Frame {
        track: TrackId::VIDEO,
        dts,
        pts: dts + MediaTime::from_millis(40),
        key,
        data,
    }
}

pub(crate) fn sound(at: i64) -> Frame {
    let dts = MediaTime::from_millis(at);
    Frame {
        track: TrackId::AUDIO,
        dts,
        pts: dts,
        key: true,
        data: Bytes::from_static(&[0x21, 0x10]),
    }
}

/// Pictures at 30/s with a keyframe every `gop`, and sound at 48 kHz, in
/// `from..to` seconds, with timestamps in whole milliseconds as RTMP has them.
pub(crate) fn stream(from: i64, to: i64, gop: i64) -> Vec<Frame> {
    let mut frames: Vec<_> = (from * 30..to * 30)
        .map(|n| picture(n * 1_000 / 30, n % gop == 0))
        .chain((from * 375 / 8..to * 375 / 8).map(|n| sound(n * 64 / 3)))
        .collect();
    frames.sort_by_key(|frame| frame.dts);
    frames
}

struct Cutter {
    segmenter: Segmenter,
    now: WallTime,
    inits: Vec<Init>,
    segments: Vec<Segment>,
}

impl Cutter {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let segmenter = Segmenter::new(settings);
        Self {
            segmenter,
            now: BEGAN,
            inits: Vec::new(),
            segments: Vec::new(),
        }
    }

    fn take(&mut self, item: Item) -> &mut Self {
        self.segmenter.handle(item, self.now).unwrap();
        self.collect()
    }

    fn tracks(&mut self, tracks: Tracks) -> &mut Self {
        self.take(Item::Tracks(tracks))
    }

    /// Each frame comes in as its own time says.
    fn frames(&mut self, frames: impl IntoIterator<Item = Frame>) -> &mut Self {
        let (mut from, began) = (None, self.now);
        for frame in frames {
            self.now = began.plus(frame.dts - *from.get_or_insert(frame.dts));
            self.take(Item::Frame(frame));
        }
        self
    }

    fn flush(&mut self) -> &mut Self {
        self.segmenter.flush(self.now).unwrap();
        self.collect()
    }

    fn collect(&mut self) -> &mut Self {
        while let Some(output) = self.segmenter.poll() {
            match output {
                Output::Init(init) => self.inits.push(init),
                Output::Open(head) => {
                    assert!(self.segments.last().is_none_or(|segment| segment.closed));
                    self.segments.push(Segment {
                        head,
                        parts: Vec::new(),
                        closed: false,
                    });
                }
                Output::Part(part) => {
                    let open = self.segments.last_mut().unwrap();
                    assert_eq!(
                        (part.msn, part.index as usize),
                        (open.head.msn, open.parts.len())
                    );
                    open.parts.push(part);
                }
                Output::Close => self.segments.last_mut().unwrap().closed = true,
            }
        }
        self
    }

    fn durations(&self) -> Vec<i64> {
        self.segments
            .iter()
            .map(|segment| segment.duration().as_millis())
            .collect()
    }

    fn timescales(&self) -> Timescales {
        timescales(&self.inits[0].data).unwrap()
    }

    /// The whole broadcast lies end to end, and what the parts say of
    /// themselves is what we say of them.
    fn check(&self) {
        let mut at = self.segments[0].head.start;
        for segment in &self.segments {
            assert_eq!(segment.head.start, at);
            for part in &segment.parts {
                let facts = read_parts(&part.data, self.timescales());
                assert_eq!(facts.len(), 1);
                assert_eq!(facts[0].bytes, part.data.len());
                assert_eq!(facts[0].keyframes, part.keyframes);
                at = at + part.duration;
            }
        }
    }
}

#[test]
fn a_usual_stream_gives_two_second_segments_of_full_parts() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 9, 30));
    assert_eq!(cutter.durations()[..4], [2_000, 2_000, 2_000, 2_000]);
    for segment in &cutter.segments[..4] {
        assert!(segment.closed && segment.independent());
        let parts: Vec<_> = segment
            .parts
            .iter()
            .map(|part| part.duration.as_millis())
            .collect();
        assert_eq!(parts, [200; 10]);
        let keys: Vec<_> = segment.parts.iter().map(Part::independent).collect();
        let (first, second) = keys.split_at(5);
        assert_eq!(first, [true, false, false, false, false]);
        assert_eq!(second, first);
    }
    cutter.check();
    // The wall clock follows the media, not when it happened to come.
    let times: Vec<_> = cutter
        .segments
        .iter()
        .map(|segment| segment.head.program_date_time.millis_since(BEGAN))
        .collect();
    assert_eq!(times, [0, 2_000, 4_000, 6_000, 8_000]);
}

#[test]
fn usual_rates_fill_their_parts() {
    for rate in [15, 20, 24, 25, 30, 48, 50, 60] {
        let mut cutter = Cutter::new();
        let pictures = (0..6 * rate).map(|n| picture(n * 1_000 / rate, n % (2 * rate) == 0));
        cutter.tracks(Tracks::new([video_track()])).frames(pictures);
        let target = cutter.segmenter.settings.part_target.as_seconds();
        for segment in &cutter.segments[..2] {
            let (_, full) = segment.parts.split_last().unwrap();
            for part in full {
                let share = part.duration.as_seconds() / target;
                assert!((0.85..=1.0).contains(&share), "{rate}: {share}");
            }
        }
    }
}

#[test]
fn the_sound_is_cut_by_itself_where_the_pictures_are() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 5, 30)).flush();
    let init = cutter.inits[0].of(Variant::AudioOnly).unwrap();
    let alone = timescales(init).unwrap();
    let read = |variant, scales| -> Vec<_> {
        let parts = cutter.segments.iter().flat_map(|segment| &segment.parts);
        parts
            .flat_map(|part| read_parts(part.of(variant).unwrap(), scales))
            .collect()
    };
    let sound = read(Variant::AudioOnly, alone);
    let whole = read(Variant::Source, cutter.timescales());
    assert_eq!(sound.len(), whole.len());
    for (sound, whole) in sound.iter().zip(&whole) {
        assert!(sound.bytes < whole.bytes);
        // By at most a block of sound.
        assert!((sound.start - whole.start).as_millis().abs() <= 22);
    }
    for pair in sound.windows(2) {
        assert!((pair[0].start + pair[0].duration - pair[1].start).0.abs() <= 2);
    }
}

#[test]
fn what_is_only_sound_or_has_none_has_no_sound_by_itself() {
    for tracks in [
        Tracks::new([audio_track(STEREO_48K)]),
        Tracks::new([video_track()]),
    ] {
        let mut cutter = Cutter::new();
        cutter.tracks(tracks).frames(stream(0, 3, 30)).flush();
        assert!(cutter.inits[0].of(Variant::AudioOnly).is_none());
        let mut parts = cutter.segments.iter().flat_map(|segment| &segment.parts);
        assert!(parts.all(|part| part.of(Variant::AudioOnly).is_none()));
    }
}

#[test]
fn parts_and_media_agree_to_the_tick() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 7, 60)).flush();
    let starts: Vec<_> = cutter
        .segments
        .iter()
        .flat_map(|segment| {
            read_parts(&segment.data(Variant::Source).concat(), cutter.timescales())
        })
        .collect();
    for pair in starts.windows(2) {
        assert_eq!(pair[0].start + pair[0].duration, pair[1].start);
    }
}

#[test]
fn rare_keyframes_make_long_segments() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 21, 300));
    assert_eq!(cutter.durations()[..2], [10_000, 10_000]);
    cutter.check();
}

#[test]
fn odd_keyframe_intervals_end_segments_where_they_can() {
    for (gop, expected) in [
        (15, 2_000),
        (20, 2_000),
        (36, 1_200),
        (45, 1_500),
        (90, 3_000),
    ] {
        let mut cutter = Cutter::new();
        cutter.tracks(both()).frames(stream(0, 13, gop));
        assert!(
            cutter.durations()[1..3].iter().all(|&is| is == expected),
            "{gop}: {:?}",
            cutter.durations()
        );
        assert!(cutter.segments.iter().all(Segment::independent));
    }
}

#[test]
fn a_stream_without_another_keyframe_is_cut_all_the_same() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 40, 100_000));
    assert!(
        cutter.durations().iter().all(|&length| length <= 12_400),
        "{:?}",
        cutter.durations()
    );
    assert!(cutter.segments.len() >= 3);
    assert!(!cutter.segments[1].independent());
    cutter.check();
}

#[test]
fn a_gap_is_a_discontinuity_on_an_unbroken_timeline() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 3, 30));
    // The first of what follows is sound, a little before the picture.
    cutter.now = BEGAN.plus(MediaTime::from_millis(8_981));
    cutter
        .take(Item::Gap { dropped: 180 })
        .frames(stream(9, 14, 30));
    assert_eq!(cutter.inits.len(), 1);
    let marks: Vec<_> = cutter
        .segments
        .iter()
        .map(|segment| segment.head.discontinuity)
        .collect();
    assert_eq!(marks, [false, false, true, false, false]);
    cutter.check();
    assert_eq!(
        cutter.segments[2]
            .head
            .program_date_time
            .millis_since(BEGAN),
        9_000
    );
    assert_eq!(cutter.segmenter.dropped(), 180);
}

#[test]
fn a_publisher_that_comes_back_goes_on_after_a_discontinuity() {
    let mut cutter = Cutter::new();
    cutter.tracks(both()).frames(stream(0, 3, 30)).flush();
    // The same encoder again: its timestamps start over, its codecs are the same.
    cutter.tracks(both()).frames(stream(0, 3, 30)).flush();
    assert_eq!(cutter.inits.len(), 1);
    // Another one.
    let other = Tracks::new([video_track(), audio_track(STEREO_44K)]);
    cutter.tracks(other).frames(stream(0, 3, 30)).flush();
    assert_eq!(cutter.inits.len(), 2);
    let heads: Vec<_> = cutter
        .segments
        .iter()
        .map(|segment| (segment.head.discontinuity, segment.head.init))
        .collect();
    assert_eq!(
        heads,
        [
            (false, 0),
            (false, 0),
            (true, 0),
            (false, 0),
            (true, 1),
            (false, 1)
        ]
    );
    cutter.check();
}

#[test]
fn leaping_timestamps_start_over() {
    for leap in [-3_000_000, 3_600_000] {
        let mut cutter = Cutter::new();
        let late: Vec<_> = stream(0, 4, 30)
            .into_iter()
            .map(|mut frame| {
                frame.dts = frame.dts + MediaTime::from_millis(4_000 + leap);
                frame.pts = frame.pts + MediaTime::from_millis(4_000 + leap);
                frame
            })
            .collect();
        cutter
            .tracks(both())
            .frames(stream(0, 4, 30))
            .frames(late)
            .flush();
        let total: i64 = cutter.durations().iter().sum();
        assert!((7_990..=8_010).contains(&total), "{leap}: {total}");
        assert_eq!(
            cutter
                .segments
                .iter()
                .filter(|segment| segment.head.discontinuity)
                .count(),
            1
        );
        cutter.check();
    }
}

#[test]
fn sound_alone_is_cut_by_itself() {
    let mut cutter = Cutter::new();
    let tracks = Tracks::new([audio_track(STEREO_48K)]);
    cutter
        .tracks(tracks)
        .frames((0..600).map(|n| sound(n * 64 / 3)));
    assert!(cutter.segments.iter().all(Segment::independent));
    let target = cutter.segmenter.settings.part_target;
    for segment in &cutter.segments[..4] {
        let length = segment.duration().as_millis();
        assert!((1_700..=2_000).contains(&length), "{length}");
        assert!(segment.parts.iter().all(|part| part.duration <= target));
    }
    cutter.check();
}

#[test]
fn rounded_timestamps_leave_no_hole_in_the_sound() {
    let mut cutter = Cutter::new();
    let tracks = Tracks::new([audio_track(STEREO_44K)]);
    // 1024 samples at 44.1 kHz are 23.22 ms; RTMP says 23, 46, 69, 92, 116, ...
    cutter
        .tracks(tracks)
        .frames((0..2_000).map(|n| sound(n * 10_240 / 441)));
    cutter.check();
    let parts: Vec<_> = cutter
        .segments
        .iter()
        .flat_map(|s| read_parts(&s.data(Variant::Source).concat(), cutter.timescales()))
        .collect();
    for pair in parts.windows(2) {
        let (end, next) = (pair[0].start + pair[0].duration, pair[1].start);
        assert!(
            (end - next).0.abs() <= 2,
            "ticks are rounded, samples are not: {end:?} {next:?}"
        );
    }
}

#[test]
fn sound_goes_on_while_the_picture_stands_still() {
    let mut cutter = Cutter::new();
    let mut frames = stream(0, 12, 30);
    frames.retain(|frame| {
        let at = frame.dts.as_millis();
        frame.track == TrackId::AUDIO || !(3_000..8_000).contains(&at)
    });
    cutter.tracks(both()).frames(frames).flush();
    let target = cutter.segmenter.settings.part_target;
    let parts: Vec<_> = cutter
        .segments
        .iter()
        .flat_map(|segment| &segment.parts)
        .collect();
    assert!(
        parts
            .iter()
            .all(|part| part.duration <= target + MediaTime::from_millis(1))
    );
    let total: i64 = cutter.durations().iter().sum();
    assert!((11_990..=12_010).contains(&total), "{total}");
    assert_eq!(
        cutter
            .segments
            .iter()
            .filter(|segment| segment.head.discontinuity)
            .count(),
        0
    );
    cutter.check();
}

#[test]
fn a_drifting_publisher_is_followed_slowly() {
    let mut cutter = Cutter::new();
    cutter.tracks(both());
    // The publisher's clock is 0.1 % slow: its hour takes 3603.6 s.
    for frame in stream(0, 600, 30) {
        cutter.now = BEGAN.plus(MediaTime(frame.dts.0 + frame.dts.0 / 1_000));
        cutter.take(Item::Frame(frame));
    }
    let last = cutter.segments.last().unwrap().head;
    let off = last
        .program_date_time
        .millis_since(BEGAN.plus(MediaTime(last.start.0 + last.start.0 / 1_000)));
    assert!(off.abs() < 100, "{off} ms off after ten minutes");
    for pair in cutter.segments.windows(2) {
        let step = pair[1]
            .head
            .program_date_time
            .millis_since(pair[0].ends_at());
        assert!(step.abs() <= SLIDE_MILLIS, "{step}");
    }
}

#[test]
fn numbers_go_on_where_an_earlier_run_stopped() {
    let start = MediaTime::from_millis(80_000);
    let resume = Resume {
        msn: 40,
        init: 3,
        start,
    };
    let mut cutter = Cutter::with(Settings {
        resume,
        ..Settings::default()
    });
    cutter.tracks(both()).frames(stream(0, 3, 30));
    let head = cutter.segments[0].head;
    assert_eq!(
        (head.msn, head.init, head.start, head.discontinuity),
        (40, 3, start, true)
    );
}

#[test]
fn frames_before_tracks_or_of_no_track_are_counted() {
    let mut cutter = Cutter::new();
    cutter.frames(stream(0, 1, 30));
    assert_eq!(cutter.segmenter.dropped(), 76);
    assert!(cutter.segments.is_empty());
    cutter.tracks(Tracks::new([video_track()])).frames([
        sound(0),
        picture(0, false),
        picture(40, true),
    ]);
    assert_eq!(
        cutter.segmenter.dropped(),
        77,
        "sound before the first picture is not missed"
    );
}

fn any_item() -> impl Strategy<Value = Item> {
    let frame = (
        any::<bool>(),
        -2_000..40_000i64,
        -100..200i64,
        any::<bool>(),
        0..3usize,
    )
        .prop_map(|(video, at, late, key, size)| {
            let frame = if video { picture(at, key) } else { sound(at) };
            let pts = frame.dts + MediaTime::from_millis(late);
            Item::Frame(Frame {
                pts,
                data: frame.data.slice(..size.min(frame.data.len())),
                ..frame
            })
        });
    let steady = (0..900i64, any::<bool>()).prop_map(|(n, key)| Item::Frame(picture(n * 33, key)));
    prop_oneof![
        20 => frame,
        20 => steady,
        1 => Just(Item::Gap { dropped: 1 }),
        1 => Just(Item::Tracks(both())),
        1 => Just(Item::Tracks(Tracks::new([audio_track(STEREO_44K)]))),
        1 => Just(Item::Tracks(Tracks::new([]))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_the_timeline_only_grows(items in prop::collection::vec(any_item(), 0..120)) {
        let mut cutter = Cutter::new();
        cutter.tracks(both());
        for item in items {
            cutter.take(item);
        }
        cutter.flush();
        let mut at = MediaTime::ZERO;
        for (number, segment) in cutter.segments.iter().enumerate() {
            prop_assert_eq!(segment.head.msn, number as u64);
            prop_assert!(segment.head.start >= at, "{:?} after {:?}", segment.head, at);
            prop_assert!(!segment.parts.is_empty());
            at = segment.head.start;
            for part in &segment.parts {
                prop_assert!(part.duration > MediaTime::ZERO);
                at = at + part.duration;
            }
        }
    }
}

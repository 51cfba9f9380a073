//! What is learnt of a publisher.

use super::*;
use crate::dialogues::{AAC_RECORD, AVC_RECORD, picture_tag};

struct Feed {
    publisher: Publisher,
    events: VecDeque<Event>,
}

impl Feed {
    fn new() -> Self {
        Self {
            publisher: Publisher::new(None),
            events: VecDeque::new(),
        }
    }

    fn expecting(mut self, video: f64, audio: f64) -> Self {
        let ids = [("videocodecid", video), ("audiocodecid", audio)];
        let fields = ids.map(|(name, id)| (name.to_owned(), Value::Number(id)));
        self.publisher.metadata(&Value::Object(fields.into()));
        self
    }

    fn video(&mut self, at: u32, tag: &[u8]) -> &mut Self {
        self.publisher
            .video(at, Bytes::copy_from_slice(tag), &mut self.events);
        self
    }

    fn audio(&mut self, at: u32, tag: &[u8]) -> &mut Self {
        self.publisher
            .audio(at, Bytes::copy_from_slice(tag), &mut self.events);
        self
    }

    fn avc(&mut self) -> &mut Self {
        self.video(0, &[&[0x17, 0, 0, 0, 0], AVC_RECORD].concat())
    }

    fn aac(&mut self) -> &mut Self {
        self.audio(0, &[&[0xaf, 0], AAC_RECORD].concat())
    }

    /// Pictures at 25/s in `from..to` ms, a keyframe every `interval` ms.
    fn pictures(&mut self, from: u32, to: u32, interval: u32) -> &mut Self {
        for at in (from..to).step_by(40) {
            self.video(at, &picture_tag(at % interval == 0, 500));
        }
        self
    }

    fn codecs(&self) -> Vec<String> {
        let announced = self.events.iter().filter_map(|event| match event {
            Event::Tracks(tracks) => Some(tracks.codecs()),
            _ => None,
        });
        announced.collect()
    }

    fn facts(&self) -> &Facts {
        &self.publisher.facts
    }
}

#[test]
fn tracks_are_told_together_when_metadata_promises_both() {
    let mut feed = Feed::new().expecting(7.0, 10.0);
    feed.avc();
    assert!(feed.codecs().is_empty());
    feed.aac();
    assert_eq!(feed.codecs(), ["avc1.64001f,mp4a.40.2"]);
    feed.aac().avc();
    assert_eq!(feed.codecs().len(), 1, "said again, not changed");
}

#[test]
fn one_track_is_enough_when_no_other_is_to_come() {
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.avc();
    assert_eq!(feed.codecs(), ["avc1.64001f"]);

    let mut feed = Feed::new().expecting(0.0, 10.0);
    feed.aac();
    assert_eq!(feed.codecs(), ["mp4a.40.2"]);

    // The picture cannot be carried: the sound goes on alone.
    let mut feed = Feed::new().expecting(7.0, 10.0);
    feed.video(0, b"\x90av01\x01").aac();
    assert_eq!(feed.codecs(), ["mp4a.40.2"]);
}

#[test]
fn without_metadata_a_second_track_is_waited_for_but_not_for_ever() {
    let mut feed = Feed::new();
    feed.avc().pictures(0, 960, 2_000);
    assert!(feed.codecs().is_empty());
    feed.pictures(960, 1_080, 2_000);
    assert_eq!(feed.codecs(), ["avc1.64001f"]);
    feed.aac();
    assert_eq!(feed.codecs(), ["avc1.64001f", "avc1.64001f,mp4a.40.2"]);
}

#[test]
fn rates_and_intervals_are_measured() {
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.avc().pictures(0, 6_040, 2_000);
    let facts = feed.facts();
    assert_eq!(facts.keyframe_interval_ms, Some(2_000));
    let rate = facts.frame_rate.unwrap();
    assert!((24.5..25.6).contains(&rate), "{rate}");
    let bitrate = facts.bitrate.unwrap();
    assert!((97_000..104_000).contains(&bitrate), "{bitrate}");
    assert_eq!(facts.problems, []);
}

#[test]
fn rare_keyframes_are_said_while_they_are_rare() {
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.avc().pictures(0, 4_000, 100_000);
    assert_eq!(feed.facts().problems, []);
    feed.pictures(4_000, 6_000, 100_000);
    assert!(matches!(
        feed.facts().problems[..],
        [Problem::RareKeyframes {
            millis: 4_001..=6_000
        }]
    ));
    feed.pictures(6_000, 10_040, 2_000);
    assert_eq!(feed.facts().problems, [], "over once they come often again");
}

#[test]
fn damaged_pictures_are_left_out_and_counted() {
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.avc().pictures(0, 40, 2_000);
    let mut broken = picture_tag(false, 100);
    broken.truncate(50);
    feed.video(40, &broken);
    assert_eq!((feed.facts().frames, feed.facts().damaged), (1, 1));
    assert_eq!(feed.facts().problems, [Problem::DamagedFrames]);
}

#[test]
fn a_profile_that_browsers_cannot_play_is_said() {
    let mut record = AVC_RECORD.to_vec();
    record[1] = 244;
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.video(0, &[&[0x17, 0, 0, 0, 0][..], &record].concat());
    assert_eq!(
        feed.facts().problems,
        [Problem::UnsupportedProfile {
            profile: "High 4:4:4".into()
        }]
    );
}

#[test]
fn timestamps_count_on_past_their_end() {
    let mut feed = Feed::new().expecting(7.0, 0.0);
    feed.avc();
    // A publisher that began 20 ms before the counter wraps.
    feed.publisher.clock = None;
    feed.video(u32::MAX - 19, &picture_tag(true, 100))
        .video(20, &picture_tag(false, 100));
    let times: Vec<_> = feed
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Frame(frame) => Some(frame.dts.as_millis()),
            _ => None,
        })
        .collect();
    assert_eq!(times[1] - times[0], 40);
}

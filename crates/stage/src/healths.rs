//! What the desk is told of a publisher, from what was observed of it. Pure.

use hallway_ingest::{Facts, Problem};
use hallway_model::stages::MAX_KEYFRAME_INTERVAL;
use hallway_protocol::stages::{HealthProblem, StageHealth};

/// A publisher may take this long before what is missing is missed.
const GRACE_MS: u32 = 3_000;
/// A hiccup of the network is shorter.
const SILENT_MS: u32 = 2_000;
/// What every device plays without converting, in Hz.
const USUAL_RATES: [u32; 2] = [44_100, 48_000];
/// Two B-frames at 25 pictures a second hold a picture back for three or four
/// of them; what is held back longer is delay that nobody needs.
const LONG_REORDER_MS: u32 = 200;

/// A connected publisher as its supervisor sees it now. Spans in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    pub facts: Facts,
    pub connected_ms: u32,
    /// Since anything came.
    pub silent_ms: u32,
    pub video: bool,
    pub audio: bool,
    /// How far pictures have gone on since the last keyframe, on their own
    /// timeline: rare keyframes are told before the late one comes.
    pub since_keyframe_ms: u32,
    /// The longest that a picture waited for others that are shown before it.
    pub reorder_ms: u32,
    pub recording: bool,
    pub lost_segments: u32,
    /// Another publisher was refused a moment ago.
    pub refused: bool,
}

/// Nobody sends, and the broadcast waits for its publisher for so long yet.
pub(crate) fn away(left_ms: u32) -> StageHealth {
    // Whole seconds: news once a second, not more often.
    let ms = left_ms.div_ceil(1_000) * 1_000;
    StageHealth {
        problems: vec![HealthProblem::Away { ms }],
        ..StageHealth::default()
    }
}

pub(crate) fn health(seen: &Observed) -> StageHealth {
    let tracks = seen.facts.tracks.as_ref();
    let video = tracks.and_then(|tracks| tracks.video()).map(|(_, avc)| avc);
    let audio = tracks.and_then(|tracks| tracks.audio()).map(|(_, aac)| aac);
    StageHealth {
        publishing: true,
        video: video.map(|avc| avc.codec_string()),
        audio: audio.map(|aac| aac.codec_string()),
        width: video.map(|avc| avc.width),
        height: video.map(|avc| avc.height),
        keyframe_interval_ms: seen.facts.keyframe_interval_ms,
        kbps: seen.facts.bitrate.map(kilobits),
        encoder: seen.facts.encoder.clone(),
        recording: seen.recording,
        problems: problems(seen),
    }
}

fn kilobits(bits: u64) -> u32 {
    u32::try_from(bits / 1_000).unwrap_or(u32::MAX)
}

/// Worst first: what nobody can play, what does not come, what is late, what
/// is not kept.
fn problems(seen: &Observed) -> Vec<HealthProblem> {
    let mut found = vec![];
    let (mut rare_keyframes, mut damaged) = (None, false);
    for problem in &seen.facts.problems {
        match problem {
            Problem::UnsupportedVideo { codec } => found.push(HealthProblem::VideoCodec {
                codec: codec.clone(),
            }),
            Problem::UnsupportedProfile { profile } => found.push(HealthProblem::VideoCodec {
                codec: format!("H.264 {profile}"),
            }),
            Problem::UnsupportedAudio { codec } => found.push(HealthProblem::AudioCodec {
                codec: codec.clone(),
            }),
            Problem::RareKeyframes { millis } => rare_keyframes = Some(*millis),
            Problem::BadConfig { reason } => found.push(HealthProblem::Setup {
                reason: reason.clone(),
            }),
            Problem::DamagedFrames => damaged = true,
            Problem::OutOfOrder | Problem::NoSound { .. } => found.push(HealthProblem::Setup {
                reason: problem.to_string(),
            }),
        }
    }
    if seen.silent_ms >= SILENT_MS {
        // Whole seconds: news once a second, not more often.
        let ms = seen.silent_ms / 1_000 * 1_000;
        found.push(HealthProblem::Silent { ms });
    }
    let named = |wrong: fn(&HealthProblem) -> bool| found.iter().any(wrong);
    let late = seen.connected_ms >= GRACE_MS;
    let no_video = late && !seen.video && !named(|p| matches!(p, HealthProblem::VideoCodec { .. }));
    let no_audio = late && !seen.audio && !named(|p| matches!(p, HealthProblem::AudioCodec { .. }));
    if no_video {
        found.push(HealthProblem::NoVideo);
    }
    if no_audio {
        found.push(HealthProblem::NoAudio);
    }
    let waiting = i64::from(seen.since_keyframe_ms) > MAX_KEYFRAME_INTERVAL.0;
    let waited = waiting.then_some(seen.since_keyframe_ms / 1_000 * 1_000);
    if let Some(ms) = rare_keyframes.max(waited) {
        found.push(HealthProblem::KeyframeInterval { ms });
    }
    if damaged {
        found.push(HealthProblem::Damaged {
            frames: u32::try_from(seen.facts.damaged).unwrap_or(u32::MAX),
        });
    }
    let audio = seen.facts.tracks.as_ref().and_then(|tracks| tracks.audio());
    let rate = audio.map(|(_, aac)| aac.sample_rate);
    if let Some(hz) = rate.filter(|rate| !USUAL_RATES.contains(rate)) {
        found.push(HealthProblem::SampleRate { hz });
    }
    if seen.reorder_ms > LONG_REORDER_MS {
        found.push(HealthProblem::BFrames {
            ms: seen.reorder_ms,
        });
    }
    if seen.refused {
        found.push(HealthProblem::Refused);
    }
    if seen.lost_segments > 0 {
        found.push(HealthProblem::RecordingGap {
            segments: seen.lost_segments,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hallway_media::{AacConfig, Codec, Track, TrackId, Tracks};

    use super::*;

    fn fine() -> Observed {
        Observed {
            connected_ms: 10_000,
            video: true,
            audio: true,
            recording: true,
            ..Observed::default()
        }
    }

    fn with(problem: Problem) -> Observed {
        let mut seen = fine();
        seen.facts.problems.push(problem);
        seen
    }

    #[test]
    fn a_healthy_publisher_has_no_problems() {
        let mut seen = fine();
        seen.facts.bitrate = Some(2_345_678);
        seen.since_keyframe_ms = 4_000;
        let health = health(&seen);
        assert_eq!(health.problems, []);
        assert_eq!(health.kbps, Some(2_345));
        assert!(health.publishing && health.recording);
    }

    #[test]
    fn a_codec_nobody_plays_is_named_and_not_called_missing() {
        let mut seen = with(Problem::UnsupportedVideo {
            codec: "VP6".into(),
        });
        seen.video = false;
        assert_eq!(
            health(&seen).problems,
            [HealthProblem::VideoCodec {
                codec: "VP6".into()
            }]
        );
        let seen = with(Problem::UnsupportedProfile {
            profile: "High 4:4:4".into(),
        });
        assert_eq!(
            health(&seen).problems,
            [HealthProblem::VideoCodec {
                codec: "H.264 High 4:4:4".into()
            }]
        );
    }

    #[test]
    fn what_never_came_is_missed_after_a_grace() {
        let mut seen = Observed {
            connected_ms: 2_999,
            silent_ms: 1_999,
            ..Observed::default()
        };
        assert_eq!(health(&seen).problems, []);
        seen.connected_ms = 3_400;
        seen.silent_ms = 3_400;
        assert_eq!(
            health(&seen).problems,
            [
                HealthProblem::Silent { ms: 3_000 },
                HealthProblem::NoVideo,
                HealthProblem::NoAudio
            ]
        );
    }

    #[test]
    fn what_costs_the_audience_something_is_told() {
        let mut seen = with(Problem::DamagedFrames);
        seen.facts.damaged = 3;
        seen.reorder_ms = 334;
        seen.refused = true;
        let problems = [
            HealthProblem::Damaged { frames: 3 },
            HealthProblem::BFrames { ms: 334 },
            HealthProblem::Refused,
        ];
        assert_eq!(health(&seen).problems, problems);
        let reason = "no SPS".to_owned();
        let seen = with(Problem::BadConfig {
            reason: reason.clone(),
        });
        assert_eq!(health(&seen).problems, [HealthProblem::Setup { reason }]);
        let mut seen = fine();
        seen.reorder_ms = 160;
        for (record, problems) in [
            // 48, 44.1 and 96 kHz.
            ([0x11, 0x90], vec![]),
            ([0x12, 0x10], vec![]),
            ([0x10, 0x10], vec![HealthProblem::SampleRate { hz: 96_000 }]),
        ] {
            let aac = AacConfig::parse(Bytes::copy_from_slice(&record)).unwrap();
            let (id, codec) = (TrackId::AUDIO, Codec::Aac(aac));
            seen.facts.tracks = Some(Tracks::new([Track { id, codec }]));
            assert_eq!(health(&seen).problems, problems);
        }
    }

    #[test]
    fn who_is_away_is_counted_down_in_whole_seconds() {
        let told = away(29_001);
        assert_eq!(told.problems, [HealthProblem::Away { ms: 30_000 }]);
        assert!(!told.publishing);
    }

    #[test]
    fn rare_keyframes_are_told_before_the_late_one_comes() {
        let mut seen = fine();
        seen.since_keyframe_ms = 4_001;
        assert_eq!(
            health(&seen).problems,
            [HealthProblem::KeyframeInterval { ms: 4_000 }]
        );
        let mut seen = with(Problem::RareKeyframes { millis: 8_333 });
        seen.since_keyframe_ms = 40;
        seen.lost_segments = 2;
        assert_eq!(
            health(&seen).problems,
            [
                HealthProblem::KeyframeInterval { ms: 8_333 },
                HealthProblem::RecordingGap { segments: 2 }
            ]
        );
    }
}

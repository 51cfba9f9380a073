//! What the desk is told of a publisher, from what was observed of it. Pure.

use hallway_ingest::{Facts, Problem};
use hallway_model::stages::MAX_KEYFRAME_INTERVAL;
use hallway_protocol::stages::{HealthProblem, StageHealth};

/// A publisher may take this long before what is missing is missed.
const GRACE_MS: u32 = 3_000;
/// A hiccup of the network is shorter.
const SILENT_MS: u32 = 2_000;

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
    pub recording: bool,
    pub lost_segments: u32,
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
    let mut rare_keyframes = None;
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
            // No problem of the desk's yet; the ingest's figures count them.
            Problem::BadConfig { .. } | Problem::DamagedFrames => {}
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
    if seen.lost_segments > 0 {
        found.push(HealthProblem::RecordingGap {
            segments: seen.lost_segments,
        });
    }
    found
}

#[cfg(test)]
mod tests {
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

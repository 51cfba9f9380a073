//! What a desk is told of a publisher, and what is wrong with its stream, in
//! words for the person at the encoder.

use hallway_media::Tracks;

/// What is known of a publisher by now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What the encoder calls itself, shortened and without control characters.
    pub encoder: Option<String>,
    pub tracks: Option<Tracks>,
    /// Pictures per second, measured.
    pub frame_rate: Option<f64>,
    /// Between the last two keyframes, measured.
    pub keyframe_interval_ms: Option<u32>,
    /// Of pictures and sound together, measured over about two seconds, in bit/s.
    pub bitrate: Option<u64>,
    /// Pictures and blocks of sound so far.
    pub frames: u64,
    /// Those that were damaged and left out.
    pub damaged: u64,
    /// What is wrong now; each kind once.
    pub problems: Vec<Problem>,
    /// The publisher said that it is done, rather than being gone.
    pub stopped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "the picture is {codec}, which browsers cannot play from here: set the encoder to H.264"
    )]
    UnsupportedVideo { codec: String },
    #[error("the sound is {codec}, which cannot be carried: set the encoder to AAC")]
    UnsupportedAudio { codec: String },
    #[error(
        "the picture is H.264 {profile}, which browsers cannot play: set the profile to High or Main with 8-bit 4:2:0 colour"
    )]
    UnsupportedProfile { profile: String },
    #[error("keyframes are {} s apart: set the keyframe interval to 2 s, viewers wait for them", seconds(*.millis))]
    RareKeyframes { millis: u32 },
    #[error("the encoder describes its stream wrongly: {reason}")]
    BadConfig { reason: String },
    #[error("pictures come damaged and are left out")]
    DamagedFrames,
    #[error("pictures come in another order than they are shown in: set B-frames to 0")]
    OutOfOrder,
    #[error("the sound cannot be turned into AAC here: {reason}")]
    NoSound { reason: String },
}

/// Keyframes further apart are a problem, in ms.
pub(crate) const RARE_KEYFRAMES: i64 = 4_000;

fn seconds(millis: u32) -> String {
    format!("{:.1}", f64::from(millis) / 1_000.0)
}

/// A name from outside, fit to be shown.
pub(crate) fn presentable(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

impl Facts {
    /// Notes a problem; the newest of its kind replaces the one before. True if it is news.
    pub(crate) fn note(&mut self, problem: Problem) -> bool {
        let same_kind = |known: &&mut Problem| {
            std::mem::discriminant(*known) == std::mem::discriminant(&problem)
        };
        match self.problems.iter_mut().find(same_kind) {
            Some(known) if *known == problem => false,
            Some(known) => {
                *known = problem;
                true
            }
            None => {
                self.problems.push(problem);
                true
            }
        }
    }

    pub(crate) fn settle(&mut self, over: impl Fn(&Problem) -> bool) {
        self.problems.retain(|problem| !over(problem));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_said_once_and_in_words() {
        let mut facts = Facts::default();
        assert!(facts.note(Problem::RareKeyframes { millis: 5_000 }));
        assert!(!facts.note(Problem::RareKeyframes { millis: 5_000 }));
        assert!(facts.note(Problem::RareKeyframes { millis: 8_333 }));
        assert_eq!(
            facts
                .problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["keyframes are 8.3 s apart: set the keyframe interval to 2 s, viewers wait for them"]
        );
        facts.settle(|problem| matches!(problem, Problem::RareKeyframes { .. }));
        assert_eq!(facts.problems, []);
    }
}

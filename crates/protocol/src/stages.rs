//! What a stage is doing, for its viewers and for its desk.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::topics::Topic;

/// A stage as its viewers' player needs it: `GET /api/v1/events/{event}/stages/{room}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Stage {
    pub room: String,
    pub name: String,
    /// Whether a publisher's picture is on.
    pub live: bool,
    /// Path of the multivariant playlist.
    pub playlist: String,
    /// The session that is on by the producer's cue, else by the clock.
    pub now: Option<StageSession>,
    pub next: Option<StageSession>,
    /// People with the stage open.
    #[ts(type = "number")]
    pub viewers: i64,
    /// What to subscribe to on the live connection, `stage:ID`.
    #[ts(type = "string")]
    #[schema(value_type = String)]
    pub topic: Topic,
    /// Sequence number of the stage's topic at the moment of reading.
    #[ts(type = "number")]
    pub seq: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct StageSession {
    pub code: String,
    pub title: String,
    pub speakers: Vec<String>,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub start: i64,
    #[ts(type = "number")]
    pub end: i64,
    pub live: bool,
}

/// How a stage plays at one viewer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Playback {
    /// Milliseconds behind the moment that is on at the stage.
    pub latency_ms: u32,
    /// Milliseconds of the last minute in which the picture stood still for want
    /// of data.
    pub stalled_ms: u32,
}

/// How a stage plays at those who watch it: of all together, nobody's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Audience {
    /// Players that told how it goes lately.
    #[ts(type = "number")]
    pub players: i64,
    /// Half of them are less behind than this; milliseconds, to the tenth of a
    /// second. 0 without players, as are the others.
    pub latency_p50_ms: u32,
    /// All but one of twenty are less behind than this.
    pub latency_p95_ms: u32,
    /// The same of the time in the last minute that the picture stood still.
    pub stalled_p50_ms: u32,
    pub stalled_p95_ms: u32,
}

/// What reaches the server from a publisher, in words and figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct StageHealth {
    /// Whether a publisher is connected.
    pub publishing: bool,
    /// Codec string of RFC 6381, e.g. `avc1.64001f`.
    pub video: Option<String>,
    pub audio: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Milliseconds between the last two keyframes.
    pub keyframe_interval_ms: Option<u32>,
    /// Kilobits per second over the last few seconds.
    pub kbps: Option<u32>,
    /// Program the publisher says it is.
    pub encoder: Option<String>,
    pub recording: bool,
    /// What is wrong, as keys of the Fluent files (`desk-problem-...`), worst first.
    pub problems: Vec<HealthProblem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HealthProblem {
    /// A codec that browsers on the stage cannot play: its name as sent.
    VideoCodec {
        codec: String,
    },
    AudioCodec {
        codec: String,
    },
    /// Keyframes are over 4 s apart.
    KeyframeInterval {
        ms: u32,
    },
    /// No video, or no audio, has come since the publisher connected.
    NoVideo,
    NoAudio,
    /// Nothing has come for this long.
    Silent {
        ms: u32,
    },
    /// The publisher is gone. Who comes back within this time goes on with the
    /// same broadcast.
    Away {
        ms: u32,
    },
    /// What the program says of its stream makes no sense.
    Setup {
        reason: String,
    },
    /// So many pictures came damaged and were left out.
    Damaged {
        frames: u32,
    },
    /// Sound that some devices have to convert.
    SampleRate {
        hz: u32,
    },
    /// Pictures wait this long for others that are shown before them.
    BFrames {
        ms: u32,
    },
    /// Another program tried to send with the key a moment ago.
    Refused,
    /// The disk is behind; this many segments are missing from the recording.
    RecordingGap {
        segments: u32,
    },
}

//! The producer's desk of one stage: run-of-show with the two cues, the
//! stage's health in words, and its stream key.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::stages::{Audience, HealthProblem, StageHealth};
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::markup::props;
use crate::samples;
use crate::sessions::{Place, SessionRow};
use crate::shell::Shell;
use crate::texts::Lang;

/// Forms: a cue to `routes::desk_cue` (`key`), a new key to `routes::desk_key`
/// (`key`, `sure` = `yes`).
#[derive(Template)]
#[template(path = "desk/desk.html")]
pub struct DeskPage {
    pub shell: Shell,
    pub room: String,
    pub name: String,
    /// The other stages' desks.
    pub stages: Vec<Place>,
    pub now: Timestamp,
    /// The stage's sessions of the day and anything live, in order of time.
    pub show: Vec<CueRow>,
    pub health: StageHealth,
    /// Whether the event's setting records what runs here.
    pub records: bool,
    pub viewers: i64,
    /// How it plays at theirs.
    pub audience: Audience,
    /// Where publishers push to, without the key: `rtmp://host:1935/live`.
    pub server_url: String,
    pub stream_key: StreamKey,
    /// Idempotency keys of the key form and of the one that lets another
    /// program take over.
    pub key: String,
    pub takeover_key: String,
    pub desk_topic: Topic,
    pub stage_topic: Topic,
}

#[derive(Clone, Debug)]
pub struct CueRow {
    pub session: SessionRow,
    /// Idempotency key of this row's button.
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamKey {
    /// No key was ever made.
    None,
    /// There is one; only its digest is kept.
    Kept,
    /// Just made: shown this once.
    Fresh { secret: String },
}

/// What a publisher sends, in words. The island keeps the same words current.
#[derive(Clone, Template)]
#[template(path = "desk/health.html")]
struct HealthPanel<'a> {
    lang: Lang,
    health: &'a StageHealth,
    audience: Audience,
}
impl askama::filters::HtmlSafe for HealthPanel<'_> {}

impl HealthPanel<'_> {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
    fn verdict(&self) -> &'static str {
        match (self.health.publishing, self.health.problems.is_empty()) {
            (false, _) => "desk-health-off",
            (true, true) => "desk-health-good",
            (true, false) => "desk-health-trouble",
        }
    }
    fn tone(&self) -> &'static str {
        match (self.health.publishing, self.health.problems.is_empty()) {
            (false, _) => "quiet",
            (true, true) => "good",
            (true, false) => "bad",
        }
    }
    fn problems(&self) -> Vec<String> {
        self.health
            .problems
            .iter()
            .map(|problem| problem_text(self.lang, problem))
            .collect()
    }
    fn picture(&self) -> Option<String> {
        let size = self.health.width.zip(self.health.height);
        let codec = codec_name(self.health.video.as_deref()?);
        Some(match size {
            Some((w, h)) => format!("{codec}, {w} × {h}"),
            None => codec.to_owned(),
        })
    }
    fn sound(&self) -> Option<&str> {
        self.health.audio.as_deref().map(codec_name)
    }
    fn keyframes(&self) -> Option<String> {
        let ms = self.health.keyframe_interval_ms?;
        Some(self.lang.t1("desk-seconds", "seconds", seconds(ms)))
    }
    /// Figures that half of the players and nineteen of twenty do not exceed;
    /// none where none has told any.
    fn spread(&self, half: u32, most: u32) -> Option<String> {
        let (half, most) = (seconds(half), seconds(most));
        let told = self.audience.players > 0;
        told.then(|| self.lang.t2("desk-spread", "half", half, "most", most))
    }
    fn latency(&self) -> Option<String> {
        self.spread(self.audience.latency_p50_ms, self.audience.latency_p95_ms)
    }
    fn stalled(&self) -> Option<String> {
        self.spread(self.audience.stalled_p50_ms, self.audience.stalled_p95_ms)
    }
    fn rate(&self) -> Option<String> {
        Some(
            self.lang
                .t1("desk-kbps", "kbps", i64::from(self.health.kbps?)),
        )
    }
}

/// What a producer calls a codec, from its RFC 6381 string.
fn codec_name(codec: &str) -> &str {
    match codec.split('.').next().unwrap_or(codec) {
        "avc1" | "avc3" => "H.264",
        "hvc1" | "hev1" => "H.265",
        "av01" => "AV1",
        "vp09" => "VP9",
        "mp4a" => "AAC",
        "opus" | "Opus" => "Opus",
        _ => codec,
    }
}

fn seconds(ms: u32) -> String {
    format!("{:.1}", f64::from(ms) / 1000.0)
}

/// What is wrong with what a publisher sends, and what to do.
pub fn problem_text(lang: Lang, problem: &HealthProblem) -> String {
    match problem {
        HealthProblem::VideoCodec { codec } => {
            lang.t1("desk-problem-video-codec", "codec", codec.as_str())
        }
        HealthProblem::AudioCodec { codec } => {
            lang.t1("desk-problem-audio-codec", "codec", codec.as_str())
        }
        HealthProblem::KeyframeInterval { ms } => {
            lang.t1("desk-problem-keyframe-interval", "seconds", seconds(*ms))
        }
        HealthProblem::NoVideo => lang.t("desk-problem-no-video"),
        HealthProblem::NoAudio => lang.t("desk-problem-no-audio"),
        HealthProblem::Silent { ms } => lang.t1(
            "desk-problem-silent",
            "seconds",
            i64::from(ms.div_ceil(1000)),
        ),
        HealthProblem::Away { ms } => {
            lang.t1("desk-problem-away", "seconds", i64::from(ms.div_ceil(1000)))
        }
        HealthProblem::Setup { reason } => lang.t1("desk-problem-setup", "reason", reason.as_str()),
        HealthProblem::Damaged { frames } => lang.tn("desk-problem-damaged", *frames),
        HealthProblem::SampleRate { hz } => {
            lang.t1("desk-problem-sample-rate", "hz", i64::from(*hz))
        }
        HealthProblem::BFrames { ms } => lang.t1("desk-problem-b-frames", "ms", i64::from(*ms)),
        HealthProblem::Refused => lang.t("desk-problem-refused"),
        HealthProblem::RecordingGap { segments } => {
            lang.tn("desk-problem-recording-gap", *segments)
        }
    }
}

impl DeskPage {
    fn island_props(&self) -> String {
        props(&json!({
            "topic": self.desk_topic.to_string(),
            "stage": self.stage_topic.to_string(),
            "audience": self.audience,
            "lang": self.shell.lang.code(),
        }))
    }
    /// Where publishers over WebRTC are let in.
    fn whip_url(&self) -> String {
        format!("{}{}", self.shell.base_url, routes::api_whip())
    }
    fn counts_props(&self) -> String {
        props(&json!({
            "stages": [self.stage_topic.to_string()],
            "lang": self.shell.lang.code(),
        }))
    }
    fn health_panel(&self) -> HealthPanel<'_> {
        HealthPanel {
            lang: self.shell.lang,
            health: &self.health,
            audience: self.audience,
        }
    }
    fn live(&self) -> Option<&CueRow> {
        self.show.iter().find(|cue| cue.session.is_live())
    }
    /// The first planned session that should not be over yet.
    fn next(&self) -> Option<&CueRow> {
        self.show
            .iter()
            .find(|cue| cue.session.state.word() == "planned" && !cue.session.is_past(&self.now))
    }
    fn cue_url(&self, cue: &CueRow, action: &str) -> String {
        routes::desk_cue(self.shell.slug(), &self.room, &cue.session.code, action)
    }
    fn is_next(&self, cue: &CueRow) -> bool {
        self.next()
            .is_some_and(|next| next.session.code == cue.session.code)
    }
    fn ended(&self, cue: &CueRow) -> bool {
        cue.session.state.word() == "ended"
    }

    /// A session is on and all is well.
    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::desk(samples::SLUG, "main-stage"))
                .organiser()
                .shell,
            room: "main-stage".into(),
            name: "Main stage".into(),
            stages: samples::rooms(),
            now: samples::now(),
            show: samples::show(),
            health: samples::health(),
            records: true,
            viewers: 312,
            audience: Audience {
                players: 308,
                latency_p50_ms: 1_400,
                latency_p95_ms: 2_100,
                stalled_p50_ms: 0,
                stalled_p95_ms: 300,
            },
            server_url: "rtmp://summit.example.org:1935/live".into(),
            stream_key: StreamKey::Kept,
            key: samples::KEY.into(),
            takeover_key: samples::KEY.into(),
            desk_topic: samples::desk_topic(),
            stage_topic: samples::stage_topic(0),
        }
    }

    /// The publisher sends what browsers cannot play.
    pub fn sample_trouble() -> Self {
        let mut page = Self::sample();
        page.health.problems = vec![
            HealthProblem::Silent { ms: 12_000 },
            HealthProblem::VideoCodec {
                codec: "hvc1".into(),
            },
            HealthProblem::KeyframeInterval { ms: 8_300 },
            HealthProblem::NoAudio,
            HealthProblem::RecordingGap { segments: 1 },
            HealthProblem::Refused,
        ];
        page.stream_key = StreamKey::Fresh {
            secret: "hw_5f2k8-31mmq-x9w0z-77tgh".into(),
        };
        page
    }

    /// Nobody publishes, nothing planned, no key.
    pub fn sample_empty() -> Self {
        Self {
            show: vec![],
            health: StageHealth::default(),
            records: false,
            viewers: 0,
            audience: Audience::default(),
            stream_key: StreamKey::None,
            stages: vec![],
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let mut page = Self::sample_trouble();
        page.shell = samples::hostile(page.shell);
        page.name = samples::HOSTILE.into();
        page.health.encoder = Some(samples::HOSTILE.into());
        page.health.problems = vec![HealthProblem::AudioCodec {
            codec: samples::HOSTILE.into(),
        }];
        for cue in &mut page.show {
            cue.session.title = samples::HOSTILE.into();
        }
        page
    }
}

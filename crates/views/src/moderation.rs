//! What moderators see: the queue of what waits, a report with what it quotes,
//! and what was decided about somebody.

use askama::Template;
use hallway_model::ids::{
    AnonymousReportId, ChannelId, EventId, HeldId, PersonId, ReportId, SanctionId,
};
use hallway_model::reports::{Outcome, ReportReason};
use hallway_model::sanctions::SanctionKind;
use hallway_model::screening::HoldReason;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::images::Image;
use hallway_protocol::{Topic, routes};
use serde_json::json;
use uuid::Uuid;

use crate::audit::Who;
use crate::forms::{Field, FieldError, Summary};
use crate::images::Images;
use crate::markup::props;
use crate::samples;
use crate::shell::Shell;
use crate::texts::Lang;
use crate::wards::WardHead;

/// Minutes that can be chosen for a mute or a ban; the empty one has no end.
const LENGTHS: [&str; 6] = ["10", "60", "360", "1440", "10080", ""];

/// `GET` of `routes::moderate`.
#[derive(Template)]
#[template(path = "moderation/queue.html")]
pub struct QueuePage {
    pub shell: Shell,
    pub ward: WardHead,
    /// Where it is told that something changed here,
    pub topic: Topic,
    /// and its number when this was read.
    pub seq: i64,
    /// A key for each form is made from it.
    pub key: String,
    /// Oldest first.
    pub waiting: Vec<ReportRow>,
    /// Newest first.
    pub ended: Vec<ReportRow>,
    pub appeals: Vec<DecisionRow>,
    /// Those that wait for an answer first.
    pub anonymous: Vec<AnonymousRow>,
    /// Messages that wait to be let through.
    pub held: Vec<HeldRow>,
    /// Until when the event, or the channel, is calmed.
    pub calm_until: Option<Timestamp>,
    /// Decisions for the channel alone that stand.
    pub standing: Vec<DecisionRow>,
    /// Seconds of the channel's slow mode.
    pub pause: Option<i64>,
}

/// `GET` and refused `POST` of `routes::moderate_report`. Forms: `claim` (`yes`
/// or `no`) to `moderate_report_claim`; `outcome`, `length` (minutes or
/// nothing), `here`, `remove` (`yes`), `reason` to `moderate_report_end`; each with `key`.
#[derive(Template)]
#[template(path = "moderation/report.html")]
pub struct ReportPage {
    pub shell: Shell,
    pub ward: WardHead,
    pub key: String,
    pub report: ReportRow,
    pub quotes: Vec<QuoteRow>,
    /// Decisions about the person before, newest first.
    pub decisions: Vec<DecisionRow>,
    /// Where the message was said, as a link.
    pub place: Option<String>,
    pub form: DecisionForm,
}

/// `GET` and refused `POST` of `routes::moderate_person`. Fields: `kind`,
/// `length`, `reason`, `key`; `reason` and `key` to `routes::moderate_lift`.
#[derive(Template)]
#[template(path = "moderation/person.html")]
pub struct PersonPage {
    pub shell: Shell,
    pub ward: WardHead,
    pub key: String,
    pub person: PersonId,
    pub name: String,
    pub decisions: Vec<DecisionRow>,
    pub form: DecisionForm,
}

/// What was entered to decide.
#[derive(Clone, Debug, Default)]
pub struct DecisionForm {
    pub outcome: Field,
    pub length: Field,
    pub here: bool,
    /// Whether the message is removed.
    pub remove: bool,
    pub reason: Field,
}

#[derive(Clone, Debug)]
pub struct ReportRow {
    pub id: ReportId,
    pub reason: ReportReason,
    pub reporter: Who,
    pub person: Option<Who>,
    pub person_id: Option<PersonId>,
    /// Name of the channel the message was said in.
    pub channel: Option<String>,
    /// The reporter's own words.
    pub words: String,
    pub made: Timestamp,
    pub stage: ReportStage,
}

/// A report without a name.
#[derive(Clone, Debug)]
pub struct AnonymousRow {
    pub id: AnonymousReportId,
    /// Its first line.
    pub words: String,
    pub changed: Timestamp,
    /// For an answer.
    pub waits: bool,
    pub ended: bool,
}

/// A message that waits for a moderator.
#[derive(Clone, Debug)]
pub struct HeldRow {
    pub id: HeldId,
    pub author: Who,
    pub channel: String,
    pub source: String,
    pub images: Vec<Image>,
    pub reason: HoldReason,
    pub made: Timestamp,
    /// Refused: its author still sees that.
    pub refused: bool,
}

#[derive(Clone, Debug)]
pub enum ReportStage {
    Open,
    Claimed {
        by: Who,
        mine: bool,
    },
    Ended {
        by: Who,
        at: Timestamp,
        outcome: Outcome,
        answer: String,
    },
}

#[derive(Clone, Debug)]
pub struct QuoteRow {
    pub author: Who,
    pub source: String,
    pub sent: Timestamp,
    pub reported: bool,
}

#[derive(Clone, Debug)]
pub struct DecisionRow {
    pub id: SanctionId,
    pub kind: SanctionKind,
    pub person: Who,
    pub by: Who,
    pub channel: Option<String>,
    pub reason: String,
    pub imposed: Timestamp,
    pub until: Option<Timestamp>,
    pub stands: bool,
    pub lifted: bool,
    pub appeal: Option<AppealRow>,
}

#[derive(Clone, Debug)]
pub struct AppealRow {
    pub words: String,
    pub made: Timestamp,
    /// Whether it was granted, and what was answered.
    pub ended: Option<(bool, String)>,
}

/// Each form of a page needs a key of its own, the same when it is sent twice.
pub(crate) fn key_of(page: &str, form: &str) -> String {
    let page = Uuid::parse_str(page).unwrap_or_default();
    Uuid::new_v5(&page, form.as_bytes()).to_string()
}

pub(crate) fn name(shell: &Shell, who: &Who) -> String {
    match who {
        Who::Person(name) => name.clone(),
        Who::Gone => shell.t("channels-gone"),
        Who::Server => shell.t("audit-server"),
    }
}

impl QueuePage {
    fn props(&self) -> String {
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "lang": self.shell.lang.code(),
            "parts": [".queue"],
            // Whatever is told there.
            "when": "type",
            "spread": 300,
            "ask": { "show": self.shell.t("moderation-show-news"), "words": "[data-waiting]" },
        }))
    }
    fn held_url(&self, held: &HeldRow) -> String {
        routes::moderate_held(&self.ward.path, held.id)
    }
    fn held_images<'b>(&self, held: &'b HeldRow) -> Images<'b> {
        held.images(self.shell.lang)
    }
    fn held_because(&self, held: &HeldRow) -> String {
        self.shell
            .t(&format!("moderation-held-{}", held.reason.word()))
    }
    fn held_key(&self, held: &HeldRow) -> String {
        key_of(&self.key, &held.id.to_string())
    }
    fn calm_key(&self) -> String {
        key_of(&self.key, "calm")
    }
    /// Seconds that can be chosen for a pause, with the one there is.
    fn pauses(&self) -> Vec<(i64, bool)> {
        let now = self.pause.unwrap_or_default();
        let mut all = vec![0, 10, 30, 60, 300];
        if !all.contains(&now) {
            all.push(now);
        }
        all.into_iter()
            .map(|seconds| (seconds, seconds == now))
            .collect()
    }
    fn slow_key(&self) -> String {
        key_of(&self.key, "slow")
    }
    fn lift_url(&self, decision: &DecisionRow) -> String {
        routes::moderate_lift(&self.ward.path, decision.id)
    }
    fn report_url(&self, report: &ReportRow) -> String {
        routes::moderate_report(&self.ward.path, report.id)
    }
    fn anonymous_url(&self, report: &AnonymousRow) -> String {
        routes::moderate_anonymous(self.shell.slug(), report.id)
    }
    fn appeal_url(&self, decision: &DecisionRow) -> String {
        routes::moderate_appeal(self.shell.slug(), decision.id)
    }
    fn count(&self) -> usize {
        let anonymous = self.anonymous.iter().filter(|report| report.waits);
        self.waiting.len() + self.appeals.len() + self.held.len() + anonymous.count()
    }
    fn who(&self, who: &Who) -> String {
        name(&self.shell, who)
    }
    fn reason(&self, report: &ReportRow) -> String {
        self.shell
            .t(&format!("conduct-reason-{}", report.reason.word()))
    }
    fn outcome(&self, outcome: &Outcome) -> String {
        self.shell.t(&format!("conduct-outcome-{}", outcome.word()))
    }
    fn kind(&self, decision: &DecisionRow) -> String {
        self.shell
            .t(&format!("conduct-kind-{}", decision.kind.word()))
    }
    fn key_of(&self, decision: &DecisionRow) -> String {
        key_of(&self.key, &decision.id.to_string())
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::moderate(samples::SLUG))
                .moderator()
                .shell,
            ward: WardHead::sample(),
            topic: Topic::Moderation(EventId(Uuid::from_u128(7))),
            seq: 4,
            key: samples::KEY.into(),
            waiting: vec![
                ReportRow::sample(ReportStage::Open),
                ReportRow {
                    channel: None,
                    words: String::new(),
                    ..ReportRow::sample(ReportStage::Claimed {
                        by: Who::Person("Mina Moderator".into()),
                        mine: false,
                    })
                },
            ],
            ended: Outcome::ALL
                .map(|outcome| {
                    ReportRow::sample(ReportStage::Ended {
                        by: Who::Person("Mina Moderator".into()),
                        at: samples::now(),
                        outcome,
                        answer: "Thank you; we spoke with them.".into(),
                    })
                })
                .into(),
            appeals: vec![DecisionRow::sample(SanctionKind::Mute)],
            anonymous: [(true, false), (false, false), (false, true)]
                .map(|(waits, ended)| AnonymousRow {
                    id: AnonymousReportId(Uuid::from_u128(9)),
                    words: samples::HOSTILE.into(),
                    changed: samples::now(),
                    waits,
                    ended,
                })
                .into(),
            held: HoldReason::ALL.map(HeldRow::sample).into(),
            calm_until: Some(samples::now() + Span::minutes(30)),
            standing: vec![],
            pause: None,
        }
    }
    /// One channel, for its host.
    pub fn sample_hosted() -> Self {
        Self {
            ward: WardHead::sample_hosted(),
            topic: Topic::Ward(ChannelId(Uuid::from_u128(8))),
            appeals: vec![],
            anonymous: vec![],
            standing: vec![DecisionRow::sample(SanctionKind::Mute)],
            pause: Some(30),
            ..Self::sample()
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            waiting: vec![],
            anonymous: vec![],
            ended: vec![],
            appeals: vec![],
            held: vec![],
            calm_until: None,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            waiting: vec![ReportRow::hostile()],
            ended: vec![ReportRow::hostile()],
            appeals: vec![DecisionRow::hostile()],
            held: vec![HeldRow {
                author: Who::Person(samples::HOSTILE.into()),
                channel: samples::HOSTILE.into(),
                source: samples::HOSTILE.into(),
                ..HeldRow::sample(HoldReason::Word)
            }],
            ..Self::sample()
        }
    }
}

impl ReportPage {
    fn errors(&self) -> Summary {
        self.form.errors(&self.shell)
    }
    fn who(&self, who: &Who) -> String {
        name(&self.shell, who)
    }
    fn reason(&self) -> String {
        self.shell
            .t(&format!("conduct-reason-{}", self.report.reason.word()))
    }
    fn outcome(&self, outcome: &Outcome) -> String {
        self.shell.t(&format!("conduct-outcome-{}", outcome.word()))
    }
    fn kind(&self, decision: &DecisionRow) -> String {
        self.shell
            .t(&format!("conduct-kind-{}", decision.kind.word()))
    }
    fn key_of(&self, form: &str) -> String {
        key_of(&self.key, form)
    }
    fn claim_url(&self) -> String {
        routes::moderate_report_claim(&self.ward.path, self.report.id)
    }
    fn end_url(&self) -> String {
        routes::moderate_report_end(&self.ward.path, self.report.id)
    }
    fn person_url(&self) -> Option<String> {
        let person = self.report.person_id?;
        Some(routes::moderate_person(&self.ward.path, person))
    }
    fn choices(&self) -> Vec<Choice> {
        let all = Outcome::ALL
            .iter()
            .filter(|outcome| self.report.person_id.is_some() || **outcome == Outcome::Dismissed)
            // From the event bans its own team alone.
            .filter(|outcome| {
                let ban = **outcome == Outcome::Decided(SanctionKind::Ban);
                !(ban && self.ward.hosted)
            });
        all.map(|outcome| Choice {
            value: outcome.word(),
            label: self.shell.t(&format!("moderation-do-{}", outcome.word())),
            chosen: self.form.outcome.value == outcome.word(),
        })
        .collect()
    }
    fn lengths(&self) -> Vec<Choice> {
        self.form.lengths(&self.shell)
    }
    fn length_error(&self) -> Option<String> {
        Some(self.form.length.error.as_ref()?.text(self.shell.lang))
    }
    fn reason_error(&self) -> Option<String> {
        Some(self.form.reason.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        let quote = |n: i64, source: &str| QuoteRow {
            author: Who::Person("Alex Attendee".into()),
            source: source.into(),
            sent: samples::now() - Span::minutes(5 - n),
            reported: n == 1,
        };
        Self {
            shell: samples::event_shell(&routes::moderate_report(
                samples::SLUG,
                ReportRow::sample(ReportStage::Open).id,
            ))
            .moderator()
            .shell,
            ward: WardHead::sample(),
            key: samples::KEY.into(),
            report: ReportRow::sample(ReportStage::Open),
            quotes: vec![
                quote(0, "Hello"),
                quote(1, "You are all idiots"),
                quote(2, "Please not like that"),
            ],
            decisions: vec![DecisionRow::sample(SanctionKind::Warning)],
            place: Some("/summit-2026/chat/lobby#m12".into()),
            form: DecisionForm::default(),
        }
    }
    pub fn sample_mine() -> Self {
        Self {
            report: ReportRow::sample(ReportStage::Claimed {
                by: Who::Person("Mina Moderator".into()),
                mine: true,
            }),
            form: DecisionForm::refused(),
            ..Self::sample()
        }
    }
    pub fn sample_hosted() -> Self {
        Self {
            ward: WardHead::sample_hosted(),
            ..Self::sample_mine()
        }
    }
    pub fn sample_ended() -> Self {
        Self {
            report: ReportRow::sample(ReportStage::Ended {
                by: Who::Gone,
                at: samples::now(),
                outcome: Outcome::Decided(SanctionKind::Ban),
                answer: "They will not come back.".into(),
            }),
            decisions: vec![],
            place: None,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let quotes = Self::sample().quotes.into_iter().map(|quote| QuoteRow {
            author: Who::Person(samples::HOSTILE.into()),
            source: samples::HOSTILE.into(),
            ..quote
        });
        Self {
            shell: samples::hostile(Self::sample().shell),
            report: ReportRow::hostile(),
            quotes: quotes.collect(),
            decisions: vec![DecisionRow::hostile()],
            form: DecisionForm {
                reason: Field::of(samples::HOSTILE),
                ..DecisionForm::default()
            },
            ..Self::sample()
        }
    }
}

impl PersonPage {
    fn errors(&self) -> Summary {
        self.form.errors(&self.shell)
    }
    fn who(&self, who: &Who) -> String {
        name(&self.shell, who)
    }
    fn kind(&self, decision: &DecisionRow) -> String {
        self.shell
            .t(&format!("conduct-kind-{}", decision.kind.word()))
    }
    fn lift_url(&self, decision: &DecisionRow) -> String {
        routes::moderate_lift(&self.ward.path, decision.id)
    }
    fn own_url(&self) -> String {
        routes::moderate_person(&self.ward.path, self.person)
    }
    fn key_of(&self, decision: &DecisionRow) -> String {
        key_of(&self.key, &decision.id.to_string())
    }
    fn choices(&self) -> Vec<Choice> {
        SanctionKind::ALL
            .iter()
            .filter(|kind| **kind != SanctionKind::Ban || self.ward.channel.is_none())
            .map(|kind| Choice {
                value: kind.word(),
                label: self.shell.t(&format!("moderation-do-{}", kind.word())),
                chosen: self.form.outcome.value == kind.word(),
            })
            .collect()
    }
    fn lengths(&self) -> Vec<Choice> {
        self.form.lengths(&self.shell)
    }
    fn length_error(&self) -> Option<String> {
        Some(self.form.length.error.as_ref()?.text(self.shell.lang))
    }
    fn reason_error(&self) -> Option<String> {
        Some(self.form.reason.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        let person = samples::person_id(1);
        Self {
            shell: samples::event_shell(&routes::moderate_person(samples::SLUG, person))
                .moderator()
                .shell,
            ward: WardHead::sample(),
            key: samples::KEY.into(),
            person,
            name: "Alex Attendee".into(),
            decisions: SanctionKind::ALL.map(DecisionRow::sample).into(),
            form: DecisionForm::default(),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            decisions: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hosted() -> Self {
        Self {
            ward: WardHead::sample_hosted(),
            ..Self::sample()
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            name: samples::HOSTILE.into(),
            decisions: vec![DecisionRow::hostile()],
            form: DecisionForm::refused(),
            ..Self::sample()
        }
    }
}

/// One of several values.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl DecisionForm {
    fn errors(&self, shell: &Shell) -> Summary {
        Summary::of(
            shell.lang,
            &[
                ("length", "moderation-length", &self.length),
                ("reason", "moderation-reason", &self.reason),
            ],
        )
    }

    fn lengths(&self, shell: &Shell) -> Vec<Choice> {
        let label = |value: &str| match value.parse() {
            Ok(minutes) => shell.length(Span::minutes(minutes)),
            Err(_) => shell.t("moderation-no-end"),
        };
        LENGTHS
            .into_iter()
            .map(|value| Choice {
                value,
                label: label(value),
                // An hour, until somebody chose; never without an end by itself.
                chosen: match self.outcome.value.is_empty() {
                    true => value == "60",
                    false => self.length.value == value,
                },
            })
            .collect()
    }

    fn refused() -> Self {
        Self {
            outcome: Field::of("ban"),
            length: Field::wrong("", FieldError::BanTooLong),
            here: true,
            remove: true,
            reason: Field::wrong("", FieldError::Missing),
        }
    }
}

impl HeldRow {
    pub(crate) fn images(&self, lang: Lang) -> Images<'_> {
        Images {
            lang,
            images: &self.images,
            name: match &self.author {
                Who::Person(name) => name,
                _ => "",
            },
        }
    }

    pub(crate) fn sample(reason: HoldReason) -> Self {
        Self {
            id: HeldId(Uuid::from_u128(
                0x0192_f0c4_0000_7000_8000_0000_0000_0020 + reason as u128,
            )),
            author: Who::Person("Best Likes".into()),
            channel: "Lobby".into(),
            source: "Look at my page".into(),
            images: match reason {
                HoldReason::Calm => samples::images(),
                _ => vec![],
            },
            reason,
            made: samples::now() - Span::minutes(2),
            refused: reason == HoldReason::Word,
        }
    }
}

impl ReportRow {
    pub(crate) fn sample(stage: ReportStage) -> Self {
        Self {
            id: ReportId(Uuid::from_u128(0x0192_f0c4_0000_7000_8000_0000_0000_0000)),
            reason: ReportReason::Harassment,
            reporter: Who::Person("Nora Noether".into()),
            person: Some(Who::Person("Alex Attendee".into())),
            person_id: Some(samples::person_id(1)),
            channel: Some("Lobby".into()),
            words: "It goes on like this all day.".into(),
            made: samples::now() - Span::minutes(12),
            stage,
        }
    }
    pub(crate) fn hostile() -> Self {
        let hostile = || Who::Person(samples::HOSTILE.into());
        Self {
            reporter: hostile(),
            person: Some(hostile()),
            channel: Some(samples::HOSTILE.into()),
            words: samples::HOSTILE.into(),
            ..Self::sample(ReportStage::Ended {
                by: hostile(),
                at: samples::now(),
                outcome: Outcome::Dismissed,
                answer: samples::HOSTILE.into(),
            })
        }
    }
}

impl DecisionRow {
    pub(crate) fn sample(kind: SanctionKind) -> Self {
        Self {
            id: SanctionId(Uuid::from_u128(
                0x0192_f0c4_0000_7000_8000_0000_0000_0010 + kind as u128,
            )),
            kind,
            person: Who::Person("Alex Attendee".into()),
            by: Who::Person("Mina Moderator".into()),
            channel: (kind == SanctionKind::Mute).then(|| "Lobby".into()),
            reason: "Shouting at people.".into(),
            imposed: samples::now() - Span::minutes(3),
            until: (kind == SanctionKind::Mute).then(|| samples::now() + Span::hours(1)),
            stands: kind.lasts(),
            lifted: false,
            appeal: (kind == SanctionKind::Mute).then(|| AppealRow {
                words: "It was a joke among friends.".into(),
                made: samples::now(),
                ended: None,
            }),
        }
    }
    pub(crate) fn hostile() -> Self {
        let hostile = || samples::HOSTILE.to_owned();
        Self {
            person: Who::Person(hostile()),
            by: Who::Person(hostile()),
            channel: Some(hostile()),
            reason: hostile(),
            lifted: true,
            stands: false,
            appeal: Some(AppealRow {
                words: hostile(),
                made: samples::now(),
                ended: Some((true, hostile())),
            }),
            ..Self::sample(SanctionKind::Ban)
        }
    }
}

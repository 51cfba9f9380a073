//! How people treat each other here: the code of conduct, the form to report
//! something, what became of one's reports, and what was decided about oneself.

use askama::Template;
use hallway_model::conduct::{MAX_CODE, MAX_CONTACT};
use hallway_model::ids::{MessageId, PersonId, SanctionId};
use hallway_model::reports::{MAX_WORDS, Outcome, ReportReason};
use hallway_model::sanctions::SanctionKind;
use hallway_model::time::Timestamp;
use hallway_protocol::rich_text::Block;
use hallway_protocol::routes;

use crate::audit::Who;
use crate::channels::Blocks;
use crate::forms::{Field, FieldError, Summary};
use crate::markup::TrustedHtml;
use crate::moderation::{AppealRow, Choice, DecisionRow, ReportRow, ReportStage, key_of, name};
use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::conduct`, and of a refused `routes::conduct_appeal`, whose
/// fields are `sanction`, `words` and `key`.
#[derive(Template)]
#[template(path = "conduct/conduct.html")]
pub struct ConductPage {
    pub shell: Shell,
    pub key: String,
    /// The event's own; none for ours.
    pub code: Option<Vec<Block>>,
    pub contact: Option<String>,
    /// When the reader accepted a version of it, and whether that is the one
    /// that holds now.
    pub accepted: Option<(Timestamp, bool)>,
    /// The reader's own, newest first.
    pub reports: Vec<ReportRow>,
    /// About the reader, newest first.
    pub decisions: Vec<DecisionRow>,
    /// The appeal that was refused, as it was entered.
    pub appeal: Option<(SanctionId, Field)>,
}

/// `GET` and `POST` of `routes::make_report`. Fields: `message` or `person` (an
/// id), `category`, `words`, `key`.
#[derive(Template)]
#[template(path = "conduct/report.html")]
pub struct ReportFormPage {
    pub shell: Shell,
    pub key: String,
    pub message: Option<MessageId>,
    pub person: Option<PersonId>,
    /// Whom it is about.
    pub name: Option<String>,
    /// What the message says.
    pub source: Option<String>,
    pub category: Field,
    pub words: Field,
}

/// `GET` and refused `POST` of `routes::organise_conduct`. Fields: `code`
/// (Markdown, blank for ours), `contact`, `key`.
#[derive(Template)]
#[template(path = "organise/conduct.html")]
pub struct CodePage {
    pub shell: Shell,
    pub key: String,
    pub code: Field,
    pub contact: Field,
}

/// The code as HTML, for the form to register.
pub fn code_html(shell: &Shell, code: Option<&[Block]>) -> TrustedHtml {
    let html = match code {
        Some(blocks) => Blocks::of(blocks).render(),
        None => OurCode { shell }.render(),
    };
    // Both are templates of ours, which escape what they are given.
    TrustedHtml::sanitised(html.unwrap_or_default())
}

#[derive(Template)]
#[template(path = "conduct/code.html")]
struct OurCode<'a> {
    shell: &'a Shell,
}

impl CodePage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("code", "conduct-edit-text", &self.code),
                ("contact", "conduct-contact", &self.contact),
            ],
        )
    }
    fn code_error(&self) -> Option<String> {
        Some(self.code.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::organise_conduct(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            code: Field::default(),
            contact: Field::of("care@example.org"),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            code: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_CODE }),
            contact: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_CONTACT }),
            ..Self::sample()
        }
    }
}

impl ConductPage {
    fn code_html(&self) -> TrustedHtml {
        code_html(&self.shell, self.code.as_deref())
    }
    fn who(&self, who: &Who) -> String {
        name(&self.shell, who)
    }
    fn kind(&self, decision: &DecisionRow) -> String {
        self.shell
            .t(&format!("conduct-decided-{}", decision.kind.word()))
    }
    fn reason(&self, report: &ReportRow) -> String {
        self.shell
            .t(&format!("conduct-reason-{}", report.reason.word()))
    }
    fn outcome(&self, outcome: &Outcome) -> String {
        self.shell.t(&format!("conduct-outcome-{}", outcome.word()))
    }
    fn key_of(&self, decision: &DecisionRow) -> String {
        key_of(&self.key, &decision.id.to_string())
    }
    fn appeal_of(&self, decision: &DecisionRow) -> Option<&Field> {
        let (of, field) = self.appeal.as_ref()?;
        (*of == decision.id).then_some(field)
    }
    fn entered(&self, decision: &DecisionRow) -> String {
        self.appeal_of(decision)
            .map_or(String::new(), |field| field.value.clone())
    }
    fn error_of(&self, decision: &DecisionRow) -> Option<String> {
        let error = self.appeal_of(decision)?.error.as_ref()?;
        Some(error.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        let unappealed = |kind| DecisionRow {
            appeal: None,
            ..DecisionRow::sample(kind)
        };
        let ended = |outcome| {
            ReportRow::sample(ReportStage::Ended {
                by: Who::Gone,
                at: samples::now(),
                outcome,
                answer: "Thank you; we spoke with them.".into(),
            })
        };
        let mut reports = vec![
            ReportRow::sample(ReportStage::Open),
            ReportRow::sample(ReportStage::Claimed {
                by: Who::Gone,
                mine: false,
            }),
        ];
        reports.extend(Outcome::ALL.map(ended));
        Self {
            shell: samples::event_shell(&routes::conduct(samples::SLUG))
                .attendee()
                .shell,
            key: samples::KEY.into(),
            code: None,
            contact: Some("care@example.org".into()),
            accepted: Some((samples::now(), false)),
            reports,
            decisions: vec![
                unappealed(SanctionKind::Ban),
                DecisionRow::sample(SanctionKind::Mute),
                DecisionRow {
                    appeal: Some(AppealRow {
                        words: "I see.".into(),
                        made: samples::now(),
                        ended: Some((false, "It stays.".into())),
                    }),
                    ..DecisionRow::sample(SanctionKind::Warning)
                },
            ],
            appeal: Some((
                DecisionRow::sample(SanctionKind::Ban).id,
                Field::wrong("", FieldError::Missing),
            )),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            shell: samples::event_shell(&routes::conduct(samples::SLUG)).shell,
            contact: None,
            accepted: None,
            reports: vec![],
            decisions: vec![],
            appeal: None,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            code: samples::hostile_messages()
                .pop()
                .map(|message| message.blocks().into_owned()),
            contact: Some(samples::HOSTILE.into()),
            reports: vec![ReportRow::hostile()],
            decisions: vec![DecisionRow::hostile()],
            appeal: None,
            ..Self::sample()
        }
    }
}

impl ReportFormPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("category", "conduct-category", &self.category),
                ("words", "conduct-words", &self.words),
            ],
        )
    }
    fn reasons(&self) -> Vec<Choice> {
        let all = ReportReason::ALL.into_iter();
        all.map(|reason| Choice {
            value: reason.word(),
            label: self.shell.t(&format!("conduct-reason-{}", reason.word())),
            chosen: self.category.value == reason.word(),
        })
        .collect()
    }
    fn category_error(&self) -> Option<String> {
        Some(self.category.error.as_ref()?.text(self.shell.lang))
    }
    fn words_error(&self) -> Option<String> {
        Some(self.words.error.as_ref()?.text(self.shell.lang))
    }
    fn is_about(&self) -> bool {
        self.message.is_some() || self.person.is_some()
    }

    pub fn sample() -> Self {
        let message = MessageId(uuid::Uuid::from_u128(5));
        Self {
            shell: samples::event_shell(&routes::report_message(samples::SLUG, message))
                .attendee()
                .shell,
            key: samples::KEY.into(),
            message: Some(message),
            person: None,
            name: Some("Alex Attendee".into()),
            source: Some("You are all idiots".into()),
            category: Field::default(),
            words: Field::default(),
        }
    }
    pub fn sample_person() -> Self {
        Self {
            message: None,
            person: Some(samples::person_id(2)),
            source: None,
            ..Self::sample()
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            name: Some(samples::HOSTILE.into()),
            source: Some(samples::HOSTILE.into()),
            category: Field::wrong("", FieldError::Missing),
            words: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_WORDS }),
            ..Self::sample()
        }
    }
}

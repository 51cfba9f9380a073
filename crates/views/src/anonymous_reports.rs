//! Reporting without a name: the form, the conversation as the reporter sees it
//! by their receipt, and as those who look after the event see it.

use askama::Template;
use hallway_model::ids::AnonymousReportId;
use hallway_model::reports::MAX_WORDS;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;
use uuid::Uuid;

use crate::forms::{Field, FieldError};
use crate::samples;
use crate::shell::Shell;

/// `GET` and refused `POST` of `routes::anonymous_report` (`receipt`, `words`), and
/// refused `POST` of `routes::own_anonymous_report` (`receipt`).
#[derive(Template)]
#[template(path = "conduct/anonymous_form.html")]
pub struct AnonymousFormPage {
    pub shell: Shell,
    /// What the report will be found by.
    pub new_receipt: String,
    pub words: Field,
    /// A receipt that led nowhere, as it was entered.
    pub receipt: Field,
}

/// `POST` of both: what was written. Fields: `receipt`, `words`, `send` (`yes`) to
/// `routes::own_anonymous_report`.
#[derive(Template)]
#[template(path = "conduct/anonymous.html")]
pub struct AnonymousPage {
    pub shell: Shell,
    pub receipt: String,
    /// Just sent: the receipt is shown, once.
    pub fresh: bool,
    pub ended: bool,
    /// Oldest first.
    pub lines: Vec<LineRow>,
    pub words: Field,
}

/// `GET` and refused `POST` of `routes::moderate_anonymous`. Fields: `words`,
/// `end` (`yes`), `key`.
#[derive(Template)]
#[template(path = "moderation/anonymous.html")]
pub struct AnonymousFilePage {
    pub shell: Shell,
    pub key: String,
    pub report: AnonymousReportId,
    pub ended: Option<Timestamp>,
    pub lines: Vec<LineRow>,
    pub words: Field,
}

#[derive(Clone, Debug)]
pub struct LineRow {
    pub by_team: bool,
    pub words: String,
    pub written: Timestamp,
}

impl LineRow {
    fn samples() -> Vec<Self> {
        let line = |by_team, words: &str| Self {
            by_team,
            words: words.into(),
            written: samples::now(),
        };
        vec![
            line(false, "Somebody takes pictures of people who said no."),
            line(true, "Thank you. Where was that?\nWe go and look."),
            line(false, samples::HOSTILE),
        ]
    }
}

fn error_of(shell: &Shell, field: &Field) -> Option<String> {
    Some(field.error.as_ref()?.text(shell.lang))
}

impl AnonymousFormPage {
    fn words_error(&self) -> Option<String> {
        error_of(&self.shell, &self.words)
    }
    fn receipt_error(&self) -> Option<String> {
        error_of(&self.shell, &self.receipt)
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::anonymous_report(samples::SLUG)).shell,
            new_receipt: "0123456789abcdefghjkmnpqrstvwxyz".into(),
            words: Field::default(),
            receipt: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            words: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_WORDS }),
            receipt: Field::wrong(samples::HOSTILE, FieldError::NoSuchReceipt),
            ..Self::sample()
        }
    }
}

impl AnonymousPage {
    fn words_error(&self) -> Option<String> {
        error_of(&self.shell, &self.words)
    }
    /// In groups of four, as people write such things down.
    fn spaced_receipt(&self) -> String {
        let letters: Vec<char> = self.receipt.chars().collect();
        let groups = letters.chunks(4).map(String::from_iter);
        groups.collect::<Vec<String>>().join(" ")
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::own_anonymous_report(samples::SLUG)).shell,
            receipt: "0123456789abcdefghjkmnpqrstvwxyz".into(),
            fresh: true,
            ended: false,
            lines: LineRow::samples(),
            words: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            fresh: false,
            ended: true,
            words: Field::wrong("", FieldError::Missing),
            ..Self::sample()
        }
    }
}

impl AnonymousFilePage {
    fn words_error(&self) -> Option<String> {
        error_of(&self.shell, &self.words)
    }
    fn url(&self) -> String {
        routes::moderate_anonymous(self.shell.slug(), self.report)
    }

    pub fn sample() -> Self {
        let report = AnonymousReportId(Uuid::from_u128(9));
        Self {
            shell: samples::event_shell(&routes::moderate_anonymous(samples::SLUG, report))
                .moderator()
                .shell,
            key: samples::KEY.into(),
            report,
            ended: None,
            lines: LineRow::samples(),
            words: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            ended: Some(samples::now()),
            words: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_WORDS }),
            ..Self::sample()
        }
    }
}

//! Conversations of the reader: those that wait for an answer, those that go
//! on, and asking for one.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::samples;
use crate::shell::Shell;

/// `GET` and `POST` of `routes::directs`: `key`, `who`, `line`. A request is
/// answered at `routes::channel_part` `membership` (`answer`) and `block`.
#[derive(Template)]
#[template(path = "directs/directs.html")]
pub struct DirectsPage {
    pub shell: Shell,
    /// Asked of the reader.
    pub requests: Vec<DirectRow>,
    /// Asked by the reader, not answered yet.
    pub waiting: Vec<DirectRow>,
    pub conversations: Vec<DirectRow>,
    pub key: String,
    pub who: Field,
    pub line: Field,
}

#[derive(Clone, Debug)]
pub struct DirectRow {
    pub slug: String,
    /// Names of the others.
    pub names: String,
    /// The first line, while it waits.
    pub line: Option<String>,
    pub said: Option<Timestamp>,
    pub lit: bool,
}

impl DirectsPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("who", "directs-who", &self.who),
                ("line", "directs-line", &self.line),
            ],
        )
    }
    fn part(&self, row: &DirectRow, part: &str) -> String {
        routes::channel_part(self.shell.slug(), &row.slug, part)
    }
    /// A key for each form, which a repeated post of this page repeats.
    fn key_of(&self, row: &DirectRow, form: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, format!("{form}/{}", row.slug).as_bytes()).to_string()
    }
    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.waiting.is_empty() && self.conversations.is_empty()
    }

    pub fn sample() -> Self {
        let row = |names: &str, line: Option<&str>| DirectRow {
            slug: "direct-019a8f2e".into(),
            names: names.into(),
            line: line.map(Into::into),
            said: Some(samples::at(0, 13, 2)),
            lit: line.is_none(),
        };
        Self {
            shell: samples::event_shell(&routes::directs(samples::SLUG))
                .signed_in()
                .shell,
            requests: vec![row(
                "Ruben Castillo",
                Some("You asked about the second number?"),
            )],
            waiting: vec![row("Marit Solheim", Some("May I ask you about your talk?"))],
            conversations: vec![row("ליאור בן־עמי, Ruben Castillo", None)],
            key: samples::KEY.into(),
            who: Field::default(),
            line: Field::default(),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            requests: vec![],
            waiting: vec![],
            conversations: vec![],
            who: Field::wrong("Nobody", FieldError::NobodySo),
            line: Field::wrong("", FieldError::Missing),
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let row = || DirectRow {
            slug: "direct-019a8f2e".into(),
            names: samples::HOSTILE.into(),
            line: Some(samples::HOSTILE.into()),
            said: None,
            lit: false,
        };
        Self {
            requests: vec![row()],
            waiting: vec![row()],
            conversations: vec![row()],
            ..Self::sample()
        }
    }
}

//! The audit log, for organisers: who did what to whom, why and until when.

use askama::Template;
use hallway_model::audit::Deed;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::audit`.
#[derive(Template)]
#[template(path = "audit/audit.html")]
pub struct AuditPage {
    pub shell: Shell,
    /// Newest first.
    pub lines: Vec<Line>,
    pub older: Option<String>,
    pub newer: Option<String>,
}

/// Somebody in a log, whose name goes with their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Person(String),
    /// Has deleted their account.
    Gone,
    /// The server, or its operator.
    Server,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub deed: Deed,
    pub who: Who,
    /// Whom it concerns.
    pub person: Option<Who>,
    /// Name of the stage or channel it was done to.
    pub subject: Option<String>,
    pub reason: String,
    pub until: Option<Timestamp>,
    pub at: Timestamp,
}

impl AuditPage {
    fn deed(&self, line: &Line) -> String {
        self.shell.t(&format!("audit-deed-{}", line.deed.word()))
    }
    fn who(&self, who: &Who) -> String {
        match who {
            Who::Person(name) => name.clone(),
            Who::Gone => self.shell.t("channels-gone"),
            Who::Server => self.shell.t("audit-server"),
        }
    }

    pub fn sample() -> Self {
        let at = samples::now();
        let lines = Deed::ALL.iter().enumerate().map(|(n, deed)| Line {
            deed: *deed,
            who: match n % 3 {
                0 => Who::Person("Omar Organiser".into()),
                1 => Who::Gone,
                _ => Who::Server,
            },
            person: (n % 2 == 0).then(|| Who::Person("Alex Attendee".into())),
            subject: (n % 3 == 0).then(|| "Main Hall".into()),
            reason: if n % 2 == 0 {
                "moderator".into()
            } else {
                String::new()
            },
            until: (n % 2 == 0).then_some(at + Span::hours(1)),
            at: at - Span::minutes(n as i64),
        });
        Self {
            shell: samples::event_shell(&routes::audit(samples::SLUG))
                .organiser()
                .shell,
            lines: lines.collect(),
            older: Some("?before=0192f0c4-0000-7000-8000-000000000000".into()),
            newer: Some(routes::audit(samples::SLUG)),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            lines: vec![],
            older: None,
            newer: None,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let hostile = || Who::Person(samples::HOSTILE.into());
        let lines = Self::sample().lines.into_iter().map(|line| Line {
            who: hostile(),
            person: Some(hostile()),
            subject: Some(samples::HOSTILE.into()),
            reason: samples::HOSTILE.into(),
            ..line
        });
        Self {
            shell: samples::hostile(Self::sample().shell),
            lines: lines.collect(),
            ..Self::sample()
        }
    }
}

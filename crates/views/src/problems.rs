//! What a person sees when a request cannot be answered: what happened, in
//! their words, and the next step.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::Kind;

use crate::samples;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "problems/problem.html")]
pub struct ProblemPage {
    pub shell: Shell,
    pub kind: Kind,
    /// What to do about this one, already in the reader's language; else the
    /// kind's own advice is given.
    pub detail: Option<String>,
    /// Seconds until it is worth trying again.
    pub retry_after: Option<u32>,
    /// Until when it stays so.
    pub until: Option<Timestamp>,
    /// Names the request in the log, for a question to the organisers.
    pub request_id: Option<String>,
}

impl ProblemPage {
    fn title(&self) -> String {
        self.shell.t(&format!("problems-{}", self.kind.word()))
    }
    fn advice(&self) -> String {
        self.detail.clone().unwrap_or_else(|| {
            self.shell
                .t(&format!("problems-{}-advice", self.kind.word()))
        })
    }
    fn status(&self) -> u16 {
        self.kind.status()
    }
    fn retry(&self) -> Option<String> {
        let seconds = self.retry_after?;
        Some(if seconds < 90 {
            self.shell.lang.tn("problems-retry-seconds", seconds)
        } else {
            self.shell
                .lang
                .tn("problems-retry-minutes", seconds.div_ceil(60))
        })
    }
    fn offers_sign_in(&self) -> bool {
        self.shell.person.is_none()
            && matches!(
                self.kind,
                Kind::SignInNeeded | Kind::Forbidden | Kind::LinkSpent | Kind::NotFound
            )
    }

    pub fn sample(kind: Kind) -> Self {
        Self {
            shell: samples::event_shell("/summit-2026/nowhere").shell,
            kind,
            detail: None,
            retry_after: matches!(kind, Kind::TooMany | Kind::Unavailable).then_some(30),
            until: matches!(kind, Kind::Muted | Kind::Banned).then(samples::now),
            request_id: matches!(kind, Kind::Internal).then(|| "01JD8Q3W".into()),
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(samples::shell("/?\"><script>").shell),
            detail: Some(samples::HOSTILE.into()),
            retry_after: Some(600),
            request_id: Some(samples::HOSTILE.into()),
            ..Self::sample(Kind::TooMany)
        }
    }
}

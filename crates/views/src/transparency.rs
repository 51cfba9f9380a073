//! What an event tells everybody of how its conduct was looked after.

use askama::Template;
use hallway_model::audit::Deed;
use hallway_model::reports::ReportReason;
use hallway_model::time::Span;
use hallway_model::transparency::{Figure, TOLD};
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::transparency`.
#[derive(Template)]
#[template(path = "conduct/transparency.html")]
pub struct TransparencyPage {
    pub shell: Shell,
    pub reports: Figure,
    pub by_reason: Vec<(ReportReason, Figure)>,
    pub deeds: Vec<(Deed, Figure)>,
    pub median: Option<Span>,
}

struct Line {
    label: String,
    figure: String,
}

impl TransparencyPage {
    fn figure(&self, figure: Figure) -> String {
        match figure {
            Figure::Fewer => self.shell.t("transparency-fewer"),
            Figure::Exactly(count) => self.shell.number(count),
        }
    }
    fn total(&self) -> String {
        self.figure(self.reports)
    }
    fn reasons(&self) -> Vec<Line> {
        self.by_reason
            .iter()
            .map(|(reason, figure)| Line {
                label: self.shell.t(&format!("conduct-reason-{}", reason.word())),
                figure: self.figure(*figure),
            })
            .collect()
    }
    fn done(&self) -> Vec<Line> {
        self.deeds
            .iter()
            .map(|(deed, figure)| Line {
                label: self.shell.t(&format!("audit-deed-{}", deed.word())),
                figure: self.figure(*figure),
            })
            .collect()
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::transparency(samples::SLUG)).shell,
            reports: Figure::of(23),
            by_reason: ReportReason::ALL.map(|r| (r, Figure::of(7))).into(),
            deeds: TOLD.map(|deed| (deed, Figure::of(6))).into(),
            median: Some(Span::minutes(17)),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            reports: Figure::Fewer,
            by_reason: ReportReason::ALL.map(|r| (r, Figure::Fewer)).into(),
            deeds: TOLD.map(|deed| (deed, Figure::Fewer)).into(),
            median: None,
            ..Self::sample()
        }
    }
}

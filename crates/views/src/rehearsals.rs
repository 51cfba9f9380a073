//! The organisers' page of a rehearsal: starting it, how it goes, and what the
//! last one came to.

use askama::Template;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::rehearsals::{
    RehearsalError, RehearsalFigures, RehearsalRun, RehearsalState, RehearsalTimes,
};
use hallway_protocol::routes;
use serde_json::json;
use uuid::Uuid;

use crate::forms::{Field, FieldError, Summary};
use crate::markup::props;
use crate::samples;
use crate::shell::Shell;

/// `GET` and refused `POST` of `routes::organise_rehearsal`. Fields: `key`,
/// `people`, `minutes`; of the form to `routes::rehearsal_stop`: `key`.
#[derive(Template)]
#[template(path = "organise/rehearsal.html")]
pub struct RehearsalPage {
    pub shell: Shell,
    pub key: String,
    /// The event is marked as a rehearsal.
    pub marked: bool,
    /// Another event's goes on.
    pub busy: bool,
    /// A start was refused, for what the page says.
    pub refused: bool,
    pub run: Option<RehearsalRun>,
    pub people: Field,
    pub minutes: Field,
}

/// A number with its name, and more of it in small words.
struct Figure {
    label: String,
    number: String,
    aside: Option<String>,
}

/// What took its time: how often, and how long.
struct Pace {
    label: String,
    aside: Option<String>,
    times: [String; 3],
}

/// Elapsed seconds as people say them: `1:20`.
fn minutes(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl RehearsalPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("people", "rehearsal-field-people", &self.people),
                ("minutes", "rehearsal-field-minutes", &self.minutes),
            ],
        )
    }
    fn island_props(&self) -> String {
        props(&json!({ "lang": self.shell.lang.code() }))
    }
    fn under_way(&self) -> Option<&RehearsalRun> {
        self.run.as_ref().filter(|run| run.state.is_under_way())
    }
    fn over(&self) -> Option<&RehearsalRun> {
        self.run.as_ref().filter(|run| !run.state.is_under_way())
    }

    /// How it stands, in one sentence.
    fn status(&self, run: &RehearsalRun) -> String {
        let lang = self.shell.lang;
        match run.state {
            RehearsalState::Preparing => lang.t2(
                "rehearsal-preparing",
                "ready",
                lang.number(run.ready.into()),
                "people",
                lang.number(run.people.into()),
            ),
            RehearsalState::Playing => lang.t2(
                "rehearsal-playing",
                "elapsed",
                minutes(run.elapsed),
                "total",
                minutes(run.seconds),
            ),
            RehearsalState::Ending => lang.t("rehearsal-ending"),
            RehearsalState::Ended if self.is_clean(run) => lang.t("rehearsal-clean"),
            RehearsalState::Ended => lang.t("rehearsal-unclean"),
            RehearsalState::Stopped => lang.t("rehearsal-stopped"),
            RehearsalState::Failed => lang.t("rehearsal-failed"),
        }
    }
    fn is_clean(&self, run: &RehearsalRun) -> bool {
        let figures = &run.figures;
        figures.gaps == 0
            && figures.errors == 0
            && figures.acknowledged == figures.messages + figures.reactions
    }
    fn tone(&self, run: &RehearsalRun) -> &'static str {
        match run.state {
            RehearsalState::Ended if self.is_clean(run) => "good",
            RehearsalState::Ended | RehearsalState::Failed => "bad",
            _ => "",
        }
    }
    /// Who was asked for, how long, and when.
    fn asked(&self, run: &RehearsalRun) -> String {
        let lang = self.shell.lang;
        lang.t2(
            "rehearsal-asked",
            "people",
            lang.tn("rehearsal-guests", run.people),
            "length",
            lang.length(Span::minutes((i64::from(run.seconds) + 59) / 60)),
        )
    }
    fn begun(&self, run: &RehearsalRun) -> Timestamp {
        Timestamp(run.begun)
    }
    /// How far it is, out of [`Self::whole`].
    fn done(&self, run: &RehearsalRun) -> u32 {
        match run.state {
            RehearsalState::Preparing => run.ready,
            _ => run.elapsed.min(run.seconds),
        }
    }
    fn whole(&self, run: &RehearsalRun) -> u32 {
        match run.state {
            RehearsalState::Preparing => run.people,
            _ => run.seconds,
        }
    }

    fn figures(&self, run: &RehearsalRun) -> Vec<Figure> {
        let figures = &run.figures;
        let figure = |label: &str, number: u64, aside| Figure {
            label: self.shell.t(label),
            number: self.number(number),
            aside,
        };
        let mut all = vec![];
        if run.state.is_under_way() {
            let goings = figures.joins.saturating_sub(figures.here);
            all.extend([
                figure("rehearsal-here", figures.here, None),
                figure("rehearsal-comings", figures.joins, None),
                figure("rehearsal-goings", goings, None),
            ]);
        }
        let unconfirmed =
            (figures.messages + figures.reactions).saturating_sub(figures.acknowledged);
        // What is on its way while they play is no news.
        let unconfirmed = (unconfirmed > 0 && !run.state.is_under_way())
            .then(|| self.shell.lang.tn("rehearsal-unconfirmed", unconfirmed));
        all.extend([
            figure("rehearsal-messages", figures.messages, unconfirmed),
            figure("rehearsal-reactions", figures.reactions, None),
            figure("rehearsal-gaps", figures.gaps, None),
            figure("rehearsal-errors", figures.errors, None),
        ]);
        all
    }
    fn number(&self, number: u64) -> String {
        self.shell
            .lang
            .number(i64::try_from(number).unwrap_or(i64::MAX))
    }
    fn paces(&self, run: &RehearsalRun) -> Vec<Pace> {
        let figures = &run.figures;
        let pace = |label: &str, aside, times: RehearsalTimes| Pace {
            label: self.shell.t(label),
            aside: Some(aside),
            times: [times.p50, times.p99, times.slowest].map(|ms| self.time(ms)),
        };
        let count = |number| self.number(number);
        let joins = self.shell.lang.t2(
            "rehearsal-of-these-returns",
            "joins",
            count(figures.joins),
            "returns",
            count(figures.returns),
        );
        vec![
            pace("rehearsal-pages", count(figures.pages), figures.page_ms),
            pace("rehearsal-joins", joins, figures.join_ms),
            pace(
                "rehearsal-deliveries",
                count(figures.deliveries),
                figures.delivery_ms,
            ),
        ]
    }
    fn slowest(&self, times: &RehearsalTimes) -> String {
        self.time(times.slowest)
    }
    fn count(&self, error: &RehearsalError) -> String {
        self.number(error.count)
    }
    /// Whole milliseconds: more is not told by one rehearsal.
    fn time(&self, ms: Option<f64>) -> String {
        let Some(ms) = ms else {
            return "–".to_owned();
        };
        // Times are far below what a number holds.
        let whole = ms.ceil().clamp(1.0, 1e9) as i64;
        self.shell.lang.t1("rehearsal-ms", "ms", whole)
    }

    pub fn sample() -> Self {
        let times = |p50, p99, slowest| RehearsalTimes {
            p50: Some(p50),
            p99: Some(p99),
            slowest: Some(slowest),
        };
        Self {
            shell: samples::event_shell(&routes::organise_rehearsal(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            marked: true,
            busy: false,
            refused: false,
            run: Some(RehearsalRun {
                id: Uuid::nil(),
                state: RehearsalState::Ended,
                people: 2_000,
                seconds: 300,
                begun: samples::now().0,
                ready: 2_000,
                elapsed: 300,
                figures: RehearsalFigures {
                    here: 0,
                    joins: 5_873,
                    returns: 3_873,
                    pages: 11_790,
                    messages: 812,
                    reactions: 541,
                    acknowledged: 1_353,
                    deliveries: 2_451_077,
                    gaps: 0,
                    errors: 0,
                    page_ms: times(4.2, 48.0, 210.4),
                    join_ms: times(21.0, 160.0, 402.0),
                    delivery_ms: times(14.0, 73.0, 1_204.9),
                },
                errors: vec![],
                failure: None,
            }),
            people: Field::of("200"),
            minutes: Field::of("5"),
        }
    }
    fn sample_run(state: RehearsalState, change: impl FnOnce(&mut RehearsalRun)) -> Self {
        let mut page = Self::sample();
        if let Some(run) = &mut page.run {
            run.state = state;
            change(run);
        }
        page
    }
    pub fn sample_unmarked() -> Self {
        Self {
            marked: false,
            run: None,
            ..Self::sample()
        }
    }
    pub fn sample_busy() -> Self {
        Self {
            busy: true,
            refused: true,
            run: None,
            ..Self::sample()
        }
    }
    pub fn sample_preparing() -> Self {
        Self::sample_run(RehearsalState::Preparing, |run| {
            run.ready = 640;
            run.figures = RehearsalFigures::default();
        })
    }
    pub fn sample_playing() -> Self {
        Self::sample_run(RehearsalState::Playing, |run| {
            run.elapsed = 80;
            run.figures.here = 1_604;
            for times in [
                &mut run.figures.page_ms,
                &mut run.figures.join_ms,
                &mut run.figures.delivery_ms,
            ] {
                (times.p50, times.p99) = (None, None);
            }
        })
    }
    pub fn sample_refused() -> Self {
        Self {
            people: Field::wrong(samples::HOSTILE, FieldError::NotACount { max: 5_000 }),
            minutes: Field::wrong("", FieldError::NotACount { max: 30 }),
            run: None,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let page = Self::sample_run(RehearsalState::Failed, |run| {
            run.failure = Some(samples::HOSTILE.into());
            run.figures.errors = 17;
            run.errors = vec![RehearsalError {
                what: samples::HOSTILE.into(),
                count: 17,
            }];
        });
        Self {
            shell: samples::hostile(Self::sample().shell),
            ..page
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_minutes() {
        assert_eq!(minutes(0), "0:00");
        assert_eq!(minutes(80), "1:20");
        assert_eq!(minutes(1_800), "30:00");
    }

    #[test]
    fn what_was_not_measured_is_no_zero() {
        let page = RehearsalPage::sample();
        assert_eq!(page.time(None), "–");
        assert_eq!(page.time(Some(0.2)), "1 ms");
        assert_eq!(page.time(Some(1_204.9)), "1,205 ms");
    }
}

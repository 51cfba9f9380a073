//! What the guests of a rehearsal saw: counts and times.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallway_protocol::rehearsals::{RehearsalError, RehearsalFigures, RehearsalTimes};
use serde::Serialize;
use tokio::time::Instant;

/// Times kept of each kind: bounds a long rehearsal's memory.
const MOST: usize = 5_000_000;
/// Kinds of errors that a page tells, and how much of each.
const LISTED: usize = 20;
const LONGEST: usize = 300;

#[derive(Default)]
pub struct Ledger(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    here: usize,
    joins: usize,
    returns: usize,
    sent: Vec<Instant>,
    acknowledged: usize,
    reactions: usize,
    deliveries: usize,
    /// Events that came twice, out of order, or not at all.
    gaps: usize,
    pages: Took,
    join_times: Took,
    delivery_times: Took,
    errors: BTreeMap<String, usize>,
}

/// Microseconds.
#[derive(Default)]
struct Took {
    all: Vec<u32>,
    slowest: Option<u32>,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, PartialEq)]
pub struct Times {
    pub p50: f64,
    pub p99: f64,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub people: usize,
    pub seconds: u64,
    pub joins: usize,
    pub returns: usize,
    pub messages: usize,
    pub acknowledged: usize,
    pub reactions: usize,
    pub deliveries: usize,
    pub gaps: usize,
    pub pages: usize,
    pub page_ms: Times,
    pub join_ms: Times,
    pub delivery_ms: Times,
    pub errors: BTreeMap<String, usize>,
}

impl Counts {
    fn figures(&self) -> RehearsalFigures {
        RehearsalFigures {
            here: self.here as u64,
            joins: self.joins as u64,
            returns: self.returns as u64,
            pages: self.pages.all.len() as u64,
            messages: self.sent.len() as u64,
            reactions: self.reactions as u64,
            acknowledged: self.acknowledged as u64,
            deliveries: self.deliveries as u64,
            gaps: self.gaps as u64,
            errors: self.errors.values().sum::<usize>() as u64,
            page_ms: self.pages.so_far(),
            join_ms: self.join_times.so_far(),
            delivery_ms: self.delivery_times.so_far(),
        }
    }
}

impl Ledger {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn page(&self, took: Duration) {
        self.counts().pages.note(took);
    }

    pub fn joined(&self, took: Duration, again: bool) {
        let mut counts = self.counts();
        counts.here += 1;
        counts.joins += 1;
        counts.returns += usize::from(again);
        counts.join_times.note(took);
    }

    pub fn left(&self) {
        self.counts().here -= 1;
    }

    /// Gives the number that the message carries.
    pub fn sent(&self) -> usize {
        let mut counts = self.counts();
        counts.sent.push(Instant::now());
        counts.sent.len() - 1
    }

    pub fn acknowledged(&self) {
        self.counts().acknowledged += 1;
    }

    pub fn reacted(&self) {
        self.counts().reactions += 1;
    }

    /// An event came; `message` where it is one of ours. What was said before
    /// the guest came, at `since`, did not take so long: it waited for them.
    pub fn delivered(&self, message: Option<usize>, since: Instant) {
        let mut counts = self.counts();
        counts.deliveries += 1;
        let sent = message.and_then(|number| counts.sent.get(number)).copied();
        if let Some(sent) = sent.filter(|sent| *sent >= since) {
            counts.delivery_times.note(sent.elapsed());
        }
    }

    pub fn gap(&self) {
        self.counts().gaps += 1;
    }

    pub fn error(&self, what: impl Into<String>) {
        *self.counts().errors.entry(what.into()).or_default() += 1;
    }

    pub fn progress(&self) -> String {
        let counts = self.counts();
        let errors: usize = counts.errors.values().sum();
        format!(
            "{} here, {} messages, {} deliveries, {} gaps, {errors} errors",
            counts.here,
            counts.sent.len(),
            counts.deliveries,
            counts.gaps
        )
    }

    /// How it goes, for a page.
    pub fn figures(&self) -> RehearsalFigures {
        self.counts().figures()
    }

    /// The same at the end, and the most frequent errors.
    pub fn end(&self) -> (RehearsalFigures, Vec<RehearsalError>) {
        let mut counts = std::mem::take(&mut *self.counts());
        let figures = RehearsalFigures {
            page_ms: counts.pages.at_the_end(),
            join_ms: counts.join_times.at_the_end(),
            delivery_ms: counts.delivery_times.at_the_end(),
            ..counts.figures()
        };
        let told = counts.errors.into_iter().map(|(what, count)| {
            let what = what.chars().take(LONGEST).collect();
            let count = count as u64;
            RehearsalError { what, count }
        });
        let mut errors: Vec<_> = told.collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.count));
        errors.truncate(LISTED);
        (figures, errors)
    }

    pub fn report(&self, people: usize, took: Duration) -> Report {
        let mut counts = std::mem::take(&mut *self.counts());
        Report {
            people,
            seconds: took.as_secs(),
            joins: counts.joins,
            returns: counts.returns,
            messages: counts.sent.len(),
            acknowledged: counts.acknowledged,
            reactions: counts.reactions,
            deliveries: counts.deliveries,
            gaps: counts.gaps,
            pages: counts.pages.all.len(),
            page_ms: counts.pages.times(),
            join_ms: counts.join_times.times(),
            delivery_ms: counts.delivery_times.times(),
            errors: counts.errors,
        }
    }
}

impl Took {
    fn note(&mut self, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.slowest = self.slowest.max(Some(took));
        if self.all.len() < MOST {
            self.all.push(took);
        }
    }

    fn times(&mut self) -> Times {
        self.all.sort_unstable();
        Times {
            p50: self.percentile(50).unwrap_or_default(),
            p99: self.percentile(99).unwrap_or_default(),
        }
    }

    /// Of times that are sorted; none where there are none.
    fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = (self.all.len() * percent).div_ceil(100);
        self.all.get(rank.saturating_sub(1)).copied().map(ms)
    }

    fn so_far(&self) -> RehearsalTimes {
        RehearsalTimes {
            slowest: self.slowest.map(ms),
            ..RehearsalTimes::default()
        }
    }

    fn at_the_end(&mut self) -> RehearsalTimes {
        self.all.sort_unstable();
        RehearsalTimes {
            p50: self.percentile(50),
            p99: self.percentile(99),
            ..self.so_far()
        }
    }
}

fn ms(microseconds: u32) -> f64 {
    f64::from(microseconds) / 1_000.0
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.gaps == 0
            && self.errors.is_empty()
            && self.acknowledged == self.messages + self.reactions
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |times: &Times| {
            format!(
                "{:.0} ms median, {:.0} ms at the 99th percentile",
                times.p50, times.p99
            )
        };
        writeln!(f, "people      {} for {} s", self.people, self.seconds)?;
        writeln!(
            f,
            "joins       {}, of these {} returns; {}",
            self.joins,
            self.returns,
            ms(&self.join_ms)
        )?;
        writeln!(f, "pages       {}; {}", self.pages, ms(&self.page_ms))?;
        writeln!(
            f,
            "messages    {} and {} reactions, {} acknowledged",
            self.messages, self.reactions, self.acknowledged
        )?;
        writeln!(
            f,
            "deliveries  {}; {}",
            self.deliveries,
            ms(&self.delivery_ms)
        )?;
        writeln!(f, "gaps        {}", self.gaps)?;
        writeln!(f, "errors      {}", self.errors.values().sum::<usize>())?;
        for (what, count) in &self.errors {
            writeln!(f, "  {count} x {what}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_report_tells_what_happened() {
        let (ledger, came) = (Ledger::default(), Instant::now());
        ledger.joined(Duration::from_millis(40), false);
        let message = ledger.sent();
        tokio::time::advance(Duration::from_millis(8)).await;
        ledger.delivered(Some(message), came);
        ledger.delivered(None, came);
        // Somebody who came later was told it from the record.
        tokio::time::advance(Duration::from_secs(9)).await;
        ledger.delivered(Some(message), Instant::now());
        ledger.acknowledged();
        assert_eq!(
            ledger.progress(),
            "1 here, 1 messages, 3 deliveries, 0 gaps, 0 errors"
        );
        let so_far = ledger.figures();
        assert_eq!((so_far.here, so_far.delivery_ms.slowest), (1, Some(8.0)));
        assert_eq!(so_far.page_ms.slowest, None, "nothing was read");
        ledger.error("no page: 500");
        ledger.left();
        let report = ledger.report(1, Duration::from_secs(60));
        assert_eq!((report.deliveries, report.delivery_ms.p99), (3, 8.0));
        assert!(!report.is_clean());
        assert!(report.to_string().contains("1 x no page: 500"));
    }
}

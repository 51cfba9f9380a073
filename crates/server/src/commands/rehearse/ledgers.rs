//! What the guests of a rehearsal saw: counts and times.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// Times kept of each kind: bounds a long rehearsal's memory.
const MOST: usize = 5_000_000;

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
    pages: Vec<u32>,
    join_times: Vec<u32>,
    delivery_times: Vec<u32>,
    errors: BTreeMap<String, usize>,
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

impl Ledger {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn page(&self, took: Duration) {
        note(&mut self.counts().pages, took);
    }

    pub fn joined(&self, took: Duration, again: bool) {
        let mut counts = self.counts();
        counts.here += 1;
        counts.joins += 1;
        counts.returns += usize::from(again);
        note(&mut counts.join_times, took);
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

    /// An event came; `message` where it is one of ours.
    pub fn delivered(&self, message: Option<usize>) {
        let mut counts = self.counts();
        counts.deliveries += 1;
        let sent = message.and_then(|number| counts.sent.get(number)).copied();
        if let Some(sent) = sent {
            note(&mut counts.delivery_times, sent.elapsed());
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
            pages: counts.pages.len(),
            page_ms: times(&mut counts.pages),
            join_ms: times(&mut counts.join_times),
            delivery_ms: times(&mut counts.delivery_times),
            errors: counts.errors,
        }
    }
}

fn note(times: &mut Vec<u32>, took: Duration) {
    if times.len() < MOST {
        times.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }
}

fn times(microseconds: &mut [u32]) -> Times {
    microseconds.sort_unstable();
    let percentile = |percent: usize| {
        let rank = (microseconds.len() * percent).div_ceil(100);
        let time = microseconds.get(rank.saturating_sub(1)).copied();
        f64::from(time.unwrap_or(0)) / 1_000.0
    };
    Times {
        p50: percentile(50),
        p99: percentile(99),
    }
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
        let ledger = Ledger::default();
        ledger.joined(Duration::from_millis(40), false);
        let message = ledger.sent();
        tokio::time::advance(Duration::from_millis(8)).await;
        ledger.delivered(Some(message));
        ledger.delivered(None);
        ledger.acknowledged();
        assert_eq!(
            ledger.progress(),
            "1 here, 1 messages, 2 deliveries, 0 gaps, 0 errors"
        );
        ledger.error("no page: 500");
        ledger.left();
        let report = ledger.report(1, Duration::from_secs(60));
        assert_eq!((report.deliveries, report.delivery_ms.p99), (2, 8.0));
        assert!(!report.is_clean());
        assert!(report.to_string().contains("1 x no page: 500"));
    }
}

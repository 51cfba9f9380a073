//! What a test runner counted, read from its own words or its JSON report.

use anyhow::Context;
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// The line with which the runner itself closed.
    pub closing: Option<String>,
}

impl Totals {
    pub fn add(&mut self, other: &Totals) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    pub fn closing(self, closing: Option<String>) -> Self {
        Self { closing, ..self }
    }

    /// A line of `cargo test`, which closes once per test binary.
    pub fn read_cargo(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |word: &str| -> u64 {
            let part = counts
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|number| number.trim().parse().ok())
                .unwrap_or(0)
        };
        self.passed += count("passed");
        self.failed += count("failed");
        self.skipped += count("ignored");
        if count("passed") + count("failed") > 0 {
            self.closing = Some(line.to_owned());
        }
    }

    /// vitest's JSON report.
    pub fn of_vitest(report: &Value) -> anyhow::Result<Self> {
        let count = |name: &str| {
            report[name]
                .as_u64()
                .with_context(|| format!("vitest's report has no {name}"))
        };
        Ok(Self {
            passed: count("numPassedTests")?,
            failed: count("numFailedTests")?,
            skipped: count("numPendingTests")? + count("numTodoTests")?,
            closing: None,
        })
    }

    /// Playwright's JSON report. A test that passed only when tried again
    /// counts as failed: it will fail for somebody.
    pub fn of_playwright(report: &Value) -> anyhow::Result<Self> {
        let count = |name: &str| {
            report["stats"][name]
                .as_u64()
                .with_context(|| format!("Playwright's report has no {name}"))
        };
        Ok(Self {
            passed: count("expected")?,
            failed: count("unexpected")? + count("flaky")?,
            skipped: count("skipped")?,
            closing: None,
        })
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// Keeps `Tests  12 passed (12)`.
pub fn keep_vitest(line: &str, closing: &mut Option<String>) {
    let plain = plain(line);
    if plain.trim_start().starts_with("Tests ") {
        *closing = Some(plain.trim().to_owned());
    }
}

/// Keeps `12 passed (34.5s)` and what stands around it.
pub fn keep_playwright(line: &str, closing: &mut Option<String>) {
    let plain = plain(line);
    let mut words = plain.split_whitespace();
    let number = words.next().is_some_and(|word| word.parse::<u64>().is_ok());
    if number
        && words
            .next()
            .is_some_and(|w| ["passed", "failed", "flaky", "skipped"].contains(&w))
    {
        match closing {
            Some(before) => *before = format!("{before}, {}", plain.trim()),
            None => *closing = Some(plain.trim().to_owned()),
        }
    }
}

/// The line without colours (ECMA-48 §8.3.117, SGR).
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part
            .strip_prefix('[')
            .and_then(|p| p.split_once('m'))
            .map_or(part, |(_, r)| r);
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cargos_binaries_are_added_up() {
        let mut totals = Totals::default();
        for line in [
            "running 3 tests",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.10s",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            totals.read_cargo(line);
        }
        assert_eq!(totals.to_string(), "12 passed, 3 failed, 1 skipped");
        assert!(
            totals
                .closing
                .unwrap()
                .starts_with("test result: FAILED. 10 passed")
        );
    }

    #[test]
    fn a_report_without_counts_is_no_report() {
        assert!(Totals::of_vitest(&json!({})).is_err());
        assert!(Totals::of_playwright(&json!({"stats": {"expected": 3}})).is_err());
    }

    #[test]
    fn a_flaky_browser_test_has_failed() {
        let report = json!({"stats": {"expected": 3, "unexpected": 0, "flaky": 1, "skipped": 2}});
        let totals = Totals::of_playwright(&report).unwrap();
        assert_eq!(totals.to_string(), "3 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn closing_lines_are_kept_without_colours() {
        let mut closing = None;
        keep_vitest(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m4 passed\u{1b}[39m (4)",
            &mut closing,
        );
        assert_eq!(closing.as_deref(), Some("Tests  4 passed (4)"));

        let mut closing = None;
        for line in [
            "  1 flaky",
            "    [chromium] › a.spec.ts",
            "  2 skipped",
            "  12 passed (34.5s)",
        ] {
            keep_playwright(line, &mut closing);
        }
        assert_eq!(
            closing.as_deref(),
            Some("1 flaky, 2 skipped, 12 passed (34.5s)")
        );
    }
}

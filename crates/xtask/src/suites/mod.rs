//! `cargo xtask test`: every check and every test, one after the other (they
//! would only fight over two cores), then what each runner counted.
//!
//! A failing step does not hide the next one; only the first two, without
//! which nothing can run, end the whole.

mod stopwatches;
mod totals;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use hallway_testkit::{PrivatePostgres, TestDatabase, postgres};

use crate::places::{self, Profile};
use crate::processes::{Interrupted, Shell};
use crate::suites::stopwatches::{Spent, Stopwatch};
use crate::suites::totals::Totals;
use crate::tools::{self, Purpose};
use crate::{codegen, website};

#[derive(Args)]
pub struct Choice {
    /// Runs these steps alone (repeat it, or separate with commas).
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
    /// Leaves these steps out.
    #[arg(long, value_enum, value_delimiter = ',')]
    skip: Vec<Step>,
}

/// In the order in which they run: what tells most for least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// Installed tools.
    Tools,
    /// `npm ci` and Vite's build.
    Web,
    /// `cargo fmt --check`.
    Format,
    /// Clippy, warnings as errors.
    Clippy,
    /// All Rust tests; those of the store and the server run on both databases.
    Rust,
    /// Generated files are fresh.
    Generated,
    /// `svelte-check`.
    Svelte,
    /// eslint.
    Lint,
    /// `prettier --check`.
    Prettier,
    /// Unit tests of the front end.
    Vitest,
    /// Browser tests against the binary on SQLite.
    BrowserSqlite,
    /// Browser tests against the binary on PostgreSQL.
    BrowserPostgres,
}

impl Step {
    const ALL: [Step; 12] = [
        Self::Tools,
        Self::Web,
        Self::Format,
        Self::Clippy,
        Self::Rust,
        Self::Generated,
        Self::Svelte,
        Self::Lint,
        Self::Prettier,
        Self::Vitest,
        Self::BrowserSqlite,
        Self::BrowserPostgres,
    ];

    /// The word of the command line and of the summary.
    fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Web => "web",
            Self::Format => "format",
            Self::Clippy => "clippy",
            Self::Rust => "rust",
            Self::Generated => "generated",
            Self::Svelte => "svelte",
            Self::Lint => "lint",
            Self::Prettier => "prettier",
            Self::Vitest => "vitest",
            Self::BrowserSqlite => "browser-sqlite",
            Self::BrowserPostgres => "browser-postgres",
        }
    }

    fn needs_postgres(self) -> bool {
        matches!(self, Self::Rust | Self::BrowserPostgres)
    }

    /// Whether nothing after it could run.
    fn is_ground(self) -> bool {
        matches!(self, Self::Tools | Self::Web)
    }
}

/// How one step ended.
struct Outcome {
    step: Step,
    spent: Spent,
    /// None for a check, which has nothing to count.
    totals: Option<Totals>,
    error: Option<anyhow::Error>,
}

pub async fn run(choice: Choice) -> anyhow::Result<()> {
    let whole = Stopwatch::start();
    let steps: Vec<Step> = Step::ALL
        .into_iter()
        .filter(|step| choice.only.is_empty() || choice.only.contains(step) || *step == Step::Tools)
        .filter(|step| !choice.skip.contains(step))
        .collect();

    let mut run = Run {
        shell: Shell::new()?,
        postgres: None,
    };
    let mut outcomes = Vec::new();
    for step in steps {
        println!("\n== {}", step.word());
        let watch = Stopwatch::start();
        let (totals, error) = match run.step(step).await {
            Ok(totals) => (totals, None),
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                eprintln!("xtask: {error:#}");
                (None, Some(error))
            }
        };
        // A runner that failed has counted all the same.
        let (totals, error) = match error.map(anyhow::Error::downcast::<TestsFailed>) {
            Some(Ok(TestsFailed(totals))) => {
                let failed = TestsFailed(totals.clone()).into();
                (Some(totals), Some(failed))
            }
            Some(Err(error)) => (totals, Some(error)),
            None => (totals, None),
        };
        let stop = error.is_some() && step.is_ground();
        outcomes.push(Outcome {
            step,
            spent: watch.stop(),
            totals,
            error,
        });
        if stop {
            break;
        }
    }
    // Its processor time counts once it has been awaited.
    drop(run);
    report(&outcomes, whole.stop())
}

/// The runner ran and says that something failed.
#[derive(Debug)]
struct TestsFailed(Totals);

impl std::fmt::Display for TestsFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl std::error::Error for TestsFailed {}

struct Run {
    shell: Shell,
    postgres: Option<PrivatePostgres>,
}

impl Run {
    async fn step(&mut self, step: Step) -> anyhow::Result<Option<Totals>> {
        if step.needs_postgres() && self.postgres.is_none() {
            let server = PrivatePostgres::start()?;
            self.shell.set(postgres::URL_VARIABLE, server.url());
            self.postgres = Some(server);
        }
        let shell = &self.shell;
        match step {
            Step::Tools => {
                self.shell = tools::ensure(Purpose::Test).await?;
                Ok(None)
            }
            Step::Web => website::build(shell).await.map(|()| None),
            Step::Format => {
                self.check(shell.cargo().args(["fmt", "--all", "--check"]))
                    .await
            }
            Step::Clippy => {
                let mut clippy = shell.cargo();
                clippy.args([
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ]);
                self.check(&mut clippy).await
            }
            Step::Rust => self.rust().await,
            Step::Generated => {
                self.build_as_tests_do().await?;
                codegen::compare(shell, true).await.map(|()| None)
            }
            // The front end's own scripts, so that both ways check the same.
            Step::Svelte => self.check(website::npm(shell).args(["run", "check"])).await,
            Step::Lint => self.check(website::npm(shell).args(["run", "lint"])).await,
            Step::Prettier => {
                self.check(website::npm(shell).args(["run", "format:check"]))
                    .await
            }
            Step::Vitest => self.vitest().await,
            Step::BrowserSqlite => self.browser(&TestDatabase::sqlite()).await,
            Step::BrowserPostgres => {
                let server = self.postgres.as_ref().context("PostgreSQL runs")?;
                self.browser(&server.database()?).await
            }
        }
    }

    async fn check(&self, command: &mut tokio::process::Command) -> anyhow::Result<Option<Totals>> {
        self.shell.run(command).await.map(|()| None)
    }

    /// A program that the front end's lock file brought.
    fn module(&self, name: &str) -> tokio::process::Command {
        let program = places::frontend().join("node_modules/.bin").join(name);
        let mut command = self.shell.command(program);
        command.current_dir(places::frontend());
        command
    }

    async fn rust(&self) -> anyhow::Result<Option<Totals>> {
        let mut totals = Totals::default();
        let mut cargo = self.shell.cargo();
        // Every crate is tried: the first failure must not hide the others.
        cargo.args(["test", "--workspace", "--no-fail-fast"]);
        let status = self
            .shell
            .watch(&mut cargo, |line| totals.read_cargo(line))
            .await?;
        conclude(totals, status.success())
    }

    /// Our programs. `cargo build` would make them once more: what tests alone
    /// need gives the crates beneath them other features.
    async fn build_as_tests_do(&self) -> anyhow::Result<()> {
        let mut cargo = self.shell.cargo();
        cargo.args(["test", "--workspace", "--no-run", "-q"]);
        self.shell.run(&mut cargo).await
    }

    async fn vitest(&self) -> anyhow::Result<Option<Totals>> {
        let report = report_file("vitest.json")?;
        let mut vitest = self.module("vitest");
        vitest.args([
            "run",
            "--reporter=default",
            "--reporter=json",
            "--outputFile.json",
        ]);
        let mut closing = None;
        let status = self
            .shell
            .watch(vitest.arg(&report), |line| {
                totals::keep_vitest(line, &mut closing)
            })
            .await?;
        conclude(
            Totals::of_vitest(&read_report(&report)?)?.closing(closing),
            status.success(),
        )
    }

    async fn browser(&self, database: &TestDatabase) -> anyhow::Result<Option<Totals>> {
        self.build_as_tests_do().await?;
        let kind = match database.kind() {
            hallway_testkit::Kind::Sqlite => "sqlite",
            hallway_testkit::Kind::Postgres => "postgres",
        };
        let report = report_file(&format!("playwright-{kind}.json"))?;
        let mut playwright = self.module("playwright");
        playwright
            .args(["test", "--reporter=list,json"])
            .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
            .env("HALLWAY_BIN", Profile::Debug.binary())
            .env("HALLWAY_BROWSER_DB", kind)
            .env("HALLWAY_BROWSER_DATABASE_URL", database.url());
        let mut closing = None;
        let status = self
            .shell
            .watch(&mut playwright, |line| {
                totals::keep_playwright(line, &mut closing)
            })
            .await?;
        conclude(
            Totals::of_playwright(&read_report(&report)?)?.closing(closing),
            status.success(),
        )
    }
}

/// A runner that executed nothing has not passed.
fn conclude(totals: Totals, success: bool) -> anyhow::Result<Option<Totals>> {
    if totals.passed + totals.failed == 0 {
        bail!("no test was executed");
    }
    if !success || totals.failed > 0 {
        return Err(TestsFailed(totals).into());
    }
    Ok(Some(totals))
}

/// A place for a runner's report, without the one of an earlier run.
fn report_file(name: &str) -> anyhow::Result<PathBuf> {
    let folder = places::target().join("reports");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(name);
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    Ok(file)
}

fn read_report(file: &Path) -> anyhow::Result<serde_json::Value> {
    let text = std::fs::read_to_string(file).context("the runner left no report")?;
    serde_json::from_str(&text).context("the runner's report is not JSON")
}

fn report(outcomes: &[Outcome], whole: Spent) -> anyhow::Result<()> {
    println!("\n== summary");
    for outcome in outcomes {
        let verdict = if outcome.error.is_none() {
            "ok"
        } else {
            "FAILED"
        };
        println!("{:<17} {verdict:<7} {}", outcome.step.word(), outcome.spent);
        let closing = outcome
            .totals
            .iter()
            .filter_map(|totals| totals.closing.clone());
        let reason = outcome.error.iter().map(|error| format!("{error:#}"));
        for text in closing.chain(reason) {
            println!("{:<17} {}", "", text.lines().next().unwrap_or_default());
        }
    }
    println!("{:<17} {:<7} {whole}\n", "whole", "");

    let mut sum = Totals::default();
    for (outcome, totals) in outcomes
        .iter()
        .filter_map(|o| Some((o, o.totals.as_ref()?)))
    {
        println!("{}: {totals}", outcome.step.word());
        sum.add(totals);
    }
    if sum.passed + sum.failed > 0 {
        println!("all: {sum}");
    }
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|o| o.error.is_some())
        .map(|o| o.step.word())
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(step: Step, totals: Option<Totals>, error: Option<anyhow::Error>) -> Outcome {
        Outcome {
            step,
            spent: Spent::default(),
            totals,
            error,
        }
    }

    #[test]
    fn one_failed_step_fails_the_whole_by_name() {
        let outcomes = [
            outcome(Step::Format, None, Some(anyhow::anyhow!("not formatted"))),
            outcome(
                Step::Rust,
                Some(Totals {
                    passed: 3,
                    ..Totals::default()
                }),
                None,
            ),
        ];
        let error = report(&outcomes, Spent::default()).unwrap_err();
        assert_eq!(error.to_string(), "failed: format");
        assert!(report(&outcomes[1..], Spent::default()).is_ok());
    }

    #[test]
    fn a_runner_without_tests_has_not_passed() {
        assert!(conclude(Totals::default(), true).is_err());
        assert!(
            conclude(
                Totals {
                    skipped: 4,
                    ..Totals::default()
                },
                true
            )
            .is_err()
        );
        assert!(
            conclude(
                Totals {
                    passed: 1,
                    ..Totals::default()
                },
                false
            )
            .is_err()
        );
        assert!(
            conclude(
                Totals {
                    passed: 1,
                    ..Totals::default()
                },
                true
            )
            .is_ok()
        );
    }
}

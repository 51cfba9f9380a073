//! `cargo xtask prove NAME`: promises tried against the real binary.
//!
//! A promise has an id, a claim and a control: the same check over something
//! that is known to break the claim. Where the control does not fail, the
//! check could not have found anything, and the verdict is void. Each promise
//! prints one JSON line.

mod chat;
mod ledgers;
mod skeleton;
mod writers;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use tokio::time::Instant;

use crate::places::Profile;
use crate::processes::{Interrupted, Shell};
use crate::tools::{self, Purpose};

#[derive(Args)]
pub struct Choice {
    /// The promises of one area.
    #[arg(value_enum)]
    name: Name,
    /// How often the server is killed [default: 5, and 100 for `chat`].
    #[arg(long)]
    kills: Option<u32>,
    /// People in the room, for `chat` (at most 5,000).
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(20..=5_000))]
    people: u16,
    /// How often the power is cut, for `chat`.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    cuts: u32,
    /// Seconds that the database is away, for `chat`.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(5..=600))]
    outage: u16,
    /// Tries the optimised build, as what is served to thousands would be.
    #[arg(long)]
    release: bool,
    /// Only the promise of this id.
    #[arg(long)]
    only: Option<String>,
    /// Chance of this run; the same seed kills after the same counts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One line here, one in `promises`, and a module.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    /// What the walking skeleton promises.
    Skeleton,
    /// What the chat promises of its delivery.
    Chat,
}

pub struct Promise {
    pub id: &'static str,
    pub claim: &'static str,
}

/// What trying a promise brought.
pub struct Finding {
    /// The check on the real thing passed.
    pub held: bool,
    /// The check on the broken thing failed, as it must.
    pub control_failed: bool,
    /// What was counted, in the promise's own terms.
    pub figure: serde_json::Value,
    pub control: serde_json::Value,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    promise: &'a str,
    verdict: &'a str,
    figure: serde_json::Value,
    control: serde_json::Value,
    seconds: f64,
}

pub async fn run(choice: Choice) -> anyhow::Result<()> {
    let shell = tools::ensure(Purpose::Measure).await?;
    let profile = if choice.release {
        Profile::Release
    } else {
        Profile::Debug
    };
    let mut build = shell.cargo();
    build.args(["build", "-p", "hallway-server"]);
    if choice.release {
        build.arg("--release");
    }
    shell.run(&mut build).await?;
    let binary = profile.binary();
    let mut failed = vec![];
    for promise in promises(choice.name) {
        if choice.only.as_ref().is_some_and(|only| *only != promise.id) {
            continue;
        }
        let since = Instant::now();
        let work = attempt(&shell, binary.clone(), promise, &choice);
        let found = tokio::select! {
            found = work => found,
            interrupted = shell.interrupted() => Err(interrupted.into()),
        };
        let verdict = tell(promise, found, since)?;
        if verdict != "holds" {
            failed.push(format!("{}: {verdict}", promise.id));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("{}", failed.join(", "))
    }
}

fn promises(name: Name) -> Vec<&'static Promise> {
    match name {
        Name::Skeleton => vec![&skeleton::PROMISE],
        Name::Chat => vec![
            &skeleton::PROMISE,
            &chat::power_cuts::PROMISE,
            &chat::herds::PROMISE,
            &chat::outages::PROMISE,
            &chat::slow_readers::PROMISE,
            &chat::junk::PROMISE,
            &chat::addresses::PROMISE,
            &chat::bans::PROMISE,
            &chat::raids::PROMISE,
        ],
    }
}

async fn attempt(
    shell: &Shell,
    binary: PathBuf,
    promise: &Promise,
    choice: &Choice,
) -> anyhow::Result<Finding> {
    let people = usize::from(choice.people);
    match (promise.id, choice.name) {
        ("R1", Name::Skeleton) => {
            let plan = skeleton::Plan::short(choice.kills.unwrap_or(5), choice.seed);
            skeleton::attempt(shell, binary, plan).await
        }
        ("R1", Name::Chat) => {
            let plan = skeleton::Plan::long(choice.kills.unwrap_or(100), choice.seed);
            skeleton::attempt(shell, binary, plan).await
        }
        ("R2", _) => chat::power_cuts::attempt(shell, binary, choice.cuts, choice.seed).await,
        ("R6", _) => chat::herds::attempt(shell, binary, people, choice.seed).await,
        ("R10", _) => chat::outages::attempt(shell, binary, choice.outage).await,
        ("R15", _) => chat::slow_readers::attempt(shell, binary, people).await,
        ("R16", _) => chat::junk::attempt(shell, binary, choice.seed).await,
        ("R22", _) => chat::addresses::attempt(shell, binary, choice.seed).await,
        ("R24", _) => chat::bans::attempt(shell, binary, choice.seed).await,
        ("R25", _) => chat::raids::attempt(shell, binary, choice.seed).await,
        (id, _) => bail!("{id} is not tried here"),
    }
}

/// One JSON line; gives the verdict.
fn tell(
    promise: &Promise,
    found: anyhow::Result<Finding>,
    since: Instant,
) -> anyhow::Result<&'static str> {
    // Not having been able to try is not a broken promise.
    let (verdict, figure, control) = match found {
        Ok(found) => (verdict(&found), found.figure, found.control),
        Err(error) if error.is::<Interrupted>() => return Err(error),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ("void", format!("{error:#}").into(), serde_json::Value::Null)
        }
    };
    let seconds = (since.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    let line = Line {
        id: promise.id,
        promise: promise.claim,
        verdict,
        figure,
        control,
        seconds,
    };
    println!("{}", serde_json::to_string(&line)?);
    Ok(verdict)
}

fn verdict(found: &Finding) -> &'static str {
    match (found.control_failed, found.held) {
        (false, _) => "void",
        (true, true) => "holds",
        (true, false) => "broken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_failing_control_nothing_is_proved() {
        let found = |held, control_failed| Finding {
            held,
            control_failed,
            figure: serde_json::Value::Null,
            control: serde_json::Value::Null,
        };
        assert_eq!(verdict(&found(true, true)), "holds");
        assert_eq!(verdict(&found(false, true)), "broken");
        assert_eq!(verdict(&found(true, false)), "void");
        assert_eq!(verdict(&found(false, false)), "void");
    }
}

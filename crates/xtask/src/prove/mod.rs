//! `cargo xtask prove NAME`: promises tried against the real binary.
//!
//! A promise has an id, a claim and a control: the same check over something
//! that is known to break the claim. Where the control does not fail, the
//! check could not have found anything, and the verdict is void. Each promise
//! prints one JSON line.

mod ledgers;
mod skeleton;

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use tokio::time::Instant;

use crate::places::Profile;
use crate::processes::Shell;
use crate::tools::{self, Purpose};

#[derive(Args)]
pub struct Choice {
    /// The promises of one area.
    #[arg(value_enum)]
    name: Name,
    /// How often the server is killed.
    #[arg(long, default_value_t = 5)]
    kills: u32,
    /// Chance of this run; the same seed kills after the same counts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One line here, one in `promises`, and a module.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    /// What the walking skeleton promises.
    Skeleton,
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
    shell
        .run(shell.cargo().args(["build", "-p", "hallway-server"]))
        .await?;
    let since = Instant::now();
    let (promise, found) = match choice.name {
        Name::Skeleton => (&skeleton::PROMISE, attempt(&shell, &choice).await),
    };
    // Not having been able to try is not a broken promise.
    let (verdict, figure, control) = match found {
        Ok(found) => (verdict(&found), found.figure, found.control),
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
    if verdict == "holds" {
        Ok(())
    } else {
        bail!("{}: {verdict}", promise.id)
    }
}

async fn attempt(shell: &Shell, choice: &Choice) -> anyhow::Result<Finding> {
    let work = skeleton::attempt(shell, Profile::Debug.binary(), choice.kills, choice.seed);
    tokio::select! {
        found = work => found,
        interrupted = shell.interrupted() => Err(interrupted.into()),
    }
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

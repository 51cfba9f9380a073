//! `cargo xtask bench NAME`: figures of the real binary on this machine.
//!
//! The load generator shares the machine with the server, so figures are told
//! as a ratio to something that the same server does with less work. It runs
//! optimised as the server does: a slow generator would flatter every ratio.

mod load;
mod pages;

use std::os::unix::process::CommandExt;

use anyhow::Context;
use clap::Args;

use crate::places::{self, Profile};
use crate::tools::{self, Purpose};

#[derive(Args)]
pub struct Choice {
    #[arg(value_enum)]
    name: Name,
    /// Measures debug builds: quick, and no figure to keep.
    #[arg(long)]
    debug: bool,
    /// Seconds for each page and round (at most 60).
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Connections at once (at most 256).
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// One line here, one in `run`, and a module.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    /// Schedule, talk and event page against a static file of the same bytes.
    Pages,
}

pub async fn run(choice: Choice) -> anyhow::Result<()> {
    let shell = tools::ensure(Purpose::Demo).await?;
    let profile = if choice.debug {
        Profile::Debug
    } else {
        Profile::Release
    };
    if profile == Profile::Release && cfg!(debug_assertions) {
        let mut build = shell.cargo();
        build.args([
            "build",
            "--release",
            "-p",
            "hallway-server",
            "-p",
            "hallway-xtask",
        ]);
        shell.run(&mut build).await?;
        let optimised = places::target().join("release/hallway-xtask");
        let error = shell
            .command(optimised)
            .args(std::env::args_os().skip(1))
            .as_std_mut()
            .exec();
        return Err(error).context("the optimised xtask could not be run");
    }
    let mut build = shell.cargo();
    shell
        .run(
            build
                .args(["build", "-p", "hallway-server"])
                .args(profile.flags()),
        )
        .await?;
    let plan = load::Plan {
        seconds: choice.seconds,
        connections: choice.connections,
    };
    let work = async {
        match choice.name {
            Name::Pages => pages::measure(&shell, profile.binary(), plan).await,
        }
    };
    tokio::select! {
        done = work => done,
        interrupted = shell.interrupted() => Err(interrupted.into()),
    }
}

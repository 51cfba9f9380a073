//! `cargo xtask bench NAME`: figures of the real binary on this machine.
//!
//! The load generator shares the machine with the server, so figures are told
//! as a ratio to something that the same server does with less work. It runs
//! optimised as the server does: a slow generator would flatter every ratio.

pub mod chat;
mod load;
mod pages;
mod search;
mod stage;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

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
    /// People in the room, for `chat`; viewers, for `stage` (at most 10,000).
    #[arg(long, default_value_t = 2_000, default_value_if("name", "stage", "500"), value_parser = clap::value_parser!(u16).range(10..=10_000))]
    people: u16,
    /// Measures this `hallway` in place of the one that is built, for `chat`.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// One line here, one in `run`, and a module.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    /// Schedule, talk and event page against a static file of the same bytes.
    Pages,
    /// One room of many against what a fan-out costs at the least, and others.
    Chat,
    /// Words among a million messages, and the first view of their channel, on both databases.
    Search,
    /// A stage's parts against files of nginx, many low-latency viewers, and a stream that nobody watches.
    Stage,
}

pub use chat::Floor;

pub async fn floor(choice: Floor) -> anyhow::Result<()> {
    chat::floor(choice).await
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
            Name::Chat => {
                let plan = chat::Plan {
                    people: choice.people.into(),
                    seconds: choice.seconds,
                };
                let ours = profile.binary();
                let measured = choice.binary.unwrap_or_else(|| ours.clone());
                chat::measure(&shell, ours, measured, plan).await
            }
            Name::Stage => {
                let plan = stage::Plan {
                    people: choice.people.into(),
                    seconds: choice.seconds,
                    connections: choice.connections,
                };
                stage::measure(&shell, profile.binary(), plan).await
            }
            Name::Search => search::measure(&shell, profile.binary()).await,
        }
    };
    tokio::select! {
        done = work => done,
        interrupted = shell.interrupted() => Err(interrupted.into()),
    }
}

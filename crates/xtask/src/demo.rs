//! `cargo xtask demo`: from a fresh clone to a summit in the browser.

use std::os::unix::process::CommandExt;

use anyhow::Context;

use crate::places::Profile;
use crate::tools::{self, Purpose};
use crate::website;

pub async fn run(arguments: &[String]) -> anyhow::Result<()> {
    let shell = tools::ensure(Purpose::Demo).await?;
    website::build(&shell).await?;
    shell
        .run(shell.cargo().args(["build", "-p", "hallway-server"]))
        .await?;
    // The demo takes our place, so that Ctrl-C and the exit code are its own.
    let error = shell
        .command(Profile::Debug.binary())
        .arg("demo")
        .args(arguments)
        .as_std_mut()
        .exec();
    Err(error).context("the built binary could not be run")
}

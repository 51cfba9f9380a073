//! Files that a program writes and that are committed all the same, so that a
//! reader and an editor find them. `--check` fails where one is not fresh.

use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::places;
use crate::processes::Shell;

/// A program of ours that prints one file.
struct Generator {
    /// What is written, from the top of the checkout.
    file: &'static str,
    /// What `cargo build` makes it of.
    target: &'static [&'static str],
    /// Where the program then lies, in the target folder, and what it is told.
    program: &'static [&'static str],
}

const GENERATORS: [Generator; 2] = [
    Generator {
        file: "frontend/src/generated/protocol.ts",
        target: &["-p", "hallway-protocol", "--example", "typescript"],
        program: &["debug/examples/typescript"],
    },
    Generator {
        file: "docs/reference/configuration.md",
        target: &["-p", "hallway-server"],
        program: &["debug/hallway", "config", "--reference"],
    },
];

/// Writes what is not fresh, or fails for it.
pub async fn run(shell: &Shell, check: bool) -> anyhow::Result<()> {
    for generator in &GENERATORS {
        let mut cargo = shell.cargo();
        cargo.args(["build", "-q"]).args(generator.target);
        shell.run(&mut cargo).await?;
    }
    compare(shell, check).await
}

/// The same with the programs as they were built.
pub async fn compare(shell: &Shell, check: bool) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for generator in &GENERATORS {
        let (program, args) = generator.program.split_first().context("a program")?;
        let mut program = shell.command(places::target().join(program));
        let fresh = shell.read(program.args(args)).await?;
        let path = places::root().join(generator.file);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == fresh) {
            println!("fresh    {}", generator.file);
        } else if check {
            stale.push(generator.file);
        } else {
            write(path, &fresh)?;
            println!("written  {}", generator.file);
        }
    }
    if !stale.is_empty() {
        bail!(
            "not fresh: {} (run `cargo xtask codegen` and commit)",
            stale.join(", ")
        );
    }
    Ok(())
}

fn write(path: PathBuf, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, text)?)
}

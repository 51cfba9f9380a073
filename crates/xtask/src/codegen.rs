//! Files that a program writes and that are committed all the same, so that a
//! reader and an editor find them. `--check` fails where one is not fresh.

use std::path::PathBuf;

use anyhow::bail;

use crate::places;
use crate::processes::Shell;

/// A program of ours that prints one file.
struct Generator {
    /// What is written, from the top of the checkout.
    file: &'static str,
    /// `cargo run` arguments.
    cargo: &'static [&'static str],
}

const GENERATORS: [Generator; 2] = [
    Generator {
        file: "frontend/src/generated/protocol.ts",
        cargo: &["-p", "hallway-protocol", "--example", "typescript"],
    },
    Generator {
        file: "docs/reference/configuration.md",
        cargo: &["-p", "hallway-server", "--", "config", "--reference"],
    },
];

pub async fn run(shell: &Shell, check: bool) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for generator in &GENERATORS {
        let fresh = shell
            .read(shell.cargo().args(["run", "-q"]).args(generator.cargo))
            .await?;
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

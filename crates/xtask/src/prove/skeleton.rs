//! R1, short: people write in a channel over the HTTP API while the server is
//! killed (SIGKILL) again and again. What was acknowledged is there, once and
//! in order.
//!
//! Control: the same audit over a copy of the data from which one
//! acknowledged message was deleted must report exactly that loss.

use std::path::{Path, PathBuf};

use anyhow::bail;
use hallway_testkit::SeededRandom;
use serde_json::json;

use super::ledgers::audit;
use super::writers::{Run, find_channel, read_all, set_up};
use super::{Finding, Promise};
use crate::processes::Shell;
use crate::servers::{Installation, Server, copy_folder};

pub const PROMISE: Promise = Promise {
    id: "R1",
    claim: "an acknowledged chat message survives kill -9: none lost, none doubled, order kept",
};

/// How hard it is tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub kills: u32,
    pub seed: u64,
    pub writers: usize,
    /// Answers between two kills: at least so many, and up to so many more.
    pub answers: (u64, u64),
}

impl Plan {
    pub fn short(kills: u32, seed: u64) -> Self {
        Self {
            kills,
            seed,
            writers: 4,
            answers: (40, 120),
        }
    }

    /// As a full room writes: hundreds of messages a second.
    pub fn long(kills: u32, seed: u64) -> Self {
        Self {
            kills,
            seed,
            writers: 100,
            answers: (150, 600),
        }
    }
}

pub async fn attempt(shell: &Shell, binary: PathBuf, plan: Plan) -> anyhow::Result<Finding> {
    let Plan { kills, seed, .. } = plan;
    let folder = tempfile::Builder::new()
        .prefix("hallway-prove-")
        .tempdir()?;
    let installation = Installation::new(shell, binary, folder.path().join("data"));
    let tokens = set_up(&installation, folder.path(), plan.writers).await?;
    let chance = SeededRandom::seed(seed);
    let mut run = Run::new(&tokens, chance.random());

    let mut server = installation.serve().await?;
    let channel = find_channel(&server, &tokens[0]).await?;
    for kill in 0..kills {
        let after = plan.answers.0 + chance.word() % plan.answers.1;
        run.until_ended(server, &channel, after, Server::kill)
            .await?;
        eprintln!(
            "kill {} of {kills} after {after} answers; {} acknowledged",
            kill + 1,
            run.ledger.len()
        );
        server = installation.serve().await?;
    }
    let real = audit(&run.ledger, &read_all(&server, &tokens[0], &channel).await?);
    server.stop().await?;

    let broken = installation.over(folder.path().join("broken"));
    copy_folder(&installation.data, &broken.data)?;
    let victim = &run.ledger[(chance.word() % run.ledger.len() as u64) as usize];
    delete_row(shell, &broken.data, &victim.id).await?;
    let server = broken.serve().await?;
    let control = audit(&run.ledger, &read_all(&server, &tokens[0], &channel).await?);
    server.stop().await?;

    Ok(Finding {
        held: real.is_clean(),
        control_failed: control.lost == real.lost + 1 && control.stored + 1 == real.stored,
        figure: json!({ "kills": kills, "audit": real }),
        control: json!({ "what": "one acknowledged row deleted from a copy", "audit": control }),
    })
}

/// By hand, past the server: the damage that the audit must find.
async fn delete_row(shell: &Shell, data: &Path, id: &str) -> anyhow::Result<()> {
    let hex: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    let statement = format!(
        "PRAGMA foreign_keys = OFF; DELETE FROM message WHERE id = x'{hex}'; SELECT changes();"
    );
    let mut sqlite = shell.command("sqlite3");
    let answer = shell
        .read(sqlite.arg(data.join("hallway.db")).arg(statement))
        .await?;
    if answer.trim() != "1" {
        bail!("the control could not delete its row ({})", answer.trim());
    }
    Ok(())
}

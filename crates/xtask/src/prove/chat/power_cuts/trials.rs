//! Cuts, one after the other, over one disk.

use std::path::{Path, PathBuf};

use hallway_testkit::SeededRandom;
use serde_json::json;
use tokio::time::Duration;

use super::disks::Disk;
use crate::processes::Shell;
use crate::prove::Finding;
use crate::prove::ledgers::{Audit, audit};
use crate::prove::writers::{Run, find_channel, read_all, set_up};
use crate::servers::{Installation, Server};

const WRITERS: usize = 24;
/// Answers before a cut: at least so many, and up to so many more.
const ANSWERS: (u64, u64) = (20, 120);
/// Microseconds after the last of them at the most.
const LATER: u64 = 20_000;
/// One would do: whatever was acknowledged before it must be gone.
const CONTROL_CUTS: u32 = 3;

/// What a disk's cuts came to.
struct Outcome {
    audit: Audit,
    /// Restarts after which `PRAGMA integrity_check` said other than `ok`.
    damaged: u32,
    /// Cuts that found something written and not synced.
    midway: u32,
    syncs: u64,
}

pub async fn attempt(
    shell: &Shell,
    binary: PathBuf,
    cuts: u32,
    seed: u64,
) -> anyhow::Result<Finding> {
    let folder = crate::prove::chat::folder()?;
    let trial = async |name: &str, cuts, honest| {
        // Dropped behind the server, which a failure drops within `cut`.
        let mut disk = Disk::mount(folder.path().join(name))?;
        let installation = Installation::new(shell, binary.clone(), folder.path().join(name));
        cut(
            &installation,
            &mut disk,
            folder.path(),
            (cuts, honest),
            seed,
        )
        .await
    };
    let real = trial("disk", cuts, true).await?;
    let control = trial("lying", CONTROL_CUTS, false).await?;
    Ok(Finding {
        held: real.audit.is_clean() && real.damaged == 0,
        control_failed: control.audit.lost > 0,
        figure: json!({
            "cuts": cuts,
            "audit": real.audit,
            "damaged": real.damaged,
            "cuts_between_write_and_sync": real.midway,
            "syncs": real.syncs,
        }),
        control: json!({
            "what": "a disk that only says that it has synced",
            "cuts": CONTROL_CUTS,
            "audit": control.audit,
        }),
    })
}

async fn cut(
    installation: &Installation<'_>,
    disk: &mut Disk,
    folder: &Path,
    (cuts, honest): (u32, bool),
    seed: u64,
) -> anyhow::Result<Outcome> {
    let tokens = set_up(installation, folder, WRITERS).await?;
    let chance = SeededRandom::seed(seed);
    let random = chance.random();
    let mut run = Run::new(&tokens, random.clone());
    let mut server = installation.serve().await?;
    let channel = find_channel(&server, &tokens[0]).await?;
    if !honest {
        disk.begin_to_lie();
    }
    let (mut damaged, mut midway) = (0, 0);
    for number in 0..cuts {
        let after = ANSWERS.0 + chance.word() % ANSWERS.1;
        let (switch, wait) = (disk.switch(), Duration::from_micros(random.below(LATER)));
        let end = async move |server: Server| {
            tokio::time::sleep(wait).await;
            switch();
            server.kill().await
        };
        run.until_ended(server, &channel, after, end).await?;
        let untidy = honest && number % 2 == 1;
        let unsynced = disk.start_again(untidy.then_some(&random)).await?;
        midway += u32::from(unsynced > 0);
        server = installation.serve().await?;
        let whole = integrity(installation).await?;
        damaged += u32::from(whole != "ok");
        eprintln!(
            "cut {} of {cuts} after {after} answers; {} acknowledged, {unsynced} files unsynced, integrity {whole}",
            number + 1,
            run.ledger.len(),
        );
    }
    let stored = read_all(&server, &tokens[0], &channel).await?;
    server.stop().await?;
    Ok(Outcome {
        audit: audit(&run.ledger, &stored),
        damaged,
        midway,
        syncs: disk.syncs(),
    })
}

/// SQLite's own word, from a process of its own.
async fn integrity(installation: &Installation<'_>) -> anyhow::Result<String> {
    let mut sqlite = installation.shell.command("sqlite3");
    sqlite
        .args(["-readonly", "-cmd", ".timeout 5000"])
        .arg(installation.data.join("hallway.db"))
        .arg("PRAGMA integrity_check; PRAGMA foreign_key_check;");
    let said = installation.shell.read(&mut sqlite).await?;
    Ok(said.trim().replace('\n', "; "))
}

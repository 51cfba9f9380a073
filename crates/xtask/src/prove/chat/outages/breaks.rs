//! Ways to take a database away, and to give it back: by [`Break::end`], or
//! when a failure drops it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

pub enum Break {
    /// Its transaction ends with it.
    Locked(SqliteConnection),
    Frozen {
        _until_dropped: Frozen,
    },
}

/// Processes that are stopped where they stand.
pub struct Frozen(Vec<String>);

impl Break {
    /// Another program begins to write into the file, and does not end.
    pub async fn lock(file: &Path) -> anyhow::Result<Self> {
        let mut conn = SqliteConnectOptions::new()
            .filename(file)
            .busy_timeout(Duration::from_secs(10))
            .connect()
            .await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut conn).await?;
        Ok(Self::Locked(conn))
    }

    /// Stops the server processes that descend from one.
    pub fn freeze(above: u32) -> anyhow::Result<Self> {
        let frozen = Frozen(descendants(above, "postgres")?);
        if frozen.0.is_empty() {
            bail!("process {above} has started no PostgreSQL");
        }
        frozen.signal("STOP")?;
        Ok(Self::Frozen {
            _until_dropped: frozen,
        })
    }

    pub async fn end(self) -> anyhow::Result<()> {
        if let Self::Locked(mut conn) = self {
            sqlx::query("ROLLBACK").execute(&mut conn).await?;
        }
        Ok(())
    }
}

impl Frozen {
    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let mut kill = std::process::Command::new("/bin/sh");
        kill.args([
            "-c",
            r#"name=$1; shift; kill -s "$name" "$@""#,
            "kill",
            name,
        ]);
        let status = kill.args(&self.0).status()?;
        // One that has ended meanwhile is no error where others were reached.
        if !status.success() {
            eprintln!("xtask: not every process took SIG{name}");
        }
        Ok(())
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        if let Err(error) = self.signal("CONT") {
            eprintln!("xtask: {} still stand still: {error}", self.0.join(", "));
        }
    }
}

/// Numbers of the processes of a name that descend from one.
fn descendants(above: u32, name: &str) -> anyhow::Result<Vec<String>> {
    let mut all = vec![];
    for entry in std::fs::read_dir("/proc").context("processes are looked up in /proc")? {
        let entry = entry?;
        let Ok(number) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        // It may have ended since.
        if let Ok(stat) = std::fs::read_to_string(entry.path().join("stat"))
            && let Some((own, parent)) = read_stat(&stat)
        {
            all.push((number, parent, own.to_owned()));
        }
    }
    let mut known = vec![above];
    let mut at = 0;
    while let Some(parent) = known.get(at).copied() {
        known.extend((all.iter()).filter(|one| one.1 == parent).map(|one| one.0));
        at += 1;
    }
    let named = |one: &&(u32, u32, String)| one.2 == name && known.contains(&one.0);
    Ok((all.iter().filter(named))
        .map(|one| one.0.to_string())
        .collect())
}

/// Name and parent of a line of proc_pid_stat(5).
fn read_stat(stat: &str) -> Option<(&str, u32)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let parent = after.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some((name, parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194560";
        assert_eq!(read_stat(line), Some(("a (b) c", 7)));
        assert_eq!(read_stat(""), None);
    }

    #[test]
    fn a_child_is_found_and_stops_until_it_is_let_go() {
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .unwrap();
        let found = descendants(std::process::id(), "sleep").unwrap();
        assert!(found.contains(&child.id().to_string()), "{found:?}");
        let state = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
            stat.rsplit_once(") ").unwrap().1.as_bytes()[0]
        };
        let frozen = Frozen(vec![child.id().to_string()]);
        frozen.signal("STOP").unwrap();
        while state() != b'T' {
            std::thread::yield_now();
        }
        drop(frozen);
        while state() == b'T' {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

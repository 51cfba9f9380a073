//! The real binary, started on free loopback ports over a data folder, asked
//! to stop or killed where it stands.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::watch;

use crate::clients::Client;
use crate::processes::{Group, Shell};

/// More than any start takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary and the folder it keeps everything in.
pub struct Installation<'a> {
    pub shell: &'a Shell,
    pub binary: PathBuf,
    pub data: PathBuf,
    /// Address of another database than the folder's own.
    pub database: Option<String>,
    /// The one core that its server may use; none for all there are.
    pub core: Option<usize>,
    /// Where it listens; none for a port that is free.
    pub port: Option<u16>,
}

pub struct Server {
    group: Group,
    pub base: String,
    /// Where it takes streams, once it has said so.
    rtmp: watch::Receiver<Option<String>>,
}

impl<'a> Installation<'a> {
    pub fn new(shell: &'a Shell, binary: PathBuf, data: PathBuf) -> Self {
        Self {
            shell,
            binary,
            data,
            database: None,
            core: None,
            port: None,
        }
    }

    /// The same binary over another folder.
    pub fn over(&self, data: PathBuf) -> Self {
        Self {
            shell: self.shell,
            binary: self.binary.clone(),
            data,
            database: self.database.clone(),
            core: self.core,
            port: self.port,
        }
    }

    fn command(&self) -> Command {
        let mut command = on_core(self.shell, self.core, &self.binary);
        // Settings of the person who runs us must not leak in.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HALLWAY_") {
                command.env_remove(name);
            }
        }
        if let Some(url) = &self.database {
            command.env("HALLWAY_DATABASE_URL", url);
        }
        command
    }

    /// Standard output of a `hallway` command over this folder.
    pub async fn hallway(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command();
        command.args(words).arg("--data").arg(&self.data);
        self.shell.read(&mut command).await
    }

    pub async fn serve(&self) -> anyhow::Result<Server> {
        let log = self.data.with_extension("log");
        let errors = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&log)?;
        let mut command = self.command();
        command
            .args(["serve", "--data"])
            .arg(&self.data)
            .env(
                "HALLWAY_LISTEN",
                format!("127.0.0.1:{}", self.port.unwrap_or(0)),
            )
            .env("HALLWAY_RTMP_LISTEN", "127.0.0.1:0")
            .env("HALLWAY_MEDIA_LISTEN", "127.0.0.1:0")
            .stderr(errors);
        Server::launch(command, &log).await
    }
}

/// A program that runs on one core where that can be had.
pub fn on_core(shell: &Shell, core: Option<usize>, program: impl AsRef<OsStr>) -> Command {
    let Some(core) = core else {
        return shell.command(program);
    };
    let mut command = shell.command("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

impl Server {
    /// Starts a program that says `ready URL` once it listens. What it says
    /// beside, on standard error, is in `log` where the command sends it there.
    pub async fn launch(mut command: Command, log: &Path) -> anyhow::Result<Self> {
        command.stdout(Stdio::piped());
        let mut group = Group::spawn(&mut command)?;
        let output = group
            .child
            .stdout
            .take()
            .context("standard output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(base) = line.strip_prefix("ready ") {
                    return anyhow::Ok(Some(base.trim().to_owned()));
                }
            }
            Ok(None)
        };
        let Some(base) = tokio::time::timeout(PATIENCE, ready)
            .await
            .context("not ready in time")??
        else {
            bail!("the server ended before it was ready: {}", last_lines(log));
        };
        // Read on, or a full pipe would stop the server.
        let (tell, rtmp) = watch::channel(None);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = line.strip_prefix("rtmp ") {
                    tell.send_replace(Some(address.trim().to_owned()));
                }
            }
        });
        Ok(Self { group, base, rtmp })
    }

    /// Its number among the system's processes.
    pub fn process(&self) -> anyhow::Result<u32> {
        self.group.child.id().context("the server has ended")
    }

    /// Where it takes streams.
    pub async fn rtmp(&self) -> anyhow::Result<String> {
        let mut told = self.rtmp.clone();
        let told = tokio::time::timeout(PATIENCE, told.wait_for(Option::is_some));
        let told = told
            .await
            .context("it does not say where it takes streams")??;
        told.clone().context("it takes streams")
    }

    pub async fn client(&self) -> anyhow::Result<Client> {
        Client::connect(&self.base).await
    }

    /// A power cut, as far as the process can tell.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.group.kill().await.map(drop)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.group.stop().await.map(drop)
    }
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join(" / ")
}

/// A copy of a folder of files, as a backup by hand would make it.
pub fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

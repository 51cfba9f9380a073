//! Running programs: output streamed as it comes, each in a process group of
//! its own, so that Ctrl-C, an error or a panic here ends what was started
//! here and nothing else.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use crate::places;

/// Somebody pressed Ctrl-C or ended us.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped on request; what was started has been ended")
    }
}
impl std::error::Error for Interrupted {}

/// How long a program may take to stop by itself when it is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Where programs run: a search path, variables, and the signals that end us.
pub struct Shell {
    path: Vec<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    signals: Mutex<[Signal; 3]>,
}

impl Shell {
    pub fn new() -> anyhow::Result<Self> {
        let path = std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect());
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ];
        Ok(Self {
            path: path.unwrap_or_default(),
            variables: Vec::new(),
            signals: Mutex::new(signals),
        })
    }

    /// Looks into `folder` before anywhere else.
    pub fn prefer(&mut self, folder: PathBuf) {
        self.path.insert(0, folder);
    }

    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.into(), value.into()));
    }

    pub fn find(&self, program: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|folder| folder.join(program))
            .find(|file| file.is_file())
    }

    /// A command at the top of the checkout.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Ok(path) = std::env::join_paths(&self.path) {
            command.env("PATH", path);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(places::root()).stdin(Stdio::null());
        command
    }

    /// Cargo as it runs us, so that the pinned toolchain is asked for once.
    pub fn cargo(&self) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // What Cargo told this crate about itself must not reach the build
        // scripts of others: they would run again.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// Runs to the end; a failure is an error that names the command.
    pub async fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        let said = describe(command);
        eprintln!("$ {said}");
        let status = self.attend(Group::spawn(command)?).await?;
        if !status.success() {
            bail!("`{said}` failed ({status})");
        }
        Ok(())
    }

    /// As [`Shell::run`], handing on each line of standard output and showing it.
    pub async fn watch(
        &self,
        command: &mut Command,
        mut seen: impl FnMut(&str),
    ) -> anyhow::Result<ExitStatus> {
        eprintln!("$ {}", describe(command));
        let mut group = Group::spawn(command.stdout(Stdio::piped()))?;
        let output = group
            .child
            .stdout
            .take()
            .context("standard output is piped")?;
        let mut lines = BufReader::new(output).split(b'\n');
        let reading = async {
            while let Some(line) = lines.next_segment().await? {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                seen(&line);
            }
            anyhow::Ok(())
        };
        // A grandchild may keep the pipe, so the end of the program decides.
        let ending = self.attend(group);
        tokio::pin!(reading, ending);
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                read = &mut reading, if open => { read?; open = false; }
                status = &mut ending => {
                    // What the program wrote last may still be in the pipe.
                    if open {
                        let _ = tokio::time::timeout(Duration::from_secs(1), &mut reading).await;
                    }
                    return status;
                }
            }
        }
    }

    /// Standard output of a short command that must succeed.
    pub async fn read(&self, command: &mut Command) -> anyhow::Result<String> {
        let said = describe(command);
        let output = command
            .output()
            .await
            .with_context(|| format!("`{said}` could not be run"))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            bail!("`{said}` failed ({}): {}", output.status, error.trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Resolves when we are asked to stop.
    pub async fn interrupted(&self) -> Interrupted {
        let mut signals = self.signals.lock().await;
        let [interrupt, terminate, hangup] = &mut *signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        Interrupted
    }

    async fn attend(&self, mut group: Group) -> anyhow::Result<ExitStatus> {
        tokio::select! {
            status = group.wait() => Ok(status?),
            interrupted = self.interrupted() => {
                group.stop().await?;
                Err(interrupted.into())
            }
        }
    }
}

/// A running program and all it starts. Dropping it kills them.
pub struct Group {
    pub child: Child,
    /// Gone once the leader was awaited: the number may then be another's.
    leader: Option<u32>,
}

impl Group {
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let said = describe(command);
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("`{said}` could not be started"))?;
        let leader = child.id();
        Ok(Self { child, leader })
    }

    pub async fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.leader = None;
        Ok(status)
    }

    /// Asks to stop, then insists.
    pub async fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        self.signal("TERM");
        if let Ok(status) = tokio::time::timeout(GRACE, self.wait()).await {
            return status;
        }
        self.kill().await
    }

    /// Ends the program where it stands, as a power cut would.
    pub async fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        self.signal("KILL");
        self.wait().await
    }

    fn signal(&self, name: &str) {
        if let Some(leader) = self.leader {
            // The shell's own `kill` reaches a group without unsafe code; a
            // group that is gone already is no error.
            let _ = std::process::Command::new("/bin/sh")
                .args(["-c", r#"kill -s "$0" -- "-$1""#, name, &leader.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// The command as one would type it, paths inside the checkout shortened.
fn describe(command: &Command) -> String {
    let command = command.as_std();
    let shorten = |word: &OsStr| {
        let path = Path::new(word);
        path.strip_prefix(places::root())
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let mut words = vec![Path::new(command.get_program()).file_name().map_or_else(
        || shorten(command.get_program()),
        |name| name.display().to_string(),
    )];
    words.extend(command.get_args().map(shorten));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(shell: &Shell, script: &str) -> Command {
        let mut command = shell.command("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn every_line_is_seen_and_the_status_is_told() {
        let shell = Shell::new().unwrap();
        let mut lines = Vec::new();
        let status = shell
            .watch(&mut sh(&shell, "echo a; echo b; exit 3"), |l| {
                lines.push(l.to_owned())
            })
            .await;
        assert_eq!(status.unwrap().code(), Some(3));
        assert_eq!(lines, ["a", "b"]);
    }

    #[tokio::test]
    async fn stopping_a_program_stops_what_it_started() {
        let shell = Shell::new().unwrap();
        let mut command = sh(&shell, "sleep 600 & echo $!; wait");
        let mut group = Group::spawn(command.stdout(Stdio::piped())).unwrap();
        let mut lines = BufReader::new(group.child.stdout.take().unwrap()).lines();
        let grandchild = lines.next_line().await.unwrap().unwrap();
        let stat = format!("/proc/{grandchild}/stat");
        assert!(Path::new(&stat).exists());
        group.stop().await.unwrap();
        // The pipe ends when the last holder, the grandchild, is gone.
        assert_eq!(lines.next_line().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_failure_names_the_command() {
        let shell = Shell::new().unwrap();
        let error = shell.run(&mut sh(&shell, "exit 4")).await.unwrap_err();
        assert!(
            error.to_string().starts_with("`sh -c exit 4` failed"),
            "{error}"
        );
    }
}

//! `cargo xtask bench stage`: one stage that a publisher really sends to, served
//! on one core. How many parts a second of processor time delivers, against nginx
//! with the same bytes in files; how late a part is for many low-latency viewers
//! at once; what a stream costs that nobody watches; and how old a picture is on
//! a viewer's screen. Trust the ratios.

mod glass;
mod nginx;
mod streams;
mod swarms;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::task::LocalSet;

use self::nginx::Nginx;
use self::streams::{Clip, Playlist};
use super::chat::meters;
use super::load::{self, Plan as Load};
use crate::processes::Shell;
use crate::programmes;
use crate::servers::{Installation, Server};

const EVENT: &str = "measured";
const ROOM: &str = "stage-1";
/// Of the design: what is promised, each as a share or a limit.
const SERVING: f64 = 0.5;
const PASSING: f64 = 0.02;
const MEMORY_MB: f64 = 20.0;
/// Both servers take turns, so that a busy moment meets both.
const ROUNDS: usize = 3;
/// A stream that nobody watches is looked at for this long.
const ALONE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Viewers at once.
    pub people: usize,
    pub seconds: u64,
    pub connections: u16,
}

pub async fn measure(shell: &Shell, binary: PathBuf, plan: Plan) -> anyhow::Result<()> {
    let cores = meters::cores(shell);
    match cores {
        Some((_, load)) => meters::pin(shell, std::process::id(), load).await?,
        None => eprintln!("xtask: one core, or no taskset: server and load share what there is"),
    }
    let folder = tempfile::Builder::new()
        .prefix("hallway-bench-")
        .tempdir()?;
    let mut installation = Installation::new(shell, binary, folder.path().join("data"));
    installation.core = cores.map(|(server, _)| server);
    let programme = folder.path().join("programme.xml");
    std::fs::write(&programme, programmes::frab_xml(12))?;
    let programme = programme
        .to_str()
        .context("the temporary folder's name is UTF-8")?;
    installation
        .hallway(&[
            "import", "schedule", "--event", EVENT, "--zone", "UTC", programme,
        ])
        .await?;
    let bench = Bench {
        installation: &installation,
        folder: folder.path(),
        plan,
        load_core: cores.map(|(_, load)| load),
    };
    let passing = bench.passing().await?;
    let serving = bench.serving().await?;
    let watching = LocalSet::new().run_until(bench.watching()).await?;
    if let Some((server, load)) = cores {
        // The browser and its publisher get both.
        let both = format!("{server},{load}");
        let mut taskset = shell.command("taskset");
        taskset.args(["-a", "-c", "-p", &both, &std::process::id().to_string()]);
        shell.read(&mut taskset).await?;
    }
    let glass = match glass::measure(shell, &installation.binary, plan.seconds).await {
        Ok(glass) => Some(glass),
        Err(error) => {
            eprintln!("xtask: without a browser: {error:#}");
            None
        }
    };
    println!(
        "{}",
        json!({
            "bench": "stage",
            "passing": passing,
            "serving": serving,
            "watching": watching,
            "glass_to_glass": glass,
        })
    );
    Ok(())
}

struct Bench<'a> {
    installation: &'a Installation<'a>,
    folder: &'a Path,
    plan: Plan,
    load_core: Option<usize>,
}

impl Bench<'_> {
    async fn key(&self) -> anyhow::Result<String> {
        let words = ["stage", "key", "--event", EVENT, "--room", ROOM];
        let key = self.installation.hallway(&words).await?;
        Ok(key.trim().to_owned())
    }

    async fn send(&self, server: &Server, kbps: u32) -> anyhow::Result<crate::processes::Group> {
        let clip = Clip::made(self.installation.shell, self.folder, kbps).await?;
        let url = format!("rtmp://{}/live/{}", server.rtmp().await?, self.key().await?);
        clip.send(self.installation.shell, self.load_core, &url, server)
            .await
    }

    /// A stream of 3 Mbit/s without anybody to watch it.
    async fn passing(&self) -> anyhow::Result<Value> {
        let kbps = 3_000;
        let server = self.installation.serve().await?;
        let process = server.process()?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = meters::resident(process)?;
        let mut publisher = self.send(&server, kbps).await?;
        // Until the window is full, and what it let go can be fetched no more.
        tokio::time::sleep(Duration::from_secs(40)).await;
        let cpu = meters::cpu_seconds(process)?;
        tokio::time::sleep(ALONE).await;
        let share = (meters::cpu_seconds(process)? - cpu) / ALONE.as_secs_f64();
        let grown = meters::resident(process)?.saturating_sub(before) as f64 / 1e6;
        let ring = Playlist::fetch(&server).await?.ring(&server).await? / 1e6;
        publisher.kill().await?;
        server.stop().await?;
        println!(
            "a stream of {kbps} kbit/s: {:.2} % of a core, {grown:.1} MB of which {ring:.1} are its window",
            share * 100.0
        );
        Ok(json!({
            "kbps": kbps,
            "core_share": { "figure": share, "goal": PASSING, "met": share <= PASSING },
            "mb_beside_the_window": { "figure": grown - ring, "goal": MEMORY_MB, "met": grown - ring <= MEMORY_MB },
        }))
    }

    /// Whole parts of 800 kbit/s from memory, against files.
    async fn serving(&self) -> anyhow::Result<Value> {
        let server = self.installation.serve().await?;
        let mut publisher = self.send(&server, 800).await?;
        let nginx = Nginx::start(self.installation, self.folder).await;
        let nginx = match nginx {
            Ok(nginx) => Some(nginx),
            Err(error) => {
                eprintln!("xtask: without nginx: {error:#}");
                None
            }
        };
        let load = Load {
            seconds: self.plan.seconds,
            connections: self.plan.connections,
        };
        let mut rounds = vec![];
        for _ in 0..ROUNDS {
            let (path, bytes) = Playlist::fetch(&server).await?.newest_part(&server).await?;
            let ours = per_cpu_second(&server.base, server.process()?, &path, load).await?;
            let theirs = match &nginx {
                None => None,
                Some(nginx) => {
                    let path = nginx.put("part.m4s", &bytes)?;
                    Some(per_cpu_second(&nginx.base, nginx.process()?, &path, load).await?)
                }
            };
            rounds.push((bytes.len(), ours, theirs));
        }
        publisher.kill().await?;
        server.stop().await?;
        if let Some(nginx) = nginx {
            nginx.stop().await?;
        }
        let ratio = |round: &(usize, f64, Option<f64>)| round.1 / round.2.unwrap_or(f64::NAN);
        rounds.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let middle = rounds.swap_remove(ROUNDS / 2);
        let (bytes, ours, theirs) = middle;
        println!(
            "parts of {bytes} B for a second of processor time: {ours:.0}, nginx {:.0}, ratio {:.2}",
            theirs.unwrap_or(f64::NAN),
            ratio(&middle)
        );
        Ok(json!({
            "part_bytes": bytes,
            "parts_per_cpu_s": ours.round(),
            "nginx_parts_per_cpu_s": theirs.map(f64::round),
            "ratio": theirs.map(|theirs| json!({
                "figure": ours / theirs, "goal": SERVING, "aim": 0.8, "met": ours / theirs >= SERVING,
            })),
        }))
    }

    /// Many viewers who follow the playlist as low-latency players do.
    async fn watching(&self) -> anyhow::Result<Value> {
        let server = self.installation.serve().await?;
        let mut publisher = self.send(&server, 800).await?;
        let playlist = Playlist::fetch(&server).await?;
        let process = server.process()?;
        let cpu = meters::cpu_seconds(process)?;
        let seconds = self.plan.seconds.max(10);
        let watched =
            swarms::watch(&server, self.plan.people, Duration::from_secs(seconds)).await?;
        let share = (meters::cpu_seconds(process)? - cpu) / watched.took.as_secs_f64();
        publisher.kill().await?;
        server.stop().await?;
        let part = Duration::from_secs_f64(playlist.part_target);
        let met = watched.p99 <= part && watched.missed == 0;
        println!(
            "{} viewers of {} ms parts: p50 {:.0} ms and p99 {:.0} ms late, {} of {} missed, {:.0} % of a core",
            self.plan.people,
            part.as_millis(),
            watched.p50.as_secs_f64() * 1e3,
            watched.p99.as_secs_f64() * 1e3,
            watched.missed,
            watched.missed + watched.parts,
            share * 100.0,
        );
        Ok(json!({
            "viewers": self.plan.people,
            "parts": watched.parts,
            "missed": watched.missed,
            "core_share": share,
            "p50_ms": watched.p50.as_millis(),
            "p99_ms": { "figure": watched.p99.as_millis(), "goal": part.as_millis(), "met": met },
        }))
    }
}

/// Answers to the same question for a second of the server's processor time.
async fn per_cpu_second(base: &str, process: u32, path: &str, plan: Load) -> anyhow::Result<f64> {
    load::apply(base, path, Load { seconds: 1, ..plan }).await?;
    let before = meters::cpu_seconds(process)?;
    let figures = load::apply(base, path, plan).await?;
    let used = meters::cpu_seconds(process)? - before;
    if used <= 0.0 {
        bail!("{path} took no processor time");
    }
    Ok(figures.per_second * plan.seconds as f64 / used)
}

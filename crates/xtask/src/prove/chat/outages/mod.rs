//! R10: the database is gone for a while. On SQLite another program holds the
//! file exclusively; PostgreSQL's processes are stopped where they stand
//! (SIGSTOP), so that connections stay open and nothing answers.
//!
//! Whoever sends is told within two seconds to come back, and is taken once
//! when the database is back; pages and the live picture go on; connections
//! stay; memory does not pile up what nobody takes.
//!
//! Control: some give up at the first refusal. The same audit must find what
//! they wrote missing: a message that is refused is not kept by stealth, and a
//! lost one is seen.

mod breaks;
mod guests;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_testkit::{Kind, PrivatePostgres};
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Duration, Instant};

use self::breaks::Break;
use self::guests::{Hall, Notes, Probe};
use crate::bench::chat::meters;
use crate::processes::{Group, Shell};
use crate::prove::ledgers::{Acknowledged, Audit, audit};
use crate::prove::writers::{EVENT, find_channel, read_all, set_up};
use crate::prove::{Finding, Promise};
use crate::servers::{Installation, Server};

pub const PROMISE: Promise = Promise {
    id: "R10",
    claim: "while the database is gone senders are told within 2 s to come back and are taken once within 5 s of its return; pages, the picture and connections go on; memory grows by at most 64 MB",
};

/// Who send over HTTP, and as many over `/live`.
const SENDERS: usize = 8;
/// Who give up, for the control.
const QUITTERS: usize = 2;
/// Who only listen.
const LISTENERS: usize = 40;
/// Everything runs for so long before the break.
const BEFORE: Duration = Duration::from_secs(4);
const TOLD: Duration = Duration::from_secs(2);
const HEALED: Duration = Duration::from_secs(5);
const MEMORY: u64 = 64 * 1_024 * 1_024;
/// Of the room that the programme names first.
const ROOM: &str = "stage-1";
/// More than any machine takes until a picture is there.
const PICTURE: Duration = Duration::from_secs(60);
/// Given up where nobody heals.
const NEVER: Duration = Duration::from_secs(60);

/// What the break of one database came to.
struct Outcome {
    audit: Audit,
    control: Audit,
    abandoned: usize,
    refused: usize,
    /// The longest that somebody waited for an answer to what they sent.
    slowest: Duration,
    healed: Duration,
    probes: Vec<Probe>,
    /// Playlists that told something new during the break.
    playlists: usize,
    connections_lost: usize,
    missed: usize,
    grown: u64,
    faults: Vec<String>,
    seconds: u64,
}

impl Outcome {
    fn is_fine(&self) -> bool {
        let goes_on = |probe: &Probe| probe.failed == 0 && probe.asked > 0;
        self.audit.is_clean()
            && self.refused > 0
            && self.slowest <= TOLD
            && self.healed <= HEALED
            && self.probes.iter().all(goes_on)
            && self.playlists as u64 >= self.seconds / 4
            && self.connections_lost + self.missed == 0
            && self.grown <= MEMORY
            && self.faults.is_empty()
    }

    fn told(&self) -> Value {
        let probes: serde_json::Map<String, Value> = (self.probes.iter())
            .map(|probe| (probe.name.to_owned(), probe.told()))
            .collect();
        json!({
            "fine": self.is_fine(),
            "audit": self.audit,
            "refused": self.refused,
            "slowest_answer_ms": self.slowest.as_millis(),
            "healed_ms": self.healed.as_millis(),
            "reads": probes,
            "new_playlists": self.playlists,
            "connections": LISTENERS,
            "connections_lost": self.connections_lost,
            "missed": self.missed,
            "grown_kb": self.grown / 1_024,
            "faults": self.faults,
        })
    }
}

pub async fn attempt(shell: &Shell, binary: PathBuf, seconds: u16) -> anyhow::Result<Finding> {
    let mut outcomes = vec![];
    for kind in Kind::ALL {
        let folder = super::folder()?;
        let outcome = of_database(shell, binary.clone(), folder.path(), kind, seconds).await?;
        let name = match kind {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        };
        eprintln!("{name}: {}", outcome.told());
        outcomes.push((name, outcome));
    }
    let of_all = |tell: fn(&Outcome) -> Value| -> serde_json::Map<String, Value> {
        (outcomes.iter())
            .map(|(name, outcome)| ((*name).to_owned(), tell(outcome)))
            .collect()
    };
    let missing = |outcome: &Outcome| outcome.abandoned > 0 && outcome.control.lost > 0;
    Ok(Finding {
        held: outcomes.iter().all(|(_, outcome)| outcome.is_fine()),
        control_failed: outcomes.iter().all(|(_, outcome)| missing(outcome)),
        figure: json!({ "gone_s": seconds, "databases": of_all(Outcome::told) }),
        control: json!({
            "what": "senders who give up when they are refused",
            "databases": of_all(|outcome| json!({
                "abandoned": outcome.abandoned,
                "lost": outcome.control.lost,
            })),
        }),
    })
}

async fn of_database(
    shell: &Shell,
    binary: PathBuf,
    folder: &Path,
    kind: Kind,
    seconds: u16,
) -> anyhow::Result<Outcome> {
    let postgres = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(PrivatePostgres::start()?),
    };
    let database = postgres
        .as_ref()
        .map(PrivatePostgres::database)
        .transpose()?;
    let mut installation = Installation::new(shell, binary, folder.join("data"));
    installation.database = database.as_ref().map(|database| database.url().to_owned());
    let tokens = set_up(&installation, folder, 2 * SENDERS + QUITTERS + 2).await?;
    let server = installation.serve().await?;
    let key = ["stage", "key", "--event", EVENT, "--room", ROOM];
    let key = installation.hallway(&key).await?;
    let mut picture = picture(shell, &server, key.trim()).await?;
    let breaking = async || match &postgres {
        None => Break::lock(&installation.data.join("hallway.db")).await,
        Some(postgres) => Break::freeze(postgres.process()),
    };
    let local = LocalSet::new();
    let outcome = local
        .run_until(watch(&server, &tokens, breaking, u64::from(seconds)))
        .await;
    picture.kill().await?;
    server.stop().await?;
    outcome
}

/// Somebody streams, as OBS would; the picture is there.
async fn picture(shell: &Shell, server: &Server, key: &str) -> anyhow::Result<Group> {
    let mut ffmpeg = shell.command("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-re"]);
    ffmpeg.args(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"]);
    ffmpeg.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]);
    ffmpeg.args(["-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast"]);
    ffmpeg.args(["-pix_fmt", "yuv420p", "-g", "30", "-f", "flv"]);
    ffmpeg.arg(format!("rtmp://{}/live/{key}", server.rtmp().await?));
    let group = Group::spawn(&mut ffmpeg)?;
    let mut client = server.client().await?;
    let until = Instant::now() + PICTURE;
    while !client.get(&guests::playlist()).await?.status.is_success() {
        if Instant::now() > until {
            bail!("no picture came to the stage");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(group)
}

/// Everybody does what they do; then the database is gone, and comes back.
async fn watch(
    server: &Server,
    tokens: &[String],
    breaking: impl AsyncFnOnce() -> anyhow::Result<Break>,
    seconds: u64,
) -> anyhow::Result<Outcome> {
    let process = server.process()?;
    let channel = find_channel(server, &tokens[0]).await?;
    let notes = Rc::new(RefCell::new(Notes::default()));
    let hall = Hall::new(server, &channel, &notes);
    let mut tokens = tokens.iter().cloned();
    let mut next = || tokens.next().context("there is a token for everybody");
    let (reader, listener) = (next()?, next()?);

    let mut listening = JoinSet::new();
    for _ in 0..LISTENERS {
        listening.spawn_local(hall.clone().listen(listener.clone()));
    }
    let mut sending = JoinSet::new();
    for number in 0..SENDERS {
        sending.spawn_local(hall.clone().send_over_http(next()?, number));
        sending.spawn_local(hall.clone().send_over_live(next()?, SENDERS + number));
    }
    for _ in 0..QUITTERS {
        sending.spawn_local(hall.clone().give_up(next()?));
    }
    let mut probing = JoinSet::new();
    for probe in guests::probes(&channel, &reader) {
        probing.spawn_local(hall.clone().probe(probe));
    }
    tokio::time::sleep(BEFORE).await;

    let before = meters::resident(process)?;
    let mut peak = before;
    let broken = breaking().await?;
    notes.borrow_mut().begin();
    let gone = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < gone {
        tokio::time::sleep(Duration::from_millis(200)).await;
        peak = peak.max(meters::resident(process)?);
    }
    broken.end().await?;
    let back = Instant::now();
    notes.borrow_mut().end(back);
    // Everybody who goes on trying is taken again.
    while notes.borrow().healed.len() < 2 * SENDERS && back.elapsed() < NEVER {
        tokio::time::sleep(Duration::from_millis(20)).await;
        peak = peak.max(meters::resident(process)?);
    }
    let healed = back.elapsed();
    hall.stop();
    while let Some(sender) = sending.join_next().await {
        sender??;
    }
    let mut probes = vec![];
    while let Some(probe) = probing.join_next().await {
        probes.push(probe??);
    }
    let stored = read_all(server, &reader, &channel).await?;
    hall.until_heard(LISTENERS).await?;
    listening.shutdown().await;

    let mut notes = notes.borrow_mut();
    // Over `/live` nobody is told a message's number: there what is asked is
    // whether it is there once, and in the order of its sender.
    for told in notes.ledger.iter_mut().filter(|told| told.id.is_empty()) {
        if let Some(message) = stored.iter().find(|message| message.body == told.body) {
            told.id.clone_from(&message.id);
            told.sequence = message.sequence;
        }
    }
    let given_up = |body: &String| Acknowledged {
        id: String::new(),
        sequence: 0,
        body: body.clone(),
        sent: 0,
        answered: 0,
    };
    let given_up: Vec<Acknowledged> = notes.abandoned.iter().map(given_up).collect();
    Ok(Outcome {
        audit: audit(&notes.ledger, &stored),
        control: audit(&given_up, &stored),
        abandoned: given_up.len(),
        refused: notes.refused,
        slowest: notes.slowest,
        healed,
        playlists: probes.iter().map(|probe| probe.new).sum(),
        probes,
        connections_lost: notes.connections_lost,
        missed: notes.missed,
        grown: peak.saturating_sub(before),
        faults: notes.faults.clone(),
        seconds,
    })
}

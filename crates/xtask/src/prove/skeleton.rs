//! R1, short: people write in a channel over the HTTP API while the server is
//! killed (SIGKILL) again and again. What was acknowledged is there, once and
//! in order.
//!
//! Control: the same audit over a copy of the data from which one
//! acknowledged message was deleted must report exactly that loss.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

use super::ledgers::{Acknowledged, Stored, audit};
use super::{Finding, Promise};
use crate::clients::Client;
use crate::processes::Shell;
use crate::programmes;
use crate::servers::{Installation, Server, copy_folder};

pub const PROMISE: Promise = Promise {
    id: "R1",
    claim: "an acknowledged chat message survives kill -9: none lost, none doubled, order kept",
};

const EVENT: &str = "measured";

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

/// Messages a writer may send between two kills: bounds the run.
const MOST: u32 = 2_000;

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
        run.until_killed(server, &channel, after).await?;
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

/// An event, and a token for each writer.
async fn set_up(
    installation: &Installation<'_>,
    folder: &Path,
    writers: usize,
) -> anyhow::Result<Vec<String>> {
    let file = folder.join("programme.xml");
    std::fs::write(&file, programmes::frab_xml(12))?;
    let file = file
        .to_str()
        .context("the temporary folder's name is UTF-8")?;
    installation
        .hallway(&[
            "import", "schedule", "--event", EVENT, "--zone", "UTC", file,
        ])
        .await?;
    let tokens = installation
        .hallway(&[
            "rehearse",
            "--event",
            EVENT,
            "--people",
            &writers.to_string(),
            "--tokens",
            "--yes-really",
        ])
        .await?;
    Ok(tokens.lines().map(str::to_owned).collect())
}

async fn find_channel(server: &Server, token: &str) -> anyhow::Result<String> {
    let mut client = server.client().await?;
    client.token = Some(token.to_owned());
    let answer = client
        .get(&format!("/api/v1/events/{EVENT}/channels"))
        .await?
        .json()?;
    let channels = answer["channels"].as_array().or(answer.as_array());
    let id = channels.and_then(|channels| channels.first()?["id"].as_str());
    Ok(id
        .with_context(|| format!("the event has no channel: {answer}"))?
        .to_owned())
}

/// A message on its way; it keeps its key until it is answered.
#[derive(Clone)]
struct Draft {
    key: String,
    body: String,
    /// Its first send: later ones only repeat it.
    sent: u64,
}

struct Writer {
    number: usize,
    token: String,
    written: u32,
    unanswered: Option<Draft>,
}

struct Run {
    writers: Vec<Writer>,
    ledger: Vec<Acknowledged>,
    random: Random,
    /// The one order of sends and answers.
    order: Rc<Cell<u64>>,
}

impl Run {
    fn new(tokens: &[String], random: Random) -> Self {
        let writer = |(number, token): (usize, &String)| Writer {
            number,
            token: token.clone(),
            written: 0,
            unanswered: None,
        };
        Self {
            writers: tokens.iter().enumerate().map(writer).collect(),
            ledger: Vec::new(),
            random,
            order: Rc::default(),
        }
    }

    /// All write at once; after `answers` answers the server dies.
    async fn until_killed(
        &mut self,
        server: Server,
        channel: &str,
        answers: u64,
    ) -> anyhow::Result<()> {
        let (acknowledge, mut acknowledged) = mpsc::channel(64);
        let mut writing = JoinSet::new();
        let local = LocalSet::new();
        for writer in self.writers.drain(..) {
            let (base, channel) = (server.base.clone(), channel.to_owned());
            let (random, order, acknowledge) =
                (self.random.clone(), self.order.clone(), acknowledge.clone());
            writing.spawn_local_on(
                write(writer, base, channel, random, order, acknowledge),
                &local,
            );
        }
        drop(acknowledge);
        let mut server = Some(server);
        let mut count = 0;
        local
            .run_until(async {
                while let Some(message) = acknowledged.recv().await {
                    self.ledger.push(message);
                    count += 1;
                    if count == answers
                        && let Some(server) = server.take()
                    {
                        // The writers go on while it dies: their answers still count.
                        tokio::task::spawn_local(server.kill());
                    }
                }
                while let Some(writer) = writing.join_next().await {
                    self.writers.push(writer??);
                }
                anyhow::Ok(())
            })
            .await?;
        if count < answers {
            bail!("only {count} of {answers} messages were answered");
        }
        Ok(())
    }
}

/// Sends one message after the other until the connection breaks.
async fn write(
    mut writer: Writer,
    base: String,
    channel: String,
    random: Random,
    order: Rc<Cell<u64>>,
    acknowledge: mpsc::Sender<Acknowledged>,
) -> anyhow::Result<Writer> {
    let tick = || order.replace(order.get() + 1);
    let mut client = Client::connect(&base).await?;
    client.token = Some(writer.token.clone());
    for _ in 0..MOST {
        let draft = writer.unanswered.take().unwrap_or_else(|| {
            writer.written += 1;
            Draft {
                key: random.uuid(Timestamp(0)).to_string(),
                body: format!("writer {} message {}", writer.number, writer.written),
                sent: tick(),
            }
        });
        writer.unanswered = Some(draft.clone());
        let path = format!("/api/v1/channels/{channel}/messages");
        let Ok(answer) = client
            .post(&path, &json!({ "body": draft.body, "key": draft.key }))
            .await
        else {
            break;
        };
        if !answer.status.is_success() {
            bail!(
                "a message was refused: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
        }
        let told = answer.json()?;
        writer.unanswered = None;
        let message = Acknowledged {
            id: text(&told, "id")?,
            sequence: number(&told, "seq")?,
            body: draft.body,
            sent: draft.sent,
            answered: tick(),
        };
        if acknowledge.send(message).await.is_err() {
            break;
        }
    }
    Ok(writer)
}

/// The whole channel, page by page.
async fn read_all(server: &Server, token: &str, channel: &str) -> anyhow::Result<Vec<Stored>> {
    let mut client = server.client().await?;
    client.token = Some(token.to_owned());
    let mut all: Vec<Stored> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message.sequence);
        let path = format!("/api/v1/channels/{channel}/messages?after={after}&limit=100");
        let page = client.get(&path).await?.json()?;
        let messages = page["messages"]
            .as_array()
            .with_context(|| format!("no page: {page}"))?;
        for message in messages {
            all.push(Stored {
                id: text(message, "id")?,
                sequence: number(message, "seq")?,
                body: text(message, "source")?,
            });
        }
        match all.last() {
            // A page that does not go on would be read for ever.
            Some(last) if !messages.is_empty() && last.sequence > after => {}
            _ => return Ok(all),
        }
    }
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    Ok(value[name]
        .as_str()
        .with_context(|| format!("no {name} in {value}"))?
        .to_owned())
}

fn number(value: &Value, name: &str) -> anyhow::Result<i64> {
    value[name]
        .as_i64()
        .with_context(|| format!("no {name} in {value}"))
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

//! People who write in a channel over the HTTP API while the server is killed
//! again and again, and what they were told.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

use super::ledgers::{Acknowledged, Stored};
use crate::clients::Client;
use crate::programmes;
use crate::servers::{Installation, Server};

pub const EVENT: &str = "measured";

/// Messages a writer may send between two kills: bounds the run.
const MOST: u32 = 2_000;

/// An event, and a token for each writer.
pub async fn set_up(
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

pub async fn find_channel(server: &Server, token: &str) -> anyhow::Result<String> {
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

pub struct Run {
    writers: Vec<Writer>,
    pub ledger: Vec<Acknowledged>,
    random: Random,
    /// The one order of sends and answers.
    order: Rc<Cell<u64>>,
}

impl Run {
    pub fn new(tokens: &[String], random: Random) -> Self {
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

    /// All write at once; after `answers` answers the server is killed, or
    /// ended as badly in another way.
    pub async fn until_ended<F>(
        &mut self,
        server: Server,
        channel: &str,
        answers: u64,
        end: impl FnOnce(Server) -> F,
    ) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>> + 'static,
    {
        let (acknowledge, mut acknowledged) = mpsc::channel(64);
        let mut writing = JoinSet::new();
        let local = LocalSet::new();
        let ending = Rc::new(Cell::new(false));
        for writer in self.writers.drain(..) {
            let hall = Hall {
                base: server.base.clone(),
                channel: channel.to_owned(),
                random: self.random.clone(),
                order: Rc::clone(&self.order),
                ending: Rc::clone(&ending),
            };
            writing.spawn_local_on(write(writer, hall, acknowledge.clone()), &local);
        }
        drop(acknowledge);
        let mut end = Some((server, end));
        let mut ended = None;
        let mut count = 0;
        local
            .run_until(async {
                while let Some(message) = acknowledged.recv().await {
                    self.ledger.push(message);
                    count += 1;
                    if count == answers
                        && let Some((server, end)) = end.take()
                    {
                        ending.set(true);
                        // The writers go on while it dies: their answers still count.
                        ended = Some(tokio::task::spawn_local(end(server)));
                    }
                }
                while let Some(writer) = writing.join_next().await {
                    self.writers.push(writer??);
                }
                match ended {
                    Some(ended) => ended.await?,
                    None => Ok(()),
                }
            })
            .await?;
        if count < answers {
            bail!("only {count} of {answers} messages were answered");
        }
        Ok(())
    }
}

/// What the writers share.
struct Hall {
    base: String,
    channel: String,
    random: Random,
    order: Rc<Cell<u64>>,
    /// Whether the server is being ended: it may refuse from now on.
    ending: Rc<Cell<bool>>,
}

/// Sends one message after the other until the connection breaks.
async fn write(
    mut writer: Writer,
    hall: Hall,
    acknowledge: mpsc::Sender<Acknowledged>,
) -> anyhow::Result<Writer> {
    let tick = || hall.order.replace(hall.order.get() + 1);
    let mut client = Client::connect(&hall.base).await?;
    client.token = Some(writer.token.clone());
    for _ in 0..MOST {
        let draft = writer.unanswered.take().unwrap_or_else(|| {
            writer.written += 1;
            Draft {
                key: hall.random.uuid(Timestamp(0)).to_string(),
                body: format!("writer {} message {}", writer.number, writer.written),
                sent: tick(),
            }
        });
        writer.unanswered = Some(draft.clone());
        let path = format!("/api/v1/channels/{}/messages", hall.channel);
        let Ok(answer) = client
            .post(&path, &json!({ "body": draft.body, "key": draft.key }))
            .await
        else {
            break;
        };
        if !answer.status.is_success() && hall.ending.get() {
            break;
        }
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
pub async fn read_all(server: &Server, token: &str, channel: &str) -> anyhow::Result<Vec<Stored>> {
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

pub fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    Ok(value[name]
        .as_str()
        .with_context(|| format!("no {name} in {value}"))?
        .to_owned())
}

pub fn number(value: &Value, name: &str) -> anyhow::Result<i64> {
    value[name]
        .as_i64()
        .with_context(|| format!("no {name} in {value}"))
}

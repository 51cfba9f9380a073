//! Who use the server before, during and after a break.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant};

use super::{HEALED, ROOM, TOLD};
use crate::bench::chat::crowds;
use crate::bench::chat::halls::{Guest, next_json};
use crate::clients::{Answer, Client};
use crate::prove::chat::listen;
use crate::prove::ledgers::Acknowledged;
use crate::prove::writers::{EVENT, number, text};
use crate::servers::Server;

/// Between two messages of one person, and two reads.
const PACE: Duration = Duration::from_millis(250);
/// Whoever waits longer for an answer does not wait any more.
const PATIENCE: Duration = Duration::from_secs(20);
/// A client that says nothing for long counts as gone.
const PING: Duration = Duration::from_secs(25);

/// What was noted by all.
#[derive(Default)]
pub struct Notes {
    pub ledger: Vec<Acknowledged>,
    /// Words of those who gave up.
    pub abandoned: Vec<String>,
    pub refused: usize,
    pub slowest: Duration,
    /// Who were taken for the first time since the database is back.
    pub healed: BTreeSet<usize>,
    pub connections_lost: usize,
    pub missed: usize,
    pub faults: Vec<String>,
    heard: Vec<i64>,
    broken: bool,
    back: Option<Instant>,
}

impl Notes {
    pub fn begin(&mut self) {
        self.broken = true;
    }

    pub fn end(&mut self, back: Instant) {
        self.broken = false;
        self.back = Some(back);
    }

    fn fault(&mut self, what: String) {
        // The first few tell what there is to know.
        if self.faults.len() < 10 {
            self.faults.push(what);
        }
    }
}

/// Where they all are.
#[derive(Clone)]
pub struct Hall {
    base: String,
    channel: String,
    notes: Rc<RefCell<Notes>>,
    stopped: Rc<Cell<bool>>,
    /// The one order of sends and answers.
    order: Rc<Cell<u64>>,
    random: Random,
}

/// What a sender was told.
enum Told {
    /// Number and id of the message, where the answer names them.
    Taken(Option<(String, i64)>),
    ComeBack(Duration),
}

struct Draft {
    key: String,
    body: String,
    sent: u64,
}

impl Hall {
    pub fn new(server: &Server, channel: &str, notes: &Rc<RefCell<Notes>>) -> Self {
        Self {
            base: server.base.clone(),
            channel: channel.to_owned(),
            notes: Rc::clone(notes),
            stopped: Rc::default(),
            order: Rc::default(),
            random: SeededRandom::seed(10).random(),
        }
    }

    /// Nobody begins anything new.
    pub fn stop(&self) {
        self.stopped.set(true);
    }

    fn tick(&self) -> u64 {
        self.order.replace(self.order.get() + 1)
    }

    fn guest(&self, token: String) -> Guest {
        Guest {
            host: self.base.trim_start_matches("http://").to_owned(),
            channel: self.channel.clone(),
            token,
        }
    }

    async fn client(&self, token: Option<String>) -> anyhow::Result<Client> {
        let mut client = Client::connect(&self.base).await?;
        client.token = token;
        Ok(client)
    }

    fn draft(&self, who: &str, count: usize) -> Draft {
        Draft {
            key: self.random.uuid(Timestamp(0)).to_string(),
            body: format!("{who} says {count}"),
            sent: self.tick(),
        }
    }

    pub async fn send_over_http(self, token: String, sender: usize) -> anyhow::Result<()> {
        let mut client = self.client(Some(token)).await?;
        let who = format!("sender {sender}");
        for count in 0.. {
            let draft = self.draft(&who, count);
            let taken = loop {
                match self.post(&mut client, &draft).await? {
                    Told::Taken(message) => break message,
                    Told::ComeBack(wait) => tokio::time::sleep(wait).await,
                }
            };
            let own = taken.as_ref().map(|(id, _)| id.clone());
            self.taken(sender, draft, taken);
            if self.stopped.get() {
                return Ok(());
            }
            // A page of messages that some reacted to asks for more.
            if let Some(id) = own.filter(|_| sender == 0) {
                let key = self.random.uuid(Timestamp(0)).to_string();
                let path = format!("/api/v1/messages/{id}/reactions");
                let reaction = json!({ "emoji": "👍", "key": key });
                self.timed(client.put(&path, &reaction)).await?;
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    pub async fn send_over_live(self, token: String, sender: usize) -> anyhow::Result<()> {
        let (mut stream, mut bytes) = self.guest(token).connect(None).await?;
        let who = format!("sender {sender}");
        for count in 0.. {
            let draft = self.draft(&who, count);
            while let Told::ComeBack(wait) = self.command(&mut stream, &mut bytes, &draft).await? {
                tokio::time::sleep(wait).await;
            }
            self.taken(sender, draft, None);
            if self.stopped.get() {
                return Ok(());
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    /// Says something else after each refusal: what was refused is given up.
    pub async fn give_up(self, token: String) -> anyhow::Result<()> {
        let who = format!("quitter {}", &token[token.len() - 6..]);
        let mut client = self.client(Some(token)).await?;
        for count in 0.. {
            let draft = self.draft(&who, count);
            if let Told::ComeBack(_) = self.post(&mut client, &draft).await? {
                self.notes.borrow_mut().abandoned.push(draft.body);
            }
            if self.stopped.get() {
                return Ok(());
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    async fn post(&self, client: &mut Client, draft: &Draft) -> anyhow::Result<Told> {
        let path = format!("/api/v1/channels/{}/messages", self.channel);
        let body = json!({ "body": draft.body, "key": draft.key });
        let answer = self.timed(client.post(&path, &body)).await?;
        if answer.status.is_success() {
            let told = answer.json()?;
            return Ok(Told::Taken(Some((
                text(&told, "id")?,
                number(&told, "seq")?,
            ))));
        }
        let header = answer.headers.get("retry-after");
        let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok());
        self.refused(u64::from(answer.status.as_u16()), &answer.json()?, seconds)
    }

    async fn command(
        &self,
        stream: &mut TcpStream,
        bytes: &mut Vec<u8>,
        draft: &Draft,
    ) -> anyhow::Result<Told> {
        let command =
            json!({ "type": "post_message", "channel": self.channel, "body": draft.body });
        let frame = json!({ "type": "command", "key": draft.key, "command": command });
        let frame = crowds::client_frame(&frame.to_string());
        let answer = self
            .timed(async {
                stream.write_all(&frame).await?;
                next_json(stream, bytes).await
            })
            .await?;
        if answer["key"] != json!(draft.key) {
            bail!("an answer to something else: {answer}");
        }
        if answer["type"] == "ack" {
            return Ok(Told::Taken(None));
        }
        let problem = &answer["problem"];
        let status = problem["status"].as_u64().unwrap_or(0);
        self.refused(status, problem, problem["retry_after"].as_u64())
    }

    /// Waits for an answer, and notes how long that took.
    async fn timed<T>(&self, answer: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let asked = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let mut notes = self.notes.borrow_mut();
        notes.slowest = notes.slowest.max(asked.elapsed());
        answer.context("a sender was not answered")?
    }

    fn refused(&self, status: u64, problem: &Value, wait: Option<u64>) -> anyhow::Result<Told> {
        let mut notes = self.notes.borrow_mut();
        // Only a database that is away is a reason, and for a moment after it.
        let away = notes.broken || notes.back.is_some_and(|back| back.elapsed() < HEALED);
        let named = problem["type"] == "/problems/unavailable";
        if status != 503 || !named || !away {
            notes.fault(format!("refused with {problem}"));
        }
        let Some(wait) = wait else {
            bail!("a refusal does not say when to come back: {problem}");
        };
        notes.refused += 1;
        Ok(Told::ComeBack(Duration::from_secs(wait)))
    }

    fn taken(&self, sender: usize, draft: Draft, message: Option<(String, i64)>) {
        let answered = self.tick();
        let mut notes = self.notes.borrow_mut();
        if notes.back.is_some() {
            notes.healed.insert(sender);
        }
        let (id, sequence) = message.unzip();
        notes.ledger.push(Acknowledged {
            id: id.unwrap_or_default(),
            sequence: sequence.unwrap_or_default(),
            body: draft.body,
            sent: draft.sent,
            answered,
        });
    }

    /// Hears every message in its order, over one connection for good.
    pub async fn listen(self, token: String) {
        if let Err(error) = self.hear(token).await {
            let mut notes = self.notes.borrow_mut();
            notes.connections_lost += 1;
            notes.fault(format!("a connection ended: {error:#}"));
        }
    }

    async fn hear(&self, token: String) -> anyhow::Result<()> {
        let (mut stream, mut bytes) = self.guest(token).connect(None).await?;
        let topic = format!("channel:{}", self.channel);
        let subscribe = json!({ "type": "subscribe", "topic": topic, "after": 0 }).to_string();
        stream.write_all(&crowds::client_frame(&subscribe)).await?;
        let place = {
            let mut notes = self.notes.borrow_mut();
            notes.heard.push(0);
            notes.heard.len() - 1
        };
        let mut pings = tokio::time::interval(PING);
        loop {
            let frame = tokio::select! {
                frame = listen(&mut stream, &mut bytes) => Some(frame?),
                _ = pings.tick() => None,
            };
            let Some(frame) = frame else {
                let ping = crowds::client_frame(r#"{"type":"ping"}"#);
                stream.write_all(&ping).await?;
                continue;
            };
            if frame["type"] == "event" {
                let seq = number(&frame, "seq")?;
                let mut notes = self.notes.borrow_mut();
                notes.missed += usize::from(seq != notes.heard[place] + 1);
                notes.heard[place] = seq;
            }
        }
    }

    /// Waits until everybody heard the last message; who did not has missed it.
    pub async fn until_heard(&self, listeners: usize) -> anyhow::Result<()> {
        let path = format!("/api/v1/channels/{}/messages?limit=1", self.channel);
        let newest = self.client(None).await?.get(&path).await?.json()?;
        let last = number(&newest, "seq")?;
        let until = Instant::now() + HEALED;
        let behind = || {
            let notes = self.notes.borrow();
            let heard = notes.heard.iter().filter(|seq| **seq >= last).count();
            listeners - heard.min(listeners)
        };
        while behind() > 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let behind = behind();
        self.notes.borrow_mut().missed += behind;
        Ok(())
    }

    /// Asks for a page again and again.
    pub async fn probe(self, mut probe: Probe) -> anyhow::Result<Probe> {
        let mut client = self.client(probe.token.take()).await?;
        let mut before = None;
        while !self.stopped.get() {
            let asked = Instant::now();
            let during = self.notes.borrow().broken;
            let answer = tokio::time::timeout(PATIENCE, client.get(&probe.path)).await;
            let answer = answer.with_context(|| format!("{} is not answered", probe.path))??;
            if during {
                probe.note(&answer, asked.elapsed());
                probe.new += usize::from(probe.changes && before.as_ref() != Some(&answer.body));
            }
            before = Some(answer.body);
            tokio::time::sleep(PACE).await;
        }
        Ok(probe)
    }
}

/// A page that is read again and again, and how that went during the break.
pub struct Probe {
    pub name: &'static str,
    pub asked: usize,
    pub failed: usize,
    pub slowest: Duration,
    /// Answers that told something else than the one before.
    pub new: usize,
    path: String,
    token: Option<String>,
    changes: bool,
    statuses: BTreeSet<u16>,
}

impl Probe {
    fn new(name: &'static str, path: String, token: Option<&str>) -> Self {
        Self {
            name,
            asked: 0,
            failed: 0,
            slowest: Duration::ZERO,
            new: 0,
            path,
            token: token.map(str::to_owned),
            changes: false,
            statuses: BTreeSet::new(),
        }
    }

    fn note(&mut self, answer: &Answer, took: Duration) {
        self.asked += 1;
        self.failed += usize::from(!answer.status.is_success() || took > TOLD);
        self.slowest = self.slowest.max(took);
        self.statuses.insert(answer.status.as_u16());
    }

    pub fn told(&self) -> Value {
        json!({
            "asked": self.asked,
            "failed": self.failed,
            "slowest_ms": self.slowest.as_millis(),
            "statuses": self.statuses,
        })
    }
}

pub fn playlist() -> String {
    format!("/hls/{EVENT}/{ROOM}/live.m3u8")
}

pub fn probes(channel: &str, reader: &str) -> Vec<Probe> {
    let messages = format!("/api/v1/channels/{channel}/messages?limit=50");
    vec![
        Probe::new("event_page", format!("/{EVENT}/"), None),
        Probe::new("messages", messages, Some(reader)),
        Probe {
            changes: true,
            ..Probe::new("playlist", playlist(), None)
        },
    ]
}

//! R6: everyone comes back after a restart, asked for or not, without trampling
//! the server, and has missed nothing.
//!
//! Control: some come back without saying what they had; they must be found to
//! have missed messages.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_model::ids::ChannelId;
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Duration, Instant};

use crate::bench::chat::crowds;
use crate::bench::chat::halls::{EVENT, Guest};
use crate::processes::Shell;
use crate::prove::{Finding, Promise};
use crate::servers::Server;

pub const PROMISE: Promise = Promise {
    id: "R6",
    claim: "after a restart 95 % are back in 20 s and all in 45 s, at most 500 a second, with nothing missed and one read of the record",
};

/// Who come back without their number.
const FORGETFUL: usize = 10;
/// Said before each restart, and right after it.
const SAID: usize = 20;
const ALL_BACK: Duration = Duration::from_secs(45);
const MOST_BACK: Duration = Duration::from_secs(20);
const A_SECOND: usize = 500;
/// Looks into the record for one channel: one, and a few by those who were cut
/// off in the midst of a message.
const READS: f64 = 5.0;

/// What one restart came to.
#[derive(Debug)]
struct Return {
    what: &'static str,
    most: Duration,
    all: Duration,
    peak: usize,
    missed: usize,
    reads: f64,
    forgetful_missed: usize,
}

impl Return {
    fn is_fine(&self) -> bool {
        self.most <= MOST_BACK
            && self.all <= ALL_BACK
            && self.peak <= A_SECOND
            && self.missed == 0
            && self.reads <= READS
    }

    fn told(&self) -> Value {
        json!({
            "restart": self.what,
            "s_until_95_percent": self.most.as_secs_f64(),
            "s_until_all": self.all.as_secs_f64(),
            "most_in_a_second": self.peak,
            "missed": self.missed,
            "reads_of_the_record": self.reads,
        })
    }
}

/// What the clients noted.
#[derive(Default)]
struct Notes {
    greeted: Vec<Instant>,
    back: Vec<Instant>,
    missed: usize,
    forgetful_missed: usize,
    /// Number up to which each has heard everything.
    heard: Vec<i64>,
}

struct Member {
    guest: Guest,
    number: usize,
    forgetful: bool,
    random: Random,
    notes: Rc<RefCell<Notes>>,
}

pub async fn attempt(
    shell: &Shell,
    binary: PathBuf,
    people: usize,
    seed: u64,
) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let (mut installation, tokens) =
        super::set_up(shell, binary, folder.path(), people + FORGETFUL).await?;
    let server = installation.serve().await?;
    let host = server.base.trim_start_matches("http://").to_owned();
    installation.port = Some(host.parse::<std::net::SocketAddr>()?.port());
    let channel = channel(&server, &tokens[0]).await?;
    let random = SeededRandom::seed(seed).random();
    let notes = Rc::new(RefCell::new(Notes {
        heard: vec![0; people + FORGETFUL],
        ..Notes::default()
    }));
    let local = LocalSet::new();
    local
        .run_until(async {
            let mut members = JoinSet::new();
            for (number, token) in tokens.iter().take(people + FORGETFUL).enumerate() {
                let member = Member {
                    guest: Guest {
                        host: host.clone(),
                        channel: channel.clone(),
                        token: token.clone(),
                    },
                    number,
                    forgetful: number >= people,
                    random: random.clone(),
                    notes: Rc::clone(&notes),
                };
                members.spawn_local(member.live());
            }
            let mut returns = vec![];
            let mut server = server;
            wait_for(&notes, people + FORGETFUL).await?;
            for what in ["SIGTERM", "kill -9"] {
                let last = say(&server, &tokens[0], &channel, &random).await?;
                heard(&notes, last, people).await?;
                let heard_so_far = std::mem::take(&mut notes.borrow_mut().heard);
                *notes.borrow_mut() = Notes {
                    heard: heard_so_far,
                    ..Notes::default()
                };
                if what == "SIGTERM" {
                    server.stop().await?;
                } else {
                    server.kill().await?;
                }
                server = installation.serve().await?;
                let ready = Instant::now();
                let last = say(&server, &tokens[0], &channel, &random).await?;
                wait_for(&notes, people + FORGETFUL).await?;
                heard(&notes, last, people).await?;
                // One more shows the forgetful what they did not hear.
                let last = say(&server, &tokens[0], &channel, &random).await?;
                heard(&notes, last, people + FORGETFUL).await?;
                let reads = reads(&server).await?;
                let back = summary(what, &notes.borrow(), ready, reads);
                eprintln!("{back:?}");
                returns.push(back);
            }
            members.shutdown().await;
            server.stop().await?;
            let forgetful: usize = returns.iter().map(|back| back.forgetful_missed).sum();
            Ok(Finding {
                held: returns.iter().all(Return::is_fine),
                control_failed: forgetful > 0,
                figure: json!({
                    "people": people,
                    "returns": returns.iter().map(Return::told).collect::<Vec<_>>(),
                }),
                control: json!({ "what": "come back without a number", "missed": forgetful }),
            })
        })
        .await
}

impl Member {
    /// Stays connected for good, as docs/protocol.md tells clients to.
    async fn live(self) {
        let (mut attempt, mut last) = (0, None);
        loop {
            let mut window = None;
            let begun = Instant::now();
            // However it ended, it is begun again.
            let _ = self.connection(&mut last, &mut window).await;
            if begun.elapsed() > Duration::from_secs(10) {
                attempt = 0;
            }
            let window = window.unwrap_or_else(|| 30_000.min(1_000_u64 << attempt));
            attempt = (attempt + 1).min(5);
            let wait = self.random.below(window);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn connection(
        &self,
        last: &mut Option<i64>,
        window: &mut Option<u64>,
    ) -> anyhow::Result<()> {
        let (mut stream, mut bytes) = self.guest.connect(None).await?;
        self.notes.borrow_mut().greeted.push(Instant::now());
        self.subscribe(&mut stream, *last).await?;
        loop {
            let frame = super::listen(&mut stream, &mut bytes).await?;
            match frame["type"].as_str().unwrap_or_default() {
                "subscribed" => {
                    self.notes.borrow_mut().back.push(Instant::now());
                    let seq = frame["seq"].as_i64().context("no seq")?;
                    if last.is_none() {
                        *last = Some(seq);
                        self.note(seq);
                    }
                }
                "event" => {
                    let seq = frame["seq"].as_i64().context("no seq")?;
                    let skipped = usize::try_from(seq - last.unwrap_or(seq - 1) - 1);
                    let mut notes = self.notes.borrow_mut();
                    if self.forgetful {
                        notes.forgetful_missed += skipped.unwrap_or(1);
                    } else {
                        notes.missed += skipped.unwrap_or(1);
                    }
                    *last = Some(seq);
                    drop(notes);
                    self.note(seq);
                }
                "closing" => *window = frame["reconnect_within_ms"].as_u64(),
                "resync" => bail!("told to read anew"),
                _ => {}
            }
        }
    }

    fn note(&self, seq: i64) {
        self.notes.borrow_mut().heard[self.number] = seq;
    }

    async fn subscribe(&self, stream: &mut TcpStream, last: Option<i64>) -> anyhow::Result<()> {
        let topic = format!("channel:{}", self.guest.channel);
        let mut frame = json!({ "type": "subscribe", "topic": topic });
        if let Some(last) = last.filter(|_| !self.forgetful) {
            frame["after"] = last.into();
        }
        let frame = crowds::client_frame(&frame.to_string());
        Ok(stream.write_all(&frame).await?)
    }
}

/// Says some words over HTTP; gives the topic's number after them.
async fn say(server: &Server, token: &str, channel: &str, random: &Random) -> anyhow::Result<i64> {
    let mut client = server.client().await?;
    client.token = Some(token.to_owned());
    let path = format!("/api/v1/channels/{channel}/messages");
    for number in 0..SAID {
        let key = random.uuid(Timestamp(0));
        let body = crowds::body(number, 80);
        let answer = client
            .post(&path, &json!({ "body": body, "key": key }))
            .await?;
        if !answer.status.is_success() {
            bail!("a message was refused: {}", answer.status);
        }
    }
    let page = client.get(&path).await?.json()?;
    page["seq"].as_i64().context("no seq")
}

async fn channel(server: &Server, token: &str) -> anyhow::Result<String> {
    let mut client = server.client().await?;
    client.token = Some(token.to_owned());
    let path = format!("/api/v1/events/{EVENT}/channels");
    let list = client.get(&path).await?.json()?;
    let id = list["channels"][0]["id"].as_str().context("no channel")?;
    // What is no id would be found out only by silence.
    Ok(id.parse::<ChannelId>()?.to_string())
}

/// How often the record was read for those who came.
async fn reads(server: &Server) -> anyhow::Result<f64> {
    let metrics = server.client().await?.get("/metrics").await?;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("hallway_live_record_reads_total "));
    Ok(line.context("no such metric")?.trim().parse()?)
}

async fn wait_for(notes: &Rc<RefCell<Notes>>, people: usize) -> anyhow::Result<()> {
    until(|| notes.borrow().back.len() >= people)
        .await
        .with_context(|| format!("only {} of {people} came", notes.borrow().back.len()))
}

async fn heard(notes: &Rc<RefCell<Notes>>, last: i64, people: usize) -> anyhow::Result<()> {
    until(|| {
        let notes = notes.borrow();
        notes.heard.iter().take(people).all(|seq| *seq >= last)
    })
    .await
    .context("not everyone heard the last message")
}

async fn until(mut done: impl FnMut() -> bool) -> anyhow::Result<()> {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while !done() {
            looks.tick().await;
        }
    };
    tokio::time::timeout(2 * ALL_BACK, waiting).await?;
    Ok(())
}

fn summary(what: &'static str, notes: &Notes, ready: Instant, reads: f64) -> Return {
    let mut back: Vec<Duration> = notes
        .back
        .iter()
        .map(|at| at.saturating_duration_since(ready))
        .collect();
    back.sort_unstable();
    let rank = (back.len() * 95).div_ceil(100).saturating_sub(1);
    Return {
        what,
        most: back.get(rank).copied().unwrap_or(Duration::MAX),
        all: back.last().copied().unwrap_or(Duration::MAX),
        peak: most_in_a_second(&notes.greeted),
        missed: notes.missed,
        reads,
        forgetful_missed: notes.forgetful_missed,
    }
}

fn most_in_a_second(times: &[Instant]) -> usize {
    let mut times = times.to_vec();
    times.sort_unstable();
    let within = |from: &Instant| {
        let end = *from + Duration::from_secs(1);
        times.partition_point(|time| *time < end) - times.partition_point(|time| time < from)
    };
    times.iter().map(within).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_second_is_found_wherever_it_begins() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let times = [0, 900, 950, 1_000, 1_850, 1_900, 3_000].map(at);
        assert_eq!(most_in_a_second(&times), 4);
        assert_eq!(most_in_a_second(&[]), 0);
    }
}

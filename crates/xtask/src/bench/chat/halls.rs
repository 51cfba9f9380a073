//! The real thing: people with accounts join one channel of a real server.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Mutex, mpsc};

use super::boards::Board;
use super::crowds::{self, Framing, MARK, Seat, next_frame};
use super::{BODY, IN_FLIGHT, Load};
use crate::programmes;
use crate::servers::{Installation, Server};

pub const EVENT: &str = "measured";
/// People who speak in turn, so that nobody's limit is met.
const SPEAKERS: usize = 250;
/// Messages there are before anybody joins.
const HISTORY: usize = 60;
/// Connections that are lost and come back.
const RESUMED: usize = 20;

/// What is only measured here.
pub struct More {
    /// Seconds of processor time for everyone to join.
    pub join_cpu: f64,
    /// Bytes received by the first and by the last tenth of those who joined.
    pub join_bytes: [usize; 2],
    /// The saturated load again, beside some who do not read.
    pub beside_deaf: Load,
    pub deaf_bytes: f64,
    pub resumed: bool,
    /// Bytes of a message's frame on the wire.
    pub frame_bytes: usize,
    pub channel: String,
    pub tokens: Vec<String>,
}

/// An event and people who may join it; gives their tokens.
pub async fn prepare(
    installation: &Installation<'_>,
    ours: PathBuf,
    people: usize,
) -> anyhow::Result<Vec<String>> {
    let making = Installation::new(installation.shell, ours, installation.data.clone());
    let file = installation.data.with_extension("xml");
    std::fs::write(&file, programmes::frab_xml(12))?;
    let file = file.to_str().context("the folder's name is UTF-8")?;
    // By the one that is measured: an earlier one reads no later event.
    installation
        .hallway(&[
            "import", "schedule", "--event", EVENT, "--zone", "UTC", file,
        ])
        .await?;
    let people = people.max(SPEAKERS).to_string();
    let tokens = making
        .hallway(&[
            "rehearse",
            "--event",
            EVENT,
            "--people",
            &people,
            "--tokens",
            "--yes-really",
        ])
        .await?;
    Ok(tokens.lines().map(str::to_owned).collect())
}

pub struct Hall {
    host: String,
    pub channel: String,
    pub tokens: Rc<Vec<String>>,
    random: Random,
}

impl Hall {
    pub async fn open(server: &Server, tokens: Vec<String>) -> anyhow::Result<Self> {
        let mut client = server.client().await?;
        client.token = tokens.first().cloned();
        let channels = client
            .get(&format!("/api/v1/events/{EVENT}/channels"))
            .await?
            .json()?;
        let channel = channels["channels"][0]["id"]
            .as_str()
            .with_context(|| format!("the event has no channel: {channels}"))?
            .to_owned();
        let random = SeededRandom::seed(3).random();
        for number in 0..HISTORY {
            let body = crowds::body(number, BODY).replace(MARK, "-");
            let key = random.uuid(Timestamp(0)).to_string();
            let path = format!("/api/v1/channels/{channel}/messages");
            let answer = client
                .post(&path, &json!({ "body": body, "key": key }))
                .await?;
            if !answer.status.is_success() {
                bail!("the history was refused: {}", answer.status);
            }
        }
        Ok(Self {
            host: server.base.trim_start_matches("http://").to_owned(),
            channel,
            tokens: Rc::new(tokens),
            random,
        })
    }

    pub async fn join(&self, count: usize) -> anyhow::Result<Vec<Seat>> {
        crowds::join_all(count, |number| self.guest(number).join(None)).await
    }

    /// Joins over sockets with little room, of which nobody reads.
    pub async fn join_deaf(&self, count: usize) -> anyhow::Result<Vec<Seat>> {
        crowds::join_all(count, |number| self.guest(number).join(Some(4 * 1_024))).await
    }

    pub fn guest(&self, number: usize) -> Guest {
        Guest {
            host: self.host.clone(),
            channel: self.channel.clone(),
            token: self.tokens[number % self.tokens.len()].clone(),
        }
    }

    /// Ways to post messages by number: over the sockets of many people, each
    /// waiting for its acknowledgement.
    pub fn mouth(&self) -> impl AsyncFn(Board) -> anyhow::Result<mpsc::Sender<usize>> {
        self.mouth_of(BODY)
    }

    /// The same, with words of so many bytes.
    pub fn mouth_of(
        &self,
        length: usize,
    ) -> impl AsyncFn(Board) -> anyhow::Result<mpsc::Sender<usize>> {
        async move |board: Board| {
            let (say, numbers) = mpsc::channel::<usize>(IN_FLIGHT);
            let numbers = Rc::new(Mutex::new(numbers));
            let speakers = SPEAKERS.min(self.tokens.len());
            let turn = Rc::new(Mutex::new(std::collections::VecDeque::new()));
            for number in 0..speakers {
                let guest = self.guest(number);
                let (stream, bytes) = guest.connect(None).await?;
                turn.lock().await.push_back((stream, bytes));
            }
            for _ in 0..IN_FLIGHT {
                let (numbers, turn) = (Rc::clone(&numbers), Rc::clone(&turn));
                let (board, channel) = (board.clone(), self.channel.clone());
                let random = self.random.clone();
                tokio::task::spawn_local(async move {
                    loop {
                        let next = numbers.lock().await.recv().await;
                        let (Some(number), Some((mut stream, mut bytes))) =
                            (next, turn.lock().await.pop_front())
                        else {
                            return;
                        };
                        let said =
                            say_one(&mut stream, &mut bytes, &channel, (number, length), &random)
                                .await;
                        if let Err(error) = said {
                            eprintln!("xtask: a message was not taken: {error:#}");
                            board.fault();
                        }
                        turn.lock().await.push_back((stream, bytes));
                    }
                });
            }
            Ok(say)
        }
    }

    /// Loses some connections, and sees that each hears what it missed.
    pub async fn resume(
        &self,
        seats: Vec<Seat>,
        mouth: &mpsc::Sender<usize>,
    ) -> anyhow::Result<bool> {
        let lost: Vec<i64> = seats
            .iter()
            .take(RESUMED)
            .filter_map(|seat| seat.seq)
            .collect();
        drop(seats);
        for number in 0..5 {
            mouth.send(number).await?;
        }
        let mut whole = !lost.is_empty();
        for (number, after) in lost.into_iter().enumerate() {
            let guest = self.guest(number);
            let (mut stream, mut bytes) = guest.connect(None).await?;
            let topic = format!("channel:{}", self.channel);
            let subscribe = json!({ "type": "subscribe", "topic": topic, "after": after });
            stream
                .write_all(&crowds::client_frame(&subscribe.to_string()))
                .await?;
            let mut expected = after + 1;
            let last = after + 5;
            while expected <= last {
                let frame = next_json(&mut stream, &mut bytes).await?;
                if frame["type"] == "event" {
                    whole &= frame["seq"] == expected;
                    expected += 1;
                }
            }
        }
        Ok(whole)
    }
}

/// Posts one message and waits until it is durable, with the patience that
/// the server asks for.
pub async fn say_one(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    channel: &str,
    (number, length): (usize, usize),
    random: &Random,
) -> anyhow::Result<()> {
    let key = random.uuid(Timestamp(0)).to_string();
    let body = crowds::body(number, length);
    let command = json!({ "type": "post_message", "channel": channel, "body": body });
    let frame = json!({ "type": "command", "key": key, "command": command }).to_string();
    loop {
        stream.write_all(&crowds::client_frame(&frame)).await?;
        let answer = next_json(stream, bytes).await?;
        match answer["problem"]["retry_after"].as_u64() {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None if answer["type"] == "ack" && answer["key"] == json!(key) => return Ok(()),
            None => bail!("{answer}"),
        }
    }
}

pub async fn next_json(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> anyhow::Result<Value> {
    crowds::read_until(stream, bytes, |bytes| {
        let Some((frame, after)) = next_frame(bytes, Framing::WebSocket)? else {
            return Ok(None);
        };
        let (value, after) = (serde_json::from_slice(frame)?, after.to_vec());
        *bytes = after;
        Ok(Some(value))
    })
    .await
}

/// One who joins.
pub struct Guest {
    pub host: String,
    pub channel: String,
    pub token: String,
}

impl Guest {
    /// A live connection that was greeted.
    pub async fn connect(&self, room: Option<u32>) -> anyhow::Result<(TcpStream, Vec<u8>)> {
        let address = self.host.parse()?;
        let socket = TcpSocket::new_v4()?;
        if let Some(room) = room {
            socket.set_recv_buffer_size(room)?;
        }
        let mut stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let mut bytes = vec![];
        let token = Some(self.token.as_str());
        crowds::open_socket(&mut stream, &mut bytes, &self.host, "/live", token).await?;
        next_json(&mut stream, &mut bytes).await?;
        Ok((stream, bytes))
    }

    /// As the island does: the newest page of the history, and what follows it,
    /// over one connection.
    pub async fn join(self, room: Option<u32>) -> anyhow::Result<Seat> {
        let (mut stream, mut bytes) = self.connect(room).await?;
        let topic = format!("channel:{}", self.channel);
        let subscribe = json!({ "type": "subscribe", "topic": topic, "history": 50 });
        stream
            .write_all(&crowds::client_frame(&subscribe.to_string()))
            .await?;
        let history = next_json(&mut stream, &mut bytes).await?;
        if history["page"]["messages"].as_array().map(Vec::len) != Some(50) {
            bail!("the history has not 50 messages: {history}");
        }
        let frame = next_json(&mut stream, &mut bytes).await?;
        if frame["type"] != "subscribed" {
            bail!("not subscribed: {frame}");
        }
        Ok(Seat {
            stream,
            rest: bytes,
            received: history.to_string().len() + frame.to_string().len(),
            seq: frame["seq"].as_i64(),
        })
    }
}

/// Bytes of the first and of the last tenth of those who joined.
pub fn bytes_of_a_join(seats: &[Seat]) -> [usize; 2] {
    let tenth = (seats.len() / 10).max(1);
    let mean =
        |seats: &[Seat]| seats.iter().map(|seat| seat.received).sum::<usize>() / seats.len().max(1);
    [
        mean(&seats[..tenth.min(seats.len())]),
        mean(&seats[seats.len().saturating_sub(tenth)..]),
    ]
}

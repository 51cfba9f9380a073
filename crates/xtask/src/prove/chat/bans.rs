//! R24, as far as chat goes: somebody who is banned hears and says nothing more
//! within two seconds, on whatever they have open, and does not come back.
//!
//! Control: the same look at a neighbour, whom nobody banned.

use std::path::PathBuf;

use anyhow::Context;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant};

use super::Person;
use crate::bench::chat::crowds;
use crate::bench::chat::halls::{EVENT, Guest, next_json};
use crate::processes::Shell;
use crate::prove::{Finding, Promise};
use crate::servers::Server;

pub const PROMISE: Promise = Promise {
    id: "R24",
    claim: "of somebody who is banned every way into the chat is dead within 2 s, and the same token opens none again",
};

const DEAD: Duration = Duration::from_secs(2);
/// For what must not be heard to be heard.
const LISTENED: Duration = Duration::from_secs(1);

/// What somebody has open.
struct Ways {
    token: String,
    channel: String,
    socket: (TcpStream, Vec<u8>),
    stream: TcpStream,
    requests: Person,
}

/// Which ways still work.
#[derive(Debug, serde::Serialize)]
struct Open {
    socket: bool,
    event_stream: bool,
    reading: bool,
    saying: bool,
    subscribing_again: bool,
    connecting_again: bool,
}

impl Open {
    fn none(&self) -> bool {
        !(self.socket
            || self.event_stream
            || self.reading
            || self.saying
            || self.subscribing_again
            || self.connecting_again)
    }
}

pub async fn attempt(shell: &Shell, binary: PathBuf, seed: u64) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let (installation, tokens) = super::set_up(shell, binary, folder.path(), 3).await?;
    let moderator = super::token_of(&installation, "organiser").await?;
    let server = installation.serve().await?;
    let random = SeededRandom::seed(seed).random();
    let person = async |token: &str| Person::of(&server, token, &random).await;
    let mut moderator = person(&moderator).await?;
    let mut witness = person(&tokens[0]).await?;
    let channel = witness.channels().await?.swap_remove(0);
    let mut banned = Ways::open(&server, &tokens[1], &channel, person(&tokens[1]).await?).await?;
    let mut neighbour =
        Ways::open(&server, &tokens[2], &channel, person(&tokens[2]).await?).await?;
    let said = banned.requests.say(&channel, "before").await?.json()?;
    let id = said["author"]["id"].as_str().context("no author")?;

    let page = format!("/{EVENT}/moderate/person/{id}");
    let ban = [("kind", "ban"), ("length", ""), ("reason", "Threats")];
    let clicked = Instant::now();
    moderator.submit(&page, &ban).await?;
    // All that was said before the two seconds are over may have been heard.
    let first = banned.until_refused(clicked + DEAD).await;
    tokio::time::sleep_until(clicked + DEAD).await;
    for ways in [&mut banned, &mut neighbour] {
        ways.forget_what_came().await;
    }
    witness.say(&channel, "after").await?;
    let of_banned = banned.look(&server).await?;
    let of_neighbour = neighbour.look(&server).await?;
    server.stop().await?;
    Ok(Finding {
        held: of_banned.none(),
        control_failed: !of_neighbour.none(),
        figure: json!({
            "ms_until_the_socket_was_told": first.map(|at| (at - clicked).as_millis() as u64),
            "open_after_2_s": of_banned,
        }),
        control: json!({ "what": "somebody who was not banned", "open_after_2_s": of_neighbour }),
    })
}

impl Ways {
    async fn open(
        server: &Server,
        token: &str,
        channel: &str,
        requests: Person,
    ) -> anyhow::Result<Self> {
        let guest = guest(server, token, channel);
        let mut socket = guest.connect(None).await?;
        subscribe(&mut socket, channel).await?;
        let host = &guest.host;
        let mut stream = TcpStream::connect(host).await?;
        let request = format!(
            "GET /live/events?topic=channel:{channel} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = vec![];
        crowds::read_until(&mut stream, &mut bytes, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            Ok(text.contains("subscribed").then_some(()))
        })
        .await?;
        Ok(Self {
            token: token.to_owned(),
            channel: channel.to_owned(),
            socket,
            stream,
            requests,
        })
    }

    /// When the socket was told that the channel is closed to it.
    async fn until_refused(&mut self, end: Instant) -> Option<Instant> {
        let refused = async {
            loop {
                let frame = next_json(&mut self.socket.0, &mut self.socket.1).await;
                match frame {
                    Ok(frame) if frame["type"] == "problem" => return Instant::now(),
                    Ok(_) => {}
                    Err(_) => return Instant::now(),
                }
            }
        };
        tokio::time::timeout_at(end, refused).await.ok()
    }

    async fn forget_what_came(&mut self) {
        let mut some = vec![0; 64 * 1_024];
        for stream in [&mut self.socket.0, &mut self.stream] {
            let more = Duration::from_millis(100);
            while let Ok(Ok(1..)) = tokio::time::timeout(more, stream.read(&mut some)).await {}
        }
        self.socket.1.clear();
    }

    async fn look(&mut self, server: &Server) -> anyhow::Result<Open> {
        let socket = hears(&mut self.socket.0, "after").await;
        let event_stream = hears(&mut self.stream, "after").await;
        let read = format!("/api/v1/channels/{}/messages", self.channel);
        let reading = self.requests.client.get(&read).await?.status.is_success();
        let said = self.requests.say(&self.channel, "still here").await?;
        let subscribing_again = subscribe(&mut self.socket, &self.channel).await.is_ok();
        let again = guest(server, &self.token, &self.channel);
        let connecting_again = match again.connect(None).await {
            Ok(mut socket) => subscribe(&mut socket, &self.channel).await.is_ok(),
            Err(_) => false,
        };
        Ok(Open {
            socket,
            event_stream,
            reading,
            saying: said.status.is_success(),
            subscribing_again,
            connecting_again,
        })
    }
}

fn guest(server: &Server, token: &str, channel: &str) -> Guest {
    Guest {
        host: server.base.trim_start_matches("http://").to_owned(),
        channel: channel.to_owned(),
        token: token.to_owned(),
    }
}

async fn subscribe(socket: &mut (TcpStream, Vec<u8>), channel: &str) -> anyhow::Result<()> {
    let (stream, bytes) = socket;
    let frame = json!({ "type": "subscribe", "topic": format!("channel:{channel}") });
    let frame = crowds::client_frame(&frame.to_string());
    stream.write_all(&frame).await?;
    loop {
        let told: Value = next_json(stream, bytes).await?;
        match told["type"].as_str().unwrap_or_default() {
            "subscribed" => return Ok(()),
            "problem" => anyhow::bail!("{told}"),
            _ => {}
        }
    }
}

/// Whether these words come, in the time that is listened.
async fn hears(stream: &mut TcpStream, words: &str) -> bool {
    let mut heard = vec![];
    let listening = async {
        while let Ok(1..) = stream.read_buf(&mut heard).await {
            if String::from_utf8_lossy(&heard).contains(words) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(LISTENED, listening)
        .await
        .unwrap_or(false)
}

//! What the chat promises of its delivery, tried over the real `/live`.

pub mod addresses;
pub mod bans;
pub mod herds;
pub mod junk;
pub mod outages;
pub mod power_cuts;
pub mod raids;
pub mod slow_readers;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::bench::chat::crowds;
use crate::bench::chat::halls::{self, EVENT};
use crate::clients::{Answer, Client};
use crate::processes::Shell;
use crate::servers::{Installation, Server};

/// An installation with an event and people, in a folder of its own.
async fn set_up<'a>(
    shell: &'a Shell,
    binary: PathBuf,
    folder: &Path,
    people: usize,
) -> anyhow::Result<(Installation<'a>, Vec<String>)> {
    let installation = Installation::new(shell, binary.clone(), folder.join("data"));
    let tokens = halls::prepare(&installation, binary, people).await?;
    Ok((installation, tokens))
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("hallway-prove-").tempdir()
}

/// The next frame, however long it takes; a close is an end.
async fn listen(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> anyhow::Result<Value> {
    while crowds::next_frame(bytes, crowds::Framing::WebSocket)?.is_none() {
        if stream.read_buf(bytes).await? == 0 {
            bail!("the server hung up");
        }
    }
    halls::next_json(stream, bytes).await
}

/// Somebody with a token, on a connection of their own.
struct Person {
    client: Client,
    random: Random,
}

impl Person {
    async fn of(server: &Server, token: &str, random: &Random) -> anyhow::Result<Self> {
        let mut client = server.client().await?;
        client.token = Some(token.to_owned());
        Ok(Self {
            client,
            random: random.clone(),
        })
    }

    async fn say(&mut self, channel: &str, words: &str) -> anyhow::Result<Answer> {
        let key = self.random.uuid(Timestamp(0)).to_string();
        let path = format!("/api/v1/channels/{channel}/messages");
        self.client
            .post(&path, &json!({ "body": words, "key": key }))
            .await
    }

    /// Says it as a browser does, which the limits count.
    async fn say_as_browser(&mut self, channel: &str, words: &str) -> anyhow::Result<Answer> {
        let key = self.random.uuid(Timestamp(0)).to_string();
        let command = json!({ "type": "post_message", "channel": channel, "body": words });
        let frame = json!({ "type": "command", "key": key, "command": command });
        self.client.post("/live/command", &frame).await
    }

    /// Messages of a channel, the newest first.
    async fn newest(&mut self, channel: &str) -> anyhow::Result<Vec<Value>> {
        let mut all: Vec<Value> = vec![];
        let mut path = format!("/api/v1/channels/{channel}/messages?limit=100");
        loop {
            let page = self.client.get(&path).await?.json()?;
            let messages = page["messages"].as_array().context("no messages")?;
            all.extend(messages.iter().rev().cloned());
            let before = match messages.first() {
                Some(first) if page["more_before"] == true => &first["seq"],
                _ => return Ok(all),
            };
            path = format!("/api/v1/channels/{channel}/messages?limit=100&before={before}");
        }
    }

    /// The event's channels, by id.
    async fn channels(&mut self) -> anyhow::Result<Vec<String>> {
        let path = format!("/api/v1/events/{EVENT}/channels");
        let list = self.client.get(&path).await?.json()?;
        let list = list["channels"].as_array().context("no channels")?;
        let id = |channel: &Value| channel["id"].as_str().map(str::to_owned);
        list.iter().map(id).collect::<Option<_>>().context("no id")
    }

    async fn page(&mut self, path: &str) -> anyhow::Result<String> {
        let answer = self.client.get(path).await?;
        if !answer.status.is_success() {
            bail!("{path}: {}", answer.status);
        }
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Sends a form that is to be taken.
    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        let key = self.random.uuid(Timestamp(0)).to_string();
        let fields = [fields, &[("key", key.as_str())]].concat();
        let answer = self.client.form(path, &fields).await?;
        if !answer.status.is_redirection() {
            let page = String::from_utf8_lossy(&answer.body).into_owned();
            bail!("{path}: {}: {page}", answer.status);
        }
        Ok(())
    }
}

/// The token of somebody new who has a role at the event.
async fn token_of(installation: &Installation<'_>, role: &str) -> anyhow::Result<String> {
    let email = format!("{role}@prove.invalid");
    let create = ["user", "create", "--email", &email, "--name", role];
    installation.hallway(&create).await?;
    let grant = ["user", "grant", "--email", &email, "--role", role];
    let grant = [&grant[..], &["--event", EVENT]].concat();
    installation.hallway(&grant).await?;
    let token = installation
        .hallway(&["user", "token", "--email", &email])
        .await?;
    Ok(token.trim().to_owned())
}

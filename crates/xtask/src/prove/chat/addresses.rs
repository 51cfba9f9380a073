//! R22: 500 people behind one address come in at once, each into a dozen rooms,
//! and nobody is told to wait.
//!
//! Control: one account that talks as fast as it can must be told to.

use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, bail};
use hallway_testkit::SeededRandom;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::{JoinSet, LocalSet};

use super::Person;
use crate::bench::chat::crowds;
use crate::bench::chat::halls::{EVENT, Guest, next_json};
use crate::processes::Shell;
use crate::prove::{Finding, Promise};

pub const PROMISE: Promise = Promise {
    id: "R22",
    claim: "500 people behind one address sign in, join 12 rooms each, talk and reload, and none is told to wait; one who floods is, and for how long",
};

const PEOPLE: usize = 500;
const ROOMS: usize = 12;
/// At the same time.
const ABREAST: usize = 64;
const FLOOD: usize = 200;

/// What somebody did and what was answered.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
struct Count {
    requests: usize,
    told_to_wait: usize,
    refused_otherwise: usize,
}

impl Count {
    fn note(&mut self, status: u16) {
        self.requests += 1;
        match status {
            429 => self.told_to_wait += 1,
            200..=399 => {}
            _ => self.refused_otherwise += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.told_to_wait += other.told_to_wait;
        self.refused_otherwise += other.refused_otherwise;
    }
}

pub async fn attempt(shell: &Shell, binary: PathBuf, seed: u64) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let (installation, tokens) = super::set_up(shell, binary, folder.path(), PEOPLE).await?;
    let server = Rc::new(installation.serve().await?);
    let random = SeededRandom::seed(seed).random();
    let mut first = Person::of(&server, &tokens[0], &random).await?;
    let mut channels = first.channels().await?;
    drop(first);
    channels.truncate(ROOMS);
    if channels.len() < ROOMS {
        bail!("the event has {} channels", channels.len());
    }
    let channels = Rc::new(channels);
    let local = LocalSet::new();
    let all = local
        .run_until(async {
            let mut coming = JoinSet::new();
            let mut all = Count::default();
            for (number, token) in tokens.iter().take(PEOPLE).enumerate() {
                if coming.len() >= ABREAST
                    && let Some(one) = coming.join_next().await
                {
                    all.add(one??);
                }
                let (server, channels) = (Rc::clone(&server), Rc::clone(&channels));
                let (token, random) = (token.clone(), random.clone());
                coming.spawn_local(async move {
                    let person = Person::of(&server, &token, &random).await?;
                    let host = server.base.trim_start_matches("http://").to_owned();
                    come_in(person, host, token, number, &channels).await
                });
            }
            while let Some(one) = coming.join_next().await {
                all.add(one??);
            }
            anyhow::Ok(all)
        })
        .await?;

    // A connection that was idle for so long is closed.
    let mut first = Person::of(&server, &tokens[0], &random).await?;
    let mut flood = Count::default();
    let mut told_how_long = true;
    for _ in 0..FLOOD {
        let answer = first.say_as_browser(&channels[0], "me again").await?;
        flood.note(answer.status.as_u16());
        if answer.status.as_u16() == 429 {
            told_how_long &= answer.headers.contains_key("retry-after");
        }
    }
    drop(first);
    Rc::into_inner(server)
        .context("everybody has left")?
        .stop()
        .await?;
    Ok(Finding {
        held: all.told_to_wait + all.refused_otherwise == 0 && told_how_long,
        control_failed: flood.told_to_wait > 0,
        figure: json!({ "people": PEOPLE, "rooms": ROOMS, "all": all }),
        control: json!({
            "what": "one account that talks without a pause",
            "all": flood,
            "told_how_long": told_how_long,
        }),
    })
}

/// Asks for a mail as one who signs in does, looks around, joins every room,
/// talks, and reloads.
async fn come_in(
    mut person: Person,
    host: String,
    token: String,
    number: usize,
    channels: &[String],
) -> anyhow::Result<Count> {
    let mut count = Count::default();
    let email = format!("hall-{number}@prove.invalid");
    let asked = person
        .client
        .form("/account/sign-in", &[("email", &email)])
        .await?;
    count.note(asked.status.as_u16());
    let guest = Guest {
        host,
        channel: channels[0].clone(),
        token,
    };
    for reload in 0..2 {
        for page in [format!("/{EVENT}/"), format!("/{EVENT}/chat/")] {
            count.note(person.client.get(&page).await?.status.as_u16());
        }
        let (mut stream, mut bytes) = guest.connect(None).await?;
        // The handshake was taken, or it would have failed.
        count.note(200);
        for channel in channels {
            let history = format!("/api/v1/channels/{channel}/messages");
            count.note(person.client.get(&history).await?.status.as_u16());
            let frame = json!({ "type": "subscribe", "topic": format!("channel:{channel}") });
            let frame = crowds::client_frame(&frame.to_string());
            stream.write_all(&frame).await?;
            let status = loop {
                let told = next_json(&mut stream, &mut bytes).await?;
                match told["type"].as_str().unwrap_or_default() {
                    "subscribed" => break 200,
                    "problem" => break told["problem"]["status"].as_u64().unwrap_or(500),
                    _ => {}
                }
            };
            count.note(status as u16);
        }
        if reload == 0 {
            for channel in channels {
                let said = person.say_as_browser(channel, "hello").await?;
                count.note(said.status.as_u16());
            }
        }
    }
    Ok(count)
}

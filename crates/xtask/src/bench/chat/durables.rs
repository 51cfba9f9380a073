//! Durable writes: acknowledged messages a second from many who write at once,
//! over live connections as people do and by HTTP as programs do, held against
//! a bare loop that commits as many rows together to the same kind of database
//! on the same disk.

use std::str::FromStr;

use anyhow::bail;
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde::Serialize;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant};

use super::halls::{Guest, say_one};
use super::{BODY, crowds, rounded};
use crate::servers::{Installation, Server};

const WRITERS: usize = 200;
/// How long the same people write: 40 messages at once and 4 a second are
/// anybody's, and who is asked to wait tells nothing of the writer. Longer
/// measurements go on with others.
const TURN: Duration = Duration::from_secs(2);
/// What is promised where the disk allows it, and the part of the bare loop
/// where it does not.
const GOAL: f64 = 2_000.0;
const PART: f64 = 0.6;

#[derive(Serialize)]
pub struct Durable {
    /// Over live connections.
    acknowledged_per_second: f64,
    over_http_per_second: f64,
    bare_per_second: f64,
    ratio: f64,
    met: bool,
}

pub async fn measure(
    installation: &Installation<'_>,
    tokens: &[String],
    channel: &str,
    seconds: u64,
) -> anyhow::Result<Durable> {
    let groups = tokens.chunks(WRITERS).collect::<Vec<_>>();
    let turns = seconds.div_ceil(TURN.as_secs()) as usize;
    let turns = turns.clamp(1, (groups.len() / 2).max(1));
    let server = installation.serve().await?;
    let (mut live, mut http) = (0.0, 0.0);
    for turn in 0..turns {
        let writers = |group: usize| Writers {
            tokens: groups[group % groups.len()],
            channel,
            random: SeededRandom::seed(group as u64).random(),
        };
        live += writers(2 * turn).over_sockets(&server).await? / turns as f64;
        http += writers(2 * turn + 1).over_http(&server).await? / turns as f64;
    }
    server.stop().await?;
    let bare = bare(&installation.data.with_extension("bare.db"), seconds).await?;
    let ratio = live / bare;
    Ok(Durable {
        acknowledged_per_second: rounded(live),
        over_http_per_second: rounded(http),
        bare_per_second: rounded(bare),
        ratio: rounded(ratio),
        met: live >= GOAL || ratio >= PART,
    })
}

struct Writers<'a> {
    tokens: &'a [String],
    channel: &'a str,
    random: Random,
}

impl Writers<'_> {
    async fn over_sockets(&self, server: &Server) -> anyhow::Result<f64> {
        let mut places = vec![];
        for writer in 0..WRITERS {
            let guest = Guest {
                host: server.base.trim_start_matches("http://").to_owned(),
                channel: self.channel.to_owned(),
                token: self.tokens[writer % self.tokens.len()].clone(),
            };
            places.push((guest.connect(None).await?, guest.channel));
        }
        let mut writing = JoinSet::new();
        let until = Instant::now() + TURN;
        for (writer, ((mut stream, mut bytes), channel)) in places.into_iter().enumerate() {
            let random = self.random.clone();
            writing.spawn_local(async move {
                let mut acknowledged = 0_u64;
                while Instant::now() < until {
                    let said = (writer, BODY);
                    say_one(&mut stream, &mut bytes, &channel, said, &random).await?;
                    acknowledged += 1;
                }
                Ok(acknowledged)
            });
        }
        per_second(writing).await
    }

    async fn over_http(&self, server: &Server) -> anyhow::Result<f64> {
        let mut places = vec![];
        for writer in 0..WRITERS {
            let mut client = server.client().await?;
            client.token = Some(self.tokens[writer % self.tokens.len()].clone());
            places.push(client);
        }
        let mut writing = JoinSet::new();
        let until = Instant::now() + TURN;
        for (writer, mut client) in places.into_iter().enumerate() {
            let path = format!("/api/v1/channels/{}/messages", self.channel);
            let random = self.random.clone();
            writing.spawn_local(async move {
                let mut acknowledged = 0_u64;
                while Instant::now() < until {
                    let key = random.uuid(Timestamp(0)).to_string();
                    let body = crowds::body(writer, BODY);
                    let answer = client
                        .post(&path, &json!({ "body": body, "key": key }))
                        .await?;
                    if !answer.status.is_success() {
                        bail!("a message was refused: {}", answer.status);
                    }
                    acknowledged += 1;
                }
                Ok(acknowledged)
            });
        }
        per_second(writing).await
    }
}

/// What all of them had acknowledged, in a second of the time that they took.
async fn per_second(mut writing: JoinSet<anyhow::Result<u64>>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut acknowledged = 0;
    while let Some(writer) = writing.join_next().await {
        acknowledged += writer??;
    }
    Ok(acknowledged as f64 / begun.elapsed().as_secs_f64())
}

/// As many rows to a commit as there are writers, one commit after the other.
async fn bare(file: &std::path::Path, seconds: u64) -> anyhow::Result<f64> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite:{}", file.display()))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut conn = options.connect().await?;
    sqlx::query(
        "CREATE TABLE message (seq INTEGER PRIMARY KEY, author BLOB, source TEXT, sent INTEGER)",
    )
    .execute(&mut conn)
    .await?;
    let (begun, mut rows) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut tx = conn.begin().await?;
        for writer in 0..WRITERS {
            sqlx::query("INSERT INTO message (author, source, sent) VALUES ($1, $2, $3)")
                .bind(vec![0_u8; 16])
                .bind(crowds::body(writer, BODY))
                .bind(0_i64)
                .execute(&mut *tx)
                .await?;
            rows += 1;
        }
        tx.commit().await?;
    }
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}

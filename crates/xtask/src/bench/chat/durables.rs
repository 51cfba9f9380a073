//! Durable writes: acknowledged messages a second from many who write at once,
//! held against a bare loop that commits as many rows together to the same
//! kind of database on the same disk.

use std::str::FromStr;

use anyhow::bail;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde::Serialize;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant};

use super::{BODY, crowds, rounded};
use crate::servers::Installation;

const WRITERS: usize = 200;
/// What is promised where the disk allows it, and the part of the bare loop
/// where it does not.
const GOAL: f64 = 2_000.0;
const PART: f64 = 0.6;

#[derive(Serialize)]
pub struct Durable {
    acknowledged_per_second: f64,
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
    let server = installation.serve().await?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let random = SeededRandom::seed(5).random();
    let mut writing = JoinSet::new();
    let begun = Instant::now();
    for writer in 0..WRITERS {
        let mut client = server.client().await?;
        client.token = Some(tokens[writer % tokens.len()].clone());
        let (path, random) = (
            format!("/api/v1/channels/{channel}/messages"),
            random.clone(),
        );
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
    let mut acknowledged = 0;
    while let Some(writer) = writing.join_next().await {
        acknowledged += writer??;
    }
    let ours = acknowledged as f64 / begun.elapsed().as_secs_f64();
    server.stop().await?;
    let bare = bare(&installation.data.with_extension("bare.db"), seconds).await?;
    let ratio = ours / bare;
    Ok(Durable {
        acknowledged_per_second: rounded(ours),
        bare_per_second: rounded(bare),
        ratio: rounded(ratio),
        met: ours >= GOAL || ratio >= PART,
    })
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

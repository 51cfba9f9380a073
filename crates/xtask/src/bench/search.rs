//! Search over a million messages, and the first view of the channel that
//! holds them, on both databases: what a reader waits for, over HTTP.
//!
//! The messages are put in by a bulk path, past the service; the index is filled
//! by the database itself, as it is for every message. Words are drawn as
//! people draw them: the n-th word of the vocabulary n times as rarely.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use hallway_testkit::{Kind, TestDatabase};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::time::Instant;

use crate::processes::Shell;
use crate::programmes;
use crate::servers::{Installation, Server};

const EVENT: &str = "measured";
const MESSAGES: u64 = 1_000_000;
/// Rows of one INSERT.
const ROWS: u64 = 1_000;
const WORDS: u64 = 14;
/// Words of the vocabulary.
const VOCABULARY: u64 = 1 << 16;
/// Searches that count; fewer than one address may make at once.
const SEARCHES: u64 = 150;
const VIEWS: usize = 100;

/// Goals of the issue, in milliseconds.
const SEARCH_GOAL: f64 = 150.0;
const VIEW_GOAL: f64 = 30.0;

pub async fn measure(shell: &Shell, binary: PathBuf) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let folder = tempfile::Builder::new()
            .prefix("hallway-bench-")
            .tempdir()?;
        let database = TestDatabase::of(kind);
        let url = database.url().to_owned();
        let data = folder.path().join("data");
        let installation = Installation {
            database: Some(url.clone()),
            ..Installation::new(shell, binary.clone(), data)
        };
        let programme = folder.path().join("programme.xml");
        std::fs::write(&programme, programmes::frab_xml(10))?;
        let programme = programme
            .to_str()
            .context("the temporary folder's name is UTF-8")?;
        installation
            .hallway(&[
                "import", "schedule", "--event", EVENT, "--zone", "UTC", programme,
            ])
            .await?;
        let began = Instant::now();
        fill(&url).await?;
        let filling = began.elapsed();
        let server = installation.serve().await?;
        lines.push(of_database(&server, kind, filling).await?);
        server.stop().await?;
    }
    println!(
        "{}",
        json!({ "bench": "search", "messages": MESSAGES, "databases": lines })
    );
    Ok(())
}

async fn of_database(server: &Server, kind: Kind, filling: Duration) -> anyhow::Result<Value> {
    let mut client = server.client().await?;
    let mut times = Vec::new();
    let mut found = 0;
    for n in 0..SEARCHES + 10 {
        let path = format!(
            "/api/v1/events/{EVENT}/messages/search?q={}",
            query(n).replace(' ', "%20").replace('"', "%22")
        );
        let asked = Instant::now();
        let answer = client.get(&path).await?;
        let took = asked.elapsed();
        if !answer.status.is_success() {
            bail!("{path} was answered with {}", answer.status);
        }
        // The first few fetch the index from the disk.
        if n >= 10 {
            times.push(took);
            let hits = answer.json()?["hits"].as_array().map_or(0, Vec::len);
            found += u64::from(hits > 0);
        }
    }
    if found < SEARCHES / 2 {
        bail!("only {found} of {SEARCHES} searches found anything: they measure nothing");
    }
    let searches = Figures::of(times);
    let mut times = Vec::new();
    for n in 0..VIEWS + 5 {
        let asked = Instant::now();
        let answer = client.get(&format!("/{EVENT}/chat/lobby")).await?;
        let took = asked.elapsed();
        if !answer.status.is_success() || !answer.body.windows(5).any(|b| b == b"id=\"m") {
            bail!("the channel shows no message: {}", answer.status);
        }
        if n >= 5 {
            times.push(took);
        }
    }
    let views = Figures::of(times);
    let name = match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    };
    println!(
        "{name:<9} filled in {:>5.0} s; search p50 {:.1} ms, p95 {:.1} ms (goal {SEARCH_GOAL}), {found} of {SEARCHES} found something; first view p50 {:.1} ms, p95 {:.1} ms (goal {VIEW_GOAL})",
        filling.as_secs_f64(),
        searches.p50,
        searches.p95,
        views.p50,
        views.p95
    );
    Ok(json!({
        "database": name,
        "filled_s": filling.as_secs_f64().round(),
        "search_p50_ms": searches.p50,
        "search_p95_ms": searches.p95,
        "search_ratio_to_goal": searches.p95 / SEARCH_GOAL,
        "view_p50_ms": views.p50,
        "view_p95_ms": views.p95,
        "view_ratio_to_goal": views.p95 / VIEW_GOAL,
        "goals_met": searches.p95 < SEARCH_GOAL && views.p95 < VIEW_GOAL,
    }))
}

struct Figures {
    p50: f64,
    p95: f64,
}

impl Figures {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).max(1);
            times[rank - 1].as_secs_f64() * 1_000.0
        };
        Self {
            p50: at(50),
            p95: at(95),
        }
    }
}

/// One word, two words, a phrase and a beginning take turns. A word of rank n
/// stands in about 1 message of n x 11 / 14: those asked for in under 1 %.
fn query(n: u64) -> String {
    let rank = |salt: u64| 150 + mixed(n * 7 + salt) % 2_000;
    match n % 5 {
        0 | 1 => format!("{} ", word(rank(1))),
        2 => format!("{} {} ", word(mixed(n) % 40), word(rank(2))),
        3 => format!("\"{}\"", word(rank(3))),
        _ => word(rank(4)),
    }
}

/// Pronounceable, and its own beginning of no shorter word.
fn word(rank: u64) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aeio";
    let mut word = String::new();
    let mut rest = rank.wrapping_mul(40_503) % VOCABULARY;
    for _ in 0..3 {
        word.push(char::from(CONSONANTS[(rest % 16) as usize]));
        rest /= 16;
        word.push(char::from(VOWELS[(rest % 4) as usize]));
        rest /= 4;
    }
    word
}

/// The same number from the same number, and nothing to be seen of it (splitmix64).
fn mixed(seed: u64) -> u64 {
    let mut n = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

fn text(n: u64) -> String {
    let words = (0..WORDS).map(|w| {
        let chance = mixed(n * WORDS + w) as f64 / u64::MAX as f64;
        // Even over the logarithm of the rank: as 1 / rank.
        word((VOCABULARY as f64).powf(chance) as u64)
    });
    words.collect::<Vec<_>>().join(" ")
}

async fn fill(url: &str) -> anyhow::Result<()> {
    let lobby = "SELECT c.id FROM channel c JOIN event e ON e.id = c.event WHERE e.slug = 'measured' AND c.slug = 'lobby'";
    let sqlite = url.starts_with("sqlite:");
    let mut database = Bulk::open(url).await?;
    database.run("BEGIN".into()).await?;
    for first in (0..MESSAGES).step_by(ROWS as usize) {
        let rows: Vec<String> = (first..first + ROWS)
            .map(|n| {
                let id = format!("{:032x}", u128::from(n) + (7 << 76));
                let id = if sqlite { format!("X'{id}'") } else { format!("'{id}'::uuid") };
                let text = text(n);
                let body = format!("[{{\"type\":\"paragraph\",\"children\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}]");
                // One each second and a half.
                let sent = 1_760_000_000_000 + n * 1_500;
                format!("({id}, {}, '{text}', '{body}', {sent})", n + 1)
            })
            .collect();
        let insert = format!(
            "INSERT INTO message (id, channel, seq, source, body, sent)
             SELECT v.column1, l.id, v.column2, v.column3, v.column4, v.column5 FROM ({lobby}) l, (VALUES {}) v",
            rows.join(", ")
        );
        database.run(insert).await?;
    }
    database
        .run(format!(
            "INSERT INTO channel_seq (channel, seq) SELECT ({lobby}), {MESSAGES}"
        ))
        .await?;
    database.run("COMMIT".into()).await?;
    if !sqlite {
        // What autovacuum, switched off for tests, does on a server that is used.
        database.run("VACUUM ANALYZE message".into()).await?;
    }
    Ok(())
}

enum Bulk {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bulk {
    async fn open(url: &str) -> anyhow::Result<Self> {
        Ok(if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await?)
        } else {
            Self::Postgres(PgConnection::connect(url).await?)
        })
    }

    async fn run(&mut self, sql: String) -> anyhow::Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(db) => sql.execute(db).await.map(drop)?,
            Self::Postgres(db) => sql.execute(db).await.map(drop)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_its_own() {
        let words: BTreeSet<String> = (0..VOCABULARY).map(word).collect();
        assert_eq!(words.len() as u64, VOCABULARY);
    }

    #[test]
    fn words_that_are_asked_for_are_rare_and_there() {
        let messages = 20_000;
        let rare = word(150);
        let with = (0..messages)
            .filter(|n| text(*n).split(' ').any(|w| w == rare))
            .count();
        assert!((20..200).contains(&with), "{with} of {messages}");
    }
}

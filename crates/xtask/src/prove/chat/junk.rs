//! R16, the live connection's part: ten thousand damaged frames are answered one
//! by one, hold up nobody, and leave nothing behind.
//!
//! Control: ten thousand whole frames must not be answered like that.

use std::path::PathBuf;

use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_testkit::SeededRandom;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::LocalSet;
use tokio::time::{Duration, Instant};

use crate::bench::chat::crowds;
use crate::bench::chat::halls::{Hall, next_json};
use crate::bench::chat::meters;
use crate::processes::Shell;
use crate::prove::{Finding, Promise};

pub const PROMISE: Promise = Promise {
    id: "R16",
    claim: "10,000 damaged frames on /live: no panic, nobody waits over 1 s, memory grows by at most 32 MB",
};

const FRAMES: usize = 10_000;
/// Sent before the answers are read.
const TOGETHER: usize = 100;
const LONGEST: Duration = Duration::from_secs(1);
const MEMORY: u64 = 32 * 1_024 * 1_024;

struct Outcome {
    refused: usize,
    /// The longest that somebody else waited for an answer.
    longest: Duration,
    grown: u64,
}

pub async fn attempt(shell: &Shell, binary: PathBuf, seed: u64) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let (installation, tokens) = super::set_up(shell, binary, folder.path(), 10).await?;
    let random = SeededRandom::seed(seed).random();
    let local = LocalSet::new();
    local
        .run_until(async {
            let server = installation.serve().await?;
            let process = server.process()?;
            let hall = Hall::open(&server, tokens).await?;
            // Once beforehand, so that what is only set up once is there.
            send(&hall, process, 500, |_| damaged(&random)).await?;
            let real = send(&hall, process, FRAMES, |_| damaged(&random)).await?;
            let whole = send(&hall, process, FRAMES, |_| r#"{"type":"ping"}"#.into()).await?;
            server.stop().await?;
            let most = |outcome: &Outcome| outcome.refused >= FRAMES * 8 / 10;
            Ok(Finding {
                held: most(&real) && real.longest <= LONGEST && real.grown <= MEMORY,
                control_failed: !most(&whole),
                figure: json!({
                    "frames": FRAMES,
                    "refused": real.refused,
                    "longest_wait_of_another_ms": real.longest.as_millis(),
                    "grown_kb": real.grown / 1_024,
                }),
                control: json!({ "what": "whole frames", "refused": whole.refused }),
            })
        })
        .await
}

/// Sends frames over one connection, and asks over another meanwhile.
async fn send(
    hall: &Hall,
    process: u32,
    count: usize,
    frame: impl Fn(usize) -> String,
) -> anyhow::Result<Outcome> {
    let before = meters::resident(process)?;
    let (mut hostile, mut hostile_bytes) = hall.guest(0).connect(None).await?;
    let (mut other, mut other_bytes) = hall.guest(1).connect(None).await?;
    let (mut refused, mut longest) = (0, Duration::ZERO);
    for chunk in 0..count.div_ceil(TOGETHER) {
        let mut together = vec![];
        for number in 0..TOGETHER {
            together.extend(crowds::client_frame(&frame(chunk * TOGETHER + number)));
        }
        // The last one's answer says that all before it were answered.
        let last = format!(
            r#"{{"type":"subscribe","topic":"channel:{}","after":-1}}"#,
            hall.channel
        );
        together.extend(crowds::client_frame(&last));
        hostile.write_all(&together).await?;
        let asked = Instant::now();
        other
            .write_all(&crowds::client_frame(r#"{"type":"ping"}"#))
            .await?;
        next_json(&mut other, &mut other_bytes).await?;
        longest = longest.max(asked.elapsed());
        loop {
            let answer = next_json(&mut hostile, &mut hostile_bytes).await?;
            if answer["type"] == "problem"
                && answer["problem"]["detail"] == "`after` is not below 0"
            {
                break;
            }
            refused += usize::from(answer["type"] == "problem");
        }
    }
    Ok(Outcome {
        refused,
        longest,
        grown: meters::resident(process)?.saturating_sub(before),
    })
}

/// A whole frame, damaged.
fn damaged(random: &Random) -> String {
    let below = |end: usize| random.below(end as u64) as usize;
    let id = random.uuid(Timestamp(0));
    let whole = [
        json!({ "type": "subscribe", "topic": format!("channel:{id}"), "after": 3 }),
        json!({ "type": "unsubscribe", "topic": format!("channel:{id}") }),
        json!({ "type": "command", "key": id, "command": { "type": "post_message", "channel": id, "body": "x" } }),
        json!({ "type": "ping" }),
    ];
    let mut bytes = whole[below(whole.len())].to_string().into_bytes();
    match below(5) {
        0 => bytes.truncate(below(bytes.len())),
        1 => {
            for _ in 0..=below(8) {
                let at = below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
        2 => bytes = (0..below(200)).map(|_| random.below(256) as u8).collect(),
        3 => bytes = "[".repeat(1 + below(8_000)).into_bytes(),
        _ => {
            let at = below(bytes.len());
            bytes.splice(at..at, "{\"a\":".repeat(1 + below(200)).into_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

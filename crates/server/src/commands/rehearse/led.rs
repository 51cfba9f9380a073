//! The guests of a rehearsal that a server leads: a process of its own, which
//! the server starts with its own program (ADR 0021). What is to be played
//! comes by standard input: the part as JSON, a token on each line, an empty
//! line. While the input stays open they play; when it ends, all leave. How it
//! goes, and the report, are JSON lines on standard output.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use hallway_protocol::rehearsals::{RehearsalError, RehearsalFigures};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::Show;
use super::lines::Site;

/// What is played where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub event: String,
    /// Scheme, host and port as requests name them.
    pub url: String,
    /// Where to connect to in place of that host.
    pub address: SocketAddr,
    /// What the server shows there, where it speaks TLS.
    pub certificate: Option<PathBuf>,
    pub seconds: u32,
}

/// A line of output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    Progress {
        elapsed: u32,
        figures: RehearsalFigures,
    },
    Report {
        elapsed: u32,
        figures: RehearsalFigures,
        errors: Vec<RehearsalError>,
    },
}

/// Between two lines of progress.
const TELL_EVERY: Duration = Duration::from_secs(1);

pub async fn run() -> anyhow::Result<()> {
    let mut input = BufReader::new(std::io::stdin()).lines();
    let part = input.next().context("nothing to play")??;
    let part: Part = serde_json::from_str(&part).context("no part that can be played")?;
    let mut tokens = vec![];
    for token in input.by_ref() {
        let token = token?;
        if token.is_empty() {
            break;
        }
        tokens.push(token);
    }
    let stop = CancellationToken::new();
    // A thread of its own: nobody waits for it at the end.
    std::thread::spawn({
        let stop = stop.clone();
        move || {
            while let Some(Ok(_)) = input.next() {}
            stop.cancel();
        }
    });
    let mut site = match &part.certificate {
        None => Site::open(&part.url, &part.event)?,
        Some(certificate) => Site::open_own(&part.url, &part.event, certificate)?,
    };
    site.address = part.address.to_string();
    let show = Show {
        site,
        tokens,
        seconds: part.seconds,
        stop,
        tell_every: TELL_EVERY,
    };
    let (took, ledger) = show
        .play(|took, ledger| {
            // Whoever does not listen any more has ended our input as well.
            let _ = say(&Said::Progress {
                elapsed: whole(took),
                figures: ledger.figures(),
            });
        })
        .await?;
    let (figures, errors) = ledger.end();
    say(&Said::Report {
        elapsed: whole(took),
        figures,
        errors,
    })
}

fn whole(took: Duration) -> u32 {
    u32::try_from(took.as_secs()).unwrap_or(u32::MAX)
}

fn say(said: &Said) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(said)?)?;
    Ok(out.flush()?)
}

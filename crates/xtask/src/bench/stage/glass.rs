//! From the publisher's picture to the viewer's screen, in Chromium: the front
//! end's own measurement (`frontend/bench/glass.spec.ts`) against our binary.

use std::path::Path;

use anyhow::bail;
use serde_json::{Map, Value, json};

use crate::places;
use crate::processes::Shell;

const RUNS: u64 = 5;
/// Milliseconds of the design: what is promised, and what is aimed at.
const MEDIAN: (f64, f64) = (1_800.0, 1_500.0);
const P95: (f64, f64) = (3_000.0, 2_500.0);

pub async fn measure(shell: &Shell, binary: &Path, seconds: u64) -> anyhow::Result<Value> {
    let playwright = places::frontend().join("node_modules/.bin/playwright");
    if !playwright.exists() {
        bail!("the front end's packages are not installed (cargo xtask web)");
    }
    if shell.find("chromium").is_none() {
        bail!("Chromium is not installed (apt-get install chromium)");
    }
    let mut command = shell.command(playwright);
    command
        .current_dir(places::frontend())
        .args(["test", "--config", "bench.config.ts"])
        .env("HALLWAY_BIN", binary)
        .env("GLASS_RUNS", RUNS.to_string())
        .env("GLASS_SECONDS", seconds.to_string());
    let mut told = Map::new();
    let status = shell
        .watch(&mut command, |line| {
            let words = line.split_once("GLASS ").map(|(_, words)| words);
            if let Some((way, figures)) = words.and_then(|words| words.split_once(' '))
                && let Ok(figures) = serde_json::from_str::<Value>(figures)
            {
                told.insert(way.to_owned(), judged(&figures));
            }
        })
        .await?;
    if !status.success() {
        bail!("a run failed ({status})");
    }
    if told.is_empty() {
        bail!("no figures were told");
    }
    Ok(json!({ "runs": RUNS, "seconds": seconds, "by": told }))
}

fn judged(told: &Value) -> Value {
    let goal = |name: &str, (most, aim): (f64, f64)| {
        let figure = told[name].as_f64();
        json!({ "figure": figure, "goal": most, "aim": aim, "met": figure.is_some_and(|f| f <= most) })
    };
    json!({
        "samples": told["samples"],
        "unreadable": told["unreadable"],
        "p50_ms": goal("p50_ms", MEDIAN),
        "p95_ms": goal("p95_ms", P95),
    })
}

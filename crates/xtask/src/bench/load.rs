//! A bounded load: a number of kept-alive connections to this machine, each
//! asking again as soon as it was answered, for a number of seconds.

use std::time::Duration;

use anyhow::bail;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clients::Client;

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seconds: u64,
    pub connections: u16,
}

/// What one load on one page brought.
#[derive(Clone, Debug)]
pub struct Figures {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Body bytes of one answer, as sent.
    pub bytes: usize,
}

/// As a browser asks.
pub const ENCODINGS: &str = "gzip, br";

/// Answers one connection may time: bounds the memory of a run.
const MOST: usize = 1 << 20;

pub async fn apply(base: &str, path: &str, plan: Plan) -> anyhow::Result<Figures> {
    let since = Instant::now();
    let until = since + Duration::from_secs(plan.seconds);
    let mut connections = JoinSet::new();
    for _ in 0..plan.connections {
        let (base, path) = (base.to_owned(), path.to_owned());
        connections.spawn(async move { ask(&base, &path, until).await });
    }
    let mut times = Vec::new();
    let mut bytes = 0;
    while let Some(connection) = connections.join_next().await {
        let (more, size) = connection??;
        times.extend(more);
        bytes = size;
    }
    let wall = since.elapsed();
    if times.is_empty() {
        bail!("{path} was not answered in {} s", plan.seconds);
    }
    times.sort_unstable();
    Ok(Figures {
        per_second: times.len() as f64 / wall.as_secs_f64(),
        p50: percentile(&times, 50),
        p99: percentile(&times, 99),
        bytes,
    })
}

async fn ask(base: &str, path: &str, until: Instant) -> anyhow::Result<(Vec<u32>, usize)> {
    let mut client = Client::connect(base).await?;
    client.encodings = Some(ENCODINGS);
    let mut times = Vec::new();
    let mut bytes = 0;
    let mut before = Instant::now();
    while before < until && times.len() < MOST {
        let answer = client.get(path).await?;
        if !answer.status.is_success() {
            bail!("{path} was answered with {}", answer.status);
        }
        bytes = answer.body.len();
        let now = Instant::now();
        times.push(u32::try_from((now - before).as_micros()).unwrap_or(u32::MAX));
        before = now;
    }
    Ok((times, bytes))
}

/// The smallest time that `percent` of all did not exceed; `sorted` in microseconds.
fn percentile(sorted: &[u32], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    Duration::from_micros(u64::from(sorted[rank - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let times: Vec<u32> = (1..=200).collect();
        assert_eq!(percentile(&times, 50), Duration::from_micros(100));
        assert_eq!(percentile(&times, 99), Duration::from_micros(198));
        assert_eq!(percentile(&[7], 99), Duration::from_micros(7));
    }
}

//! Logs on standard error, for people or as JSON, and the figures behind
//! `/metrics`. What is logged and counted is decided where it happens.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Histograms hold every sample until they are drained.
const UPKEEP: Duration = Duration::from_secs(5);

/// Seconds, from a cached page to a request that is about to be given up.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Starts the log; once per process.
pub fn start_log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level).context("log.level")?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Human => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Starts counting, once per process, until `stop`; the handle renders what
/// `/metrics` answers.
pub fn start_metrics(stop: CancellationToken) -> anyhow::Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .context("histogram buckets")?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).context("figures are counted already")?;
    describe();
    let drained = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => drained.run_upkeep(),
            }
        }
    });
    Ok(handle)
}

fn describe() {
    metrics::describe_gauge!("hallway_connections", "Open connections, sockets included");
    metrics::describe_counter!("hallway_connections_total", "Connections taken");
    metrics::describe_counter!(
        "hallway_connections_refused_total",
        "Connections closed because there were too many"
    );
    metrics::describe_counter!(
        "hallway_connections_failed_total",
        "Connections that ended badly, by what failed"
    );
    metrics::describe_gauge!(
        "hallway_writer_waiting",
        "Pieces of work that wait to be written"
    );
    metrics::describe_histogram!(
        "hallway_commit_batch_size",
        "Pieces of work that shared one commit"
    );
    metrics::describe_counter!("hallway_bus_published_total", "Events published");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_counted_is_rendered() {
        let stop = CancellationToken::new();
        let handle = start_metrics(stop.clone()).unwrap();
        metrics::counter!("hallway_connections_total").increment(3);
        metrics::histogram!("hallway_request_seconds").record(0.02);
        let page = handle.render();
        assert!(
            page.contains("# HELP hallway_connections_total Connections taken"),
            "{page}"
        );
        assert!(page.contains("hallway_connections_total 3"), "{page}");
        assert!(
            page.contains("hallway_request_seconds_bucket{le=\"0.025\"} 1"),
            "{page}"
        );
        stop.cancel();
        assert!(start_metrics(stop).is_err(), "a second recorder is refused");
    }
}

//! `hallway import schedule --event SLUG [--zone ZONE] [--json] FILE|URL`

use anyhow::Context;
use hallway_model::access::Actor;
use hallway_model::time::Zone;
use hallway_service::imports::{MAX_FILE, Report, Source, Tally};

use crate::config::Config;

pub struct Arguments {
    pub event: String,
    pub zone: Option<String>,
    pub json: bool,
    /// A path, `-` for standard input, or an http(s) URL.
    pub source: String,
}

pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let zone = arguments.zone.as_deref().map(Zone::named).transpose()?;
    let source =
        if arguments.source.starts_with("https://") || arguments.source.starts_with("http://") {
            Source::Url(arguments.source.clone())
        } else {
            Source::Bytes(read(&arguments.source)?.into())
        };
    let service = super::service(config).await?;
    let imported = service
        .import_schedule(&Actor::operator(), &arguments.event, zone, source)
        .await;
    service.close().await;
    let report = imported
        .with_context(|| format!("{} was not imported; nothing was changed", arguments.source))?;
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{}", describe(&report));
    }
    Ok(())
}

fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = vec![];
    let limit = MAX_FILE as u64 + 1;
    if path == "-" {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .context("standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| path.to_owned())?;
        file.take(limit)
            .read_to_end(&mut bytes)
            .with_context(|| path.to_owned())?;
    }
    Ok(bytes)
}

/// Warnings printed in full; the count says how many there are.
const WARNINGS: usize = 20;

/// One line for the whole, one per kind of thing, then the warnings.
pub fn describe(report: &Report) -> String {
    let found = &report.found;
    let created = if report.event_created {
        " (created)"
    } else {
        ""
    };
    let mut text = format!(
        "/{}/{created}: {} in {} over {} by {} in {}\n",
        report.event,
        counted(found.sessions, "talk"),
        counted(found.rooms, "room"),
        counted(found.days, "day"),
        counted(found.speakers, "speaker"),
        counted(found.tracks, "track"),
    );
    let mut line = |name: &str, tally: &Tally| {
        text.push_str(&format!(
            "{name:<9} {:>5} new {:>5} changed {:>5} unchanged {:>5} withdrawn\n",
            tally.new, tally.changed, tally.unchanged, tally.withdrawn
        ));
    };
    line("sessions", &report.sessions);
    line("speakers", &report.speakers);
    line("rooms", &report.rooms);
    line("tracks", &report.tracks);
    text.push_str(&format!("warnings  {:>5}\n", report.warnings.len()));
    for warning in report.warnings.iter().take(WARNINGS) {
        text.push_str(&format!("  {}: {}\n", warning.place, warning.text));
    }
    if report.warnings.len() > WARNINGS {
        text.push_str(&format!(
            "  and {} more: see them all with --json\n",
            report.warnings.len() - WARNINGS
        ));
    }
    text
}

fn counted(n: usize, word: &str) -> String {
    if n == 1 {
        format!("1 {word}")
    } else {
        format!("{n} {word}s")
    }
}

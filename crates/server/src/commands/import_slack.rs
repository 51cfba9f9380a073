//! `hallway import slack --event SLUG [--json] FILE`

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use hallway_model::access::Actor;
use hallway_service::slack_imports::{MAX_FILE, Report};

use crate::config::Config;

pub async fn run(config: &Config, event: &str, file: &Path, json: bool) -> anyhow::Result<()> {
    let name = file.display();
    let mut bytes = vec![];
    std::fs::File::open(file)
        .with_context(|| name.to_string())?
        .take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| name.to_string())?;
    let service = super::service(config).await?;
    let imported = service
        .import_slack(&Actor::operator(), event, bytes.into())
        .await;
    service.close().await;
    let report = imported.with_context(|| format!("{name} was not imported"))?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{}", describe(event, &report));
    }
    Ok(())
}

/// Warnings printed in full; the count says how many there are.
const WARNINGS: usize = 20;

fn describe(event: &str, report: &Report) -> String {
    let mut text = format!(
        "/{event}/: brought along from Slack\nchannels  {:>7} new {:>7} known\nmessages  {:>7} new {:>7} known\nnames     {:>7} new\nwarnings  {:>7}\n",
        report.channels.new,
        report.channels.known,
        report.messages.new,
        report.messages.known,
        report.people,
        report.warnings.len()
    );
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

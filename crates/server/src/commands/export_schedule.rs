//! `hallway export schedule --event SLUG --format xml|json|ics`

use anyhow::Context;
use hallway_model::access::Actor;
use hallway_service::exports::Format;

use crate::config::Config;

pub async fn run(config: &Config, event: &str, format: Format) -> anyhow::Result<()> {
    let service = super::service(config).await?;
    let exported = service
        .export_schedule(&Actor::operator(), event, format)
        .await;
    service.close().await;
    let text = exported.with_context(|| format!("/{event}/"))?;
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever read it has seen enough, as `| head` does.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output"),
    }
}

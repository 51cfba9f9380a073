//! The organisers' page of ways in and out: what of the chat leaves, and which
//! programs take part.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::integrations`. Forms: begin an export of the whole chat at
/// `routes::chat_exports` (`key`).
#[derive(Template)]
#[template(path = "integrations/integrations.html")]
pub struct IntegrationsPage {
    pub shell: Shell,
    /// Idempotency key of the page's forms; each does another thing.
    pub key: String,
    /// The reader's own exports of the whole chat, the newest first.
    pub exports: Vec<ExportRow>,
}

#[derive(Clone, Debug)]
pub struct ExportRow {
    /// Where it is fetched; none while it is being made.
    pub url: Option<String>,
    pub begun: Timestamp,
    pub messages: i64,
    pub channels: i64,
    pub channels_done: i64,
}

impl IntegrationsPage {
    /// Two forms of a page never share a key: what differs is mixed in.
    fn key_of(&self, what: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, what.as_bytes()).to_string()
    }

    pub fn sample() -> Self {
        let row = |url: Option<&str>, channels_done| ExportRow {
            url: url.map(str::to_owned),
            begun: samples::at(0, 12, 5),
            messages: 1_204,
            channels: 63,
            channels_done,
        };
        Self {
            shell: samples::event_shell(&routes::integrations(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            exports: vec![row(None, 41), row(Some("x.zip"), 63)],
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            exports: vec![],
            ..Self::sample()
        }
    }
}

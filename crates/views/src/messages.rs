//! What a message said before its changes, for moderators and its author.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::message_edits`.
#[derive(Template)]
#[template(path = "messages/edits.html")]
pub struct EditsPage {
    pub shell: Shell,
    /// The channel's name.
    pub channel: String,
    /// The message in its place.
    pub back: String,
    pub author: Option<String>,
    /// What it says now; empty where it was removed.
    pub now: String,
    /// Earlier words and when others took their place, oldest first.
    pub edits: Vec<(String, Timestamp)>,
}

impl EditsPage {
    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::message_edits(
                samples::SLUG,
                "lobby",
                samples::messages()[0].id,
            ))
            .signed_in()
            .shell,
            channel: "Lobby".into(),
            back: routes::message(samples::SLUG, "lobby", 1),
            author: Some("Ada Brandt".into()),
            now: "Per request, I think".into(),
            edits: vec![
                ("Per team".into(), samples::at(0, 13, 10)),
                ("Per team, no, per request".into(), samples::at(0, 13, 12)),
            ],
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            author: None,
            now: String::new(),
            edits: vec![],
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        Self {
            channel: samples::HOSTILE.into(),
            author: Some(samples::HOSTILE.into()),
            now: samples::HOSTILE.into(),
            edits: vec![(samples::HOSTILE.into(), samples::at(0, 13, 10))],
            ..Self::sample()
        }
    }
}

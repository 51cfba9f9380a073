//! Searching what was said in an event's channels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::messages::Message;

/// `GET /api/v1/events/{event}/messages/search`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// Newest first.
    pub hits: Vec<Hit>,
    /// Give it as `cursor` to read on; absent after the last page.
    pub next: Option<String>,
}

/// A message in which what was looked for stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    pub message: Message,
    /// Slug and name of the channel it was said in.
    pub channel: String,
    pub channel_name: String,
    /// Its place in the channel's history.
    pub url: String,
    /// Its text without markup, cut where it matches; a long one only in part.
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    pub text: String,
    /// Whether it is what was looked for.
    pub marked: bool,
}

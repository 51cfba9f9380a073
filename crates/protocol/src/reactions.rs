//! Reactions to messages: one per person and emoji, with undo.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Reaction {
    pub emoji: String,
    /// How many people, never 0.
    #[ts(type = "number")]
    pub count: i64,
    /// Whether the reader is one of them; always false for visitors and in
    /// events, which are the same for everyone.
    pub mine: bool,
}

/// Body of `PUT` and `DELETE /api/v1/messages/{message}/reactions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// One emoji.
    pub emoji: String,
    /// The command's idempotency key.
    #[ts(type = "string")]
    pub key: Uuid,
}

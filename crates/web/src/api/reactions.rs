//! Reactions to messages: adding one and taking it back.

use axum::extract::Path;
use hallway_protocol::reactions::React;
use hallway_service::reactions::{AddReaction, RemoveReaction};
use http::StatusCode;

use super::{Body, id, write_to_chat};
use crate::call::Call;
use crate::failure::Failure;

/// Adds a reaction. One that stands already changes nothing.
#[utoipa::path(
    put,
    path = "/api/v1/messages/{message}/reactions",
    operation_id = "add_reaction",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = React,
    responses((status = 204, description = "It stands and is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn add(
    call: Call,
    Path(message): Path<String>,
    Body(React { emoji, key }): Body<React>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, AddReaction { message, emoji }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a reaction back. One that does not stand changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{message}/reactions",
    operation_id = "remove_reaction",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = React,
    responses((status = 204, description = "It is gone for good")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn remove(
    call: Call,
    Path(message): Path<String>,
    Body(React { emoji, key }): Body<React>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, RemoveReaction { message, emoji }).await?;
    Ok(StatusCode::NO_CONTENT)
}

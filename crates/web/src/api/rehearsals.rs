//! Rehearsals: starting one, how it goes, ending it.

use axum::extract::Path;
use hallway_model::ids::IdempotencyKey;
use hallway_model::rehearsals::Size;
use hallway_protocol::rehearsals::{Rehearsal, StartRehearsal, StopRehearsal};
use http::StatusCode;

use super::{Answer, Body};
use crate::call::Call;
use crate::failure::Failure;
use crate::rehearsals::unfit;

/// How the event's rehearsal goes, or what the last one came to.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/rehearsal",
    operation_id = "find_rehearsal",
    tag = "rehearsals",
    params(("event" = String, Path, description = "Slug of the event")),
    responses((status = 200, description = "As it stands", body = Rehearsal)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn find(
    call: Call,
    Path(event): Path<String>,
) -> Result<Answer<Rehearsal>, Failure> {
    let service = &call.web.service;
    let (_, rehearsal) = service.rehearsal(&call.actor, &event).await?;
    Ok(Answer(rehearsal))
}

/// Lets invented guests come to an event that is marked as a rehearsal. A server
/// plays one rehearsal at a time.
#[utoipa::path(
    post,
    path = "/api/v1/events/{event}/rehearsal",
    operation_id = "start_rehearsal",
    tag = "rehearsals",
    params(("event" = String, Path, description = "Slug of the event")),
    request_body = StartRehearsal,
    responses((status = 202, description = "It begins", body = Rehearsal)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn start(
    call: Call,
    Path(event): Path<String>,
    Body(body): Body<StartRehearsal>,
) -> Result<(StatusCode, Answer<Rehearsal>), Failure> {
    let service = &call.web.service;
    // Who may not is told so, whatever they sent.
    service.rehearsal(&call.actor, &event).await?;
    let size = Size::minutes(body.people, body.minutes).map_err(unfit)?;
    let key = Some(IdempotencyKey(body.key));
    service
        .start_rehearsal(&call.actor, key, &event, size)
        .await?;
    let (_, rehearsal) = service.rehearsal(&call.actor, &event).await?;
    Ok((StatusCode::ACCEPTED, Answer(rehearsal)))
}

/// Ends the event's rehearsal before its time. Where none is under way, nothing
/// changes.
#[utoipa::path(
    delete,
    path = "/api/v1/events/{event}/rehearsal",
    operation_id = "stop_rehearsal",
    tag = "rehearsals",
    params(("event" = String, Path, description = "Slug of the event")),
    request_body = StopRehearsal,
    responses((status = 202, description = "The guests leave", body = Rehearsal)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn stop(
    call: Call,
    Path(event): Path<String>,
    Body(body): Body<StopRehearsal>,
) -> Result<(StatusCode, Answer<Rehearsal>), Failure> {
    let service = &call.web.service;
    let key = Some(IdempotencyKey(body.key));
    service.stop_rehearsal(&call.actor, key, &event).await?;
    let (_, rehearsal) = service.rehearsal(&call.actor, &event).await?;
    Ok((StatusCode::ACCEPTED, Answer(rehearsal)))
}

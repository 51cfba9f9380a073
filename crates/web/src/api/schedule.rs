//! An event's whole programme in one answer.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hallway_model::sessions::Session;
use hallway_model::stages::RecordingState;
use hallway_protocol::programme::{Schedule, ScheduleSession};
use hallway_protocol::routes;
use hallway_service::programmes::Snapshot;
use http::header::{CACHE_CONTROL, ETAG};
use http::{HeaderMap, StatusCode};

use super::events::summary;
use crate::call::Call;
use crate::failure::Failure;
use crate::pages::matches_etag;

/// Every session of an event with its slot, its state and its recording.
///
/// The `ETag` changes with the programme: send it back as `If-None-Match`.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/schedule",
    operation_id = "list_schedule",
    tag = "programme",
    params(("event" = String, Path, description = "Slug of the event")),
    responses(
        (status = 200, body = Schedule),
        (status = 304, description = "Nothing has changed since the `ETag` sent"),
    ),
)]
pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let snapshot = call.web.service.programme(&call.actor, &event).await?;
    let etag = format!("\"{}-{}\"", snapshot.event.id, snapshot.event.revision);
    let kept = [(ETAG, etag.as_str()), (CACHE_CONTROL, "private, no-cache")];
    if matches_etag(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let schedule = Schedule {
        event: summary(&snapshot.event),
        revision: snapshot.event.revision,
        sessions: snapshot
            .sessions
            .iter()
            .map(|session| row(&snapshot, session))
            .collect(),
    };
    Ok((kept, axum::Json(schedule)).into_response())
}

fn row(snapshot: &Snapshot, session: &Session) -> ScheduleSession {
    let event = &snapshot.event;
    let room = session
        .slot
        .and_then(|slot| slot.room)
        .and_then(|id| snapshot.room(id));
    let published = snapshot
        .recordings
        .get(&session.id)
        .is_some_and(|recording| matches!(recording.state, RecordingState::Published { .. }));
    ScheduleSession {
        code: session.code.to_string(),
        title: session.title.clone(),
        kind: session.kind.word().to_owned(),
        track: session
            .track
            .and_then(|id| snapshot.track(id))
            .map(|track| track.name.clone()),
        room: room.map(|room| room.slug.clone()),
        room_name: room.map(|room| room.name.clone()),
        start: session.slot.map(|slot| slot.start.rfc3339(&event.zone)),
        minutes: session.slot.map(|slot| slot.length.as_minutes()),
        speakers: snapshot
            .speakers_of(session)
            .map(|speaker| speaker.name.clone())
            .collect(),
        state: session.state.word().to_owned(),
        url: routes::talk(&event.slug, &session.code),
        recording: published.then(|| routes::recording(&event.slug, &session.code)),
    }
}

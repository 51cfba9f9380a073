//! A stage as its viewers' player needs it.

use axum::extract::Path;
use hallway_model::sessions::{Session, SessionState};
use hallway_protocol::stages::{Stage, StageSession};
use hallway_protocol::{Topic, routes};
use hallway_service::programmes::Snapshot;

use super::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// What is on, what comes next, and where its playlist is.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/stages/{room}",
    operation_id = "find_stage",
    tag = "stages",
    params(
        ("event" = String, Path, description = "Slug of the event"),
        ("room" = String, Path, description = "Slug of the room"),
    ),
    responses((status = 200, body = Stage)),
)]
pub(crate) async fn find(
    call: Call,
    Path((event, room)): Path<(String, String)>,
) -> Result<Answer<Stage>, Failure> {
    let web = &call.web;
    let (event, room) = web.service.watch_stage(&call.actor, &event, &room).await?;
    let topic = Topic::Stage(room.id);
    // Read before the state it goes with: an event in between is told twice,
    // never missed.
    let seq = web.service.latest(topic).await?;
    let snapshot = web.service.programme(&call.actor, &event.slug).await?;
    let (now, next) = snapshot.now_and_next(room.id, web.service.now());
    let playlist = routes::stage_playlist(&event.slug, &room.slug);
    let live = web.stages.live(room.id).is_some_and(|live| {
        let status = live.status();
        status.started && !status.ended
    });
    Ok(Answer(Stage {
        room: room.slug,
        name: room.name,
        live,
        playlist,
        now: now.and_then(|session| told(&snapshot, session)),
        next: next.and_then(|session| told(&snapshot, session)),
        viewers: i64::try_from(web.gateway.hub().count(topic)).unwrap_or(i64::MAX),
        topic,
        seq,
    }))
}

/// None for a session without a slot, which no stage has.
fn told(snapshot: &Snapshot, session: &Session) -> Option<StageSession> {
    let slot = session.slot?;
    Some(StageSession {
        code: session.code.to_string(),
        title: session.title.clone(),
        speakers: snapshot
            .speakers_of(session)
            .map(|speaker| speaker.name.clone())
            .collect(),
        start: slot.start.0,
        end: slot.end().0,
        live: matches!(session.state, SessionState::Live { .. }),
    })
}

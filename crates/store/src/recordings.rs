//! The on-demand cuts of sessions.

use hallway_model::ids::{EventId, RecordingId, SessionId};
use hallway_model::stages::{Recording, RecordingState};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    session: Uuid,
    state: String,
    millis: Option<i64>,
    reason: Option<String>,
    cue_from: i64,
    cue_to: i64,
}

/// Sets the session's recording; a session started and ended again is cut anew.
pub async fn replace(
    conn: &mut Conn,
    recording: &Recording,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (millis, reason) = match &recording.state {
        RecordingState::Cutting => (None, None),
        RecordingState::Published { millis } => (Some(*millis), None),
        RecordingState::Missing { reason } => (None, Some(reason.as_str())),
    };
    on!(conn, c => sqlx::query(
        "INSERT INTO recording (id, session, state, millis, reason, cue_from, cue_to, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (session) DO UPDATE SET id = excluded.id, state = excluded.state, millis = excluded.millis,
         reason = excluded.reason, cue_from = excluded.cue_from, cue_to = excluded.cue_to, changed = excluded.changed",
    )
    .bind(recording.id.0).bind(recording.session.0).bind(recording.state.word()).bind(millis).bind(reason)
    .bind(recording.from.0).bind(recording.to.0).bind(now.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: RecordingId) -> Result<Option<Recording>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, session, state, millis, reason, cue_from, cue_to FROM recording WHERE id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    row.map(recording).transpose()
}

pub async fn find_by_session(
    conn: &mut Conn,
    session: SessionId,
) -> Result<Option<Recording>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, session, state, millis, reason, cue_from, cue_to FROM recording WHERE session = $1",
    ).bind(session.0).fetch_optional(c).await)?;
    row.map(recording).transpose()
}

pub async fn list(conn: &mut Conn, event: EventId) -> Result<Vec<Recording>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT r.id, r.session, r.state, r.millis, r.reason, r.cue_from, r.cue_to FROM recording r JOIN session s ON s.id = r.session WHERE s.event = $1",
    ).bind(event.0).fetch_all(c).await)?;
    rows.into_iter().map(recording).collect()
}

/// Cuts that were asked for and never finished.
pub async fn list_unfinished(conn: &mut Conn) -> Result<Vec<Recording>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, session, state, millis, reason, cue_from, cue_to FROM recording WHERE state = 'cutting' LIMIT 1000",
    ).fetch_all(c).await)?;
    rows.into_iter().map(recording).collect()
}

fn recording(row: Row) -> Result<Recording, StoreError> {
    let state = match (row.state.as_str(), row.millis, row.reason) {
        ("cutting", _, _) => RecordingState::Cutting,
        ("published", Some(millis), _) => RecordingState::Published { millis },
        ("missing", _, reason) => RecordingState::Missing {
            reason: reason.unwrap_or_default(),
        },
        (other, _, _) => return Err(StoreError::damaged("recording state", other)),
    };
    Ok(Recording {
        id: RecordingId(row.id),
        session: SessionId(row.session),
        state,
        from: Timestamp(row.cue_from),
        to: Timestamp(row.cue_to),
    })
}

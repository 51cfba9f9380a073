//! One session at a time: its place and its life cycle. Whole programmes are
//! loaded by [`crate::programmes`].

use hallway_model::ids::{EventId, RoomId, SessionId};
use hallway_model::sessions::SessionState;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::programmes::state_times;

/// As much of a session as its life cycle needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    pub id: SessionId,
    pub event: EventId,
    pub room: Option<RoomId>,
    pub code: String,
    pub title: String,
    pub state: SessionState,
    pub do_not_record: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    room: Option<Uuid>,
    code: String,
    title: String,
    state: String,
    state_since: Option<i64>,
    state_at: Option<i64>,
    changed: i64,
    do_not_record: bool,
}

pub async fn find(conn: &mut Conn, id: SessionId) -> Result<Option<Staged>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT s.id, s.event, t.room, s.code, s.title, s.state, s.state_since, s.state_at, s.changed, s.do_not_record
         FROM session s LEFT JOIN slot t ON t.session = s.id WHERE s.id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    row.map(staged).transpose()
}

pub async fn find_by_code(
    conn: &mut Conn,
    event: EventId,
    code: &str,
) -> Result<Option<Staged>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT s.id, s.event, t.room, s.code, s.title, s.state, s.state_since, s.state_at, s.changed, s.do_not_record
         FROM session s LEFT JOIN slot t ON t.session = s.id WHERE s.event = $1 AND s.code = $2",
    ).bind(event.0).bind(code).fetch_optional(c).await)?;
    row.map(staged).transpose()
}

/// Sessions that are live on a stage by the producer's cue.
pub async fn list_live(conn: &mut Conn, room: RoomId) -> Result<Vec<Staged>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT s.id, s.event, t.room, s.code, s.title, s.state, s.state_since, s.state_at, s.changed, s.do_not_record
         FROM session s JOIN slot t ON t.session = s.id WHERE t.room = $1 AND s.state = 'live' LIMIT 100",
    ).bind(room.0).fetch_all(c).await)?;
    rows.into_iter().map(staged).collect()
}

pub async fn set_state(
    conn: &mut Conn,
    id: SessionId,
    state: SessionState,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (since, at) = state_times(state);
    on!(conn, c => sqlx::query("UPDATE session SET state = $2, state_since = $3, state_at = $4, changed = $5 WHERE id = $1")
        .bind(id.0).bind(state.word()).bind(since).bind(at).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn staged(row: Row) -> Result<Staged, StoreError> {
    let since = row.state_since.map_or(Timestamp(row.changed), Timestamp);
    let state = match row.state.as_str() {
        "planned" => SessionState::Planned,
        "live" => SessionState::Live { since },
        "ended" => SessionState::Ended {
            since,
            at: row.state_at.map_or(since, Timestamp),
        },
        "cancelled" => SessionState::Cancelled,
        other => return Err(StoreError::damaged("session state", other)),
    };
    Ok(Staged {
        id: SessionId(row.id),
        event: EventId(row.event),
        room: row.room.map(RoomId),
        code: row.code,
        title: row.title,
        state,
        do_not_record: row.do_not_record,
    })
}

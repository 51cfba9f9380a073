//! Broadcasts: when a publisher was on a stage.

use hallway_model::ids::{BroadcastId, RoomId};
use hallway_model::stages::Broadcast;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    room: Uuid,
    started: i64,
    ended: Option<i64>,
}

pub async fn insert(conn: &mut Conn, broadcast: &Broadcast) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO broadcast (id, room, started, ended) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
        .bind(broadcast.id.0).bind(broadcast.room.0).bind(broadcast.started.0).bind(broadcast.ended.map(|t| t.0))
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn end(conn: &mut Conn, id: BroadcastId, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE broadcast SET ended = $2 WHERE id = $1 AND ended IS NULL").bind(id.0).bind(now.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Broadcasts of a stage that overlap a span of time, oldest first.
pub async fn list(
    conn: &mut Conn,
    room: RoomId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Broadcast>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, room, started, ended FROM broadcast
         WHERE room = $1 AND started <= $3 AND (ended IS NULL OR ended >= $2) ORDER BY started LIMIT 1000",
    ).bind(room.0).bind(from.0).bind(to.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(broadcast).collect())
}

/// Broadcasts that never ended: after a crash, all that were on.
pub async fn list_open(conn: &mut Conn) -> Result<Vec<Broadcast>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as("SELECT id, room, started, ended FROM broadcast WHERE ended IS NULL LIMIT 1000")
        .fetch_all(c).await)?;
    Ok(rows.into_iter().map(broadcast).collect())
}

fn broadcast(row: Row) -> Broadcast {
    Broadcast {
        id: BroadcastId(row.id),
        room: RoomId(row.room),
        started: Timestamp(row.started),
        ended: row.ended.map(Timestamp),
    }
}

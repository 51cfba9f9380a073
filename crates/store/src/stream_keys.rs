//! Stream keys: one per stage, as a hash.

use hallway_model::ids::{EventId, RoomId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Sets the stage's key; the one before stops working.
pub async fn replace(
    conn: &mut Conn,
    room: RoomId,
    key_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO stream_key (room, key_hash, created) VALUES ($1, $2, $3)
         ON CONFLICT (room) DO UPDATE SET key_hash = excluded.key_hash, created = excluded.created",
    ).bind(room.0).bind(key_hash).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Takes the stage's key away; false where it had none.
pub async fn delete(conn: &mut Conn, room: RoomId) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query("DELETE FROM stream_key WHERE room = $1").bind(room.0)
        .execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

/// The event and stage a key opens.
pub async fn find(
    conn: &mut Conn,
    key_hash: &str,
) -> Result<Option<(EventId, RoomId)>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        event: Uuid,
        room: Uuid,
    }
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT r.event, k.room FROM stream_key k JOIN room r ON r.id = k.room WHERE k.key_hash = $1",
    ).bind(key_hash).fetch_optional(c).await)?;
    Ok(row.map(|row| (EventId(row.event), RoomId(row.room))))
}

/// When the stage's key was made, if it has one.
pub async fn created(conn: &mut Conn, room: RoomId) -> Result<Option<Timestamp>, StoreError> {
    let created: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT created FROM stream_key WHERE room = $1")
        .bind(room.0).fetch_optional(c).await)?;
    Ok(created.map(Timestamp))
}

/// Rooms of an event that have a key, and so are stages.
pub async fn rooms(conn: &mut Conn, event: EventId) -> Result<Vec<RoomId>, StoreError> {
    let rooms: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT k.room FROM stream_key k JOIN room r ON r.id = k.room WHERE r.event = $1",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rooms.into_iter().map(RoomId).collect())
}

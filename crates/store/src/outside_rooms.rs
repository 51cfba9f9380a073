//! Places elsewhere where people of an event meet.

use hallway_model::ids::{EventId, OutsideRoomId, PersonId};
use hallway_model::outside_rooms::{OutsideKind, OutsideRoom};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    name: String,
    kind: String,
    url: String,
    run_by: String,
    added_by: Option<Uuid>,
    endorsed: Option<i64>,
    created: i64,
}

pub async fn insert(conn: &mut Conn, room: &OutsideRoom) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO outside_room (id, event, name, kind, url, run_by, added_by, endorsed, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(room.id.0).bind(room.event.0).bind(&room.name).bind(room.kind.word()).bind(&room.url).bind(&room.run_by)
    .bind(room.added_by.map(|p| p.0)).bind(room.endorsed.map(|at| at.0)).bind(room.created.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    event: EventId,
    id: OutsideRoomId,
) -> Result<Option<OutsideRoom>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, name, kind, url, run_by, added_by, endorsed, created FROM outside_room WHERE event = $1 AND id = $2",
    ).bind(event.0).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(room))
}

pub async fn find_by_url(
    conn: &mut Conn,
    event: EventId,
    url: &str,
) -> Result<Option<OutsideRoom>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, name, kind, url, run_by, added_by, endorsed, created FROM outside_room WHERE event = $1 AND url = $2",
    ).bind(event.0).bind(url).fetch_optional(c).await)?;
    Ok(row.map(room))
}

/// Places of an event, those that are endorsed first.
pub async fn list(conn: &mut Conn, event: EventId) -> Result<Vec<OutsideRoom>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, name, kind, url, run_by, added_by, endorsed, created FROM outside_room WHERE event = $1
         ORDER BY CASE WHEN endorsed IS NULL THEN 1 ELSE 0 END, created, id LIMIT 100",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(room).collect())
}

pub async fn set_endorsed(
    conn: &mut Conn,
    id: OutsideRoomId,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE outside_room SET endorsed = $2 WHERE id = $1").bind(id.0).bind(at.map(|at| at.0))
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete(conn: &mut Conn, id: OutsideRoomId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM outside_room WHERE id = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn room(row: Row) -> OutsideRoom {
    OutsideRoom {
        id: OutsideRoomId(row.id),
        event: EventId(row.event),
        name: row.name,
        kind: OutsideKind::from_word(&row.kind),
        url: row.url,
        run_by: row.run_by,
        added_by: row.added_by.map(PersonId),
        endorsed: row.endorsed.map(Timestamp),
        created: Timestamp(row.created),
    }
}

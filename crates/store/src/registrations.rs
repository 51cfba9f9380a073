//! Who is registered where.

use hallway_model::ids::{EventId, PersonId, RegistrationId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Registering twice changes nothing; true where it is new.
pub async fn insert(
    conn: &mut Conn,
    id: RegistrationId,
    event: EventId,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "INSERT INTO registration (id, event, person, created) VALUES ($1, $2, $3, $4) ON CONFLICT (event, person) DO NOTHING",
    ).bind(id.0).bind(event.0).bind(person.0).bind(now.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows == 1)
}

pub async fn events_of(conn: &mut Conn, person: PersonId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("SELECT event FROM registration WHERE person = $1 ORDER BY created")
        .bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(EventId).collect())
}

#[derive(FromRow)]
struct Row {
    event: Uuid,
    created: i64,
}

pub async fn list(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<(EventId, Timestamp)>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as("SELECT event, created FROM registration WHERE person = $1 ORDER BY created")
        .bind(person.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| (EventId(row.event), Timestamp(row.created)))
        .collect())
}

pub async fn count(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM registration WHERE event = $1").bind(event.0).fetch_one(c).await)?,
    )
}

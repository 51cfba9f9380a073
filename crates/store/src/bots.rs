//! Bots: which event each is of. Their names are people's rows, their tokens
//! sign-ins.

use hallway_model::ids::{EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    pub person: PersonId,
    pub event: EventId,
    pub name: String,
    pub created: Timestamp,
}

#[derive(FromRow)]
struct Row {
    person: Uuid,
    event: Uuid,
    name: String,
    created: i64,
}

pub async fn insert(
    conn: &mut Conn,
    person: PersonId,
    event: EventId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO bot (person, event, created) VALUES ($1, $2, $3)")
        .bind(person.0).bind(event.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// A bot of an event that is at work.
pub async fn find(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<Option<Bot>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT b.person, b.event, p.name, b.created FROM bot b JOIN person p ON p.id = b.person
         WHERE b.event = $1 AND b.person = $2 AND b.retired IS NULL",
    ).bind(event.0).bind(person.0).fetch_optional(c).await)?;
    Ok(row.map(bot))
}

/// The bots of an event that are at work, by name.
pub async fn list(conn: &mut Conn, event: EventId) -> Result<Vec<Bot>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT b.person, b.event, p.name, b.created FROM bot b JOIN person p ON p.id = b.person
         WHERE b.event = $1 AND b.retired IS NULL ORDER BY p.name, b.person LIMIT 200",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(bot).collect())
}

/// Ends a bot and its tokens; what it said stays under its name.
pub async fn retire(conn: &mut Conn, person: PersonId, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE bot SET retired = $2 WHERE person = $1 AND retired IS NULL")
        .bind(person.0).bind(now.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM sign_in WHERE person = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

fn bot(row: Row) -> Bot {
    Bot {
        person: PersonId(row.person),
        event: EventId(row.event),
        name: row.name,
        created: Timestamp(row.created),
    }
}

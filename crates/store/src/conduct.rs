//! An event's code of conduct in its versions, and who accepted which.

use hallway_model::conduct::{Accepted, Code};
use hallway_model::ids::{EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    version: i64,
    text: Option<String>,
    contact: Option<String>,
}

pub async fn insert(
    conn: &mut Conn,
    event: EventId,
    code: &Code,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO conduct_code (event, version, text, contact, made) VALUES ($1, $2, $3, $4, $5)")
        .bind(event.0).bind(code.version).bind(code.text.as_deref()).bind(code.contact.as_deref()).bind(now.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// The version that held at a moment.
pub async fn find(conn: &mut Conn, event: EventId, at: Timestamp) -> Result<Code, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT version, text, contact FROM conduct_code WHERE event = $1 AND made <= $2 ORDER BY version DESC LIMIT 1",
    ).bind(event.0).bind(at.0).fetch_optional(c).await)?;
    Ok(row.map_or_else(Code::default, |row| Code {
        version: row.version,
        text: row.text,
        contact: row.contact,
    }))
}

/// Writes down what somebody accepted when they registered. Whoever registers
/// again has accepted what they accepted first.
pub async fn accept(
    conn: &mut Conn,
    person: PersonId,
    accepted: Accepted,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE registration SET conduct_version = $3, conduct_accepted = $4
         WHERE event = $1 AND person = $2 AND conduct_accepted IS NULL",
    ).bind(accepted.event.0).bind(person.0).bind(accepted.version).bind(accepted.at.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// What somebody accepted at an event; none where they were registered
/// without being asked, by the operator.
pub async fn accepted(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<Option<Accepted>, StoreError> {
    #[derive(FromRow)]
    struct Accept {
        event: Uuid,
        conduct_version: Option<i64>,
        conduct_accepted: Option<i64>,
    }
    let row: Option<Accept> = on!(conn, c => sqlx::query_as(
        "SELECT event, conduct_version, conduct_accepted FROM registration WHERE event = $1 AND person = $2",
    ).bind(event.0).bind(person.0).fetch_optional(c).await)?;
    Ok(row.and_then(|row| {
        Some(Accepted {
            event: EventId(row.event),
            version: row.conduct_version?,
            at: Timestamp(row.conduct_accepted?),
        })
    }))
}

//! How often messages call a person since they read a channel.

use std::collections::HashMap;

use hallway_model::ids::{ChannelId, EventId, PersonId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// How often a person is called in a channel after message `after`.
pub async fn count(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
    after: i64,
) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM mention n JOIN message m ON m.id = n.message
         WHERE n.person = $1 AND m.channel = $2 AND m.seq > $3",
    ).bind(person.0).bind(channel.0).bind(after).fetch_one(c).await)?)
}

/// Numbers of the messages that call a person in a channel after `after`, the
/// first of them.
pub async fn list(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT m.seq FROM mention n JOIN message m ON m.id = n.message
         WHERE n.person = $1 AND m.channel = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4",
    ).bind(person.0).bind(channel.0).bind(after).bind(limit).fetch_all(c).await)?)
}

/// How often a person is called in each channel of an event since they read it.
pub async fn list_unread(
    conn: &mut Conn,
    person: PersonId,
    event: EventId,
) -> Result<HashMap<ChannelId, i64>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        channel: Uuid,
        calls: i64,
    }
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.channel, COUNT(*) AS calls FROM mention n
         JOIN message m ON m.id = n.message JOIN channel c ON c.id = m.channel
         LEFT JOIN read_mark r ON r.person = n.person AND r.channel = m.channel
         WHERE n.person = $1 AND c.event = $2 AND m.seq > COALESCE(r.seq, 0) GROUP BY m.channel",
    ).bind(person.0).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| (ChannelId(row.channel), row.calls))
        .collect())
}

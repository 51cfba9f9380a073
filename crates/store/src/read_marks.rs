//! What people have read: one number per person and channel.

use std::collections::HashMap;

use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

pub async fn find(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
) -> Result<Option<i64>, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT seq FROM read_mark WHERE person = $1 AND channel = $2")
        .bind(person.0).bind(channel.0).fetch_optional(c).await)?,
    )
}

pub async fn put(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
    seq: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO read_mark (person, channel, seq, moved) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person, channel) DO UPDATE SET seq = excluded.seq, moved = excluded.moved",
    ).bind(person.0).bind(channel.0).bind(seq).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// When a person last read anything of an event.
pub async fn last_moved(
    conn: &mut Conn,
    person: PersonId,
    event: EventId,
) -> Result<Option<Timestamp>, StoreError> {
    let moved: Option<i64> = on!(conn, c => sqlx::query_scalar(
        "SELECT MAX(r.moved) FROM read_mark r JOIN channel c ON c.id = r.channel WHERE r.person = $1 AND c.event = $2",
    ).bind(person.0).bind(event.0).fetch_one(c).await)?;
    Ok(moved.map(Timestamp))
}

/// A person's marks in the channels of an event.
pub async fn list(
    conn: &mut Conn,
    person: PersonId,
    event: EventId,
) -> Result<HashMap<ChannelId, i64>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        channel: Uuid,
        seq: i64,
    }
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT r.channel, r.seq FROM read_mark r JOIN channel c ON c.id = r.channel WHERE r.person = $1 AND c.event = $2",
    ).bind(person.0).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| (ChannelId(row.channel), row.seq))
        .collect())
}

//! How much of a channel people want to hear, where they chose.

use std::collections::HashMap;

use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::reading::Level;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

pub async fn find(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
) -> Result<Option<Level>, StoreError> {
    let level: Option<String> = on!(conn, c => sqlx::query_scalar("SELECT level FROM follow WHERE person = $1 AND channel = $2")
        .bind(person.0).bind(channel.0).fetch_optional(c).await)?;
    level.as_deref().map(read).transpose()
}

pub async fn put(
    conn: &mut Conn,
    person: PersonId,
    channel: ChannelId,
    level: Level,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO follow (person, channel, level) VALUES ($1, $2, $3) ON CONFLICT (person, channel) DO UPDATE SET level = excluded.level",
    ).bind(person.0).bind(channel.0).bind(level.word()).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// A person's choices in the channels of an event.
pub async fn list(
    conn: &mut Conn,
    person: PersonId,
    event: EventId,
) -> Result<HashMap<ChannelId, Level>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        channel: Uuid,
        level: String,
    }
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT f.channel, f.level FROM follow f JOIN channel c ON c.id = f.channel WHERE f.person = $1 AND c.event = $2",
    ).bind(person.0).bind(event.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| Ok((ChannelId(row.channel), read(&row.level)?)))
        .collect()
}

fn read(word: &str) -> Result<Level, StoreError> {
    Level::from_word(word).ok_or_else(|| StoreError::damaged("level", word))
}

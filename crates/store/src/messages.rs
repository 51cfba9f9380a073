//! Messages of a channel, numbered from 1 without gaps.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: MessageId,
    pub channel: ChannelId,
    pub seq: i64,
    pub author: Option<StoredAuthor>,
    pub source: String,
    /// The rich text tree as JSON.
    pub body: String,
    pub sent: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthor {
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    channel: Uuid,
    seq: i64,
    author: Option<Uuid>,
    author_name: Option<String>,
    author_pronouns: Option<String>,
    source: String,
    body: String,
    sent: i64,
}

/// The channel's next number. Its row stays locked until commit, so numbers
/// have no gaps and commit in order.
pub async fn next_seq(conn: &mut Conn, channel: ChannelId) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "INSERT INTO channel_seq (channel, seq) VALUES ($1, 1)
         ON CONFLICT (channel) DO UPDATE SET seq = channel_seq.seq + 1 RETURNING seq",
    ).bind(channel.0).fetch_one(c).await)?)
}

pub async fn insert(conn: &mut Conn, message: &Stored) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO message (id, channel, seq, author, source, body, sent) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(message.id.0).bind(message.channel.0).bind(message.seq)
    .bind(message.author.as_ref().map(|a| a.id.0)).bind(&message.source).bind(&message.body).bind(message.sent.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: MessageId) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.channel, m.seq, p.id AS author, p.name AS author_name, p.pronouns AS author_pronouns, m.source, m.body, m.sent
         FROM message m LEFT JOIN person p ON p.id = m.author AND p.deleted IS NULL WHERE m.id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(stored))
}

/// Up to `limit` messages numbered above `after`, oldest first.
pub async fn list_after(
    conn: &mut Conn,
    channel: ChannelId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.channel, m.seq, p.id AS author, p.name AS author_name, p.pronouns AS author_pronouns, m.source, m.body, m.sent
         FROM message m LEFT JOIN person p ON p.id = m.author AND p.deleted IS NULL
         WHERE m.channel = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3",
    ).bind(channel.0).bind(after).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(stored).collect())
}

/// Up to `limit` messages numbered below `before` (none: the newest), oldest first.
pub async fn list_before(
    conn: &mut Conn,
    channel: ChannelId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let mut rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.channel, m.seq, p.id AS author, p.name AS author_name, p.pronouns AS author_pronouns, m.source, m.body, m.sent
         FROM message m LEFT JOIN person p ON p.id = m.author AND p.deleted IS NULL
         WHERE m.channel = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3",
    ).bind(channel.0).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(c).await)?;
    rows.reverse();
    Ok(rows.into_iter().map(stored).collect())
}

/// Everything a person wrote, oldest first, in pages of `limit` after `after`.
pub async fn list_of_author(
    conn: &mut Conn,
    author: PersonId,
    after: MessageId,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.channel, m.seq, p.id AS author, p.name AS author_name, p.pronouns AS author_pronouns, m.source, m.body, m.sent
         FROM message m LEFT JOIN person p ON p.id = m.author WHERE m.author = $1 AND m.id > $2 ORDER BY m.id LIMIT $3",
    ).bind(author.0).bind(after.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(stored).collect())
}

pub async fn count_of_author(conn: &mut Conn, author: PersonId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE author = $1").bind(author.0).fetch_one(c).await)?,
    )
}

/// Replaces the text of everything a person wrote: their choice at deletion.
pub async fn erase_of_author(
    conn: &mut Conn,
    author: PersonId,
    body: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET source = '', body = $2, author = NULL WHERE author = $1")
        .bind(author.0).bind(body).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Cuts the tie between a person and what they wrote, and keeps the words.
pub async fn forget_author(conn: &mut Conn, author: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET author = NULL WHERE author = $1").bind(author.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

fn stored(row: Row) -> Stored {
    Stored {
        id: MessageId(row.id),
        channel: ChannelId(row.channel),
        seq: row.seq,
        author: row.author.map(|id| StoredAuthor {
            id: PersonId(id),
            name: row.author_name.unwrap_or_default(),
            pronouns: row.author_pronouns,
        }),
        source: row.source,
        body: row.body,
        sent: Timestamp(row.sent),
    }
}

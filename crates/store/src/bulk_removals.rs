//! Messages removed many at once, and what newcomers said lately.

use hallway_model::ids::{BulkId, ChannelId, EventId, MessageId, PersonId};
use hallway_model::messages::Removal;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// What a newcomer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lately {
    pub message: MessageId,
    pub author: PersonId,
    pub author_name: String,
    pub channel: ChannelId,
    pub channel_name: String,
    pub source: String,
    pub sent: Timestamp,
}

/// A removal of many messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    pub id: BulkId,
    pub made: Timestamp,
    pub undone: Option<Timestamp>,
    pub messages: i64,
}

/// A removed message with the words it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub message: MessageId,
    pub source: String,
    pub body: String,
    pub images: Option<String>,
}

#[derive(FromRow)]
struct LatelyRow {
    id: Uuid,
    author: Uuid,
    author_name: String,
    channel: Uuid,
    channel_name: String,
    source: String,
    sent: i64,
}

#[derive(FromRow)]
struct BulkRow {
    id: Uuid,
    made: i64,
    undone: Option<i64>,
    messages: i64,
}

#[derive(FromRow)]
struct KeptRow {
    message: Uuid,
    source: String,
    body: String,
    images: Option<String>,
}

/// The first id that can have been made at a moment: ids are version 7, which
/// sort by their time, so that no index on the time is needed.
fn first_id(at: Timestamp) -> Uuid {
    let millis = u128::from(at.0.max(0).unsigned_abs());
    Uuid::from_u128((millis & 0xFFFF_FFFF_FFFF) << 80)
}

/// What people said since a moment who were new then, oldest first: in the
/// event's public channels, or in one.
pub async fn lately(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Lately>, StoreError> {
    let rows: Vec<LatelyRow> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.author, p.name AS author_name, m.channel, c.name AS channel_name, m.source, m.sent
         FROM message m JOIN channel c ON c.id = m.channel JOIN person p ON p.id = m.author
         WHERE m.id >= $2 AND c.event = $1 AND c.kind <> 'direct' AND (($4 AND c.door = 'public') OR c.id = $5) AND m.removed IS NULL AND p.new_until > m.sent
         ORDER BY m.id LIMIT $3",
    ).bind(event.0).bind(first_id(since)).bind(limit).bind(channel.is_none()).bind(channel.map(|c| c.0)).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Lately {
            message: MessageId(row.id),
            author: PersonId(row.author),
            author_name: row.author_name,
            channel: ChannelId(row.channel),
            channel_name: row.channel_name,
            source: row.source,
            sent: Timestamp(row.sent),
        })
        .collect())
}

pub async fn insert(
    conn: &mut Conn,
    id: BulkId,
    event: EventId,
    channel: Option<ChannelId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO bulk_removal (id, event, channel, made) VALUES ($1, $2, $3, $4)")
        .bind(id.0).bind(event.0).bind(channel.map(|c| c.0)).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Keeps the words of a message that is about to be removed.
pub async fn keep(conn: &mut Conn, bulk: BulkId, message: MessageId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO bulk_removed (bulk, message, source, body, images) SELECT $1, id, source, body, images FROM message WHERE id = $2",
    ).bind(bulk.0).bind(message.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Leaves the places of all messages that a removal keeps, and nothing of what
/// they said: what `messages::remove` does to one.
pub async fn remove_kept(conn: &mut Conn, bulk: BulkId, by: Removal) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE message SET source = '', body = '[]', images = NULL, edited = NULL, pinned = NULL, removed = $2
         WHERE id IN (SELECT message FROM bulk_removed WHERE bulk = $1)",
    ).bind(bulk.0).bind(by.word()).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM message_edit WHERE message IN (SELECT message FROM bulk_removed WHERE bulk = $1)")
        .bind(bulk.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM mention WHERE message IN (SELECT message FROM bulk_removed WHERE bulk = $1)")
        .bind(bulk.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM reaction WHERE message IN (SELECT message FROM bulk_removed WHERE bulk = $1)")
        .bind(bulk.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Where a removal was made, and when it was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    pub event: EventId,
    /// The one channel it was about.
    pub channel: Option<ChannelId>,
    pub undone: Option<Timestamp>,
}

pub async fn find(conn: &mut Conn, id: BulkId) -> Result<Option<Made>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        event: Uuid,
        channel: Option<Uuid>,
        undone: Option<i64>,
    }
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT event, channel, undone FROM bulk_removal WHERE id = $1")
        .bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(|row| Made {
        event: EventId(row.event),
        channel: row.channel.map(ChannelId),
        undone: row.undone.map(Timestamp),
    }))
}

pub async fn list_kept(conn: &mut Conn, id: BulkId) -> Result<Vec<Kept>, StoreError> {
    let rows: Vec<KeptRow> = on!(conn, c => sqlx::query_as(
        "SELECT message, source, body, images FROM bulk_removed WHERE bulk = $1 ORDER BY message",
    ).bind(id.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Kept {
            message: MessageId(row.message),
            source: row.source,
            body: row.body,
            images: row.images,
        })
        .collect())
}

/// Removals whose words are still kept, newest first.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    limit: i64,
) -> Result<Vec<Bulk>, StoreError> {
    let rows: Vec<BulkRow> = on!(conn, c => sqlx::query_as(
        "SELECT b.id, b.made, b.undone, COUNT(r.message) AS messages
         FROM bulk_removal b LEFT JOIN bulk_removed r ON r.bulk = b.id
         WHERE b.event = $1 AND ($2 OR b.channel = $3) GROUP BY b.id, b.made, b.undone ORDER BY b.made DESC LIMIT $4",
    ).bind(event.0).bind(channel.is_none()).bind(channel.map(|c| c.0)).bind(limit).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Bulk {
            id: BulkId(row.id),
            made: Timestamp(row.made),
            undone: row.undone.map(Timestamp),
            messages: row.messages,
        })
        .collect())
}

/// Gives a message its words back.
pub async fn restore(conn: &mut Conn, kept: &Kept) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET source = $2, body = $3, images = $4, removed = NULL WHERE id = $1")
        .bind(kept.message.0).bind(&kept.source).bind(&kept.body).bind(kept.images.as_deref()).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// It was taken back: its words are where they were, and kept no longer.
pub async fn undo(conn: &mut Conn, id: BulkId, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE bulk_removal SET undone = $2 WHERE id = $1").bind(id.0).bind(now.0)
        .execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM bulk_removed WHERE bulk = $1").bind(id.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM bulk_removal WHERE made < $1").bind(before.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_time() {
        let at = Timestamp(1_795_461_600_000);
        let id = Uuid::from_u128((0x1A2_0A0B_0C0D_u128 << 80) | (7 << 76) | 5);
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        let made = Timestamp(seconds as i64 * 1_000 + i64::from(nanos / 1_000_000));
        assert!(first_id(made) <= id && first_id(Timestamp(made.0 + 1)) > id);
        assert!(first_id(at) < first_id(Timestamp(at.0 + 1)));
    }
}

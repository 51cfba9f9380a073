//! Exports of an event's whole chat: how far each is, channel by channel. The
//! pieces themselves are blobs.

use hallway_model::channels::Channel;
use hallway_model::ids::{ChannelId, ChatExportId, EventId, PersonId};
use hallway_model::people::Language;
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub id: ChatExportId,
    pub event: EventId,
    pub person: PersonId,
    pub language: Language,
    pub ready: bool,
    /// Written so far.
    pub messages: i64,
    pub created: Timestamp,
    pub finished: Option<Timestamp>,
    pub channels: i64,
    pub channels_ended: i64,
}

/// A channel within an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub position: i64,
    pub channel: ChannelId,
    pub slug: String,
    pub name: String,
    pub after: i64,
    pub pieces: i64,
    pub ended: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    person: Uuid,
    language: String,
    state: String,
    messages: i64,
    created: i64,
    finished: Option<i64>,
    channels: i64,
    channels_ended: i64,
}

#[derive(FromRow)]
struct PartRow {
    position: i64,
    channel: Uuid,
    slug: String,
    name: String,
    after_seq: i64,
    pieces: i64,
    ended: bool,
}

/// Rows of one INSERT.
const ROWS: usize = 500;

pub async fn insert(
    conn: &mut Conn,
    export: &Export,
    channels: &[Channel],
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO chat_export (id, event, person, language, state, messages, created) VALUES ($1, $2, $3, $4, 'running', 0, $5)",
    ).bind(export.id.0).bind(export.event.0).bind(export.person.0).bind(export.language.code()).bind(export.created.0)
    .execute(c).await.map(|_| ()))?;
    let mut position = 0_i64;
    for some in channels.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "INSERT INTO chat_export_channel (export, position, channel, slug, name, after_seq, pieces, ended) ",
            );
            query.push_values(some, |mut row, channel| {
                row.push_bind(export.id.0)
                    .push_bind(position)
                    .push_bind(channel.id.0)
                    .push_bind(channel.slug.as_str())
                    .push_bind(channel.name.as_str())
                    .push_bind(0_i64)
                    .push_bind(0_i64)
                    .push_bind(false);
                position += 1;
            });
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

pub async fn find(conn: &mut Conn, id: ChatExportId) -> Result<Option<Export>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT x.id, x.event, x.person, x.language, x.state, x.messages, x.created, x.finished, COUNT(p.position) AS channels,
         COUNT(CASE WHEN p.ended THEN 1 END) AS channels_ended
         FROM chat_export x LEFT JOIN chat_export_channel p ON p.export = x.id WHERE x.id = $1
         GROUP BY x.id, x.event, x.person, x.language, x.state, x.messages, x.created, x.finished",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(export))
}

/// What a person had made at an event, the newest first.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<Vec<Export>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT x.id, x.event, x.person, x.language, x.state, x.messages, x.created, x.finished, COUNT(p.position) AS channels,
         COUNT(CASE WHEN p.ended THEN 1 END) AS channels_ended
         FROM chat_export x LEFT JOIN chat_export_channel p ON p.export = x.id WHERE x.event = $1 AND x.person = $2
         GROUP BY x.id, x.event, x.person, x.language, x.state, x.messages, x.created, x.finished ORDER BY x.created DESC LIMIT 20",
    ).bind(event.0).bind(person.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(export).collect())
}

/// The channels of an export, in their order.
pub async fn parts(conn: &mut Conn, id: ChatExportId) -> Result<Vec<Part>, StoreError> {
    let rows: Vec<PartRow> = on!(conn, c => sqlx::query_as(
        "SELECT position, channel, slug, name, after_seq, pieces, ended FROM chat_export_channel WHERE export = $1 ORDER BY position",
    ).bind(id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(part).collect())
}

/// The first channel that is not written to its end.
pub async fn next_part(conn: &mut Conn, id: ChatExportId) -> Result<Option<Part>, StoreError> {
    let row: Option<PartRow> = on!(conn, c => sqlx::query_as(
        "SELECT position, channel, slug, name, after_seq, pieces, ended FROM chat_export_channel
         WHERE export = $1 AND NOT ended ORDER BY position LIMIT 1",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(part))
}

/// Notes a piece that is in the blob store; false where it was noted already.
pub async fn note_piece(
    conn: &mut Conn,
    id: ChatExportId,
    before: &Part,
    after: &Part,
    messages: i64,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "UPDATE chat_export_channel SET after_seq = $4, pieces = $5, ended = $6
         WHERE export = $1 AND position = $2 AND pieces = $3 AND NOT ended",
    ).bind(id.0).bind(before.position).bind(before.pieces).bind(after.after).bind(after.pieces).bind(after.ended)
    .execute(c).await.map(|r| r.rows_affected()))?;
    if rows == 0 {
        return Ok(false);
    }
    on!(conn, c => sqlx::query("UPDATE chat_export SET messages = messages + $2 WHERE id = $1")
        .bind(id.0).bind(messages).execute(c).await.map(|_| ()))?;
    Ok(true)
}

pub async fn finish(conn: &mut Conn, id: ChatExportId, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE chat_export SET state = 'ready', finished = $2 WHERE id = $1 AND state = 'running'")
        .bind(id.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Takes away the exports begun before a moment, and gives their ids, so that
/// their blobs can go too.
pub async fn delete_before(
    conn: &mut Conn,
    before: Timestamp,
) -> Result<Vec<ChatExportId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("DELETE FROM chat_export WHERE created < $1 RETURNING id")
        .bind(before.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ChatExportId).collect())
}

/// Takes away the exports of an event that were begun since a moment.
pub async fn delete_since(
    conn: &mut Conn,
    event: EventId,
    since: Timestamp,
) -> Result<Vec<ChatExportId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("DELETE FROM chat_export WHERE event = $1 AND created >= $2 RETURNING id")
        .bind(event.0).bind(since.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ChatExportId).collect())
}

fn export(row: Row) -> Export {
    Export {
        id: ChatExportId(row.id),
        event: EventId(row.event),
        person: PersonId(row.person),
        language: Language::from_code(&row.language).unwrap_or_default(),
        ready: row.state == "ready",
        messages: row.messages,
        created: Timestamp(row.created),
        finished: row.finished.map(Timestamp),
        channels: row.channels,
        channels_ended: row.channels_ended,
    }
}

fn part(row: PartRow) -> Part {
    Part {
        position: row.position,
        channel: ChannelId(row.channel),
        slug: row.slug,
        name: row.name,
        after: row.after_seq,
        pieces: row.pieces,
        ended: row.ended,
    }
}

//! What an event asks of messages, and those that wait for a moderator.

use hallway_model::ids::{ChannelId, EventId, HeldId, PersonId};
use hallway_model::screening::{HoldReason, Screening};
use hallway_model::time::{Span, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// All that is to be known before somebody says something in a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub rules: Screening,
    pub calm_until: Option<Timestamp>,
    pub slow: Option<Span>,
    pub new_until: Option<Timestamp>,
}

#[derive(FromRow)]
struct StandingRow {
    rules: Option<String>,
    calm_until: Option<i64>,
    calm_here: Option<i64>,
    seconds: Option<i64>,
    new_until: Option<i64>,
}

/// A message that waits, or was refused lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub id: HeldId,
    pub event: EventId,
    pub channel: ChannelId,
    pub author: PersonId,
    /// What was to be posted, as the service wrote it.
    pub command: String,
    pub source: String,
    /// Its pictures as JSON; none where it has none.
    pub images: Option<String>,
    pub reason: HoldReason,
    pub made: Timestamp,
    pub refused: Option<Timestamp>,
}

/// The same with the names its ids lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedHeld {
    pub held: Held,
    pub author_name: Option<String>,
    pub channel_name: String,
}

#[derive(FromRow)]
struct HeldRow {
    id: Uuid,
    event: Uuid,
    channel: Uuid,
    channel_name: String,
    author: Uuid,
    author_name: Option<String>,
    command: String,
    source: String,
    images: Option<String>,
    reason: String,
    made: i64,
    refused: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT h.id, h.event, h.channel, c.name AS channel_name, h.author, p.name AS author_name,
                    h.command, h.source, h.images, h.reason, h.made, h.refused
             FROM held_message h
             JOIN channel c ON c.id = h.channel
             LEFT JOIN person p ON p.id = h.author AND p.deleted IS NULL ",
            $rest
        )
    };
}

/// One query, for it is asked before every message.
pub async fn standing(
    conn: &mut Conn,
    event: EventId,
    channel: ChannelId,
    person: PersonId,
) -> Result<Standing, StoreError> {
    let row: StandingRow = on!(conn, c => sqlx::query_as(
        "SELECT s.rules, s.calm_until, k.until AS calm_here, m.seconds, p.new_until
         FROM event e
         LEFT JOIN screening s ON s.event = e.id
         LEFT JOIN channel_calm k ON k.channel = $2
         LEFT JOIN slow_mode m ON m.channel = $2
         LEFT JOIN person p ON p.id = $3
         WHERE e.id = $1",
    ).bind(event.0).bind(channel.0).bind(person.0).fetch_one(c).await)?;
    Ok(Standing {
        rules: rules(row.rules)?,
        // Whichever holds longer.
        calm_until: row.calm_until.max(row.calm_here).map(Timestamp),
        slow: row.seconds.map(Span::seconds),
        new_until: row.new_until.map(Timestamp),
    })
}

/// An event's rules, and until when it is calmed.
pub async fn find(
    conn: &mut Conn,
    event: EventId,
) -> Result<(Screening, Option<Timestamp>), StoreError> {
    #[derive(FromRow)]
    struct Row {
        rules: String,
        calm_until: Option<i64>,
    }
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT rules, calm_until FROM screening WHERE event = $1")
        .bind(event.0).fetch_optional(c).await)?;
    match row {
        Some(row) => Ok((rules(Some(row.rules))?, row.calm_until.map(Timestamp))),
        None => Ok((Screening::default(), None)),
    }
}

pub async fn set_rules(
    conn: &mut Conn,
    event: EventId,
    rules: &Screening,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).unwrap_or_else(|_| "{}".into());
    on!(conn, c => sqlx::query(
        "INSERT INTO screening (event, rules) VALUES ($1, $2) ON CONFLICT (event) DO UPDATE SET rules = excluded.rules",
    ).bind(event.0).bind(&text).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn set_calm(
    conn: &mut Conn,
    event: EventId,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO screening (event, rules, calm_until) VALUES ($1, '{}', $2)
         ON CONFLICT (event) DO UPDATE SET calm_until = excluded.calm_until",
    ).bind(event.0).bind(until.map(|t| t.0)).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Until when one channel is calmed.
pub async fn calm_here(
    conn: &mut Conn,
    channel: ChannelId,
) -> Result<Option<Timestamp>, StoreError> {
    let until: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT until FROM channel_calm WHERE channel = $1")
        .bind(channel.0).fetch_optional(c).await)?;
    Ok(until.map(Timestamp))
}

pub async fn set_calm_here(
    conn: &mut Conn,
    channel: ChannelId,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    match until {
        Some(until) => on!(conn, c => sqlx::query(
            "INSERT INTO channel_calm (channel, until) VALUES ($1, $2) ON CONFLICT (channel) DO UPDATE SET until = excluded.until",
        ).bind(channel.0).bind(until.0).execute(c).await.map(|_| ()))?,
        None => {
            on!(conn, c => sqlx::query("DELETE FROM channel_calm WHERE channel = $1").bind(channel.0)
            .execute(c).await.map(|_| ()))?
        }
    }
    Ok(())
}

pub async fn set_slow(
    conn: &mut Conn,
    channel: ChannelId,
    pause: Option<Span>,
) -> Result<(), StoreError> {
    match pause {
        Some(pause) => on!(conn, c => sqlx::query(
            "INSERT INTO slow_mode (channel, seconds) VALUES ($1, $2) ON CONFLICT (channel) DO UPDATE SET seconds = excluded.seconds",
        ).bind(channel.0).bind(pause.as_seconds()).execute(c).await.map(|_| ()))?,
        None => {
            on!(conn, c => sqlx::query("DELETE FROM slow_mode WHERE channel = $1").bind(channel.0)
            .execute(c).await.map(|_| ()))?
        }
    }
    Ok(())
}

/// Channels of an event with the pause of their slow mode.
pub async fn list_slow(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<(ChannelId, Span)>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        channel: Uuid,
        seconds: i64,
    }
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT m.channel, m.seconds FROM slow_mode m JOIN channel c ON c.id = m.channel WHERE c.event = $1",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| (ChannelId(row.channel), Span::seconds(row.seconds)))
        .collect())
}

/// What somebody said at an event so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// When they last wanted to say something in the channel, and anywhere at
    /// the event: what waits counts too.
    pub here: Option<Timestamp>,
    pub anywhere: Option<Timestamp>,
    /// Whether anything of it was let through.
    pub something: bool,
}

pub async fn said(
    conn: &mut Conn,
    event: EventId,
    channel: ChannelId,
    person: PersonId,
) -> Result<Said, StoreError> {
    #[derive(FromRow)]
    struct Row {
        here: Option<i64>,
        anywhere: Option<i64>,
        messages: i64,
    }
    let row: Row = on!(conn, c => sqlx::query_as(
        "SELECT MAX(CASE WHEN channel = $2 THEN sent END) AS here, MAX(sent) AS anywhere, COUNT(through) AS messages FROM (
            SELECT m.channel, m.sent, 1 AS through FROM message m JOIN channel c ON c.id = m.channel WHERE m.author = $3 AND c.event = $1
            UNION ALL
            SELECT h.channel, h.made, NULL FROM held_message h WHERE h.author = $3 AND h.event = $1
         ) AS said",
    ).bind(event.0).bind(channel.0).bind(person.0).fetch_one(c).await)?;
    Ok(Said {
        here: row.here.map(Timestamp),
        anywhere: row.anywhere.map(Timestamp),
        something: row.messages > 0,
    })
}

pub async fn hold(conn: &mut Conn, held: &Held) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO held_message (id, event, channel, author, command, source, reason, made, images) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(held.id.0).bind(held.event.0).bind(held.channel.0).bind(held.author.0).bind(&held.command)
    .bind(&held.source).bind(held.reason.word()).bind(held.made.0).bind(held.images.as_deref())
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find_held(conn: &mut Conn, id: HeldId) -> Result<Option<ListedHeld>, StoreError> {
    let row: Option<HeldRow> = on!(conn, c => sqlx::query_as(select!("WHERE h.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(held).transpose()
}

/// What waits at an event, or in one channel of it, oldest first.
pub async fn list_held(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    limit: i64,
) -> Result<Vec<ListedHeld>, StoreError> {
    let rows: Vec<HeldRow> = on!(conn, c => sqlx::query_as(
        select!("WHERE h.event = $1 AND ($2 OR h.channel = $3) AND h.refused IS NULL ORDER BY h.made, h.id LIMIT $4"),
    ).bind(event.0).bind(channel.is_none()).bind(channel.map(|c| c.0)).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(held).collect()
}

/// What somebody wanted to say in a channel and waits, or was refused lately.
pub async fn list_own(
    conn: &mut Conn,
    channel: ChannelId,
    author: PersonId,
    limit: i64,
) -> Result<Vec<ListedHeld>, StoreError> {
    let rows: Vec<HeldRow> = on!(conn, c => sqlx::query_as(
        select!("WHERE h.channel = $1 AND h.author = $2 ORDER BY h.made, h.id LIMIT $3"),
    ).bind(channel.0).bind(author.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(held).collect()
}

pub async fn count_held(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM held_message WHERE event = $1 AND refused IS NULL",
    ).bind(event.0).fetch_one(c).await)?)
}

/// How many of a person's messages wait at an event.
pub async fn count_held_of(
    conn: &mut Conn,
    event: EventId,
    author: PersonId,
) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM held_message WHERE event = $1 AND author = $2 AND refused IS NULL",
    ).bind(event.0).bind(author.0).fetch_one(c).await)?)
}

pub async fn refuse_held(conn: &mut Conn, id: HeldId, at: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE held_message SET refused = $2 WHERE id = $1").bind(id.0).bind(at.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete_held(conn: &mut Conn, id: HeldId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM held_message WHERE id = $1").bind(id.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Drops all that waits of a person at an event, or in one channel of it.
pub async fn delete_held_of(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    author: PersonId,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "DELETE FROM held_message WHERE event = $1 AND author = $2 AND refused IS NULL AND ($3 OR channel = $4)",
    ).bind(event.0).bind(author.0).bind(channel.is_none()).bind(channel.map(|c| c.0)).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Forgets what was refused before `before`.
pub async fn delete_refused_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM held_message WHERE refused < $1").bind(before.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

fn rules(text: Option<String>) -> Result<Screening, StoreError> {
    match text {
        Some(text) => serde_json::from_str(&text).map_err(|e| StoreError::damaged("rules", e)),
        None => Ok(Screening::default()),
    }
}

fn held(row: HeldRow) -> Result<ListedHeld, StoreError> {
    Ok(ListedHeld {
        held: Held {
            id: HeldId(row.id),
            event: EventId(row.event),
            channel: ChannelId(row.channel),
            author: PersonId(row.author),
            command: row.command,
            source: row.source,
            images: row.images,
            reason: HoldReason::from_word(&row.reason)
                .ok_or_else(|| StoreError::damaged("hold", &row.reason))?,
            made: Timestamp(row.made),
            refused: row.refused.map(Timestamp),
        },
        author_name: row.author_name,
        channel_name: row.channel_name,
    })
}

//! Incoming webhooks: the channel each leads to, and the names it speaks under.

use hallway_model::ids::{ChannelId, EventId, IncomingHookId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub id: IncomingHookId,
    pub event: EventId,
    pub channel: ChannelId,
    pub person: PersonId,
    pub created: Timestamp,
    pub used: Option<Timestamp>,
}

/// A hook with the words people know its name and channel by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub hook: Hook,
    pub name: String,
    pub channel_slug: String,
    pub channel_name: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    channel: Uuid,
    person: Uuid,
    created: i64,
    used: Option<i64>,
}

pub async fn insert(conn: &mut Conn, hook: &Hook, token_hash: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO incoming_hook (id, event, channel, person, token_hash, created) VALUES ($1, $2, $3, $4, $5, $6)",
    ).bind(hook.id.0).bind(hook.event.0).bind(hook.channel.0).bind(hook.person.0).bind(token_hash).bind(hook.created.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// The hook that a token opens. Where its channel was merged into another, it
/// leads to that one.
pub async fn find_by_hash(conn: &mut Conn, token_hash: &str) -> Result<Option<Hook>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT h.id, h.event, COALESCE(c.merged_into, h.channel) AS channel, h.person, h.created, h.used
         FROM incoming_hook h JOIN channel c ON c.id = h.channel WHERE h.token_hash = $1",
    ).bind(token_hash).fetch_optional(c).await)?;
    Ok(row.map(hook))
}

/// A hook of an event that still works.
pub async fn find(
    conn: &mut Conn,
    event: EventId,
    id: IncomingHookId,
) -> Result<Option<Hook>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, channel, person, created, used FROM incoming_hook
         WHERE event = $1 AND id = $2 AND token_hash IS NOT NULL",
    ).bind(event.0).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(hook))
}

/// The hooks of an event that work, the newest last.
pub async fn list(conn: &mut Conn, event: EventId) -> Result<Vec<Listed>, StoreError> {
    #[derive(FromRow)]
    struct Wide {
        id: Uuid,
        event: Uuid,
        channel: Uuid,
        person: Uuid,
        created: i64,
        used: Option<i64>,
        name: String,
        channel_slug: String,
        channel_name: String,
    }
    let rows: Vec<Wide> = on!(conn, c => sqlx::query_as(
        "SELECT h.id, h.event, h.channel, h.person, h.created, h.used, p.name, c.slug AS channel_slug, c.name AS channel_name
         FROM incoming_hook h JOIN person p ON p.id = h.person JOIN channel c ON c.id = h.channel
         WHERE h.event = $1 AND h.token_hash IS NOT NULL ORDER BY h.created, h.id LIMIT 200",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            hook: hook(Row {
                id: row.id,
                event: row.event,
                channel: row.channel,
                person: row.person,
                created: row.created,
                used: row.used,
            }),
            name: row.name,
            channel_slug: row.channel_slug,
            channel_name: row.channel_name,
        })
        .collect())
}

/// Gives a hook another token, or none: the one before stops working.
pub async fn set_token(
    conn: &mut Conn,
    id: IncomingHookId,
    token_hash: Option<&str>,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE incoming_hook SET token_hash = $2 WHERE id = $1")
        .bind(id.0).bind(token_hash).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn set_used(
    conn: &mut Conn,
    id: IncomingHookId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE incoming_hook SET used = $2 WHERE id = $1")
        .bind(id.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whoever stands for one of a hook's further names.
pub async fn find_name(
    conn: &mut Conn,
    id: IncomingHookId,
    name: &str,
) -> Result<Option<PersonId>, StoreError> {
    let person: Option<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT person FROM incoming_hook_name WHERE hook = $1 AND name = $2",
    ).bind(id.0).bind(name).fetch_optional(c).await)?;
    Ok(person.map(PersonId))
}

pub async fn count_names(conn: &mut Conn, id: IncomingHookId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM incoming_hook_name WHERE hook = $1")
        .bind(id.0).fetch_one(c).await)?,
    )
}

pub async fn insert_name(
    conn: &mut Conn,
    id: IncomingHookId,
    name: &str,
    person: PersonId,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO incoming_hook_name (hook, name, person) VALUES ($1, $2, $3)")
        .bind(id.0).bind(name).bind(person.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn hook(row: Row) -> Hook {
    Hook {
        id: IncomingHookId(row.id),
        event: EventId(row.event),
        channel: ChannelId(row.channel),
        person: PersonId(row.person),
        created: Timestamp(row.created),
        used: row.used.map(Timestamp),
    }
}

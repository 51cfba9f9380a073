//! Outgoing webhooks: what each listens to, how far it was told, and the log of
//! its deliveries.

use hallway_model::ids::{DeliveryId, EventId, OutgoingHookId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub id: OutgoingHookId,
    pub event: EventId,
    pub url: String,
    /// What its deliveries are signed with: kept as it is, for signing needs it.
    pub secret: String,
    /// The secret before, while receivers change over.
    pub old_secret: Option<String>,
    pub created: Timestamp,
    /// Since when nothing got through.
    pub failing_since: Option<Timestamp>,
    /// When it was switched off, by itself or by hand.
    pub disabled: Option<Timestamp>,
}

/// A topic that a hook listens to, and the event it was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub hook: OutgoingHookId,
    pub topic: String,
    pub seq: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub hook: OutgoingHookId,
    pub kind: String,
    pub body: String,
    pub created: Timestamp,
    pub attempts: i64,
    /// Status of the last answer, where there was one.
    pub status: Option<i64>,
    pub failure: Option<String>,
    pub delivered: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    url: String,
    secret: String,
    old_secret: Option<String>,
    created: i64,
    failing_since: Option<i64>,
    disabled: Option<i64>,
}

#[derive(FromRow)]
struct DeliveryRow {
    id: Uuid,
    hook: Uuid,
    kind: String,
    body: String,
    created: i64,
    attempts: i64,
    status: Option<i64>,
    failure: Option<String>,
    delivered: Option<i64>,
}

pub async fn insert(conn: &mut Conn, hook: &Hook) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO outgoing_hook (id, event, url, secret, created) VALUES ($1, $2, $3, $4, $5)",
    ).bind(hook.id.0).bind(hook.event.0).bind(&hook.url).bind(&hook.secret).bind(hook.created.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Has a hook listen to a topic from now on.
pub async fn listen(conn: &mut Conn, hook: OutgoingHookId, topic: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO outgoing_hook_topic (hook, topic, seq) VALUES ($1, $2, COALESCE((SELECT seq FROM topic WHERE name = $2), 0))",
    ).bind(hook.0).bind(topic).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: OutgoingHookId) -> Result<Option<Hook>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, url, secret, old_secret, created, failing_since, disabled FROM outgoing_hook WHERE id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(hook))
}

pub async fn list(conn: &mut Conn, event: EventId) -> Result<Vec<Hook>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, event, url, secret, old_secret, created, failing_since, disabled FROM outgoing_hook
         WHERE event = $1 ORDER BY created, id LIMIT 100",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(hook).collect())
}

/// Topics of a hook.
pub async fn topics(conn: &mut Conn, id: OutgoingHookId) -> Result<Vec<String>, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT topic FROM outgoing_hook_topic WHERE hook = $1 ORDER BY topic")
        .bind(id.0).fetch_all(c).await)?,
    )
}

/// Saves secrets and state.
pub async fn update(conn: &mut Conn, hook: &Hook) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE outgoing_hook SET secret = $2, old_secret = $3, failing_since = $4, disabled = $5 WHERE id = $1",
    ).bind(hook.id.0).bind(&hook.secret).bind(hook.old_secret.as_deref()).bind(hook.failing_since.map(|at| at.0))
    .bind(hook.disabled.map(|at| at.0)).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete(conn: &mut Conn, id: OutgoingHookId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM outgoing_hook WHERE id = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Where hooks that work are behind what happened.
pub async fn behind(conn: &mut Conn, limit: i64) -> Result<Vec<Cursor>, StoreError> {
    #[derive(FromRow)]
    struct Behind {
        hook: Uuid,
        topic: String,
        seq: i64,
    }
    let rows: Vec<Behind> = on!(conn, c => sqlx::query_as(
        "SELECT l.hook, l.topic, l.seq FROM outgoing_hook_topic l JOIN outgoing_hook h ON h.id = l.hook
         JOIN topic t ON t.name = l.topic WHERE t.seq > l.seq AND h.disabled IS NULL LIMIT $1",
    ).bind(limit).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Cursor {
            hook: OutgoingHookId(row.hook),
            topic: row.topic,
            seq: row.seq,
        })
        .collect())
}

/// Moves a cursor on; false where somebody else did.
pub async fn advance(conn: &mut Conn, from: &Cursor, to: i64) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query("UPDATE outgoing_hook_topic SET seq = $4 WHERE hook = $1 AND topic = $2 AND seq = $3")
        .bind(from.hook.0).bind(&from.topic).bind(from.seq).bind(to).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows == 1)
}

/// Moves all cursors of a hook to what happened last: what it missed while it
/// was off is not told.
pub async fn catch_up(conn: &mut Conn, id: OutgoingHookId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE outgoing_hook_topic SET seq = COALESCE((SELECT t.seq FROM topic t WHERE t.name = outgoing_hook_topic.topic), 0) WHERE hook = $1",
    ).bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn insert_delivery(conn: &mut Conn, delivery: &Delivery) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO delivery (id, hook, kind, body, created, attempts) VALUES ($1, $2, $3, $4, $5, 0)",
    ).bind(delivery.id.0).bind(delivery.hook.0).bind(&delivery.kind).bind(&delivery.body).bind(delivery.created.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find_delivery(
    conn: &mut Conn,
    id: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    let row: Option<DeliveryRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, hook, kind, body, created, attempts, status, failure, delivered FROM delivery WHERE id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(delivery))
}

/// The last deliveries of a hook, the newest first.
pub async fn list_deliveries(
    conn: &mut Conn,
    hook: OutgoingHookId,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<DeliveryRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, hook, kind, body, created, attempts, status, failure, delivered FROM delivery
         WHERE hook = $1 ORDER BY created DESC, id DESC LIMIT $2",
    ).bind(hook.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(delivery).collect())
}

/// Notes how a try ended. A body that was delivered is not needed again.
pub async fn note_try(
    conn: &mut Conn,
    id: DeliveryId,
    status: Option<i64>,
    failure: Option<&str>,
    delivered: Option<Timestamp>,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE delivery SET attempts = attempts + 1, status = $2, failure = $3, delivered = $4,
         body = CASE WHEN $5 THEN '' ELSE body END WHERE id = $1",
    ).bind(id.0).bind(status).bind(failure).bind(delivered.map(|at| at.0)).bind(delivered.is_some())
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Forgets deliveries older than `before`.
pub async fn delete_deliveries_before(
    conn: &mut Conn,
    before: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM delivery WHERE created < $1").bind(before.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Takes away what is still to be told of a person.
pub async fn erase_deliveries_of(conn: &mut Conn, person: &str) -> Result<(), StoreError> {
    let pattern = format!("%\"{person}\"%");
    on!(conn, c => sqlx::query("DELETE FROM delivery WHERE body LIKE $1").bind(pattern).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn hook(row: Row) -> Hook {
    Hook {
        id: OutgoingHookId(row.id),
        event: EventId(row.event),
        url: row.url,
        secret: row.secret,
        old_secret: row.old_secret,
        created: Timestamp(row.created),
        failing_since: row.failing_since.map(Timestamp),
        disabled: row.disabled.map(Timestamp),
    }
}

fn delivery(row: DeliveryRow) -> Delivery {
    Delivery {
        id: DeliveryId(row.id),
        hook: OutgoingHookId(row.hook),
        kind: row.kind,
        body: row.body,
        created: Timestamp(row.created),
        attempts: row.attempts,
        status: row.status,
        failure: row.failure,
        delivered: row.delivered.map(Timestamp),
    }
}

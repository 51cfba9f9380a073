//! What happened, per topic and without gaps. A row is written in the
//! transaction of the change it tells of.

use hallway_model::time::Timestamp;
use sqlx::FromRow;

use crate::db::{Conn, Engine, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Entry {
    pub topic: String,
    pub seq: i64,
    pub kind: String,
    /// The event as JSON.
    pub body: String,
}

/// Appends to a topic and gives its number. The topic's row stays locked until
/// commit, so a gap always means that something was missed.
pub async fn append(
    conn: &mut Conn,
    topic: &str,
    kind: &str,
    body: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    // Both rows in one way to the database and back, which every event takes.
    let both = match conn.engine() {
        Engine::Sqlite => {
            "INSERT INTO topic (name, seq) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET seq = topic.seq + 1;
             INSERT INTO outbox (topic, seq, kind, body, created)
             SELECT name, seq, $2, $3, $4 FROM topic WHERE name = $1 RETURNING seq"
        }
        Engine::Postgres => {
            "WITH numbered AS (
                 INSERT INTO topic (name, seq) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET seq = topic.seq + 1
                 RETURNING name, seq
             )
             INSERT INTO outbox (topic, seq, kind, body, created)
             SELECT name, seq, $2, $3, $4 FROM numbered RETURNING seq"
        }
    };
    Ok(on!(conn, c => sqlx::query_scalar(both)
        .bind(topic).bind(kind).bind(body).bind(now.0).fetch_one(c).await)?)
}

/// Number of the topic's latest event; 0 where nothing happened yet.
pub async fn latest(conn: &mut Conn, topic: &str) -> Result<i64, StoreError> {
    let seq: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT seq FROM topic WHERE name = $1").bind(topic)
        .fetch_optional(c).await)?;
    Ok(seq.unwrap_or(0))
}

/// Up to `limit` events above `after`, in order.
pub async fn list(
    conn: &mut Conn,
    topic: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    Ok(on!(conn, c => sqlx::query_as(
        "SELECT topic, seq, kind, body FROM outbox WHERE topic = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    ).bind(topic).bind(after).bind(limit).fetch_all(c).await)?)
}

/// Up to `limit` events of all topics written since a moment, oldest first.
pub async fn list_since(
    conn: &mut Conn,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    Ok(on!(conn, c => sqlx::query_as(
        "SELECT topic, seq, kind, body FROM outbox WHERE created >= $1 ORDER BY created, topic, seq LIMIT $2",
    ).bind(since.0).bind(limit).fetch_all(c).await)?)
}

/// Forgets events older than `before`; clients that were away longer refetch.
pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query("DELETE FROM outbox WHERE created < $1").bind(before.0).execute(c).await
        .map(|r| r.rows_affected()))?,
    )
}

/// Events of a topic, since a moment, whose body names an id.
pub async fn list_about(
    conn: &mut Conn,
    topic: &str,
    id: &str,
    since: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    Ok(on!(conn, c => sqlx::query_as(
        "SELECT topic, seq, kind, body FROM outbox WHERE topic = $1 AND created >= $2 AND body LIKE $3 ORDER BY seq",
    ).bind(topic).bind(since.0).bind(format!("%\"{id}\"%")).fetch_all(c).await)?)
}

/// Tells an event in other words to those who catch up.
pub async fn update_body(
    conn: &mut Conn,
    topic: &str,
    seq: i64,
    body: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE outbox SET body = $3 WHERE topic = $1 AND seq = $2")
        .bind(topic).bind(seq).bind(body).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Forgets events that carry what a person wrote, and all that was told to
/// them alone.
pub async fn erase_messages_of(conn: &mut Conn, person: &str) -> Result<(), StoreError> {
    let pattern = format!("%\"{person}\"%");
    on!(conn, c => sqlx::query("DELETE FROM outbox WHERE kind IN ('message_posted', 'message_edited', 'message_pinned', 'reaction_added', 'reaction_removed') AND body LIKE $1")
        .bind(pattern).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM outbox WHERE topic = $1").bind(format!("person:{person}"))
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

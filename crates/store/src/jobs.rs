//! The job queue: a job is enqueued in the transaction that asks for it,
//! claimed for a while by one worker, and done when it is deleted. What it does
//! must bear being done twice.

use hallway_model::ids::JobId;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, Engine, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    /// JSON
    pub body: String,
    pub attempts: i64,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    body: String,
    attempts: i64,
}

pub async fn insert(
    conn: &mut Conn,
    id: JobId,
    kind: &str,
    body: &str,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO job (id, kind, body, due, attempts, created) VALUES ($1, $2, $3, $4, 0, $5)")
        .bind(id.0).bind(kind).bind(body).bind(due.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Jobs for other people's servers, whose kinds begin with `push_`, and all
/// others: neither wait for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Own,
    Push,
}

/// Takes up to `limit` due jobs until `until`; a worker that dies lets go by then.
pub async fn claim(
    conn: &mut Conn,
    lane: Lane,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    let sql = match conn.engine() {
        Engine::Sqlite => {
            "UPDATE job SET claimed_until = $2, attempts = attempts + 1 WHERE id IN
             (SELECT id FROM job WHERE due <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
              AND (SUBSTR(kind, 1, 5) = 'push_') = $4 ORDER BY due LIMIT $3)
             RETURNING id, kind, body, attempts"
        }
        Engine::Postgres => {
            "UPDATE job SET claimed_until = $2, attempts = attempts + 1 WHERE id IN
             (SELECT id FROM job WHERE due <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
              AND (SUBSTR(kind, 1, 5) = 'push_') = $4 ORDER BY due LIMIT $3
              FOR UPDATE SKIP LOCKED)
             RETURNING id, kind, body, attempts"
        }
    };
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(sql).bind(now.0).bind(until.0).bind(limit).bind(lane == Lane::Push).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Job {
            id: JobId(row.id),
            kind: row.kind,
            body: row.body,
            attempts: row.attempts,
        })
        .collect())
}

pub async fn done(conn: &mut Conn, id: JobId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM job WHERE id = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Lets go of a job that failed, to be tried again when `due`.
pub async fn retry(
    conn: &mut Conn,
    id: JobId,
    due: Timestamp,
    failure: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE job SET claimed_until = NULL, due = $2, failure = $3 WHERE id = $1")
        .bind(id.0).bind(due.0).bind(failure).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// When the oldest job of a lane that is not claimed was due; for the gauge.
pub async fn oldest_due(conn: &mut Conn, lane: Lane) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT MIN(due) FROM job WHERE claimed_until IS NULL AND (SUBSTR(kind, 1, 5) = 'push_') = $1")
        .bind(lane == Lane::Push).fetch_one(c).await)?;
    Ok(due.map(Timestamp))
}

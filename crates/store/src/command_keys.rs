//! Answers of commands by the key they came with, so that one sent twice is
//! done once and answered alike.

use hallway_model::ids::{IdempotencyKey, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

pub async fn find(
    conn: &mut Conn,
    person: Option<PersonId>,
    key: IdempotencyKey,
) -> Result<Option<String>, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT answer FROM command_key WHERE person = $1 AND key = $2")
        .bind(person.map_or(Uuid::nil(), Uuid::from)).bind(key.0).fetch_optional(c).await)?,
    )
}

pub async fn insert(
    conn: &mut Conn,
    person: Option<PersonId>,
    key: IdempotencyKey,
    answer: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO command_key (person, key, answer, created) VALUES ($1, $2, $3, $4)")
        .bind(person.map_or(Uuid::nil(), Uuid::from)).bind(key.0).bind(answer).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// An answer that is kept, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Kept {
    person: Uuid,
    key: Uuid,
    pub answer: String,
}

/// Answers, since a moment, that name an id.
pub async fn list_about(
    conn: &mut Conn,
    id: &str,
    since: Timestamp,
) -> Result<Vec<Kept>, StoreError> {
    Ok(on!(conn, c => sqlx::query_as(
        "SELECT person, key, answer FROM command_key WHERE created >= $1 AND answer LIKE $2",
    ).bind(since.0).bind(format!("%\"{id}\"%")).fetch_all(c).await)?)
}

/// Gives another answer from now on.
pub async fn update(conn: &mut Conn, kept: &Kept, answer: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE command_key SET answer = $3 WHERE person = $1 AND key = $2")
        .bind(kept.person).bind(kept.key).bind(answer).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Forgets keys older than `before`.
pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM command_key WHERE created < $1").bind(before.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

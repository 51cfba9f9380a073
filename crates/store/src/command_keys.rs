//! Answers of commands by the key they came with, so that one sent twice is
//! done once and answered alike.

use hallway_model::ids::{IdempotencyKey, PersonId};
use hallway_model::time::Timestamp;
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

/// Forgets keys older than `before`.
pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM command_key WHERE created < $1").bind(before.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

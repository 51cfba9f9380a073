//! Who wants nothing of whom.

use hallway_model::ids::PersonId;
use hallway_model::time::Timestamp;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Blocking twice changes nothing.
pub async fn insert(
    conn: &mut Conn,
    person: PersonId,
    blocked: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO block (person, blocked, created) VALUES ($1, $2, $3) ON CONFLICT (person, blocked) DO NOTHING")
        .bind(person.0).bind(blocked.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete(
    conn: &mut Conn,
    person: PersonId,
    blocked: PersonId,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM block WHERE person = $1 AND blocked = $2").bind(person.0).bind(blocked.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether `person` blocked `other`.
pub async fn of(conn: &mut Conn, person: PersonId, other: PersonId) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM block WHERE person = $1 AND blocked = $2")
        .bind(person.0).bind(other.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Whether either blocked the other.
pub async fn between(conn: &mut Conn, one: PersonId, other: PersonId) -> Result<bool, StoreError> {
    Ok(of(conn, one, other).await? || of(conn, other, one).await?)
}

/// Everyone from whom a block parts the person, whoever of them set it.
pub async fn list_parted(conn: &mut Conn, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT blocked FROM block WHERE person = $1 UNION SELECT person FROM block WHERE blocked = $1",
    ).bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// Everyone the person blocked, the latest first.
pub async fn list(conn: &mut Conn, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("SELECT blocked FROM block WHERE person = $1 ORDER BY created DESC, blocked LIMIT 1000")
        .bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

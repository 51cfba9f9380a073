//! Who follows which thread.

use hallway_model::ids::{MessageId, PersonId};
use hallway_model::time::Timestamp;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Following twice is following once.
pub async fn insert(
    conn: &mut Conn,
    root: MessageId,
    person: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO thread_follow (root, person, since) VALUES ($1, $2, $3) ON CONFLICT (root, person) DO NOTHING",
    ).bind(root.0).bind(person.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Everybody who follows a thread, longest first.
pub async fn list(conn: &mut Conn, root: MessageId) -> Result<Vec<PersonId>, StoreError> {
    let people: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT person FROM thread_follow WHERE root = $1 ORDER BY since, person",
    ).bind(root.0).fetch_all(c).await)?;
    Ok(people.into_iter().map(PersonId).collect())
}

//! Keys of the installation itself, made once.

use hallway_model::time::Timestamp;

use crate::db::{Conn, on};
use crate::error::StoreError;

pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT secret FROM server_key WHERE name = $1").bind(name)
        .fetch_optional(c).await)?,
    )
}

/// Keeps the first key of a name: what was given out by it stays good.
pub async fn insert(
    conn: &mut Conn,
    name: &str,
    secret: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO server_key (name, secret, created) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(name).bind(secret).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

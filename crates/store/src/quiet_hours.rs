//! When people do not want to be told anything.

use hallway_model::ids::PersonId;
use hallway_model::quiet_hours::QuietHours;
use sqlx::FromRow;

use crate::db::{Conn, on};
use crate::error::StoreError;

pub async fn find(conn: &mut Conn, person: PersonId) -> Result<Option<QuietHours>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        begins: i64,
        ends: i64,
    }
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT begins, ends FROM quiet_hours WHERE person = $1")
        .bind(person.0).fetch_optional(c).await)?;
    Ok(row.map(|row| QuietHours {
        begins: row.begins,
        ends: row.ends,
    }))
}

pub async fn put(conn: &mut Conn, person: PersonId, hours: QuietHours) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO quiet_hours (person, begins, ends) VALUES ($1, $2, $3)
         ON CONFLICT (person) DO UPDATE SET begins = excluded.begins, ends = excluded.ends",
    ).bind(person.0).bind(hours.begins).bind(hours.ends).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete(conn: &mut Conn, person: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM quiet_hours WHERE person = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

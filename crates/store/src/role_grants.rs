//! Roles people were granted, per scope.

use hallway_model::access::{Grant, Role, Scope};
use hallway_model::ids::{EventId, PersonId, RoomId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    role: String,
    scope: String,
    event: Uuid,
    room: Uuid,
}

/// Granting what is granted already changes nothing.
pub async fn insert(
    conn: &mut Conn,
    person: PersonId,
    grant: Grant,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (scope, event, room) = columns(grant.scope);
    on!(conn, c => sqlx::query(
        "INSERT INTO role_grant (person, role, scope, event, room, created) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (person, role, event, room) DO NOTHING",
    )
    .bind(person.0).bind(grant.role.word()).bind(scope).bind(event).bind(room).bind(now.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn list(conn: &mut Conn, person: PersonId) -> Result<Vec<Grant>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT role, scope, event, room FROM role_grant WHERE person = $1 ORDER BY created, role",
    ).bind(person.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| grant(&row.role, &row.scope, row.event, row.room))
        .collect()
}

/// Whether anybody is admin of this installation.
pub async fn any_admin(conn: &mut Conn) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM role_grant WHERE role = 'admin'")
        .fetch_one(c).await)?;
    Ok(count > 0)
}

fn columns(scope: Scope) -> (&'static str, Uuid, Uuid) {
    match scope {
        Scope::Installation => ("installation", Uuid::nil(), Uuid::nil()),
        Scope::Event { event } => ("event", event.0, Uuid::nil()),
        Scope::Room { event, room } => ("room", event.0, room.0),
    }
}

pub(crate) fn grant(role: &str, scope: &str, event: Uuid, room: Uuid) -> Result<Grant, StoreError> {
    let role = Role::from_word(role).ok_or_else(|| StoreError::damaged("role", role))?;
    let (event, room) = (EventId(event), RoomId(room));
    let scope = match scope {
        "installation" => Scope::Installation,
        "event" => Scope::Event { event },
        "room" => Scope::Room { event, room },
        other => return Err(StoreError::damaged("scope", other)),
    };
    Ok(Grant { role, scope })
}

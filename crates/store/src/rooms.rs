//! One room at a time; whole programmes are loaded by [`crate::programmes`].

use hallway_model::ids::{EventId, RoomId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: RoomId,
    pub event: EventId,
    pub slug: String,
    pub name: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    slug: String,
    name: String,
}

pub async fn find(conn: &mut Conn, id: RoomId) -> Result<Option<Placed>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT id, event, slug, name FROM room WHERE id = $1")
        .bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(placed))
}

pub async fn find_by_slug(
    conn: &mut Conn,
    event: EventId,
    slug: &str,
) -> Result<Option<Placed>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT id, event, slug, name FROM room WHERE event = $1 AND slug = $2")
        .bind(event.0).bind(slug).fetch_optional(c).await)?;
    Ok(row.map(placed))
}

fn placed(row: Row) -> Placed {
    Placed {
        id: RoomId(row.id),
        event: EventId(row.event),
        slug: row.slug,
        name: row.name,
    }
}

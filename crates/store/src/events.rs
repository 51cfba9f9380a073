//! Events: their names, days, settings and revision.

use hallway_model::events::{Event, Settings};
use hallway_model::ids::EventId;
use hallway_model::time::{Timestamp, Zone};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    slug: String,
    title: String,
    subtitle: Option<String>,
    description: String,
    first_day: String,
    last_day: String,
    zone: String,
    settings: String,
    revision: i64,
    created: i64,
}

pub async fn insert(conn: &mut Conn, event: &Event, conference: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO event (id, slug, title, subtitle, description, first_day, last_day, zone, settings, conference, revision, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(event.id.0).bind(&event.slug).bind(&event.title).bind(event.subtitle.as_deref()).bind(&event.description)
    .bind(event.first_day.to_string()).bind(event.last_day.to_string()).bind(event.zone.name())
    .bind(settings_text(&event.settings)).bind(conference).bind(event.revision).bind(event.created.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn update(conn: &mut Conn, event: &Event) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE event SET title = $2, subtitle = $3, description = $4, first_day = $5, last_day = $6, zone = $7, settings = $8 WHERE id = $1",
    )
    .bind(event.id.0).bind(&event.title).bind(event.subtitle.as_deref()).bind(&event.description)
    .bind(event.first_day.to_string()).bind(event.last_day.to_string()).bind(event.zone.name())
    .bind(settings_text(&event.settings))
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn set_conference(
    conn: &mut Conn,
    id: EventId,
    conference: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE event SET conference = $2 WHERE id = $1").bind(id.0).bind(conference)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn conference(conn: &mut Conn, id: EventId) -> Result<String, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT conference FROM event WHERE id = $1").bind(id.0).fetch_one(c).await)?,
    )
}

/// Moves the event to its next revision, which makes every page of it new.
pub async fn next_revision(conn: &mut Conn, id: EventId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("UPDATE event SET revision = revision + 1 WHERE id = $1 RETURNING revision")
        .bind(id.0).fetch_one(c).await)?,
    )
}

pub async fn find(conn: &mut Conn, id: EventId) -> Result<Option<Event>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, slug, title, subtitle, description, first_day, last_day, zone, settings, revision, created FROM event WHERE id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    row.map(event).transpose()
}

pub async fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Event>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, slug, title, subtitle, description, first_day, last_day, zone, settings, revision, created FROM event WHERE slug = $1",
    ).bind(slug).fetch_optional(c).await)?;
    row.map(event).transpose()
}

/// The newest 200 events, by first day.
pub async fn list(conn: &mut Conn) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, slug, title, subtitle, description, first_day, last_day, zone, settings, revision, created FROM event
         ORDER BY first_day DESC, slug LIMIT 200",
    ).fetch_all(c).await)?;
    rows.into_iter().map(event).collect()
}

fn settings_text(settings: &Settings) -> String {
    serde_json::to_string(settings).unwrap_or_else(|_| "{}".into())
}

pub(crate) fn event(row: Row) -> Result<Event, StoreError> {
    Ok(Event {
        id: EventId(row.id),
        slug: row.slug,
        title: row.title,
        subtitle: row.subtitle,
        description: row.description,
        first_day: row
            .first_day
            .parse()
            .map_err(|e| StoreError::damaged("day", e))?,
        last_day: row
            .last_day
            .parse()
            .map_err(|e| StoreError::damaged("day", e))?,
        zone: Zone::named(&row.zone).map_err(|e| StoreError::damaged("zone", e))?,
        settings: serde_json::from_str(&row.settings)
            .map_err(|e| StoreError::damaged("settings", e))?,
        revision: row.revision,
        created: Timestamp(row.created),
    })
}

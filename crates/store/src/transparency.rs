//! Counts of what was reported and done at an event.

use hallway_model::audit::Deed;
use hallway_model::ids::EventId;
use hallway_model::reports::ReportReason;
use hallway_model::time::Span;
use sqlx::FromRow;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    word: String,
    number: i64,
}

/// Deeds of the log, by what they were.
pub async fn deeds(conn: &mut Conn, event: EventId) -> Result<Vec<(Deed, i64)>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT deed AS word, COUNT(*) AS number FROM audit_entry WHERE event = $1 GROUP BY deed",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((Deed::from_word(&row.word)?, row.number)))
        .collect())
}

/// Reports, by what they were about.
pub async fn reports(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<(ReportReason, i64)>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT reason AS word, COUNT(*) AS number FROM report WHERE event = $1 GROUP BY reason",
    ).bind(event.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((ReportReason::from_word(&row.word)?, row.number)))
        .collect())
}

/// From the report to its end, of the newest `limit` that have ended.
pub async fn times_to_act(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<Span>, StoreError> {
    let times: Vec<i64> = on!(conn, c => sqlx::query_scalar(
        "SELECT held_since - made FROM report WHERE event = $1 AND state = 'ended' ORDER BY held_since DESC LIMIT $2",
    ).bind(event.0).bind(limit).fetch_all(c).await)?;
    Ok(times.into_iter().map(Span).collect())
}

//! Reports without a name, found by a hash of their receipt.

use hallway_model::anonymous_reports::{AnonymousReport, Line, Side};
use hallway_model::ids::{AnonymousReportId, EventId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// A report with its first words, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub report: AnonymousReport,
    pub words: String,
    pub changed: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    made: i64,
    changed: i64,
    waits: bool,
    ended: Option<i64>,
    words: String,
}

#[derive(FromRow)]
struct LineRow {
    by_team: bool,
    words: String,
    written: i64,
}

/// A report with its first line; a `WHERE` follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.event, r.made, r.changed, r.waits, r.ended, l.words
             FROM anonymous_report r JOIN anonymous_line l ON l.report = r.id AND l.position = 0 ",
            $rest
        )
    };
}

pub async fn insert(
    conn: &mut Conn,
    report: &AnonymousReport,
    receipt_hash: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO anonymous_report (id, event, receipt_hash, made, changed, waits) VALUES ($1, $2, $3, $4, $4, $5)",
    )
    .bind(report.id.0).bind(report.event.0).bind(receipt_hash).bind(report.made.0).bind(report.waits)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn update(
    conn: &mut Conn,
    report: &AnonymousReport,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE anonymous_report SET changed = $2, waits = $3, ended = $4 WHERE id = $1")
        .bind(report.id.0).bind(now.0).bind(report.waits).bind(report.ended.map(|at| at.0))
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Puts a line after the `position` others.
pub async fn insert_line(
    conn: &mut Conn,
    report: AnonymousReportId,
    position: i64,
    line: &Line,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO anonymous_line (report, position, by_team, words, written) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(report.0).bind(position).bind(line.side.is_team()).bind(&line.words).bind(line.written.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    id: AnonymousReportId,
) -> Result<Option<AnonymousReport>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE r.id = $1")).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(|row| listed(row).report))
}

pub async fn find_by_receipt(
    conn: &mut Conn,
    event: EventId,
    receipt_hash: &str,
) -> Result<Option<AnonymousReport>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE r.event = $1 AND r.receipt_hash = $2"))
        .bind(event.0).bind(receipt_hash).fetch_optional(c).await)?;
    Ok(row.map(|row| listed(row).report))
}

/// Oldest first.
pub async fn lines(conn: &mut Conn, id: AnonymousReportId) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<LineRow> = on!(conn, c => sqlx::query_as("SELECT by_team, words, written FROM anonymous_line WHERE report = $1 ORDER BY position")
        .bind(id.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            side: if row.by_team {
                Side::Team
            } else {
                Side::Reporter
            },
            words: row.words,
            written: Timestamp(row.written),
        })
        .collect())
}

/// Those that wait for an answer first, each by what was written last; at most
/// `limit`.
pub async fn list(conn: &mut Conn, event: EventId, limit: i64) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE r.event = $1 ORDER BY CASE WHEN r.waits THEN 0 ELSE 1 END, r.changed DESC, r.id LIMIT $2"
    )).bind(event.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(listed).collect())
}

/// How many wait for an answer.
pub async fn count_waiting(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM anonymous_report WHERE event = $1 AND waits = TRUE")
        .bind(event.0).fetch_one(c).await)?,
    )
}

/// Forgets those in which nothing was written since, and that do not wait.
pub async fn delete_before(conn: &mut Conn, moment: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM anonymous_report WHERE changed < $1 AND waits = FALSE")
        .bind(moment.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn listed(row: Row) -> Listed {
    Listed {
        report: AnonymousReport {
            id: AnonymousReportId(row.id),
            event: EventId(row.event),
            made: Timestamp(row.made),
            waits: row.waits,
            ended: row.ended.map(Timestamp),
        },
        words: row.words,
        changed: Timestamp(row.changed),
    }
}

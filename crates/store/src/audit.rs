//! The audit log: added to, read, and after a year forgotten. There is no way
//! to change an entry.

use hallway_model::audit::{Deed, Entry, Subject};
use hallway_model::ids::{
    AnonymousReportId, AuditId, ChannelId, EventId, PersonId, ReportId, RoomId, SanctionId,
};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// An entry with the names that its ids lead to now; none where they are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub entry: Entry,
    pub actor_name: Option<String>,
    pub person_name: Option<String>,
    /// Of the room or channel it was done to.
    pub subject_name: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    actor: Option<Uuid>,
    actor_name: Option<String>,
    deed: String,
    subject_kind: String,
    subject: Uuid,
    subject_name: Option<String>,
    person: Option<Uuid>,
    person_name: Option<String>,
    reason: String,
    until: Option<i64>,
    created: i64,
}

pub async fn insert(conn: &mut Conn, event: EventId, entry: &Entry) -> Result<(), StoreError> {
    let (kind, subject) = columns(entry.subject, event);
    on!(conn, c => sqlx::query(
        "INSERT INTO audit_entry (id, event, actor, deed, subject_kind, subject, person, reason, until, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(entry.id.0).bind(event.0).bind(entry.actor.map(|p| p.0)).bind(entry.deed.word()).bind(kind).bind(subject)
    .bind(entry.person.map(|p| p.0)).bind(&entry.reason).bind(entry.until.map(|t| t.0)).bind(entry.at.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Up to `limit` entries before `before` (none: the newest), newest first.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT a.id, a.actor, pa.name AS actor_name, a.deed, a.subject_kind, a.subject,
                COALESCE(r.name, c.name) AS subject_name, a.person, pc.name AS person_name, a.reason, a.until, a.created
         FROM audit_entry a
         LEFT JOIN person pa ON pa.id = a.actor AND pa.deleted IS NULL
         LEFT JOIN person pc ON pc.id = a.person AND pc.deleted IS NULL
         LEFT JOIN room r ON a.subject_kind = 'room' AND r.id = a.subject
         LEFT JOIN channel c ON a.subject_kind = 'channel' AND c.id = a.subject
         WHERE a.event = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3",
    ).bind(event.0).bind(before).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM audit_entry WHERE created < $1").bind(before.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

fn columns(subject: Subject, event: EventId) -> (&'static str, Uuid) {
    match subject {
        Subject::Event => ("event", event.0),
        Subject::Room(id) => ("room", id.0),
        Subject::Channel(id) => ("channel", id.0),
        Subject::Report(id) => ("report", id.0),
        Subject::AnonymousReport(id) => ("anonymous-report", id.0),
        Subject::Sanction(id) => ("sanction", id.0),
    }
}

fn listed(row: Row) -> Result<Listed, StoreError> {
    let subject = match row.subject_kind.as_str() {
        "event" => Subject::Event,
        "room" => Subject::Room(RoomId(row.subject)),
        "channel" => Subject::Channel(ChannelId(row.subject)),
        "report" => Subject::Report(ReportId(row.subject)),
        "anonymous-report" => Subject::AnonymousReport(AnonymousReportId(row.subject)),
        "sanction" => Subject::Sanction(SanctionId(row.subject)),
        other => return Err(StoreError::damaged("subject", other)),
    };
    Ok(Listed {
        entry: Entry {
            id: AuditId(row.id),
            actor: row.actor.map(PersonId),
            deed: Deed::from_word(&row.deed)
                .ok_or_else(|| StoreError::damaged("deed", &row.deed))?,
            subject,
            person: row.person.map(PersonId),
            reason: row.reason,
            until: row.until.map(Timestamp),
            at: Timestamp(row.created),
        },
        actor_name: row.actor_name,
        person_name: row.person_name,
        subject_name: row.subject_name,
    })
}

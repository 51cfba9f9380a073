//! Reports of conduct, with the messages they quote.

use hallway_model::ids::{ChannelId, EventId, MessageId, PersonId, ReportId};
use hallway_model::reports::{About, Outcome, Report, ReportReason, ReportState};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// A report with the names its ids lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub report: Report,
    pub reporter_name: Option<String>,
    pub person_name: Option<String>,
    /// Of whoever has it, or ended it.
    pub holder_name: Option<String>,
    pub channel_name: Option<String>,
}

/// A message as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub message: MessageId,
    pub author: Option<PersonId>,
    pub author_name: String,
    pub source: String,
    pub sent: Timestamp,
    /// Whether it is the one the report is about.
    pub reported: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    reporter: Option<Uuid>,
    reporter_name: Option<String>,
    message: Option<Uuid>,
    channel: Option<Uuid>,
    channel_name: Option<String>,
    person: Option<Uuid>,
    person_name: Option<String>,
    reason: String,
    words: String,
    made: i64,
    state: String,
    held_by: Option<Uuid>,
    holder_name: Option<String>,
    held_since: Option<i64>,
    outcome: Option<String>,
    answer: Option<String>,
}

#[derive(FromRow)]
struct QuoteRow {
    message: Uuid,
    author: Option<Uuid>,
    author_name: String,
    source: String,
    sent: i64,
    reported: bool,
}

/// A report with names; a `WHERE` follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.event, r.reporter, w.name AS reporter_name, r.message, r.channel, c.name AS channel_name,
                    r.person, p.name AS person_name, r.reason, r.words, r.made, r.state, r.held_by,
                    h.name AS holder_name, r.held_since, r.outcome, r.answer
             FROM report r
             LEFT JOIN person w ON w.id = r.reporter AND w.deleted IS NULL
             LEFT JOIN person p ON p.id = r.person AND p.deleted IS NULL
             LEFT JOIN person h ON h.id = r.held_by AND h.deleted IS NULL
             LEFT JOIN channel c ON c.id = r.channel ",
            $rest
        )
    };
}

pub async fn insert(conn: &mut Conn, report: &Report, quotes: &[Quote]) -> Result<(), StoreError> {
    let (message, channel) = match report.about {
        About::Message { message, channel } => (Some(message.0), Some(channel.0)),
        About::Person => (None, None),
    };
    on!(conn, c => sqlx::query(
        "INSERT INTO report (id, event, reporter, message, channel, person, reason, words, made, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')",
    )
    .bind(report.id.0).bind(report.event.0).bind(report.reporter.map(|p| p.0)).bind(message).bind(channel)
    .bind(report.person.map(|p| p.0)).bind(report.reason.word()).bind(&report.words).bind(report.made.0)
    .execute(c).await.map(|_| ()))?;
    for (position, quote) in (0_i64..).zip(quotes) {
        on!(conn, c => sqlx::query(
            "INSERT INTO report_quote (report, position, message, author, author_name, source, sent, reported)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(report.id.0).bind(position).bind(quote.message.0).bind(quote.author.map(|p| p.0))
        .bind(&quote.author_name).bind(&quote.source).bind(quote.sent.0).bind(quote.reported)
        .execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

pub async fn update(conn: &mut Conn, report: &Report) -> Result<(), StoreError> {
    let (state, by, since, outcome, answer) = match &report.state {
        ReportState::Open => ("open", None, None, None, None),
        ReportState::Claimed { by, at } => ("claimed", Some(by.0), Some(at.0), None, None),
        ReportState::Ended {
            by,
            at,
            outcome,
            answer,
        } => (
            "ended",
            by.map(|p| p.0),
            Some(at.0),
            Some(outcome.word()),
            Some(answer.as_str()),
        ),
    };
    on!(conn, c => sqlx::query(
        "UPDATE report SET state = $2, held_by = $3, held_since = $4, outcome = $5, answer = $6 WHERE id = $1",
    )
    .bind(report.id.0).bind(state).bind(by).bind(since).bind(outcome).bind(answer)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: ReportId) -> Result<Option<Listed>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE r.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(listed).transpose()
}

pub async fn quotes(conn: &mut Conn, id: ReportId) -> Result<Vec<Quote>, StoreError> {
    let rows: Vec<QuoteRow> = on!(conn, c => sqlx::query_as(
        "SELECT message, author, author_name, source, sent, reported FROM report_quote WHERE report = $1 ORDER BY position",
    ).bind(id.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Quote {
            message: MessageId(row.message),
            author: row.author.map(PersonId),
            author_name: row.author_name,
            source: row.source,
            sent: Timestamp(row.sent),
            reported: row.reported,
        })
        .collect())
}

/// Reports that wait, of the event or of one channel, oldest first.
pub async fn list_waiting(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE r.event = $1 AND ($2 OR r.channel = $3) AND r.state <> 'ended' ORDER BY r.made, r.id LIMIT $4"),
    ).bind(event.0).bind(channel.is_none()).bind(channel.map(|c| c.0)).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

/// Reports that have ended, of the event or of one channel, newest first.
pub async fn list_ended(
    conn: &mut Conn,
    event: EventId,
    channel: Option<ChannelId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE r.event = $1 AND ($2 OR r.channel = $3) AND r.state = 'ended' ORDER BY r.held_since DESC, r.id DESC LIMIT $4"),
    ).bind(event.0).bind(channel.is_none()).bind(channel.map(|c| c.0)).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

/// What somebody reported at an event, newest first.
pub async fn list_of_reporter(
    conn: &mut Conn,
    event: EventId,
    reporter: PersonId,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE r.event = $1 AND r.reporter = $2 ORDER BY r.made DESC, r.id DESC LIMIT $3"),
    ).bind(event.0).bind(reporter.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

pub async fn count_waiting(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM report WHERE event = $1 AND state <> 'ended'",
    ).bind(event.0).fetch_one(c).await)?)
}

/// How many reports somebody made since a moment.
pub async fn count_since(
    conn: &mut Conn,
    reporter: PersonId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM report WHERE reporter = $1 AND made > $2")
        .bind(reporter.0).bind(since.0).fetch_one(c).await)?,
    )
}

/// Forgets reports that ended before `before`.
pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM report WHERE state = 'ended' AND held_since < $1").bind(before.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Takes the person out of what they reported and out of what is quoted of
/// them: the words stay with the report until it is forgotten.
pub async fn forget_person(conn: &mut Conn, person: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE report SET reporter = NULL WHERE reporter = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("UPDATE report_quote SET author = NULL, author_name = '' WHERE author = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

fn listed(row: Row) -> Result<Listed, StoreError> {
    let holder = row.held_by.map(PersonId);
    let since = row.held_since.map(Timestamp).unwrap_or_default();
    let state = match (row.state.as_str(), holder) {
        ("open", _) => ReportState::Open,
        ("claimed", Some(by)) => ReportState::Claimed { by, at: since },
        ("ended", by) => ReportState::Ended {
            by,
            at: since,
            outcome: row
                .outcome
                .as_deref()
                .and_then(Outcome::from_word)
                .ok_or_else(|| StoreError::damaged("outcome", row.outcome.unwrap_or_default()))?,
            answer: row.answer.unwrap_or_default(),
        },
        (other, _) => return Err(StoreError::damaged("report", other)),
    };
    Ok(Listed {
        report: Report {
            id: ReportId(row.id),
            event: EventId(row.event),
            reporter: row.reporter.map(PersonId),
            about: match (row.message, row.channel) {
                (Some(message), Some(channel)) => About::Message {
                    message: MessageId(message),
                    channel: ChannelId(channel),
                },
                _ => About::Person,
            },
            person: row.person.map(PersonId),
            reason: ReportReason::from_word(&row.reason)
                .ok_or_else(|| StoreError::damaged("reason", &row.reason))?,
            words: row.words,
            made: Timestamp(row.made),
            state,
        },
        reporter_name: row.reporter_name,
        person_name: row.person_name,
        holder_name: row.holder_name,
        channel_name: row.channel_name,
    })
}

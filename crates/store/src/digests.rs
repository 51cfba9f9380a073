//! Who wants to be told by mail, up to which message they were, and by which
//! messages they were called since.

use hallway_model::digests::Pace;
use hallway_model::ids::{JobId, MessageId, PersonId};
use hallway_model::time::{Timestamp, Zone};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// How somebody wants to be told by mail, and how far they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    pub person: PersonId,
    pub pace: Pace,
    pub told: MessageId,
    /// What the mail tells up to that is being sent.
    pub upto: Option<MessageId>,
    /// The job that sends the next mail.
    pub job: Option<JobId>,
}

/// Somebody who is called and for whom no mail is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    pub person: PersonId,
    pub pace: Pace,
    pub zone: Option<Zone>,
}

#[derive(FromRow)]
struct Row {
    person: Uuid,
    pace: String,
    told: Uuid,
    upto: Option<Uuid>,
    job: Option<Uuid>,
}

#[derive(FromRow)]
struct CalledRow {
    person: Uuid,
    pace: String,
    zone: Option<String>,
}

/// The first id that a message sent at a moment or later can have: ids are
/// version 7, which sort by their time.
pub fn first_id(at: Timestamp) -> MessageId {
    let millis = u128::from(at.0.max(0).unsigned_abs());
    MessageId(Uuid::from_u128((millis & 0xFFFF_FFFF_FFFF) << 80))
}

pub async fn find(conn: &mut Conn, person: PersonId) -> Result<Option<Digest>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT person, pace, told, upto, job FROM digest WHERE person = $1")
        .bind(person.0).fetch_optional(c).await)?;
    row.map(digest).transpose()
}

/// Sets how often; where it is new, what was said before `told` is no news.
pub async fn put(
    conn: &mut Conn,
    person: PersonId,
    pace: Pace,
    told: MessageId,
) -> Result<(), StoreError> {
    if pace == Pace::Off {
        on!(conn, c => sqlx::query("DELETE FROM digest WHERE person = $1").bind(person.0)
            .execute(c).await.map(|_| ()))?;
    } else {
        on!(conn, c => sqlx::query(
            "INSERT INTO digest (person, pace, told) VALUES ($1, $2, $3) ON CONFLICT (person) DO UPDATE SET pace = excluded.pace, upto = NULL, job = NULL",
        ).bind(person.0).bind(pace.word()).bind(told.0).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

/// Those whom a message calls by name, as an answer in a thread they follow, or
/// in a conversation they are in, who want mail and for whom none is on its way.
pub async fn list_called(
    conn: &mut Conn,
    message: MessageId,
    author: PersonId,
) -> Result<Vec<Called>, StoreError> {
    let rows: Vec<CalledRow> = on!(conn, c => sqlx::query_as(
        "SELECT d.person, d.pace, p.zone FROM digest d JOIN person p ON p.id = d.person
         WHERE d.person <> $2 AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = d.job)
         AND d.person IN (
            SELECT n.person FROM mention n WHERE n.message = $1
            UNION
            SELECT t.person FROM message m JOIN thread_follow t ON t.root = m.thread WHERE m.id = $1
            UNION
            SELECT i.person FROM message m JOIN channel c ON c.id = m.channel JOIN channel_member i ON i.channel = c.id
            WHERE m.id = $1 AND c.kind = 'direct' AND i.state = 'in'
         ) ORDER BY d.person",
    ).bind(message.0).bind(author.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| {
            Ok(Called {
                person: PersonId(row.person),
                pace: pace(&row.pace)?,
                zone: row.zone.and_then(|zone| Zone::named(&zone).ok()),
            })
        })
        .collect()
}

/// The job that sends somebody's next mail. False where another one does by now.
pub async fn set_job(
    conn: &mut Conn,
    person: PersonId,
    before: Option<JobId>,
    job: Option<JobId>,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "UPDATE digest SET job = $3 WHERE person = $1 AND (job = $2 OR job IS NULL OR NOT EXISTS (SELECT 1 FROM job j WHERE j.id = digest.job))",
    ).bind(person.0).bind(before.map(Uuid::from)).bind(job.map(Uuid::from))
    .execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

/// Settles what the mail of a job tells; tried again, it tells the same.
pub async fn begin(
    conn: &mut Conn,
    person: PersonId,
    job: JobId,
    upto: MessageId,
) -> Result<Option<Digest>, StoreError> {
    on!(conn, c => sqlx::query("UPDATE digest SET upto = $3 WHERE person = $1 AND job = $2 AND upto IS NULL")
        .bind(person.0).bind(job.0).bind(upto.0).execute(c).await.map(|_| ()))?;
    Ok(find(conn, person)
        .await?
        .filter(|digest| digest.job == Some(job)))
}

/// What a mail told is told; false where the choice was changed meanwhile.
pub async fn end(conn: &mut Conn, person: PersonId, job: JobId) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "UPDATE digest SET told = COALESCE(upto, told), upto = NULL, job = NULL WHERE person = $1 AND job = $2",
    ).bind(person.0).bind(job.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

/// Messages that called somebody after one and up to another, which they have not
/// read: never their own, what was removed, or of whom they blocked or who
/// blocked them. Oldest first.
pub async fn list_calls(
    conn: &mut Conn,
    person: PersonId,
    after: MessageId,
    upto: MessageId,
    limit: i64,
) -> Result<Vec<MessageId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT m.id FROM message m
         LEFT JOIN read_mark r ON r.person = $1 AND r.channel = m.channel
         LEFT JOIN follow f ON f.person = $1 AND f.channel = m.channel
         WHERE m.id IN (
            SELECT n.message FROM mention n WHERE n.person = $1 AND n.message > $2 AND n.message <= $3
            UNION
            SELECT x.id FROM thread_follow t JOIN message x ON x.thread = t.root
            WHERE t.person = $1 AND x.id > $2 AND x.id <= $3
            UNION
            SELECT x.id FROM channel_member i JOIN channel c ON c.id = i.channel JOIN message x ON x.channel = c.id
            WHERE i.person = $1 AND i.state = 'in' AND c.kind = 'direct' AND x.id > $2 AND x.id <= $3
         )
         AND m.removed IS NULL AND m.author <> $1 AND m.seq > COALESCE(r.seq, 0) AND COALESCE(f.level, '') <> 'nothing'
         AND NOT EXISTS (SELECT 1 FROM block b WHERE (b.person = $1 AND b.blocked = m.author) OR (b.person = m.author AND b.blocked = $1))
         ORDER BY m.sent, m.channel, m.seq LIMIT $4",
    ).bind(person.0).bind(after.0).bind(upto.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(MessageId).collect())
}

fn pace(word: &str) -> Result<Pace, StoreError> {
    Pace::from_word(word).ok_or_else(|| StoreError::damaged("pace", word))
}

fn digest(row: Row) -> Result<Digest, StoreError> {
    Ok(Digest {
        person: PersonId(row.person),
        pace: pace(&row.pace)?,
        told: MessageId(row.told),
        upto: row.upto.map(MessageId),
        job: row.job.map(JobId),
    })
}

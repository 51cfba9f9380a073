//! What was decided about somebody's conduct, and their appeals.

use hallway_model::ids::{ChannelId, EventId, PersonId, SanctionId};
use hallway_model::people::Person;
use hallway_model::reports::{Appeal, AppealState};
use hallway_model::sanctions::{Against, Sanction, SanctionKind, SanctionState};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::accounts;
use crate::db::{Conn, on};
use crate::error::StoreError;

/// A decision with the names its ids lead to, and the appeal against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub sanction: Sanction,
    pub person_name: Option<String>,
    pub by_name: Option<String>,
    pub channel_name: Option<String>,
    pub appeal: Option<Appeal>,
}

#[derive(FromRow)]
struct AgainstRow {
    event: Uuid,
    channel: Option<Uuid>,
    kind: String,
    until: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event: Uuid,
    channel: Option<Uuid>,
    channel_name: Option<String>,
    person: Uuid,
    person_name: Option<String>,
    kind: String,
    reason: String,
    imposed_by: Option<Uuid>,
    by_name: Option<String>,
    imposed: i64,
    until: Option<i64>,
    lifted: Option<i64>,
    words: Option<String>,
    made: Option<i64>,
    ended: Option<i64>,
    ended_by: Option<Uuid>,
    granted: Option<bool>,
    answer: Option<String>,
}

/// A decision with what stands about it; a `WHERE` follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.event, s.channel, c.name AS channel_name, s.person, p.name AS person_name, s.kind, s.reason,
                    s.imposed_by, b.name AS by_name, s.imposed, s.until, s.lifted,
                    a.words, a.made, a.ended, a.ended_by, a.granted, a.answer
             FROM sanction s
             LEFT JOIN channel c ON c.id = s.channel
             LEFT JOIN person p ON p.id = s.person AND p.deleted IS NULL
             LEFT JOIN person b ON b.id = s.imposed_by AND b.deleted IS NULL
             LEFT JOIN appeal a ON a.sanction = s.id ",
            $rest
        )
    };
}

pub async fn insert(
    conn: &mut Conn,
    sanction: &Sanction,
    mailbox_hash: Option<&str>,
) -> Result<(), StoreError> {
    let (until, lifted) = match sanction.state {
        SanctionState::Imposed { until } => (until, None),
        SanctionState::Lifted { at } => (None, Some(at)),
    };
    on!(conn, c => sqlx::query(
        "INSERT INTO sanction (id, event, channel, person, mailbox_hash, kind, reason, imposed_by, imposed, until, lifted)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(sanction.id.0).bind(sanction.event.0).bind(sanction.channel.map(|c| c.0)).bind(sanction.person.0)
    .bind(mailbox_hash).bind(sanction.kind.word()).bind(&sanction.reason).bind(sanction.by.map(|p| p.0))
    .bind(sanction.imposed.0).bind(until.map(|t| t.0)).bind(lifted.map(|t| t.0))
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn lift(conn: &mut Conn, id: SanctionId, at: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE sanction SET lifted = $2 WHERE id = $1").bind(id.0).bind(at.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether what a row `s` tells of stands against somebody at `$2`.
macro_rules! in_force {
    () => {
        "s.kind <> 'warning' AND s.lifted IS NULL AND (s.until IS NULL OR s.until > $2)"
    };
}
pub(crate) use in_force;

/// What stands against a person now: by their account, or by the mailbox they
/// had under another.
pub async fn against(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<Against>, StoreError> {
    let rows: Vec<AgainstRow> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT s.event, s.channel, s.kind, s.until FROM sanction s
         WHERE (s.person = $1 OR s.mailbox_hash = (SELECT mailbox_hash FROM person WHERE id = $1)) AND ",
        in_force!(),
    )).bind(person.0).bind(now.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| {
            Ok(Against {
                event: EventId(row.event),
                channel: row.channel.map(ChannelId),
                kind: kind(&row.kind)?,
                until: row.until.map(Timestamp),
            })
        })
        .collect()
}

/// Somebody whose account is there, and what stands against them now, in one
/// look: it is asked before every command.
pub async fn find_person(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Option<(Person, Vec<Against>)>, StoreError> {
    #[derive(FromRow)]
    struct PersonRow {
        #[sqlx(flatten)]
        person: accounts::Row,
        event: Option<Uuid>,
        channel: Option<Uuid>,
        against: Option<String>,
        until: Option<i64>,
    }
    let rows: Vec<PersonRow> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT p.id, p.name, p.email, p.pronouns, p.zone, p.language, p.kind, p.created,
                s.event, s.channel, s.kind AS against, s.until
         FROM person p LEFT JOIN sanction s ON (s.person = p.id OR s.mailbox_hash = p.mailbox_hash)
             AND ",
        in_force!(),
        " WHERE p.id = $1 AND p.deleted IS NULL",
    )).bind(person.0).bind(now.0).fetch_all(c).await)?;
    let mut found = None;
    let mut sanctions = vec![];
    for row in rows {
        if let (Some(event), Some(word)) = (row.event, row.against) {
            sanctions.push(Against {
                event: EventId(event),
                channel: row.channel.map(ChannelId),
                kind: kind(&word)?,
                until: row.until.map(Timestamp),
            });
        }
        found = Some(row.person);
    }
    found
        .map(|row| Ok((accounts::person(row)?, sanctions)))
        .transpose()
}

pub async fn find(conn: &mut Conn, id: SanctionId) -> Result<Option<Listed>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE s.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(listed).transpose()
}

/// The newest `limit` decisions of an event.
pub async fn list(conn: &mut Conn, event: EventId, limit: i64) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE s.event = $1 ORDER BY s.imposed DESC, s.id DESC LIMIT $2"),
    ).bind(event.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

/// The newest `limit` decisions about a person at an event, under this account
/// or an earlier one.
pub async fn list_of_person(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE s.event = $1 AND (s.person = $2 OR s.mailbox_hash = (SELECT mailbox_hash FROM person WHERE id = $2))
                 ORDER BY s.imposed DESC, s.id DESC LIMIT $3"),
    ).bind(event.0).bind(person.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

/// The newest `limit` decisions that hold in one channel alone.
pub async fn list_in(
    conn: &mut Conn,
    channel: ChannelId,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE s.channel = $1 ORDER BY s.imposed DESC, s.id DESC LIMIT $2"),
    ).bind(channel.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

/// Decisions whose appeal waits for an answer, oldest first.
pub async fn list_appealed(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        select!("WHERE s.event = $1 AND a.made IS NOT NULL AND a.ended IS NULL ORDER BY a.made LIMIT $2"),
    ).bind(event.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(listed).collect()
}

pub async fn count_appealed(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM appeal a JOIN sanction s ON s.id = a.sanction WHERE s.event = $1 AND a.ended IS NULL",
    ).bind(event.0).fetch_one(c).await)?)
}

pub async fn insert_appeal(
    conn: &mut Conn,
    sanction: SanctionId,
    appeal: &Appeal,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO appeal (sanction, words, made) VALUES ($1, $2, $3)")
        .bind(sanction.0).bind(&appeal.words).bind(appeal.made.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn update_appeal(
    conn: &mut Conn,
    sanction: SanctionId,
    appeal: &Appeal,
) -> Result<(), StoreError> {
    if let AppealState::Ended {
        by,
        at,
        granted,
        answer,
    } = &appeal.state
    {
        on!(conn, c => sqlx::query(
            "UPDATE appeal SET ended = $2, ended_by = $3, granted = $4, answer = $5 WHERE sanction = $1",
        ).bind(sanction.0).bind(at.0).bind(by.map(|p| p.0)).bind(granted).bind(answer).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

/// Forgets what ended before `before`, with its appeal.
pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "DELETE FROM sanction WHERE imposed < $1 AND (kind = 'warning' OR lifted < $1 OR until < $1)",
    ).bind(before.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub(crate) fn kind(word: &str) -> Result<SanctionKind, StoreError> {
    SanctionKind::from_word(word).ok_or_else(|| StoreError::damaged("sanction", word))
}

fn listed(row: Row) -> Result<Listed, StoreError> {
    let appeal = match (row.words, row.made) {
        (Some(words), Some(made)) => Some(Appeal {
            words,
            made: Timestamp(made),
            state: match row.ended {
                None => AppealState::Open,
                Some(at) => AppealState::Ended {
                    by: row.ended_by.map(PersonId),
                    at: Timestamp(at),
                    granted: row.granted.unwrap_or_default(),
                    answer: row.answer.unwrap_or_default(),
                },
            },
        }),
        _ => None,
    };
    Ok(Listed {
        sanction: Sanction {
            id: SanctionId(row.id),
            event: EventId(row.event),
            channel: row.channel.map(ChannelId),
            person: PersonId(row.person),
            kind: kind(&row.kind)?,
            reason: row.reason,
            by: row.imposed_by.map(PersonId),
            imposed: Timestamp(row.imposed),
            state: match row.lifted {
                Some(at) => SanctionState::Lifted { at: Timestamp(at) },
                None => SanctionState::Imposed {
                    until: row.until.map(Timestamp),
                },
            },
        },
        person_name: row.person_name,
        by_name: row.by_name,
        channel_name: row.channel_name,
        appeal,
    })
}

//! Conversations between a few people.

use hallway_model::channels::Channel;
use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::channels::{self, columns};
use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::members::{Member, membership};

/// The conversation of two people at an event, if they ever had one.
pub async fn find_between(
    conn: &mut Conn,
    event: EventId,
    one: PersonId,
    other: PersonId,
) -> Result<Option<Channel>, StoreError> {
    let row: Option<channels::Row> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT ", columns!(), " FROM channel_member m JOIN channel c ON c.id = m.channel
         WHERE m.person = $1 AND c.event = $3 AND c.kind = 'direct'
           AND EXISTS (SELECT 1 FROM channel_member o WHERE o.channel = c.id AND o.person = $2)
           AND (SELECT COUNT(*) FROM channel_member a WHERE a.channel = c.id) = 2
         ORDER BY c.id LIMIT 1"
    )).bind(one.0).bind(other.0).bind(event.0).fetch_optional(c).await)?;
    row.map(channels::channel).transpose()
}

/// Requests of a person that nobody has answered yet.
pub async fn count_waiting(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM channel_member m JOIN channel c ON c.id = m.channel
         WHERE m.asked_by = $1 AND m.state = 'invited' AND c.event = $2 AND c.kind = 'direct'",
    ).bind(person.0).bind(event.0).fetch_one(c).await)?)
}

/// Conversations of a person, the one with the latest word first.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
    limit: i64,
) -> Result<Vec<ChannelId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT c.id FROM channel_member m JOIN channel c ON c.id = m.channel LEFT JOIN channel_seq s ON s.channel = c.id
         WHERE m.person = $1 AND m.state <> 'out' AND c.event = $2 AND c.kind = 'direct'
         ORDER BY COALESCE(s.said, c.created) DESC, c.id LIMIT $3",
    ).bind(person.0).bind(event.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ChannelId).collect())
}

/// Who is in each of some channels, or asked to come.
pub async fn people(
    conn: &mut Conn,
    of: &[ChannelId],
) -> Result<Vec<(ChannelId, Member)>, StoreError> {
    #[derive(FromRow)]
    struct Listed {
        channel: Uuid,
        person: Uuid,
        name: String,
        pronouns: Option<String>,
        role: String,
        state: String,
        asked_by: Option<Uuid>,
        changed: i64,
    }
    if of.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Listed> = on!(conn, c => {
        let mut query = QueryBuilder::new(
            "SELECT m.channel, m.person, p.name, p.pronouns, m.role, m.state, m.asked_by, m.changed
             FROM channel_member m JOIN person p ON p.id = m.person
             WHERE m.state <> 'out' AND p.deleted IS NULL AND m.channel IN (",
        );
        let mut ids = query.separated(", ");
        for id in of {
            ids.push_bind(id.0);
        }
        ids.push_unseparated(") ORDER BY m.changed, m.person");
        query.build_query_as().fetch_all(c).await
    })?;
    rows.into_iter()
        .map(|row| {
            let member = Member {
                person: PersonId(row.person),
                name: row.name,
                pronouns: row.pronouns,
                membership: membership(&row.role, &row.state)?,
                asked_by: row.asked_by.map(PersonId),
                changed: Timestamp(row.changed),
            };
            Ok((ChannelId(row.channel), member))
        })
        .collect()
}

//! Whom messages call by name, and who can be called.

use std::collections::HashMap;

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Named {
    id: Uuid,
    name: String,
}

/// Whoever wrote one of a channel's last `messages` messages, the latest first.
pub async fn recent_authors(
    conn: &mut Conn,
    channel: ChannelId,
    messages: i64,
) -> Result<Vec<(PersonId, String)>, StoreError> {
    let rows: Vec<Named> = on!(conn, c => sqlx::query_as(
        "SELECT p.id, p.name FROM (SELECT author, seq FROM message WHERE channel = $1 ORDER BY seq DESC LIMIT $2) m
         JOIN person p ON p.id = m.author AND p.deleted IS NULL GROUP BY p.id, p.name ORDER BY MAX(m.seq) DESC",
    ).bind(channel.0).bind(messages).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| (PersonId(row.id), row.name))
        .collect())
}

/// Present names; whoever deleted their account has none.
pub async fn names(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<HashMap<PersonId, String>, StoreError> {
    let mut found = HashMap::new();
    for some in people.chunks(200) {
        let rows: Vec<Named> = on!(conn, c => {
            let mut query = QueryBuilder::new("SELECT id, name FROM person WHERE deleted IS NULL AND id IN (");
            let mut ids = query.separated(", ");
            for id in some {
                ids.push_bind(id.0);
            }
            query.push(")");
            query.build_query_as::<Named>().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| (PersonId(row.id), row.name)));
    }
    Ok(found)
}

/// The rich text trees, as JSON, that call somebody.
pub async fn list_bodies(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<(MessageId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = on!(conn, c => sqlx::query_as(
        "SELECT m.id, m.body FROM mention n JOIN message m ON m.id = n.message WHERE n.person = $1",
    ).bind(person.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(id, body)| (MessageId(id), body))
        .collect())
}

/// Whether a message calls somebody.
pub async fn calls(
    conn: &mut Conn,
    message: MessageId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM mention WHERE message = $1 AND person = $2")
        .bind(message.0).bind(person.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// The message calls these people, and no others.
pub async fn replace(
    conn: &mut Conn,
    message: MessageId,
    people: &[PersonId],
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM mention WHERE message = $1").bind(message.0).execute(c).await.map(|_| ()))?;
    insert(conn, message, people).await
}

pub async fn insert(
    conn: &mut Conn,
    message: MessageId,
    people: &[PersonId],
) -> Result<(), StoreError> {
    for person in people {
        on!(conn, c => sqlx::query("INSERT INTO mention (message, person) VALUES ($1, $2)")
            .bind(message.0).bind(person.0).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

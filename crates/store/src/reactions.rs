//! Reactions: one row per message, emoji and person.

use std::collections::HashMap;

use hallway_model::emoji::Emoji;
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// One emoji under a message, in order of first use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub emoji: String,
    pub count: i64,
    pub mine: bool,
}

pub async fn insert(
    conn: &mut Conn,
    message: MessageId,
    emoji: &Emoji,
    person: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO reaction (message, emoji, person, created) VALUES ($1, $2, $3, $4) ON CONFLICT (message, emoji, person) DO NOTHING",
    ).bind(message.0).bind(emoji.as_str()).bind(person.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete(
    conn: &mut Conn,
    message: MessageId,
    emoji: &Emoji,
    person: PersonId,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM reaction WHERE message = $1 AND emoji = $2 AND person = $3")
        .bind(message.0).bind(emoji.as_str()).bind(person.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Numbers of the messages of a channel within `(after, to]` that most people
/// reacted to, most first.
pub async fn most(
    conn: &mut Conn,
    channel: ChannelId,
    after: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT m.seq FROM message m JOIN reaction r ON r.message = m.id
         WHERE m.channel = $1 AND m.seq > $2 AND m.seq <= $3 GROUP BY m.seq ORDER BY COUNT(*) DESC, m.seq LIMIT $4",
    ).bind(channel.0).bind(after).bind(to).bind(limit).fetch_all(c).await)?)
}

/// Reactions under each of `messages`; `reader` decides which are "mine".
pub async fn list(
    conn: &mut Conn,
    messages: &[MessageId],
    reader: Option<PersonId>,
) -> Result<HashMap<MessageId, Vec<Counted>>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        message: Uuid,
        emoji: String,
        count: i64,
        mine: i64,
    }
    let mut found: HashMap<MessageId, Vec<Counted>> = HashMap::new();
    for some in messages.chunks(200) {
        let rows: Vec<Row> = on!(conn, c => {
            let mut query = QueryBuilder::new("SELECT message, emoji, COUNT(*) AS count, COUNT(CASE WHEN person = ");
            query.push_bind(reader.map_or(Uuid::nil(), Uuid::from));
            query.push(" THEN 1 END) AS mine FROM reaction WHERE message IN (");
            let mut ids = query.separated(", ");
            for id in some {
                ids.push_bind(id.0);
            }
            query.push(") GROUP BY message, emoji ORDER BY MIN(created), emoji");
            query.build_query_as::<Row>().fetch_all(c).await
        })?;
        for row in rows {
            let counted = Counted {
                emoji: row.emoji,
                count: row.count,
                mine: row.mine > 0,
            };
            found
                .entry(MessageId(row.message))
                .or_default()
                .push(counted);
        }
    }
    Ok(found)
}

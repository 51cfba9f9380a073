//! Channels.

use hallway_model::channels::{Channel, ChannelKind, ChannelState, Door};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, EventId, PersonId, SessionId};
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::events;

/// What is read of a channel, from a table that is called `c`.
macro_rules! columns {
    () => {
        "c.id, c.event, c.session, c.kind, c.slug, c.name, c.door, c.state, c.merged_into"
    };
}
pub(crate) use columns;

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    event: Uuid,
    session: Option<Uuid>,
    kind: String,
    slug: String,
    name: String,
    door: String,
    state: String,
    merged_into: Option<Uuid>,
}

/// Rows of one INSERT; SQLite takes at most 32,766 values in a statement.
const ROWS: usize = 500;

pub async fn insert_all(
    conn: &mut Conn,
    channels: &[Channel],
    now: Timestamp,
) -> Result<(), StoreError> {
    for some in channels.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO channel (id, event, session, kind, slug, name, door, state, created) ");
            query.push_values(some, |mut row, channel| {
                row.push_bind(channel.id.0)
                    .push_bind(channel.event.0)
                    .push_bind(channel.kind.session().map(Uuid::from))
                    .push_bind(channel.kind.word())
                    .push_bind(channel.slug.as_str())
                    .push_bind(channel.name.as_str())
                    .push_bind(channel.door.word())
                    .push_bind(channel.state.word())
                    .push_bind(now.0);
            });
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

pub async fn rename(conn: &mut Conn, session: SessionId, name: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE channel SET name = $2 WHERE session = $1").bind(session.0).bind(name)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        concat!("SELECT ", columns!(), " FROM channel c WHERE c.id = $1"),
    ).bind(id.0).fetch_optional(c).await)?;
    row.map(channel).transpose()
}

/// The same with its event, in one look: it is asked before every message.
pub async fn find_with_event(
    conn: &mut Conn,
    id: ChannelId,
) -> Result<Option<(Event, Channel)>, StoreError> {
    #[derive(FromRow)]
    struct Both {
        #[sqlx(flatten)]
        event: events::Row,
        channel_id: Uuid,
        session: Option<Uuid>,
        kind: String,
        channel_slug: String,
        name: String,
        door: String,
        state: String,
        merged_into: Option<Uuid>,
    }
    let both: Option<Both> = on!(conn, c => sqlx::query_as(
        "SELECT e.id, e.slug, e.title, e.subtitle, e.description, e.first_day, e.last_day, e.zone, e.settings, e.revision, e.created,
                c.id AS channel_id, c.session, c.kind, c.slug AS channel_slug, c.name, c.door, c.state, c.merged_into
         FROM channel c JOIN event e ON e.id = c.event WHERE c.id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    both.map(|both| {
        let event = events::event(both.event)?;
        let row = Row {
            id: both.channel_id,
            event: event.id.0,
            session: both.session,
            kind: both.kind,
            slug: both.channel_slug,
            name: both.name,
            door: both.door,
            state: both.state,
            merged_into: both.merged_into,
        };
        Ok((event, channel(row)?))
    })
    .transpose()
}

pub async fn find_by_slug(
    conn: &mut Conn,
    event: EventId,
    slug: &str,
) -> Result<Option<Channel>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        concat!("SELECT ", columns!(), " FROM channel c WHERE c.event = $1 AND c.slug = $2"),
    ).bind(event.0).bind(slug).fetch_optional(c).await)?;
    row.map(channel).transpose()
}

pub async fn find_by_session(
    conn: &mut Conn,
    session: SessionId,
) -> Result<Option<Channel>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        concat!("SELECT ", columns!(), " FROM channel c WHERE c.session = $1"),
    ).bind(session.0).fetch_optional(c).await)?;
    row.map(channel).transpose()
}

/// Channels of an event that are for everybody, with how many messages each
/// holds: also those that are in no list or have ended. At most `limit`.
pub async fn list_public(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<(Channel, i64)>, StoreError> {
    #[derive(FromRow)]
    struct Listed {
        #[sqlx(flatten)]
        row: Row,
        messages: i64,
    }
    let rows: Vec<Listed> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT ", columns!(), ", COALESCE(s.seq, 0) AS messages
         FROM channel c LEFT JOIN channel_seq s ON s.channel = c.id
         WHERE c.event = $1 AND c.kind <> 'direct' AND c.door = 'public' AND c.state <> 'merged'
         ORDER BY CASE WHEN c.kind = 'event' THEN 0 ELSE 1 END, COALESCE(s.seq, 0) DESC, c.name, c.id LIMIT $2"
    )).bind(event.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter()
        .map(|listed| Ok((channel(listed.row)?, listed.messages)))
        .collect()
}

/// Whether an address is in use in the event.
pub async fn is_taken(conn: &mut Conn, event: EventId, slug: &str) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM channel WHERE event = $1 AND slug = $2")
        .bind(event.0).bind(slug).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Channels of an event in which something was said and that `reader` comes
/// across: those for everybody, unless they are in no list, and whatever the
/// reader is in, conversations too. With the number of each one's newest
/// message, the liveliest first, at most `limit`.
pub async fn list_readable(
    conn: &mut Conn,
    event: EventId,
    reader: Option<PersonId>,
    limit: i64,
) -> Result<Vec<(Channel, i64)>, StoreError> {
    #[derive(FromRow)]
    struct Listed {
        #[sqlx(flatten)]
        row: Row,
        last: i64,
    }
    let rows: Vec<Listed> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT ", columns!(), ", s.seq AS last FROM channel c JOIN channel_seq s ON s.channel = c.id
         WHERE c.event = $1 AND s.seq > 0 AND c.state <> 'merged'
           AND ((c.kind <> 'direct' AND c.door = 'public' AND c.unlisted IS NULL)
                OR EXISTS (SELECT 1 FROM channel_member m WHERE m.channel = c.id AND m.person = $2 AND m.state = 'in'))
         ORDER BY COALESCE(s.said, 0) DESC, c.id LIMIT $3"
    )).bind(event.0).bind(reader.map_or(Uuid::nil(), Uuid::from)).bind(limit).fetch_all(c).await)?;
    rows.into_iter()
        .map(|listed| Ok((channel(listed.row)?, listed.last)))
        .collect()
}

pub(crate) fn channel(row: Row) -> Result<Channel, StoreError> {
    let kind = match (row.kind.as_str(), row.session) {
        ("event", None) => ChannelKind::Event,
        ("session", Some(session)) => ChannelKind::Session {
            session: SessionId(session),
        },
        ("made", None) => ChannelKind::Made,
        ("direct", None) => ChannelKind::Direct,
        (other, _) => return Err(StoreError::damaged("channel kind", other)),
    };
    let state = match (row.state.as_str(), row.merged_into) {
        ("open", _) => ChannelState::Open,
        ("locked", _) => ChannelState::Locked,
        ("closed", _) => ChannelState::Closed,
        ("faded", _) => ChannelState::Faded,
        ("merged", Some(into)) => ChannelState::Merged {
            into: ChannelId(into),
        },
        (other, _) => return Err(StoreError::damaged("channel state", other)),
    };
    Ok(Channel {
        id: ChannelId(row.id),
        event: EventId(row.event),
        kind,
        slug: row.slug,
        name: row.name,
        door: Door::from_word(&row.door)
            .ok_or_else(|| StoreError::damaged("channel door", &row.door))?,
        state,
    })
}

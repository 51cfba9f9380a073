//! Who is in a channel: hosts, members, and those asked to come.

use hallway_model::channels::{MemberRole, MemberState, Membership};
use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::channels;
use crate::db::{Conn, on};
use crate::error::StoreError;

/// A member as a channel's page names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    pub membership: Membership,
    /// Who asked them to come.
    pub asked_by: Option<PersonId>,
    pub changed: Timestamp,
}

#[derive(FromRow)]
struct Row {
    role: String,
    state: String,
}

pub async fn find(
    conn: &mut Conn,
    channel: ChannelId,
    person: PersonId,
) -> Result<Option<Membership>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT role, state FROM channel_member WHERE channel = $1 AND person = $2")
        .bind(channel.0).bind(person.0).fetch_optional(c).await)?;
    row.map(|row| membership(&row.role, &row.state)).transpose()
}

/// Sets somebody's place in a channel, whether they had one or not.
pub async fn set(
    conn: &mut Conn,
    channel: ChannelId,
    person: PersonId,
    membership: Membership,
    asked_by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO channel_member (channel, person, role, state, asked_by, changed) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (channel, person) DO UPDATE SET role = excluded.role, state = excluded.state,
             asked_by = COALESCE(excluded.asked_by, channel_member.asked_by), changed = excluded.changed",
    )
    .bind(channel.0).bind(person.0).bind(membership.role.word()).bind(membership.state.word())
    .bind(asked_by.map(|p| p.0)).bind(now.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Up to `limit` of those who are in a channel or asked to come: hosts first.
pub async fn list(
    conn: &mut Conn,
    channel: ChannelId,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    #[derive(FromRow)]
    struct Listed {
        person: Uuid,
        name: String,
        pronouns: Option<String>,
        role: String,
        state: String,
        asked_by: Option<Uuid>,
        changed: i64,
    }
    let rows: Vec<Listed> = on!(conn, c => sqlx::query_as(
        "SELECT m.person, p.name, p.pronouns, m.role, m.state, m.asked_by, m.changed
         FROM channel_member m JOIN person p ON p.id = m.person
         WHERE m.channel = $1 AND m.state <> 'out' AND p.deleted IS NULL
         ORDER BY m.role, m.state, m.changed, m.person LIMIT $2",
    ).bind(channel.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| {
            Ok(Member {
                person: PersonId(row.person),
                name: row.name,
                pronouns: row.pronouns,
                membership: membership(&row.role, &row.state)?,
                asked_by: row.asked_by.map(PersonId),
                changed: Timestamp(row.changed),
            })
        })
        .collect()
}

/// How many are in a channel or asked to come.
pub async fn count(conn: &mut Conn, channel: ChannelId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM channel_member WHERE channel = $1 AND state <> 'out'")
        .bind(channel.0).fetch_one(c).await)?,
    )
}

pub async fn count_hosts(conn: &mut Conn, channel: ChannelId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM channel_member WHERE channel = $1 AND role = 'host' AND state = 'in'")
        .bind(channel.0).fetch_one(c).await)?,
    )
}

/// How many living channels of an event somebody hosts.
pub async fn count_hosted(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<i64, StoreError> {
    Ok(on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM channel_member m JOIN channel c ON c.id = m.channel
         WHERE m.person = $1 AND m.role = 'host' AND m.state = 'in' AND c.event = $2 AND c.kind = 'made' AND c.state IN ('open', 'locked')",
    ).bind(person.0).bind(event.0).fetch_one(c).await)?)
}

/// The person's own places in channels of an event, by channel.
pub async fn list_of(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<Vec<(ChannelId, Membership)>, StoreError> {
    #[derive(FromRow)]
    struct Own {
        channel: Uuid,
        role: String,
        state: String,
    }
    let rows: Vec<Own> = on!(conn, c => sqlx::query_as(
        "SELECT m.channel, m.role, m.state FROM channel_member m JOIN channel c ON c.id = m.channel
         WHERE m.person = $1 AND m.state <> 'out' AND c.event = $2",
    ).bind(person.0).bind(event.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|row| Ok((ChannelId(row.channel), membership(&row.role, &row.state)?)))
        .collect()
}

/// Every place of a person in a channel of any event, those they left too.
pub async fn list_all_of(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<(ChannelId, Membership)>, StoreError> {
    let rows: Vec<(Uuid, String, String)> = on!(conn, c => sqlx::query_as(
        "SELECT channel, role, state FROM channel_member WHERE person = $1 ORDER BY changed, channel LIMIT 10000",
    ).bind(person.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|(channel, role, state)| Ok((ChannelId(channel), membership(&role, &state)?)))
        .collect()
}

/// Whether two people are, or are asked to be, in one channel of an event.
pub async fn share_a_channel(
    conn: &mut Conn,
    event: EventId,
    one: PersonId,
    other: PersonId,
) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM channel_member a JOIN channel_member b ON b.channel = a.channel JOIN channel c ON c.id = a.channel
         WHERE a.person = $1 AND b.person = $2 AND a.state <> 'out' AND b.state <> 'out' AND c.event = $3",
    ).bind(one.0).bind(other.0).bind(event.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Everyone of one channel becomes the same in another, where they are nothing
/// there yet; hosts stay hosts.
pub async fn move_all(
    conn: &mut Conn,
    from: ChannelId,
    to: ChannelId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO channel_member (channel, person, role, state, asked_by, changed)
         SELECT $2, person, role, state, asked_by, $3 FROM channel_member WHERE channel = $1 AND state = 'in'
         ON CONFLICT (channel, person) DO UPDATE SET
             role = CASE WHEN channel_member.state = 'in' AND channel_member.role = 'host' THEN 'host' ELSE excluded.role END,
             state = 'in', changed = excluded.changed",
    ).bind(from.0).bind(to.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub(crate) fn membership(role: &str, state: &str) -> Result<Membership, StoreError> {
    Ok(Membership {
        role: MemberRole::from_word(role)
            .ok_or_else(|| StoreError::damaged("member's role", role))?,
        state: MemberState::from_word(state)
            .ok_or_else(|| StoreError::damaged("member's state", state))?,
    })
}

/// A group that outlives its event, with the event's slug.
pub async fn list_lasting(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<(hallway_model::channels::Channel, String)>, StoreError> {
    #[derive(FromRow)]
    struct Lasting {
        #[sqlx(flatten)]
        row: channels::Row,
        event_slug: String,
    }
    let rows: Vec<Lasting> = on!(conn, c => sqlx::query_as(concat!(
        "SELECT ", channels::columns!(), ", e.slug AS event_slug
         FROM channel_member m JOIN channel c ON c.id = m.channel JOIN event e ON e.id = c.event
         WHERE m.person = $1 AND m.state = 'in' AND c.lasting IS NOT NULL AND c.state IN ('open', 'locked')
         ORDER BY c.name LIMIT 100"
    )).bind(person.0).fetch_all(c).await)?;
    rows.into_iter()
        .map(|lasting| Ok((channels::channel(lasting.row)?, lasting.event_slug)))
        .collect()
}

//! Channels with what they say of themselves and what the event makes of them.

use hallway_model::channels::{Channel, ChannelState, Mark, NewChannel, Place, Standing};
use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::channels::{self, columns};
use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::messages::STRETCH;

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    channel: channels::Row,
    about: String,
    language: Option<String>,
    maker: Option<Uuid>,
    created: i64,
    messages: i64,
    said: Option<i64>,
    stretch: i64,
    recent: i64,
    earlier: i64,
    endorsed: Option<i64>,
    adopted: Option<i64>,
    pinned: Option<i64>,
    unlisted: Option<i64>,
    kept: Option<i64>,
    lasting: Option<i64>,
}

/// A place, from `channel c`, its counter `s` and its maker `p`.
macro_rules! place {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", c.about, c.language, p.id AS maker, c.created,
              COALESCE(s.seq, 0) AS messages, s.said, COALESCE(s.stretch, 0) AS stretch,
              COALESCE(s.recent, 0) AS recent, COALESCE(s.earlier, 0) AS earlier,
              c.endorsed, c.adopted, c.pinned, c.unlisted, c.kept, c.lasting
             FROM channel c LEFT JOIN channel_seq s ON s.channel = c.id
             LEFT JOIN person p ON p.id = c.maker AND p.deleted IS NULL ",
            $rest
        )
    };
}

pub async fn insert(
    conn: &mut Conn,
    channel: &Channel,
    new: &NewChannel,
    maker: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO channel (id, event, kind, slug, name, about, language, maker, door, state, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(channel.id.0).bind(channel.event.0).bind(channel.kind.word()).bind(&channel.slug).bind(&channel.name)
    .bind(&new.about).bind(new.language.as_deref()).bind(maker.0).bind(channel.door.word()).bind(channel.state.word()).bind(now.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// What a channel says of itself.
pub async fn update(conn: &mut Conn, id: ChannelId, new: &NewChannel) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE channel SET name = $2, about = $3, language = $4, door = $5 WHERE id = $1")
        .bind(id.0).bind(&new.name).bind(&new.about).bind(new.language.as_deref()).bind(new.door.word())
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn set_state(
    conn: &mut Conn,
    id: ChannelId,
    state: ChannelState,
) -> Result<(), StoreError> {
    let into = match state {
        ChannelState::Merged { into } => Some(into.0),
        _ => None,
    };
    on!(conn, c => sqlx::query("UPDATE channel SET state = $2, merged_into = $3 WHERE id = $1")
        .bind(id.0).bind(state.word()).bind(into).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn set_mark(
    conn: &mut Conn,
    id: ChannelId,
    mark: Mark,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = match mark {
        Mark::Endorsed => "UPDATE channel SET endorsed = $2 WHERE id = $1",
        Mark::Adopted => "UPDATE channel SET adopted = $2 WHERE id = $1",
        Mark::Pinned => "UPDATE channel SET pinned = $2 WHERE id = $1",
        Mark::Unlisted => "UPDATE channel SET unlisted = $2 WHERE id = $1",
        Mark::Kept => "UPDATE channel SET kept = $2 WHERE id = $1",
        Mark::Lasting => "UPDATE channel SET lasting = $2 WHERE id = $1",
    };
    on!(conn, c => sqlx::query(sql).bind(id.0).bind(at.map(|at| at.0)).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    id: ChannelId,
    now: Timestamp,
) -> Result<Option<Place>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(place!("WHERE c.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(|row| place(row, now)).transpose()
}

/// Channels of an event that are in a list for `reader`: the event's, those of
/// sessions, what people opened and is alive, and whatever the reader is a
/// member of. Direct conversations are in none. At most `limit`, the event's
/// own first, then by what was said last.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    reader: Option<PersonId>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(place!(
        "WHERE c.event = $1 AND c.kind <> 'direct' AND c.state IN ('open', 'locked')
           AND ((c.door = 'public' AND c.unlisted IS NULL)
                OR EXISTS (SELECT 1 FROM channel_member m WHERE m.channel = c.id AND m.person = $2 AND m.state <> 'out'))
         ORDER BY CASE WHEN c.kind = 'event' THEN 0 ELSE 1 END, COALESCE(s.said, 0) DESC, COALESCE(s.seq, 0) DESC, c.name, c.id LIMIT $3"
    )).bind(event.0).bind(reader.map_or(Uuid::nil(), Uuid::from)).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(|row| place(row, now)).collect()
}

/// Channels that people opened, as organisers look after them: public ones
/// alone, unlisted and ended ones too.
pub async fn list_made(
    conn: &mut Conn,
    event: EventId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(place!(
        "WHERE c.event = $1 AND c.kind = 'made' AND c.door = 'public' AND c.state <> 'merged'
         ORDER BY COALESCE(s.said, c.created) DESC, c.id LIMIT $2"
    )).bind(event.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(|row| place(row, now)).collect()
}

/// Living channels that nobody keeps and in which nobody wrote since `before`.
pub async fn list_quiet(
    conn: &mut Conn,
    event: EventId,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(place!(
        "WHERE c.event = $1 AND c.kind = 'made' AND c.state IN ('open', 'locked') AND COALESCE(s.said, c.created) <= $2
           AND c.endorsed IS NULL AND c.adopted IS NULL AND c.pinned IS NULL AND c.kept IS NULL AND c.lasting IS NULL
         ORDER BY c.id LIMIT $3"
    )).bind(event.0).bind(before.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(|row| place(row, now)).collect()
}

/// Moves every message of a channel behind those of another, in their order,
/// and gives the number they follow: old number n is now that plus n.
pub async fn move_messages(
    conn: &mut Conn,
    from: ChannelId,
    to: ChannelId,
) -> Result<i64, StoreError> {
    // Both rows are locked, so that nobody writes to either meanwhile.
    for channel in [from, to] {
        on!(conn, c => sqlx::query("INSERT INTO channel_seq (channel, seq) VALUES ($1, 0) ON CONFLICT (channel) DO UPDATE SET seq = channel_seq.seq")
            .bind(channel.0).execute(c).await.map(|_| ()))?;
    }
    let after: i64 = on!(conn, c => sqlx::query_scalar("SELECT seq FROM channel_seq WHERE channel = $1").bind(to.0).fetch_one(c).await)?;
    on!(conn, c => sqlx::query("UPDATE message SET channel = $2, seq = seq + $3 WHERE channel = $1")
        .bind(from.0).bind(to.0).bind(after).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query(
        "UPDATE channel_seq SET seq = seq + COALESCE((SELECT o.seq FROM channel_seq o WHERE o.channel = $1), 0),
             said = (SELECT MAX(o.said) FROM channel_seq o WHERE o.channel IN ($1, $2)) WHERE channel = $2",
    ).bind(from.0).bind(to.0).execute(c).await.map(|_| ()))?;
    // What people have read moves along, but for those who have older messages
    // to read where it goes.
    on!(conn, c => sqlx::query(
        "INSERT INTO read_mark (person, channel, seq, moved) SELECT person, $2, seq + $3, moved FROM read_mark WHERE channel = $1
         ON CONFLICT (person, channel) DO UPDATE SET seq = CASE WHEN read_mark.seq >= $3 THEN excluded.seq ELSE read_mark.seq END",
    ).bind(from.0).bind(to.0).bind(after).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query(
        "INSERT INTO follow (person, channel, level) SELECT person, $2, level FROM follow WHERE channel = $1
         ON CONFLICT (person, channel) DO NOTHING",
    ).bind(from.0).bind(to.0).execute(c).await.map(|_| ()))?;
    for gone in [
        "DELETE FROM read_mark WHERE channel = $1",
        "DELETE FROM follow WHERE channel = $1",
    ] {
        on!(conn, c => sqlx::query(gone).bind(from.0).execute(c).await.map(|_| ()))?;
    }
    on!(conn, c => sqlx::query("UPDATE channel SET merged_after = $2 WHERE id = $1").bind(from.0).bind(after).execute(c).await.map(|_| ()))?;
    // What was merged into the one that goes now leads to the other.
    on!(conn, c => sqlx::query("UPDATE channel SET merged_into = $2, merged_after = merged_after + $3 WHERE merged_into = $1")
        .bind(from.0).bind(to.0).bind(after).execute(c).await.map(|_| ()))?;
    Ok(after)
}

/// The number a merged channel's messages follow where they are now.
pub async fn merged_after(conn: &mut Conn, id: ChannelId) -> Result<i64, StoreError> {
    let after: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT merged_after FROM channel WHERE id = $1").bind(id.0).fetch_one(c).await)?;
    Ok(after.unwrap_or(0))
}

fn place(row: Row, now: Timestamp) -> Result<Place, StoreError> {
    let stretch = now.0.div_euclid(STRETCH);
    let lively = match stretch - row.stretch {
        0 => row.recent + row.earlier,
        1 => row.recent,
        _ => 0,
    };
    let at = |moment: Option<i64>| moment.map(Timestamp);
    Ok(Place {
        channel: channels::channel(row.channel)?,
        about: row.about,
        language: row.language,
        maker: row.maker.map(PersonId),
        created: Timestamp(row.created),
        messages: row.messages,
        lively,
        said: at(row.said),
        standing: Standing {
            endorsed: at(row.endorsed),
            adopted: at(row.adopted),
            pinned: at(row.pinned),
            unlisted: at(row.unlisted),
            kept: at(row.kept),
            lasting: at(row.lasting),
        },
    })
}

//! Messages of a channel, numbered from 1 without gaps.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::{MessageKind, Removal};
use hallway_model::people::PersonKind;
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, Engine, on};
use crate::error::StoreError;

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: MessageId,
    pub channel: ChannelId,
    /// Zero until it is in its channel.
    pub seq: i64,
    pub author: Option<StoredAuthor>,
    pub source: String,
    /// The rich text tree as JSON.
    pub body: String,
    /// Its pictures as JSON; none where it has none.
    pub images: Option<String>,
    pub sent: Timestamp,
    pub kind: MessageKind,
    /// The root it answers in.
    pub thread: Option<MessageId>,
    /// Whether the channel's own list has it.
    pub in_channel: bool,
    pub reply_to: Option<StoredQuote>,
    /// Of a root: answers in its thread.
    pub replies: i64,
    pub last_reply: Option<Timestamp>,
    pub edited: Option<Timestamp>,
    pub removed: Option<Removal>,
    pub pinned: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthor {
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    pub kind: PersonKind,
}

/// The message that another one quotes, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredQuote {
    pub id: MessageId,
    pub seq: i64,
    pub author: Option<StoredAuthor>,
    pub body: String,
    pub removed: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    channel: Uuid,
    seq: i64,
    author: Option<Uuid>,
    author_name: Option<String>,
    author_pronouns: Option<String>,
    author_kind: Option<String>,
    source: String,
    body: String,
    images: Option<String>,
    sent: i64,
    kind: String,
    thread: Option<Uuid>,
    in_channel: bool,
    reply_to: Option<Uuid>,
    quoted_seq: Option<i64>,
    quoted_author: Option<Uuid>,
    quoted_name: Option<String>,
    quoted_pronouns: Option<String>,
    quoted_kind: Option<String>,
    quoted_body: Option<String>,
    quoted_removed: Option<String>,
    replies: i64,
    last_reply: Option<i64>,
    edited: Option<i64>,
    removed: Option<String>,
    pinned: Option<i64>,
}

/// The columns of [`Row`] and the tables they come from, before a condition.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.channel, m.seq, p.id AS author, p.name AS author_name, p.pronouns AS author_pronouns, p.kind AS author_kind,
                m.source, m.body, m.images, m.sent, m.kind, m.thread, m.in_channel, m.reply_to, q.seq AS quoted_seq,
                qp.id AS quoted_author, qp.name AS quoted_name, qp.pronouns AS quoted_pronouns, qp.kind AS quoted_kind, q.body AS quoted_body, q.removed AS quoted_removed,
                m.replies, m.last_reply, m.edited, m.removed, m.pinned
             FROM message m LEFT JOIN person p ON p.id = m.author AND p.deleted IS NULL
             LEFT JOIN message q ON q.id = m.reply_to
             LEFT JOIN person qp ON qp.id = q.author AND qp.deleted IS NULL ",
            $rest
        )
    };
}

/// Milliseconds of the stretches in which a channel's liveliness is counted.
pub(crate) const STRETCH: i64 = 3 * 60 * 60 * 1_000;

/// Takes the channel's next number: `$2` is the channel, `$6` when the message
/// was sent, `$12` the stretch that this is in.
macro_rules! take_number {
    () => {
        "INSERT INTO channel_seq (channel, seq, said, stretch, recent) VALUES ($2, 1, $6, $12, 1)
         ON CONFLICT (channel) DO UPDATE SET seq = channel_seq.seq + 1, said = excluded.said,
             earlier = CASE WHEN channel_seq.stretch = excluded.stretch THEN channel_seq.earlier
                            WHEN channel_seq.stretch = excluded.stretch - 1 THEN channel_seq.recent ELSE 0 END,
             recent = CASE WHEN channel_seq.stretch = excluded.stretch THEN channel_seq.recent + 1 ELSE 1 END,
             stretch = excluded.stretch"
    };
}

/// Whoever had read everything has read what they now write, under the number
/// that a table or a query `numbered` has.
macro_rules! move_mark {
    ($numbered:literal) => {
        concat!(
            "UPDATE read_mark SET seq = read_mark.seq + 1 WHERE person = $3 AND channel = $2
                 AND read_mark.seq + 1 = (SELECT n.seq FROM ",
            $numbered,
            " n WHERE n.channel = $2)"
        )
    };
}

/// The message itself, under the number that a table or a query `numbered` has.
macro_rules! put_under_number {
    ($numbered:literal) => {
        concat!(
            "INSERT INTO message (id, channel, seq, author, source, body, sent, kind, thread, in_channel, reply_to, images)
             SELECT $1, $2, seq, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM ",
            $numbered,
            " WHERE channel = $2 RETURNING seq, EXISTS (SELECT 1 FROM push_subscription)"
        )
    };
}

/// Puts a message behind the channel's last, and notes its number; its author's
/// mark goes along. True where there is a browser at all that may want to be
/// told of messages; most often there is none, and nobody has to look for it. The channel's
/// row stays locked until commit, so numbers have no gaps and commit in order.
/// The same row counts how lively the channel is, so that a list of channels
/// never has to look at messages.
pub async fn insert(conn: &mut Conn, message: &mut Stored) -> Result<bool, StoreError> {
    let both = match conn.engine() {
        Engine::Sqlite => concat!(
            take_number!(),
            "; ",
            move_mark!("channel_seq"),
            "; ",
            put_under_number!("channel_seq")
        ),
        Engine::Postgres => concat!(
            "WITH numbered AS (",
            take_number!(),
            " RETURNING channel, seq), marked AS (",
            move_mark!("numbered"),
            ") ",
            put_under_number!("numbered")
        ),
    };
    let (seq, browsers) = on!(conn, c => sqlx::query_as(both)
        .bind(message.id.0).bind(message.channel.0).bind(message.author.as_ref().map(|a| a.id.0))
        .bind(&message.source).bind(&message.body).bind(message.sent.0)
        .bind(message.kind.word()).bind(message.thread.map(Uuid::from)).bind(message.in_channel)
        .bind(message.reply_to.as_ref().map(|quote| quote.id.0)).bind(message.images.as_deref())
        .bind(message.sent.0.div_euclid(STRETCH))
        .fetch_one(c).await)?;
    message.seq = seq;
    Ok(browsers)
}

/// Whether anything was ever said in a channel.
pub async fn any(conn: &mut Conn, channel: ChannelId) -> Result<bool, StoreError> {
    let seq: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT seq FROM channel_seq WHERE channel = $1")
        .bind(channel.0).fetch_optional(c).await)?;
    Ok(seq.unwrap_or(0) > 0)
}

/// Whether somebody said something in a channel that still has their name.
pub async fn any_of(
    conn: &mut Conn,
    channel: ChannelId,
    author: PersonId,
) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(conn, c => sqlx::query_scalar(
        "SELECT seq FROM message WHERE author = $2 AND channel = $1 LIMIT 1",
    ).bind(channel.0).bind(author.0).fetch_optional(c).await)?;
    Ok(found.is_some())
}

pub async fn find(conn: &mut Conn, id: MessageId) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE m.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(stored).transpose()
}

/// Up to `limit` messages of a channel's own list numbered above `after`,
/// oldest first.
pub async fn list_after(
    conn: &mut Conn,
    channel: ChannelId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.channel = $1 AND m.seq > $2 AND m.in_channel ORDER BY m.seq LIMIT $3"
    )).bind(channel.0).bind(after).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

/// The same with what is said in threads alone.
pub async fn list_everything_after(
    conn: &mut Conn,
    channel: ChannelId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.channel = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3"
    )).bind(channel.0).bind(after).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

/// Up to `limit` messages of a channel's own list numbered below `before`
/// (none: the newest), oldest first.
pub async fn list_before(
    conn: &mut Conn,
    channel: ChannelId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let mut rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.channel = $1 AND m.seq < $2 AND m.in_channel ORDER BY m.seq DESC LIMIT $3"
    )).bind(channel.0).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(c).await)?;
    rows.reverse();
    rows.into_iter().map(stored).collect()
}

/// Up to `limit` answers of a thread numbered above `after`, oldest first.
pub async fn list_thread_after(
    conn: &mut Conn,
    root: MessageId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.thread = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3"
    )).bind(root.0).bind(after).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

/// Up to `limit` answers of a thread numbered below `before` (none: the
/// newest), oldest first.
pub async fn list_thread_before(
    conn: &mut Conn,
    root: MessageId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let mut rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.thread = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3"
    )).bind(root.0).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(c).await)?;
    rows.reverse();
    rows.into_iter().map(stored).collect()
}

pub async fn find_by_seq(
    conn: &mut Conn,
    channel: ChannelId,
    seq: i64,
) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE m.channel = $1 AND m.seq = $2"))
        .bind(channel.0).bind(seq).fetch_optional(c).await)?;
    row.map(stored).transpose()
}

/// A channel's pinned messages, the newest pin first.
pub async fn list_pinned(conn: &mut Conn, channel: ChannelId) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.channel = $1 AND m.pinned IS NOT NULL ORDER BY m.pinned DESC, m.seq DESC"
    )).bind(channel.0).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

pub async fn update_pinned(
    conn: &mut Conn,
    id: MessageId,
    pinned: Option<Timestamp>,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET pinned = $2 WHERE id = $1")
        .bind(id.0).bind(pinned.map(|at| at.0)).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// One more answer in the thread of `root`.
pub async fn count_reply(
    conn: &mut Conn,
    root: MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET replies = replies + 1, last_reply = $2 WHERE id = $1")
        .bind(root.0).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Other words, and the ones before kept for moderators. False where it was
/// removed in the meantime.
pub async fn update_words(
    conn: &mut Conn,
    old: &Stored,
    source: &str,
    body: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // First, so that the row is held until the commit: a removal comes before
    // or after all of this.
    let changed = on!(conn, c => sqlx::query(
        "UPDATE message SET source = $2, body = $3, edited = $4 WHERE id = $1 AND removed IS NULL",
    ).bind(old.id.0).bind(source).bind(body).bind(now.0).execute(c).await.map(|r| r.rows_affected()))?;
    if changed == 0 {
        return Ok(false);
    }
    on!(conn, c => sqlx::query(
        "INSERT INTO message_edit (message, number, source, replaced)
         SELECT $1, COUNT(*) + 1, $2, $3 FROM message_edit WHERE message = $1",
    ).bind(old.id.0).bind(&old.source).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(true)
}

/// The same words in another tree: a name in it has changed.
pub async fn update_body(conn: &mut Conn, id: MessageId, body: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE message SET body = $2 WHERE id = $1").bind(id.0).bind(body)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// What a message said before, with when it was replaced; oldest first.
pub async fn list_edits(
    conn: &mut Conn,
    id: MessageId,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> = on!(conn, c => sqlx::query_as(
        "SELECT source, replaced FROM message_edit WHERE message = $1 ORDER BY number",
    ).bind(id.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(source, replaced)| (source, Timestamp(replaced)))
        .collect())
}

/// Leaves a message's place and who wrote it, and nothing of what it said.
pub async fn remove(conn: &mut Conn, id: MessageId, by: Removal) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE message SET source = '', body = '[]', images = NULL, edited = NULL, pinned = NULL, removed = $2 WHERE id = $1",
    ).bind(id.0).bind(by.word()).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM message_edit WHERE message = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM mention WHERE message = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM reaction WHERE message = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Number of the newest message in a channel's own list; 0 where there is none.
pub async fn newest(conn: &mut Conn, channel: ChannelId) -> Result<i64, StoreError> {
    let seq: Option<i64> = on!(conn, c => sqlx::query_scalar(
        "SELECT seq FROM message WHERE channel = $1 AND in_channel ORDER BY seq DESC LIMIT 1",
    ).bind(channel.0).fetch_optional(c).await)?;
    Ok(seq.unwrap_or(0))
}

/// The messages of a channel that have these numbers, oldest first.
pub async fn list_numbered(
    conn: &mut Conn,
    channel: ChannelId,
    numbers: &[i64],
) -> Result<Vec<Stored>, StoreError> {
    if numbers.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = QueryBuilder::new(select!("WHERE m.channel = "));
        query.push_bind(channel.0).push(" AND m.seq IN (");
        let mut wanted = query.separated(", ");
        for number in numbers {
            wanted.push_bind(*number);
        }
        query.push(") ORDER BY m.seq");
        query.build_query_as::<Row>().fetch_all(c).await
    })?;
    rows.into_iter().map(stored).collect()
}

/// The messages with these ids, in the order of the ids.
pub(crate) async fn list_of(conn: &mut Conn, ids: &[MessageId]) -> Result<Vec<Stored>, StoreError> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = QueryBuilder::new(select!("WHERE m.id IN ("));
        let mut wanted = query.separated(", ");
        for id in ids {
            wanted.push_bind(id.0);
        }
        query.push(")");
        query.build_query_as::<Row>().fetch_all(c).await
    })?;
    let mut found: Vec<Stored> = rows.into_iter().map(stored).collect::<Result<_, _>>()?;
    let place = |message: &Stored| ids.iter().position(|id| *id == message.id);
    found.sort_by_key(place);
    Ok(found)
}

/// Number of the first message sent at `moment` or later. Numbers grow with
/// time, so halving finds it without an index of its own.
pub async fn first_since(
    conn: &mut Conn,
    channel: ChannelId,
    moment: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let last = last_seq(conn, channel).await?;
    let (mut from, mut to) = (1, last + 1);
    while from < to {
        let middle = from + (to - from) / 2;
        let next: Option<(i64, i64)> = on!(conn, c => sqlx::query_as(
            "SELECT seq, sent FROM message WHERE channel = $1 AND seq >= $2 ORDER BY seq LIMIT 1",
        ).bind(channel.0).bind(middle).fetch_optional(c).await)?;
        match next {
            Some((seq, sent)) if sent < moment.0 => from = seq + 1,
            _ => to = middle,
        }
    }
    Ok((from <= last).then_some(from))
}

/// Number of the channel's newest message; 0 where nothing was said.
pub async fn last_seq(conn: &mut Conn, channel: ChannelId) -> Result<i64, StoreError> {
    let last: Option<i64> = on!(conn, c => sqlx::query_scalar("SELECT seq FROM channel_seq WHERE channel = $1")
        .bind(channel.0).fetch_optional(c).await)?;
    Ok(last.unwrap_or(0))
}

/// Everything a person wrote, oldest first, in pages of `limit` after `after`.
pub async fn list_of_author(
    conn: &mut Conn,
    author: PersonId,
    after: MessageId,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "WHERE m.author = $1 AND m.id > $2 ORDER BY m.id LIMIT $3"
    )).bind(author.0).bind(after.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

pub async fn count_of_author(conn: &mut Conn, author: PersonId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE author = $1").bind(author.0).fetch_one(c).await)?,
    )
}

/// Replaces the text of everything a person wrote: their choice at deletion.
pub async fn erase_of_author(
    conn: &mut Conn,
    author: PersonId,
    body: &str,
) -> Result<(), StoreError> {
    forget_edits(conn, author).await?;
    on!(conn, c => sqlx::query("UPDATE message SET source = '', body = $2, images = NULL, author = NULL WHERE author = $1")
        .bind(author.0).bind(body).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Cuts the tie between a person and what they wrote, and keeps the words.
pub async fn forget_author(conn: &mut Conn, author: PersonId) -> Result<(), StoreError> {
    forget_edits(conn, author).await?;
    on!(conn, c => sqlx::query("UPDATE message SET author = NULL WHERE author = $1").bind(author.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// What somebody took back by changing it is not kept beyond their account.
async fn forget_edits(conn: &mut Conn, author: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM message_edit WHERE message IN (SELECT id FROM message WHERE author = $1)")
        .bind(author.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

fn stored(row: Row) -> Result<Stored, StoreError> {
    let kind = MessageKind::from_word(&row.kind)
        .ok_or_else(|| StoreError::damaged("message kind", &row.kind))?;
    let removed = match &row.removed {
        Some(word) => {
            Some(Removal::from_word(word).ok_or_else(|| StoreError::damaged("removal", word))?)
        }
        None => None,
    };
    let reply_to = row
        .reply_to
        .zip(row.quoted_seq)
        .map(|(id, seq)| StoredQuote {
            id: MessageId(id),
            seq,
            author: author(
                row.quoted_author,
                row.quoted_name,
                row.quoted_pronouns,
                row.quoted_kind,
            ),
            body: row.quoted_body.unwrap_or_default(),
            removed: row.quoted_removed.is_some(),
        });
    Ok(Stored {
        id: MessageId(row.id),
        channel: ChannelId(row.channel),
        seq: row.seq,
        author: author(
            row.author,
            row.author_name,
            row.author_pronouns,
            row.author_kind,
        ),
        source: row.source,
        body: row.body,
        images: row.images,
        sent: Timestamp(row.sent),
        kind,
        thread: row.thread.map(MessageId),
        in_channel: row.in_channel,
        reply_to,
        replies: row.replies,
        last_reply: row.last_reply.map(Timestamp),
        edited: row.edited.map(Timestamp),
        removed,
        pinned: row.pinned.map(Timestamp),
    })
}

fn author(
    id: Option<Uuid>,
    name: Option<String>,
    pronouns: Option<String>,
    kind: Option<String>,
) -> Option<StoredAuthor> {
    id.map(|id| StoredAuthor {
        id: PersonId(id),
        name: name.unwrap_or_default(),
        pronouns,
        kind: kind
            .and_then(|word| PersonKind::from_word(&word))
            .unwrap_or_default(),
    })
}

//! Pictures in messages, and those that wait to be in one. Their pixels are
//! blobs; whoever deletes a row takes the blobs away, too.

use hallway_model::ids::{ChannelId, HeldId, ImageId, MessageId, PersonId};
use hallway_model::images::{Coding, Size};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    pub id: ImageId,
    /// Who sent it.
    pub person: Option<PersonId>,
    /// Where it stands.
    pub message: Option<MessageId>,
    /// The message it waits with for a moderator.
    pub held: Option<HeldId>,
    /// Of the large form.
    pub width: u32,
    pub height: u32,
    pub large: Coding,
    pub small: Coding,
    pub made: Timestamp,
}

impl StoredImage {
    pub fn coding(&self, size: Size) -> Coding {
        match size {
            Size::Large => self.large,
            Size::Small => self.small,
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    person: Option<Uuid>,
    message: Option<Uuid>,
    held: Option<Uuid>,
    width: i64,
    height: i64,
    large: String,
    small: String,
    made: i64,
}

/// The columns of [`Row`], before a condition.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.person, i.message, i.held, i.width, i.height, i.large, i.small, i.made FROM image i ",
            $rest
        )
    };
}

pub async fn insert(conn: &mut Conn, image: &StoredImage) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO image (id, person, message, held, width, height, large, small, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(image.id.0).bind(image.person.map(Uuid::from)).bind(image.message.map(Uuid::from)).bind(image.held.map(Uuid::from))
    .bind(i64::from(image.width)).bind(i64::from(image.height)).bind(image.large.word()).bind(image.small.word()).bind(image.made.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(select!("WHERE i.id = $1")).bind(id.0).fetch_optional(c).await)?;
    row.map(stored).transpose()
}

/// A page of the pictures that stand in a channel's messages up to the one
/// numbered `upto`.
pub async fn list_in(
    conn: &mut Conn,
    channel: ChannelId,
    upto: i64,
    after: ImageId,
    limit: i64,
) -> Result<Vec<StoredImage>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "JOIN message m ON m.id = i.message WHERE m.channel = $1 AND m.seq <= $2 AND m.images IS NOT NULL AND i.id > $3
         ORDER BY i.id LIMIT $4"
    )).bind(channel.0).bind(upto).bind(after.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

/// A page of the pictures that stand in what a person wrote.
pub async fn list_of(
    conn: &mut Conn,
    person: PersonId,
    after: ImageId,
    limit: i64,
) -> Result<Vec<StoredImage>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(select!(
        "JOIN message m ON m.id = i.message AND m.images IS NOT NULL WHERE i.person = $1 AND i.id > $2 ORDER BY i.id LIMIT $3"
    )).bind(person.0).bind(after.0).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(stored).collect()
}

/// Puts a picture into a message of the one who sent it; false where it stands
/// in one already.
pub async fn post(
    conn: &mut Conn,
    id: ImageId,
    person: PersonId,
    message: MessageId,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "UPDATE image SET message = $3, held = NULL WHERE id = $1 AND person = $2 AND message IS NULL",
    ).bind(id.0).bind(person.0).bind(message.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

/// Lets a picture wait with a message; false where it does already, or stands in one.
pub async fn hold(
    conn: &mut Conn,
    id: ImageId,
    person: PersonId,
    held: HeldId,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "UPDATE image SET held = $3 WHERE id = $1 AND person = $2 AND message IS NULL AND held IS NULL",
    ).bind(id.0).bind(person.0).bind(held.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

/// Takes a picture away that stands nowhere yet; whether there was one.
pub async fn delete_unposted(
    conn: &mut Conn,
    id: ImageId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query(
        "DELETE FROM image WHERE id = $1 AND person = $2 AND message IS NULL AND held IS NULL",
    ).bind(id.0).bind(person.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows > 0)
}

pub async fn delete_in(conn: &mut Conn, message: MessageId) -> Result<Vec<ImageId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("DELETE FROM image WHERE message = $1 RETURNING id")
        .bind(message.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ImageId).collect())
}

/// Takes away all that a person sent.
pub async fn delete_of(conn: &mut Conn, person: PersonId) -> Result<Vec<ImageId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("DELETE FROM image WHERE person = $1 RETURNING id")
        .bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ImageId).collect())
}

/// Takes away what a person sent and did not say, and what waits of theirs.
pub async fn delete_unposted_of(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<ImageId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar("DELETE FROM image WHERE person = $1 AND message IS NULL RETURNING id")
        .bind(person.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ImageId).collect())
}

/// Cuts the tie between a person and the pictures in what they said.
pub async fn forget_person(conn: &mut Conn, person: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE image SET person = NULL WHERE person = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Takes away what was sent before a moment and never posted, and what stood in
/// messages whose removal nobody can take back any more.
pub async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<Vec<ImageId>, StoreError> {
    let mut ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "DELETE FROM image WHERE message IS NULL AND held IS NULL AND made < $1 RETURNING id",
    ).bind(before.0).fetch_all(c).await)?;
    let removed: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "DELETE FROM image WHERE message IN (
            SELECT i.message FROM image i JOIN message m ON m.id = i.message WHERE m.images IS NULL
            AND NOT EXISTS (SELECT 1 FROM bulk_removed b WHERE b.message = m.id)
         ) RETURNING id",
    ).fetch_all(c).await)?;
    ids.extend(removed);
    Ok(ids.into_iter().map(ImageId).collect())
}

fn stored(row: Row) -> Result<StoredImage, StoreError> {
    let coding = |word: &str| {
        Coding::from_word(word).ok_or_else(|| StoreError::damaged("a picture's coding", word))
    };
    let side =
        |pixels: i64| u32::try_from(pixels).map_err(|e| StoreError::damaged("a picture's side", e));
    Ok(StoredImage {
        id: ImageId(row.id),
        person: row.person.map(PersonId),
        message: row.message.map(MessageId),
        held: row.held.map(HeldId),
        width: side(row.width)?,
        height: side(row.height)?,
        large: coding(&row.large)?,
        small: coding(&row.small)?,
        made: Timestamp(row.made),
    })
}

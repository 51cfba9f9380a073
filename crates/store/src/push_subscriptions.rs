//! Browsers that asked to be told when nobody has a page open.

use hallway_model::ids::{ChannelId, MessageId, PersonId, PushId, SignInId};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Where a browser's push service takes messages, and the keys they are sealed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: PushId,
    pub person: PersonId,
    /// The sign-in it was asked for in.
    pub sign_in: SignInId,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    person: Uuid,
    sign_in: Uuid,
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// A browser that subscribes again replaces what it gave before, also where
/// somebody else was signed in to it then.
pub async fn put(
    conn: &mut Conn,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO push_subscription (id, person, endpoint, p256dh, auth, created, sign_in) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (endpoint) DO UPDATE SET person = excluded.person, sign_in = excluded.sign_in, p256dh = excluded.p256dh, auth = excluded.auth",
    )
    .bind(subscription.id.0).bind(subscription.person.0).bind(&subscription.endpoint)
    .bind(&subscription.p256dh).bind(&subscription.auth).bind(now.0)
    .bind(subscription.sign_in.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: PushId) -> Result<Option<Subscription>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, person, sign_in, endpoint, p256dh, auth FROM push_subscription WHERE id = $1",
    ).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(subscription))
}

pub async fn count(conn: &mut Conn, person: PersonId) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM push_subscription WHERE person = $1")
        .bind(person.0).fetch_one(c).await)?,
    )
}

pub async fn list_endpoints(conn: &mut Conn, person: PersonId) -> Result<Vec<String>, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT endpoint FROM push_subscription WHERE person = $1 ORDER BY created, id")
        .bind(person.0).fetch_all(c).await)?,
    )
}

/// Whether the browser of a sign-in is told.
pub async fn any_of(conn: &mut Conn, sign_in: SignInId) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM push_subscription WHERE sign_in = $1")
        .bind(sign_in.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// The browser went away, or its person switched it off.
pub async fn delete(conn: &mut Conn, id: PushId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM push_subscription WHERE id = $1").bind(id.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete_at(
    conn: &mut Conn,
    person: PersonId,
    endpoint: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM push_subscription WHERE person = $1 AND endpoint = $2")
        .bind(person.0).bind(endpoint).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn delete_of(conn: &mut Conn, person: PersonId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM push_subscription WHERE person = $1").bind(person.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether any browser shall hear of a message. Asked with each message, so it
/// ends at the first browser found, and at once where nobody is told anything.
pub async fn any_hearing(
    conn: &mut Conn,
    channel: ChannelId,
    message: MessageId,
    author: PersonId,
) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(conn, c => sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM push_subscription) AND (
            EXISTS (SELECT 1 FROM mention n JOIN push_subscription s ON s.person = n.person WHERE n.message = $2 AND n.person <> $3)
            OR EXISTS (SELECT 1 FROM follow f JOIN push_subscription s ON s.person = f.person
                WHERE f.channel = $1 AND f.level = 'all' AND f.person <> $3)
            OR EXISTS (SELECT 1 FROM channel c JOIN channel_member m ON m.channel = c.id JOIN push_subscription s ON s.person = m.person
                WHERE c.id = $1 AND c.kind = 'direct' AND m.state = 'in' AND m.person <> $3))",
    ).bind(channel.0).bind(message.0).bind(author.0).fetch_optional(c).await)?;
    Ok(found.is_some())
}

/// Browsers that shall hear of a message: of those who follow the channel
/// closely, of those it calls, and in a direct conversation of those who are in
/// it, unless they chose to hear less; never its author's, nor of whoever blocked
/// the author. In pages of `limit` after `after`.
pub async fn list_hearing(
    conn: &mut Conn,
    channel: ChannelId,
    message: MessageId,
    author: PersonId,
    after: PushId,
    limit: i64,
) -> Result<Vec<PushId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT s.id FROM push_subscription s JOIN (
            SELECT f.person FROM follow f WHERE f.channel = $1 AND f.level = 'all'
            UNION
            SELECT n.person FROM mention n WHERE n.message = $2
                AND NOT EXISTS (SELECT 1 FROM follow f WHERE f.person = n.person AND f.channel = $1 AND f.level = 'nothing')
            UNION
            SELECT m.person FROM channel c JOIN channel_member m ON m.channel = c.id
            WHERE c.id = $1 AND c.kind = 'direct' AND m.state = 'in'
                AND NOT EXISTS (SELECT 1 FROM follow f WHERE f.person = m.person AND f.channel = $1)
         ) h ON h.person = s.person
         WHERE s.person <> $3 AND s.id > $4
            AND NOT EXISTS (SELECT 1 FROM block b WHERE b.person = s.person AND b.blocked = $3)
         ORDER BY s.id LIMIT $5",
    ).bind(channel.0).bind(message.0).bind(author.0).bind(after.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PushId).collect())
}

fn subscription(row: Row) -> Subscription {
    Subscription {
        id: PushId(row.id),
        person: PersonId(row.person),
        sign_in: SignInId(row.sign_in),
        endpoint: row.endpoint,
        p256dh: row.p256dh,
        auth: row.auth,
    }
}

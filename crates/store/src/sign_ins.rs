//! Mailed sign-in links and the sign-ins they lead to. Tokens are kept as
//! hashes alone.

use std::collections::HashMap;

use hallway_model::access::{Narrowing, TokenScope};
use hallway_model::ids::{ChannelId, EventId, PersonId, SignInId, SignInLinkId};
use hallway_model::people::{DisplayName, Email, Person};
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::accounts;
use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::holdings::{Held, Holdings, held_by, holdings};

#[derive(Clone, Debug)]
pub struct Link {
    pub id: SignInLinkId,
    pub token_hash: String,
    pub email: Email,
    /// The name given at registration, for an account that is made by the link.
    pub name: Option<DisplayName>,
    /// Registers at this event, too.
    pub event: Option<EventId>,
    /// Works again and again until it expires: the demo's links alone.
    pub reusable: bool,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub used: Option<Timestamp>,
}

#[derive(FromRow)]
struct LinkRow {
    id: Uuid,
    token_hash: String,
    email: String,
    name: Option<String>,
    event: Option<Uuid>,
    reusable: bool,
    created: i64,
    expires: i64,
    used: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct SignIn {
    pub id: SignInId,
    pub person: PersonId,
    /// `browser` or `token`
    pub kind: String,
    pub label: String,
    pub created: Timestamp,
    pub seen: Timestamp,
    pub expires: Timestamp,
    /// What a token is for, where it is for less than its person may.
    pub narrowing: Option<Narrowing>,
}

#[derive(FromRow)]
struct SignInRow {
    id: Uuid,
    person: Uuid,
    kind: String,
    label: String,
    created: i64,
    seen: i64,
    expires: i64,
    scopes: Option<String>,
    channels: Option<String>,
}

/// A sign-in that has not ended, whose it is and what they hold.
#[derive(Clone, Debug)]
pub struct Shown {
    pub sign_in: SignIn,
    pub person: Person,
    pub held: Holdings,
}

/// The columns of a person, of their sign-in under names of its own, and of one
/// thing they hold.
#[derive(FromRow)]
struct ShownRow {
    #[sqlx(flatten)]
    person: accounts::Row,
    /// The sign-in.
    which: Uuid,
    token_hash: String,
    sign_in_kind: String,
    label: String,
    sign_in_created: i64,
    seen: i64,
    expires: i64,
    scopes: Option<String>,
    channels: Option<String>,
    #[sqlx(flatten)]
    held: Held,
}

pub async fn insert_link(conn: &mut Conn, link: &Link) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO sign_in_link (id, token_hash, email, name, event, reusable, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(link.id.0).bind(&link.token_hash).bind(link.email.as_str()).bind(link.name.as_ref().map(DisplayName::as_str))
    .bind(link.event.map(Uuid::from)).bind(link.reusable).bind(link.created.0).bind(link.expires.0)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find_link(conn: &mut Conn, token_hash: &str) -> Result<Option<Link>, StoreError> {
    let row: Option<LinkRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, token_hash, email, name, event, reusable, created, expires, used FROM sign_in_link WHERE token_hash = $1",
    ).bind(token_hash).fetch_optional(c).await)?;
    row.map(|row| {
        Ok(Link {
            id: SignInLinkId(row.id),
            token_hash: row.token_hash,
            email: Email::parse(&row.email).map_err(|e| StoreError::damaged("email", e))?,
            name: row.name.as_deref().and_then(|n| DisplayName::parse(n).ok()),
            event: row.event.map(EventId),
            reusable: row.reusable,
            created: Timestamp(row.created),
            expires: Timestamp(row.expires),
            used: row.used.map(Timestamp),
        })
    })
    .transpose()
}

/// Marks the link used; false where somebody else was first.
pub async fn use_link(
    conn: &mut Conn,
    id: SignInLinkId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = on!(conn, c => sqlx::query("UPDATE sign_in_link SET used = $2 WHERE id = $1 AND used IS NULL")
        .bind(id.0).bind(now.0).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(rows == 1)
}

/// Links mailed to an address since `since`: the limit on mail per address.
pub async fn count_links(
    conn: &mut Conn,
    email: &Email,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => sqlx::query_scalar("SELECT COUNT(*) FROM sign_in_link WHERE email = $1 AND created >= $2 AND NOT reusable")
        .bind(email.as_str()).bind(since.0).fetch_one(c).await)?,
    )
}

pub async fn insert(conn: &mut Conn, sign_in: &SignIn, token_hash: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO sign_in (id, person, kind, token_hash, label, created, seen, expires, scopes, channels)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(sign_in.id.0).bind(sign_in.person.0).bind(&sign_in.kind).bind(token_hash).bind(&sign_in.label)
    .bind(sign_in.created.0).bind(sign_in.seen.0).bind(sign_in.expires.0)
    .bind(sign_in.narrowing.as_ref().map(scopes)).bind(sign_in.narrowing.as_ref().and_then(bound_to))
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Sign-ins found by something of their own, their persons and what they hold.
macro_rules! shown_by {
    ($condition:literal) => {
        held_by!(concat!(
            "SELECT p.id, p.name, p.email, p.pronouns, p.zone, p.language, p.kind, p.created, p.mailbox_hash,
                    s.id AS which, s.token_hash, s.kind AS sign_in_kind, s.label, s.created AS sign_in_created, s.seen,
                    s.expires, s.scopes, s.channels
             FROM sign_in s JOIN person p ON p.id = s.person AND p.deleted IS NULL
             WHERE s.",
            $condition,
            " AND s.expires > $2"
        ))
    };
}

/// Who show tokens that have not expired, and what they hold, by the tokens'
/// hashes: one look, since it is asked of everybody who comes in.
pub async fn find(
    conn: &mut Conn,
    token_hashes: &[String],
    now: Timestamp,
) -> Result<HashMap<String, Shown>, StoreError> {
    let rows: Vec<ShownRow> = match conn {
        Conn::Sqlite(lent) => {
            sqlx::query_as(shown_by!("token_hash IN (SELECT value FROM json_each($1))"))
                .bind(sqlx::types::Json(token_hashes))
                .bind(now.0)
                .fetch_all(&mut lent.conn)
                .await?
        }
        Conn::Postgres(lent) => {
            sqlx::query_as(shown_by!("token_hash = ANY($1)"))
                .bind(token_hashes)
                .bind(now.0)
                .fetch_all(&mut lent.conn)
                .await?
        }
    };
    shown(rows)
}

/// The same of a sign-in that was shown before.
pub async fn find_again(
    conn: &mut Conn,
    id: SignInId,
    now: Timestamp,
) -> Result<Option<Shown>, StoreError> {
    let rows: Vec<ShownRow> = on!(conn, c => sqlx::query_as(shown_by!("id = $1")).bind(id.0).bind(now.0).fetch_all(c).await)?;
    Ok(shown(rows)?.into_values().next())
}

fn shown(rows: Vec<ShownRow>) -> Result<HashMap<String, Shown>, StoreError> {
    let mut found: HashMap<String, (SignInRow, accounts::Row, Vec<Held>)> = HashMap::new();
    for row in rows {
        let (_, _, held) = found.entry(row.token_hash).or_insert_with(|| {
            let sign_in = SignInRow {
                id: row.which,
                person: row.person.id,
                kind: row.sign_in_kind,
                label: row.label,
                created: row.sign_in_created,
                seen: row.seen,
                expires: row.expires,
                scopes: row.scopes,
                channels: row.channels,
            };
            (sign_in, row.person, vec![])
        });
        held.push(row.held);
    }
    let shown = found.into_iter().map(|(token_hash, (row, person, held))| {
        let shown = Shown {
            sign_in: sign_in(row)?,
            person: accounts::person(person)?,
            held: holdings(held)?,
        };
        Ok((token_hash, shown))
    });
    shown.collect()
}

pub async fn list(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<SignIn>, StoreError> {
    let rows: Vec<SignInRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, person, kind, label, created, seen, expires, scopes, channels FROM sign_in WHERE person = $1 AND expires > $2 ORDER BY seen DESC LIMIT 100",
    ).bind(person.0).bind(now.0).fetch_all(c).await)?;
    rows.into_iter().map(sign_in).collect()
}

/// Moves a sign-in's end ahead, at most once an hour per sign-in.
pub async fn touch(
    conn: &mut Conn,
    id: SignInId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE sign_in SET seen = $2, expires = $3 WHERE id = $1")
        .bind(id.0).bind(now.0).bind(expires.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Ends one sign-in of a person.
pub async fn delete(conn: &mut Conn, person: PersonId, id: SignInId) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM sign_in WHERE id = $1 AND person = $2")
        .bind(id.0).bind(person.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Ends every sign-in of a person but `keep`.
pub async fn delete_others(
    conn: &mut Conn,
    person: PersonId,
    keep: SignInId,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM sign_in WHERE person = $1 AND id <> $2")
        .bind(person.0).bind(keep.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Forgets what has expired.
pub async fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("DELETE FROM sign_in WHERE expires <= $1").bind(now.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM sign_in_link WHERE expires <= $1").bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Notes that a token was used; its end stays where it is.
pub async fn see(conn: &mut Conn, id: SignInId, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE sign_in SET seen = $2 WHERE id = $1").bind(id.0).bind(now.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Words with a space between, as OAuth has it (RFC 6749 §3.3).
fn scopes(narrowing: &Narrowing) -> String {
    let words: Vec<&str> = narrowing.scopes.iter().map(|scope| scope.word()).collect();
    words.join(" ")
}

fn bound_to(narrowing: &Narrowing) -> Option<String> {
    let ids = narrowing
        .channels
        .as_ref()?
        .iter()
        .map(ChannelId::to_string);
    Some(ids.collect::<Vec<_>>().join(" "))
}

fn sign_in(row: SignInRow) -> Result<SignIn, StoreError> {
    // A token whose limits do not read must never become one without limits.
    let narrowing = match row.scopes {
        None => None,
        Some(words) => Some(Narrowing {
            scopes: words
                .split_whitespace()
                .map(|word| {
                    TokenScope::from_word(word).ok_or_else(|| StoreError::damaged("scope", word))
                })
                .collect::<Result<_, _>>()?,
            channels: row
                .channels
                .map(|ids| {
                    ids.split_whitespace()
                        .map(|id| id.parse().map_err(|e| StoreError::damaged("channel", e)))
                        .collect::<Result<_, _>>()
                })
                .transpose()?,
        }),
    };
    Ok(SignIn {
        id: SignInId(row.id),
        person: PersonId(row.person),
        kind: row.kind,
        label: row.label,
        created: Timestamp(row.created),
        seen: Timestamp(row.seen),
        expires: Timestamp(row.expires),
        narrowing,
    })
}

/// Gives a link its token, at the moment it is mailed.
pub async fn set_link_token(
    conn: &mut Conn,
    id: SignInLinkId,
    token_hash: &str,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE sign_in_link SET token_hash = $2 WHERE id = $1 AND used IS NULL")
        .bind(id.0).bind(token_hash).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// A link by its id, for the mail that carries it.
pub async fn get_link(conn: &mut Conn, id: SignInLinkId) -> Result<Option<Link>, StoreError> {
    let hash: Option<String> = on!(conn, c => sqlx::query_scalar("SELECT token_hash FROM sign_in_link WHERE id = $1")
        .bind(id.0).fetch_optional(c).await)?;
    match hash {
        Some(hash) => find_link(conn, &hash).await,
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use hallway_testkit::{Kind, TestDatabase};
    use sqlx::Row;

    use super::*;
    use crate::{Database, Settings};

    /// Everybody who comes in is looked for: what that takes must not grow with
    /// how many have come.
    #[tokio::test]
    async fn who_comes_in_is_found_by_indexes_alone() {
        let on = TestDatabase::of(Kind::Sqlite);
        let settings = Settings {
            url: on.url().to_owned(),
            connections: 2,
        };
        let db = Database::open(&settings).await.unwrap();
        let Conn::Sqlite(mut conn) = db.read().await.unwrap() else {
            panic!("not on SQLite");
        };
        let plan = concat!(
            "EXPLAIN QUERY PLAN ",
            shown_by!("token_hash IN (SELECT value FROM json_each($1))")
        );
        let steps: Vec<String> = sqlx::query(plan)
            .bind("[]")
            .bind(0_i64)
            .fetch_all(&mut conn.conn)
            .await
            .unwrap()
            .iter()
            .map(|row| row.get("detail"))
            .collect();
        assert!(
            steps
                .iter()
                .any(|step| step.starts_with("SEARCH r USING INDEX"))
        );
        for step in &steps {
            let few = ["SCAN holder", "SCAN json_each"];
            let whole_table =
                step.starts_with("SCAN ") && !few.iter().any(|few| step.starts_with(few));
            let unindexed = step.contains("AUTOMATIC") && !step.starts_with("SEARCH held");
            assert!(!whole_table && !unindexed, "{steps:#?}");
        }
        drop(conn);
        db.close().await;
    }
}

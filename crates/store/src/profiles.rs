//! How people show themselves, and whom others at an event may find.

use hallway_model::ids::{EventId, PersonId};
use hallway_model::profiles::Profile;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
struct Row {
    listed: bool,
    named: bool,
    invisible: bool,
    shows_zone: bool,
    languages: String,
    talk_until: Option<i64>,
}

/// The person's choices; those of somebody who made none hide everything.
pub async fn find(conn: &mut Conn, person: PersonId) -> Result<Profile, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as("SELECT listed, named, invisible, shows_zone, languages, talk_until FROM profile WHERE person = $1")
        .bind(person.0).fetch_optional(c).await)?;
    Ok(row.map_or_else(Profile::default, profile))
}

pub async fn set(conn: &mut Conn, person: PersonId, profile: &Profile) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO profile (person, listed, shows_zone, languages, talk_until, invisible, named) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (person) DO UPDATE SET listed = excluded.listed, invisible = excluded.invisible, named = excluded.named, shows_zone = excluded.shows_zone,
             languages = excluded.languages, talk_until = excluded.talk_until",
    )
    .bind(person.0).bind(profile.listed).bind(profile.shows_zone).bind(profile.languages.join(" "))
    .bind(profile.talk_until.map(|at| at.0)).bind(profile.invisible).bind(profile.named)
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether the person is at the event: registered, or with a role there.
pub async fn is_at(conn: &mut Conn, event: EventId, person: PersonId) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM registration WHERE event = $1 AND person = $2)
              + (SELECT COUNT(*) FROM role_grant WHERE event = $1 AND person = $2)",
    ).bind(event.0).bind(person.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Whether others at the event know the person already: by a message in a
/// public channel of it, or by their own wish to be listed.
pub async fn is_known_at(
    conn: &mut Conn,
    event: EventId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let count: i64 = on!(conn, c => sqlx::query_scalar(
        "SELECT COUNT(*) FROM person p WHERE p.id = $2
           AND (EXISTS (SELECT 1 FROM profile f WHERE f.person = p.id AND (f.listed OR f.named) AND NOT f.invisible)
                OR EXISTS (SELECT 1 FROM message m JOIN channel c ON c.id = m.channel
                           WHERE m.author = p.id AND c.event = $1 AND c.door = 'public' AND c.kind <> 'direct'))",
    ).bind(event.0).bind(person.0).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Somebody who wants to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub person: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    pub profile: Profile,
}

/// Those at an event who want to be found by the reader, whom no block lies
/// between: who is open to talk at `now` first, then by name.
pub async fn list(
    conn: &mut Conn,
    event: EventId,
    reader: PersonId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    #[derive(FromRow)]
    struct Found {
        person: Uuid,
        name: String,
        pronouns: Option<String>,
        #[sqlx(flatten)]
        profile: Row,
    }
    let rows: Vec<Found> = on!(conn, c => sqlx::query_as(
        "SELECT f.person, p.name, p.pronouns, f.listed, f.named, f.invisible, f.shows_zone, f.languages, f.talk_until
         FROM profile f JOIN person p ON p.id = f.person
         WHERE f.listed AND NOT f.invisible AND p.deleted IS NULL
           AND (EXISTS (SELECT 1 FROM registration r WHERE r.person = p.id AND r.event = $1)
                OR EXISTS (SELECT 1 FROM role_grant g WHERE g.person = p.id AND g.event = $1))
           AND NOT EXISTS (SELECT 1 FROM block b WHERE (b.person = p.id AND b.blocked = $2) OR (b.person = $2 AND b.blocked = p.id))
         ORDER BY CASE WHEN COALESCE(f.talk_until, 0) > $3 THEN 0 ELSE 1 END, LOWER(p.name), p.id LIMIT $4",
    ).bind(event.0).bind(reader.0).bind(now.0).bind(limit).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            person: PersonId(row.person),
            name: row.name,
            pronouns: row.pronouns,
            profile: profile(row.profile),
        })
        .collect())
}

fn profile(row: Row) -> Profile {
    Profile {
        listed: row.listed,
        named: row.named,
        invisible: row.invisible,
        shows_zone: row.shows_zone,
        languages: row
            .languages
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        talk_until: row.talk_until.map(Timestamp),
    }
}

/// People at the event who are called so, whatever the case of the letters.
pub async fn named(
    conn: &mut Conn,
    event: EventId,
    name: &str,
    limit: i64,
) -> Result<Vec<PersonId>, StoreError> {
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT p.id FROM person p WHERE LOWER(p.name) = LOWER($2) AND p.deleted IS NULL
           AND (EXISTS (SELECT 1 FROM registration r WHERE r.person = p.id AND r.event = $1)
                OR EXISTS (SELECT 1 FROM role_grant g WHERE g.person = p.id AND g.event = $1))
         ORDER BY p.id LIMIT $3",
    ).bind(event.0).bind(name).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

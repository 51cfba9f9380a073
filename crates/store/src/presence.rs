//! How people want to be seen where they are, and the names of those who are
//! somewhere.

use hallway_model::ids::PersonId;
use hallway_model::presence::{MAX_NAMED, Shown};
use hallway_model::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Everybody who wants to be seen otherwise than most: named, or not at all.
pub async fn list_shown(conn: &mut Conn) -> Result<Vec<(PersonId, Shown)>, StoreError> {
    let rows: Vec<(Uuid, bool, bool)> = on!(conn, c => sqlx::query_as(
        "SELECT person, named, invisible FROM profile WHERE named OR invisible",
    ).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(person, named, invisible)| (PersonId(person), Shown { named, invisible }))
        .collect())
}

/// Somebody who is there and wants to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    pub person: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    /// Open to talk at the moment.
    pub open: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    pronouns: Option<String>,
    talk_until: Option<i64>,
}

/// Of some people those who want to be named and whom no block parts from the
/// reader: who is open to talk at `now` first, then by name.
pub async fn list(
    conn: &mut Conn,
    among: &[PersonId],
    reader: PersonId,
    now: Timestamp,
    limit: i64,
    skipped: i64,
) -> Result<Vec<Here>, StoreError> {
    if among.is_empty() {
        return Ok(vec![]);
    }
    let among = &among[..among.len().min(MAX_NAMED)];
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = QueryBuilder::new(
            "SELECT p.id, p.name, p.pronouns, f.talk_until FROM profile f JOIN person p ON p.id = f.person
             WHERE f.named AND NOT f.invisible AND p.deleted IS NULL
               AND NOT EXISTS (SELECT 1 FROM block b WHERE (b.person = p.id AND b.blocked = ",
        );
        query.push_bind(reader.0).push(") OR (b.person = ").push_bind(reader.0);
        query.push(" AND b.blocked = p.id)) AND p.id IN (");
        let mut ids = query.separated(", ");
        for person in among {
            ids.push_bind(person.0);
        }
        query.push(") ORDER BY CASE WHEN COALESCE(f.talk_until, 0) > ").push_bind(now.0);
        query.push(" THEN 0 ELSE 1 END, LOWER(p.name), p.id LIMIT ").push_bind(limit);
        query.push(" OFFSET ").push_bind(skipped);
        query.build_query_as::<Row>().fetch_all(c).await
    })?;
    Ok(rows
        .into_iter()
        .map(|row| Here {
            person: PersonId(row.id),
            name: row.name,
            pronouns: row.pronouns,
            open: row.talk_until.is_some_and(|until| now.0 < until),
        })
        .collect())
}

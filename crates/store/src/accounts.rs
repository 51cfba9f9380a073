//! People with an account.

use hallway_model::ids::PersonId;
use hallway_model::people::{DisplayName, Email, Language, Person, PersonKind};
use hallway_model::time::{Timestamp, Zone};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    name: String,
    email: Option<String>,
    pronouns: Option<String>,
    zone: Option<String>,
    language: Option<String>,
    kind: String,
    created: i64,
}

pub async fn insert(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "INSERT INTO person (id, name, email, pronouns, zone, language, created, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(person.id.0)
    .bind(person.name.as_str())
    .bind(person.email.as_ref().map(Email::as_str))
    .bind(person.pronouns.as_deref())
    .bind(person.zone.as_ref().map(Zone::name))
    .bind(person.language.map(Language::code))
    .bind(person.created.0)
    .bind(person.kind.word())
    .execute(c).await.map(|_| ()))?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, name, email, pronouns, zone, language, kind, created FROM person WHERE id = $1 AND deleted IS NULL",
    ).bind(id.0).fetch_optional(c).await)?;
    row.map(person).transpose()
}

pub async fn find_by_email(conn: &mut Conn, email: &Email) -> Result<Option<Person>, StoreError> {
    let row: Option<Row> = on!(conn, c => sqlx::query_as(
        "SELECT id, name, email, pronouns, zone, language, kind, created FROM person WHERE email = $1 AND deleted IS NULL",
    ).bind(email.as_str()).fetch_optional(c).await)?;
    row.map(person).transpose()
}

/// Names of those of them whose account is still there.
pub async fn names(
    conn: &mut Conn,
    ids: &[PersonId],
) -> Result<Vec<(PersonId, String)>, StoreError> {
    let mut names = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let rows: Vec<(Uuid, String)> = on!(conn, c => {
            let mut query = sqlx::QueryBuilder::new("SELECT id, name FROM person WHERE deleted IS NULL AND id IN (");
            let mut listed = query.separated(", ");
            for id in some {
                listed.push_bind(id.0);
            }
            listed.push_unseparated(")");
            query.build_query_as().fetch_all(c).await
        })?;
        names.extend(rows.into_iter().map(|(id, name)| (PersonId(id), name)));
    }
    Ok(names)
}

pub async fn update(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE person SET name = $2, pronouns = $3, zone = $4, language = $5 WHERE id = $1")
        .bind(person.id.0)
        .bind(person.name.as_str())
        .bind(person.pronouns.as_deref())
        .bind(person.zone.as_ref().map(Zone::name))
        .bind(person.language.map(Language::code))
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Until when the account counts as new.
pub async fn set_new_until(
    conn: &mut Conn,
    id: PersonId,
    until: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE person SET new_until = $2 WHERE id = $1").bind(id.0).bind(until.0)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Ties the account to the mailbox its address reaches.
pub async fn set_mailbox(conn: &mut Conn, id: PersonId, hash: &str) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("UPDATE person SET mailbox_hash = $2 WHERE id = $1").bind(id.0).bind(hash)
        .execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Empties the account: the row stays for what refers to it, everything that
/// names the person goes, with their sign-ins, grants and registrations.
pub async fn erase(
    conn: &mut Conn,
    id: PersonId,
    email: Option<&Email>,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query(
        "UPDATE person SET name = '', email = NULL, mailbox_hash = NULL, new_until = NULL, pronouns = NULL, zone = NULL, language = NULL, deleted = $2 WHERE id = $1",
    ).bind(id.0).bind(now.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM sign_in WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM role_grant WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM registration WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM bulk_removed WHERE message IN (SELECT id FROM message WHERE author = $1)").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM held_message WHERE author = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM reaction WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM mention WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM thread_follow WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM channel_member WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("UPDATE channel_member SET asked_by = NULL WHERE asked_by = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("UPDATE channel SET maker = NULL WHERE maker = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("UPDATE outside_room SET added_by = NULL WHERE added_by = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM profile WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM block WHERE person = $1 OR blocked = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM read_mark WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM follow WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM push_subscription WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM quiet_hours WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    on!(conn, c => sqlx::query("DELETE FROM command_key WHERE person = $1").bind(id.0).execute(c).await.map(|_| ()))?;
    // Answers to others may quote what the person wrote.
    on!(conn, c => sqlx::query("DELETE FROM command_key WHERE answer LIKE $1").bind(format!("%\"{id}\"%"))
        .execute(c).await.map(|_| ()))?;
    if let Some(email) = email {
        on!(conn, c => sqlx::query("DELETE FROM sign_in_link WHERE email = $1").bind(email.as_str()).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

pub(crate) fn person(row: Row) -> Result<Person, StoreError> {
    Ok(Person {
        id: PersonId(row.id),
        name: DisplayName::parse(&row.name).map_err(|e| StoreError::damaged("name", e))?,
        email: row
            .email
            .map(|e| Email::parse(&e))
            .transpose()
            .map_err(|e| StoreError::damaged("email", e))?,
        pronouns: row.pronouns,
        zone: row
            .zone
            .map(|z| Zone::named(&z))
            .transpose()
            .map_err(|e| StoreError::damaged("zone", e))?,
        language: row.language.as_deref().and_then(Language::from_code),
        kind: PersonKind::from_word(&row.kind)
            .ok_or_else(|| StoreError::damaged("kind of person", row.kind))?,
        created: Timestamp(row.created),
    })
}

//! The index of what was said: FTS5 on SQLite, a GIN index over `tsvector` on
//! PostgreSQL. Both follow the messages by themselves (triggers, a generated
//! column), so that a text which is changed or erased leaves at once.

use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::search::Term;
use hallway_model::time::Timestamp;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::db::{Conn, Engine, on};
use crate::error::StoreError;
use crate::messages::{Stored, list_of};

/// What is looked for, with everything that was named found already.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub terms: &'a [Term],
    pub link: bool,
    /// Only in these: what the reader may read.
    pub channels: &'a [ChannelId],
    /// Only by these, where given.
    pub people: Option<&'a [PersonId]>,
    /// Whom the reader wants to hear nothing of.
    pub not_by: &'a [PersonId],
    /// Sent at this moment or later.
    pub since: Option<Timestamp>,
    /// Sent before this moment.
    pub until: Option<Timestamp>,
    /// Only what comes after this hit.
    pub after: Option<Place>,
}

/// A hit's place in the order of hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub sent: Timestamp,
    pub message: MessageId,
}

/// SQLite's row numbers: the moment in milliseconds, then what was sent in it.
const PER_MILLISECOND: i64 = 1_048_576;

/// Hits, newest first, at most `limit`. Without words, a link or people there
/// is nothing to look for, and nothing is found.
pub async fn find(
    conn: &mut Conn,
    wanted: &Wanted<'_>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let by_index = !wanted.terms.is_empty() || wanted.link;
    let nobody = wanted.people.is_some_and(<[_]>::is_empty);
    if wanted.channels.is_empty() || nobody || (!by_index && wanted.people.is_none()) {
        return Ok(vec![]);
    }
    let engine = conn.engine();
    let numbered = by_index && engine == Engine::Sqlite;
    let ids: Vec<Uuid> = on!(conn, c => {
        let mut query = QueryBuilder::new("SELECT m.id");
        if numbered {
            // In this order: the index gives few rows, the newest first.
            query.push(" FROM message_search s CROSS JOIN search_row r ON r.number = s.rowid CROSS JOIN message m ON m.id = r.message WHERE message_search MATCH ");
            query.push_bind(for_fts5(wanted));
            if let Some(since) = wanted.since {
                query.push(" AND s.rowid >= ").push_bind(since.0.saturating_mul(PER_MILLISECOND));
            }
            if let Some(until) = wanted.until {
                query.push(" AND s.rowid < ").push_bind(until.0.saturating_mul(PER_MILLISECOND));
            }
            if let Some(after) = wanted.after {
                query.push(" AND s.rowid < COALESCE((SELECT number FROM search_row WHERE message = ").push_bind(after.message.0);
                query.push("), ").push_bind(after.sent.0.saturating_mul(PER_MILLISECOND)).push(")");
            }
        } else {
            query.push(" FROM message m WHERE m.source <> ''");
            if by_index {
                query.push(" AND m.words @@ (");
                if wanted.terms.is_empty() {
                    query.push("'''has:link'''::tsquery)");
                } else {
                    query.push("to_tsquery('simple', ").push_bind(for_tsquery(wanted.terms));
                    query.push(if wanted.link { ") && '''has:link'''::tsquery)" } else { "))" });
                }
            }
            if let Some(since) = wanted.since {
                query.push(" AND m.sent >= ").push_bind(since.0);
            }
            if let Some(until) = wanted.until {
                query.push(" AND m.sent < ").push_bind(until.0);
            }
            if let Some(after) = wanted.after {
                query.push(" AND (m.sent, m.id) < (").push_bind(after.sent.0).push(", ").push_bind(after.message.0).push(")");
            }
        }
        query.push(" AND m.channel IN (");
        let mut ids = query.separated(", ");
        for channel in wanted.channels {
            ids.push_bind(Uuid::from(*channel));
        }
        query.push(")");
        if let Some(people) = wanted.people {
            query.push(" AND m.author IN (");
            let mut ids = query.separated(", ");
            for person in people {
                ids.push_bind(Uuid::from(*person));
            }
            query.push(")");
        }
        if !wanted.not_by.is_empty() {
            query.push(" AND (m.author IS NULL OR m.author NOT IN (");
            let mut ids = query.separated(", ");
            for person in wanted.not_by {
                ids.push_bind(Uuid::from(*person));
            }
            query.push("))");
        }
        query.push(if numbered { " ORDER BY s.rowid DESC LIMIT " } else { " ORDER BY m.sent DESC, m.id DESC LIMIT " });
        query.push_bind(limit);
        query.build_query_scalar::<Uuid>().fetch_all(c).await
    })?;
    let ids: Vec<MessageId> = ids.into_iter().map(MessageId).collect();
    list_of(conn, &ids).await
}

/// People whose name, or a word of it, begins with `text`; at most `limit`.
pub async fn people_named(
    conn: &mut Conn,
    text: &str,
    limit: i64,
) -> Result<Vec<PersonId>, StoreError> {
    let escaped = text
        .to_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    let ids: Vec<Uuid> = on!(conn, c => sqlx::query_scalar(
        "SELECT id FROM person WHERE deleted IS NULL AND (LOWER(name) LIKE $1 ESCAPE '\\' OR LOWER(name) LIKE $2 ESCAPE '\\') ORDER BY name LIMIT $3",
    ).bind(format!("{escaped}%")).bind(format!("% {escaped}%")).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// `{said} : ("forty disks" AND "sear"*)`. Words are letters and digits alone,
/// and quoted besides: nothing of them is an operator.
fn for_fts5(wanted: &Wanted<'_>) -> String {
    let mut parts = vec![];
    if !wanted.terms.is_empty() {
        let terms: Vec<String> = wanted
            .terms
            .iter()
            .map(|term| {
                let star = if term.begins { "*" } else { "" };
                format!("\"{}\"{star}", term.words.join(" "))
            })
            .collect();
        parts.push(format!("{{said}} : ({})", terms.join(" AND ")));
    }
    if wanted.link {
        parts.push("{has} : \"link\"".into());
    }
    parts.join(" AND ")
}

/// `('forty' <-> 'disks') & ('sear':*)`
fn for_tsquery(terms: &[Term]) -> String {
    let terms: Vec<String> = terms
        .iter()
        .map(|term| {
            let words: Vec<String> = term.words.iter().map(|word| format!("'{word}'")).collect();
            let star = if term.begins { ":*" } else { "" };
            format!("({}{star})", words.join(" <-> "))
        })
        .collect();
    terms.join(" & ")
}

//! What was brought along from other chats, by the ids it had there, so that a
//! second import finds it.

use std::collections::HashMap;

use hallway_model::ids::EventId;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Sources asked for at once.
const AT_ONCE: usize = 200;

/// What stands for which of these sources.
pub async fn find(
    conn: &mut Conn,
    event: EventId,
    sources: &[String],
) -> Result<HashMap<String, Uuid>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        source: String,
        target: Uuid,
    }
    let mut found = HashMap::new();
    for some in sources.chunks(AT_ONCE) {
        let rows: Vec<Row> = on!(conn, c => {
            let mut query = QueryBuilder::new("SELECT source, target FROM imported WHERE event = ");
            query.push_bind(event.0).push(" AND source IN (");
            let mut listed = query.separated(", ");
            for source in some {
                listed.push_bind(source.as_str());
            }
            query.push(")");
            query.build_query_as::<Row>().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| (row.source, row.target)));
    }
    Ok(found)
}

pub async fn insert(
    conn: &mut Conn,
    event: EventId,
    source: &str,
    target: Uuid,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO imported (event, source, target) VALUES ($1, $2, $3)")
        .bind(event.0).bind(source).bind(target).execute(c).await.map(|_| ()))?;
    Ok(())
}

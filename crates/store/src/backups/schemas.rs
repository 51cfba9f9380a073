//! What tables there are, asked of the database itself: columns, types, and in
//! what order rows may be written so that nothing refers ahead.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::transactions::{Tx, within};
use super::{BackupError, Column, Kind};

/// The migrator's own and the search's: a restore makes them anew.
const BOOKKEEPING: [&str; 2] = ["_sqlx_migrations", "search_row"];

#[derive(Debug)]
pub(super) struct Shape {
    pub name: String,
    pub columns: Vec<Column>,
    pub references: Vec<Reference>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub to: String,
    /// Its name on PostgreSQL; SQLite has none and needs none.
    pub constraint: String,
}

/// A name as SQL takes it, whatever it holds.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every table of ours, each after those it refers to where that is possible.
pub(super) async fn tables(tx: &mut Tx<'_>) -> Result<Vec<Shape>, BackupError> {
    // Virtual tables and their shadows are indexes: made by what fills them.
    let names: Vec<String> = match tx {
        Tx::Sqlite(c) => {
            sqlx::query_scalar(
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
            )
            .fetch_all(&mut **c)
            .await?
        }
        Tx::Postgres(c) => {
            sqlx::query_scalar(
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name",
            )
            .fetch_all(&mut **c)
            .await?
        }
    };
    let mut shapes = Vec::with_capacity(names.len());
    for name in names
        .into_iter()
        .filter(|name| !BOOKKEEPING.contains(&name.as_str()))
    {
        let columns = columns(tx, &name).await?;
        let references = references(tx, &name).await?;
        shapes.push(Shape {
            name,
            columns,
            references,
        });
    }
    Ok(in_order(shapes))
}

async fn columns(tx: &mut Tx<'_>, table: &str) -> Result<Vec<Column>, BackupError> {
    // Generated columns follow from the others.
    let found: Vec<(String, String)> = match tx {
        Tx::Sqlite(c) => {
            sqlx::query_as(
                "SELECT name, lower(type) FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid",
            )
            .bind(table)
            .fetch_all(&mut **c)
            .await?
        }
        Tx::Postgres(c) => {
            sqlx::query_as(
                "SELECT column_name::text, data_type::text FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position",
            )
            .bind(table)
            .fetch_all(&mut **c)
            .await?
        }
    };
    found
        .into_iter()
        .map(|(name, found)| {
            let kind = match found.as_str() {
                "uuid" => Kind::Uuid,
                "text" => Kind::Text,
                "boolean" => Kind::Boolean,
                "bigint" => Kind::Integer,
                _ => {
                    return Err(BackupError::UnknownType {
                        table: table.to_owned(),
                        column: name,
                        found,
                    });
                }
            };
            Ok(Column { name, kind })
        })
        .collect()
}

async fn references(tx: &mut Tx<'_>, table: &str) -> Result<Vec<Reference>, BackupError> {
    let found: Vec<(String, String)> = match tx {
        Tx::Sqlite(c) => {
            sqlx::query_as("SELECT DISTINCT \"table\", '' FROM pragma_foreign_key_list($1)")
                .bind(table)
                .fetch_all(&mut **c)
                .await?
        }
        Tx::Postgres(c) => {
            sqlx::query_as(
                "SELECT target.relname::text, c.conname::text FROM pg_constraint c
                 JOIN pg_class source ON source.oid = c.conrelid JOIN pg_class target ON target.oid = c.confrelid
                 WHERE c.contype = 'f' AND source.relnamespace = current_schema()::regnamespace AND source.relname = $1",
            )
            .bind(table)
            .fetch_all(&mut **c)
            .await?
        }
    };
    Ok(found
        .into_iter()
        .map(|(to, constraint)| Reference { to, constraint })
        .collect())
}

/// Tables after those they refer to; a circle is entered at its first name.
fn in_order(shapes: Vec<Shape>) -> Vec<Shape> {
    let mut left: BTreeMap<String, Shape> = shapes
        .into_iter()
        .map(|shape| (shape.name.clone(), shape))
        .collect();
    let mut ordered: Vec<Shape> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = left
            .values()
            .find(|shape| {
                let mut others = shape.references.iter().filter(|r| r.to != shape.name);
                !others.any(|r| left.contains_key(&r.to))
            })
            .or_else(|| left.values().next())
            .map(|shape| shape.name.clone());
        ordered.extend(free.and_then(|name| left.remove(&name)));
    }
    ordered
}

/// References that rows meet before what they refer to: to their own table or
/// within a circle.
pub(super) fn ahead(ordered: &[Shape]) -> Vec<(&str, &Reference)> {
    let mut before = BTreeSet::new();
    let mut ahead = Vec::new();
    for shape in ordered {
        let found = shape.references.iter().filter(|r| !before.contains(&r.to));
        ahead.extend(found.map(|reference| (shape.name.as_str(), reference)));
        before.insert(shape.name.clone());
    }
    ahead
}

pub(super) async fn count(tx: &mut Tx<'_>, table: &str) -> Result<u64, BackupError> {
    let sql = format!("SELECT COUNT(*) FROM {}", quoted(table));
    let rows: i64 = within!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(c).await)?;
    Ok(rows.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(name: &str, to: &[&str]) -> Shape {
        let references = to
            .iter()
            .map(|to| Reference {
                to: (*to).into(),
                constraint: format!("{name}_{to}"),
            })
            .collect();
        Shape {
            name: name.into(),
            columns: vec![],
            references,
        }
    }

    #[test]
    fn a_table_comes_after_those_it_refers_to() {
        let ordered = in_order(vec![
            shape("a", &["z"]),
            shape("m", &["a", "m"]),
            shape("z", &[]),
        ]);
        let names: Vec<&str> = ordered.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "m"]);
        let ahead: Vec<_> = ahead(&ordered)
            .into_iter()
            .map(|(table, r)| (table, r.to.as_str()))
            .collect();
        assert_eq!(ahead, [("m", "m")]);
    }

    #[test]
    fn a_circle_is_broken_and_told() {
        let ordered = in_order(vec![shape("a", &["b"]), shape("b", &["a"])]);
        let names: Vec<&str> = ordered.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(ahead(&ordered).len(), 1);
    }
}

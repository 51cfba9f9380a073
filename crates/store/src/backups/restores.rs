//! Putting a checked backup into an empty database, in one transaction: the
//! schema as the backup has it, its rows, then the migrations since.

use sqlx::{AssertSqlSafe, QueryBuilder};

use super::rows::{self, Cell};
use super::schemas::{self, Shape, quoted};
use super::transactions::{Tx, within};
use super::{Backup, BackupError, Table};
use crate::db::{Pools, Settings};
use crate::error::StoreError;
use crate::migrate::{self, SCHEMA_VERSION, Steps};

/// Values of one INSERT; SQLite takes at most 32,766.
const VALUES: usize = 16_000;

/// Fills an empty database, or leaves it as it was.
pub async fn restore(settings: &Settings, backup: &Backup) -> Result<(), BackupError> {
    let newest = SCHEMA_VERSION;
    if backup.manifest().schema > newest {
        return Err(BackupError::Newer {
            what: "schema",
            found: backup.manifest().schema,
            known: newest,
        });
    }
    let pools = Pools::open(settings).await?;
    let restored = restore_pools(&pools, backup, migrate::STEPS).await;
    pools.close().await;
    restored
}

pub(super) async fn restore_pools(
    pools: &Pools,
    backup: &Backup,
    steps: Steps,
) -> Result<(), BackupError> {
    let mut conn = pools.write().await?;
    let mut tx = Tx::write(&mut conn).await?;
    fill(&mut tx, backup, steps).await?;
    Ok(tx.commit().await?)
}

async fn fill(tx: &mut Tx<'_>, backup: &Backup, steps: Steps) -> Result<(), BackupError> {
    if !schemas::tables(tx).await?.is_empty() {
        return Err(BackupError::NotEmpty);
    }
    let manifest = backup.manifest();
    apply(tx, steps, Some(manifest.schema)).await?;
    let shapes = schemas::tables(tx).await?;
    defer(tx, &shapes).await?;
    for table in &manifest.tables {
        if !shapes.iter().any(|shape| shape.name == table.name) {
            let name = &table.name;
            return Err(BackupError::Damaged(format!(
                "schema {} has no table {name}",
                manifest.schema
            )));
        }
    }
    for shape in &shapes {
        let table = manifest.tables.iter().find(|t| t.name == shape.name);
        let table = table.filter(|table| same_columns(table, shape));
        let Some(table) = table else {
            let name = &shape.name;
            return Err(BackupError::Damaged(format!(
                "table {name} is missing or has other columns than schema {}",
                manifest.schema
            )));
        };
        insert_rows(tx, backup, shape).await?;
        let found = schemas::count(tx, &shape.name).await?;
        if found != table.rows {
            return Err(BackupError::Damaged(format!(
                "table {} got {found} rows of {}",
                shape.name, table.rows
            )));
        }
    }
    check_references(tx, &shapes).await?;
    apply(tx, steps, None).await?;
    Ok(())
}

async fn apply(tx: &mut Tx<'_>, steps: Steps, up_to: Option<i64>) -> Result<(), BackupError> {
    let engine = tx.engine();
    Ok(within!(tx, c => migrate::run(engine, c, steps, up_to).await)?)
}

fn same_columns(table: &Table, shape: &Shape) -> bool {
    // The two databases may list them in another order after migrations.
    let (mut ours, mut theirs) = (shape.columns.clone(), table.columns.clone());
    ours.sort();
    theirs.sort();
    ours == theirs
}

async fn insert_rows(tx: &mut Tx<'_>, backup: &Backup, shape: &Shape) -> Result<(), BackupError> {
    let names: Vec<String> = shape.columns.iter().map(|c| quoted(&c.name)).collect();
    let head = format!(
        "INSERT INTO {} ({}) ",
        quoted(&shape.name),
        names.join(", ")
    );
    let at_once = (VALUES / shape.columns.len().max(1)).max(1);
    let mut lines = backup.lines(&shape.name, at_once);
    while let Some(some) = lines.recv().await {
        let parsed: Vec<Vec<Cell>> = some?
            .iter()
            .map(|line| rows::parse(line, &shape.columns))
            .collect::<Result<_, _>>()?;
        let head = head.clone();
        within!(tx, c => {
            let mut query = QueryBuilder::new(head);
            query.push_values(parsed, |mut row, cells| {
                for cell in cells {
                    match cell {
                        Cell::Uuid(it) => row.push_bind(it),
                        Cell::Text(it) => row.push_bind(it),
                        Cell::Boolean(it) => row.push_bind(it),
                        Cell::Integer(it) => row.push_bind(it),
                    };
                }
            });
            // Texts of many lengths: keeping them prepared would only cost memory.
            query.build().persistent(false).execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// Lets rows refer to later ones until [`check_references`].
async fn defer(tx: &mut Tx<'_>, shapes: &[Shape]) -> Result<(), BackupError> {
    match tx {
        Tx::Sqlite(c) => {
            sqlx::query("PRAGMA defer_foreign_keys = ON")
                .execute(&mut **c)
                .await?;
        }
        Tx::Postgres(c) => {
            for (table, reference) in schemas::ahead(shapes) {
                let sql = alter(
                    table,
                    &reference.constraint,
                    "DEFERRABLE INITIALLY DEFERRED",
                );
                sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await?;
            }
        }
    }
    Ok(())
}

async fn check_references(tx: &mut Tx<'_>, shapes: &[Shape]) -> Result<(), BackupError> {
    match tx {
        Tx::Sqlite(c) => {
            let broken: Option<String> =
                sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")
                    .fetch_optional(&mut **c)
                    .await?;
            if let Some(table) = broken {
                return Err(BackupError::Damaged(format!(
                    "a row of {table} refers to one that is missing"
                )));
            }
        }
        Tx::Postgres(c) => {
            sqlx::query("SET CONSTRAINTS ALL IMMEDIATE")
                .execute(&mut **c)
                .await
                .map_err(|error| {
                    BackupError::Damaged(format!("a row refers to one that is missing: {error}"))
                })?;
            for (table, reference) in schemas::ahead(shapes) {
                let sql = alter(table, &reference.constraint, "NOT DEFERRABLE");
                sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await?;
            }
        }
    }
    Ok(())
}

fn alter(table: &str, constraint: &str, how: &str) -> String {
    format!(
        "ALTER TABLE {} ALTER CONSTRAINT {} {how}",
        quoted(table),
        quoted(constraint)
    )
}

impl From<sqlx::migrate::MigrateError> for BackupError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Store(StoreError::Other(format!("migration: {error}")))
    }
}

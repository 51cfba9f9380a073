//! Reading every table in one snapshot, while others write.

use futures_util::TryStreamExt;
use hallway_model::time::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use super::rows::read_cell;
use super::schemas::{self, Shape, quoted};
use super::transactions::{Tx, within};
use super::{Archive, BackupError, Table};
use crate::db::{Engine, Pools, Settings};
use crate::migrate::{self, SchemaState};

/// Bytes of lines that go to the archive together.
const PIECE: usize = 64 * 1024;

/// What was dumped: the head of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub schema: i64,
    pub created: Timestamp,
    pub engine: Engine,
    pub tables: Vec<Table>,
}

/// Writes every table into `archive` as of one moment. The schema stays as it
/// is, older or newer than this program's.
pub async fn dump(
    settings: &Settings,
    archive: &mut Archive,
    now: Timestamp,
) -> Result<Snapshot, BackupError> {
    let pools = Pools::open_existing(settings).await?;
    let dumped = dump_pools(&pools, archive, now).await;
    pools.close().await;
    dumped
}

pub(super) async fn dump_pools(
    pools: &Pools,
    archive: &mut Archive,
    now: Timestamp,
) -> Result<Snapshot, BackupError> {
    let schema = match migrate::state(pools).await? {
        SchemaState::Empty => return Err(BackupError::NothingThere),
        SchemaState::Current => migrate::SCHEMA_VERSION,
        SchemaState::Behind { found } | SchemaState::Newer { found } => found,
    };
    let mut conn = pools.read().await?;
    let mut tx = Tx::snapshot(&mut conn).await?;
    let tables = dump_tables(&mut tx, archive).await?;
    Ok(Snapshot {
        schema,
        created: now,
        engine: tx.engine(),
        tables,
    })
}

async fn dump_tables(tx: &mut Tx<'_>, archive: &mut Archive) -> Result<Vec<Table>, BackupError> {
    let mut tables = Vec::new();
    for shape in schemas::tables(tx).await? {
        archive.begin_table(&shape.name).await?;
        let rows = dump_rows(tx, archive, &shape).await?;
        tables.push(Table {
            name: shape.name,
            rows,
            columns: shape.columns,
        });
    }
    Ok(tables)
}

async fn dump_rows(
    tx: &mut Tx<'_>,
    archive: &mut Archive,
    shape: &Shape,
) -> Result<u64, BackupError> {
    let names: Vec<String> = shape.columns.iter().map(|c| quoted(&c.name)).collect();
    let sql = format!("SELECT {} FROM {}", names.join(", "), quoted(&shape.name));
    let mut count = 0;
    let mut piece = Vec::with_capacity(PIECE + 4_096);
    within!(tx, c => {
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(c);
        while let Some(row) = rows.try_next().await? {
            let mut line = serde_json::Map::with_capacity(shape.columns.len());
            for (index, column) in shape.columns.iter().enumerate() {
                let value: Result<serde_json::Value, sqlx::Error> = read_cell!(row, index, column.kind);
                line.insert(column.name.clone(), value?);
            }
            serde_json::to_writer(&mut piece, &line)
                .map_err(|error| BackupError::Stopped(error.to_string()))?;
            piece.push(b'\n');
            count += 1;
            if piece.len() >= PIECE {
                archive.write(std::mem::take(&mut piece)).await?;
            }
        }
    });
    if !piece.is_empty() {
        archive.write(piece).await?;
    }
    Ok(count)
}

//! One transaction of either database, rolled back where it is dropped. The
//! driver keeps count of it, so that the migrator's own become savepoints of
//! it; the writer's `BEGIN` by hand could not do that.

use sqlx::{Postgres, Sqlite, Transaction};

use crate::db::{Engine, Pools};
use crate::error::StoreError;

pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// `within!(tx, c => sqlx::query("...").execute(c).await)`: the expression is
/// compiled once for each database.
macro_rules! within {
    ($tx:expr, $c:ident => $e:expr) => {
        match $tx {
            $crate::backups::transactions::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $e
            }
            $crate::backups::transactions::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $e
            }
        }
    };
}
pub(super) use within;

impl Tx {
    /// Sees one moment of the record however long it lasts. In SQLite's WAL
    /// that is the moment of the first read.
    pub async fn snapshot(pools: &Pools) -> Result<Self, StoreError> {
        Ok(match pools {
            Pools::Sqlite { readers, .. } => Self::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Self::Postgres(
                pool.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    .await?,
            ),
        })
    }

    pub async fn write(pools: &Pools) -> Result<Self, StoreError> {
        Ok(match pools {
            Pools::Sqlite { writer, .. } => {
                Self::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Self::Postgres(pool.begin().await?),
        })
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

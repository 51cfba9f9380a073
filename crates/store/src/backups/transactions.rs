//! One transaction of either database, rolled back where it is dropped. The
//! driver keeps count of it, so that the migrator's own become savepoints of
//! it; the writer's `BEGIN` by hand could not do that.

use sqlx::{Connection, Postgres, Sqlite, Transaction};

use crate::db::{Conn, Engine};
use crate::error::StoreError;

pub(super) enum Tx<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres(Transaction<'c, Postgres>),
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

impl<'c> Tx<'c> {
    /// Sees one moment of the record however long it lasts. In SQLite's WAL
    /// that is the moment of the first read.
    pub async fn snapshot(conn: &'c mut Conn) -> Result<Self, StoreError> {
        Ok(match conn {
            Conn::Sqlite(lent) => Self::Sqlite(lent.conn.begin().await?),
            Conn::Postgres(lent) => {
                let moment = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Self::Postgres(lent.conn.begin_with(moment).await?)
            }
        })
    }

    pub async fn write(conn: &'c mut Conn) -> Result<Self, StoreError> {
        Ok(match conn {
            Conn::Sqlite(lent) => Self::Sqlite(lent.conn.begin_with("BEGIN IMMEDIATE").await?),
            Conn::Postgres(lent) => Self::Postgres(lent.conn.begin().await?),
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

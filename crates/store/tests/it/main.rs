//! The store's promises, each on SQLite and on PostgreSQL.

mod command_keys;
mod jobs;
mod messages;
mod migrations;
mod outbox;
mod sign_ins;
mod writer;

use hallway_model::time::Timestamp;
use hallway_store::{BoxFuture, Conn, Database, Settings, StoreError};
use hallway_testkit::{Kind, TestDatabase};

/// 2026-02-06T09:00:00Z
const NOW: Timestamp = Timestamp(1_770_368_400_000);

/// An open database of its own. The connections go before the database does.
struct Store {
    db: Database,
    on: TestDatabase,
}

fn settings(on: &TestDatabase) -> Settings {
    Settings {
        url: on.url().to_owned(),
        connections: 12,
    }
}

impl Store {
    async fn open(kind: Kind) -> Self {
        let on = TestDatabase::of(kind);
        let db = Database::open(&settings(&on)).await.unwrap();
        Self { db, on }
    }

    /// Writes, where nothing may go wrong.
    async fn write<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    ) -> T {
        write(&self.db, work).await
    }

    async fn read(&self) -> Conn {
        self.db.read().await.unwrap()
    }

    /// Runs SQL past the store, as an admin might.
    async fn run(&self, sql: &'static str) {
        use sqlx::{Connection, PgConnection, SqliteConnection};
        match self.on.kind() {
            Kind::Sqlite => {
                let mut conn = SqliteConnection::connect(self.on.url()).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
            Kind::Postgres => {
                let mut conn = PgConnection::connect(self.on.url()).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
        }
    }
}

async fn write<T: Send + 'static>(
    db: &Database,
    work: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
) -> T {
    db.writer().write(work, |_| ()).await.unwrap().unwrap()
}

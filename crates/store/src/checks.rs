//! Looking a database over for `hallway doctor`, leaving it as it was. What to
//! do about what is found is said by the doctor.

use hallway_model::time::Timestamp;

use crate::db::{Conn, Engine, Pools, Settings, on};
use crate::error::StoreError;
use crate::migrate::{self, SchemaState};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub engine: Engine,
    /// As the engine calls itself: `3.51.3`.
    pub version: String,
    pub schema: SchemaState,
    /// Why nothing can be written, where that is so.
    pub read_only: Option<String>,
    /// What SQLite's own check found wrong; PostgreSQL has none.
    pub damage: Option<String>,
    /// The database server's clock; SQLite has none of its own.
    pub clock: Option<Timestamp>,
}

/// Looks an existing database over; a SQLite file is not created. Reads all
/// of a SQLite file.
pub async fn check(settings: &Settings) -> Result<Health, StoreError> {
    let pools = Pools::open_existing(settings).await?;
    let health = check_pools(&pools).await;
    pools.close().await;
    health
}

async fn check_pools(pools: &Pools) -> Result<Health, StoreError> {
    let schema = migrate::state(pools).await?;
    let mut conn = pools.write().await?;
    let read_only = try_writing(&mut conn).await.err().map(|e| e.to_string());
    let (version, damage, clock): (String, Option<String>, Option<i64>) = match &mut conn {
        Conn::Sqlite(c) => {
            let version = sqlx::query_scalar("SELECT sqlite_version()")
                .fetch_one(&mut c.conn)
                .await?;
            let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
                .fetch_one(&mut c.conn)
                .await?;
            (version, Some(found).filter(|found| found != "ok"), None)
        }
        Conn::Postgres(c) => {
            let version = sqlx::query_scalar("SELECT current_setting('server_version')")
                .fetch_one(&mut c.conn)
                .await?;
            let clock =
                sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                    .fetch_one(&mut c.conn)
                    .await?;
            (version, None, Some(clock))
        }
    };
    Ok(Health {
        engine: conn.engine(),
        version,
        schema,
        read_only,
        damage,
        clock: clock.map(Timestamp),
    })
}

/// Makes a table and takes it back.
async fn try_writing(conn: &mut Conn) -> Result<(), StoreError> {
    conn.run(match conn.engine() {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN",
    })
    .await?;
    let written: Result<(), sqlx::Error> = on!(&mut *conn, c =>
        sqlx::query("CREATE TABLE doctor_was_here (n BIGINT)").execute(c).await.map(|_| ()));
    conn.run("ROLLBACK").await?;
    Ok(written?)
}

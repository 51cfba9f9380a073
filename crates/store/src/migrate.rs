//! Schema migrations, embedded in the binary: the common ones, written in the
//! words both databases share, and those of one database, merged by number.

use std::borrow::Cow;
use std::ops::Deref;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Acquire, SqlSafeStr};

use crate::db::{Conn, Engine, Pools, on};
use crate::error::StoreError;

#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub version: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

pub(crate) type Steps = &'static [Step];

macro_rules! common {
    ($version:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/common/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/common/", $name, ".sql")),
        }
    };
}

/// One text for each database.
macro_rules! each {
    ($version:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

pub(crate) const STEPS: Steps = &[
    common!(1, "0001_skeleton"),
    common!(2, "0002_places"),
    common!(3, "0003_messages"),
    common!(4, "0004_safety"),
    common!(5, "0005_integrations"),
    common!(6, "0006_reading"),
    each!(7, "0007_search"),
    common!(8, "0008_webhooks_and_bots"),
    common!(9, "0009_anonymous_reports"),
    common!(10, "0010_pushes"),
    common!(11, "0011_images"),
    common!(12, "0012_digests"),
    common!(13, "0013_hosts_and_presence"),
];

/// The newest schema this program knows.
pub const SCHEMA_VERSION: i64 = STEPS[STEPS.len() - 1].version;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    Empty,
    Behind { found: i64 },
    Current,
    Newer { found: i64 },
}

fn migrator(engine: Engine, steps: Steps) -> Migrator {
    let migrations = steps
        .iter()
        .map(|step| {
            let sql = match engine {
                Engine::Sqlite => step.sqlite,
                Engine::Postgres => step.postgres,
            };
            Migration::new(
                step.version,
                Cow::Borrowed(step.name),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
        .collect();
    Migrator::with_migrations(migrations)
}

/// Applies what is missing; refuses a schema newer than this program.
pub(crate) async fn up(pools: &Pools) -> Result<(), StoreError> {
    if let SchemaState::Newer { found } = state(pools).await? {
        return Err(StoreError::NewerSchema {
            found,
            known: SCHEMA_VERSION,
        });
    }
    let mut conn = pools.write().await?;
    let engine = conn.engine();
    let result = on!(&mut conn, c => run(engine, c, STEPS, None).await);
    result.map_err(|error| StoreError::Other(format!("migration: {error}")))
}

/// Applies `steps` up to a version, or all of them, within the transaction
/// where there is one.
pub(crate) async fn run<'a, A>(
    engine: Engine,
    on: A,
    steps: Steps,
    up_to: Option<i64>,
) -> Result<(), MigrateError>
where
    A: Acquire<'a>,
    <A::Connection as Deref>::Target: Migrate,
{
    let migrator = migrator(engine, steps);
    match up_to {
        Some(version) => migrator.run_to(version, on).await,
        None => migrator.run(on).await,
    }
}

pub(crate) async fn state(pools: &Pools) -> Result<SchemaState, StoreError> {
    let mut conn = pools.write().await?;
    let has_table: i64 = match &mut conn {
        Conn::Sqlite(c) => {
            sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
                .fetch_one(&mut c.conn)
                .await?
        }
        Conn::Postgres(c) => {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()",
            )
            .fetch_one(&mut c.conn)
            .await?
        }
    };
    if has_table == 0 {
        return Ok(SchemaState::Empty);
    }
    let found: i64 = on!(&mut conn, c => sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").fetch_one(c).await)?;
    Ok(match found {
        0 => SchemaState::Empty,
        n if n < SCHEMA_VERSION => SchemaState::Behind { found: n },
        n if n == SCHEMA_VERSION => SchemaState::Current,
        n => SchemaState::Newer { found: n },
    })
}

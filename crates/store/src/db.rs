//! Connections: which database it is, how it is opened, and the one macro by
//! which a query is written once and compiled for both.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Postgres, Sqlite};

use crate::error::StoreError;
use crate::lines::{Lent, Lines, hang_up, lines};
use crate::migrate;
use crate::pulse::Pulse;
use crate::writer::Writer;

/// How to reach the record.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://...`
    pub url: String,
    /// Connections for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The open record: cheap to clone.
#[derive(Clone)]
pub struct Database {
    pools: Pools,
    pulse: Pulse,
    writer: Writer,
}

#[derive(Clone)]
pub(crate) enum Pools {
    Sqlite {
        readers: Lines<Sqlite>,
        writer: Lines<Sqlite>,
    },
    Postgres(Lines<Postgres>, Arc<PgConnectOptions>),
}

/// One connection, for reading or inside a transaction of the writer.
pub enum Conn {
    Sqlite(Lent<Sqlite>),
    Postgres(Lent<Postgres>),
}

/// `on!(conn, c => sqlx::query("...").bind(x).execute(c).await)`: the
/// expression is compiled once for each database.
macro_rules! on {
    ($conn:expr, $c:ident => $e:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(lent) => {
                let $c = &mut lent.conn;
                $e
            }
            $crate::db::Conn::Postgres(lent) => {
                let $c = &mut lent.conn;
                $e
            }
        }
    };
}
pub(crate) use on;

impl Conn {
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement without parameters.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        on!(self, c => sqlx::query(sql).execute(c).await.map(|_| ()))?;
        Ok(())
    }
}

/// A second waits longer than any commit of ours and less than a person.
const BUSY: Duration = Duration::from_millis(1_500);
/// The same for a connection to PostgreSQL.
pub(crate) const CONNECT: Duration = Duration::from_millis(1_750);

impl Database {
    /// Opens the database, creating a SQLite file where there is none, brings
    /// its schema up to date, and starts the writer.
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let pools = Pools::open(settings).await?;
        migrate::up(&pools).await?;
        let pulse = pools.pulse();
        let writer = Writer::start(pools.clone(), pulse.clone());
        Ok(Self {
            pools,
            pulse,
            writer,
        })
    }

    /// The state of the schema, without touching it. A SQLite file is not created.
    pub async fn schema(settings: &Settings) -> Result<migrate::SchemaState, StoreError> {
        migrate::state(&Pools::open_existing(settings).await?).await
    }

    pub fn engine(&self) -> Engine {
        self.pools.engine()
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        self.pulse.check()?;
        // Waiting for a connection takes four kilobytes, which everything that
        // reads would carry along for as long as it lives.
        Box::pin(self.pools.read()).await
    }

    /// What is read, or [`StoreError::Unavailable`] once the database falls
    /// silent: for questions that must not wait for its return.
    pub async fn while_it_answers<T>(
        &self,
        reading: impl Future<Output = T> + Unpin,
    ) -> Result<T, StoreError> {
        self.pulse.or_silence(reading).await
    }

    /// How long the database has been silent; nothing while it answers.
    pub fn silence(&self) -> Duration {
        self.pulse.silence().unwrap_or_default()
    }

    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Whether the database answers now.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read().await?.run("SELECT 1").await
    }

    /// Waits for what is being written and closes every connection.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.pulse.end();
        self.pools.close().await;
    }
}

impl Pools {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, StoreError> {
        Self::connect(settings, true).await
    }

    pub(crate) async fn open_existing(settings: &Settings) -> Result<Self, StoreError> {
        Self::connect(settings, false).await
    }

    async fn connect(settings: &Settings, create: bool) -> Result<Self, StoreError> {
        if let Some(path) = settings.url.strip_prefix("sqlite:") {
            let path = PathBuf::from(path.trim_start_matches("//"));
            let options = SqliteConnectOptions::new()
                .filename(&path)
                .create_if_missing(create)
                .foreign_keys(true)
                .busy_timeout(BUSY)
                .journal_mode(SqliteJournalMode::Wal)
                // Acknowledged means durable: FULL syncs the log at each commit.
                .synchronous(SqliteSynchronous::Full)
                // Deleted means gone: freed bytes are overwritten, or a copy of
                // the file would still tell what somebody erased.
                .pragma("secure_delete", "ON")
                .statement_cache_capacity(200);
            let writer = lines(options.clone(), 1, BUSY)?;
            // The file is made here, and a reader finds it.
            drop(writer.get().await?);
            let readers = lines(options.read_only(true), settings.connections.max(1), BUSY)?;
            drop(readers.get().await?);
            Ok(Self::Sqlite { readers, writer })
        } else if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(&settings.url)?.application_name("hallway");
            let all = lines(options.clone(), settings.connections.max(4), CONNECT)?;
            drop(all.get().await?);
            Ok(Self::Postgres(all, Arc::new(options)))
        } else {
            Err(StoreError::Other(
                "a database URL begins with `sqlite:` or `postgres:`".into(),
            ))
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(..) => Engine::Postgres,
        }
    }

    fn pulse(&self) -> Pulse {
        match self {
            Self::Sqlite { .. } => Pulse::steady(),
            Self::Postgres(_, options) => Pulse::watch(Arc::clone(options)),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                hang_up(readers).await;
                hang_up(writer).await;
            }
            Self::Postgres(all, _) => hang_up(all).await,
        }
    }

    pub(crate) async fn read(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.get().await?),
            Self::Postgres(all, _) => Conn::Postgres(all.get().await?),
        })
    }

    pub(crate) async fn write(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Conn::Sqlite(writer.get().await?),
            Self::Postgres(all, _) => Conn::Postgres(all.get().await?),
        })
    }
}

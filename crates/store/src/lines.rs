//! Connections that are kept and lent out one statement or transaction at a
//! time. The driver's own pool asks a connection whether it lives before it is
//! lent and again when it comes back: on SQLite two changes of threads and back,
//! on PostgreSQL two ways over the network, each time more than the question
//! itself. Here only a connection that was not asked for a while is asked.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolConfig, PoolError, QueueMode, RecycleResult, Timeouts,
};
use sqlx::{ConnectOptions, Connection, Database};
use tokio::time::Instant;

use crate::error::StoreError;

/// A connection counts as alive for this long after it said so.
const TRUSTED: Duration = Duration::from_secs(1);
/// How often those that are still lent are looked for at the end.
const COMES_BACK: Duration = Duration::from_millis(5);
const GOOD_BYE: Duration = Duration::from_secs(5);

pub(crate) type Lines<DB> = Pool<Opening<DB>>;
pub type Lent<DB> = Object<Opening<DB>>;

/// How a connection is made.
pub struct Opening<DB: Database>(<DB::Connection as Connection>::Options);

/// A connection, and when it last said that it lives.
pub struct Line<DB: Database> {
    pub(crate) conn: DB::Connection,
    asked: Instant,
}

impl<DB: Database> Manager for Opening<DB> {
    type Type = Line<DB>;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Line<DB>, sqlx::Error> {
        // Seldom done, and large: whoever asks for a connection would carry it along.
        let conn = Box::pin(self.0.connect()).await?;
        let asked = Instant::now();
        Ok(Line { conn, asked })
    }

    async fn recycle(&self, line: &mut Line<DB>, _: &Metrics) -> RecycleResult<sqlx::Error> {
        if line.asked.elapsed() > TRUSTED {
            Box::pin(line.conn.ping()).await?;
            line.asked = Instant::now();
        }
        Ok(())
    }
}

/// At most `most` connections, each made when it is first needed; whoever waits
/// longer than `patience` for one is refused.
pub(crate) fn lines<DB: Database>(
    options: <DB::Connection as Connection>::Options,
    most: u32,
    patience: Duration,
) -> Result<Lines<DB>, StoreError> {
    let mut config = PoolConfig::new(most as usize);
    config.timeouts = Timeouts {
        wait: Some(patience),
        create: Some(patience),
        recycle: Some(patience),
    };
    // The one that was used last has most at hand.
    config.queue_mode = QueueMode::Lifo;
    Pool::builder(Opening(options))
        .config(config)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Other(error.to_string()))
}

impl From<PoolError<sqlx::Error>> for StoreError {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) | PoolError::Closed => Self::Unavailable(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Ends every connection, those that are lent as they come back. Whoever keeps
/// one for long loses it with the program.
pub(crate) async fn hang_up<DB: Database>(lines: &Lines<DB>) {
    let begun = Instant::now();
    loop {
        for line in lines.retain(|_, _| false).removed {
            if let Err(error) = line.conn.close().await {
                tracing::warn!(%error, "a connection to the database did not end well");
            }
        }
        if lines.status().size == 0 || begun.elapsed() > GOOD_BYE {
            return lines.close();
        }
        tokio::time::sleep(COMES_BACK).await;
    }
}

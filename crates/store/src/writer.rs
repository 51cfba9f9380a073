//! The one way to write. Work arrives through a bounded queue. On SQLite one
//! task takes what is waiting, runs each piece under its own SAVEPOINT, commits
//! once and then answers all of them (group commit): an answer means durable.
//! On PostgreSQL each piece is a transaction of its own, a few at a time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::db::{Conn, Engine, Pools};
use crate::error::StoreError;
use crate::prompt::promptly;
use crate::pulse::Pulse;

/// Pieces of work that may wait before the next is refused.
const QUEUE: usize = 1_024;
/// Pieces that share one commit at the most.
const BATCH: usize = 256;
/// Transactions PostgreSQL runs for us side by side.
const ABREAST: usize = 6;

/// What the writing came to: committed and durable, refused by the work itself
/// (and rolled back), or not done because the database failed.
pub type Written<T, E> = Result<Result<T, E>, StoreError>;

#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Item>,
    pulse: Pulse,
}

enum Item {
    Work(Box<dyn Work>),
    Stop(oneshot::Sender<()>),
}

/// One piece of work with its type hidden.
trait Work: Send {
    /// Runs; true where it is to be kept.
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool>;
    /// Called in the order of commits; answers whoever waits.
    fn settle(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Piece<F, A, T, E> {
    work: Option<F>,
    after_commit: Option<A>,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Written<T, E>>,
}

impl<F, A, T, E> Work for Piece<F, A, T, E>
where
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send,
    A: FnOnce(&T) + Send,
    T: Send,
    E: Send,
{
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return false;
            };
            // A panic is our bug; it must cost its own command, not the writer.
            match AssertUnwindSafe(work(conn)).catch_unwind().await {
                Ok(outcome) => {
                    let keep = outcome.is_ok();
                    self.outcome = Some(outcome);
                    keep
                }
                Err(_) => {
                    tracing::error!("a command panicked; it was rolled back");
                    false
                }
            }
        })
    }

    fn settle(mut self: Box<Self>, committed: Result<(), StoreError>) {
        let written = match (committed, self.outcome.take()) {
            (Ok(()), Some(Ok(value))) => {
                if let Some(announce) = self.after_commit.take() {
                    announce(&value);
                }
                Ok(Ok(value))
            }
            // Refused work was rolled back on its own; the commit is not its concern.
            (_, Some(Err(refusal))) => Ok(Err(refusal)),
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(StoreError::Other(
                "the work ended without an outcome".into(),
            )),
        };
        // Whoever asked may have gone; what is committed stays committed.
        let _ = self.answer.send(written);
    }
}

impl Writer {
    pub(crate) fn start(pools: Pools, pulse: Pulse) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        match pools.engine() {
            Engine::Sqlite => tokio::spawn(in_batches(pools, waiting)),
            Engine::Postgres => tokio::spawn(one_by_one(pools, waiting)),
        };
        Self { queue, pulse }
    }

    /// Runs `work` in a transaction and answers after its commit.
    /// `after_commit` sees the value right then, in the order of commits on
    /// SQLite. A full queue is [`StoreError::Unavailable`] at once, and so is a
    /// database that is silent. Where it falls silent on the way, the work may
    /// still be done later: keys see to it that it is done once.
    pub async fn write<T, E, F, A>(&self, work: F, after_commit: A) -> Written<T, E>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.pulse.check()?;
        let (answer, answered) = oneshot::channel();
        let piece = Piece {
            work: Some(work),
            after_commit: Some(after_commit),
            outcome: None,
            answer,
        };
        self.queue
            .try_send(Item::Work(Box::new(piece)))
            .map_err(|_| StoreError::Unavailable("too much is waiting to be written".into()))?;
        metrics::gauge!("hallway_writer_waiting").set((QUEUE - self.queue.capacity()) as f64);
        self.pulse
            .or_silence(answered)
            .await?
            .unwrap_or_else(|_| Err(StoreError::Unavailable("the writer stopped".into())))
    }

    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.queue.send(Item::Stop(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

async fn in_batches(pools: Pools, mut waiting: mpsc::Receiver<Item>) {
    let mut items = Vec::with_capacity(BATCH);
    loop {
        items.clear();
        if waiting.recv_many(&mut items, BATCH).await == 0 {
            return;
        }
        let mut stop = None;
        let mut batch = Vec::with_capacity(items.len());
        for item in items.drain(..) {
            match item {
                Item::Work(work) => batch.push(work),
                Item::Stop(done) => stop = Some(done),
            }
        }
        metrics::histogram!("hallway_commit_batch_size").record(batch.len() as f64);
        let begun = promptly(Box::pin(commit_together(&pools, batch))).await;
        if let Some(done) = stop {
            let _ = done.send(());
            return;
        }
        // Somebody else holds the file. Whoever came while we waited for it is
        // told now: one after the other they would wait longer and longer.
        while !begun && let Ok(item) = waiting.try_recv() {
            match item {
                Item::Work(work) => work.settle(Err(StoreError::Unavailable(
                    "another program holds the database".into(),
                ))),
                Item::Stop(done) => {
                    let _ = done.send(());
                    return;
                }
            }
        }
    }
}

/// False where the transaction could not even be begun.
async fn commit_together(pools: &Pools, mut batch: Vec<Box<dyn Work>>) -> bool {
    if batch.is_empty() {
        return true;
    }
    let mut begun = false;
    let result = async {
        let mut conn = pools.write().await?;
        conn.run("BEGIN IMMEDIATE").await?;
        begun = true;
        // What goes wrong is taken back alone. Each statement is a change of
        // threads and back, so that a point is left and the next made in one.
        conn.run("SAVEPOINT piece").await?;
        let last = batch.len() - 1;
        for (number, work) in batch.iter_mut().enumerate() {
            if !work.run(&mut conn).await {
                conn.run("ROLLBACK TO piece").await?;
            } else if number < last {
                conn.run("RELEASE piece; SAVEPOINT piece").await?;
            }
        }
        match conn.run("COMMIT").await {
            Ok(()) => Ok(()),
            Err(error) => {
                // A full disk may have rolled back already; then this is refused, and that is fine.
                let _ = conn.run("ROLLBACK").await;
                Err(error)
            }
        }
    }
    .await;
    if let Err(error) = &result {
        tracing::error!(%error, pieces = batch.len(), "nothing of a batch was written");
        discard_writer(pools).await;
    }
    for work in batch {
        let committed = match &result {
            Ok(()) => Ok(()),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        };
        work.settle(committed);
    }
    begun
}

/// After a failure half-way the connection may still be inside its
/// transaction: end it, so that the next batch begins clean.
async fn discard_writer(pools: &Pools) {
    if let Ok(mut conn) = pools.write().await {
        let _ = conn.run("ROLLBACK").await;
    }
}

async fn one_by_one(pools: Pools, mut waiting: mpsc::Receiver<Item>) {
    let places = Arc::new(Semaphore::new(ABREAST));
    while let Some(item) = waiting.recv().await {
        match item {
            Item::Work(work) => {
                let Ok(place) = places.clone().acquire_owned().await else {
                    return;
                };
                let pools = pools.clone();
                tokio::spawn(async move {
                    commit_alone(&pools, work).await;
                    drop(place);
                });
            }
            Item::Stop(done) => {
                let _ = places.acquire_many(ABREAST as u32).await;
                let _ = done.send(());
                return;
            }
        }
    }
}

async fn commit_alone(pools: &Pools, mut work: Box<dyn Work>) {
    let result = async {
        let mut conn = pools.write().await?;
        conn.run("BEGIN").await?;
        let keep = work.run(&mut conn).await;
        let ended = conn.run(if keep { "COMMIT" } else { "ROLLBACK" }).await;
        if ended.is_err()
            && let Conn::Postgres(lent) = conn
        {
            // Never give a connection back that may still be inside a transaction.
            drop(deadpool::managed::Object::take(lent));
        }
        ended
    }
    .await;
    if let Err(error) = &result {
        tracing::error!(%error, "a command was not written");
    }
    work.settle(result.map_err(|error| StoreError::Unavailable(error.to_string())));
}

//! Whether the database answers at all. A file is there or fails by itself;
//! PostgreSQL may fall silent in the midst of a statement, as when its machine
//! hangs, and whoever waits for it would wait as long. So it is asked a few
//! times a second over a connection of its own, and while it does not answer
//! everybody is told so at once.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::error::StoreError;

/// Together the longest until silence is noticed: below [`crate::db::CONNECT`],
/// so that whoever is refused a connection learns why, and goes on with what
/// was read before.
const EVERY: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_millis(1_250);

#[derive(Clone)]
pub(crate) struct Pulse {
    /// While it is silent: when it answered last.
    silent: watch::Receiver<Option<Instant>>,
    watching: Option<Arc<Watching>>,
}

/// Ends the questions with the last who wants to know.
struct Watching(AbortHandle);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pulse {
    /// Of a database that cannot fall silent.
    pub(crate) fn steady() -> Self {
        Self {
            silent: watch::channel(None).1,
            watching: None,
        }
    }

    pub(crate) fn watch(options: Arc<PgConnectOptions>) -> Self {
        let (tell, silent) = watch::channel(None);
        let task = tokio::spawn(watch_over(options, tell));
        Self {
            silent,
            watching: Some(Arc::new(Watching(task.abort_handle()))),
        }
    }

    /// Asks no more.
    pub(crate) fn end(&self) {
        if let Some(watching) = &self.watching {
            watching.0.abort();
        }
    }

    /// How long ago it answered last, where it is silent.
    pub(crate) fn silence(&self) -> Option<Duration> {
        self.silent.borrow().map(|answered| answered.elapsed())
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.silence() {
            None => Ok(()),
            Some(_) => Err(silent()),
        }
    }

    /// What is waited for, or the word that the database fell silent meanwhile.
    pub(crate) async fn or_silence<T>(
        &self,
        answer: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let mut states = self.silent.clone();
        let silence = async {
            if states.wait_for(Option::is_some).await.is_err() {
                // Nobody watches: it is steady, or being closed.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            answered = answer => Ok(answered),
            () = silence => Err(silent()),
        }
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable("it does not answer".into())
}

async fn watch_over(options: Arc<PgConnectOptions>, tell: watch::Sender<Option<Instant>>) {
    let mut held = None;
    let mut answered = Instant::now();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if matches!(timeout(PATIENCE, ask(&options, &mut held)).await, Ok(true)) {
            answered = Instant::now();
            if tell.send_replace(None).is_some() {
                tracing::info!("the database answers again");
            }
        } else {
            held = None;
            if tell.send_replace(Some(answered)).is_none() {
                tracing::error!("the database does not answer");
            }
        }
    }
}

/// Whether it says anything, be it that it wants no connection.
async fn ask(options: &PgConnectOptions, held: &mut Option<PgConnection>) -> bool {
    if let Some(mut conn) = held.take()
        && conn.ping().await.is_ok()
    {
        *held = Some(conn);
        return true;
    }
    match options.connect().await {
        Ok(conn) => {
            *held = Some(conn);
            true
        }
        Err(error) => matches!(error, sqlx::Error::Database(_)),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_a_silent_database_is_told() {
        // Takes connections, and never says a word.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(listener.local_addr().unwrap().port())
            .ssl_mode(PgSslMode::Disable);
        let pulse = Pulse::watch(Arc::new(options));
        assert!(pulse.check().is_ok(), "nothing is known yet");
        let waited = pulse.or_silence(std::future::pending::<()>()).await;
        assert!(matches!(waited, Err(StoreError::Unavailable(_))));
        assert!(pulse.check().is_err());
        assert!(pulse.silence().unwrap() >= PATIENCE);
        // What is there is taken all the same.
        assert_eq!(pulse.or_silence(async { 1 }).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_steady_database_lets_everybody_wait() {
        let pulse = Pulse::steady();
        let mut waiting = Box::pin(pulse.or_silence(std::future::pending::<()>()));
        assert!(
            futures_util::future::poll_immediate(&mut waiting)
                .await
                .is_none()
        );
        assert_eq!(pulse.silence(), None);
    }
}

//! Work that happens by itself: mail, and forgetting what has had its time. A
//! job is done at least once; one that fails is tried again, later each time.

use std::time::Duration;

use hallway_model::access::Actor;
use hallway_model::ids::JobId;
use hallway_model::time::{Span, Timestamp};
use hallway_store::jobs::{self as store, Job};
use hallway_store::{
    StoreError, anonymous_reports, audit, bulk_removals, command_keys, outbox, reports, sanctions,
    screening, sign_ins,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::places::FadeChannels;
use crate::{Service, chat_exports, mails, outgoing_hooks, pushes};

/// Why a job did not get done.
#[derive(Debug)]
pub enum JobError {
    Retry(String),
    /// It never will be: it is dropped and logged.
    GiveUp(String),
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error.to_string())
    }
}
impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// How long a claimed job belongs to its worker.
const CLAIM: Span = Span::minutes(2);
/// Jobs claimed at once.
const BATCH: i64 = 16;
/// Tries before a job is given up: about a day.
const TRIES: i64 = 14;
/// How long answers of commands are kept.
const KEEP_KEYS: Span = Span::days(2);
/// How long events can be replayed.
const KEEP_EVENTS: Span = Span::days(7);
/// How long it is known who did what, what was reported and decided once it has
/// ended (privacy rule 9).
const KEEP_AUDIT: Span = Span::days(365);
/// How long an author sees that a message of theirs was refused, and a removal
/// of many can be taken back.
const KEEP_REFUSED: Span = Span::days(1);
/// How often old things are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// How often due jobs are looked for where nothing announces them.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Service {
    /// Runs jobs until told to stop, those that wait for others' servers in a
    /// lane of their own.
    pub async fn run_jobs(self, stop: CancellationToken) {
        let outward = tokio::spawn(self.clone().run_outward(stop.clone()));
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.jobs_waiting.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = tidy.tick() => {
                    if let Err(error) = self.tidy().await {
                        tracing::warn!(%error, "old records were not removed; tried again later");
                    }
                }
            }
            while let Ok(done) = self.run_due_jobs().await {
                if done < BATCH as usize || stop.is_cancelled() {
                    break;
                }
            }
        }
        let _ = outward.await;
    }

    async fn run_outward(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            loop {
                match self.run_outward_jobs().await {
                    // There may be more where there were so many.
                    Ok(done) if done >= BATCH as usize && !stop.is_cancelled() => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(%error, "others were not told what happened; tried again later");
                        break;
                    }
                }
            }
        }
    }

    /// Tells outgoing webhooks what happened and sends what is due, side by
    /// side; how many there were.
    pub async fn run_outward_jobs(&self) -> Result<usize, Error> {
        self.follow_outbox().await?;
        if self.oldest_due(true).await?.is_none() {
            return Ok(0);
        }
        let jobs = self
            .write(&Actor::operator(), None, Claim { outward: true })
            .await?;
        let claimed = jobs.len();
        let mut sending = JoinSet::new();
        for job in jobs {
            let service = self.clone();
            sending.spawn(async move { service.carry_out(job).await });
        }
        while let Some(sent) = sending.join_next().await {
            sent.map_err(|e| Error::Internal(e.to_string()))??;
        }
        Ok(claimed)
    }

    /// Runs the jobs that are due now; how many there were.
    pub async fn run_due_jobs(&self) -> Result<usize, Error> {
        let oldest = self.oldest_due(false).await?;
        metrics::gauge!("hallway_jobs_oldest_due_seconds")
            .set(oldest.map_or(0.0, |due| ((self.now() - due).0.max(0)) as f64 / 1e3));
        if oldest.is_none() {
            return Ok(0);
        }
        let jobs = self
            .write(&Actor::operator(), None, Claim { outward: false })
            .await?;
        let claimed = jobs.len();
        for job in jobs {
            self.carry_out(job).await?;
        }
        Ok(claimed)
    }

    /// When the oldest job that is due was; none where none is.
    async fn oldest_due(&self, outward: bool) -> Result<Option<Timestamp>, Error> {
        let mut conn = self.read().await?;
        let oldest = store::oldest_due(&mut conn, outward).await?;
        Ok(oldest.filter(|due| *due <= self.now()))
    }

    async fn carry_out(&self, job: Job) -> Result<(), Error> {
        let settle = match self.run_job(&job).await {
            Ok(()) => Settle::Done(job.id),
            Err(JobError::GiveUp(why)) => {
                tracing::error!(job = %job.id, kind = job.kind, why, "a job was given up");
                Settle::Done(job.id)
            }
            Err(JobError::Retry(why)) if job.attempts >= TRIES => {
                tracing::error!(job = %job.id, kind = job.kind, why, "a job was given up after its last try");
                Settle::Done(job.id)
            }
            Err(JobError::Retry(why)) => {
                tracing::warn!(job = %job.id, kind = job.kind, why, attempt = job.attempts, "a job will be tried again");
                Settle::Retry {
                    id: job.id,
                    due: self.now() + self.back_off(job.attempts),
                    why,
                }
            }
        };
        // Where this fails the claim runs out, and the job is done again.
        self.write(&Actor::operator(), None, settle).await
    }

    async fn run_job(&self, job: &Job) -> Result<(), JobError> {
        let body = |e: serde_json::Error| JobError::GiveUp(format!("its body does not read: {e}"));
        match job.kind.as_str() {
            mails::SIGN_IN => {
                self.mail_link(job.id, serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            mails::REGISTERED => {
                self.mail_registered(job.id, serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            chat_exports::PIECE => {
                self.export_piece(serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            chat_exports::FORGET => {
                self.forget_export(serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            mails::CONDUCT => {
                self.mail_conduct(job.id, serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            outgoing_hooks::DELIVERY => {
                self.send_delivery(serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            pushes::SPREAD => {
                self.spread_push(serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            pushes::SEND => {
                self.send_push(serde_json::from_str(&job.body).map_err(body)?)
                    .await
            }
            other => Err(JobError::GiveUp(format!("no such kind of job: {other}"))),
        }
    }

    /// 2 s, 4 s, 8 s, ... to 4 h, each with full jitter above its half.
    fn back_off(&self, attempts: i64) -> Span {
        let ceiling = 1_000_i64 << attempts.clamp(1, 14);
        let jitter = self.random().below(ceiling.unsigned_abs() / 2) as i64;
        Span(ceiling / 2 + jitter)
    }

    /// Forgets what has had its time, as the jobs do now and then.
    pub async fn tidy(&self) -> Result<(), Error> {
        self.limits().forget_idle();
        self.write(&Actor::operator(), None, Tidy).await?;
        let faded = self.fade_channels().await?;
        if faded > 0 {
            tracing::info!(faded, "channels faded in which nobody wrote");
        }
        Ok(())
    }

    /// Ends the channels whose time has come; gives how many.
    pub async fn fade_channels(&self) -> Result<usize, Error> {
        self.write(&Actor::operator(), None, FadeChannels).await
    }
}

#[derive(Clone, Debug)]
struct Claim {
    outward: bool,
}

impl Command for Claim {
    type Answer = Vec<Job>;
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<Vec<Job>, Error> {
        let now = ctx.now();
        Ok(store::claim(ctx.conn, self.outward, now, now + CLAIM, BATCH).await?)
    }
}

#[derive(Clone, Debug)]
enum Settle {
    Done(JobId),
    Retry {
        id: JobId,
        due: Timestamp,
        why: String,
    },
}

impl Command for Settle {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        match self {
            Self::Done(id) => store::done(ctx.conn, id).await?,
            Self::Retry { id, due, why } => store::retry(ctx.conn, id, due, &why).await?,
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct Tidy;

impl Command for Tidy {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let now = ctx.now();
        sign_ins::delete_expired(ctx.conn, now).await?;
        command_keys::delete_before(ctx.conn, now - KEEP_KEYS).await?;
        outbox::delete_before(ctx.conn, now - KEEP_EVENTS).await?;
        chat_exports::forget_before(ctx, now - chat_exports::KEEP).await?;
        audit::delete_before(ctx.conn, now - KEEP_AUDIT).await?;
        reports::delete_before(ctx.conn, now - KEEP_AUDIT).await?;
        anonymous_reports::delete_before(ctx.conn, now - KEEP_AUDIT).await?;
        sanctions::delete_before(ctx.conn, now - KEEP_AUDIT).await?;
        screening::delete_refused_before(ctx.conn, now - KEEP_REFUSED).await?;
        bulk_removals::delete_before(ctx.conn, now - KEEP_REFUSED).await?;
        let old = now - outgoing_hooks::KEEP;
        hallway_store::outgoing_hooks::delete_deliveries_before(ctx.conn, old).await?;
        Ok(())
    }
}

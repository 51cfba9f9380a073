//! What Hallway does: commands, queries and jobs, one module per feature. This
//! is the transaction boundary and the only writer: a command loads, decides by
//! the model's pure rules, saves, and announces, in one transaction; its events
//! leave after the commit.

pub mod anonymous_reports;
mod command;
mod error;
mod limits;
mod memory;

pub mod access;
pub mod accounts;
pub mod arrivals;
pub mod audit;
pub mod bots;
pub mod bulk_removals;
pub mod catch_ups;
pub mod channels;
pub mod chat_exports;
pub mod conduct;
pub mod digests;
pub mod directs;
pub mod events;
pub mod exports;
pub mod history;
pub mod images;
pub mod imports;
pub mod incoming_hooks;
pub mod jobs;
pub mod mails;
pub mod members;
mod mentions;
pub mod messages;
pub mod outbox;
pub mod outgoing_hooks;
pub mod outside_rooms;
pub mod people;
pub mod pins;
pub mod places;
pub mod presence;
pub mod programmes;
pub mod pushes;
pub mod reactions;
pub mod reading;
pub mod recordings;
pub mod rehearsals;
pub mod reports;
pub mod revisions;
pub mod sanctions;
pub mod screening;
pub mod search;
pub mod secrets;
pub mod sign_ins;
pub mod slack_imports;
pub mod stages;
pub mod threads;
pub mod transparency;
pub mod wards;
mod zips;

pub use command::{Audience, Command, Ctx};
pub use error::Error;
// For those who may listen to what happens but not publish it past the record.
pub use hallway_bus::{Bus, Received};
pub use incoming_hooks::Payload as HookPayload;
pub use limits::{Limits, Prefix};
pub use memory::{AsOf, BRIDGED};

use std::sync::Arc;
use std::time::Duration;

use hallway_blob::Blobs;
use hallway_mail::Mailer;
use hallway_model::ids::ChannelId;
use hallway_model::random::Random;
use hallway_model::secrets::Secret;
use hallway_model::time::{Clock, Timestamp};
use hallway_store::{Conn, Database};
use tokio::sync::{Notify, Semaphore};

/// What the service is told by the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and port of every absolute link, without a trailing slash.
    pub base_url: String,
    /// Whether this is `hallway demo`: its links work again and again, and its
    /// mail can be read in the browser.
    pub demo: bool,
}

/// The service with everything it needs: cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

pub(crate) struct Inner {
    db: Database,
    bus: Bus,
    blobs: Blobs,
    mailer: Mailer,
    outbound: hallway_outbound::Client,
    clock: Clock,
    random: Random,
    settings: Settings,
    limits: Limits,
    memory: memory::Memory,
    arriving: arrivals::Arriving,
    snapshots: programmes::Snapshots,
    /// The newest page of channels that many open at the same moment, by channel
    /// and length, as nobody in particular sees it.
    newest_pages: moka::sync::Cache<(ChannelId, i64), Arc<history::Newest>>,
    /// Stream keys made a moment ago, by hash: a form sent twice shows one key.
    fresh_keys: moka::sync::Cache<String, Secret>,
    /// Files that are made while they are sent: a few at once.
    exporting: Arc<Semaphore>,
    workshop: images::Workshop,
    jobs_waiting: Arc<Notify>,
    relayed: Arc<outbox::Relayed>,
    rehearsals: rehearsals::Rehearsals,
}

/// The parts a service is put together from.
pub struct Parts {
    pub db: Database,
    pub bus: Bus,
    pub blobs: Blobs,
    pub mailer: Mailer,
    pub outbound: hallway_outbound::Client,
    pub clock: Clock,
    pub random: Random,
    pub settings: Settings,
}

impl Service {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            db: parts.db,
            bus: parts.bus,
            blobs: parts.blobs,
            mailer: parts.mailer,
            outbound: parts.outbound,
            clock: parts.clock,
            random: parts.random,
            settings: parts.settings,
            limits: Limits::new(),
            memory: memory::Memory::new(),
            arriving: arrivals::Arriving::default(),
            snapshots: programmes::Snapshots::default(),
            newest_pages: moka::sync::Cache::builder()
                .max_capacity(500)
                .time_to_live(memory::BRIDGED)
                .build(),
            fresh_keys: moka::sync::Cache::builder()
                .max_capacity(1_000)
                .time_to_live(Duration::from_secs(60))
                .build(),
            exporting: Arc::new(Semaphore::new(chat_exports::ABREAST)),
            workshop: images::Workshop::new(),
            jobs_waiting: Arc::new(Notify::new()),
            relayed: Arc::default(),
            rehearsals: rehearsals::Rehearsals::default(),
        }))
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub fn random(&self) -> &Random {
        &self.0.random
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub fn bus(&self) -> &Bus {
        &self.0.bus
    }

    pub fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.0.db.ping().await?)
    }

    /// Waits for what is being written and lets the database go.
    pub async fn close(&self) {
        self.0.db.close().await;
    }

    /// How long the database has been silent; nothing while it answers.
    pub fn silence(&self) -> Duration {
        self.0.db.silence()
    }

    fn moment(&self) -> memory::Moment {
        self.0.memory.moment(self.now(), self.silence())
    }

    /// What is read, or [`Error::Unavailable`] once the database falls silent.
    pub fn while_it_answers<T>(
        &self,
        reading: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // On the heap at once, or each future around it holds it twice.
        let reading = Box::pin(reading);
        async { self.0.db.while_it_answers(reading).await? }
    }

    async fn read(&self) -> Result<Conn, Error> {
        Ok(self.0.db.read().await?)
    }
}

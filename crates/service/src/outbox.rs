//! Catching up: what happened on a topic since a number, and what another
//! process wrote into the record, such as the command line beside a server.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hallway_bus::Envelope;
use hallway_model::access::Actor;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::{Event, Topic};
use hallway_store::outbox as store;
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::access::{access_opened_topic, access_topic};
use crate::error::Error;

/// Events after a number, or the word that too much was missed.
#[derive(Clone, Debug)]
pub enum Replay {
    /// In order, without gaps, up to the topic's latest.
    Events { events: Vec<Numbered>, latest: i64 },
    /// More than the limit, forgotten, or from before a restore: fetch anew.
    Resync { latest: i64 },
}

#[derive(Clone, Debug)]
pub struct Numbered {
    pub seq: i64,
    /// The event as JSON.
    pub body: String,
}

impl Service {
    /// Whether the actor may hear a topic; asked once, at the subscription.
    pub async fn may_hear(&self, actor: &Actor, topic: Topic) -> Result<(), Error> {
        if let Topic::Channel(id) = topic
            && let Some(opened) = self.opened(id).await?
        {
            return access_opened_topic(actor, &opened);
        }
        let mut conn = self.read().await?;
        access_topic(&mut conn, actor, topic).await
    }

    /// Number of a topic's latest event: what a page is made from.
    pub async fn latest(&self, topic: Topic) -> Result<i64, Error> {
        Ok(store::latest(&mut self.read().await?, &topic.to_string()).await?)
    }

    /// What happened on `topic` after number `after`, at most `limit` events.
    /// Permission was asked when the topic was subscribed to.
    pub async fn replay(
        &self,
        topic: Topic,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Replay, Error> {
        let mut conn = self.read().await?;
        let name = topic.to_string();
        let latest = store::latest(&mut conn, &name).await?;
        let Some(after) = after else {
            return Ok(Replay::Events {
                events: vec![],
                latest,
            });
        };
        if after > latest || latest - after > limit {
            return Ok(Replay::Resync { latest });
        }
        let entries = store::list(&mut conn, &name, after, limit).await?;
        let without_gap = entries
            .iter()
            .zip(after + 1..)
            .all(|(entry, seq)| entry.seq == seq);
        let reaches = after + entries.len() as i64 >= latest;
        if !without_gap || !reaches {
            return Ok(Replay::Resync { latest });
        }
        let latest = after + entries.len() as i64;
        let events = entries
            .into_iter()
            .map(|e| Numbered {
                seq: e.seq,
                body: e.body,
            })
            .collect();
        Ok(Replay::Events { events, latest })
    }
}

/// An event as the outbox keeps it.
pub fn read(body: &str) -> Result<Event, Error> {
    serde_json::from_str(body).map_err(|e| Error::Internal(format!("a stored event: {e}")))
}

/// The last number of each topic that this process put on the bus.
#[derive(Default)]
pub(crate) struct Relayed(Mutex<HashMap<Topic, Last>>);

#[derive(Clone, Copy, Default)]
struct Last {
    seq: i64,
    /// Of the last event after which something that was shown is not true any
    /// more, such as words that were taken back.
    changed: i64,
}

/// Topics remembered; forgetting one costs a doubled event, which receivers
/// drop by its number.
const REMEMBERED: usize = 50_000;
/// How often the record is looked at for what others wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// When what one process committed is felt in every other that is not overrun.
pub const FELT_WITHIN: Duration = Duration::from_millis(1_250);
/// Clocks of two processes, and a commit, may be this far apart.
const OVERLAP: Span = Span::seconds(10);
/// Events relayed in one look.
const MOST: i64 = 1_000;

impl Relayed {
    /// Notes a number; true where it is news to this process.
    pub(crate) fn note(&self, topic: Topic, seq: i64, event: &Event) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= REMEMBERED && !last.contains_key(&topic) {
            last.clear();
        }
        let held = last.entry(topic).or_default();
        let news = seq > held.seq;
        held.seq = seq.max(held.seq);
        let adds = matches!(
            event,
            Event::MessagePosted { .. } | Event::ReactionAdded { .. }
        );
        if !adds {
            held.changed = seq.max(held.changed);
        }
        news
    }

    /// The last number of a topic as far as this process knows.
    pub(crate) fn newest(&self, topic: Topic) -> i64 {
        self.last(topic).seq
    }

    /// The number that a page needs to show nothing that is not true any more,
    /// though it may lack what was added since.
    pub(crate) fn changed(&self, topic: Topic) -> i64 {
        self.last(topic).changed
    }

    fn last(&self, topic: Topic) -> Last {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&topic).copied().unwrap_or_default()
    }
}

impl Service {
    /// Puts on the bus what other processes wrote, until told to stop.
    pub async fn run_relay(self, stop: CancellationToken) {
        let mut since = self.now();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            let now = self.now();
            match self.relay_since(since - OVERLAP).await {
                Ok(()) => since = now,
                Err(error) => tracing::warn!(%error, "the record could not be read; tried again"),
            }
        }
    }

    async fn relay_since(&self, since: Timestamp) -> Result<(), Error> {
        let entries = store::list_since(&mut self.read().await?, since, MOST).await?;
        for entry in entries {
            let Ok(topic) = entry.topic.parse::<Topic>() else {
                continue;
            };
            if entry.seq <= self.0.relayed.newest(topic) {
                continue;
            }
            let Ok(event) = read(&entry.body) else {
                continue;
            };
            if self.0.relayed.note(topic, entry.seq, &event) {
                if !event.is_words_alone() {
                    self.0.memory.end();
                }
                self.0.bus.publish(Envelope {
                    topic,
                    seq: entry.seq,
                    event,
                    body: Bytes::from(entry.body),
                });
            }
        }
        Ok(())
    }
}

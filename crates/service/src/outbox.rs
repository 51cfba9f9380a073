//! Catching up: what happened on a topic since a number.

use hallway_model::access::Actor;
use hallway_protocol::{Event, Topic};
use hallway_store::outbox as store;

use crate::Service;
use crate::access::access_topic;
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
        let mut conn = self.read().await?;
        access_topic(&mut conn, actor, topic).await
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

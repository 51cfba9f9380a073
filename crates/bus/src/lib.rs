//! Publish and subscribe between the parts of the server. The bus carries
//! protocol bytes and may lose them: the record is the outbox, and a gap in a
//! topic's numbers sends the receiver there. In one process it is a broadcast
//! channel; other variants join this enum when several nodes do.

use std::collections::BTreeMap;

use bytes::Bytes;
use hallway_protocol::{Event, PersonId, Shown, Topic};
use tokio::sync::broadcast;
use uuid::Uuid;

/// Envelopes a receiver may be behind before it is told that it lagged.
const CAPACITY: usize = 8_192;

/// One event on its way.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub topic: Topic,
    pub seq: i64,
    pub event: Event,
    /// The event as JSON, as the outbox keeps it: serialised once.
    pub body: Bytes,
}

/// A process that holds sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node(pub Uuid);

/// What one process counts on a topic. Its word replaces the one before, and
/// holds for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    pub node: Node,
    pub topic: Topic,
    pub count: usize,
    /// Of them those who want to be named.
    pub people: Vec<PersonId>,
}

/// How a stage plays at those whose sockets one process holds. Its word replaces
/// the one before, and holds for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub node: Node,
    pub topic: Topic,
    /// Players by how far they are behind, in tenths of a second.
    pub latency: BTreeMap<u16, u32>,
    /// By how long the picture stood still in the last minute, likewise.
    pub stalled: BTreeMap<u16, u32>,
}

/// Somebody writes in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    pub topic: Topic,
    pub person: PersonId,
    pub name: String,
    /// Those whom a block parts from them.
    pub hidden_from: Vec<PersonId>,
}

#[derive(Clone, Debug)]
pub enum Bus {
    InProcess(broadcast::Sender<Carried>),
}

/// What the bus carries.
#[derive(Clone, Debug)]
pub enum Carried {
    Envelope(Box<Envelope>),
    Passing(Passing),
}

/// What is in no record: whoever misses it, misses nothing that lasts.
#[derive(Clone, Debug)]
pub enum Passing {
    /// Somebody wants to be seen otherwise than before.
    Shown(PersonId, Shown),
    Here(Here),
    Writing(Writing),
    Watched(Watched),
}

/// What a receiver gets.
#[derive(Debug)]
pub enum Received {
    Envelope(Box<Envelope>),
    /// For those who hold sockets.
    Passing(Passing),
    /// This many envelopes were lost: read the outbox.
    Lagged(u64),
    /// The bus is gone: the server stops.
    Closed,
}

#[derive(Debug)]
pub struct Receiver(broadcast::Receiver<Carried>);

impl Bus {
    pub fn in_process() -> Self {
        Self::InProcess(broadcast::channel(CAPACITY).0)
    }

    pub fn publish(&self, envelope: Envelope) {
        self.carry(Carried::Envelope(Box::new(envelope)));
        metrics::counter!("hallway_bus_published_total").increment(1);
    }

    /// Tells whoever holds sockets something that is not recorded.
    pub fn pass(&self, passing: Passing) {
        self.carry(Carried::Passing(passing));
    }

    fn carry(&self, carried: Carried) {
        match self {
            // Nobody listening is fine: the record has it.
            Self::InProcess(sender) => {
                let _ = sender.send(carried);
            }
        }
    }

    /// Everything published from now on.
    pub fn subscribe(&self) -> Receiver {
        match self {
            Self::InProcess(sender) => Receiver(sender.subscribe()),
        }
    }
}

impl Receiver {
    pub async fn receive(&mut self) -> Received {
        match self.0.recv().await {
            Ok(carried) => carried.into(),
            Err(broadcast::error::RecvError::Lagged(lost)) => Received::Lagged(lost),
            Err(broadcast::error::RecvError::Closed) => Received::Closed,
        }
    }

    /// What is there already; none where that was all.
    pub fn try_receive(&mut self) -> Option<Received> {
        match self.0.try_recv() {
            Ok(carried) => Some(carried.into()),
            Err(broadcast::error::TryRecvError::Empty) => None,
            Err(broadcast::error::TryRecvError::Lagged(lost)) => Some(Received::Lagged(lost)),
            Err(broadcast::error::TryRecvError::Closed) => Some(Received::Closed),
        }
    }
}

impl From<Carried> for Received {
    fn from(carried: Carried) -> Self {
        match carried {
            Carried::Envelope(envelope) => Self::Envelope(envelope),
            Carried::Passing(passing) => Self::Passing(passing),
        }
    }
}

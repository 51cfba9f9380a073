//! Where the bus meets the sockets: each event becomes one frame, serialised
//! once, and goes to every socket of its topic in order. A socket that does not
//! keep up loses its queue, never anyone else's time, and catches up from the
//! record.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hallway_bus::{Bus, Envelope, Received};
use hallway_protocol::frames::MAX_REPLAY;
use hallway_protocol::{PersonId, ServerFrame, Topic};
use hallway_service::Service;
use hallway_service::outbox::Replay;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::session::{Frame, event_frame, frame};

/// Frames a socket may be behind.
const QUEUE: usize = 256;
/// How long an event that came early waits for the one before it.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often counts are told, and early events looked at.
const COUNT_EVERY: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a socket gets from the hub.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Event {
        topic: Topic,
        seq: i64,
        frame: Frame,
    },
    /// Not recorded and not numbered.
    Passing(Frame),
}

pub(crate) struct Socket {
    id: u64,
    person: Option<PersonId>,
    queue: mpsc::Sender<Delivery>,
    /// The queue overflowed; the socket clears it when it has caught up.
    pub(crate) lagged: AtomicBool,
    /// What its person may hear has changed since it was asked.
    pub(crate) recheck: AtomicBool,
    pub(crate) wake: Notify,
}

#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    topics: Mutex<HashMap<Topic, Listeners>>,
    next_socket: AtomicU64,
}

#[derive(Default)]
struct Listeners {
    sockets: Vec<Arc<Socket>>,
    /// Ids of the sockets that count as being there.
    present: HashSet<u64>,
    /// Number of the last event handed out; none until the first one.
    last: Option<i64>,
    early: BTreeMap<i64, (Instant, Frame)>,
    /// The count told last; none where somebody came who has not heard it.
    told: Option<usize>,
}

impl Hub {
    /// Starts handing out what the bus carries, until told to stop.
    pub fn start(bus: &Bus, service: Service, stop: CancellationToken) -> Self {
        let hub = Self(Arc::new(Inner {
            topics: Mutex::new(HashMap::new()),
            next_socket: AtomicU64::new(1),
        }));
        let receiver = bus.subscribe();
        tokio::spawn(hub.clone().run(receiver, service, stop));
        hub
    }

    /// How many are there, such as a stage's viewers: sockets that said so.
    pub fn count(&self, topic: Topic) -> usize {
        self.topics()
            .get(&topic)
            .map_or(0, |listeners| listeners.present.len())
    }

    /// Tells everyone on a topic something that is not recorded.
    pub fn tell(&self, topic: Topic, passing: &ServerFrame) {
        let passing = frame(passing);
        if let Some(listeners) = self.topics().get(&topic) {
            for socket in &listeners.sockets {
                // Passing news is the first to go where a queue is full.
                let _ = socket.queue.try_send(Delivery::Passing(passing.clone()));
            }
        }
    }

    pub(crate) fn connect(
        &self,
        person: Option<PersonId>,
    ) -> (Arc<Socket>, mpsc::Receiver<Delivery>) {
        let (queue, deliveries) = mpsc::channel(QUEUE);
        let id = self.0.next_socket.fetch_add(1, Ordering::Relaxed);
        (
            Arc::new(Socket {
                id,
                person,
                queue,
                lagged: AtomicBool::new(false),
                recheck: AtomicBool::new(false),
                wake: Notify::new(),
            }),
            deliveries,
        )
    }

    pub(crate) fn join(&self, topic: Topic, socket: &Arc<Socket>, present: bool) {
        let mut topics = self.topics();
        let listeners = topics.entry(topic).or_default();
        if !listeners.sockets.iter().any(|other| other.id == socket.id) {
            listeners.sockets.push(Arc::clone(socket));
        }
        if present {
            listeners.present.insert(socket.id);
        } else {
            listeners.present.remove(&socket.id);
        }
        listeners.told = None;
    }

    pub(crate) fn leave(&self, topic: Topic, socket: &Arc<Socket>) {
        let mut topics = self.topics();
        if let Some(listeners) = topics.get_mut(&topic) {
            listeners.sockets.retain(|other| other.id != socket.id);
            listeners.present.remove(&socket.id);
            if listeners.sockets.is_empty() {
                topics.remove(&topic);
            }
        }
    }

    fn topics(&self) -> std::sync::MutexGuard<'_, HashMap<Topic, Listeners>> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self, mut bus: hallway_bus::Receiver, service: Service, stop: CancellationToken) {
        let mut counts = tokio::time::interval(COUNT_EVERY);
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                received = bus.receive() => match received {
                    Received::Envelope(envelope) => self.hand_out(&envelope),
                    Received::RightsChanged(person) => self.recheck(person),
                    Received::Lagged(lost) => {
                        tracing::warn!(lost, "the hub fell behind the bus; reading the record");
                        let all: Vec<Topic> = self.topics().keys().copied().collect();
                        self.fill(&service, all).await;
                    }
                    Received::Closed => return,
                },
                _ = looks.tick() => {
                    let waiting = self.waiting_too_long();
                    self.fill(&service, waiting).await;
                }
                _ = counts.tick() => self.tell_counts(),
            }
        }
    }

    /// Has every connection of a person ask again what it may hear.
    fn recheck(&self, person: PersonId) {
        for listeners in self.topics().values() {
            let theirs = |socket: &&Arc<Socket>| socket.person == Some(person);
            for socket in listeners.sockets.iter().filter(theirs) {
                socket.recheck.store(true, Ordering::Release);
                socket.wake.notify_one();
            }
        }
    }

    fn hand_out(&self, envelope: &Envelope) {
        let mut topics = self.topics();
        let Some(listeners) = topics.get_mut(&envelope.topic) else {
            return;
        };
        let Ok(body) = std::str::from_utf8(&envelope.body) else {
            return;
        };
        let event = event_frame(envelope.topic, envelope.seq, body);
        listeners.take(envelope.topic, envelope.seq, event);
    }

    fn waiting_too_long(&self) -> Vec<Topic> {
        let now = Instant::now();
        let late = |listeners: &Listeners| {
            listeners
                .early
                .values()
                .next()
                .is_some_and(|(since, _)| now.duration_since(*since) > PATIENCE)
        };
        self.topics()
            .iter()
            .filter(|(_, listeners)| late(listeners))
            .map(|(topic, _)| *topic)
            .collect()
    }

    /// Reads what is missing from the record and hands it out.
    async fn fill(&self, service: &Service, topics: Vec<Topic>) {
        for topic in topics {
            let Some(last) = self
                .topics()
                .get(&topic)
                .and_then(|listeners| listeners.last)
            else {
                continue;
            };
            let replay = match service.replay(topic, Some(last), MAX_REPLAY).await {
                Ok(replay) => replay,
                Err(error) => {
                    tracing::warn!(%error, "the record could not be read; tried again soon");
                    continue;
                }
            };
            let mut guard = self.topics();
            let Some(listeners) = guard.get_mut(&topic) else {
                continue;
            };
            match replay {
                Replay::Events { events, .. } => {
                    for event in events {
                        let frame = event_frame(topic, event.seq, &event.body);
                        listeners.take(topic, event.seq, frame);
                    }
                }
                Replay::Resync { latest } => {
                    listeners.last = Some(latest);
                    listeners.early.clear();
                    for socket in &listeners.sockets {
                        socket.lag();
                    }
                }
            }
        }
    }

    fn tell_counts(&self) {
        let mut topics = self.topics();
        let mut open = 0;
        for (topic, listeners) in topics.iter_mut() {
            open += listeners.sockets.len();
            let count = listeners.present.len();
            if !matches!(topic, Topic::Stage(_)) || listeners.told == Some(count) {
                continue;
            }
            listeners.told = Some(count);
            let passing = frame(&ServerFrame::Count {
                topic: *topic,
                count: count as i64,
            });
            for socket in &listeners.sockets {
                let _ = socket.queue.try_send(Delivery::Passing(passing.clone()));
            }
        }
        metrics::gauge!("hallway_live_subscriptions").set(open as f64);
    }
}

impl Listeners {
    /// Hands out an event when its turn has come; one that is early waits.
    fn take(&mut self, topic: Topic, seq: i64, event: Frame) {
        match self.last {
            Some(last) if seq <= last => return,
            Some(last) if seq > last + 1 => {
                self.early.insert(seq, (Instant::now(), event));
                return;
            }
            _ => self.send(topic, seq, event),
        }
        while let Some((seq, (_, event))) = self.early.pop_first() {
            if self.last.is_some_and(|last| seq > last + 1) {
                self.early.insert(seq, (Instant::now(), event));
                return;
            }
            if self.last.is_none_or(|last| seq > last) {
                self.send(topic, seq, event);
            }
        }
    }

    fn send(&mut self, topic: Topic, seq: i64, event: Frame) {
        self.last = Some(seq);
        for socket in &self.sockets {
            let delivery = Delivery::Event {
                topic,
                seq,
                frame: event.clone(),
            };
            if socket.queue.try_send(delivery).is_err() {
                socket.lag();
            }
        }
    }
}

impl Socket {
    fn lag(&self) {
        metrics::counter!("hallway_live_lagged_total").increment(1);
        self.lagged.store(true, Ordering::Release);
        self.wake.notify_one();
    }
}

//! Where the bus meets the sockets: each event becomes one frame, serialised
//! once, and is written to every socket of its topic in order. A socket that
//! does not keep up loses its queue, never anyone else's time, and catches up
//! from the record.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hallway_bus::{Bus, Envelope, Here, Node, Passing, Received, Watched, Writing};
use hallway_model::presence::MAX_NAMED;
use hallway_protocol::frames::MAX_REPLAY;
use hallway_protocol::stages::{Audience, Playback};
use hallway_protocol::{Event, PersonId, ServerFrame, Topic};
use hallway_service::outbox::Replay;
use hallway_service::{Error, Service};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::audiences::{Figures, WatchedElsewhere};
use crate::frames::{event_frame, frame};
use crate::links::{Ask, Link};
use crate::presence::{Elsewhere, Looks};
use crate::seats::Numbered;
use crate::session::Past;
use crate::topics::Listeners;

/// How often counts are told, and early events looked at.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// How often it is told how stages play.
const AUDIENCE_EVERY: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Envelopes taken from the bus before they are handed out.
const GATHERED: usize = 256;

#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    topics: Mutex<HashMap<Topic, Arc<Mutex<Listeners>>>>,
    links: Mutex<HashMap<u64, Weak<Link>>>,
    next_link: AtomicU64,
    bus: Bus,
    node: Node,
    looks: Mutex<Looks>,
    elsewhere: Mutex<Elsewhere>,
    watched: Mutex<WatchedElsewhere>,
    /// Stages whose desks were told of players last.
    watching: Mutex<HashSet<Topic>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Starts handing out what the bus carries, until told to stop.
    pub fn start(bus: &Bus, service: Service, stop: CancellationToken) -> Self {
        let hub = Self(Arc::new(Inner {
            topics: Mutex::new(HashMap::new()),
            links: Mutex::new(HashMap::new()),
            next_link: AtomicU64::new(1),
            bus: bus.clone(),
            node: Node(service.random().uuid(service.now())),
            looks: Mutex::default(),
            elsewhere: Mutex::default(),
            watched: Mutex::default(),
            watching: Mutex::default(),
        }));
        let receiver = bus.subscribe();
        tokio::spawn(hub.clone().run(receiver, service, stop));
        hub
    }

    /// How many are there, such as a stage's viewers: sockets that said so, of
    /// this process and of others.
    pub fn count(&self, topic: Topic) -> usize {
        let here = self.find(topic);
        here.map_or(0, |listeners| lock(&listeners).present()) + self.elsewhere(topic)
    }

    /// How a stage plays at its viewers'.
    pub fn audience(&self, topic: Topic) -> Audience {
        let here = self.find(topic);
        let now = Instant::now();
        let mut figures = here.map_or(Figures::default(), |listeners| {
            lock(&listeners).playbacks(now)
        });
        lock(&self.0.watched).add_to(topic, &mut figures);
        figures.audience()
    }

    pub(crate) fn note_playback(&self, topic: Topic, link: &Link, playback: Playback) {
        if let Some(listeners) = self.find(topic) {
            lock(&listeners).note_playback(link, playback, Instant::now());
        }
    }

    /// Those who are there and want to be named, each once.
    pub fn people(&self, topic: Topic) -> Vec<PersonId> {
        let listeners = self.find(topic);
        let mut people = listeners.map_or(vec![], |listeners| {
            let looks = lock(&self.0.looks);
            lock(&listeners).people(&looks)
        });
        people.extend(lock(&self.0.elsewhere).people(topic));
        people.sort();
        people.dedup();
        people.truncate(MAX_NAMED);
        people
    }

    fn elsewhere(&self, topic: Topic) -> usize {
        lock(&self.0.elsewhere).count(topic)
    }

    /// Whether it is told that the link's person writes on a topic.
    pub(crate) fn tells_writing(&self, topic: Topic, link: &Link) -> bool {
        let shown = lock(&self.0.looks).of(link.person);
        let elsewhere = self.elsewhere(topic);
        self.find(topic).is_some_and(|listeners| {
            lock(&listeners).tells_writing(link, shown, elsewhere, Instant::now())
        })
    }

    /// Tells every process that somebody writes.
    pub(crate) fn tell_writing(&self, writing: Writing) {
        self.0.bus.pass(Passing::Writing(writing));
    }

    fn take(&self, passing: Passing) {
        match passing {
            Passing::Shown(person, shown) => {
                lock(&self.0.looks).set(person, shown);
                for (_, listeners) in self.all() {
                    lock(&listeners).show(person, shown);
                }
            }
            // Our own word is no news.
            Passing::Here(here) if here.node == self.0.node => {}
            Passing::Here(here) => lock(&self.0.elsewhere).note(here, Instant::now()),
            Passing::Watched(watched) if watched.node == self.0.node => {}
            Passing::Watched(watched) => lock(&self.0.watched).note(watched, Instant::now()),
            Passing::Writing(writing) => {
                if let Some(listeners) = self.find(writing.topic) {
                    let told = ServerFrame::Writing {
                        topic: writing.topic,
                        person: writing.person,
                        name: writing.name.clone(),
                    };
                    lock(&listeners).tell_writing(&writing, &frame(&told));
                }
            }
        }
    }

    /// How everybody wants to be seen: at the start, and when word of it may
    /// have been lost.
    async fn learn_looks(&self, service: &Service) {
        let all = match service.shown().await {
            Ok(all) => all,
            Err(error) => {
                tracing::warn!(%error, "how people want to be seen could not be read");
                return;
            }
        };
        lock(&self.0.looks).replace(all.clone());
        for (_, listeners) in self.all() {
            let mut listeners = lock(&listeners);
            for (person, shown) in &all {
                listeners.show(*person, *shown);
            }
        }
    }

    fn say(&self, topic: Topic, count: usize, people: Vec<PersonId>) {
        let node = self.0.node;
        self.0.bus.pass(Passing::Here(Here {
            node,
            topic,
            count,
            people,
        }));
    }

    /// Live connections of this process.
    pub fn open(&self) -> usize {
        lock(&self.0.links).len()
    }

    /// Tells everyone on a topic something that is not recorded.
    pub fn tell(&self, topic: Topic, passing: &ServerFrame) {
        if let Some(listeners) = self.find(topic) {
            lock(&listeners).pass(&frame(passing));
        }
    }

    /// Asks anew what some people may, or with none everyone, on each of their
    /// connections; the topics that they may hear no more are refused there. One
    /// pass for all that came together: thousands may register at once.
    fn ask_rights(&self, whose: Option<&HashSet<PersonId>>) {
        let links: Vec<Arc<Link>> = lock(&self.0.links)
            .values()
            .filter_map(Weak::upgrade)
            .collect();
        let concerned = |link: &&Arc<Link>| {
            whose.is_none_or(|whose| link.person.is_some_and(|person| whose.contains(&person)))
        };
        for link in links.iter().filter(concerned) {
            link.ask_again(Ask::Rights);
        }
    }

    /// Asks anew who may hear the channels that are others than before.
    fn ask_topics(&self, changed: &mut HashSet<Topic>) {
        for topic in changed.drain() {
            if let Some(listeners) = self.find(topic) {
                lock(&listeners).ask_again();
            }
        }
    }

    pub(crate) fn connect(&self, person: Option<PersonId>, tcp: Option<TcpStream>) -> Arc<Link> {
        let id = self.0.next_link.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link::new(id, person, tcp));
        lock(&self.0.links).insert(id, Arc::downgrade(&link));
        link
    }

    pub(crate) fn disconnect(&self, link: &Link) {
        lock(&self.0.links).remove(&link.id);
    }

    pub(crate) fn join(&self, topic: Topic, link: &Arc<Link>, present: bool) {
        // Held until the seat is taken: who changes how they are seen meanwhile is
        // found there.
        let looks = lock(&self.0.looks);
        let shown = looks.of(link.person);
        loop {
            let listeners = Arc::clone(
                lock(&self.0.topics)
                    .entry(topic)
                    .or_insert_with(|| Arc::new(Mutex::new(Listeners::new(topic)))),
            );
            let mut listeners = lock(&listeners);
            // The last one may have left since; the next look finds another.
            if !listeners.closed {
                return listeners.join(link, present, shown);
            }
        }
    }

    pub(crate) fn leave(&self, topic: Topic, link: &Link) {
        let Some(listeners) = self.find(topic) else {
            return;
        };
        let mut listeners = lock(&listeners);
        listeners.leave(link.id);
        if listeners.len() > 0 || listeners.closed {
            return;
        }
        listeners.closed = true;
        let said = listeners.has_said();
        drop(listeners);
        if said {
            self.say(topic, 0, vec![]);
        }
        let mut topics = lock(&self.0.topics);
        if topics.get(&topic).is_some_and(|found| lock(found).closed) {
            topics.remove(&topic);
        }
    }

    /// Lets the topic's events wait for this connection, which catches up.
    pub(crate) fn hold(&self, topic: Topic, link: &Link) {
        match self.find(topic) {
            Some(listeners) => lock(&listeners).hold(link),
            None => link.found(topic),
        }
        // Where it has left the topic meanwhile nothing is to be found.
        link.found(topic);
    }

    /// The past up to `last` was handed on; the topic is live from now on.
    pub(crate) fn settle(&self, topic: Topic, link: &Link, last: i64) {
        let Some(listeners) = self.find(topic) else {
            return;
        };
        let elsewhere = self.elsewhere(topic);
        if lock(&listeners).settle(link, last, elsewhere, Instant::now()) {
            link.own(&frame(&ServerFrame::Resync { topic }));
        }
    }

    /// What happened on a topic after a number. Many who ask at the same time
    /// cost one look into the record.
    pub(crate) async fn past(
        &self,
        service: &Service,
        topic: Topic,
        after: Option<i64>,
    ) -> Result<Past, Error> {
        let Some(listeners) = self.find(topic) else {
            return read(service, topic, after).await;
        };
        let at_hand = || {
            let found = lock(&listeners).past(after, Instant::now());
            found.map(|(events, latest)| Past::Events { events, latest })
        };
        if let Some(past) = at_hand() {
            return Ok(past);
        }
        let reading = Arc::clone(&lock(&listeners).reading);
        let _turn = reading.lock().await;
        if let Some(past) = at_hand() {
            return Ok(past);
        }
        metrics::counter!("hallway_live_record_reads_total").increment(1);
        let past = read(service, topic, after).await?;
        if let Past::Events { events, latest } = &past {
            lock(&listeners).learn(events, *latest, Instant::now());
        }
        Ok(past)
    }

    fn find(&self, topic: Topic) -> Option<Arc<Mutex<Listeners>>> {
        lock(&self.0.topics).get(&topic).cloned()
    }

    fn all(&self) -> Vec<(Topic, Arc<Mutex<Listeners>>)> {
        let topics = lock(&self.0.topics);
        topics
            .iter()
            .map(|(topic, listeners)| (*topic, Arc::clone(listeners)))
            .collect()
    }

    async fn run(self, mut bus: hallway_bus::Receiver, service: Service, stop: CancellationToken) {
        self.learn_looks(&service).await;
        let mut counts = tokio::time::interval(COUNT_EVERY);
        let mut looks = tokio::time::interval(LOOK_EVERY);
        let mut audiences = tokio::time::interval(AUDIENCE_EVERY);
        // Asked at most once a second, however often they change.
        let mut changed: HashSet<Topic> = HashSet::new();
        // Topics with something to hand out, and when.
        let mut due: HashMap<Topic, Instant> = HashMap::new();
        loop {
            let next = due.values().min().copied();
            let tick = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                received = bus.receive() => {
                    let mut received = Some(received);
                    let mut rights: HashSet<PersonId> = HashSet::new();
                    // What is there already goes out together.
                    for _ in 0..GATHERED {
                        match received {
                            Some(Received::Envelope(envelope)) => {
                                self.note(&envelope, &mut due);
                                match envelope.event {
                                    Event::RightsChanged { person } => {
                                        rights.insert(person);
                                    }
                                    Event::ChannelChanged { .. } | Event::ChannelMerged { .. } => {
                                        changed.insert(envelope.topic);
                                    }
                                    // Guests may read its chat no more.
                                    Event::ProgrammeChanged { .. } => {
                                        let channel = |topic: &Topic| matches!(topic, Topic::Channel(_));
                                        let all = self.all().into_iter().map(|(topic, _)| topic);
                                        changed.extend(all.filter(channel));
                                    }
                                    _ => {}
                                }
                            }
                            Some(Received::Passing(passing)) => self.take(passing),
                            Some(Received::Lagged(lost)) => {
                                tracing::warn!(lost, "the hub fell behind the bus; reading the record");
                                let all = self.all().into_iter().map(|(topic, _)| topic).collect();
                                self.fill(&service, all, &mut due).await;
                                self.learn_looks(&service).await;
                                self.ask_rights(None);
                            }
                            Some(Received::Closed) => return,
                            None => break,
                        }
                        received = bus.try_receive();
                    }
                    if !rights.is_empty() {
                        self.ask_rights(Some(&rights));
                    }
                }
                () = tick => {}
                _ = looks.tick() => {
                    let waiting = self.waiting_too_long();
                    self.fill(&service, waiting, &mut due).await;
                }
                _ = audiences.tick() => self.tell_audiences(),
                _ = counts.tick() => {
                    self.tell_counts();
                    self.ask_topics(&mut changed);
                }
            }
            self.hand_out(&mut due);
        }
    }

    fn note(&self, envelope: &Envelope, due: &mut HashMap<Topic, Instant>) {
        let Some(listeners) = self.find(envelope.topic) else {
            return;
        };
        let Ok(body) = std::str::from_utf8(&envelope.body) else {
            return;
        };
        let event = event_frame(envelope.topic, envelope.seq, body);
        let now = Instant::now();
        let mut listeners = lock(&listeners);
        if listeners.take(envelope.seq, event, now)
            && let Some(at) = listeners.due_at(now)
        {
            due.insert(envelope.topic, at);
        }
    }

    fn hand_out(&self, due: &mut HashMap<Topic, Instant>) {
        let now = Instant::now();
        due.retain(|topic, at| {
            if *at > now {
                return true;
            }
            if let Some(listeners) = self.find(*topic) {
                let (mut listeners, begun) = (lock(&listeners), Instant::now());
                listeners.hand_out(begun);
                listeners.note_took(begun.elapsed());
            }
            false
        });
    }

    fn waiting_too_long(&self) -> Vec<Topic> {
        let now = Instant::now();
        self.all()
            .into_iter()
            .filter(|(_, listeners)| lock(listeners).waits_too_long(now))
            .map(|(topic, _)| topic)
            .collect()
    }

    /// Reads what is missing from the record and hands it out.
    async fn fill(&self, service: &Service, topics: Vec<Topic>, due: &mut HashMap<Topic, Instant>) {
        for topic in topics {
            let Some(listeners) = self.find(topic) else {
                continue;
            };
            let Some(last) = lock(&listeners).last() else {
                continue;
            };
            let replay = match service.replay(topic, Some(last), MAX_REPLAY).await {
                Ok(replay) => replay,
                Err(error) => {
                    tracing::warn!(%error, "the record could not be read; tried again soon");
                    continue;
                }
            };
            let now = Instant::now();
            let mut listeners = lock(&listeners);
            match replay {
                Replay::Events { events, .. } => {
                    for event in events {
                        let frame = event_frame(topic, event.seq, &event.body);
                        listeners.take(event.seq, frame, now);
                    }
                    if let Some(at) = listeners.due_at(now) {
                        due.insert(topic, at);
                    }
                }
                Replay::Resync { latest } => listeners.skip_to(latest),
            }
        }
    }

    /// Tells other processes how it plays here, and desks how it plays everywhere.
    fn tell_audiences(&self) {
        let now = Instant::now();
        lock(&self.0.watched).forget(now);
        let mut watching = std::mem::take(&mut *lock(&self.0.watching));
        let before = watching.clone();
        for (topic, listeners) in self.all() {
            let Topic::Stage(_) = topic else { continue };
            let figures = lock(&listeners).playbacks(now);
            if figures.is_empty() && !watching.contains(&topic) {
                continue;
            }
            watching.insert(topic);
            self.0.bus.pass(Passing::Watched(Watched {
                node: self.0.node,
                topic,
                latency: figures.latency,
                stalled: figures.stalled,
            }));
        }
        let elsewhere = lock(&self.0.watched).topics();
        watching.extend(elsewhere);
        watching.retain(|topic| {
            let Topic::Stage(room) = *topic else {
                return false;
            };
            let audience = self.audience(*topic);
            let any = audience.players > 0;
            // The last one's leaving is told once.
            if any || before.contains(topic) {
                let topic = Topic::Desk(room);
                self.tell(topic, &ServerFrame::Audience { topic, audience });
            }
            any
        });
        *lock(&self.0.watching) = watching;
    }

    fn tell_counts(&self) {
        let (mut held, now) = (0, Instant::now());
        lock(&self.0.elsewhere).forget(now);
        for (topic, listeners) in self.all() {
            let elsewhere = self.elsewhere(topic);
            let said = {
                let looks = lock(&self.0.looks);
                lock(&listeners).digest(&looks, now)
            };
            if let Some((count, people)) = said {
                self.say(topic, count, people);
            }
            let mut listeners = lock(&listeners);
            held += listeners.len();
            listeners.forget(now);
            if let Some(count) = listeners.count_to_tell(elsewhere, now) {
                let count = count as i64;
                listeners.pass(&frame(&ServerFrame::Count { topic, count }));
            }
        }
        metrics::gauge!("hallway_live_subscriptions").set(held as f64);
    }
}

async fn read(service: &Service, topic: Topic, after: Option<i64>) -> Result<Past, Error> {
    Ok(match service.replay(topic, after, MAX_REPLAY).await? {
        Replay::Events { events, latest } => {
            let event = |event: hallway_service::outbox::Numbered| -> Numbered {
                (event.seq, event_frame(topic, event.seq, &event.body))
            };
            Past::Events {
                events: events.into_iter().map(event).collect(),
                latest,
            }
        }
        Replay::Resync { latest } => Past::TooMuch { latest },
    })
}

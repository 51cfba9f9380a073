//! WHIP (RFC 9725): publishers over WebRTC, which is what browsers send and OBS
//! can. HTTP is the caller's; here are the sessions it opens, and one UDP port
//! for the media of them all. One task drives it: publishers are few.

mod addresses;
mod clocks;
mod fragments;
mod peers;
mod pictures;
mod sounds;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hallway_media::{Producer, QueueLimits};
use str0m::Input;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use sounds::Transcoder;

use crate::{Facts, Kill, Publication};
use peers::{Made, Peer, received};
use sounds::{Sounded, Sounds};

/// What a WHIP port is given.
#[derive(Clone, Debug)]
pub struct WhipSettings {
    /// Where media come in by UDP; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where publishers reach it; empty where that is the machine's own address.
    pub addresses: Vec<IpAddr>,
    pub transcoder: Transcoder,
    pub limits: WhipLimits,
}

#[derive(Clone, Copy, Debug)]
pub struct WhipLimits {
    /// Sessions at a time.
    pub sessions: usize,
    /// From the answer to the first media.
    pub connecting: Duration,
    /// Without a datagram from the peer.
    pub silence: Duration,
    pub queue: QueueLimits,
}

impl Default for WhipLimits {
    fn default() -> Self {
        Self {
            sessions: 32,
            connecting: Duration::from_secs(10),
            silence: Duration::from_secs(10),
            queue: QueueLimits::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhipError {
    #[error("the offer is not a session description that can be answered: {0}")]
    Offer(String),
    #[error(
        "the offer has neither H.264 pictures nor Opus sound to send, and nothing else is taken"
    )]
    Codecs,
    #[error("there is no such session; it may have ended")]
    NoSession,
    /// RFC 9725 §4.3.1: `If-Match` names another ICE session.
    #[error("the session has been restarted since")]
    Stale,
    #[error("as many publishers as there may be are here already")]
    Full,
    #[error("publishers are not taken just now")]
    Closed,
    #[error("{0}")]
    Internal(String),
}

/// What a publisher is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhipAnswer {
    /// The session description (`application/sdp`).
    pub sdp: String,
    /// Names the ICE session, with its quotes.
    pub etag: String,
}

/// Publishers over WebRTC. Dropping it ends them all.
#[derive(Debug)]
pub struct Whip<T> {
    door: WhipDoor<T>,
    publications: mpsc::Receiver<Publication<T>>,
    driving: JoinHandle<()>,
}

/// Where sessions are opened and ended. Cloning gives the same door.
pub struct WhipDoor<T> {
    orders: mpsc::Sender<Order<T>>,
    address: SocketAddr,
}

enum Order<T> {
    Publish(Offer<T>, oneshot::Sender<Result<WhipAnswer, WhipError>>),
    Patch(
        Change,
        oneshot::Sender<Result<Option<WhipAnswer>, WhipError>>,
    ),
    Stop(String, oneshot::Sender<Result<(), WhipError>>),
}

struct Offer<T> {
    session: String,
    sdp: String,
    encoder: Option<String>,
    admission: T,
}

struct Change {
    session: String,
    fragment: String,
    if_match: Option<String>,
}

const WAITING_ORDERS: usize = 64;
const WAITING_PUBLICATIONS: usize = 16;
/// Blocks of sound on their way to their publishers.
const WAITING_SOUND: usize = 1_024;
/// How often it is looked who is gone.
const LOOK: Duration = Duration::from_millis(250);
/// A page that is left closes its line and says by HTTP that it is done, in
/// either order.
const LAST_WORD: Duration = Duration::from_secs(1);
const DATAGRAM: usize = 2_048;

impl<T> Clone for WhipDoor<T> {
    fn clone(&self) -> Self {
        Self {
            orders: self.orders.clone(),
            address: self.address,
        }
    }
}

impl<T> fmt::Debug for WhipDoor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhipDoor")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl<T> WhipDoor<T> {
    /// Opens a session under an unguessable name. `admission` goes with the
    /// publication, which comes once media may; dropping it tells the caller
    /// that the publisher is gone, or never came.
    pub async fn publish(
        &self,
        session: String,
        sdp: String,
        encoder: Option<String>,
        admission: T,
    ) -> Result<WhipAnswer, WhipError> {
        let offer = Offer {
            session,
            sdp,
            encoder,
            admission,
        };
        self.order(|answer| Order::Publish(offer, answer)).await?
    }

    /// Takes candidates, or restarts ICE, which is answered (RFC 9725 §4.3).
    pub async fn patch(
        &self,
        session: String,
        fragment: String,
        if_match: Option<String>,
    ) -> Result<Option<WhipAnswer>, WhipError> {
        let change = Change {
            session,
            fragment,
            if_match,
        };
        self.order(|answer| Order::Patch(change, answer)).await?
    }

    /// Ends a session as its publisher wishes.
    pub async fn stop(&self, session: String) -> Result<(), WhipError> {
        self.order(|answer| Order::Stop(session, answer)).await?
    }

    async fn order<A>(
        &self,
        order: impl FnOnce(oneshot::Sender<A>) -> Order<T>,
    ) -> Result<A, WhipError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.orders.send(order(answer)).await;
        sent.map_err(|_| WhipError::Closed)?;
        answered.await.map_err(|_| WhipError::Closed)
    }
}

impl<T: Send + 'static> Whip<T> {
    /// Opens the UDP port.
    pub async fn bind(settings: WhipSettings) -> io::Result<Self> {
        let socket = UdpSocket::bind(settings.listen).await?;
        let address = socket.local_addr()?;
        let reachable = addresses::reachable(address, &settings.addresses);
        let (orders, ordered) = mpsc::channel(WAITING_ORDERS);
        let (sender, publications) = mpsc::channel(WAITING_PUBLICATIONS);
        let (sounding, sounded) = mpsc::channel(WAITING_SOUND);
        let driver = Driver {
            socket,
            address,
            reachable,
            settings,
            callers: HashMap::new(),
            last: 0,
            publications: sender,
            sounding,
        };
        let driving = tokio::spawn(driver.run(ordered, sounded));
        let door = WhipDoor { orders, address };
        Ok(Self {
            door,
            publications,
            driving,
        })
    }

    /// Where media come in.
    pub fn local_addr(&self) -> SocketAddr {
        self.door.address
    }

    pub fn door(&self) -> WhipDoor<T> {
        self.door.clone()
    }

    /// The next publisher whose media come. Cancelling loses none.
    pub async fn next(&mut self) -> Option<Publication<T>> {
        self.publications.recv().await
    }
}

impl<T> Drop for Whip<T> {
    fn drop(&mut self) {
        self.driving.abort();
    }
}

struct Driver<T> {
    socket: UdpSocket,
    address: SocketAddr,
    reachable: Vec<SocketAddr>,
    settings: WhipSettings,
    callers: HashMap<u64, Caller<T>>,
    last: u64,
    publications: mpsc::Sender<Publication<T>>,
    sounding: mpsc::Sender<(u64, Sounded)>,
}

/// A session with its publisher.
struct Caller<T> {
    session: String,
    peer: Peer<u64>,
    /// Until it is connected.
    admission: Option<T>,
    producer: Producer,
    facts: watch::Sender<Facts>,
    killed: Option<watch::Receiver<bool>>,
    wake: Instant,
    begun: Instant,
    heard: Instant,
    /// Its line is dead or closed; it may still say that it is done until then.
    leaving: Option<Instant>,
    gone: bool,
}

impl<T: Send + 'static> Driver<T> {
    async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order<T>>,
        mut sounded: mpsc::Receiver<(u64, Sounded)>,
    ) {
        let mut buffer = vec![0; DATAGRAM];
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let wake = self.callers.values().map(|caller| caller.wake).min();
            let wake = wake.unwrap_or_else(|| now() + LOOK);
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => match received {
                    Ok((length, source)) => self.datagram(&buffer[..length], source).await,
                    // What an earlier datagram met, as ICMP tells it.
                    Err(error) => tracing::debug!(%error, "a datagram went nowhere"),
                },
                order = orders.recv() => match order {
                    Some(order) => self.order(order).await,
                    None => return,
                },
                Some((key, sounded)) = sounded.recv() => self.sounded(key, sounded).await,
                () = tokio::time::sleep_until(wake.into()) => self.wake().await,
                _ = look.tick() => self.look(),
            }
        }
    }

    async fn datagram(&mut self, bytes: &[u8], source: SocketAddr) {
        let now = self::now();
        let source = addresses::plain(source);
        let destination = self
            .reachable
            .iter()
            .find(|own| own.is_ipv4() == source.is_ipv4());
        let Some(destination) = destination.copied() else {
            return;
        };
        let Some(input) = received(bytes, source, destination, now) else {
            return;
        };
        let caller = self
            .callers
            .iter_mut()
            .find(|(_, caller)| caller.peer.accepts(&input));
        let Some((&key, caller)) = caller else {
            return;
        };
        caller.heard = now;
        self.drive(key, input, now).await;
    }

    async fn wake(&mut self) {
        let now = self::now();
        let due = self.callers.iter().filter(|(_, caller)| caller.wake <= now);
        let due: Vec<u64> = due.map(|(key, _)| *key).collect();
        for key in due {
            self.drive(key, Input::Timeout(now), now).await;
        }
    }

    async fn drive(&mut self, key: u64, input: Input<'_>, now: Instant) {
        let Some(caller) = self.callers.get_mut(&key) else {
            return;
        };
        let mut made = vec![];
        match caller.peer.handle(input, now, &mut made) {
            // Never at once again: a peer that always wants to be woken is one
            // whose clock stands still.
            Ok(wake) => caller.wake = wake.max(now + Duration::from_millis(1)),
            Err(error) => {
                tracing::info!(%error, "a publisher's connection failed");
                caller.gone = true;
            }
        }
        self.act(key, made).await;
    }

    async fn sounded(&mut self, key: u64, sounded: Sounded) {
        let Some(caller) = self.callers.get_mut(&key) else {
            return;
        };
        let mut made = vec![];
        caller.peer.sounded(sounded, &mut made);
        self.act(key, made).await;
    }

    /// Does what a peer wants done.
    async fn act(&mut self, key: u64, made: Vec<Made>) {
        let Some(caller) = self.callers.get_mut(&key) else {
            return;
        };
        for made in made {
            match made {
                Made::Send(transmit) => {
                    let to = addresses::for_socket(transmit.destination, self.address);
                    // What a full buffer loses, the peer asks for again.
                    let _ = self.socket.send_to(&transmit.contents, to).await;
                }
                Made::Connected => {
                    let limits = self.settings.limits.queue;
                    if let Some(publication) = caller.publication(limits)
                        && self.publications.try_send(publication).is_err()
                    {
                        caller.gone = true;
                    }
                }
                Made::Tracks(tracks) => caller.producer.announce(tracks),
                Made::Frame(frame) => caller.producer.send(frame),
                Made::Facts => _ = caller.facts.send_replace(caller.peer.facts.clone()),
                Made::Gone => _ = caller.leaving.get_or_insert(now() + LAST_WORD),
            }
        }
        if caller.gone || (caller.leaving.is_none() && !caller.peer.is_alive()) {
            self.callers.remove(&key);
        }
    }

    /// Lets those go who are gone, or are not wanted any more.
    fn look(&mut self) {
        let now = self::now();
        let limits = self.settings.limits;
        self.callers.retain(|_, caller| {
            let connecting = caller.admission.is_some();
            let late = connecting && now - caller.begun >= limits.connecting;
            let silent = now - caller.heard >= limits.silence && !connecting;
            let killed = caller
                .killed
                .as_ref()
                .is_some_and(|killed| *killed.borrow());
            let unwanted = !connecting && caller.producer.consumers() == 0;
            let left = caller.leaving.is_some_and(|until| now >= until);
            if late || silent {
                tracing::info!(late, silent, "a publisher over WebRTC is gone");
            }
            !(late || silent || left || killed || unwanted)
        });
    }

    async fn order(&mut self, order: Order<T>) {
        match order {
            Order::Publish(offer, answer) => {
                // Who does not wait for the answer has given up.
                let _ = answer.send(self.publish(offer));
            }
            Order::Patch(change, answer) => {
                let patched = self.patch(&change);
                if let Some(key) = self.find(&change.session) {
                    let now = self::now();
                    self.drive(key, Input::Timeout(now), now).await;
                }
                let _ = answer.send(patched);
            }
            Order::Stop(session, answer) => {
                let stopped = self.stop(&session).await;
                let _ = answer.send(stopped);
            }
        }
    }

    fn publish(&mut self, offer: Offer<T>) -> Result<WhipAnswer, WhipError> {
        if self.callers.len() >= self.settings.limits.sessions {
            return Err(WhipError::Full);
        }
        let now = self::now();
        self.last += 1;
        let key = self.last;
        let sounds = Sounds::new(key, self.settings.transcoder.clone(), self.sounding.clone());
        let encoder = offer.encoder.as_deref();
        let (peer, sdp) = Peer::answer(&offer.sdp, encoder, &self.reachable, sounds, now)?;
        let answer = WhipAnswer {
            sdp,
            etag: peer.etag(),
        };
        let caller = Caller {
            session: offer.session,
            peer,
            admission: Some(offer.admission),
            producer: Producer::new(),
            facts: watch::channel(Facts::default()).0,
            killed: None,
            wake: now,
            begun: now,
            heard: now,
            leaving: None,
            gone: false,
        };
        self.callers.insert(key, caller);
        Ok(answer)
    }

    fn find(&self, session: &str) -> Option<u64> {
        let of = |caller: &Caller<T>| caller.session == session;
        self.callers
            .iter()
            .find(|(_, caller)| of(caller))
            .map(|(key, _)| *key)
    }

    fn patch(&mut self, change: &Change) -> Result<Option<WhipAnswer>, WhipError> {
        let key = self.find(&change.session).ok_or(WhipError::NoSession)?;
        let caller = self.callers.get_mut(&key).ok_or(WhipError::NoSession)?;
        let named = change.if_match.as_deref();
        if named.is_some_and(|named| named != "*" && named != caller.peer.etag()) {
            return Err(WhipError::Stale);
        }
        let answer = caller.peer.patch(&change.fragment)?;
        Ok(answer.map(|sdp| WhipAnswer {
            sdp,
            etag: caller.peer.etag(),
        }))
    }

    async fn stop(&mut self, session: &str) -> Result<(), WhipError> {
        let key = self.find(session).ok_or(WhipError::NoSession)?;
        if let Some(caller) = self.callers.get_mut(&key) {
            caller.stopped();
            caller.peer.close();
            caller.gone = true;
        }
        let now = self::now();
        self.drive(key, Input::Timeout(now), now).await;
        Ok(())
    }
}

impl<T> Caller<T> {
    /// What the caller gets, once.
    fn publication(&mut self, queue: QueueLimits) -> Option<Publication<T>> {
        let admission = self.admission.take()?;
        let (kill, killed) = watch::channel(false);
        self.killed = Some(killed);
        self.facts.send_replace(self.peer.facts.clone());
        Some(Publication {
            admission,
            frames: self.producer.subscribe(queue),
            facts: self.facts.subscribe(),
            kill: Kill::new(Arc::new(kill)),
        })
    }

    fn stopped(&mut self) {
        self.peer.facts.stopped = true;
        self.facts.send_replace(self.peer.facts.clone());
    }
}

/// As the WebRTC library counts time.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests;

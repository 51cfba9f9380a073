//! Sessions over TCP. One task per connection: whatever goes wrong in it ends
//! it alone. Reading stops while the reader of the frames is behind, so that
//! the publisher feels it; only when that lasts are frames dropped.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use hallway_media::{Consumer, Producer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    Event, Facts, Limits, Refusal, Secure, Session, SessionError, StreamKey, sockets::Socket,
};

/// Takes publishers in. Dropping it ends every connection.
#[derive(Debug)]
pub struct Server<T> {
    address: SocketAddr,
    publications: mpsc::Receiver<Publication<T>>,
    accepting: JoinHandle<()>,
}

/// A publisher that was let in. Dropping its `frames` ends its connection.
pub struct Publication<T> {
    /// What the caller's `authorise` gave.
    pub admission: T,
    /// Tracks and frames; ends when the publisher is gone.
    pub frames: Consumer,
    /// The newest facts; changes at every keyframe, at least once a second.
    pub facts: watch::Receiver<Facts>,
    pub kill: Kill,
}

/// Ends one publication at once. Cloning gives the same publication.
#[derive(Clone, Debug)]
pub struct Kill(Arc<watch::Sender<bool>>);

/// How long a caller may take to ask for the next publication.
const HAND_OVER: Duration = Duration::from_secs(5);
/// Publications that wait to be asked for.
const WAITING_PUBLICATIONS: usize = 16;
/// After `accept` failed, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const READ_SIZE: usize = 64 << 10;

impl Kill {
    pub(crate) fn new(sender: Arc<watch::Sender<bool>>) -> Self {
        Self(sender)
    }

    pub fn kill(&self) {
        self.0.send_replace(true);
    }
}

impl<T> fmt::Debug for Publication<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publication").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Server<T> {
    /// Listens on `address` (port 0 picks a free one). `authorise` is asked once
    /// for every publisher; what it gives goes with the publication, so that
    /// dropping it tells the caller that the publisher is gone. With `secure` the
    /// port speaks TLS to whoever begins with it.
    pub async fn bind<F, A>(
        address: SocketAddr,
        authorise: F,
        limits: Limits,
        secure: Option<Secure>,
    ) -> io::Result<Self>
    where
        F: Fn(StreamKey) -> A + Send + Sync + 'static,
        A: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (sender, publications) = mpsc::channel(WAITING_PUBLICATIONS);
        let shared = Arc::new(Shared {
            authorise,
            limits,
            secure,
            publications: sender,
            connections: Arc::new(Semaphore::new(limits.connections)),
            doors: Arc::new(Doors {
                waiting: Arc::new(Semaphore::new(limits.waiting)),
                per_address: Mutex::default(),
            }),
        });
        let accepting = tokio::spawn(accept(listener, shared));
        Ok(Self {
            address,
            publications,
            accepting,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next publisher that was let in. Cancelling loses none.
    pub async fn next(&mut self) -> Option<Publication<T>> {
        self.publications.recv().await
    }
}

impl<T> Drop for Server<T> {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct Shared<F, T> {
    authorise: F,
    limits: Limits,
    secure: Option<Secure>,
    publications: mpsc::Sender<Publication<T>>,
    connections: Arc<Semaphore>,
    doors: Arc<Doors>,
}

/// Counts those who were not let in yet.
#[derive(Debug)]
struct Doors {
    waiting: Arc<Semaphore>,
    per_address: Mutex<HashMap<IpAddr, usize>>,
}

/// A place among those who wait.
#[derive(Debug)]
struct Place {
    doors: Arc<Doors>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Doors {
    fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Place> {
        let permit = Arc::clone(&self.waiting).try_acquire_owned().ok()?;
        let mut counts = self
            .per_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            doors: Arc::clone(self),
            address,
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self
            .doors
            .per_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

async fn accept<F, A, T>(listener: TcpListener, shared: Arc<Shared<F, T>>)
where
    F: Fn(StreamKey) -> A + Send + Sync + 'static,
    A: Future<Output = Result<T, Refusal>> + Send + 'static,
    T: Send + 'static,
{
    // Dropped with this task, which ends every connection.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "an RTMP connection failed in a way that is our bug");
                }
                continue;
            }
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept RTMP connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            continue;
        };
        let Some(place) = shared
            .doors
            .enter(address.ip(), shared.limits.waiting_per_address)
        else {
            continue;
        };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let _permit = permit;
            let ended = serve(socket, &shared, place).await;
            match ended {
                Ok(reason) => tracing::info!(%reason, "RTMP connection ended"),
                Err(error) => tracing::info!(%error, "RTMP connection ended"),
            }
        });
    }
}

async fn serve<F, A, T>(tcp: TcpStream, shared: &Shared<F, T>, place: Place) -> Result<End, End>
where
    F: Fn(StreamKey) -> A,
    A: Future<Output = Result<T, Refusal>>,
{
    let deadline = Instant::now() + shared.limits.admission;
    let accepting = Socket::accept(tcp, shared.secure.as_ref());
    let socket = match timeout_at(deadline, accepting).await {
        Ok(accepted) => accepted?.ok_or(End::NoCertificate)?,
        Err(_) => return Err(End::TooSlow),
    };
    let connection = Connection::new(socket, shared.limits);
    connection.run(shared, place, deadline).await
}

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the publisher stopped")]
    Stopped,
    #[error("the peer closed the connection")]
    Closed,
    #[error("the publisher was refused: {0}")]
    Refused(Refusal),
    #[error(
        "the peer speaks TLS (rtmps://), and no certificate is configured: set `tls_cert` and `tls_key`, or send to rtmp://"
    )]
    NoCertificate,
    #[error("nobody takes publishers in")]
    NobodyThere,
    #[error("ended by an order")]
    Killed,
    #[error("the frames are not wanted any more")]
    NotWanted,
    #[error("the peer was not let in within the time it has")]
    TooSlow,
    #[error("the peer fell silent")]
    Silent,
    #[error("the peer does not take our answers")]
    Stuck,
    #[error(transparent)]
    Protocol(#[from] SessionError),
    #[error(transparent)]
    Network(#[from] io::Error),
}

struct Connection {
    socket: Socket,
    session: Session,
    buffer: BytesMut,
    limits: Limits,
}

/// What the driver holds of a running publication.
struct Running {
    producer: Producer,
    facts: watch::Sender<Facts>,
    killed: watch::Receiver<bool>,
    patience: Duration,
}

impl Connection {
    fn new(socket: Socket, limits: Limits) -> Self {
        let session = Session::new(limits.session);
        Self {
            socket,
            session,
            buffer: BytesMut::with_capacity(READ_SIZE),
            limits,
        }
    }

    async fn run<F, A, T>(
        mut self,
        shared: &Shared<F, T>,
        place: Place,
        deadline: Instant,
    ) -> Result<End, End>
    where
        F: Fn(StreamKey) -> A,
        A: Future<Output = Result<T, Refusal>>,
    {
        let key = match timeout_at(deadline, self.introduction()).await {
            Ok(key) => key?,
            Err(_) => return Err(End::TooSlow),
        };
        let admission = match timeout_at(deadline, (shared.authorise)(key)).await {
            Ok(Ok(admission)) => admission,
            Ok(Err(refusal)) => return self.turn_away(refusal).await,
            Err(_) => return self.turn_away(Refusal::Unavailable).await,
        };
        drop(place);

        let producer = Producer::new();
        let (facts, facts_seen) = watch::channel(Facts::default());
        let (kill, killed) = watch::channel(false);
        let publication = Publication {
            admission,
            frames: producer.subscribe(self.limits.queue),
            facts: facts_seen,
            kill: Kill::new(Arc::new(kill)),
        };
        if shared
            .publications
            .send_timeout(publication, HAND_OVER)
            .await
            .is_err()
        {
            self.turn_away(Refusal::Unavailable).await?;
            return Err(End::NobodyThere);
        }
        let running = Running {
            producer,
            facts,
            killed,
            patience: self.limits.patience,
        };
        self.session.admit()?;
        self.publish(running).await
    }

    /// Until the peer says what it wants to publish.
    async fn introduction(&mut self) -> Result<StreamKey, End> {
        loop {
            self.read().await?;
            while let Some(event) = self.session.poll() {
                if let Event::Publish(key) = event {
                    return Ok(key);
                }
            }
        }
    }

    async fn turn_away(&mut self, refusal: Refusal) -> Result<End, End> {
        self.session.refuse(refusal);
        self.write().await?;
        self.socket.shutdown().await?;
        Err(End::Refused(refusal))
    }

    async fn publish(&mut self, mut running: Running) -> Result<End, End> {
        loop {
            self.write().await?;
            while let Some(event) = self.session.poll() {
                match event {
                    Event::Tracks(tracks) => running.producer.announce(tracks),
                    Event::Frame(frame) => {
                        running.room().await?;
                        running.producer.send(frame);
                    }
                    Event::Facts(facts) => _ = running.facts.send_replace(facts),
                    Event::Stopped => {
                        running.facts.send_modify(|facts| facts.stopped = true);
                        return Ok(End::Stopped);
                    }
                    Event::Publish(_) => {}
                }
            }
            let silence = self.limits.silence;
            tokio::select! {
                biased;
                end = running.called_off() => return Err(end),
                read = timeout(silence, self.read()) => match read {
                    Ok(Err(End::Closed)) => return Ok(End::Closed),
                    Ok(read) => read?,
                    Err(_) => return Err(End::Silent),
                },
            }
        }
    }

    /// Reads once and lets the session answer. What it answers before it gives
    /// up is still sent.
    async fn read(&mut self) -> Result<(), End> {
        self.buffer.clear();
        self.buffer.reserve(READ_SIZE);
        if self.socket.read_buf(&mut self.buffer).await? == 0 {
            return Err(End::Closed);
        }
        let handled = self.session.handle(&self.buffer);
        self.write().await?;
        Ok(handled?)
    }

    async fn write(&mut self) -> Result<(), End> {
        let outgoing = self.session.take_outgoing();
        if outgoing.is_empty() {
            return Ok(());
        }
        let write = async {
            self.socket.write_all(&outgoing).await?;
            // TLS may hold bytes back until it is told.
            self.socket.flush().await
        };
        match timeout(self.limits.write, write).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(End::Stuck),
        }
    }
}

impl Running {
    /// Waits for room, but not for ever: then the queue drops to a keyframe.
    async fn room(&mut self) -> Result<(), End> {
        let Self {
            producer,
            killed,
            patience,
            ..
        } = self;
        tokio::select! {
            biased;
            // A publication whose kill handles are all gone cannot be killed.
            Ok(_) = killed.wait_for(|killed| *killed) => Err(End::Killed),
            () = producer.deserted() => Err(End::NotWanted),
            _ = timeout(*patience, producer.ready()) => Ok(()),
        }
    }

    async fn called_off(&mut self) -> End {
        tokio::select! {
            Ok(_) = self.killed.wait_for(|killed| *killed) => End::Killed,
            () = self.producer.deserted() => End::NotWanted,
        }
    }
}

#[cfg(test)]
mod tests;

//! All stages of this server behind one handle: starts them, reads them, and
//! hands on the orders that come over the bus.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hallway_blob::BlobError;
use hallway_bus::{Received, Receiver};
use hallway_ingest::{
    Limits, Refusal, Secure, Server, StreamKey, Transcoder, Whip, WhipAnswer, WhipDoor, WhipError,
    WhipLimits, WhipSettings,
};
use hallway_media::MediaTime;
use hallway_model::access::Actor;
use hallway_model::ids::{BroadcastId, EventId, RecordingId, RoomId, SignInId};
use hallway_model::secrets::Secret;
use hallway_packager::{Live, LiveFile, Piece};
use hallway_protocol::Event;
use hallway_protocol::stages::StageHealth;
use hallway_service::stages::EndBroadcast;
use hallway_service::{Error, Service};
use tokio::sync::broadcast;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::archives;
use crate::cuts::Cuts;
use crate::permits::Credential;
use crate::publications::{self, Admission, Means};
use crate::rosters::Roster;

/// What the configuration says of stages.
#[derive(Clone, Debug)]
pub struct StageSettings {
    /// Where encoders connect; port 0 picks a free one.
    pub rtmp_listen: SocketAddr,
    /// Longest part of a live playlist.
    pub part: Duration,
    /// Aim for the length of a segment.
    pub segment: Duration,
    /// How long a broadcast waits for its publisher to come back.
    pub reconnect: Duration,
    /// Encoders that begin with TLS are spoken to in it (RTMPS).
    pub secure: Option<Secure>,
    /// Where media of publishers over WebRTC come in, by UDP.
    pub media_listen: SocketAddr,
    /// Where they reach it; empty where that is the machine's own address.
    pub media_addresses: Vec<IpAddr>,
    /// What turns their sound into AAC.
    pub transcoder: Transcoder,
}

impl StageSettings {
    /// Parts of a fifth of a second, segments of 2 s, 30 s to come back.
    pub fn new(rtmp_listen: SocketAddr) -> Self {
        Self {
            rtmp_listen,
            part: Duration::from_millis(209),
            segment: Duration::from_secs(2),
            reconnect: Duration::from_secs(30),
            secure: None,
            media_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            media_addresses: vec![],
            transcoder: Transcoder::default(),
        }
    }
}

/// Why a publisher over WebRTC is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Whip(#[from] WhipError),
}

/// A session that was opened for a publisher over WebRTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Names the session and is the right to change and end it.
    pub session: String,
    pub answer: WhipAnswer,
}

#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Choose another address, or stop what listens there.
    #[error("cannot listen for encoders on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    /// The same, by UDP.
    #[error("cannot listen for media on {address}: {source}")]
    ListenMedia {
        address: SocketAddr,
        source: io::Error,
    },
    /// No recording has a file of this name.
    #[error("there is nothing here")]
    NotFound,
    #[error(transparent)]
    Service(#[from] Error),
    #[error(transparent)]
    Store(BlobError),
}

impl From<BlobError> for StageError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound(_) => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

/// The stages of this server. Cloning is cheap and gives the same stages.
#[derive(Clone, Debug)]
pub struct Stages(Arc<Inner>);

struct Inner {
    service: Service,
    roster: Arc<Roster>,
    tasks: TaskTracker,
    rtmp: SocketAddr,
    door: Door,
    whip: WhipDoor<Admission>,
    health: broadcast::Sender<(RoomId, StageHealth)>,
}

/// Changes of health a desk may be behind.
const HEALTH_QUEUE: usize = 256;
/// No stage's health is told more often.
const HEALTH_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

impl Stages {
    /// Ends the broadcasts that a crash left open, begins the cuts that are
    /// due, and takes publishers in until `stop`; see [`Stages::stopped`].
    pub async fn start(
        settings: StageSettings,
        service: Service,
        stop: CancellationToken,
    ) -> Result<Self, StageError> {
        // Before anything is read: what happens from here on is heard.
        let orders = service.bus().subscribe();
        archives::clear_cuts(service.blobs()).await?;
        end_open_broadcasts(&service).await?;
        let roster = Arc::<Roster>::default();
        let tasks = TaskTracker::new();
        let cuts = Cuts::new(
            service.clone(),
            Arc::clone(&roster),
            tasks.clone(),
            stop.clone(),
        );
        let door = Door {
            service: service.clone(),
            roster: Arc::clone(&roster),
        };
        let address = settings.rtmp_listen;
        let asked = door.clone();
        let server = Server::bind(
            address,
            move |key| asked.clone().admit(key),
            Limits::default(),
            settings.secure,
        )
        .await
        .map_err(|source| StageError::Listen { address, source })?;
        let address = settings.media_listen;
        let whip = Whip::bind(WhipSettings {
            listen: address,
            addresses: settings.media_addresses,
            transcoder: settings.transcoder,
            limits: WhipLimits::default(),
        })
        .await
        .map_err(|source| StageError::ListenMedia { address, source })?;
        let stages = Self(Arc::new(Inner {
            service: service.clone(),
            roster,
            tasks: tasks.clone(),
            rtmp: server.local_addr(),
            door,
            whip: whip.door(),
            health: broadcast::Sender::new(HEALTH_QUEUE),
        }));
        let means = Means {
            service,
            roster: Arc::clone(&stages.0.roster),
            cuts: Arc::clone(&cuts),
            part: media_time(settings.part),
            segment: media_time(settings.segment),
            reconnect: settings.reconnect,
            stop: stop.clone(),
        };
        let until = |stop: &CancellationToken| stop.clone().cancelled_owned();
        tasks.spawn(take_in(server, whip, means, tasks.clone(), stop.clone()));
        let heard = hear(orders, Arc::clone(&stages.0.roster), Arc::clone(&cuts));
        tasks.spawn(within(until(&stop), heard));
        tasks.spawn(within(until(&stop), report(stages.clone())));
        tasks.spawn(within(until(&stop), sweep(stages.0.service.clone())));
        tasks.spawn(cuts.run());
        Ok(stages)
    }

    /// Where encoders connect: `rtmp://{this}/live/{stream key}`.
    pub fn rtmp_address(&self) -> SocketAddr {
        self.0.rtmp
    }

    /// Lets a publisher over WebRTC in by a stream key, and answers its offer
    /// (WHIP, RFC 9725). `encoder` is what it calls itself.
    pub async fn publish(
        &self,
        key: StreamKey,
        offer: String,
        encoder: Option<String>,
    ) -> Result<Opened, PublishError> {
        let admission = self.0.door.clone().admit(key).await?;
        self.open(admission, offer, encoder).await
    }

    /// The same for somebody who was found to be allowed to run the stage.
    /// Their broadcast ends with their sign-in, or their right.
    pub async fn publish_signed_in(
        &self,
        (event, room): (EventId, RoomId),
        sign_in: SignInId,
        offer: String,
        encoder: Option<String>,
    ) -> Result<Opened, PublishError> {
        let credential = Credential::SignIn(sign_in);
        let admission = self.0.door.seat(event, room, credential).await?;
        self.open(admission, offer, encoder).await
    }

    async fn open(
        &self,
        admission: Admission,
        offer: String,
        encoder: Option<String>,
    ) -> Result<Opened, PublishError> {
        let session = Secret::generate(self.0.service.random())
            .reveal()
            .to_owned();
        let opening = self
            .0
            .whip
            .publish(session.clone(), offer, encoder, admission);
        let answer = opening.await?;
        Ok(Opened { session, answer })
    }

    /// What such a publisher changes: candidates that come late, or a restart
    /// of ICE, which is answered (RFC 9725 §4.3).
    pub async fn change_publisher(
        &self,
        session: String,
        fragment: String,
        if_match: Option<String>,
    ) -> Result<Option<WhipAnswer>, WhipError> {
        self.0.whip.patch(session, fragment, if_match).await
    }

    /// Ends a session as its publisher wishes, and its broadcast.
    pub async fn stop_publisher(&self, session: String) -> Result<(), WhipError> {
        self.0.whip.stop(session).await
    }

    /// The broadcast that is on, else the last one for a minute, so that
    /// players reach its end. Its playlists name the other files under a
    /// folder of the broadcast's own; see [`Stages::live_file`].
    pub fn live(&self, room: RoomId) -> Option<Live> {
        self.0.roster.newest(room).map(|run| run.live)
    }

    /// The file a player asks for by its path below the stage's folder:
    /// `index.m3u8` and the playlists it names (`live.m3u8`, `audio-live.m3u8`)
    /// of the broadcast that is on, and `{broadcast}/init-N.mp4`,
    /// `{broadcast}/segment-N.m4s` and `{broadcast}/part-N-I.m4s` of that very
    /// broadcast and their likes of other variants, which may be cached for
    /// good. Read it with [`Live::file`]. None: no such file, 404.
    pub fn live_file(&self, room: RoomId, path: &str) -> Option<(Live, LiveFile)> {
        let Some((broadcast, name)) = path.split_once('/') else {
            let file = LiveFile::parse(path).filter(|file| !file.piece.immutable())?;
            return Some((self.live(room)?, file));
        };
        let broadcast: BroadcastId = broadcast.parse().ok()?;
        let file = LiveFile::parse(name).filter(|file| file.piece.immutable())?;
        let run = self.0.roster.find(room, broadcast)?;
        Some((run.live, file))
    }

    /// What reaches the stage now; all empty where nobody publishes.
    pub fn health(&self, room: RoomId) -> StageHealth {
        self.0.roster.health(room)
    }

    /// Each stage's health when it changes, at most once a second.
    pub fn health_changes(&self) -> broadcast::Receiver<(RoomId, StageHealth)> {
        self.0.health.subscribe()
    }

    /// A file of a published recording with its media type: `index.m3u8` (a
    /// media playlist of the whole, which never changes), and `init-N.mp4` and
    /// `segment-N.m4s` as the playlist names them. Whether its reader may have
    /// it is asked of the service before.
    pub async fn recording_piece(
        &self,
        recording: RecordingId,
        name: &str,
    ) -> Result<(Bytes, &'static str), StageError> {
        let piece = Piece::parse(name).ok_or(StageError::NotFound)?;
        if matches!(piece, Piece::Media | Piece::Part(..)) {
            return Err(StageError::NotFound);
        }
        let folder = archives::recording(recording).map_err(|_| StageError::NotFound)?;
        let key = folder.join(name).map_err(|_| StageError::NotFound)?;
        let bytes = self.0.service.blobs().get(&key).await?;
        Ok((bytes, piece.media_type()))
    }

    /// Resolves once all is ended and kept, after the stop.
    pub async fn stopped(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stages")
            .field("rtmp", &self.rtmp)
            .field("whip", &self.whip)
            .finish_non_exhaustive()
    }
}

async fn end_open_broadcasts(service: &Service) -> Result<(), Error> {
    for open in service.open_broadcasts().await? {
        tracing::warn!(room = %open.room, broadcast = %open.id, "ending a broadcast that was cut short");
        let end = EndBroadcast {
            broadcast: open.id,
            room: open.room,
        };
        service.write(&Actor::operator(), None, end).await?;
    }
    Ok(())
}

/// Decides who comes in.
#[derive(Clone)]
struct Door {
    service: Service,
    roster: Arc<Roster>,
}

impl Door {
    async fn admit(self, key: StreamKey) -> Result<Admission, Refusal> {
        let admitted = self.service.admit_publisher(key.expose()).await;
        match admitted {
            Ok(Some(stage)) => {
                let credential = Credential::Key(key);
                self.seat(stage.event, stage.room, credential).await
            }
            Ok(None) => Err(refused(Refusal::WrongKey)),
            Err(error) => {
                tracing::error!(%error, "cannot ask whom a stream key admits");
                Err(refused(Refusal::Unavailable))
            }
        }
    }

    async fn seat(
        &self,
        event: EventId,
        room: RoomId,
        credential: Credential,
    ) -> Result<Admission, Refusal> {
        match self.roster.sit(event, room).await {
            Some(seat) => Ok(Admission { seat, credential }),
            None => {
                tracing::warn!(%room, "a second publisher was refused");
                Err(refused(Refusal::Taken))
            }
        }
    }
}

fn refused(refusal: Refusal) -> Refusal {
    let reason = match refusal {
        Refusal::WrongKey => "wrong_key",
        Refusal::Taken => "taken",
        Refusal::Unavailable => "unavailable",
    };
    metrics::counter!("hallway_stage_refused_total", "reason" => reason).increment(1);
    refusal
}

async fn take_in(
    mut server: Server<Admission>,
    mut whip: Whip<Admission>,
    means: Means,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let arrival = tokio::select! {
            () = stop.cancelled() => break,
            arrival = server.next() => arrival,
            arrival = whip.next() => arrival,
        };
        let Some(arrival) = arrival else { break };
        tasks.spawn(publications::run(means.clone(), arrival));
    }
    // Dropping the two ends their connections, and each broadcast by that.
}

async fn within(stop: impl Future<Output = ()>, task: impl Future<Output = ()>) {
    tokio::select! {
        () = stop => {}
        () = task => {}
    }
}

/// Hands the bus's events on to whom they concern.
async fn hear(mut orders: Receiver, roster: Arc<Roster>, cuts: Arc<Cuts>) {
    loop {
        match orders.receive().await {
            Received::Envelope(envelope) => match envelope.event {
                Event::StreamKeyRotated { room } | Event::SessionStarted { room, .. } => {
                    roster.nudge(room);
                }
                Event::SessionEnded { room, .. } => {
                    cuts.wake();
                    roster.nudge(room);
                }
                Event::TakeoverAllowed { room } => roster.allow_takeover(room),
                Event::ProgrammeChanged { event, .. } => roster.nudge_event(Some(event)),
                // Who sends from a browser may by what they hold.
                Event::RightsChanged { .. } => roster.nudge_event(None),
                _ => {}
            },
            Received::Passing(_) => {}
            Received::Lagged(lost) => {
                tracing::warn!(lost, "stages missed events and look for themselves");
                cuts.wake();
                roster.nudge_event(None);
            }
            Received::Closed => return,
        }
    }
}

async fn report(stages: Stages) {
    let mut ticks = interval(HEALTH_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for news in stages.0.roster.news(Instant::now()) {
            // Nobody at a desk is fine.
            let _ = stages.0.health.send(news);
        }
    }
}

async fn sweep(service: Service) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep_once(&service).await {
            tracing::error!(%error, "raw segments that nobody needs could not be deleted");
        }
    }
}

/// Not while a cut is due: it may need what would go.
async fn sweep_once(service: &Service) -> Result<(), StageError> {
    if !service.unfinished_recordings().await?.is_empty() {
        return Ok(());
    }
    let kept = archives::kept(service.blobs()).await?;
    let open = service.open_broadcasts().await?;
    let on: HashSet<BroadcastId> = open.into_iter().map(|broadcast| broadcast.id).collect();
    let deleted = archives::sweep(service.blobs(), kept, &on, service.now()).await?;
    if deleted > 0 {
        tracing::info!(deleted, "raw segments of old broadcasts were deleted");
    }
    Ok(())
}

fn media_time(span: Duration) -> MediaTime {
    MediaTime::from_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

//! Cutting recordings: whatever session has ended gets its on-demand cut out
//! of the broadcasts that were on meanwhile, or one sentence why there is none.
//! Which cuts are to be made is the service's list, so none is forgotten by a
//! crash or a lost event.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallway_blob::{BlobError, Key};
use hallway_media::{MediaTime, WallTime};
use hallway_model::access::Actor;
use hallway_model::ids::{RecordingId, RoomId};
use hallway_model::stages::{Broadcast, Recording, RecordingState};
use hallway_packager::{Cut, CutError, CutOrder, Live, Recorder};
use hallway_service::recordings::SettleRecording;
use hallway_service::{Error, Service};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::rosters::Roster;
use crate::{archives, joins};

/// Makes the cuts of this server, few at a time.
pub(crate) struct Cuts {
    service: Service,
    roster: Arc<Roster>,
    tasks: TaskTracker,
    stop: CancellationToken,
    wake: Notify,
    running: Mutex<HashMap<RecordingId, RoomId>>,
    changed: watch::Sender<u64>,
    hands: Semaphore,
}

/// Cuts at a time: they read and write whole recordings.
const AT_ONCE: usize = 2;
/// Nothing is forgotten for longer, whatever the bus lost.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The cue is the clock's, the picture of that moment is still on its way.
const EDGE: Duration = Duration::from_secs(2);
/// After the store or the database failed: doubled each time up to the longest.
const FIRST_PAUSE_MS: u64 = 500;
const LONGEST_PAUSE_MS: u64 = 60_000;

const NOT_PUBLISHED: &str = "Nothing was published on the stage during this session.";
const NOT_RECORDED: &str = "Nothing was recorded on the stage during this session.";
const TOO_SHORT: &str = "The session ended at the moment it began.";
const DAMAGED: &str = "What was recorded of this session is damaged.";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Service(#[from] Error),
    #[error(transparent)]
    Store(#[from] BlobError),
    #[error(transparent)]
    Key(#[from] hallway_blob::BadKey),
    #[error(transparent)]
    Join(#[from] joins::Unreadable),
    #[error("a recording's prefix holds the broadcast it is cut from")]
    Overlaps,
    #[error("a cut's playlist is not text")]
    NotText,
}

/// Why there is no recording, in a sentence for its viewers.
type Missing = &'static str;

impl Cuts {
    pub(crate) fn new(
        service: Service,
        roster: Arc<Roster>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            service,
            roster,
            tasks,
            stop,
            wake: Notify::new(),
            running: Mutex::default(),
            changed: watch::Sender::new(0),
            hands: Semaphore::new(AT_ONCE),
        })
    }

    /// A session may have ended.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Looks for cuts to be made until the server stops.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE_MS;
        loop {
            let next = match self.begin().await {
                Ok(()) => {
                    pause = FIRST_PAUSE_MS;
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::error!(%error, "cannot ask which cuts are to be made");
                    self.jittered(&mut pause)
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = sleep(next) => {}
            }
        }
    }

    /// Begins every cut that was asked for and is not in the making.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<(), Error> {
        for (recording, room) in self.service.unfinished_recordings().await? {
            if self.running().insert(recording.id, room).is_none() {
                let cuts = Arc::clone(self);
                self.tasks.spawn(async move {
                    let id = recording.id;
                    let _done = Done { cuts: &cuts, id };
                    cuts.make(recording, room).await;
                });
            }
        }
        Ok(())
    }

    /// Waits until no cut of the stage is in the making.
    pub(crate) async fn idle(&self, room: RoomId) {
        let mut changed = self.changed.subscribe();
        while self.running().values().any(|busy| *busy == room) {
            changed.borrow_and_update();
            if !self.running().values().any(|busy| *busy == room) {
                return;
            }
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    async fn make(&self, recording: Recording, room: RoomId) {
        let Ok(_hand) = self.hands.acquire().await else {
            return;
        };
        let began = Instant::now();
        let mut pause = FIRST_PAUSE_MS;
        while let Err(error) = self.attempt(&recording, room).await {
            metrics::counter!("hallway_stage_cuts_total", "outcome" => "failed").increment(1);
            tracing::error!(recording = %recording.id, %room, %error, "a recording was not cut and will be tried again");
            let wait = self.jittered(&mut pause);
            tokio::select! {
                // Found again at the next start.
                () = self.stop.cancelled() => return,
                () = sleep(wait) => {}
            }
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(recording = %recording.id, %room, took_ms, "a recording is settled");
    }

    async fn attempt(&self, recording: &Recording, room: RoomId) -> Result<(), Failure> {
        let (state, outcome) = match self.cut(recording, room).await? {
            Ok(length) => {
                let millis = length.as_millis();
                (RecordingState::Published { millis }, "published")
            }
            Err(why) => {
                let reason = why.to_owned();
                (RecordingState::Missing { reason }, "missing")
            }
        };
        let settle = SettleRecording {
            recording: recording.id,
            state,
        };
        self.service.write(&Actor::operator(), None, settle).await?;
        metrics::counter!("hallway_stage_cuts_total", "outcome" => outcome).increment(1);
        Ok(())
    }

    /// Cuts the session out of every broadcast it was on, and joins the pieces
    /// where there are several.
    async fn cut(
        &self,
        recording: &Recording,
        room: RoomId,
    ) -> Result<Result<MediaTime, Missing>, Failure> {
        let broadcasts = self
            .service
            .broadcasts(room, recording.from, recording.to)
            .await?;
        let into = archives::recording(recording.id)?;
        if let [broadcast] = &broadcasts[..] {
            let cut = self.cut_one(broadcast, recording, into).await?;
            return Ok(cut.map(|cut| cut.duration));
        }
        let (mut pieces, mut why) = (vec![], NOT_PUBLISHED);
        let folder = archives::cut(recording.id)?;
        for (number, broadcast) in broadcasts.iter().enumerate() {
            let into = folder.join(&number.to_string())?;
            match self.cut_one(broadcast, recording, into.clone()).await? {
                Ok(cut) => pieces.push((into, cut)),
                Err(missing) => why = missing,
            }
        }
        if pieces.is_empty() {
            return Ok(Err(why));
        }
        tracing::info!(recording = %recording.id, pieces = pieces.len(), "joining a recording from several broadcasts");
        self.join(&pieces, &into).await?;
        self.service.blobs().delete(&folder).await?;
        let length = pieces
            .iter()
            .fold(MediaTime::ZERO, |sum, (_, cut)| sum + cut.duration);
        Ok(Ok(length))
    }

    async fn cut_one(
        &self,
        broadcast: &Broadcast,
        recording: &Recording,
        into: Key,
    ) -> Result<Result<Cut, Missing>, Failure> {
        let order = CutOrder {
            from: WallTime(recording.from.0),
            to: WallTime(recording.to.0),
            into,
        };
        let cut = match self.roster.find(broadcast.room, broadcast.id) {
            Some(run) => {
                let Some(recorder) = run.recorder else {
                    return Ok(Err(NOT_RECORDED));
                };
                // Late pictures end the cut a little early, no more.
                let _ = timeout(EDGE, reaches(&run.live, order.to)).await;
                recorder.cut(Some(&run.live), order).await
            }
            None => {
                let prefix = archives::broadcast(broadcast.id)?;
                let blobs = self.service.blobs().clone();
                let recorder = Recorder::open(blobs, prefix).await?;
                recorder.cut(None, order).await
            }
        };
        match cut {
            Ok(cut) => {
                if cut.missing > 0 {
                    tracing::warn!(recording = %recording.id, missing = cut.missing, "a recording has holes");
                }
                Ok(Ok(cut))
            }
            Err(CutError::Store(error)) => Err(error.into()),
            // Our prefixes never do.
            Err(CutError::Overlaps) => Err(Failure::Overlaps),
            Err(CutError::Backwards) => Ok(Err(TOO_SHORT)),
            Err(CutError::NothingRecorded) => Ok(Err(NOT_RECORDED)),
            Err(CutError::Damaged(error)) => {
                tracing::error!(broadcast = %broadcast.id, %error, "kept segments are damaged");
                Ok(Err(DAMAGED))
            }
        }
    }

    async fn join(&self, pieces: &[(Key, Cut)], into: &Key) -> Result<(), Failure> {
        let blobs = self.service.blobs();
        let mut playlists = Vec::with_capacity(pieces.len());
        for (_, cut) in pieces {
            let bytes = blobs.get(&cut.playlist).await?;
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::NotText)?;
            playlists.push(text);
        }
        let joined = joins::join(&playlists)?;
        let mut copies = Vec::with_capacity(joined.renames.len());
        for rename in joined.renames {
            let from = pieces[rename.cut].0.join(&rename.from.to_string())?;
            copies.push((from, into.join(&rename.to.to_string())?));
        }
        blobs.delete(into).await?;
        blobs.copy_all(copies).await?;
        // Last: where there is a playlist, the recording is whole.
        let playlist = into.join("index.m3u8")?;
        Ok(blobs.put(&playlist, joined.playlist.into()).await?)
    }

    /// Between half the pause and the whole of it; the next one is longer.
    fn jittered(&self, pause: &mut u64) -> Duration {
        let half = *pause / 2;
        let wait = half + self.service.random().below(half + 1);
        *pause = (*pause * 2).min(LONGEST_PAUSE_MS);
        Duration::from_millis(wait)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RecordingId, RoomId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cuts").finish_non_exhaustive()
    }
}

/// A cut that is over, however it ended.
struct Done<'a> {
    cuts: &'a Cuts,
    id: RecordingId,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.cuts.running().remove(&self.id);
        self.cuts.changed.send_modify(|count| *count += 1);
    }
}

async fn reaches(live: &Live, to: WallTime) {
    let mut changes = live.changes();
    loop {
        changes.borrow_and_update();
        let status = live.status();
        if status.ended || status.edge >= Some(to) || changes.changed().await.is_err() {
            return;
        }
    }
}

//! Keeping closed segments. One task writes them, fed by a bounded queue; when
//! the disk lags the live stream does not wait, and what could not be kept is
//! counted and told.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hallway_blob::{BlobError, Blobs, Key};
use hallway_media::MediaTime;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Live,
    cuts::{self, Cut, CutError, CutOrder},
    indexes::{Entry, Index, piece_key, sidecar_key},
    pieces::{Piece, Variant},
    segments::{Init, Resume, Segment},
};

/// Keeps the segments of one stage under one prefix of the blob store. Cloning
/// is cheap and gives the same recorder; when the last one is dropped, what is
/// queued is still written.
#[derive(Clone, Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    orders: mpsc::Sender<Order>,
}

/// What a desk shows of a recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderStatus {
    pub segments: u64,
    pub bytes: u64,
    pub duration: MediaTime,
    /// Segments that could not be kept, because the disk lagged or failed.
    pub lost: u64,
}

#[derive(Debug)]
struct Shared {
    blobs: Blobs,
    prefix: Key,
    index: RwLock<Index>,
    lost: AtomicU64,
    allowed: Mutex<Allowed>,
}

/// Which segments of the live window may be kept: from, and until before.
#[derive(Clone, Copy, Debug, Default)]
struct Allowed {
    from: Option<u64>,
    until: Option<u64>,
}

#[derive(Debug)]
enum Order {
    /// Answered once it is kept, dropped where it is given up.
    Keep(Segment, Init, oneshot::Sender<()>),
    /// Answered once everything before it is done.
    Settle(oneshot::Sender<()>),
}

/// About half a minute of a usual stream; the segments share their bytes with
/// the live window.
const QUEUE: usize = 16;
/// Pauses before trying a failed write again.
const PATIENCE: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_millis(3_000),
];

impl Recorder {
    /// Opens what is kept under `prefix`, maybe by an earlier process, and goes on from there.
    pub async fn open(blobs: Blobs, prefix: Key) -> Result<Self, BlobError> {
        let index = Index::load(&blobs, &prefix).await?;
        let shared = Arc::new(Shared {
            blobs,
            prefix,
            index: RwLock::new(index),
            lost: AtomicU64::new(0),
            allowed: Mutex::default(),
        });
        let (orders, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(Arc::clone(&shared), queue));
        Ok(Self { shared, orders })
    }

    /// Numbers for [`crate::Settings::resume`], so that nothing kept is overwritten.
    pub fn resume(&self) -> Resume {
        self.shared.index().resume()
    }

    /// A copy of the index as it is now.
    pub fn index(&self) -> Index {
        self.shared.index().clone()
    }

    pub fn status(&self) -> RecorderStatus {
        let index = self.shared.index();
        RecorderStatus {
            segments: index.entries.len() as u64,
            bytes: index.entries().map(Entry::bytes).sum(),
            duration: index
                .entries()
                .fold(MediaTime::ZERO, |sum, entry| sum + entry.duration()),
            lost: self.shared.lost.load(Ordering::Relaxed),
        }
    }

    /// Waits until everything offered so far is kept or given up.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        if self.orders.send(Order::Settle(done)).await.is_ok() {
            // The writer answers or is gone; both mean there is nothing to wait for.
            let _ = settled.await;
        }
    }

    /// Cuts a recording out of what is kept and, with `live`, out of what is
    /// still open in the live window, so that the end of a session need not
    /// wait for the next keyframe. The cut has blobs of its own: what it was
    /// cut from may be deleted.
    pub async fn cut(&self, live: Option<&Live>, order: CutOrder) -> Result<Cut, CutError> {
        self.settle().await;
        let index = self.index();
        let allowed = *self.shared.allowed();
        let open = match (live, allowed.from) {
            (Some(live), Some(from)) => {
                let mut open = live.segments_from(from);
                open.retain(|segment| {
                    allowed.until.is_none_or(|until| segment.head.msn < until)
                        && !index.entries.contains_key(&segment.head.msn)
                        && !segment.parts.is_empty()
                });
                // Those closed and lost by the disk are rescued too.
                open.into_iter()
                    .filter_map(|segment| {
                        live.init_of(segment.head.init).map(|init| (segment, init))
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        cuts::cut(&self.shared.blobs, &self.shared.prefix, &index, open, order).await
    }

    /// Deletes all that is kept here. Cuts made from it stay.
    pub async fn delete(&self) -> Result<(), BlobError> {
        self.settle().await;
        self.shared.blobs.delete(&self.shared.prefix).await?;
        self.shared
            .index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .clear();
        Ok(())
    }

    pub(crate) fn start(&self, msn: u64) {
        *self.shared.allowed() = Allowed {
            from: Some(msn),
            until: None,
        };
    }

    /// From `msn - 1` on nothing may be kept: that segment is still open.
    pub(crate) fn stop(&self, next_msn: u64) {
        self.shared.allowed().until = Some(next_msn.saturating_sub(1));
    }

    /// Never waits. What resolves when the segment is kept or given up; none
    /// where the disk lags already, and waiting would only cost the audience.
    pub(crate) fn offer(&self, segment: Segment, init: Init) -> Option<oneshot::Receiver<()>> {
        let lags = self.orders.capacity() < QUEUE;
        let (done, kept) = oneshot::channel();
        match self.orders.try_send(Order::Keep(segment, init, done)) {
            Ok(()) => (!lags).then_some(kept),
            Err(refused) => {
                if let Order::Keep(segment, ..) = refused.into_inner() {
                    self.shared.lose(segment.head.msn, "the disk lags");
                }
                None
            }
        }
    }
}

impl Shared {
    fn index(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn allowed(&self) -> MutexGuard<'_, Allowed> {
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lose(&self, msn: u64, reason: &str) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        tracing::error!(msn, prefix = %self.prefix, reason, "a segment was not kept");
    }

    /// The initialisation segment, the bytes, then the sidecar: whatever has
    /// its sidecar is whole.
    async fn keep(
        &self,
        segment: &Segment,
        init: &Init,
        known_init: Option<u32>,
    ) -> Result<(), BlobError> {
        if known_init != Some(init.id) {
            let key = piece_key(&self.prefix, Piece::Init(init.id));
            self.blobs.put(&key, init.data.clone()).await?;
        }
        let entry = Entry::of(segment);
        let key = piece_key(&self.prefix, Piece::Segment(entry.msn));
        self.blobs
            .put_parts(&key, segment.data(Variant::Source))
            .await?;
        let sidecar = serde_json::to_vec(&entry).map_err(|source| BlobError::Store {
            key: key.to_string(),
            source: source.into(),
        })?;
        self.blobs
            .put(&sidecar_key(&self.prefix, entry.msn), sidecar.into())
            .await?;
        self.index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entry);
        Ok(())
    }
}

async fn write(shared: Arc<Shared>, mut queue: mpsc::Receiver<Order>) {
    let mut known_init = None;
    while let Some(order) = queue.recv().await {
        match order {
            Order::Keep(segment, init, done) => {
                let mut patience = PATIENCE.iter();
                while let Err(error) = shared.keep(&segment, &init, known_init).await {
                    match patience.next() {
                        Some(&pause) => tokio::time::sleep(pause).await,
                        None => {
                            shared.lose(segment.head.msn, &error.to_string());
                            break;
                        }
                    }
                }
                known_init = shared
                    .index()
                    .entries
                    .contains_key(&segment.head.msn)
                    .then_some(init.id);
                // The packager may have stopped waiting.
                let _ = done.send(());
            }
            Order::Settle(done) => _ = done.send(()),
        }
    }
}

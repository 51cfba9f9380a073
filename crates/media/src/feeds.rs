//! From one producer to many consumers.
//!
//! Each consumer has a bounded queue of its own. One that falls behind loses
//! frames for itself alone: its queue is left as it is, everything up to the
//! next keyframe is dropped, and it is told so by a [`Item::Gap`]. A producer
//! that would rather wait (RTMP can stop reading) asks [`Producer::ready`]
//! before it sends.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

use crate::{Frame, Tracks};

/// What a consumer gets, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// These tracks from here on. Always comes before the first frame.
    Tracks(Tracks),
    Frame(Frame),
    /// So many frames were dropped here; the next frame is a keyframe.
    Gap {
        dropped: u64,
    },
}

/// Bounds of one consumer's queue; the first one met counts.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    pub frames: usize,
    pub bytes: usize,
}

impl Default for QueueLimits {
    /// A few seconds of a usual stream.
    fn default() -> Self {
        Self {
            frames: 512,
            bytes: 16 << 20,
        }
    }
}

/// The sending end. Dropping it ends every consumer after what is queued.
#[derive(Debug, Default)]
pub struct Producer {
    shared: Arc<Shared>,
}

/// A receiving end. Dropping it costs the producer nothing.
#[derive(Debug)]
pub struct Consumer {
    queue: Arc<Queue>,
    shared: Weak<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told when a consumer took something or went away.
    drained: Notify,
}

#[derive(Debug, Default)]
struct State {
    tracks: Option<Tracks>,
    queues: Vec<Arc<Queue>>,
}

#[derive(Debug)]
struct Queue {
    state: Mutex<QueueState>,
    filled: Notify,
    limits: QueueLimits,
}

#[derive(Debug)]
struct QueueState {
    items: VecDeque<Item>,
    frames: usize,
    bytes: usize,
    reading: Reading,
    open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// New: waits for a keyframe, which is nobody's loss.
    Joining,
    Following,
    /// Was full: drops to the next keyframe.
    Dropping(u64),
}

impl Producer {
    pub fn new() -> Self {
        Self::default()
    }

    /// A consumer that begins with the present tracks and the next keyframe.
    pub fn subscribe(&self, limits: QueueLimits) -> Consumer {
        let mut state = lock(&self.shared.state);
        let items: VecDeque<_> = state.tracks.iter().cloned().map(Item::Tracks).collect();
        let queue = Arc::new(Queue {
            state: Mutex::new(QueueState {
                items,
                frames: 0,
                bytes: 0,
                reading: Reading::Joining,
                open: true,
            }),
            filled: Notify::new(),
            limits,
        });
        state.queues.push(Arc::clone(&queue));
        Consumer {
            queue,
            shared: Arc::downgrade(&self.shared),
        }
    }

    /// These tracks from here on.
    pub fn announce(&self, tracks: Tracks) {
        let mut state = lock(&self.shared.state);
        state.tracks = Some(tracks.clone());
        for queue in &state.queues {
            queue.announce(&tracks);
        }
    }

    /// Hands the frame to every consumer; one that is full drops it for itself.
    pub fn send(&self, frame: Frame) {
        let state = lock(&self.shared.state);
        let Some(tracks) = &state.tracks else { return };
        for queue in &state.queues {
            queue.offer(&frame, tracks);
        }
    }

    /// Waits until no consumer that still follows is full. One that is already
    /// dropping holds nobody back.
    pub async fn ready(&self) {
        loop {
            let drained = self.shared.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if !lock(&self.shared.state)
                .queues
                .iter()
                .any(|queue| queue.holds_back())
            {
                return;
            }
            drained.await;
        }
    }

    /// How many consumers there are.
    pub fn consumers(&self) -> usize {
        lock(&self.shared.state).queues.len()
    }

    /// Waits until nobody listens any more.
    pub async fn deserted(&self) {
        loop {
            let drained = self.shared.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if self.consumers() == 0 {
                return;
            }
            drained.await;
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        for queue in lock(&self.shared.state).queues.drain(..) {
            lock(&queue.state).open = false;
            queue.filled.notify_one();
        }
    }
}

impl Queue {
    /// Two announcements in a row are one: the queue stays bounded.
    fn announce(&self, tracks: &Tracks) {
        let mut state = lock(&self.state);
        if let Some(Item::Tracks(last)) = state.items.back_mut() {
            *last = tracks.clone();
        } else {
            state.items.push_back(Item::Tracks(tracks.clone()));
        }
        drop(state);
        self.filled.notify_one();
    }

    fn offer(&self, frame: &Frame, tracks: &Tracks) {
        let mut state = lock(&self.state);
        let full = state.is_full(self.limits);
        let begins = tracks.may_begin_with(frame);
        match state.reading {
            Reading::Following if full => {
                state.reading = Reading::Dropping(1);
                return;
            }
            Reading::Dropping(dropped) if full || !begins => {
                state.reading = Reading::Dropping(dropped + 1);
                return;
            }
            Reading::Joining if !begins => return,
            Reading::Dropping(dropped) => state.items.push_back(Item::Gap { dropped }),
            Reading::Joining | Reading::Following => {}
        }
        state.reading = Reading::Following;
        state.frames += 1;
        state.bytes += frame.data.len();
        state.items.push_back(Item::Frame(frame.clone()));
        drop(state);
        self.filled.notify_one();
    }

    fn holds_back(&self) -> bool {
        let state = lock(&self.state);
        state.reading == Reading::Following && state.is_full(self.limits)
    }
}

impl QueueState {
    fn is_full(&self, limits: QueueLimits) -> bool {
        self.frames >= limits.frames || self.bytes >= limits.bytes
    }
}

impl Consumer {
    /// The next item; `None` once the producer is gone and all was taken.
    /// Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Item> {
        loop {
            match self.take() {
                Ok(item) => return item,
                Err(Empty) => self.queue.filled.notified().await,
            }
        }
    }

    fn take(&self) -> Result<Option<Item>, Empty> {
        let mut state = lock(&self.queue.state);
        let Some(item) = state.items.pop_front() else {
            return if state.open { Err(Empty) } else { Ok(None) };
        };
        if let Item::Frame(frame) = &item {
            state.frames -= 1;
            state.bytes -= frame.data.len();
        }
        drop(state);
        if let Some(shared) = self.shared.upgrade() {
            shared.drained.notify_waiters();
        }
        Ok(Some(item))
    }
}

struct Empty;

impl Drop for Consumer {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            lock(&shared.state)
                .queues
                .retain(|queue| !Arc::ptr_eq(queue, &self.queue));
            shared.drained.notify_waiters();
        }
    }
}

/// No code of ours panics while it holds one of these locks; and if it did,
/// the queue behind it would still be whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::{AacConfig, AvcConfig, Codec, MediaTime, Track, TrackId};

    fn tracks() -> Tracks {
        let avc = AvcConfig {
            record: Bytes::new(),
            profile: 66,
            compatibility: 0,
            level: 30,
            length_size: 4,
            width: 640,
            height: 360,
        };
        let aac = AacConfig::parse(Bytes::from_static(&[0x11, 0x90])).unwrap();
        Tracks::new([
            Track {
                id: TrackId::VIDEO,
                codec: Codec::H264(avc),
            },
            Track {
                id: TrackId::AUDIO,
                codec: Codec::Aac(aac),
            },
        ])
    }

    fn frame(track: TrackId, at: i64, key: bool) -> Frame {
        let at = MediaTime(at);
        Frame {
            track,
            dts: at,
            pts: at,
            key,
            data: Bytes::from_static(b"0123456789"),
        }
    }

    fn picture(at: i64, key: bool) -> Frame {
        frame(TrackId::VIDEO, at, key)
    }

    fn few(frames: usize) -> QueueLimits {
        QueueLimits {
            frames,
            bytes: 1 << 20,
        }
    }

    async fn rest(mut consumer: Consumer) -> Vec<Item> {
        let mut items = Vec::new();
        while let Some(item) = consumer.next().await {
            items.push(item);
        }
        items
    }

    #[tokio::test]
    async fn a_late_consumer_begins_with_tracks_and_a_picture_it_can_decode() {
        let producer = Producer::new();
        producer.announce(tracks());
        let consumer = producer.subscribe(few(9));
        producer.send(picture(1, false));
        producer.send(frame(TrackId::AUDIO, 2, true));
        producer.send(picture(3, true));
        producer.send(frame(TrackId::AUDIO, 4, true));
        drop(producer);
        assert_eq!(
            rest(consumer).await,
            [
                Item::Tracks(tracks()),
                Item::Frame(picture(3, true)),
                Item::Frame(frame(TrackId::AUDIO, 4, true)),
            ]
        );
    }

    #[tokio::test]
    async fn a_slow_consumer_drops_to_the_next_keyframe_for_itself_alone() {
        let producer = Producer::new();
        producer.announce(tracks());
        let mut slow = producer.subscribe(few(2));
        let fast = producer.subscribe(few(99));
        for at in 0..5 {
            producer.send(picture(at, at % 4 == 0)); // 0 and 4 are keyframes
        }
        assert_eq!(slow.next().await, Some(Item::Tracks(tracks())));
        assert_eq!(slow.next().await, Some(Item::Frame(picture(0, true))));
        assert_eq!(slow.next().await, Some(Item::Frame(picture(1, false))));
        for at in 5..10 {
            producer.send(picture(at, at % 4 == 0)); // 8 is a keyframe
        }
        drop(producer);
        assert_eq!(
            rest(slow).await,
            [
                Item::Gap { dropped: 6 },
                Item::Frame(picture(8, true)),
                Item::Frame(picture(9, false)),
            ]
        );
        assert_eq!(rest(fast).await.len(), 11);
    }

    #[tokio::test]
    async fn bytes_bound_a_queue_too() {
        let producer = Producer::new();
        producer.announce(tracks());
        let consumer = producer.subscribe(QueueLimits {
            frames: 99,
            bytes: 20,
        });
        for at in 0..4 {
            producer.send(picture(at, true));
        }
        drop(producer);
        assert_eq!(rest(consumer).await.len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_producer_may_wait_for_room_but_not_for_one_that_already_drops() {
        let producer = Producer::new();
        producer.announce(tracks());
        let mut consumer = producer.subscribe(few(1));
        producer.ready().await;
        producer.send(picture(0, true));
        let waiting = tokio::time::timeout(Duration::from_secs(2), producer.ready()).await;
        assert!(waiting.is_err(), "full: the producer is held back");
        let (_, _) = tokio::join!(producer.ready(), async {
            consumer.next().await;
            consumer.next().await
        });
        producer.send(picture(1, true));
        producer.send(picture(2, false)); // dropped: from now on it holds nobody back
        producer.ready().await;
        drop(consumer);
        producer.deserted().await;
        assert_eq!(producer.consumers(), 0);
    }

    #[tokio::test]
    async fn announcements_do_not_pile_up() {
        let producer = Producer::new();
        let consumer = producer.subscribe(few(1));
        for _ in 0..1_000 {
            producer.announce(tracks());
        }
        drop(producer);
        assert_eq!(rest(consumer).await, [Item::Tracks(tracks())]);
    }
}

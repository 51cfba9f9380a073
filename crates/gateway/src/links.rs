//! What goes out to one connection. The hub writes to the socket itself, right
//! where it has the event; only what the socket does not take waits in a queue
//! of bounded bytes, and only then the connection's task is woken to write on
//! (docs/adr/0013).
//!
//! Whoever writes holds the lock of the queue, so frames never mix. Where the
//! queue is full, counts are dropped first, then its events, at the border of
//! a frame; which number a topic lost first is noted, and the task catches up
//! from the record once the socket takes bytes again.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use hallway_protocol::{PersonId, Topic};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

use crate::frames::Frame;
use crate::seats::Numbered;

/// Bytes that may wait for one connection (promise R15). A single frame may
/// exceed it, or it could never be sent.
const CAPACITY: usize = 256 * 1024;
/// What the connection's own task has to say waits below this: until then it
/// reads no further, so that nobody can fill us by asking.
pub(crate) const OWN: usize = 64 * 1024;
/// Bytes written at once, and pieces of them.
const CHUNK: usize = 16 * 1024;
const SLICES: usize = 16;

pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) person: Option<PersonId>,
    /// None where bytes cannot be written from outside the task: over TLS, and
    /// for a stream of server-sent events.
    tcp: Option<TcpStream>,
    out: Mutex<Outgoing>,
    /// Something for the task to do: look at everything below.
    pub(crate) wake: Notify,
    /// What is to be asked anew, an [`Ask`] as a number.
    ask: AtomicU8,
}

/// What a connection is to ask anew; the later includes the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Nothing = 0,
    /// Whether its channels may be heard: one of them changed.
    Channels = 1,
    /// What its person may: their rights have changed.
    Rights = 2,
}

struct Outgoing {
    queue: VecDeque<Item>,
    /// Of the queue, without what was written of its first.
    bytes: usize,
    /// What was written of the queue's first.
    written: usize,
    /// Numbers of the first event that each topic lost.
    lost: Vec<(Topic, i64)>,
    /// Since when the queue has stood still.
    since: Instant,
    /// The task has more to say at once: nothing is written until it is done.
    gathering: bool,
    /// Writing failed: the other side is gone.
    broken: bool,
}

struct Item {
    frame: Frame,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Event(Topic, i64),
    /// Not recorded and not numbered: the first to go.
    Passing,
    /// An answer of the task, which waits for room itself.
    Own,
}

/// Events of one topic, handed to many links at once.
pub(crate) struct Batch {
    pub(crate) topic: Topic,
    pub(crate) events: Vec<Numbered>,
    /// All of them in one piece.
    joined: Bytes,
}

impl Batch {
    pub(crate) fn new(topic: Topic, events: Vec<Numbered>) -> Self {
        let joined = match &events[..] {
            [(_, only)] => only.wire().clone(),
            several => {
                let length = several.iter().map(|(_, event)| event.wire().len()).sum();
                let mut joined = BytesMut::with_capacity(length);
                for (_, event) in several {
                    joined.extend_from_slice(event.wire());
                }
                joined.freeze()
            }
        };
        Self {
            topic,
            events,
            joined,
        }
    }
}

impl Link {
    pub(crate) fn new(id: u64, person: Option<PersonId>, tcp: Option<TcpStream>) -> Self {
        Self {
            id,
            person,
            tcp,
            out: Mutex::new(Outgoing {
                queue: VecDeque::new(),
                bytes: 0,
                written: 0,
                lost: vec![],
                since: Instant::now(),
                gathering: false,
                broken: false,
            }),
            wake: Notify::new(),
            ask: AtomicU8::new(Ask::Nothing as u8),
        }
    }

    pub(crate) fn tcp(&self) -> Option<&TcpStream> {
        self.tcp.as_ref()
    }

    fn out(&self) -> MutexGuard<'_, Outgoing> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on the events of a batch from one place on, now or in their turn.
    pub(crate) fn events(&self, batch: &Batch, from: usize) {
        let mut out = self.out();
        let events = &batch.events[from..];
        if let Some((first, _)) = events.first()
            && out.lost.iter().any(|(topic, _)| *topic == batch.topic)
        {
            // What comes after a loss comes with what was lost.
            out.lose(batch.topic, *first);
            return;
        }
        let skipped: usize = batch.events[..from]
            .iter()
            .map(|(_, event)| event.wire().len())
            .sum();
        let mut taken = self.write_now(&mut out, &batch.joined[skipped..]);
        let was_idle = out.queue.is_empty();
        for (seq, event) in events {
            let length = event.wire().len();
            if taken >= length {
                taken -= length;
                continue;
            }
            let item = Item {
                frame: event.clone(),
                what: What::Event(batch.topic, *seq),
            };
            if !out.put(item, std::mem::take(&mut taken)) {
                break;
            }
        }
        self.woken(was_idle, &out);
    }

    /// Hands on something that may be lost.
    pub(crate) fn passing(&self, frame: &Frame) {
        self.hand_on(frame, What::Passing);
    }

    /// Hands on what the task has to say; it sees to it that this is bounded.
    pub(crate) fn own(&self, frame: &Frame) {
        self.hand_on(frame, What::Own);
    }

    fn hand_on(&self, frame: &Frame, what: What) {
        let mut out = self.out();
        let taken = self.write_now(&mut out, frame.wire());
        let was_idle = out.queue.is_empty();
        if taken < frame.wire().len() {
            let frame = frame.clone();
            out.put(Item { frame, what }, taken);
        }
        self.woken(was_idle, &out);
    }

    /// What is handed on until the guard is dropped goes out in one, with as few
    /// writes as there can be.
    pub(crate) fn gather(&self) -> Gathering<'_> {
        self.out().gathering = true;
        Gathering(self)
    }

    fn end_gathering(&self) {
        let mut out = self.out();
        out.gathering = false;
        if out.queue.is_empty() {
            return;
        }
        match &self.tcp {
            Some(tcp) => {
                if write_on(&mut out, tcp).is_err() {
                    out.broken = true;
                }
            }
            None => self.wake.notify_one(),
        }
    }

    /// What the socket takes at once, where nothing waits before it.
    fn write_now(&self, out: &mut Outgoing, bytes: &[u8]) -> usize {
        let Some(tcp) = &self.tcp else { return 0 };
        if out.gathering || out.broken || !out.queue.is_empty() {
            return 0;
        }
        match tcp.try_write(bytes) {
            Ok(taken) => taken,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_) => {
                out.broken = true;
                0
            }
        }
    }

    fn woken(&self, was_idle: bool, out: &Outgoing) {
        let waits = was_idle && !out.queue.is_empty() && !out.gathering;
        if out.broken || !out.lost.is_empty() || waits {
            self.wake.notify_one();
        }
    }

    /// An event of this number never came.
    pub(crate) fn missed(&self, topic: Topic, seq: i64) {
        self.out().lose(topic, seq);
        self.wake.notify_one();
    }

    pub(crate) fn ask_again(&self, ask: Ask) {
        self.ask.fetch_max(ask as u8, Ordering::AcqRel);
        self.wake.notify_one();
    }

    /// What is to be asked anew; says so once.
    pub(crate) fn take_ask(&self) -> Ask {
        match self.ask.swap(Ask::Nothing as u8, Ordering::AcqRel) {
            0 => Ask::Nothing,
            1 => Ask::Channels,
            _ => Ask::Rights,
        }
    }

    /// A topic that lost events, and the first number lost.
    pub(crate) fn lost(&self) -> Option<(Topic, i64)> {
        self.out().lost.first().copied()
    }

    /// From now on the topic's events are handed on again.
    pub(crate) fn found(&self, topic: Topic) {
        self.out().lost.retain(|(other, _)| *other != topic);
    }

    /// Bytes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.out().bytes
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.out().broken
    }

    /// Until when the queue may stand still.
    pub(crate) fn deadline(&self, patience: Duration) -> Instant {
        self.out().since + patience
    }

    /// Writes on until at most `below` bytes wait, to a socket of ours.
    pub(crate) async fn drain(&self, below: usize) -> io::Result<()> {
        let Some(tcp) = &self.tcp else {
            return std::future::pending().await;
        };
        while self.waiting() > below {
            tcp.writable().await?;
            write_on(&mut self.out(), tcp)?;
        }
        Ok(())
    }

    /// Takes about one write's worth of whole frames, for a task that writes
    /// to what we cannot.
    pub(crate) fn take(&self) -> Vec<Frame> {
        let mut out = self.out();
        let (mut frames, mut bytes) = (vec![], 0);
        while bytes < CHUNK
            && let Some(item) = out.queue.front()
        {
            let length = item.frame.wire().len();
            bytes += length;
            frames.push(item.frame.clone());
            out.written_on(length);
        }
        frames
    }
}

/// While it is there, what is handed on waits.
pub(crate) struct Gathering<'a>(&'a Link);

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        self.0.end_gathering();
    }
}

/// Writes what the socket takes of the queue.
fn write_on(out: &mut Outgoing, tcp: &TcpStream) -> io::Result<()> {
    while !out.queue.is_empty() {
        let mut slices = Vec::with_capacity(SLICES);
        let mut skip = out.written;
        for item in out.queue.iter().take(SLICES) {
            slices.push(IoSlice::new(
                &item.frame.wire()[std::mem::take(&mut skip)..],
            ));
        }
        match tcp.try_write_vectored(&slices) {
            Ok(taken) => {
                drop(slices);
                out.written_on(taken);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Outgoing {
    /// False where it was lost.
    fn put(&mut self, item: Item, written: usize) -> bool {
        let length = item.frame.wire().len() - written;
        if item.what != What::Own && self.bytes + length > CAPACITY && !self.queue.is_empty() {
            self.drop_where(|what| *what == What::Passing);
            if self.bytes + length > CAPACITY {
                self.drop_where(|what| *what != What::Own);
                self.note_lag();
                if let What::Event(topic, seq) = item.what {
                    self.lose(topic, seq);
                }
                return false;
            }
        }
        if self.queue.is_empty() {
            self.since = Instant::now();
            self.written = written;
        }
        self.bytes += length;
        self.queue.push_back(item);
        true
    }

    /// Takes out of the queue what fits, but for a frame that was begun.
    fn drop_where(&mut self, goes: impl Fn(&What) -> bool) {
        let begun = usize::from(self.written > 0);
        let mut kept = VecDeque::with_capacity(begun);
        for (place, item) in std::mem::take(&mut self.queue).into_iter().enumerate() {
            if place < begun || !goes(&item.what) {
                kept.push_back(item);
                continue;
            }
            self.bytes -= item.frame.wire().len();
            if let What::Event(topic, seq) = item.what {
                self.lose(topic, seq);
            }
        }
        self.queue = kept;
    }

    fn note_lag(&self) {
        metrics::counter!("hallway_live_lagged_total").increment(1);
    }

    fn lose(&mut self, topic: Topic, seq: i64) {
        match self.lost.iter_mut().find(|(other, _)| *other == topic) {
            Some((_, first)) => *first = seq.min(*first),
            None => self.lost.push((topic, seq)),
        }
    }

    fn written_on(&mut self, mut taken: usize) {
        self.bytes -= taken;
        if taken > 0 {
            self.since = Instant::now();
        }
        while let Some(first) = self.queue.front() {
            let rest = first.frame.wire().len() - self.written;
            if taken < rest {
                self.written += taken;
                return;
            }
            taken -= rest;
            self.written = 0;
            self.queue.pop_front();
        }
        // Nothing is kept for one who is idle.
        self.queue = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::ChannelId;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use super::*;

    fn topic(number: u128) -> Topic {
        Topic::Channel(ChannelId(Uuid::from_u128(number)))
    }

    fn batch(number: u128, seqs: std::ops::RangeInclusive<i64>, length: usize) -> Batch {
        let padded = |seq: i64| format!("{}{seq}", "0".repeat(length));
        let event = |seq| (seq, Frame::text(&padded(seq)));
        Batch::new(topic(number), seqs.map(event).collect())
    }

    /// Texts of the frames that wait.
    fn waiting(link: &Link) -> Vec<i64> {
        let mut found = vec![];
        loop {
            let frames = link.take();
            if frames.is_empty() {
                return found;
            }
            let number = |frame: &Frame| -> i64 {
                let text = String::from_utf8_lossy(frame.json());
                text.parse().unwrap_or_default()
            };
            found.extend(frames.iter().map(number));
        }
    }

    #[test]
    fn what_does_not_fit_is_noted_by_its_first_number_and_counts_go_first() {
        let link = Link::new(1, None, None);
        let count = Frame::text("count");
        for _ in 0..10_000 {
            link.passing(&count);
        }
        let held = link.waiting();
        assert!(held <= CAPACITY && held > CAPACITY / 4);
        link.own(&Frame::text("999"));
        link.events(&batch(1, 1..=60, 4_000), 0);
        assert_eq!(link.lost(), None, "counts made way");
        link.events(&batch(2, 7..=8, 4_000), 0);
        link.events(&batch(1, 61..=90, 4_000), 0);
        assert_eq!(link.lost(), Some((topic(1), 1)));
        link.events(&batch(2, 9..=9, 4_000), 0);
        assert_eq!(waiting(&link), [999], "answers stay, events go");
        assert_eq!(link.waiting(), 0);
        link.found(topic(1));
        assert_eq!(link.lost(), Some((topic(2), 7)));
        link.found(topic(2));
        link.events(&batch(1, 91..=92, 4_000), 1);
        assert_eq!(waiting(&link), [92]);
    }

    #[test]
    fn a_frame_larger_than_the_queue_is_sent_all_the_same() {
        let link = Link::new(1, None, None);
        link.events(&batch(1, 1..=1, 2 * CAPACITY), 0);
        assert_eq!((link.lost(), waiting(&link)), (None, vec![1]));
    }

    #[tokio::test]
    async fn bytes_arrive_whole_whatever_the_socket_takes_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let small = tokio::net::TcpSocket::new_v4().unwrap();
        small.set_recv_buffer_size(4 * 1024).unwrap();
        let client = small.connect(listener.local_addr().unwrap());
        let (client, server) = tokio::join!(client, listener.accept());
        let (mut client, (server, _)) = (client.unwrap(), server.unwrap());
        let link = Link::new(1, None, Some(server));
        // More than the kernel holds: the rest is lost at a frame's border.
        let mut seq = 0;
        while link.lost().is_none() {
            link.events(&batch(1, seq + 1..=seq + 3, 3_000), 0);
            seq += 3;
        }
        let (_, first_lost) = link.lost().unwrap();
        link.own(&Frame::text("the end"));
        let expected: Vec<u8> = batch(1, 1..=first_lost - 1, 3_000)
            .joined
            .iter()
            .copied()
            .chain(Frame::text("the end").wire().iter().copied())
            .collect();
        let mut got = vec![0; expected.len()];
        let (drained, read) = tokio::join!(link.drain(0), client.read_exact(&mut got));
        drained.unwrap();
        read.unwrap();
        assert!(got == expected, "the bytes of whole frames, in order");
        assert_eq!(link.waiting(), 0);
    }

    #[tokio::test]
    async fn what_is_gathered_goes_out_in_order_when_all_is_said() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, server) = tokio::join!(client, listener.accept());
        let (mut client, (server, _)) = (client.unwrap(), server.unwrap());
        let link = Link::new(1, None, Some(server));
        let gathering = link.gather();
        link.own(&Frame::text("one"));
        link.events(&batch(1, 1..=2, 10), 0);
        link.passing(&Frame::text("two"));
        let told = tokio::time::timeout(Duration::from_millis(20), link.wake.notified());
        assert!(
            told.await.is_err(),
            "the task that speaks is not woken by it"
        );
        let nothing = client.try_read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        drop(gathering);
        assert_eq!(link.waiting(), 0);
        let events = batch(1, 1..=2, 10).joined;
        let expected = [
            Frame::text("one").wire(),
            &events,
            Frame::text("two").wire(),
        ]
        .map(|bytes| bytes.to_vec())
        .concat();
        let mut got = vec![0; expected.len()];
        client.read_exact(&mut got).await.unwrap();
        assert_eq!(got, expected);
    }
}

//! What the hub knows of one topic: who listens, in which order its events go
//! out, how fast it talks, and its latest events, so that many who come back
//! at once cost one look into the record.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hallway_bus::Writing;
use hallway_model::presence::{MAX_NAMED, Shown};
use hallway_protocol::frames::MAX_REPLAY;
use hallway_protocol::stages::Playback;
use hallway_protocol::{PersonId, ServerFrame, Topic};
use tokio::time::Instant;

use crate::audiences::{Figures, PLAYBACK_EVERY, PLAYBACK_HOLDS};
use crate::counts::Told;
use crate::frames::{Frame, frame};
use crate::links::{Ask, Batch, Link};
use crate::presence::{Looks, SAY_AGAIN, WRITING_EVERY};
use crate::seats::{Numbered, Seat, Settled, Turn};

/// How long an event that came early waits for the one before it.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);
/// A topic with more messages a second than this is handed out in ticks: below
/// it a tick would save nothing and cost latency.
const BUSY: u32 = 20;
const TICK: Duration = Duration::from_millis(8);
/// The part of a hand-out's time that passes after it before the next, at least:
/// what was said meanwhile is committed in it, and goes out in one.
const PAUSE: u32 = 2;
/// What is kept of the latest events: not for long, since an account that is
/// deleted takes its words along.
const RECENT: Duration = Duration::from_secs(60);
const RECENT_BYTES: usize = 1024 * 1024;

pub(crate) struct Listeners {
    topic: Topic,
    seats: HashMap<u64, Listener>,
    /// How many of them count as being there, and are seen.
    present: usize,
    /// What other processes were told last, and when.
    said: Option<(Vec<PersonId>, usize, Instant)>,
    /// When somebody was told to write here last.
    writing: HashMap<PersonId, Instant>,
    /// Number of the last event in order; none until the first one.
    last: Option<i64>,
    early: BTreeMap<i64, (Instant, Frame)>,
    /// In order, and not handed out yet.
    due: Vec<Numbered>,
    pace: Pace,
    recent: Option<Recent>,
    /// Whoever reads the record for this topic; the others wait for it.
    pub(crate) reading: Arc<tokio::sync::Mutex<()>>,
    told: Told,
    /// Nobody is left, and the hub has forgotten it.
    pub(crate) closed: bool,
}

struct Listener {
    link: Arc<Link>,
    seat: Seat,
    present: bool,
    /// Its person is there for nobody.
    hidden: bool,
    /// Is told how many are here once it is live.
    asks_count: bool,
    /// How it plays there, and when that was told.
    playback: Option<(Playback, Instant)>,
}

impl Listener {
    fn counts(&self) -> bool {
        self.present && !self.hidden
    }
}

impl Listeners {
    pub(crate) fn new(topic: Topic) -> Self {
        Self {
            topic,
            seats: HashMap::new(),
            present: 0,
            said: None,
            writing: HashMap::new(),
            last: None,
            early: BTreeMap::new(),
            due: vec![],
            pace: Pace::default(),
            recent: None,
            reading: Arc::default(),
            told: Told::default(),
            closed: false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.seats.len()
    }

    pub(crate) fn present(&self) -> usize {
        self.present
    }

    pub(crate) fn last(&self) -> Option<i64> {
        self.last
    }

    /// Takes a seat where events wait until [`Listeners::settle`].
    pub(crate) fn join(&mut self, link: &Arc<Link>, present: bool, shown: Shown) {
        let listener = Listener {
            link: Arc::clone(link),
            seat: Seat::catching_up(),
            present,
            hidden: shown.invisible,
            asks_count: present || matches!(self.topic, Topic::Stage(_)),
            playback: None,
        };
        self.present += usize::from(listener.counts());
        if let Some(before) = self.seats.insert(link.id, listener) {
            self.present -= usize::from(before.counts());
        }
    }

    pub(crate) fn leave(&mut self, link: u64) {
        if let Some(listener) = self.seats.remove(&link) {
            self.present -= usize::from(listener.counts());
        }
    }

    /// Somebody is seen otherwise from now on.
    pub(crate) fn show(&mut self, person: PersonId, shown: Shown) {
        for listener in self.seats.values_mut() {
            if listener.link.person == Some(person) && listener.hidden != shown.invisible {
                let counted = listener.counts();
                listener.hidden = shown.invisible;
                match (counted, listener.counts()) {
                    (true, false) => self.present -= 1,
                    (false, true) => self.present += 1,
                    _ => {}
                }
            }
        }
    }

    /// Those here who want to be named, each once.
    pub(crate) fn people(&self, looks: &Looks) -> Vec<PersonId> {
        let here = self.seats.values().filter(|listener| listener.counts());
        let mut people: Vec<PersonId> = here
            .filter_map(|listener| listener.link.person)
            .filter(|person| looks.of(Some(*person)).is_named())
            .collect();
        people.sort();
        people.dedup();
        people.truncate(MAX_NAMED);
        people
    }

    /// Takes how it plays at a viewer's; not from who tells it too often.
    pub(crate) fn note_playback(&mut self, link: &Link, playback: Playback, now: Instant) {
        let viewer = self.seats.get_mut(&link.id).filter(|seat| seat.present);
        let Some(viewer) = viewer.filter(|_| matches!(self.topic, Topic::Stage(_))) else {
            return;
        };
        let soon = |(_, told): (Playback, Instant)| now.duration_since(told) < PLAYBACK_EVERY;
        if !viewer.playback.is_some_and(soon) {
            viewer.playback = Some((playback, now));
        }
    }

    /// How it plays at all who told so lately.
    pub(crate) fn playbacks(&self, now: Instant) -> Figures {
        let told = self.seats.values().filter_map(|seat| seat.playback);
        let lately = told.filter(|(_, told)| now.duration_since(*told) < PLAYBACK_HOLDS);
        lately.map(|(playback, _)| playback).collect()
    }

    /// Whoever sits here asks anew whether they may.
    pub(crate) fn ask_again(&self) {
        for listener in self.seats.values() {
            listener.link.ask_again(Ask::Channels);
        }
    }

    /// Whether other processes believe that somebody is here.
    pub(crate) fn has_said(&self) -> bool {
        self.said.as_ref().is_some_and(|(_, count, _)| *count > 0)
    }

    /// What other processes are to be told, where it is news to them.
    pub(crate) fn digest(&mut self, looks: &Looks, now: Instant) -> Option<(usize, Vec<PersonId>)> {
        if !matches!(self.topic, Topic::Channel(_) | Topic::Stage(_)) {
            return None;
        }
        let (people, count) = (self.people(looks), self.present);
        let news = match &self.said {
            Some((before, told, since)) => {
                let due = count > 0 && now.duration_since(*since) >= SAY_AGAIN;
                due || *told != count || *before != people
            }
            None => count > 0,
        };
        news.then(|| {
            self.said = Some((people.clone(), count, now));
            (count, people)
        })
    }

    /// Whether it is told that the link's person writes: they are here, seen,
    /// among few, and it was not told just now.
    pub(crate) fn tells_writing(
        &mut self,
        link: &Link,
        shown: Shown,
        elsewhere: usize,
        now: Instant,
    ) -> bool {
        let Some(person) = link.person else {
            return false;
        };
        let here = self.seats.get(&link.id).is_some_and(Listener::counts);
        if !here || !shown.tells_writing(self.present + elsewhere) {
            return false;
        }
        self.writing
            .retain(|_, since| now.duration_since(*since) < WRITING_EVERY);
        match self.writing.entry(person) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(now);
                true
            }
        }
    }

    /// Tells those who are signed in and here, but for the person and those
    /// whom a block parts from them.
    pub(crate) fn tell_writing(&self, writing: &Writing, frame: &Frame) {
        for listener in self.seats.values().filter(|listener| listener.present) {
            let told = listener.link.person.is_some_and(|person| {
                person != writing.person && !writing.hidden_from.contains(&person)
            });
            if told {
                listener.link.passing(frame);
            }
        }
    }

    /// Events wait from now on, for a seat that has to catch up.
    pub(crate) fn hold(&mut self, link: &Link) {
        if let Some(listener) = self.seats.get_mut(&link.id) {
            listener.seat = Seat::catching_up();
            link.found(self.topic);
        }
    }

    /// The past up to `last` was handed on: what waited follows, and then what
    /// is new. All under one lock, so that nothing falls between. `elsewhere` is
    /// what other processes count.
    pub(crate) fn settle(
        &mut self,
        link: &Link,
        last: i64,
        elsewhere: usize,
        now: Instant,
    ) -> bool {
        let (newest, count, alone) = (self.last, self.present + elsewhere, self.seats.len() == 1);
        let Some(listener) = self.seats.get_mut(&link.id) else {
            return false;
        };
        let Settled { events, resync } = listener.seat.settle(last, newest);
        if !events.is_empty() {
            link.events(&Batch::new(self.topic, events), 0);
        }
        if std::mem::take(&mut listener.asks_count) {
            link.passing(&frame(&ServerFrame::Count {
                topic: self.topic,
                count: count as i64,
            }));
            if alone {
                self.told.note(count, now);
            }
        }
        resync
    }

    /// Notes an event; one that is early waits for those before it. True where
    /// something is due.
    pub(crate) fn take(&mut self, seq: i64, event: Frame, now: Instant) -> bool {
        match self.last {
            Some(last) if seq <= last => return !self.due.is_empty(),
            Some(last) if seq > last + 1 => {
                self.early.insert(seq, (now, event));
                return !self.due.is_empty();
            }
            _ => self.queue(seq, event, now),
        }
        while let Some((seq, (since, event))) = self.early.pop_first() {
            if self.last.is_some_and(|last| seq > last + 1) {
                self.early.insert(seq, (since, event));
                break;
            }
            if self.last.is_none_or(|last| seq > last) {
                self.queue(seq, event, now);
            }
        }
        true
    }

    fn queue(&mut self, seq: i64, event: Frame, now: Instant) {
        self.last = Some(seq);
        self.pace.note(now);
        self.remember(seq, &event, now);
        self.due.push((seq, event));
    }

    /// When what is due goes out: at once, or with the tick of a busy topic.
    pub(crate) fn due_at(&self, now: Instant) -> Option<Instant> {
        (!self.due.is_empty()).then(|| self.pace.next(now))
    }

    /// Writes what is due to every seat: seats outside, messages inside, so
    /// that each socket is written to once.
    pub(crate) fn hand_out(&mut self, now: Instant) {
        if self.due.is_empty() {
            return;
        }
        self.pace.handed_out = Some(now);
        let batch = Batch::new(self.topic, std::mem::take(&mut self.due));
        for listener in self.seats.values_mut() {
            match listener.seat.take(&batch.events) {
                Turn::Send(from) => listener.link.events(&batch, from),
                Turn::Nothing => {}
                Turn::Missed(seq) => listener.link.missed(self.topic, seq),
            }
        }
    }

    /// How long the last hand-out took. A room so large that it takes long is
    /// told the more at once: most of the cost lies in the writes.
    pub(crate) fn note_took(&mut self, took: Duration) {
        self.pace.took = took;
    }

    pub(crate) fn waits_too_long(&self, now: Instant) -> bool {
        let mut early = self.early.values();
        early
            .next()
            .is_some_and(|(since, _)| now.duration_since(*since) > PATIENCE)
    }

    /// The record has forgotten what is missing: everyone reads anew from what
    /// they have.
    pub(crate) fn skip_to(&mut self, latest: i64) {
        self.last = Some(latest);
        self.early.clear();
        self.due.clear();
        self.recent = None;
        for listener in self.seats.values() {
            if let Seat::Live { last } = listener.seat {
                listener.link.missed(self.topic, last + 1);
            }
        }
    }

    /// Hands something that may be lost to everyone.
    pub(crate) fn pass(&self, frame: &Frame) {
        for listener in self.seats.values() {
            listener.link.passing(frame);
        }
    }

    /// The count, where it is to be told.
    pub(crate) fn count_to_tell(&mut self, elsewhere: usize, now: Instant) -> Option<usize> {
        let count = self.present + elsewhere;
        let counts = matches!(self.topic, Topic::Stage(_) | Topic::Channel(_));
        let news = counts && self.told.is_news(count, now);
        if news {
            self.told.note(count, now);
        }
        news.then_some(count)
    }

    /// What happened after a number, where it is still at hand.
    pub(crate) fn past(&self, after: Option<i64>, now: Instant) -> Option<(Vec<Numbered>, i64)> {
        let recent = self.recent.as_ref()?;
        let newest = recent.newest;
        let after = after.unwrap_or(newest);
        if after > newest {
            return None;
        }
        let first = recent.events.front().map_or(newest + 1, |(seq, _, _)| *seq);
        if after + 1 < first {
            return None;
        }
        let fresh = |since: &Instant| now.duration_since(*since) <= RECENT;
        let wanted = recent.events.iter().filter(|(seq, _, _)| *seq > after);
        let mut events = vec![];
        for (seq, since, event) in wanted {
            if !fresh(since) {
                return None;
            }
            events.push((*seq, event.clone()));
        }
        Some((events, newest))
    }

    /// Keeps what the record told.
    pub(crate) fn learn(&mut self, events: &[Numbered], latest: i64, now: Instant) {
        let held = self.recent.as_ref();
        if held.is_some_and(|recent| recent.newest > latest) {
            return;
        }
        let mut recent = Recent {
            newest: latest,
            ..Recent::default()
        };
        for (seq, event) in events {
            recent.push(*seq, event.clone(), now);
        }
        self.recent = Some(recent);
    }

    fn remember(&mut self, seq: i64, event: &Frame, now: Instant) {
        match &mut self.recent {
            Some(recent) if seq <= recent.newest => {}
            Some(recent) if seq == recent.newest + 1 => {
                recent.newest = seq;
                recent.push(seq, event.clone(), now);
            }
            other => {
                let mut recent = Recent {
                    newest: seq,
                    ..Recent::default()
                };
                recent.push(seq, event.clone(), now);
                *other = Some(recent);
            }
        }
    }

    /// Lets go of what is too old to be told from memory.
    pub(crate) fn forget(&mut self, now: Instant) {
        if let Some(recent) = &mut self.recent {
            recent.forget(now);
        }
    }
}

/// The latest events, up to and with number `newest`, without a gap.
#[derive(Default)]
struct Recent {
    newest: i64,
    events: VecDeque<(i64, Instant, Frame)>,
    bytes: usize,
}

impl Recent {
    fn push(&mut self, seq: i64, event: Frame, now: Instant) {
        self.bytes += event.wire().len();
        self.events.push_back((seq, now, event));
        while self.events.len() as i64 > MAX_REPLAY || self.bytes > RECENT_BYTES {
            self.pop();
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some((_, since, _)) = self.events.front()
            && now.duration_since(*since) > RECENT
        {
            self.pop();
        }
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
    }

    fn pop(&mut self) {
        if let Some((_, _, event)) = self.events.pop_front() {
            self.bytes -= event.wire().len();
        }
    }
}

/// How many messages a second, counted second by second.
#[derive(Default)]
struct Pace {
    second: Option<Instant>,
    count: u32,
    before: u32,
    /// When the last hand-out began, and how long it took.
    handed_out: Option<Instant>,
    took: Duration,
}

impl Pace {
    fn note(&mut self, now: Instant) {
        let second = *self.second.get_or_insert(now);
        let passed = now.duration_since(second);
        if passed >= Duration::from_secs(1) {
            self.before = if passed < Duration::from_secs(2) {
                self.count
            } else {
                0
            };
            self.count = 0;
            self.second = Some(now);
        }
        self.count += 1;
    }

    fn next(&self, now: Instant) -> Instant {
        let busy = self.before > BUSY || self.count > BUSY;
        match self.handed_out {
            Some(before) if busy => {
                let pause = TICK.max(self.took / PAUSE);
                (before + self.took + pause).max(now)
            }
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::ChannelId;
    use uuid::Uuid;

    use super::*;

    fn event(seq: i64) -> Frame {
        Frame::text(&seq.to_string())
    }

    fn listeners() -> Listeners {
        Listeners::new(Topic::Channel(ChannelId(Uuid::from_u128(1))))
    }

    fn numbers(past: Option<(Vec<Numbered>, i64)>) -> Option<(Vec<i64>, i64)> {
        past.map(|(events, latest)| (events.iter().map(|(seq, _)| *seq).collect(), latest))
    }

    #[test]
    fn one_who_comes_back_is_told_from_memory_what_is_at_hand() {
        let (mut topic, now) = (listeners(), Instant::now());
        assert_eq!(numbers(topic.past(None, now)), None, "nothing is known yet");
        topic.learn(&[(4, event(4)), (5, event(5))], 5, now);
        for seq in 6..=7 {
            topic.take(seq, event(seq), now);
        }
        assert_eq!(numbers(topic.past(Some(5), now)), Some((vec![6, 7], 7)));
        assert_eq!(
            numbers(topic.past(Some(3), now)),
            Some((vec![4, 5, 6, 7], 7))
        );
        assert_eq!(numbers(topic.past(None, now)), Some((vec![], 7)));
        assert_eq!(numbers(topic.past(Some(7), now)), Some((vec![], 7)));
        assert_eq!(
            numbers(topic.past(Some(2), now)),
            None,
            "before what is held"
        );
        assert_eq!(
            numbers(topic.past(Some(8), now)),
            None,
            "another process wrote"
        );
        let later = now + RECENT + Duration::from_secs(1);
        assert_eq!(numbers(topic.past(Some(6), later)), None);
        topic.forget(later);
        assert_eq!(numbers(topic.past(Some(7), later)), Some((vec![], 7)));
        assert_eq!(numbers(topic.past(Some(6), later)), None);
    }

    #[test]
    fn memory_is_bounded_and_starts_anew_after_a_gap() {
        let (mut topic, now) = (listeners(), Instant::now());
        for seq in 1..=900 {
            topic.take(seq, event(seq), now);
        }
        assert_eq!(numbers(topic.past(Some(399), now)), None);
        assert_eq!(topic.past(Some(400), now).unwrap().0.len(), 500);
        topic.skip_to(2_000);
        assert_eq!(numbers(topic.past(Some(900), now)), None);
        topic.take(2_001, event(2_001), now);
        assert_eq!(
            numbers(topic.past(Some(2_000), now)),
            Some((vec![2_001], 2_001))
        );
    }

    #[test]
    fn only_a_busy_topic_waits_for_its_tick() {
        let (mut topic, start) = (listeners(), Instant::now());
        for seq in 1..=20 {
            let now = start + Duration::from_millis(40 * seq as u64);
            topic.take(seq, event(seq), now);
            assert_eq!(topic.due_at(now), Some(now), "{seq}");
            topic.hand_out(now);
        }
        let now = start + Duration::from_millis(841);
        topic.take(21, event(21), now);
        assert_eq!(topic.due_at(now), Some(now), "the tick has passed");
        topic.hand_out(now);
        let soon = now + Duration::from_millis(1);
        topic.take(22, event(22), soon);
        assert_eq!(topic.due_at(soon), Some(now + TICK));
        topic.hand_out(now + TICK);
        // One that takes long is followed by the longer pause, from its end.
        topic.note_took(10 * TICK);
        topic.take(23, event(23), now + 11 * TICK);
        assert_eq!(topic.due_at(now + 11 * TICK), Some(now + 16 * TICK));
        topic.hand_out(now + 16 * TICK);
        topic.note_took(Duration::ZERO);
        // Quiet again.
        let later = now + Duration::from_secs(10);
        topic.take(24, event(24), later);
        topic.hand_out(later);
        let soon = later + Duration::from_millis(1);
        topic.take(25, event(25), soon);
        assert_eq!(topic.due_at(soon), Some(soon));
    }
}

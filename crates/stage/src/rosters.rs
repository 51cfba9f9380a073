//! Who is on which stage now: at most one publisher each, the broadcast it
//! makes (which outlives it for a while, so that it may come back), those that
//! ended a moment ago, and what the desk was told last.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallway_ingest::Publication;
use hallway_model::ids::{BroadcastId, EventId, RoomId};
use hallway_packager::{Live, Recorder};
use hallway_protocol::stages::{HealthProblem, StageHealth};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::publications::Admission;

/// An ended broadcast can be read this long, so that players reach its end.
const LINGER: Duration = Duration::from_secs(60);
/// Ended broadcasts held per stage: each may hold a whole live window.
const LINGERING: usize = 2;
/// A publisher silent for this long is gone as far as its successor goes.
const GONE_MS: u32 = 5_000;
/// How long the word that another publisher may take over holds: encoders try
/// again every ten seconds or so.
const TAKEOVER: Duration = Duration::from_secs(60);
/// How long a desk is told that another publisher was refused.
const REFUSED: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Roster {
    stages: Mutex<HashMap<RoomId, Stage>>,
    /// A seat or a stage has become free.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Stage {
    /// Ends the connection of the publisher that is there.
    seated: Option<CancellationToken>,
    /// Until when whoever comes may take the seat of who is there.
    takeover: Option<Instant>,
    refused: Option<Instant>,
    publisher: Option<Publisher>,
    run: Option<Run>,
    ended: VecDeque<(Instant, Run)>,
    health: StageHealth,
    told: StageHealth,
}

/// A publication as it reaches a stage.
pub(crate) type Arrival = Publication<Admission>;

/// How to reach the supervisor of a stage's broadcast.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    event: EventId,
    /// Told that its key, its event or its sessions may have changed.
    pub look: Arc<Notify>,
    /// Ends the broadcast.
    pub end: CancellationToken,
    /// Takes the publisher that came back.
    returns: mpsc::Sender<Arrival>,
}

/// One broadcast, for those who read it and cut from it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub broadcast: BroadcastId,
    pub live: Live,
    pub recorder: Option<Recorder>,
}

/// A publisher's right to send to a stage, which one has at a time; dropping
/// it makes room for the next.
#[derive(Debug)]
pub(crate) struct Seat {
    roster: Arc<Roster>,
    pub event: EventId,
    pub room: RoomId,
    /// Another publisher takes over.
    pub leave: CancellationToken,
}

/// A broadcast's place on its stage; dropping it leaves the stage.
#[derive(Debug)]
pub(crate) struct Place {
    roster: Arc<Roster>,
    pub room: RoomId,
    pub publisher: Publisher,
}

/// Where a publisher's frames go.
pub(crate) enum Way {
    /// Nothing is on: it begins a broadcast, and comes back to it by these.
    Begin(Place, mpsc::Receiver<Arrival>),
    /// Its broadcast has waited for it.
    Return(mpsc::Sender<Arrival>),
}

/// What stands in the way of a publisher.
enum Occupied {
    /// Whoever is there leaves.
    Leaving,
    Taken,
}

impl Roster {
    /// Gives a publisher the stage's seat. None while another publisher has it,
    /// unless that one may be taken over, or its network has died without a word.
    pub(crate) async fn sit(self: &Arc<Self>, event: EventId, room: RoomId) -> Option<Seat> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            match self.try_sit(event, room) {
                Ok(seat) => return Some(seat),
                Err(Occupied::Taken) => return None,
                Err(Occupied::Leaving) => freed.await,
            }
        }
    }

    fn try_sit(self: &Arc<Self>, event: EventId, room: RoomId) -> Result<Seat, Occupied> {
        let now = Instant::now();
        let mut stages = self.lock();
        let stage = stages.entry(room).or_default();
        if let Some(leave) = &stage.seated {
            let silent = |problem: &HealthProblem| matches!(problem, HealthProblem::Silent { ms } if *ms >= GONE_MS);
            let gone = stage.health.problems.iter().any(silent);
            // One publisher may take over for one word.
            let takeover = stage.takeover.take().is_some_and(|until| now < until);
            if gone || takeover {
                leave.cancel();
            }
            if leave.is_cancelled() {
                return Err(Occupied::Leaving);
            }
            stage.refused = Some(now);
            return Err(Occupied::Taken);
        }
        let leave = CancellationToken::new();
        stage.seated = Some(leave.clone());
        stage.takeover = None;
        stage.refused = None;
        Ok(Seat {
            roster: Arc::clone(self),
            event,
            room,
            leave,
        })
    }

    /// Where the frames of a publisher in its seat go; waits for a broadcast
    /// that is ending, so that the two never mix.
    pub(crate) async fn way(self: &Arc<Self>, seat: &Seat) -> Way {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(way) = self.try_way(seat) {
                return way;
            }
            freed.await;
        }
    }

    fn try_way(self: &Arc<Self>, seat: &Seat) -> Option<Way> {
        let mut stages = self.lock();
        let stage = stages.entry(seat.room).or_default();
        if let Some(publisher) = &stage.publisher {
            let over = publisher.end.is_cancelled();
            return (!over).then(|| Way::Return(publisher.returns.clone()));
        }
        let (returns, arrivals) = mpsc::channel(1);
        let publisher = Publisher {
            event: seat.event,
            look: Arc::default(),
            end: CancellationToken::new(),
            returns,
        };
        stage.publisher = Some(publisher.clone());
        let place = Place {
            roster: Arc::clone(self),
            room: seat.room,
            publisher,
        };
        Some(Way::Begin(place, arrivals))
    }

    /// The next publisher that comes may take the seat of the one that is there.
    pub(crate) fn allow_takeover(&self, room: RoomId) {
        if let Some(stage) = self.lock().get_mut(&room) {
            stage.takeover = Some(Instant::now() + TAKEOVER);
        }
    }

    /// The supervisor of the stage is to look again at what is allowed.
    pub(crate) fn nudge(&self, room: RoomId) {
        if let Some(Publisher { look, .. }) =
            self.lock().get(&room).and_then(|s| s.publisher.as_ref())
        {
            look.notify_one();
        }
    }

    pub(crate) fn nudge_event(&self, event: Option<EventId>) {
        for publisher in self.lock().values().filter_map(|s| s.publisher.as_ref()) {
            if event.is_none_or(|event| event == publisher.event) {
                publisher.look.notify_one();
            }
        }
    }

    /// What the audience sees: the broadcast that is on, else the last one for
    /// a while.
    pub(crate) fn newest(&self, room: RoomId) -> Option<Run> {
        let stages = self.lock();
        let stage = stages.get(&room)?;
        stage
            .run
            .as_ref()
            .or(stage.ended.back().map(|(_, run)| run))
            .cloned()
    }

    pub(crate) fn find(&self, room: RoomId, broadcast: BroadcastId) -> Option<Run> {
        let stages = self.lock();
        let stage = stages.get(&room)?;
        let ended = stage.ended.iter().map(|(_, run)| run);
        stage
            .run
            .iter()
            .chain(ended)
            .find(|run| run.broadcast == broadcast)
            .cloned()
    }

    pub(crate) fn health(&self, room: RoomId) -> StageHealth {
        let stages = self.lock();
        stages
            .get(&room)
            .map(|stage| stage.health.clone())
            .unwrap_or_default()
    }

    /// What the desks were not told yet; forgets broadcasts whose time is over.
    pub(crate) fn news(&self, now: Instant) -> Vec<(RoomId, StageHealth)> {
        let mut news = vec![];
        for (room, stage) in self.lock().iter_mut() {
            stage.ended.retain(|(ended, _)| now - *ended < LINGER);
            if stage.told != stage.health {
                stage.told = stage.health.clone();
                news.push((*room, stage.health.clone()));
            }
        }
        news
    }

    /// No lock is held while code of others runs, so none is left half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Stage>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The broadcast reaches the audience; also says which recorder it has.
    pub(crate) fn show(&self, run: Run) {
        if let Some(stage) = self.roster.lock().get_mut(&self.room) {
            stage.run = Some(run);
        }
    }

    pub(crate) fn tell(&self, health: StageHealth) {
        if let Some(stage) = self.roster.lock().get_mut(&self.room) {
            stage.health = health;
        }
    }

    /// Whether another publisher was refused a moment ago.
    pub(crate) fn was_refused(&self) -> bool {
        let stages = self.roster.lock();
        let refused = stages.get(&self.room).and_then(|stage| stage.refused);
        refused.is_some_and(|refused| refused.elapsed() < REFUSED)
    }

    /// Nobody came back in time: the broadcast is over, unless somebody just
    /// did and is on the way.
    pub(crate) fn give_up(&self) -> bool {
        let stages = self.roster.lock();
        let stage = stages.get(&self.room);
        let nobody = stage.is_none_or(|stage| stage.seated.is_none());
        if nobody {
            self.publisher.end.cancel();
        }
        nobody
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(stage) = self.roster.lock().get_mut(&self.room) {
            stage.publisher = None;
            stage.health = StageHealth::default();
            if let Some(run) = stage.run.take() {
                if stage.ended.len() >= LINGERING {
                    stage.ended.pop_front();
                }
                stage.ended.push_back((Instant::now(), run));
            }
        }
        self.roster.freed.notify_waiters();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(stage) = self.roster.lock().get_mut(&self.room) {
            stage.seated = None;
        }
        self.roster.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> RoomId {
        "00000000-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn event() -> EventId {
        "00000000-0000-7000-8000-000000000002".parse().unwrap()
    }

    fn silent(ms: u32) -> StageHealth {
        StageHealth {
            publishing: true,
            problems: vec![HealthProblem::Silent { ms }],
            ..StageHealth::default()
        }
    }

    fn begin(way: Way) -> (Place, mpsc::Receiver<Arrival>) {
        match way {
            Way::Begin(place, arrivals) => (place, arrivals),
            Way::Return(_) => panic!("a broadcast is on"),
        }
    }

    #[tokio::test]
    async fn a_stage_has_one_publisher_until_it_leaves() {
        let roster = Arc::new(Roster::default());
        let first = roster.sit(event(), room()).await.unwrap();
        let (place, _arrivals) = begin(roster.way(&first).await);
        place.tell(silent(4_000));
        assert!(!place.was_refused());
        assert!(roster.sit(event(), room()).await.is_none());
        assert!(place.was_refused() && !first.leave.is_cancelled());
        drop(first);
        assert!(roster.sit(event(), room()).await.is_some());
        assert!(!place.was_refused(), "that is settled");
    }

    #[tokio::test]
    async fn a_dead_publisher_makes_way_for_one_that_came_back() {
        let roster = Arc::new(Roster::default());
        let dead = roster.sit(event(), room()).await.unwrap();
        let (place, _arrivals) = begin(roster.way(&dead).await);
        place.tell(silent(GONE_MS));
        let leave = dead.leave.clone();
        let leaves = async move {
            leave.cancelled().await;
            drop(dead);
        };
        let (seat, ()) = tokio::join!(roster.sit(event(), room()), leaves);
        let way = roster.way(&seat.unwrap()).await;
        assert!(matches!(way, Way::Return(_)), "to its broadcast");
        assert!(!place.publisher.end.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn one_publisher_may_take_over_for_one_word_while_it_holds() {
        let roster = Arc::new(Roster::default());
        let first = roster.sit(event(), room()).await.unwrap();
        roster.allow_takeover(room());
        tokio::time::advance(TAKEOVER).await;
        assert!(roster.sit(event(), room()).await.is_none(), "too late");
        roster.allow_takeover(room());
        let leave = first.leave.clone();
        let leaves = async move {
            leave.cancelled().await;
            drop(first);
        };
        let (second, ()) = tokio::join!(roster.sit(event(), room()), leaves);
        assert!(second.is_some());
        assert!(roster.sit(event(), room()).await.is_none());
    }

    #[tokio::test]
    async fn a_broadcast_is_given_up_only_while_nobody_is_back() {
        let roster = Arc::new(Roster::default());
        let first = roster.sit(event(), room()).await.unwrap();
        let (place, _arrivals) = begin(roster.way(&first).await);
        drop(first);
        let back = roster.sit(event(), room()).await.unwrap();
        assert!(!place.give_up());
        assert!(matches!(roster.way(&back).await, Way::Return(_)));
        drop(back);
        assert!(place.give_up());
        // Who comes now waits until it is over, and begins anew.
        let late = roster.sit(event(), room()).await.unwrap();
        let (way, ()) = tokio::join!(roster.way(&late), async { drop(place) });
        begin(way);
    }

    #[tokio::test]
    async fn desks_are_told_what_changed_and_once() {
        let roster = Arc::new(Roster::default());
        let seat = roster.sit(event(), room()).await.unwrap();
        let (place, _arrivals) = begin(roster.way(&seat).await);
        place.tell(silent(2_000));
        place.tell(silent(3_000));
        let now = Instant::now();
        assert_eq!(roster.news(now), [(room(), silent(3_000))]);
        assert_eq!(roster.news(now), []);
        drop(place);
        assert_eq!(roster.news(now), [(room(), StageHealth::default())]);
    }
}

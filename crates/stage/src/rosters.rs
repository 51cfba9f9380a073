//! Who is on which stage now: at most one publisher each, its broadcast, the
//! broadcasts that ended a moment ago, and what the desk was told last.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallway_model::ids::{BroadcastId, EventId, RoomId};
use hallway_packager::{Live, Recorder};
use hallway_protocol::stages::{HealthProblem, StageHealth};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// An ended broadcast can be read this long, so that players reach its end.
const LINGER: Duration = Duration::from_secs(60);
/// Ended broadcasts held per stage: each may hold a whole live window.
const LINGERING: usize = 2;
/// A publisher silent for this long is gone as far as its successor goes.
const GONE_MS: u32 = 5_000;

#[derive(Debug, Default)]
pub(crate) struct Roster {
    stages: Mutex<HashMap<RoomId, Stage>>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Stage {
    publisher: Option<Publisher>,
    run: Option<Run>,
    ended: VecDeque<(Instant, Run)>,
    health: StageHealth,
    told: StageHealth,
}

/// How to reach the supervisor of a stage's publisher.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    event: EventId,
    /// Told that its key, its event or its sessions may have changed.
    pub look: Arc<Notify>,
    /// Ends it.
    pub end: CancellationToken,
}

/// One broadcast, for those who read it and cut from it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub broadcast: BroadcastId,
    pub live: Live,
    pub recorder: Option<Recorder>,
}

/// A publisher's place on its stage; dropping it leaves the stage.
#[derive(Debug)]
pub(crate) struct Place {
    roster: Arc<Roster>,
    pub room: RoomId,
    pub publisher: Publisher,
}

impl Roster {
    /// Takes the stage, unless a publisher is on it.
    pub(crate) fn enter(self: &Arc<Self>, event: EventId, room: RoomId) -> Option<Place> {
        let mut stages = self.lock();
        let stage = stages.entry(room).or_default();
        if stage.publisher.is_some() {
            return None;
        }
        let publisher = Publisher {
            event,
            look: Arc::default(),
            end: CancellationToken::new(),
        };
        stage.publisher = Some(publisher.clone());
        Some(Place {
            roster: Arc::clone(self),
            room,
            publisher,
        })
    }

    /// Ends a publisher whose network died without a word, for one who came
    /// back; waits until the stage is free.
    pub(crate) async fn take_over(self: &Arc<Self>, event: EventId, room: RoomId) -> Option<Place> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(place) = self.enter(event, room) {
                return Some(place);
            }
            if !self.end_if_silent(room) {
                return None;
            }
            freed.await;
        }
    }

    fn end_if_silent(&self, room: RoomId) -> bool {
        let stages = self.lock();
        let Some(stage) = stages.get(&room) else {
            return false;
        };
        let Some(publisher) = &stage.publisher else {
            return true;
        };
        let silent = stage
            .health
            .problems
            .iter()
            .any(|problem| matches!(problem, HealthProblem::Silent { ms } if *ms >= GONE_MS));
        if silent {
            publisher.end.cancel();
        }
        silent || publisher.end.is_cancelled()
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

    #[tokio::test]
    async fn a_stage_has_one_publisher_until_it_leaves() {
        let roster = Arc::new(Roster::default());
        let first = roster.enter(event(), room()).unwrap();
        assert!(roster.enter(event(), room()).is_none());
        first.tell(silent(4_000));
        assert!(roster.take_over(event(), room()).await.is_none());
        assert!(!first.publisher.end.is_cancelled());
        drop(first);
        assert!(roster.enter(event(), room()).is_some());
    }

    #[tokio::test]
    async fn a_dead_publisher_makes_way_for_one_that_came_back() {
        let roster = Arc::new(Roster::default());
        let dead = roster.enter(event(), room()).unwrap();
        dead.tell(silent(GONE_MS));
        let end = dead.publisher.end.clone();
        let leaves = async move {
            end.cancelled().await;
            drop(dead);
        };
        let (place, ()) = tokio::join!(roster.take_over(event(), room()), leaves);
        assert!(place.is_some());
    }

    #[tokio::test]
    async fn desks_are_told_what_changed_and_once() {
        let roster = Arc::new(Roster::default());
        let place = roster.enter(event(), room()).unwrap();
        place.tell(silent(2_000));
        place.tell(silent(3_000));
        let now = Instant::now();
        assert_eq!(roster.news(now), [(room(), silent(3_000))]);
        assert_eq!(roster.news(now), []);
        drop(place);
        assert_eq!(roster.news(now), [(room(), StageHealth::default())]);
    }
}

//! How a stage plays at those who watch it, over all processes. What one player
//! tells is kept with its connection and goes into the figures of all; nobody's
//! own leaves this process.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use hallway_bus::{Node, Watched};
use hallway_protocol::Topic;
use hallway_protocol::stages::{Audience, Playback};
use tokio::time::Instant;

/// Players tell every ten seconds; what comes sooner than this is not taken.
pub(crate) const PLAYBACK_EVERY: Duration = Duration::from_secs(5);
/// How long a player's word holds, and a process's.
pub(crate) const PLAYBACK_HOLDS: Duration = Duration::from_secs(30);
/// Further behind, or longer, is not told apart.
const MOST_MS: u32 = 60_000;
const STEP_MS: u32 = 100;

/// Players by figure, so that those of several processes add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub latency: BTreeMap<u16, u32>,
    pub stalled: BTreeMap<u16, u32>,
}

impl FromIterator<Playback> for Figures {
    fn from_iter<I: IntoIterator<Item = Playback>>(playbacks: I) -> Self {
        let mut figures = Self::default();
        for playback in playbacks {
            *figures
                .latency
                .entry(step(playback.latency_ms))
                .or_default() += 1;
            *figures
                .stalled
                .entry(step(playback.stalled_ms))
                .or_default() += 1;
        }
        figures
    }
}

impl Figures {
    pub(crate) fn is_empty(&self) -> bool {
        self.latency.is_empty()
    }

    fn add(&mut self, watched: &Watched) {
        for (sum, part) in [
            (&mut self.latency, &watched.latency),
            (&mut self.stalled, &watched.stalled),
        ] {
            for (step, players) in part {
                *sum.entry(*step).or_default() += players;
            }
        }
    }

    pub(crate) fn audience(&self) -> Audience {
        Audience {
            players: self
                .latency
                .values()
                .map(|players| i64::from(*players))
                .sum(),
            latency_p50_ms: at(&self.latency, 50),
            latency_p95_ms: at(&self.latency, 95),
            stalled_p50_ms: at(&self.stalled, 50),
            stalled_p95_ms: at(&self.stalled, 95),
        }
    }
}

fn step(ms: u32) -> u16 {
    // At most 600.
    (ms.min(MOST_MS).div_ceil(STEP_MS)) as u16
}

/// The figure that so many of a hundred do not exceed.
fn at(players: &BTreeMap<u16, u32>, percent: u64) -> u32 {
    let all: u64 = players.values().map(|players| u64::from(*players)).sum();
    let rank = (all * percent).div_ceil(100);
    let mut seen = 0;
    let found = players.iter().find(|(_, players)| {
        seen += u64::from(**players);
        seen >= rank
    });
    found.map_or(0, |(step, _)| u32::from(*step) * STEP_MS)
}

/// What other processes told.
#[derive(Default)]
pub(crate) struct WatchedElsewhere(HashMap<(Topic, Node), (Watched, Instant)>);

impl WatchedElsewhere {
    pub(crate) fn note(&mut self, watched: Watched, now: Instant) {
        self.0.insert((watched.topic, watched.node), (watched, now));
    }

    pub(crate) fn forget(&mut self, now: Instant) {
        self.0
            .retain(|_, (_, since)| now.duration_since(*since) < PLAYBACK_HOLDS);
    }

    /// The stages that anybody watches there.
    pub(crate) fn topics(&self) -> Vec<Topic> {
        let watched = self
            .0
            .iter()
            .filter(|(_, (watched, _))| !watched.latency.is_empty());
        watched.map(|((topic, _), _)| *topic).collect()
    }

    pub(crate) fn add_to(&self, topic: Topic, figures: &mut Figures) {
        for ((of, _), (watched, _)) in &self.0 {
            if *of == topic {
                figures.add(watched);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::RoomId;
    use uuid::Uuid;

    use super::*;

    fn playing(latency_ms: u32, stalled_ms: u32) -> Playback {
        Playback {
            latency_ms,
            stalled_ms,
        }
    }

    #[test]
    fn figures_are_of_all_together() {
        let mut players: Vec<Playback> = (1..=19).map(|n| playing(1_000 + n * 10, 0)).collect();
        players.push(playing(30_000, 4_000));
        let audience = players.into_iter().collect::<Figures>().audience();
        assert_eq!(audience.players, 20);
        assert_eq!(audience.latency_p50_ms, 1_100);
        assert_eq!(audience.latency_p95_ms, 1_200);
        assert_eq!((audience.stalled_p50_ms, audience.stalled_p95_ms), (0, 0));
        assert_eq!(Figures::default().audience(), Audience::default());
        let absurd: Figures = [playing(u32::MAX, u32::MAX)].into_iter().collect();
        assert_eq!(absurd.audience().latency_p50_ms, MOST_MS);
    }

    #[test]
    fn processes_add_up_and_one_that_is_gone_is_forgotten() {
        let topic = Topic::Stage(RoomId(Uuid::from_u128(1)));
        let now = Instant::now();
        let mut elsewhere = WatchedElsewhere::default();
        let theirs: Figures = [playing(2_000, 0); 3].into_iter().collect();
        elsewhere.note(
            Watched {
                node: Node(Uuid::from_u128(7)),
                topic,
                latency: theirs.latency,
                stalled: theirs.stalled,
            },
            now,
        );
        let ours: Figures = [playing(1_000, 0)].into_iter().collect();
        let mut all = ours.clone();
        elsewhere.add_to(topic, &mut all);
        assert_eq!(all.audience().players, 4);
        assert_eq!(all.audience().latency_p50_ms, 2_000);
        elsewhere.forget(now + PLAYBACK_HOLDS);
        let mut left = ours.clone();
        elsewhere.add_to(topic, &mut left);
        assert_eq!(left, ours);
    }
}

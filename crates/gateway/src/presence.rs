//! Who is somewhere, over all processes: how people want to be seen, what other
//! processes count, and the marks that somebody writes. Nothing of it is
//! recorded; it goes over the bus, since the sockets of a channel may be held by
//! several processes.

use std::collections::HashMap;
use std::time::Duration;

use hallway_bus::{Here, Node};
use hallway_model::access::Actor;
use hallway_model::presence::Shown;
use hallway_protocol::{PersonId, Topic};
use tokio::time::Instant;

use crate::driver::Gateway;
use crate::links::Link;

/// How often a process says again what it counts, and how long its word holds.
pub(crate) const SAY_AGAIN: Duration = Duration::from_secs(20);
const HOLDS: Duration = Duration::from_secs(60);
/// Between two marks of one person in one channel.
pub(crate) const WRITING_EVERY: Duration = Duration::from_millis(2_500);

/// How those want to be seen who want it otherwise than most.
#[derive(Default)]
pub(crate) struct Looks(HashMap<PersonId, Shown>);

impl Looks {
    pub(crate) fn of(&self, person: Option<PersonId>) -> Shown {
        person
            .and_then(|person| self.0.get(&person).copied())
            .unwrap_or_default()
    }

    pub(crate) fn set(&mut self, person: PersonId, shown: Shown) {
        if shown == Shown::default() {
            self.0.remove(&person);
        } else {
            self.0.insert(person, shown);
        }
    }

    pub(crate) fn replace(&mut self, all: Vec<(PersonId, Shown)>) {
        self.0 = all.into_iter().collect();
    }
}

/// What other processes said that they count.
#[derive(Default)]
pub(crate) struct Elsewhere(HashMap<Topic, HashMap<Node, (Here, Instant)>>);

impl Elsewhere {
    pub(crate) fn note(&mut self, here: Here, now: Instant) {
        let (topic, node) = (here.topic, here.node);
        if here.count == 0 {
            if let Some(nodes) = self.0.get_mut(&topic) {
                nodes.remove(&node);
            }
        } else {
            self.0.entry(topic).or_default().insert(node, (here, now));
        }
    }

    /// Forgets processes that have said nothing for long: they are gone.
    pub(crate) fn forget(&mut self, now: Instant) {
        for nodes in self.0.values_mut() {
            nodes.retain(|_, (_, since)| now.duration_since(*since) < HOLDS);
        }
        self.0.retain(|_, nodes| !nodes.is_empty());
    }

    pub(crate) fn count(&self, topic: Topic) -> usize {
        let nodes = self.0.get(&topic);
        nodes.map_or(0, |nodes| nodes.values().map(|(here, _)| here.count).sum())
    }

    pub(crate) fn people(&self, topic: Topic) -> impl Iterator<Item = PersonId> + '_ {
        let nodes = self.0.get(&topic).into_iter().flat_map(HashMap::values);
        nodes.flat_map(|(here, _)| here.people.iter().copied())
    }
}

impl Gateway {
    /// Somebody writes: told to the few who are there, or to nobody. There is no
    /// answer, whatever becomes of it.
    pub(crate) async fn writing(&self, actor: &Actor, topic: Topic, link: &Link) {
        let Topic::Channel(channel) = topic else {
            return;
        };
        if !self.hub.tells_writing(topic, link) {
            return;
        }
        if let Ok(writing) = self.service.writing(actor, channel).await {
            self.hub.tell_writing(writing);
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::ChannelId;
    use uuid::Uuid;

    use super::*;

    fn here(node: u128, count: usize, people: &[u128]) -> Here {
        Here {
            node: Node(Uuid::from_u128(node)),
            topic: topic(),
            count,
            people: people.iter().map(|n| person(*n)).collect(),
        }
    }
    fn topic() -> Topic {
        Topic::Channel(ChannelId(Uuid::from_u128(1)))
    }
    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    #[test]
    fn what_processes_count_adds_up_until_they_take_it_back_or_fall_silent() {
        let (mut elsewhere, start) = (Elsewhere::default(), Instant::now());
        elsewhere.note(here(1, 3, &[7]), start);
        elsewhere.note(here(2, 2, &[8]), start);
        assert_eq!(elsewhere.count(topic()), 5);
        let mut people: Vec<PersonId> = elsewhere.people(topic()).collect();
        people.sort();
        assert_eq!(people, [person(7), person(8)]);
        elsewhere.note(here(1, 1, &[]), start + SAY_AGAIN);
        assert_eq!(elsewhere.count(topic()), 3);
        elsewhere.note(here(2, 0, &[]), start + SAY_AGAIN);
        assert_eq!(elsewhere.count(topic()), 1);
        elsewhere.forget(start + HOLDS);
        assert_eq!(elsewhere.count(topic()), 1, "it was said again since");
        elsewhere.forget(start + SAY_AGAIN + HOLDS);
        assert_eq!(elsewhere.count(topic()), 0);
    }

    #[test]
    fn whoever_wants_nothing_special_costs_nothing() {
        let mut looks = Looks::default();
        let invisible = Shown {
            named: false,
            invisible: true,
        };
        looks.set(person(1), invisible);
        assert_eq!(looks.of(Some(person(1))), invisible);
        assert_eq!(looks.of(Some(person(2))), Shown::default());
        assert_eq!(looks.of(None), Shown::default());
        looks.set(person(1), Shown::default());
        assert!(looks.0.is_empty());
    }
}

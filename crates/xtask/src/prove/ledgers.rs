//! What clients were told, held against what the server has: nothing that was
//! acknowledged is lost, doubled, changed or out of order.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// A message that a client knows to be stored.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub id: String,
    pub sequence: i64,
    /// Unique among everything that was ever sent.
    pub body: String,
    /// Places in the one order of sends and answers that the clients share.
    pub sent: u64,
    pub answered: u64,
}

/// A message as the server tells it, in its order.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: String,
    pub sequence: i64,
    pub body: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    pub acknowledged: usize,
    pub stored: usize,
    /// Acknowledged and not there.
    pub lost: usize,
    /// There more than once, by body or by sequence number.
    pub doubled: usize,
    /// There with another id, number or text than the one acknowledged.
    pub changed: usize,
    /// Before one that was answered before it was sent, or told out of order.
    pub inverted: usize,
    /// Numbers of the channel, from 1 on, that no message has: a reader would
    /// take each for a message it missed.
    pub holes: usize,
}

impl Audit {
    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.changed + self.inverted + self.holes == 0
    }
}

pub fn audit(acknowledged: &[Acknowledged], stored: &[Stored]) -> Audit {
    let mut by_body: BTreeMap<&str, Vec<&Stored>> = BTreeMap::new();
    for message in stored {
        by_body.entry(&message.body).or_default().push(message);
    }
    let told_out_of_order = stored
        .windows(2)
        .filter(|two| two[1].sequence < two[0].sequence)
        .count();
    let same_number = stored
        .windows(2)
        .filter(|two| two[1].sequence == two[0].sequence)
        .count();
    let mut audit = Audit {
        acknowledged: acknowledged.len(),
        stored: stored.len(),
        doubled: by_body
            .values()
            .map(|copies| copies.len() - 1)
            .sum::<usize>()
            + same_number,
        inverted: told_out_of_order + inversions(acknowledged),
        holes: holes(stored),
        ..Audit::default()
    };
    for message in acknowledged {
        match by_body.get(message.body.as_str()).map(|copies| copies[0]) {
            None => audit.lost += 1,
            Some(copy) if copy.id != message.id || copy.sequence != message.sequence => {
                audit.changed += 1
            }
            Some(_) => {}
        }
    }
    audit
}

fn holes(stored: &[Stored]) -> usize {
    let numbers: BTreeSet<i64> = stored.iter().map(|message| message.sequence).collect();
    let last = numbers
        .last()
        .map_or(0, |last| usize::try_from(*last).unwrap_or(0));
    last.saturating_sub(numbers.len())
}

/// A message sent after another was answered must stand after it.
fn inversions(acknowledged: &[Acknowledged]) -> usize {
    let mut by_send: Vec<&Acknowledged> = acknowledged.iter().collect();
    by_send.sort_by_key(|message| message.sent);
    let mut by_answer = by_send.clone();
    by_answer.sort_by_key(|message| message.answered);
    let mut answered = by_answer.into_iter().peekable();
    let mut highest = i64::MIN;
    let mut found = 0;
    for message in by_send {
        while let Some(before) = answered.next_if(|before| before.answered < message.sent) {
            highest = highest.max(before.sequence);
        }
        found += usize::from(message.sequence <= highest);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(n: i64, sent: u64, answered: u64) -> Acknowledged {
        Acknowledged {
            id: format!("id-{n}"),
            sequence: n,
            body: format!("body {n}"),
            sent,
            answered,
        }
    }

    fn kept(n: i64) -> Stored {
        Stored {
            id: format!("id-{n}"),
            sequence: n,
            body: format!("body {n}"),
        }
    }

    #[test]
    fn what_was_told_and_kept_is_clean_and_more_may_be_kept() {
        // Two that overlap may stand in either order.
        let told = [told(2, 0, 3), told(1, 1, 2), told(3, 4, 5)];
        let audit = audit(&told, &[kept(1), kept(2), kept(3), kept(4)]);
        assert!(audit.is_clean(), "{audit:?}");
    }

    #[test]
    fn each_kind_of_damage_is_counted() {
        let all = [told(1, 0, 1), told(2, 2, 3)];
        assert_eq!(audit(&all, &[kept(1)]).lost, 1);
        assert_eq!(audit(&[], &[kept(1), kept(3)]).holes, 1);
        assert_eq!(audit(&all, &[kept(1), kept(2), kept(2)]).doubled, 2);
        let renumbered = Stored {
            sequence: 7,
            ..kept(2)
        };
        assert_eq!(audit(&all, &[kept(1), renumbered]).changed, 1);
        assert_eq!(audit(&all, &[kept(2), kept(1)]).inverted, 1);
        assert_eq!(
            audit(&[told(2, 0, 1), told(1, 2, 3)], &[kept(1), kept(2)]).inverted,
            1
        );
    }
}

//! What one connection asked for, as a state machine: its frames in, frames
//! and wishes out. It has no socket, clock or database. Which live events it
//! gets is decided where they are handed out, by its seats.

use std::collections::HashSet;

use hallway_protocol::frames::{MAX_HISTORY, MAX_TOPICS, Me};
use hallway_protocol::stages::Playback;
use hallway_protocol::{ClientFrame, Command, Kind, Problem, ServerFrame, Topic};
use uuid::Uuid;

use crate::frames::{Frame, frame, refusal};
use crate::seats::Numbered;

#[derive(Debug)]
pub enum Output {
    Send(Frame),
    /// Ask whether the topic may be heard, then take a seat where its events
    /// wait; `present` counts as being there.
    Join {
        topic: Topic,
        present: bool,
    },
    /// Let the topic's events wait again.
    Hold(Topic),
    Leave(Topic),
    /// Read what happened after a number, then call [`Session::caught_up`].
    CatchUp {
        topic: Topic,
        after: Option<i64>,
        /// Whether the client is to be told that its subscription stands.
        announce: bool,
    },
    /// Tell a channel's newest messages, then catch up after their number.
    History {
        topic: Topic,
        limit: i64,
    },
    /// All up to this number was sent: the topic is live, after what waited.
    Settle {
        topic: Topic,
        last: i64,
    },
    /// The reader writes there.
    Writing(Topic),
    Playback(Topic, Playback),
    Run {
        key: Uuid,
        command: Command,
    },
}

impl Output {
    /// Whether it tells what happened on a topic before.
    pub fn is_past_of(&self, of: Topic) -> bool {
        match self {
            Self::CatchUp { topic, .. } | Self::History { topic, .. } => *topic == of,
            _ => false,
        }
    }
}

#[derive(Debug, Default)]
pub struct Session {
    topics: HashSet<Topic>,
}

/// A topic that is followed from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    pub topic: Topic,
    pub after: Option<i64>,
    /// Newest messages that are told first, in place of `after`.
    pub history: Option<i64>,
    /// Counts as being there.
    pub present: bool,
}

impl Followed {
    fn check(&self) -> Result<(), &'static str> {
        match (self.after, self.history) {
            (Some(_), Some(_)) => Err("give one of `after` and `history`"),
            (Some(..0), None) => Err("`after` is not below 0"),
            (None, Some(limit)) if !(1..=MAX_HISTORY).contains(&limit) => {
                Err("`history` is 1 to 100")
            }
            (None, Some(_)) if !matches!(self.topic, Topic::Channel(_)) => {
                Err("only channels have a `history`")
            }
            _ => Ok(()),
        }
    }
}

/// What the record says happened after a number.
#[derive(Debug)]
pub enum Past {
    Events { events: Vec<Numbered>, latest: i64 },
    TooMuch { latest: i64 },
}

impl Session {
    pub fn hello(me: Option<Me>, now: i64) -> Frame {
        frame(&ServerFrame::Hello { person: me, now })
    }

    /// A frame as it came from the client.
    pub fn receive(&mut self, text: &str) -> Vec<Output> {
        let parsed: ClientFrame = match serde_json::from_str(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let problem = Problem::new(Kind::Invalid).detail(error.to_string());
                return vec![Output::Send(refusal(None, None, problem))];
            }
        };
        match parsed {
            ClientFrame::Ping {} => vec![Output::Send(frame(&ServerFrame::Pong))],
            ClientFrame::Command { key, command } => vec![Output::Run { key, command }],
            ClientFrame::Writing { topic } if self.topics.contains(&topic) => {
                vec![Output::Writing(topic)]
            }
            ClientFrame::Writing { .. } => vec![],
            ClientFrame::Playback { topic, playback } => vec![Output::Playback(topic, playback)],
            ClientFrame::Unsubscribe { topic } => {
                if self.topics.remove(&topic) {
                    vec![Output::Leave(topic)]
                } else {
                    vec![]
                }
            }
            ClientFrame::Subscribe {
                topic,
                after,
                history,
                present,
            } => self.subscribe(Followed {
                topic,
                after,
                history,
                present,
            }),
        }
    }

    pub fn subscribe(&mut self, followed: Followed) -> Vec<Output> {
        let Followed {
            topic,
            after,
            history,
            present,
        } = followed;
        let refuse = |problem| vec![Output::Send(refusal(None, Some(topic), problem))];
        if let Err(why) = followed.check() {
            return refuse(Problem::new(Kind::Invalid).detail(why));
        }
        let known = self.topics.contains(&topic);
        if !known && self.topics.len() >= MAX_TOPICS {
            let why = format!("a connection holds at most {MAX_TOPICS} topics");
            return refuse(Problem::new(Kind::TooMany).detail(why));
        }
        self.topics.insert(topic);
        // Seated first and caught up with second, so that nothing falls between.
        let seat = if known {
            Output::Hold(topic)
        } else {
            Output::Join { topic, present }
        };
        let past = match history {
            Some(limit) => Output::History { topic, limit },
            None => Output::CatchUp {
                topic,
                after,
                announce: true,
            },
        };
        vec![seat, past]
    }

    /// The policy said no, at the subscription or since.
    pub fn refused(&mut self, topic: Topic, problem: Problem) -> Vec<Output> {
        self.topics.remove(&topic);
        vec![
            Output::Leave(topic),
            Output::Send(refusal(None, Some(topic), problem)),
        ]
    }

    /// What happened before, as asked for by [`Output::CatchUp`].
    pub fn caught_up(&mut self, topic: Topic, announce: bool, past: Past) -> Vec<Output> {
        if !self.topics.contains(&topic) {
            return vec![];
        }
        let (events, last, too_much) = match past {
            Past::Events { events, latest } => (events, latest, false),
            Past::TooMuch { latest } => (vec![], latest, true),
        };
        let mut outputs = vec![];
        if announce {
            let subscribed = ServerFrame::Subscribed { topic, seq: last };
            outputs.push(Output::Send(frame(&subscribed)));
        }
        outputs.extend(events.into_iter().map(|(_, event)| Output::Send(event)));
        if too_much {
            outputs.push(Output::Send(frame(&ServerFrame::Resync { topic })));
        }
        outputs.push(Output::Settle { topic, last });
        outputs
    }

    /// Events of a topic were lost from number `first` on: read them again.
    pub fn lost(&mut self, topic: Topic, first: i64) -> Vec<Output> {
        if !self.topics.contains(&topic) {
            return vec![Output::Leave(topic)];
        }
        let catch_up = Output::CatchUp {
            topic,
            after: Some(first - 1),
            announce: false,
        };
        vec![Output::Hold(topic), catch_up]
    }

    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        self.topics.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::ChannelId;

    use super::*;
    use crate::frames::event_frame;

    fn topic() -> Topic {
        Topic::Channel(ChannelId(Uuid::from_u128(1)))
    }

    fn event(seq: i64) -> Numbered {
        (seq, event_frame(topic(), seq, "{}"))
    }

    /// Frames sent, by type and number, and where the topic then stands.
    fn told(outputs: &[Output]) -> (Vec<String>, Option<i64>) {
        let mut frames = vec![];
        let mut settled = None;
        for output in outputs {
            match output {
                Output::Send(frame) => {
                    let frame: serde_json::Value = serde_json::from_slice(frame.json()).unwrap();
                    let kind = frame["type"].as_str().unwrap();
                    frames.push(match frame["seq"].as_i64() {
                        Some(seq) => format!("{kind} {seq}"),
                        None => kind.to_owned(),
                    });
                }
                Output::Settle { last, .. } => settled = Some(*last),
                other => panic!("{other:?}"),
            }
        }
        (frames, settled)
    }

    fn subscribed(after: i64) -> Session {
        let mut session = Session::default();
        let text = format!(
            r#"{{"type":"subscribe","topic":"{}","after":{after}}}"#,
            topic()
        );
        let outputs = session.receive(&text);
        assert!(
            matches!(outputs[..], [Output::Join { .. }, Output::CatchUp { .. }]),
            "{outputs:?}"
        );
        session
    }

    #[test]
    fn the_past_is_told_before_the_topic_is_live() {
        let mut session = subscribed(3);
        let past = Past::Events {
            events: vec![event(4), event(5)],
            latest: 5,
        };
        let (frames, settled) = told(&session.caught_up(topic(), true, past));
        assert_eq!(frames, ["subscribed 5", "event 4", "event 5"]);
        assert_eq!(settled, Some(5));
    }

    #[test]
    fn what_was_lost_is_read_from_the_record() {
        let mut session = subscribed(0);
        let outputs = session.lost(topic(), 7);
        assert!(
            matches!(
                outputs[..],
                [
                    Output::Hold(_),
                    Output::CatchUp {
                        after: Some(6),
                        announce: false,
                        ..
                    }
                ]
            ),
            "{outputs:?}"
        );
        let past = Past::Events {
            events: vec![event(7), event(8)],
            latest: 8,
        };
        let (frames, settled) = told(&session.caught_up(topic(), false, past));
        assert_eq!(frames, ["event 7", "event 8"]);
        assert_eq!(settled, Some(8));
        // Let go meanwhile: nothing is owed.
        session.receive(&format!(
            r#"{{"type":"unsubscribe","topic":"{}"}}"#,
            topic()
        ));
        assert!(matches!(session.lost(topic(), 9)[..], [Output::Leave(_)]));
        let past = Past::TooMuch { latest: 9 };
        assert!(session.caught_up(topic(), false, past).is_empty());
    }

    #[test]
    fn too_long_an_absence_is_told_to_fetch_anew() {
        let mut session = subscribed(1);
        let (frames, settled) =
            told(&session.caught_up(topic(), true, Past::TooMuch { latest: 9_000 }));
        assert_eq!(frames, ["subscribed 9000", "resync"]);
        assert_eq!(settled, Some(9_000));
    }

    #[test]
    fn the_history_comes_before_what_follows_it() {
        let mut session = Session::default();
        let text = format!(
            r#"{{"type":"subscribe","topic":"{}","history":50}}"#,
            topic()
        );
        let outputs = session.receive(&text);
        assert!(
            matches!(
                outputs[..],
                [Output::Join { .. }, Output::History { limit: 50, .. }]
            ),
            "{outputs:?}"
        );
        // Asked for again, it keeps its seat.
        let outputs = session.receive(&text);
        assert!(
            matches!(outputs[..], [Output::Hold(_), Output::History { .. }]),
            "{outputs:?}"
        );
    }

    #[test]
    fn a_history_is_a_channels_and_bounded() {
        let mut session = Session::default();
        let stage = Topic::Stage(hallway_model::ids::RoomId(Uuid::from_u128(1)));
        for (topic, rest, why) in [
            (topic(), r#""history":0"#, "1 to 100"),
            (topic(), r#""history":101"#, "1 to 100"),
            (topic(), r#""history":5,"after":3"#, "one of"),
            (topic(), r#""after":-1"#, "not below 0"),
            (stage, r#""history":5"#, "only channels"),
        ] {
            let text = format!(r#"{{"type":"subscribe","topic":"{topic}",{rest}}}"#);
            let outputs = session.receive(&text);
            let [Output::Send(answer)] = &outputs[..] else {
                panic!("{text}: {outputs:?}")
            };
            let answer = String::from_utf8_lossy(answer.json());
            assert!(
                answer.contains("/problems/invalid") && answer.contains(why),
                "{answer}"
            );
        }
        assert_eq!(session.topics().count(), 0);
    }

    #[test]
    fn a_malformed_frame_is_answered_and_costs_nothing() {
        let mut session = Session::default();
        for text in [
            "",
            "{",
            "[]",
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","topic":"x:1"}"#,
            r#"{"type":"ping","x":1}"#,
        ] {
            let outputs = session.receive(text);
            let [Output::Send(answer)] = &outputs[..] else {
                panic!("{text}: {outputs:?}")
            };
            let answer = String::from_utf8_lossy(answer.json());
            assert!(answer.contains("/problems/invalid"), "{text}");
        }
        assert_eq!(session.topics().count(), 0);
    }

    #[test]
    fn a_connection_holds_a_bounded_number_of_topics() {
        let mut session = Session::default();
        for n in 0..MAX_TOPICS as u128 + 1 {
            let topic = Topic::Channel(ChannelId(Uuid::from_u128(n)));
            let outputs = session.receive(&format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#));
            assert_eq!(outputs.len() == 2, n < MAX_TOPICS as u128);
        }
    }
}

//! One live connection as a state machine: frames and events in, frames and
//! wishes out. It has no socket, clock or database.

use std::collections::HashMap;

use hallway_protocol::frames::{MAX_TOPICS, Me};
use hallway_protocol::{ClientFrame, Command, Kind, Problem, ServerFrame, Topic};
use uuid::Uuid;

/// A serialised frame, shared by everyone it goes to.
pub type Frame = axum::extract::ws::Utf8Bytes;

/// Live events held back while a topic is caught up with; beyond it the client
/// is told to fetch anew.
const MAX_HELD: usize = 512;

#[derive(Debug)]
pub enum Output {
    Send(Frame),
    /// Ask whether the topic may be heard, then hand its events in; `present`
    /// counts as being there.
    Join {
        topic: Topic,
        present: bool,
    },
    Leave(Topic),
    /// Read what happened after a number, then call [`Session::caught_up`].
    CatchUp {
        topic: Topic,
        after: Option<i64>,
    },
    Run {
        key: Uuid,
        command: Command,
    },
}

#[derive(Debug, Default)]
pub struct Session {
    topics: HashMap<Topic, State>,
}

#[derive(Debug)]
enum State {
    /// The past is being read; what arrives meanwhile waits, by number.
    CatchingUp {
        announced: bool,
        held: Vec<(i64, Frame)>,
        overflowed: bool,
    },
    Live {
        last: i64,
    },
}

/// What the record says happened after a number.
#[derive(Debug)]
pub enum Past {
    Events {
        events: Vec<(i64, Frame)>,
        latest: i64,
    },
    TooMuch {
        latest: i64,
    },
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
                return vec![refuse(
                    None,
                    None,
                    Problem::new(Kind::Invalid).detail(error.to_string()),
                )];
            }
        };
        match parsed {
            ClientFrame::Ping {} => vec![Output::Send(frame(&ServerFrame::Pong))],
            ClientFrame::Command { key, command } => vec![Output::Run { key, command }],
            ClientFrame::Unsubscribe { topic } => match self.topics.remove(&topic) {
                Some(_) => vec![Output::Leave(topic)],
                None => vec![],
            },
            ClientFrame::Subscribe {
                topic,
                after,
                present,
            } => self.subscribe(topic, after, present),
        }
    }

    fn subscribe(&mut self, topic: Topic, after: Option<i64>, present: bool) -> Vec<Output> {
        if after.is_some_and(|after| after < 0) {
            return vec![refuse(
                None,
                Some(topic),
                Problem::new(Kind::Invalid).detail("`after` is not below 0"),
            )];
        }
        let known = self.topics.contains_key(&topic);
        if !known && self.topics.len() >= MAX_TOPICS {
            let problem = Problem::new(Kind::TooMany)
                .detail(format!("a connection holds at most {MAX_TOPICS} topics"));
            return vec![refuse(None, Some(topic), problem)];
        }
        self.topics.insert(
            topic,
            State::CatchingUp {
                announced: false,
                held: vec![],
                overflowed: false,
            },
        );
        // Joined first and caught up with second, so that nothing falls between.
        let mut outputs = vec![];
        if !known {
            outputs.push(Output::Join { topic, present });
        }
        outputs.push(Output::CatchUp { topic, after });
        outputs
    }

    /// The policy said no.
    pub fn refused(&mut self, topic: Topic, problem: Problem) -> Vec<Output> {
        self.topics.remove(&topic);
        vec![refuse(None, Some(topic), problem), Output::Leave(topic)]
    }

    /// An event of a topic, live.
    pub fn event(&mut self, topic: Topic, seq: i64, event: &Frame) -> Vec<Output> {
        match self.topics.get_mut(&topic) {
            None => vec![],
            Some(State::CatchingUp {
                held, overflowed, ..
            }) => {
                if held.len() >= MAX_HELD {
                    *overflowed = true;
                } else {
                    held.push((seq, event.clone()));
                }
                vec![]
            }
            Some(State::Live { last }) if seq <= *last => vec![],
            Some(State::Live { last }) if seq == *last + 1 => {
                *last = seq;
                vec![Output::Send(event.clone())]
            }
            Some(state @ State::Live { .. }) => {
                let State::Live { last } = *state else {
                    return vec![];
                };
                *state = State::CatchingUp {
                    announced: true,
                    held: vec![(seq, event.clone())],
                    overflowed: false,
                };
                vec![Output::CatchUp {
                    topic,
                    after: Some(last),
                }]
            }
        }
    }

    /// What happened before, as asked for by [`Output::CatchUp`].
    pub fn caught_up(&mut self, topic: Topic, past: Past) -> Vec<Output> {
        let Some(State::CatchingUp {
            announced,
            held,
            overflowed,
        }) = self.topics.remove(&topic)
        else {
            return vec![];
        };
        let (events, mut last, too_much) = match past {
            Past::Events { events, latest } => (events, latest, false),
            Past::TooMuch { latest } => (vec![], latest, true),
        };
        let mut outputs = vec![];
        if !announced {
            outputs.push(Output::Send(frame(&ServerFrame::Subscribed {
                topic,
                seq: last,
            })));
        }
        outputs.extend(events.into_iter().map(|(_, event)| Output::Send(event)));
        let mut resync = too_much || overflowed;
        let mut waiting: Vec<_> = held.into_iter().filter(|(seq, _)| *seq > last).collect();
        waiting.sort_by_key(|(seq, _)| *seq);
        for (seq, event) in waiting {
            if seq == last + 1 {
                last = seq;
                outputs.push(Output::Send(event));
            } else if seq > last {
                resync = true;
            }
        }
        if resync {
            outputs.push(Output::Send(frame(&ServerFrame::Resync { topic })));
        }
        self.topics.insert(topic, State::Live { last });
        outputs
    }

    /// The connection's queue overflowed: read every topic's past again.
    pub fn lagged(&mut self) -> Vec<Output> {
        let mut outputs = vec![];
        for (topic, state) in &mut self.topics {
            if let State::Live { last } = *state {
                *state = State::CatchingUp {
                    announced: true,
                    held: vec![],
                    overflowed: false,
                };
                outputs.push(Output::CatchUp {
                    topic: *topic,
                    after: Some(last),
                });
            }
        }
        outputs
    }

    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        self.topics.keys().copied()
    }
}

pub fn frame(frame: &ServerFrame) -> Frame {
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// An event's frame around its stored JSON, without reading it.
pub fn event_frame(topic: Topic, seq: i64, body: &str) -> Frame {
    format!(r#"{{"type":"event","topic":"{topic}","seq":{seq},"event":{body}}}"#).into()
}

pub fn refuse(key: Option<Uuid>, topic: Option<Topic>, problem: Problem) -> Output {
    Output::Send(frame(&ServerFrame::Problem {
        key,
        topic,
        problem,
    }))
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::ChannelId;
    use proptest::prelude::*;

    use super::*;

    fn topic() -> Topic {
        Topic::Channel(ChannelId(Uuid::from_u128(1)))
    }

    fn event(seq: i64) -> Frame {
        event_frame(topic(), seq, "{}")
    }

    fn sent(outputs: &[Output]) -> Vec<i64> {
        outputs
            .iter()
            .filter_map(|output| match output {
                Output::Send(frame) => serde_json::from_str::<serde_json::Value>(frame).ok(),
                _ => None,
            })
            .filter(|frame| frame["type"] == "event")
            .filter_map(|frame| frame["seq"].as_i64())
            .collect()
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
    fn what_happens_between_page_and_socket_is_sent_once_and_in_order() {
        let mut session = subscribed(3);
        assert!(session.event(topic(), 6, &event(6)).is_empty());
        assert!(session.event(topic(), 5, &event(5)).is_empty());
        let past = Past::Events {
            events: vec![(4, event(4)), (5, event(5))],
            latest: 5,
        };
        assert_eq!(sent(&session.caught_up(topic(), past)), [4, 5, 6]);
        assert_eq!(
            sent(&session.event(topic(), 6, &event(6))),
            Vec::<i64>::new()
        );
        assert_eq!(sent(&session.event(topic(), 7, &event(7))), [7]);
    }

    #[test]
    fn a_gap_is_filled_from_the_record() {
        let mut session = subscribed(0);
        session.caught_up(
            topic(),
            Past::Events {
                events: vec![],
                latest: 0,
            },
        );
        let outputs = session.event(topic(), 2, &event(2));
        assert!(matches!(
            outputs[..],
            [Output::CatchUp { after: Some(0), .. }]
        ));
        let past = Past::Events {
            events: vec![(1, event(1)), (2, event(2))],
            latest: 2,
        };
        assert_eq!(sent(&session.caught_up(topic(), past)), [1, 2]);
    }

    #[test]
    fn too_long_an_absence_is_told_to_fetch_anew() {
        let mut session = subscribed(1);
        let outputs = session.caught_up(topic(), Past::TooMuch { latest: 9_000 });
        let Output::Send(last) = outputs.last().unwrap() else {
            panic!()
        };
        assert!(last.contains("resync"));
        assert_eq!(sent(&session.event(topic(), 9_001, &event(9_001))), [9_001]);
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

    proptest! {
        /// Whatever order events come in, a client sees each once, in order.
        #[test]
        fn delivery_is_in_order_without_doubles(order in Just((1..=20i64).collect::<Vec<_>>()).prop_shuffle()) {
            let mut session = subscribed(0);
            let mut seen = sent(&session.caught_up(topic(), Past::Events { events: vec![], latest: 0 }));
            let mut published = 0;
            for seq in order {
                published = published.max(seq);
                for output in session.event(topic(), seq, &event(seq)) {
                    match output {
                        Output::CatchUp { after: Some(after), .. } => {
                            let events = (after + 1..=published).map(|n| (n, event(n))).collect();
                            seen.extend(sent(&session.caught_up(topic(), Past::Events { events, latest: published })));
                        }
                        other => seen.extend(sent(&[other])),
                    }
                }
            }
            prop_assert_eq!(seen, (1..=20).collect::<Vec<_>>());
        }
    }
}

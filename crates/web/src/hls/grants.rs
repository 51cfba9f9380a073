//! Who may watch what, remembered for a moment: a player asks several times a
//! second, and the policy's queries are asked once in two. While the database is
//! silent nothing can change in it, and what was known goes on to be.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use hallway_model::access::Actor;
use hallway_protocol::Kind;
use hallway_service::{BRIDGED, Error, Service};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use crate::failure::Failure;

/// Whoever lost the right to watch sees no further part after this.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Nobody may have asked again in the moment before the database fell silent.
const LATE: Duration = Duration::from_secs(2);
/// Answers held at once.
const CAPACITY: u64 = 50_000;
/// Questions on their way at once.
const ASKING: usize = 64;

/// What somebody wants to watch: slugs, and a session's code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    Stage { event: String, room: String },
    Recording { event: String, code: String },
}

/// It is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Of the room or the recording behind the door.
    pub id: Uuid,
    /// Whether visitors may watch, so that everybody may.
    pub guests: bool,
}

pub(crate) struct Grants {
    /// With the moment before it was asked.
    remembered: moka::sync::Cache<Question, (Instant, Result<Grant, Kind>)>,
    asking: [Mutex<()>; ASKING],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    /// SHA-256 of the token presented; none for a visitor.
    holder: Option<[u8; 32]>,
    door: Door,
}

impl Grants {
    pub(crate) fn new() -> Self {
        Self {
            remembered: moka::sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(BRIDGED)
                .build(),
            asking: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// What is open to visitors is open to all, so they are asked for first and
    /// a public stage costs one question, however many watch.
    pub(crate) async fn open(
        &self,
        service: &Service,
        token: impl FnOnce() -> Option<String>,
        door: Door,
    ) -> Result<Grant, Failure> {
        let question = Question { holder: None, door };
        let door = question.door.clone();
        let answer = self
            .answer(
                question,
                || service.silence(),
                async |door| ask(service, &Actor::visitor(), door).await,
            )
            .await;
        let holder = match &answer {
            Ok(Err(Kind::SignInNeeded)) => token(),
            _ => None,
        };
        match (answer, holder) {
            (_, Some(token)) => {
                let question = Question {
                    holder: Some(Sha256::digest(&token).into()),
                    door,
                };
                self.answer(
                    question,
                    || service.silence(),
                    async |door| {
                        let signed_in = service.signed_in(&token).await?;
                        let actor = signed_in.map_or_else(Actor::visitor, |s| s.actor);
                        ask(service, &actor, door).await
                    },
                )
                .await?
                .map_err(Failure::from)
            }
            (answer, None) => answer?.map_err(Failure::from),
        }
    }

    /// The answer that is remembered, else a new one. The same question is not
    /// asked twice at the same time.
    async fn answer<F>(
        &self,
        question: Question,
        silence: impl Fn() -> Duration,
        ask: F,
    ) -> Result<Result<Grant, Kind>, Error>
    where
        F: AsyncFnOnce(&Door) -> Result<Grant, Error>,
    {
        if let Some(known) = self.known(&question, silence()) {
            return Ok(known);
        }
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        let turn = usize::try_from(hasher.finish() % ASKING as u64).unwrap_or_default();
        let _turn = self.asking[turn].lock().await;
        if let Some(known) = self.known(&question, silence()) {
            return Ok(known);
        }
        let asked = Instant::now();
        let answer = match ask(&question.door).await {
            Ok(grant) => Ok(grant),
            Err(error) => match error.kind() {
                kind @ (Kind::NotFound | Kind::SignInNeeded | Kind::Forbidden | Kind::Banned) => {
                    Err(kind)
                }
                // A database that did not answer has refused nobody.
                Kind::Unavailable => {
                    return self.known(&question, silence()).ok_or(error);
                }
                _ => return Err(error),
            },
        };
        self.remembered.insert(question, (asked, answer));
        Ok(answer)
    }

    fn known(&self, question: &Question, silence: Duration) -> Option<Result<Grant, Kind>> {
        let (asked, answer) = self.remembered.get(question)?;
        let late = if silence.is_zero() {
            Duration::ZERO
        } else {
            LATE
        };
        (asked.elapsed() < REMEMBERED + late + silence).then_some(answer)
    }
}

async fn ask(service: &Service, actor: &Actor, door: &Door) -> Result<Grant, Error> {
    service.while_it_answers(policy(service, actor, door)).await
}

async fn policy(service: &Service, actor: &Actor, door: &Door) -> Result<Grant, Error> {
    match door {
        Door::Stage { event, room } => {
            let (event, room) = service.watch_stage(actor, event, room).await?;
            Ok(Grant {
                id: room.id.0,
                guests: event.settings.guests_watch,
            })
        }
        Door::Recording { event, code } => {
            let (event, recording) = service.watch_recording(actor, event, code).await?;
            Ok(Grant {
                id: recording.id.0,
                guests: event.settings.guests_watch,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const GRANT: Grant = Grant {
        id: Uuid::from_u128(1),
        guests: true,
    };

    const ANSWERS: Duration = Duration::ZERO;

    fn question(holder: Option<u8>) -> Question {
        let door = Door::Stage {
            event: "summit".into(),
            room: "main".into(),
        };
        Question {
            holder: holder.map(|byte| [byte; 32]),
            door,
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_question() {
        let (grants, asked) = (Grants::new(), AtomicUsize::new(0));
        let ask = async || {
            let answer = grants.answer(
                question(None),
                || ANSWERS,
                async |_: &Door| {
                    asked.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    Ok(GRANT)
                },
            );
            answer.await.unwrap()
        };
        let answers = futures_util::future::join_all((0..100).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| *answer == Ok(GRANT)));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_answer_is_for_its_holder_alone() {
        let grants = Grants::new();
        let refused = grants
            .answer(
                question(None),
                || ANSWERS,
                async |_: &Door| Err(Error::SignInNeeded),
            )
            .await;
        assert_eq!(refused.unwrap(), Err(Kind::SignInNeeded));
        let granted = grants
            .answer(question(Some(1)), || ANSWERS, async |_: &Door| Ok(GRANT))
            .await;
        assert_eq!(granted.unwrap(), Ok(GRANT));
        let other = grants
            .answer(
                question(Some(2)),
                || ANSWERS,
                async |_: &Door| Err(Error::Forbidden),
            )
            .await;
        assert_eq!(other.unwrap(), Err(Kind::Forbidden));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_lasts_two_seconds_and_as_long_as_the_database_is_silent() {
        let grants = Grants::new();
        let ask = async |silence, kind: Kind| {
            let answer = grants.answer(
                question(None),
                || silence,
                async |_: &Door| {
                    Err(match kind {
                        Kind::NotFound => Error::NotFound,
                        _ => Error::Forbidden,
                    })
                },
            );
            answer.await.unwrap()
        };
        assert_eq!(ask(ANSWERS, Kind::NotFound).await, Err(Kind::NotFound));
        tokio::time::advance(Duration::from_secs(60)).await;
        let silence = Duration::from_secs(59);
        assert_eq!(ask(silence, Kind::Forbidden).await, Err(Kind::NotFound));
        assert_eq!(ask(ANSWERS, Kind::Forbidden).await, Err(Kind::Forbidden));
    }

    #[tokio::test]
    async fn a_fault_is_not_remembered() {
        let grants = Grants::new();
        let fault = grants
            .answer(
                question(None),
                || ANSWERS,
                async |_: &Door| Err(Error::Unavailable("gone".into())),
            )
            .await;
        assert!(matches!(fault, Err(Error::Unavailable(_))));
        let granted = grants
            .answer(question(None), || ANSWERS, async |_: &Door| Ok(GRANT))
            .await;
        assert_eq!(granted.unwrap(), Ok(GRANT));
    }
}

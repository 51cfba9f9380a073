//! How a command is carried out: one transaction, its key, its announcements.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use hallway_bus::{Bus, Envelope, Passing};
use hallway_model::access::Actor;
use hallway_model::ids::{IdempotencyKey, JobId, PersonId};
use hallway_model::people::Person;
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_protocol::{Event, Shown, Topic};
use hallway_store::{Conn, StoreError, command_keys, jobs, outbox, sanctions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::Error;
use crate::outbox::Relayed;
use crate::{Service, Settings};

/// The answer kept under the key of a command that ended in [`Error::Held`].
const HELD: &str = r#"{"held":true}"#;

/// Something a person, or the server itself, wants done.
pub trait Command: Clone + Send + Sync + 'static {
    type Answer: Serialize + DeserializeOwned + Send + 'static;

    /// True where it changes words and marks alone and nothing that a permission
    /// depends on: what was remembered of people and channels stays then.
    const WORDS_ALONE: bool = false;

    fn run(
        self,
        ctx: &mut Ctx<'_>,
        actor: &Actor,
    ) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// A transaction under way, with the time and chance of its command.
pub struct Ctx<'a> {
    pub conn: &'a mut Conn,
    now: Timestamp,
    acting: Option<Person>,
    random: &'a Random,
    settings: &'a Settings,
    announced: Vec<Envelope>,
    shown: Vec<(PersonId, Shown)>,
    names_changed: bool,
    jobs: bool,
}

/// Who learns of an event.
#[derive(Clone, Copy, Debug)]
pub enum Audience {
    One(Topic),
    Two(Topic, Topic),
}

impl Ctx<'_> {
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whoever it is that wants it done, as they were when it began; none where
    /// that is somebody else.
    pub fn acting(&self, person: PersonId) -> Option<&Person> {
        self.acting.as_ref().filter(|acting| acting.id == person)
    }

    pub fn random(&self) -> &Random {
        self.random
    }

    pub fn settings(&self) -> &Settings {
        self.settings
    }

    pub fn id<T: From<Uuid>>(&self) -> T {
        self.random.id(self.now)
    }

    /// Appends the event to the outbox of its topics; it leaves after the commit.
    pub async fn announce(&mut self, event: Event, audience: Audience) -> Result<(), Error> {
        let topics = match audience {
            Audience::One(topic) => vec![topic],
            Audience::Two(one, two) => vec![one, two],
        };
        let body = serde_json::to_string(&event).map_err(|e| Error::Internal(e.to_string()))?;
        for topic in topics {
            let seq = outbox::append(self.conn, &topic.to_string(), event.kind(), &body, self.now)
                .await?;
            let body = Bytes::from(body.clone());
            self.announced.push(Envelope {
                topic,
                seq,
                event: event.clone(),
                body,
            });
        }
        Ok(())
    }

    /// Somebody may do or hear less from now on, or more. After the commit what
    /// they have open is looked at again, in every process: a live connection
    /// hears nothing more that it may not hear.
    pub async fn rights_changed(&mut self, person: PersonId) -> Result<(), Error> {
        let event = Event::RightsChanged { person };
        self.announce(event, Audience::One(Topic::Person(person)))
            .await
    }

    /// Somebody wants to be seen otherwise from now on, wherever they are.
    pub fn shown(&mut self, person: PersonId, shown: Shown) {
        self.shown.push((person, shown));
    }

    /// Somebody is called otherwise from now on, or is gone: pages that name them
    /// are read anew.
    pub fn names_changed(&mut self) {
        self.names_changed = true;
    }

    /// Puts a job into the queue: it is there exactly when the command is.
    pub async fn enqueue(&mut self, kind: &str, body: &impl Serialize) -> Result<(), Error> {
        self.enqueue_at(kind, body, self.now).await?;
        self.jobs = true;
        Ok(())
    }

    /// The same for later.
    pub async fn enqueue_at(
        &mut self,
        kind: &str,
        body: &impl Serialize,
        due: Timestamp,
    ) -> Result<JobId, Error> {
        let body = serde_json::to_string(body).map_err(|e| Error::Internal(e.to_string()))?;
        let id: JobId = self.id();
        jobs::insert(self.conn, id, kind, &body, due, self.now).await?;
        Ok(id)
    }
}

struct Done<T> {
    /// None where the command ended in [`Error::Held`].
    answer: Option<T>,
    announced: Vec<Envelope>,
    shown: Vec<(PersonId, Shown)>,
    names_changed: bool,
    jobs: bool,
}

impl Service {
    /// Carries out a command and answers when it is durable. With a key, a
    /// command sent again by the same person gives the first answer again.
    pub async fn write<C: Command>(
        &self,
        actor: &Actor,
        key: Option<IdempotencyKey>,
        command: C,
    ) -> Result<C::Answer, Error> {
        let first = self.write_once(actor, key, false, command.clone()).await;
        let again = match &first {
            // The key is there, or somebody else was first: what they left is
            // found now.
            Err(WriteError::Duplicate) => true,
            // Perhaps because it was done already.
            Err(WriteError::Refused(error)) => key.is_some() && error.is_refusal(),
            Ok(_) => false,
        };
        let last = if again {
            self.write_once(actor, key, true, command).await
        } else {
            first
        };
        last.map_err(WriteError::into)
    }

    /// `looks` for an earlier answer under the key. Few commands are sent again, so
    /// that is done only once the key has proved to be there, or the command was
    /// refused: a look less for every other.
    async fn write_once<C: Command>(
        &self,
        actor: &Actor,
        key: Option<IdempotencyKey>,
        looks: bool,
        command: C,
    ) -> Result<C::Answer, WriteError> {
        let inner = Arc::clone(&self.0);
        let mut actor = actor.clone();
        let bus = self.0.bus.clone();
        let relayed = Arc::clone(&self.0.relayed);
        let waiting = Arc::clone(&self.0.jobs_waiting);
        let newest_pages = self.0.newest_pages.clone();
        let remembering = Arc::clone(&self.0);
        let now = self.now();
        let written = self
            .0
            .db
            .writer()
            .write(
                move |conn: &mut Conn| {
                    Box::pin(async move {
                        if looks
                            && let Some(key) = key
                            && let Some(answer) =
                                command_keys::find(conn, actor.person, key).await?
                        {
                            let answer = match answer.as_str() {
                                HELD => None,
                                answer => Some(serde_json::from_str(answer).map_err(|_| {
                                    WriteError::Refused(Error::Conflict(
                                        "this key was used for another command".into(),
                                    ))
                                })?),
                            };
                            return Ok(Done {
                                answer,
                                announced: vec![],
                                shown: vec![],
                                names_changed: false,
                                jobs: false,
                            });
                        }
                        // A connection may be older than what stands against
                        // its person: a command looks for itself.
                        let mut acting = None;
                        if let Some(person) = actor.person
                            && let Some((found, against)) =
                                sanctions::find_person(conn, person, now).await?
                        {
                            actor.sanctions = against;
                            acting = Some(found);
                        }
                        let mut ctx = Ctx {
                            conn,
                            now,
                            acting,
                            random: &inner.random,
                            settings: &inner.settings,
                            announced: vec![],
                            shown: vec![],
                            names_changed: false,
                            jobs: false,
                        };
                        let answer = match command.run(&mut ctx, &actor).await {
                            Err(Error::Held) => None,
                            other => Some(other?),
                        };
                        let Ctx {
                            conn,
                            announced,
                            shown,
                            names_changed,
                            jobs,
                            ..
                        } = ctx;
                        if let Some(key) = key {
                            let text = match &answer {
                                Some(answer) => serde_json::to_string(answer).map_err(|e| {
                                    WriteError::Refused(Error::Internal(e.to_string()))
                                })?,
                                None => HELD.to_owned(),
                            };
                            command_keys::insert(conn, actor.person, key, &text, now).await?;
                        }
                        Ok(Done {
                            answer,
                            announced,
                            shown,
                            names_changed,
                            jobs,
                        })
                    })
                },
                move |done: &Done<C::Answer>| {
                    if !C::WORDS_ALONE {
                        remembering.memory.end();
                    }
                    if done.names_changed {
                        newest_pages.invalidate_all();
                    }
                    relay(&bus, &relayed, &done.announced);
                    for (person, shown) in &done.shown {
                        bus.pass(Passing::Shown(*person, *shown));
                    }
                    if done.jobs {
                        waiting.notify_one();
                    }
                },
            )
            .await;
        match written {
            Ok(Ok(done)) => done.answer.ok_or(WriteError::Refused(Error::Held)),
            Ok(Err(refused)) => Err(refused),
            Err(error) => Err(error.into()),
        }
    }
}

fn relay(bus: &Bus, relayed: &Relayed, announced: &[Envelope]) {
    for envelope in announced {
        relayed.note(envelope.topic, envelope.seq, &envelope.event);
        bus.publish(envelope.clone());
    }
}

enum WriteError {
    Duplicate,
    Refused(Error),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        if error.is_duplicate() {
            Self::Duplicate
        } else {
            Self::Refused(error.into())
        }
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Duplicate => Self::Conflict("somebody else was first: look again".into()),
            WriteError::Refused(error) => error,
        }
    }
}

//! Stages: keys, broadcasts, and the producer's cues that start and end a
//! session.

use hallway_model::access::{Action, Actor, Object, Role};
use hallway_model::audit::{Deed, Subject};
use hallway_model::events::Event;
use hallway_model::ids::{BroadcastId, EventId, IdempotencyKey, RecordingId, RoomId, SignInId};
use hallway_model::programme::RecordingTerms;
use hallway_model::secrets::Secret;
use hallway_model::sessions::{SessionState, may_record};
use hallway_model::stages::{Broadcast, Recording, RecordingState};
use hallway_model::time::Timestamp;
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::rooms::Placed;
use hallway_store::{broadcasts, events, recordings, rooms, sessions, stream_keys};

use crate::access::{access_room, access_room_by_id, access_session_by_code, require};
use crate::audit::Noted;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::events::next_revision;
use crate::{Service, secrets};

/// A stage as its supervisor knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    pub event: EventId,
    pub event_slug: String,
    pub room: RoomId,
    pub room_slug: String,
    /// Whether what is published may be kept.
    pub record: bool,
}

impl Service {
    /// A new key for a stage; the one before stops working at once. The key is
    /// returned this once and kept only as a hash.
    pub async fn rotate_stream_key(
        &self,
        actor: &Actor,
        event: &str,
        room: &str,
    ) -> Result<Secret, Error> {
        let key = Secret::generate(self.random());
        self.write(actor, None, RotateStreamKey::to(&key, event, room))
            .await?;
        Ok(key)
    }

    /// The same under an idempotency key. Sent twice, it makes one stream key:
    /// shown again within a minute, by the process that made it, and none after.
    pub async fn rotate_stream_key_once(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        room: &str,
    ) -> Result<Option<Secret>, Error> {
        let key = Secret::generate(self.random());
        let command = RotateStreamKey::to(&key, event, room);
        let made = self.write(actor, Some(once), command).await?;
        if made == secrets::hash(&key) {
            self.0.fresh_keys.insert(made, key.clone());
            Ok(Some(key))
        } else {
            Ok(self.0.fresh_keys.get(&made))
        }
    }

    /// The stage a presented key opens; none where it opens none.
    pub async fn admit_publisher(&self, key: &str) -> Result<Option<Admitted>, Error> {
        let Some(key) = Secret::presented(key) else {
            return Ok(None);
        };
        let mut conn = self.read().await?;
        let Some((event, room)) = stream_keys::find(&mut conn, &secrets::hash(&key)).await? else {
            return Ok(None);
        };
        let event = events::find(&mut conn, event)
            .await?
            .ok_or(Error::NotFound)?;
        let room = rooms::find(&mut conn, room).await?.ok_or(Error::NotFound)?;
        Ok(Some(Admitted {
            event: event.id,
            event_slug: event.slug,
            room: room.id,
            room_slug: room.slug,
            record: event.settings.record,
        }))
    }

    /// The stage a sign-in may run; none where the sign-in has ended or its
    /// person may not.
    pub async fn admit_sign_in(
        &self,
        sign_in: SignInId,
        room: RoomId,
    ) -> Result<Option<Admitted>, Error> {
        let Some(actor) = self.actor_again(sign_in).await? else {
            return Ok(None);
        };
        let mut conn = self.read().await?;
        match access_room_by_id(&mut conn, &actor, room, Action::RunStage).await {
            Ok((event, room)) => Ok(Some(Admitted {
                event: event.id,
                record: event.settings.record,
                event_slug: event.slug,
                room: room.id,
                room_slug: room.slug,
            })),
            Err(
                Error::Forbidden | Error::SignInNeeded | Error::Sanctioned(_) | Error::NotFound,
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The stage for somebody who may watch it.
    pub async fn watch_stage(
        &self,
        actor: &Actor,
        event: &str,
        room: &str,
    ) -> Result<(Event, Placed), Error> {
        let mut conn = self.read().await?;
        access_room(&mut conn, actor, event, room, Action::WatchStream).await
    }

    /// The stage for its producer.
    pub async fn run_stage(
        &self,
        actor: &Actor,
        event: &str,
        room: &str,
    ) -> Result<(Event, Placed), Error> {
        let mut conn = self.read().await?;
        access_room(&mut conn, actor, event, room, Action::RunStage).await
    }

    /// When the stage's key was made, if it has one.
    pub async fn stream_key_created(&self, room: RoomId) -> Result<Option<Timestamp>, Error> {
        Ok(stream_keys::created(&mut self.read().await?, room).await?)
    }

    /// Broadcasts of a stage that overlap a span of time.
    pub async fn broadcasts(
        &self,
        room: RoomId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Broadcast>, Error> {
        Ok(broadcasts::list(&mut self.read().await?, room, from, to).await?)
    }

    /// Broadcasts that a crash left open.
    pub async fn open_broadcasts(&self) -> Result<Vec<Broadcast>, Error> {
        Ok(broadcasts::list_open(&mut self.read().await?).await?)
    }
}

#[derive(Clone, Debug)]
struct RotateStreamKey {
    event: String,
    room: String,
    hash: String,
}

impl RotateStreamKey {
    fn to(key: &Secret, event: &str, room: &str) -> Self {
        Self {
            event: event.to_owned(),
            room: room.to_owned(),
            hash: secrets::hash(key),
        }
    }
}

impl Command for RotateStreamKey {
    /// The hash of the key that was made.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let (event, room) =
            access_room(ctx.conn, actor, &self.event, &self.room, Action::RunStage).await?;
        stream_keys::replace(ctx.conn, room.id, &self.hash, ctx.now()).await?;
        ctx.announce(
            Happened::StreamKeyRotated { room: room.id },
            Audience::One(Topic::Desk(room.id)),
        )
        .await?;
        let noted = Noted::of(Deed::StreamKeyRotated).on(Subject::Room(room.id));
        ctx.note(actor, event.id, noted).await?;
        // A room becomes a stage with its first key, which pages show.
        next_revision(ctx, &event).await?;
        Ok(self.hash)
    }
}

/// The next publisher that comes within a minute takes the place of the one
/// that sends, without a new key.
#[derive(Clone, Debug)]
pub struct AllowTakeover {
    pub event: String,
    pub room: String,
}

impl Command for AllowTakeover {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (event, room) =
            access_room(ctx.conn, actor, &self.event, &self.room, Action::RunStage).await?;
        ctx.announce(
            Happened::TakeoverAllowed { room: room.id },
            Audience::One(Topic::Desk(room.id)),
        )
        .await?;
        let noted = Noted::of(Deed::TakeoverAllowed).on(Subject::Room(room.id));
        ctx.note(actor, event.id, noted).await
    }
}

/// A publisher's picture is on. Said by the stage's supervisor.
#[derive(Clone, Debug)]
pub struct StartBroadcast {
    pub broadcast: BroadcastId,
    pub room: RoomId,
}

impl Command for StartBroadcast {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let room = rooms::find(ctx.conn, self.room)
            .await?
            .ok_or(Error::NotFound)?;
        require(actor, Action::RunStage, &Object::room(room.event, room.id))?;
        let broadcast = Broadcast {
            id: self.broadcast,
            room: room.id,
            started: ctx.now(),
            ended: None,
        };
        broadcasts::insert(ctx.conn, &broadcast).await?;
        let happened = Happened::BroadcastStarted {
            room: room.id,
            broadcast: self.broadcast,
        };
        ctx.announce(happened, Audience::One(Topic::Stage(room.id)))
            .await
    }
}

#[derive(Clone, Debug)]
pub struct EndBroadcast {
    pub broadcast: BroadcastId,
    pub room: RoomId,
}

impl Command for EndBroadcast {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let room = rooms::find(ctx.conn, self.room)
            .await?
            .ok_or(Error::NotFound)?;
        require(actor, Action::RunStage, &Object::room(room.event, room.id))?;
        broadcasts::end(ctx.conn, self.broadcast, ctx.now()).await?;
        let happened = Happened::BroadcastEnded {
            room: room.id,
            broadcast: self.broadcast,
        };
        ctx.announce(happened, Audience::One(Topic::Stage(room.id)))
            .await
    }
}

/// The producer's cue that a session begins. What was live on the stage ends.
#[derive(Clone, Debug)]
pub struct StartSession {
    pub event: String,
    pub code: String,
}

impl Command for StartSession {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (event, session) =
            access_session_by_code(ctx.conn, actor, &self.event, &self.code, Action::RunStage)
                .await?;
        let room = session
            .room
            .ok_or_else(|| Error::Conflict("this session has no room to start in".into()))?;
        let now = ctx.now();
        let state = session
            .state
            .start(now)
            .map_err(|e| Error::Conflict(e.to_string()))?;
        for other in sessions::list_live(ctx.conn, room).await? {
            end(ctx, &event, &other, now).await?;
        }
        sessions::set_state(ctx.conn, session.id, state, now).await?;
        let happened = Happened::SessionStarted {
            session: session.id,
            room,
            code: session.code,
            title: session.title,
            at: now.0,
        };
        ctx.announce(
            happened,
            Audience::Two(Topic::Event(event.id), Topic::Stage(room)),
        )
        .await?;
        next_revision(ctx, &event).await
    }
}

/// The producer's cue that a session is over; its recording is cut.
#[derive(Clone, Debug)]
pub struct EndSession {
    pub event: String,
    pub code: String,
}

impl Command for EndSession {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (event, session) =
            access_session_by_code(ctx.conn, actor, &self.event, &self.code, Action::RunStage)
                .await?;
        let now = ctx.now();
        end(ctx, &event, &session, now).await?;
        next_revision(ctx, &event).await
    }
}

async fn end(
    ctx: &mut Ctx<'_>,
    event: &Event,
    session: &sessions::Staged,
    now: Timestamp,
) -> Result<(), Error> {
    let state = session
        .state
        .end(now)
        .map_err(|e| Error::Conflict(e.to_string()))?;
    sessions::set_state(ctx.conn, session.id, state, now).await?;
    let room = session
        .room
        .ok_or_else(|| Error::Conflict("this session has no room".into()))?;
    let terms = RecordingTerms {
        opt_out: session.do_not_record,
        ..RecordingTerms::default()
    };
    if let SessionState::Ended { since, at } = state
        && may_record(event.settings.record, &terms)
    {
        let id: RecordingId = ctx.id();
        let recording = Recording {
            id,
            session: session.id,
            state: RecordingState::Cutting,
            from: since,
            to: at,
        };
        recordings::replace(ctx.conn, &recording, now).await?;
    }
    let happened = Happened::SessionEnded {
        session: session.id,
        room,
        code: session.code.clone(),
        at: now.0,
    };
    ctx.announce(
        happened,
        Audience::Two(Topic::Event(event.id), Topic::Stage(room)),
    )
    .await
}

/// Whether an actor may run a stage of the event, for the links on its pages.
pub fn runs_stages(actor: &Actor, event: EventId) -> bool {
    actor.holds(Role::Organiser, &Object::event(event))
        || actor.grants.iter().any(|grant| match grant.scope {
            hallway_model::access::Scope::Room { event: e, .. }
            | hallway_model::access::Scope::Event { event: e } => {
                e == event && matches!(grant.role, Role::Producer)
            }
            hallway_model::access::Scope::Installation => grant.role == Role::Admin,
        })
}

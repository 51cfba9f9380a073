//! Rehearsals that organisers start from their pages: one at a time on a
//! server. What is wanted and how it goes is kept in memory alone; the guests
//! are played by whoever asks [`Service::wanted_rehearsal`] for work
//! (ADR 0021).

use std::sync::{Mutex, MutexGuard, PoisonError};

use hallway_model::access::{Action, Actor};
use hallway_model::audit::Deed;
use hallway_model::events::Event;
use hallway_model::ids::{EventId, IdempotencyKey};
use hallway_model::rehearsals::Size;
use hallway_protocol::rehearsals::{
    Rehearsal, RehearsalError, RehearsalFigures, RehearsalRun, RehearsalState,
};
use hallway_store::events;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Service;
use crate::access::access_event;
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;

/// Events whose last rehearsal is remembered.
const REMEMBERED: usize = 100;

#[derive(Default)]
pub(crate) struct Rehearsals {
    stage: Mutex<Stage>,
    wanted: Notify,
    /// Held by whoever starts one, from looking to writing it down.
    starting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Stage {
    playing: Option<Playing>,
    /// The last run of each event, the newest at the end.
    last: Vec<(EventId, RehearsalRun)>,
}

struct Playing {
    event: EventId,
    slug: String,
    run: RehearsalRun,
    taken: bool,
    stop: CancellationToken,
}

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub id: Uuid,
    /// The event's slug.
    pub event: String,
    pub people: u32,
    pub seconds: u32,
    /// Cancelled when it shall end before its time.
    pub stop: CancellationToken,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Seconds.
    pub elapsed: u32,
    pub figures: RehearsalFigures,
    pub errors: Vec<RehearsalError>,
}

impl Rehearsals {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the run with this id, where it is still the one under way.
    fn change(&self, id: Uuid, change: impl FnOnce(&mut RehearsalRun)) {
        let mut stage = self.stage();
        if let Some(playing) = stage.playing.as_mut().filter(|p| p.run.id == id) {
            change(&mut playing.run);
        }
    }

    fn take(&self) -> Option<Wanted> {
        let mut stage = self.stage();
        let playing = stage.playing.as_mut().filter(|playing| !playing.taken)?;
        playing.taken = true;
        Some(Wanted {
            id: playing.run.id,
            event: playing.slug.clone(),
            people: playing.run.people,
            seconds: playing.run.seconds,
            stop: playing.stop.clone(),
        })
    }

    fn is_busy(&self) -> bool {
        self.stage().playing.is_some()
    }
}

#[derive(Clone, Debug)]
struct Start {
    event: String,
    /// Of the run that begins with it.
    id: Uuid,
    busy: bool,
}

impl Command for Start {
    /// The run; another one's where it was sent before.
    type Answer = (Uuid, EventId);

    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(Uuid, EventId), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::EditEvent).await?;
        if !event.settings.rehearsal {
            let why = "this event is not marked as a rehearsal: tick it in its settings";
            return Err(Error::Conflict(why.into()));
        }
        if self.busy {
            let why = "a rehearsal is under way on this server: wait for its end, or stop it";
            return Err(Error::Conflict(why.into()));
        }
        let noted = Noted::of(Deed::RehearsalStarted);
        ctx.note(actor, event.id, noted).await?;
        Ok((self.id, event.id))
    }
}

#[derive(Clone, Debug)]
struct Stop {
    event: String,
    /// The run under way that is not stopped yet, and its event.
    playing: Option<(Uuid, EventId)>,
}

impl Command for Stop {
    /// The run that is to end.
    type Answer = Option<Uuid>;

    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Option<Uuid>, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::EditEvent).await?;
        let Some((id, _)) = self.playing.filter(|(_, of)| *of == event.id) else {
            return Ok(None);
        };
        let noted = Noted::of(Deed::RehearsalStopped);
        ctx.note(actor, event.id, noted).await?;
        Ok(Some(id))
    }
}

impl Service {
    /// The event and its rehearsal, for somebody who may change its settings.
    pub async fn rehearsal(&self, actor: &Actor, event: &str) -> Result<(Event, Rehearsal), Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::EditEvent).await?;
        let stage = self.0.rehearsals.stage();
        let playing = stage.playing.as_ref();
        let own = playing.filter(|playing| playing.event == event.id);
        let last = || {
            let mut runs = stage.last.iter().rev();
            runs.find(|(of, _)| *of == event.id).map(|(_, run)| run)
        };
        let rehearsal = Rehearsal {
            marked: event.settings.rehearsal,
            busy: playing.is_some() && own.is_none(),
            run: own.map(|playing| &playing.run).or_else(last).cloned(),
        };
        drop(stage);
        Ok((event, rehearsal))
    }

    /// Begins a rehearsal, once per key, and only where none is under way.
    pub async fn start_rehearsal(
        &self,
        actor: &Actor,
        key: Option<IdempotencyKey>,
        event: &str,
        size: Size,
    ) -> Result<(), Error> {
        let (service, actor, slug) = (self.clone(), actor.clone(), event.to_owned());
        // To its end, also when whoever asked has hung up: what is written
        // down as begun begins.
        let starting = tokio::spawn(async move {
            let rehearsals = &service.0.rehearsals;
            let _one_by_one = rehearsals.starting.lock().await;
            let id = service.random().uuid(service.now());
            let start = Start {
                event: slug.clone(),
                id,
                busy: rehearsals.is_busy(),
            };
            let (run, event) = service.write(&actor, key, start).await?;
            if run == id {
                service.begin(id, event, slug, size);
            }
            Ok(())
        });
        starting.await.map_err(|e| Error::Internal(e.to_string()))?
    }

    fn begin(&self, id: Uuid, event: EventId, slug: String, size: Size) {
        let run = RehearsalRun {
            id,
            state: RehearsalState::Preparing,
            people: size.people(),
            seconds: size.length(),
            begun: self.now().0,
            ready: 0,
            elapsed: 0,
            figures: RehearsalFigures::default(),
            errors: vec![],
            failure: None,
        };
        self.0.rehearsals.stage().playing = Some(Playing {
            event,
            slug,
            run,
            taken: false,
            stop: CancellationToken::new(),
        });
        self.0.rehearsals.wanted.notify_one();
    }

    /// Ends the event's rehearsal before its time. Where none is under way,
    /// nothing changes.
    pub async fn stop_rehearsal(
        &self,
        actor: &Actor,
        key: Option<IdempotencyKey>,
        event: &str,
    ) -> Result<(), Error> {
        let rehearsals = &self.0.rehearsals;
        let under_way = {
            let stage = rehearsals.stage();
            let playing = stage.playing.as_ref();
            playing
                .filter(|playing| !playing.stop.is_cancelled())
                .map(|playing| (playing.run.id, playing.event))
        };
        let stop = Stop {
            event: event.to_owned(),
            playing: under_way,
        };
        if let Some(id) = self.write(actor, key, stop).await? {
            self.end_early(id);
        }
        Ok(())
    }

    fn end_early(&self, id: Uuid) {
        let mut stage = self.0.rehearsals.stage();
        if let Some(playing) = stage.playing.as_mut().filter(|p| p.run.id == id) {
            playing.run.state = RehearsalState::Ending;
            playing.stop.cancel();
        }
    }

    /// Waits for a rehearsal that is to be played, which is then the caller's.
    pub async fn wanted_rehearsal(&self) -> Wanted {
        loop {
            let asked = self.0.rehearsals.wanted.notified();
            if let Some(wanted) = self.0.rehearsals.take() {
                return wanted;
            }
            asked.await;
        }
    }

    /// So many guests have their accounts.
    pub fn note_guests(&self, rehearsal: Uuid, ready: u32) {
        let note = |run: &mut RehearsalRun| run.ready = ready;
        self.0.rehearsals.change(rehearsal, note);
    }

    /// How it goes.
    pub fn note_rehearsal(&self, rehearsal: Uuid, elapsed: u32, figures: RehearsalFigures) {
        self.0.rehearsals.change(rehearsal, |run| {
            if run.state == RehearsalState::Preparing {
                run.state = RehearsalState::Playing;
            }
            run.elapsed = elapsed;
            run.figures = figures;
        });
    }

    /// Ends the rehearsal of an event that is no longer marked as one: real
    /// people may be about to come.
    pub async fn recheck_rehearsal(&self, wanted: &Wanted) -> Result<(), Error> {
        let mut conn = self.read().await?;
        let event = events::find_by_slug(&mut conn, &wanted.event).await?;
        if event.is_none_or(|event| !event.settings.rehearsal) {
            self.end_early(wanted.id);
        }
        Ok(())
    }

    /// It is over, and another one may begin. Where it could not be played,
    /// `played` says why, in English.
    pub fn end_rehearsal(&self, rehearsal: Uuid, played: Result<Played, String>) {
        let mut stage = self.0.rehearsals.stage();
        let Some(playing) = stage.playing.take_if(|p| p.run.id == rehearsal) else {
            return;
        };
        let mut run = playing.run;
        run.state = if playing.stop.is_cancelled() {
            RehearsalState::Stopped
        } else if played.is_ok() {
            RehearsalState::Ended
        } else {
            RehearsalState::Failed
        };
        match played {
            Ok(played) => {
                run.elapsed = played.elapsed;
                run.figures = played.figures;
                run.errors = played.errors;
            }
            Err(why) => run.failure = Some(why),
        }
        // Nobody is there any more, however it ended.
        run.figures.here = 0;
        stage.last.retain(|(of, _)| *of != playing.event);
        if stage.last.len() == REMEMBERED {
            stage.last.remove(0);
        }
        stage.last.push((playing.event, run));
    }
}

//! Deciding about somebody's conduct, taking it back, and looking at it again
//! when they appeal. Whatever is decided is told to the person, by mail and on
//! their page, and noted in the log.

use hallway_model::access::{Action, Actor, Role, Scope};
use hallway_model::audit::{Deed, Subject};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, PersonId, RoomId, SanctionId};
use hallway_model::people::Person;
use hallway_model::reports::{Appeal, AppealState, ReportError, words};
use hallway_model::sanctions::{
    Sanction, SanctionError, SanctionKind, SanctionState, decide, mailbox, reason,
};
use hallway_model::time::Span;
use hallway_protocol::{Event as Happened, Topic};
pub use hallway_store::sanctions::Listed as ListedSanction;
use hallway_store::sanctions::{self as store, Listed};
use hallway_store::{accounts, anonymous_reports, reports, role_grants, screening, stream_keys};

use crate::access::{access_event, access_own};
use crate::audit::Noted;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::events::next_revision;
use crate::mails::{self, ConductJob, Told};
use crate::reports::decided;
use crate::wards::{Ward, access_ward, rank_in};
use crate::{Service, secrets};

/// Decisions of one listing at the most.
const MAX_LISTED: i64 = 100;

/// What is to be decided.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub person: PersonId,
    pub kind: SanctionKind,
    pub channel: Option<ChannelId>,
    pub length: Option<Span>,
    pub reason: String,
}

/// Decides about somebody's conduct.
#[derive(Clone, Debug)]
pub struct Impose {
    pub event: String,
    pub person: PersonId,
    pub kind: SanctionKind,
    /// Slug of the one channel it holds in.
    pub channel: Option<String>,
    /// None: until it is lifted.
    pub length: Option<Span>,
    pub reason: String,
}

impl Command for Impose {
    type Answer = SanctionId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<SanctionId, Error> {
        let channel = self.channel.as_deref();
        let ward = access_ward(ctx.conn, actor, &self.event, channel).await?;
        if channel.is_none() {
            access_event(ctx.conn, actor, &self.event, action(self.kind)).await?;
        }
        if !ward.knows(ctx.conn, self.person).await? {
            return Err(Error::NotFound);
        }
        let channel = ward.channel_id();
        let decision = Decision {
            person: self.person,
            kind: self.kind,
            channel,
            length: self.length,
            reason: self.reason,
        };
        Ok(impose(ctx, actor, &ward.event, decision).await?.id)
    }
}

/// The right a decision takes.
pub(crate) fn action(kind: SanctionKind) -> Action {
    match kind {
        SanctionKind::Ban => Action::Ban,
        SanctionKind::Warning | SanctionKind::Mute | SanctionKind::Hold => Action::Moderate,
    }
}

/// Decides, tells, notes, and ends what the person has open. Permission was
/// asked where the event was obtained.
pub(crate) async fn impose(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &Event,
    decision: Decision,
) -> Result<Sanction, Error> {
    let person = accounts::find(ctx.conn, decision.person)
        .await?
        .ok_or(Error::NotFound)?;
    let reason = reason(&decision.reason).map_err(refused)?;
    let concerned = Actor {
        person: Some(person.id),
        grants: role_grants::list(ctx.conn, person.id).await?,
        ..Actor::visitor()
    };
    let by = rank_in(ctx.conn, actor, event, decision.channel).await?;
    let about = rank_in(ctx.conn, &concerned, event, decision.channel).await?;
    let until = decide(
        decision.kind,
        decision.channel,
        decision.length,
        (actor.person, by),
        (person.id, about),
        ctx.now(),
    )
    .map_err(refused)?;
    let sanction = Sanction {
        id: ctx.id(),
        event: event.id,
        channel: decision.channel,
        person: person.id,
        kind: decision.kind,
        reason,
        by: actor.person,
        imposed: ctx.now(),
        state: SanctionState::Imposed { until },
    };
    store::insert(ctx.conn, &sanction, mailbox_of(&person).as_deref()).await?;
    let deed = match sanction.kind {
        SanctionKind::Warning => Deed::Warned,
        SanctionKind::Mute => Deed::Muted,
        SanctionKind::Hold => Deed::Held,
        SanctionKind::Ban => Deed::Banned,
    };
    let subject = match sanction.channel {
        Some(channel) => Subject::Channel(channel),
        None => Subject::Sanction(sanction.id),
    };
    let noted = Noted::of(deed)
        .on(subject)
        .about(person.id)
        .because(sanction.reason.clone())
        .until(until);
    ctx.note(actor, event.id, noted).await?;
    tell(ctx, person.id, Told::Decided(sanction.id)).await?;
    if sanction.kind.lasts() {
        ctx.rights_changed(person.id).await?;
    }
    if sanction.kind == SanctionKind::Ban {
        withdraw_keys(ctx, &concerned, event).await?;
    }
    Ok(sanction)
}

/// A key cannot be told from another's copy of it, so a stage that the banned
/// person could send to gets a new one from whoever runs it next (promise R24).
async fn withdraw_keys(ctx: &mut Ctx<'_>, banned: &Actor, event: &Event) -> Result<(), Error> {
    let known = |room: RoomId| {
        banned.grants.iter().any(|grant| {
            matches!(grant.role, Role::Producer | Role::Organiser)
                && match grant.scope {
                    Scope::Event { event: of } => of == event.id,
                    Scope::Room {
                        event: of,
                        room: one,
                    } => of == event.id && one == room,
                    Scope::Installation => false,
                }
        })
    };
    let mut withdrawn = false;
    for room in stream_keys::rooms(ctx.conn, event.id).await? {
        if known(room) && stream_keys::delete(ctx.conn, room).await? {
            let happened = Happened::StreamKeyRotated { room };
            ctx.announce(happened, Audience::One(Topic::Desk(room)))
                .await?;
            withdrawn = true;
        }
    }
    if withdrawn {
        next_revision(ctx, event).await?;
    }
    Ok(())
}

fn mailbox_of(person: &Person) -> Option<String> {
    let email = person.email.as_ref()?;
    Some(secrets::hash_of(&mailbox(email)))
}

/// Ends a mute or a ban before its time.
#[derive(Clone, Debug)]
pub struct Lift {
    pub event: String,
    /// Slug, where it is lifted by one who looks after a channel.
    pub channel: Option<String>,
    pub sanction: SanctionId,
    pub reason: String,
}

impl Command for Lift {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let channel = self.channel.as_deref();
        let (ward, found) =
            access_sanction(ctx, actor, &self.event, channel, self.sanction).await?;
        if actor.person == Some(found.sanction.person) {
            return Err(refused(SanctionError::Oneself));
        }
        let reason = reason(&self.reason).map_err(refused)?;
        lift(ctx, actor, &ward, found.sanction, reason).await
    }
}

async fn lift(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    ward: &Ward,
    sanction: Sanction,
    reason: String,
) -> Result<(), Error> {
    let rank = ward.rank(ctx.conn, actor).await?;
    let lifted = sanction.lift(rank, ctx.now()).map_err(refused)?;
    store::lift(ctx.conn, lifted.id, ctx.now()).await?;
    let noted = Noted::of(Deed::Lifted)
        .on(Subject::Sanction(lifted.id))
        .about(lifted.person)
        .because(reason);
    ctx.note(actor, ward.event.id, noted).await?;
    ctx.rights_changed(lifted.person).await?;
    tell(ctx, lifted.person, Told::Lifted(lifted.id)).await
}

/// Asks that somebody else looks at what was decided about oneself.
#[derive(Clone, Debug)]
pub struct AppealAgainst {
    pub event: String,
    pub sanction: SanctionId,
    pub words: String,
}

impl Command for AppealAgainst {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = access_own(actor)?;
        let event = access_event(ctx.conn, actor, &self.event, Action::SeeProgramme).await?;
        let own = store::list_of_person(ctx.conn, event.id, person, MAX_LISTED).await?;
        let found = own
            .into_iter()
            .find(|listed| listed.sanction.id == self.sanction)
            .ok_or(Error::NotFound)?;
        if found.appeal.is_some() {
            return Err(Error::Conflict(ReportError::Appealed.to_string()));
        }
        let words = words(&self.words).map_err(|e| Error::invalid("words", e))?;
        if words.is_empty() {
            return Err(Error::invalid("words", ReportError::Blank));
        }
        let appeal = Appeal {
            words,
            made: ctx.now(),
            state: AppealState::Open,
        };
        store::insert_appeal(ctx.conn, self.sanction, &appeal).await?;
        queue_changed(ctx, &event).await
    }
}

/// Answers an appeal: somebody else than the one who decided.
#[derive(Clone, Debug)]
pub struct AnswerAppeal {
    pub event: String,
    pub sanction: SanctionId,
    pub granted: bool,
    pub answer: String,
}

impl Command for AnswerAppeal {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (ward, found) = access_sanction(ctx, actor, &self.event, None, self.sanction).await?;
        let event = &ward.event;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let answer = reason(&self.answer).map_err(|e| Error::invalid("answer", e))?;
        let sanction = found.sanction;
        let appeal = found
            .appeal
            .ok_or_else(|| Error::Conflict("nobody appealed against this".into()))?;
        let ended = appeal
            .end(
                person,
                sanction.by,
                sanction.person,
                self.granted,
                answer.clone(),
                ctx.now(),
            )
            .map_err(|e| Error::Conflict(e.to_string()))?;
        store::update_appeal(ctx.conn, sanction.id, &ended).await?;
        let deed = if self.granted {
            Deed::AppealGranted
        } else {
            Deed::AppealRefused
        };
        let noted = Noted::of(deed)
            .on(Subject::Sanction(sanction.id))
            .about(sanction.person)
            .because(answer.clone());
        ctx.note(actor, event.id, noted).await?;
        tell(ctx, sanction.person, Told::AppealEnded(sanction.id)).await?;
        if self.granted && sanction.stands(ctx.now()) {
            lift(ctx, actor, &ward, sanction, answer).await?;
        }
        queue_changed(ctx, event).await
    }
}

/// A decision for somebody who might have made it. Another event's, or another
/// channel's, is not found.
async fn access_sanction(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &str,
    channel: Option<&str>,
    id: SanctionId,
) -> Result<(Ward, Listed), Error> {
    let ward = access_ward(ctx.conn, actor, event, channel).await?;
    let found = store::find(ctx.conn, id).await?.ok_or(Error::NotFound)?;
    if !ward.covers_decision(ctx.conn, &found.sanction).await? {
        return Err(Error::NotFound);
    }
    Ok((ward, found))
}

pub(crate) async fn tell(ctx: &mut Ctx<'_>, person: PersonId, what: Told) -> Result<(), Error> {
    ctx.enqueue(mails::CONDUCT, &ConductJob { person, what })
        .await
}

/// Tells moderators' pages how much waits.
pub(crate) async fn queue_changed(ctx: &mut Ctx<'_>, event: &Event) -> Result<(), Error> {
    let waiting = reports::count_waiting(ctx.conn, event.id).await?
        + anonymous_reports::count_waiting(ctx.conn, event.id).await?
        + store::count_appealed(ctx.conn, event.id).await?
        + screening::count_held(ctx.conn, event.id).await?;
    ctx.announce(
        Happened::QueueChanged { waiting },
        Audience::One(Topic::Moderation(event.id)),
    )
    .await
}

/// Each refusal at the field it is about, or as a conflict.
pub(crate) fn refused(error: SanctionError) -> Error {
    match error {
        SanctionError::Reason => Error::invalid("reason", error),
        SanctionError::TooLong | SanctionError::Time => Error::invalid("length", error),
        SanctionError::BanOfChannel | SanctionError::Elsewhere => Error::invalid("here", error),
        SanctionError::Oneself | SanctionError::Rank | SanctionError::Ended => {
            Error::Conflict(error.to_string())
        }
    }
}

/// Somebody as moderators see them.
#[derive(Clone, Debug)]
pub struct Judged {
    pub ward: Ward,
    pub person: Person,
    /// Newest first.
    pub decisions: Vec<Listed>,
}

impl Service {
    pub async fn judged(
        &self,
        actor: &Actor,
        event: &str,
        channel: Option<&str>,
        person: PersonId,
    ) -> Result<Judged, Error> {
        let mut conn = self.read().await?;
        let ward = access_ward(&mut conn, actor, event, channel).await?;
        let person = accounts::find(&mut conn, person)
            .await?
            .ok_or(Error::NotFound)?;
        if !ward.knows(&mut conn, person.id).await? {
            return Err(Error::NotFound);
        }
        let decisions = decided(&mut conn, &ward, person.id).await?;
        Ok(Judged {
            ward,
            person,
            decisions,
        })
    }
}

//! Events: creating one, and its settings.

use std::sync::Arc;

use hallway_model::access::{Action, Actor, Grant, Object, Role, Scope};
use hallway_model::audit::Deed;
use hallway_model::channels::{Channel, ChannelKind, LOBBY};
use hallway_model::events::{Event, EventDraft, EventFieldError, NewEvent, Settings, title};
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::{channels, events, registrations, role_grants};

use crate::Service;
use crate::access::{access_event, require};
use crate::audit::Noted;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::programmes::{ConferenceDetails, Snapshot};

#[derive(Clone, Debug)]
pub struct CreateEvent {
    pub draft: EventDraft,
}

impl Command for CreateEvent {
    /// The slug.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        require(actor, Action::CreateEvent, &Object::installation())?;
        let new = self.draft.check().map_err(invalid)?;
        let event = create(ctx, actor, new, &ConferenceDetails::default()).await?;
        Ok(event.slug)
    }
}

/// Inserts the event with its lobby; whoever created it organises it.
pub(crate) async fn create(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    new: NewEvent,
    conference: &ConferenceDetails,
) -> Result<Event, Error> {
    if events::find_by_slug(ctx.conn, &new.slug).await?.is_some() {
        return Err(Error::invalid(
            "slug",
            format!("an event at /{}/ exists already: choose another", new.slug),
        ));
    }
    let event = Event {
        id: ctx.id(),
        slug: new.slug,
        title: new.title,
        subtitle: None,
        description: String::new(),
        first_day: new.first_day,
        last_day: new.last_day,
        zone: new.zone,
        settings: Settings::default(),
        revision: 1,
        created: ctx.now(),
    };
    let conference =
        serde_json::to_string(conference).map_err(|e| Error::Internal(e.to_string()))?;
    events::insert(ctx.conn, &event, &conference).await?;
    let lobby = Channel::open(ctx.id(), event.id, ChannelKind::Event, LOBBY, &event.title);
    channels::insert_all(ctx.conn, &[lobby], ctx.now()).await?;
    if let Some(person) = actor.person {
        let grant = Grant {
            role: Role::Organiser,
            scope: Scope::Event { event: event.id },
        };
        role_grants::insert(ctx.conn, person, grant, ctx.now()).await?;
        ctx.rights_changed(person).await?;
    }
    Ok(event)
}

/// An event as its organisers look after it.
#[derive(Clone, Debug)]
pub struct Organised {
    pub snapshot: Arc<Snapshot>,
    pub registrations: usize,
}

impl Service {
    /// The event for somebody who may edit it.
    pub async fn organise(&self, actor: &Actor, event: &str) -> Result<Organised, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::EditEvent).await?;
        let registrations = registrations::count(&mut conn, event.id).await?;
        Ok(Organised {
            snapshot: self.snapshot(&mut conn, event).await?,
            registrations: usize::try_from(registrations).unwrap_or_default(),
        })
    }

    /// Whether somebody may create an event, asked before they type anything.
    pub fn may_create_event(&self, actor: &Actor) -> Result<(), Error> {
        require(actor, Action::CreateEvent, &Object::installation())
    }
}

#[derive(Clone, Debug)]
pub struct ChangeSettings {
    pub event: String,
    pub title: String,
    pub settings: Settings,
}

impl Command for ChangeSettings {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let mut event = access_event(ctx.conn, actor, &self.event, Action::EditEvent).await?;
        let title = title(&self.title).map_err(|error| invalid(vec![error]))?;
        if event.settings == self.settings && event.title == title {
            return Ok(());
        }
        event.settings = self.settings;
        event.title = title;
        events::update(ctx.conn, &event).await?;
        ctx.note(actor, event.id, Noted::of(Deed::SettingsChanged))
            .await?;
        next_revision(ctx, &event).await
    }
}

/// Moves the event on, so that every page of it is made anew.
pub(crate) async fn next_revision(ctx: &mut Ctx<'_>, event: &Event) -> Result<(), Error> {
    let revision = events::next_revision(ctx.conn, event.id).await?;
    let happened = Happened::ProgrammeChanged {
        event: event.id,
        revision,
    };
    ctx.announce(happened, Audience::One(Topic::Event(event.id)))
        .await
}

/// Each field's error at its field.
pub fn invalid(errors: Vec<EventFieldError>) -> Error {
    let field = |error: &EventFieldError| match error {
        EventFieldError::Title => "title",
        EventFieldError::Slug(_) => "slug",
        EventFieldError::FirstDay => "first_day",
        EventFieldError::LastDay | EventFieldError::DaysReversed | EventFieldError::TooLong => {
            "last_day"
        }
        EventFieldError::Zone(_) => "zone",
    };
    Error::Invalid(
        errors
            .iter()
            .map(|error| (field(error), error.to_string()))
            .collect(),
    )
}

//! People at an event as they show themselves to each other, and not wanting
//! anything of somebody.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Place;
use hallway_model::events::Event;
use hallway_model::ids::PersonId;
use hallway_model::people::Person;
use hallway_model::profiles::{Profile, TALK_FOR, languages};
use hallway_store::profiles::{self as store, Listed};
use hallway_store::{accounts, blocks, members, places};

use crate::Service;
use crate::access::{access_event, access_own, access_person};
use crate::command::{Command, Ctx};
use crate::error::Error;

/// Channels named on a card at the most.
const MAX_CHANNELS: i64 = 500;

/// People of one list at the most.
const MAX_LISTED: i64 = 500;

/// Somebody as others see them.
#[derive(Clone, Debug)]
pub struct Card {
    pub event: Event,
    pub person: Person,
    pub profile: Profile,
    /// Public channels that they host.
    pub hosts: Vec<Place>,
    /// Channels of the viewer to which they could be asked.
    pub invites: Vec<Place>,
    pub is_me: bool,
    /// Whether the viewer blocked them.
    pub blocked: bool,
}

impl Service {
    pub async fn card(&self, actor: &Actor, event: &str, person: PersonId) -> Result<Card, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SeePeople).await?;
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        access_person(&mut conn, actor, event.id, person).await?;
        let found = accounts::find(&mut conn, person)
            .await?
            .ok_or(Error::NotFound)?;
        let now = self.now();
        let listed = places::list(&mut conn, event.id, Some(me), now, MAX_CHANNELS).await?;
        let theirs = members::list_of(&mut conn, event.id, person).await?;
        let mine = members::list_of(&mut conn, event.id, me).await?;
        let hosts = |of: &[(_, hallway_model::channels::Membership)], place: &Place| {
            of.iter()
                .any(|(id, membership)| *id == place.channel.id && membership.is_host())
        };
        let invites = listed
            .iter()
            .filter(|place| {
                let known = theirs.iter().any(|(id, _)| *id == place.channel.id);
                person != me && !known && hosts(&mine, place)
            })
            .cloned()
            .collect();
        let public = |place: &Place| !place.channel.is_closed();
        Ok(Card {
            profile: store::find(&mut conn, person).await?,
            blocked: blocks::of(&mut conn, me, person).await?,
            hosts: listed
                .into_iter()
                .filter(|place| public(place) && hosts(&theirs, place))
                .collect(),
            invites,
            is_me: me == person,
            person: found,
            event,
        })
    }

    /// Those at an event who want to be found.
    pub async fn people(&self, actor: &Actor, event: &str) -> Result<(Event, Vec<Listed>), Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SeePeople).await?;
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        let found = store::list(&mut conn, event.id, me, self.now(), MAX_LISTED).await?;
        Ok((event, found))
    }

    /// The person's own choices of how to show themselves.
    pub async fn profile(&self, actor: &Actor) -> Result<Profile, Error> {
        let me = access_own(actor)?;
        Ok(store::find(&mut self.read().await?, me).await?)
    }

    /// Those of whom the person wants nothing, with their names.
    pub async fn blocked(&self, actor: &Actor) -> Result<Vec<(PersonId, String)>, Error> {
        let Some(me) = actor.person else {
            return Ok(vec![]);
        };
        let mut conn = self.read().await?;
        let ids = blocks::list(&mut conn, me).await?;
        Ok(accounts::names(&mut conn, &ids).await?)
    }
}

/// How somebody wants to be seen.
#[derive(Clone, Debug, Default)]
pub struct ShowMyself {
    pub listed: bool,
    /// Named where it is asked who is in a channel.
    pub named: bool,
    /// Neither counted nor named where they read; holds at once.
    pub invisible: bool,
    pub shows_zone: bool,
    /// Codes as typed.
    pub languages: String,
}

impl Command for ShowMyself {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let me = access_own(actor)?;
        let languages = languages(&self.languages).map_err(|e| Error::invalid("languages", e))?;
        let before = store::find(ctx.conn, me).await?;
        let profile = Profile {
            listed: self.listed,
            named: self.named,
            invisible: self.invisible,
            shows_zone: self.shows_zone,
            languages,
            ..before
        };
        ctx.shown(me, profile.shown());
        Ok(store::set(ctx.conn, me, &profile).await?)
    }
}

/// Somebody is open to talk for a while, or no longer.
#[derive(Clone, Debug)]
pub struct OpenToTalk {
    pub open: bool,
}

impl Command for OpenToTalk {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let me = access_own(actor)?;
        let profile = Profile {
            talk_until: self.open.then(|| ctx.now() + TALK_FOR),
            ..store::find(ctx.conn, me).await?
        };
        Ok(store::set(ctx.conn, me, &profile).await?)
    }
}

/// Wants nothing of somebody: neither finds the other any more, and nothing
/// passes between the two alone.
#[derive(Clone, Debug)]
pub struct BlockPerson {
    pub event: String,
    pub person: PersonId,
}

impl Command for BlockPerson {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let me = access_own(actor)?;
        let event = access_event(ctx.conn, actor, &self.event, Action::SeePeople).await?;
        access_person(ctx.conn, actor, event.id, self.person).await?;
        if me == self.person {
            return Err(Error::Conflict("nobody can block themselves".into()));
        }
        Ok(blocks::insert(ctx.conn, me, self.person, ctx.now()).await?)
    }
}

/// Takes a block back.
#[derive(Clone, Debug)]
pub struct UnblockPerson {
    pub person: PersonId,
}

impl Command for UnblockPerson {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let me = access_own(actor)?;
        Ok(blocks::delete(ctx.conn, me, self.person).await?)
    }
}

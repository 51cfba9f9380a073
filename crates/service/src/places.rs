//! Channels that people open: making one, saying what it is about, its life,
//! and what the event makes of it.

use std::collections::HashMap;

use hallway_model::access::{Action, Actor, Object, allow};
use hallway_model::channels::{
    Channel, ChannelDraft, ChannelError, ChannelKind, ChannelState, Door, MAX_HOSTED, Mark,
    MemberRole, MemberState, Membership, Place, Turn, address,
};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_model::outside_rooms::OutsideRoom;
use hallway_model::people::Person;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::members::{self, Member};
use hallway_store::{Conn, accounts, channels, events, outside_rooms, places as store};

use crate::Service;
use crate::access::{access_channel, access_channel_by_slug, access_event, access_own};
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::reading::{Reading, readings};

/// Channels of one listing at the most.
const MAX_LISTED: i64 = 500;
/// Members named on a channel's page at the most.
const MAX_NAMED: i64 = 200;
/// Channels that fade in one look.
const MAX_FADING: i64 = 100;

/// Each error at its field; the rest as a conflict.
pub(crate) fn refused(errors: &[ChannelError]) -> Error {
    let field = |error: &ChannelError| match error {
        ChannelError::Name => Some("name"),
        ChannelError::About => Some("about"),
        ChannelError::Language => Some("language"),
        _ => None,
    };
    match errors {
        [one] if field(one).is_none() => Error::Conflict(one.to_string()),
        many => Error::Invalid(
            many.iter()
                .map(|error| (field(error).unwrap_or("name"), error.to_string()))
                .collect(),
        ),
    }
}

/// Somebody at the event opens a channel, and is its host.
#[derive(Clone, Debug)]
pub struct OpenChannel {
    pub event: String,
    pub draft: ChannelDraft,
}

impl Command for OpenChannel {
    /// The slug.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::OpenChannel).await?;
        let maker = actor.person.ok_or(Error::SignInNeeded)?;
        let new = self.draft.check().map_err(|errors| refused(&errors))?;
        if members::count_hosted(ctx.conn, event.id, maker).await? >= MAX_HOSTED {
            return Err(refused(&[ChannelError::TooManyHosted]));
        }
        let mut attempt = 0;
        let slug = loop {
            let slug = address(&new.name, attempt);
            if !channels::is_taken(ctx.conn, event.id, &slug).await? {
                break slug;
            }
            attempt += 1;
        };
        let channel = Channel {
            door: new.door,
            ..Channel::open(ctx.id(), event.id, ChannelKind::Made, &slug, &new.name)
        };
        store::insert(ctx.conn, &channel, &new, maker, ctx.now()).await?;
        let host = Membership {
            role: MemberRole::Host,
            state: MemberState::In,
        };
        members::set(ctx.conn, channel.id, maker, host, None, ctx.now()).await?;
        let opened = Happened::ChannelOpened {
            channel: channel.id,
            slug: channel.slug.clone(),
            name: channel.name.clone(),
        };
        tell(ctx, &channel, opened).await?;
        Ok(channel.slug)
    }
}

/// Everyone at the event learns of a public channel, its readers of any.
pub(crate) async fn tell(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    happened: Happened,
) -> Result<(), Error> {
    let here = Topic::Channel(channel.id);
    let audience = if channel.is_closed() {
        Audience::One(here)
    } else {
        Audience::Two(Topic::Event(channel.event), here)
    };
    ctx.announce(happened, audience).await
}

/// Says what became of a channel, as it stands now.
async fn tell_changed(ctx: &mut Ctx<'_>, id: ChannelId) -> Result<(), Error> {
    let Some(channel) = channels::find(ctx.conn, id).await? else {
        return Ok(());
    };
    let changed = changed(&channel);
    tell(ctx, &channel, changed).await
}

/// Says that somebody came, went or hosts now: the channel's readers alone
/// learn of it, since no list shows it.
pub(crate) async fn tell_members(ctx: &mut Ctx<'_>, channel: &Channel) -> Result<(), Error> {
    let here = Audience::One(Topic::Channel(channel.id));
    ctx.announce(changed(channel), here).await
}

fn changed(channel: &Channel) -> Happened {
    Happened::ChannelChanged {
        channel: channel.id,
        slug: channel.slug.clone(),
        name: channel.name.clone(),
        state: channel.state.word().to_owned(),
    }
}

/// A host changes what the channel says of itself. Whom it is for stays: those
/// who wrote relied on it.
#[derive(Clone, Debug)]
pub struct EditChannel {
    pub event: String,
    pub channel: String,
    pub draft: ChannelDraft,
}

impl Command for EditChannel {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (_, channel) = access_channel_by_slug(
            ctx.conn,
            actor,
            &self.event,
            &self.channel,
            Action::HostChannel,
        )
        .await?;
        let mut new = self.draft.check().map_err(|errors| refused(&errors))?;
        new.door = channel.door;
        store::update(ctx.conn, channel.id, &new).await?;
        tell_changed(ctx, channel.id).await
    }
}

/// A host, or an organiser, locks, unlocks, closes or reopens a channel.
#[derive(Clone, Debug)]
pub struct TurnChannel {
    pub event: String,
    pub channel: String,
    pub turn: Turn,
}

impl Command for TurnChannel {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (_, channel) = access_channel_by_slug(
            ctx.conn,
            actor,
            &self.event,
            &self.channel,
            Action::HostChannel,
        )
        .await?;
        let state = channel
            .turned(self.turn)
            .map_err(|error| refused(&[error]))?;
        if state == channel.state {
            return Ok(());
        }
        store::set_state(ctx.conn, channel.id, state).await?;
        tell_changed(ctx, channel.id).await
    }
}

/// Sets or takes back what hosts and organisers decide about a channel.
#[derive(Clone, Debug)]
pub struct MarkChannel {
    pub event: String,
    pub channel: String,
    pub mark: Mark,
    pub set: Setting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    On,
    Off,
}

impl Command for MarkChannel {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let action = if self.mark.is_of_hosts() {
            Action::HostChannel
        } else {
            Action::AdoptChannel
        };
        let (_, channel) =
            access_channel_by_slug(ctx.conn, actor, &self.event, &self.channel, action).await?;
        if channel.kind != ChannelKind::Made {
            return Err(refused(&[ChannelError::OfTheEvent]));
        }
        let place = store::find(ctx.conn, channel.id, ctx.now())
            .await?
            .ok_or(Error::NotFound)?;
        let on = self.set == Setting::On;
        if place.standing.get(self.mark).is_some() == on {
            return Ok(());
        }
        let at = on.then(|| ctx.now());
        store::set_mark(ctx.conn, channel.id, self.mark, at).await?;
        tell_changed(ctx, channel.id).await
    }
}

/// An organiser moves a channel's messages behind another's; its address leads
/// there from now on, and the hosts of both host it.
#[derive(Clone, Debug)]
pub struct MergeChannel {
    pub event: String,
    pub channel: String,
    /// Slug of the channel that stays.
    pub into: String,
}

impl Command for MergeChannel {
    /// The slug of the channel that stays.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let adopt = Action::AdoptChannel;
        let (_, from) =
            access_channel_by_slug(ctx.conn, actor, &self.event, &self.channel, adopt).await?;
        let (_, into) =
            match access_channel_by_slug(ctx.conn, actor, &self.event, &self.into, adopt).await {
                Err(Error::NotFound) => {
                    return Err(Error::invalid("into", "there is no such channel here"));
                }
                other => other?,
            };
        let turn = Turn::Merge { into: into.id };
        let state = from.turned(turn).map_err(|error| refused(&[error]))?;
        // Who may read what was said must not grow without those who said it.
        if from.is_closed() != into.is_closed() {
            return Err(Error::Conflict(
                "a channel by invitation and a public one are not merged".into(),
            ));
        }
        if !into.state.is_alive() {
            return Err(refused(&[ChannelError::Ended]));
        }
        store::move_messages(ctx.conn, from.id, into.id).await?;
        members::move_all(ctx.conn, from.id, into.id, ctx.now()).await?;
        store::set_state(ctx.conn, from.id, state).await?;
        let merged = Happened::ChannelMerged {
            channel: from.id,
            into: into.id,
            slug: into.slug.clone(),
        };
        tell(ctx, &from, merged.clone()).await?;
        ctx.announce(merged, Audience::One(Topic::Channel(into.id)))
            .await?;
        Ok(into.slug)
    }
}

/// Ends channels in which nobody wrote for the time their event sets.
#[derive(Clone, Debug)]
pub(crate) struct FadeChannels;

impl Command for FadeChannels {
    /// How many faded.
    type Answer = usize;

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<usize, Error> {
        let now = ctx.now();
        let mut faded = 0;
        for event in events::list(ctx.conn).await? {
            let days = event.settings.fade_after_days;
            if days <= 0 {
                continue;
            }
            let before = now - Span::days(days);
            for place in store::list_quiet(ctx.conn, event.id, before, now, MAX_FADING).await? {
                let due = place.fades_at(days).is_some_and(|at| at <= now);
                let Ok(state) = place.channel.turned(Turn::Fade) else {
                    continue;
                };
                if due {
                    store::set_state(ctx.conn, place.channel.id, state).await?;
                    tell_changed(ctx, place.channel.id).await?;
                    faded += 1;
                }
            }
        }
        Ok(faded)
    }
}

/// The channels of an event as one reader finds them.
#[derive(Clone, Debug)]
pub struct Listing {
    pub event: Event,
    pub places: Vec<Place>,
    /// The reader's own places in them.
    pub mine: HashMap<ChannelId, Membership>,
    pub outside: Vec<OutsideRoom>,
    /// Names of those who opened them.
    pub makers: HashMap<PersonId, String>,
    /// Where the reader is in each channel that they opened or are called in.
    pub readings: HashMap<ChannelId, Reading>,
}

/// One channel with all that its page tells.
#[derive(Clone, Debug)]
pub struct About {
    pub event: Event,
    pub place: Place,
    pub maker: Option<Person>,
    /// Hosts first. Others than hosts are told to members alone.
    pub members: Vec<Member>,
    /// How many are in it or asked to come.
    pub count: i64,
    pub mine: Option<Membership>,
    pub hosts: bool,
    pub adopts: bool,
    /// When it fades where nobody writes.
    pub fades_at: Option<Timestamp>,
}

/// The channels of an event that a token is bound to, for whoever comes by it.
async fn bound_to(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    bound: &[ChannelId],
    now: Timestamp,
) -> Result<Listing, Error> {
    let mut of = None;
    let mut places = vec![];
    for id in bound {
        let (found, channel) = access_channel(conn, actor, *id, Action::ReadChat).await?;
        if found.slug == event {
            places.extend(store::find(conn, channel.id, now).await?);
            of = Some(found);
        }
    }
    Ok(Listing {
        event: of.ok_or(Error::NotFound)?,
        places,
        mine: HashMap::new(),
        readings: HashMap::new(),
        outside: vec![],
        makers: HashMap::new(),
    })
}

impl Service {
    pub async fn places(&self, actor: &Actor, event: &str) -> Result<Listing, Error> {
        let mut conn = self.read().await?;
        let now = self.now();
        if let Some(bound) = actor.narrowing.as_ref().and_then(|n| n.channels.as_ref()) {
            return bound_to(&mut conn, actor, event, bound, now).await;
        }
        let event = access_event(&mut conn, actor, event, Action::ReadChat).await?;
        let places = store::list(&mut conn, event.id, actor.person, now, MAX_LISTED).await?;
        let mine = match actor.person {
            Some(person) => members::list_of(&mut conn, event.id, person)
                .await?
                .into_iter()
                .collect(),
            None => HashMap::new(),
        };
        let outside = outside_rooms::list(&mut conn, event.id).await?;
        let ids: Vec<PersonId> = places.iter().filter_map(|place| place.maker).collect();
        let makers = accounts::names(&mut conn, &ids)
            .await?
            .into_iter()
            .collect();
        let readings = readings(&mut conn, actor, &event)
            .await?
            .into_iter()
            .map(|(channel, reading)| (channel.id, reading))
            .collect();
        Ok(Listing {
            event,
            places,
            mine,
            outside,
            makers,
            readings,
        })
    }

    /// Public channels that people opened, for those who may adopt them: also
    /// what is unlisted or has ended.
    pub async fn made_places(
        &self,
        actor: &Actor,
        event: &str,
    ) -> Result<(Event, Vec<Place>), Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::AdoptChannel).await?;
        let places = store::list_made(&mut conn, event.id, self.now(), MAX_LISTED).await?;
        Ok((event, places))
    }

    /// Names of those who opened channels, where their accounts are still there.
    pub async fn names_of_makers(
        &self,
        places: &[Place],
    ) -> Result<HashMap<PersonId, String>, Error> {
        let ids: Vec<PersonId> = places.iter().filter_map(|place| place.maker).collect();
        let names = accounts::names(&mut self.read().await?, &ids).await?;
        Ok(names.into_iter().collect())
    }

    /// Whether somebody may open a channel, asked before they type anything.
    pub async fn may_open_channel(&self, actor: &Actor, event: &str) -> Result<Event, Error> {
        let mut conn = self.read().await?;
        access_event(&mut conn, actor, event, Action::OpenChannel).await
    }

    /// A channel for its page. Where the actor is asked to come and has not
    /// answered there is [`Service::invitation`].
    pub async fn about_channel(
        &self,
        actor: &Actor,
        event: &str,
        channel: &str,
        action: Action,
    ) -> Result<About, Error> {
        let mut conn = self.read().await?;
        let (event, channel) =
            access_channel_by_slug(&mut conn, actor, event, channel, action).await?;
        about(&mut conn, actor, event, channel.id, self.now()).await
    }

    /// A channel that the actor is asked to come to: what it says of itself.
    pub async fn invitation(
        &self,
        actor: &Actor,
        event: &str,
        channel: &str,
    ) -> Result<About, Error> {
        let mut conn = self.read().await?;
        let person = access_own(actor)?;
        let event = match access_event(&mut conn, actor, event, Action::PostMessage).await {
            Err(Error::Forbidden) => return Err(Error::NotFound),
            other => other?,
        };
        let channel = channels::find_by_slug(&mut conn, event.id, channel)
            .await?
            .ok_or(Error::NotFound)?;
        let found = members::find(&mut conn, channel.id, person).await?;
        match found {
            Some(membership) if membership.state == MemberState::Invited => {
                about(&mut conn, actor, event, channel.id, self.now()).await
            }
            _ => Err(Error::NotFound),
        }
    }

    /// The number a merged channel's messages follow where they are now, if
    /// the slug is of one.
    pub async fn merged_after(
        &self,
        actor: &Actor,
        event: &str,
        slug: &str,
    ) -> Result<Option<i64>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::ReadChat).await?;
        match channels::find_by_slug(&mut conn, event.id, slug).await? {
            Some(channel) if matches!(channel.state, ChannelState::Merged { .. }) => {
                Ok(Some(store::merged_after(&mut conn, channel.id).await?))
            }
            _ => Ok(None),
        }
    }

    /// Groups of the person that outlive their events, with the events' slugs.
    pub async fn lasting_groups(&self, actor: &Actor) -> Result<Vec<(Channel, String)>, Error> {
        match actor.person {
            Some(_) => {
                let person = access_own(actor)?;
                Ok(members::list_lasting(&mut self.read().await?, person).await?)
            }
            None => Ok(vec![]),
        }
    }
}

async fn about(
    conn: &mut Conn,
    actor: &Actor,
    event: Event,
    channel: ChannelId,
    now: Timestamp,
) -> Result<About, Error> {
    let place = store::find(conn, channel, now)
        .await?
        .ok_or(Error::NotFound)?;
    let mine = match actor.person {
        Some(person) => members::find(conn, channel, person).await?,
        None => None,
    };
    let is_in = mine.is_some_and(Membership::is_in);
    let object = Object::event(event.id)
        .closed(place.channel.door == Door::Invited)
        .member(is_in)
        .hosted(mine.is_some_and(Membership::is_host));
    let maker = match place.maker {
        Some(maker) => accounts::find(conn, maker).await?,
        None => None,
    };
    let mut named = members::list(conn, channel, MAX_NAMED).await?;
    if !is_in {
        named.retain(|member| member.membership.is_host());
    }
    Ok(About {
        fades_at: place.fades_at(event.settings.fade_after_days),
        count: members::count(conn, channel).await?,
        hosts: allow(actor, Action::HostChannel, &object),
        adopts: allow(actor, Action::AdoptChannel, &object),
        members: named,
        event,
        place,
        maker,
        mine,
    })
}

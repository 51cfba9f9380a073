//! Where somebody looks after conduct: a whole event, or one channel of it as
//! its host. What lies outside is not found; and a host learns neither who
//! reported something nor what concerns the channel's hosts themselves.

use hallway_model::access::{Action, Actor, Object, allow};
use hallway_model::channels::{Channel, ChannelKind, Membership};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_model::reports::{About, Report};
use hallway_model::sanctions::{Rank, Sanction, SanctionKind};
use hallway_model::screening::HoldReason;
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::screening::{Held, ListedHeld};
use hallway_store::{Conn, channels, members, messages, role_grants, sanctions};

use crate::access::{access_channel_by_slug, access_event};
use crate::command::{Audience, Ctx};
use crate::error::Error;
use crate::sanctions::queue_changed;

/// What somebody looks after.
#[derive(Clone, Debug)]
pub struct Ward {
    pub event: Event,
    /// The one channel it is; none for the whole event.
    pub channel: Option<Channel>,
    /// Nothing but a host there: the event's own team sees more.
    pub hosted: bool,
}

/// The whole event for those who moderate it, or a channel by its slug for
/// those who look after that one. What people say to one another alone has no
/// hosts.
pub async fn access_ward(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    channel: Option<&str>,
) -> Result<Ward, Error> {
    let Some(slug) = channel else {
        return Ok(Ward {
            event: access_event(conn, actor, event, Action::Moderate).await?,
            channel: None,
            hosted: false,
        });
    };
    let (event, channel) =
        access_channel_by_slug(conn, actor, event, slug, Action::ModerateChannel).await?;
    if channel.kind == ChannelKind::Direct {
        return Err(Error::NotFound);
    }
    Ok(Ward {
        hosted: !allow(actor, Action::Moderate, &Object::event(event.id)),
        channel: Some(channel),
        event,
    })
}

impl Ward {
    pub fn channel_id(&self) -> Option<ChannelId> {
        self.channel.as_ref().map(|channel| channel.id)
    }

    /// Where it is told that what waits here changed. The event's team hears of
    /// everything, also where a channel's hosts do not.
    pub fn topic(&self) -> Topic {
        match self.channel_id() {
            Some(channel) if self.hosted => Topic::Ward(channel),
            _ => Topic::Moderation(self.event.id),
        }
    }

    fn holds(&self, channel: ChannelId) -> bool {
        self.channel_id().is_none_or(|own| own == channel)
    }

    /// Whether a report is to be worked on here.
    pub(crate) async fn covers(&self, conn: &mut Conn, report: &Report) -> Result<bool, Error> {
        let here = match report.about {
            About::Message { channel, .. } => self.holds(channel),
            About::Person => self.channel.is_none(),
        };
        if report.event != self.event.id || !here {
            return Ok(false);
        }
        match (report.person, self.channel_id()) {
            // Hosts do not judge one another, and see no report of themselves.
            (Some(person), Some(channel)) if self.hosted => {
                Ok(!is_host(conn, channel, person).await?)
            }
            _ => Ok(true),
        }
    }

    /// Whether a message that waits is to be looked at here: one that the
    /// event's team holds back, they let through.
    pub(crate) async fn covers_held(&self, conn: &mut Conn, held: &Held) -> Result<bool, Error> {
        if held.event != self.event.id || !self.holds(held.channel) {
            return Ok(false);
        }
        if !self.hosted || held.reason != HoldReason::Decided {
            return Ok(true);
        }
        let decided = sanctions::list_of_person(conn, self.event.id, held.author, 100).await?;
        Ok(!decided.iter().any(|listed| {
            let sanction = &listed.sanction;
            sanction.kind == SanctionKind::Hold && sanction.channel.is_none()
        }))
    }

    pub(crate) async fn held(
        &self,
        conn: &mut Conn,
        listed: Vec<ListedHeld>,
    ) -> Result<Vec<ListedHeld>, Error> {
        let mut covered = vec![];
        for one in listed {
            if self.covers_held(conn, &one.held).await? {
                covered.push(one);
            }
        }
        Ok(covered)
    }

    /// Whether a decision may be taken back here: a host takes back what hosts
    /// decided, in their channel.
    pub(crate) async fn covers_decision(
        &self,
        conn: &mut Conn,
        sanction: &Sanction,
    ) -> Result<bool, Error> {
        if sanction.event != self.event.id {
            return Ok(false);
        }
        if self.channel.is_some() && sanction.channel != self.channel_id() {
            return Ok(false);
        }
        if !self.hosted {
            return Ok(true);
        }
        Ok(match sanction.by {
            Some(by) => rank_of(conn, by, &self.event).await? < Rank::Moderator,
            None => false,
        })
    }

    /// Whether somebody can be decided about here: a host sees those who are in
    /// the channel, or spoke there.
    pub(crate) async fn knows(&self, conn: &mut Conn, person: PersonId) -> Result<bool, Error> {
        match self.channel_id() {
            Some(channel) if self.hosted => Ok(members::find(conn, channel, person)
                .await?
                .is_some_and(Membership::is_in)
                || messages::any_of(conn, channel, person).await?),
            _ => Ok(true),
        }
    }

    /// What somebody is here.
    pub(crate) async fn rank(&self, conn: &mut Conn, actor: &Actor) -> Result<Rank, Error> {
        rank_in(conn, actor, &self.event, self.channel_id()).await
    }
}

/// What the hosts of a channel look after, where it has any.
async fn hosts_of(
    conn: &mut Conn,
    event: &Event,
    channel: ChannelId,
) -> Result<Option<Ward>, Error> {
    let channel = channels::find(conn, channel).await?;
    let made = channel.filter(|channel| channel.kind == ChannelKind::Made);
    Ok(made.map(|channel| Ward {
        event: event.clone(),
        channel: Some(channel),
        hosted: true,
    }))
}

/// Tells open pages that a report came, changed hands or ended: the moderators',
/// and the hosts', unless it is kept from them. Then not even that something
/// happened reaches them.
pub(crate) async fn report_changed(
    ctx: &mut Ctx<'_>,
    event: &Event,
    report: &Report,
) -> Result<(), Error> {
    queue_changed(ctx, event).await?;
    let About::Message { channel, .. } = report.about else {
        return Ok(());
    };
    match hosts_of(ctx.conn, event, channel).await? {
        Some(ward) if ward.covers(ctx.conn, report).await? => ward_changed(ctx, channel).await,
        _ => Ok(()),
    }
}

/// The same of a message that waits.
pub(crate) async fn held_changed(
    ctx: &mut Ctx<'_>,
    event: &Event,
    held: &Held,
) -> Result<(), Error> {
    queue_changed(ctx, event).await?;
    match hosts_of(ctx.conn, event, held.channel).await? {
        Some(ward) if ward.covers_held(ctx.conn, held).await? => {
            ward_changed(ctx, held.channel).await
        }
        _ => Ok(()),
    }
}

/// The same of what is done for a whole ward.
pub(crate) async fn all_changed(ctx: &mut Ctx<'_>, ward: &Ward) -> Result<(), Error> {
    queue_changed(ctx, &ward.event).await?;
    match ward.channel_id() {
        Some(channel) if hosts_of(ctx.conn, &ward.event, channel).await?.is_some() => {
            ward_changed(ctx, channel).await
        }
        _ => Ok(()),
    }
}

async fn ward_changed(ctx: &mut Ctx<'_>, channel: ChannelId) -> Result<(), Error> {
    let hosts = Audience::One(Topic::Ward(channel));
    ctx.announce(Happened::WardChanged, hosts).await
}

pub(crate) async fn is_host(
    conn: &mut Conn,
    channel: ChannelId,
    person: PersonId,
) -> Result<bool, Error> {
    let found = members::find(conn, channel, person).await?;
    Ok(found.is_some_and(Membership::is_host))
}

/// What somebody is at the event, and in the channel that a decision is about.
pub(crate) async fn rank_in(
    conn: &mut Conn,
    actor: &Actor,
    event: &Event,
    channel: Option<ChannelId>,
) -> Result<Rank, Error> {
    let hosts = match (actor.person, channel) {
        (Some(person), Some(channel)) => is_host(conn, channel, person).await?,
        _ => false,
    };
    Ok(Rank::of(actor, event.id).hosting(hosts))
}

async fn rank_of(conn: &mut Conn, person: PersonId, event: &Event) -> Result<Rank, Error> {
    let actor = Actor {
        person: Some(person),
        grants: role_grants::list(conn, person).await?,
        ..Actor::visitor()
    };
    Ok(Rank::of(&actor, event.id))
}

//! Who is in a channel: asking people to come, answering, leaving, and who
//! hosts it.

use hallway_model::access::{Action, Actor, Object};
use hallway_model::channels::{
    Channel, ChannelError, ChannelKind, MAX_MEMBERS, MemberRole, MemberState, Membership,
};
use hallway_model::directs::{Answer, answer};
use hallway_model::ids::{EventId, PersonId};
use hallway_store::{Conn, blocks, channels, members as store, profiles};

use crate::Service;
use crate::access::{access_channel_by_slug, access_event, access_own, access_person, require};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::places::{refused, tell_members};

/// People of one name that are looked at.
const NAMESAKES: i64 = 20;

/// A host asks somebody to come.
#[derive(Clone, Debug)]
pub struct Invite {
    pub event: String,
    pub channel: String,
    /// A name as it is shown, or the address of the person's page.
    pub who: String,
}

impl Command for Invite {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let host = actor.person.ok_or(Error::SignInNeeded)?;
        let (event, channel) = access_channel_by_slug(
            ctx.conn,
            actor,
            &self.event,
            &self.channel,
            Action::HostChannel,
        )
        .await?;
        if channel.kind != ChannelKind::Made {
            return Err(refused(&[ChannelError::OfTheEvent]));
        }
        let person = find_person(ctx.conn, actor, event.id, &self.who).await?;
        match store::find(ctx.conn, channel.id, person).await? {
            Some(standing) if standing.state != MemberState::Out => return Ok(()),
            _ => {}
        }
        if store::count(ctx.conn, channel.id).await? >= MAX_MEMBERS {
            return Err(refused(&[ChannelError::TooManyMembers]));
        }
        let asked = Membership {
            role: MemberRole::Member,
            state: MemberState::Invited,
        };
        Ok(store::set(ctx.conn, channel.id, person, asked, Some(host), ctx.now()).await?)
    }
}

/// Finds the one person at the event whom the actor means and may see, by the
/// name that is shown or by the address of their page. Whoever may not be seen
/// is not told from somebody who is not there.
pub(crate) async fn find_person(
    conn: &mut Conn,
    actor: &Actor,
    event: EventId,
    who: &str,
) -> Result<PersonId, Error> {
    let me = actor.person.ok_or(Error::SignInNeeded)?;
    let nobody = || Error::invalid("who", "nobody here whom you can see is called so");
    let word = who.trim().trim_end_matches('/');
    let last = word.rsplit('/').next().unwrap_or("");
    let candidates = match last.parse::<PersonId>() {
        Ok(person) => vec![person],
        Err(_) => profiles::named(conn, event, word, NAMESAKES).await?,
    };
    let mut found = vec![];
    for person in candidates {
        let between = blocks::between(conn, me, person).await?;
        if person != me && !between && access_person(conn, actor, event, person).await.is_ok() {
            found.push(person);
        }
    }
    match found[..] {
        [person] => Ok(person),
        [] => Err(nobody()),
        _ => Err(Error::invalid(
            "several",
            "several people here are called so: give the address of the right one's page",
        )),
    }
}

impl Service {
    /// Whether the actor hosts the channel.
    pub async fn hosts(&self, actor: &Actor, channel: &Channel) -> Result<bool, Error> {
        match actor.person {
            Some(person) if channel.kind == ChannelKind::Made => {
                let found = store::find(&mut self.read().await?, channel.id, person).await?;
                Ok(found.is_some_and(Membership::is_host))
            }
            _ => Ok(false),
        }
    }
}

/// Somebody who is asked to come says yes or no, or leaves again.
#[derive(Clone, Debug)]
pub struct AnswerInvitation {
    pub event: String,
    pub channel: String,
    pub answer: Answer,
}

impl Command for AnswerInvitation {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = access_own(actor)?;
        let (channel, standing) =
            own_place(ctx.conn, actor, &self.event, &self.channel, person).await?;
        let next = answer(standing, self.answer).map_err(|e| Error::Conflict(e.to_string()))?;
        if next == standing {
            return Ok(());
        }
        let leaves = standing.is_host() && !next.is_host();
        if leaves
            && channel.kind == ChannelKind::Made
            && channel.state.is_alive()
            && store::count_hosts(ctx.conn, channel.id).await? < 2
        {
            return Err(refused(&[ChannelError::LastHost]));
        }
        store::set(ctx.conn, channel.id, person, next, None, ctx.now()).await?;
        ctx.rights_changed(person).await?;
        tell_members(ctx, &channel).await
    }
}

/// The actor's own place in a channel, also where they are asked and not in
/// yet; a channel in which they have none is not found.
pub(crate) async fn own_place(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    channel: &str,
    person: PersonId,
) -> Result<(Channel, Membership), Error> {
    let event = match access_event(conn, actor, event, Action::ReadChat).await {
        Err(Error::Forbidden) => return Err(Error::NotFound),
        other => other?,
    };
    require(actor, Action::PostMessage, &Object::event(event.id))?;
    let channel = channels::find_by_slug(conn, event.id, channel)
        .await?
        .ok_or(Error::NotFound)?;
    match store::find(conn, channel.id, person).await? {
        Some(standing) => Ok((channel, standing)),
        None if channel.is_closed() => Err(Error::NotFound),
        None => Err(Error::Conflict("you are no member of this channel".into())),
    }
}

/// What a host does with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    Remove,
    MakeHost,
    MakeMember,
}

#[derive(Clone, Debug)]
pub struct HandleMember {
    pub event: String,
    pub channel: String,
    pub person: PersonId,
    pub handling: Handling,
}

impl Command for HandleMember {
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
        let standing = store::find(ctx.conn, channel.id, self.person)
            .await?
            .filter(|standing| standing.state != MemberState::Out)
            .ok_or_else(|| Error::Conflict("they are no member of this channel".into()))?;
        let next = match self.handling {
            Handling::Remove => Membership {
                role: MemberRole::Member,
                state: MemberState::Out,
            },
            Handling::MakeHost => Membership {
                role: MemberRole::Host,
                ..standing
            },
            Handling::MakeMember => Membership {
                role: MemberRole::Member,
                ..standing
            },
        };
        if next == standing {
            return Ok(());
        }
        if standing.is_host()
            && !next.is_host()
            && store::count_hosts(ctx.conn, channel.id).await? < 2
        {
            return Err(refused(&[ChannelError::LastHost]));
        }
        store::set(ctx.conn, channel.id, self.person, next, None, ctx.now()).await?;
        // What they hear is asked anew: a host's topics, or a closed channel's.
        ctx.rights_changed(self.person).await?;
        tell_members(ctx, &channel).await
    }
}

/// An organiser makes somebody the one host of a channel.
#[derive(Clone, Debug)]
pub struct HandOver {
    pub event: String,
    pub channel: String,
    /// A name, or the address of a page.
    pub who: String,
}

impl Command for HandOver {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (event, channel) = access_channel_by_slug(
            ctx.conn,
            actor,
            &self.event,
            &self.channel,
            Action::AdoptChannel,
        )
        .await?;
        if channel.kind != ChannelKind::Made {
            return Err(refused(&[ChannelError::OfTheEvent]));
        }
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        // Organisers may take it over themselves.
        let person = if self.who.trim().is_empty() {
            me
        } else {
            find_person(ctx.conn, actor, event.id, &self.who).await?
        };
        let placed = Membership {
            role: MemberRole::Host,
            state: MemberState::In,
        };
        for host in store::list(ctx.conn, channel.id, MAX_MEMBERS).await? {
            if host.membership.role == MemberRole::Host && host.person != person {
                let member = Membership {
                    role: MemberRole::Member,
                    ..host.membership
                };
                store::set(ctx.conn, channel.id, host.person, member, None, ctx.now()).await?;
                ctx.rights_changed(host.person).await?;
            }
        }
        store::set(ctx.conn, channel.id, person, placed, Some(me), ctx.now()).await?;
        tell_members(ctx, &channel).await
    }
}

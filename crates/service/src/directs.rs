//! Conversations between a few people. They are channels like others, in no
//! list, and off until those who are asked agree: until then there is one first
//! line, and nothing more can be written.

use std::collections::HashMap;

use hallway_model::access::{Action, Actor};
use hallway_model::channels::{
    Channel, ChannelKind, Door, MemberRole, MemberState, Membership, Place,
};
use hallway_model::directs::{Answer, DirectError, MAX_PEOPLE, MAX_WAITING, answer, size};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_model::messages::MessageText;
use hallway_store::members::Member;
use hallway_store::{blocks, channels, directs as store, members, messages, places};

use crate::Service;
use crate::access::{access_event, access_own};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::members::{find_person, own_place};
use crate::messages::PostMessage;

/// Conversations listed at the most.
const MAX_LISTED: i64 = 200;

/// Asks one person, or a few, for a conversation, with one first line.
#[derive(Clone, Debug)]
pub struct AskDirect {
    pub event: String,
    /// Names, or addresses of pages, one a line or parted by commas.
    pub who: String,
    pub line: String,
}

impl Command for AskDirect {
    /// The conversation's slug.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::SendDirect).await?;
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        MessageText::parse(&self.line).map_err(|e| Error::invalid("line", e))?;
        let mut others: Vec<PersonId> = vec![];
        for who in self.who.split([',', '\n']).map(str::trim) {
            if who.is_empty() {
                continue;
            }
            let person = find_person(ctx.conn, actor, event.id, who).await?;
            if !others.contains(&person) {
                others.push(person);
            }
            size(others.len() + 1).map_err(|e| Error::invalid("people", e))?;
        }
        size(others.len() + 1).map_err(|e| Error::invalid("people", e))?;
        if let [other] = others[..]
            && let Some(known) = store::find_between(ctx.conn, event.id, me, other).await?
        {
            return self.again(ctx, actor, known, me, other).await;
        }
        if store::count_waiting(ctx.conn, event.id, me).await? >= MAX_WAITING {
            return Err(Error::Conflict(DirectError::TooManyWaiting.to_string()));
        }
        let id: ChannelId = ctx.id();
        let slug = format!("direct-{}", id.0.simple());
        let channel = Channel {
            door: Door::Invited,
            ..Channel::open(id, event.id, ChannelKind::Direct, &slug, "")
        };
        channels::insert_all(ctx.conn, &[channel], ctx.now()).await?;
        let (mine, asked) = (
            placed(MemberRole::Host, MemberState::In),
            placed(MemberRole::Member, MemberState::Invited),
        );
        members::set(ctx.conn, id, me, mine, None, ctx.now()).await?;
        for other in others {
            members::set(ctx.conn, id, other, asked, Some(me), ctx.now()).await?;
        }
        self.say(ctx, actor, id).await?;
        Ok(slug)
    }
}

fn placed(role: MemberRole, state: MemberState) -> Membership {
    Membership { role, state }
}

impl AskDirect {
    /// Two people have one conversation: it goes on, where both are in it.
    async fn again(
        self,
        ctx: &mut Ctx<'_>,
        actor: &Actor,
        known: Channel,
        me: PersonId,
        other: PersonId,
    ) -> Result<String, Error> {
        let theirs = members::find(ctx.conn, known.id, other).await?;
        if !theirs.is_some_and(Membership::is_in) {
            // Whether they declined is theirs to tell.
            return Err(Error::Conflict(DirectError::AskedAlready.to_string()));
        }
        let mine = placed(MemberRole::Member, MemberState::In);
        members::set(ctx.conn, known.id, me, mine, None, ctx.now()).await?;
        self.say(ctx, actor, known.id).await?;
        Ok(known.slug)
    }

    async fn say(self, ctx: &mut Ctx<'_>, actor: &Actor, channel: ChannelId) -> Result<(), Error> {
        let line = PostMessage::typed(channel, &self.line)?;
        Box::pin(line.run(ctx, actor)).await.map(|_| ())
    }
}

/// Somebody who is asked wants nothing of who asked: the request goes, and
/// neither finds the other any more.
#[derive(Clone, Debug)]
pub struct BlockRequest {
    pub event: String,
    pub channel: String,
}

impl Command for BlockRequest {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let me = access_own(actor)?;
        let (channel, standing) =
            own_place(ctx.conn, actor, &self.event, &self.channel, me).await?;
        if channel.kind != ChannelKind::Direct {
            return Err(Error::NotFound);
        }
        let people = members::list(ctx.conn, channel.id, MAX_PEOPLE).await?;
        let asker = people
            .iter()
            .find(|member| member.person == me)
            .and_then(|member| member.asked_by);
        // Whoever asked blocks the one they asked, where there is one alone.
        let other = asker.or(match &people[..] {
            [one, two] => Some(if one.person == me {
                two.person
            } else {
                one.person
            }),
            _ => None,
        });
        let other =
            other.ok_or_else(|| Error::Conflict("block somebody on their own page".into()))?;
        blocks::insert(ctx.conn, me, other, ctx.now()).await?;
        let next = answer(standing, Answer::Leave).map_err(|e| Error::Conflict(e.to_string()))?;
        Ok(members::set(ctx.conn, channel.id, me, next, None, ctx.now()).await?)
    }
}

/// A conversation as one of its people sees it.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub place: Place,
    pub mine: Membership,
    /// Everyone but the reader who has not left.
    pub others: Vec<Member>,
    /// The first line, while it waits for an answer.
    pub line: Option<String>,
}

impl Service {
    /// Conversations of the person at an event, the latest first. Those with
    /// somebody whom a block lies between are not told.
    pub async fn directs(
        &self,
        actor: &Actor,
        event: &str,
    ) -> Result<(Event, Vec<Conversation>), Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SendDirect).await?;
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        let listed = store::list(&mut conn, event.id, me, MAX_LISTED).await?;
        let mut people: HashMap<ChannelId, Vec<Member>> = HashMap::new();
        for (channel, member) in store::people(&mut conn, &listed).await? {
            people.entry(channel).or_default().push(member);
        }
        let mut conversations = vec![];
        for id in listed {
            let Some(place) = places::find(&mut conn, id, self.now()).await? else {
                continue;
            };
            let mut others = people.remove(&id).unwrap_or_default();
            let Some(at) = others.iter().position(|member| member.person == me) else {
                continue;
            };
            let mine = others.remove(at).membership;
            if let [other] = &others[..]
                && blocks::between(&mut conn, me, other.person).await?
            {
                continue;
            }
            let waits = !mine.is_in() || others.iter().all(|other| !other.membership.is_in());
            let line = if waits {
                messages::list_after(&mut conn, id, 0, 1)
                    .await?
                    .pop()
                    .map(|first| first.source)
            } else {
                None
            };
            conversations.push(Conversation {
                place,
                mine,
                others,
                line,
            });
        }
        Ok((event, conversations))
    }

    /// The people of a conversation that the actor is in, themselves left out.
    pub async fn others_in(&self, actor: &Actor, channel: ChannelId) -> Result<Vec<Member>, Error> {
        let mut conn = self.read().await?;
        let mut people = members::list(&mut conn, channel, MAX_PEOPLE).await?;
        people.retain(|member| Some(member.person) != actor.person);
        Ok(people)
    }
}

//! What people have read, counted over all their devices: a mark per channel
//! that moves on as messages are seen, and back where somebody wants it.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::events::Event as Summit;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_model::reading::{self as rules, Level};
use hallway_protocol::{Event, Topic};
use hallway_store::{Conn, calls, follows, messages, outbox, read_marks as store};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::access::{access_channel, access_event};
use crate::channels::readable;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;

/// Channels that are marked read at once at the most.
const MAX_MARKS: usize = 100;

/// Everything up to a message was seen.
#[derive(Clone, Debug)]
pub struct MarkRead {
    pub channel: ChannelId,
    pub seq: i64,
}

/// Everything from a message on shall be unread.
#[derive(Clone, Debug)]
pub struct MarkUnread {
    pub channel: ChannelId,
    pub seq: i64,
}

/// A reader's place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// None where they were never here.
    pub mark: Option<i64>,
    /// Number of the newest message.
    pub last: i64,
    /// Unread messages that call them.
    pub mentions: i64,
    /// How much they want to hear.
    pub level: Level,
}

impl Reading {
    /// Unread messages as they are told: a muted channel has none.
    pub fn unread(&self) -> i64 {
        self.level.counted(rules::unread(self.mark, self.last))
    }
}

/// Chooses how much of a channel to hear.
#[derive(Clone, Debug)]
pub struct Follow {
    pub channel: ChannelId,
    pub level: Level,
}

impl Command for Follow {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (person, _) = standing(ctx, actor, self.channel).await?;
        Ok(follows::put(ctx.conn, person, self.channel, self.level).await?)
    }
}

/// Everything that was shown in several channels was read.
#[derive(Clone, Debug)]
pub struct MarkAllRead {
    pub marks: Vec<MarkRead>,
}

impl Command for MarkAllRead {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        for mark in self.marks.into_iter().take(MAX_MARKS) {
            match mark.run(ctx, actor).await {
                // A channel that is no more has nothing left to read.
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Command for MarkRead {
    type Answer = Reading;
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Reading, Error> {
        let (person, now) = standing(ctx, actor, self.channel).await?;
        let to = rules::seen(now.mark, self.seq, now.last);
        moved(ctx, person, self.channel, now, to).await
    }
}

impl Command for MarkUnread {
    type Answer = Reading;
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Reading, Error> {
        let (person, now) = standing(ctx, actor, self.channel).await?;
        let to = rules::unseen(now.mark, self.seq, now.last);
        moved(ctx, person, self.channel, now, to).await
    }
}

async fn standing(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    channel: ChannelId,
) -> Result<(PersonId, Reading), Error> {
    let (_, channel) = access_channel(ctx.conn, actor, channel, Action::FollowChat).await?;
    let person = actor.person.ok_or(Error::SignInNeeded)?;
    Ok((person, reading(ctx.conn, person, channel.id).await?))
}

/// Puts the mark to a message, if there is any to put it to, and tells the
/// person's other devices.
async fn moved(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    channel: ChannelId,
    now: Reading,
    to: Option<i64>,
) -> Result<Reading, Error> {
    let Some(seq) = to else { return Ok(now) };
    let moment = ctx.now();
    store::put(ctx.conn, person, channel, seq, moment).await?;
    let mentions = calls::count(ctx.conn, person, channel, seq).await?;
    let event = Event::ReadMarkMoved {
        channel,
        seq,
        mentions,
    };
    ctx.announce(event, Audience::One(Topic::Person(person)))
        .await?;
    Ok(Reading {
        mark: Some(seq),
        mentions,
        ..now
    })
}

async fn reading(conn: &mut Conn, person: PersonId, channel: ChannelId) -> Result<Reading, Error> {
    let last = messages::last_seq(conn, channel).await?;
    let mark = store::find(conn, person, channel).await?;
    let mentions = calls::count(conn, person, channel, mark.unwrap_or(0)).await?;
    let level = follows::find(conn, person, channel).await?;
    Ok(Reading {
        mark,
        last,
        mentions,
        level: level.unwrap_or_default(),
    })
}

impl Service {
    /// Where the actor is in a channel; nobody's place is kept without an account.
    pub async fn reading(&self, actor: &Actor, channel: ChannelId) -> Result<Reading, Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        match actor.person {
            Some(person) => reading(&mut conn, person, channel).await,
            None => Ok(Reading {
                mark: None,
                last: messages::last_seq(&mut conn, channel).await?,
                mentions: 0,
                level: Level::default(),
            }),
        }
    }

    /// The actor's place in every channel of an event that they opened or are
    /// called in, with the number of their own topic it was read at.
    pub async fn readings(
        &self,
        actor: &Actor,
        event: &str,
    ) -> Result<(Summit, i64, Vec<(Channel, Reading)>), Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::ReadChat).await?;
        let Some(person) = actor.person else {
            return Ok((event, 0, vec![]));
        };
        let seq = outbox::latest(&mut conn, &Topic::Person(person).to_string()).await?;
        let kept = readings(&mut conn, actor, &event).await?;
        Ok((event, seq, kept))
    }
}

/// The actor's place in each channel that they come across, the liveliest
/// first; channels that they never opened and are not called in are left out.
pub(crate) async fn readings(
    conn: &mut Conn,
    actor: &Actor,
    event: &Summit,
) -> Result<Vec<(Channel, Reading)>, Error> {
    let Some(person) = actor.person else {
        return Ok(vec![]);
    };
    let marks = store::list(conn, person, event.id).await?;
    let unread_calls = calls::list_unread(conn, person, event.id).await?;
    let levels = follows::list(conn, person, event.id).await?;
    let mut kept = vec![];
    for (channel, last) in readable(conn, actor, event).await? {
        let mark = marks.get(&channel.id).copied();
        let mentions = unread_calls.get(&channel.id).copied().unwrap_or(0);
        if mark.is_some() || mentions > 0 {
            let level = levels.get(&channel.id).copied().unwrap_or_default();
            let reading = Reading {
                mark,
                last,
                mentions,
                level,
            };
            kept.push((channel, reading));
        }
    }
    Ok(kept)
}

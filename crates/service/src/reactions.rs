//! Reactions to messages: one per person and emoji, with undo.

use hallway_model::access::{Action, Actor};
use hallway_model::emoji::Emoji;
use hallway_model::ids::{MessageId, PersonId};
use hallway_model::reactions::{self as rules, Change};
use hallway_protocol::{Event, Topic};
use hallway_store::reactions as store;

use crate::access::access_message;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;

#[derive(Clone, Debug)]
pub struct AddReaction {
    pub message: MessageId,
    pub emoji: String,
}

#[derive(Clone, Debug)]
pub struct RemoveReaction {
    pub message: MessageId,
    pub emoji: String,
}

impl Command for AddReaction {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let emoji = parse(&self.emoji)?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let (channel, message) =
            access_message(ctx.conn, actor, self.message, Action::PostMessage).await?;
        if message.removed.is_some() {
            return Err(Error::Conflict("this message was removed".into()));
        }
        let standing = standing(ctx, message.id, person).await?;
        let known = standing
            .iter()
            .find(|counted| counted.emoji == emoji.as_str());
        let mine = known.is_some_and(|counted| counted.mine);
        let change = rules::add(mine, standing.len(), known.is_some())
            .map_err(|e| Error::Conflict(e.to_string()))?;
        if change == Change::Nothing {
            return Ok(());
        }
        store::insert(ctx.conn, message.id, &emoji, person, ctx.now()).await?;
        let event = Event::ReactionAdded {
            message: message.id,
            emoji: emoji.into(),
            person,
        };
        ctx.announce(event, Audience::One(Topic::Channel(channel.id)))
            .await
    }
}

impl Command for RemoveReaction {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let emoji = parse(&self.emoji)?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let (channel, message) =
            access_message(ctx.conn, actor, self.message, Action::PostMessage).await?;
        let mine = standing(ctx, message.id, person)
            .await?
            .iter()
            .any(|c| c.mine && c.emoji == emoji.as_str());
        if rules::remove(mine) == Change::Nothing {
            return Ok(());
        }
        store::delete(ctx.conn, message.id, &emoji, person).await?;
        let event = Event::ReactionRemoved {
            message: message.id,
            emoji: emoji.into(),
            person,
        };
        ctx.announce(event, Audience::One(Topic::Channel(channel.id)))
            .await
    }
}

fn parse(emoji: &str) -> Result<Emoji, Error> {
    Emoji::parse(emoji).map_err(|e| Error::invalid("emoji", e))
}

async fn standing(
    ctx: &mut Ctx<'_>,
    message: MessageId,
    person: PersonId,
) -> Result<Vec<store::Counted>, Error> {
    Ok(store::list(ctx.conn, &[message], Some(person))
        .await?
        .remove(&message)
        .unwrap_or_default())
}

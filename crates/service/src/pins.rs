//! Pins: the few messages that stand on top of a channel.

use hallway_model::access::{Action, Actor};
use hallway_model::ids::MessageId;
use hallway_model::pins as rules;
use hallway_model::reactions::Change;
use hallway_protocol::{Event, Topic};
use hallway_store::messages as store;

use crate::access::access_message;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::history::with_reactions;

#[derive(Clone, Debug)]
pub struct PinMessage {
    pub message: MessageId,
}

#[derive(Clone, Debug)]
pub struct UnpinMessage {
    pub message: MessageId,
}

impl Command for PinMessage {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (channel, found) =
            access_message(ctx.conn, actor, self.message, Action::PinMessage).await?;
        let others = store::list_pinned(ctx.conn, channel.id).await?.len();
        let change = rules::pin(found.pinned.is_some(), found.removed.is_some(), others)
            .map_err(|e| Error::Conflict(e.to_string()))?;
        if change == Change::Nothing {
            return Ok(());
        }
        let now = ctx.now();
        store::update_pinned(ctx.conn, self.message, Some(now)).await?;
        let pinned = store::find(ctx.conn, self.message).await?;
        // Nobody's reactions are marked as theirs: an event is for everyone.
        let message = with_reactions(ctx.conn, None, pinned.into_iter().collect())
            .await?
            .pop()
            .ok_or(Error::NotFound)?;
        ctx.announce(
            Event::MessagePinned { message },
            Audience::One(Topic::Channel(channel.id)),
        )
        .await
    }
}

impl Command for UnpinMessage {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (channel, found) =
            access_message(ctx.conn, actor, self.message, Action::PinMessage).await?;
        if rules::unpin(found.pinned.is_some()) == Change::Nothing {
            return Ok(());
        }
        store::update_pinned(ctx.conn, self.message, None).await?;
        let event = Event::MessageUnpinned {
            message: self.message,
        };
        ctx.announce(event, Audience::One(Topic::Channel(channel.id)))
            .await
    }
}

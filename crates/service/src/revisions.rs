//! Other words for a message, and its removal. What others may still be told
//! of it, by the record of events or by the answer to a command, is told in the
//! new words from then on: nobody who catches up meets the old ones.

use std::collections::HashMap;

use hallway_model::access::{Action, Actor};
use hallway_model::audit::{Deed, Subject};
use hallway_model::channels::Channel;
use hallway_model::ids::{ChannelId, MessageId};
use hallway_model::messages::{self as rules, MessageText, Removal, RevisionError};
use hallway_model::reactions::Change;
use hallway_model::time::Timestamp;
use hallway_protocol::mentions as called;
use hallway_protocol::messages::{Edit, Message};
use hallway_protocol::{Event, Topic, rich_text};
use hallway_store::messages::Stored;
use hallway_store::{command_keys, events, mentions as mention_rows, messages as store, outbox};

use crate::Service;
use crate::access::access_message;
use crate::audit::Noted;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::messages::{excerpt, json, message};
use crate::{chat_exports, mentions, screening};

#[derive(Clone, Debug)]
pub struct EditMessage {
    pub message: MessageId,
    pub body: String,
}

#[derive(Clone, Debug)]
pub struct RemoveMessage {
    pub message: MessageId,
}

impl Command for EditMessage {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let text = MessageText::parse(&self.body).map_err(|e| Error::invalid("body", e))?;
        let (channel, old) =
            access_message(ctx.conn, actor, self.message, Action::EditMessage).await?;
        let author = actor.person.ok_or(Error::SignInNeeded)?;
        let same = text.as_str() == old.source;
        let now = ctx.now();
        let change = rules::edit(old.sent, old.removed, same, now)
            .map_err(|e| Error::Conflict(e.to_string()))?;
        if change == Change::Nothing {
            return Ok(());
        }
        let event = events::find(ctx.conn, channel.event)
            .await?
            .ok_or(Error::NotFound)?;
        screening::ask_change(ctx, actor, &event, &channel, &text).await?;
        let body = mentions::parse(ctx.conn, actor, &channel, text.as_str()).await?;
        let called = called::people(&body);
        if !store::update_words(ctx.conn, &old, text.as_str(), &json(&body)?, now).await? {
            return Err(Error::Conflict(RevisionError::Removed.to_string()));
        }
        mention_rows::replace(ctx.conn, self.message, &called).await?;
        let event = Event::MessageEdited {
            message: self.message,
            author,
            mentions: called,
            source: text.as_str().to_owned(),
            body,
            at: now.0,
        };
        ctx.announce(event, Audience::One(Topic::Channel(channel.id)))
            .await?;
        retell(ctx, channel.id, self.message, old.sent).await
    }
}

impl Command for RemoveMessage {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (channel, old) =
            access_message(ctx.conn, actor, self.message, Action::RemoveMessage).await?;
        let own = old
            .author
            .as_ref()
            .is_some_and(|author| Some(author.id) == actor.person);
        let by = if own {
            Removal::Author
        } else {
            Removal::Moderator
        };
        remove(ctx, actor, &channel, old, by).await
    }
}

/// Takes a message's words away, wherever they are kept. Who may was asked
/// where it was obtained.
pub(crate) async fn remove(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    channel: &Channel,
    old: Stored,
    by: Removal,
) -> Result<(), Error> {
    if rules::remove(old.removed) == Change::Nothing {
        return Ok(());
    }
    store::remove(ctx.conn, old.id, by).await?;
    chat_exports::forget_since(ctx, channel.event, old.sent).await?;
    let event = Event::MessageRemoved {
        message: old.id,
        by,
    };
    ctx.announce(event, Audience::One(Topic::Channel(channel.id)))
        .await?;
    if by == Removal::Moderator {
        let noted = Noted::of(Deed::MessageRemoved)
            .on(Subject::Channel(channel.id))
            .about(old.author.map(|author| author.id));
        ctx.note(actor, channel.event, noted).await?;
    }
    retell(ctx, channel.id, old.id, old.sent).await
}

impl Service {
    /// What a message said before its changes, oldest first.
    pub async fn message_edits(&self, actor: &Actor, id: MessageId) -> Result<Vec<Edit>, Error> {
        let mut conn = self.read().await?;
        access_message(&mut conn, actor, id, Action::RemoveMessage).await?;
        let edits = store::list_edits(&mut conn, id).await?;
        Ok(edits
            .into_iter()
            .map(|(source, replaced)| Edit {
                source,
                replaced_at: replaced.0,
            })
            .collect())
    }
}

/// Tells what is kept of a message, and of those that quote it, as it is now.
async fn retell(
    ctx: &mut Ctx<'_>,
    channel: ChannelId,
    id: MessageId,
    since: Timestamp,
) -> Result<(), Error> {
    let now = store::find(ctx.conn, id).await?.ok_or(Error::NotFound)?;
    let now = message(now, vec![])?;
    let (topic, name) = (Topic::Channel(channel).to_string(), id.to_string());
    for entry in outbox::list_about(ctx.conn, &topic, &name, since).await? {
        let mut event = crate::outbox::read(&entry.body)?;
        if retold(&mut event, &now) {
            outbox::update_body(ctx.conn, &topic, entry.seq, &json(&event)?).await?;
        }
    }
    for kept in command_keys::list_about(ctx.conn, &name, since).await? {
        // Only those of messages read as one.
        if let Ok(mut answer) = serde_json::from_str::<Message>(&kept.answer) {
            adapt(&mut answer, &now);
            command_keys::update(ctx.conn, &kept, &json(&answer)?).await?;
        }
    }
    Ok(())
}

/// The same of many messages of a channel, in one pass.
pub(crate) async fn retell_all(
    ctx: &mut Ctx<'_>,
    channel: ChannelId,
    changed: &[Message],
    since: Timestamp,
) -> Result<(), Error> {
    let by_id: HashMap<MessageId, &Message> = changed.iter().map(|now| (now.id, now)).collect();
    let topic = Topic::Channel(channel).to_string();
    for entry in outbox::list_about(ctx.conn, &topic, WORDS, since).await? {
        let mut event = crate::outbox::read(&entry.body)?;
        let mut told = false;
        for now in about(&event).iter().filter_map(|id| by_id.get(id)) {
            told |= retold(&mut event, now);
        }
        if told {
            outbox::update_body(ctx.conn, &topic, entry.seq, &json(&event)?).await?;
        }
    }
    for kept in command_keys::list_about(ctx.conn, WORDS, since).await? {
        let Ok(mut answer) = serde_json::from_str::<Message>(&kept.answer) else {
            continue;
        };
        let named = ids_of(&answer);
        let changes: Vec<&&Message> = named.iter().filter_map(|id| by_id.get(id)).collect();
        for now in &changes {
            adapt(&mut answer, now);
        }
        if !changes.is_empty() {
            command_keys::update(ctx.conn, &kept, &json(&answer)?).await?;
        }
    }
    Ok(())
}

/// The field that whatever repeats a message's words has.
const WORDS: &str = "source";

/// The message an event repeats, and the one that is quoted in it.
fn about(event: &Event) -> Vec<MessageId> {
    match event {
        Event::MessagePosted { message }
        | Event::MessageRestored { message }
        | Event::MessagePinned { message } => ids_of(message),
        Event::MessageEdited { message, .. } => vec![*message],
        _ => vec![],
    }
}

fn ids_of(message: &Message) -> Vec<MessageId> {
    let quoted = message.reply_to.as_ref().map(|quoted| quoted.id);
    std::iter::once(message.id).chain(quoted).collect()
}

fn retold(event: &mut Event, now: &Message) -> bool {
    match event {
        Event::MessagePosted { message }
        | Event::MessageRestored { message }
        | Event::MessagePinned { message } => {
            adapt(message, now);
            true
        }
        Event::MessageEdited {
            message,
            source,
            body,
            mentions,
            ..
        } if *message == now.id => {
            mentions.clone_from(&now.mentions);
            source.clone_from(&now.source);
            *body = now.blocks().into_owned();
            true
        }
        _ => false,
    }
}

/// Words of another moment become those of now; what counts as an event of its
/// own, as reactions and answers do, stays.
fn adapt(told: &mut Message, now: &Message) {
    if told.id == now.id {
        *told = Message {
            replies: told.replies,
            last_reply_at: told.last_reply_at,
            reactions: if now.removed.is_some() {
                vec![]
            } else {
                std::mem::take(&mut told.reactions)
            },
            pinned: told.pinned && now.removed.is_none(),
            ..now.clone()
        };
    }
    if let Some(quote) = &mut told.reply_to
        && quote.id == now.id
    {
        quote.excerpt = excerpt(&rich_text::plain(&now.blocks()));
        if now.removed.is_some() {
            quote.author = None;
        }
    }
}

//! Messages: posting, and reading a channel's history.

use hallway_model::access::{Action, Actor};
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::MessageText;
use hallway_protocol::messages::{Author, Message, MessagePage};
use hallway_protocol::reactions::Reaction;
use hallway_protocol::{Event, Topic, rich_text};
use hallway_store::messages::{self as store, Stored, StoredAuthor};
use hallway_store::{Conn, accounts, outbox, reactions};

use crate::Service;
use crate::access::{access_channel, access_message};
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;

/// Messages of one page at the most.
pub const MAX_PAGE: i64 = 100;

#[derive(Clone, Debug)]
pub struct PostMessage {
    pub channel: ChannelId,
    pub body: String,
}

impl Command for PostMessage {
    type Answer = Message;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Message, Error> {
        let text = MessageText::parse(&self.body).map_err(|e| Error::invalid("body", e))?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let (_, channel) =
            access_channel(ctx.conn, actor, self.channel, Action::PostMessage).await?;
        let author = accounts::find(ctx.conn, person)
            .await?
            .ok_or(Error::SignInNeeded)?;
        let body = rich_text::parse(text.as_str());
        let stored = Stored {
            id: ctx.id(),
            channel: channel.id,
            seq: store::next_seq(ctx.conn, channel.id).await?,
            author: Some(StoredAuthor {
                id: author.id,
                name: author.name.into(),
                pronouns: author.pronouns,
            }),
            source: text.as_str().to_owned(),
            body: serde_json::to_string(&body).map_err(|e| Error::Internal(e.to_string()))?,
            sent: ctx.now(),
        };
        store::insert(ctx.conn, &stored).await?;
        let message = message(stored, vec![])?;
        ctx.announce(
            Event::MessagePosted {
                message: message.clone(),
            },
            Audience::One(Topic::Channel(channel.id)),
        )
        .await?;
        Ok(message)
    }
}

/// Which part of a history to read.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// The newest.
    Latest,
    Before(i64),
    After(i64),
}

impl Service {
    /// A page of a channel's history, with the topic's number to go on from.
    pub async fn messages(
        &self,
        actor: &Actor,
        channel: ChannelId,
        window: Window,
        limit: i64,
    ) -> Result<MessagePage, Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        page(
            &mut conn,
            actor.person,
            channel,
            window,
            limit.clamp(1, MAX_PAGE),
        )
        .await
    }

    /// Finds a message in the channel it is asked for in, so that it cannot be
    /// reached by the address of another event (abuse case A2); its number there.
    pub async fn message_in(
        &self,
        actor: &Actor,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<i64, Error> {
        let mut conn = self.read().await?;
        let (found, stored) = access_message(&mut conn, actor, message, Action::ReadChat).await?;
        if found.id == channel {
            Ok(stored.seq)
        } else {
            Err(Error::NotFound)
        }
    }
}

/// The topic's number is read first: what happens between the two reads is then
/// told again by an event, which a client applies once, never missed.
pub(crate) async fn page(
    conn: &mut Conn,
    reader: Option<PersonId>,
    channel: ChannelId,
    window: Window,
    limit: i64,
) -> Result<MessagePage, Error> {
    let seq = outbox::latest(conn, &Topic::Channel(channel).to_string()).await?;
    let stored = match window {
        Window::Latest => store::list_before(conn, channel, None, limit).await?,
        Window::Before(before) => store::list_before(conn, channel, Some(before), limit).await?,
        Window::After(after) => store::list_after(conn, channel, after, limit).await?,
    };
    let ids: Vec<MessageId> = stored.iter().map(|m| m.id).collect();
    let mut reacted = reactions::list(conn, &ids, reader).await?;
    let messages: Vec<Message> = stored
        .into_iter()
        .map(|stored| {
            let reactions = reacted.remove(&stored.id).unwrap_or_default();
            message(stored, reactions)
        })
        .collect::<Result<_, _>>()?;
    let more_before = messages.first().is_some_and(|first| first.seq > 1);
    Ok(MessagePage {
        messages,
        seq,
        more_before,
    })
}

pub(crate) fn message(
    stored: Stored,
    reactions: Vec<reactions::Counted>,
) -> Result<Message, Error> {
    Ok(Message {
        id: stored.id,
        channel: stored.channel,
        seq: stored.seq,
        author: stored.author.map(|a| Author {
            id: a.id,
            name: a.name,
            pronouns: a.pronouns,
        }),
        sent_at: stored.sent.0,
        source: stored.source,
        body: serde_json::from_str(&stored.body)
            .map_err(|e| Error::Internal(format!("a stored message: {e}")))?,
        reactions: reactions
            .into_iter()
            .map(|c| Reaction {
                emoji: c.emoji,
                count: c.count,
                mine: c.mine,
            })
            .collect(),
    })
}

//! Messages: posting, and what a message is to those who read it.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::commands::{self, Typed};
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::{MessageKind, MessageText};
use hallway_protocol::images::AttachImage;
use hallway_protocol::mentions as called;
use hallway_protocol::messages::{Author, Message, Quoted};
use hallway_protocol::reactions::Reaction;
use hallway_protocol::{Event, Topic, rich_text};
use hallway_store::messages::{self as store, Stored, StoredAuthor, StoredQuote};
use hallway_store::{Conn, accounts, mentions as mention_rows, reactions};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::access::access_channel;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::screening::Words;
use crate::{digests, images, mentions, pushes, screening, threads};

/// Characters of a quoted message that are shown.
const EXCERPT: usize = 140;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostMessage {
    pub channel: ChannelId,
    pub body: String,
    pub kind: MessageKind,
    /// The message of the same channel that it answers.
    pub reply_to: Option<MessageId>,
    /// The message whose thread it is for.
    pub thread: Option<MessageId>,
    /// Whether an answer in a thread stands in the channel's own list too.
    pub also_in_channel: bool,
    /// Pictures that its author sent before.
    #[serde(default)]
    pub images: Vec<AttachImage>,
}

impl PostMessage {
    /// A message that answers none.
    pub fn new(channel: ChannelId, body: impl Into<String>) -> Self {
        Self {
            channel,
            body: body.into(),
            kind: MessageKind::Said,
            reply_to: None,
            thread: None,
            also_in_channel: false,
            images: vec![],
        }
    }

    /// What a person typed, where a line may be a command such as `/me waves`.
    pub fn typed(channel: ChannelId, line: &str) -> Result<Self, Error> {
        let Typed { kind, text } =
            commands::parse(line).map_err(|e| Error::invalid("command", e))?;
        Ok(Self {
            kind,
            ..Self::new(channel, text)
        })
    }

    /// Its words; a picture needs none.
    fn text(&self) -> Result<MessageText, Error> {
        let text = match self.images.is_empty() {
            true => MessageText::parse(&self.body),
            false => MessageText::caption(&self.body),
        };
        text.map_err(|e| Error::invalid("body", e))
    }
}

impl Command for PostMessage {
    type Answer = Message;
    const WORDS_ALONE: bool = true;

    async fn run(mut self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Message, Error> {
        let text = self.text()?;
        self.images = images::parse(&self.images)?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let (event, channel) =
            access_channel(ctx.conn, actor, self.channel, Action::PostMessage).await?;
        images::own_free(ctx.conn, person, &self.images).await?;
        let words = Words {
            text: &text,
            images: &self.images,
        };
        let asked = screening::ask(ctx, actor, person, &event, &channel, words).await?;
        match asked {
            // What few say among themselves is shown to no moderator.
            Some(_) if channel.is_closed() => Err(Error::Conflict(
                "what you write waits for a moderator, and nobody moderates here".into(),
            )),
            Some(reason) => Err(screening::hold(ctx, person, &event, &self, &text, reason).await),
            None => say(ctx, actor, person, &channel, self).await,
        }
    }
}

/// Says it in the name of its author, whom nothing keeps from it.
pub(crate) async fn say(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    person: PersonId,
    channel: &Channel,
    command: PostMessage,
) -> Result<Message, Error> {
    let text = command.text()?;
    let pictures = images::own(ctx.conn, person, &command.images).await?;
    let author = match ctx.acting(person) {
        Some(acting) => acting.clone(),
        None => accounts::find(ctx.conn, person)
            .await?
            .ok_or(Error::SignInNeeded)?,
    };
    let thread = match command.thread {
        Some(id) => Some(threads::root(ctx.conn, channel.id, id).await?),
        None => None,
    };
    let reply_to = match command.reply_to {
        Some(id) => Some(quote(ctx.conn, channel.id, id).await?),
        None => None,
    };
    let body = mentions::parse(ctx.conn, actor, channel, text.as_str()).await?;
    let mut stored = Stored {
        id: ctx.id(),
        channel: channel.id,
        seq: 0,
        author: Some(StoredAuthor {
            id: author.id,
            name: author.name.into(),
            pronouns: author.pronouns,
            kind: author.kind,
        }),
        source: text.as_str().to_owned(),
        body: json(&body)?,
        images: images::kept(&pictures)?,
        sent: ctx.now(),
        kind: command.kind,
        thread: thread.as_ref().map(|root| root.id),
        in_channel: thread.is_none() || command.also_in_channel,
        reply_to,
        replies: 0,
        last_reply: None,
        edited: None,
        removed: None,
        pinned: None,
    };
    let browsers = store::insert(ctx.conn, &mut stored).await?;
    images::post(ctx, person, stored.id, &pictures).await?;
    mention_rows::insert(ctx.conn, stored.id, &called::people(&body)).await?;
    if let Some(root) = &thread {
        threads::answered(ctx, root, person).await?;
    }
    let message = message(stored, vec![])?;
    ctx.announce(
        Event::MessagePosted {
            message: message.clone(),
        },
        Audience::One(Topic::Channel(channel.id)),
    )
    .await?;
    if browsers {
        pushes::spread(ctx, channel, message.id, person).await?;
    }
    digests::call(ctx, channel, &message, person).await?;
    Ok(message)
}

/// What an answer shows of the message it answers.
async fn quote(conn: &mut Conn, channel: ChannelId, id: MessageId) -> Result<StoredQuote, Error> {
    let found = store::find(conn, id)
        .await?
        .filter(|found| found.channel == channel)
        .ok_or_else(|| Error::invalid("reply_to", "there is no such message in this channel"))?;
    if found.removed.is_some() {
        return Err(Error::Conflict("the message you answer was removed".into()));
    }
    Ok(StoredQuote {
        id: found.id,
        seq: found.seq,
        author: found.author,
        body: found.body,
        removed: false,
    })
}

impl Service {
    /// Whether the actor may write in a channel at all, before what they write
    /// is read.
    pub async fn may_post(&self, actor: &Actor, channel: ChannelId) -> Result<(), Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::PostMessage).await?;
        Ok(())
    }
}

/// A message as people see it. Of a removed one they see its place alone.
pub(crate) fn message(
    stored: Stored,
    reactions: Vec<reactions::Counted>,
) -> Result<Message, Error> {
    let gone = stored.removed.is_some();
    let body = tree(&stored.body)?;
    Ok(Message {
        images: images::shown(stored.images.as_deref())?,
        id: stored.id,
        channel: stored.channel,
        seq: stored.seq,
        author: stored.author.filter(|_| !gone).map(author),
        sent_at: stored.sent.0,
        mentions: called::people(&body),
        body: (!rich_text::is_as_typed(&body, &stored.source)).then_some(body),
        source: stored.source,
        reactions: reactions.into_iter().map(reaction).collect(),
        kind: stored.kind,
        thread: stored.thread,
        in_channel: stored.in_channel,
        replies: stored.replies,
        last_reply_at: stored.last_reply.map(|at| at.0),
        reply_to: match stored.reply_to.filter(|_| !gone) {
            Some(quote) => Some(quoted(quote)?),
            None => None,
        },
        edited_at: stored.edited.map(|at| at.0),
        removed: stored.removed,
        pinned: stored.pinned.is_some(),
    })
}

pub(crate) fn reaction(counted: reactions::Counted) -> Reaction {
    Reaction {
        emoji: counted.emoji,
        count: counted.count,
        mine: counted.mine,
    }
}

fn author(stored: StoredAuthor) -> Author {
    Author {
        id: stored.id,
        name: stored.name,
        pronouns: stored.pronouns,
        kind: stored.kind,
    }
}

fn quoted(quote: StoredQuote) -> Result<Quoted, Error> {
    let words = if quote.removed {
        String::new()
    } else {
        rich_text::plain(&tree(&quote.body)?)
    };
    Ok(Quoted {
        id: quote.id,
        seq: quote.seq,
        author: quote.author.filter(|_| !quote.removed).map(author),
        excerpt: excerpt(&words),
    })
}

/// The beginning of a text on one line.
pub(crate) fn excerpt(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= EXCERPT {
        return words;
    }
    let mut short: String = words.chars().take(EXCERPT - 1).collect();
    short.push('…');
    short
}

pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Internal(e.to_string()))
}

pub(crate) fn tree(body: &str) -> Result<Vec<rich_text::Block>, Error> {
    serde_json::from_str(body).map_err(|e| Error::Internal(format!("a stored message: {e}")))
}

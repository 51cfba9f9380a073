//! Messages: posting, and reading a channel's history.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelState};
use hallway_model::commands::{self, Typed};
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::{MessageKind, MessageText};
use hallway_model::stages::RecordingState;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::images::AttachImage;
use hallway_protocol::mentions as called;
use hallway_protocol::messages::{Author, Message, MessagePage, Quoted, Timeline};
use hallway_protocol::reactions::Reaction;
use hallway_protocol::{Event, Topic, rich_text, routes};
use hallway_store::messages::{self as store, Stored, StoredAuthor, StoredQuote};
use hallway_store::{
    Conn, accounts, channels, events, mentions as mention_rows, outbox, reactions, read_marks,
    recordings, sessions,
};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::access::{access_channel, access_message, access_opened};
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::memory::Opened;
use crate::screening::Words;
use crate::{digests, images, mentions, pushes, screening, threads};

/// Messages of one page at the most.
pub const MAX_PAGE: i64 = 100;
/// How long a channel's newest page is kept where nothing happens in the channel:
/// other processes may change what it holds without an event, such as a name.
const NEWEST_FOR: Span = Span::seconds(1);
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
    store::insert(ctx.conn, &mut stored).await?;
    images::post(ctx, person, stored.id, &pictures).await?;
    read_marks::follow(ctx.conn, person, channel.id, stored.seq).await?;
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
    pushes::spread(ctx, channel, message.id, person).await?;
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

/// Which part of a history to read.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// The newest.
    Latest,
    Before(i64),
    After(i64),
    /// What stands about a message, itself among it.
    Around(i64),
}

/// A channel's newest page, as nobody in particular sees it.
pub(crate) struct Newest {
    /// The moment before it was read.
    read: Timestamp,
    page: MessagePage,
    json: Bytes,
}

impl Newest {
    fn has_reactions(&self) -> bool {
        let mut shown = self.page.messages.iter().chain(&self.page.pins);
        shown.any(|message| !message.reactions.is_empty())
    }
}

impl Service {
    /// Whether the actor may write in a channel at all, before what they write
    /// is read.
    pub async fn may_post(&self, actor: &Actor, channel: ChannelId) -> Result<(), Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::PostMessage).await?;
        Ok(())
    }

    /// A page of a channel's history, with the topic's number to go on from.
    pub async fn messages(
        &self,
        actor: &Actor,
        channel: ChannelId,
        window: Window,
        limit: i64,
    ) -> Result<MessagePage, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        if let (Window::Latest, Some(opened)) = (window, self.opened(channel).await?) {
            access_opened(actor, &opened)?;
            let newest = self.newest(channel, limit).await?;
            return Ok(MessagePage {
                timeline: opened.timeline,
                ..self.for_reader(&newest, actor.person).await?
            });
        }
        let mut conn = self.read().await?;
        let (event, found) = access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        Ok(MessagePage {
            timeline: timeline(&mut conn, &event, &found).await?,
            ..page(&mut conn, actor.person, channel, window, limit).await?
        })
    }

    /// A channel that is open to whoever reads the event's chat; none where it is
    /// closed, merged or not there, and is asked for with the person.
    pub(crate) async fn opened(&self, id: ChannelId) -> Result<Option<Opened>, Error> {
        let known = || self.0.memory.channels.get(&id, self.moment());
        if let Some(opened) = known() {
            return Ok(Some(opened));
        }
        match self.while_it_answers(self.open(id)).await {
            Err(Error::Unavailable(why)) => known().map(Some).ok_or(Error::Unavailable(why)),
            found => found,
        }
    }

    async fn open(&self, id: ChannelId) -> Result<Option<Opened>, Error> {
        let moment = self.moment();
        let mut conn = self.read().await?;
        let Some(channel) = channels::find(&mut conn, id).await? else {
            return Ok(None);
        };
        if channel.is_closed() || matches!(channel.state, ChannelState::Merged { .. }) {
            return Ok(None);
        }
        let Some(event) = events::find(&mut conn, channel.event).await? else {
            return Ok(None);
        };
        let opened = Opened {
            timeline: timeline(&mut conn, &event, &channel).await?,
            event,
            channel,
        };
        let channels = &self.0.memory.channels;
        channels.keep(id, moment, opened.clone());
        Ok(Some(opened))
    }

    /// The newest page. A hall that opens a channel at the same moment reads it
    /// once, as long as nothing happens there. What another process adds
    /// meanwhile is told by the events after the page's number.
    async fn newest(&self, channel: ChannelId, limit: i64) -> Result<Arc<Newest>, Error> {
        let pages = &self.0.newest_pages;
        let kept = || {
            let (moment, relayed) = (self.moment(), &self.0.relayed);
            let topic = Topic::Channel(channel);
            let kept = pages.get(&(channel, limit))?;
            // Better a page that lacks the last words than none; they follow
            // as events after its number.
            let from = if moment.is_silent() {
                relayed.changed(topic)
            } else {
                relayed.newest(topic)
            };
            (kept.page.seq >= from && moment.is_within(NEWEST_FOR, kept.read)).then_some(kept)
        };
        if let Some(kept) = kept() {
            return Ok(kept);
        }
        let read = self.now();
        let reading = self.while_it_answers(async {
            let mut conn = self.read().await?;
            page(&mut conn, None, channel, Window::Latest, limit).await
        });
        match reading.await {
            Ok(page) => {
                let json = json(&page)?.into();
                let newest = Arc::new(Newest { read, page, json });
                pages.insert((channel, limit), Arc::clone(&newest));
                Ok(newest)
            }
            Err(Error::Unavailable(why)) => kept().ok_or(Error::Unavailable(why)),
            Err(error) => Err(error),
        }
    }

    /// The page as one reader sees it: which reactions are their own is asked
    /// for each, where there are any.
    async fn for_reader(
        &self,
        newest: &Newest,
        reader: Option<PersonId>,
    ) -> Result<MessagePage, Error> {
        let mut page = newest.page.clone();
        if reader.is_some() && newest.has_reactions() {
            let shown = page.messages.iter().chain(&page.pins);
            let shown: Vec<MessageId> = shown.map(|message| message.id).collect();
            let own = self.while_it_answers(async {
                Ok(reactions::list(&mut self.read().await?, &shown, reader).await?)
            });
            let own = match own.await {
                // Better a page that marks none as the reader's own than none.
                Err(Error::Unavailable(_)) => HashMap::new(),
                own => own?,
            };
            for message in page.messages.iter_mut().chain(&mut page.pins) {
                if let Some(counted) = own.get(&message.id) {
                    message.reactions = counted.iter().cloned().map(reaction).collect();
                }
            }
        }
        Ok(page)
    }

    /// The same page as JSON: of a channel that many open at the same moment it
    /// is written once.
    pub async fn messages_json(
        &self,
        actor: &Actor,
        channel: ChannelId,
        window: Window,
        limit: i64,
    ) -> Result<Bytes, Error> {
        if let (Window::Latest, Some(opened)) = (window, self.opened(channel).await?)
            && opened.timeline.is_none()
        {
            access_opened(actor, &opened)?;
            let newest = self.newest(channel, limit.clamp(1, MAX_PAGE)).await?;
            if actor.person.is_none() || !newest.has_reactions() {
                return Ok(newest.json.clone());
            }
        }
        let page = self.messages(actor, channel, window, limit).await?;
        Ok(json(&page)?.into())
    }

    /// Number of the first message sent at a moment or later; none where
    /// everything was said before.
    pub async fn first_since(
        &self,
        actor: &Actor,
        channel: ChannelId,
        moment: Timestamp,
    ) -> Result<Option<i64>, Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        Ok(store::first_since(&mut conn, channel, moment).await?)
    }

    /// The slug of a channel and the number of a message in it, where the actor
    /// may read it and it is still there.
    pub async fn message_place(
        &self,
        actor: &Actor,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<Option<(String, i64)>, Error> {
        let mut conn = self.read().await?;
        match access_message(&mut conn, actor, message, Action::ReadChat).await {
            Ok((found, stored)) if found.id == channel => Ok(Some((found.slug, stored.seq))),
            Ok(_) | Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds a message in the channel it is asked for in, so that it cannot be
    /// reached by the address of another event (abuse case A2).
    pub async fn message_in(
        &self,
        actor: &Actor,
        channel: ChannelId,
        id: MessageId,
    ) -> Result<Message, Error> {
        let mut conn = self.read().await?;
        let (found, stored) = access_message(&mut conn, actor, id, Action::ReadChat).await?;
        if found.id == channel {
            message(stored, vec![])
        } else {
            Err(Error::NotFound)
        }
    }

    /// The message of a channel by its number.
    pub async fn message_numbered(
        &self,
        actor: &Actor,
        channel: ChannelId,
        seq: i64,
    ) -> Result<Message, Error> {
        let mut conn = self.read().await?;
        access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        let found = store::find_by_seq(&mut conn, channel, seq).await?;
        message(found.ok_or(Error::NotFound)?, vec![])
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
        Window::Around(at) => {
            let mut about = store::list_before(conn, channel, Some(at), limit / 2).await?;
            let rest = limit - about.len() as i64;
            about.extend(store::list_after(conn, channel, at - 1, rest).await?);
            about
        }
    };
    let messages = with_reactions(conn, reader, stored).await?;
    let more_before = messages.first().is_some_and(|first| first.seq > 1);
    let more_after = match messages.last() {
        Some(last) => store::newest(conn, channel).await? > last.seq,
        None => false,
    };
    let pins = match window {
        Window::Latest | Window::Around(_) => {
            let pinned = store::list_pinned(conn, channel).await?;
            with_reactions(conn, reader, pinned).await?
        }
        Window::Before(_) | Window::After(_) => vec![],
    };
    Ok(MessagePage {
        messages,
        seq,
        more_before,
        more_after,
        pins,
        timeline: None,
    })
}

/// Where the recording of a session's channel lies in time, once there is one.
async fn timeline(
    conn: &mut Conn,
    event: &hallway_model::events::Event,
    channel: &Channel,
) -> Result<Option<Timeline>, Error> {
    let Some(id) = channel.kind.session() else {
        return Ok(None);
    };
    let recording = recordings::find_by_session(conn, id).await?;
    let Some(recording) =
        recording.filter(|found| matches!(found.state, RecordingState::Published { .. }))
    else {
        return Ok(None);
    };
    let session = sessions::find(conn, id).await?;
    Ok(session.map(|session| Timeline {
        from: recording.from.0,
        to: recording.to.0,
        url: routes::talk(&event.slug, &session.code),
    }))
}

/// Messages of a channel and of its threads, in their order, for a file of them.
pub(crate) async fn everything_after(
    conn: &mut Conn,
    channel: ChannelId,
    after: i64,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    let stored = store::list_everything_after(conn, channel, after, limit).await?;
    with_reactions(conn, None, stored).await
}

pub(crate) async fn with_reactions(
    conn: &mut Conn,
    reader: Option<PersonId>,
    stored: Vec<Stored>,
) -> Result<Vec<Message>, Error> {
    let ids: Vec<MessageId> = stored.iter().map(|m| m.id).collect();
    let mut reacted = reactions::list(conn, &ids, reader).await?;
    let mut messages: Vec<Message> = stored
        .into_iter()
        .map(|stored| {
            let reactions = reacted.remove(&stored.id).unwrap_or_default();
            message(stored, reactions)
        })
        .collect::<Result<_, _>>()?;
    mentions::rename(conn, &mut messages).await?;
    Ok(messages)
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

fn reaction(counted: reactions::Counted) -> Reaction {
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

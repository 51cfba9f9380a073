//! A channel's history as it is read: by pages, whole, and one message of it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelState};
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::stages::RecordingState;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::frames::MAX_HISTORY;
use hallway_protocol::messages::{Message, MessagePage, Timeline};
use hallway_protocol::{Topic, routes};
use hallway_store::messages::{self as store, Stored};
use hallway_store::{Conn, channels, events, outbox, reactions, recordings, sessions};

use crate::access::{access_channel, access_message, access_opened};
use crate::error::Error;
use crate::memory::Opened;
use crate::messages::{json, message, reaction};
use crate::{Service, mentions};

/// Messages of one page at the most.
pub const MAX_PAGE: i64 = MAX_HISTORY;
/// How long a channel's newest page is kept where nothing happens in the channel:
/// other processes may change what it holds without an event, such as a name.
const NEWEST_FOR: Span = Span::seconds(1);

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

/// A page as JSON, and the topic's number to go on from.
pub struct Written {
    pub seq: i64,
    pub json: Bytes,
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
    ) -> Result<Written, Error> {
        if let (Window::Latest, Some(opened)) = (window, self.opened(channel).await?)
            && opened.timeline.is_none()
        {
            access_opened(actor, &opened)?;
            let newest = self.newest(channel, limit.clamp(1, MAX_PAGE)).await?;
            if actor.person.is_none() || !newest.has_reactions() {
                return Ok(Written {
                    seq: newest.page.seq,
                    json: newest.json.clone(),
                });
            }
        }
        let page = self.messages(actor, channel, window, limit).await?;
        Ok(Written {
            seq: page.seq,
            json: json(&page)?.into(),
        })
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

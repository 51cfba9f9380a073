//! "Catch me up": what happened in an event's channels since somebody read them,
//! with what calls them and what moved others on top.

use std::collections::BTreeMap;

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{MessageId, PersonId};
use hallway_model::reading::Level;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::Message;
use hallway_store::{Conn, blocks, calls, messages as store, reactions, read_marks};

use crate::Service;
use crate::access::access_event;
use crate::error::Error;
use crate::messages::message;
use crate::reading::{Reading, readings};

/// Channels told of at once; the rest waits.
const MAX_CHANNELS: usize = 30;
/// Messages of a channel that are shown: its first, those that call, those that
/// most reacted to.
const FIRST: i64 = 3;
const CALLS: i64 = 5;
const LIKED: i64 = 3;
/// Messages among which the liked ones are looked for.
const LOOKED_AT: i64 = 1_000;

/// What happened since.
#[derive(Debug)]
pub struct CatchUp {
    pub event: Event,
    /// When the reader last read anything here.
    pub since: Option<Timestamp>,
    /// Those that call the reader first, then the liveliest.
    pub channels: Vec<News>,
    /// Whether there is more than is told of here.
    pub more: bool,
}

/// What is new in a channel.
#[derive(Debug)]
pub struct News {
    pub channel: Channel,
    pub reading: Reading,
    /// Oldest first.
    pub messages: Vec<Shown>,
}

#[derive(Debug)]
pub struct Shown {
    pub message: Message,
    pub why: Why,
}

/// Why a message is shown among many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    First,
    Liked,
    Calls,
}

impl Service {
    /// Whether the actor has a place in an event's chat that is kept.
    pub async fn keep_place(&self, actor: &Actor, event: &str) -> Result<(), Error> {
        let mut conn = self.read().await?;
        access_event(&mut conn, actor, event, Action::FollowChat)
            .await
            .map(drop)
    }

    pub async fn catch_up(&self, actor: &Actor, event: &str) -> Result<CatchUp, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::ReadChat).await?;
        let Some(person) = actor.person else {
            return Ok(CatchUp {
                event,
                since: None,
                channels: vec![],
                more: false,
            });
        };
        let since = read_marks::last_moved(&mut conn, person, event.id).await?;
        let blocked = blocks::list(&mut conn, person).await?;
        let mut waiting = readings(&mut conn, actor, &event).await?;
        waiting.retain(|(_, reading)| {
            let waits = reading.unread() > 0 || reading.mentions > 0;
            waits && reading.level != Level::Nothing
        });
        waiting.sort_by_key(|(_, reading)| (-reading.mentions, -reading.unread()));
        let more = waiting.len() > MAX_CHANNELS;
        waiting.truncate(MAX_CHANNELS);
        let mut channels = vec![];
        for (channel, reading) in waiting {
            let mut messages = shown(&mut conn, person, &channel, reading).await?;
            messages.retain(|shown| {
                let author = shown.message.author.as_ref();
                author.is_none_or(|author| !blocked.contains(&author.id))
            });
            channels.push(News {
                channel,
                reading,
                messages,
            });
        }
        Ok(CatchUp {
            event,
            since,
            channels,
            more,
        })
    }
}

async fn shown(
    conn: &mut Conn,
    person: PersonId,
    channel: &Channel,
    reading: Reading,
) -> Result<Vec<Shown>, Error> {
    let Reading { mark, last, .. } = reading;
    // Who was never here is told only of what calls them.
    let mark_or_end = mark.unwrap_or(last);
    let mut why: BTreeMap<i64, Why> = BTreeMap::new();
    let calling = calls::list(conn, person, channel.id, mark.unwrap_or(0), CALLS).await?;
    why.extend(calling.into_iter().map(|seq| (seq, Why::Calls)));
    let to = last.min(mark_or_end + LOOKED_AT);
    let liked = reactions::most(conn, channel.id, mark_or_end, to, LIKED).await?;
    for (seq, reason) in liked
        .into_iter()
        .map(|seq| (seq, Why::Liked))
        .chain((mark_or_end + 1..=last.min(mark_or_end + FIRST)).map(|seq| (seq, Why::First)))
    {
        let known = why.entry(seq).or_insert(reason);
        *known = reason.max(*known);
    }
    let numbers: Vec<i64> = why.keys().copied().collect();
    let stored = store::list_numbered(conn, channel.id, &numbers).await?;
    let ids: Vec<MessageId> = stored.iter().map(|m| m.id).collect();
    let mut reacted = reactions::list(conn, &ids, Some(person)).await?;
    stored
        .into_iter()
        .map(|stored| {
            let why = why.get(&stored.seq).copied().unwrap_or(Why::First);
            let reactions = reacted.remove(&stored.id).unwrap_or_default();
            let message = message(stored, reactions)?;
            Ok(Shown { message, why })
        })
        .collect()
}

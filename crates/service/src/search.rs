//! Searching what was said, over every channel of an event that the reader may
//! read, and in no other.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::search::{self as rules, Query};
use hallway_model::time::{Timestamp, Zone};
use hallway_protocol::messages::Message;
use hallway_protocol::search::{Hit, Piece, SearchPage};
use hallway_protocol::{rich_text, routes};
use hallway_store::search::{self as store, Place, Wanted};
use hallway_store::{Conn, blocks, reactions, sessions};

use crate::Service;
use crate::access::access_event;
use crate::channels::readable;
use crate::error::Error;
use crate::messages::message;

/// Hits of one page at the most.
pub const MAX_PAGE: i64 = 50;
/// People that a name stands for at the most.
const MAX_NAMED: i64 = 50;

/// What a reader may search: had from [`Service::searchable`] alone.
#[derive(Debug)]
pub struct Searchable {
    event: Event,
    channels: Vec<Channel>,
}

impl Searchable {
    pub fn event(&self) -> &Event {
        &self.event
    }

    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }
}

/// Which part of the hits to read.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The `next` of the part before.
    pub cursor: Option<&'a str>,
    pub limit: i64,
}

impl Service {
    /// The channels of an event that a search by this reader goes through.
    pub async fn searchable(&self, actor: &Actor, event: &str) -> Result<Searchable, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::ReadChat).await?;
        let channels = readable(&mut conn, actor, &event)
            .await?
            .into_iter()
            .map(|(channel, _)| channel)
            .collect();
        Ok(Searchable { event, channels })
    }

    /// Looks for messages. Days are days in `zone`.
    pub async fn search(
        &self,
        actor: &Actor,
        place: &Searchable,
        query: &Query,
        zone: &Zone,
        part: Part<'_>,
    ) -> Result<SearchPage, Error> {
        let after = part.cursor.map(read_cursor).transpose()?;
        let Searchable { event, channels } = place;
        let mut conn = self.read().await?;
        let within = narrowed(&mut conn, event, channels, query).await?;
        let people = people(&mut conn, query).await?;
        let blocked = match actor.person {
            Some(person) => blocks::list(&mut conn, person).await?,
            None => vec![],
        };
        let wanted = Wanted {
            terms: &query.terms,
            link: query.link,
            channels: &within,
            people: people.as_deref(),
            not_by: &blocked,
            since: query.since.map(|day| day.start(zone)),
            until: query.until.map(|day| day.next().start(zone)),
            after,
        };
        let limit = part.limit.clamp(1, MAX_PAGE);
        // One more tells whether there is another page; nothing is counted.
        let mut found = store::find(&mut conn, &wanted, limit + 1).await?;
        let more = found.len() as i64 > limit;
        found.truncate(usize::try_from(limit).unwrap_or_default());
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| format!("{}.{}", last.sent.0, last.id));
        let ids: Vec<MessageId> = found.iter().map(|m| m.id).collect();
        let mut reacted = reactions::list(&mut conn, &ids, actor.person).await?;
        let mut hits = vec![];
        for stored in found {
            let Some(channel) = channels.iter().find(|c| c.id == stored.channel) else {
                continue;
            };
            let reactions = reacted.remove(&stored.id).unwrap_or_default();
            hits.push(hit(event, channel, message(stored, reactions)?, query));
        }
        Ok(SearchPage { hits, next })
    }
}

fn hit(event: &Event, channel: &Channel, message: Message, query: &Query) -> Hit {
    let pieces = rules::pieces(&rich_text::plain(&message.blocks()), &query.terms);
    Hit {
        channel: channel.slug.clone(),
        channel_name: channel.name.clone(),
        url: routes::channel_at(&event.slug, &channel.slug, message.seq),
        pieces: pieces
            .into_iter()
            .map(|piece| Piece {
                text: piece.text,
                marked: piece.marked,
            })
            .collect(),
        message,
    }
}

/// The channels a query names, of those that the reader may read.
async fn narrowed(
    conn: &mut Conn,
    event: &Event,
    channels: &[Channel],
    query: &Query,
) -> Result<Vec<ChannelId>, Error> {
    let session = match &query.talk {
        Some(code) => {
            let code = code.trim().to_uppercase();
            let found = sessions::find_by_code(conn, event.id, &code).await?;
            // No such talk: no channel is its.
            Some(found.map(|session| session.id))
        }
        None => None,
    };
    let named = query.channel.as_ref().map(|name| name.to_lowercase());
    // A slug is exact; only where nothing has it, names that begin so.
    let exact = named
        .as_ref()
        .is_some_and(|name| channels.iter().any(|channel| channel.slug == *name));
    let fits = |channel: &&Channel| {
        let by_name = named.as_ref().is_none_or(|name| {
            if exact {
                channel.slug == *name
            } else {
                channel.name.to_lowercase().starts_with(name.as_str())
            }
        });
        let by_talk = session
            .as_ref()
            .is_none_or(|wanted| wanted.is_some() && channel.kind.session() == *wanted);
        by_name && by_talk
    };
    Ok(channels.iter().filter(fits).map(|c| c.id).collect())
}

async fn people(conn: &mut Conn, query: &Query) -> Result<Option<Vec<PersonId>>, Error> {
    let Some(name) = query.person.as_deref().map(str::trim) else {
        return Ok(None);
    };
    Ok(Some(match name.parse::<PersonId>() {
        Ok(id) => vec![id],
        Err(_) => store::people_named(conn, name, MAX_NAMED).await?,
    }))
}

/// `SENT.MESSAGE`, as a page before gave it.
fn read_cursor(cursor: &str) -> Result<Place, Error> {
    let read = || {
        let (sent, message) = cursor.split_once('.')?;
        Some(Place {
            sent: Timestamp(sent.parse().ok()?),
            message: message.parse().ok()?,
        })
    };
    read().ok_or_else(|| Error::invalid("cursor", "give the `next` of the page before"))
}

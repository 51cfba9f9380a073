//! Who is in a channel, as far as they want it known, and who writes there.
//! Who has it open is the gateway's to know; whose names may be given to whom
//! is asked here.

use hallway_bus::Writing;
use hallway_model::access::{Action, Actor, Object};
use hallway_model::channels::Channel;
use hallway_model::ids::{ChannelId, PersonId};
use hallway_model::presence::Shown;
use hallway_protocol::Topic;
pub use hallway_store::presence::Here;
use hallway_store::{accounts, blocks, presence as store, sanctions};

use crate::Service;
use crate::access::{access_channel, require};
use crate::error::Error;

/// Names on one page.
const PAGE: i64 = 50;

/// Those of a channel who may be named, a page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleHere {
    pub people: Vec<Here>,
    /// Whether another page follows.
    pub more: bool,
}

impl Service {
    /// Everybody who wants to be seen otherwise than most.
    pub async fn shown(&self) -> Result<Vec<(PersonId, Shown)>, Error> {
        Ok(store::list_shown(&mut self.read().await?).await?)
    }

    /// A channel that the actor may read.
    pub async fn channel_by_id(&self, actor: &Actor, channel: ChannelId) -> Result<Channel, Error> {
        let mut conn = self.read().await?;
        let (_, channel) = access_channel(&mut conn, actor, channel, Action::ReadChat).await?;
        Ok(channel)
    }

    /// Of those who have a channel open, the ones the reader may be told of:
    /// who wants to be named, and whom no block parts from the reader. Pages
    /// begin at 1.
    pub async fn people_here(
        &self,
        actor: &Actor,
        channel: &Channel,
        there: &[PersonId],
        page: i64,
    ) -> Result<PeopleHere, Error> {
        require(actor, Action::SeePeople, &Object::event(channel.event))?;
        let me = actor.person.ok_or(Error::SignInNeeded)?;
        let skipped = (page.clamp(1, 1_000) - 1) * PAGE;
        let now = self.now();
        let mut conn = self.read().await?;
        let mut people = store::list(&mut conn, there, me, now, PAGE + 1, skipped).await?;
        let more = people.len() as i64 > PAGE;
        people.truncate(PAGE as usize);
        Ok(PeopleHere { people, more })
    }

    /// Somebody writes in a channel: what those there may be told, if they may
    /// write there at all.
    pub async fn writing(&self, actor: &Actor, channel: ChannelId) -> Result<Writing, Error> {
        let mut conn = self.read().await?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        // A connection may be older than what stands against its person.
        let actor = &Actor {
            sanctions: sanctions::against(&mut conn, person, self.now()).await?,
            ..actor.clone()
        };
        let (_, channel) = access_channel(&mut conn, actor, channel, Action::PostMessage).await?;
        let found = accounts::find(&mut conn, person)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Writing {
            topic: Topic::Channel(channel.id),
            person,
            name: found.name.into(),
            hidden_from: blocks::list_parted(&mut conn, person).await?,
        })
    }
}

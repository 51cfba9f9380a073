//! Taking back a raid: what newcomers said lately, grouped by account, removed
//! in one action, and given back in one (promise R25).

use std::collections::BTreeMap;

use hallway_model::access::{Action, Actor};
use hallway_model::audit::Deed;
use hallway_model::events::Event;
use hallway_model::ids::{BulkId, PersonId};
use hallway_model::messages::Removal;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::bulk_removals::{self as store, Bulk, Lately};
use hallway_store::{messages, screening};

use crate::Service;
use crate::access::access_event;
use crate::audit::Noted;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::messages::message;
use crate::revisions::retell;
use crate::sanctions::queue_changed;

/// Messages looked at, and removed, at once.
const MOST: i64 = 2_000;
/// Removals that can be taken back and are listed.
const LISTED: i64 = 20;
/// Longest time looked back.
const LONGEST: i64 = 24 * 60;

/// Removes what some people said lately, while they were new.
#[derive(Clone, Debug)]
pub struct RemoveOf {
    pub event: String,
    pub people: Vec<PersonId>,
    pub minutes: i64,
}

impl Command for RemoveOf {
    /// Messages removed.
    type Answer = usize;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<usize, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Moderate).await?;
        let since = since(self.minutes, ctx.now());
        let lately = store::lately(ctx.conn, event.id, since, MOST).await?;
        let theirs: Vec<Lately> = lately
            .into_iter()
            .filter(|said| self.people.contains(&said.author))
            .collect();
        for person in &self.people {
            screening::delete_held_of(ctx.conn, event.id, *person).await?;
        }
        if theirs.is_empty() {
            queue_changed(ctx, &event).await?;
            return Ok(0);
        }
        let bulk: BulkId = ctx.id();
        store::insert(ctx.conn, bulk, event.id, ctx.now()).await?;
        let mut counts: BTreeMap<PersonId, usize> = BTreeMap::new();
        for said in &theirs {
            store::keep(ctx.conn, bulk, said.message).await?;
            let by = Removal::Moderator;
            messages::remove(ctx.conn, said.message, by).await?;
            let channel = messages::find(ctx.conn, said.message)
                .await?
                .ok_or(Error::NotFound)?
                .channel;
            let removed = Happened::MessageRemoved {
                message: said.message,
                by,
            };
            ctx.announce(removed, Audience::One(Topic::Channel(channel)))
                .await?;
            retell(ctx, channel, said.message, said.sent).await?;
            *counts.entry(said.author).or_default() += 1;
        }
        for (person, count) in counts {
            let noted = Noted::of(Deed::BulkRemoved)
                .about(person)
                .because(format!("× {count}"));
            ctx.note(actor, event.id, noted).await?;
        }
        queue_changed(ctx, &event).await?;
        Ok(theirs.len())
    }
}

/// Gives back what was removed in one action.
#[derive(Clone, Debug)]
pub struct Restore {
    pub event: String,
    pub bulk: BulkId,
}

impl Command for Restore {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Moderate).await?;
        let (of, undone) = store::find(ctx.conn, self.bulk)
            .await?
            .ok_or(Error::NotFound)?;
        if of != event.id {
            return Err(Error::NotFound);
        }
        if undone.is_some() {
            return Ok(());
        }
        let kept = store::list_kept(ctx.conn, self.bulk).await?;
        let mut restored = 0;
        for kept in &kept {
            let Some(now) = messages::find(ctx.conn, kept.message).await? else {
                continue;
            };
            // Whoever deleted their account took their words along.
            if now.removed != Some(Removal::Moderator) || now.author.is_none() {
                continue;
            }
            store::restore(ctx.conn, kept).await?;
            let stored = messages::find(ctx.conn, kept.message)
                .await?
                .ok_or(Error::NotFound)?;
            let (channel, sent) = (stored.channel, stored.sent);
            let event = Happened::MessageRestored {
                message: message(stored, vec![])?,
            };
            ctx.announce(event, Audience::One(Topic::Channel(channel)))
                .await?;
            retell(ctx, channel, kept.message, sent).await?;
            restored += 1;
        }
        store::undo(ctx.conn, self.bulk, ctx.now()).await?;
        let noted = Noted::of(Deed::BulkRestored).because(format!("× {restored}"));
        ctx.note(actor, event.id, noted).await
    }
}

fn since(minutes: i64, now: Timestamp) -> Timestamp {
    now - Span::minutes(minutes.clamp(1, LONGEST))
}

/// What newcomers said lately, by account.
#[derive(Clone, Debug)]
pub struct Newcomers {
    pub event: Event,
    /// Most messages first.
    pub accounts: Vec<(PersonId, Vec<Lately>)>,
    pub removals: Vec<Bulk>,
}

impl Service {
    pub async fn newcomers(
        &self,
        actor: &Actor,
        event: &str,
        minutes: i64,
    ) -> Result<Newcomers, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Moderate).await?;
        let since = since(minutes, self.now());
        let mut accounts: BTreeMap<PersonId, Vec<Lately>> = BTreeMap::new();
        for said in store::lately(&mut conn, event.id, since, MOST).await? {
            accounts.entry(said.author).or_default().push(said);
        }
        let mut accounts: Vec<(PersonId, Vec<Lately>)> = accounts.into_iter().collect();
        accounts.sort_by_key(|(_, said)| std::cmp::Reverse(said.len()));
        Ok(Newcomers {
            accounts,
            removals: store::list(&mut conn, event.id, LISTED).await?,
            event,
        })
    }
}

//! Taking back a raid: what newcomers said lately, grouped by account, removed
//! in one action, and given back in one (promise R25).

use std::collections::BTreeMap;

use hallway_model::access::Actor;
use hallway_model::audit::Deed;
use hallway_model::ids::{BulkId, ChannelId, PersonId};
use hallway_model::messages::Removal;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::messages::Message;
use hallway_protocol::{Event as Happened, Topic};
use hallway_store::bulk_removals::{self as store, Bulk, Lately};
use hallway_store::{messages, screening};

use crate::Service;
use crate::audit::Noted;
use crate::chat_exports;
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::messages::message;
use crate::revisions::retell_all;
use crate::wards::{Ward, access_ward, all_changed};

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
    /// Slug, for what was said in one channel alone.
    pub channel: Option<String>,
    pub people: Vec<PersonId>,
    pub minutes: i64,
}

impl Command for RemoveOf {
    /// Messages removed.
    type Answer = usize;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<usize, Error> {
        let ward = access_ward(ctx.conn, actor, &self.event, self.channel.as_deref()).await?;
        let (event, here) = (&ward.event, ward.channel_id());
        let since = since(self.minutes, ctx.now());
        let lately = store::lately(ctx.conn, event.id, here, since, MOST).await?;
        let theirs: Vec<Lately> = lately
            .into_iter()
            .filter(|said| self.people.contains(&said.author))
            .collect();
        if screening::count_held(ctx.conn, event.id).await? > 0 {
            for person in &self.people {
                screening::delete_held_of(ctx.conn, event.id, here, *person).await?;
            }
        }
        if theirs.is_empty() {
            all_changed(ctx, &ward).await?;
            return Ok(0);
        }
        let first = theirs.iter().map(|said| said.sent).min().unwrap_or(since);
        chat_exports::forget_since(ctx, event.id, first).await?;
        let bulk: BulkId = ctx.id();
        store::insert(ctx.conn, bulk, event.id, here, ctx.now()).await?;
        for said in &theirs {
            store::keep(ctx.conn, bulk, said.message).await?;
        }
        let by = Removal::Moderator;
        store::remove_kept(ctx.conn, bulk, by).await?;
        let mut counts: BTreeMap<PersonId, usize> = BTreeMap::new();
        let mut changed: BTreeMap<ChannelId, Vec<Message>> = BTreeMap::new();
        for said in &theirs {
            let removed = Happened::MessageRemoved {
                message: said.message,
                by,
            };
            ctx.announce(removed, Audience::One(Topic::Channel(said.channel)))
                .await?;
            let now = messages::find(ctx.conn, said.message).await?;
            let now = message(now.ok_or(Error::NotFound)?, vec![])?;
            changed.entry(said.channel).or_default().push(now);
            *counts.entry(said.author).or_default() += 1;
        }
        for (channel, changed) in &changed {
            retell_all(ctx, *channel, changed, first).await?;
        }
        for (person, count) in counts {
            let noted = Noted::of(Deed::BulkRemoved)
                .about(person)
                .because(format!("× {count}"));
            ctx.note(actor, event.id, noted).await?;
        }
        all_changed(ctx, &ward).await?;
        Ok(theirs.len())
    }
}

/// Gives back what was removed in one action.
#[derive(Clone, Debug)]
pub struct Restore {
    pub event: String,
    /// Slug, for what was removed in one channel alone.
    pub channel: Option<String>,
    pub bulk: BulkId,
}

impl Command for Restore {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let ward = access_ward(ctx.conn, actor, &self.event, self.channel.as_deref()).await?;
        let event = &ward.event;
        let made = store::find(ctx.conn, self.bulk)
            .await?
            .ok_or(Error::NotFound)?;
        let here = ward.channel.is_none() || made.channel == ward.channel_id();
        if made.event != event.id || !here {
            return Err(Error::NotFound);
        }
        if made.undone.is_some() {
            return Ok(());
        }
        let kept = store::list_kept(ctx.conn, self.bulk).await?;
        let mut restored = 0;
        let mut changed: BTreeMap<ChannelId, Vec<Message>> = BTreeMap::new();
        let mut first = ctx.now();
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
            let channel = stored.channel;
            first = first.min(stored.sent);
            let back = message(stored, vec![])?;
            let event = Happened::MessageRestored {
                message: back.clone(),
            };
            ctx.announce(event, Audience::One(Topic::Channel(channel)))
                .await?;
            changed.entry(channel).or_default().push(back);
            restored += 1;
        }
        for (channel, changed) in &changed {
            retell_all(ctx, *channel, changed, first).await?;
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
    pub ward: Ward,
    /// Most messages first.
    pub accounts: Vec<(PersonId, Vec<Lately>)>,
    pub removals: Vec<Bulk>,
}

impl Service {
    pub async fn newcomers(
        &self,
        actor: &Actor,
        event: &str,
        channel: Option<&str>,
        minutes: i64,
    ) -> Result<Newcomers, Error> {
        let mut conn = self.read().await?;
        let ward = access_ward(&mut conn, actor, event, channel).await?;
        let (event, here) = (ward.event.id, ward.channel_id());
        let since = since(minutes, self.now());
        let mut accounts: BTreeMap<PersonId, Vec<Lately>> = BTreeMap::new();
        for said in store::lately(&mut conn, event, here, since, MOST).await? {
            accounts.entry(said.author).or_default().push(said);
        }
        let mut accounts: Vec<(PersonId, Vec<Lately>)> = accounts.into_iter().collect();
        accounts.sort_by_key(|(_, said)| std::cmp::Reverse(said.len()));
        Ok(Newcomers {
            accounts,
            removals: store::list(&mut conn, event, here, LISTED).await?,
            ward,
        })
    }
}

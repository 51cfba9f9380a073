//! Incoming webhooks: other programs post into a channel by an address that is
//! a secret. What arrives goes the way of every message, under a name that is
//! marked as a webhook's.

use hallway_interchange::slack::{HookPayload, PayloadError, hook_payload};
use hallway_model::access::{Action, Actor, Narrowing, TokenScope};
use hallway_model::ids::{IdempotencyKey, IncomingHookId, PersonId};
use hallway_model::messages::MAX_LENGTH;
use hallway_model::people::{DisplayName, PersonKind};
use hallway_model::secrets::Secret;
use hallway_store::incoming_hooks::{self as store, Hook, Listed};
use hallway_store::sanctions;
use uuid::Uuid;

use crate::access::{access_bound, access_channel, access_event};
use crate::bots::create_name;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::messages::PostMessage;
use crate::{Service, secrets};

/// Bytes of the largest payload.
pub const MAX_PAYLOAD: usize = 64 * 1024;
/// Hooks of one event.
const MAX_HOOKS: usize = 100;
/// Names one hook speaks under beside its own; a payload that brings yet
/// another speaks under the hook's.
const MAX_NAMES: i64 = 100;

/// What a program posted, read.
#[derive(Clone, Debug)]
pub struct Payload(HookPayload);

impl Payload {
    /// Reads the JSON; a word of Slack's where that does not go.
    pub fn read(json: &[u8]) -> Result<Self, &'static str> {
        hook_payload(json).map(Self).map_err(|error| match error {
            PayloadError::NotJson(_) => "invalid_payload",
            PayloadError::NoText => "no_text",
        })
    }
}

#[derive(Clone, Debug)]
struct MakeHook {
    event: String,
    channel: String,
    name: String,
    hash: String,
}

impl Command for MakeHook {
    /// The token's hash.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let name = DisplayName::parse(&self.name).map_err(|e| Error::invalid("name", e))?;
        let channel = access_bound(ctx.conn, actor, &self.event, &self.channel).await?;
        if store::list(ctx.conn, event.id).await?.len() >= MAX_HOOKS {
            return Err(Error::Conflict(format!(
                "an event has at most {MAX_HOOKS} webhooks: revoke one first"
            )));
        }
        let hook = Hook {
            id: ctx.id(),
            event: event.id,
            channel: channel.id,
            person: create_name(ctx, name, PersonKind::Webhook).await?,
            created: ctx.now(),
            used: None,
        };
        store::insert(ctx.conn, &hook, &self.hash).await?;
        Ok(self.hash)
    }
}

/// Gives a hook another address; the one before stops working at once.
#[derive(Clone, Debug)]
struct RotateHook {
    event: String,
    hook: IncomingHookId,
    hash: String,
}

impl Command for RotateHook {
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let hook = access_hook(ctx, actor, &self.event, self.hook).await?;
        store::set_token(ctx.conn, hook.id, Some(&self.hash)).await?;
        Ok(self.hash)
    }
}

/// Ends a hook. What came by it stays.
#[derive(Clone, Debug)]
pub struct RevokeHook {
    pub event: String,
    pub hook: IncomingHookId,
}

impl Command for RevokeHook {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let hook = access_hook(ctx, actor, &self.event, self.hook).await?;
        Ok(store::set_token(ctx.conn, hook.id, None).await?)
    }
}

async fn access_hook(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &str,
    hook: IncomingHookId,
) -> Result<Hook, Error> {
    let event = access_event(ctx.conn, actor, event, Action::Integrate).await?;
    let hook = store::find(ctx.conn, event.id, hook)
        .await?
        .ok_or(Error::NotFound)?;
    access_channel(ctx.conn, actor, hook.channel, Action::ReadChat).await?;
    Ok(hook)
}

/// What a payload says, in the name it says it under.
#[derive(Clone, Debug)]
struct PostByHook {
    hash: String,
    text: String,
    username: Option<String>,
}

impl Command for PostByHook {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        // Looked up again in the transaction: revoked means revoked.
        let hook = store::find_by_hash(ctx.conn, &self.hash)
            .await?
            .ok_or(Error::NotFound)?;
        let now = ctx.now();
        store::set_used(ctx.conn, hook.id, now).await?;
        let author = author(ctx, &hook, self.username.as_deref()).await?;
        let mut actor = holder(&hook, author);
        // What was decided about the hook holds under each of its names.
        actor.sanctions = sanctions::against(ctx.conn, hook.person, now).await?;
        if author != hook.person {
            let further = sanctions::against(ctx.conn, author, now).await?;
            actor.sanctions.extend(further);
        }
        let post = PostMessage::new(hook.channel, self.text);
        match post.run(ctx, &actor).await {
            Ok(_) => Ok(()),
            // The channel is locked, say: not a key that was used before.
            Err(Error::Conflict(_)) => Err(Error::Forbidden),
            Err(error) => Err(error),
        }
    }
}

/// A hook acts as an attendee of its event who may do one thing in one place.
fn holder(hook: &Hook, author: PersonId) -> Actor {
    Actor {
        person: Some(author),
        registered: vec![hook.event],
        narrowing: Some(Narrowing {
            scopes: vec![TokenScope::WriteChat],
            channels: Some(vec![hook.channel]),
        }),
        ..Actor::visitor()
    }
}

/// Whoever stands for the name a payload asks for; the hook itself where it
/// asks for none, or for one that is no name.
async fn author(ctx: &mut Ctx<'_>, hook: &Hook, username: Option<&str>) -> Result<PersonId, Error> {
    let Some(name) = username.and_then(|name| DisplayName::parse(name).ok()) else {
        return Ok(hook.person);
    };
    if let Some(known) = store::find_name(ctx.conn, hook.id, name.as_str()).await? {
        return Ok(known);
    }
    if store::count_names(ctx.conn, hook.id).await? >= MAX_NAMES {
        return Ok(hook.person);
    }
    let person = create_name(ctx, name.clone(), PersonKind::Webhook).await?;
    store::insert_name(ctx.conn, hook.id, name.as_str(), person).await?;
    Ok(person)
}

impl Service {
    pub async fn incoming_hooks(&self, actor: &Actor, event: &str) -> Result<Vec<Listed>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Integrate).await?;
        let mut found = vec![];
        for listed in store::list(&mut conn, event.id).await? {
            let channel = listed.hook.channel;
            match access_channel(&mut conn, actor, channel, Action::ReadChat).await {
                Ok(_) => found.push(listed),
                // Of a channel by invitation that the actor is not in.
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// A new hook's token, told this once.
    pub async fn make_hook(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        channel: &str,
        name: &str,
    ) -> Result<Option<Secret>, Error> {
        let secret = Secret::generate(self.random());
        let command = MakeHook {
            event: event.to_owned(),
            channel: channel.to_owned(),
            name: name.to_owned(),
            hash: secrets::hash(&secret),
        };
        let made = self.write(actor, Some(once), command).await?;
        Ok(self.told_once(secret, made))
    }

    /// Another token for a hook, told this once.
    pub async fn rotate_hook(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        hook: IncomingHookId,
    ) -> Result<Option<Secret>, Error> {
        let secret = Secret::generate(self.random());
        let command = RotateHook {
            event: event.to_owned(),
            hook,
            hash: secrets::hash(&secret),
        };
        let made = self.write(actor, Some(once), command).await?;
        Ok(self.told_once(secret, made))
    }

    /// Posts what a program sent to a hook's address. `key` is what it calls
    /// this message by: sent again with the same, it is posted once.
    pub async fn post_by_hook(
        &self,
        token: &str,
        key: Option<&str>,
        Payload(payload): Payload,
    ) -> Result<(), Error> {
        let secret = Secret::presented(token).ok_or(Error::NotFound)?;
        let hash = secrets::hash(&secret);
        let mut conn = self.read().await?;
        let hook = store::find_by_hash(&mut conn, &hash)
            .await?
            .ok_or(Error::NotFound)?;
        drop(conn);
        self.limits().hook(hook.id)?;
        let once = key.map(|key| IdempotencyKey(Uuid::new_v5(&hook.id.0, key.as_bytes())));
        let command = PostByHook {
            hash,
            text: cut(&payload.text),
            username: payload.username,
        };
        self.write(&holder(&hook, hook.person), once, command).await
    }
}

/// Programs say more than people may; what is too long is cut, and says so.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_LENGTH {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MAX_LENGTH - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(cut("short"), "short");
        let long = cut(&"ä".repeat(MAX_LENGTH + 1));
        assert_eq!(long.chars().count(), MAX_LENGTH);
        assert!(long.ends_with('…'));
        assert_eq!(cut(&"ä".repeat(MAX_LENGTH)).chars().last(), Some('ä'));
    }
}

//! Bots of an event: programs that read and write under a name of their own, by
//! tokens that say what each is for ([ADR 0019]).
//!
//! [ADR 0019]: ../../../docs/adr/0019-whoever-writes-has-a-row.md

use hallway_model::access::{Action, Actor, Narrowing, TokenScope};
use hallway_model::ids::{ChannelId, IdempotencyKey, PersonId, SignInId};
use hallway_model::people::{DisplayName, Person, PersonKind};
use hallway_model::secrets::Secret;
use hallway_model::time::Span;
use hallway_store::accounts;
use hallway_store::bots::{self as store, Bot};
use hallway_store::sign_ins::{self, SignIn};

use crate::access::{access_bound, access_event};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::{Service, secrets};

/// Bots of one event; a program that needs more wants webhooks.
const MAX_BOTS: usize = 50;
/// Tokens of one bot.
const MAX_TOKENS: usize = 20;
/// Characters of what a token is called.
const MAX_LABEL: usize = 80;
/// Days a token may last; one that shall not end lasts a century.
pub const LIVES: [i64; 4] = [7, 30, 90, 365];
const NO_END: Span = Span::days(36_500);

/// Makes a name without a person behind it.
pub(crate) async fn create_name(
    ctx: &mut Ctx<'_>,
    name: DisplayName,
    kind: PersonKind,
) -> Result<PersonId, Error> {
    let person = Person {
        id: ctx.id(),
        name,
        email: None,
        pronouns: None,
        zone: None,
        language: None,
        kind,
        created: ctx.now(),
    };
    accounts::insert(ctx.conn, &person).await?;
    Ok(person.id)
}

#[derive(Clone, Debug)]
pub struct MakeBot {
    pub event: String,
    pub name: String,
}

impl Command for MakeBot {
    type Answer = PersonId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<PersonId, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let name = DisplayName::parse(&self.name).map_err(|e| Error::invalid("name", e))?;
        if store::list(ctx.conn, event.id).await?.len() >= MAX_BOTS {
            return Err(Error::Conflict(format!(
                "an event has at most {MAX_BOTS} bots: retire one first"
            )));
        }
        let person = create_name(ctx, name, PersonKind::Bot).await?;
        store::insert(ctx.conn, person, event.id, ctx.now()).await?;
        Ok(person)
    }
}

/// Ends a bot and all its tokens.
#[derive(Clone, Debug)]
pub struct RetireBot {
    pub event: String,
    pub bot: PersonId,
}

impl Command for RetireBot {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let bot = access_bot(ctx, actor, &self.event, self.bot).await?;
        let now = ctx.now();
        store::retire(ctx.conn, bot.person, now).await?;
        // Live connections under its tokens end at once.
        ctx.rights_changed(bot.person).await?;
        Ok(())
    }
}

/// What a new token shall be for.
#[derive(Clone, Debug, Default)]
pub struct TokenDraft {
    pub label: String,
    /// Words of [`TokenScope`].
    pub scopes: Vec<String>,
    /// Slug of the one channel it is bound to; blank: all of the event.
    pub channel: String,
    /// One of [`LIVES`]; blank: without an end.
    pub days: String,
}

#[derive(Clone, Debug)]
struct MakeToken {
    event: String,
    bot: PersonId,
    draft: TokenDraft,
    hash: String,
}

impl Command for MakeToken {
    /// The token's hash.
    type Answer = String;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<String, Error> {
        let bot = access_bot(ctx, actor, &self.event, self.bot).await?;
        let now = ctx.now();
        if sign_ins::list(ctx.conn, bot.person, now).await?.len() >= MAX_TOKENS {
            return Err(Error::Conflict(format!(
                "a bot has at most {MAX_TOKENS} tokens: revoke one first"
            )));
        }
        let (label, narrowing, life) = check(ctx, actor, &self.event, &self.draft).await?;
        let sign_in = SignIn {
            id: ctx.id(),
            person: bot.person,
            kind: "token".into(),
            label,
            created: now,
            // Never used: told apart by being seen when it was made.
            seen: now,
            expires: now + life,
            narrowing: Some(narrowing),
        };
        sign_ins::insert(ctx.conn, &sign_in, &self.hash).await?;
        Ok(self.hash)
    }
}

async fn check(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &str,
    draft: &TokenDraft,
) -> Result<(String, Narrowing, Span), Error> {
    let mut wrong = vec![];
    let label = draft.label.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        wrong.push(("label", format!("1 to {MAX_LABEL} characters")));
    }
    let scopes: Option<Vec<TokenScope>> = draft
        .scopes
        .iter()
        .map(|word| TokenScope::from_word(word))
        .collect();
    let scopes = scopes.filter(|scopes| !scopes.is_empty());
    if scopes.is_none() {
        wrong.push(("scopes", "a token is for something: tick what".into()));
    }
    let life = match draft.days.trim() {
        "" => Some(NO_END),
        days => days
            .parse()
            .ok()
            .filter(|days| LIVES.contains(days))
            .map(Span::days),
    };
    if life.is_none() {
        wrong.push(("days", "choose one of the lengths offered".into()));
    }
    let channel: Option<Option<ChannelId>> = match draft.channel.trim() {
        "" => Some(None),
        slug => match access_bound(ctx.conn, actor, event, slug).await {
            Ok(channel) => Some(Some(channel.id)),
            Err(Error::Invalid(why)) => {
                wrong.extend(why);
                None
            }
            Err(error) => return Err(error),
        },
    };
    match (scopes, life, channel) {
        (Some(mut scopes), Some(life), Some(channel)) if wrong.is_empty() => {
            scopes.sort();
            scopes.dedup();
            let narrowing = Narrowing {
                scopes,
                channels: channel.map(|channel| vec![channel]),
            };
            Ok((label, narrowing, life))
        }
        _ => Err(Error::Invalid(wrong)),
    }
}

/// Ends one token.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    pub event: String,
    pub bot: PersonId,
    pub token: SignInId,
}

impl Command for RevokeToken {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let bot = access_bot(ctx, actor, &self.event, self.bot).await?;
        sign_ins::delete(ctx.conn, bot.person, self.token).await?;
        ctx.rights_changed(bot.person).await?;
        Ok(())
    }
}

/// A bot of the event, for whoever looks after its integrations.
async fn access_bot(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &str,
    bot: PersonId,
) -> Result<Bot, Error> {
    let event = access_event(ctx.conn, actor, event, Action::Integrate).await?;
    store::find(ctx.conn, event.id, bot)
        .await?
        .ok_or(Error::NotFound)
}

impl Service {
    /// The bots of an event with their tokens.
    pub async fn bots(&self, actor: &Actor, event: &str) -> Result<Vec<(Bot, Vec<SignIn>)>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Integrate).await?;
        let now = self.now();
        let mut listed = vec![];
        for bot in store::list(&mut conn, event.id).await? {
            let tokens = sign_ins::list(&mut conn, bot.person, now).await?;
            listed.push((bot, tokens));
        }
        Ok(listed)
    }

    /// A new token of a bot, told this once. Under the same key again it is
    /// told again within a minute, and never after.
    pub async fn make_bot_token(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        bot: PersonId,
        draft: TokenDraft,
    ) -> Result<Option<Secret>, Error> {
        let secret = Secret::generate(self.random());
        let command = MakeToken {
            event: event.to_owned(),
            bot,
            draft,
            hash: secrets::hash(&secret),
        };
        let made = self.write(actor, Some(once), command).await?;
        Ok(self.told_once(secret, made))
    }

    /// A secret that was just made, where `made` is its hash; or the one made
    /// under the same key a moment ago.
    pub(crate) fn told_once(&self, secret: Secret, made: String) -> Option<Secret> {
        if made == secrets::hash(&secret) {
            self.0.fresh_keys.insert(made, secret.clone());
            Some(secret)
        } else {
            self.0.fresh_keys.get(&made)
        }
    }
}

//! Telling browsers of what concerns somebody while they have no page open: Web
//! Push, sealed for each browser, signed by the installation's own key, sent by a
//! job that tries again later.

mod sealed;

use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelKind};
use hallway_model::digests::Pace;
use hallway_model::events::Event;
use hallway_model::ids::{MessageId, PersonId, PushId, SignInId};
use hallway_model::quiet_hours::QuietHours;
use hallway_model::reading::Level;
use hallway_model::time::{Span, Timestamp};
use hallway_outbound::{FetchError, Limits};
use hallway_protocol::{rich_text, routes};
use hallway_store::messages::Stored;
use hallway_store::push_subscriptions::{self as store, Subscription};
use hallway_store::{
    Conn, accounts, blocks, digests, follows, mentions, messages, quiet_hours, read_marks,
    server_keys,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Service;
use crate::access::access_channel;
use crate::arrivals;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::images;
use crate::jobs::JobError;
use crate::messages::{excerpt, tree};
use sealed::{MAX_TEXT, Pair, ReaderKeys, seal};

/// Kinds of jobs, in the lane of what waits for others' servers, so that no mail
/// waits for a push service.
pub const SPREAD: &str = "outward-push-spread";
pub const SEND: &str = "outward-push-send";

/// Name of the key that signs what is sent.
const KEY: &str = "vapid";
/// Browsers of one person at the most.
const MAX_BROWSERS: i64 = 20;
/// Bytes of the longest address of a push service.
const MAX_ENDPOINT: usize = 1_000;
/// Browsers told by one job; the next job tells the next.
const PAGE: i64 = 32;
/// Browsers told at a time: half of what goes out at once.
const ABREAST: usize = 4;
/// Browsers told of one message at the most; everybody else reads it in the chat.
const MAX_TOLD: usize = 2_000;
/// Characters of a channel's name that are told.
const NAME: usize = 80;
/// Later than this, a message is no news.
const FRESH: Span = Span::hours(1);
/// Seconds a push service keeps what it cannot deliver.
const KEEP_SECONDS: u32 = 4 * 3_600;

/// A message that browsers may have to hear of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpreadJob {
    pub message: MessageId,
    /// Browsers up to this one have been told already,
    pub after: PushId,
    /// so many of them.
    pub told: usize,
}

/// One browser whose push service did not take a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendJob {
    pub message: MessageId,
    pub browser: PushId,
}

/// A browser wants to be told; its person clicked for it.
#[derive(Clone, Debug)]
pub struct SubscribeBrowser {
    /// When it ends, so does this.
    pub sign_in: SignInId,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

impl Command for SubscribeBrowser {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        ReaderKeys::parse(&self.p256dh, &self.auth).map_err(|e| Error::invalid("p256dh", e))?;
        let web = self.endpoint.starts_with("https://") || self.endpoint.starts_with("http://");
        if !web || self.endpoint.len() > MAX_ENDPOINT {
            return Err(Error::invalid("endpoint", "the address of a push service"));
        }
        if store::count(ctx.conn, person).await? >= MAX_BROWSERS {
            return Err(Error::Conflict(format!(
                "at most {MAX_BROWSERS} browsers are told: switch it off for all, and on again where you want it"
            )));
        }
        let subscription = Subscription {
            id: ctx.id(),
            person,
            sign_in: self.sign_in,
            endpoint: self.endpoint,
            p256dh: self.p256dh,
            auth: self.auth,
        };
        let now = ctx.now();
        Ok(store::put(ctx.conn, &subscription, now).await?)
    }
}

/// A browser, or every browser, shall not be told any more.
#[derive(Clone, Debug)]
pub enum UnsubscribeBrowser {
    At { endpoint: String },
    All,
}

impl Command for UnsubscribeBrowser {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        match self {
            Self::At { endpoint } => store::delete_at(ctx.conn, person, &endpoint).await?,
            Self::All => store::delete_of(ctx.conn, person).await?,
        }
        Ok(())
    }
}

/// When somebody does not want to be told; both blank: never.
#[derive(Clone, Debug)]
pub struct SetQuietHours {
    pub begins: String,
    pub ends: String,
}

impl Command for SetQuietHours {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let hours = QuietHours::parse(&self.begins, &self.ends)
            .map_err(|e| Error::invalid("quiet_begins", e))?;
        match hours {
            Some(hours) => quiet_hours::put(ctx.conn, person, hours).await?,
            None => quiet_hours::delete(ctx.conn, person).await?,
        }
        Ok(())
    }
}

/// Puts a message on its way to browsers, where any shall hear of it.
pub(crate) async fn spread(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    message: MessageId,
    author: PersonId,
) -> Result<(), Error> {
    if !store::any_hearing(ctx.conn, channel.id, message, author).await? {
        return Ok(());
    }
    let job = SpreadJob {
        message,
        after: PushId(Uuid::nil()),
        told: 0,
    };
    ctx.enqueue(SPREAD, &job).await
}

/// What is left to do after a page of browsers.
#[derive(Clone, Debug)]
struct Onwards {
    message: MessageId,
    /// Browsers that took it back, or are no more.
    gone: Vec<PushId>,
    /// Browsers whose push service may take it later.
    later: Vec<PushId>,
    next: Option<SpreadJob>,
}

impl Command for Onwards {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let message = self.message;
        for browser in self.gone {
            store::delete(ctx.conn, browser).await?;
        }
        for browser in self.later {
            ctx.enqueue(SEND, &SendJob { message, browser }).await?;
        }
        if let Some(next) = self.next {
            ctx.enqueue(SPREAD, &next).await?;
        }
        Ok(())
    }
}

/// A request to a push service: its headers and its body.
type Sealed = (Vec<(&'static str, String)>, Vec<u8>);

/// What became of telling one browser.
enum Sent {
    /// Told, or not to be told any more.
    Done,
    Gone,
    Later(String),
}

/// Keeps the installation's key, where it has none yet.
#[derive(Clone, Debug)]
struct KeepKey(String);

impl Command for KeepKey {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let now = ctx.now();
        Ok(server_keys::insert(ctx.conn, KEY, &self.0, now).await?)
    }
}

/// What a person chose for being told.
#[derive(Clone, Debug)]
pub struct Telling {
    /// What a browser subscribes with; none where this installation fetches
    /// nothing from other servers, and so reaches no push service.
    pub key: Option<String>,
    /// Browsers that are told,
    pub browsers: i64,
    /// and whether this one is among them.
    pub here: bool,
    pub quiet: Option<QuietHours>,
    /// How often they get mail.
    pub mails: Pace,
}

impl Service {
    pub async fn telling(&self, actor: &Actor, here: Option<SignInId>) -> Result<Telling, Error> {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let key = match self.0.outbound.is_on() {
            true => Some(self.push_key().await?.public_text()),
            false => None,
        };
        let mut conn = self.read().await?;
        Ok(Telling {
            key,
            browsers: store::count(&mut conn, person).await?,
            here: match here {
                Some(sign_in) => store::any_of(&mut conn, sign_in).await?,
                None => false,
            },
            quiet: quiet_hours::find(&mut conn, person).await?,
            mails: digests::find(&mut conn, person)
                .await?
                .map_or(Pace::Off, |digest| digest.pace),
        })
    }

    /// The installation's own key; made when it is first needed, and kept.
    async fn push_key(&self) -> Result<Pair, Error> {
        for _ in 0..2 {
            let kept = server_keys::find(&mut self.read().await?, KEY).await?;
            if let Some(pair) = kept.as_deref().and_then(unhex).and_then(Pair::of) {
                return Ok(pair);
            }
            let secret = self.fresh_pair().0;
            let kept = KeepKey(hex(&secret));
            self.write(&Actor::operator(), None, kept).await?;
        }
        Err(Error::Internal("the push key does not read".into()))
    }

    /// A key that is used once, with its secret.
    fn fresh_pair(&self) -> ([u8; 32], Pair) {
        loop {
            // All but one in 2^32 numbers are a key.
            let secret = self.random().bytes::<32>();
            if let Some(pair) = Pair::of(secret) {
                return (secret, pair);
            }
        }
    }

    /// Tells a page of browsers, and leaves the next page to the next job.
    pub(crate) async fn spread_push(&self, what: SpreadJob) -> Result<(), JobError> {
        let SpreadJob {
            message,
            after,
            told,
        } = what;
        let mut conn = self.read().await?;
        let Some(stored) = messages::find(&mut conn, message).await? else {
            return Ok(());
        };
        let author = stored
            .author
            .map_or(PersonId(Uuid::nil()), |author| author.id);
        let page =
            store::list_hearing(&mut conn, stored.channel, message, author, after, PAGE).await?;
        drop(conn);
        let (mut gone, mut later) = (vec![], vec![]);
        for some in page.chunks(ABREAST) {
            let mut sending = JoinSet::new();
            for &browser in some {
                let service = self.clone();
                sending.spawn(async move { (browser, service.tell(browser, message).await) });
            }
            while let Some(sent) = sending.join_next().await {
                match sent.map_err(|e| JobError::Retry(e.to_string()))? {
                    (_, Ok(Sent::Done)) => {}
                    (browser, Ok(Sent::Gone)) => gone.push(browser),
                    (browser, Ok(Sent::Later(why))) => {
                        tracing::debug!(why, "a push service did not take a message");
                        later.push(browser);
                    }
                    (browser, Err(error)) => {
                        tracing::warn!(%error, "a browser was not told; tried again");
                        later.push(browser);
                    }
                }
            }
        }
        let told = told + page.len();
        let more = page.len() as i64 == PAGE && told < MAX_TOLD;
        let next = page.last().filter(|_| more).map(|&after| SpreadJob {
            message,
            after,
            told,
        });
        let onwards = Onwards {
            message,
            gone,
            later,
            next,
        };
        Ok(self.write(&Actor::operator(), None, onwards).await?)
    }

    /// Tells one browser again, whose push service did not take it before.
    pub(crate) async fn send_push(&self, what: SendJob) -> Result<(), JobError> {
        match self.tell(what.browser, what.message).await? {
            Sent::Done => Ok(()),
            Sent::Gone => {
                let onwards = Onwards {
                    message: what.message,
                    gone: vec![what.browser],
                    later: vec![],
                    next: None,
                };
                Ok(self.write(&Actor::operator(), None, onwards).await?)
            }
            Sent::Later(why) => Err(JobError::Retry(why)),
        }
    }

    async fn tell(&self, browser: PushId, message: MessageId) -> Result<Sent, Error> {
        let mut conn = self.read().await?;
        let Some(browser) = store::find(&mut conn, browser).await? else {
            return Ok(Sent::Done);
        };
        let Some(told) = self.told(&mut conn, &browser, message).await? else {
            return Ok(Sent::Done);
        };
        drop(conn);
        let key = self.push_key().await?;
        // Keys that are none, or an address that is none: it never worked.
        let Some((headers, body)) = self.sealed(&key, &browser, &told) else {
            return Ok(Sent::Gone);
        };
        let posted = self
            .0
            .outbound
            .post(&browser.endpoint, &headers, body.into(), Limits::default())
            .await;
        Ok(match posted {
            Ok(_) => Sent::Done,
            Err(FetchError::Refused {
                status: 404 | 410, ..
            }) => Sent::Gone,
            Err(error) if error.is_temporary() => Sent::Later(error.to_string()),
            Err(error) => {
                tracing::debug!(%error, "a push service refused a message");
                Sent::Done
            }
        })
    }

    /// The request that carries a text: its headers and its body.
    fn sealed(
        &self,
        key: &Pair,
        browser: &Subscription,
        told: &serde_json::Value,
    ) -> Option<Sealed> {
        let text = told.to_string();
        let keys = ReaderKeys::parse(&browser.p256dh, &browser.auth).ok()?;
        let (_, once) = self.fresh_pair();
        let salt = self.random().bytes::<16>();
        let body = (text.len() <= MAX_TEXT).then(|| seal(&keys, &once, salt, text.as_bytes()))?;
        let origin = origin(&browser.endpoint)?;
        let word = key
            .vapid(&origin, &self.settings().base_url, self.now())
            .ok()?;
        let headers = vec![
            ("authorization", word),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", KEEP_SECONDS.to_string()),
            ("urgency", "normal".to_owned()),
        ];
        Some((headers, body.ok()?))
    }

    /// What the browser is told, if its person should still hear of it: they may
    /// read the channel and chose to hear of it, have not read it meanwhile, and
    /// it is no quiet hour of theirs.
    async fn told(
        &self,
        conn: &mut Conn,
        browser: &Subscription,
        message: MessageId,
    ) -> Result<Option<serde_json::Value>, Error> {
        let reader = browser.person;
        let found = (
            accounts::find(conn, reader).await?,
            messages::find(conn, message).await?,
        );
        let (Some(person), Some(message)) = found else {
            return Ok(None);
        };
        let now: Timestamp = self.now();
        // Who deleted their account is told of no more, and says nothing.
        let Some(author) = message.author.clone().filter(|_| message.removed.is_none()) else {
            return Ok(None);
        };
        if now - message.sent > FRESH || blocks::between(conn, reader, author.id).await? {
            return Ok(None);
        }
        let actor = arrivals::actor(conn, reader, now).await?;
        let place = access_channel(conn, &actor, message.channel, Action::FollowChat).await;
        let Ok((event, channel)) = place else {
            return Ok(None);
        };
        // In a channel that was merged into another, nothing stands where it stood.
        if channel.id != message.channel || !hears(conn, reader, &channel, &message).await? {
            return Ok(None);
        }
        let read = read_marks::find(conn, reader, channel.id).await?;
        let zone = person.zone.clone().unwrap_or_else(|| event.zone.clone());
        let quiet = quiet_hours::find(conn, reader).await?;
        let quiet = quiet.is_some_and(|hours| hours.hold(now, &zone));
        if quiet || read.is_some_and(|read| read >= message.seq) {
            return Ok(None);
        }
        let url = url_of(conn, &event, &channel, &message).await?;
        let title = match channel.kind {
            // Its name is its people's: one of them is who writes.
            ChannelKind::Direct => author.name,
            _ => format!(
                "{} · {}",
                author.name,
                channel.name.chars().take(NAME).collect::<String>()
            ),
        };
        Ok(Some(json!({
            "title": title,
            "body": body(&message)?,
            "url": url,
            "tag": channel.id,
        })))
    }
}

/// Where a message stands: in its thread, if nowhere else.
pub(crate) async fn url_of(
    conn: &mut Conn,
    event: &Event,
    channel: &Channel,
    message: &Stored,
) -> Result<String, Error> {
    let root = match message.thread.filter(|_| !message.in_channel) {
        Some(root) => messages::find(conn, root).await?,
        None => None,
    };
    Ok(match root {
        Some(root) => routes::thread_at(&event.slug, &channel.slug, root.seq, message.seq),
        None => routes::channel_at(&event.slug, &channel.slug, message.seq),
    })
}

/// What a message says, in short; of a picture without words, what it shows.
pub(crate) fn body(message: &Stored) -> Result<String, Error> {
    let words = excerpt(&rich_text::plain(&tree(&message.body)?));
    let pictures = images::shown(message.images.as_deref())?;
    Ok(match pictures.first() {
        Some(first) if words.is_empty() => {
            format!("🖼️ {}", excerpt(&first.alt)).trim_end().to_owned()
        }
        _ => words,
    })
}

/// Whether somebody chose to hear of a message, or left it as it is and it is
/// meant for them.
async fn hears(
    conn: &mut Conn,
    person: PersonId,
    channel: &Channel,
    message: &Stored,
) -> Result<bool, Error> {
    let level = follows::find(conn, person, channel.id).await?;
    let called = mentions::calls(conn, message.id, person).await?;
    // In a conversation of few every message is meant for all of them.
    let direct = channel.kind == ChannelKind::Direct;
    let level = level.unwrap_or(if direct { Level::All } else { Level::default() });
    Ok(level.tells(called))
}

pub(crate) fn hex(secret: &[u8; 32]) -> String {
    secret.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Scheme, host and port of an address (RFC 6454), as VAPID's `aud` wants it.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@')).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(
            origin("https://push.example/v2/x?y"),
            Some("https://push.example".into())
        );
        assert_eq!(
            origin("http://127.0.0.1:99/a"),
            Some("http://127.0.0.1:99".into())
        );
        for none in ["push.example/x", "https:///x", "https://a@b/"] {
            assert_eq!(origin(none), None, "{none}");
        }
    }

    #[test]
    fn a_secret_is_kept_as_its_hex() {
        assert_eq!(unhex(&"0a".repeat(32)), Some([10; 32]));
        assert_eq!(unhex("0a"), None);
        assert_eq!(unhex(&"zz".repeat(32)), None);
    }
}

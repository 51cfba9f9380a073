//! Mail to people who were called while they were away: by name, in a thread
//! they follow, or in a conversation with them. A job per person sends it when it
//! is due, tells what is unread then and they may still read, and nothing twice.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallway_mail::AutoSubmitted;
use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelKind};
use hallway_model::digests::{self as rules, MAX_TOLD, Pace};
use hallway_model::ids::{ChannelId, JobId, MessageId, PersonId};
use hallway_model::people::Person;
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_protocol::messages::Message;
use hallway_protocol::routes;
use hallway_store::digests::{self as store, Called, Digest, first_id};
use hallway_store::{Conn, accounts, events, messages, quiet_hours, server_keys};
use hallway_views::mails::{DigestMail, Line, Place};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Service;
use crate::access::access_channel;
use crate::arrivals;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::jobs::JobError;
use crate::mails::lang;
use crate::pushes::{body, hex, unhex, url_of};

/// Kind of the job that sends somebody's next mail.
pub const DIGEST: &str = "mail_digest";
/// Name of the key that links which end the mail are signed with.
const KEY: &str = "mail-off";
/// What was said so lately waits for the next mail: it may not be seen whole yet.
const SETTLED: Span = Span::minutes(1);
/// Bytes of a link's signature.
const SIGNATURE: usize = 32;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DigestJob {
    pub person: PersonId,
    /// The event's, for whoever chose none.
    pub zone: Zone,
}

/// Chooses how often to be told by mail.
#[derive(Clone, Debug)]
pub struct SetDigest {
    pub pace: String,
}

impl Command for SetDigest {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = crate::access::access_own(actor)?;
        let pace = Pace::from_word(&self.pace)
            .ok_or_else(|| Error::invalid("mails", "`off`, `daily` or `soon`"))?;
        let account = accounts::find(ctx.conn, person)
            .await?
            .ok_or(Error::SignInNeeded)?;
        if account.email.is_none() {
            return Err(Error::Conflict("this account has no address".into()));
        }
        let now = ctx.now();
        store::put(ctx.conn, person, pace, first_id(now)).await?;
        // What waited under the choice before is told under this one.
        let zone = account.zone.unwrap_or_else(Zone::utc);
        go_on(ctx, person, zone).await
    }
}

/// Ends the mail of somebody who pressed its own link.
#[derive(Clone, Debug)]
struct EndDigest {
    person: PersonId,
}

impl Command for EndDigest {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let told = first_id(ctx.now());
        Ok(store::put(ctx.conn, self.person, Pace::Off, told).await?)
    }
}

/// Puts mail on its way to those whom a message calls. Most messages call nobody,
/// and cost nothing here.
pub(crate) async fn call(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    message: &Message,
    author: PersonId,
) -> Result<(), Error> {
    let direct = channel.kind == ChannelKind::Direct;
    if message.mentions.is_empty() && message.thread.is_none() && !direct {
        return Ok(());
    }
    for called in store::list_called(ctx.conn, message.id, author).await? {
        let Called { person, pace, zone } = called;
        let zone = match zone {
            Some(zone) => zone,
            None => events::find(ctx.conn, channel.event)
                .await?
                .map_or_else(Zone::utc, |event| event.zone),
        };
        schedule(ctx, person, pace, zone).await?;
    }
    Ok(())
}

async fn schedule(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    pace: Pace,
    zone: Zone,
) -> Result<(), Error> {
    let quiet = quiet_hours::find(ctx.conn, person).await?;
    match rules::due(pace, ctx.now(), quiet, &zone) {
        Some(due) => send_at(ctx, person, None, zone, due).await,
        None => Ok(()),
    }
}

/// Has a job send the next mail, in place of the job `before` it.
async fn send_at(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    before: Option<JobId>,
    zone: Zone,
    due: Timestamp,
) -> Result<(), Error> {
    let job = ctx
        .enqueue_at(DIGEST, &DigestJob { person, zone }, due)
        .await?;
    // Where another one is on its way already, this one will do nothing.
    store::set_job(ctx.conn, person, before, Some(job)).await?;
    Ok(())
}

/// The next mail, where there is something to tell already.
async fn go_on(ctx: &mut Ctx<'_>, person: PersonId, zone: Zone) -> Result<(), Error> {
    let Some(digest) = store::find(ctx.conn, person).await? else {
        return Ok(());
    };
    let last = MessageId(Uuid::max());
    let waits = store::list_calls(ctx.conn, person, digest.told, last, 1).await?;
    if waits.is_empty() {
        return Ok(());
    }
    schedule(ctx, person, digest.pace, zone).await
}

/// It is a quiet hour by now: later.
#[derive(Clone, Debug)]
struct Postpone {
    job: JobId,
    what: DigestJob,
    due: Timestamp,
}

impl Command for Postpone {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let DigestJob { person, zone } = self.what;
        send_at(ctx, person, Some(self.job), zone, self.due).await
    }
}

/// Settles what a mail tells before it is sent: tried again after a failure or a
/// restart it is the same mail, under the same Message-ID.
#[derive(Clone, Debug)]
struct Begin {
    person: PersonId,
    job: JobId,
}

impl Command for Begin {
    /// From which message to which; none where another job sends it.
    type Answer = Option<(MessageId, MessageId)>;
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<Self::Answer, Error> {
        let upto = first_id(ctx.now() - SETTLED);
        let digest = store::begin(ctx.conn, self.person, self.job, upto).await?;
        Ok(digest.and_then(|digest: Digest| Some((digest.told, digest.upto?))))
    }
}

/// It was sent, or there was nothing left to send.
#[derive(Clone, Debug)]
struct End {
    job: JobId,
    what: DigestJob,
}

impl Command for End {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        if store::end(ctx.conn, self.what.person, self.job).await? {
            go_on(ctx, self.what.person, self.what.zone).await?;
        }
        Ok(())
    }
}

/// Keeps the installation's key, where it has none yet.
#[derive(Clone, Debug)]
struct KeepKey(String);

impl Command for KeepKey {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let now = ctx.now();
        Ok(server_keys::insert(ctx.conn, KEY, &self.0, now).await?)
    }
}

impl Service {
    pub(crate) async fn mail_digest(&self, job: JobId, what: DigestJob) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let person = accounts::find(&mut conn, what.person).await?;
        let digest = store::find(&mut conn, what.person).await?;
        let (Some(person), Some(digest)) = (person, digest) else {
            return Ok(());
        };
        // Changed, ended, or another job's by now.
        if digest.job != Some(job) {
            return Ok(());
        }
        let zone = person.zone.clone().unwrap_or_else(|| what.zone.clone());
        let quiet = quiet_hours::find(&mut conn, person.id).await?;
        drop(conn);
        let now = self.now();
        let due = rules::after_quiet(now, quiet, &zone);
        let operator = Actor::operator();
        if due > now {
            return Ok(self
                .write(&operator, None, Postpone { job, what, due })
                .await?);
        }
        let begin = Begin {
            person: person.id,
            job,
        };
        let Some((told, upto)) = self.write(&operator, None, begin).await? else {
            return Ok(());
        };
        if let Some(mail) = self.digest_mail(&person, zone, told, upto).await? {
            self.send_digest(job, person, mail).await?;
        }
        Ok(self.write(&operator, None, End { job, what }).await?)
    }

    async fn send_digest(
        &self,
        job: JobId,
        person: Person,
        digest: DigestMail,
    ) -> Result<(), JobError> {
        let Some(email) = person.email else {
            return Ok(());
        };
        let mail = digest.mail();
        let mail = hallway_mail::Mail {
            list_id: Some(format!("digest.{}", self.host())),
            unsubscribe: Some(digest.unsubscribe),
            auto_submitted: AutoSubmitted::AutoGenerated,
            ..self.letter(job, person.name.into(), &email, mail)
        };
        self.deliver(&mail).await
    }

    /// What called somebody between two messages, if they have not read it and may.
    async fn digest_mail(
        &self,
        person: &Person,
        zone: Zone,
        told: MessageId,
        upto: MessageId,
    ) -> Result<Option<DigestMail>, Error> {
        let now = self.now();
        let mut conn = self.read().await?;
        let most = MAX_TOLD as i64 + 1;
        let ids = store::list_calls(&mut conn, person.id, told, upto, most).await?;
        let more = ids.len() > MAX_TOLD;
        let actor = arrivals::actor(&mut conn, person.id, now).await?;
        let mut places: Vec<(ChannelId, Place)> = vec![];
        for id in ids.into_iter().take(MAX_TOLD) {
            let Some((channel, place, line)) = self.line(&mut conn, &actor, id).await? else {
                continue;
            };
            match places.iter_mut().find(|(known, _)| *known == channel) {
                Some((_, place)) => place.lines.push(line),
                None => places.push((
                    channel,
                    Place {
                        lines: vec![line],
                        ..place
                    },
                )),
            }
        }
        drop(conn);
        if places.is_empty() {
            return Ok(None);
        }
        let places: Vec<Place> = places.into_iter().map(|(_, place)| place).collect();
        let base = &self.settings().base_url;
        let token = self.mail_off_token(person.id).await?;
        Ok(Some(DigestMail {
            lang: lang(person.language.unwrap_or_default()),
            name: person.name.as_str().to_owned(),
            zone,
            count: places.iter().map(|place| place.lines.len()).sum(),
            places,
            more,
            settings: format!("{base}{}", routes::account()),
            unsubscribe: format!("{base}{}", routes::mail_off(&token)),
        }))
    }

    /// A message as its reader is told of it by mail, if they may read it now. What
    /// few say among themselves stays here: of that only who wrote is told.
    async fn line(
        &self,
        conn: &mut Conn,
        reader: &Actor,
        id: MessageId,
    ) -> Result<Option<(ChannelId, Place, Line)>, Error> {
        let Some(message) = messages::find(conn, id).await? else {
            return Ok(None);
        };
        let Some(author) = message.author.clone() else {
            return Ok(None);
        };
        let asked = access_channel(conn, reader, message.channel, Action::FollowChat).await;
        let Ok((event, channel)) = asked else {
            return Ok(None);
        };
        if channel.id != message.channel {
            return Ok(None);
        }
        let direct = channel.kind == ChannelKind::Direct;
        let words = match direct || channel.is_closed() {
            true => None,
            false => Some(body(&message)?),
        };
        let url = url_of(conn, &event, &channel, &message).await?;
        let line = Line {
            author: author.name,
            sent: message.sent,
            words,
            link: format!("{}{url}", self.settings().base_url),
        };
        let place = Place {
            channel: channel.name,
            event: event.title,
            direct,
            lines: vec![],
        };
        Ok(Some((channel.id, place, line)))
    }

    /// What ends somebody's mail without a sign-in, and does nothing else.
    async fn mail_off_token(&self, person: PersonId) -> Result<String, Error> {
        let signature = hmac::sign(&self.mail_off_key().await?, person.0.as_bytes());
        let mut token = person.0.as_bytes().to_vec();
        token.extend(signature.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    /// Whose mail a link ends; an old mail's link goes on working.
    pub async fn mail_of(&self, token: &str) -> Result<PersonId, Error> {
        let torn = || {
            Error::invalid(
                "token",
                "this link is not whole: copy all of it from the mail, or sign in and choose on your account's page",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| torn())?;
        let (person, signature) = bytes.split_at_checked(16).ok_or_else(torn)?;
        if signature.len() != SIGNATURE {
            return Err(torn());
        }
        let key = self.mail_off_key().await?;
        hmac::verify(&key, person, signature).map_err(|_| torn())?;
        let person = Uuid::from_slice(person).map_err(|_| torn())?;
        Ok(PersonId(person))
    }

    /// Ends somebody's mail by its own link.
    pub async fn end_mail(&self, token: &str) -> Result<(), Error> {
        let person = self.mail_of(token).await?;
        self.write(&Actor::operator(), None, EndDigest { person })
            .await
    }

    /// The installation's own key; made when it is first needed, and kept.
    async fn mail_off_key(&self) -> Result<hmac::Key, Error> {
        for _ in 0..2 {
            let kept = server_keys::find(&mut self.read().await?, KEY).await?;
            if let Some(secret) = kept.as_deref().and_then(unhex) {
                return Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret));
            }
            let secret = hex(&self.random().bytes::<32>());
            self.write(&Actor::operator(), None, KeepKey(secret))
                .await?;
        }
        Err(Error::Internal(
            "the key of mail links does not read".into(),
        ))
    }
}

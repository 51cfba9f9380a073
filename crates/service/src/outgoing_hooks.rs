//! Outgoing webhooks: addresses of others that are told of messages and of
//! sessions that start and end.
//!
//! What happened is read from the outbox behind a cursor of each hook, so that
//! a write costs nothing more and nothing is lost at a restart. Deliveries are
//! jobs, sent by the guarded client, signed, tried again, and given up after
//! days in which nothing got through.

use aws_lc_rs::hmac;
use hallway_model::access::{Action, Actor};
use hallway_model::ids::{DeliveryId, IdempotencyKey, OutgoingHookId};
use hallway_model::secrets::Secret;
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_outbound::{FetchError, Limits};
use hallway_protocol::Topic;
use hallway_store::outgoing_hooks::{self as store, Cursor, Delivery, Hook};
use hallway_store::{events, outbox};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Service;
use crate::access::{access_bound, access_event};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::jobs::JobError;

/// Hooks of one event.
const MAX_HOOKS: usize = 20;
/// Channels one hook listens to.
const MAX_CHANNELS: usize = 100;
/// Characters of an address.
const MAX_URL: usize = 1_000;
/// Events of one topic turned into deliveries at once.
const BATCH: i64 = 100;
/// Deliveries a page shows per hook.
const SHOWN: i64 = 10;
/// How long a hook may fail before it is switched off.
pub const PATIENCE: Span = Span::days(3);
/// How long deliveries are kept.
pub(crate) const KEEP: Span = Span::days(7);

/// Kind of the job that sends one delivery, in the lane of what waits for
/// others' servers.
pub(crate) const DELIVERY: &str = "outward-hook-delivery";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryJob {
    delivery: DeliveryId,
}

/// What somebody wants told, and where.
#[derive(Clone, Debug, Default)]
pub struct HookDraft {
    pub url: String,
    /// Slugs of the channels whose messages are told.
    pub channels: Vec<String>,
    /// Whether sessions that start and end are told.
    pub sessions: bool,
}

#[derive(Clone, Debug)]
struct MakeOutgoing {
    event: String,
    draft: HookDraft,
    secret: String,
}

impl Command for MakeOutgoing {
    type Answer = OutgoingHookId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<OutgoingHookId, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let url = self.draft.url.trim();
        let mut topics = vec![];
        for slug in self.draft.channels.iter().take(MAX_CHANNELS) {
            // Nobody has told to others what they may not read themselves.
            let channel = match access_bound(ctx.conn, actor, &self.event, slug).await {
                Err(Error::Invalid(_)) => {
                    return Err(Error::invalid("topics", "the event has no such channel"));
                }
                other => other?,
            };
            topics.push(Topic::Channel(channel.id));
        }
        if self.draft.sessions {
            topics.push(Topic::Event(event.id));
        }
        let mut wrong = vec![];
        if !(url.starts_with("https://") || url.starts_with("http://"))
            || url.chars().count() > MAX_URL
        {
            wrong.push(("address", "an address begins with https://".to_owned()));
        }
        if topics.is_empty() {
            wrong.push(("topics", "choose what it is told".to_owned()));
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        if store::list(ctx.conn, event.id).await?.len() >= MAX_HOOKS {
            return Err(Error::Conflict(format!(
                "an event has at most {MAX_HOOKS} outgoing webhooks: delete one first"
            )));
        }
        let hook = Hook {
            id: ctx.id(),
            event: event.id,
            url: url.to_owned(),
            secret: self.secret,
            old_secret: None,
            created: ctx.now(),
            failing_since: None,
            disabled: None,
        };
        store::insert(ctx.conn, &hook).await?;
        for topic in topics {
            store::listen(ctx.conn, hook.id, &topic.to_string()).await?;
        }
        Ok(hook.id)
    }
}

/// What an organiser does with a hook.
#[derive(Clone, Debug)]
pub enum ChangeOutgoing {
    /// Sends something, so that its receiver can be tried.
    Test,
    /// Signs with this from now on, and with the one before until it is ended.
    Rotate {
        secret: String,
    },
    /// Ends the secret before.
    EndOldSecret,
    Disable,
    /// Goes on from now; what was missed is not told.
    Enable,
    Delete,
}

#[derive(Clone, Debug)]
pub struct OutgoingCommand {
    pub event: String,
    pub hook: OutgoingHookId,
    pub change: ChangeOutgoing,
}

impl Command for OutgoingCommand {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let hook = store::find(ctx.conn, self.hook)
            .await?
            .filter(|hook| hook.event == event.id)
            .ok_or(Error::NotFound)?;
        let now = ctx.now();
        match self.change {
            ChangeOutgoing::Test => {
                if hook.disabled.is_some() {
                    return Err(Error::Conflict(
                        "it is switched off: switch it on first".into(),
                    ));
                }
                deliver(ctx, &hook, &event.slug, "test", json!({})).await
            }
            ChangeOutgoing::Rotate { secret } => {
                let hook = Hook {
                    old_secret: Some(hook.secret),
                    secret,
                    ..hook
                };
                Ok(store::update(ctx.conn, &hook).await?)
            }
            ChangeOutgoing::EndOldSecret => {
                let hook = Hook {
                    old_secret: None,
                    ..hook
                };
                Ok(store::update(ctx.conn, &hook).await?)
            }
            ChangeOutgoing::Disable => {
                let hook = Hook {
                    disabled: Some(now),
                    ..hook
                };
                Ok(store::update(ctx.conn, &hook).await?)
            }
            ChangeOutgoing::Enable => {
                let hook = Hook {
                    disabled: None,
                    failing_since: None,
                    ..hook
                };
                store::catch_up(ctx.conn, hook.id).await?;
                Ok(store::update(ctx.conn, &hook).await?)
            }
            ChangeOutgoing::Delete => Ok(store::delete(ctx.conn, hook.id).await?),
        }
    }
}

/// Puts one thing on its way.
async fn deliver(
    ctx: &mut Ctx<'_>,
    hook: &Hook,
    event: &str,
    kind: &str,
    data: Value,
) -> Result<(), Error> {
    let id: DeliveryId = ctx.id();
    let body = json!({
        "id": id,
        "type": kind,
        "event": event,
        "at": ctx.now().rfc3339(&Zone::utc()),
        "data": data,
    });
    let delivery = Delivery {
        id,
        hook: hook.id,
        kind: kind.to_owned(),
        body: body.to_string(),
        created: ctx.now(),
        attempts: 0,
        status: None,
        failure: None,
        delivered: None,
    };
    store::insert_delivery(ctx.conn, &delivery).await?;
    ctx.enqueue(DELIVERY, &DeliveryJob { delivery: id }).await
}

/// Turns what happened after a cursor into deliveries.
#[derive(Clone, Debug)]
struct Follow(Cursor);

impl Command for Follow {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let cursor = self.0;
        let latest = outbox::latest(ctx.conn, &cursor.topic).await?;
        let entries = outbox::list(ctx.conn, &cursor.topic, cursor.seq, BATCH).await?;
        // Entries are forgotten after days: then there is nothing to tell.
        let to = entries.last().map_or(latest, |last| last.seq);
        if !store::advance(ctx.conn, &cursor, to).await? {
            return Ok(());
        }
        let Some(hook) = store::find(ctx.conn, cursor.hook).await? else {
            return Ok(());
        };
        let event = events::find(ctx.conn, hook.event)
            .await?
            .ok_or(Error::NotFound)?;
        for entry in entries.iter().filter(|entry| is_told(&entry.kind)) {
            let data = serde_json::from_str(&entry.body)
                .map_err(|e| Error::Internal(format!("an event: {e}")))?;
            deliver(ctx, &hook, &event.slug, &entry.kind, data).await?;
        }
        Ok(())
    }
}

/// What outgoing webhooks are told: what is said and becomes of it, and the
/// producer's cues. Reactions are not worth a request each.
fn is_told(kind: &str) -> bool {
    kind.starts_with("message_") || matches!(kind, "session_started" | "session_ended")
}

/// How a try ended.
#[derive(Clone, Debug)]
struct NoteTry {
    delivery: DeliveryId,
    hook: OutgoingHookId,
    status: Option<u16>,
    failure: Option<String>,
}

impl Command for NoteTry {
    /// Whether the hook was switched off by it.
    type Answer = bool;
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<bool, Error> {
        let now = ctx.now();
        let delivered = self.failure.is_none().then_some(now);
        let status = self.status.map(i64::from);
        store::note_try(
            ctx.conn,
            self.delivery,
            status,
            self.failure.as_deref(),
            delivered,
        )
        .await?;
        let Some(hook) = store::find(ctx.conn, self.hook).await? else {
            return Ok(true);
        };
        let changed = judged(&hook, delivered.is_some(), now);
        let off = changed.disabled.is_some();
        if changed != hook {
            store::update(ctx.conn, &changed).await?;
        }
        Ok(off)
    }
}

/// A hook after a try: one that got through is well; one that has failed for
/// long is switched off.
fn judged(hook: &Hook, got_through: bool, now: Timestamp) -> Hook {
    if got_through {
        return Hook {
            failing_since: None,
            ..hook.clone()
        };
    }
    let since = hook.failing_since.unwrap_or(now);
    let too_long = now - since >= PATIENCE;
    Hook {
        failing_since: Some(since),
        disabled: hook.disabled.or(too_long.then_some(now)),
        ..hook.clone()
    }
}

/// Headers of a delivery: when it was signed, and by each secret that holds,
/// HMAC-SHA256 over `TIMESTAMP.BODY`.
fn headers(hook: &Hook, delivery: &Delivery, now: Timestamp) -> Vec<(&'static str, String)> {
    let seconds = now.0.div_euclid(1_000);
    let secrets = [Some(&hook.secret), hook.old_secret.as_ref()];
    let signatures: Vec<String> = secrets
        .into_iter()
        .flatten()
        .map(|secret| format!("v1={}", sign(secret, seconds, &delivery.body)))
        .collect();
    vec![
        ("content-type", "application/json".to_owned()),
        ("hallway-delivery", delivery.id.to_string()),
        ("hallway-event", delivery.kind.clone()),
        ("hallway-timestamp", seconds.to_string()),
        ("hallway-signature", signatures.join(",")),
    ]
}

fn sign(secret: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let digest = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A hook as its organisers see it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub hook: Hook,
    /// Ids of channels, and whether sessions are told.
    pub topics: Vec<Topic>,
    pub deliveries: Vec<Delivery>,
}

impl Service {
    pub async fn outgoing_hooks(&self, actor: &Actor, event: &str) -> Result<Vec<Outgoing>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Integrate).await?;
        let mut listed = vec![];
        for id in store::list(&mut conn, event.id).await?.iter().map(|h| h.id) {
            let topics = store::topics(&mut conn, id).await?;
            let deliveries = store::list_deliveries(&mut conn, id, SHOWN).await?;
            // The hook last: one whose delivery got through is not shown as failing.
            if let Some(hook) = store::find(&mut conn, id).await? {
                listed.push(Outgoing {
                    topics: topics.iter().filter_map(|t| t.parse().ok()).collect(),
                    deliveries,
                    hook,
                });
            }
        }
        Ok(listed)
    }

    /// Makes a hook; its secret is told this once.
    pub async fn make_outgoing(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        draft: HookDraft,
    ) -> Result<Option<Secret>, Error> {
        let secret = Secret::generate(self.random());
        let command = MakeOutgoing {
            event: event.to_owned(),
            draft,
            secret: secret.reveal().to_owned(),
        };
        let id = self.write(actor, Some(once), command).await?;
        self.told_if_held(id, secret).await
    }

    /// Gives a hook another secret, told this once; the one before goes on
    /// until it is ended.
    pub async fn rotate_outgoing(
        &self,
        actor: &Actor,
        once: IdempotencyKey,
        event: &str,
        hook: OutgoingHookId,
    ) -> Result<Option<Secret>, Error> {
        let secret = Secret::generate(self.random());
        let command = OutgoingCommand {
            event: event.to_owned(),
            hook,
            change: ChangeOutgoing::Rotate {
                secret: secret.reveal().to_owned(),
            },
        };
        self.write(actor, Some(once), command).await?;
        self.told_if_held(hook, secret).await
    }

    /// A form that is sent twice makes one secret: the second answer tells none.
    async fn told_if_held(
        &self,
        hook: OutgoingHookId,
        secret: Secret,
    ) -> Result<Option<Secret>, Error> {
        let mut conn = self.read().await?;
        let held = store::find(&mut conn, hook).await?;
        Ok(held
            .is_some_and(|hook| hook.secret == secret.reveal())
            .then_some(secret))
    }

    /// Puts on its way what happened since hooks were told last.
    pub async fn follow_outbox(&self) -> Result<(), Error> {
        let mut conn = self.read().await?;
        let behind = store::behind(&mut conn, BATCH).await?;
        drop(conn);
        for cursor in behind {
            self.write(&Actor::operator(), None, Follow(cursor)).await?;
        }
        Ok(())
    }

    /// Sends one delivery.
    pub(crate) async fn send_delivery(&self, job: DeliveryJob) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let Some(delivery) = store::find_delivery(&mut conn, job.delivery).await? else {
            return Ok(());
        };
        let Some(hook) = store::find(&mut conn, delivery.hook).await? else {
            return Ok(());
        };
        drop(conn);
        if delivery.delivered.is_some() || hook.disabled.is_some() {
            return Ok(());
        }
        let headers = headers(&hook, &delivery, self.now());
        let sent = self
            .0
            .outbound
            .post(
                &hook.url,
                &headers,
                delivery.body.clone().into(),
                Limits::default(),
            )
            .await;
        let (status, failure) = match &sent {
            Ok(status) => (Some(*status), None),
            Err(FetchError::Refused { status, .. }) => {
                (Some(*status), Some(format!("status {status}")))
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let failed = failure.clone();
        let note = NoteTry {
            delivery: delivery.id,
            hook: hook.id,
            status,
            failure,
        };
        let off = self.write(&Actor::operator(), None, note).await?;
        match failed {
            Some(why) if !off => Err(JobError::Retry(why)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::EventId;
    use uuid::Uuid;

    use super::*;

    fn hook() -> Hook {
        Hook {
            id: OutgoingHookId(Uuid::nil()),
            event: EventId(Uuid::nil()),
            url: "https://x.example".into(),
            secret: "new".into(),
            old_secret: None,
            created: Timestamp(0),
            failing_since: None,
            disabled: None,
        }
    }

    #[test]
    fn a_signature_is_hmac_sha256_over_time_and_body() {
        // printf '0.x' | openssl dgst -sha256 -hmac Jefe
        let known = sign("Jefe", 0, "x");
        assert_eq!(
            known,
            "6d15f8f565f81ca17757f8569ccb192a1f1e1b2695979a6115221439a5eb67cb"
        );
        assert_ne!(known, sign("Jefe", 1, "x"), "the time is signed");
        assert_ne!(known, sign("Jefe", 0, "y"), "the body is signed");
        assert_ne!(known, sign("jefe", 0, "x"));
    }

    #[test]
    fn both_secrets_sign_while_receivers_change_over() {
        let delivery = Delivery {
            id: DeliveryId(Uuid::nil()),
            hook: OutgoingHookId(Uuid::nil()),
            kind: "test".into(),
            body: "{}".into(),
            created: Timestamp(0),
            attempts: 0,
            status: None,
            failure: None,
            delivered: None,
        };
        let rotating = Hook {
            old_secret: Some("old".into()),
            ..hook()
        };
        let headers = headers(&rotating, &delivery, Timestamp(5_999));
        let of = |name: &str| {
            let found = headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_str()).unwrap()
        };
        assert_eq!(of("hallway-timestamp"), "5");
        let expected = format!("v1={},v1={}", sign("new", 5, "{}"), sign("old", 5, "{}"));
        assert_eq!(of("hallway-signature"), expected);
    }

    #[test]
    fn a_hook_is_switched_off_after_days_in_which_nothing_got_through() {
        let start = Timestamp(1_000);
        let failing = judged(&hook(), false, start);
        assert_eq!(
            (failing.failing_since, failing.disabled),
            (Some(start), None)
        );
        let still = judged(&failing, false, start + PATIENCE - Span(1));
        assert_eq!((still.failing_since, still.disabled), (Some(start), None));
        assert_eq!(judged(&still, true, start + PATIENCE), hook(), "well again");
        let off = judged(&still, false, start + PATIENCE);
        assert_eq!(off.disabled, Some(start + PATIENCE));
    }
}

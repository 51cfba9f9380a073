//! What is asked of a message before it is seen: slow mode, newcomers, unwanted
//! words, calm; and the messages that wait for a moderator.

use hallway_model::access::{Action, Actor, Object};
use hallway_model::audit::{Deed, Subject};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, HeldId, PersonId};
use hallway_model::messages::MessageText;
use hallway_model::sanctions::SanctionKind;
use hallway_model::screening::{
    HoldReason, Refusal, Screening, ScreeningError, Situation, Verdict, WordsList, calm, screen,
    slow_mode,
};
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::images::AttachImage;
use hallway_protocol::messages::Message;
use hallway_protocol::rich_text;
pub use hallway_store::screening::ListedHeld;
use hallway_store::screening::{self as store, Held};
use hallway_store::{Conn, channels};

use crate::Service;
use crate::access::{access_event, may_in};
use crate::arrivals;
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::images;
use crate::messages::{PostMessage, say};
use crate::wards::{access_ward, all_changed, held_changed};

/// Messages of one person that wait in one channel and are shown to them.
const MAX_OWN: i64 = 20;
/// Messages of one person that may wait at an event at once.
const MAX_WAITING: i64 = 20;

/// What somebody wants to say: words, and what pictures are said to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub text: &'a MessageText,
    pub images: &'a [AttachImage],
}

impl Words<'_> {
    /// All that is looked through for unwanted words.
    fn all(&self) -> String {
        let alts = self.images.iter().map(|image| image.alt.as_str());
        std::iter::once(self.text.as_str())
            .chain(alts)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn has_link(&self) -> bool {
        rich_text::has_link(&rich_text::parse(&self.all()))
    }
}

/// Whether the message may be said: yes, not now and why, or it waits.
pub(crate) async fn ask(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    person: PersonId,
    event: &Event,
    channel: &Channel,
    words: Words<'_>,
) -> Result<Option<HoldReason>, Error> {
    let now = ctx.now();
    let standing = store::standing(ctx.conn, event.id, channel.id, person).await?;
    let new_until = standing
        .new_until
        .filter(|until| now < *until && !actor.has_part_in(event.id));
    let calmed = standing.calm_until.is_some_and(|until| now < until);
    let said = if new_until.is_some() || calmed || standing.slow.is_some() {
        store::said(ctx.conn, event.id, channel.id, person).await?
    } else {
        store::Said::default()
    };
    let mut situation = Situation {
        exempt: false,
        new_until,
        first: !said.something,
        slow: standing.slow,
        calm_until: standing.calm_until,
        last_here: said.here,
        last: said.anywhere,
        held: held(actor, event, channel),
        has_link: new_until.is_some() && words.has_link(),
        has_image: !words.images.is_empty(),
    };
    let text = words.all();
    let mut verdict = screen(&standing.rules, &text, &situation, now);
    // Asked last: most messages have nothing to be exempt from.
    if verdict != Verdict::Say {
        situation.exempt = exempt(ctx.conn, actor, channel).await?;
        verdict = screen(&standing.rules, &text, &situation, now);
    }
    match verdict {
        Verdict::Say => Ok(None),
        Verdict::Hold(reason) => Ok(Some(reason)),
        Verdict::Refuse(refusal) => Err(Error::Screened { refusal, now }),
    }
}

/// Moderators anywhere, and hosts in their channel, are asked nothing.
async fn exempt(conn: &mut Conn, actor: &Actor, channel: &Channel) -> Result<bool, Error> {
    Ok(may_in(conn, actor, channel, Action::Moderate).await?
        || may_in(conn, actor, channel, Action::HostChannel).await?)
}

/// Whether somebody may say pictures here at all; asked before one is taken in.
pub(crate) async fn ask_image(
    conn: &mut Conn,
    actor: &Actor,
    event: &Event,
    channel: &Channel,
    now: Timestamp,
) -> Result<(), Error> {
    let person = actor.person.ok_or(Error::SignInNeeded)?;
    let standing = store::standing(conn, event.id, channel.id, person).await?;
    let new_until = standing
        .new_until
        .filter(|until| now < *until && !actor.has_part_in(event.id));
    if new_until.is_none() {
        return Ok(());
    }
    let situation = Situation {
        exempt: exempt(conn, actor, channel).await?,
        new_until,
        has_image: true,
        ..Situation::default()
    };
    match screen(&standing.rules, "", &situation, now) {
        Verdict::Refuse(refusal) => Err(Error::Screened { refusal, now }),
        Verdict::Say | Verdict::Hold(_) => Ok(()),
    }
}

/// What is changed about a message is asked the same, but for pauses. It cannot
/// wait: the message stands already.
pub(crate) async fn ask_change(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    event: &Event,
    channel: &Channel,
    text: &MessageText,
) -> Result<(), Error> {
    let person = actor.person.ok_or(Error::SignInNeeded)?;
    let now = ctx.now();
    let standing = store::standing(ctx.conn, event.id, channel.id, person).await?;
    let situation = Situation {
        exempt: exempt(ctx.conn, actor, channel).await?,
        new_until: standing.new_until.filter(|_| !actor.has_part_in(event.id)),
        held: held(actor, event, channel),
        has_link: rich_text::has_link(&rich_text::parse(text.as_str())),
        ..Situation::default()
    };
    match screen(&standing.rules, text.as_str(), &situation, now) {
        Verdict::Say => Ok(()),
        Verdict::Hold(HoldReason::Word) => Err(Error::Screened {
            refusal: Refusal::Word,
            now,
        }),
        Verdict::Hold(_) => Err(Error::Conflict(
            "your messages wait for a moderator: those that stand cannot be changed".into(),
        )),
        Verdict::Refuse(refusal) => Err(Error::Screened { refusal, now }),
    }
}

fn held(actor: &Actor, event: &Event, channel: &Channel) -> bool {
    actor.sanctions.iter().any(|against| {
        against.kind == SanctionKind::Hold
            && against.event == event.id
            && against.channel.is_none_or(|of| of == channel.id)
    })
}

/// Keeps a message until a moderator has looked at it. Its answer is
/// [`Error::Held`], with which a command ends and what it wrote stays.
pub(crate) async fn hold(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    event: &Event,
    command: &PostMessage,
    text: &MessageText,
    reason: HoldReason,
) -> Error {
    match keep(ctx, person, event, command, text, reason).await {
        Ok(()) => Error::Held,
        Err(error) => error,
    }
}

async fn keep(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    event: &Event,
    command: &PostMessage,
    text: &MessageText,
    reason: HoldReason,
) -> Result<(), Error> {
    if store::count_held_of(ctx.conn, event.id, person).await? >= MAX_WAITING {
        return Err(Error::Conflict(
            "so many of your messages wait already: let a moderator look at them first".into(),
        ));
    }
    let pictures = images::own(ctx.conn, person, &command.images).await?;
    let held = Held {
        id: ctx.id(),
        event: event.id,
        channel: command.channel,
        author: person,
        command: serde_json::to_string(command).map_err(|e| Error::Internal(e.to_string()))?,
        source: text.as_str().to_owned(),
        images: images::kept(&pictures)?,
        reason,
        made: ctx.now(),
        refused: None,
    };
    store::hold(ctx.conn, &held).await?;
    images::hold(ctx, person, held.id, &command.images).await?;
    held_changed(ctx, event, &held).await
}

/// Lets a message through that waits, or does not.
#[derive(Clone, Debug)]
pub struct EndHold {
    pub event: String,
    /// Slug, where one looks after a channel.
    pub channel: Option<String>,
    pub held: HeldId,
    pub approve: bool,
}

impl Command for EndHold {
    /// The message, where it was let through.
    type Answer = Option<Message>;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Option<Message>, Error> {
        let ward = access_ward(ctx.conn, actor, &self.event, self.channel.as_deref()).await?;
        let event = &ward.event;
        let held = store::find_held(ctx.conn, self.held)
            .await?
            .map(|listed| listed.held)
            .ok_or(Error::NotFound)?;
        if !ward.covers_held(ctx.conn, &held).await? {
            return Err(Error::NotFound);
        }
        if actor.person == Some(held.author) {
            return Err(Error::Conflict(
                "this is your own: somebody else has to look at it".into(),
            ));
        }
        if held.refused.is_some() {
            return Err(Error::Conflict("this was refused already".into()));
        }
        let message = if self.approve {
            let channel = channels::find(ctx.conn, held.channel)
                .await?
                .ok_or(Error::NotFound)?;
            let now = ctx.now();
            let author = arrivals::actor(ctx.conn, held.author, now).await?;
            let object = Object::event(event.id).channel(channel.id);
            if author
                .sanction_against(Action::PostMessage, &object)
                .is_some()
            {
                return Err(Error::Conflict(
                    "its author may not write here any more".into(),
                ));
            }
            let command: PostMessage = serde_json::from_str(&held.command)
                .map_err(|e| Error::Internal(format!("a held message: {e}")))?;
            let message = say(ctx, &author, held.author, &channel, command).await?;
            store::delete_held(ctx.conn, held.id).await?;
            Some(message)
        } else {
            store::refuse_held(ctx.conn, held.id, ctx.now()).await?;
            None
        };
        let deed = if self.approve {
            Deed::MessageApproved
        } else {
            Deed::MessageRefused
        };
        let noted = Noted::of(deed)
            .on(Subject::Channel(held.channel))
            .about(held.author);
        ctx.note(actor, event.id, noted).await?;
        held_changed(ctx, event, &held).await?;
        Ok(message)
    }
}

/// What an event asks of messages.
#[derive(Clone, Debug)]
pub struct ChangeScreening {
    pub event: String,
    pub hold_first: bool,
    pub newcomers_link: bool,
    /// One entry per line.
    pub words: String,
    pub refuse_words: bool,
}

impl Command for ChangeScreening {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Moderate).await?;
        let words = WordsList::parse(&self.words, self.refuse_words).map_err(wrong)?;
        let rules = Screening {
            hold_first: self.hold_first,
            newcomers_link: self.newcomers_link,
            words,
        };
        let (before, _) = store::find(ctx.conn, event.id).await?;
        if before == rules {
            return Ok(());
        }
        store::set_rules(ctx.conn, event.id, &rules).await?;
        ctx.note(actor, event.id, Noted::of(Deed::ScreeningChanged))
            .await
    }
}

/// A pause between two messages of one person in a channel.
#[derive(Clone, Debug)]
pub struct SetSlowMode {
    pub event: String,
    /// Slug.
    pub channel: String,
    /// As entered; nothing or 0 turns it off.
    pub seconds: String,
}

impl Command for SetSlowMode {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let ward = access_ward(ctx.conn, actor, &self.event, Some(&self.channel)).await?;
        let channel = ward.channel_id().ok_or(Error::NotFound)?;
        let pause = slow_mode(&self.seconds).map_err(wrong)?;
        store::set_slow(ctx.conn, channel, pause).await?;
        let noted = Noted::of(Deed::SlowModeSet)
            .on(Subject::Channel(channel))
            .because(pause.map_or_else(|| "0 s".to_owned(), |p| format!("{} s", p.as_seconds())));
        ctx.note(actor, ward.event.id, noted).await
    }
}

/// Calms a whole event, or one channel, by one click: everybody pauses between
/// two messages, and those of newcomers wait (promise R25).
#[derive(Clone, Debug)]
pub struct Calm {
    pub event: String,
    /// Slug, for one channel alone.
    pub channel: Option<String>,
    /// 0 ends it.
    pub minutes: i64,
}

impl Command for Calm {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let ward = access_ward(ctx.conn, actor, &self.event, self.channel.as_deref()).await?;
        let event = &ward.event;
        let until = match self.minutes {
            0 => None,
            minutes => Some(calm(minutes, ctx.now()).map_err(wrong)?),
        };
        match ward.channel_id() {
            Some(channel) => store::set_calm_here(ctx.conn, channel, until).await?,
            None => store::set_calm(ctx.conn, event.id, until).await?,
        }
        let deed = match until {
            Some(_) => Deed::CalmBegun,
            None => Deed::CalmEnded,
        };
        let noted = Noted::of(deed).until(until);
        let noted = match ward.channel_id() {
            Some(channel) => noted.on(Subject::Channel(channel)),
            None => noted,
        };
        ctx.note(actor, event.id, noted).await?;
        all_changed(ctx, &ward).await
    }
}

fn wrong(error: ScreeningError) -> Error {
    match error {
        ScreeningError::TooManyWords => Error::invalid("entries", error),
        ScreeningError::Slow => Error::invalid("seconds", error),
        ScreeningError::Calm => Error::invalid("minutes", error),
    }
}

/// An event's rules as moderators see them.
#[derive(Clone, Debug)]
pub struct Rules {
    pub event: Event,
    pub screening: Screening,
    /// The event's channels, with the pause of those in slow mode.
    pub channels: Vec<(Channel, Option<Span>)>,
}

impl Service {
    pub async fn screening(&self, actor: &Actor, event: &str) -> Result<Rules, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Moderate).await?;
        let (screening, _) = store::find(&mut conn, event.id).await?;
        let slow = store::list_slow(&mut conn, event.id).await?;
        let pause = |id: ChannelId| slow.iter().find(|(of, _)| *of == id).map(|(_, p)| *p);
        let channels = channels::list_public(&mut conn, event.id, 500).await?;
        Ok(Rules {
            event,
            screening,
            channels: channels
                .into_iter()
                .map(|(channel, _)| {
                    let pause = pause(channel.id);
                    (channel, pause)
                })
                .collect(),
        })
    }

    /// One's own messages that wait in a channel, or were refused lately.
    pub async fn own_held(
        &self,
        actor: &Actor,
        channel: ChannelId,
    ) -> Result<Vec<ListedHeld>, Error> {
        match actor.person {
            Some(person) => {
                Ok(store::list_own(&mut self.read().await?, channel, person, MAX_OWN).await?)
            }
            None => Ok(vec![]),
        }
    }

    /// Until when an event is calmed, if it is now.
    pub async fn calmed_until(&self, event: &Event) -> Result<Option<Timestamp>, Error> {
        let (_, until) = store::find(&mut self.read().await?, event.id).await?;
        Ok(until.filter(|until| self.now() < *until))
    }
}

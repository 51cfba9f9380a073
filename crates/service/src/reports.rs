//! Reports of conduct: made by whoever is registered, with what they quote
//! kept beside them, and worked on by one moderator at a time.

use hallway_model::access::{Action, Actor};
use hallway_model::audit::{Deed, Subject};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{MessageId, PersonId, ReportId};
use hallway_model::messages::Removal;
use hallway_model::reports::{
    About, CONTEXT, Outcome, Report, ReportError, ReportReason, ReportState, words,
};
use hallway_model::sanctions::reason;
use hallway_model::time::{Span, Timestamp};
use hallway_store::messages::Stored;
pub use hallway_store::reports::Listed as ListedReport;
use hallway_store::reports::{self as store, Listed, Quote};
use hallway_store::screening::ListedHeld;
use hallway_store::{Conn, accounts, anonymous_reports, messages, outbox, sanctions, screening};

use crate::Service;
use crate::access::{access_event, access_message};
use crate::anonymous_reports::ListedAnonymous;
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::images;
use crate::mails::Told;
use crate::revisions::remove;
use crate::sanctions::{Decision, action, impose, refused, tell};
use crate::wards::{Ward, access_ward, report_changed};

/// Reports and appeals of one listing at the most.
const MAX_LISTED: i64 = 100;
/// Ended reports shown.
const ENDED: i64 = 20;
/// Reports of one person within an hour: nobody sees more than this in good
/// faith, and the queue stays readable.
const PER_HOUR: i64 = 20;

/// Whom or what a report is about.
#[derive(Clone, Copy, Debug)]
pub enum Reported {
    Message(MessageId),
    Person(PersonId),
}

#[derive(Clone, Debug)]
pub struct MakeReport {
    pub event: String,
    pub reported: Reported,
    /// A word of [`ReportReason`].
    pub category: String,
    pub words: String,
}

impl Command for MakeReport {
    type Answer = ReportId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<ReportId, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Report).await?;
        let reporter = actor.person.ok_or(Error::SignInNeeded)?;
        let reason = ReportReason::from_word(&self.category)
            .ok_or_else(|| Error::invalid("category", ReportError::Reason))?;
        let words = words(&self.words).map_err(|e| Error::invalid("words", e))?;
        let since = ctx.now() - Span::hours(1);
        if store::count_since(ctx.conn, reporter, since).await? >= PER_HOUR {
            return Err(Error::TooMany { retry_after: 3_600 });
        }
        let (about, person, quotes) = match self.reported {
            Reported::Message(id) => {
                let (channel, message) =
                    access_message(ctx.conn, actor, id, Action::ReadChat).await?;
                if channel.event != event.id {
                    return Err(Error::NotFound);
                }
                let about = About::Message {
                    message: message.id,
                    channel: channel.id,
                };
                let author = message.author.as_ref().map(|author| author.id);
                (about, author, quoted(ctx, message).await?)
            }
            Reported::Person(id) => {
                let person = accounts::find(ctx.conn, id).await?.ok_or(Error::NotFound)?;
                (About::Person, Some(person.id), vec![])
            }
        };
        if person == Some(reporter) {
            return Err(Error::Conflict(ReportError::Oneself.to_string()));
        }
        let report = Report {
            id: ctx.id(),
            event: event.id,
            reporter: Some(reporter),
            about,
            person,
            reason,
            words,
            made: ctx.now(),
            state: ReportState::Open,
        };
        store::insert(ctx.conn, &report, &quotes).await?;
        report_changed(ctx, &event, &report).await?;
        Ok(report.id)
    }
}

/// The message and the few around it, as they are now.
async fn quoted(ctx: &mut Ctx<'_>, message: Stored) -> Result<Vec<Quote>, Error> {
    let (channel, seq) = (message.channel, message.seq);
    let mut around = messages::list_before(ctx.conn, channel, Some(seq), CONTEXT).await?;
    around.push(message);
    around.extend(messages::list_after(ctx.conn, channel, seq, CONTEXT).await?);
    around
        .into_iter()
        .map(|message| {
            Ok(Quote {
                message: message.id,
                author: message.author.as_ref().map(|author| author.id),
                author_name: message.author.map(|author| author.name).unwrap_or_default(),
                source: images::quoted(message.source, message.images.as_deref())?,
                sent: message.sent,
                reported: message.seq == seq,
            })
        })
        .collect()
}

/// Takes a report, or gives it back.
#[derive(Clone, Debug)]
pub struct ClaimReport {
    pub event: String,
    /// Slug, where it is taken as one who looks after a channel.
    pub channel: Option<String>,
    pub report: ReportId,
    pub claim: Claim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Take,
    GiveBack,
}

impl Command for ClaimReport {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let moderator = actor.person.ok_or(Error::SignInNeeded)?;
        let (ward, report) = access_report(
            ctx.conn,
            actor,
            &self.event,
            self.channel.as_deref(),
            self.report,
        )
        .await?;
        let (event, report) = (ward.event, report.report);
        let before = report.clone();
        let (changed, deed) = match self.claim {
            Claim::Take => (report.claim(moderator, ctx.now()), Deed::ReportClaimed),
            Claim::GiveBack => (report.release(moderator), Deed::ReportReleased),
        };
        let changed = changed.map_err(|e| Error::Conflict(e.to_string()))?;
        if changed == before {
            return Ok(());
        }
        store::update(ctx.conn, &changed).await?;
        let noted = Noted::of(deed).on(Subject::Report(changed.id));
        ctx.note(actor, event.id, noted).await?;
        report_changed(ctx, &event, &changed).await
    }
}

/// Ends a report by a decision, or by none.
#[derive(Clone, Debug)]
pub struct EndReport {
    pub event: String,
    /// Slug, where it is ended by one who looks after a channel.
    pub channel: Option<String>,
    pub report: ReportId,
    pub outcome: Outcome,
    /// How long a mute or a ban holds; none until it is lifted.
    pub length: Option<Span>,
    /// Whether it holds in the message's channel alone.
    pub here: bool,
    /// Whether the reported message is removed.
    pub remove: bool,
    /// Why: what the reporter and the person concerned are told.
    pub reason: String,
}

impl Command for EndReport {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let moderator = actor.person.ok_or(Error::SignInNeeded)?;
        let (ward, found) = access_report(
            ctx.conn,
            actor,
            &self.event,
            self.channel.as_deref(),
            self.report,
        )
        .await?;
        let (event, report) = (&ward.event, found.report);
        let answer = reason(&self.reason).map_err(refused)?;
        let ended = report
            .end(moderator, self.outcome, answer.clone(), ctx.now())
            .map_err(|e| Error::Conflict(e.to_string()))?;
        store::update(ctx.conn, &ended).await?;
        if let (Outcome::Decided(kind), Some(person)) = (self.outcome, ended.person) {
            // A host decides in their channel alone.
            if !ward.hosted {
                access_event(ctx.conn, actor, &self.event, action(kind)).await?;
            }
            let channel = match ended.about {
                About::Message { channel, .. } if self.here || ward.hosted => Some(channel),
                About::Message { .. } | About::Person => None,
            };
            let decision = Decision {
                person,
                kind,
                channel,
                length: self.length,
                reason: answer.clone(),
            };
            impose(ctx, actor, event, decision).await?;
        }
        if let About::Message { message, .. } = ended.about
            && self.remove
            && let Some(old) = messages::find(ctx.conn, message).await?
        {
            let (channel, _) =
                access_message(ctx.conn, actor, message, Action::RemoveMessage).await?;
            remove(ctx, actor, &channel, old, Removal::Moderator).await?;
        }
        let noted = Noted::of(Deed::ReportEnded)
            .on(Subject::Report(ended.id))
            .about(ended.person)
            .because(answer);
        ctx.note(actor, event.id, noted).await?;
        if let Some(reporter) = ended.reporter {
            tell(ctx, reporter, Told::ReportEnded(ended.id)).await?;
        }
        report_changed(ctx, event, &ended).await
    }
}

/// A report for whoever looks after its event or its channel. Another one's is
/// not found.
async fn access_report(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    channel: Option<&str>,
    id: ReportId,
) -> Result<(Ward, Listed), Error> {
    let ward = access_ward(conn, actor, event, channel).await?;
    let found = store::find(conn, id).await?.ok_or(Error::NotFound)?;
    if !ward.covers(conn, &found.report).await? {
        return Err(Error::NotFound);
    }
    Ok((ward, found))
}

/// What waits for an event's moderators, or for those who look after a channel.
#[derive(Clone, Debug)]
pub struct Queue {
    pub ward: Ward,
    /// Oldest first.
    pub waiting: Vec<Listed>,
    /// Newest first.
    pub ended: Vec<Listed>,
    /// Decisions that somebody appealed against, oldest appeal first.
    pub appeals: Vec<sanctions::Listed>,
    /// Those that wait for an answer first.
    pub anonymous: Vec<ListedAnonymous>,
    /// Messages that wait to be let through, oldest first.
    pub held: Vec<ListedHeld>,
    /// Until when the event, or the channel, is calmed, if it is now.
    pub calm_until: Option<Timestamp>,
    /// The channel's slow mode.
    pub pause: Option<Span>,
    /// What was decided for the channel alone and stands.
    pub standing: Vec<sanctions::Listed>,
    /// Number of the ward's topic.
    pub seq: i64,
}

/// A report with all there is to judge it by.
#[derive(Clone, Debug)]
pub struct ReportFile {
    pub ward: Ward,
    pub listed: Listed,
    pub quotes: Vec<Quote>,
    /// What was decided about the person before.
    pub decisions: Vec<sanctions::Listed>,
}

/// What somebody reported, and what was decided about them.
#[derive(Clone, Debug)]
pub struct OwnConduct {
    pub event: Event,
    pub reports: Vec<Listed>,
    pub decisions: Vec<sanctions::Listed>,
}

/// Somebody or something that is about to be reported.
#[derive(Clone, Debug)]
pub struct ToReport {
    pub event: Event,
    pub person: Option<String>,
    /// What the message says.
    pub source: Option<String>,
}

/// What stands at a channel's page for those who look after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub count: usize,
    pub calm_until: Option<Timestamp>,
}

/// Who reported something is for the event's own team to know.
fn seen_in(ward: &Ward, mut listed: Listed) -> Listed {
    if ward.hosted {
        listed.report.reporter = None;
        listed.reporter_name = None;
    }
    listed
}

async fn covered(conn: &mut Conn, ward: &Ward, listed: Vec<Listed>) -> Result<Vec<Listed>, Error> {
    let mut covered = vec![];
    for one in listed {
        if ward.covers(conn, &one.report).await? {
            covered.push(seen_in(ward, one));
        }
    }
    Ok(covered)
}

/// What was decided about somebody before, as far as it concerns the ward.
pub(crate) async fn decided(
    conn: &mut Conn,
    ward: &Ward,
    person: PersonId,
) -> Result<Vec<sanctions::Listed>, Error> {
    let mut all = sanctions::list_of_person(conn, ward.event.id, person, MAX_LISTED).await?;
    all.retain(|listed| !ward.hosted || listed.sanction.channel == ward.channel_id());
    Ok(all)
}

impl Service {
    pub async fn queue(
        &self,
        actor: &Actor,
        event: &str,
        channel: Option<&str>,
    ) -> Result<Queue, Error> {
        let mut conn = self.read().await?;
        let conn = &mut conn;
        let ward = access_ward(conn, actor, event, channel).await?;
        let (event, here) = (ward.event.id, ward.channel_id());
        let seq = outbox::latest(conn, &ward.topic().to_string()).await?;
        let calm_until = match here {
            Some(channel) => screening::calm_here(conn, channel).await?,
            None => screening::find(conn, event).await?.1,
        };
        let waiting = store::list_waiting(conn, event, here, MAX_LISTED).await?;
        let ended = store::list_ended(conn, event, here, ENDED).await?;
        let held = screening::list_held(conn, event, here, MAX_LISTED).await?;
        // Appeals and what has no channel are the event's own.
        let (appeals, anonymous, mut standing) = match here {
            Some(channel) => {
                let decided = sanctions::list_in(conn, channel, MAX_LISTED).await?;
                (vec![], vec![], decided)
            }
            None => (
                sanctions::list_appealed(conn, event, MAX_LISTED).await?,
                anonymous_reports::list(conn, event, MAX_LISTED).await?,
                vec![],
            ),
        };
        let slow = screening::list_slow(conn, event).await?;
        let pause = slow
            .into_iter()
            .find(|(channel, _)| here == Some(*channel))
            .map(|(_, pause)| pause);
        standing.retain(|listed| listed.sanction.stands(self.now()));
        Ok(Queue {
            waiting: covered(conn, &ward, waiting).await?,
            ended: covered(conn, &ward, ended).await?,
            appeals,
            anonymous,
            held: ward.held(conn, held).await?,
            calm_until: calm_until.filter(|until| self.now() < *until),
            pause,
            standing,
            seq,
            ward,
        })
    }

    /// How much waits for those who look after a channel; none for others.
    pub async fn waiting_in(
        &self,
        actor: &Actor,
        event: &Event,
        channel: &Channel,
    ) -> Result<Option<Waiting>, Error> {
        match self.queue(actor, &event.slug, Some(&channel.slug)).await {
            Ok(queue) => Ok(Some(Waiting {
                count: queue.waiting.len() + queue.held.len(),
                calm_until: queue.calm_until,
            })),
            Err(
                Error::NotFound | Error::Forbidden | Error::SignInNeeded | Error::Sanctioned(_),
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn report(
        &self,
        actor: &Actor,
        event: &str,
        channel: Option<&str>,
        id: ReportId,
    ) -> Result<ReportFile, Error> {
        let mut conn = self.read().await?;
        let (ward, listed) = access_report(&mut conn, actor, event, channel, id).await?;
        let decisions = match listed.report.person {
            Some(person) => decided(&mut conn, &ward, person).await?,
            None => vec![],
        };
        Ok(ReportFile {
            quotes: store::quotes(&mut conn, id).await?,
            listed: seen_in(&ward, listed),
            ward,
            decisions,
        })
    }

    /// What somebody is about to report, for the form.
    pub async fn to_report(
        &self,
        actor: &Actor,
        event: &str,
        reported: Option<Reported>,
    ) -> Result<ToReport, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Report).await?;
        let (person, source) = match reported {
            Some(Reported::Message(id)) => {
                let (channel, message) =
                    access_message(&mut conn, actor, id, Action::ReadChat).await?;
                if channel.event != event.id {
                    return Err(Error::NotFound);
                }
                (message.author.map(|a| a.name), Some(message.source))
            }
            Some(Reported::Person(id)) => {
                let person = accounts::find(&mut conn, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                (Some(person.name.into()), None)
            }
            None => (None, None),
        };
        Ok(ToReport {
            event,
            person,
            source,
        })
    }

    /// Empty for a visitor.
    pub async fn own_conduct(&self, actor: &Actor, event: &str) -> Result<OwnConduct, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SeeProgramme).await?;
        let (reports, decisions) = match actor.person {
            Some(person) => (
                store::list_of_reporter(&mut conn, event.id, person, MAX_LISTED).await?,
                sanctions::list_of_person(&mut conn, event.id, person, MAX_LISTED).await?,
            ),
            None => (vec![], vec![]),
        };
        Ok(OwnConduct {
            event,
            reports,
            decisions,
        })
    }
}

//! Reports without a name, answered and gone on with by a receipt. Nothing of who
//! writes is taken in: not a person where one is signed in, nor an address.

use hallway_model::access::{Action, Actor};
use hallway_model::anonymous_reports::{AnonymousReport, Line, LineError, MAX_WAITING, Side, line};
use hallway_model::audit::{Deed, Subject};
use hallway_model::events::Event;
use hallway_model::ids::AnonymousReportId;
use hallway_model::secrets::Secret;
pub use hallway_store::anonymous_reports::Listed as ListedAnonymous;
use hallway_store::{Conn, anonymous_reports as store};

use crate::Service;
use crate::access::access_event;
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::sanctions::queue_changed;
use crate::secrets;

/// A first line. Its receipt is the reporter's own, made before they wrote: sent
/// twice it is the same report.
#[derive(Clone, Debug)]
pub struct ReportAnonymously {
    pub event: String,
    pub receipt: Secret,
    pub words: String,
}

/// One more line of whoever has the receipt.
#[derive(Clone, Debug)]
pub struct GoOnAnonymously {
    pub event: String,
    pub receipt: Secret,
    pub words: String,
}

/// A line of those who look after the event, or the word that nothing is left
/// to do.
#[derive(Clone, Debug)]
pub struct AnswerAnonymous {
    pub event: String,
    pub report: AnonymousReportId,
    /// May be blank where it ends.
    pub words: String,
    pub end: bool,
}

/// One conversation with all that was written.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub event: Event,
    pub report: AnonymousReport,
    /// Oldest first.
    pub lines: Vec<Line>,
}

impl Command for ReportAnonymously {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::SeeProgramme).await?;
        let receipt_hash = secrets::hash(&self.receipt);
        if store::find_by_receipt(ctx.conn, event.id, &receipt_hash)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let words = line(&self.words, 0).map_err(refused)?;
        if store::count_waiting(ctx.conn, event.id).await? >= MAX_WAITING {
            return Err(Error::TooMany { retry_after: 3_600 });
        }
        let report = AnonymousReport {
            id: ctx.id(),
            event: event.id,
            made: ctx.now(),
            waits: true,
            ended: None,
        };
        store::insert(ctx.conn, &report, &receipt_hash).await?;
        write(ctx, report, Side::Reporter, words, 0).await?;
        queue_changed(ctx, &event).await
    }
}

impl Command for GoOnAnonymously {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let (event, report) = by_receipt(ctx.conn, actor, &self.event, &self.receipt).await?;
        let written = store::lines(ctx.conn, report.id).await?;
        let words = line(&self.words, written.len()).map_err(refused)?;
        // Keys are kept with the person who sent them, so none is taken here:
        // a line that is sent twice is known by its words.
        let last = written.last();
        if last.is_some_and(|last| last.side == Side::Reporter && last.words == words) {
            return Ok(());
        }
        write(ctx, report, Side::Reporter, words, written.len()).await?;
        queue_changed(ctx, &event).await
    }
}

impl Command for AnswerAnonymous {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Moderate).await?;
        let mut report = of_event(ctx.conn, &event, self.report).await?;
        let lines = store::lines(ctx.conn, report.id).await?.len();
        if !(self.end && self.words.trim().is_empty()) {
            let words = line(&self.words, lines).map_err(refused)?;
            report = write(ctx, report, Side::Team, words, lines).await?;
        }
        if self.end {
            report = report.closed(ctx.now());
            store::update(ctx.conn, &report, ctx.now()).await?;
        }
        // What was said is between the two; the log tells that it was.
        let deed = if self.end {
            Deed::AnonymousReportEnded
        } else {
            Deed::AnonymousReportAnswered
        };
        let noted = Noted::of(deed).on(Subject::AnonymousReport(report.id));
        ctx.note(actor, event.id, noted).await?;
        queue_changed(ctx, &event).await
    }
}

async fn write(
    ctx: &mut Ctx<'_>,
    report: AnonymousReport,
    side: Side,
    words: String,
    position: usize,
) -> Result<AnonymousReport, Error> {
    let line = Line {
        side,
        words,
        written: ctx.now(),
    };
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    store::insert_line(ctx.conn, report.id, position, &line).await?;
    let report = report.after(side);
    store::update(ctx.conn, &report, ctx.now()).await?;
    Ok(report)
}

fn refused(error: LineError) -> Error {
    match error {
        LineError::Full => Error::Conflict(error.to_string()),
        LineError::Missing | LineError::TooLong => Error::invalid("words", error),
    }
}

/// The report that a receipt leads to. A receipt that leads nowhere is told at its
/// field: whoever has a right one may mistype it.
async fn by_receipt(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    receipt: &Secret,
) -> Result<(Event, AnonymousReport), Error> {
    let event = access_event(conn, actor, event, Action::SeeProgramme).await?;
    let found = store::find_by_receipt(conn, event.id, &secrets::hash(receipt)).await?;
    let report = found
        .ok_or_else(|| Error::invalid("receipt", "no report at this event has this receipt"))?;
    Ok((event, report))
}

async fn of_event(
    conn: &mut Conn,
    event: &Event,
    id: AnonymousReportId,
) -> Result<AnonymousReport, Error> {
    store::find(conn, id)
        .await?
        .filter(|report| report.event == event.id)
        .ok_or(Error::NotFound)
}

impl Service {
    /// A receipt for a report that is about to be written.
    pub fn anonymous_receipt(&self) -> Secret {
        Secret::generate(self.random())
    }

    /// What was written, for whoever has the receipt.
    pub async fn own_anonymous_report(
        &self,
        actor: &Actor,
        event: &str,
        receipt: &Secret,
    ) -> Result<Conversation, Error> {
        let mut conn = self.read().await?;
        let (event, report) = by_receipt(&mut conn, actor, event, receipt).await?;
        Ok(Conversation {
            lines: store::lines(&mut conn, report.id).await?,
            event,
            report,
        })
    }

    /// What was written, for those who look after the event.
    pub async fn anonymous_report(
        &self,
        actor: &Actor,
        event: &str,
        id: AnonymousReportId,
    ) -> Result<Conversation, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Moderate).await?;
        let report = of_event(&mut conn, &event, id).await?;
        Ok(Conversation {
            lines: store::lines(&mut conn, report.id).await?,
            event,
            report,
        })
    }
}

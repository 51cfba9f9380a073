//! Moderators' pages: the queue, a report, somebody, and what is decided.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::ids::{PersonId, ReportId, SanctionId};
use hallway_model::reports::{About, AppealState, Outcome, ReportState};
use hallway_model::sanctions::{SanctionKind, SanctionState};
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::images;
use hallway_service::reports::{Claim, ClaimReport, EndReport, ListedReport};
use hallway_service::sanctions::{AnswerAppeal, Impose, Lift, ListedSanction};
use hallway_service::screening::ListedHeld;
use hallway_service::wards::Ward;
use hallway_views::audit::Who;
use hallway_views::forms::Field;
use hallway_views::moderation::{
    AnonymousRow, AppealRow, DecisionForm, DecisionRow, HeldRow, PersonPage, QueuePage, QuoteRow,
    ReportPage, ReportRow, ReportStage,
};
use hallway_views::shell::Notice;
use hallway_views::wards::WardHead;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};

/// What the path of a moderators' page names: an event, or one channel of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Warded {
    pub event: String,
    #[serde(default)]
    pub channel: Option<String>,
}

impl Warded {
    /// What its addresses begin with.
    pub(crate) fn path(&self) -> String {
        match &self.channel {
            Some(channel) => routes::channel_ward(&self.event, channel),
            None => self.event.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReportAt {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    report: ReportId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PersonAt {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    person: PersonId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SanctionAt {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    sanction: SanctionId,
}

pub(crate) fn ward_head(ward: &Ward) -> WardHead {
    match &ward.channel {
        Some(channel) => {
            WardHead::channel(&ward.event.slug, &channel.slug, &channel.name, ward.hosted)
        }
        None => WardHead::event(&ward.event.slug),
    }
}

pub(crate) async fn queue(call: Call, Path(of): Path<Warded>) -> Result<Response, Failure> {
    let service = &call.web.service;
    let queue = service
        .queue(&call.actor, &of.event, of.channel.as_deref())
        .await?;
    let now = service.now();
    let rows = |listed: Vec<ListedReport>| listed.into_iter().map(|one| report_row(&call, one));
    personal(&QueuePage {
        shell: call.event_shell(&queue.ward.event),
        ward: ward_head(&queue.ward),
        topic: queue.ward.topic(),
        seq: queue.seq,
        key: call.key(),
        waiting: rows(queue.waiting).collect(),
        ended: rows(queue.ended).collect(),
        appeals: queue
            .appeals
            .into_iter()
            .map(|one| decision_row(one, now))
            .collect(),
        anonymous: queue
            .anonymous
            .into_iter()
            .map(|one| AnonymousRow {
                id: one.report.id,
                words: one.words,
                changed: one.changed,
                waits: one.report.waits,
                ended: one.report.ended.is_some(),
            })
            .collect(),
        held: queue.held.into_iter().map(held_row).collect(),
        calm_until: queue.calm_until,
        standing: queue
            .standing
            .into_iter()
            .map(|one| decision_row(one, now))
            .collect(),
        pause: queue.pause.map(Span::as_seconds),
    })
}

pub(crate) fn held_row(listed: ListedHeld) -> HeldRow {
    HeldRow {
        id: listed.held.id,
        author: somebody(listed.author_name),
        channel: listed.channel_name,
        images: images::shown(listed.held.images.as_deref()).unwrap_or_default(),
        source: listed.held.source,
        reason: listed.held.reason,
        made: listed.held.made,
        refused: listed.held.refused.is_some(),
    }
}

pub(crate) async fn report(
    call: Call,
    Path(ReportAt {
        event,
        channel,
        report,
    }): Path<ReportAt>,
) -> Result<Response, Failure> {
    let of = Warded { event, channel };
    personal(&file(&call, &of, report, DecisionForm::default()).await?)
}

async fn file(
    call: &Call,
    of: &Warded,
    report: ReportId,
    form: DecisionForm,
) -> Result<ReportPage, Error> {
    let service = &call.web.service;
    let event = &of.event;
    let file = service
        .report(&call.actor, event, of.channel.as_deref(), report)
        .await?;
    let now = service.now();
    let place = match file.listed.report.about {
        About::Message { message, channel } => {
            let found = service.message_place(&call.actor, channel, message).await?;
            found.map(|(slug, seq)| format!("{}#m{seq}", routes::channel(event, &slug)))
        }
        About::Person => None,
    };
    Ok(ReportPage {
        shell: call.event_shell(&file.ward.event),
        ward: ward_head(&file.ward),
        key: call.key(),
        quotes: file
            .quotes
            .into_iter()
            .map(|quote| QuoteRow {
                author: match quote.author {
                    Some(_) => Who::Person(quote.author_name),
                    None => Who::Gone,
                },
                source: quote.source,
                sent: quote.sent,
                reported: quote.reported,
            })
            .collect(),
        decisions: file
            .decisions
            .into_iter()
            .map(|one| decision_row(one, now))
            .collect(),
        report: report_row(call, file.listed),
        place,
        form,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Claimed {
    key: String,
    /// `yes`, or `no` to give it back.
    claim: String,
}

pub(crate) async fn claim(
    call: Call,
    Path(ReportAt {
        event,
        channel,
        report,
    }): Path<ReportAt>,
    Form(form): Form<Claimed>,
) -> Result<Redirect, Failure> {
    let of = Warded { event, channel };
    let claim = if form.claim == "no" {
        Claim::GiveBack
    } else {
        Claim::Take
    };
    let command = ClaimReport {
        event: of.event.clone(),
        channel: of.channel.clone(),
        report,
        claim,
    };
    call.write_once(&form.key, command).await?;
    Ok(Redirect::to(&match claim {
        Claim::Take => routes::moderate_report(&of.path(), report),
        Claim::GiveBack => routes::moderate(&of.path()),
    }))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decided {
    key: String,
    /// Of a report: a word of `Outcome`.
    outcome: String,
    /// Of a person: a word of `SanctionKind`.
    kind: String,
    /// Minutes; blank for no end.
    length: String,
    here: String,
    remove: String,
    reason: String,
}

impl Decided {
    fn length(&self) -> Result<Option<Span>, Error> {
        match self.length.trim() {
            "" => Ok(None),
            minutes => minutes
                .parse()
                .ok()
                .filter(|minutes| (1..=527_040).contains(minutes))
                .map(|minutes| Some(Span::minutes(minutes)))
                .ok_or_else(|| Error::invalid("length", "minutes, or nothing")),
        }
    }

    /// The form again, with what is wrong; what no field is to blame for is
    /// told as a problem.
    fn again(&self, error: Error, chosen: &str) -> Result<DecisionForm, Failure> {
        let refusal = Refusal::of(error, |name| match name {
            "reason" => self.reason.clone(),
            _ => self.length.clone(),
        })?;
        Ok(DecisionForm {
            outcome: Field::of(chosen),
            length: refusal.field("length", &self.length),
            here: self.here == "yes",
            remove: self.remove == "yes",
            reason: refusal.field("reason", &self.reason),
        })
    }
}

pub(crate) async fn end(
    call: Call,
    Path(ReportAt {
        event,
        channel,
        report,
    }): Path<ReportAt>,
    Form(form): Form<Decided>,
) -> Result<Response, Failure> {
    let of = Warded { event, channel };
    let outcome = Outcome::from_word(&form.outcome)
        .ok_or_else(|| Error::invalid("outcome", "one of those offered"))?;
    let command = EndReport {
        event: of.event.clone(),
        channel: of.channel.clone(),
        report,
        outcome,
        length: form.length()?,
        remove: form.remove == "yes",
        here: form.here == "yes" && outcome != Outcome::Decided(SanctionKind::Ban),
        reason: form.reason.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(()) => Ok(done(&routes::moderate(&of.path()), Notice::Decided).into_response()),
        Err(error) => {
            let form = form.again(error, &form.outcome)?;
            refused(&file(&call, &of, report, form).await?)
        }
    }
}

pub(crate) async fn person(
    call: Call,
    Path(PersonAt {
        event,
        channel,
        person,
    }): Path<PersonAt>,
) -> Result<Response, Failure> {
    let of = Warded { event, channel };
    personal(&judged(&call, &of, person, DecisionForm::default()).await?)
}

async fn judged(
    call: &Call,
    of: &Warded,
    person: PersonId,
    form: DecisionForm,
) -> Result<PersonPage, Error> {
    let service = &call.web.service;
    let judged = service
        .judged(&call.actor, &of.event, of.channel.as_deref(), person)
        .await?;
    let now = service.now();
    Ok(PersonPage {
        shell: call.event_shell(&judged.ward.event),
        ward: ward_head(&judged.ward),
        key: call.key(),
        person,
        name: judged.person.name.into(),
        decisions: judged
            .decisions
            .into_iter()
            .map(|one| decision_row(one, now))
            .collect(),
        form,
    })
}

pub(crate) async fn decide(
    call: Call,
    Path(PersonAt {
        event,
        channel,
        person,
    }): Path<PersonAt>,
    Form(form): Form<Decided>,
) -> Result<Response, Failure> {
    let of = Warded { event, channel };
    let kind = SanctionKind::from_word(&form.kind)
        .ok_or_else(|| Error::invalid("kind", "one of those offered"))?;
    let command = Impose {
        event: of.event.clone(),
        person,
        kind,
        channel: of.channel.clone(),
        length: form.length()?,
        reason: form.reason.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(_) => {
            let page = routes::moderate_person(&of.path(), person);
            Ok(done(&page, Notice::Decided).into_response())
        }
        Err(error) => {
            let form = form.again(error, &form.kind)?;
            refused(&judged(&call, &of, person, form).await?)
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Lifted {
    key: String,
    reason: String,
}

pub(crate) async fn lift(
    call: Call,
    Path(SanctionAt {
        event,
        channel,
        sanction,
    }): Path<SanctionAt>,
    Form(form): Form<Lifted>,
) -> Result<Redirect, Failure> {
    let of = Warded { event, channel };
    let command = Lift {
        event: of.event.clone(),
        channel: of.channel.clone(),
        sanction,
        reason: form.reason,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::moderate(&of.path()), Notice::Decided))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answered {
    key: String,
    /// `yes` takes the decision back, `no` keeps it.
    granted: String,
    answer: String,
}

pub(crate) async fn answer(
    call: Call,
    Path((event, sanction)): Path<(String, SanctionId)>,
    Form(form): Form<Answered>,
) -> Result<Redirect, Failure> {
    let command = AnswerAppeal {
        event: event.clone(),
        sanction,
        granted: form.granted == "yes",
        answer: form.answer,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::moderate(&event), Notice::Decided))
}

/// A name, or the word for somebody whose account is gone.
pub(crate) fn somebody(name: Option<String>) -> Who {
    name.map_or(Who::Gone, Who::Person)
}

pub(crate) fn report_row(call: &Call, listed: ListedReport) -> ReportRow {
    let report = listed.report;
    ReportRow {
        id: report.id,
        reason: report.reason,
        reporter: somebody(listed.reporter_name),
        person: report.person.map(|_| somebody(listed.person_name.clone())),
        person_id: report.person.filter(|_| listed.person_name.is_some()),
        channel: listed.channel_name,
        words: report.words,
        made: report.made,
        stage: match report.state {
            ReportState::Open => ReportStage::Open,
            ReportState::Claimed { by, .. } => ReportStage::Claimed {
                mine: call.actor.person == Some(by),
                by: somebody(listed.holder_name),
            },
            ReportState::Ended {
                at,
                outcome,
                answer,
                ..
            } => ReportStage::Ended {
                by: somebody(listed.holder_name),
                at,
                outcome,
                answer,
            },
        },
    }
}

pub(crate) fn decision_row(listed: ListedSanction, now: Timestamp) -> DecisionRow {
    let sanction = listed.sanction;
    DecisionRow {
        id: sanction.id,
        kind: sanction.kind,
        person: somebody(listed.person_name),
        by: match sanction.by {
            Some(_) => somebody(listed.by_name),
            None => Who::Server,
        },
        channel: listed.channel_name,
        imposed: sanction.imposed,
        until: sanction.until(),
        stands: sanction.stands(now),
        lifted: matches!(sanction.state, SanctionState::Lifted { .. }),
        reason: sanction.reason,
        appeal: listed.appeal.map(|appeal| AppealRow {
            words: appeal.words,
            made: appeal.made,
            ended: match appeal.state {
                AppealState::Open => None,
                AppealState::Ended {
                    granted, answer, ..
                } => Some((granted, answer)),
            },
        }),
    }
}

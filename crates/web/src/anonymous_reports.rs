//! Reporting without a name, reading the answers by a receipt, and answering.
//! Whoever writes is a visitor to the service, signed in or not.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::access::Actor;
use hallway_model::anonymous_reports::Line;
use hallway_model::ids::AnonymousReportId;
use hallway_model::secrets::Secret;
use hallway_protocol::routes;
use hallway_service::anonymous_reports::{
    AnswerAnonymous, Conversation, GoOnAnonymously, ReportAnonymously,
};
use hallway_service::{Error, Prefix};
use hallway_views::anonymous_reports::{
    AnonymousFilePage, AnonymousFormPage, AnonymousPage, LineRow,
};
use hallway_views::forms::Field;
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};

pub(crate) async fn form(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let receipt = call.web.service.anonymous_receipt();
    personal(&blank(&call, &event, &receipt).await?)
}

async fn blank(call: &Call, event: &str, receipt: &Secret) -> Result<AnonymousFormPage, Error> {
    let service = &call.web.service;
    let own = service.own_conduct(&Actor::visitor(), event).await?;
    Ok(AnonymousFormPage {
        shell: call.event_shell(&own.event),
        new_receipt: receipt.reveal().to_owned(),
        words: Field::default(),
        receipt: Field::default(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Written {
    receipt: String,
    words: String,
    /// `yes` where a line is sent, else the answers are read.
    send: String,
}

impl Written {
    /// A receipt as somebody typed or pasted it.
    fn receipt(&self) -> Result<Secret, Error> {
        let text: String = self
            .receipt
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        Secret::presented(&text)
            .ok_or_else(|| Error::invalid("receipt", "32 letters and digits, as they were shown"))
    }
}

pub(crate) async fn report(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Written>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    service.limits().unnamed(Prefix::from(call.address))?;
    let receipt = form.receipt()?;
    let command = ReportAnonymously {
        event: event.clone(),
        receipt: receipt.clone(),
        words: form.words.clone(),
    };
    match service.write(&Actor::visitor(), None, command).await {
        Ok(()) => {
            let page = conversation(&call, &event, &receipt).await?;
            personal(&AnonymousPage {
                fresh: true,
                ..page
            })
        }
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.words.clone())?;
            let page = blank(&call, &event, &receipt).await?;
            refused(&AnonymousFormPage {
                words: refusal.field("words", &form.words),
                ..page
            })
        }
    }
}

async fn conversation(call: &Call, event: &str, receipt: &Secret) -> Result<AnonymousPage, Error> {
    let service = &call.web.service;
    let found = service
        .own_anonymous_report(&Actor::visitor(), event, receipt)
        .await?;
    let Conversation {
        event,
        report,
        lines,
    } = found;
    Ok(AnonymousPage {
        shell: call.event_shell(&event),
        receipt: receipt.reveal().to_owned(),
        fresh: false,
        ended: report.ended.is_some(),
        lines: lines.into_iter().map(row).collect(),
        words: Field::default(),
    })
}

fn row(line: Line) -> LineRow {
    LineRow {
        by_team: line.side.is_team(),
        words: line.words,
        written: line.written,
    }
}

/// What was answered to the report that a receipt leads to, and one more line. The
/// receipt is posted, so that no address or log has it.
pub(crate) async fn answers(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Written>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    service.limits().unnamed(Prefix::from(call.address))?;
    let found = match form.receipt() {
        Ok(receipt) => conversation(&call, &event, &receipt)
            .await
            .map(|page| (receipt, page)),
        Err(error) => Err(error),
    };
    let (receipt, page) = match found {
        Ok(found) => found,
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.receipt.clone())?;
            let page = blank(&call, &event, &service.anonymous_receipt()).await?;
            return refused(&AnonymousFormPage {
                receipt: refusal.field("receipt", &form.receipt),
                ..page
            });
        }
    };
    if form.send != "yes" {
        return personal(&page);
    }
    let command = GoOnAnonymously {
        event: event.clone(),
        receipt: receipt.clone(),
        words: form.words.clone(),
    };
    match service.write(&Actor::visitor(), None, command).await {
        Ok(()) => personal(&conversation(&call, &event, &receipt).await?),
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.words.clone())?;
            refused(&AnonymousPage {
                words: refusal.field("words", &form.words),
                ..page
            })
        }
    }
}

pub(crate) async fn file(
    call: Call,
    Path((event, report)): Path<(String, AnonymousReportId)>,
) -> Result<Response, Failure> {
    personal(&of_team(&call, &event, report).await?)
}

async fn of_team(
    call: &Call,
    event: &str,
    id: AnonymousReportId,
) -> Result<AnonymousFilePage, Error> {
    let service = &call.web.service;
    let found = service.anonymous_report(&call.actor, event, id).await?;
    Ok(AnonymousFilePage {
        shell: call.event_shell(&found.event),
        key: call.key(),
        report: id,
        ended: found.report.ended,
        lines: found.lines.into_iter().map(row).collect(),
        words: Field::default(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answered {
    key: String,
    words: String,
    /// `yes`: nothing is left to do.
    end: String,
}

pub(crate) async fn answer(
    call: Call,
    Path((event, report)): Path<(String, AnonymousReportId)>,
    Form(form): Form<Answered>,
) -> Result<Response, Failure> {
    let command = AnswerAnonymous {
        event: event.clone(),
        report,
        words: form.words.clone(),
        end: form.end == "yes",
    };
    match call.write_once(&form.key, command).await {
        Ok(()) => Ok(done(&routes::moderate(&event), Notice::Saved).into_response()),
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.words.clone())?;
            let page = of_team(&call, &event, report).await?;
            refused(&AnonymousFilePage {
                words: refusal.field("words", &form.words),
                ..page
            })
        }
    }
}

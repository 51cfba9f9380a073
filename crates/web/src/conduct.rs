//! The code of conduct's page, the form to report something, and appeals.

use axum::extract::{Form, Path, Query};
use axum::response::{IntoResponse, Response};
use hallway_model::ids::{MessageId, PersonId, SanctionId};
use hallway_protocol::{rich_text, routes};
use hallway_service::Error;
use hallway_service::conduct::ChangeCode;
use hallway_service::reports::{MakeReport, Reported};
use hallway_service::sanctions::AppealAgainst;
use hallway_views::audit::Who;
use hallway_views::conduct::{CodePage, ConductPage, ReportFormPage};
use hallway_views::forms::Field;
use hallway_views::moderation::{DecisionRow, ReportRow};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::moderation::{decision_row, report_row};
use crate::pages::{done, personal, refused};

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    personal(&own(&call, &event, None).await?)
}

async fn own(
    call: &Call,
    event: &str,
    appeal: Option<(SanctionId, Field)>,
) -> Result<ConductPage, Error> {
    let service = &call.web.service;
    let own = service.own_conduct(&call.actor, event).await?;
    let now = service.now();
    // Who decided and who looks into it is the moderators' to know.
    let nameless = |row: ReportRow| ReportRow {
        reporter: Who::Gone,
        ..row
    };
    let decision = |row: DecisionRow| DecisionRow {
        by: Who::Server,
        ..row
    };
    let code = service.code_of_conduct(&own.event).await?;
    let accepted = service.accepted_code(&call.actor, &own.event).await?;
    Ok(ConductPage {
        shell: call.event_shell(&own.event),
        key: call.key(),
        code: code.text.as_deref().map(rich_text::parse),
        contact: code.contact,
        accepted: accepted.map(|accepted| (accepted.at, accepted.version == code.version)),
        reports: own
            .reports
            .into_iter()
            .map(|one| nameless(report_row(call, one)))
            .collect(),
        decisions: own
            .decisions
            .into_iter()
            .map(|one| decision(decision_row(one, now)))
            .collect(),
        appeal,
    })
}

pub(crate) async fn code_page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let organised = call.web.service.organise(&call.actor, &event).await?;
    let event = &organised.snapshot.event;
    let code = call.web.service.code_of_conduct(event).await?;
    personal(&CodePage {
        shell: call.event_shell(event),
        key: call.key(),
        code: Field::of(code.text.unwrap_or_default()),
        contact: Field::of(code.contact.unwrap_or_default()),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Written {
    key: String,
    code: String,
    contact: String,
}

pub(crate) async fn change_code(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Written>,
) -> Result<Response, Failure> {
    let command = ChangeCode {
        event: event.clone(),
        text: form.code.clone(),
        contact: form.contact.clone(),
    };
    if let Err(error) = call.write_once(&form.key, command).await {
        let refusal = Refusal::of(error, |name| match name {
            "code" => form.code.clone(),
            _ => form.contact.clone(),
        })?;
        let organised = call.web.service.organise(&call.actor, &event).await?;
        return refused(&CodePage {
            shell: call.event_shell(&organised.snapshot.event),
            key: call.key(),
            code: refusal.field("code", &form.code),
            contact: refusal.field("contact", &form.contact),
        });
    }
    Ok(done(&routes::organise_conduct(&event), Notice::Saved).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Appealed {
    key: String,
    sanction: String,
    words: String,
}

pub(crate) async fn appeal(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Appealed>,
) -> Result<Response, Failure> {
    if call.signed_in.is_none() {
        return Err(Error::SignInNeeded.into());
    }
    let sanction: SanctionId = form
        .sanction
        .parse()
        .map_err(|_| Error::invalid("sanction", "one of your own"))?;
    let command = AppealAgainst {
        event: event.clone(),
        sanction,
        words: form.words.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(()) => Ok(done(&routes::conduct(&event), Notice::Appealed).into_response()),
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.words.clone())?;
            let field = refusal.field("words", &form.words);
            refused(&own(&call, &event, Some((sanction, field))).await?)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    message: Option<MessageId>,
    person: Option<PersonId>,
}

impl About {
    fn reported(&self) -> Option<Reported> {
        match (self.message, self.person) {
            (Some(message), _) => Some(Reported::Message(message)),
            (None, Some(person)) => Some(Reported::Person(person)),
            (None, None) => None,
        }
    }
}

pub(crate) async fn report_page(
    call: Call,
    Path(event): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, Failure> {
    let page = report_form(&call, &event, &about, Field::default(), Field::default());
    personal(&page.await?)
}

async fn report_form(
    call: &Call,
    event: &str,
    about: &About,
    category: Field,
    words: Field,
) -> Result<ReportFormPage, Error> {
    let service = &call.web.service;
    let found = service
        .to_report(&call.actor, event, about.reported())
        .await?;
    Ok(ReportFormPage {
        shell: call.event_shell(&found.event),
        key: call.key(),
        message: about.message,
        person: about.person,
        name: found.person,
        source: found.source,
        category,
        words,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    key: String,
    message: Option<MessageId>,
    person: Option<PersonId>,
    category: String,
    words: String,
}

pub(crate) async fn report(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Entered>,
) -> Result<Response, Failure> {
    let about = About {
        message: form.message,
        person: form.person,
    };
    // Asked before what is reported, so that nobody learns from the order.
    call.web
        .service
        .to_report(&call.actor, &event, None)
        .await?;
    let reported = about
        .reported()
        .ok_or_else(|| Error::invalid("message", "a message or a person"))?;
    let command = MakeReport {
        event: event.clone(),
        reported,
        category: form.category.clone(),
        words: form.words.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(_) => Ok(done(&routes::conduct(&event), Notice::Reported).into_response()),
        Err(error) => {
            let refusal = Refusal::of(error, |name| match name {
                "category" => form.category.clone(),
                _ => form.words.clone(),
            })?;
            let category = refusal.field("category", &form.category);
            let words = refusal.field("words", &form.words);
            refused(&report_form(&call, &event, &about, category, words).await?)
        }
    }
}

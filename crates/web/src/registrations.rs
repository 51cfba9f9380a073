//! Registering at an event: a visitor gets a mail whose link does it, somebody
//! signed in does it at once.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::access::{Action, Object, allow};
use hallway_model::events::Event;
use hallway_model::people::{DisplayName, Email};
use hallway_protocol::{rich_text, routes};
use hallway_service::sign_ins::{LinkRequest, Register};
use hallway_service::{Error, Prefix};
use hallway_views::conduct::code_html;
use hallway_views::forms::FieldError;
use hallway_views::registrations::{RegisterPage, RegisterState};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};
use crate::reader;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    key: String,
    name: String,
    email: String,
    conduct: String,
}

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let snapshot = call.web.service.programme(&call.actor, &event).await?;
    let event = &snapshot.event;
    let state = state(&call, event);
    let (entered, refusal) = (Entered::default(), Refusal::default());
    personal(&form(&call, event, state, &entered, &refusal).await?)
}

pub(crate) async fn register(
    call: Call,
    Path(event): Path<String>,
    Form(entered): Form<Entered>,
) -> Result<Response, Failure> {
    let snapshot = call.web.service.programme(&call.actor, &event).await?;
    let event = &snapshot.event;
    let state = state(&call, event);
    if state == RegisterState::Closed {
        let refusal = Refusal::default();
        return refused(&form(&call, event, state, &entered, &refusal).await?);
    }
    let refusal = wrong(&call, &entered)?;
    if !refusal.is_empty() {
        return refused(&form(&call, event, state, &entered, &refusal).await?);
    }
    if call.signed_in.is_some() {
        let command = Register {
            event: event.slug.clone(),
        };
        call.write_once(&entered.key, command).await?;
        return Ok(done(&routes::event(&event.slug), Notice::Registered).into_response());
    }
    let request = LinkRequest {
        email: entered.email.clone(),
        name: Some(entered.name.clone()),
        event: Some(event.slug.clone()),
        language: reader::language(call.lang),
    };
    call.web
        .service
        .request_link(Prefix::from(call.address), request)
        .await?;
    let sent = RegisterState::MailSent {
        email: entered.email.trim().to_owned(),
    };
    personal(&form(&call, event, sent, &entered, &Refusal::default()).await?)
}

/// All that keeps the form from being taken, so that it is told at once and
/// not the ticked box alone. The service checks the same again.
fn wrong(call: &Call, entered: &Entered) -> Result<Refusal, Failure> {
    let mut fields = vec![];
    if call.signed_in.is_none() {
        if let Err(error) = DisplayName::parse(&entered.name) {
            fields.push(("name", error.to_string()));
        }
        if let Err(error) = Email::parse(&entered.email) {
            fields.push(("email", error.to_string()));
        }
    }
    let text = |name: &str| match name {
        "name" => entered.name.clone(),
        _ => entered.email.clone(),
    };
    let mut refusal = Refusal::of(Error::Invalid(fields), text)?;
    if entered.conduct != "yes" {
        refusal.add("conduct", FieldError::Unticked);
    }
    Ok(refusal)
}

fn state(call: &Call, event: &Event) -> RegisterState {
    let object = Object::event(event.id).open(event.settings.registration_open);
    if call.actor.registered.contains(&event.id) {
        RegisterState::Registered
    } else if allow(&call.actor, Action::Register, &object) {
        RegisterState::Open
    } else {
        RegisterState::Closed
    }
}

async fn form(
    call: &Call,
    event: &Event,
    state: RegisterState,
    entered: &Entered,
    refusal: &Refusal,
) -> Result<RegisterPage, Error> {
    let code = call.web.service.code_of_conduct(event).await?;
    let code = code.text.as_deref().map(rich_text::parse);
    let shell = call.event_shell(event);
    Ok(RegisterPage {
        code_of_conduct: Some(code_html(&shell, code.as_deref())),
        shell,
        title: event.title.clone(),
        first_day: event.first_day,
        last_day: event.last_day,
        zone: event.zone.clone(),
        state,
        key: call.key(),
        name: refusal.field("name", &entered.name),
        email: refusal.field("email", &entered.email),
        conduct: refusal.field("conduct", &entered.conduct),
    })
}

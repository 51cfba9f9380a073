//! Outgoing webhooks, looked after by organisers.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::ids::OutgoingHookId;
use hallway_protocol::{Kind, routes};
use hallway_service::outgoing_hooks::{ChangeOutgoing, HookDraft, OutgoingCommand};
use hallway_views::integrations::{Fresh, IntegrationsPage};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::{Call, once};
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::integrations::overview;
use crate::pages::{done, personal, refused};

/// Makes a webhook and shows its secret on this answer, and never again. Pairs,
/// because a form names each chosen channel by itself.
pub(crate) async fn make(
    call: Call,
    Path(event): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let all = |wanted: &'static str| {
        let found = pairs.iter().filter(move |(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let first = |wanted: &'static str| all(wanted).next().unwrap_or_default();
    let once = once(&first("key"))?;
    let wanted = HookDraft {
        url: first("url"),
        channels: all("channel").filter(|slug| !slug.is_empty()).collect(),
        sessions: first("sessions") == "yes",
    };
    let (url, chosen) = (wanted.url.clone(), wanted.channels.join(" "));
    let service = &call.web.service;
    match service
        .make_outgoing(&call.actor, once, &event, wanted)
        .await
    {
        Ok(secret) => shown(&call, &event, secret.map(|s| s.reveal().to_owned())).await,
        Err(error) => {
            let refusal = Refusal::of(error, |_| url.clone())?;
            let page = overview(&call, &event).await?;
            refused(&IntegrationsPage {
                outgoing_url: refusal.field("address", &url),
                outgoing_topics: refusal.field("topics", &chosen),
                ..page
            })
        }
    }
}

async fn shown(call: &Call, event: &str, secret: Option<String>) -> Result<Response, Failure> {
    let page = overview(call, event).await?;
    personal(&IntegrationsPage {
        fresh: secret.map(Fresh::Secret),
        ..page
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Act {
    key: String,
}

pub(crate) async fn change(
    call: Call,
    Path((event, hook, action)): Path<(String, OutgoingHookId, String)>,
    Form(act): Form<Act>,
) -> Result<Response, Failure> {
    let (change, notice) = match action.as_str() {
        "rotate" => {
            let once = once(&act.key)?;
            let service = &call.web.service;
            let made = service
                .rotate_outgoing(&call.actor, once, &event, hook)
                .await?;
            return shown(&call, &event, made.map(|s| s.reveal().to_owned())).await;
        }
        "test" => (ChangeOutgoing::Test, Notice::TestSent),
        "end-old" => (ChangeOutgoing::EndOldSecret, Notice::Revoked),
        "disable" => (ChangeOutgoing::Disable, Notice::Revoked),
        "enable" => (ChangeOutgoing::Enable, Notice::Saved),
        "delete" => (ChangeOutgoing::Delete, Notice::Revoked),
        _ => return Err(Kind::NotFound.into()),
    };
    let command = OutgoingCommand {
        event: event.clone(),
        hook,
        change,
    };
    call.write_once(&act.key, command).await?;
    let page = format!("{}#outgoing", routes::integrations(&event));
    Ok(done(&page, notice).into_response())
}

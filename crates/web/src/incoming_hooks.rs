//! Incoming webhooks: looked after by organisers, posted to by programs.

use axum::extract::{Form, FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_model::ids::IncomingHookId;
use hallway_model::screening;
use hallway_protocol::routes;
use hallway_service::incoming_hooks::RevokeHook;
use hallway_service::{Error, HookPayload};
use hallway_views::integrations::{Fresh, IntegrationsPage};
use hallway_views::shell::Notice;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::Web;
use crate::call::{Call, once};
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::integrations::overview;
use crate::pages::{done, personal, refused};

/// Characters of the longest `Idempotency-Key`.
const MAX_KEY: usize = 255;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    key: String,
    name: String,
    channel: String,
}

/// Makes a webhook and shows its address on this answer, and never again.
pub(crate) async fn make(
    call: Call,
    Path(event): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    let once = once(&draft.key)?;
    let service = &call.web.service;
    let made = service.make_hook(&call.actor, once, &event, &draft.channel, &draft.name);
    match made.await {
        Ok(secret) => {
            shown(
                &call,
                &event,
                secret.map(|secret| secret.reveal().to_owned()),
            )
            .await
        }
        Err(error) => {
            let entered = |name: &str| match name {
                "name" => draft.name.clone(),
                _ => draft.channel.clone(),
            };
            let refusal = Refusal::of(error, entered)?;
            let page = overview(&call, &event).await?;
            refused(&IntegrationsPage {
                hook_name: refusal.field("name", &draft.name),
                hook_channel: refusal.field("channel", &draft.channel),
                ..page
            })
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Act {
    key: String,
}

pub(crate) async fn rotate(
    call: Call,
    Path((event, hook)): Path<(String, IncomingHookId)>,
    Form(act): Form<Act>,
) -> Result<Response, Failure> {
    let once = once(&act.key)?;
    let service = &call.web.service;
    let made = service.rotate_hook(&call.actor, once, &event, hook).await?;
    shown(&call, &event, made.map(|secret| secret.reveal().to_owned())).await
}

async fn shown(call: &Call, event: &str, token: Option<String>) -> Result<Response, Failure> {
    let base = &call.web.service.settings().base_url;
    let page = overview(call, event).await?;
    personal(&IntegrationsPage {
        fresh: token.map(|token| Fresh::Address(format!("{base}{}", routes::hook_in(&token)))),
        ..page
    })
}

pub(crate) async fn revoke(
    call: Call,
    Path((event, hook)): Path<(String, IncomingHookId)>,
    Form(act): Form<Act>,
) -> Result<Response, Failure> {
    let command = RevokeHook {
        event: event.clone(),
        hook,
    };
    call.write_once(&act.key, command).await?;
    Ok(done(&routes::integrations(&event), Notice::Revoked).into_response())
}

/// `payload=JSON`, as the oldest of these programs send it.
#[derive(Debug, Deserialize)]
struct AsForm {
    payload: String,
}

/// Takes a message and answers as Slack does: `ok`, or a word for what is wrong.
pub(crate) async fn receive(
    State(web): State<Web>,
    Path(token): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let key = match key(&headers) {
        Ok(key) => key,
        Err(word) => return said(StatusCode::BAD_REQUEST, word),
    };
    let body = match body(&web, &headers, request).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let payload = match HookPayload::read(&body) {
        Ok(payload) => payload,
        Err(word) => return said(StatusCode::BAD_REQUEST, word),
    };
    match web
        .service
        .post_by_hook(&token, key.as_deref(), payload)
        .await
    {
        Ok(()) => said(StatusCode::OK, "ok"),
        Err(error) => refusal(error),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, &'static str> {
    match headers.get("idempotency-key") {
        None => Ok(None),
        Some(value) => match value.to_str() {
            Ok(key) if !key.trim().is_empty() && key.len() <= MAX_KEY => {
                Ok(Some(key.trim().to_owned()))
            }
            _ => Err("invalid_idempotency_key"),
        },
    }
}

async fn body(web: &Web, headers: &HeaderMap, request: Request) -> Result<Bytes, Response> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let unread = |status: StatusCode| {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            said(status, "payload_too_large")
        } else {
            said(StatusCode::BAD_REQUEST, "invalid_payload")
        }
    };
    if kind.starts_with("application/x-www-form-urlencoded") {
        match Form::<AsForm>::from_request(request, web).await {
            Ok(Form(form)) => Ok(form.payload.into()),
            Err(rejection) => Err(unread(rejection.into_response().status())),
        }
    } else {
        Bytes::from_request(request, web)
            .await
            .map_err(|rejection| unread(rejection.into_response().status()))
    }
}

/// Slack's words where it has one for the case.
fn refusal(error: Error) -> Response {
    match error {
        Error::NotFound => said(StatusCode::NOT_FOUND, "no_service"),
        Error::TooMany { retry_after } => slowed(retry_after),
        // It is kept, and waits for a moderator: nothing to send again.
        Error::Held => said(StatusCode::ACCEPTED, "ok"),
        Error::Screened {
            refusal: screening::Refusal::TooSoon { until },
            now,
        } => {
            let wait = (until - now).as_seconds() + 1;
            slowed(u32::try_from(wait).unwrap_or(u32::MAX))
        }
        Error::SignInNeeded | Error::Forbidden | Error::Sanctioned(_) | Error::Screened { .. } => {
            said(StatusCode::FORBIDDEN, "action_prohibited")
        }
        Error::Conflict(_) => said(StatusCode::CONFLICT, "idempotency_key_reused"),
        Error::Invalid(_) | Error::Image(_) | Error::LinkSpent => {
            said(StatusCode::BAD_REQUEST, "invalid_payload")
        }
        Error::Unavailable(why) => {
            tracing::warn!(why, "a webhook's message could not be taken now");
            said(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
        Error::Internal(why) => {
            tracing::error!(why, "a webhook's message failed");
            said(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        }
    }
}

fn slowed(retry_after: u32) -> Response {
    let mut response = said(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
    response
        .headers_mut()
        .insert(RETRY_AFTER, retry_after.into());
    response
}

fn said(status: StatusCode, word: &'static str) -> Response {
    (status, word).into_response()
}

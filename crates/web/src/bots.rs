//! Bots and their tokens, looked after by organisers.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::ids::{PersonId, SignInId};
use hallway_protocol::routes;
use hallway_service::bots::{MakeBot, RetireBot, RevokeToken, TokenDraft};
use hallway_views::integrations::{Fresh, IntegrationsPage, TokenForm};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::{Call, once};
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::integrations::overview;
use crate::pages::{done, personal, refused};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    key: String,
    name: String,
}

pub(crate) async fn make(
    call: Call,
    Path(event): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    let command = MakeBot {
        event: event.clone(),
        name: draft.name.clone(),
    };
    match call.write_once(&draft.key, command).await {
        Ok(_) => {
            let page = format!("{}#bots", routes::integrations(&event));
            Ok(done(&page, Notice::BotMade).into_response())
        }
        Err(error) => {
            let refusal = Refusal::of(error, |_| draft.name.clone())?;
            let page = overview(&call, &event).await?;
            refused(&IntegrationsPage {
                bot_name: refusal.field("name", &draft.name),
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

pub(crate) async fn retire(
    call: Call,
    Path((event, bot)): Path<(String, PersonId)>,
    Form(act): Form<Act>,
) -> Result<Response, Failure> {
    let command = RetireBot {
        event: event.clone(),
        bot,
    };
    call.write_once(&act.key, command).await?;
    Ok(done(&routes::integrations(&event), Notice::Revoked).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    key: String,
    label: String,
    read_chat: String,
    write_chat: String,
    read_programme: String,
    channel: String,
    days: String,
}

impl Wanted {
    fn draft(&self) -> TokenDraft {
        let ticked = [
            (&self.read_chat, "chat:read"),
            (&self.write_chat, "chat:write"),
            (&self.read_programme, "programme:read"),
        ];
        TokenDraft {
            label: self.label.clone(),
            scopes: ticked
                .into_iter()
                .filter(|(tick, _)| *tick == "yes")
                .map(|(_, scope)| scope.to_owned())
                .collect(),
            channel: self.channel.clone(),
            days: self.days.clone(),
        }
    }
}

/// Makes a token and shows it on this answer, and never again.
pub(crate) async fn make_token(
    call: Call,
    Path((event, bot)): Path<(String, PersonId)>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Failure> {
    let once = once(&wanted.key)?;
    let service = &call.web.service;
    let made = service.make_bot_token(&call.actor, once, &event, bot, wanted.draft());
    match made.await {
        Ok(secret) => {
            let page = overview(&call, &event).await?;
            personal(&IntegrationsPage {
                fresh: secret.map(|secret| Fresh::Token(secret.reveal().to_owned())),
                ..page
            })
        }
        Err(error) => {
            let refusal = Refusal::of(error, |_| wanted.label.clone())?;
            let page = overview(&call, &event).await?;
            refused(&IntegrationsPage {
                token: TokenForm {
                    bot: Some(bot),
                    label: refusal.field("label", &wanted.label),
                    scopes: refusal.field("scopes", &wanted.draft().scopes.join(" ")),
                    channel: refusal.field("channel", &wanted.channel),
                    days: refusal.field("days", &wanted.days),
                },
                ..page
            })
        }
    }
}

pub(crate) async fn revoke_token(
    call: Call,
    Path((event, bot, token)): Path<(String, PersonId, SignInId)>,
    Form(act): Form<Act>,
) -> Result<Response, Failure> {
    let command = RevokeToken {
        event: event.clone(),
        bot,
        token,
    };
    call.write_once(&act.key, command).await?;
    Ok(done(&routes::integrations(&event), Notice::Revoked).into_response())
}

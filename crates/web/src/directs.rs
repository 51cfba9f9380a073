//! Conversations of the reader as a page and forms.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::directs::{AskDirect, BlockRequest, Conversation};
use hallway_views::directs::{DirectRow, DirectsPage};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};
use crate::places::{is_asked, told};

/// Characters of a first line that is too long anyway.
const MAX_LINE: usize = hallway_model::messages::MAX_LENGTH;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ask {
    key: String,
    who: String,
    line: String,
}

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    personal(&made(&call, &event, &Ask::default(), &Refusal::default()).await?)
}

pub(crate) async fn ask(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Ask>,
) -> Result<Response, Failure> {
    crate::channels::limit(&call)?;
    let command = AskDirect {
        event: event.clone(),
        who: form.who.clone(),
        line: form.line.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(slug) => Ok(done(&routes::channel(&event, &slug), Notice::MessageSent).into_response()),
        Err(error) => {
            let refusal = told(error, |name| match name {
                "line" => (form.line.clone(), MAX_LINE),
                _ => (form.who.clone(), usize::MAX),
            })?;
            refused(&made(&call, &event, &form, &refusal).await?)
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Keyed {
    key: String,
}

pub(crate) async fn block(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Keyed>,
) -> Result<Response, Failure> {
    let command = BlockRequest {
        event: event.clone(),
        channel,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::directs(&event), Notice::Saved).into_response())
}

async fn made(
    call: &Call,
    event: &str,
    form: &Ask,
    refusal: &Refusal,
) -> Result<DirectsPage, Error> {
    let (event, all) = call.web.service.directs(&call.actor, event).await?;
    let now = call.web.service.now();
    let (mut requests, mut waiting, mut conversations) = (vec![], vec![], vec![]);
    for conversation in all {
        let asked = is_asked(conversation.mine);
        let waits = conversation.line.is_some();
        let row = DirectRow {
            lit: conversation.place.is_lit(now),
            said: conversation.place.said,
            names: names_of(&conversation),
            slug: conversation.place.channel.slug,
            line: conversation.line,
        };
        match (asked, waits) {
            (true, _) => requests.push(row),
            (false, true) => waiting.push(row),
            (false, false) => conversations.push(row),
        }
    }
    Ok(DirectsPage {
        shell: call.event_shell(&event),
        requests,
        waiting,
        conversations,
        key: call.key(),
        who: refusal.field("who", &form.who),
        line: refusal.field("line", &form.line),
    })
}

fn names_of(conversation: &Conversation) -> String {
    let names: Vec<&str> = conversation
        .others
        .iter()
        .map(|other| other.name.as_str())
        .collect();
    names.join(", ")
}

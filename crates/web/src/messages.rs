//! What becomes of a message, by form: other words, removal, a pin; and the page
//! of what it said before.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::MessageId;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::Message;
use hallway_protocol::routes;
use hallway_service::pins::{PinMessage, UnpinMessage};
use hallway_service::revisions::{EditMessage, RemoveMessage};
use hallway_views::messages::EditsPage;
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::channels::limit;
use crate::failure::Failure;
use crate::forms::local_path;
use crate::pages::{done, personal};

/// A message with the place it was asked for in.
struct Found {
    event: Event,
    channel: Channel,
    message: Message,
}

async fn find(
    call: &Call,
    event: &str,
    channel: &str,
    message: MessageId,
) -> Result<Found, Failure> {
    let service = &call.web.service;
    let (event, channel) = service.channel(&call.actor, event, channel).await?;
    let message = service.message_in(&call.actor, channel.id, message).await?;
    Ok(Found {
        event,
        channel,
        message,
    })
}

impl Found {
    /// Back to the message, on the page it was on.
    fn back(&self, next: &str, notice: Notice) -> Response {
        let seq = self.message.seq;
        let place = match local_path(next) {
            Some(next) => format!("{next}#m{seq}"),
            None => routes::message(&self.event.slug, &self.channel.slug, seq),
        };
        done(&place, notice).into_response()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Words {
    key: String,
    body: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn edit(
    call: Call,
    Path((event, channel, message)): Path<(String, String, MessageId)>,
    Form(form): Form<Words>,
) -> Result<Response, Failure> {
    let found = find(&call, &event, &channel, message).await?;
    limit(&call)?;
    let command = EditMessage {
        message,
        body: form.body,
    };
    call.write_once(&form.key, command).await?;
    Ok(found.back(&form.next, Notice::MessageEdited))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {
    key: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn remove(
    call: Call,
    Path((event, channel, message)): Path<(String, String, MessageId)>,
    Form(form): Form<Confirmed>,
) -> Result<Response, Failure> {
    let found = find(&call, &event, &channel, message).await?;
    limit(&call)?;
    call.write_once(&form.key, RemoveMessage { message })
        .await?;
    Ok(found.back(&form.next, Notice::MessageRemoved))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pin {
    key: String,
    /// `pin` or `unpin`
    action: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn pin(
    call: Call,
    Path((event, channel, message)): Path<(String, String, MessageId)>,
    Form(form): Form<Pin>,
) -> Result<Response, Failure> {
    let found = find(&call, &event, &channel, message).await?;
    limit(&call)?;
    let notice = match form.action.as_str() {
        "unpin" => {
            call.write_once(&form.key, UnpinMessage { message }).await?;
            Notice::MessageUnpinned
        }
        _ => {
            call.write_once(&form.key, PinMessage { message }).await?;
            Notice::MessagePinned
        }
    };
    Ok(found.back(&form.next, notice))
}

/// What the message said before its changes, for moderators and its author.
pub(crate) async fn edits(
    call: Call,
    Path((event, channel, message)): Path<(String, String, MessageId)>,
) -> Result<Response, Failure> {
    let found = find(&call, &event, &channel, message).await?;
    let edits = call.web.service.message_edits(&call.actor, message).await?;
    personal(&EditsPage {
        shell: call.event_shell(&found.event),
        channel: found.channel.name.clone(),
        back: routes::message(&found.event.slug, &found.channel.slug, found.message.seq),
        author: found.message.author.map(|author| author.name),
        now: found.message.source,
        edits: edits
            .into_iter()
            .map(|edit| (edit.source, Timestamp(edit.replaced_at)))
            .collect(),
    })
}

//! Channels of an event.

use std::collections::HashMap;

use axum::extract::Path;
use hallway_model::ids::SessionId;
use hallway_protocol::Topic;
use hallway_protocol::messages::{Channel, ChannelList};
use hallway_service::Error;

use super::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// The event's own channel, then all others that the reader finds in its list,
/// the latest word first.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/channels",
    operation_id = "list_channels",
    tag = "chat",
    params(("event" = String, Path, description = "Slug of the event")),
    responses((status = 200, body = ChannelList)),
)]
pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
) -> Result<Answer<ChannelList>, Failure> {
    let service = &call.web.service;
    let listed = service.places(&call.actor, &event).await?.places;
    // A token may be for the chat alone: then no channel tells of its session.
    let codes: HashMap<SessionId, String> = match service.programme(&call.actor, &event).await {
        Ok(snapshot) => snapshot
            .sessions
            .iter()
            .map(|session| (session.id, session.code.to_string()))
            .collect(),
        Err(Error::Forbidden) => HashMap::new(),
        Err(error) => return Err(error.into()),
    };
    let channels = listed
        .into_iter()
        .map(|place| place.channel)
        .map(|channel| Channel {
            id: channel.id,
            topic: Topic::Channel(channel.id),
            slug: channel.slug,
            name: channel.name,
            kind: channel.kind.word().to_owned(),
            session: channel
                .kind
                .session()
                .and_then(|id| codes.get(&id).cloned()),
        })
        .collect();
    Ok(Answer(ChannelList { channels }))
}

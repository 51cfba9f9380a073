//! Channels of an event.

use std::collections::HashMap;

use axum::extract::Path;
use hallway_model::ids::SessionId;
use hallway_protocol::Topic;
use hallway_protocol::messages::{Channel, ChannelList};

use super::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// The event's own channel, then those of its sessions, the liveliest first.
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
    let (_, listed) = service.channels(&call.actor, &event).await?;
    let snapshot = service.programme(&call.actor, &event).await?;
    let codes: HashMap<SessionId, String> = snapshot
        .sessions
        .iter()
        .map(|session| (session.id, session.code.to_string()))
        .collect();
    let channels = listed
        .into_iter()
        .map(|(channel, _)| Channel {
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

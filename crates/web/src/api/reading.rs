//! What you have read of an event's channels, and moving it.

use axum::extract::Path;
use hallway_model::reading::Level;
use hallway_protocol::Topic;
use hallway_protocol::reading::{self as bodies, ChannelReading, MoveMark, Reading};
use hallway_service::Error;
use hallway_service::reading::{self, Follow, MarkRead, MarkUnread};

use super::{Answer, Body, id, write_to_chat};
use crate::call::Call;
use crate::failure::Failure;

/// Every channel that you opened or are called in, with what is unread there.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/reading",
    operation_id = "list_reading",
    tag = "chat",
    params(("event" = String, Path, description = "Slug of the event")),
    responses((status = 200, body = Reading)),
)]
pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
) -> Result<Answer<Reading>, Failure> {
    let service = &call.web.service;
    let (_, seq, channels) = service.readings(&call.actor, &event).await?;
    Ok(Answer(Reading {
        topic: call.actor.person.map(Topic::Person),
        seq,
        channels: channels
            .into_iter()
            .map(|(channel, reading)| ChannelReading {
                channel: channel.id,
                slug: channel.slug,
                name: channel.name,
                mark: reading.mark,
                last: reading.last,
                unread: reading.unread(),
                mentions: reading.mentions,
                level: reading.level.word().to_owned(),
            })
            .collect(),
    }))
}

/// Says up to where you have read, or from where on everything is unread again.
/// Your other devices learn of it.
#[utoipa::path(
    put,
    path = "/api/v1/channels/{channel}/reading",
    operation_id = "move_read_mark",
    tag = "chat",
    params(("channel" = Uuid, Path, description = "Id of the channel")),
    request_body = MoveMark,
    responses((status = 204, description = "It is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn put(
    call: Call,
    Path(channel): Path<String>,
    Body(MoveMark { seq, unread, key }): Body<MoveMark>,
) -> Result<http::StatusCode, Failure> {
    let channel = id(&channel)?;
    let _: reading::Reading = if unread {
        write_to_chat(&call, key, MarkUnread { channel, seq }).await?
    } else {
        write_to_chat(&call, key, MarkRead { channel, seq }).await?
    };
    Ok(http::StatusCode::NO_CONTENT)
}

/// Chooses how much of a channel you want to hear.
#[utoipa::path(
    put,
    path = "/api/v1/channels/{channel}/follow",
    operation_id = "follow_channel",
    tag = "chat",
    params(("channel" = Uuid, Path, description = "Id of the channel")),
    request_body = bodies::Follow,
    responses((status = 204, description = "It is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn follow(
    call: Call,
    Path(channel): Path<String>,
    Body(bodies::Follow { level, key }): Body<bodies::Follow>,
) -> Result<http::StatusCode, Failure> {
    let channel = id(&channel)?;
    let level = Level::from_word(&level)
        .ok_or_else(|| Error::invalid("level", "`all`, `mentions` or `nothing`"))?;
    write_to_chat(&call, key, Follow { channel, level }).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

//! Pictures for messages: sent by themselves first, then said with a message.

use axum::extract::{FromRequest, Path, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_protocol::images::Image;
use hallway_service::images::RemoveImage;
use http::StatusCode;

use super::{Answer, id, unread};
use crate::call::Call;
use crate::channels::limit;
use crate::failure::Failure;

/// Sends a picture for a message of the channel: a PNG, a JPEG, a WebP or a GIF,
/// of which the first picture is taken, as the whole body; at most 8 MB and 40
/// million pixels. It is written anew in two sizes, upright, and without what the
/// file said beside its pixels. Say it with `images` of a message within a day.
#[utoipa::path(
    post,
    path = "/api/v1/channels/{channel}/images",
    operation_id = "send_image",
    tag = "chat",
    params(("channel" = Uuid, Path, description = "Id of the channel")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "It is kept for a day, for its sender alone", body = Image)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn send(
    call: Call,
    Path(channel): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let channel = id(&channel)?;
    // Asked before a byte of it is read.
    service.may_send_images(&call.actor, channel).await?;
    limit(&call)?;
    let web = call.web.clone();
    let file = Bytes::from_request(request, &web).await.map_err(unread)?;
    let image = service.send_image(&call.actor, channel, file).await?;
    Ok((StatusCode::CREATED, Answer(image)).into_response())
}

/// Takes back a picture of one's own that was not said yet.
#[utoipa::path(
    delete,
    path = "/api/v1/images/{image}",
    operation_id = "remove_image",
    tag = "chat",
    params(("image" = Uuid, Path, description = "Id of the picture")),
    responses((status = 204, description = "It is gone, or stands in a message")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn remove(call: Call, Path(image): Path<String>) -> Result<StatusCode, Failure> {
    call.write(RemoveImage { image: id(&image)? }).await?;
    Ok(StatusCode::NO_CONTENT)
}

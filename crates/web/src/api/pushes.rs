//! Browsers that ask to be told by Web Push.

use hallway_protocol::Kind;
use hallway_protocol::pushes::{Subscribe, Unsubscribe};
use hallway_service::pushes::{SubscribeBrowser, UnsubscribeBrowser};
use http::StatusCode;

use super::{Body, write_to_chat};
use crate::call::Call;
use crate::failure::Failure;

/// Tells a browser of what concerns you, from now on.
#[utoipa::path(
    put,
    path = "/api/v1/account/push",
    operation_id = "subscribe_browser",
    tag = "accounts",
    request_body = Subscribe,
    responses((status = 204, description = "It is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn subscribe(
    call: Call,
    Body(body): Body<Subscribe>,
) -> Result<StatusCode, Failure> {
    let sign_in = call.signed_in.as_ref().ok_or(Kind::SignInNeeded)?;
    let command = SubscribeBrowser {
        sign_in: sign_in.sign_in.id,
        endpoint: body.endpoint,
        p256dh: body.p256dh,
        auth: body.auth,
    };
    write_to_chat(&call, body.key, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells a browser nothing any more.
#[utoipa::path(
    delete,
    path = "/api/v1/account/push",
    operation_id = "unsubscribe_browser",
    tag = "accounts",
    request_body = Unsubscribe,
    responses((status = 204, description = "It is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn unsubscribe(
    call: Call,
    Body(body): Body<Unsubscribe>,
) -> Result<StatusCode, Failure> {
    let command = UnsubscribeBrowser::At {
        endpoint: body.endpoint,
    };
    write_to_chat(&call, body.key, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Messages of a channel and of a thread: history by pages, posting, and what
//! becomes of a message afterwards.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hallway_protocol::Kind;
use hallway_protocol::Problem;
use hallway_protocol::messages::{
    EditList, EditMessage, Message, MessagePage, Once, PostMessage, ThreadPage,
};
use hallway_service::history::{MAX_PAGE, Window};
use hallway_service::messages;
use hallway_service::pins::{PinMessage, UnpinMessage};
use hallway_service::revisions::{self, RemoveMessage};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Asked, Body, Written, id, write_to_chat};
use crate::call::Call;
use crate::failure::Failure;

/// Messages of a page where nobody says how many.
const USUAL_PAGE: i64 = 50;

/// Which part of a history; without `before`, `after` and `around`, its newest.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Only messages numbered (`seq`) below this, the newest of them.
    before: Option<i64>,
    /// Only messages numbered (`seq`) above this, the oldest of them.
    after: Option<i64>,
    /// The message numbered so, with those before and after it.
    around: Option<i64>,
    /// How many: 1 to 100, 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl Paging {
    fn read(&self) -> Result<(Window, i64), Problem> {
        let wrong = |why: &str| Problem::new(Kind::Invalid).detail(why);
        let window = match (self.before, self.after, self.around) {
            (None, None, None) => Window::Latest,
            (Some(before), None, None) => Window::Before(before),
            (None, Some(after), None) => Window::After(after),
            (None, None, Some(at)) => Window::Around(at),
            _ => return Err(wrong("before: give one of `before`, `after` and `around`")),
        };
        match self.limit.unwrap_or(USUAL_PAGE) {
            limit @ 1..=MAX_PAGE => Ok((window, limit)),
            _ => Err(wrong("limit: a page has 1 to 100 messages")),
        }
    }
}

/// A page of a channel's history, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/channels/{channel}/messages",
    operation_id = "list_messages",
    tag = "chat",
    params(("channel" = Uuid, Path, description = "Id of the channel"), Paging),
    responses((status = 200, body = MessagePage)),
)]
pub(crate) async fn list(
    call: Call,
    Path(channel): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Written, Failure> {
    let (window, limit) = paging.read().map_err(Failure)?;
    let service = &call.web.service;
    let page = service.messages_json(&call.actor, id(&channel)?, window, limit);
    Ok(Written(page.await?.json))
}

/// Posts a message. Sent again with the same key, it answers the message that
/// was posted the first time.
#[utoipa::path(
    post,
    path = "/api/v1/channels/{channel}/messages",
    operation_id = "post_message",
    tag = "chat",
    params(("channel" = Uuid, Path, description = "Id of the channel")),
    request_body = PostMessage,
    responses((status = 201, description = "It is durable", body = Message)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn post(
    call: Call,
    Path(channel): Path<String>,
    Body(post): Body<PostMessage>,
) -> Result<Response, Failure> {
    let command = messages::PostMessage {
        reply_to: post.reply_to,
        thread: post.thread,
        also_in_channel: post.also_in_channel,
        images: post.images,
        ..messages::PostMessage::new(id(&channel)?, post.body)
    };
    let message = write_to_chat(&call, post.key, command).await?;
    Ok((StatusCode::CREATED, Answer(message)).into_response())
}

/// Gives one's own message other words, within 15 minutes after it was sent.
#[utoipa::path(
    put,
    path = "/api/v1/messages/{message}",
    operation_id = "edit_message",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = EditMessage,
    responses((status = 204, description = "It says so and is durable")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn edit(
    call: Call,
    Path(message): Path<String>,
    Body(EditMessage { body, key }): Body<EditMessage>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, revisions::EditMessage { message, body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a message: one's own, or, for moderators, anybody's. Its place
/// stays, its words are gone for good.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{message}",
    operation_id = "remove_message",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = Once,
    responses((status = 204, description = "Its words are gone")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn remove(
    call: Call,
    Path(message): Path<String>,
    Body(Once { key }): Body<Once>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, RemoveMessage { message }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a message said before its changes, for moderators and its author.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{message}/edits",
    operation_id = "list_edits",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    responses((status = 200, body = EditList)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn edits(
    call: Call,
    Path(message): Path<String>,
) -> Result<Answer<EditList>, Failure> {
    let service = &call.web.service;
    let edits = service.message_edits(&call.actor, id(&message)?).await?;
    Ok(Answer(EditList { edits }))
}

/// A page of the thread that hangs on a message, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{message}/thread",
    operation_id = "list_thread",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the thread's root"), Paging),
    responses((status = 200, body = ThreadPage)),
)]
pub(crate) async fn thread(
    call: Call,
    Path(message): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Answer<ThreadPage>, Failure> {
    let (window, limit) = paging.read().map_err(Failure)?;
    let service = &call.web.service;
    let page = service.thread(&call.actor, id(&message)?, window, limit);
    Ok(Answer(page.await?))
}

/// Puts a message on top of its channel, for moderators.
#[utoipa::path(
    put,
    path = "/api/v1/messages/{message}/pin",
    operation_id = "pin_message",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = Once,
    responses((status = 204, description = "It is pinned")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn pin(
    call: Call,
    Path(message): Path<String>,
    Body(Once { key }): Body<Once>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, PinMessage { message }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a pin down, for moderators.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{message}/pin",
    operation_id = "unpin_message",
    tag = "chat",
    params(("message" = Uuid, Path, description = "Id of the message")),
    request_body = Once,
    responses((status = 204, description = "It is not pinned any more")),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn unpin(
    call: Call,
    Path(message): Path<String>,
    Body(Once { key }): Body<Once>,
) -> Result<StatusCode, Failure> {
    let message = id(&message)?;
    write_to_chat(&call, key, UnpinMessage { message }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(Window, i64), Problem> {
        let uri = format!("/?{query}").parse().unwrap();
        axum::extract::Query::<Paging>::try_from_uri(&uri)
            .unwrap()
            .read()
    }

    #[test]
    fn a_page_is_the_newest_unless_told() {
        assert!(matches!(read(""), Ok((Window::Latest, 50))));
        assert!(matches!(
            read("before=9&limit=100"),
            Ok((Window::Before(9), 100))
        ));
        assert!(matches!(read("after=9&limit=1"), Ok((Window::After(9), 1))));
        assert!(matches!(read("around=9"), Ok((Window::Around(9), 50))));
    }

    #[test]
    fn a_page_that_makes_no_sense_is_refused() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "before=1&after=1",
            "after=1&around=1",
        ] {
            assert_eq!(read(query).unwrap_err().status, 422, "{query}");
        }
    }
}

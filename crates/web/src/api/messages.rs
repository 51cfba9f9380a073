//! Messages of a channel: its history by pages, and posting.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hallway_protocol::Kind;
use hallway_protocol::Problem;
use hallway_protocol::messages::{Message, MessagePage, PostMessage};
use hallway_service::messages::{self, MAX_PAGE, Window};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Asked, Body, id, write_to_chat};
use crate::call::Call;
use crate::failure::Failure;

/// Messages of a page where nobody says how many.
const USUAL_PAGE: i64 = 50;

/// Which part of a history; without `before` and `after`, its newest.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Only messages numbered (`seq`) below this, the newest of them.
    before: Option<i64>,
    /// Only messages numbered (`seq`) above this, the oldest of them.
    after: Option<i64>,
    /// How many: 1 to 100, 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl Paging {
    fn read(&self) -> Result<(Window, i64), Problem> {
        let wrong = |why: &str| Problem::new(Kind::Invalid).detail(why);
        let window = match (self.before, self.after) {
            (None, None) => Window::Latest,
            (Some(before), None) => Window::Before(before),
            (None, Some(after)) => Window::After(after),
            (Some(_), Some(_)) => return Err(wrong("before: give either `before` or `after`")),
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
) -> Result<Answer<MessagePage>, Failure> {
    let (window, limit) = paging.read().map_err(Failure)?;
    let service = &call.web.service;
    let page = service.messages(&call.actor, id(&channel)?, window, limit);
    Ok(Answer(page.await?))
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
    Body(PostMessage { body, key }): Body<PostMessage>,
) -> Result<Response, Failure> {
    let channel = id(&channel)?;
    let message = write_to_chat(&call, key, messages::PostMessage { channel, body }).await?;
    Ok((StatusCode::CREATED, Answer(message)).into_response())
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
    }

    #[test]
    fn a_page_that_makes_no_sense_is_refused() {
        for query in ["limit=0", "limit=101", "limit=-1", "before=1&after=1"] {
            assert_eq!(read(query).unwrap_err().status, 422, "{query}");
        }
    }
}

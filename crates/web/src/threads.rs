//! The page of a thread: its root, its answers, and a form for one more.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_protocol::messages::ThreadPage;
use hallway_protocol::routes;
use hallway_service::history::Window;
use hallway_views::channels::ChatPanel;
use serde::Deserialize;

use crate::call::Call;
use crate::channels::{for_reader, page_with, panel_with};
use crate::failure::Failure;
use crate::pages::personal;

/// Answers on one page.
const PAGE: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Where {
    /// Answers numbered below this.
    before: Option<i64>,
    /// The answer numbered so, and what stands about it.
    at: Option<i64>,
}

pub(crate) async fn page(
    call: Call,
    Path((event, channel, seq)): Path<(String, String, i64)>,
    Query(place): Query<Where>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, channel) = service.channel(&call.actor, &event, &channel).await?;
    let root = service
        .message_numbered(&call.actor, channel.id, seq)
        .await?;
    let window = match (place.at, place.before) {
        (Some(at), _) => Window::Around(at),
        (None, Some(before)) => Window::Before(before),
        (None, None) => Window::Latest,
    };
    let ThreadPage { root, page } = service.thread(&call.actor, root.id, window, PAGE).await?;
    let url = routes::thread(&event.slug, &channel.slug, seq);
    let panel = ChatPanel {
        thread: Some(root),
        at: place.at,
        ..panel_with(&call, &event, &channel, page, &url)
    };
    let panel = for_reader(&call, &event, &channel, panel).await?;
    personal(&page_with(&call, &event, &channel, panel).await?)
}

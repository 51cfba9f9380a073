//! Files of the chat: a channel's as it is, and the whole chat of an event for
//! the organiser who had it made.

use axum::body::Body;
use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hallway_protocol::{Kind, routes};
use hallway_service::chat_exports::{BeginChatExport, Leaving};
use hallway_views::shell::Notice;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::done;
use crate::reader;

pub(crate) async fn channel(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let language = reader::language(call.lang);
    let service = &call.web.service;
    let file = service.export_channel(&call.actor, &event, &channel, language);
    Ok(leaving(file.await?))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Begin {
    key: String,
}

pub(crate) async fn begin(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Begin>,
) -> Result<Response, Failure> {
    let command = BeginChatExport {
        event: event.clone(),
        language: reader::language(call.lang),
    };
    call.write_once(&form.key, command).await?;
    let page = format!("{}#exports", routes::integrations(&event));
    Ok(done(&page, Notice::ExportBegun).into_response())
}

pub(crate) async fn fetch(
    call: Call,
    Path((event, file)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    // The organisers' question comes first: a stranger learns nothing of ids.
    service.chat_exports(&call.actor, &event).await?;
    let id = file
        .strip_suffix(".zip")
        .and_then(|id| id.parse().ok())
        .ok_or(Kind::NotFound)?;
    let file = service.chat_export(&call.actor, &event, id);
    Ok(leaving(file.await?))
}

/// A file that is made while it is sent. Its name is made of slugs.
pub(crate) fn leaving(file: Leaving) -> Response {
    let chunks = stream::unfold(file.chunks, async |mut chunks| {
        Some((chunks.recv().await?, chunks))
    });
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.file_name),
        ),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}

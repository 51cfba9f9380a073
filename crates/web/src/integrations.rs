//! The organisers' page of ways in and out.

use axum::extract::Path;
use axum::response::Response;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_views::integrations::{ExportRow, IntegrationsPage};

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    personal(&overview(&call, &event).await?)
}

/// The page as it is now.
pub(crate) async fn overview(call: &Call, event: &str) -> Result<IntegrationsPage, Error> {
    let service = &call.web.service;
    let exports = service.chat_exports(&call.actor, event).await?;
    let snapshot = service.programme(&call.actor, event).await?;
    Ok(IntegrationsPage {
        shell: call.event_shell(&snapshot.event),
        key: call.key(),
        exports: exports
            .into_iter()
            .map(|export| ExportRow {
                url: export.ready.then(|| routes::chat_export(event, export.id)),
                begun: export.created,
                messages: export.messages,
                channels: export.channels,
                channels_done: export.channels_ended,
            })
            .collect(),
    })
}

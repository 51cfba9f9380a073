//! The transparency summary as a page.

use axum::extract::Path;
use axum::response::Response;
use hallway_views::transparency::TransparencyPage;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let summary = call.web.service.transparency(&call.actor, &event).await?;
    personal(&TransparencyPage {
        shell: call.event_shell(&summary.event),
        reports: summary.reports,
        by_reason: summary.by_reason,
        deeds: summary.deeds,
        median: summary.median,
    })
}

//! The audit log as a page for organisers: read only.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_model::ids::AuditId;
use hallway_protocol::routes;
use hallway_views::audit::{AuditPage, Line, Who};
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Where {
    /// Entries older than this one.
    before: Option<AuditId>,
}

pub(crate) async fn page(
    call: Call,
    Path(event): Path<String>,
    Query(place): Query<Where>,
) -> Result<Response, Failure> {
    let log = call
        .web
        .service
        .audit_log(&call.actor, &event, place.before)
        .await?;
    let lines = log.entries.into_iter().map(|listed| Line {
        deed: listed.entry.deed,
        who: match (listed.entry.actor, listed.actor_name) {
            (None, _) => Who::Server,
            (Some(_), Some(name)) => Who::Person(name),
            (Some(_), None) => Who::Gone,
        },
        person: listed.entry.person.map(|_| match listed.person_name {
            Some(name) => Who::Person(name),
            None => Who::Gone,
        }),
        subject: listed.subject_name,
        reason: listed.entry.reason,
        until: listed.entry.until,
        at: listed.entry.at,
    });
    personal(&AuditPage {
        shell: call.event_shell(&log.event),
        lines: lines.collect(),
        older: log
            .older
            .map(|id| format!("{}?before={id}", routes::audit(&event))),
        newer: place.before.map(|_| routes::audit(&event)),
    })
}

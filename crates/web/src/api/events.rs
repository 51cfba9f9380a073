//! Events of the community.

use axum::extract::Path;
use hallway_model::events::Event;
use hallway_protocol::programme::{EventPage, EventSummary};
use hallway_protocol::{Topic, routes};

use super::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Every event, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "list_events",
    tag = "programme",
    responses((status = 200, body = EventPage)),
)]
pub(crate) async fn list(call: Call) -> Result<Answer<EventPage>, Failure> {
    let events = call.web.service.events(&call.actor).await?;
    let events = events.iter().map(summary).collect();
    Ok(Answer(EventPage { events }))
}

/// One event.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}",
    operation_id = "find_event",
    tag = "programme",
    params(("event" = String, Path, description = "Slug of the event")),
    responses((status = 200, body = EventSummary)),
)]
pub(crate) async fn find(
    call: Call,
    Path(event): Path<String>,
) -> Result<Answer<EventSummary>, Failure> {
    let snapshot = call.web.service.programme(&call.actor, &event).await?;
    Ok(Answer(summary(&snapshot.event)))
}

pub(super) fn summary(event: &Event) -> EventSummary {
    EventSummary {
        slug: event.slug.clone(),
        title: event.title.clone(),
        first_day: event.first_day.to_string(),
        last_day: event.last_day.to_string(),
        zone: event.zone.name().to_owned(),
        url: routes::event(&event.slug),
        topic: Topic::Event(event.id),
    }
}

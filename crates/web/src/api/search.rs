//! Searching what was said, for programs.

use axum::extract::Path;
use hallway_protocol::search::SearchPage;
use hallway_service::Prefix;
use hallway_service::search::{MAX_PAGE, Part};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Asked};
use crate::call::Call;
use crate::failure::Failure;
use crate::search::{Fields, invalid};

/// Hits of a page where nobody says how many.
const USUAL_PAGE: i64 = 25;

/// What to look for: at least a word, a person, or `has=link`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sought {
    /// Words, "words side by side", and filters: `in:lobby from:ada talk:CODE
    /// since:2026-11-18 before:2026-11-20 has:link`. The last word may be a beginning.
    q: String,
    /// Slug of a channel, or the beginning of its name.
    channel: String,
    /// Id of a person, or the beginning of their name.
    person: String,
    /// Code of a session: its channel.
    talk: String,
    /// First day, YYYY-MM-DD, in the zone of your profile or else the event's.
    since: String,
    /// Last day.
    until: String,
    /// `link`: only messages with a link.
    has: String,
    /// The `next` of the page before.
    cursor: String,
    /// How many: 1 to 50, 25 unless told.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<i64>,
}

/// Messages of every channel that you may read, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/events/{event}/messages/search",
    operation_id = "search_messages",
    tag = "chat",
    params(("event" = String, Path, description = "Slug of the event"), Sought),
    responses((status = 200, body = SearchPage)),
)]
pub(crate) async fn find(
    call: Call,
    Path(event): Path<String>,
    Asked(sought): Asked<Sought>,
) -> Result<Answer<SearchPage>, Failure> {
    let service = &call.web.service;
    let place = service.searchable(&call.actor, &event).await?;
    let limit = sought.limit.unwrap_or(USUAL_PAGE).clamp(1, MAX_PAGE);
    let fields = Fields {
        q: sought.q,
        channel: sought.channel,
        person: sought.person,
        talk: sought.talk,
        since: sought.since,
        until: sought.until,
        has: sought.has,
        cursor: sought.cursor,
    };
    let query = fields.read().map_err(invalid)?;
    service.limits().search(Prefix::from(call.address))?;
    let part = Part {
        cursor: fields.cursor(),
        limit,
    };
    let zone = call.event_shell(place.event()).zone;
    let found = service.search(&call.actor, &place, &query, &zone, part);
    Ok(Answer(found.await?))
}

//! Who is in a channel, as far as they want it known.

use axum::extract::{Path, Query};
use hallway_protocol::Topic;
use hallway_protocol::presence::{PeopleHere, PersonHere};

use super::{Answer, id};
use crate::call::Call;
use crate::failure::Failure;
use crate::presence::Which;

/// How many have a channel open at the moment, and of them those who want to be
/// named and whom no block parts from you: who is open to talk first, then by
/// name, fifty on a page.
#[utoipa::path(
    get,
    path = "/api/v1/channels/{channel}/people",
    operation_id = "list_people_here",
    tag = "chat",
    params(
        ("channel" = Uuid, Path, description = "Id of the channel"),
        ("page" = Option<i64>, Query, description = "The first is 1"),
    ),
    responses((status = 200, body = PeopleHere)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn list(
    call: Call,
    Path(channel): Path<String>,
    Query(Which { page }): Query<Which>,
) -> Result<Answer<PeopleHere>, Failure> {
    let service = &call.web.service;
    let channel = service.channel_by_id(&call.actor, id(&channel)?).await?;
    let hub = call.web.gateway.hub();
    let topic = Topic::Channel(channel.id);
    let there = hub.people(topic);
    let found = service
        .people_here(&call.actor, &channel, &there, page)
        .await?;
    Ok(Answer(PeopleHere {
        count: i64::try_from(hub.count(topic)).unwrap_or(i64::MAX),
        people: found
            .people
            .into_iter()
            .map(|one| PersonHere {
                id: one.person,
                name: one.name,
                pronouns: one.pronouns,
                open_to_talk: one.open,
            })
            .collect(),
        more: found.more,
    }))
}

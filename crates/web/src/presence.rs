//! Who is in a channel, as a page.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_protocol::{Topic, routes};
use hallway_views::people::PersonRow;
use hallway_views::presence::PeopleHerePage;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    pub page: i64,
}

impl Default for Which {
    fn default() -> Self {
        Self { page: 1 }
    }
}

pub(crate) async fn page(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Query(Which { page }): Query<Which>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, channel) = service.channel(&call.actor, &event, &channel).await?;
    let hub = call.web.gateway.hub();
    let topic = Topic::Channel(channel.id);
    let there = hub.people(topic);
    let found = service
        .people_here(&call.actor, &channel, &there, page)
        .await?;
    let url = routes::channel_people(&event.slug, &channel.slug);
    personal(&PeopleHerePage {
        shell: call.event_shell(&event),
        slug: channel.slug,
        name: channel.name,
        count: hub.count(topic),
        people: found
            .people
            .into_iter()
            .map(|one| PersonRow {
                id: one.person,
                name: one.name,
                pronouns: one.pronouns,
                open: one.open,
                languages: vec![],
            })
            .collect(),
        more: found
            .more
            .then(|| format!("{url}?page={}", page.max(1) + 1)),
    })
}

//! The community's page: its events, by whether they are on.

use axum::response::Response;
use hallway_model::events::EventPhase;
use hallway_views::home::{EventCard, GroupLink, HomePage};

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;
use crate::rows;

pub(crate) async fn page(call: Call) -> Result<Response, Failure> {
    let now = call.web.service.now();
    let (mut live, mut upcoming, mut past) = (vec![], vec![], vec![]);
    for event in call.web.service.events(&call.actor).await? {
        let snapshot = call.web.service.programme(&call.actor, &event.slug).await?;
        let card = EventCard {
            slug: event.slug.clone(),
            title: event.title.clone(),
            first_day: event.first_day,
            last_day: event.last_day,
            zone: event.zone.clone(),
            sessions: snapshot.sessions.len(),
            live_stages: rows::doors(&call.web, &snapshot, now)
                .iter()
                .filter(|door| door.on_air)
                .count(),
            recordings: snapshot
                .sessions
                .iter()
                .filter(|s| rows::recorded(&snapshot, s).is_some())
                .count(),
        };
        match event.phase(now) {
            EventPhase::Now => live.push(card),
            EventPhase::Upcoming => upcoming.push(card),
            EventPhase::Past => past.push(card),
        }
    }
    // Listed newest first; what comes is told soonest first.
    upcoming.reverse();
    let url = &call.web.service.settings().base_url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let community = if call.web.service.settings().demo {
        "Hallway".to_owned()
    } else {
        host.to_owned()
    };
    let groups = call.web.service.lasting_groups(&call.actor).await?;
    let groups = groups
        .into_iter()
        .map(|(channel, event)| GroupLink {
            event,
            slug: channel.slug,
            name: channel.name,
        })
        .collect();
    personal(&HomePage {
        shell: call.shell(),
        community,
        live,
        upcoming,
        past,
        groups,
    })
}

//! The channels of an event as a page: under which heading each stands, and
//! which come first.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::{ChannelKind, ChannelState, Mark, Place};
use hallway_model::events::Event;
use hallway_model::time::Timestamp;
use hallway_protocol::Topic;
use hallway_service::places::Listing;
use hallway_service::reading;
use hallway_views::channels::ChannelLink;
use hallway_views::places::{ChannelGroup, ChannelsPage, GroupKind};
use hallway_views::shell::Shell;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;
use crate::places;

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Narrowing {
    q: String,
    lang: String,
}

pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let listing = service.places(&call.actor, &event).await?;
    let event = &listing.event;
    // Read before the page is sent and after the list: an event that comes
    // between is told again, and the list is read anew.
    let topic = Topic::Event(event.id);
    let seq = service.latest(topic).await?;
    let object = Object::event(event.id).open(event.settings.people_open_channels);
    let mut languages: Vec<String> = listing
        .places
        .iter()
        .filter_map(|place| place.language.clone())
        .collect();
    languages.sort();
    languages.dedup();
    personal(&ChannelsPage {
        shell: shell(&call, event, &listing),
        groups: groups(&call, &listing, &narrowing),
        outside: places::outside_links(&call, event, listing.outside.clone()),
        words: narrowing.q,
        language: narrowing.lang,
        languages,
        opens: allow(&call.actor, Action::OpenChannel, &object),
        directs: allow(&call.actor, Action::SendDirect, &object),
        topic,
        seq,
    })
}

/// Under which heading a channel stands.
fn group_of(place: &Place, listing: &Listing) -> GroupKind {
    let marked = |mark| place.standing.get(mark).is_some();
    match (place.channel.kind, listing.mine.get(&place.channel.id)) {
        (ChannelKind::Event, _) => GroupKind::Event,
        (ChannelKind::Session { .. }, _) => GroupKind::Sessions,
        (_, Some(mine)) if places::is_asked(*mine) => GroupKind::Invitations,
        _ if marked(Mark::Adopted) => GroupKind::Event,
        _ if marked(Mark::Pinned) || marked(Mark::Endorsed) => GroupKind::Endorsed,
        (_, Some(_)) => GroupKind::Mine,
        _ => GroupKind::Made,
    }
}

const ORDER: [GroupKind; 6] = [
    GroupKind::Invitations,
    GroupKind::Event,
    GroupKind::Endorsed,
    GroupKind::Mine,
    GroupKind::Made,
    GroupKind::Sessions,
];

/// The channels under their headings: pinned ones first, then by how lively
/// they were in the last hours. Of sessions, those where something was said.
pub(super) fn groups(call: &Call, listing: &Listing, narrowing: &Narrowing) -> Vec<ChannelGroup> {
    let now = call.web.service.now();
    let words: Vec<String> = narrowing
        .q
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let fits = |place: &&Place| {
        let text = format!("{} {}", place.channel.name, place.about).to_lowercase();
        let spoken = place.language.as_deref().unwrap_or("");
        let quiet =
            matches!(place.channel.kind, ChannelKind::Session { .. }) && place.messages == 0;
        !quiet
            && words.iter().all(|word| text.contains(word))
            && (narrowing.lang.is_empty() || narrowing.lang == spoken)
    };
    let mut places: Vec<&Place> = listing.places.iter().filter(fits).collect();
    // Stable: what is equally lively stays in the order of the latest word.
    places.sort_by_key(|place| {
        let pinned = place.standing.pinned.is_some();
        let first = place.channel.kind == ChannelKind::Event;
        std::cmp::Reverse((first, pinned, place.lively))
    });
    ORDER
        .into_iter()
        .map(|kind| ChannelGroup {
            kind,
            channels: places
                .iter()
                .filter(|place| group_of(place, listing) == kind)
                .map(|place| link(place, listing, now))
                .collect(),
        })
        .filter(|group| !group.channels.is_empty())
        .collect()
}

fn link(place: &Place, listing: &Listing, now: Timestamp) -> ChannelLink {
    let channel = &place.channel;
    let reading = listing.readings.get(&channel.id);
    ChannelLink {
        slug: channel.slug.clone(),
        name: channel.name.clone(),
        about: place.about.clone(),
        language: place.language.clone(),
        of_session: matches!(channel.kind, ChannelKind::Session { .. }),
        by_invitation: channel.is_closed(),
        locked: channel.state == ChannelState::Locked,
        lit: place.is_lit(now),
        marks: Mark::ALL
            .into_iter()
            .filter(|mark| !mark.is_of_hosts() && place.standing.get(*mark).is_some())
            .map(Mark::word)
            .collect(),
        maker: place
            .maker
            .and_then(|maker| listing.makers.get(&maker).cloned()),
        messages: place.messages,
        last: place.said,
        unread: reading.map_or(0, reading::Reading::unread),
        mentions: reading.map_or(0, |reading| reading.mentions),
    }
}

/// The page's surroundings, with what waits in the chat at the way there.
pub(super) fn shell(call: &Call, event: &Event, listing: &Listing) -> Shell {
    Shell {
        unread: listing
            .readings
            .values()
            .map(reading::Reading::unread)
            .sum(),
        ..call.event_shell(event)
    }
}

//! An event's page: its doors, what comes next, and the one thing to do.

use axum::extract::Path;
use axum::response::Response;
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::LOBBY;
use hallway_model::events::EventPhase;
use hallway_model::sessions::{SessionKind, SessionState};
use hallway_protocol::Topic;
use hallway_service::programmes::{Snapshot, safe_html};
use hallway_views::TrustedHtml;
use hallway_views::events::{Door, Entry, EventPage};
use http::HeaderMap;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::shared;
use crate::rows;

/// Sessions told as coming next, and highlights, at the most.
const NEXT: usize = 6;
const HIGHLIGHTS: usize = 6;

pub(crate) async fn page(
    call: Call,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let topic = Topic::Event(snapshot.event.id);
        let seq = call.web.service.latest(topic).await?;
        Ok((make(&call, &snapshot, topic, seq), rows::topics(&snapshot)))
    })
    .await
}

fn make(call: &Call, snapshot: &Snapshot, topic: Topic, seq: i64) -> EventPage {
    let event = &snapshot.event;
    let now = call.web.service.now();
    let doors = rows::doors(&call.web, snapshot, now);
    let slots = || snapshot.sessions.iter().filter_map(|session| session.slot);
    let hours = slots()
        .map(|slot| slot.start)
        .min()
        .zip(slots().map(|slot| slot.end()).max());
    let highlight = |kind| {
        matches!(
            kind,
            SessionKind::Keynote | SessionKind::FiresideChat | SessionKind::Panel
        )
    };
    let highlights = rows::by_start(snapshot, |s| {
        highlight(s.kind) && s.state != SessionState::Cancelled
    });
    let reads = allow(
        &call.actor,
        Action::ReadChat,
        &Object::event(event.id).open(event.settings.guests_read_chat),
    );
    EventPage {
        shell: call.event_shell(event),
        title: event.title.clone(),
        first_day: event.first_day,
        last_day: event.last_day,
        zone: event.zone.clone(),
        hours,
        now,
        entry: entry(call, snapshot, &doors),
        next: rows::up_next(snapshot, now, NEXT),
        highlights: highlights
            .into_iter()
            .take(HIGHLIGHTS)
            .map(|s| rows::session(snapshot, s))
            .collect(),
        sessions: snapshot
            .sessions
            .iter()
            .filter(|s| s.state != SessionState::Cancelled)
            .count(),
        speakers: snapshot.speakers.len(),
        recordings: snapshot
            .sessions
            .iter()
            .filter(|s| rows::recorded(snapshot, s).is_some())
            .count(),
        about: (!event.description.is_empty())
            .then(|| TrustedHtml::sanitised(safe_html(&event.description))),
        code_of_conduct: None,
        records: event.settings.record,
        channel: reads.then(|| LOBBY.to_owned()),
        topic,
        seq,
        doors,
    }
}

fn entry(call: &Call, snapshot: &Snapshot, doors: &[Door]) -> Entry {
    let event = &snapshot.event;
    let open = doors.iter().find(|door| door.is_open());
    let over = event.phase(call.web.service.now()) == EventPhase::Past;
    let registered = call.actor.registered.contains(&event.id);
    match (over, registered, open) {
        (true, _, _) => Entry::Watch,
        (false, true, Some(door)) => Entry::Enter {
            room: door.room.clone(),
        },
        (false, true, None) => Entry::Registered,
        (false, false, _) if event.settings.registration_open => Entry::Register,
        (false, false, _) => Entry::Read,
    }
}

//! Sessions and stages as the views show them, made from a snapshot.

use hallway_model::ids::RoomId;
use hallway_model::sessions::{Room, Session, SessionState};
use hallway_model::stages::RecordingState;
use hallway_model::time::Timestamp;
use hallway_protocol::Topic;
use hallway_service::programmes::Snapshot;
use hallway_views::events::{Door, DoorSession};
use hallway_views::sessions::{Place, SessionRow, Slot, Track};

use crate::Web;

/// Colours the palette has for tracks; a further track begins it again.
const PALETTE: usize = 12;

pub(crate) fn session(snapshot: &Snapshot, session: &Session) -> SessionRow {
    SessionRow {
        code: session.code.to_string(),
        title: session.title.clone(),
        speakers: snapshot
            .speakers_of(session)
            .map(|speaker| speaker.name.clone())
            .collect(),
        slot: session.slot.map(|slot| Slot {
            start: slot.start,
            length: slot.length,
            day: slot.day,
        }),
        room: session
            .slot
            .and_then(|slot| slot.room)
            .and_then(|id| place(snapshot, id)),
        track: session.track.and_then(|id| {
            let track = snapshot.track(id)?;
            let palette = snapshot.track_position(id)? % PALETTE;
            Some(Track {
                slug: track.slug.clone(),
                name: track.name.clone(),
                palette: palette as u8,
            })
        }),
        kind: session.kind,
        language: session
            .language
            .clone()
            .filter(|language| !language.is_empty()),
        state: session.state,
        recorded: recorded(snapshot, session).is_some(),
    }
}

pub(crate) fn place(snapshot: &Snapshot, room: RoomId) -> Option<Place> {
    snapshot.room(room).map(|room| Place {
        slug: room.slug.clone(),
        name: room.name.clone(),
    })
}

/// Length in milliseconds of the published recording.
pub(crate) fn recorded(snapshot: &Snapshot, session: &Session) -> Option<i64> {
    match snapshot.recordings.get(&session.id)?.state {
        RecordingState::Published { millis } => Some(millis),
        RecordingState::Cutting | RecordingState::Missing { .. } => None,
    }
}

/// Sessions by start, those without a slot last.
pub(crate) fn by_start(snapshot: &Snapshot, keep: impl Fn(&Session) -> bool) -> Vec<&Session> {
    let mut sessions: Vec<&Session> = snapshot
        .sessions
        .iter()
        .filter(|session| keep(session))
        .collect();
    // Stable: sessions that start together stay in programme order.
    sessions.sort_by_key(|session| session.slot.map_or(i64::MAX, |slot| slot.start.0));
    sessions
}

/// Sessions on now, by cue or by clock.
pub(crate) fn on_now(snapshot: &Snapshot, now: Timestamp) -> Vec<SessionRow> {
    let rows = by_start(snapshot, |session| {
        !matches!(session.state, SessionState::Cancelled)
    });
    rows.into_iter()
        .map(|s| session(snapshot, s))
        .filter(|row| row.is_now(&now))
        .collect()
}

/// The sessions that start next, soonest first.
pub(crate) fn up_next(snapshot: &Snapshot, now: Timestamp, most: usize) -> Vec<SessionRow> {
    let planned = |s: &Session| {
        s.state == SessionState::Planned && s.slot.is_some_and(|slot| slot.start > now)
    };
    by_start(snapshot, planned)
        .into_iter()
        .take(most)
        .map(|s| session(snapshot, s))
        .collect()
}

/// The event's stages as doors, in the order of its rooms.
pub(crate) fn doors(web: &Web, snapshot: &Snapshot, now: Timestamp) -> Vec<Door> {
    let stages = snapshot
        .rooms
        .iter()
        .filter(|room| snapshot.stages.contains(&room.id));
    stages.map(|room| door(web, snapshot, room, now)).collect()
}

pub(crate) fn door(web: &Web, snapshot: &Snapshot, room: &Room, now: Timestamp) -> Door {
    let (on, next) = snapshot.now_and_next(room.id, now);
    let topic = Topic::Stage(room.id);
    Door {
        room: room.slug.clone(),
        name: room.name.clone(),
        topic,
        on_air: web.stages.live(room.id).is_some(),
        now: on.and_then(|session| door_session(snapshot, session)),
        next: next.and_then(|session| door_session(snapshot, session)),
        viewers: web.gateway.hub().count(topic) as i64,
    }
}

pub(crate) fn door_session(snapshot: &Snapshot, session: &Session) -> Option<DoorSession> {
    let slot = session.slot?;
    Some(DoorSession {
        code: session.code.to_string(),
        title: session.title.clone(),
        speakers: snapshot
            .speakers_of(session)
            .map(|speaker| speaker.name.clone())
            .collect(),
        slot: Slot {
            start: slot.start,
            length: slot.length,
            day: slot.day,
        },
    })
}

/// The topics a page with doors is made from.
pub(crate) fn topics(snapshot: &Snapshot) -> Vec<Topic> {
    std::iter::once(Topic::Event(snapshot.event.id))
        .chain(snapshot.stages.iter().map(|room| Topic::Stage(*room)))
        .collect()
}

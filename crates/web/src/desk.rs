//! The producer's desk of one stage: what runs, what reaches us, and the key to
//! send with.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::access::{Action, Object, allow};
use hallway_model::sessions::{Session, SessionState, Slot};
use hallway_model::time::Day;
use hallway_protocol::{Topic, routes};
use hallway_service::Error;
use hallway_service::programmes::Snapshot;
use hallway_service::stages::{AllowTakeover, EndSession, StartSession};
use hallway_views::desk::{CueRow, DeskPage, StreamKey};
use hallway_views::sessions::Place;
use hallway_views::shell::{Notice, Shell};
use serde::Deserialize;

use crate::call::{Call, once};
use crate::failure::Failure;
use crate::pages::{done, personal, refused};
use crate::rows;

pub(crate) async fn page(
    call: Call,
    Path((event, room)): Path<(String, String)>,
) -> Result<Response, Failure> {
    personal(&desk(&call, &event, &room, None).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rotation {
    key: String,
    sure: String,
}

/// Makes a new key and shows it, on this answer and never again: not in an
/// address, a redirect or a log.
pub(crate) async fn rotate_key(
    call: Call,
    Path((event, room)): Path<(String, String)>,
    Form(rotation): Form<Rotation>,
) -> Result<Response, Failure> {
    if rotation.sure != "yes" {
        return refused(&desk(&call, &event, &room, None).await?);
    }
    let once = once(&rotation.key)?;
    let made = call
        .web
        .service
        .rotate_stream_key_once(&call.actor, once, &event, &room)
        .await?;
    let fresh = made.map(|key| StreamKey::Fresh {
        secret: key.reveal().to_owned(),
    });
    personal(&desk(&call, &event, &room, fresh).await?)
}

pub(crate) async fn allow_takeover(
    call: Call,
    Path((event, room)): Path<(String, String)>,
    Form(cue): Form<Cue>,
) -> Result<Response, Failure> {
    let desk = desk_of(&call, &event, &room).await?;
    call.write_once(&cue.key, AllowTakeover { event, room })
        .await?;
    Ok(done(&desk, Notice::TakeoverAllowed).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cue {
    key: String,
}

pub(crate) async fn start(
    call: Call,
    Path((event, room, code)): Path<(String, String, String)>,
    Form(cue): Form<Cue>,
) -> Result<Response, Failure> {
    let desk = desk_of(&call, &event, &room).await?;
    call.write_once(&cue.key, StartSession { event, code })
        .await?;
    Ok(done(&desk, Notice::SessionStarted).into_response())
}

pub(crate) async fn end(
    call: Call,
    Path((event, room, code)): Path<(String, String, String)>,
    Form(cue): Form<Cue>,
) -> Result<Response, Failure> {
    let desk = desk_of(&call, &event, &room).await?;
    call.write_once(&cue.key, EndSession { event, code })
        .await?;
    Ok(done(&desk, Notice::SessionEnded).into_response())
}

/// The desk a cue comes back to, for somebody who may run it. Whether they may
/// run the session is asked of the session's own room by its command.
async fn desk_of(call: &Call, event: &str, room: &str) -> Result<String, Error> {
    let (event, room) = call.web.service.run_stage(&call.actor, event, room).await?;
    Ok(routes::desk(&event.slug, &room.slug))
}

async fn desk(
    call: &Call,
    event: &str,
    room: &str,
    fresh: Option<StreamKey>,
) -> Result<DeskPage, Error> {
    let service = &call.web.service;
    let (event, room) = service.run_stage(&call.actor, event, room).await?;
    let snapshot = service.programme(&call.actor, &event.slug).await?;
    let now = service.now();
    let stage_topic = Topic::Stage(room.id);
    let kept = async || {
        let created = service.stream_key_created(room.id).await?;
        Ok::<_, Error>(created.map_or(StreamKey::None, |_| StreamKey::Kept))
    };
    let stream_key = match fresh {
        Some(fresh) => fresh,
        None => kept().await?,
    };
    let run = snapshot.run_of(room.id);
    let day = shown_day(&run, now.day(&event.zone));
    let show = run
        .into_iter()
        .filter(|(session, slot)| Some(slot.day) == day || is_live(session))
        .map(|(session, _)| CueRow {
            session: rows::session(&snapshot, session),
            key: call.key(),
        });
    Ok(DeskPage {
        // Also under the key's address, which only takes forms.
        shell: Shell {
            path: routes::desk(&event.slug, &room.slug),
            ..call.event_shell(&event)
        },
        stages: desks(call, &snapshot, &room.slug),
        now,
        show: show.collect(),
        health: call.web.stages.health(room.id),
        records: event.settings.record,
        audience: call.web.gateway.hub().audience(stage_topic),
        viewers: i64::try_from(call.web.gateway.hub().count(stage_topic)).unwrap_or(i64::MAX),
        server_url: call.web.settings.rtmp_url.clone(),
        stream_key,
        key: call.key(),
        takeover_key: call.key(),
        desk_topic: Topic::Desk(room.id),
        stage_topic,
        room: room.slug,
        name: room.name,
    })
}

fn is_live(session: &Session) -> bool {
    matches!(session.state, SessionState::Live { .. })
}

/// Today where the stage has sessions today, else the next day that has some,
/// else the last one.
fn shown_day(run: &[(&Session, Slot)], today: Day) -> Option<Day> {
    let days = || run.iter().map(|(_, slot)| slot.day);
    days()
        .filter(|day| *day >= today)
        .min()
        .or_else(|| days().max())
}

/// The desks the person may open: those of stages that have a key, and this one.
fn desks(call: &Call, snapshot: &Snapshot, this: &str) -> Vec<Place> {
    let event = snapshot.event.id;
    snapshot
        .rooms
        .iter()
        .filter(|room| snapshot.stages.contains(&room.id) || room.slug == this)
        .filter(|room| allow(&call.actor, Action::RunStage, &Object::room(event, room.id)))
        .map(|room| Place {
            slug: room.slug.clone(),
            name: room.name.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallway_model::ids::{Code, SessionId};
    use hallway_model::programme::Identity;
    use hallway_model::sessions::{SessionDetails, SessionKind};
    use hallway_model::time::{Span, Timestamp, Zone};

    fn session() -> Session {
        let id = uuid::Uuid::from_u128(1);
        Session {
            id: SessionId(id),
            code: Code::derive(id, 0),
            identity: Identity::default(),
            title: "Opening".into(),
            subtitle: None,
            kind: SessionKind::Talk,
            kind_text: None,
            track: None,
            language: None,
            abstract_text: String::new(),
            description: String::new(),
            details: SessionDetails::default(),
            state: SessionState::Planned,
            slot: None,
            speakers: vec![],
            changed: Timestamp(0),
        }
    }

    fn on(day: &str) -> (Day, Slot) {
        let day: Day = day.parse().unwrap();
        let slot = Slot {
            room: None,
            day,
            start: day.start(&Zone::utc()),
            length: Span::minutes(30),
        };
        (day, slot)
    }

    #[test]
    fn the_desk_shows_the_day_at_hand() {
        let session = session();
        let ((first, one), (second, two)) = (on("2026-02-06"), on("2026-02-08"));
        let run = [(&session, one), (&session, two)];
        let day = |text: &str| -> Day { text.parse().unwrap() };
        assert_eq!(shown_day(&run, day("2026-01-01")), Some(first));
        assert_eq!(shown_day(&run, first), Some(first));
        assert_eq!(shown_day(&run, day("2026-02-07")), Some(second));
        assert_eq!(shown_day(&run, day("2026-03-01")), Some(second));
        assert_eq!(shown_day(&[], first), None);
    }
}

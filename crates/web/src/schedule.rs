//! The schedule: by day and room, by track, or as a list, filtered by what its
//! URL says; and its exports.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hallway_model::sessions::{Session, SessionKind};
use hallway_model::time::{Day, Timestamp};
use hallway_protocol::{Kind, Topic};
use hallway_service::exports::Format;
use hallway_service::programmes::Snapshot;
use hallway_views::schedule::{By, SchedulePage, ScheduleQuery};
use hallway_views::sessions::Place;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cache::etag;
use crate::call::Call;
use crate::failure::Failure;
use crate::pages::{matches_etag, shared};
use crate::rows;

/// Sessions told as starting next at the most.
const NEXT: usize = 6;
/// Characters of a search that are read.
const MAX_SEARCH: usize = 100;

pub(crate) async fn page(
    call: Call,
    Path(event): Path<String>,
    Query(query): Query<ScheduleQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let topic = Topic::Event(snapshot.event.id);
        let seq = call.web.service.latest(topic).await?;
        Ok((make(&call, &snapshot, query, seq), vec![topic]))
    })
    .await
}

fn make(call: &Call, snapshot: &Arc<Snapshot>, query: ScheduleQuery, seq: i64) -> SchedulePage {
    let now = call.web.service.now();
    let days: Vec<Day> = snapshot.days.iter().map(|day| day.day).collect();
    let day = chosen_day(&query, &days, snapshot, now);
    let matches = |session: &Session| {
        let on_day = day.is_none_or(|day| session.slot.is_none_or(|slot| slot.day == day));
        on_day && fits(snapshot, session, &query)
    };
    let mut languages: Vec<String> = snapshot
        .sessions
        .iter()
        .filter_map(|session| session.language.clone())
        .filter(|language| !language.is_empty() && language.len() <= 12)
        .collect();
    languages.sort();
    languages.dedup();
    let used: HashSet<SessionKind> = snapshot
        .sessions
        .iter()
        .map(|session| session.kind)
        .collect();
    let used_rooms: HashSet<_> = snapshot
        .sessions
        .iter()
        .filter_map(|session| session.slot?.room)
        .collect();
    let used_tracks: HashSet<_> = snapshot
        .sessions
        .iter()
        .filter_map(|session| session.track)
        .collect();
    SchedulePage {
        shell: call.event_shell(&snapshot.event),
        now,
        day,
        rooms: snapshot
            .rooms
            .iter()
            .filter(|room| used_rooms.contains(&room.id))
            .map(|room| Place {
                slug: room.slug.clone(),
                name: room.name.clone(),
            })
            .collect(),
        tracks: snapshot
            .tracks
            .iter()
            .filter(|track| used_tracks.contains(&track.id))
            .map(|track| Place {
                slug: track.slug.clone(),
                name: track.name.clone(),
            })
            .collect(),
        kinds: SessionKind::ALL
            .into_iter()
            .filter(|kind| used.contains(kind))
            .collect(),
        languages,
        rows: in_order(snapshot, matches)
            .into_iter()
            .map(|s| rows::session(snapshot, s))
            .collect(),
        total: snapshot.sessions.len(),
        on_now: rows::on_now(snapshot, now),
        up_next: rows::up_next(snapshot, now, NEXT),
        topic: Topic::Event(snapshot.event.id),
        seq,
        days,
        query,
    }
}

/// The day that was asked for; by day, else today's, else the first.
fn chosen_day(
    query: &ScheduleQuery,
    days: &[Day],
    snapshot: &Snapshot,
    now: Timestamp,
) -> Option<Day> {
    let asked: Option<Day> = query.day.parse().ok().filter(|day| days.contains(day));
    if asked.is_some() || query.by() != By::Day || query.is_filtered() {
        return asked;
    }
    let today = now.day(&snapshot.event.zone);
    days.iter()
        .copied()
        .find(|day| *day == today)
        .or_else(|| days.first().copied())
}

/// By start, then in the order of rooms, those without a slot last.
fn in_order(snapshot: &Snapshot, keep: impl Fn(&Session) -> bool) -> Vec<&Session> {
    let room_order = |session: &Session| {
        let room = session.slot.and_then(|slot| slot.room);
        room.and_then(|id| snapshot.rooms.iter().position(|r| r.id == id))
            .unwrap_or(usize::MAX)
    };
    let mut sessions: Vec<(i64, usize, &Session)> = snapshot
        .sessions
        .iter()
        .filter(|session| keep(session))
        .map(|session| {
            (
                session.slot.map_or(i64::MAX, |slot| slot.start.0),
                room_order(session),
                session,
            )
        })
        .collect();
    sessions.sort_by_key(|(start, room, _)| (*start, *room));
    sessions
        .into_iter()
        .map(|(_, _, session)| session)
        .collect()
}

fn fits(snapshot: &Snapshot, session: &Session, query: &ScheduleQuery) -> bool {
    let track = || {
        session
            .track
            .and_then(|id| snapshot.track(id))
            .map(|track| track.slug.as_str())
    };
    let room = || {
        session
            .slot
            .and_then(|slot| slot.room)
            .and_then(|id| snapshot.room(id))
            .map(|room| room.slug.as_str())
    };
    let wants = |asked: &str, is: Option<&str>| asked.is_empty() || is == Some(asked);
    wants(&query.track, track())
        && wants(&query.room, room())
        && wants(&query.kind, Some(session.kind.word()))
        && wants(&query.language, session.language.as_deref())
        && found(snapshot, session, &query.q)
}

/// Whether every word of the search stands in the title, the speakers' names,
/// the track or the abstract.
pub(crate) fn found(snapshot: &Snapshot, session: &Session, search: &str) -> bool {
    let search: String = search
        .chars()
        .take(MAX_SEARCH)
        .collect::<String>()
        .to_lowercase();
    if search.trim().is_empty() {
        return true;
    }
    let mut text = session.title.to_lowercase();
    for more in [
        session.subtitle.as_deref().unwrap_or_default(),
        &session.abstract_text,
    ] {
        text.push('\n');
        text.push_str(&more.to_lowercase());
    }
    for speaker in snapshot.speakers_of(session) {
        text.push('\n');
        text.push_str(&speaker.name.to_lowercase());
    }
    if let Some(track) = session.track.and_then(|id| snapshot.track(id)) {
        text.push('\n');
        text.push_str(&track.name.to_lowercase());
    }
    search.split_whitespace().all(|word| text.contains(word))
}

/// `schedule.xml`, `schedule.json`, `schedule.ics`
pub(crate) async fn export(
    call: Call,
    Path((event, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let format = file
        .strip_prefix("schedule.")
        .and_then(Format::from_word)
        .ok_or(Kind::NotFound)?;
    let text = call
        .web
        .service
        .export_schedule(&call.actor, &event, format)
        .await?;
    Ok(file_answer(&headers, text, format.media_type()))
}

/// A generated file with its validator; readable by any site, as schedule
/// clients in browsers need.
pub(crate) fn file_answer(headers: &HeaderMap, text: String, media_type: &'static str) -> Response {
    let tag = etag(text.as_bytes());
    let mut response = if matches_etag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text.into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(ETAG, tag);
    }
    response
}

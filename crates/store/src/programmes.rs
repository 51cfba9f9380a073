//! A whole programme, loaded and saved in a handful of statements whatever its
//! size: days, rooms, tracks, speakers, sessions with their slots.

use hallway_model::ids::{EventId, ReleaseId, RoomId, SessionId, SpeakerId, TrackId};
use hallway_model::programme::{Identity, ProgrammeDay};
use hallway_model::sessions::{Room, Session, SessionKind, SessionState, Slot, Speaker, Track};
use hallway_model::time::{Day, Span, Timestamp};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;

/// Everything of an event's programme, each list in programme order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub days: Vec<ProgrammeDay>,
    pub rooms: Vec<Room>,
    pub tracks: Vec<Track>,
    pub speakers: Vec<Speaker>,
    pub sessions: Vec<Session>,
    /// The latest release's version text and number.
    pub release: Option<(String, i64)>,
}

/// Rows of one INSERT; SQLite takes at most 32,766 values in a statement.
const ROWS: usize = 400;

#[derive(FromRow)]
struct DayRow {
    day: String,
    starts: i64,
    ends: i64,
}

#[derive(FromRow)]
struct RoomRow {
    id: Uuid,
    name: String,
    slug: String,
    guid: Option<Uuid>,
    description: Option<String>,
    capacity: Option<i64>,
}

#[derive(FromRow)]
struct TrackRow {
    id: Uuid,
    name: String,
    slug: String,
    source_slug: Option<String>,
    color: Option<String>,
}

#[derive(FromRow)]
struct SpeakerRow {
    id: Uuid,
    code: String,
    guid: Option<Uuid>,
    source_id: Option<String>,
    source_code: Option<String>,
    name: String,
    biography: Option<String>,
    avatar: Option<String>,
}

#[derive(FromRow)]
struct SessionRow {
    id: Uuid,
    code: String,
    guid: Option<Uuid>,
    source_id: Option<String>,
    title: String,
    subtitle: Option<String>,
    kind: String,
    kind_text: Option<String>,
    track: Option<Uuid>,
    language: Option<String>,
    abstract_text: String,
    description: String,
    details: String,
    state: String,
    state_since: Option<i64>,
    state_at: Option<i64>,
    changed: i64,
    slot_room: Option<Uuid>,
    slot_day: Option<String>,
    slot_starts: Option<i64>,
    slot_length: Option<i64>,
}

#[derive(FromRow)]
struct SpeaksRow {
    session: Uuid,
    speaker: Uuid,
}

#[derive(FromRow)]
struct ReleaseRow {
    version: String,
    number: i64,
}

pub async fn load(conn: &mut Conn, event: EventId) -> Result<Stored, StoreError> {
    let days: Vec<DayRow> = on!(conn, c => sqlx::query_as("SELECT day, starts, ends FROM programme_day WHERE event = $1 ORDER BY day")
        .bind(event.0).fetch_all(c).await)?;
    let rooms: Vec<RoomRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, name, slug, guid, description, capacity FROM room WHERE event = $1 ORDER BY position, name",
    ).bind(event.0).fetch_all(c).await)?;
    let tracks: Vec<TrackRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, name, slug, source_slug, color FROM track WHERE event = $1 ORDER BY position, name",
    ).bind(event.0).fetch_all(c).await)?;
    let speakers: Vec<SpeakerRow> = on!(conn, c => sqlx::query_as(
        "SELECT id, code, guid, source_id, source_code, name, biography, avatar FROM speaker WHERE event = $1 ORDER BY position, name",
    ).bind(event.0).fetch_all(c).await)?;
    let sessions: Vec<SessionRow> = on!(conn, c => sqlx::query_as(
        "SELECT s.id, s.code, s.guid, s.source_id, s.title, s.subtitle, s.kind, s.kind_text, s.track, s.language, s.abstract_text,
                s.description, s.details, s.state, s.state_since, s.state_at, s.changed,
                t.room AS slot_room, t.day AS slot_day, t.starts AS slot_starts, t.length AS slot_length
         FROM session s LEFT JOIN slot t ON t.session = s.id WHERE s.event = $1 ORDER BY s.position, s.code",
    ).bind(event.0).fetch_all(c).await)?;
    let speaks: Vec<SpeaksRow> = on!(conn, c => sqlx::query_as(
        "SELECT x.session, x.speaker FROM session_speaker x JOIN session s ON s.id = x.session WHERE s.event = $1 ORDER BY x.session, x.position",
    ).bind(event.0).fetch_all(c).await)?;
    let release: Option<ReleaseRow> = on!(conn, c => sqlx::query_as(
        "SELECT version, number FROM release WHERE event = $1 ORDER BY number DESC LIMIT 1",
    ).bind(event.0).fetch_optional(c).await)?;

    let mut speakers_of: std::collections::HashMap<Uuid, Vec<SpeakerId>> =
        std::collections::HashMap::new();
    for row in speaks {
        speakers_of
            .entry(row.session)
            .or_default()
            .push(SpeakerId(row.speaker));
    }
    Ok(Stored {
        days: days.into_iter().map(day).collect::<Result<_, _>>()?,
        rooms: rooms.into_iter().map(room).collect(),
        tracks: tracks.into_iter().map(track).collect(),
        speakers: speakers
            .into_iter()
            .map(speaker)
            .collect::<Result<_, _>>()?,
        sessions: sessions
            .into_iter()
            .map(|row| {
                let speakers = speakers_of.remove(&row.id).unwrap_or_default();
                session(row, speakers)
            })
            .collect::<Result<_, _>>()?,
        release: release.map(|row| (row.version, row.number)),
    })
}

/// What an import changes; everything in it is written, in this order.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub days: Vec<ProgrammeDay>,
    /// With positions in the programme.
    pub rooms: Vec<(i64, Room)>,
    pub tracks: Vec<(i64, Track)>,
    pub speakers: Vec<(i64, Speaker)>,
    pub sessions: Vec<(i64, Session)>,
}

/// Inserts what is new and overwrites what changed.
pub async fn save(conn: &mut Conn, event: EventId, changes: &Changes) -> Result<(), StoreError> {
    if !changes.days.is_empty() {
        on!(conn, c => sqlx::query("DELETE FROM programme_day WHERE event = $1").bind(event.0).execute(c).await.map(|_| ()))?;
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO programme_day (event, day, starts, ends) ");
            query.push_values(&changes.days, |mut row, day| {
                row.push_bind(event.0).push_bind(day.day.to_string()).push_bind(day.start.0).push_bind(day.end.0);
            });
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    save_rooms(conn, event, &changes.rooms).await?;
    save_tracks(conn, event, &changes.tracks).await?;
    save_speakers(conn, event, &changes.speakers).await?;
    save_sessions(conn, event, &changes.sessions).await
}

async fn save_rooms(
    conn: &mut Conn,
    event: EventId,
    rooms: &[(i64, Room)],
) -> Result<(), StoreError> {
    for some in rooms.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO room (id, event, name, slug, guid, description, capacity, position) ");
            query.push_values(some, |mut row, (position, room)| {
                row.push_bind(room.id.0).push_bind(event.0).push_bind(room.name.as_str()).push_bind(room.slug.as_str())
                    .push_bind(room.guid).push_bind(room.description.as_deref()).push_bind(room.capacity).push_bind(*position);
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET name = excluded.name, guid = excluded.guid,
                description = excluded.description, capacity = excluded.capacity, position = excluded.position");
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

async fn save_tracks(
    conn: &mut Conn,
    event: EventId,
    tracks: &[(i64, Track)],
) -> Result<(), StoreError> {
    for some in tracks.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO track (id, event, name, slug, source_slug, color, position) ");
            query.push_values(some, |mut row, (position, track)| {
                row.push_bind(track.id.0).push_bind(event.0).push_bind(track.name.as_str()).push_bind(track.slug.as_str())
                    .push_bind(track.source_slug.as_deref()).push_bind(track.color.as_deref()).push_bind(*position);
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET name = excluded.name, source_slug = excluded.source_slug,
                color = excluded.color, position = excluded.position");
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

async fn save_speakers(
    conn: &mut Conn,
    event: EventId,
    speakers: &[(i64, Speaker)],
) -> Result<(), StoreError> {
    for some in speakers.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO speaker (id, event, code, guid, source_id, source_code, name, biography, avatar, position) ");
            query.push_values(some, |mut row, (position, speaker)| {
                row.push_bind(speaker.id.0).push_bind(event.0).push_bind(speaker.code.as_str()).push_bind(speaker.identity.guid)
                    .push_bind(speaker.identity.id.as_deref()).push_bind(speaker.identity.code.as_ref().map(|c| c.as_str()))
                    .push_bind(speaker.name.as_str()).push_bind(speaker.biography.as_deref())
                    .push_bind(speaker.avatar.as_deref()).push_bind(*position);
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET guid = excluded.guid, source_id = excluded.source_id,
                source_code = excluded.source_code, name = excluded.name, biography = excluded.biography,
                avatar = excluded.avatar, position = excluded.position");
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

async fn save_sessions(
    conn: &mut Conn,
    event: EventId,
    sessions: &[(i64, Session)],
) -> Result<(), StoreError> {
    for some in sessions.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO session (id, event, code, guid, source_id, title, subtitle, kind, kind_text, track,
                language, abstract_text, description, details, do_not_record, state, state_since, state_at, position, changed) ");
            query.push_values(some, |mut row, (position, session)| {
                let (since, at) = state_times(session.state);
                row.push_bind(session.id.0).push_bind(event.0).push_bind(session.code.as_str()).push_bind(session.identity.guid)
                    .push_bind(session.identity.id.as_deref()).push_bind(session.title.as_str())
                    .push_bind(session.subtitle.as_deref()).push_bind(session.kind.word()).push_bind(session.kind_text.as_deref())
                    .push_bind(session.track.map(Uuid::from)).push_bind(session.language.as_deref())
                    .push_bind(session.abstract_text.as_str()).push_bind(session.description.as_str())
                    .push_bind(serde_json::to_string(&session.details).unwrap_or_else(|_| "{}".into()))
                    .push_bind(session.details.recording.opt_out).push_bind(session.state.word())
                    .push_bind(since).push_bind(at).push_bind(*position).push_bind(session.changed.0);
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET guid = excluded.guid, source_id = excluded.source_id, title = excluded.title,
                subtitle = excluded.subtitle, kind = excluded.kind, kind_text = excluded.kind_text, track = excluded.track,
                language = excluded.language, abstract_text = excluded.abstract_text, description = excluded.description,
                details = excluded.details, do_not_record = excluded.do_not_record, state = excluded.state,
                state_since = excluded.state_since, state_at = excluded.state_at, position = excluded.position, changed = excluded.changed");
            query.build().execute(c).await.map(|_| ())
        })?;
        replace_slots(conn, event, some).await?;
        replace_speakers(conn, some).await?;
    }
    Ok(())
}

async fn replace_slots(
    conn: &mut Conn,
    event: EventId,
    sessions: &[(i64, Session)],
) -> Result<(), StoreError> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("DELETE FROM slot WHERE session IN (");
        let mut ids = query.separated(", ");
        for (_, session) in sessions {
            ids.push_bind(session.id.0);
        }
        query.push(")");
        query.build().execute(c).await.map(|_| ())
    })?;
    let placed: Vec<(SessionId, Slot)> = sessions
        .iter()
        .filter_map(|(_, s)| Some((s.id, s.slot?)))
        .collect();
    if placed.is_empty() {
        return Ok(());
    }
    on!(conn, c => {
        let mut query = QueryBuilder::new("INSERT INTO slot (session, event, room, day, starts, length) ");
        query.push_values(&placed, |mut row, (session, slot)| {
            row.push_bind(session.0).push_bind(event.0).push_bind(slot.room.map(Uuid::from)).push_bind(slot.day.to_string())
                .push_bind(slot.start.0).push_bind(slot.length.0);
        });
        query.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

async fn replace_speakers(conn: &mut Conn, sessions: &[(i64, Session)]) -> Result<(), StoreError> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("DELETE FROM session_speaker WHERE session IN (");
        let mut ids = query.separated(", ");
        for (_, session) in sessions {
            ids.push_bind(session.id.0);
        }
        query.push(")");
        query.build().execute(c).await.map(|_| ())
    })?;
    let speaks: Vec<(SessionId, i64, SpeakerId)> = sessions
        .iter()
        .flat_map(|(_, s)| {
            s.speakers
                .iter()
                .enumerate()
                .map(|(n, speaker)| (s.id, n as i64, *speaker))
        })
        .collect();
    for some in speaks.chunks(ROWS) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("INSERT INTO session_speaker (session, position, speaker) ");
            query.push_values(some, |mut row, (session, position, speaker)| {
                row.push_bind(session.0).push_bind(*position).push_bind(speaker.0);
            });
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// Publishes a version of the schedule.
pub async fn insert_release(
    conn: &mut Conn,
    id: ReleaseId,
    event: EventId,
    number: i64,
    version: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(conn, c => sqlx::query("INSERT INTO release (id, event, number, version, published) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.0).bind(event.0).bind(number).bind(version).bind(now.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

pub(crate) fn state_times(state: SessionState) -> (Option<i64>, Option<i64>) {
    match state {
        SessionState::Planned | SessionState::Cancelled => (None, None),
        SessionState::Live { since } => (Some(since.0), None),
        SessionState::Ended { since, at } => (Some(since.0), Some(at.0)),
    }
}

fn day(row: DayRow) -> Result<ProgrammeDay, StoreError> {
    Ok(ProgrammeDay {
        day: parse_day(&row.day)?,
        start: Timestamp(row.starts),
        end: Timestamp(row.ends),
    })
}

fn parse_day(text: &str) -> Result<Day, StoreError> {
    text.parse().map_err(|e| StoreError::damaged("day", e))
}

fn room(row: RoomRow) -> Room {
    Room {
        id: RoomId(row.id),
        name: row.name,
        slug: row.slug,
        guid: row.guid,
        description: row.description,
        capacity: row.capacity,
    }
}

fn track(row: TrackRow) -> Track {
    Track {
        id: TrackId(row.id),
        name: row.name,
        slug: row.slug,
        source_slug: row.source_slug,
        color: row.color,
    }
}

fn speaker(row: SpeakerRow) -> Result<Speaker, StoreError> {
    Ok(Speaker {
        id: SpeakerId(row.id),
        code: row
            .code
            .parse()
            .map_err(|e| StoreError::damaged("code", e))?,
        identity: Identity {
            guid: row.guid,
            id: row.source_id,
            code: row
                .source_code
                .map(|c| c.parse())
                .transpose()
                .map_err(|e| StoreError::damaged("code", e))?,
        },
        name: row.name,
        biography: row.biography,
        avatar: row.avatar,
    })
}

fn session(row: SessionRow, speakers: Vec<SpeakerId>) -> Result<Session, StoreError> {
    let code: hallway_model::ids::Code = row
        .code
        .parse()
        .map_err(|e| StoreError::damaged("code", e))?;
    let since = row.state_since.map_or(Timestamp(row.changed), Timestamp);
    let state = match row.state.as_str() {
        "planned" => SessionState::Planned,
        "live" => SessionState::Live { since },
        "ended" => SessionState::Ended {
            since,
            at: row.state_at.map_or(since, Timestamp),
        },
        "cancelled" => SessionState::Cancelled,
        other => return Err(StoreError::damaged("session state", other)),
    };
    let slot = match (row.slot_day, row.slot_starts, row.slot_length) {
        (Some(day), Some(starts), Some(length)) => Some(Slot {
            room: row.slot_room.map(RoomId),
            day: parse_day(&day)?,
            start: Timestamp(starts),
            length: Span(length),
        }),
        _ => None,
    };
    Ok(Session {
        id: SessionId(row.id),
        identity: Identity {
            guid: row.guid,
            id: row.source_id,
            code: None,
        },
        code,
        title: row.title,
        subtitle: row.subtitle,
        kind: SessionKind::from_word(&row.kind),
        kind_text: row.kind_text,
        track: row.track.map(TrackId),
        language: row.language,
        abstract_text: row.abstract_text,
        description: row.description,
        details: serde_json::from_str(&row.details)
            .map_err(|e| StoreError::damaged("session details", e))?,
        state,
        slot,
        speakers,
        changed: Timestamp(row.changed),
    })
}

//! Reading an event's programme: one snapshot per revision, loaded once and
//! shared by every page, export and API answer made from it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use hallway_interchange::text;
use hallway_model::access::{Action, Actor};
use hallway_model::events::Event;
use hallway_model::ids::{EventId, RoomId, SessionId, SpeakerId, TrackId};
use hallway_model::programme::{
    Conference, Identity, Programme, ProgrammeDay, ProgrammeRoom, ProgrammeSession, ProgrammeSlot,
    ProgrammeSpeaker, ProgrammeTrack,
};
use hallway_model::sessions::{Room, Session, SessionState, Slot, Speaker, Track};
use hallway_model::stages::Recording;
use hallway_model::time::{Span, Timestamp};
use hallway_store::{Conn, events, programmes, recordings, stream_keys};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::access::access_event;
use crate::error::Error;

/// An event with its whole programme at one revision.
#[derive(Debug)]
pub struct Snapshot {
    pub event: Event,
    pub conference: ConferenceDetails,
    pub days: Vec<ProgrammeDay>,
    pub rooms: Vec<Room>,
    pub tracks: Vec<Track>,
    pub speakers: Vec<Speaker>,
    /// In programme order, the cancelled ones too.
    pub sessions: Vec<Session>,
    pub recordings: HashMap<SessionId, Recording>,
    /// Rooms that have a stream key.
    pub stages: HashSet<RoomId>,
    /// Version text and number of the latest release.
    pub release: Option<(String, i64)>,
    room_at: HashMap<RoomId, usize>,
    track_at: HashMap<TrackId, usize>,
    speaker_at: HashMap<SpeakerId, usize>,
    session_at: HashMap<String, usize>,
}

/// What a schedule file says of its conference and no page edits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConferenceDetails {
    pub acronym: Option<String>,
    pub version: Option<String>,
    pub timeslot_millis: Option<i64>,
    pub base_url: Option<String>,
    pub url: Option<String>,
    pub logo: Option<String>,
    pub venue: Option<String>,
    pub city: Option<String>,
    pub color: Option<String>,
    pub generator: Option<String>,
}

/// Snapshots of the events read last; each replaces the one before it.
#[derive(Default)]
pub(crate) struct Snapshots(Mutex<HashMap<EventId, Arc<Snapshot>>>);

/// Events whose programme is held in memory.
const HELD: usize = 32;

impl Snapshots {
    fn get(&self, event: &Event) -> Option<Arc<Snapshot>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&event.id)
            .filter(|snapshot| snapshot.event == *event)
            .cloned()
    }

    fn put(&self, snapshot: &Arc<Snapshot>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD && !held.contains_key(&snapshot.event.id) {
            held.clear();
        }
        held.insert(snapshot.event.id, Arc::clone(snapshot));
    }
}

impl Service {
    /// The event's programme as it is now, for somebody who may see it.
    pub async fn programme(&self, actor: &Actor, event: &str) -> Result<Arc<Snapshot>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SeeProgramme).await?;
        self.snapshot(&mut conn, event).await
    }

    pub(crate) async fn snapshot(
        &self,
        conn: &mut Conn,
        event: Event,
    ) -> Result<Arc<Snapshot>, Error> {
        if let Some(snapshot) = self.0.snapshots.get(&event) {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(load(conn, event).await?);
        self.0.snapshots.put(&snapshot);
        Ok(snapshot)
    }

    /// Every event, for the community's page and the sitemap.
    pub async fn events(&self, _actor: &Actor) -> Result<Vec<Event>, Error> {
        // Every event's programme is public (matrix: SeeProgramme is Y for all).
        Ok(events::list(&mut self.read().await?).await?)
    }
}

async fn load(conn: &mut Conn, event: Event) -> Result<Snapshot, Error> {
    let stored = programmes::load(conn, event.id).await?;
    let recordings = recordings::list(conn, event.id).await?;
    let stages = stream_keys::rooms(conn, event.id)
        .await?
        .into_iter()
        .collect();
    let conference = events::conference(conn, event.id).await?;
    let conference = serde_json::from_str(&conference).unwrap_or_default();
    Ok(Snapshot {
        room_at: stored
            .rooms
            .iter()
            .enumerate()
            .map(|(n, r)| (r.id, n))
            .collect(),
        track_at: stored
            .tracks
            .iter()
            .enumerate()
            .map(|(n, t)| (t.id, n))
            .collect(),
        speaker_at: stored
            .speakers
            .iter()
            .enumerate()
            .map(|(n, s)| (s.id, n))
            .collect(),
        session_at: stored
            .sessions
            .iter()
            .enumerate()
            .map(|(n, s)| (s.code.to_string(), n))
            .collect(),
        event,
        conference,
        days: stored.days,
        rooms: stored.rooms,
        tracks: stored.tracks,
        speakers: stored.speakers,
        sessions: stored.sessions,
        recordings: recordings.into_iter().map(|r| (r.session, r)).collect(),
        stages,
        release: stored.release,
    })
}

impl Snapshot {
    pub fn session(&self, code: &str) -> Option<&Session> {
        self.session_at.get(code).map(|n| &self.sessions[*n])
    }

    pub fn speaker(&self, code: &str) -> Option<&Speaker> {
        self.speakers
            .iter()
            .find(|speaker| speaker.code.as_str() == code)
    }

    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.room_at.get(&id).map(|n| &self.rooms[*n])
    }

    pub fn room_by_slug(&self, slug: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.slug == slug)
    }

    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.track_at.get(&id).map(|n| &self.tracks[*n])
    }

    /// Position of the track in the programme, for its colour.
    pub fn track_position(&self, id: TrackId) -> Option<usize> {
        self.track_at.get(&id).copied()
    }

    pub fn speakers_of<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a Speaker> {
        session
            .speakers
            .iter()
            .filter_map(|id| self.speaker_at.get(id).map(|n| &self.speakers[*n]))
    }

    pub fn sessions_of(&self, speaker: SpeakerId) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(move |session| session.speakers.contains(&speaker))
    }

    /// Sessions of a room by start, those that were cancelled left out.
    pub fn run_of(&self, room: RoomId) -> Vec<(&Session, Slot)> {
        let mut run: Vec<(&Session, Slot)> = self
            .sessions
            .iter()
            .filter(|session| session.state != SessionState::Cancelled)
            .filter_map(|session| Some((session, session.slot?)))
            .filter(|(_, slot)| slot.room == Some(room))
            .collect();
        run.sort_by_key(|(session, slot)| (slot.start, session.code.clone()));
        run
    }

    /// What is on in a room by the producer's cue, else by the clock, and what
    /// comes next.
    pub fn now_and_next(
        &self,
        room: RoomId,
        now: Timestamp,
    ) -> (Option<&Session>, Option<&Session>) {
        let run = self.run_of(room);
        let by_cue = run
            .iter()
            .position(|(s, _)| matches!(s.state, SessionState::Live { .. }));
        let by_clock = || {
            run.iter().rposition(|(s, slot)| {
                s.state == SessionState::Planned && slot.start <= now && now < slot.end()
            })
        };
        let on = by_cue.or_else(by_clock);
        let next = match on {
            Some(n) => run[n + 1..]
                .iter()
                .find(|(s, _)| s.state == SessionState::Planned),
            None => run
                .iter()
                .find(|(s, slot)| s.state == SessionState::Planned && slot.start > now),
        };
        (on.map(|n| run[n].0), next.map(|(s, _)| *s))
    }

    /// The programme as exports write it, the cancelled sessions left out.
    pub fn to_programme(&self) -> Programme {
        let position: HashMap<SpeakerId, usize> = self
            .speakers
            .iter()
            .enumerate()
            .map(|(n, s)| (s.id, n))
            .collect();
        let details = &self.conference;
        Programme {
            conference: Conference {
                title: self.event.title.clone(),
                acronym: details.acronym.clone(),
                version: self.release.as_ref().map(|(version, _)| version.clone()),
                first_day: self.event.first_day,
                last_day: self.event.last_day,
                zone: self.event.zone.clone(),
                timeslot: details.timeslot_millis.map(Span),
                base_url: details.base_url.clone(),
                url: details.url.clone(),
                logo: details.logo.clone(),
                venue: details.venue.clone(),
                city: details.city.clone(),
                color: details.color.clone(),
                generator: None,
            },
            rooms: self
                .rooms
                .iter()
                .map(|room| ProgrammeRoom {
                    name: room.name.clone(),
                    guid: room.guid,
                    description: room.description.clone(),
                    capacity: room.capacity,
                })
                .collect(),
            tracks: self
                .tracks
                .iter()
                .map(|track| ProgrammeTrack {
                    name: track.name.clone(),
                    slug: track.source_slug.clone(),
                    color: track.color.clone(),
                })
                .collect(),
            days: self.days.clone(),
            sessions: self
                .sessions
                .iter()
                .filter(|session| session.state != SessionState::Cancelled)
                .map(|session| self.to_programme_session(session, &position))
                .collect(),
            speakers: self
                .speakers
                .iter()
                .map(|speaker| ProgrammeSpeaker {
                    identity: Identity {
                        code: Some(speaker.code.clone()),
                        ..speaker.identity.clone()
                    },
                    name: speaker.name.clone(),
                    biography: speaker.biography.clone(),
                    avatar: speaker.avatar.clone(),
                })
                .collect(),
        }
    }

    fn to_programme_session(
        &self,
        session: &Session,
        position: &HashMap<SpeakerId, usize>,
    ) -> ProgrammeSession {
        ProgrammeSession {
            identity: Identity {
                code: Some(session.code.clone()),
                ..session.identity.clone()
            },
            title: session.title.clone(),
            subtitle: session.subtitle.clone(),
            kind: session.kind,
            kind_text: session.kind_text.clone(),
            track: session
                .track
                .and_then(|id| self.track(id))
                .map(|track| track.name.clone()),
            slot: session.slot.map(|slot| ProgrammeSlot {
                room: slot
                    .room
                    .and_then(|id| self.room(id))
                    .map(|room| room.name.clone()),
                start: slot.start,
                length: slot.length,
                day: slot.day,
            }),
            language: session.language.clone(),
            abstract_text: session.abstract_text.clone(),
            description: session.description.clone(),
            slug: session.details.slug.clone(),
            logo: session.details.logo.clone(),
            url: session.details.url.clone(),
            feedback_url: session.details.feedback_url.clone(),
            origin_url: session.details.origin_url.clone(),
            recording: session.details.recording.clone(),
            do_not_stream: session.details.do_not_stream,
            links: session.details.links.clone(),
            attachments: session.details.attachments.clone(),
            speakers: session
                .speakers
                .iter()
                .filter_map(|id| position.get(id).copied())
                .collect(),
        }
    }
}

/// Imported text, which may be HTML, Markdown or plain, as safe HTML.
pub fn safe_html(source: &str) -> String {
    text::to_html(source)
}

/// Imported text without any markup.
pub fn plain_text(source: &str) -> String {
    text::to_plain(source)
}

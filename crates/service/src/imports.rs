//! Importing a schedule: reading a file or URL, finding what is new and what
//! changed, and writing it in one transaction. A second import of the same file
//! changes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hallway_interchange::{ReadOptions, Reading};
use hallway_model::access::{Action, Actor, Object};
use hallway_model::audit::Deed;
use hallway_model::channels::{Channel, ChannelKind};
use hallway_model::events::{Event, NewEvent};
use hallway_model::ids::{Code, IdempotencyKey, RoomId, SessionId, SpeakerId, TrackId};
use hallway_model::programme::{Counts, Programme, Warning};
use hallway_model::sessions::{Room, Session, SessionDetails, SessionState, Slot, Speaker, Track};
use hallway_model::slug;
use hallway_model::time::Zone;
use hallway_store::{channels, events, programmes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Service;
use crate::access::{access_event, require};
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::events::{create, next_revision};
use crate::programmes::ConferenceDetails;

/// Bytes of the largest schedule file.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

/// What an import did, kind by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub event: String,
    pub event_created: bool,
    pub format: String,
    /// What the file holds.
    pub found: Found,
    pub sessions: Tally,
    pub speakers: Tally,
    pub rooms: Tally,
    pub tracks: Tally,
    pub warnings: Vec<Noticed>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub sessions: usize,
    pub rooms: usize,
    pub declared_rooms: usize,
    pub days: usize,
    pub speakers: usize,
    pub tracks: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// In the programme before, missing in the file: cancelled, not deleted.
    pub withdrawn: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noticed {
    pub place: String,
    pub text: String,
}

impl From<&Warning> for Noticed {
    fn from(warning: &Warning) -> Self {
        Self {
            place: warning.place.clone(),
            text: warning.text.clone(),
        }
    }
}

impl From<Counts> for Found {
    fn from(c: Counts) -> Self {
        Self {
            sessions: c.sessions,
            rooms: c.rooms,
            declared_rooms: c.declared_rooms,
            days: c.days,
            speakers: c.speakers,
            tracks: c.tracks,
        }
    }
}

/// Where a schedule comes from.
#[derive(Clone, Debug)]
pub enum Source {
    Bytes(bytes::Bytes),
    Url(String),
}

impl Service {
    /// Imports a schedule into the event at `slug`, which is created where it
    /// is new. Nothing is written when the file does not read.
    pub async fn import_schedule(
        &self,
        actor: &Actor,
        slug: &str,
        zone: Option<Zone>,
        source: Source,
    ) -> Result<Report, Error> {
        self.import_schedule_once(actor, None, slug, zone, source)
            .await
    }

    /// The same under an idempotency key.
    pub async fn import_schedule_once(
        &self,
        actor: &Actor,
        once: Option<IdempotencyKey>,
        slug: &str,
        zone: Option<Zone>,
        source: Source,
    ) -> Result<Report, Error> {
        self.may_import(actor, slug).await?;
        let bytes = match source {
            Source::Bytes(bytes) => bytes,
            Source::Url(url) => {
                let fetched = self
                    .0
                    .outbound
                    .get(&url, hallway_outbound::Limits::IMPORT)
                    .await;
                fetched.map_err(|e| Error::invalid("url", e))?.body
            }
        };
        if bytes.len() > MAX_FILE {
            return Err(Error::invalid("file", "a schedule file has at most 64 MiB"));
        }
        let options = ReadOptions {
            zone,
            namespace: namespace(slug),
        };
        // Parsing is CPU work of up to seconds: keep it off the async threads.
        let reading =
            tokio::task::spawn_blocking(move || hallway_interchange::read(&bytes, &options))
                .await
                .map_err(|e| Error::Internal(e.to_string()))?
                .map_err(|e| Error::invalid("file", e))?;
        self.write(
            actor,
            once,
            ImportSchedule {
                slug: slug.to_owned(),
                reading: Arc::new(reading),
            },
        )
        .await
    }

    /// Asked before a byte is fetched or parsed.
    async fn may_import(&self, actor: &Actor, slug: &str) -> Result<(), Error> {
        let mut conn = self.read().await?;
        match access_event(&mut conn, actor, slug, Action::EditEvent).await {
            Ok(_) => Ok(()),
            Err(Error::NotFound) => {
                require(actor, Action::CreateEvent, &Object::installation())?;
                slug::check(slug).map_err(|e| Error::invalid("event", e))
            }
            Err(error) => Err(error),
        }
    }
}

/// What guids of a source without any are derived from.
pub fn namespace(slug: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("hallway:event:{slug}").as_bytes(),
    )
}

#[derive(Clone, Debug)]
struct ImportSchedule {
    slug: String,
    reading: Arc<Reading>,
}

impl Command for ImportSchedule {
    type Answer = Report;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Report, Error> {
        let programme = &self.reading.programme;
        let (event, event_created) =
            match access_event(ctx.conn, actor, &self.slug, Action::EditEvent).await {
                Ok(event) => (event, false),
                Err(Error::NotFound) => {
                    require(actor, Action::CreateEvent, &Object::installation())?;
                    let new = NewEvent {
                        title: programme.conference.title.clone(),
                        slug: self.slug.clone(),
                        first_day: programme.conference.first_day,
                        last_day: programme.conference.last_day,
                        zone: programme.conference.zone.clone(),
                    };
                    (create(ctx, actor, new, &details(programme)).await?, true)
                }
                Err(error) => return Err(error),
            };
        let stored = programmes::load(ctx.conn, event.id).await?;
        let mut diff = Diff::new(ctx, &event, &stored);
        let changes = diff.compare(programme);
        let new_sessions: Vec<Session> = diff.new_sessions;
        let report = Report {
            event: event.slug.clone(),
            event_created,
            format: self.reading.format.name().into(),
            found: programme.counts().into(),
            sessions: diff.sessions,
            speakers: diff.speakers,
            rooms: diff.rooms,
            tracks: diff.tracks,
            warnings: self.reading.warnings.iter().map(Noticed::from).collect(),
        };
        let renamed = diff.renamed;

        let updated = Event {
            title: programme.conference.title.clone(),
            first_day: programme.conference.first_day,
            last_day: programme.conference.last_day,
            zone: programme.conference.zone.clone(),
            ..event.clone()
        };
        let details = serde_json::to_string(&details(programme))
            .map_err(|e| Error::Internal(e.to_string()))?;
        let details_changed = events::conference(ctx.conn, event.id).await? != details;
        let days_changed = stored.days != programme.days;
        let version = programme.conference.version.clone().unwrap_or_default();
        let version_changed = stored
            .release
            .as_ref()
            .is_none_or(|(held, _)| *held != version);
        let touched = !changes.rooms.is_empty()
            || !changes.tracks.is_empty()
            || !changes.speakers.is_empty()
            || !changes.sessions.is_empty();
        if !(event_created
            || touched
            || details_changed
            || days_changed
            || version_changed
            || updated != event)
        {
            return Ok(report);
        }

        let changes = programmes::Changes {
            days: programme.days.clone(),
            ..changes
        };
        programmes::save(ctx.conn, event.id, &changes).await?;
        channels::insert_all(
            ctx.conn,
            &session_channels(ctx, &event, &new_sessions),
            ctx.now(),
        )
        .await?;
        for (session, title) in renamed {
            channels::rename(ctx.conn, session, &title).await?;
        }
        events::update(ctx.conn, &updated).await?;
        events::set_conference(ctx.conn, event.id, &details).await?;
        if version_changed || touched {
            let number = stored.release.map_or(1, |(_, number)| number + 1);
            let id = ctx.id();
            programmes::insert_release(ctx.conn, id, event.id, number, &version, ctx.now()).await?;
        }
        ctx.note(actor, event.id, Noted::of(Deed::ProgrammeImported))
            .await?;
        next_revision(ctx, &event).await?;
        Ok(report)
    }
}

fn details(programme: &Programme) -> ConferenceDetails {
    let c = &programme.conference;
    ConferenceDetails {
        acronym: c.acronym.clone(),
        version: c.version.clone(),
        timeslot_millis: c.timeslot.map(|span| span.0),
        base_url: c.base_url.clone(),
        url: c.url.clone(),
        logo: c.logo.clone(),
        venue: c.venue.clone(),
        city: c.city.clone(),
        color: c.color.clone(),
        generator: c.generator.clone(),
    }
}

/// Every session has its channel, named after it, before anyone speaks there.
fn session_channels(ctx: &Ctx<'_>, event: &Event, sessions: &[Session]) -> Vec<Channel> {
    sessions
        .iter()
        .map(|session| {
            let kind = ChannelKind::Session {
                session: session.id,
            };
            // Codes are unique in the event, and no slug of a name begins so.
            let slug = format!("talk-{}", session.code.as_str().to_lowercase());
            Channel::open(ctx.id(), event.id, kind, &slug, &session.title)
        })
        .collect()
}

/// The comparison of a file with what is stored.
struct Diff<'a, 'c> {
    ctx: &'a Ctx<'c>,
    stored: &'a programmes::Stored,
    event: &'a Event,
    sessions: Tally,
    speakers: Tally,
    rooms: Tally,
    tracks: Tally,
    new_sessions: Vec<Session>,
    renamed: Vec<(SessionId, String)>,
}

impl<'a, 'c> Diff<'a, 'c> {
    fn new(ctx: &'a Ctx<'c>, event: &'a Event, stored: &'a programmes::Stored) -> Self {
        Self {
            ctx,
            stored,
            event,
            sessions: Tally::default(),
            speakers: Tally::default(),
            rooms: Tally::default(),
            tracks: Tally::default(),
            new_sessions: vec![],
            renamed: vec![],
        }
    }

    fn compare(&mut self, programme: &Programme) -> programmes::Changes {
        let mut changes = programmes::Changes::default();
        let rooms = self.rooms(programme, &mut changes);
        let tracks = self.tracks(programme, &mut changes);
        let speakers = self.speakers(programme, &mut changes);
        self.sessions(programme, &rooms, &tracks, &speakers, &mut changes);
        changes
    }

    fn rooms(
        &mut self,
        programme: &Programme,
        changes: &mut programmes::Changes,
    ) -> HashMap<String, RoomId> {
        let mut slugs: HashSet<String> = self.stored.rooms.iter().map(|r| r.slug.clone()).collect();
        // `/hls/EVENT/talk/` leads to recordings, never to a stage.
        slugs.insert("talk".into());
        let mut ids = HashMap::new();
        for (position, read) in programme.rooms.iter().enumerate() {
            let held = self
                .stored
                .rooms
                .iter()
                .find(|r| r.name == read.name)
                .or_else(|| {
                    self.stored
                        .rooms
                        .iter()
                        .find(|r| r.guid.is_some() && r.guid == read.guid)
                });
            let room = Room {
                id: held.map_or_else(|| self.ctx.id(), |r| r.id),
                name: read.name.clone(),
                slug: held.map_or_else(
                    || slug::unique(&read.name, "room", &mut slugs),
                    |r| r.slug.clone(),
                ),
                guid: read.guid,
                description: read.description.clone(),
                capacity: read.capacity,
            };
            ids.insert(room.name.clone(), room.id);
            if count(&mut self.rooms, held, &room) {
                changes.rooms.push((position as i64, room));
            }
        }
        ids
    }

    fn tracks(
        &mut self,
        programme: &Programme,
        changes: &mut programmes::Changes,
    ) -> HashMap<String, TrackId> {
        let mut slugs: HashSet<String> =
            self.stored.tracks.iter().map(|t| t.slug.clone()).collect();
        let mut ids = HashMap::new();
        for (position, read) in programme.tracks.iter().enumerate() {
            let held = self.stored.tracks.iter().find(|t| t.name == read.name);
            let track = Track {
                id: held.map_or_else(|| self.ctx.id(), |t| t.id),
                name: read.name.clone(),
                slug: held.map_or_else(
                    || slug::unique(&read.name, "track", &mut slugs),
                    |t| t.slug.clone(),
                ),
                source_slug: read.slug.clone(),
                color: read.color.clone(),
            };
            ids.insert(track.name.clone(), track.id);
            if count(&mut self.tracks, held, &track) {
                changes.tracks.push((position as i64, track));
            }
        }
        ids
    }

    /// Ids of the file's speakers, by their index.
    fn speakers(
        &mut self,
        programme: &Programme,
        changes: &mut programmes::Changes,
    ) -> Vec<SpeakerId> {
        let held_by_guid: HashMap<Uuid, &Speaker> = self
            .stored
            .speakers
            .iter()
            .filter_map(|s| Some((s.identity.guid?, s)))
            .collect();
        let mut codes: HashSet<String> = self
            .stored
            .speakers
            .iter()
            .map(|s| s.code.to_string())
            .collect();
        let mut ids = vec![];
        for (position, read) in programme.speakers.iter().enumerate() {
            let held = read
                .identity
                .guid
                .and_then(|guid| held_by_guid.get(&guid).copied());
            let code = match held {
                Some(speaker) => speaker.code.clone(),
                None => self.free_code(read.identity.code.as_ref(), read.identity.guid, &mut codes),
            };
            let speaker = Speaker {
                id: held.map_or_else(|| self.ctx.id(), |s| s.id),
                code,
                identity: read.identity.clone(),
                name: read.name.clone(),
                biography: read.biography.clone(),
                avatar: read.avatar.clone(),
            };
            ids.push(speaker.id);
            if count(&mut self.speakers, held, &speaker) {
                changes.speakers.push((position as i64, speaker));
            }
        }
        ids
    }

    fn sessions(
        &mut self,
        programme: &Programme,
        rooms: &HashMap<String, RoomId>,
        tracks: &HashMap<String, TrackId>,
        speakers: &[SpeakerId],
        changes: &mut programmes::Changes,
    ) {
        let stored = self.stored;
        let held_by_guid: HashMap<Uuid, &Session> = stored
            .sessions
            .iter()
            .filter_map(|s| Some((s.identity.guid?, s)))
            .collect();
        let mut codes: HashSet<String> =
            stored.sessions.iter().map(|s| s.code.to_string()).collect();
        let mut seen: HashSet<SessionId> = HashSet::new();
        for (position, read) in programme.sessions.iter().enumerate() {
            let held = read
                .identity
                .guid
                .and_then(|guid| held_by_guid.get(&guid).copied());
            let code = match held {
                Some(session) => session.code.clone(),
                None => self.free_code(read.identity.code.as_ref(), read.identity.guid, &mut codes),
            };
            let mut session = Session {
                id: held.map_or_else(|| self.ctx.id(), |s| s.id),
                code,
                identity: hallway_model::programme::Identity {
                    code: None,
                    ..read.identity.clone()
                },
                title: read.title.clone(),
                subtitle: read.subtitle.clone(),
                kind: read.kind,
                kind_text: read.kind_text.clone(),
                track: read
                    .track
                    .as_ref()
                    .and_then(|name| tracks.get(name).copied()),
                language: read.language.clone(),
                abstract_text: read.abstract_text.clone(),
                description: read.description.clone(),
                details: SessionDetails {
                    slug: read.slug.clone(),
                    logo: read.logo.clone(),
                    url: read.url.clone(),
                    feedback_url: read.feedback_url.clone(),
                    origin_url: read.origin_url.clone(),
                    recording: read.recording.clone(),
                    do_not_stream: read.do_not_stream,
                    links: read.links.clone(),
                    attachments: read.attachments.clone(),
                },
                // A file knows nothing of cues; a withdrawn session that is back is planned again.
                state: match held.map(|s| s.state) {
                    None | Some(SessionState::Cancelled) => SessionState::Planned,
                    Some(state) => state,
                },
                slot: read.slot.as_ref().map(|slot| Slot {
                    room: slot.room.as_ref().and_then(|name| rooms.get(name).copied()),
                    day: slot.day,
                    start: slot.start,
                    length: slot.length,
                }),
                speakers: read
                    .speakers
                    .iter()
                    .filter_map(|n| speakers.get(*n).copied())
                    .collect(),
                changed: held.map_or(self.ctx.now(), |s| s.changed),
            };
            seen.insert(session.id);
            if count(&mut self.sessions, held, &session) {
                session.changed = self.ctx.now();
                match held {
                    None => self.new_sessions.push(session.clone()),
                    Some(held) if held.title != session.title => {
                        self.renamed.push((session.id, session.title.clone()))
                    }
                    Some(_) => {}
                }
                changes.sessions.push((position as i64, session));
            }
        }
        for (offset, gone) in stored
            .sessions
            .iter()
            .filter(|s| !seen.contains(&s.id))
            .enumerate()
        {
            if gone.state == SessionState::Cancelled {
                continue;
            }
            self.sessions.withdrawn += 1;
            let position = (programme.sessions.len() + offset) as i64;
            let withdrawn = Session {
                state: SessionState::Cancelled,
                changed: self.ctx.now(),
                ..gone.clone()
            };
            changes.sessions.push((position, withdrawn));
        }
    }

    /// The file's own code where it is free, else one derived from the guid.
    fn free_code(
        &self,
        own: Option<&Code>,
        guid: Option<Uuid>,
        taken: &mut HashSet<String>,
    ) -> Code {
        let seed = guid.unwrap_or(self.event.id.0);
        let code = own
            .cloned()
            .into_iter()
            .chain((0..).map(|attempt| Code::derive(seed, attempt)))
            .find(|code| !taken.contains(code.as_str()))
            .unwrap_or_else(|| Code::derive(seed, 0));
        taken.insert(code.to_string());
        code
    }
}

/// Counts one thing; true where it must be written.
fn count<T: PartialEq>(tally: &mut Tally, held: Option<&T>, read: &T) -> bool {
    match held {
        None => tally.new += 1,
        Some(held) if held == read => {
            tally.unchanged += 1;
            return false;
        }
        Some(_) => tally.changed += 1,
    }
    true
}

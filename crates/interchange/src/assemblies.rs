//! A draft becomes a programme: every lenient rule is here or in the modules
//! below, once for all formats. What contradicts itself is decided by one rule
//! and reported; what can mean nothing at all is an error with its place.

mod days;
mod identities;
mod slots;

use std::collections::HashMap;

use hallway_model::programme::{
    Conference, Link, Programme, ProgrammeRoom, ProgrammeSession, ProgrammeTrack, RecordingTerms,
    Warning,
};
use hallway_model::sessions::SessionKind;
use hallway_model::time::{Day, Zone};
use uuid::Uuid;

use crate::addresses;
use crate::drafts::{At, ConferenceDraft, Draft, LinkDraft, RoomDraft, SessionDraft, TrackDraft};
use crate::errors::ReadError;
use crate::readings::ReadOptions;
use crate::times::{Moment, read_length};

use days::Days;
use identities::{SessionIdentities, Speakers};

/// More than this many warnings say nothing new.
const MAX_WARNINGS: usize = 1_000;

/// `text` is the file, for the places of errors.
pub(crate) fn assemble(
    text: &str,
    draft: Draft,
    options: &ReadOptions,
) -> Result<(Programme, Vec<Warning>), ReadError> {
    let mut notes = Notes::default();
    let zone = zone(text, &draft.conference, options, &mut notes)?;
    let source = Source { text, zone: &zone };
    let mut days = Days::read(&source, &draft, &mut notes)?;
    let mut rooms = Rooms::read(draft.rooms, &mut notes);
    let mut tracks = Tracks::default();
    draft
        .tracks
        .into_iter()
        .for_each(|track| tracks.declare(track, &mut notes));
    let base_url = addresses::web(&draft.conference.base_url);

    let mut identities = SessionIdentities::new(options.namespace);
    let mut speakers = Speakers::new(options.namespace);
    let mut sessions = Vec::with_capacity(draft.sessions.len());
    for (number, session) in draft.sessions.into_iter().enumerate() {
        let place = session.place(number);
        let room = rooms.of(&session, &place, &mut notes);
        let slot = slots::read(
            &source,
            &session,
            &place,
            room.clone(),
            &mut days,
            &mut notes,
        )?;
        let identity = identities.read(&session, &place, room.as_deref(), &mut notes);
        let speakers = speakers.read(&session.persons, base_url.as_deref(), &place, &mut notes);
        let track = tracks.name(&session.track);
        let mut fields = Fields {
            base_url: base_url.as_deref(),
            place: &place,
            notes: &mut notes,
        };
        let title = fields.title(&session);
        let recording = fields.recording(&session);
        let do_not_stream = fields.flag("do_not_stream", &session.do_not_stream);
        let logo = fields.address("logo", &session.logo);
        let url = fields.address("url", &session.url);
        let feedback_url = fields.address("feedback_url", &session.feedback_url);
        let origin_url = fields.address("origin_url", &session.origin_url);
        let links = fields.links(session.links);
        let attachments = fields.links(session.attachments);
        sessions.push(ProgrammeSession {
            identity,
            title,
            subtitle: some(session.subtitle),
            kind: SessionKind::read(&session.kind),
            kind_text: some(session.kind),
            track,
            slot,
            language: some(session.language),
            abstract_text: session.abstract_text,
            description: session.description,
            slug: some(session.slug),
            logo,
            url,
            feedback_url,
            origin_url,
            recording,
            do_not_stream,
            links,
            attachments,
            speakers,
        });
    }
    slots::report_overlaps(&sessions, &zone, &mut notes);
    let days = days.finish(&sessions, &zone);
    let known = days
        .iter()
        .map(|day| day.day)
        .chain(sessions.iter().filter_map(|s| Some(s.slot.as_ref()?.day)));
    let conference = conference(
        &source,
        draft.conference,
        (draft.version, draft.generator),
        known,
        &mut notes,
    )?;
    let programme = Programme {
        conference,
        rooms: rooms.list,
        tracks: tracks.list,
        days,
        sessions,
        speakers: speakers.list,
    };
    Ok((programme, notes.finish()))
}

/// The text a place is sought in, and the zone of the conference.
struct Source<'a> {
    text: &'a str,
    zone: &'a Zone,
}

impl Source<'_> {
    fn not_understood(&self, at: &At, what: impl std::fmt::Display) -> ReadError {
        ReadError::NotUnderstood {
            at: at.position(self.text),
            what: at.say(what),
        }
    }
}

/// Warnings, up to a bound.
#[derive(Default)]
struct Notes {
    warnings: Vec<Warning>,
    left_out: usize,
}

impl Notes {
    fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning {
                place: place.into(),
                text: text.into(),
            });
        } else {
            self.left_out += 1;
        }
    }

    fn finish(mut self) -> Vec<Warning> {
        if self.left_out > 0 {
            let text = format!("{} more warnings of these kinds", self.left_out);
            self.warnings.push(Warning {
                place: "file".into(),
                text,
            });
        }
        self.warnings
    }
}

impl SessionDraft {
    /// How a warning names it: `event 1234`.
    fn place(&self, number: usize) -> String {
        match [&self.id, &self.code, &self.guid]
            .into_iter()
            .find(|name| !name.is_empty())
        {
            Some(name) => format!("event {}", short(name)),
            None => format!("event number {}", number + 1),
        }
    }
}

fn zone(
    text: &str,
    conference: &ConferenceDraft,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<Zone, ReadError> {
    let at = || conference.at.position(text);
    match (&options.zone, conference.zone.as_str()) {
        (None, "") => Err(ReadError::ZoneNeeded { at: at() }),
        (None, name) => Zone::named(name).map_err(|e| ReadError::NotUnderstood {
            at: at(),
            what: conference
                .at
                .say(format!("time_zone_name: {e}; --zone overrides it")),
        }),
        (Some(zone), name) => {
            if !name.is_empty() && Zone::named(name).ok().as_ref() != Some(zone) {
                let name = short(name);
                notes.add(
                    "conference",
                    format!(
                        "the file says zone {name}, read as {} as asked",
                        zone.name()
                    ),
                );
            }
            Ok(zone.clone())
        }
    }
}

fn conference(
    source: &Source<'_>,
    draft: ConferenceDraft,
    (version, generator): (String, String),
    known: impl Iterator<Item = Day> + Clone,
    notes: &mut Notes,
) -> Result<Conference, ReadError> {
    let mut day = |name: &str, text: &str| match Moment::read(text) {
        Some(moment) => Some(moment.day(source.zone)),
        None => {
            if !text.is_empty() {
                notes.add(
                    "conference",
                    format!("{name} `{}` is not a date", short(text)),
                );
            }
            None
        }
    };
    let first = day("start", &draft.start).or_else(|| known.clone().min());
    let last = day("end", &draft.end).or_else(|| known.clone().max());
    let Some(first_day) = first.or(last) else {
        return Err(source.not_understood(
            &draft.at,
            "no date: neither the conference nor a day or session has one",
        ));
    };
    let mut last_day = last.unwrap_or(first_day);
    if last_day < first_day {
        notes.add(
            "conference",
            format!("ends on {last_day}, before it starts on {first_day}"),
        );
        last_day = known.max().unwrap_or(first_day).max(first_day);
    }
    let timeslot = read_length(&draft.timeslot);
    if timeslot.is_none() && !draft.timeslot.is_empty() {
        notes.add(
            "conference",
            format!(
                "timeslot_duration `{}` is not HH:MM",
                short(&draft.timeslot)
            ),
        );
    }
    let base_url = addresses::web(&draft.base_url);
    let mut fields = Fields {
        base_url: base_url.as_deref(),
        place: "conference",
        notes,
    };
    let title = match draft.title {
        title if title.is_empty() => {
            fields.notes.add("conference", "it has no title");
            if draft.acronym.is_empty() {
                "Conference".into()
            } else {
                draft.acronym.clone()
            }
        }
        title => title,
    };
    Ok(Conference {
        title,
        acronym: some(draft.acronym),
        version: some(version),
        first_day,
        last_day,
        zone: source.zone.clone(),
        timeslot,
        url: fields.address("url", &draft.url),
        logo: fields.address("logo", &draft.logo),
        base_url,
        venue: some(draft.venue),
        city: some(draft.city),
        color: color(&draft.color),
        generator: some(generator),
    })
}

/// Rooms in document order, known by their exact name.
#[derive(Default)]
struct Rooms {
    list: Vec<ProgrammeRoom>,
    by_name: HashMap<String, usize>,
}

impl Rooms {
    fn read(drafts: Vec<RoomDraft>, notes: &mut Notes) -> Self {
        let mut rooms = Self::default();
        for draft in drafts {
            rooms.declare(draft, notes);
        }
        rooms
    }

    fn declare(&mut self, draft: RoomDraft, notes: &mut Notes) {
        if draft.name.is_empty() {
            return;
        }
        let index = *self.by_name.entry(draft.name.clone()).or_insert_with(|| {
            self.list.push(ProgrammeRoom {
                name: draft.name.clone(),
                guid: None,
                description: None,
                capacity: None,
            });
            self.list.len() - 1
        });
        let room = &mut self.list[index];
        let place = || format!("room {}", short(&draft.name));
        match Uuid::parse_str(&draft.guid) {
            Ok(guid) if room.guid.is_some_and(|known| known != guid) => {
                notes.add(place(), format!("a second guid {guid}; the first is kept"));
            }
            Ok(guid) => room.guid = Some(guid),
            Err(_) if !draft.guid.is_empty() => {
                notes.add(
                    place(),
                    format!("guid `{}` is not a UUID", short(&draft.guid)),
                );
            }
            Err(_) => {}
        }
        room.description = room.description.take().or(some(draft.description));
        room.capacity = room
            .capacity
            .or_else(|| draft.capacity.parse().ok().filter(|n| *n >= 0));
    }

    /// The room a session is in: the one it is listed under, else its own word.
    fn of(&mut self, session: &SessionDraft, place: &str, notes: &mut Notes) -> Option<String> {
        let (listed, own) = (&session.room, &session.own_room);
        if !listed.is_empty() && !own.is_empty() && listed != own {
            notes.add(
                place,
                format!(
                    "listed under room {}, says {}; the first is kept",
                    short(listed),
                    short(own)
                ),
            );
        }
        let name = if listed.is_empty() { own } else { listed };
        if name.is_empty() {
            return None;
        }
        if !self.by_name.contains_key(name) {
            self.declare(
                RoomDraft {
                    name: name.clone(),
                    ..RoomDraft::default()
                },
                notes,
            );
        }
        Some(name.clone())
    }
}

/// Tracks: the declared ones first, then as sessions name them.
#[derive(Default)]
struct Tracks {
    list: Vec<ProgrammeTrack>,
    by_name: HashMap<String, usize>,
}

impl Tracks {
    fn declare(&mut self, draft: TrackDraft, notes: &mut Notes) {
        if self.name(&draft.name).is_none() {
            return;
        }
        let track = &mut self.list[self.by_name[&draft.name]];
        track.slug = track.slug.take().or(some(draft.slug));
        if !draft.color.is_empty() && color(&draft.color).is_none() {
            notes.add(
                format!("track {}", short(&draft.name)),
                format!("color `{}` is not #rrggbb", short(&draft.color)),
            );
        }
        track.color = track.color.take().or_else(|| color(&draft.color));
    }

    fn name(&mut self, name: &str) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), self.list.len());
            self.list.push(ProgrammeTrack {
                name: name.to_owned(),
                slug: None,
                color: None,
            });
        }
        Some(name.to_owned())
    }
}

/// Reads the fields of one session, noting what it leaves out.
struct Fields<'a> {
    base_url: Option<&'a str>,
    place: &'a str,
    notes: &'a mut Notes,
}

impl Fields<'_> {
    fn title(&mut self, session: &SessionDraft) -> String {
        if !session.title.is_empty() {
            return session.title.clone();
        }
        self.notes.add(self.place, "it has no title");
        let instead = [&session.subtitle, &session.slug]
            .into_iter()
            .find(|text| !text.is_empty());
        instead.cloned().unwrap_or_else(|| self.place.to_owned())
    }

    fn address(&mut self, name: &str, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        let address = addresses::resolve(self.base_url, text);
        if address.is_none() {
            self.notes.add(
                self.place,
                format!(
                    "{name} `{}` is not an address and was left out",
                    short(text)
                ),
            );
        }
        address
    }

    fn links(&mut self, drafts: Vec<LinkDraft>) -> Vec<Link> {
        drafts
            .into_iter()
            .filter_map(|draft| {
                let href = self.address("link", &draft.href)?;
                Some(Link {
                    href,
                    title: draft.title,
                    kind: some(draft.kind),
                })
            })
            .collect()
    }

    fn recording(&mut self, session: &SessionDraft) -> RecordingTerms {
        RecordingTerms {
            opt_out: self.flag("optout", &session.opt_out),
            license: some(session.license.clone()),
            url: self.address("recording url", &session.recording_url),
            link: self.address("recording link", &session.recording_link),
        }
    }

    /// A word that is neither yes nor no counts as yes: these flags protect.
    fn flag(&mut self, name: &str, text: &str) -> bool {
        match text.to_ascii_lowercase().as_str() {
            "" | "false" | "0" | "no" => false,
            "true" | "1" | "yes" => true,
            _ => {
                self.notes.add(
                    self.place,
                    format!("{name} `{}` is read as true", short(text)),
                );
                true
            }
        }
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// `#rrggbb` in lower case; `#rgb` is widened.
fn color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.to_ascii_lowercase();
    match digits.len() {
        6 => Some(format!("#{digits}")),
        3 => Some(digits.chars().fold("#".to_owned(), |wide, digit| {
            format!("{wide}{digit}{digit}")
        })),
        _ => None,
    }
}

/// A value of the file for a message, cut to a readable length.
fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

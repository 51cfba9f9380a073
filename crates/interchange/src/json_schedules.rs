//! Schedule JSON version 1 (frab, c3voc, pretalx) to a draft. Numbers, texts
//! and nulls stand for each other as they do in the field; private parts
//! (`answers`, e-mail) are never looked at.

use serde_json::{Map, Value};

use crate::drafts::{
    At, ConferenceDraft, DayDraft, Draft, LinkDraft, PersonDraft, RoomDraft, SessionDraft, Step,
    TrackDraft, clean, clean_line,
};
use crate::errors::{Position, ReadError};
use crate::json_places::check_bounds;
use crate::{MAX_DAYS, MAX_SESSIONS};

pub(crate) fn read(text: &str) -> Result<Draft, ReadError> {
    check_bounds(text)?;
    let document: Value = serde_json::from_str(text).map_err(|e| ReadError::Malformed {
        at: Position {
            line: e.line().max(1),
            column: e.column().max(1),
        },
        what: said(&e),
    })?;
    let Some((schedule, conference)) = parts(&document) else {
        return Err(ReadError::NotAccepted {
            found: foreign(&document),
        });
    };
    let mut draft = Draft {
        version: line(schedule.get("version")),
        generator: generator(
            schedule
                .get("generator")
                .or_else(|| document.get("generator")),
        ),
        ..Draft::default()
    };
    read_conference(&mut draft, schedule, conference);
    for day in list(
        text,
        conference.get("days"),
        &path(&["schedule", "conference", "days"]),
    )?
    .iter()
    .enumerate()
    {
        read_day(text, &mut draft, day)?;
    }
    Ok(draft)
}

/// serde_json's message without its own line and column.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(what, _)| what.to_owned())
}

type Object = Map<String, Value>;

fn parts(document: &Value) -> Option<(&Object, &Object)> {
    let schedule = document.get("schedule")?.as_object()?;
    let conference = schedule.get("conference")?.as_object()?;
    let flat = schedule.get("events").is_some_and(Value::is_array);
    (conference.contains_key("days") && !flat).then_some((schedule, conference))
}

/// What a JSON document that is no schedule of version 1 seems to be.
fn foreign(document: &Value) -> String {
    let first = document.as_array().and_then(|list| list.first());
    let has = |keys: &[&str]| keys.iter().all(|key| document.get(key).is_some());
    let list_has =
        |keys: &[&str]| first.is_some_and(|first| keys.iter().all(|key| first.get(key).is_some()));
    let found = if document.pointer("/schedule/events").is_some() {
        "schedule JSON version 2 (hub)"
    } else if has(&["schedule"]) {
        "a schedule without schedule.conference.days"
    } else if has(&["talks", "speakers", "rooms"]) {
        "pretalx widget JSON"
    } else if has(&["sessions", "speakers", "questions"]) {
        "a Sessionize export"
    } else if document.pointer("/results/0/contributions").is_some() {
        "an Indico export"
    } else if list_has(&["groups", "slug"]) {
        "a streaming API listing"
    } else if list_has(&["title", "track"]) || list_has(&["title", "microlocation"]) {
        "an Open Event export"
    } else if list_has(&["start", "title"]) {
        "a miniConf calendar"
    } else {
        "JSON of another kind"
    };
    found.into()
}

fn read_conference(draft: &mut Draft, schedule: &Object, conference: &Object) {
    let text = |key: &str| line(conference.get(key));
    // The schema allows extensions in `meta` alone; our own export uses it.
    let meta = |key: &str| line(conference.get("meta").and_then(|meta| meta.get(key)));
    let either = |key: &str| match meta(key) {
        found if found.is_empty() => text(key),
        found => found,
    };
    draft.conference = ConferenceDraft {
        at: At::Path(path(&["schedule", "conference"])),
        title: text("title"),
        acronym: either("acronym"),
        start: text("start"),
        end: text("end"),
        zone: either("time_zone_name"),
        day_change: text("day_change"),
        timeslot: text("timeslot_duration"),
        base_url: line(schedule.get("base_url")),
        url: text("url"),
        logo: text("logo"),
        venue: either("venue"),
        city: either("city"),
        color: line(
            conference
                .get("colors")
                .and_then(|colors| colors.get("primary")),
        ),
    };
    for track in conference
        .get("tracks")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        draft.tracks.push(TrackDraft {
            name: line(if track.is_object() {
                track.get("name")
            } else {
                Some(track)
            }),
            slug: line(track.get("slug")),
            color: line(track.get("color")),
        });
    }
    for room in conference
        .get("rooms")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        draft.rooms.push(RoomDraft {
            name: line(if room.is_object() {
                room.get("name")
            } else {
                Some(room)
            }),
            guid: line(room.get("guid")),
            description: block(room.get("description")),
            capacity: line(room.get("capacity")),
        });
    }
}

fn read_day(
    text: &str,
    draft: &mut Draft,
    (number, day): (usize, &Value),
) -> Result<(), ReadError> {
    let mut here = path(&["schedule", "conference", "days"]);
    here.push(Step::Index(number));
    let at = At::Path(here.clone());
    if number >= MAX_DAYS {
        return Err(ReadError::TooMuch {
            at: at.position(text),
            what: format!("more than {MAX_DAYS} days"),
        });
    }
    let field = |key: &str| line(day.get(key));
    draft.days.push(DayDraft {
        at,
        index: field("index"),
        date: field("date"),
        start: field("day_start"),
        end: field("day_end"),
    });
    here.push(Step::Key("rooms".into()));
    let rooms = match day.get("rooms") {
        Some(Value::Object(rooms)) => rooms,
        None | Some(Value::Null) => return Ok(()),
        // What PHP makes of an empty object.
        Some(Value::Array(rooms)) if rooms.is_empty() => return Ok(()),
        Some(_) => {
            return Err(not_understood(
                text,
                here,
                "the rooms of a day are an object of lists",
            ));
        }
    };
    for (name, sessions) in rooms {
        here.push(Step::Key(name.clone()));
        let room = clean_line(name);
        draft.rooms.push(RoomDraft {
            name: room.clone(),
            ..RoomDraft::default()
        });
        for (i, session) in list(text, Some(sessions), &here)?.iter().enumerate() {
            let mut here = here.clone();
            here.push(Step::Index(i));
            if draft.sessions.len() >= MAX_SESSIONS {
                let what = format!("more than {MAX_SESSIONS} sessions");
                return Err(ReadError::TooMuch {
                    at: At::Path(here).position(text),
                    what,
                });
            }
            let Some(session) = session.as_object() else {
                return Err(not_understood(text, here, "a session is an object"));
            };
            draft
                .sessions
                .push(read_session(session, At::Path(here), number, &room));
        }
        here.pop();
    }
    Ok(())
}

fn read_session(session: &Object, at: At, day: usize, room: &str) -> SessionDraft {
    let field = |key: &str| line(session.get(key));
    let recording = |key: &str| {
        line(
            session
                .get("recording")
                .and_then(|recording| recording.get(key)),
        )
    };
    let first = |a: String, b: String| if a.is_empty() { b } else { a };
    let links = |key: &str| {
        session
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|link| LinkDraft {
                href: first(line(link.get("url")), line(link.get("href"))),
                title: line(link.get("title")),
                kind: line(link.get("type")),
            })
            .collect()
    };
    SessionDraft {
        at,
        day,
        room: room.to_owned(),
        own_room: field("room"),
        id: field("id"),
        guid: field("guid"),
        code: field("code"),
        date: field("date"),
        start: field("start"),
        end: field("end"),
        duration: field("duration"),
        title: field("title"),
        subtitle: field("subtitle"),
        kind: field("type"),
        track: field("track"),
        language: field("language"),
        abstract_text: block(session.get("abstract")),
        description: block(session.get("description")),
        slug: field("slug"),
        logo: field("logo"),
        url: field("url"),
        feedback_url: field("feedback_url"),
        origin_url: field("origin_url"),
        license: first(field("recording_license"), recording("license")),
        // Where the two disagree, the speakers said no.
        opt_out: match recording("optout") {
            no if no == "true" => no,
            other => first(field("do_not_record"), other),
        },
        recording_url: first(recording("url"), field("video_download_url")),
        recording_link: recording("link"),
        do_not_stream: field("do_not_stream"),
        links: links("links"),
        attachments: links("attachments"),
        persons: session
            .get("persons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(read_person)
            .collect(),
    }
}

fn read_person(person: &Value) -> PersonDraft {
    let field = |key: &str| line(person.get(key));
    let name = ["public_name", "name", "full_public_name", "display_name"]
        .into_iter()
        .map(field)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| {
            if person.is_string() {
                line(Some(person))
            } else {
                String::new()
            }
        });
    PersonDraft {
        id: field("id"),
        guid: field("guid"),
        code: field("code"),
        name,
        biography: block(
            person
                .get("biography")
                .or_else(|| person.get("description")),
        ),
        avatar: field("avatar"),
    }
}

fn generator(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(generator)) => clean_line(&format!(
            "{} {}",
            line(generator.get("name")),
            line(generator.get("version"))
        )),
        other => line(other),
    }
}

fn line(value: Option<&Value>) -> String {
    clean_line(&raw(value))
}

fn block(value: Option<&Value>) -> String {
    clean(&raw(value))
}

/// A value as text; of a translated text English, else the first there is.
fn raw(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Object(translations)) => translations
            .get("en")
            .into_iter()
            .chain(translations.values())
            .find_map(|text| text.as_str().filter(|text| !text.trim().is_empty()))
            .unwrap_or_default()
            .to_owned(),
        Some(Value::Null | Value::Array(_)) | None => String::new(),
    }
}

fn list<'a>(text: &str, value: Option<&'a Value>, here: &[Step]) -> Result<&'a [Value], ReadError> {
    match value {
        Some(Value::Array(list)) => Ok(list),
        None | Some(Value::Null) => Ok(&[]),
        Some(_) => Err(not_understood(text, here.to_vec(), "a list belongs here")),
    }
}

fn not_understood(text: &str, path: Vec<Step>, what: &str) -> ReadError {
    let at = At::Path(path);
    ReadError::NotUnderstood {
        at: at.position(text),
        what: at.say(what),
    }
}

fn path(keys: &[&str]) -> Vec<Step> {
    keys.iter()
        .map(|key| Step::Key((*key).to_owned()))
        .collect()
}

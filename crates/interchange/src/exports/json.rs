//! Schedule JSON version 1 as c3voc's schema has it, with pretalx's additions
//! where the schema leaves room. What it has no place for at the conference
//! goes into its `meta`, the one part meant for extensions.

use hallway_model::programme::{Link, Programme, ProgrammeSession};
use serde_json::{Map, Value, json};

use super::WriteOptions;
use super::grids::{GridDay, grid, kind};
use super::names::{
    SessionNames, acronym, derived_slug, integer, is_color, is_json_slug, name_sessions, room_guid,
    speaker_guid,
};
use crate::addresses::{linkable, web};

/// The schedule as JSON, indented.
pub fn write_json(programme: &Programme, options: &WriteOptions<'_>) -> String {
    let names = name_sessions(programme, options);
    let conference = &programme.conference;
    let base_url = conference.base_url.as_deref().unwrap_or(options.base_url);
    let mut generator = object([
        ("name", Some(json!(options.generator.name))),
        ("version", Some(json!(options.generator.version))),
    ]);
    add(&mut generator, "url", options.generator.url.and_then(web));
    let mut schedule = object([(
        "version",
        Some(json!(conference.version.as_deref().unwrap_or_default())),
    )]);
    add(&mut schedule, "base_url", web(base_url));
    add(&mut schedule, "url", options.self_url.and_then(web));
    schedule.insert(
        "conference".into(),
        write_conference(programme, &names, options),
    );
    let document = json!({
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": generator,
        "schedule": schedule,
    });
    format!("{document:#}\n")
}

type Object = Map<String, Value>;

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Object {
    fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

fn add(object: &mut Object, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

fn write_conference(
    programme: &Programme,
    names: &[SessionNames],
    options: &WriteOptions<'_>,
) -> Value {
    let conference = &programme.conference;
    let days = grid(programme, &[]);
    let full_acronym = acronym(conference.acronym.as_deref(), options);
    let short_acronym = full_acronym.replace('-', "_");
    let zone = conference.zone.name();
    // The schema wants `Area/City`, or a name that ends in UTC.
    let plain_zone = is_area_and_city(zone) || zone.ends_with("UTC");
    let meta = object([
        (
            "acronym",
            (full_acronym != short_acronym).then(|| json!(full_acronym)),
        ),
        ("time_zone_name", (!plain_zone).then(|| json!(zone))),
        ("venue", conference.venue.as_ref().map(|venue| json!(venue))),
        ("city", conference.city.as_ref().map(|city| json!(city))),
    ]);
    let mut fields = object([
        ("acronym", Some(json!(short_acronym))),
        ("title", Some(json!(conference.title))),
        ("start", Some(json!(conference.first_day.to_string()))),
        ("end", Some(json!(conference.last_day.to_string()))),
        ("daysCount", Some(json!(days.len()))),
        (
            "timeslot_duration",
            Some(json!(
                conference
                    .timeslot
                    .map_or("00:05".into(), super::grids::clock)
            )),
        ),
        ("time_zone_name", plain_zone.then(|| json!(zone))),
    ]);
    add(
        &mut fields,
        "logo",
        conference.logo.as_deref().and_then(web),
    );
    add(&mut fields, "url", conference.url.as_deref().and_then(web));
    let color = conference.color.as_deref().filter(|color| is_color(color));
    add(
        &mut fields,
        "colors",
        color.map(|color| json!({ "primary": color })),
    );
    add(&mut fields, "meta", (!meta.is_empty()).then_some(meta));
    let rooms: Vec<Value> = programme
        .rooms
        .iter()
        .map(|room| {
            json!({
                "name": room.name,
                "guid": room_guid(room.guid, &room.name, options),
                "description": room.description,
                "capacity": room.capacity,
            })
        })
        .collect();
    fields.insert("rooms".into(), rooms.into());
    let tracks: Vec<Value> = programme
        .tracks
        .iter()
        .map(|track| {
            let mut fields = object([("name", Some(json!(track.name)))]);
            add(
                &mut fields,
                "slug",
                track.slug.as_deref().filter(|slug| is_json_slug(slug)),
            );
            add(
                &mut fields,
                "color",
                track.color.as_deref().filter(|color| is_color(color)),
            );
            fields.into()
        })
        .collect();
    fields.insert("tracks".into(), tracks.into());
    let days: Vec<Value> = days
        .iter()
        .enumerate()
        .map(|(i, day)| write_day(programme, i, day, names, (&full_acronym, options)))
        .collect();
    fields.insert("days".into(), days.into());
    fields.into()
}

/// `[A-Z][a-z]+/[A-Z][a-z]+` at the start.
fn is_area_and_city(zone: &str) -> bool {
    let word = |text: &str| {
        let mut bytes = text.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_uppercase())
            && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
    };
    zone.split_once('/').is_some_and(|(area, city)| {
        word(area) && area[1..].bytes().all(|b| b.is_ascii_lowercase()) && word(city)
    })
}

fn write_day(
    programme: &Programme,
    index: usize,
    day: &GridDay,
    names: &[SessionNames],
    context: (&str, &WriteOptions<'_>),
) -> Value {
    let zone = &programme.conference.zone;
    let rooms: Object = day
        .rooms
        .iter()
        .map(|room| {
            let sessions: Vec<Value> = room
                .sessions
                .iter()
                .filter_map(|i| {
                    write_session(programme, &programme.sessions[*i], &names[*i], context)
                })
                .collect();
            (room.name.clone(), sessions.into())
        })
        .collect();
    json!({
        "index": index + 1,
        "date": day.day.to_string(),
        "day_start": day.start.rfc3339(zone),
        "day_end": day.end.rfc3339(zone),
        "rooms": rooms,
    })
}

fn write_session(
    programme: &Programme,
    session: &ProgrammeSession,
    names: &SessionNames,
    (acronym, options): (&str, &WriteOptions<'_>),
) -> Option<Value> {
    let slot = session.slot.as_ref()?;
    let zone = &programme.conference.zone;
    let slug = match session.slug.as_deref().filter(|slug| is_json_slug(slug)) {
        Some(slug) => slug.to_owned(),
        None => derived_slug(acronym, names.id, &session.title),
    };
    let own_url = session.url.as_deref().and_then(web);
    let url = own_url
        .or_else(|| web(&(options.session_url)(&names.code)))
        .unwrap_or_else(|| "about:blank".into());
    let minutes = slot.length.as_minutes().max(0);
    let mut fields = object([
        ("id", Some(json!(names.id))),
        ("guid", Some(json!(names.guid))),
        ("code", Some(json!(names.code.as_str()))),
        (
            "logo",
            session.logo.as_deref().and_then(web).map(Value::from),
        ),
        ("date", Some(json!(slot.start.rfc3339(zone)))),
        (
            "start",
            Some(json!(
                slot.start.in_zone(zone).strftime("%H:%M").to_string()
            )),
        ),
        (
            "duration",
            Some(json!(format!("{:02}:{:02}", minutes / 60, minutes % 60))),
        ),
        ("end", Some(json!((slot.start + slot.length).rfc3339(zone)))),
        (
            "room",
            Some(json!(slot.room.as_deref().unwrap_or_default())),
        ),
        ("slug", Some(json!(slug))),
        ("url", Some(json!(url))),
        ("title", Some(json!(session.title))),
        ("subtitle", Some(json!(session.subtitle))),
        ("track", Some(json!(session.track))),
        ("type", Some(json!(kind(session)))),
        ("language", Some(json!(session.language))),
        ("abstract", Some(json!(session.abstract_text))),
        ("description", Some(json!(session.description))),
        (
            "recording_license",
            session
                .recording
                .license
                .as_ref()
                .map(|license| json!(license)),
        ),
        ("do_not_record", Some(json!(session.recording.opt_out))),
        ("do_not_stream", Some(json!(session.do_not_stream))),
    ]);
    let persons: Vec<Value> = session
        .speakers
        .iter()
        .map(|i| write_speaker(programme, *i, options))
        .collect();
    fields.insert("persons".into(), persons.into());
    fields.insert("links".into(), write_links(&session.links));
    fields.insert("attachments".into(), write_links(&session.attachments));
    add(
        &mut fields,
        "feedback_url",
        session.feedback_url.as_deref().and_then(web),
    );
    add(
        &mut fields,
        "origin_url",
        session.origin_url.as_deref().and_then(web),
    );
    Some(fields.into())
}

/// The schema takes a person for frab's (`id` and `public_name`) or for
/// pretalx's (`name`), and never for both.
fn write_speaker(programme: &Programme, index: usize, options: &WriteOptions<'_>) -> Value {
    let speaker = &programme.speakers[index];
    let mut fields = object([("guid", Some(json!(speaker_guid(programme, index, options))))]);
    add(
        &mut fields,
        "code",
        speaker.identity.code.as_ref().map(|code| code.as_str()),
    );
    match speaker.identity.id.as_deref().and_then(integer) {
        Some(id) => fields.insert("id".into(), json!(id)),
        None => fields.insert("name".into(), json!(speaker.name)),
    };
    fields.insert("public_name".into(), json!(speaker.name));
    fields.insert("biography".into(), json!(speaker.biography));
    fields.insert(
        "avatar".into(),
        json!(speaker.avatar.as_deref().and_then(web)),
    );
    fields.into()
}

fn write_links(links: &[Link]) -> Value {
    const KINDS: [&str; 8] = [
        "slides",
        "paper",
        "web",
        "blog",
        "article",
        "media",
        "related",
        "activitypub",
    ];
    links
        .iter()
        .filter_map(|link| {
            let mut fields = object([
                ("url", Some(json!(linkable(&link.href)?))),
                ("title", Some(json!(link.title))),
            ]);
            add(
                &mut fields,
                "type",
                link.kind.as_deref().filter(|kind| KINDS.contains(kind)),
            );
            Some(Value::from(fields))
        })
        .collect()
}

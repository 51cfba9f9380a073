//! iCalendar (RFC 5545, RFC 7986) of a programme, of some of its sessions, or
//! of a whole event for those who registered.
//!
//! Written line by line and not with a crate: the one at hand puts the current
//! time and a random UID into every component that names none, a VTIMEZONE
//! included, which must have neither.
//!
//! What iCalendar has no place for goes into the text of DESCRIPTION
//! (subtitle, speakers, abstract) or stays behind (links, attachments,
//! recording terms). Sessions not yet placed have no VEVENT.

mod lines;
mod zones;

use hallway_model::programme::{Conference, Programme, ProgrammeSession};
use hallway_model::time::{Day, Timestamp};
use uuid::Uuid;

use crate::addresses::web;
use crate::exports::{SessionNames, WriteOptions, name_sessions};
use crate::text;
use lines::{Lines, list_value, text_value, utc};

/// The whole programme.
pub fn write_ics(programme: &Programme, options: &WriteOptions<'_>) -> String {
    let all: Vec<usize> = (0..programme.sessions.len()).collect();
    write_sessions_ics(programme, &all, options)
}

/// One session, by its index in `Programme::sessions`; none where it is not
/// yet placed or there is no such session.
pub fn write_session_ics(
    programme: &Programme,
    index: usize,
    options: &WriteOptions<'_>,
) -> Option<String> {
    programme.sessions.get(index)?.slot.as_ref()?;
    Some(write_sessions_ics(programme, &[index], options))
}

/// The sessions at `indexes`, such as those of one speaker.
pub fn write_sessions_ics(
    programme: &Programme,
    indexes: &[usize],
    options: &WriteOptions<'_>,
) -> String {
    let conference = &programme.conference;
    let names = name_sessions(programme, options);
    let placed = || {
        indexes.iter().filter_map(|index| {
            let session = programme.sessions.get(*index)?;
            Some((session, session.slot.as_ref()?, &names[*index]))
        })
    };
    let mut lines = calendar(conference, options);
    lines.line("X-WR-TIMEZONE", text_value(conference.zone.name()));
    let start = placed().map(|(_, slot, _)| slot.start).min();
    let end = placed().map(|(_, slot, _)| slot.start + slot.length).max();
    if let (Some(start), Some(end)) = (start, end) {
        zones::write(&mut lines, &conference.zone, start, end);
    }
    for (session, slot, names) in placed() {
        let zone = &conference.zone;
        lines.line("BEGIN", "VEVENT");
        head(&mut lines, names.guid, options);
        lines.local("DTSTART", slot.start, zone);
        lines.local("DTEND", slot.start + slot.length, zone);
        write_session(&mut lines, programme, session, names, options);
        lines.line("END", "VEVENT");
    }
    lines.line("END", "VCALENDAR");
    lines.text
}

/// A place at an event, as the calendar of who registered shows it.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// Stable for the registration, so that a newer file replaces it.
    pub uid: Uuid,
    /// Plain text.
    pub description: &'a str,
}

/// One VEVENT for the whole event: all day from the first to the last day,
/// not blocking the time.
pub fn write_registration_ics(
    conference: &Conference,
    invitation: &Invitation<'_>,
    options: &WriteOptions<'_>,
) -> String {
    let mut lines = calendar(conference, options);
    lines.line("BEGIN", "VEVENT");
    head(&mut lines, invitation.uid, options);
    let date = |day: Day| day.0.strftime("%Y%m%d").to_string();
    lines.line("DTSTART;VALUE=DATE", date(conference.first_day));
    // RFC 5545 §3.6.1: DTEND is the day after the last.
    lines.line(
        "DTEND;VALUE=DATE",
        date(conference.last_day.max(conference.first_day).next()),
    );
    lines.line("SUMMARY", text_value(&conference.title));
    if !invitation.description.is_empty() {
        lines.line("DESCRIPTION", text_value(invitation.description));
    }
    let place: Vec<&str> = [&conference.venue, &conference.city]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    lines.line(
        "LOCATION",
        text_value(&if place.is_empty() {
            options.base_url.to_owned()
        } else {
            place.join(", ")
        }),
    );
    if let Some(url) = web(options.base_url) {
        lines.line("URL", url);
    }
    lines.line("STATUS", "CONFIRMED");
    lines.line("TRANSP", "TRANSPARENT");
    lines.line("END", "VEVENT");
    lines.line("END", "VCALENDAR");
    lines.text
}

fn calendar(conference: &Conference, options: &WriteOptions<'_>) -> Lines {
    let mut lines = Lines::default();
    let generator = options.generator;
    lines.line("BEGIN", "VCALENDAR");
    lines.line("VERSION", "2.0");
    lines.line(
        "PRODID",
        text_value(&format!(
            "-//{0}//{0} {1}//EN",
            generator.name, generator.version
        )),
    );
    lines.line("CALSCALE", "GREGORIAN");
    lines.line("METHOD", "PUBLISH");
    lines.line("NAME", text_value(&conference.title));
    lines.line("X-WR-CALNAME", text_value(&conference.title));
    if let Some(url) = web(conference.url.as_deref().unwrap_or(options.base_url)) {
        lines.line("URL", url);
    }
    if let Some(source) = options.self_url.and_then(web) {
        lines.line("SOURCE;VALUE=URI", source);
    }
    lines.line("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    lines.line("X-PUBLISHED-TTL", "PT15M");
    if let Some(changed) = options.changed {
        lines.line("LAST-MODIFIED", utc(changed));
    }
    lines
}

/// What makes a newer copy of a VEVENT replace the older one.
fn head(lines: &mut Lines, uid: Uuid, options: &WriteOptions<'_>) {
    lines.line("UID", uid.to_string());
    lines.line("DTSTAMP", utc(options.now));
    lines.line("SEQUENCE", options.sequence.to_string());
    if let Some(changed) = options.changed {
        lines.line("LAST-MODIFIED", utc(changed));
    }
}

fn write_session(
    lines: &mut Lines,
    programme: &Programme,
    session: &ProgrammeSession,
    names: &SessionNames,
    options: &WriteOptions<'_>,
) {
    lines.line("SUMMARY", text_value(&session.title));
    let description = description(programme, session);
    if !description.is_empty() {
        lines.line("DESCRIPTION", text_value(&description));
    }
    let room = session.slot.as_ref().and_then(|slot| slot.room.as_deref());
    if let Some(room) = room {
        lines.line("LOCATION", text_value(room));
    }
    let own = session.url.as_deref().and_then(web);
    if let Some(url) = own.or_else(|| web(&(options.session_url)(&names.code))) {
        lines.line("URL", url);
    }
    if let Some((room, stage)) = room.and_then(|room| Some((room, (options.stage_url)(room)?)))
        && let Some(stage) = web(&stage)
    {
        // RFC 7986 §5.11
        let label = lines::parameter(room);
        lines.line(
            &format!("CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL={label}"),
            stage,
        );
    }
    if let Some(track) = &session.track {
        lines.line("CATEGORIES", list_value(&[track]));
    }
    lines.line("STATUS", "CONFIRMED");
}

fn description(programme: &Programme, session: &ProgrammeSession) -> String {
    let speakers: Vec<&str> = session
        .speakers
        .iter()
        .map(|i| programme.speakers[*i].name.as_str())
        .collect();
    let parts = [
        session.subtitle.clone().unwrap_or_default(),
        speakers.join(", "),
        text::to_plain(&session.abstract_text),
        // Many tools repeat the abstract in front of the description.
        match text::to_plain(&session.description) {
            long if long == text::to_plain(&session.abstract_text) => String::new(),
            long => long,
        },
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Local time for iCalendar, `20260206T093000`.
fn local(instant: Timestamp, zone: &hallway_model::time::Zone) -> String {
    instant.in_zone(zone).strftime("%Y%m%dT%H%M%S").to_string()
}

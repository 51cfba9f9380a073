//! Schedule XML as c3voc's XSD has it: order of elements, patterns, unique
//! names. Readers of every dialect find what they ask for in it.

use std::collections::{HashMap, HashSet};

use hallway_model::programme::{Link, Programme, ProgrammeSession};

use super::grids::{clock, grid, kind};
use super::names::{
    SessionNames, acronym, derived_slug, integer, is_color, is_voc_slug, name_sessions, room_guid,
    speaker_guid,
};
use super::{Generator, WriteOptions};
use crate::addresses::{linkable, web};

/// The schedule as XML, media type `application/vnd.c3voc.schedule+xml`.
pub fn write_xml(programme: &Programme, options: &WriteOptions<'_>) -> String {
    let names = name_sessions(programme, options);
    let acronym = acronym(programme.conference.acronym.as_deref(), options);
    let slugs = slugs(programme, &names, &acronym);
    let mut xml = Xml::default();
    xml.open("schedule", &[]);
    let Generator { name, version, .. } = options.generator;
    xml.empty("generator", &[("name", name), ("version", version)]);
    if let Some(url) = options.self_url.and_then(web) {
        xml.leaf("url", &url);
    }
    xml.leaf(
        "version",
        programme.conference.version.as_deref().unwrap_or_default(),
    );
    write_conference(&mut xml, programme, &acronym, options);
    let rooms: Vec<String> = programme
        .rooms
        .iter()
        .map(|room| room.name.clone())
        .collect();
    let room_guids: HashMap<&str, String> = programme
        .rooms
        .iter()
        .map(|room| {
            (
                room.name.as_str(),
                room_guid(room.guid, &room.name, options).to_string(),
            )
        })
        .collect();
    let zone = &programme.conference.zone;
    for (index, day) in grid(programme, &rooms).into_iter().enumerate() {
        let (start, end) = (day.start.rfc3339(zone), day.end.rfc3339(zone));
        let (index, date) = ((index + 1).to_string(), day.day.to_string());
        xml.open(
            "day",
            &[
                ("index", &index),
                ("date", &date),
                ("start", &start),
                ("end", &end),
            ],
        );
        for room in &day.rooms {
            // Sessions without a room: nothing to name by a guid.
            let guid = room_guids
                .get(room.name.as_str())
                .map(|guid| ("guid", guid.as_str()));
            let attributes: Vec<_> = [("name", room.name.as_str())]
                .into_iter()
                .chain(guid)
                .collect();
            xml.open("room", &attributes);
            for index in &room.sessions {
                let session = &programme.sessions[*index];
                write_session(
                    &mut xml,
                    programme,
                    session,
                    (&names[*index], &slugs[*index]),
                    options,
                );
            }
            xml.close("room");
        }
        xml.close("day");
    }
    xml.close("schedule");
    xml.text
}

/// Unique over the file: its own where it fits, else derived from the id.
fn slugs(programme: &Programme, names: &[SessionNames], acronym: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let own: Vec<Option<&String>> = programme
        .sessions
        .iter()
        .map(|session| {
            session
                .slug
                .as_ref()
                .filter(|slug| is_voc_slug(slug) && taken.insert((*slug).clone()))
        })
        .collect();
    own.into_iter()
        .zip(programme.sessions.iter().zip(names))
        .map(|(own, (session, names))| {
            own.cloned().unwrap_or_else(|| {
                let mut slug = derived_slug(acronym, names.id, &session.title);
                while !taken.insert(slug.clone()) {
                    slug.push_str("_again");
                }
                slug
            })
        })
        .collect()
}

fn write_conference(
    xml: &mut Xml,
    programme: &Programme,
    acronym: &str,
    options: &WriteOptions<'_>,
) {
    let conference = &programme.conference;
    xml.open("conference", &[]);
    xml.leaf("acronym", acronym);
    xml.leaf("title", &conference.title);
    xml.leaf("start", &conference.first_day.to_string());
    xml.leaf("end", &conference.last_day.to_string());
    xml.leaf("days", &grid(programme, &[]).len().to_string());
    if let Some(timeslot) = conference.timeslot {
        xml.leaf("timeslot_duration", &clock(timeslot));
    }
    let base_url = conference.base_url.as_deref().unwrap_or(options.base_url);
    let addresses = [
        ("base_url", Some(base_url)),
        ("logo", conference.logo.as_deref()),
        ("url", conference.url.as_deref()),
    ];
    for (name, address) in addresses {
        xml.address(name, address);
    }
    xml.leaf("time_zone_name", conference.zone.name());
    if let Some(color) = conference.color.as_deref().filter(|color| is_color(color)) {
        xml.empty("color", &[("primary", color)]);
    }
    for track in &programme.tracks {
        let mut attributes = vec![("name", track.name.as_str())];
        attributes.extend(
            track
                .slug
                .as_deref()
                .filter(|slug| is_track_slug(slug))
                .map(|slug| ("slug", slug)),
        );
        attributes.extend(
            track
                .color
                .as_deref()
                .filter(|color| is_color(color))
                .map(|color| ("color", color)),
        );
        xml.empty("track", &attributes);
    }
    xml.close("conference");
}

fn is_track_slug(slug: &str) -> bool {
    slug.len() >= 2
        && slug.starts_with(|c: char| c.is_ascii_lowercase())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn write_session(
    xml: &mut Xml,
    programme: &Programme,
    session: &ProgrammeSession,
    (names, slug): (&SessionNames, &str),
    options: &WriteOptions<'_>,
) {
    let Some(slot) = &session.slot else { return };
    let zone = &programme.conference.zone;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (id, guid) = (names.id.to_string(), names.guid.to_string());
    xml.open(
        "event",
        &[("id", &id), ("guid", &guid), ("code", names.code.as_str())],
    );
    xml.leaf("date", &slot.start.rfc3339(zone));
    xml.leaf(
        "start",
        &slot.start.in_zone(zone).strftime("%H:%M").to_string(),
    );
    xml.leaf("duration", &clock(slot.length));
    xml.leaf("room", slot.room.as_deref().unwrap_or_default());
    xml.leaf("slug", slug);
    let own_url = session.url.as_deref().and_then(web);
    xml.address(
        "url",
        Some(
            own_url
                .as_deref()
                .unwrap_or(&(options.session_url)(&names.code)),
        ),
    );
    xml.leaf("title", &session.title);
    xml.leaf("subtitle", &text(&session.subtitle));
    xml.leaf("track", &text(&session.track));
    xml.leaf("type", kind(session));
    xml.leaf("language", &text(&session.language));
    xml.leaf("abstract", &session.abstract_text);
    xml.leaf("description", &session.description);
    xml.leaf(
        "logo",
        &session.logo.as_deref().and_then(web).unwrap_or_default(),
    );
    write_recording(xml, session);
    xml.open("persons", &[]);
    for index in &session.speakers {
        let speaker = &programme.speakers[*index];
        let guid = speaker_guid(programme, *index, options).to_string();
        let id = speaker
            .identity
            .id
            .as_deref()
            .filter(|id| integer(id).is_some());
        let attributes: Vec<_> = id
            .map(|id| ("id", id))
            .into_iter()
            .chain([("guid", guid.as_str())])
            .collect();
        xml.full("person", &attributes, &speaker.name);
    }
    xml.close("persons");
    write_links(xml, ("links", "link"), &session.links);
    write_links(xml, ("attachments", "attachment"), &session.attachments);
    xml.address("feedback_url", session.feedback_url.as_deref());
    xml.address("origin_url", session.origin_url.as_deref());
    xml.close("event");
}

fn write_recording(xml: &mut Xml, session: &ProgrammeSession) {
    let terms = &session.recording;
    xml.open("recording", &[]);
    xml.leaf("license", terms.license.as_deref().unwrap_or_default());
    xml.leaf("optout", if terms.opt_out { "true" } else { "false" });
    xml.address("url", terms.url.as_deref());
    xml.address("link", terms.link.as_deref());
    xml.close("recording");
}

fn write_links(xml: &mut Xml, (list, item): (&str, &str), links: &[Link]) {
    xml.open(list, &[]);
    for link in links {
        // A relative one would lead into this site, where it never was.
        let Some(href) = linkable(&link.href) else {
            continue;
        };
        let kind = link.kind.as_deref().map(|kind| ("type", kind));
        let attributes: Vec<_> = [("href", href.as_str())].into_iter().chain(kind).collect();
        xml.full(item, &attributes, &link.title);
    }
    xml.close(list);
}

/// Indented XML text with everything escaped that must be.
struct Xml {
    text: String,
    depth: usize,
}

impl Default for Xml {
    fn default() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".into(),
            depth: 0,
        }
    }
}

impl Xml {
    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.text.extend(["</", name, ">\n"]);
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str("/>\n");
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.full(name, &[], text);
    }

    /// A leaf with an address, left out where it is not absolute.
    fn address(&mut self, name: &str, address: Option<&str>) {
        if let Some(address) = address.and_then(web) {
            self.leaf(name, &address);
        }
    }

    fn full(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.start(name, attributes);
        self.text.push('>');
        self.escape(text, false);
        self.text.extend(["</", name, ">\n"]);
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.extend(["<", name]);
        for (key, value) in attributes {
            self.text.extend([" ", key, "=\""]);
            self.escape(value, true);
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }

    /// XML 1.0 §2.2 and §2.11: a carriage return survives only as a
    /// reference, other control characters not at all.
    fn escape(&mut self, text: &str, in_attribute: bool) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' if in_attribute => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#13;"),
                '\n' if in_attribute => self.text.push_str("&#10;"),
                '\t' if in_attribute => self.text.push_str("&#9;"),
                '\n' | '\t' => self.text.push(c),
                '\u{FFFE}' | '\u{FFFF}' => {}
                c if u32::from(c) < 0x20 => {}
                c => self.text.push(c),
            }
        }
    }
}

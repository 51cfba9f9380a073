//! Schedule XML (pentabarf, frab, c3voc, pretalx, wafer) to a draft. Elements
//! nobody knows are passed over, order and repetition do not matter.

use crate::drafts::{
    At, ConferenceDraft, DayDraft, Draft, LinkDraft, PersonDraft, RoomDraft, SessionDraft,
    TrackDraft, clean, clean_line,
};
use crate::errors::{Position, ReadError};
use crate::xml_elements::{Element, Elements, Next, Tag};
use crate::{MAX_DAYS, MAX_SESSIONS};

pub(crate) fn read(text: &str) -> Result<Draft, ReadError> {
    let mut elements = Elements::new(text);
    let root = loop {
        match elements.next()? {
            Next::Open(tag) => break tag,
            Next::Text(_) | Next::Close => {}
            Next::End => return Err(no_conference(text, text.len())),
        }
    };
    if root.name != "schedule" {
        return Err(ReadError::NotAccepted {
            found: foreign(&root.name),
        });
    }
    let mut draft = Draft::default();
    let mut has_conference = false;
    loop {
        match elements.next()? {
            Next::Open(tag) => match tag.name.as_str() {
                "conference" => {
                    has_conference = true;
                    let offset = tag.offset;
                    conference(&mut draft, &elements.element(tag)?, offset);
                }
                "day" => day(&mut draft, &mut elements, &tag)?,
                "version" => draft.version = clean_line(&elements.element(tag)?.text()),
                "generator" => {
                    let element = elements.element(tag)?;
                    let parts = [
                        element.attribute("name"),
                        element.attribute("version"),
                        &element.text(),
                    ];
                    draft.generator = clean_line(&parts.join(" "));
                }
                _ => elements.skip()?,
            },
            Next::Text(_) => {}
            Next::Close => break,
            Next::End => break,
        }
    }
    // What follows the root element must be nothing.
    while !matches!(elements.next()?, Next::End) {}
    if has_conference {
        Ok(draft)
    } else {
        Err(no_conference(text, root.offset))
    }
}

fn no_conference(text: &str, offset: usize) -> ReadError {
    ReadError::NotUnderstood {
        at: Position::of(text, offset),
        what: "this schedule has no <conference>".into(),
    }
}

fn foreign(root: &str) -> String {
    match root {
        "feed" => "an Atom feed".into(),
        "rss" => "an RSS feed".into(),
        "html" => "a web page".into(),
        "iCalendar" => "an xCal calendar".into(),
        other => {
            let other: String = other.chars().take(40).collect();
            format!("XML with the root element <{other}>")
        }
    }
}

fn conference(draft: &mut Draft, element: &Element, offset: usize) {
    let line = |name: &str| clean_line(&element.child_text(name));
    if draft.version.is_empty() {
        // Pentabarf's own word for it.
        draft.version = line("release");
    }
    for track in element.elements().filter(|child| child.name() == "track") {
        let name = clean_line(track.attribute("name"));
        draft.tracks.push(TrackDraft {
            name: if name.is_empty() {
                clean_line(&track.text())
            } else {
                name
            },
            slug: clean_line(track.attribute("slug")),
            color: clean_line(track.attribute("color")),
        });
    }
    draft.conference = ConferenceDraft {
        at: At::Offset(offset),
        title: line("title"),
        acronym: line("acronym"),
        start: line("start"),
        end: line("end"),
        zone: line("time_zone_name"),
        day_change: line("day_change"),
        timeslot: line("timeslot_duration"),
        base_url: line("base_url"),
        url: line("url"),
        logo: line("logo"),
        venue: line("venue"),
        city: line("city"),
        color: element
            .elements()
            .find(|child| child.name() == "color")
            .map(|color| clean_line(color.attribute("primary")))
            .unwrap_or_default(),
    };
}

fn day(draft: &mut Draft, elements: &mut Elements<'_>, tag: &Tag) -> Result<(), ReadError> {
    if draft.days.len() >= MAX_DAYS {
        return Err(elements.too_much(tag.offset, format!("more than {MAX_DAYS} days")));
    }
    let attribute = |name| clean_line(tag.attribute(name));
    draft.days.push(DayDraft {
        at: At::Offset(tag.offset),
        index: attribute("index"),
        date: attribute("date"),
        start: attribute("start"),
        end: attribute("end"),
    });
    loop {
        match elements.next()? {
            Next::Open(tag) if tag.name == "room" => room(draft, elements, &tag)?,
            // Some tools leave the rooms out.
            Next::Open(tag) if tag.name == "event" => event(draft, elements, tag, "")?,
            Next::Open(_) => elements.skip()?,
            Next::Text(_) => {}
            Next::Close | Next::End => return Ok(()),
        }
    }
}

fn room(draft: &mut Draft, elements: &mut Elements<'_>, tag: &Tag) -> Result<(), ReadError> {
    let name = clean_line(tag.attribute("name"));
    draft.rooms.push(RoomDraft {
        name: name.clone(),
        guid: clean_line(tag.attribute("guid")),
        ..RoomDraft::default()
    });
    if draft.rooms.len() > MAX_DAYS * 100 {
        return Err(elements.too_much(tag.offset, "too many rooms".into()));
    }
    loop {
        match elements.next()? {
            Next::Open(tag) if tag.name == "event" => event(draft, elements, tag, &name)?,
            Next::Open(_) => elements.skip()?,
            Next::Text(_) => {}
            Next::Close | Next::End => return Ok(()),
        }
    }
}

fn event(
    draft: &mut Draft,
    elements: &mut Elements<'_>,
    tag: Tag,
    room: &str,
) -> Result<(), ReadError> {
    if draft.sessions.len() >= MAX_SESSIONS {
        return Err(elements.too_much(tag.offset, format!("more than {MAX_SESSIONS} sessions")));
    }
    let offset = tag.offset;
    let element = elements.element(tag)?;
    let line = |name: &str| clean_line(&element.child_text(name));
    let recording = |name: &str| {
        element
            .inside("recording", name)
            .map(|e| clean_line(&e.text()))
            .next()
            .unwrap_or_default()
    };
    let link = |e: &Element| LinkDraft {
        href: clean_line(e.attribute("href")),
        title: clean_line(&e.text()),
        kind: clean_line(e.attribute("type")),
    };
    let recording_url = match recording("url") {
        url if url.is_empty() => line("video_download_url"),
        url => url,
    };
    draft.sessions.push(SessionDraft {
        at: At::Offset(offset),
        day: draft.days.len().saturating_sub(1),
        room: room.to_owned(),
        own_room: line("room"),
        id: clean_line(element.attribute("id")),
        guid: clean_line(element.attribute("guid")),
        code: clean_line(element.attribute("code")),
        date: line("date"),
        start: line("start"),
        end: line("end"),
        duration: line("duration"),
        title: line("title"),
        subtitle: line("subtitle"),
        kind: line("type"),
        track: line("track"),
        language: line("language"),
        abstract_text: clean(&element.child_text("abstract")),
        description: clean(&element.child_text("description")),
        slug: line("slug"),
        logo: line("logo"),
        url: line("url"),
        feedback_url: line("feedback_url"),
        origin_url: line("origin_url"),
        license: recording("license"),
        opt_out: recording("optout"),
        recording_url,
        recording_link: recording("link"),
        do_not_stream: String::new(),
        links: element.inside("links", "link").map(link).collect(),
        attachments: element
            .inside("attachments", "attachment")
            .map(link)
            .collect(),
        persons: element
            .inside("persons", "person")
            .map(|person| PersonDraft {
                id: clean_line(person.attribute("id")),
                guid: clean_line(person.attribute("guid")),
                code: clean_line(person.attribute("code")),
                name: clean_line(&person.text()),
                ..PersonDraft::default()
            })
            .collect(),
    });
    Ok(())
}

//! The demo's invented summit: two days, three stages, sixty sessions, laid
//! around the present so that something is always on.

use std::collections::BTreeMap;

use hallway_model::programme::{
    Conference, Identity, Programme, ProgrammeDay, ProgrammeRoom, ProgrammeSession, ProgrammeSlot,
    ProgrammeSpeaker, ProgrammeTrack, RecordingTerms,
};
use hallway_model::sessions::SessionKind;
use hallway_model::time::{Span, Timestamp, Zone};

const SESSIONS: &str = include_str!("sessions.txt");

pub const TITLE: &str = "Lantern Cloud Native Summit";
pub const STAGES: [(&str, &str); 3] = [
    (
        "Lantern",
        "The main stage: keynotes, fireside chats and whatever fills the house.",
    ),
    (
        "Courtyard",
        "Talks and user stories in the open air, at least in spirit.",
    ),
    ("Attic", "Small, dense, and up a steep flight of stairs."),
];
const TRACKS: [(&str, &str); 7] = [
    ("Community", "#a84d08"),
    ("Platforms", "#3b3a8c"),
    ("Operations", "#1f6b45"),
    ("Networking", "#0f6a8a"),
    ("Security", "#a3243b"),
    ("Observability", "#6b3fa0"),
    ("Data", "#7a5b00"),
];

/// Sessions of a stage on one day, and how far into the first day "now" is.
const PER_STAGE: usize = 10;
const LENGTH: Span = Span::minutes(45);
const PAST: i64 = 3;

/// The programme as it looks at `now`.
pub fn at(now: Timestamp, zone: &Zone) -> Programme {
    let lines: Vec<Line<'_>> = SESSIONS.lines().filter_map(Line::parse).collect();
    let opens = opening(now);
    let second = opens + Span::days(1);
    let mut speakers: Vec<ProgrammeSpeaker> = vec![];
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for name in lines.iter().flat_map(|line| &line.speakers) {
        index.entry(name).or_insert_with(|| {
            speakers.push(speaker(name));
            speakers.len() - 1
        });
    }
    let sessions = lines
        .iter()
        .enumerate()
        .map(|(n, line)| {
            let (half, place) = (n / (3 * PER_STAGE), n % (3 * PER_STAGE));
            let (stage, position) = (place / PER_STAGE, place % PER_STAGE);
            let first = if half == 0 { opens } else { second };
            let start = first + Span(LENGTH.0 * position as i64);
            let room = STAGES[stage].0.to_owned();
            let slot = ProgrammeSlot {
                room: Some(room),
                start,
                length: LENGTH,
                day: first.day(zone),
            };
            let speakers = line
                .speakers
                .iter()
                .filter_map(|name| index.get(name).copied())
                .collect();
            session(n, line, slot, speakers)
        })
        .collect();
    let length = Span(LENGTH.0 * PER_STAGE as i64);
    let day = |start: Timestamp| ProgrammeDay {
        day: start.day(zone),
        start,
        end: start + length,
    };
    Programme {
        conference: Conference {
            title: TITLE.into(),
            acronym: Some("lantern".into()),
            version: Some("1.0".into()),
            first_day: opens.day(zone),
            last_day: second.day(zone),
            zone: zone.clone(),
            timeslot: Some(Span::minutes(15)),
            base_url: None,
            url: None,
            logo: None,
            venue: None,
            city: None,
            color: None,
            generator: None,
        },
        rooms: STAGES
            .iter()
            .map(|(name, about)| ProgrammeRoom {
                name: (*name).into(),
                guid: None,
                description: Some((*about).into()),
                capacity: None,
            })
            .collect(),
        tracks: TRACKS
            .iter()
            .map(|(name, color)| ProgrammeTrack {
                name: (*name).into(),
                slug: None,
                color: Some((*color).into()),
            })
            .collect(),
        days: vec![day(opens), day(second)],
        sessions,
        speakers,
    }
}

/// When the first day opened: on a quarter of an hour, [`PAST`] sessions ago,
/// so that the one after them is on now.
fn opening(now: Timestamp) -> Timestamp {
    let quarter = Span::minutes(15).0;
    Timestamp(now.0.div_euclid(quarter) * quarter) - Span(LENGTH.0 * PAST) - Span::minutes(15)
}

struct Line<'a> {
    kind: SessionKind,
    track: &'a str,
    title: &'a str,
    speakers: Vec<&'a str>,
    about: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let mut parts = line.splitn(5, '|').map(str::trim);
        Some(Self {
            kind: SessionKind::from_word(parts.next()?),
            track: parts.next()?,
            title: parts.next()?,
            speakers: parts.next()?.split(';').map(str::trim).collect(),
            about: parts.next()?,
        })
    }
}

fn session(
    n: usize,
    line: &Line<'_>,
    slot: ProgrammeSlot,
    speakers: Vec<usize>,
) -> ProgrammeSession {
    ProgrammeSession {
        identity: Identity {
            id: Some((n + 1).to_string()),
            ..Identity::default()
        },
        title: line.title.into(),
        subtitle: None,
        kind: line.kind,
        kind_text: None,
        track: Some(line.track.into()),
        slot: Some(slot),
        language: Some("en".into()),
        abstract_text: line.about.into(),
        description: String::new(),
        slug: None,
        logo: None,
        url: None,
        feedback_url: None,
        origin_url: None,
        // One speaker said no, so that the demo shows what that looks like.
        recording: RecordingTerms {
            opt_out: line.title.starts_with("By the fire: incidents"),
            ..RecordingTerms::default()
        },
        do_not_stream: false,
        links: vec![],
        attachments: vec![],
        speakers,
    }
}

fn speaker(name: &str) -> ProgrammeSpeaker {
    ProgrammeSpeaker {
        identity: Identity {
            id: Some(name.to_lowercase().replace(' ', "-")),
            ..Identity::default()
        },
        name: name.into(),
        biography: None,
        avatar: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_on_whenever_it_starts_and_for_hours() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for offset in 0..96 {
            let now = Timestamp(1_790_000_000_000) + Span::minutes(offset * 15 + 7);
            let programme = at(now, &zone);
            assert_eq!(programme.sessions.len(), 60);
            for later in [0, 60, 180] {
                let then = now + Span::minutes(later);
                let on = programme.sessions.iter().filter_map(|s| s.slot.as_ref());
                assert_eq!(
                    on.filter(|s| s.start <= then && then < s.start + s.length)
                        .count(),
                    3
                );
            }
        }
    }

    #[test]
    fn every_track_and_speaker_of_a_session_is_known() {
        let programme = at(Timestamp(1_790_000_000_000), &Zone::utc());
        for session in &programme.sessions {
            assert!(
                programme
                    .tracks
                    .iter()
                    .any(|t| Some(&t.name) == session.track.as_ref()),
                "{}",
                session.title
            );
            assert!(
                !session.speakers.is_empty() && !session.abstract_text.is_empty(),
                "{}",
                session.title
            );
            assert_ne!(session.kind, SessionKind::Other, "{}", session.title);
        }
    }
}

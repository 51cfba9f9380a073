//! What the pages' samples are made of: an invented summit with three stages,
//! in the middle of its first day. Tests render them, the gallery shows them.

use hallway_model::ids::{ChannelId, EventId, PersonId, RoomId};
use hallway_model::sessions::{SessionKind, SessionState};
use hallway_model::time::{Day, Span, Timestamp, Zone};
use hallway_protocol::Topic;
use hallway_protocol::stages::StageHealth;
use uuid::Uuid;

use crate::channels::ChannelLink;
use crate::desk::CueRow;
use crate::events::{Door, DoorSession};
use crate::home::EventCard;
use crate::sessions::{Place, SessionRow, Slot, Track};
use crate::shell::{Assets, EventBadge, PersonBadge, Shell, Theme};
use crate::talks::SpeakerBadge;
use crate::texts::Lang;

mod chat;
mod large;
mod pages;

pub use chat::{hostile_messages, images, messages};
pub use large::{many_rooms, many_rows};
pub use pages::pages;

pub const SLUG: &str = "summit-2026";
pub const TITLE: &str = "Cloud Native Friends Summit 2026";
/// An idempotency key.
pub const KEY: &str = "019a8f2e-3c4d-7e5f-8a9b-0c1d2e3f4a5b";
/// Markup, quotes, a word without a break, and text that runs right to left.
pub const HOSTILE: &str = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp; Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ליאור بنت";

/// A shell on its way to the reader a sample is for.
pub struct ShellSample {
    pub shell: Shell,
}

impl ShellSample {
    pub fn signed_in(mut self) -> Self {
        self.shell.person = Some(PersonBadge {
            id: person_id(1),
            name: "Ada Brandt".into(),
            creates_events: true,
        });
        self
    }
    pub fn organiser(mut self) -> Self {
        self = self.moderator();
        if let Some(event) = &mut self.shell.event {
            event.organises = true;
        }
        self
    }
    pub fn moderator(mut self) -> Self {
        self = self.attendee();
        if let Some(event) = &mut self.shell.event {
            event.moderates = true;
            event.sees_people = true;
        }
        self
    }
    pub fn attendee(mut self) -> Self {
        self = self.signed_in();
        if let Some(event) = &mut self.shell.event {
            event.reports = true;
            event.sees_people = true;
        }
        self
    }
}

/// A visitor outside of any event.
pub fn shell(path: &str) -> ShellSample {
    ShellSample {
        shell: Shell {
            lang: Lang::En,
            path: path.into(),
            person: None,
            event: None,
            unread: 0,
            notice: None,
            assets: Assets {
                css: "/assets/index.css".into(),
                backstage_css: "/assets/backstage.css".into(),
                entry_js: "/assets/main.js".into(),
                font: None,
            },
            base_url: "https://summit.example.org".into(),
            demo: false,
            theme: Theme::Auto,
            zone: zone(),
        },
    }
}

/// A visitor at the summit.
pub fn event_shell(path: &str) -> ShellSample {
    let mut sample = shell(path);
    sample.shell.event = Some(EventBadge {
        slug: SLUG.into(),
        title: TITLE.into(),
        zone: zone(),
        organises: false,
        moderates: false,
        reports: false,
        sees_people: false,
    });
    sample
}

pub fn hostile(mut shell: Shell) -> Shell {
    shell.path = "/summit-2026/?q=\"><script>alert(1)</script>".into();
    shell.zone = sydney();
    if let Some(event) = &mut shell.event {
        event.title = HOSTILE.into();
    }
    if let Some(person) = &mut shell.person {
        person.name = HOSTILE.into();
    }
    shell
}

pub fn zone() -> Zone {
    Zone::named("Europe/Berlin").unwrap_or_else(|_| Zone::utc())
}
pub fn sydney() -> Zone {
    Zone::named("Australia/Sydney").unwrap_or_else(|_| Zone::utc())
}

/// Day `n` of the summit, from 0.
pub fn day(n: i8) -> Day {
    let first = jiff::civil::date(2026, 2, 6);
    Day(first.saturating_add(jiff::Span::new().days(n)))
}
pub fn at(n: i8, hour: i8, minute: i8) -> Timestamp {
    day(n).at(hour, minute, &zone())
}
pub fn now() -> Timestamp {
    at(0, 13, 20)
}

fn id(kind: u8, n: u8) -> Uuid {
    Uuid::from_bytes([
        1, 154, 143, 46, 60, kind, 126, 95, 138, 155, 12, 29, 46, 63, 74, n,
    ])
}
pub fn person_id(n: u8) -> PersonId {
    PersonId(id(1, n))
}
pub fn channel_id() -> ChannelId {
    ChannelId(id(2, 1))
}
pub fn event_topic() -> Topic {
    Topic::Event(EventId(id(3, 1)))
}
pub fn stage_topic(n: u8) -> Topic {
    Topic::Stage(RoomId(id(4, n)))
}
pub fn desk_topic() -> Topic {
    Topic::Desk(RoomId(id(4, 0)))
}

pub fn card(slug: &str, title: &str, live_stages: usize) -> EventCard {
    EventCard {
        slug: slug.into(),
        title: title.into(),
        first_day: day(0),
        last_day: day(1),
        zone: zone(),
        sessions: 62,
        live_stages,
        recordings: 4,
    }
}

pub fn rooms() -> Vec<Place> {
    ["Main stage", "Garden stage", "Side door"]
        .iter()
        .map(|name| place(name))
        .collect()
}

fn place(name: &str) -> Place {
    Place {
        slug: name.to_lowercase().replace(' ', "-"),
        name: name.into(),
    }
}

pub fn tracks() -> Vec<Place> {
    TRACKS.iter().map(|name| place(name)).collect()
}

const TRACKS: [&str; 4] = ["Running it", "Building it", "People", "Small clouds"];

fn track(n: usize) -> Track {
    let place = place(TRACKS[n]);
    Track {
        slug: place.slug,
        name: place.name,
        palette: (n * 3) as u8,
    }
}

use SessionKind::{
    BirdsOfAFeather, FiresideChat, Keynote, LightningTalk, Panel, Talk, UserStory, Workshop,
};

type Row = (
    i8,
    i8,
    i64,
    usize,
    SessionKind,
    Option<usize>,
    &'static str,
    &'static [&'static str],
);

/// Hour, minute, minutes, room, kind, track, title, speakers.
const DAY: [Row; 20] = [
    (
        9,
        0,
        45,
        0,
        Keynote,
        Some(2),
        "Doors we leave open",
        &["Amara Okafor"],
    ),
    (
        10,
        0,
        30,
        0,
        Talk,
        Some(0),
        "The night the queue grew a beard",
        &["Jonas Weidenbach"],
    ),
    (
        10,
        0,
        30,
        1,
        UserStory,
        Some(3),
        "A bakery runs its own cloud, badly, and is happy",
        &["Ines Moreau", "Piet de Graaf"],
    ),
    (
        10,
        0,
        90,
        2,
        Workshop,
        Some(1),
        "Write an operator before lunch",
        &["Kofi Mensah"],
    ),
    (
        10,
        40,
        25,
        0,
        Talk,
        Some(1),
        "Caches that forgive",
        &["Sunniva Dahl"],
    ),
    (
        10,
        40,
        25,
        1,
        Talk,
        Some(0),
        "Backups are a love letter",
        &["Rafael Duarte"],
    ),
    (
        11,
        30,
        40,
        0,
        FiresideChat,
        Some(2),
        "Fireside: who maintains the maintainers?",
        &["Mei-Ling Chow", "Tomasz Zieliński"],
    ),
    (
        11,
        30,
        20,
        1,
        LightningTalk,
        None,
        "Lightning talks, first round",
        &[],
    ),
    (
        13,
        0,
        45,
        0,
        Talk,
        Some(0),
        "One request, nine teams, forty disks",
        &["Leila Haddad", "Bram Visser"],
    ),
    (
        13,
        0,
        30,
        1,
        UserStory,
        Some(3),
        "How a hospital moved house without closing",
        &["Dr. Noor Rahman"],
    ),
    (
        13,
        10,
        80,
        2,
        Workshop,
        Some(0),
        "Break it on purpose: a game day for beginners",
        &["Samira Aziz"],
    ),
    (
        13,
        40,
        30,
        1,
        Talk,
        Some(1),
        "Types for people who deploy on Fridays",
        &["Oskar Lindqvist"],
    ),
    (
        14,
        0,
        30,
        0,
        Talk,
        Some(1),
        "A scheduler you can explain to your mother",
        &["Yuki Tanaka"],
    ),
    (
        14,
        20,
        25,
        1,
        Talk,
        Some(3),
        "Forty watts, four tenants",
        &["Chinedu Eze"],
    ),
    (
        14,
        40,
        45,
        0,
        Panel,
        Some(2),
        "Panel: on call without fear",
        &[
            "Amara Okafor",
            "Sunniva Dahl",
            "Rafael Duarte",
            "Mei-Ling Chow",
        ],
    ),
    (
        15,
        0,
        60,
        2,
        BirdsOfAFeather,
        None,
        "People who like logs",
        &[],
    ),
    (
        15,
        40,
        25,
        0,
        Talk,
        Some(0),
        "What the disk was trying to tell us",
        &["Grzegorz Nowak"],
    ),
    (
        15,
        40,
        25,
        1,
        Talk,
        Some(2),
        "Writing down how it feels to be new here",
        &["Hana Sato"],
    ),
    (
        16,
        15,
        45,
        0,
        Keynote,
        Some(2),
        "The corridor is the conference",
        &["Esperanza Ruiz"],
    ),
    (
        23,
        30,
        60,
        1,
        Talk,
        None,
        "Late show: demos that failed",
        &["Everyone"],
    ),
];

/// The first day, by start and room, with one session still without a slot.
pub fn rows() -> Vec<SessionRow> {
    let mut rows: Vec<SessionRow> = DAY
        .iter()
        .enumerate()
        .map(|(n, (h, m, minutes, room, kind, t, title, speakers))| {
            let slot = Slot {
                start: at(0, *h, *m),
                length: Span::minutes(*minutes),
                day: day(0),
            };
            let state = match n {
                5 => SessionState::Cancelled,
                8 => SessionState::Live { since: slot.start },
                _ if slot.end() < now() => SessionState::Ended {
                    since: slot.start,
                    at: slot.end(),
                },
                _ => SessionState::Planned,
            };
            SessionRow {
                code: code(n),
                title: (*title).into(),
                speakers: speakers.iter().map(|s| (*s).into()).collect(),
                slot: Some(slot),
                room: Some(rooms().remove(*room)),
                track: t.map(track),
                kind: *kind,
                language: Some(if n % 7 == 2 { "de" } else { "en" }.into()),
                state,
                recorded: n < 7 && n != 5 && *kind != Workshop,
            }
        })
        .collect();
    rows.push(SessionRow {
        code: code(98),
        title: "A talk that is still looking for its hour".into(),
        speakers: vec!["Vera Holm".into()],
        track: Some(track(2)),
        language: Some("en".into()),
        ..SessionRow::default()
    });
    rows
}

fn code(n: usize) -> String {
    let seed = Uuid::from_u128((n as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060));
    hallway_model::ids::Code::derive(seed, 0)
        .as_str()
        .to_owned()
}

/// What still comes today, soonest first.
pub fn coming() -> Vec<SessionRow> {
    rows()
        .into_iter()
        .filter(|row| row.slot.is_some_and(|slot| slot.start > now()))
        .collect()
}

pub fn hostile_rows() -> Vec<SessionRow> {
    let mut rows: Vec<SessionRow> = rows().into_iter().skip(7).take(3).collect();
    for row in &mut rows {
        row.title = HOSTILE.into();
        row.speakers = vec![HOSTILE.into(), "ליאור בן־עמי".into(), "<b>".into()];
        row.language = Some("<i>".into());
        row.room = Some(Place {
            slug: "main-stage".into(),
            name: HOSTILE.into(),
        });
        row.track = Some(Track {
            slug: "t".into(),
            name: HOSTILE.into(),
            palette: 1,
        });
    }
    rows
}

pub fn badges(session: &SessionRow) -> Vec<SpeakerBadge> {
    session
        .speakers
        .iter()
        .enumerate()
        .map(|(n, name)| SpeakerBadge {
            code: code(300 + n),
            name: name.clone(),
        })
        .collect()
}

pub fn doors() -> Vec<Door> {
    let rows = rows();
    rooms()
        .into_iter()
        .enumerate()
        .map(|(n, room)| {
            let mut here = rows
                .iter()
                .filter(|row| row.room.as_ref() == Some(&room) && !row.is_past(&now()));
            let now_on = here.clone().find(|row| row.is_now(&now()) && n < 2);
            let next = here.find(|row| row.slot.is_some_and(|slot| slot.start > now()));
            Door {
                room: room.slug,
                name: room.name,
                topic: stage_topic(n as u8),
                on_air: n == 0,
                now: now_on.and_then(door_session),
                next: next.and_then(door_session),
                viewers: [312, 87, 0][n],
            }
        })
        .collect()
}

fn door_session(row: &SessionRow) -> Option<DoorSession> {
    Some(DoorSession {
        code: row.code.clone(),
        title: row.title.clone(),
        speakers: row.speakers.clone(),
        slot: row.slot?,
    })
}

pub fn hostile_doors() -> Vec<Door> {
    let mut doors = doors();
    for door in &mut doors {
        door.name = HOSTILE.into();
        for session in door.now.iter_mut().chain(&mut door.next) {
            session.title = HOSTILE.into();
            session.speakers = vec![HOSTILE.into()];
        }
    }
    doors
}

pub fn show() -> Vec<CueRow> {
    rows()
        .into_iter()
        .filter(|row| {
            row.room
                .as_ref()
                .is_some_and(|room| room.slug == "main-stage")
        })
        .map(|session| CueRow {
            session,
            key: KEY.into(),
        })
        .collect()
}

pub fn health() -> StageHealth {
    StageHealth {
        publishing: true,
        video: Some("avc1.64001f".into()),
        audio: Some("mp4a.40.2".into()),
        width: Some(1280),
        height: Some(720),
        keyframe_interval_ms: Some(2_000),
        kbps: Some(2_480),
        encoder: Some("obs-output module (libobs version 30.2.3)".into()),
        recording: true,
        problems: vec![],
    }
}

pub fn channels() -> Vec<ChannelLink> {
    vec![
        ChannelLink {
            slug: "lobby".into(),
            name: "Lobby".into(),
            lit: true,
            messages: 31,
            last: Some(at(0, 13, 19)),
            unread: 2,
            mentions: 1,
            ..ChannelLink::default()
        },
        ChannelLink {
            slug: "one-request".into(),
            name: "One request, nine teams, forty disks".into(),
            of_session: true,
            messages: 12,
            last: Some(at(0, 13, 18)),
            ..ChannelLink::default()
        },
        ChannelLink {
            slug: "hostile".into(),
            name: HOSTILE.into(),
            about: HOSTILE.into(),
            of_session: true,
            ..ChannelLink::default()
        },
        ChannelLink {
            slug: "night-owls".into(),
            name: "Night owls".into(),
            about: "For those whose evening is the conference's morning.".into(),
            language: Some("en".into()),
            by_invitation: true,
            locked: true,
            marks: vec!["endorsed", "pinned"],
            maker: Some("Ada Brandt".into()),
            messages: 4,
            last: Some(at(0, 13, 2)),
            ..ChannelLink::default()
        },
    ]
}

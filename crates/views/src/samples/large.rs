//! A programme as large as the field knows.

use hallway_model::sessions::{SessionKind, SessionState};
use hallway_model::time::Span;

use super::{at, code, day, place};
use crate::sessions::{Place, SessionRow, Slot, Track};

/// A large day: `n` sessions spread over `rooms` rooms.
pub fn many_rows(n: usize, rooms: usize) -> Vec<SessionRow> {
    let people = [
        "Amara",
        "Jonas",
        "Ines",
        "Kofi",
        "Sunniva",
        "Rafael",
        "Mei-Ling",
        "Tomasz",
        "Leila",
        "Bram",
        "Noor",
        "Samira",
        "Oskar",
        "Yuki",
        "Chinedu",
        "Grzegorz",
        "Hana",
        "Esperanza",
    ];
    let families = [
        "Okafor",
        "Weidenbach",
        "Moreau",
        "Mensah",
        "Dahl",
        "Duarte",
        "Chow",
        "Zieliński",
        "Haddad",
        "Visser",
        "Rahman",
        "Aziz",
        "Lindqvist",
        "Tanaka",
        "Eze",
        "Nowak",
        "Sato",
    ];
    let (heads, tails) = (
        [
            "Understanding",
            "Beyond",
            "Living with",
            "A field guide to",
            "The hidden cost of",
            "Measuring",
            "Teaching",
            "Ten years of",
            "Rewriting",
            "Debugging",
            "A gentle start with",
        ],
        [
            "distributed tracing in small teams",
            "the scheduler",
            "reproducible builds",
            "embedded displays",
            "community radio on free software",
            "declarative networks",
            "long-term archives",
            "kernel live patching",
            "a federated calendar",
            "accessible documents",
            "the office suite on phones",
            "font shaping",
            "open hardware",
        ],
    );
    let places = many_rooms(rooms);
    let mut rows: Vec<SessionRow> = (0..n)
        .map(|i| {
            let slot = Slot {
                start: at(0, 9, 0)
                    + Span::minutes(30 * ((i / 22) as i64))
                    + Span::minutes(5 * ((i % 3) as i64)),
                length: Span::minutes(25 + 5 * ((i % 5) as i64)),
                day: day(0),
            };
            SessionRow {
                code: code(100 + i),
                title: format!("{} {} ({})", heads[i % 11], tails[(i * 7) % 13], i + 1),
                speakers: (0..=(i % 3) / 2)
                    .map(|k| {
                        format!(
                            "{} {}",
                            people[(i * 5 + k) % 18],
                            families[(i * 3 + k) % 17]
                        )
                    })
                    .collect(),
                slot: Some(slot),
                room: Some(places[(i * 11) % rooms].clone()),
                track: Some(Track {
                    slug: places[(i * 11) % rooms].slug.clone(),
                    name: places[(i * 11) % rooms].name.clone(),
                    palette: ((i * 11) % 12) as u8,
                }),
                kind: SessionKind::Talk,
                language: Some("en".into()),
                state: SessionState::Planned,
                recorded: false,
            }
        })
        .collect();
    rows.sort_by_key(|row| row.slot.map(|slot| slot.start));
    rows
}

pub fn many_rooms(n: usize) -> Vec<Place> {
    let words = [
        "Storage",
        "Graphics",
        "Kernel",
        "Fonts",
        "Radio",
        "Networks",
        "Databases",
        "Legal",
        "Testing",
        "Rust",
        "Go",
    ];
    (0..n)
        .map(|i| {
            place(&format!(
                "D.{} {}",
                words[i % 11].to_lowercase(),
                i / 11 + 1
            ))
        })
        .collect()
}

//! Real schedule files, which are not part of this repository: beside it or
//! where `HALLWAY_TEST_DATA` points. Without them their tests say so and pass.

use std::path::PathBuf;

use hallway_interchange::{ReadOptions, Reading, read};
use hallway_model::time::Zone;
use uuid::Uuid;

/// A file, the zone to read it in where it has none, and what its README
/// counts: talks, rooms with talks, rooms declared, days, speakers, tracks.
pub struct File {
    pub name: &'static str,
    pub zone: Option<&'static str>,
    pub counts: [usize; 5],
    pub tracks: Option<usize>,
}

pub const FILES: [File; 7] = [
    File {
        name: "fosdem-2021-online.pentabarf.xml",
        zone: Some("Europe/Brussels"),
        counts: [773, 106, 108, 2, 684],
        tracks: Some(109),
    },
    File {
        name: "jev22-distributed.schedule.xml",
        zone: None,
        counts: [433, 43, 48, 6, 299],
        tracks: None,
    },
    File {
        name: "jev22-distributed.schedule.json",
        zone: None,
        counts: [433, 43, 48, 6, 299],
        tracks: None,
    },
    File {
        name: "rc3-2020-channels.pretalx.json",
        zone: Some("Europe/Berlin"),
        counts: [48, 5, 5, 4, 56],
        tracks: None,
    },
    File {
        name: "debconf23.wafer.xml",
        zone: None,
        counts: [117, 5, 5, 8, 87],
        tracks: None,
    },
    File {
        name: "pretalx-2.3.1-democon/schedule.xml",
        zone: None,
        counts: [35, 2, 2, 3, 31],
        tracks: None,
    },
    File {
        name: "pretalx-2.3.1-democon/schedule.json",
        zone: None,
        counts: [35, 2, 2, 3, 31],
        tracks: None,
    },
];

pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("HALLWAY_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/schedules"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

/// The files that are there; says how many are not.
pub fn files() -> Vec<(&'static File, Vec<u8>)> {
    let found: Vec<_> = FILES
        .iter()
        .filter_map(|file| Some((file, std::fs::read(folder()?.join(file.name)).ok()?)))
        .collect();
    if found.len() < FILES.len() {
        println!("{} skipped: no test data", FILES.len() - found.len());
    }
    found
}

pub fn options(zone: Option<&str>) -> ReadOptions {
    ReadOptions {
        zone: zone.map(|zone| Zone::named(zone).unwrap()),
        namespace: Uuid::from_u128(7),
    }
}

pub fn reading(file: &File, bytes: &[u8]) -> Reading {
    read(bytes, &options(file.zone)).unwrap_or_else(|e| panic!("{}: {e}", file.name))
}

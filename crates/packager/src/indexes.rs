//! What is known of the segments that were kept, and how it comes back after a
//! crash. Each segment has a sidecar of its own, written after its bytes: no
//! file is ever appended to or rewritten, so none can be torn. Where a sidecar
//! is missing or damaged, the segment itself tells all but the wall clock, and
//! that is reckoned from its neighbour.

use std::collections::BTreeMap;

use hallway_blob::{BlobError, Blobs, Key};
use hallway_media::{MediaTime, WallTime};
use serde::{Deserialize, Serialize};

use crate::{
    fragments,
    pieces::Piece,
    segments::{Resume, Segment},
};

/// A segment that was kept. Spans are in ticks of 1/90000 s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub msn: u64,
    pub init: u32,
    pub discontinuity: bool,
    /// The wall clock at its first sample, in milliseconds since 1970.
    pub wall_clock_ms: i64,
    /// Decode time of its first sample on the broadcast's timeline.
    pub start: i64,
    pub parts: Vec<EntryPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPart {
    pub duration: i64,
    pub bytes: u64,
    /// Where decoding may begin, as spans from the part's start.
    pub keyframes: Vec<i64>,
}

/// The segments that were kept under one prefix, by number.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(crate) entries: BTreeMap<u64, Entry>,
    /// Of every initialisation segment found, even one no segment needs yet.
    next_init: u32,
}

impl Entry {
    pub(crate) fn of(segment: &Segment) -> Self {
        let head = &segment.head;
        let parts = segment.parts.iter().map(|part| EntryPart {
            duration: part.duration.0,
            bytes: part.data.len() as u64,
            keyframes: part.keyframes.iter().map(|at| at.0).collect(),
        });
        Self {
            msn: head.msn,
            init: head.init,
            discontinuity: head.discontinuity,
            wall_clock_ms: head.program_date_time.0,
            start: head.start.0,
            parts: parts.collect(),
        }
    }

    pub fn starts(&self) -> WallTime {
        WallTime(self.wall_clock_ms)
    }

    pub fn ends(&self) -> WallTime {
        self.starts().plus(self.duration())
    }

    pub fn duration(&self) -> MediaTime {
        MediaTime(self.parts.iter().map(|part| part.duration).sum())
    }

    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

impl Index {
    /// Reads what is kept under `prefix`.
    pub async fn load(blobs: &Blobs, prefix: &Key) -> Result<Self, BlobError> {
        let mut index = Self::default();
        let mut without_sidecar = Vec::new();
        for key in blobs.list(prefix).await? {
            match Piece::parse(key.name()) {
                Some(Piece::Init(id)) => index.next_init = index.next_init.max(id + 1),
                Some(Piece::Segment(msn)) => match read_sidecar(blobs, prefix, msn).await? {
                    Some(entry) => _ = index.entries.insert(msn, entry),
                    None => without_sidecar.push(msn),
                },
                _ => {}
            }
        }
        for msn in without_sidecar {
            if let Some(entry) = index.rebuild(blobs, prefix, msn).await? {
                index.entries.insert(msn, entry);
            }
        }
        Ok(index)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Numbers that were not used here yet. A segment in the making at the time
    /// of a crash had a number too, and players may have it: it is skipped.
    pub fn resume(&self) -> Resume {
        let last = self.entries.last_key_value().map(|(_, last)| last);
        Resume {
            msn: last.map_or(0, |last| last.msn + 2),
            init: self.next_init,
            start: last.map_or(MediaTime::ZERO, |last| {
                MediaTime(last.start) + last.duration()
            }),
        }
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        self.next_init = self.next_init.max(entry.init + 1);
        self.entries.insert(entry.msn, entry);
    }

    /// An entry from the bytes of the segment and the neighbour before it, or
    /// else after it, whose initialisation segment it is taken to share.
    async fn rebuild(
        &self,
        blobs: &Blobs,
        prefix: &Key,
        msn: u64,
    ) -> Result<Option<Entry>, BlobError> {
        let before = self.entries.range(..msn).next_back();
        let Some((_, neighbour)) = before.or(self.entries.range(msn..).next()) else {
            return Ok(None);
        };
        let init = blobs
            .get(&piece_key(prefix, Piece::Init(neighbour.init)))
            .await?;
        let bytes = blobs.get(&piece_key(prefix, Piece::Segment(msn))).await?;
        let Ok(timescales) = fragments::timescales(&init) else {
            return Ok(None);
        };
        let parts = fragments::read_parts(&bytes, timescales);
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        let start = first.start.0;
        let follows = neighbour.start + neighbour.duration().0 == start;
        let wall_clock = neighbour.starts().plus(MediaTime(start - neighbour.start));
        tracing::warn!(
            msn,
            "the entry of a kept segment was missing and was read from the segment"
        );
        Ok(Some(Entry {
            msn,
            init: neighbour.init,
            discontinuity: neighbour.msn + 1 == msn && !follows,
            wall_clock_ms: wall_clock.0,
            start,
            parts: parts
                .into_iter()
                .map(|part| EntryPart {
                    duration: part.duration.0,
                    bytes: part.bytes as u64,
                    keyframes: part.keyframes.into_iter().map(|at| at.0).collect(),
                })
                .collect(),
        }))
    }
}

async fn read_sidecar(blobs: &Blobs, prefix: &Key, msn: u64) -> Result<Option<Entry>, BlobError> {
    match blobs.get(&sidecar_key(prefix, msn)).await {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)
            .ok()
            .filter(|entry: &Entry| entry.msn == msn)),
        Err(BlobError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn piece_key(prefix: &Key, piece: Piece) -> Key {
    own_key(prefix, &piece.to_string())
}

pub(crate) fn sidecar_key(prefix: &Key, msn: u64) -> Key {
    own_key(prefix, &format!("segment-{msn}.json"))
}

/// A key of a name that we make ourselves; only a prefix at the limit of
/// length could refuse it, and [`crate::Recorder::open`] turns that away.
pub(crate) fn own_key(prefix: &Key, name: &str) -> Key {
    prefix.join(name).unwrap_or_else(|_| prefix.clone())
}

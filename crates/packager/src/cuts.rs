//! Cutting a recording out of a broadcast, without re-encoding.
//!
//! A cut is made of whole segments, but for its first, which begins at the
//! keyframe at or before the cue, and its last, which ends with the part that
//! holds the cue. Its blobs are its own (links, where the store can link).

use hallway_blob::{BlobError, Blobs, Key};
use hallway_media::{MediaTime, WallTime};

use crate::{
    fragments::{self, FragmentError},
    indexes::{Entry, Index, own_key, piece_key},
    pieces::{Piece, Variant},
    playlists::{self, Recorded},
    segments::{Init, Segment},
};

/// From when to when, and where the cut is to lie.
#[derive(Clone, Debug)]
pub struct CutOrder {
    pub from: WallTime,
    pub to: WallTime,
    /// A prefix that holds nothing else; what is there is replaced.
    pub into: Key,
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The key of its playlist; the names in it are relative to this key's folder.
    pub playlist: Key,
    /// The wall clock at its first picture: at or before the cue, by less than
    /// the publisher's keyframe interval.
    pub starts: WallTime,
    pub ends: WallTime,
    pub duration: MediaTime,
    pub bytes: u64,
    pub segments: u32,
    /// Segments within it that were not kept.
    pub missing: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum CutError {
    #[error("the recording would end before it begins")]
    Backwards,
    /// What is there would be replaced, and that is what the cut is made from.
    #[error("a recording cannot lie where the broadcast lies")]
    Overlaps,
    #[error("nothing was recorded between these times")]
    NothingRecorded,
    #[error(transparent)]
    Store(#[from] BlobError),
    #[error("a kept segment is damaged")]
    Damaged(#[from] FragmentError),
}

/// The name of a cut's playlist under its prefix.
const PLAYLIST: &str = "index.m3u8";

/// A segment of a cut: which of its parts, and from which keyframe.
struct Slice {
    entry: Entry,
    first_part: usize,
    /// The keyframe to begin with, as a span from the first part's start.
    skip: MediaTime,
    /// One past the last part.
    end_part: usize,
    /// Set where the segment lies in memory only.
    open: Option<(Segment, Init)>,
}

pub(crate) async fn cut(
    blobs: &Blobs,
    prefix: &Key,
    index: &Index,
    open: Vec<(Segment, Init)>,
    order: CutOrder,
) -> Result<Cut, CutError> {
    if prefix.is_under(&order.into) || order.into.is_under(prefix) {
        return Err(CutError::Overlaps);
    }
    let slices = plan(index, open, &order)?;
    blobs.delete(&order.into).await?;
    let mut recorded: Vec<Recorded> = Vec::with_capacity(slices.len());
    let mut links = Vec::new();
    let (mut bytes, mut missing, mut init, mut next) = (0, 0, None, None);
    for (number, slice) in slices.iter().enumerate() {
        let entry = &slice.entry;
        let gap = next.map_or(0, |next| entry.msn.saturating_sub(next));
        // A number left out at a restart is no loss: a restart is a discontinuity.
        missing += if entry.discontinuity { 0 } else { gap };
        next = Some(entry.msn + 1);
        let init_name = Piece::Init(entry.init).to_string();
        if init != Some(entry.init) {
            init = Some(entry.init);
            let key = own_key(&order.into, &init_name);
            match &slice.open {
                Some((_, init)) => blobs.put(&key, init.data.clone()).await?,
                None => links.push((piece_key(prefix, Piece::Init(entry.init)), key)),
            }
        }
        let name = Piece::Segment(number as u64).to_string();
        let key = own_key(&order.into, &name);
        let length = match slice.whole() {
            true => {
                links.push((piece_key(prefix, Piece::Segment(entry.msn)), key));
                entry.bytes()
            }
            false => slice.write(blobs, prefix, &key).await?,
        };
        bytes += length;
        recorded.push(Recorded {
            name,
            init: init_name,
            duration: slice.duration(),
            discontinuity: entry.discontinuity || gap > 0,
            program_date_time: slice.starts(),
        });
    }
    blobs.copy_all(links).await?;
    // Last: where there is a playlist, the cut is whole.
    let playlist = own_key(&order.into, PLAYLIST);
    blobs
        .put(&playlist, playlists::on_demand(&recorded).into())
        .await?;
    let (Some(first), Some(last)) = (slices.first(), slices.last()) else {
        return Err(CutError::NothingRecorded);
    };
    Ok(Cut {
        playlist,
        starts: first.starts(),
        ends: last.starts().plus(last.duration()),
        duration: slices
            .iter()
            .fold(MediaTime::ZERO, |sum, slice| sum + slice.duration()),
        bytes,
        segments: slices.len() as u32,
        missing,
    })
}

/// Which parts of which segments.
fn plan(
    index: &Index,
    open: Vec<(Segment, Init)>,
    order: &CutOrder,
) -> Result<Vec<Slice>, CutError> {
    if order.to <= order.from {
        return Err(CutError::Backwards);
    }
    let kept = index.entries().cloned().map(|entry| (entry, None));
    let open = open
        .into_iter()
        .map(|(segment, init)| (Entry::of(&segment), Some((segment, init))));
    let mut all: Vec<_> = kept.chain(open).collect();
    all.sort_by_key(|(entry, _)| entry.msn);
    all.retain(|(entry, _)| entry.starts() < order.to);
    // The last keyframe at or before the cue, else the first after it.
    let mut begin = None;
    'segments: for (position, (entry, _)) in all.iter().enumerate() {
        for (part, key) in keyframes(entry) {
            let late = entry.starts().plus(key.at) > order.from;
            if late && begin.is_some() {
                break 'segments;
            }
            begin = Some((position, part, key.skip));
            if late {
                break 'segments;
            }
        }
    }
    let (position, first_part, skip) = begin.ok_or(CutError::NothingRecorded)?;
    let mut slices: Vec<Slice> = all
        .into_iter()
        .skip(position)
        .map(|(entry, open)| {
            let end_part = parts_before(&entry, order.to);
            Slice {
                entry,
                first_part: 0,
                skip: MediaTime::ZERO,
                end_part,
                open,
            }
        })
        .collect();
    if let Some(first) = slices.first_mut() {
        (first.first_part, first.skip) = (first_part, skip);
    }
    slices.retain(|slice| slice.first_part < slice.end_part);
    // The keyframe before the cue is not wanted where the stream paused in between.
    while let [first, second, ..] = &slices[..]
        && first.starts().plus(first.duration()) <= order.from
        && keyframes(&second.entry)
            .next()
            .is_some_and(|(_, key)| key.at == MediaTime::ZERO)
    {
        slices.remove(0);
    }
    let ends = slices
        .last()
        .map(|slice| slice.starts().plus(slice.duration()));
    if ends.is_none_or(|ends| ends <= order.from) {
        return Err(CutError::NothingRecorded);
    }
    Ok(slices)
}

struct Keyframe {
    /// As a span from the segment's start.
    at: MediaTime,
    /// As a span from the part's start.
    skip: MediaTime,
}

fn keyframes(entry: &Entry) -> impl Iterator<Item = (usize, Keyframe)> {
    let mut start = 0;
    entry
        .parts
        .iter()
        .enumerate()
        .flat_map(move |(number, part)| {
            let part_start = start;
            start += part.duration;
            part.keyframes.iter().map(move |&skip| {
                (
                    number,
                    Keyframe {
                        at: MediaTime(part_start + skip),
                        skip: MediaTime(skip),
                    },
                )
            })
        })
}

/// How many of the segment's parts begin before `to`.
fn parts_before(entry: &Entry, to: WallTime) -> usize {
    let mut at = MediaTime::ZERO;
    let before = entry.parts.iter().take_while(|part| {
        let begins = entry.starts().plus(at);
        at = at + MediaTime(part.duration);
        begins < to
    });
    before.count()
}

impl Slice {
    /// All of a segment that lies in the store.
    fn whole(&self) -> bool {
        self.open.is_none()
            && self.first_part == 0
            && self.skip == MediaTime::ZERO
            && self.end_part == self.entry.parts.len()
    }

    fn offset(&self) -> MediaTime {
        let before = self.entry.parts[..self.first_part]
            .iter()
            .map(|part| part.duration);
        MediaTime(before.sum()) + self.skip
    }

    fn starts(&self) -> WallTime {
        self.entry.starts().plus(self.offset())
    }

    fn duration(&self) -> MediaTime {
        let parts = &self.entry.parts[self.first_part..self.end_part];
        MediaTime(parts.iter().map(|part| part.duration).sum()) - self.skip
    }

    /// Writes the chosen parts and returns how many bytes they are.
    async fn write(&self, blobs: &Blobs, prefix: &Key, key: &Key) -> Result<u64, CutError> {
        let mut parts = match &self.open {
            Some((segment, _)) => {
                segment.data(Variant::Source)[self.first_part..self.end_part].to_vec()
            }
            None => {
                let length =
                    |parts: &[crate::EntryPart]| parts.iter().map(|part| part.bytes).sum::<u64>();
                let start = length(&self.entry.parts[..self.first_part]);
                let end = length(&self.entry.parts[..self.end_part]);
                let stored = piece_key(prefix, Piece::Segment(self.entry.msn));
                let mut bytes = blobs.get_range(&stored, start..end).await?;
                let chosen = &self.entry.parts[self.first_part..self.end_part];
                chosen
                    .iter()
                    .map(|part| bytes.split_to(part.bytes as usize))
                    .collect()
            }
        };
        if self.skip > MediaTime::ZERO {
            let init = match &self.open {
                Some((_, init)) => init.data.clone(),
                None => {
                    blobs
                        .get(&piece_key(prefix, Piece::Init(self.entry.init)))
                        .await?
                }
            };
            let start = MediaTime(self.entry.start) + self.offset();
            parts[0] = fragments::trim(&parts[0], start, fragments::timescales(&init)?)?;
        }
        let length = parts.iter().map(|part| part.len() as u64).sum();
        blobs.put_parts(key, parts).await?;
        Ok(length)
    }
}

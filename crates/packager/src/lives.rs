//! The live window and those who read it: playlists, parts and segments from
//! memory, with blocking reload (RFC 8216bis 6.2.5.2).
//!
//! Each playlist is rendered once, as its newest part comes in, and its bytes
//! are shared by everyone who waits. What the window holds is bounded; what
//! leaves the playlist can be fetched a little longer by players that are behind.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use bytes::Bytes;
use hallway_media::{MediaTime, Tracks, WallTime};
use tokio::sync::watch;

use crate::{
    pieces::{LiveFile, Piece, Variant},
    playlists::{MediaPlaylist, Offer, Rendered, multivariant, next_part, rounded_seconds},
    segmenters::{Output, Settings},
    segments::{Init, Part, Segment},
};

/// The reading end of a broadcast. Cloning is cheap and gives the same broadcast.
#[derive(Clone, Debug)]
pub struct Live {
    shared: Arc<Shared>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// 404: nothing was published yet.
    #[error("nothing has been published yet")]
    NotStarted,
    /// 404: it has left the window, or never was.
    #[error("this part of the stream is not there")]
    Gone,
    /// 400: `_HLS_part` without `_HLS_msn`.
    #[error("a part is asked for by the number of its segment")]
    PartWithoutSegment,
    /// 400: no server could have promised this one yet (RFC 8216bis 6.2.5.2).
    #[error("this part of the stream is too far ahead")]
    TooFarAhead,
    /// 503: it did not come within three target durations.
    #[error("the stream has stalled")]
    Stalled,
}

/// What a player waits for when it asks for a media playlist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reload {
    /// `_HLS_msn`: until the playlist holds this segment whole, or the part of
    /// it. Without, as players of plain HLS ask, it is the present one.
    pub msn: Option<u64>,
    /// `_HLS_part`
    pub part: Option<u32>,
    /// `_HLS_skip`: it knows what is older, which may be left out.
    pub skip: bool,
}

/// What a desk shows of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub started: bool,
    pub ended: bool,
    pub tracks: Option<Tracks>,
    /// The newest segment, and how many parts it has so far.
    pub msn: u64,
    pub parts: u32,
    /// In whole seconds.
    pub target_duration: u64,
    /// Of the segments in the window, in bit/s.
    pub average_bandwidth: u64,
    /// The wall clock at the end of the newest part.
    pub edge: Option<WallTime>,
}

#[derive(Debug)]
struct Shared {
    window: RwLock<Window>,
    /// Counts changes of the window.
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Window {
    settings: Settings,
    segments: VecDeque<Segment>,
    hidden: usize,
    inits: VecDeque<Init>,
    discontinuity_sequence: u64,
    target_duration: u64,
    part_target: MediaTime,
    /// Those that are offered now, the source first.
    playlists: Vec<(Variant, Rendered)>,
    /// By variant, as numbered in [`Variant::ALL`].
    peak_bandwidths: [u64; Variant::ALL.len()],
    ended: bool,
}

/// Segments kept after they have left the playlist (RFC 8216bis 6.2.2 asks for
/// about as long as the playlist is).
const KEPT_AFTER: usize = 4;
/// However large segments are, a playlist keeps this many (RFC 8216bis 6.2.2).
const FEWEST: usize = 3;
/// Announced before anything was measured.
const ASSUMED_BANDWIDTH: u64 = 3_000_000;
const ASSUMED_AUDIO_BANDWIDTH: u64 = 128_000;

impl Live {
    pub(crate) fn new(settings: Settings) -> Self {
        let target_duration = rounded_seconds(settings.segment_target).max(1);
        let part_target = settings.part_target;
        let window = Window {
            settings,
            segments: VecDeque::new(),
            hidden: 0,
            inits: VecDeque::new(),
            discontinuity_sequence: 0,
            target_duration,
            part_target,
            playlists: vec![],
            peak_bandwidths: Default::default(),
            ended: false,
        };
        let shared = Shared {
            window: RwLock::new(window),
            changed: watch::Sender::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// A variant's media playlist, once it holds what is waited for.
    pub async fn playlist(&self, variant: Variant, reload: Reload) -> Result<Bytes, LiveError> {
        let Reload { msn, part, skip } = reload;
        let Some(msn) = msn else {
            return match part {
                Some(_) => Err(LiveError::PartWithoutSegment),
                None => self.window().playlist(variant, skip),
            };
        };
        let deadline = {
            let window = self.window();
            window.check_ahead(msn, part)?;
            window.deadline()
        };
        self.when(deadline, |window| {
            (window.ended || window.has(msn, part)).then(|| window.playlist(variant, skip))
        })
        .await
    }

    /// The multivariant playlist; its codecs are those of the newest tracks.
    pub fn multivariant(&self) -> Result<Bytes, LiveError> {
        self.window().multivariant()
    }

    /// An initialisation segment of the window.
    pub fn init(&self, variant: Variant, id: u32) -> Result<Bytes, LiveError> {
        let window = self.window();
        let init = window.inits.iter().find(|init| init.id == id);
        let data = init.and_then(|init| init.of(variant));
        data.cloned().ok_or(LiveError::Gone)
    }

    /// A whole segment, as its parts end to end.
    pub fn segment(&self, variant: Variant, msn: u64) -> Result<Vec<Bytes>, LiveError> {
        let window = self.window();
        let segment = window.segment(msn).filter(|segment| segment.closed);
        let data = segment.map(|segment| segment.data(variant));
        data.filter(|data| !data.is_empty()).ok_or(LiveError::Gone)
    }

    /// A part. The one the playlist hints at is waited for.
    pub async fn part(&self, variant: Variant, msn: u64, index: u32) -> Result<Bytes, LiveError> {
        let data = |part: &Part| part.of(variant).cloned().ok_or(LiveError::Gone);
        let deadline = {
            let window = self.window();
            if let Some(part) = window.part(msn, index) {
                return data(part);
            }
            if window.ended || next_part(&window.segments) != Some((msn, index)) {
                return Err(LiveError::Gone);
            }
            window.deadline()
        };
        self.when(deadline, |window| {
            if let Some(part) = window.part(msn, index) {
                return Some(data(part));
            }
            // The segment was closed before it, or the broadcast ended.
            let lost = window.ended || next_part(&window.segments) != Some((msn, index));
            lost.then_some(Err(LiveError::Gone))
        })
        .await
    }

    /// Whatever a player asks for by file name, as chunks; see [`LiveFile`].
    pub async fn file(&self, file: LiveFile, reload: Reload) -> Result<Vec<Bytes>, LiveError> {
        let variant = file.variant;
        let one = |bytes| vec![bytes];
        match file.piece {
            Piece::Multivariant => self.multivariant().map(one),
            Piece::Media => self.playlist(variant, reload).await.map(one),
            Piece::Init(id) => self.init(variant, id).map(one),
            Piece::Segment(msn) => self.segment(variant, msn),
            Piece::Part(msn, index) => self.part(variant, msn, index).await.map(one),
        }
    }

    pub fn status(&self) -> Status {
        let window = self.window();
        let newest = window.segments.back();
        Status {
            started: !window.playlists.is_empty(),
            ended: window.ended,
            tracks: window.inits.back().map(|init| init.tracks.clone()),
            msn: newest.map_or(0, |segment| segment.head.msn),
            parts: newest.map_or(0, |segment| segment.parts.len() as u32),
            target_duration: window.target_duration,
            average_bandwidth: window.average_bandwidth(Variant::Source),
            edge: newest.map(Segment::ends_at),
        }
    }

    /// Resolves whenever the window has changed since the last look; for those
    /// who show a status.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// Segments of the window from `msn` on, oldest first, the open one too.
    pub(crate) fn segments_from(&self, msn: u64) -> Vec<Segment> {
        self.window()
            .segments
            .iter()
            .filter(|segment| segment.head.msn >= msn)
            .cloned()
            .collect()
    }

    /// The segments that `outputs` will close, as the window will hold them,
    /// each with the initialisation segment it needs.
    pub(crate) fn closing(&self, outputs: &[Output]) -> Vec<(Segment, Init)> {
        if !outputs.iter().any(|output| matches!(output, Output::Close)) {
            return vec![];
        }
        let window = self.window();
        let mut inits: Vec<&Init> = window.inits.iter().collect();
        let mut open = window.segments.back().filter(|s| !s.closed).cloned();
        let mut closing = vec![];
        for output in outputs {
            match output {
                Output::Init(init) => inits.push(init),
                Output::Open(head) => open = Some(Segment::open(*head)),
                Output::Part(part) => {
                    if let Some(open) = &mut open {
                        open.parts.push(part.clone());
                    }
                }
                Output::Close => {
                    if let Some(mut segment) = open.take()
                        && let Some(init) = inits.iter().find(|i| i.id == segment.head.init)
                    {
                        segment.closed = true;
                        closing.push((segment, Init::clone(init)));
                    }
                }
            }
        }
        closing
    }

    pub(crate) fn init_of(&self, id: u32) -> Option<Init> {
        self.window()
            .inits
            .iter()
            .find(|init| init.id == id)
            .cloned()
    }

    /// Takes what the segmenter produced; a playlist is rendered once for all of it.
    pub(crate) fn take(&self, outputs: Vec<Output>) {
        if !outputs.is_empty() {
            self.change(|window| outputs.into_iter().for_each(|output| window.take(output)));
        }
    }

    /// Nothing follows: the playlist says so and nobody waits any longer.
    pub(crate) fn end(&self) {
        self.change(|window| window.ended = true);
    }

    fn change(&self, change: impl FnOnce(&mut Window)) {
        let mut window = self
            .shared
            .window
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut window);
        window.render();
        drop(window);
        self.shared.changed.send_modify(|count| *count += 1);
    }

    fn window(&self) -> RwLockReadGuard<'_, Window> {
        self.shared
            .window
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn when<T>(
        &self,
        deadline: Duration,
        look: impl Fn(&Window) -> Option<Result<T, LiveError>>,
    ) -> Result<T, LiveError> {
        let mut changes = self.shared.changed.subscribe();
        let found = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = look(&self.window()) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    return Err(LiveError::Stalled);
                }
            }
        };
        tokio::time::timeout(deadline, found)
            .await
            .unwrap_or(Err(LiveError::Stalled))
    }
}

impl Window {
    fn take(&mut self, output: Output) {
        match output {
            Output::Init(init) => self.inits.push_back(init),
            Output::Open(head) => self.segments.push_back(Segment::open(head)),
            Output::Part(part) => {
                self.part_target = self.part_target.max(part.duration);
                if let Some(open) = self.segments.back_mut() {
                    open.parts.push(part);
                    let length = open.duration();
                    self.target_duration = self.target_duration.max(rounded_seconds(length));
                }
            }
            Output::Close => {
                if let Some(open) = self.segments.back_mut() {
                    open.closed = true;
                    for (variant, peak) in Variant::ALL.into_iter().zip(&mut self.peak_bandwidths) {
                        let bandwidth = bandwidth(open.bytes(variant), open.duration());
                        *peak = bandwidth.max(*peak);
                    }
                }
                self.let_go();
            }
        }
    }

    /// Drops what is beyond the window.
    fn let_go(&mut self) {
        let mut bytes: usize = self.segments.iter().map(held).sum();
        let mut shown = self.segments.len() - self.hidden;
        let mut kept_after = KEPT_AFTER;
        while shown > FEWEST
            && (shown > self.settings.window_segments || bytes > self.settings.window_bytes)
        {
            if bytes > self.settings.window_bytes {
                kept_after = 0;
            }
            // The tag of the oldest segment shown is counted, not written
            // (`MediaPlaylist::head`); so is one that becomes the oldest now.
            self.hidden += 1;
            shown -= 1;
            if self
                .segments
                .get(self.hidden)
                .is_some_and(|segment| segment.head.discontinuity)
            {
                self.discontinuity_sequence += 1;
            }
            if self.hidden > kept_after
                && let Some(gone) = self.segments.pop_front()
            {
                self.hidden -= 1;
                bytes -= held(&gone);
            }
        }
        let oldest = self.segments.front().map(|segment| segment.head.init);
        self.inits
            .retain(|init| oldest.is_none_or(|oldest| init.id >= oldest));
    }

    fn render(&mut self) {
        if self.segments.is_empty() {
            return;
        }
        let offered = self.offered();
        let playlists = offered.iter().map(|&variant| {
            let others: Vec<Variant> = offered.iter().copied().filter(|o| *o != variant).collect();
            let playlist = MediaPlaylist {
                variant,
                others: &others,
                segments: &self.segments,
                hidden: self.hidden,
                discontinuity_sequence: self.discontinuity_sequence,
                target_duration: self.target_duration,
                part_target: self.part_target,
                uri_prefix: &self.settings.uri_prefix,
                ended: self.ended,
            };
            (variant, playlist.render())
        });
        self.playlists = playlists.collect();
    }

    /// What the whole of the playlist can be played as.
    fn offered(&self) -> Vec<Variant> {
        let has = |variant| {
            self.segments.range(self.hidden..).all(|segment| {
                let init = self.inits.iter().find(|init| init.id == segment.head.init);
                init.is_some_and(|init| init.of(variant).is_some())
            })
        };
        let variants = Variant::ALL.into_iter();
        variants
            .filter(|&variant| variant == Variant::Source || has(variant))
            .collect()
    }

    fn playlist(&self, variant: Variant, skip: bool) -> Result<Bytes, LiveError> {
        if self.playlists.is_empty() {
            return Err(LiveError::NotStarted);
        }
        let mut offered = self.playlists.iter();
        let found = offered.find(|(offered, _)| *offered == variant);
        let (_, rendered) = found.ok_or(LiveError::Gone)?;
        let text = if skip {
            &rendered.delta
        } else {
            &rendered.full
        };
        Ok(text.clone())
    }

    fn multivariant(&self) -> Result<Bytes, LiveError> {
        let tracks = match self.inits.back() {
            Some(init) if !self.segments.is_empty() => &init.tracks,
            _ => return Err(LiveError::NotStarted),
        };
        let offers = Variant::ALL.into_iter().zip(self.peak_bandwidths);
        let offers = offers.filter_map(|(variant, peak_bandwidth)| {
            self.playlists
                .iter()
                .find(|(offered, _)| *offered == variant)?;
            let average_bandwidth = self.average_bandwidth(variant);
            Some(Offer {
                variant,
                tracks: match variant {
                    Variant::Source => tracks.clone(),
                    Variant::AudioOnly => tracks.audio_only()?,
                },
                peak_bandwidth: peak_bandwidth.max(average_bandwidth),
                average_bandwidth,
            })
        });
        Ok(multivariant(&offers.collect::<Vec<_>>()).into())
    }

    fn average_bandwidth(&self, variant: Variant) -> u64 {
        let closed = || self.segments.iter().filter(|segment| segment.closed);
        if closed().next().is_none() {
            return match variant {
                Variant::Source => ASSUMED_BANDWIDTH,
                Variant::AudioOnly => ASSUMED_AUDIO_BANDWIDTH,
            };
        }
        let span = closed().fold(MediaTime::ZERO, |sum, segment| sum + segment.duration());
        bandwidth(closed().map(|segment| segment.bytes(variant)).sum(), span)
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(self.target_duration * 3)
    }

    fn segment(&self, msn: u64) -> Option<&Segment> {
        let first = self.segments.front()?.head.msn;
        self.segments
            .get(usize::try_from(msn.checked_sub(first)?).ok()?)
    }

    fn part(&self, msn: u64, index: u32) -> Option<&Part> {
        self.segment(msn)?.parts.get(index as usize)
    }

    /// Does the playlist hold this part, or without one this whole segment, or later?
    fn has(&self, msn: u64, part: Option<u32>) -> bool {
        let Some(newest) = self.segments.back() else {
            return false;
        };
        if newest.head.msn > msn {
            // A part beyond the last of its segment is the first of the next
            // one (RFC 8216bis 6.2.5.2), and a segment opens with a part.
            return true;
        }
        newest.head.msn == msn
            && (newest.closed && part.is_none_or(|part| (part as usize) < newest.parts.len())
                || part.is_some_and(|part| (part as usize) < newest.parts.len()))
    }

    /// RFC 8216bis 6.2.5.2: more than two segments, or more parts than fit in
    /// three seconds, beyond the newest is a mistake of the player's.
    fn check_ahead(&self, msn: u64, part: Option<u32>) -> Result<(), LiveError> {
        let Some(newest) = self.segments.back() else {
            return Err(LiveError::NotStarted);
        };
        if self.ended {
            return Ok(());
        }
        let last = newest.head.msn;
        if msn > last.saturating_add(2) {
            return Err(LiveError::TooFarAhead);
        }
        let parts_ahead = (3.0 / self.part_target.as_seconds()).ceil().max(3.0) as u32;
        let reached = if msn == last {
            newest.parts.len() as u32
        } else {
            0
        };
        if msn >= last && part.is_some_and(|part| part > reached.saturating_add(parts_ahead)) {
            return Err(LiveError::TooFarAhead);
        }
        Ok(())
    }
}

/// Bytes that a segment holds in memory.
fn held(segment: &Segment) -> usize {
    let variants = Variant::ALL.into_iter();
    variants.map(|variant| segment.bytes(variant)).sum()
}

fn bandwidth(bytes: usize, span: MediaTime) -> u64 {
    let seconds = span.as_seconds();
    if seconds <= 0.0 {
        ASSUMED_BANDWIDTH
    } else {
        (bytes as f64 * 8.0 / seconds).ceil() as u64
    }
}

#[cfg(test)]
mod tests;

//! The writing end of a broadcast: the segmenter, the window its output goes
//! to, and the recorder that keeps it, if there is one.

use hallway_media::{Item, WallTime};

use crate::{Live, Recorder, Segmenter, Settings, fragments::FragmentError, segmenters::Output};

/// Owned by the one task that feeds a broadcast. Dropping it ends the broadcast.
#[derive(Debug)]
pub struct Packager {
    segmenter: Segmenter,
    live: Live,
    recorder: Option<Recorder>,
    /// The first segment that was not yet offered to a recorder.
    unrecorded: u64,
}

impl Packager {
    pub fn new(settings: Settings) -> Self {
        let unrecorded = settings.resume.msn;
        let live = Live::new(settings.clone());
        Self {
            live,
            segmenter: Segmenter::new(settings),
            recorder: None,
            unrecorded,
        }
    }

    /// The reading end.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Takes the next item of the publisher's stream; `now` is when it came in.
    /// An error concerns this item alone.
    pub fn handle(&mut self, item: Item, now: WallTime) -> Result<(), FragmentError> {
        let handled = self.segmenter.handle(item, now);
        self.hand_on();
        handled
    }

    /// The publisher is gone, maybe to come back: closes what is open. What
    /// comes next follows a discontinuity.
    pub fn pause(&mut self, now: WallTime) -> Result<(), FragmentError> {
        let flushed = self.segmenter.flush(now);
        self.hand_on();
        flushed
    }

    /// Keeps the broadcast from the next segment on; the open one began before
    /// anybody asked. `None` keeps nothing more, not even the open segment.
    pub fn record(&mut self, recorder: Option<Recorder>) {
        let next = self.segmenter.next_msn();
        if let Some(before) = self.recorder.take() {
            before.stop(next);
        }
        if let Some(recorder) = &recorder {
            recorder.start(next);
        }
        self.unrecorded = next;
        self.recorder = recorder;
    }

    /// Ends the broadcast for good.
    pub fn end(mut self, now: WallTime) -> Result<(), FragmentError> {
        self.pause(now)
    }

    /// Frames lost on the way or unusable.
    pub fn dropped(&self) -> u64 {
        self.segmenter.dropped()
    }

    fn hand_on(&mut self) {
        let outputs: Vec<Output> = std::iter::from_fn(|| self.segmenter.poll()).collect();
        let closed = outputs.iter().any(|output| matches!(output, Output::Close));
        self.live.take(outputs);
        if closed && let Some(recorder) = &self.recorder {
            for segment in self.live.segments_from(self.unrecorded) {
                if segment.closed
                    && let Some(init) = self.live.init_of(segment.head.init)
                {
                    self.unrecorded = segment.head.msn + 1;
                    recorder.offer(segment, init);
                }
            }
        }
    }
}

impl Drop for Packager {
    fn drop(&mut self) {
        self.live.end();
    }
}

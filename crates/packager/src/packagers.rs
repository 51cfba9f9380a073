//! The writing end of a broadcast: the segmenter, the window its output goes
//! to, and the recorder that keeps it, if there is one.
//!
//! What closes a segment that is to be kept is held back until the recorder has
//! it on the disk, so that a viewer is never shown a whole segment that a crash
//! could still take. The wait is short and bounded: see [`Packager::show_kept`].

use std::time::Duration;

use hallway_media::{Item, WallTime};
use tokio::sync::oneshot;

use crate::{Live, Recorder, Segmenter, Settings, fragments::FragmentError, segmenters::Output};

/// Owned by the one task that feeds a broadcast. Dropping it ends the broadcast.
#[derive(Debug)]
pub struct Packager {
    segmenter: Segmenter,
    live: Live,
    recorder: Option<Recorder>,
    /// The first segment that was not yet offered to a recorder.
    unrecorded: u64,
    held: Option<Held>,
}

/// What is not shown yet, and what it waits for.
#[derive(Debug)]
struct Held {
    outputs: Vec<Output>,
    kept: Vec<oneshot::Receiver<()>>,
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
            held: None,
        }
    }

    /// The reading end.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Takes the next item of the publisher's stream; `now` is when it came in.
    /// An error concerns this item alone. What it closes is shown by
    /// [`Packager::show_kept`], at the latest by the next item.
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

    /// Shows what was held back as soon as it is kept, or after `patience`: a
    /// disk that lags costs the recording, never the audience.
    pub async fn show_kept(&mut self, patience: Duration) {
        if let Some(held) = &mut self.held {
            let all = async {
                for kept in &mut held.kept {
                    // Kept or given up: there is nothing more to wait for.
                    let _ = kept.await;
                }
            };
            if tokio::time::timeout(patience, all).await.is_err() {
                tracing::warn!("the disk lags; a segment is shown before it is kept");
            }
        }
        self.show();
    }

    /// Keeps the broadcast from the next segment on; the open one began before
    /// anybody asked. `None` keeps nothing more, not even the open segment.
    pub fn record(&mut self, recorder: Option<Recorder>) {
        self.show();
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
        self.show();
        let outputs: Vec<Output> = std::iter::from_fn(|| self.segmenter.poll()).collect();
        let kept = self.offer(&outputs);
        self.held = Some(Held { outputs, kept });
        if self.held.as_ref().is_some_and(|held| held.kept.is_empty()) {
            self.show();
        }
    }

    /// Gives what `outputs` close to the recorder; what is to be waited for.
    fn offer(&mut self, outputs: &[Output]) -> Vec<oneshot::Receiver<()>> {
        let Some(recorder) = &self.recorder else {
            return vec![];
        };
        let mut kept = vec![];
        for (segment, init) in self.live.closing(outputs) {
            if segment.head.msn >= self.unrecorded {
                self.unrecorded = segment.head.msn + 1;
                kept.extend(recorder.offer(segment, init));
            }
        }
        kept
    }

    fn show(&mut self) {
        if let Some(held) = self.held.take() {
            self.live.take(held.outputs);
        }
    }
}

impl Drop for Packager {
    fn drop(&mut self) {
        self.show();
        self.live.end();
    }
}

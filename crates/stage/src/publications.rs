//! One publisher on its stage: its frames through the packager, its health to
//! the desk, its beginning and end to the service. The frames never wait for
//! the database.

use std::sync::Arc;
use std::time::Duration;

use hallway_ingest::{Facts, Publication, StreamKey};
use hallway_media::{Item, MediaTime, TrackId, WallTime};
use hallway_model::access::Actor;
use hallway_model::ids::BroadcastId;
use hallway_packager::{Packager, Recorder, Settings};
use hallway_service::stages::{EndBroadcast, StartBroadcast};
use hallway_service::{Command, Error, Service};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::Instrument;

use crate::archives;
use crate::cuts::Cuts;
use crate::healths::{self, Observed};
use crate::permits::{self, Permit};
use crate::rosters::{Place, Run};

/// What goes with a publisher that was let in.
#[derive(Debug)]
pub(crate) struct Admission {
    pub place: Place,
    pub key: StreamKey,
}

/// What every publication of this server needs.
#[derive(Clone)]
pub(crate) struct Means {
    pub service: Service,
    pub cuts: Arc<Cuts>,
    pub part: MediaTime,
    pub segment: MediaTime,
}

/// How often the desk's figures are made.
const TICK: Duration = Duration::from_secs(1);
/// How long a closed segment may wait for the disk before it is shown anyway.
/// A healthy disk takes a few milliseconds of it, once a segment.
const DISK_PATIENCE: Duration = Duration::from_millis(250);
/// Pauses before saying again what the database did not take.
const PATIENCE: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(6),
];

/// Runs until the publisher is gone or is ended.
pub(crate) async fn run(means: Means, publication: Publication<Admission>) {
    let service = &means.service;
    let broadcast: BroadcastId = service.random().id(service.now());
    let room = publication.admission.place.room;
    let span = tracing::info_span!("broadcast", %room, %broadcast);
    metrics::gauge!("hallway_stage_publishers").increment(1);
    supervise(means, publication, broadcast)
        .instrument(span)
        .await;
    metrics::gauge!("hallway_stage_publishers").decrement(1);
}

async fn supervise(means: Means, publication: Publication<Admission>, broadcast: BroadcastId) {
    let Publication {
        admission: Admission { place, key },
        mut frames,
        facts,
        kill,
    } = publication;
    let service = means.service.clone();
    let (asked, mut permits) = watch::channel(None);
    let watching = permits::watch(
        service.clone(),
        Arc::clone(&means.cuts),
        place.room,
        key,
        place.publisher.clone(),
        asked,
    );
    let watching = tokio::spawn(watching.in_current_span());
    let end = place.publisher.end.clone();
    // Nothing is kept before it is known that it may be; frames wait meanwhile.
    tokio::select! {
        _ = permits.wait_for(Option::is_some) => {}
        () = end.cancelled() => {}
    }
    let mut show = Show::new(&means, place, facts, broadcast);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Seen at once below.
    permits.mark_changed();
    loop {
        tokio::select! {
            biased;
            () = end.cancelled() => break,
            Ok(()) = permits.changed() => {
                let permit = *permits.borrow_and_update();
                show.permit(permit).await;
            }
            _ = ticks.tick() => show.tick().await,
            item = frames.next() => match item {
                Some(item) => show.handle(item).await,
                None => break,
            },
        }
    }
    kill.kill();
    drop((frames, permits));
    watching.abort();
    show.end().await;
}

/// A broadcast as it goes out.
struct Show {
    service: Service,
    place: Place,
    broadcast: BroadcastId,
    packager: Packager,
    recorder: Option<Recorder>,
    may_record: bool,
    /// Differs from what may be only while the store does not answer.
    recording: bool,
    facts: watch::Receiver<Facts>,
    seen: Seen,
    /// Set once the audience has a picture: saying so, which takes its time.
    started: Option<JoinHandle<()>>,
}

/// What was seen of the publisher's frames.
struct Seen {
    connected: Instant,
    last: Instant,
    frames: u64,
    video: bool,
    audio: bool,
    last_key: Option<MediaTime>,
    since_key: MediaTime,
}

impl Show {
    fn new(
        means: &Means,
        place: Place,
        facts: watch::Receiver<Facts>,
        broadcast: BroadcastId,
    ) -> Self {
        let now = Instant::now();
        let packager = Packager::new(Settings {
            part_target: means.part,
            segment_target: means.segment,
            uri_prefix: format!("{broadcast}/"),
            ..Settings::default()
        });
        tracing::info!("a publisher is on the stage");
        Self {
            service: means.service.clone(),
            place,
            broadcast,
            packager,
            recorder: None,
            may_record: false,
            recording: false,
            facts,
            seen: Seen {
                connected: now,
                last: now,
                frames: 0,
                video: false,
                audio: false,
                last_key: None,
                since_key: MediaTime::ZERO,
            },
            started: None,
        }
    }

    async fn permit(&mut self, permit: Option<Permit>) {
        self.may_record = permit.is_some_and(|permit| permit.record);
        self.keep().await;
    }

    /// Begins or stops to keep what comes. Where nothing may be kept from the
    /// beginning, there is not even a recorder.
    async fn keep(&mut self) {
        let record = self.may_record;
        if record && self.recorder.is_none() {
            match self.open_recorder().await {
                Ok(recorder) => self.recorder = Some(recorder),
                Err(error) => {
                    tracing::error!(%error, "the broadcast cannot be kept");
                    return;
                }
            }
        }
        if record == self.recording {
            return;
        }
        self.recording = record;
        self.packager
            .record(self.recorder.clone().filter(|_| record));
        tracing::info!(recording = record, "recording changed");
        if self.started.is_some() {
            self.show();
        }
    }

    async fn open_recorder(&self) -> Result<Recorder, Error> {
        let prefix = archives::broadcast(self.broadcast);
        let prefix = prefix.map_err(|error| Error::Internal(error.to_string()))?;
        Recorder::open(self.service.blobs().clone(), prefix)
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))
    }

    async fn handle(&mut self, item: Item) {
        self.seen.note(&item);
        let now = WallTime(self.service.now().0);
        if let Err(error) = self.packager.handle(item, now) {
            metrics::counter!("hallway_stage_frames_unusable_total").increment(1);
            tracing::debug!(%error, "a frame cannot be packaged");
        }
        self.packager.show_kept(DISK_PATIENCE).await;
        if self.started.is_none() && self.packager.live().status().started {
            self.start();
        }
    }

    /// The first part can be fetched: the picture is on.
    fn start(&mut self) {
        self.show();
        let start = StartBroadcast {
            broadcast: self.broadcast,
            room: self.place.room,
        };
        let said = say(self.service.clone(), start).in_current_span();
        self.started = Some(tokio::spawn(said));
    }

    fn show(&self) {
        self.place.show(Run {
            broadcast: self.broadcast,
            live: self.packager.live(),
            recorder: self.recorder.clone(),
        });
    }

    async fn tick(&mut self) {
        if self.recording != self.may_record {
            self.keep().await;
        }
        let facts = self.facts.borrow_and_update().clone();
        let now = Instant::now();
        if facts.frames != self.seen.frames {
            (self.seen.frames, self.seen.last) = (facts.frames, now);
        }
        let lost = self.recorder.as_ref().map_or(0, |r| r.status().lost);
        self.place.tell(healths::health(&Observed {
            facts,
            connected_ms: millis(now - self.seen.connected),
            silent_ms: millis(now - self.seen.last),
            video: self.seen.video,
            audio: self.seen.audio,
            since_keyframe_ms: u32::try_from(self.seen.since_key.as_millis()).unwrap_or(0),
            recording: self.recording,
            lost_segments: u32::try_from(lost).unwrap_or(u32::MAX),
        }));
    }

    /// Closes what is open and says that the broadcast is over. The stage is
    /// free for the next publisher after that, so that the two never mix.
    async fn end(mut self) {
        if let Err(error) = self.packager.pause(WallTime(self.service.now().0)) {
            tracing::warn!(%error, "the last part of the broadcast is lost");
        }
        self.packager.show_kept(DISK_PATIENCE).await;
        drop(self.packager);
        if let Some(recorder) = &self.recorder {
            recorder.settle().await;
        }
        if let Some(started) = self.started {
            // It ends by itself, in seconds.
            let _ = started.await;
            let end = EndBroadcast {
                broadcast: self.broadcast,
                room: self.place.room,
            };
            say(self.service, end).await;
        }
        tracing::info!("the publisher is gone");
    }
}

impl Seen {
    fn note(&mut self, item: &Item) {
        let Item::Frame(frame) = item else { return };
        self.last = Instant::now();
        if frame.track == TrackId::AUDIO {
            self.audio = true;
        } else if frame.track == TrackId::VIDEO {
            self.video = true;
            if frame.key {
                self.last_key = Some(frame.dts);
            }
            self.since_key = frame.dts - self.last_key.unwrap_or(frame.dts);
        }
    }
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

/// Says it until the service has heard it, a few times at most: at its next
/// start the server ends the broadcasts that it finds open.
async fn say<C: Command>(service: Service, command: C) {
    let mut patience = PATIENCE.iter();
    let operator = Actor::operator();
    while let Err(error) = service.write(&operator, None, command.clone()).await {
        match patience.next() {
            Some(&pause) => sleep(pause).await,
            None => {
                tracing::error!(%error, "a broadcast's beginning or end was not noted");
                return;
            }
        }
    }
}

//! One broadcast on its stage: the frames of its publisher through the packager,
//! its health to the desk, its beginning and end to the service. A publisher
//! whose line breaks may come back to it for a while. The frames never wait for
//! the database.

use std::sync::Arc;
use std::time::Duration;

use hallway_ingest::{Facts, Publication};
use hallway_media::{Item, MediaTime, TrackId, WallTime};
use hallway_model::access::Actor;
use hallway_model::ids::BroadcastId;
use hallway_packager::{Packager, Recorder, Settings};
use hallway_service::stages::{EndBroadcast, StartBroadcast};
use hallway_service::{Command, Error, Service};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::archives;
use crate::cuts::Cuts;
use crate::healths::{self, Observed};
use crate::permits::{self, Credential, Permit};
use crate::rosters::{Arrival, Place, Roster, Run, Seat, Way};

/// What goes with a publisher that was let in.
#[derive(Debug)]
pub(crate) struct Admission {
    pub seat: Seat,
    pub credential: Credential,
}

/// What every publication of this server needs.
#[derive(Clone)]
pub(crate) struct Means {
    pub service: Service,
    pub roster: Arc<Roster>,
    pub cuts: Arc<Cuts>,
    pub part: MediaTime,
    pub segment: MediaTime,
    /// How long a broadcast waits for its publisher to come back.
    pub reconnect: Duration,
    /// The server stops.
    pub stop: CancellationToken,
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

/// Brings a publisher to its broadcast, which it may have left a moment ago; runs
/// the broadcast where it begins one.
pub(crate) async fn run(means: Means, arrival: Arrival) {
    let mut arrival = arrival;
    loop {
        match means.roster.way(&arrival.admission.seat).await {
            Way::Begin(place, arrivals) => return begin(means, place, arrival, arrivals).await,
            Way::Return(broadcast) => match broadcast.send(arrival).await {
                Ok(()) => return,
                // It ended this moment.
                Err(mpsc::error::SendError(back)) => arrival = back,
            },
        }
    }
}

async fn begin(means: Means, place: Place, arrival: Arrival, arrivals: mpsc::Receiver<Arrival>) {
    let service = &means.service;
    let broadcast: BroadcastId = service.random().id(service.now());
    let room = place.room;
    let span = tracing::info_span!("broadcast", %room, %broadcast);
    let show = Show::new(&means, place, broadcast);
    show.go_on(means, arrival, arrivals).instrument(span).await;
}

/// How a publisher left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Its line broke, or another takes over: the broadcast waits.
    Gone,
    /// It said so, or was ended: the broadcast is over.
    Over,
}

/// What a publisher may do, as long as it is listened to.
struct Permits {
    answers: watch::Receiver<Option<Permit>>,
    asking: JoinHandle<()>,
}

impl Permits {
    fn of(means: &Means, place: &Place, credential: Credential) -> Self {
        let (asked, answers) = watch::channel(None);
        let asking = permits::watch(
            means.service.clone(),
            Arc::clone(&means.cuts),
            place.room,
            credential,
            place.publisher.clone(),
            asked,
        );
        Self {
            answers,
            asking: tokio::spawn(asking.in_current_span()),
        }
    }
}

impl Drop for Permits {
    fn drop(&mut self) {
        self.asking.abort();
    }
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
    /// Of the publisher that is there, or was last.
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
    /// How long pictures wait for others that are shown before them.
    reorder: MediaTime,
}

impl Show {
    fn new(means: &Means, place: Place, broadcast: BroadcastId) -> Self {
        let packager = Packager::new(Settings {
            part_target: means.part,
            segment_target: means.segment,
            uri_prefix: format!("{broadcast}/"),
            ..Settings::default()
        });
        Self {
            service: means.service.clone(),
            place,
            broadcast,
            packager,
            recorder: None,
            may_record: false,
            recording: false,
            facts: watch::channel(Facts::default()).1,
            seen: Seen::nothing(),
            started: None,
        }
    }

    /// Goes on until the publisher says that it is done, is ended, or stays away.
    async fn go_on(mut self, means: Means, first: Arrival, mut arrivals: mpsc::Receiver<Arrival>) {
        let mut next = Some(first);
        while let Some(arrival) = next {
            let credential = arrival.admission.credential.clone();
            // Asked while it is away too: a key that goes ends the broadcast.
            let mut permits = Permits::of(&means, &self.place, credential);
            metrics::gauge!("hallway_stage_publishers").increment(1);
            let left = self.attend(arrival, &mut permits).await;
            metrics::gauge!("hallway_stage_publishers").decrement(1);
            next = match left {
                Left::Over => None,
                Left::Gone => self.wait(&means, &mut arrivals).await,
            };
        }
        self.end().await;
    }

    /// Takes what a publisher sends until it leaves.
    async fn attend(&mut self, arrival: Arrival, permits: &mut Permits) -> Left {
        let Publication {
            admission: Admission { seat, .. },
            mut frames,
            facts,
            kill,
        } = arrival;
        let end = self.place.publisher.end.clone();
        let permits = &mut permits.answers;
        // Nothing is kept before it is known that it may be; frames wait meanwhile.
        tokio::select! {
            _ = permits.wait_for(Option::is_some) => {}
            () = end.cancelled() => {}
            () = seat.leave.cancelled() => {}
        }
        (self.facts, self.seen) = (facts, Seen::nothing());
        tracing::info!("a publisher is on the stage");
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Seen at once below.
        permits.mark_changed();
        let left = loop {
            tokio::select! {
                biased;
                () = end.cancelled() => break Left::Over,
                () = seat.leave.cancelled() => break Left::Gone,
                Ok(()) = permits.changed() => {
                    let permit = *permits.borrow_and_update();
                    self.permit(permit).await;
                }
                _ = ticks.tick() => self.tick().await,
                item = frames.next() => match item {
                    Some(item) => self.handle(item).await,
                    None if self.facts.borrow().stopped => break Left::Over,
                    None => break Left::Gone,
                },
            }
        };
        kill.kill();
        if left == Left::Over {
            // Before the seat is free: whoever comes next begins anew.
            end.cancel();
        }
        tracing::info!("the publisher is gone");
        left
    }

    /// Waits for a publisher that is gone; none where it stays away too long, or
    /// before anybody has seen a picture.
    async fn wait(
        &mut self,
        means: &Means,
        arrivals: &mut mpsc::Receiver<Arrival>,
    ) -> Option<Arrival> {
        self.pause().await;
        let until = Instant::now() + means.reconnect;
        let end = self.place.publisher.end.clone();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = end.cancelled() => return None,
                () = means.stop.cancelled() => return None,
                arrival = arrivals.recv() => return arrival,
                _ = ticks.tick() => {
                    let left = until.saturating_duration_since(Instant::now());
                    let over = left.is_zero() || self.started.is_none();
                    if over && self.place.give_up() {
                        return None;
                    }
                    self.place.tell(healths::away(millis(left)));
                }
            }
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
            reorder_ms: u32::try_from(self.seen.reorder.as_millis()).unwrap_or(0),
            recording: self.recording,
            lost_segments: u32::try_from(lost).unwrap_or(u32::MAX),
            refused: self.place.was_refused(),
        }));
    }

    /// Closes what is open.
    async fn pause(&mut self) {
        if let Err(error) = self.packager.pause(WallTime(self.service.now().0)) {
            tracing::warn!(%error, "the last part before a pause is lost");
        }
        self.packager.show_kept(DISK_PATIENCE).await;
    }

    /// Closes what is open and says that the broadcast is over. The stage is
    /// free for the next one after that, so that the two never mix.
    async fn end(mut self) {
        self.pause().await;
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
        tracing::info!("the broadcast is over");
    }
}

impl Seen {
    fn nothing() -> Self {
        let now = Instant::now();
        Self {
            connected: now,
            last: now,
            frames: 0,
            video: false,
            audio: false,
            last_key: None,
            since_key: MediaTime::ZERO,
            reorder: MediaTime::ZERO,
        }
    }

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
            self.reorder = self.reorder.max(frame.pts - frame.dts);
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

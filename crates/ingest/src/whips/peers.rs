//! One publisher over WebRTC. Knows no socket: datagrams in, datagrams and
//! frames out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hallway_media::{AvcConfig, Codec, Frame, MediaTime, Track, TrackId, Tracks};
use str0m::change::SdpOffer;
use str0m::crypto::from_feature_flags;
use str0m::format::Codec as RtpCodec;
use str0m::media::{Direction, KeyframeRequestKind, MediaData, MediaKind, Mid};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

use super::WhipError;
use super::clocks::{Clocks, Which};
use super::fragments::{self, Fragment};
use super::pictures::Pictures;
use super::sounds::{self, Sounded, Sounds};
use crate::facts::{Facts, Problem, presentable};
use crate::gauges::{Gauge, Seen};

/// A keyframe is asked for when the last one is so old: a segment begins with
/// each.
const KEYFRAMES: Duration = Duration::from_secs(2);
/// Asked for again when it did not come.
const KEYFRAME_AGAIN: Duration = Duration::from_millis(500);
/// Tracks are announced together; the second is waited for so long.
const WAIT_FOR_TRACKS: Duration = Duration::from_secs(3);

/// Pictures that came in order for so long do.
const FORGIVEN: Duration = Duration::from_secs(10);

/// What a peer makes of what it is told.
#[derive(Debug)]
pub(super) enum Made {
    Send(Transmit),
    /// Media may come from here on.
    Connected,
    Tracks(Tracks),
    Frame(Frame),
    Facts,
    /// The line is dead, or was closed.
    Gone,
}

#[derive(Debug)]
pub(super) struct Peer<K> {
    rtc: Rtc,
    offer: String,
    restarts: u32,
    video: Option<Mid>,
    audio: Option<Mid>,
    pictures: Pictures,
    avc: Option<AvcConfig>,
    clocks: Clocks,
    sounds: Sounds<K>,
    gauge: Gauge,
    pub facts: Facts,
    announced: Option<Tracks>,
    first: Option<Instant>,
    last_picture: Option<MediaTime>,
    /// When a picture came that is shown before one that had come.
    disordered: Option<Instant>,
    /// Pictures are of no use until the next keyframe.
    broken: bool,
    last_key: Option<Instant>,
    asked: Option<Instant>,
    origin: Instant,
}

impl<K: Clone + Send + Sync + 'static> Peer<K> {
    /// A peer for an offer (RFC 9725 §4.2), and the answer to it.
    pub(super) fn answer(
        offer: &str,
        encoder: Option<&str>,
        addresses: &[SocketAddr],
        sounds: Sounds<K>,
        now: Instant,
    ) -> Result<(Self, String), WhipError> {
        let parsed = read(offer)?;
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(Arc::new(from_feature_flags()))
            .set_ice_lite(true)
            .clear_codecs()
            .enable_h264(true)
            .enable_opus(true, false)
            // A packet that is late by more than this was lost.
            .set_reordering_size_video(200)
            .build(now);
        for address in addresses {
            let candidate = Candidate::host(*address, Protocol::Udp);
            rtc.add_local_candidate(
                candidate.map_err(|error| WhipError::Internal(error.to_string()))?,
            );
        }
        let answer = rtc.sdp_api().accept_offer(parsed);
        let answer = answer.map_err(|error| WhipError::Offer(error.to_string()))?;
        let mut peer = Self {
            rtc,
            offer: offer.to_owned(),
            restarts: 0,
            video: None,
            audio: None,
            pictures: Pictures::default(),
            avc: None,
            clocks: Clocks::default(),
            sounds,
            gauge: Gauge::default(),
            facts: Facts {
                encoder: encoder.and_then(presentable),
                ..Facts::default()
            },
            announced: None,
            first: None,
            last_picture: None,
            disordered: None,
            broken: false,
            last_key: None,
            asked: None,
            origin: now,
        };
        let answer = answer.to_sdp_string();
        for mid in answer
            .lines()
            .filter_map(|line| line.strip_prefix("a=mid:"))
        {
            peer.expect(Mid::from(mid.trim_end()));
        }
        match (peer.video, peer.audio) {
            (None, None) => Err(WhipError::Codecs),
            _ => Ok((peer, answer)),
        }
    }

    pub(super) fn accepts(&self, input: &Input<'_>) -> bool {
        self.rtc.accepts(input)
    }

    pub(super) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Names the ICE session; changes with each restart (RFC 9725 §4.3.1).
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.restarts)
    }

    /// Takes what came or that time went on; gives when it wants to be woken.
    pub(super) fn handle(
        &mut self,
        input: Input<'_>,
        now: Instant,
        made: &mut Vec<Made>,
    ) -> Result<Instant, WhipError> {
        self.rtc.handle_input(input).map_err(internal)?;
        self.ask_for_keyframes(now);
        self.poll(made)
    }

    /// Candidates that came later, or the answer to a restart.
    pub(super) fn patch(&mut self, text: &str) -> Result<Option<String>, WhipError> {
        let fragment = Fragment::parse(text);
        let known = Fragment::parse(&self.offer).ufrag;
        let restart = fragment
            .credentials()
            .filter(|(ufrag, _)| Some(*ufrag) != known);
        let answer = match restart {
            Some((ufrag, password)) => {
                let offer = fragments::with_credentials(&self.offer, ufrag, password);
                let answer = self.rtc.sdp_api().accept_offer(read(&offer)?);
                let answer = answer.map_err(|error| WhipError::Offer(error.to_string()))?;
                self.offer = offer;
                self.restarts += 1;
                Some(fragments::of(&answer.to_sdp_string()))
            }
            None => None,
        };
        for candidate in fragment.candidates {
            // Those of kinds that are not ours (names, TCP) are no error.
            if let Ok(candidate) = Candidate::from_sdp_string(candidate) {
                self.rtc.add_remote_candidate(candidate);
            }
        }
        Ok(answer)
    }

    /// Says goodbye; what is to be sent for that comes from [`Peer::handle`].
    pub(super) fn close(&mut self) {
        let _ = self.rtc.close();
    }

    /// Takes media that both sides agreed on; of each kind the first.
    fn expect(&mut self, mid: Mid) {
        let Some(media) = self.rtc.media(mid) else {
            return;
        };
        if media.disabled() || !receives(media.direction()) {
            return;
        }
        match media.kind() {
            MediaKind::Video if self.video.is_none() => {
                self.video = Some(mid);
                self.clocks.expect(Which::Picture);
            }
            MediaKind::Audio if self.audio.is_none() => {
                self.audio = Some(mid);
                self.clocks.expect(Which::Sound);
            }
            _ => {}
        }
    }

    fn poll(&mut self, made: &mut Vec<Made>) -> Result<Instant, WhipError> {
        loop {
            match self.rtc.poll_output().map_err(internal)? {
                Output::Timeout(at) => return Ok(at),
                Output::Transmit(transmit) => made.push(Made::Send(transmit)),
                Output::Event(event) => self.event(event, made),
            }
        }
    }

    fn event(&mut self, event: Event, made: &mut Vec<Made>) {
        match event {
            Event::Connected => made.push(Made::Connected),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                made.push(Made::Gone);
            }
            // Also of who comes back in a moment: done is who says so to HTTP.
            Event::Closed => made.push(Made::Gone),
            Event::MediaData(data) => self.media(&data, made),
            _ => {}
        }
    }

    fn media(&mut self, data: &MediaData, made: &mut Vec<Made>) {
        let now = data.network_time;
        let first = *self.first.get_or_insert(now);
        let which = match data.params.spec().codec {
            RtpCodec::H264 if self.video == Some(data.mid) => Which::Picture,
            RtpCodec::Opus if self.audio == Some(data.mid) => Which::Sound,
            _ => return,
        };
        if let Some(info) = data.last_sender_info {
            let units = info.rtp_time.numer().cast_signed();
            self.clocks.report(which, units, micros(info.ntp_time));
        }
        let arrived = micros_between(self.origin, now);
        let (units, rate) = (data.time.numer().cast_signed(), data.time.denom());
        let at = self.clocks.time(which, units, rate, arrived);
        match which {
            Which::Picture => self.picture(data, at, now, made),
            Which::Sound => {
                if let Some(at) = at {
                    self.sounds.push(at, &data.data);
                }
            }
        }
        if self.announced.is_none() && now.duration_since(first) >= WAIT_FOR_TRACKS {
            self.announce(true, made);
        }
    }

    fn picture(
        &mut self,
        data: &MediaData,
        at: Option<MediaTime>,
        now: Instant,
        made: &mut Vec<Made>,
    ) {
        if !data.contiguous && self.last_key.is_some() {
            self.facts.damaged += 1;
            self.broken = true;
        }
        let picture = match self.pictures.take(&data.data) {
            Ok(picture) => picture,
            Err(reason) => {
                let reason = reason.to_string();
                return self.problem(Problem::BadConfig { reason }, made);
            }
        };
        if picture.key {
            self.last_key = Some(now);
            self.broken = false;
            self.settle(now);
        }
        if let Some(config) = picture.config {
            self.facts
                .settle(|problem| matches!(problem, Problem::BadConfig { .. }));
            self.avc = Some(config);
            self.announce(false, made);
        }
        let Some(at) = at else { return };
        if self.broken || self.last_key.is_none() || picture.sample.is_empty() {
            return;
        }
        if self.last_picture.is_some_and(|last| at <= last) {
            self.disordered = Some(now);
            return self.problem(Problem::OutOfOrder, made);
        }
        self.last_picture = Some(at);
        let frame = Frame {
            track: TrackId::VIDEO,
            dts: at,
            pts: at,
            key: picture.key,
            data: picture.sample,
        };
        self.frame(frame, Seen::Picture { key: picture.key }, made);
    }

    /// What became of the sound.
    pub(super) fn sounded(&mut self, sounded: Sounded, made: &mut Vec<Made>) {
        match sounded {
            Sounded::Frame(frame) => {
                self.facts
                    .settle(|problem| matches!(problem, Problem::NoSound { .. }));
                self.frame(frame, Seen::Sound, made);
            }
            Sounded::Failed(reason) => self.problem(Problem::NoSound { reason }, made),
        }
    }

    fn frame(&mut self, frame: Frame, seen: Seen, made: &mut Vec<Made>) {
        let at = frame.dts.as_millis();
        if self.gauge.note(at, frame.data.len(), seen, &mut self.facts) {
            made.push(Made::Facts);
        }
        if self.announced.is_some() {
            made.push(Made::Frame(frame));
        }
    }

    /// Tells the tracks once the pictures have said what they are, and whenever
    /// that changes. What the sound is made into is known before it comes.
    fn announce(&mut self, waited: bool, made: &mut Vec<Made>) {
        if self.avc.is_none() && self.video.is_some() && !waited {
            return;
        }
        let video = self.avc.clone().map(|avc| Track {
            id: TrackId::VIDEO,
            codec: Codec::H264(avc),
        });
        let audio = self.audio.map(|_| Track {
            id: TrackId::AUDIO,
            codec: Codec::Aac(sounds::config()),
        });
        let tracks = Tracks::new(video.into_iter().chain(audio));
        if !tracks.is_empty() && self.announced.as_ref() != Some(&tracks) {
            self.announced = Some(tracks.clone());
            self.facts.tracks = Some(tracks.clone());
            made.extend([Made::Tracks(tracks), Made::Facts]);
        }
    }

    /// A clock that was set is no lasting trouble.
    fn settle(&mut self, now: Instant) {
        let over = |at: Instant| now.duration_since(at) >= FORGIVEN;
        if self.disordered.is_some_and(over) {
            self.disordered = None;
            self.facts
                .settle(|problem| matches!(problem, Problem::OutOfOrder));
        }
    }

    fn problem(&mut self, problem: Problem, made: &mut Vec<Made>) {
        if self.facts.note(problem) {
            made.push(Made::Facts);
        }
    }

    fn ask_for_keyframes(&mut self, now: Instant) {
        let Some(video) = self.video.filter(|_| self.rtc.is_connected()) else {
            return;
        };
        let old = self
            .last_key
            .is_none_or(|last| now.duration_since(last) >= KEYFRAMES);
        let asked = self
            .asked
            .is_some_and(|asked| now.duration_since(asked) < KEYFRAME_AGAIN);
        if (old || self.broken) && !asked {
            let asking = self
                .rtc
                .writer(video)
                .map(|mut writer| writer.request_keyframe(None, KeyframeRequestKind::Pli));
            // Before the first packet there is nobody to ask.
            if matches!(asking, Some(Ok(()))) {
                self.asked = Some(now);
            }
        }
    }
}

pub(super) fn received<'a>(
    bytes: &'a [u8],
    source: SocketAddr,
    destination: SocketAddr,
    now: Instant,
) -> Option<Input<'a>> {
    let receive = Receive::new(Protocol::Udp, source, destination, bytes).ok()?;
    Some(Input::Receive(now, receive))
}

fn receives(direction: Direction) -> bool {
    matches!(direction, Direction::RecvOnly | Direction::SendRecv)
}

fn read(offer: &str) -> Result<SdpOffer, WhipError> {
    SdpOffer::from_sdp_string(offer).map_err(|error| WhipError::Offer(error.to_string()))
}

fn internal(error: impl std::fmt::Display) -> WhipError {
    WhipError::Internal(error.to_string())
}

fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn micros_between(earlier: Instant, later: Instant) -> i64 {
    i64::try_from(later.saturating_duration_since(earlier).as_micros()).unwrap_or(i64::MAX)
}

use std::time::Duration;

use hallway_media::{Item, TrackId};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::crypto::from_feature_flags;
use str0m::format::Codec as RtpCodec;
use str0m::media::{Direction, Frequency, MediaKind, MediaTime as RtpTime, Mid};
use str0m::{Candidate, Event, Output, Rtc, RtcConfig};
use tokio::time::timeout;

use super::*;
use crate::Problem;

/// Baseline 640x360.
const SETS: &[u8] = &[
    0, 0, 0, 1, 0x67, 66, 0xc0, 30, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0xc0, 0x5a, 0x80, 0, 0, 0, 1,
    0x68, 0xce, 0x3c, 0x80,
];
const QUIET: [u8; 3] = [0xfc, 0xff, 0xfe];
const SOON: Duration = Duration::from_secs(20);

fn settings() -> WhipSettings {
    WhipSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        addresses: vec![],
        transcoder: Transcoder::default(),
        limits: WhipLimits::default(),
    }
}

/// A publisher at the other end.
struct Sender {
    rtc: Box<Rtc>,
    socket: UdpSocket,
    video: Option<Mid>,
    audio: Option<Mid>,
    pending: Option<SdpPendingOffer>,
    answer: String,
    connected: Option<Instant>,
    /// Pictures and blocks of sound so far.
    sent: (u64, u64),
    key_wanted: bool,
    /// Of ten datagrams, so many are lost.
    loses: u64,
    datagrams: u64,
}

impl Sender {
    async fn new(video: bool, audio: bool) -> (Self, String) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(Arc::new(from_feature_flags()))
            .clear_codecs()
            .enable_h264(true)
            .enable_opus(true, false)
            .build(now());
        let own = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
        rtc.add_local_candidate(own);
        let mut change = rtc.sdp_api();
        let mut add = |kind| change.add_media(kind, Direction::SendOnly, None, None, None);
        let video = video.then(|| add(MediaKind::Video));
        let audio = audio.then(|| add(MediaKind::Audio));
        let (offer, pending) = change.apply().unwrap();
        let sender = Self {
            rtc: Box::new(rtc),
            socket,
            video,
            audio,
            pending: Some(pending),
            answer: String::new(),
            connected: None,
            sent: (0, 0),
            key_wanted: true,
            loses: 0,
            datagrams: 0,
        };
        (sender, offer.to_sdp_string())
    }

    fn accept(&mut self, answer: &str) {
        let parsed = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, parsed).unwrap();
        self.answer = answer.to_owned();
    }

    /// Sends for so long as `until` takes.
    async fn send<O>(&mut self, until: impl Future<Output = O>) -> O {
        tokio::pin!(until);
        let mut buffer = vec![0; 2_000];
        loop {
            let wake = self.poll().await;
            let wake = wake.min(self.write());
            tokio::select! {
                biased;
                done = &mut until => return done,
                received = self.socket.recv_from(&mut buffer) => {
                    let (length, source) = received.unwrap();
                    let own = self.socket.local_addr().unwrap();
                    if let Some(input) = received_by(&buffer[..length], source, own) {
                        self.rtc.handle_input(input).unwrap();
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => {
                    self.rtc.handle_input(Input::Timeout(now())).unwrap();
                }
            }
        }
    }

    async fn poll(&mut self) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => return at,
                Output::Transmit(transmit) => {
                    self.datagrams += 1;
                    // Spread over the ten by a step that shares no factor with it.
                    if self.datagrams * 7 % 10 >= self.loses {
                        let to = transmit.destination;
                        self.socket.send_to(&transmit.contents, to).await.unwrap();
                    }
                }
                Output::Event(Event::Connected) => self.connected = Some(now()),
                Output::Event(Event::KeyframeRequest(_)) => self.key_wanted = true,
                Output::Event(_) => {}
            }
        }
    }

    /// Writes what is due, one thing at a time; gives when the next is.
    fn write(&mut self) -> Instant {
        let now = super::now();
        let Some(begun) = self.connected else {
            return now + Duration::from_millis(20);
        };
        let picture_at = begun + Duration::from_millis(40 * self.sent.0);
        let sound_at = begun + Duration::from_millis(20 * self.sent.1);
        if let Some(video) = self.video.filter(|_| picture_at <= now) {
            let time = RtpTime::new(777_000 + self.sent.0 * 3_600, Frequency::NINETY_KHZ);
            let body = vec![7; 3_000];
            let unit = match std::mem::take(&mut self.key_wanted) {
                true => [SETS, &[0, 0, 0, 1, 0x65], &body].concat(),
                false => [&[0, 0, 0, 1, 0x41][..], &body].concat(),
            };
            self.sent.0 += 1;
            self.put(video, RtpCodec::H264, picture_at, time, unit);
            return now;
        }
        if let Some(audio) = self.audio.filter(|_| sound_at <= now) {
            let time = RtpTime::new(5_000 + self.sent.1 * 960, Frequency::FORTY_EIGHT_KHZ);
            self.sent.1 += 1;
            self.put(audio, RtpCodec::Opus, sound_at, time, QUIET.to_vec());
            return now;
        }
        picture_at.min(sound_at).max(now + Duration::from_millis(1))
    }

    fn put(&mut self, mid: Mid, codec: RtpCodec, at: Instant, time: RtpTime, data: Vec<u8>) {
        let writer = self.rtc.writer(mid).unwrap();
        let pt = writer
            .payload_params()
            .find(|params| params.spec().codec == codec)
            .unwrap()
            .pt();
        writer.write(pt, at, time, data).unwrap();
    }
}

fn received_by(bytes: &[u8], source: SocketAddr, own: SocketAddr) -> Option<Input<'_>> {
    received(bytes, source, own, now())
}

/// A publisher that was let in.
async fn on_air(
    whip: &mut Whip<&'static str>,
    video: bool,
    audio: bool,
) -> (Sender, Publication<&'static str>) {
    let (mut sender, offer) = Sender::new(video, audio).await;
    let door = whip.door();
    let answer = door.publish("one".into(), offer, Some("tests".into()), "let in");
    sender.accept(&answer.await.unwrap().sdp);
    let publication = sender.send(timeout(SOON, whip.next())).await;
    (sender, publication.unwrap().unwrap())
}

async fn next_picture(publication: &mut Publication<&'static str>) -> hallway_media::Frame {
    loop {
        match timeout(SOON, publication.frames.next()).await.unwrap() {
            Some(Item::Frame(frame)) if frame.track == TrackId::VIDEO => return frame,
            Some(_) => {}
            None => panic!("the publisher is gone"),
        }
    }
}

#[tokio::test]
async fn pictures_and_sound_come_in_step() {
    let mut whip = Whip::bind(settings()).await.unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, true).await;
    assert_eq!(publication.admission, "let in");
    let (mut pictures, mut sounds) = (vec![], vec![]);
    let coming = async {
        let Some(Item::Tracks(tracks)) = publication.frames.next().await else {
            panic!("tracks come first");
        };
        assert_eq!(tracks.codecs(), "avc1.42c01e,mp4a.40.2");
        while pictures.len() < 100 || sounds.len() < 100 {
            match publication.frames.next().await {
                Some(Item::Frame(frame)) if frame.track == TrackId::VIDEO => pictures.push(frame),
                Some(Item::Frame(frame)) => sounds.push(frame),
                other => panic!("{other:?}"),
            }
        }
    };
    sender.send(timeout(SOON, coming)).await.expect("frames");
    assert!(pictures[0].key);
    assert_eq!(&pictures[0].data[..5], [0, 0, 0x0b, 0xb9, 0x65]);
    let keys = pictures.iter().filter(|picture| picture.key).count();
    assert!(keys >= 2, "asked for every two seconds: {keys} in four");
    let step = |frames: &[hallway_media::Frame]| (frames[99].dts - frames[0].dts).as_millis();
    assert!(
        (step(&pictures) - 99 * 40).abs() < 40,
        "{}",
        step(&pictures)
    );
    assert!(
        (step(&sounds) - 99 * 1_024 / 48).abs() < 20,
        "{}",
        step(&sounds)
    );

    let facts = publication.facts.borrow().clone();
    assert_eq!(facts.encoder.as_deref(), Some("tests"));
    assert_eq!(facts.problems, []);
    assert!(!facts.stopped);

    let door = whip.door();
    sender.send(door.stop("one".into())).await.unwrap();
    while publication.frames.next().await.is_some() {}
    assert!(publication.facts.borrow().stopped);
    assert_eq!(door.stop("one".into()).await, Err(WhipError::NoSession));
}

#[tokio::test]
async fn what_is_lost_is_made_good_by_a_keyframe() {
    let mut whip = Whip::bind(settings()).await.unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, false).await;
    sender.send(next_picture(&mut publication)).await;
    sender.loses = 3;
    let reading = async {
        loop {
            next_picture(&mut publication).await;
        }
    };
    let lost: Result<(), _> = sender.send(timeout(Duration::from_secs(2), reading)).await;
    assert!(lost.is_err(), "the publisher is there all the time");
    sender.loses = 0;
    let ended = super::now();
    // Ten in a row without a gap: it flows again.
    let mut row = 0;
    let mut before = None;
    let flows = async {
        while row < 10 {
            let picture = next_picture(&mut publication).await;
            let step = before.map_or(0, |before| (picture.dts - before).as_millis());
            row = if step == 40 { row + 1 } else { 0 };
            before = Some(picture.dts);
        }
    };
    sender.send(timeout(SOON, flows)).await.unwrap();
    let recovered = ended.elapsed();
    assert!(
        recovered < Duration::from_millis(2_400),
        "ten pictures take 400 ms: {recovered:?}"
    );
}

#[tokio::test]
async fn who_falls_silent_has_not_said_that_it_is_done() {
    let limits = WhipLimits {
        silence: Duration::from_millis(500),
        ..WhipLimits::default()
    };
    let mut whip = Whip::bind(WhipSettings {
        limits,
        ..settings()
    })
    .await
    .unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, false).await;
    sender.send(next_picture(&mut publication)).await;
    drop(sender);
    let silent = async { while publication.frames.next().await.is_some() {} };
    timeout(SOON, silent).await.unwrap();
    assert!(!publication.facts.borrow().stopped);
}

#[tokio::test]
async fn an_order_ends_a_publisher() {
    let mut whip = Whip::bind(settings()).await.unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, false).await;
    sender.send(next_picture(&mut publication)).await;
    publication.kill.kill();
    let ended = async { while publication.frames.next().await.is_some() {} };
    sender.send(timeout(SOON, ended)).await.unwrap();
}

#[tokio::test]
async fn who_never_comes_leaves_the_place_free() {
    let limits = WhipLimits {
        sessions: 1,
        connecting: Duration::from_millis(300),
        ..WhipLimits::default()
    };
    let whip = Whip::bind(WhipSettings {
        limits,
        ..settings()
    })
    .await
    .unwrap();
    let door = whip.door();
    let (gone, told) = oneshot::channel::<()>();
    let (_sender, offer) = Sender::new(true, true).await;
    door.publish("one".into(), offer.clone(), None, Some(gone))
        .await
        .unwrap();
    let second = door.publish("two".into(), offer, None, None).await;
    assert_eq!(second, Err(WhipError::Full));
    assert!(
        timeout(SOON, told).await.unwrap().is_err(),
        "its admission is dropped"
    );
}

#[tokio::test]
async fn offers_that_cannot_be_answered_are_refused_in_words() {
    let whip = Whip::bind(settings()).await.unwrap();
    let door = whip.door();
    let nonsense = door
        .publish("one".into(), "nonsense".into(), None, ())
        .await;
    assert!(matches!(nonsense, Err(WhipError::Offer(_))), "{nonsense:?}");
    let (_sender, offer) = Sender::new(true, false).await;
    let other = offer.replace("H264/90000", "VP8/90000");
    let refused = door.publish("one".into(), other, None, ()).await;
    assert_eq!(refused, Err(WhipError::Codecs));
    let patch = door.patch("one".into(), String::new(), None).await;
    assert_eq!(patch, Err(WhipError::NoSession));
}

#[tokio::test]
async fn ice_restarts_without_a_break_in_the_stream() {
    let mut whip = Whip::bind(settings()).await.unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, false).await;
    sender.send(next_picture(&mut publication)).await;
    let door = whip.door();
    let mut change = sender.rtc.sdp_api();
    change.ice_restart(true);
    let (offer, pending) = change.apply().unwrap();
    sender.pending = Some(pending);
    let offer = offer.to_sdp_string();
    let line = |start: &str| offer.lines().find(|line| line.starts_with(start)).unwrap();
    let fragment = format!("{}\r\n{}\r\n", line("a=ice-ufrag:"), line("a=ice-pwd:"));
    let stale = door
        .patch("one".into(), fragment.clone(), Some("\"9\"".into()))
        .await;
    assert_eq!(stale, Err(WhipError::Stale));
    let answer = door
        .patch("one".into(), fragment.clone(), Some("\"0\"".into()))
        .await;
    let answer = answer.unwrap().expect("a restart is answered");
    assert_eq!(answer.etag, "\"1\"");
    let credentials = fragments::Fragment::parse(&answer.sdp);
    let (ufrag, password) = credentials.credentials().unwrap();
    let mut full = fragments::with_credentials(&sender.answer.clone(), ufrag, password);
    for candidate in &credentials.candidates {
        full.push_str(&format!("a={candidate}\r\n"));
    }
    sender.accept(&full);
    let before = next_picture(&mut publication);
    let before = sender.send(before).await.dts;
    let later =
        async { while (next_picture(&mut publication).await.dts - before).as_millis() < 1_000 {} };
    sender.send(timeout(SOON, later)).await.unwrap();
    // The same again asks for nothing.
    assert_eq!(door.patch("one".into(), fragment, None).await, Ok(None));
}

#[tokio::test]
async fn sound_that_nothing_can_convert_is_told() {
    let transcoder = Transcoder::new(["/nonexistent/ffmpeg".into()]);
    let mut whip = Whip::bind(WhipSettings {
        transcoder,
        ..settings()
    })
    .await
    .unwrap();
    let (mut sender, mut publication) = on_air(&mut whip, true, true).await;
    let told = publication.facts.wait_for(|facts| {
        facts
            .problems
            .iter()
            .any(|problem| matches!(problem, Problem::NoSound { .. }))
    });
    sender.send(timeout(SOON, told)).await.unwrap().unwrap();
}

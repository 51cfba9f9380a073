//! Opus, which browsers send, into AAC, which every device plays: by ffmpeg in
//! a process of its own, fed through pipes and confined by whoever starts it.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use hallway_media::{AacConfig, Frame, MediaTime, TrackId};
use ogg::{PacketWriteEndInfo, PacketWriter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// Samples a second, of Opus always (RFC 7845 §5.1) and of what comes out.
const RATE: u32 = 48_000;
/// Packets that wait for the child; a second and more.
const WAITING: usize = 128;
/// Sound may be so far from where its packets say before that is mended, in
/// samples: less is not heard, and clocks jitter.
const TOLERANCE: i64 = 1_920;
/// Longer holes are no loss on the way, but a new beginning.
const LONGEST_HOLE: i64 = 2 * RATE as i64;
/// 20 ms of nothing, in stereo.
const SILENCE: [u8; 3] = [0xfc, 0xff, 0xfe];
const SILENCE_SAMPLES: i64 = 960;
/// What decoder and encoder put before the first sample.
const DELAY: i64 = 312 + 1_024;
const AAC_SAMPLES: i64 = 1_024;
/// AAC-LC, 48 kHz, stereo.
const AAC_CONFIG: [u8; 2] = [0x11, 0x90];
/// A child that says nothing for so long, while it is fed, hangs.
const STUCK: Duration = Duration::from_secs(10);
/// How long a child that ended may take to be gone.
const LAST_WORD: Duration = Duration::from_secs(1);
/// What the shell says of a program that is not there.
const NOT_FOUND: i32 = 127;
const NOT_INSTALLED: &str = "ffmpeg is not installed";
/// After a child that failed.
const PAUSE: Duration = Duration::from_secs(2);

/// How to start ffmpeg: the program and what comes before its arguments.
#[derive(Clone, Debug)]
pub struct Transcoder(Arc<[OsString]>);

impl Transcoder {
    /// `ffmpeg` by its name, or by way of a program that confines it.
    pub fn new(command: impl IntoIterator<Item = OsString>) -> Self {
        Self(command.into_iter().collect())
    }

    fn spawn(&self) -> io::Result<Child> {
        let [program, before @ ..] = &self.0[..] else {
            return Err(io::ErrorKind::NotFound.into());
        };
        Command::new(program)
            .args(before)
            .args(["-hide_banner", "-loglevel", "error", "-nostdin"])
            .args(["-protocol_whitelist", "pipe", "-threads", "1"])
            .args([
                "-fflags",
                "+nobuffer",
                "-probesize",
                "32",
                "-analyzeduration",
                "0",
            ])
            .args(["-f", "ogg", "-i", "pipe:0", "-map", "0:a:0"])
            .args(["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"])
            .args(["-flush_packets", "1", "-f", "adts", "pipe:1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

impl Default for Transcoder {
    fn default() -> Self {
        Self::new([OsString::from("ffmpeg")])
    }
}

/// What comes of the sound.
#[derive(Debug)]
pub(super) enum Sounded {
    Frame(Frame),
    Failed(String),
}

/// What all that comes out is coded by.
pub(super) fn config() -> AacConfig {
    AacConfig {
        record: Bytes::from_static(&AAC_CONFIG),
        object_type: 2,
        sample_rate: RATE,
        channels: 2,
        frame_samples: AAC_SAMPLES as u32,
    }
}

/// One publisher's sound on its way. Dropping it ends the child.
#[derive(Debug)]
pub(super) struct Sounds<K> {
    key: K,
    transcoder: Transcoder,
    out: mpsc::Sender<(K, Sounded)>,
    run: Option<Run>,
    not_before: Option<Instant>,
}

/// One child with what it was fed.
#[derive(Debug)]
struct Run {
    packets: mpsc::Sender<Bytes>,
    anchor: MediaTime,
    /// Samples since the anchor.
    fed: i64,
    task: JoinHandle<()>,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<K: Clone + Send + Sync + 'static> Sounds<K> {
    pub(super) fn new(key: K, transcoder: Transcoder, out: mpsc::Sender<(K, Sounded)>) -> Self {
        Self {
            key,
            transcoder,
            out,
            run: None,
            not_before: None,
        }
    }

    /// Takes a packet whose first sample sounds at `at`. What is missing before
    /// it is filled with silence, so that what follows keeps its place.
    pub(super) fn push(&mut self, at: MediaTime, packet: &[u8]) {
        let Some(samples) = samples(packet) else {
            return;
        };
        let off = self.run.as_ref().map(|run| run.off(at));
        if off.is_none_or(|off| off.abs() > LONGEST_HOLE) && !self.begin(at) {
            return;
        }
        let Some(run) = &mut self.run else { return };
        let off = run.off(at);
        if off < -TOLERANCE {
            // Its place has sounded.
            return;
        }
        if off > TOLERANCE {
            for _ in 0..off / SILENCE_SAMPLES {
                run.feed(Bytes::from_static(&SILENCE), SILENCE_SAMPLES);
            }
        }
        if !run.feed(Bytes::copy_from_slice(packet), samples) {
            self.run = None;
            self.not_before = Some(Instant::now() + PAUSE);
        }
    }

    fn begin(&mut self, at: MediaTime) -> bool {
        self.run = None;
        if self.not_before.is_some_and(|then| Instant::now() < then) {
            return false;
        }
        let (packets, waiting) = mpsc::channel(WAITING);
        let (key, out, transcoder) = (self.key.clone(), self.out.clone(), self.transcoder.clone());
        let task = tokio::spawn(async move {
            if let Err(reason) = transcode(&transcoder, at, waiting, &key, &out).await {
                // Nobody there to hear it is fine.
                let _ = out.send((key, Sounded::Failed(reason))).await;
            }
        });
        self.run = Some(Run {
            packets,
            anchor: at,
            fed: 0,
            task,
        });
        true
    }
}

impl Run {
    /// Samples between where the next packet would sound and `at`.
    fn off(&self, at: MediaTime) -> i64 {
        (at - self.anchor).to_units(RATE) - self.fed
    }

    /// False where the child takes nothing more.
    fn feed(&mut self, packet: Bytes, samples: i64) -> bool {
        match self.packets.try_send(packet) {
            Ok(()) => {
                self.fed += samples;
                true
            }
            // Too slow just now: a hole, filled when there is room again.
            Err(mpsc::error::TrySendError::Full(_)) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

async fn transcode<K: Clone>(
    transcoder: &Transcoder,
    anchor: MediaTime,
    packets: mpsc::Receiver<Bytes>,
    key: &K,
    out: &mpsc::Sender<(K, Sounded)>,
) -> Result<(), String> {
    let mut child = transcoder.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NOT_INSTALLED.to_owned(),
        _ => format!("ffmpeg cannot be started: {error}"),
    })?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("ffmpeg has no pipes".to_owned());
    };
    let ended = tokio::select! {
        fed = feed(stdin, packets) => fed.map_err(|error| format!("ffmpeg takes nothing: {error}")),
        read = read(stdout, anchor, key, out) => read,
    };
    let Err(reason) = ended else { return Ok(()) };
    // What confines it starts it, and says by its code that it is not there.
    match timeout(LAST_WORD, child.wait()).await {
        Ok(Ok(status)) if status.code() == Some(NOT_FOUND) => Err(NOT_INSTALLED.to_owned()),
        _ => Err(reason),
    }
}

/// One packet on each page, so that none waits for others (RFC 7845 §3).
async fn feed(mut stdin: ChildStdin, mut packets: mpsc::Receiver<Bytes>) -> io::Result<()> {
    const SERIAL: u32 = 1;
    let mut ogg = PacketWriter::new(Vec::new());
    let mut granule = 0;
    for header in [opus_head(), opus_tags()] {
        ogg.write_packet(header, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
    }
    loop {
        let pages = std::mem::take(ogg.inner_mut());
        timeout(STUCK, stdin.write_all(&pages)).await??;
        let Some(packet) = packets.recv().await else {
            return Ok(());
        };
        granule += samples(&packet).unwrap_or(0).cast_unsigned();
        ogg.write_packet(
            packet.to_vec(),
            SERIAL,
            PacketWriteEndInfo::EndPage,
            granule,
        )?;
    }
}

async fn read<K: Clone>(
    mut stdout: ChildStdout,
    anchor: MediaTime,
    key: &K,
    out: &mpsc::Sender<(K, Sounded)>,
) -> Result<(), String> {
    let mut buffer = BytesMut::with_capacity(16 << 10);
    let mut index = 0;
    loop {
        match timeout(STUCK, stdout.read_buf(&mut buffer)).await {
            Ok(Ok(0)) => return Err("ffmpeg ended".to_owned()),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(format!("ffmpeg cannot be read: {error}")),
            Err(_) => return Err("ffmpeg says nothing".to_owned()),
        }
        while let Some(data) = adts(&mut buffer).map_err(str::to_owned)? {
            let at = anchor + MediaTime::from_units(index * AAC_SAMPLES - DELAY, RATE);
            index += 1;
            let frame = Frame {
                track: TrackId::AUDIO,
                dts: at,
                pts: at,
                key: true,
                data,
            };
            if out
                .send((key.clone(), Sounded::Frame(frame)))
                .await
                .is_err()
            {
                return Ok(());
            }
        }
    }
}

/// The next frame without its header (ISO/IEC 13818-7 6.2); none as long as it
/// is not whole.
fn adts(buffer: &mut BytesMut) -> Result<Option<Bytes>, &'static str> {
    let &[sync, flags, _, high, middle, low, _, ..] = &buffer[..] else {
        return Ok(None);
    };
    if sync != 0xff || flags & 0xf6 != 0xf0 {
        return Err("ffmpeg wrote something else than AAC");
    }
    let length = usize::from(high & 3) << 11 | usize::from(middle) << 3 | usize::from(low >> 5);
    let header = if flags & 1 == 1 { 7 } else { 9 };
    if length < header {
        return Err("ffmpeg wrote a damaged frame");
    }
    if buffer.len() < length {
        return Ok(None);
    }
    let mut frame = buffer.split_to(length).freeze();
    frame.advance(header);
    Ok(Some(frame))
}

/// RFC 7845 §5.1: stereo, nothing to skip.
fn opus_head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x02\0\0".to_vec();
    head.extend(RATE.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// RFC 7845 §5.2: nobody's, without comments.
fn opus_tags() -> Vec<u8> {
    b"OpusTags\0\0\0\0\0\0\0\0".to_vec()
}

/// Samples of each channel in an Opus packet (RFC 6716 §3.1); none where it is
/// none.
fn samples(packet: &[u8]) -> Option<i64> {
    let (&toc, rest) = packet.split_first()?;
    let config = toc >> 3;
    let frame = match config {
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => i64::from(rest.first()? & 0x3f),
    };
    // 120 ms at most.
    (1..=5_760)
        .contains(&(frame * frames))
        .then_some(frame * frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_say_how_long_they_sound() {
        assert_eq!(samples(&SILENCE), Some(SILENCE_SAMPLES));
        assert_eq!(samples(&[0x78, 0]), Some(960), "hybrid of 20 ms");
        assert_eq!(samples(&[0x03, 3]), Some(1_440), "three of 10 ms");
        assert_eq!(samples(&[0x1b, 3]), None, "three of 60 ms are too long");
        assert_eq!(samples(&[0xfd]), Some(1_920));
        assert_eq!(samples(&[]), None);
        assert_eq!(samples(&[0x03]), None);
    }

    #[test]
    fn frames_are_taken_out_of_their_headers() {
        let mut buffer = BytesMut::from(&[0xff, 0xf1, 0x4c, 0x80, 1, 0x3f, 0xfc, 7, 8][..]);
        assert_eq!(adts(&mut buffer), Ok(Some(Bytes::from_static(&[7, 8]))));
        assert_eq!(adts(&mut buffer), Ok(None));
        assert!(adts(&mut BytesMut::from(&[0u8; 9][..])).is_err());
        assert!(adts(&mut BytesMut::from(&[0xff, 0xf1, 0, 0, 0, 0x20, 0][..])).is_err());
    }

    async fn next(out: &mut mpsc::Receiver<((), Sounded)>) -> Frame {
        match timeout(Duration::from_secs(20), out.recv()).await {
            Ok(Some(((), Sounded::Frame(frame)))) => frame,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn sound_keeps_its_place_over_a_hole() {
        let (sender, mut out) = mpsc::channel(1_024);
        let mut sounds = Sounds::new((), Transcoder::default(), sender);
        let begun = MediaTime::from_millis(10_000);
        let place = |n: i64| begun + MediaTime::from_units(n * SILENCE_SAMPLES, RATE);
        for n in (0..50).chain(75..100) {
            sounds.push(place(n), &SILENCE);
        }
        let first = next(&mut out).await;
        assert_eq!(first.dts, begun - MediaTime::from_units(DELAY, RATE));
        let mut last = first;
        // Two seconds came in, a half of one as a hole, and decoder and encoder
        // hold some back.
        while last.dts < place(85) {
            let frame = next(&mut out).await;
            let step = frame.dts - last.dts;
            assert!((step - config().frame_duration()).0.abs() <= 1, "{step:?}");
            last = frame;
        }
    }

    #[tokio::test]
    async fn a_missing_program_is_said_in_words() {
        let (sender, mut out) = mpsc::channel(4);
        let nowhere = Transcoder::new([OsString::from("/nonexistent/ffmpeg")]);
        let mut sounds = Sounds::new((), nowhere, sender);
        sounds.push(MediaTime::ZERO, &SILENCE);
        match out.recv().await {
            Some(((), Sounded::Failed(reason))) => assert_eq!(reason, NOT_INSTALLED),
            other => panic!("{other:?}"),
        }
    }
}

//! Clips that ffmpeg makes, as the items a publisher would have sent.

use std::process::{Command, Stdio};

use bytes::{Buf, Bytes};
use hallway_media::{
    AacConfig, AvcConfig, Codec, Frame, Item, MediaTime, Track, TrackId, Tracks, WallTime,
};

/// When every clip begins.
pub const BEGAN: WallTime = WallTime(1_770_000_000_000);

const NO_FFMPEG: &str = "this test needs ffmpeg and ffprobe: apt-get install ffmpeg";

/// What comes in, and when: as its own timestamp says.
pub struct Clip {
    pub items: Vec<(WallTime, Item)>,
}

/// A test picture at 30/s with B-frames and a tone; a keyframe every `gop` pictures.
pub fn clip(seconds: u32, gop: u32) -> Clip {
    let made = Command::new("ffmpeg")
        .args("-hide_banner -nostdin -loglevel error -f lavfi -i".split(' '))
        .arg(format!("testsrc2=size=320x180:rate=30:duration={seconds}"))
        .args(["-f", "lavfi", "-i"])
        .arg(format!(
            "sine=frequency=440:sample_rate=44100:duration={seconds}"
        ))
        .args("-c:v libx264 -preset ultrafast -bf 2 -sc_threshold 0 -pix_fmt yuv420p -g".split(' '))
        .arg(gop.to_string())
        .args("-c:a aac -ac 2 -f flv pipe:1".split(' '))
        .stderr(Stdio::inherit())
        .output()
        .expect(NO_FFMPEG);
    assert!(made.status.success(), "ffmpeg could not make the clip");
    read_flv(made.stdout.into())
}

/// ffmpeg or ffprobe on `arguments`: what it prints, having complained of nothing.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let ran = Command::new(program)
        .args(["-hide_banner", "-loglevel", "error"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect(NO_FFMPEG);
    let complaints = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        ran.status.success() && complaints.is_empty(),
        "{program} {arguments:?}: {complaints}"
    );
    String::from_utf8(ran.stdout).unwrap()
}

/// Every packet of a stream (`v` or `a`) of a file or playlist: decode and
/// presentation time and duration in seconds (NaN where ffprobe tells none), and
/// whether it is a keyframe.
pub fn packets(path: &str, stream: &str) -> Vec<(f64, f64, f64, bool)> {
    let select = "packet=dts_time,pts_time,duration_time,flags";
    let printed = run(
        "ffprobe",
        &[
            "-allowed_extensions",
            "ALL",
            "-select_streams",
            stream,
            "-show_entries",
            select,
            "-of",
            "json",
            path,
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let seconds = |packet: &serde_json::Value, name: &str| {
        packet[name]
            .as_str()
            .map_or(f64::NAN, |s| s.parse().unwrap())
    };
    let packets = json["packets"].as_array().unwrap().iter();
    packets
        .map(|packet| {
            let key = packet["flags"].as_str().unwrap().starts_with('K');
            (
                seconds(packet, "dts_time"),
                seconds(packet, "pts_time"),
                seconds(packet, "duration_time"),
                key,
            )
        })
        .collect()
}

fn read_flv(mut flv: Bytes) -> Clip {
    let (mut tracks, mut frames) = (Vec::new(), Vec::new());
    flv.advance(9 + 4);
    while flv.len() >= 11 {
        let kind = flv.get_u8();
        let length = flv.get_uint(3) as usize;
        let time = flv.get_uint(3) as i64 | i64::from(flv.get_u8()) << 24;
        flv.advance(3);
        let mut tag = flv.split_to(length);
        flv.advance(4);
        let dts = MediaTime::from_millis(time);
        let now = WallTime(BEGAN.0 + time);
        match kind {
            9 => {
                let key = tag.get_u8() >> 4 == 1;
                let packet = tag.get_u8();
                let pts = dts + MediaTime::from_millis(tag.get_int(3));
                if packet == 0 {
                    let codec = Codec::H264(AvcConfig::parse(tag).unwrap());
                    tracks.push(Track {
                        id: TrackId::VIDEO,
                        codec,
                    });
                } else if packet == 1 {
                    frames.push((
                        now,
                        Item::Frame(Frame {
                            track: TrackId::VIDEO,
                            dts,
                            pts,
                            key,
                            data: tag,
                        }),
                    ));
                }
            }
            8 => {
                tag.advance(1);
                if tag.get_u8() == 0 {
                    let codec = Codec::Aac(AacConfig::parse(tag).unwrap());
                    tracks.push(Track {
                        id: TrackId::AUDIO,
                        codec,
                    });
                } else {
                    let frame = Frame {
                        track: TrackId::AUDIO,
                        dts,
                        pts: dts,
                        key: true,
                        data: tag,
                    };
                    frames.push((now, Item::Frame(frame)));
                }
            }
            _ => {}
        }
    }
    assert_eq!(tracks.len(), 2);
    let mut items = vec![(BEGAN, Item::Tracks(Tracks::new(tracks)))];
    items.extend(frames);
    Clip { items }
}

//! The tag bodies of FLV, which is how RTMP carries pictures and sound: the
//! classic form (FLV 10.1, E.4.2 and E.4.3) and the enhanced one that names
//! codecs by four characters (Enhanced RTMP, version 2). H.264 and AAC are
//! taken out; everything else is named, so that the publisher can be told.

use bytes::{Buf, Bytes};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A decoder configuration: `avcC` or AudioSpecificConfig.
    Config(Bytes),
    /// A picture or a block of sound; shown `composition` ms after it is decoded.
    Data {
        key: bool,
        composition: i32,
        data: Bytes,
    },
    /// Nothing to carry on: end of sequence, seek commands, empty tags.
    Nothing,
    /// A codec we do not carry, in words.
    Unsupported(String),
    /// Not a tag.
    Malformed,
}

const AVC: u8 = 7;
const AAC: u8 = 10;
const ENHANCED_AUDIO: u8 = 9;
const KEY: u8 = 1;
const COMMAND: u8 = 5;

pub(crate) fn video(mut tag: Bytes) -> Tag {
    let Ok(first) = tag.try_get_u8() else {
        return Tag::Nothing;
    };
    let frame_type = first >> 4 & 7;
    if first & 0x80 != 0 {
        return enhanced_video(first & 0x0f, frame_type, tag);
    }
    if frame_type == COMMAND {
        return Tag::Nothing;
    }
    match first & 0x0f {
        AVC => {
            let (Ok(packet), Ok(composition)) = (tag.try_get_u8(), tag.try_get_int(3)) else {
                return Tag::Malformed;
            };
            coded(packet, frame_type == KEY, composition as i32, tag)
        }
        other => Tag::Unsupported(video_name(other)),
    }
}

fn coded(packet: u8, key: bool, composition: i32, data: Bytes) -> Tag {
    match packet {
        0 => Tag::Config(data),
        1 if !data.is_empty() => Tag::Data {
            key,
            composition,
            data,
        },
        _ => Tag::Nothing,
    }
}

/// Packet types: 0 start, 1 coded with composition time, 2 end, 3 coded
/// without, 4 metadata, 7 an extension before the real type.
fn enhanced_video(packet: u8, frame_type: u8, mut tag: Bytes) -> Tag {
    if matches!(packet, 2 | 4) || (frame_type == COMMAND && packet != 0) {
        return Tag::Nothing;
    }
    if matches!(packet, 6 | 7) {
        return Tag::Unsupported("several video tracks in one stream".into());
    }
    if tag.len() < 4 {
        return Tag::Malformed;
    }
    let name = tag.split_to(4);
    if name != b"avc1"[..] {
        return Tag::Unsupported(four_characters(&name));
    }
    let key = frame_type == KEY;
    match packet {
        1 => match tag.try_get_int(3) {
            Ok(composition) => coded(1, key, composition as i32, tag),
            Err(_) => Tag::Malformed,
        },
        3 => coded(1, key, 0, tag),
        other => coded(other, key, 0, tag),
    }
}

pub(crate) fn audio(mut tag: Bytes) -> Tag {
    let Ok(first) = tag.try_get_u8() else {
        return Tag::Nothing;
    };
    match first >> 4 {
        AAC => match tag.try_get_u8() {
            Ok(packet) => coded(packet, true, 0, tag),
            Err(_) => Tag::Nothing,
        },
        ENHANCED_AUDIO => enhanced_audio(first & 0x0f, tag),
        other => Tag::Unsupported(audio_name(other)),
    }
}

/// Packet types: 0 start, 1 coded, 2 end, 4 channel layout, 5 several tracks.
fn enhanced_audio(packet: u8, mut tag: Bytes) -> Tag {
    if matches!(packet, 2 | 4) {
        return Tag::Nothing;
    }
    if packet == 5 {
        return Tag::Unsupported("several sound tracks in one stream".into());
    }
    if tag.len() < 4 {
        return Tag::Malformed;
    }
    let name = tag.split_to(4);
    if name != b"mp4a"[..] {
        return Tag::Unsupported(four_characters(&name));
    }
    coded(packet, true, 0, tag)
}

/// Does this picture consist of whole NAL units with `length_size`-byte lengths?
pub(crate) fn is_well_framed(mut data: &[u8], length_size: u8) -> bool {
    while !data.is_empty() {
        let Ok(length) = data.try_get_uint(usize::from(length_size)) else {
            return false;
        };
        let Some(rest) = data.get(length as usize..) else {
            return false;
        };
        data = rest;
    }
    true
}

fn four_characters(name: &[u8]) -> String {
    let known = match name {
        b"hvc1" => "H.265 (HEVC)",
        b"vvc1" => "H.266 (VVC)",
        b"av01" => "AV1",
        b"vp09" => "VP9",
        b"vp08" => "VP8",
        b"Opus" => "Opus",
        b"fLaC" => "FLAC",
        b"ac-3" => "AC-3",
        b"ec-3" => "E-AC-3",
        b".mp3" => "MP3",
        _ => return format!("codec `{}`", name.escape_ascii()),
    };
    known.into()
}

fn video_name(codec: u8) -> String {
    let known = match codec {
        2 => "Sorenson H.263",
        3 => "Screen Video",
        4 | 5 => "On2 VP6",
        6 => "Screen Video 2",
        // Sent so by encoders from before the enhanced form.
        12 => "H.265 (HEVC)",
        13 => "AV1",
        other => return format!("video codec {other}"),
    };
    known.into()
}

fn audio_name(format: u8) -> String {
    let known = match format {
        0 | 3 => "uncompressed PCM",
        1 => "ADPCM",
        2 | 14 => "MP3",
        4..=6 => "Nellymoser",
        7 | 8 => "G.711",
        11 => "Speex",
        13 => "Opus",
        other => return format!("sound format {other}"),
    };
    known.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(bytes: &'static [u8]) -> Bytes {
        Bytes::from_static(bytes)
    }

    #[test]
    fn classic_pictures_and_sound() {
        assert_eq!(
            video(bytes(&[0x17, 0, 0, 0, 0, 1, 66])),
            Tag::Config(bytes(&[1, 66]))
        );
        let data = bytes(&[9]);
        assert_eq!(
            video(bytes(&[0x17, 1, 0, 0, 80, 9])),
            Tag::Data {
                key: true,
                composition: 80,
                data: data.clone()
            }
        );
        assert_eq!(
            video(bytes(&[0x27, 1, 0xff, 0xff, 0xff, 9])),
            Tag::Data {
                key: false,
                composition: -1,
                data: data.clone()
            }
        );
        assert_eq!(
            audio(bytes(&[0xaf, 0, 0x12, 0x10])),
            Tag::Config(bytes(&[0x12, 0x10]))
        );
        assert_eq!(
            audio(bytes(&[0xaf, 1, 9])),
            Tag::Data {
                key: true,
                composition: 0,
                data
            }
        );
    }

    #[test]
    fn enhanced_names_are_said_in_words() {
        assert_eq!(
            video(bytes(b"\x90hvc1\x01")),
            Tag::Unsupported("H.265 (HEVC)".into())
        );
        assert_eq!(
            video(bytes(b"\x91av01\x01")),
            Tag::Unsupported("AV1".into())
        );
        assert_eq!(
            audio(bytes(b"\x90Opus\x01")),
            Tag::Unsupported("Opus".into())
        );
        assert_eq!(
            video(bytes(b"\x90x\xff1\n")),
            Tag::Unsupported("codec `x\\xff1\\n`".into())
        );
        assert_eq!(
            video(bytes(&[0x22])),
            Tag::Unsupported("Sorenson H.263".into())
        );
        assert_eq!(audio(bytes(&[0x2f, 1])), Tag::Unsupported("MP3".into()));
    }

    #[test]
    fn enhanced_h264_and_aac_are_taken() {
        assert_eq!(video(bytes(b"\x90avc1\x01")), Tag::Config(bytes(&[1])));
        let data = bytes(&[9]);
        assert_eq!(
            video(bytes(b"\x91avc1\0\0\x05\x09")),
            Tag::Data {
                key: true,
                composition: 5,
                data: data.clone()
            }
        );
        assert_eq!(
            video(bytes(b"\xa3avc1\x09")),
            Tag::Data {
                key: false,
                composition: 0,
                data: data.clone()
            }
        );
        assert_eq!(
            audio(bytes(b"\x91mp4a\x09")),
            Tag::Data {
                key: true,
                composition: 0,
                data
            }
        );
    }

    #[test]
    fn nothing_and_damage() {
        for nothing in [
            &[][..],
            &[0x57, 0],
            &[0x17, 2, 0, 0, 0],
            &[0x17, 1, 0, 0, 0],
            b"\x92avc1",
        ] {
            assert_eq!(
                video(Bytes::copy_from_slice(nothing)),
                Tag::Nothing,
                "{nothing:?}"
            );
        }
        for damaged in [&[0x17][..], &[0x17, 1, 0], &[0x90, b'a'], b"\x91avc1\0"] {
            assert_eq!(
                video(Bytes::copy_from_slice(damaged)),
                Tag::Malformed,
                "{damaged:?}"
            );
        }
    }

    #[test]
    fn lengths_must_add_up() {
        assert!(is_well_framed(&[0, 0, 0, 1, 65, 0, 0, 0, 2, 1, 2], 4));
        assert!(is_well_framed(&[], 4));
        assert!(!is_well_framed(&[0, 0, 0, 2, 65], 4));
        assert!(!is_well_framed(&[255, 255, 255, 255, 65], 4));
        assert!(!is_well_framed(&[0, 0], 4));
    }
}

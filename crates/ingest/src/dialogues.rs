//! What a publisher says, byte by byte, for tests.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    amf0::Value,
    chunks::{self, Message},
};

/// 1280x720, High 3.1.
pub(crate) const AVC_RECORD: &[u8] = &[
    1, 100, 0, 31, 0xff, 0xe1, 0, 28, 103, 100, 0, 31, 172, 217, 128, 80, 5, 187, 1, 106, 2, 2, 2,
    128, 0, 0, 3, 0, 128, 0, 0, 30, 7, 140, 24, 205, 1, 0, 5, 104, 233, 123, 44, 139,
];
/// AAC-LC, 48 kHz, stereo.
pub(crate) const AAC_RECORD: &[u8] = &[0x11, 0x90];

pub(crate) fn handshake() -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.resize(1 + 2 * 1_536, 0x5a);
    bytes
}

fn message(kind: u8, stream: u32, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    let payload = Bytes::copy_from_slice(payload);
    chunks::write(
        &mut out,
        4,
        128,
        &Message {
            timestamp,
            kind,
            stream,
            payload,
        },
    );
    out.to_vec()
}

pub(crate) fn control(kind: u8, payload: &[u8]) -> Vec<u8> {
    message(kind, 0, 0, payload)
}

pub(crate) fn command(values: &[Value]) -> Vec<u8> {
    let mut payload = BytesMut::new();
    values.iter().for_each(|value| value.write(&mut payload));
    message(20, 0, 0, &payload)
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

pub(crate) fn connect(app: &str) -> Vec<u8> {
    let fields = vec![
        ("app".to_owned(), text(app)),
        (
            "flashVer".to_owned(),
            text("FMLE/3.0 (compatible; Test\u{7}/1.0)"),
        ),
    ];
    command(&[text("connect"), Value::Number(1.0), Value::Object(fields)])
}

pub(crate) fn create_stream() -> Vec<u8> {
    command(&[text("createStream"), Value::Number(4.0), Value::Null])
}

pub(crate) fn publish(key: &str) -> Vec<u8> {
    command(&[
        text("publish"),
        Value::Number(5.0),
        Value::Null,
        text(key),
        text("live"),
    ])
}

pub(crate) fn delete_stream() -> Vec<u8> {
    command(&[
        text("deleteStream"),
        Value::Number(6.0),
        Value::Null,
        Value::Number(1.0),
    ])
}

/// All up to and including `publish`.
pub(crate) fn introduction(key: &str) -> Vec<u8> {
    [handshake(), connect("live"), create_stream(), publish(key)].concat()
}

pub(crate) fn metadata(fields: &[(&str, f64)]) -> Vec<u8> {
    let fields = fields
        .iter()
        .map(|(name, number)| ((*name).to_owned(), Value::Number(*number)));
    let mut payload = BytesMut::new();
    for value in [
        text("@setDataFrame"),
        text("onMetaData"),
        Value::Object(fields.collect()),
    ] {
        value.write(&mut payload);
    }
    message(18, 1, 0, &payload)
}

pub(crate) fn video_tag(timestamp: u32, tag: &[u8]) -> Vec<u8> {
    message(9, 1, timestamp, tag)
}

pub(crate) fn audio_tag(timestamp: u32, tag: &[u8]) -> Vec<u8> {
    message(8, 1, timestamp, tag)
}

pub(crate) fn avc_config() -> Vec<u8> {
    video_tag(0, &[&[0x17, 0, 0, 0, 0], AVC_RECORD].concat())
}

pub(crate) fn aac_config() -> Vec<u8> {
    audio_tag(0, &[&[0xaf, 0], AAC_RECORD].concat())
}

/// A well-framed picture of `size` bytes, shown 40 ms after it is decoded.
pub(crate) fn picture_tag(key: bool, size: u32) -> Vec<u8> {
    let mut tag = vec![if key { 0x17 } else { 0x27 }, 1, 0, 0, 40];
    tag.put_u32(size - 4);
    tag.resize(5 + size as usize, 0x65);
    tag
}

pub(crate) fn picture(timestamp: u32, key: bool) -> Vec<u8> {
    video_tag(timestamp, &picture_tag(key, 200))
}

pub(crate) fn sound(timestamp: u32) -> Vec<u8> {
    audio_tag(timestamp, &[0xaf, 1, 0x21, 0x10])
}

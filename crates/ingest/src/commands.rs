//! The commands of a publisher (RTMP 1.0, 7.2) and what we answer.

use bytes::{Buf, Bytes, BytesMut};

use crate::{
    amf0::{self, AmfError, Value},
    chunks::Message,
    keys::{Refusal, StreamKey},
};

/// A command that means something to us.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Connect {
        transaction: f64,
        app: String,
        encoder: Option<String>,
    },
    CreateStream {
        transaction: f64,
    },
    /// Announcements before the stream; answered, else without effect.
    Announce {
        transaction: f64,
    },
    Publish {
        key: StreamKey,
    },
    /// The publisher stops.
    Stop,
    Play,
    Other,
}

pub(crate) const COMMAND: u8 = 20;
pub(crate) const COMMAND_AMF3: u8 = 17;
pub(crate) const DATA: u8 = 18;
pub(crate) const DATA_AMF3: u8 = 15;

/// The stream id we give out: one publisher, one stream.
pub(crate) const STREAM: u32 = 1;

/// Reads a command message of either kind: those called AMF3 hold AMF0 after
/// one byte, in what encoders send.
pub(crate) fn read(kind: u8, mut payload: Bytes) -> Result<Command, AmfError> {
    if kind == COMMAND_AMF3 && payload.first() == Some(&0) {
        payload.advance(1);
    }
    let values = amf0::read_all(&payload)?;
    let text = |position: usize| values.get(position).and_then(Value::as_str);
    let transaction = values.get(1).and_then(Value::as_number).unwrap_or(0.0);
    Ok(match text(0) {
        Some("connect") => {
            let field = |name| {
                values
                    .get(2)
                    .and_then(|object| object.get(name))
                    .and_then(Value::as_str)
            };
            Command::Connect {
                transaction,
                app: field("app").unwrap_or_default().to_owned(),
                encoder: field("flashVer").map(ToOwned::to_owned),
            }
        }
        Some("createStream") => Command::CreateStream { transaction },
        Some("releaseStream" | "FCPublish") => Command::Announce { transaction },
        Some("publish") => {
            let name = text(3).unwrap_or_default();
            // Some encoders append options as a query.
            let key = name.split_once('?').map_or(name, |(key, _)| key);
            Command::Publish {
                key: StreamKey::new(key),
            }
        }
        Some("deleteStream" | "FCUnpublish" | "closeStream") => Command::Stop,
        Some("play" | "play2") => Command::Play,
        _ => Command::Other,
    })
}

/// Reads `onMetaData` out of a data message; `None` for any other.
pub(crate) fn metadata(kind: u8, mut payload: Bytes) -> Result<Option<Value>, AmfError> {
    if kind == DATA_AMF3 && payload.first() == Some(&0) {
        payload.advance(1);
    }
    let values = amf0::read_all(&payload)?;
    let mut values = values
        .into_iter()
        .skip_while(|value| value.as_str() == Some("@setDataFrame"));
    Ok(match values.next() {
        Some(Value::String(name)) if name == "onMetaData" => values.next(),
        _ => None,
    })
}

pub(crate) fn connected(transaction: f64) -> Message {
    command(
        0,
        &[
            Value::String("_result".into()),
            Value::Number(transaction),
            object([
                ("fmsVer", Value::String("FMS/3,0,1,123".into())),
                ("capabilities", Value::Number(31.0)),
            ]),
            status("status", "NetConnection.Connect.Success", "connected"),
        ],
    )
}

pub(crate) fn refused_app(transaction: f64) -> Message {
    let reason = "publish to /live followed by the stream key";
    command(
        0,
        &[
            Value::String("_error".into()),
            Value::Number(transaction),
            Value::Null,
            status("error", "NetConnection.Connect.InvalidApp", reason),
        ],
    )
}

pub(crate) fn created(transaction: f64) -> Message {
    result(transaction, Value::Number(f64::from(STREAM)))
}

pub(crate) fn announced(transaction: f64) -> Message {
    result(transaction, Value::Null)
}

pub(crate) fn started() -> Message {
    on_status(status("status", "NetStream.Publish.Start", "publishing"))
}

/// OBS and ffmpeg show the code; the words are for whoever reads the log.
pub(crate) fn refused(refusal: Refusal) -> Message {
    on_status(status(
        "error",
        "NetStream.Publish.BadName",
        &refusal.to_string(),
    ))
}

pub(crate) fn no_playing() -> Message {
    on_status(status(
        "error",
        "NetStream.Play.Failed",
        "this server takes streams and plays none by RTMP",
    ))
}

fn result(transaction: f64, value: Value) -> Message {
    command(
        0,
        &[
            Value::String("_result".into()),
            Value::Number(transaction),
            Value::Null,
            value,
        ],
    )
}

fn on_status(info: Value) -> Message {
    command(
        STREAM,
        &[
            Value::String("onStatus".into()),
            Value::Number(0.0),
            Value::Null,
            info,
        ],
    )
}

fn status(level: &str, code: &str, description: &str) -> Value {
    object([
        ("level", Value::String(level.into())),
        ("code", Value::String(code.into())),
        ("description", Value::String(description.into())),
    ])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn command(stream: u32, values: &[Value]) -> Message {
    let mut payload = BytesMut::new();
    values.iter().for_each(|value| value.write(&mut payload));
    Message {
        timestamp: 0,
        kind: COMMAND,
        stream,
        payload: payload.freeze(),
    }
}

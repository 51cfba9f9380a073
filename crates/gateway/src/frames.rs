//! The server's frames as bytes: JSON behind the header of an unmasked text
//! message (RFC 6455 §5.2), made once and shared by everyone they go to.

use bytes::{BufMut, Bytes, BytesMut};
use hallway_protocol::{Problem, ServerFrame, Topic};
use uuid::Uuid;

/// One whole text message, ready for the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    wire: Bytes,
    /// Bytes of its header.
    head: u8,
}

/// A text message in one piece, and a close.
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

impl Frame {
    pub fn text(json: &str) -> Self {
        Self::of(&[json.as_bytes()])
    }

    /// A text in pieces.
    fn of(json: &[&[u8]]) -> Self {
        let length: usize = json.iter().map(|piece| piece.len()).sum();
        let mut wire = BytesMut::with_capacity(length + 10);
        wire.put_u8(TEXT);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..126), _) => wire.put_u8(short),
            (_, Ok(medium)) => {
                wire.put_u8(126);
                wire.put_u16(medium);
            }
            _ => {
                wire.put_u8(127);
                wire.put_u64(length as u64);
            }
        }
        let head = wire.len() as u8;
        for piece in json {
            wire.put_slice(piece);
        }
        Self {
            wire: wire.freeze(),
            head,
        }
    }

    /// The server's good-bye; `reason` is at most 123 bytes (§5.5).
    pub fn close(code: u16, reason: &str) -> Self {
        let reason = reason.as_bytes();
        let reason = &reason[..reason.len().min(123)];
        let mut wire = BytesMut::with_capacity(reason.len() + 4);
        wire.put_u8(CLOSE);
        wire.put_u8(reason.len() as u8 + 2);
        wire.put_u16(code);
        wire.put_slice(reason);
        Self {
            wire: wire.freeze(),
            head: 2,
        }
    }

    /// What the library made: whole messages with their headers, such as the
    /// answer to a ping.
    pub fn made(wire: &[u8]) -> Self {
        Self {
            wire: Bytes::copy_from_slice(wire),
            head: 0,
        }
    }

    pub fn wire(&self) -> &Bytes {
        &self.wire
    }

    /// Whether it is one of ours that carries JSON.
    pub fn is_text(&self) -> bool {
        self.head > 0 && self.wire[0] == TEXT
    }

    pub fn json(&self) -> &[u8] {
        &self.wire[usize::from(self.head)..]
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.json()))
    }
}

pub fn frame(frame: &ServerFrame) -> Frame {
    Frame::text(&serde_json::to_string(frame).unwrap_or_default())
}

/// An event's frame around its stored JSON, without reading it.
pub fn event_frame(topic: Topic, seq: i64, body: &str) -> Frame {
    Frame::text(&format!(
        r#"{{"type":"event","topic":"{topic}","seq":{seq},"event":{body}}}"#
    ))
}

/// A page of a channel's history, around its JSON as it is kept.
pub fn history_frame(topic: Topic, page: &[u8]) -> Frame {
    let before = format!(r#"{{"type":"history","topic":"{topic}","page":"#);
    Frame::of(&[before.as_bytes(), page, b"}"])
}

pub fn refusal(key: Option<Uuid>, topic: Option<Topic>, problem: Problem) -> Frame {
    frame(&ServerFrame::Problem {
        key,
        topic,
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_the_length_in_one_three_or_nine_bytes() {
        for (length, head) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 0xff, 0xff]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let json = "x".repeat(length);
            let frame = Frame::text(&json);
            assert_eq!(frame.wire()[..head.len()], head, "{length}");
            assert_eq!(frame.json(), json.as_bytes());
        }
        let close = Frame::close(1012, "x");
        assert_eq!(close.wire()[..], [0x88, 3, 0x03, 0xf4, b'x']);
    }
}

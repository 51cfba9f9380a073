//! Chunk streams (RTMP 1.0, 5.3): messages cut into chunks and interleaved.
//! Memory grows with what has arrived, never with what a header promises.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::SessionLimits;

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// In milliseconds; wraps at 2^32.
    pub timestamp: u32,
    pub kind: u8,
    pub stream: u32,
    pub payload: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    #[error("the peer announced a chunk size of {0} bytes")]
    ChunkSize(u32),
    #[error("the peer announced a message of {0} bytes")]
    MessageSize(usize),
    #[error("the peer has too many unfinished messages")]
    Unfinished,
    #[error("the peer uses too many chunk streams")]
    Streams,
    #[error("a chunk refers to one that never came")]
    NoHeader,
    #[error("a new message begins inside another one")]
    Interrupted,
}

#[derive(Debug)]
pub(crate) struct Decoder {
    limits: SessionLimits,
    chunk_size: usize,
    lanes: BTreeMap<u32, Lane>,
    /// Bytes of unfinished messages in all lanes.
    unfinished: usize,
}

/// The state of one chunk stream.
#[derive(Debug, Default)]
struct Lane {
    timestamp: u32,
    delta: u32,
    extended: bool,
    length: usize,
    kind: u8,
    stream: u32,
    partial: BytesMut,
    /// A first chunk came and the message is not whole.
    inside: bool,
}

const EXTENDED: u32 = 0xff_ffff;

impl Decoder {
    pub(crate) fn new(limits: SessionLimits) -> Self {
        Self {
            limits,
            chunk_size: 128,
            lanes: BTreeMap::new(),
            unfinished: 0,
        }
    }

    /// Set Chunk Size (5.4.1).
    pub(crate) fn set_chunk_size(&mut self, size: u32) -> Result<(), ChunkError> {
        if size == 0 || size as usize > self.limits.chunk {
            return Err(ChunkError::ChunkSize(size));
        }
        self.chunk_size = size as usize;
        Ok(())
    }

    /// Abort Message (5.4.2).
    pub(crate) fn abort(&mut self, chunk_stream: u32) {
        if let Some(lane) = self.lanes.get_mut(&chunk_stream) {
            self.unfinished -= lane.partial.len();
            lane.partial.clear();
            lane.inside = false;
        }
    }

    /// Takes chunks from `input` until a message is whole; `None` when more
    /// bytes are needed.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Message>, ChunkError> {
        loop {
            match self.chunk(input)? {
                Step::NeedsMore => return Ok(None),
                Step::Went => {}
                Step::Whole(message) => return Ok(Some(message)),
            }
        }
    }

    /// One chunk, if all of it is there.
    fn chunk(&mut self, input: &mut BytesMut) -> Result<Step, ChunkError> {
        let mut header = &input[..];
        let Some((format, chunk_stream)) = basic_header(&mut header) else {
            return Ok(Step::NeedsMore);
        };
        let known = self.lanes.get(&chunk_stream);
        if known.is_none() && format != 0 {
            // Some encoders open a lane with format 1; nothing else can stand alone.
            if format != 1 {
                return Err(ChunkError::NoHeader);
            }
        }
        if known.is_none() && self.lanes.len() >= self.limits.chunk_streams {
            return Err(ChunkError::Streams);
        }
        let inside = known.is_some_and(|lane| lane.inside);
        if inside && format != 3 {
            return Err(ChunkError::Interrupted);
        }
        let Some(fields) = message_header(&mut header, format, known) else {
            return Ok(Step::NeedsMore);
        };
        if fields.length > self.limits.message {
            return Err(ChunkError::MessageSize(fields.length));
        }
        let have = known.map_or(0, |lane| lane.partial.len());
        let wanted = (fields.length - have).min(self.chunk_size);
        if header.len() < wanted {
            return Ok(Step::NeedsMore);
        }
        let header_length = input.len() - header.len();
        input.advance(header_length);
        let data = input.split_to(wanted);

        let lane = self.lanes.entry(chunk_stream).or_default();
        if !inside {
            lane.begin(format, fields);
        }
        if lane.partial.is_empty() && wanted == lane.length {
            lane.inside = false;
            return Ok(Step::Whole(lane.message(data.freeze())));
        }
        lane.inside = true;
        lane.partial.extend_from_slice(&data);
        self.unfinished += wanted;
        if self.unfinished > self.limits.message * 2 {
            return Err(ChunkError::Unfinished);
        }
        if lane.partial.len() < lane.length {
            return Ok(Step::Went);
        }
        self.unfinished -= lane.partial.len();
        lane.inside = false;
        let payload = std::mem::take(&mut lane.partial).freeze();
        Ok(Step::Whole(lane.message(payload)))
    }
}

enum Step {
    NeedsMore,
    Went,
    Whole(Message),
}

/// What a header says, completed from the chunk before it where it is silent.
struct Fields {
    time: u32,
    extended: bool,
    length: usize,
    kind: u8,
    stream: u32,
}

/// 5.3.1.1
fn basic_header(header: &mut &[u8]) -> Option<(u8, u32)> {
    let first = header.try_get_u8().ok()?;
    let chunk_stream = match first & 0x3f {
        0 => 64 + u32::from(header.try_get_u8().ok()?),
        1 => 64 + u32::from(header.try_get_u16_le().ok()?),
        small => u32::from(small),
    };
    Some((first >> 6, chunk_stream))
}

/// 5.3.1.2 and 5.3.1.3. A chunk of format 3 repeats the extended timestamp of
/// the header it continues, as every encoder in use does.
fn message_header(header: &mut &[u8], format: u8, before: Option<&Lane>) -> Option<Fields> {
    let mut fields = match before {
        Some(lane) => Fields {
            time: lane.delta,
            extended: lane.extended,
            length: lane.length,
            kind: lane.kind,
            stream: lane.stream,
        },
        None => Fields {
            time: 0,
            extended: false,
            length: 0,
            kind: 0,
            stream: 0,
        },
    };
    if format <= 2 {
        fields.time = header.try_get_uint(3).ok()? as u32;
        fields.extended = fields.time == EXTENDED;
    }
    if format <= 1 {
        fields.length = header.try_get_uint(3).ok()? as usize;
        fields.kind = header.try_get_u8().ok()?;
    }
    if format == 0 {
        fields.stream = header.try_get_u32_le().ok()?;
    }
    if fields.extended {
        fields.time = header.try_get_u32().ok()?;
    }
    Some(fields)
}

impl Lane {
    fn begin(&mut self, format: u8, fields: Fields) {
        self.timestamp = match format {
            0 => fields.time,
            _ => self.timestamp.wrapping_add(fields.time),
        };
        // Format 3 repeats this, even after format 0 (5.3.1.2.4).
        self.delta = fields.time;
        self.extended = fields.extended;
        self.length = fields.length;
        self.kind = fields.kind;
        self.stream = fields.stream;
    }

    fn message(&self, payload: Bytes) -> Message {
        Message {
            timestamp: self.timestamp,
            kind: self.kind,
            stream: self.stream,
            payload,
        }
    }
}

/// The size of the chunks we send; announced once.
pub(crate) const OUR_CHUNK_SIZE: usize = 4_096;

/// Writes a message on chunk stream `chunk_stream` (2 to 63), timestamp 0: we
/// send commands only.
pub(crate) fn write(out: &mut BytesMut, chunk_stream: u8, chunk_size: usize, message: &Message) {
    out.put_u8(chunk_stream);
    out.put_uint(u64::from(message.timestamp.min(EXTENDED - 1)), 3);
    out.put_uint(message.payload.len() as u64, 3);
    out.put_u8(message.kind);
    out.put_u32_le(message.stream);
    for (number, chunk) in message.payload.chunks(chunk_size).enumerate() {
        if number > 0 {
            out.put_u8(0xc0 | chunk_stream);
        }
        out.put_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder() -> Decoder {
        Decoder::new(SessionLimits::default())
    }

    fn message(length: usize) -> Message {
        let payload = (0..length).map(|n| n as u8).collect::<Vec<_>>().into();
        Message {
            timestamp: 40,
            kind: 9,
            stream: 1,
            payload,
        }
    }

    #[test]
    fn a_message_of_many_chunks_comes_whole_byte_by_byte() {
        let mut bytes = BytesMut::new();
        write(&mut bytes, 6, 128, &message(1_000));
        let (mut decoder, mut input, mut got) = (decoder(), BytesMut::new(), Vec::new());
        for byte in bytes {
            input.extend_from_slice(&[byte]);
            got.extend(decoder.next(&mut input).unwrap());
        }
        assert_eq!(got, [message(1_000)]);
        assert_eq!(decoder.unfinished, 0);
    }

    #[test]
    fn deltas_and_repeats_follow_the_header_before() {
        let mut input = BytesMut::new();
        write(&mut input, 4, 128, &message(2));
        input.extend_from_slice(&[0x44, 0, 0, 10, 0, 0, 1, 8, 0xaa]); // format 1: +10, one byte
        input.extend_from_slice(&[0x84, 0, 0, 20, 0xbb]); // format 2: +20
        input.extend_from_slice(&[0xc4, 0xcc]); // format 3: +20 again
        let mut decoder = decoder();
        let times: Vec<_> = std::iter::from_fn(|| decoder.next(&mut input).unwrap())
            .map(|m| (m.timestamp, m.kind))
            .collect();
        assert_eq!(times, [(40, 9), (50, 8), (70, 8), (90, 8)]);
    }

    #[test]
    fn extended_timestamps_are_read_in_every_chunk() {
        let mut input = BytesMut::new();
        input.extend_from_slice(&[4, 0xff, 0xff, 0xff, 0, 0, 130, 9, 1, 0, 0, 0, 1, 0, 0, 0]);
        input.extend_from_slice(&[7; 128]);
        input.extend_from_slice(&[0xc4, 1, 0, 0, 0, 7, 7]);
        let whole = decoder().next(&mut input).unwrap().unwrap();
        assert_eq!((whole.timestamp, whole.payload.len()), (0x0100_0000, 130));
        assert!(input.is_empty());
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_stored() {
        let mut decoder = decoder();
        assert_eq!(
            decoder.set_chunk_size(0x7fff_ffff),
            Err(ChunkError::ChunkSize(0x7fff_ffff))
        );
        assert_eq!(decoder.set_chunk_size(0), Err(ChunkError::ChunkSize(0)));
        assert_eq!(
            decoder.set_chunk_size(65_537),
            Err(ChunkError::ChunkSize(65_537))
        );
        decoder.set_chunk_size(65_536).unwrap();
        let mut input = BytesMut::from(&[4, 0, 0, 0, 0x40, 0, 1, 9, 1, 0, 0, 0][..]);
        assert_eq!(
            decoder.next(&mut input),
            Err(ChunkError::MessageSize(0x40_0001))
        );
    }

    #[test]
    fn unfinished_messages_and_lanes_are_bounded() {
        let mut decoder = decoder();
        decoder.set_chunk_size(65_536).unwrap();
        let mut refused = None;
        'lanes: for lane in 2..63u8 {
            let mut input = BytesMut::from(&[lane, 0, 0, 0, 0x40, 0, 0, 9, 1, 0, 0, 0][..]);
            for chunk in 0..63 {
                if chunk > 0 {
                    input.extend_from_slice(&[0xc0 | lane]);
                }
                input.extend_from_slice(&[0; 65_536]);
                if let Err(error) = decoder.next(&mut input) {
                    refused = Some(error);
                    break 'lanes;
                }
            }
        }
        assert_eq!(refused, Some(ChunkError::Unfinished));

        let mut decoder = Decoder::new(SessionLimits::default());
        let mut refused = None;
        for lane in 2..63u8 {
            let mut input = BytesMut::from(&[lane, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0][..]);
            if let Err(error) = decoder.next(&mut input) {
                refused = Some((lane, error));
                break;
            }
        }
        assert_eq!(refused, Some((34, ChunkError::Streams)));
    }

    #[test]
    fn a_chunk_without_its_header_or_inside_another_is_refused() {
        let mut input = BytesMut::from(&[0xc4, 1][..]);
        assert_eq!(decoder().next(&mut input), Err(ChunkError::NoHeader));
        let mut decoder = decoder();
        let mut input = BytesMut::from(&[4, 0, 0, 0, 0, 1, 0, 9, 1, 0, 0, 0][..]);
        input.extend_from_slice(&[0; 128]);
        input.extend_from_slice(&[4, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1]);
        assert_eq!(decoder.next(&mut input), Err(ChunkError::Interrupted));
    }
}

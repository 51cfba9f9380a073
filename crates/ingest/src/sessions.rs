//! One publisher's RTMP session: bytes in, events and bytes out. No socket, no
//! clock; waits are the driver's.

use std::collections::VecDeque;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use hallway_media::{Frame, Tracks};

use crate::{
    SessionLimits,
    amf0::AmfError,
    chunks::{self, ChunkError, Decoder, Message, OUR_CHUNK_SIZE},
    commands::{self, Command, STREAM},
    facts::Facts,
    handshakes::{Handshake, NotRtmp},
    keys::{Refusal, StreamKey},
    publishers::Publisher,
};

/// What the session learnt, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Somebody wants to publish. Nothing more is read until
    /// [`Session::admit`] or [`Session::refuse`].
    Publish(StreamKey),
    Tracks(Tracks),
    Frame(Frame),
    /// The facts have changed.
    Facts(Facts),
    /// The publisher has stopped by itself.
    Stopped,
}

/// Why a session is over. The connection is to be closed; no other is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    NotRtmp(#[from] NotRtmp),
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error(transparent)]
    Amf(#[from] AmfError),
    #[error("the peer sent too much before it was let in")]
    TooMuchBeforeAdmission,
    #[error("the peer sent media before it was let in, or on a stream that is not its own")]
    UnexpectedMedia,
    #[error("the peer asked for something out of turn")]
    OutOfTurn,
    #[error("the peer sent a control message that is cut short")]
    CutShort,
    #[error("the peer wanted to publish elsewhere than to /live")]
    WrongApp,
    #[error("the peer wanted to play")]
    WantsToPlay,
}

#[derive(Debug)]
pub struct Session {
    limits: SessionLimits,
    handshake: Handshake,
    input: BytesMut,
    outgoing: BytesMut,
    decoder: Decoder,
    events: VecDeque<Event>,
    stage: Stage,
    encoder: Option<String>,
    received: u64,
    acknowledged: u64,
    /// The peer wants to hear of every so many bytes.
    window: u64,
}

/// How far the peer has come.
#[derive(Debug)]
enum Stage {
    New,
    Connected,
    /// The caller is deciding.
    Asking,
    Publishing(Box<Publisher>),
    Over,
}

/// Message types (RTMP 1.0, 5.4 and 7.1).
const SET_CHUNK_SIZE: u8 = 1;
const ABORT: u8 = 2;
const ACKNOWLEDGEMENT: u8 = 3;
const USER_CONTROL: u8 = 4;
const WINDOW_SIZE: u8 = 5;
const PEER_BANDWIDTH: u8 = 6;
const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const AGGREGATE: u8 = 22;

/// User control events (7.1.7).
const STREAM_BEGIN: u16 = 0;
const PING: u16 = 6;
const PONG: u16 = 7;

const OUR_WINDOW: u32 = 2_500_000;
const CONTROL_CHUNKS: u8 = 2;
const COMMAND_CHUNKS: u8 = 3;

impl Session {
    pub fn new(limits: SessionLimits) -> Self {
        Self {
            limits,
            handshake: Handshake::default(),
            input: BytesMut::new(),
            outgoing: BytesMut::new(),
            decoder: Decoder::new(limits),
            events: VecDeque::new(),
            stage: Stage::New,
            encoder: None,
            received: 0,
            acknowledged: 0,
            window: u64::from(OUR_WINDOW),
        }
    }

    /// Takes bytes from the peer. After an error the session is of no more use.
    pub fn handle(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.received += bytes.len() as u64;
        let admitted = matches!(self.stage, Stage::Publishing(_) | Stage::Over);
        if !admitted && self.received > self.limits.before_admission {
            return Err(SessionError::TooMuchBeforeAdmission);
        }
        self.input.extend_from_slice(bytes);
        self.advance()
    }

    /// What was learnt; ask until there is nothing.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Bytes for the peer.
    pub fn take_outgoing(&mut self) -> Bytes {
        self.outgoing.split().freeze()
    }

    /// Answers [`Event::Publish`]: media may come.
    pub fn admit(&mut self) -> Result<(), SessionError> {
        let Stage::Asking = self.stage else {
            return Err(SessionError::OutOfTurn);
        };
        self.stage = Stage::Publishing(Box::new(Publisher::new(self.encoder.take())));
        let mut begin = BytesMut::new();
        begin.put_u16(STREAM_BEGIN);
        begin.put_u32(STREAM);
        self.control(USER_CONTROL, &begin);
        self.command(&commands::started());
        self.advance()
    }

    /// Answers [`Event::Publish`]: no, and why. The connection is to be closed
    /// once the answer is sent.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.stage = Stage::Over;
        self.command(&commands::refused(refusal));
    }

    fn advance(&mut self) -> Result<(), SessionError> {
        if self.handshake != Handshake::Done
            && !self
                .handshake
                .advance(&mut self.input, &mut self.outgoing)?
        {
            return Ok(());
        }
        while !matches!(self.stage, Stage::Asking | Stage::Over) {
            let Some(message) = self.decoder.next(&mut self.input)? else {
                break;
            };
            self.message(message)?;
        }
        if matches!(self.stage, Stage::Over) {
            // Nothing is wanted any more, and nothing is to pile up.
            self.input.clear();
        }
        if self.handshake == Handshake::Done && self.received - self.acknowledged >= self.window {
            self.acknowledged = self.received;
            // The count wraps (5.4.3).
            self.control(ACKNOWLEDGEMENT, &(self.received as u32).to_be_bytes());
        }
        Ok(())
    }

    fn message(&mut self, message: Message) -> Result<(), SessionError> {
        let mut payload = &message.payload[..];
        let mut number = || payload.try_get_u32().map_err(|_| SessionError::CutShort);
        match message.kind {
            // The first bit must be zero (5.4.1); a size with it set is too large anyway.
            SET_CHUNK_SIZE => self.decoder.set_chunk_size(number()?)?,
            ABORT => self.decoder.abort(number()?),
            WINDOW_SIZE => self.window = u64::from(number()?.max(1_024)),
            USER_CONTROL => self.user_control(&message.payload)?,
            ACKNOWLEDGEMENT | PEER_BANDWIDTH => {}
            commands::COMMAND | commands::COMMAND_AMF3 => {
                let command = commands::read(message.kind, message.payload)?;
                self.obey(command)?;
            }
            commands::DATA | commands::DATA_AMF3 => {
                let metadata = commands::metadata(message.kind, message.payload)?;
                if let (Some(metadata), Stage::Publishing(publisher)) = (metadata, &mut self.stage)
                {
                    publisher.metadata(&metadata);
                }
            }
            AUDIO | VIDEO | AGGREGATE => self.media(message)?,
            // The specification lets unknown kinds pass.
            _ => {}
        }
        Ok(())
    }

    fn user_control(&mut self, mut payload: &[u8]) -> Result<(), SessionError> {
        let event = payload.try_get_u16().map_err(|_| SessionError::CutShort)?;
        if event == PING {
            let time = payload.try_get_u32().map_err(|_| SessionError::CutShort)?;
            let mut pong = BytesMut::new();
            pong.put_u16(PONG);
            pong.put_u32(time);
            self.control(USER_CONTROL, &pong);
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<(), SessionError> {
        match (command, &self.stage) {
            (
                Command::Connect {
                    transaction,
                    app,
                    encoder,
                },
                Stage::New,
            ) => {
                if app.trim_end_matches('/') != "live" {
                    self.command(&commands::refused_app(transaction));
                    return Err(SessionError::WrongApp);
                }
                self.encoder = encoder;
                self.stage = Stage::Connected;
                self.control(WINDOW_SIZE, &OUR_WINDOW.to_be_bytes());
                let mut bandwidth = BytesMut::new();
                bandwidth.put_u32(OUR_WINDOW);
                bandwidth.put_u8(2); // dynamic (5.4.5)
                self.control(PEER_BANDWIDTH, &bandwidth);
                self.control(SET_CHUNK_SIZE, &(OUR_CHUNK_SIZE as u32).to_be_bytes());
                self.command(&commands::connected(transaction));
            }
            (Command::Connect { .. }, _) => return Err(SessionError::OutOfTurn),
            (Command::CreateStream { transaction }, Stage::Connected) => {
                self.command(&commands::created(transaction));
            }
            (Command::Announce { transaction }, Stage::Connected) => {
                self.command(&commands::announced(transaction));
            }
            (Command::Publish { key }, Stage::Connected) => {
                self.stage = Stage::Asking;
                self.events.push_back(Event::Publish(key));
            }
            (Command::Stop, Stage::Publishing(_)) => {
                self.stage = Stage::Over;
                self.events.push_back(Event::Stopped);
            }
            (Command::Play, _) => {
                self.command(&commands::no_playing());
                return Err(SessionError::WantsToPlay);
            }
            // Before a publication FCUnpublish and deleteStream clear up nothing.
            (Command::Stop | Command::Other, _) => {}
            (
                Command::CreateStream { .. } | Command::Announce { .. } | Command::Publish { .. },
                _,
            ) => {
                return Err(SessionError::OutOfTurn);
            }
        }
        Ok(())
    }

    fn media(&mut self, message: Message) -> Result<(), SessionError> {
        let Stage::Publishing(publisher) = &mut self.stage else {
            return Err(SessionError::UnexpectedMedia);
        };
        if message.stream != STREAM {
            return Err(SessionError::UnexpectedMedia);
        }
        match message.kind {
            AUDIO => publisher.audio(message.timestamp, message.payload, &mut self.events),
            VIDEO => publisher.video(message.timestamp, message.payload, &mut self.events),
            _ => aggregate(publisher, message, &mut self.events)?,
        }
        Ok(())
    }

    fn control(&mut self, kind: u8, payload: &[u8]) {
        let message = Message {
            timestamp: 0,
            kind,
            stream: 0,
            payload: Bytes::copy_from_slice(payload),
        };
        // Control messages are shorter than the smallest chunk.
        chunks::write(&mut self.outgoing, CONTROL_CHUNKS, OUR_CHUNK_SIZE, &message);
    }

    fn command(&mut self, message: &Message) {
        // Before our chunk size is announced no command is written.
        let size = if matches!(self.stage, Stage::New) {
            128
        } else {
            OUR_CHUNK_SIZE
        };
        chunks::write(&mut self.outgoing, COMMAND_CHUNKS, size, message);
    }
}

/// Several tags in one message (7.1.6): their times count from the first one's.
fn aggregate(
    publisher: &mut Publisher,
    message: Message,
    events: &mut VecDeque<Event>,
) -> Result<(), SessionError> {
    let mut rest = message.payload;
    let mut first = None;
    while !rest.is_empty() {
        if rest.len() < 11 {
            return Err(SessionError::CutShort);
        }
        let kind = rest.get_u8();
        let length = rest.get_uint(3) as usize;
        let low = rest.get_uint(3) as u32;
        let time = low | u32::from(rest.get_u8()) << 24;
        rest.advance(3);
        if rest.len() < length {
            return Err(SessionError::CutShort);
        }
        let tag = rest.split_to(length);
        rest.advance(rest.len().min(4)); // the length again
        let offset = time.wrapping_sub(*first.get_or_insert(time));
        let timestamp = message.timestamp.wrapping_add(offset);
        match kind {
            AUDIO => publisher.audio(timestamp, tag, events),
            VIDEO => publisher.video(timestamp, tag, events),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

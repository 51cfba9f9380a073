//! The ways bytes take between a connection's task and the other side: a
//! WebSocket on a plain TCP stream, which the hub writes to by itself; one over
//! something else, such as TLS, whose task writes; and server-sent events.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use hallway_protocol::ServerFrame;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::driver::MAX_READ;
use crate::frames::{Frame, frame};
use crate::links::{Link, OWN};
use crate::streams::Wrapping;

/// Bytes read at once: clients send little, and each connection keeps as many.
const READ_BUFFER: usize = 1024;
/// A stream of server-sent events says something this often, so that its
/// reader knows that it lives.
pub(crate) const BEAT: Duration = Duration::from_secs(20);

/// How bytes leave.
pub(crate) enum Wire {
    /// The link writes by itself.
    Plain,
    Wrapped {
        out: WriteHalf<Box<dyn Wrapping>>,
        /// Whole frames on their way.
        chunk: BytesMut,
        /// Written, and not flushed.
        dirty: bool,
    },
    Events {
        out: mpsc::Sender<Bytes>,
        next_beat: Instant,
    },
}

impl Wire {
    pub(crate) fn wrapped(out: WriteHalf<Box<dyn Wrapping>>) -> Self {
        Self::Wrapped {
            out,
            chunk: BytesMut::new(),
            dirty: false,
        }
    }

    pub(crate) fn events(out: mpsc::Sender<Bytes>) -> Self {
        Self::Events {
            out,
            next_beat: Instant::now() + BEAT,
        }
    }

    /// Whether something waits to be written.
    pub(crate) fn has_pending(&self, link: &Link) -> bool {
        let here = match self {
            Self::Wrapped { chunk, dirty, .. } => *dirty || !chunk.is_empty(),
            Self::Plain | Self::Events { .. } => false,
        };
        here || link.waiting() > 0
    }

    /// Writes until at most `below` bytes wait. May be dropped and called again.
    pub(crate) async fn drain(&mut self, link: &Link, below: usize) -> io::Result<()> {
        match self {
            Self::Plain => link.drain(below).await,
            Self::Wrapped { out, chunk, dirty } => loop {
                if chunk.is_empty() {
                    if link.waiting() <= below {
                        // Nothing is kept while idle.
                        *chunk = BytesMut::new();
                        out.flush().await?;
                        *dirty = false;
                        return Ok(());
                    }
                    for frame in link.take() {
                        chunk.extend_from_slice(frame.wire());
                    }
                }
                if out.write_buf(chunk).await? == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                *dirty = true;
            },
            Self::Events { out, .. } => {
                while link.waiting() > below {
                    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
                    let room = out.reserve().await.map_err(gone)?;
                    room.send(as_events(&link.take()));
                }
                Ok(())
            }
        }
    }

    pub(crate) fn next_beat(&self) -> Instant {
        match self {
            Self::Events { next_beat, .. } => *next_beat,
            Self::Plain | Self::Wrapped { .. } => Instant::now() + BEAT,
        }
    }

    /// Says that we live, when it is time to.
    pub(crate) fn beat(&mut self, link: &Link) {
        if let Self::Events { next_beat, .. } = self
            && Instant::now() >= *next_beat
        {
            *next_beat = Instant::now() + BEAT;
            link.own(&frame(&ServerFrame::Pong));
        }
    }
}

/// Frames as server-sent events: the same JSON, one line each.
fn as_events(frames: &[Frame]) -> Bytes {
    let length: usize = frames.iter().map(|frame| frame.json().len() + 8).sum();
    let mut bytes = BytesMut::with_capacity(length);
    for frame in frames.iter().filter(|frame| frame.is_text()) {
        bytes.extend_from_slice(b"data: ");
        bytes.extend_from_slice(frame.json());
        bytes.extend_from_slice(b"\n\n");
    }
    bytes.freeze()
}

/// How bytes come in.
pub(crate) enum Incoming {
    Socket(Box<WebSocketStream<Ear>>),
    /// Nothing does: the reader of server-sent events asks over HTTP.
    Deaf(mpsc::Sender<Bytes>),
}

impl Incoming {
    pub(crate) async fn socket(ear: Ear, heard: &[u8]) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_READ))
            .max_frame_size(Some(MAX_READ))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0);
        let role = Role::Server;
        let stream = if heard.is_empty() {
            WebSocketStream::from_raw_socket(ear, role, Some(config)).await
        } else {
            WebSocketStream::from_partially_read(ear, heard.to_vec(), role, Some(config)).await
        };
        Self::Socket(Box::new(stream))
    }

    /// Whether the other side says something now and then.
    pub(crate) fn speaks(&self) -> bool {
        matches!(self, Self::Socket(_))
    }

    /// The next message; none where the other side is gone.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        match self {
            Self::Socket(socket) => socket.next().await.and_then(Result::ok),
            Self::Deaf(out) => {
                out.closed().await;
                None
            }
        }
    }
}

/// The reading half of a socket, for the library. What the library writes, the
/// answers to pings, takes the way of all frames, so that it never cuts into
/// one.
pub(crate) struct Ear {
    pub(crate) link: Arc<Link>,
    /// None where the link has the stream.
    pub(crate) wrapped: Option<ReadHalf<Box<dyn Wrapping>>>,
}

impl AsyncRead for Ear {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(wrapped) = &mut self.wrapped {
            return Pin::new(wrapped).poll_read(cx, buf);
        }
        let Some(tcp) = self.link.tcp() else {
            return Poll::Ready(Ok(()));
        };
        loop {
            ready!(tcp.poll_read_ready(cx))?;
            match tcp.try_read(buf.initialize_unfilled()) {
                Ok(count) => {
                    buf.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Ear {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.link.waiting() > OWN {
            // The library keeps one answer and tries again with the next read.
            return Poll::Pending;
        }
        self.link.own(&Frame::made(buf));
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_become_events_of_one_line_each() {
        let frames = [
            Frame::text(r#"{"type":"pong"}"#),
            Frame::close(1012, "restart"),
            Frame::text("{}"),
        ];
        assert_eq!(
            as_events(&frames),
            "data: {\"type\":\"pong\"}\n\ndata: {}\n\n"
        );
    }
}

//! The bytes of a connection, plain or over TLS, holding its place among all
//! connections for as long as they last: a socket keeps the place after its
//! request has ended. The listener makes them; they are here because a live
//! connection takes them apart again, to be written to without its task.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// One of the places there are for connections.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Place {
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        metrics::gauge!("hallway_connections").increment(1.0);
        Self { _permit: permit }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("hallway_connections").decrement(1.0);
    }
}

/// What lies between us and the network, such as TLS.
pub trait Wrapping: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wrapping for T {}

pub struct Stream {
    pub(crate) bytes: Bytes,
    pub(crate) place: Place,
}

pub(crate) enum Bytes {
    Plain(TcpStream),
    Wrapped(Box<dyn Wrapping>),
}

impl Stream {
    pub fn plain(tcp: TcpStream, place: Place) -> Self {
        Self {
            bytes: Bytes::Plain(tcp),
            place,
        }
    }

    pub fn wrapped(bytes: impl Wrapping + 'static, place: Place) -> Self {
        Self {
            bytes: Bytes::Wrapped(Box::new(bytes)),
            place,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Bytes::Wrapped(bytes) => Pin::new(bytes).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.bytes {
            Bytes::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Bytes::Wrapped(bytes) => Pin::new(bytes).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.bytes {
            Bytes::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, bufs),
            Bytes::Wrapped(bytes) => Pin::new(bytes).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.bytes {
            Bytes::Plain(tcp) => tcp.is_write_vectored(),
            Bytes::Wrapped(bytes) => bytes.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Bytes::Wrapped(bytes) => Pin::new(bytes).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Bytes::Wrapped(bytes) => Pin::new(bytes).poll_shutdown(cx),
        }
    }
}

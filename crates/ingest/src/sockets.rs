//! What a session is spoken over: TCP, or TLS over it. One port takes both: a
//! TLS client begins with a handshake record, an RTMP client with its version.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The certificate that is shown now; asked for each connection, so that a new
/// one is used without a restart.
#[derive(Clone)]
pub struct Secure(Arc<dyn Fn() -> TlsAcceptor + Send + Sync>);

impl Secure {
    pub fn new(acceptor: impl Fn() -> TlsAcceptor + Send + Sync + 'static) -> Self {
        Self(Arc::new(acceptor))
    }
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The first byte of a TLS record that holds a handshake (RFC 8446 5.1). RTMP's
/// first is its version, 3.
const TLS_HANDSHAKE: u8 = 0x16;

impl Socket {
    /// Finds out what the peer speaks. None: TLS, and there is no certificate.
    pub(crate) async fn accept(
        tcp: TcpStream,
        secure: Option<&Secure>,
    ) -> io::Result<Option<Self>> {
        // Answers are small and waited for.
        tcp.set_nodelay(true)?;
        let mut first = [0];
        let spoken = tcp.peek(&mut first).await?;
        if spoken == 0 || first[0] != TLS_HANDSHAKE {
            return Ok(Some(Self::Plain(tcp)));
        }
        let Some(Secure(acceptor)) = secure else {
            return Ok(None);
        };
        let tls = acceptor().accept(tcp).await?;
        Ok(Some(Self::Tls(Box::new(tls))))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

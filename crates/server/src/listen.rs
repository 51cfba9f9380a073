//! Taking connections: HTTP/1.1 and HTTP/2, plain or over TLS, with a limit on
//! how many there are and on how long each may take to say what it wants; and
//! a stop that lets running requests finish. What is answered is the router's.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::certificates::Certificates;
use hallway_gateway::{Place, Stream};

/// How much the world may ask of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once, sockets included; more are closed at once.
    pub connections: usize,
    /// For a TLS handshake, and again for the head of a request. An idle
    /// connection is closed after it as well.
    pub patience: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// For running requests once we stop.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            patience: Duration::from_secs(10),
            head_bytes: 32 * 1024,
            farewell: Duration::from_secs(10),
        }
    }
}

/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 200;
/// A silent HTTP/2 connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// A pause after the system refused a connection, for example for want of
/// file descriptors: some will have closed by then.
const BREATH: Duration = Duration::from_millis(100);

/// A bound address, ready to serve.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    certificates: Option<Certificates>,
    limits: Limits,
}

impl Listener {
    /// Port 0 takes a free one: see [`Listener::address`].
    pub async fn bind(
        address: SocketAddr,
        certificates: Option<Certificates>,
        limits: Limits,
    ) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let address = tcp.local_addr()?;
        Ok(Self {
            tcp,
            address,
            certificates,
            limits,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// File of the certificate that is shown, where TLS is spoken.
    pub fn certificate(&self) -> Option<PathBuf> {
        let files = self.certificates.as_ref().map(Certificates::files)?;
        Some(files.certificate.clone())
    }

    pub fn certificates(&self) -> Option<Certificates> {
        self.certificates.clone()
    }

    /// Serves until `stop`, then takes nobody more and returns once running
    /// requests have ended or the farewell is over. Sockets, which never end
    /// by themselves, watch `stop` too. Every request carries the peer as
    /// `ConnectInfo<SocketAddr>`.
    pub async fn serve(self, app: Router, stop: CancellationToken) {
        let serving = Arc::new(Serving {
            app,
            certificates: self.certificates,
            limits: self.limits,
            http: http(&self.limits),
            stop: stop.clone(),
        });
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let mut running = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                // Keeps the set from growing with what has ended.
                Some(_) = running.join_next(), if !running.is_empty() => continue,
                accepted = self.tcp.accept() => accepted,
            };
            let (tcp, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            match places.clone().try_acquire_owned() {
                Ok(permit) => {
                    let place = Place::new(permit);
                    running.spawn(serving.clone().connection(tcp, peer, place));
                }
                Err(_) => metrics::counter!("hallway_connections_refused_total").increment(1),
            }
        }
        drop(self.tcp);
        let ended = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.limits.farewell, ended)
            .await
            .is_err()
        {
            tracing::warn!(
                requests = running.len(),
                "requests that did not end in time were cut off"
            );
            running.shutdown().await;
        }
    }
}

struct Serving {
    app: Router,
    certificates: Option<Certificates>,
    limits: Limits,
    http: Builder<TokioExecutor>,
    stop: CancellationToken,
}

fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(limits.head_bytes)
        .max_headers(100);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    http
}

impl Serving {
    async fn connection(self: Arc<Self>, tcp: TcpStream, peer: SocketAddr, place: Place) {
        metrics::counter!("hallway_connections_total").increment(1);
        // Parts of a stream and chat are small and late by nature.
        let _ = tcp.set_nodelay(true);
        let stream = match &self.certificates {
            None => Stream::plain(tcp, place),
            Some(certificates) => {
                let handshake = certificates.acceptor().accept(tcp);
                match tokio::time::timeout(self.limits.patience, handshake).await {
                    Ok(Ok(tls)) => Stream::wrapped(tls, place),
                    Ok(Err(_)) => return failed("handshake"),
                    Err(_) => return failed("slow handshake"),
                }
            }
        };
        self.requests(stream, peer).await;
    }

    async fn requests(&self, stream: Stream, peer: SocketAddr) {
        let spoke = Arc::new(AtomicBool::new(false));
        let service = hyper::service::service_fn({
            let (app, spoke) = (self.app.clone(), spoke.clone());
            move |request| {
                spoke.store(true, Ordering::Relaxed);
                answer(app.clone(), request, peer)
            }
        });
        let connection = self
            .http
            .serve_connection_with_upgrades(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // HTTP/1's own limit begins once the protocol is known; a peer that
        // does not even say that much is under this one.
        let silence = tokio::time::sleep(self.limits.patience);
        tokio::pin!(silence);
        let (mut waiting, mut stopping) = (true, false);
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if ended.is_err() {
                        failed("request");
                    }
                    return;
                }
                () = self.stop.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = silence.as_mut(), if waiting => {
                    if !spoke.load(Ordering::Relaxed) {
                        return failed("silence");
                    }
                    waiting = false;
                }
            }
        }
    }
}

fn failed(what: &'static str) {
    metrics::counter!("hallway_connections_failed_total", "what" => what).increment(1);
}

async fn answer(
    app: Router,
    mut request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    app.oneshot(request.map(Body::new)).await
}

/// Cancelled by the first SIGTERM or SIGINT; the second ends the process as it
/// would have without us.
pub fn stop_on_signals() -> io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => 143,
                _ = interrupt.recv() => 130,
            }
        };
        next().await;
        tracing::info!("stopping");
        told.cancel();
        let code = next().await;
        std::process::exit(code);
    });
    Ok(stop)
}

/// Reads the certificate anew at each SIGHUP, until `stop`. Without one there is
/// nothing to read, and the signal does not end the server either.
pub fn reload_on_hangup(
    certificates: Option<Certificates>,
    stop: CancellationToken,
) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = hangup.recv() => match certificates.as_ref().map(Certificates::reload) {
                    None => tracing::info!("there is no certificate to read anew"),
                    Some(Ok(())) => tracing::info!("the certificate was read anew"),
                    Some(Err(error)) => {
                        tracing::error!(%error, "the certificate before stays in use");
                    }
                },
            }
        }
    });
    Ok(())
}

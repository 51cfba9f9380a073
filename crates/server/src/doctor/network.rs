//! How people get here: ports, the certificate, and the address that links
//! begin with.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hallway_model::time::{Timestamp, Zone};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::{Check, Status};
use crate::certificates::{CertificateError, Certificates, Facts};
use crate::config::Config;

/// Days before the end at which a certificate should have been renewed.
const RENEWAL_DAYS: i64 = 14;

pub(super) async fn ports(config: &Config) -> Vec<Check> {
    let web = port(
        "listen",
        "pages",
        bound(config.listen).await,
        config.listen,
        false,
    )
    .await;
    // Where our own server answers, the other port in use is most likely its.
    let running = config.listen.port() != 0 && answers_as_hallway(config.listen).await;
    let tcp = bound(config.rtmp_listen).await;
    let rtmp = port("rtmp_listen", "RTMP", tcp, config.rtmp_listen, running).await;
    let udp = UdpSocket::bind(config.media_listen).await.map(drop);
    let media = port(
        "media_listen",
        "media (UDP)",
        udp,
        config.media_listen,
        running,
    )
    .await;
    let unreached = config.media_listen.ip().is_loopback() && !config.listen.ip().is_loopback();
    let media = match media.status {
        Status::Ok if unreached => Check::warn(
            "port",
            media.seen,
            "nobody elsewhere can send from a browser: set media_listen to 0.0.0.0 and a port",
        ),
        _ => media,
    };
    vec![web, rtmp, media]
}

async fn bound(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).await.map(drop)
}

async fn port(
    setting: &str,
    what: &str,
    bound: io::Result<()>,
    address: SocketAddr,
    running: bool,
) -> Check {
    let name = "port";
    if address.port() == 0 {
        return Check::ok(name, format!("{what}: any free port of {}", address.ip()));
    }
    let error = match bound {
        Ok(()) => return Check::ok(name, format!("{what}: {address} is free")),
        Err(error) => error,
    };
    let seen = format!("{what}: {address}: {error}");
    match error.kind() {
        io::ErrorKind::AddrInUse if running || answers_as_hallway(address).await => Check::ok(
            name,
            format!("{what}: {address} is in use by a running hallway"),
        ),
        io::ErrorKind::AddrInUse => Check::fail(
            name,
            seen,
            format!("stop the program that has it, or set {setting} to another port"),
        ),
        io::ErrorKind::PermissionDenied => Check::fail(
            name,
            seen,
            format!("set {setting} to a port above 1023, or give the program cap_net_bind_service"),
        ),
        io::ErrorKind::AddrNotAvailable => Check::fail(
            name,
            seen,
            format!(
                "this machine has no such address: set {setting} to one of its own, or 0.0.0.0"
            ),
        ),
        _ => Check::fail(name, seen, format!("set {setting} to another address")),
    }
}

/// Asks `/healthz` over plain HTTP. Over TLS nobody answers this, and the port
/// counts as somebody else's.
async fn answers_as_hallway(address: SocketAddr) -> bool {
    let ask = async {
        let mut tcp = TcpStream::connect(address).await?;
        let request =
            format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        tcp.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        tcp.take(1_024).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer.starts_with(b"HTTP/1.1 200"))
    };
    matches!(
        tokio::time::timeout(Duration::from_secs(2), ask).await,
        Ok(Ok(true))
    )
}

pub(super) fn tls(config: &Config, now: Timestamp) -> Check {
    let name = "tls";
    let Some(files) = config.certificate() else {
        return without_tls(config);
    };
    let found = Certificates::load(files.clone()).and_then(|_| Facts::read(&files.certificate));
    let facts = match found {
        Ok(facts) => facts,
        Err(error) => {
            let advice = match error {
                CertificateError::Mismatch(_) => {
                    "set tls_key to the key the certificate was made for"
                }
                CertificateError::NoCertificate(_) | CertificateError::Unreadable { .. } => {
                    "check the path, that the file is PEM, and that the user who runs hallway may read it"
                }
            };
            return Check::fail(name, error.to_string(), advice);
        }
    };
    let until = Timestamp(facts.not_after * 1_000);
    let days = (until - now).as_seconds().div_euclid(86_400);
    let seen = format!(
        "certificate for {} until {}",
        names(&facts),
        until.day(&Zone::utc())
    );
    let host = host(&config.base_url(config.listen));
    if days < 0 {
        Check::fail(
            name,
            format!("{seen}: it has ended"),
            "renew it, then send SIGHUP",
        )
    } else if facts.not_before * 1_000 > now.0 {
        Check::fail(
            name,
            format!("{seen}: it does not hold yet"),
            "check the clock",
        )
    } else if !facts.covers(&host) {
        Check::fail(
            name,
            format!("{seen}: not for {host}"),
            "get one for the host of base_url, or correct base_url",
        )
    } else if days < RENEWAL_DAYS {
        let seen = format!("{seen}: {days} days are left");
        Check::warn(name, seen, "renew it, then send SIGHUP")
    } else {
        Check::ok(name, seen)
    }
}

fn without_tls(config: &Config) -> Check {
    let name = "tls";
    let https = config
        .base_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"));
    if https && config.trusted_proxies.is_empty() {
        Check::warn(
            name,
            "a proxy in front speaks TLS, but no proxy is trusted: everybody seems to come from it",
            "set trusted_proxies to the proxy's address",
        )
    } else if https {
        Check::ok(name, "a trusted proxy in front speaks TLS")
    } else if config.listen.ip().is_loopback() {
        Check::ok(name, "plain HTTP, for this machine alone")
    } else {
        Check::warn(
            name,
            format!(
                "plain HTTP on {}: sign-in links can be read on the way",
                config.listen
            ),
            "set tls_cert and tls_key, or put a proxy with TLS in front",
        )
    }
}

fn names(facts: &Facts) -> String {
    let addresses = facts.addresses.iter().map(IpAddr::to_string);
    let all: Vec<String> = facts.hosts.iter().cloned().chain(addresses).collect();
    match all.len() {
        0 => "no host at all".into(),
        1..=3 => all.join(", "),
        more => format!("{} and {} more", all[..2].join(", "), more - 2),
    }
}

fn host(base_url: &str) -> String {
    let url: Result<http::Uri, _> = base_url.parse();
    url.ok()
        .and_then(|url| url.host().map(str::to_owned))
        .unwrap_or_default()
}

pub(super) fn base_url(config: &Config) -> Check {
    let name = "base_url";
    let url = config.base_url(config.listen);
    let host = host(&url);
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    let seen = format!("links begin with {url}");
    match &config.base_url {
        None if !config.listen.ip().is_loopback() => Check::warn(
            name,
            format!("{seen}, made from listen"),
            "set base_url to the address that people type",
        ),
        None => Check::ok(name, format!("{seen}, for this machine alone")),
        Some(_) if here && !config.listen.ip().is_loopback() => Check::warn(
            name,
            format!("{seen}, which leads others to their own machine"),
            "set base_url to the address that people type",
        ),
        Some(_) if !here && url.starts_with("http://") => Check::warn(
            name,
            format!("{seen}: without TLS browsers give no camera and no passkeys"),
            "use https",
        ),
        Some(_) => Check::ok(name, seen),
    }
}

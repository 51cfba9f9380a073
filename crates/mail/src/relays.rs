//! A mail server reached by SMTP (RFC 5321), with a few connections kept open.
//! The keeping is ours, not the library's pool: that one puts a connection back
//! when a send is given up half-way, and the next mail would follow inside the
//! last one's text. Here an unfinished connection is dropped with its future.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::{Host, Url};

use crate::errors::{MailError, SettingsError};

/// Connections at once; most relays allow more, few allow less.
const CONNECTIONS: usize = 4;

/// A kept connection older than this is not used again; RFC 5321 §4.5.3.2.7
/// lets servers hang up after five minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// For one mail from waiting for a connection to the server's last word.
const SEND_LIMIT: Duration = Duration::from_secs(60);

/// For `check`, where somebody is watching.
const CHECK_LIMIT: Duration = Duration::from_secs(10);

/// A server to hand mail to.
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
    pub(crate) send_limit: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Relay {
    /// `smtps://` speaks TLS from the start (port 465), `smtp://` with
    /// `?tls=required` or `?tls=opportunistic` by STARTTLS (port 587), else
    /// none (port 25). The path, where there is one, is the name we greet with.
    pub fn from_url(url: &str) -> Result<Self, SettingsError> {
        Self::with_trust(url, |host| {
            TlsParameters::new(host).map_err(|error| SettingsError::Tls(error.to_string()))
        })
    }

    /// `trust` makes the TLS parameters for a host; tests add their own root.
    pub(crate) fn with_trust(
        url: &str,
        trust: impl Fn(String) -> Result<TlsParameters, SettingsError>,
    ) -> Result<Self, SettingsError> {
        let url = Url::parse(url.trim()).map_err(|_| SettingsError::NotAMailUrl)?;
        // Brackets of an IPv6 address belong to URLs, not to sockets.
        let host = url
            .host_str()
            .ok_or(SettingsError::NotAMailUrl)?
            .trim_matches(['[', ']'])
            .to_owned();
        if host.is_empty() {
            return Err(SettingsError::NotAMailUrl);
        }
        let mode = url
            .query_pairs()
            .find(|(name, _)| name == "tls")
            .map(|(_, value)| value.into_owned());
        let (tls, port) = match (url.scheme(), mode.as_deref()) {
            ("smtps", None | Some("required")) => (Tls::Wrapper(trust(host.clone())?), 465),
            ("smtp", Some("required")) => (Tls::Required(trust(host.clone())?), 587),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic(trust(host.clone())?), 587),
            ("smtp", None | Some("none")) => (Tls::None, 25),
            ("smtp" | "smtps", Some(mode)) => {
                return Err(SettingsError::UnknownTls(mode.to_owned()));
            }
            _ => return Err(SettingsError::NotAMailUrl),
        };
        let credentials = credentials(&url)?;
        if credentials.is_some()
            && matches!(tls, Tls::None)
            && mode.is_none()
            && !is_loopback(&host)
        {
            return Err(SettingsError::PasswordInTheClear);
        }
        let name = url.path().trim_matches('/');
        let hello = if name.is_empty() {
            ClientId::default()
        } else {
            ClientId::Domain(name.to_owned())
        };
        if name
            .bytes()
            .any(|b| !(b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
        {
            return Err(SettingsError::NotAMailUrl);
        }
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            credentials,
            hello,
            send_limit: SEND_LIMIT,
            slots: Semaphore::new(CONNECTIONS),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Returns once the server has taken the mail. After a timeout it may have
    /// taken it all the same: the retry carries the same Message-ID.
    pub(crate) async fn send(&self, envelope: &Envelope, bytes: &[u8]) -> Result<(), MailError> {
        let hand_over = async {
            let _slot = self.slots.acquire().await;
            let mut connection = self.connection().await?;
            let answer = connection.send(envelope, bytes).await;
            if !connection.has_broken() {
                self.keep(connection);
            }
            answer.map(drop).map_err(|error| refused(&error))
        };
        tokio::time::timeout(self.send_limit, hand_over)
            .await
            .unwrap_or_else(|_| Err(self.silent(self.send_limit)))
    }

    /// Connects, greets, signs in where configured, and asks for nothing.
    pub(crate) async fn check(&self) -> Result<(), MailError> {
        let greet = async {
            let mut connection = self.open().await?;
            if !connection.test_connected().await {
                return Err(MailError::temporary(
                    "the mail server hung up after the greeting",
                ));
            }
            connection.quit().await.map(drop).or(Ok(()))
        };
        tokio::time::timeout(CHECK_LIMIT, greet)
            .await
            .unwrap_or_else(|_| Err(self.silent(CHECK_LIMIT)))
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, MailError> {
        while let Some(mut idle) = self.take() {
            if idle.since.elapsed() < IDLE_LIMIT && idle.connection.test_connected().await {
                return Ok(idle.connection);
            }
        }
        self.open().await
    }

    /// Whatever goes wrong before a mail is offered is about the server or our
    /// settings (a wrong password, say), not about this mail: it waits.
    async fn open(&self) -> Result<AsyncSmtpConnection, MailError> {
        let at_once = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, at_once, None)
                .await
                .map_err(|error| self.unreachable(&error))?;
        match &self.tls {
            Tls::Opportunistic(_) if !connection.can_starttls() => {}
            Tls::Opportunistic(parameters) | Tls::Required(parameters) => connection
                .starttls(parameters.clone(), &self.hello)
                .await
                .map_err(|error| self.unreachable(&error))?,
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| self.unreachable(&error))?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<Idle> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Never more than `CONNECTIONS`: whoever keeps one holds a slot.
    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle {
            connection,
            since: Instant::now(),
        });
    }

    fn unreachable(&self, error: &lettre::transport::smtp::Error) -> MailError {
        MailError::temporary(format!("{self}: {}", told(error)))
    }

    fn silent(&self, limit: Duration) -> MailError {
        MailError::temporary(format!("{self}: no answer within {} ms", limit.as_millis()))
    }
}

/// Host, port and TLS; never credentials.
impl std::fmt::Display for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tls = match self.tls {
            Tls::None => "without TLS",
            Tls::Opportunistic(_) => "STARTTLS if offered",
            Tls::Required(_) => "STARTTLS",
            Tls::Wrapper(_) => "TLS",
        };
        write!(f, "SMTP {} port {} ({tls})", self.host, self.port)
    }
}

/// The server's no to a mail. 530 and 538 at this point speak of our settings
/// (RFC 4954 §6), not of the mail, so they wait for somebody to repair them.
fn refused(error: &lettre::transport::smtp::Error) -> MailError {
    let settings = error
        .status()
        .is_some_and(|code| matches!(u16::from(code), 530 | 538));
    if (error.is_permanent() || error.is_client()) && !settings {
        MailError::permanent(told(error))
    } else {
        MailError::temporary(told(error))
    }
}

/// The error with its causes, on one line.
fn told(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text.replace(['\r', '\n'], " ")
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SettingsError> {
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| SettingsError::BadCredentials)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(SettingsError::BadCredentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
    }
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(domain)) => domain == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
    }
}

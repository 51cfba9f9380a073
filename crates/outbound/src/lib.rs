//! The one guarded HTTP client. Whatever address a person types, a request
//! leaves this machine only to the public internet, over TLS, for a bounded
//! time and size; an admin may name private hosts that are meant. Parsing what
//! was fetched and remembering when to fetch again are left to the caller.

mod addresses;
mod destinations;
mod errors;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use url::Url;

pub use crate::addresses::is_global;
use crate::destinations::{Destination, Lookup, Pinned, Rules};
pub use crate::errors::{FetchError, NotAHost};

/// Redirects followed before a fetch gives up.
const REDIRECT_LIMIT: usize = 5;

/// Fetches in flight at once; more wait within their own time limit.
const CONCURRENT_FETCHES: usize = 8;

/// What an admin sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Hosts that may be private and may speak plain http: `host` for every
    /// port or `host:port` for one. Everything else has to be public and https.
    pub allowed_private_hosts: Vec<String>,
}

/// How long and how large one fetch may be, redirects included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub time: Duration,
    /// Of the body as the caller gets it, after decompression.
    pub bytes: usize,
}

impl Limits {
    /// A whole programme: 64 MiB within 30 s.
    pub const IMPORT: Self = Self {
        time: Duration::from_secs(30),
        bytes: 64 * 1024 * 1024,
    };
}

impl Default for Limits {
    /// 2 MiB within 5 s.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            bytes: 2 * 1024 * 1024,
        }
    }
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where the answer came from, after redirects.
    pub url: String,
    /// The media type in lower case without parameters: `text/xml`.
    pub content_type: Option<String>,
    /// The charset parameter in lower case, when the server names one.
    pub charset: Option<String>,
    pub body: Bytes,
}

/// The guarded client; clones share their limits. No cookies, no proxy from the
/// environment, no connection kept between fetches.
#[derive(Clone)]
pub struct Client(Option<Arc<Inner>>);

struct Inner {
    rules: Rules,
    roots: Roots,
    slots: Semaphore,
}

/// Who may vouch for a server.
enum Roots {
    System,
    #[cfg(test)]
    Only(reqwest::Certificate),
}

impl Client {
    pub fn new(settings: &Settings) -> Result<Self, NotAHost> {
        Ok(Self::build(
            Rules::new(&settings.allowed_private_hosts, Lookup::System)?,
            Roots::System,
        ))
    }

    /// A client whose every fetch says that fetching is switched off.
    pub fn disabled() -> Self {
        Self(None)
    }

    /// Whether this installation reaches other servers at all.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    fn build(rules: Rules, roots: Roots) -> Self {
        // Fails when the process has one already, which then serves us too.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Self(Some(Arc::new(Inner {
            rules,
            roots,
            slots: Semaphore::new(CONCURRENT_FETCHES),
        })))
    }

    /// Fetches `url` with GET, following up to five redirects, each checked
    /// like the first address. Only a status of 200 to 299 is a success.
    pub async fn get(&self, url: &str, limits: Limits) -> Result<Fetched, FetchError> {
        let inner = self.0.as_ref().ok_or(FetchError::SwitchedOff)?;
        let url = parse(url)?;
        tokio::time::timeout(limits.time, inner.follow(url, limits.bytes))
            .await
            .map_err(|_| too_slow(limits))?
    }

    /// Sends `body` to `url` with POST under the same rules, and gives the
    /// status of a success. A redirect is a refusal: what was signed for one
    /// address is not carried to another. What the answer says is not read.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
        limits: Limits,
    ) -> Result<u16, FetchError> {
        let inner = self.0.as_ref().ok_or(FetchError::SwitchedOff)?;
        let url = parse(url)?;
        tokio::time::timeout(limits.time, inner.send(url, headers, body))
            .await
            .map_err(|_| too_slow(limits))?
    }
}

fn parse(url: &str) -> Result<Url, FetchError> {
    Url::parse(url.trim())
        .map_err(|_| FetchError::NotAnAddress(url.trim().chars().take(80).collect()))
}

fn too_slow(limits: Limits) -> FetchError {
    FetchError::TooSlow {
        limit_ms: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Client"
        } else {
            "Client(disabled)"
        })
    }
}

impl Inner {
    async fn follow(&self, mut url: Url, limit_bytes: usize) -> Result<Fetched, FetchError> {
        let _slot = self.slots.acquire().await;
        for _ in 0..=REDIRECT_LIMIT {
            let destination = self.rules.admit(url).await?;
            let response = self.request(&destination).await?;
            let status = response.status();
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                url = redirect_target(&destination, &response)?;
            } else if status.is_success() {
                return read(&destination, response, limit_bytes).await;
            } else {
                return Err(FetchError::Refused {
                    host: destination.host,
                    status: status.as_u16(),
                });
            }
        }
        Err(FetchError::TooManyRedirects {
            limit: REDIRECT_LIMIT,
        })
    }

    async fn send(
        &self,
        url: Url,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<u16, FetchError> {
        let _slot = self.slots.acquire().await;
        let destination = self.rules.admit(url).await?;
        let mut request = self
            .connector(&destination)?
            .post(destination.url.clone())
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request
            .send()
            .await
            .map_err(|error| FetchError::from_http(&destination.host, &error))?;
        let status = response.status();
        if status.is_success() {
            Ok(status.as_u16())
        } else {
            Err(FetchError::Refused {
                host: destination.host,
                status: status.as_u16(),
            })
        }
    }

    async fn request(&self, destination: &Destination) -> Result<reqwest::Response, FetchError> {
        self.connector(destination)?
            .get(destination.url.clone())
            .send()
            .await
            .map_err(|error| FetchError::from_http(&destination.host, &error))
    }

    /// A client for this one request. Sharing one would let a kept connection
    /// or a cached name outlive the check it passed; fetches are rare enough.
    fn connector(&self, destination: &Destination) -> Result<reqwest::Client, FetchError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("Hallway/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .dns_resolver(Pinned {
                host: destination.host.clone(),
                addresses: destination.addresses.clone(),
            });
        let builder = match &self.roots {
            // Plain http needs no roots, and a machine may have none.
            _ if destination.url.scheme() == "http" => builder.tls_certs_only([]),
            Roots::System => builder,
            #[cfg(test)]
            Roots::Only(root) => builder.tls_certs_only([root.clone()]),
        };
        builder.build().map_err(|error| FetchError::CannotStart {
            reason: error.to_string(),
        })
    }
}

fn redirect_target(from: &Destination, response: &reqwest::Response) -> Result<Url, FetchError> {
    response
        .headers()
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.url.join(location).ok())
        .ok_or_else(|| FetchError::RedirectsNowhere {
            host: from.host.clone(),
        })
}

async fn read(
    from: &Destination,
    mut response: reqwest::Response,
    limit_bytes: usize,
) -> Result<Fetched, FetchError> {
    let too_large = FetchError::TooLarge { limit_bytes };
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > limit_bytes) {
        return Err(too_large);
    }
    let (content_type, charset) = media_type(response.headers());
    // Counted as it arrives, after decompression: a length may lie, a
    // compressed bomb has none.
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| FetchError::from_http(&from.host, &error))?
    {
        if body.len() + chunk.len() > limit_bytes {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched {
        url: from.url.to_string(),
        content_type,
        charset,
        body: body.freeze(),
    })
}

/// Media type and charset of Content-Type (RFC 9110 §8.3).
fn media_type(headers: &header::HeaderMap) -> (Option<String>, Option<String>) {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return (None, None);
    };
    let mut parts = value.split(';').map(str::trim);
    let media = parts
        .next()
        .map(str::to_ascii_lowercase)
        .filter(|media| !media.is_empty());
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase());
    (media, charset)
}

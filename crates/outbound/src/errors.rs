//! What can go wrong with a fetch, told so that the reader knows what to do.
//! Never names the address a host resolved to: that would let a stranger map
//! the private network through us.

/// Why nothing was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error(
        "fetching from other servers is switched off on this installation: upload the file instead, or ask an admin to switch it on"
    )]
    SwitchedOff,
    #[error("`{0}` is not a web address: write it in full, as https://host/path")]
    NotAnAddress(String),
    #[error(
        "only https addresses are fetched: write https:// before `{host}`, or let an admin name it in `allowed_private_hosts`"
    )]
    NotHttps { host: String },
    #[error("the address carries a user name or password: leave out everything before the @")]
    CarriesCredentials,
    #[error(
        "`{host}` is not on the public internet: an admin can name it in `allowed_private_hosts` if it is meant"
    )]
    PrivateAddress { host: String },
    #[error("no address is known for the host `{host}`: check its spelling")]
    UnknownHost { host: String },
    #[error("`{host}` cannot be reached ({reason}): try again later")]
    Unreachable { host: String, reason: String },
    #[error(
        "the certificate of `{host}` is not trusted ({reason}): its owner has to renew or complete it"
    )]
    Untrusted { host: String, reason: String },
    #[error("`{host}` answered with status {status}: open the address in a browser to see why")]
    Refused { host: String, status: u16 },
    #[error("the address redirects more than {limit} times: use the address it ends at")]
    TooManyRedirects { limit: usize },
    #[error("`{host}` redirects without saying where to: use the address it should end at")]
    RedirectsNowhere { host: String },
    #[error("the answer is larger than {limit_bytes} bytes: offer a smaller file or upload it")]
    TooLarge { limit_bytes: usize },
    #[error("no complete answer within {limit_ms} ms: try again later or upload the file")]
    TooSlow { limit_ms: u64 },
    #[error("`{host}` broke off in the middle of its answer ({reason}): try again later")]
    CutShort { host: String, reason: String },
    #[error(
        "the HTTP client cannot start ({reason}): install the system's CA certificates (package ca-certificates)"
    )]
    CannotStart { reason: String },
}

impl FetchError {
    /// True when the same fetch may succeed later without anybody changing
    /// anything, so that a job should back off and try again.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::UnknownHost { .. }
            | Self::Unreachable { .. }
            | Self::TooSlow { .. }
            | Self::CutShort { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            _ => false,
        }
    }

    pub(crate) fn from_http(host: &str, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        if let Some(reason) = tls_failure(error) {
            return Self::Untrusted { host, reason };
        }
        let reason = root_cause(error);
        if error.is_body() || error.is_decode() {
            Self::CutShort { host, reason }
        } else {
            Self::Unreachable { host, reason }
        }
    }
}

/// Why `allowed_private_hosts` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` in `allowed_private_hosts` is not a host: write `host` or `host:port`, and [..] around an IPv6 address"
)]
pub struct NotAHost(pub String);

fn tls_failure(error: &reqwest::Error) -> Option<String> {
    chain(error)
        .find_map(|cause| cause.downcast_ref::<rustls::Error>())
        .map(ToString::to_string)
}

fn root_cause(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// Every cause, outermost first. An `io::Error` names its payload's source as
/// its own and so skips the payload, which is the one TLS failure we look for.
fn chain<'a>(
    error: &'a reqwest::Error,
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |&cause| {
        let payload = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        payload
            .map(|payload| payload as &(dyn std::error::Error + 'static))
            .or_else(|| cause.source())
    })
}

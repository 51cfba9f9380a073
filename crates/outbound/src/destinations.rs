//! Decides where a request may go: parses and checks a URL, resolves its host
//! once, and hands out the very addresses that were checked, so that a second
//! answer of the name server (rebinding) has no one to ask it.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::addresses::is_global;
use crate::errors::{FetchError, NotAHost};

/// Longest URL taken, in bytes; longer ones are an attack or a mistake.
const URL_LIMIT_BYTES: usize = 8 * 1024;

/// Where one request of a fetch goes.
#[derive(Debug)]
pub(crate) struct Destination {
    pub url: Url,
    /// As written in the URL, for messages.
    pub host: String,
    /// Checked; never empty.
    pub addresses: Vec<IpAddr>,
}

/// The rules of this installation.
#[derive(Debug)]
pub(crate) struct Rules {
    private: Vec<PrivateHost>,
    pub(crate) lookup: Lookup,
}

impl Rules {
    pub fn new(allowed_private_hosts: &[String], lookup: Lookup) -> Result<Self, NotAHost> {
        let private = allowed_private_hosts
            .iter()
            .map(|entry| PrivateHost::parse(entry))
            .collect::<Result<_, _>>()?;
        Ok(Self { private, lookup })
    }

    /// Checks `url` and resolves its host. Every resolved address has to be
    /// public, not just one: a name that points both ways is a trick.
    pub async fn admit(&self, mut url: Url) -> Result<Destination, FetchError> {
        if url.as_str().len() > URL_LIMIT_BYTES {
            return Err(FetchError::NotAnAddress(
                url.as_str().chars().take(80).collect(),
            ));
        }
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return Err(FetchError::NotAnAddress(url.to_string()));
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::NotAnAddress(url.to_string()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::CarriesCredentials);
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let named = self
            .private
            .iter()
            .any(|private| private.covers(&host, port));
        let name = host.to_string();
        if url.scheme() != "https" && !named {
            return Err(FetchError::NotHttps { host: name });
        }
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(address)],
            Host::Ipv6(address) => vec![IpAddr::V6(address)],
            Host::Domain(domain) => self.lookup.addresses(&domain, port).await?,
        };
        if !named && !addresses.iter().copied().all(is_global) {
            return Err(FetchError::PrivateAddress { host: name });
        }
        url.set_fragment(None);
        Ok(Destination {
            url,
            host: name,
            addresses,
        })
    }
}

/// An entry of `allowed_private_hosts`.
#[derive(Debug, PartialEq, Eq)]
struct PrivateHost {
    host: Host<String>,
    /// Any port when none is written.
    port: Option<u16>,
}

impl PrivateHost {
    fn parse(entry: &str) -> Result<Self, NotAHost> {
        let refused = || NotAHost(entry.to_owned());
        // The colons of an IPv6 address are inside its brackets.
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| refused())?))
            }
            _ => (entry, None),
        };
        let host = Host::parse(host).map_err(|_| refused())?;
        Ok(Self { host, port })
    }

    fn covers(&self, host: &Host<String>, port: u16) -> bool {
        self.host == *host && self.port.is_none_or(|named| named == port)
    }
}

/// Where names become addresses.
#[derive(Debug)]
pub(crate) enum Lookup {
    System,
    /// Tests: each lookup of a name takes its next answer; the last one stays.
    #[cfg(test)]
    Scripted(std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>),
}

impl Lookup {
    async fn addresses(&self, domain: &str, port: u16) -> Result<Vec<IpAddr>, FetchError> {
        let found = match self {
            Self::System => match tokio::net::lookup_host((domain, port)).await {
                Ok(found) => found.map(|address| address.ip()).collect(),
                Err(_) => Vec::new(),
            },
            #[cfg(test)]
            Self::Scripted(names) => match names.lock().unwrap().get_mut(domain) {
                Some(answers) if answers.len() > 1 => answers.remove(0),
                Some(answers) => answers[0].clone(),
                None => Vec::new(),
            },
        };
        if found.is_empty() {
            Err(FetchError::UnknownHost {
                host: domain.to_owned(),
            })
        } else {
            Ok(found)
        }
    }
}

/// The resolver given to the HTTP client: knows one host, asks nobody.
pub(crate) struct Pinned {
    pub host: String,
    pub addresses: Vec<IpAddr>,
}

impl reqwest::dns::Resolve for Pinned {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let answer: Result<reqwest::dns::Addrs, Box<dyn std::error::Error + Send + Sync>> =
            if name.as_str() == self.host {
                // Port 0 is replaced by the URL's.
                let addresses: Vec<_> = self
                    .addresses
                    .iter()
                    .map(|&ip| SocketAddr::new(ip, 0))
                    .collect();
                Ok(Box::new(addresses.into_iter()))
            } else {
                Err("a host that was not checked".into())
            };
        Box::pin(std::future::ready(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_name_a_host_and_perhaps_a_port() {
        let covers = |entry: &str, url: &str| {
            let url = Url::parse(url).unwrap();
            let host = url.host().unwrap().to_owned();
            PrivateHost::parse(entry)
                .unwrap()
                .covers(&host, url.port_or_known_default().unwrap())
        };
        assert!(covers("pretalx.lan", "http://pretalx.lan/"));
        assert!(covers("Pretalx.LAN", "https://pretalx.lan:8443/"));
        assert!(covers("pretalx.lan:80", "http://pretalx.lan/"));
        assert!(!covers("pretalx.lan:80", "https://pretalx.lan/"));
        assert!(!covers("pretalx.lan", "http://sub.pretalx.lan/"));
        assert!(covers("127.0.0.1:8080", "http://2130706433:8080/"));
        assert!(!covers("127.0.0.1:8080", "http://127.0.0.1:8081/"));
        assert!(covers("[::1]:8080", "http://[0:0::1]:8080/"));
        assert!(covers("[::1]", "http://[::1]/"));
    }

    #[test]
    fn entries_that_are_no_host_are_refused() {
        for entry in [
            "",
            "http://pretalx.lan",
            "pretalx.lan:",
            "pretalx.lan:70000",
            "::1",
            "a b",
            "user@host",
            "host/path",
        ] {
            assert_eq!(
                PrivateHost::parse(entry),
                Err(NotAHost(entry.to_owned())),
                "{entry}"
            );
        }
    }
}

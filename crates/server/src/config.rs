//! What an installation is told: built-in defaults, then a TOML file, then
//! `HALLWAY_*` variables, then flags, each laid over the one before. A key that
//! is not known, or a value that does not hold, is an error that names the key
//! and where it was found. Leaves opening what it names to the rest.

mod networks;
mod settings;
mod sources;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use networks::Network;
pub use settings::{flags, reference};
pub use sources::{Origin, Sources};

use crate::certificates::Files;
use sources::Found;

/// The effective configuration; every field is a line of the table in
/// `config/settings.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// None: made from the address that was bound, see [`Config::base_url`].
    pub base_url: Option<String>,
    pub database_url: String,
    pub bus_url: Option<String>,
    /// `file:PATH`
    pub blob_url: String,
    pub smtp_url: Option<String>,
    pub mail_from: String,
    pub rtmp_listen: SocketAddr,
    pub media_listen: SocketAddr,
    pub media_addresses: Vec<IpAddr>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub trusted_proxies: Vec<Network>,
    pub log: Log,
    pub outbound: Outbound,
    pub stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Human,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outbound {
    pub enabled: bool,
    pub allowed_private_hosts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    pub part_ms: u32,
    pub segment_ms: u32,
    pub reconnect_seconds: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {why}")]
    File { path: PathBuf, why: String },
    #[error("{origin}: `{key}` is not a setting{hint} (`hallway config --reference` lists all)")]
    Unknown {
        origin: Origin,
        key: String,
        hint: String,
    },
    #[error("{origin}: `{key}` {why}")]
    Value {
        origin: Origin,
        key: &'static str,
        why: String,
    },
}

/// A configuration with where each of its values came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    found: Found,
}

impl Loaded {
    /// Whether somebody chose a setting, be it as it is by default.
    pub fn sets(&self, key: &str) -> bool {
        self.found.get(key).is_some()
    }

    /// The effective configuration as TOML, one setting a line with its
    /// origin, passwords masked.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for setting in settings::ALL {
            let (value, origin) = match self.found.get(setting.key) {
                Some((value, origin)) => (Some(value.clone()), origin.to_string()),
                None => (self.config.derived(setting.key), "default".to_owned()),
            };
            let line = match value {
                Some(value) => format!("{} = {}", setting.key, setting.kind.as_toml(&value)),
                None => format!("# {} is not set", setting.key),
            };
            text.push_str(&format!("{line:<56} # {origin}\n"));
        }
        text
    }
}

impl Config {
    /// Reads what `sources` name, in their order.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
        let found = sources.read()?;
        let config = Self::build(&found)?;
        Ok(Loaded { config, found })
    }

    fn build(found: &Found) -> Result<Self, ConfigError> {
        let data: PathBuf = found.path("data")?.unwrap_or_else(|| "./data".into());
        let config = Self {
            listen: found.parse("listen", an_address)?,
            base_url: found.parse_optional("base_url", a_base_url)?,
            database_url: found
                .parse_optional("database_url", a_database_url)?
                .unwrap_or_else(|| format!("sqlite:{}", data.join("hallway.db").display())),
            bus_url: found.parse_optional("bus_url", a_bus_url)?,
            blob_url: found
                .parse_optional("blob_url", a_blob_url)?
                .unwrap_or_else(|| format!("file:{}", data.join("blobs").display())),
            smtp_url: found.parse_optional("smtp_url", an_smtp_url)?,
            mail_from: found.parse("mail_from", a_mailbox)?,
            rtmp_listen: found.parse("rtmp_listen", an_address)?,
            media_listen: found.parse("media_listen", an_address)?,
            media_addresses: found.list("media_addresses", an_ip)?,
            tls_cert: found.path("tls_cert")?,
            tls_key: found.path("tls_key")?,
            trusted_proxies: found.list("trusted_proxies", |text| {
                text.parse()
                    .map_err(|error: networks::NotANetwork| error.to_string())
            })?,
            log: Log {
                format: found.parse("log.format", a_log_format)?,
                level: found.parse("log.level", a_log_level)?,
            },
            outbound: Outbound {
                enabled: found.parse("outbound.enabled", a_switch)?,
                allowed_private_hosts: found.list("outbound.allowed_private_hosts", |host| {
                    let hosts = vec![host.to_owned()];
                    let settings = hallway_outbound::Settings {
                        allowed_private_hosts: hosts,
                    };
                    hallway_outbound::Client::new(&settings)
                        .map(|_| host.to_owned())
                        .map_err(|error| error.to_string())
                })?,
            },
            stage: Stage {
                part_ms: found.number("stage.part_ms")?,
                segment_ms: found.number("stage.segment_ms")?,
                reconnect_seconds: found.number("stage.reconnect_seconds")?,
            },
            data,
        };
        config.check_together(found)?;
        Ok(config)
    }

    fn check_together(&self, found: &Found) -> Result<(), ConfigError> {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            let (there, missing) = match self.tls_cert {
                Some(_) => ("tls_cert", "tls_key"),
                None => ("tls_key", "tls_cert"),
            };
            return Err(found.wrong(there, format!("needs `{missing}` beside it")));
        }
        if self.stage.part_ms * 3 > self.stage.segment_ms {
            let why = "is at most a third of `stage.segment_ms`";
            return Err(found.wrong("stage.part_ms", why.into()));
        }
        Ok(())
    }

    /// Scheme, host and port of absolute links, without a trailing slash;
    /// `bound` is the address that `listen` came to.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        if let Some(url) = &self.base_url {
            return url.clone();
        }
        let scheme = if self.tls_cert.is_some() {
            "https"
        } else {
            "http"
        };
        let port = bound.port();
        match bound.ip() {
            ip if ip.is_unspecified() => format!("{scheme}://localhost:{port}"),
            IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}"),
            IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}"),
        }
    }

    /// Where blobs lie.
    pub fn blob_folder(&self) -> &Path {
        Path::new(
            self.blob_url
                .strip_prefix("file:")
                .unwrap_or(&self.blob_url),
        )
    }

    /// Where mail is put as long as there is no server for it.
    pub fn mailbox_folder(&self) -> PathBuf {
        self.data.join("mailbox")
    }

    pub fn database(&self) -> hallway_store::Settings {
        hallway_store::Settings {
            url: self.database_url.clone(),
            connections: 8,
        }
    }

    /// Without its password, for people and logs.
    pub fn shown_database_url(&self) -> String {
        sources::masked(&self.database_url)
    }

    /// The SQLite file, where that is the database.
    pub fn sqlite_file(&self) -> Option<&Path> {
        let path = self.database_url.strip_prefix("sqlite:")?;
        Some(Path::new(path.trim_start_matches("//")))
    }

    /// Both or neither: [`Config::load`] saw to it.
    pub fn certificate(&self) -> Option<Files> {
        let (certificate, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(Files { certificate, key })
    }

    pub fn mailer(&self) -> Result<hallway_mail::Mailer, String> {
        let from = self
            .mail_from
            .parse()
            .map_err(|_| "mail_from is not an address".to_owned())?;
        hallway_mail::Mailer::from_url(self.smtp_url.as_deref(), self.mailbox_folder(), from)
            .map_err(|error| error.to_string())
    }

    pub fn outbound(&self) -> Result<hallway_outbound::Client, String> {
        if !self.outbound.enabled {
            return Ok(hallway_outbound::Client::disabled());
        }
        let settings = hallway_outbound::Settings {
            allowed_private_hosts: self.outbound.allowed_private_hosts.clone(),
        };
        hallway_outbound::Client::new(&settings).map_err(|error| error.to_string())
    }

    /// The value of a setting that nobody set.
    fn derived(&self, key: &str) -> Option<String> {
        match key {
            "data" => Some(self.data.display().to_string()),
            "base_url" => Some(self.base_url(self.listen)),
            "database_url" => Some(self.database_url.clone()),
            "blob_url" => Some(self.blob_url.clone()),
            _ => settings::default_of(key).map(str::to_owned),
        }
    }
}

fn an_address(text: &str) -> Result<SocketAddr, String> {
    // The name everyone types; others would need a resolver, and could be several.
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| {
        format!("is an address and port such as 127.0.0.1:8080 or [::]:8080, not `{text}`")
    })
}

fn an_ip(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("is a list of addresses such as 198.51.100.7, not `{text}`"))
}

fn a_base_url(text: &str) -> Result<String, String> {
    let why = || {
        format!(
            "is scheme, host and port as people type them, such as https://summit.example.org, not `{}`",
            sources::masked(text)
        )
    };
    let url: http::Uri = text.parse().map_err(|_| why())?;
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(why());
    };
    let plain = matches!(scheme, "http" | "https")
        && !authority.as_str().contains('@')
        && !authority.host().is_empty()
        && matches!(url.path(), "" | "/")
        && url.query().is_none();
    if !plain {
        return Err(why());
    }
    Ok(format!("{scheme}://{authority}").to_ascii_lowercase())
}

fn a_database_url(text: &str) -> Result<String, String> {
    let known = ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if known {
        Ok(text.to_owned())
    } else {
        Err("begins with `sqlite:` or `postgres://`".into())
    }
}

fn a_bus_url(text: &str) -> Result<String, String> {
    // One process carries its own; several nodes come with a later version.
    Err(format!(
        "is not used by this version: leave it out for the bus within the process (found `{}`)",
        sources::masked(text)
    ))
}

fn a_blob_url(text: &str) -> Result<String, String> {
    match text.strip_prefix("file:") {
        Some(path) if !path.trim_start_matches('/').is_empty() => {
            // file:///srv/blobs is the same as file:/srv/blobs.
            let path = path.strip_prefix("//").unwrap_or(path);
            Ok(format!("file:{path}"))
        }
        _ => Err("is `file:` and a folder".into()),
    }
}

fn an_smtp_url(text: &str) -> Result<String, String> {
    hallway_mail::Relay::from_url(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("does not hold: {error}"))
}

fn a_mailbox(text: &str) -> Result<String, String> {
    text.parse::<hallway_mail::Mailbox>()
        .map(|_| text.to_owned())
        .map_err(|_| {
            format!("is whom mail comes from, such as `Summit <summit@example.org>`, not `{text}`")
        })
}

fn a_log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("is human or json, not `{other}`")),
    }
}

fn a_log_level(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| {
            format!(
                "is a level such as info, or a filter such as info,hallway_stage=debug ({error})"
            )
        })
}

fn a_switch(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("is true or false, not `{other}`")),
    }
}

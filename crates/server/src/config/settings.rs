//! The one table of settings: from it come the names of variables, the checks
//! for unknown keys, what `hallway config` prints, and the reference page.

use std::fmt::Write;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As in the file, tables joined by a dot.
    pub key: &'static str,
    pub kind: Kind,
    pub fallback: Fallback,
    /// The flag without its dashes, where there is one.
    pub flag: Option<&'static str>,
    pub meaning: &'static str,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Path,
    Address,
    Url,
    /// May hold a password.
    SecretUrl,
    Text,
    Switch,
    /// From and to, both included.
    Number(u32, u32),
    /// In the file an array of strings, elsewhere separated by commas.
    List,
}

/// What holds as long as nobody says otherwise.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    Value(&'static str),
    /// Made from other settings, as said.
    From(&'static str),
    Unset(&'static str),
}

use Fallback::{From as MadeFrom, Unset, Value};
use Kind::{Address, List, Number, Path, SecretUrl, Switch, Text, Url};

const fn setting(
    key: &'static str,
    kind: Kind,
    fallback: Fallback,
    flag: Option<&'static str>,
    meaning: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        fallback,
        flag,
        meaning,
    }
}

#[rustfmt::skip]
pub const ALL: &[Setting] = &[
    setting("data", Path, MadeFrom("`./data`"), Some("data"),
        "Folder of this installation: the SQLite file, blobs, mail that is not sent, and `hallway.toml`. In a file it cannot be set, since the file is found through it."),
    setting("listen", Address, Value("127.0.0.1:8080"), Some("listen"),
        "Where pages, API and sockets are served. Port 0 takes a free one."),
    setting("base_url", Url, MadeFrom("from `listen`"), Some("base-url"),
        "Scheme, host and port by which people reach the installation; every absolute link begins with it, whatever the request says. Behind a proxy it must be set."),
    setting("database_url", SecretUrl, MadeFrom("`sqlite:DATA/hallway.db`"), Some("database-url"),
        "`sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`."),
    setting("bus_url", Url, Unset("within the process"), None,
        "Reserved for several nodes; this version has the bus within the process alone."),
    setting("blob_url", Url, MadeFrom("`file:DATA/blobs`"), None,
        "Where recordings and uploads lie: `file:FOLDER`."),
    setting("smtp_url", SecretUrl, Unset("into `DATA/mailbox`"), None,
        "The mail server: `smtps://USER:PASSWORD@HOST`, `smtp://USER:PASSWORD@HOST?tls=required` or `smtp://HOST`. Without it mail is put into a folder and reaches nobody."),
    setting("mail_from", Text, Value("Hallway <hallway@localhost>"), None,
        "Whom mail comes from: `Name <address>`."),
    setting("rtmp_listen", Address, Value("127.0.0.1:1935"), Some("rtmp-listen"),
        "Where streaming software publishes to, by RTMP or, where `tls_cert` is set, by RTMPS on the same port. Port 0 takes a free one."),
    setting("media_listen", Address, Value("127.0.0.1:0"), Some("media-listen"),
        "Where what browsers send to a stage comes in, by UDP. For others than this machine give a port that they reach, such as `0.0.0.0:3478`. Port 0 takes a free one."),
    setting("media_addresses", List, Value(""), None,
        "Addresses by which others reach `media_listen`, where they are not the machine's own: behind a router or a cloud's translation, the public one."),
    setting("tls_cert", Path, Unset("plain HTTP"), Some("tls-cert"),
        "Certificate chain in PEM. With it HTTPS and HTTP/2 are served; SIGHUP reads it anew."),
    setting("tls_key", Path, Unset("plain HTTP"), Some("tls-key"),
        "Private key of `tls_cert` in PEM."),
    setting("trusted_proxies", List, Value(""), None,
        "Addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: the proxies in front, nobody else."),
    setting("log.format", Text, Value("human"), Some("log-format"),
        "`human` or `json`, on standard error."),
    setting("log.level", Text, Value("info"), Some("log-level"),
        "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,hallway_stage=debug`."),
    setting("outbound.enabled", Switch, Value("false"), None,
        "Whether the server may fetch from addresses that people give, such as schedules to import."),
    setting("outbound.allowed_private_hosts", List, Value(""), None,
        "Hosts (`host` or `host:port`) that may be fetched from though they are private or speak plain http. All others have to be public and https."),
    setting("stage.part_ms", Number(100, 2_000), Value("209"), None,
        "Longest part of a live stream in milliseconds; shorter is less delay and more requests. The default holds whole pictures of every usual rate: five at 24 per second, six at 30."),
    setting("stage.segment_ms", Number(1_000, 10_000), Value("2000"), None,
        "Aimed-at length of a segment in milliseconds; it ends at the first keyframe near this."),
    setting("stage.reconnect_seconds", Number(0, 300), Value("30"), None,
        "How long a broadcast waits for a publisher whose line broke; who comes back in time goes on with it."),
];

/// Flags, without their dashes.
pub fn flags() -> impl Iterator<Item = &'static str> {
    ALL.iter().filter_map(|setting| setting.flag)
}

pub fn find(key: &str) -> Option<&'static Setting> {
    ALL.iter().find(|setting| setting.key == key)
}

pub fn default_of(key: &str) -> Option<&'static str> {
    match find(key)?.fallback {
        Value(value) => Some(value),
        MadeFrom(_) | Unset(_) => None,
    }
}

impl Setting {
    /// `stage.part_ms` is `HALLWAY_STAGE_PART_MS`.
    pub fn variable(&self) -> String {
        format!("HALLWAY_{}", self.key.to_uppercase().replace('.', "_"))
    }
}

impl Kind {
    fn name(self) -> String {
        match self {
            Path => "path".into(),
            Address => "address:port".into(),
            Url | SecretUrl => "URL".into(),
            Text => "text".into(),
            Switch => "true or false".into(),
            Number(from, to) => format!("{from} to {to}"),
            List => "list of texts".into(),
        }
    }

    /// A value as TOML writes it, without its password.
    pub fn as_toml(self, value: &str) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        match self {
            SecretUrl | Url => quoted(&super::sources::masked(value)),
            Path | Address | Text => quoted(value),
            Switch | Number(..) => value.to_owned(),
            List => {
                let items: Vec<String> = super::sources::items(value).map(quoted).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// The page `docs/reference/configuration.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration reference\n\n\
         Written by `hallway config --reference`; change the table in the code, then run `cargo xtask codegen`.\n\n\
         Hallway runs without any configuration. What is set is laid over the defaults in this order: a TOML file\n\
         (`--config FILE`, else `hallway.toml` in the data folder where there is one), then variables, then flags.\n\
         A key with a dot stands in a table of the file: `stage.part_ms` is `part_ms` under `[stage]`.\n\
         An unknown key or variable is an error; an empty variable counts as not set.\n\
         `hallway config` prints what holds and where it came from, passwords masked.\n\n\
         | Key | Type | Default | Variable | Flag | Meaning |\n\
         |---|---|---|---|---|---|\n",
    );
    for setting in ALL {
        let default = match setting.fallback {
            Value("") => "none".to_owned(),
            Value(value) => format!("`{value}`"),
            MadeFrom(words) | Unset(words) => words.to_owned(),
        };
        let flag = setting
            .flag
            .map_or(String::new(), |flag| format!("`--{flag}`"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | `{}` | {} | {} |",
            setting.key,
            setting.kind.name(),
            default,
            setting.variable(),
            flag,
            setting.meaning
        );
    }
    page
}

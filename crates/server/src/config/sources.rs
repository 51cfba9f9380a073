//! Where values are found: the file, the variables, the flags. Every value is
//! text here with the place it came from; what it means is for `Config`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::settings::{self, Kind, Setting};

/// What to read, in order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A file that must be there; else `hallway.toml` of the data folder is
    /// read where there is one.
    pub file: Option<PathBuf>,
    /// The environment, as names and values.
    pub variables: Vec<(String, String)>,
    /// Keys and values of flags.
    pub flags: Vec<(&'static str, String)>,
}

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// Variables with our prefix that are none of ours: what tests and browsers
/// are told, and what Kubernetes sets for a service named `hallway`.
const FOREIGN: [&str; 5] = [
    "HALLWAY_TEST_",
    "HALLWAY_BROWSER_",
    "HALLWAY_BIN",
    "HALLWAY_SERVICE_",
    "HALLWAY_PORT",
];

/// Every value that was set, by key, with its origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(BTreeMap<&'static str, (String, Origin)>);

impl Sources {
    /// The process's own environment.
    pub fn environment() -> Vec<(String, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    pub(super) fn read(&self) -> Result<Found, ConfigError> {
        let mut above = Found::default();
        self.read_variables(&mut above)?;
        self.read_flags(&mut above)?;
        let mut found = Found::default();
        let data = above.get("data").map_or("./data", |(data, _)| data);
        let usual = Path::new(data).join("hallway.toml");
        match &self.file {
            Some(path) => read_file(path, &mut found)?,
            None if usual.is_file() => read_file(&usual, &mut found)?,
            None => {}
        }
        found.0.extend(above.0);
        Ok(found)
    }

    fn read_variables(&self, found: &mut Found) -> Result<(), ConfigError> {
        for (name, value) in &self.variables {
            if !name.starts_with("HALLWAY_") || FOREIGN.iter().any(|it| name.starts_with(it)) {
                continue;
            }
            let origin = Origin::Variable(name.clone());
            match settings::ALL.iter().find(|s| s.variable() == *name) {
                Some(_) if value.is_empty() => {}
                Some(setting) => {
                    found.0.insert(setting.key, (value.clone(), origin));
                }
                None => return Err(unknown(origin, name, |s| s.variable())),
            }
        }
        Ok(())
    }

    fn read_flags(&self, found: &mut Found) -> Result<(), ConfigError> {
        for (key, value) in &self.flags {
            // Flags are declared in code: one without a setting is our bug.
            let Some((setting, flag)) = settings::find(key).and_then(|s| Some((s, s.flag?))) else {
                return Err(unknown(Origin::Flag(key), key, |s| s.key.to_owned()));
            };
            found
                .0
                .insert(setting.key, (value.clone(), Origin::Flag(flag)));
        }
        Ok(())
    }
}

fn read_file(path: &Path, found: &mut Found) -> Result<(), ConfigError> {
    let wrong = |why: String| ConfigError::File {
        path: path.to_owned(),
        why,
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table = toml::de::DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(&text, span.start));
        wrong(format!("line {line}: {}", error.message()))
    })?;
    let mut flat = Vec::new();
    flatten("", table.get_ref(), &mut flat);
    for (key, at, value) in flat {
        let origin = Origin::File {
            path: path.to_owned(),
            line: line(&text, at),
        };
        let setting = match settings::find(&key) {
            Some(setting) if setting.key != "data" || value.is_err() => setting,
            Some(_) => {
                let why = "is set by --data or HALLWAY_DATA, since the file is found through it";
                return Err(ConfigError::Value {
                    origin,
                    key: "data",
                    why: why.into(),
                });
            }
            None => return Err(unknown(origin, &key, |s| s.key.to_owned())),
        };
        let value = value.map_err(|why| ConfigError::Value {
            origin: origin.clone(),
            key: setting.key,
            why,
        })?;
        found.0.insert(setting.key, (value, origin));
    }
    Ok(())
}

type Flat = (String, usize, Result<String, String>);

fn flatten(prefix: &str, table: &toml::de::DeTable<'_>, flat: &mut Vec<Flat>) {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        match value.get_ref() {
            toml::de::DeValue::Table(inner) if settings::find(&key).is_none() => {
                flatten(&format!("{key}."), inner, flat);
            }
            inner => flat.push((key, name.span().start, as_text(inner))),
        }
    }
}

fn as_text(value: &toml::de::DeValue<'_>) -> Result<String, String> {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Boolean(it) => Ok(it.to_string()),
        DeValue::Array(items) => {
            let texts: Option<Vec<&str>> =
                items.iter().map(|item| item.get_ref().as_str()).collect();
            texts
                .map(|texts| texts.join(","))
                .ok_or_else(|| "is an array of texts".into())
        }
        _ => Err("is a text, a number, true or false, or an array of texts".into()),
    }
}

fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

fn unknown(origin: Origin, key: &str, name: impl Fn(&Setting) -> String) -> ConfigError {
    let near = settings::ALL
        .iter()
        .map(|setting| (distance(&name(setting), key), name(setting)))
        .min();
    let hint = match near {
        Some((steps, name)) if steps <= 2 => format!("; did you mean `{name}`?"),
        _ => String::new(),
    };
    ConfigError::Unknown {
        origin,
        key: key.to_owned(),
        hint,
    }
}

/// Levenshtein's distance: letters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl Found {
    pub fn get(&self, key: &str) -> Option<&(String, Origin)> {
        self.0.get(key)
    }

    pub fn wrong(&self, key: &'static str, why: String) -> ConfigError {
        let origin = self
            .get(key)
            .map_or(Origin::Default, |(_, origin)| origin.clone());
        ConfigError::Value { origin, key, why }
    }

    pub fn parse_optional<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let value = self
            .get(key)
            .map(|(value, _)| value.as_str())
            .or_else(|| settings::default_of(key));
        value
            .map(|text| parse(text.trim()).map_err(|why| self.wrong(key, why)))
            .transpose()
    }

    /// A setting with a default of its own.
    pub fn parse<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.parse_optional(key, parse)?
            .ok_or_else(|| self.wrong(key, "has to be set".into()))
    }

    pub fn path(&self, key: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        self.parse_optional(key, |text| match text {
            "" => Err("is a path".into()),
            path => Ok(PathBuf::from(path)),
        })
    }

    pub fn number(&self, key: &'static str) -> Result<u32, ConfigError> {
        let (from, to) = match settings::find(key).map(|setting| setting.kind) {
            Some(Kind::Number(from, to)) => (from, to),
            _ => (0, u32::MAX),
        };
        self.parse(key, |text| {
            text.parse()
                .ok()
                .filter(|number| (from..=to).contains(number))
                .ok_or_else(|| format!("is a whole number from {from} to {to}, not `{text}`"))
        })
    }

    pub fn list<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        self.parse(key, |text| items(text).map(&parse).collect())
    }
}

/// The items of a list, separated by commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// A URL without its password: `postgres://hallway:***@db/hallway`.
pub(super) fn masked(url: &str) -> String {
    let (main, query) = match url.split_once('?') {
        Some((main, query)) => (main, Some(query)),
        None => (url, None),
    };
    let mut text = match main.split_once("://") {
        // The last @ ends the user part, even where the password holds one.
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}:***@{host}")
            }
            None => main.to_owned(),
        },
        None => main.to_owned(),
    };
    if let Some(query) = query {
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if name.to_ascii_lowercase().contains("password") => {
                    format!("{name}=***")
                }
                _ => pair.to_owned(),
            })
            .collect();
        text = format!("{text}?{}", pairs.join("&"));
    }
    text
}

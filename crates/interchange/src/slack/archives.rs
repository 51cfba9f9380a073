//! The export of a Slack workspace: a ZIP with `channels.json`, `users.json` and
//! a folder per channel with a file per day. Nothing is unpacked to a disk, and
//! every member is read under a bound, whatever it says of its size.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use hallway_model::programme::Warning;
use hallway_model::time::Timestamp;
use serde_json::Value;
use zip::ZipArchive;

use super::{markdown, message_text};

/// Bytes of the largest archive.
pub const MAX_ARCHIVE: usize = 64 * 1024 * 1024;
/// Bytes of one member, unpacked.
const MAX_MEMBER: u64 = 16 * 1024 * 1024;
/// Bytes of all members that are read, unpacked.
const MAX_ALL: u64 = 256 * 1024 * 1024;
const MAX_MEMBERS: usize = 50_000;
const MAX_CHANNELS: usize = 500;
const MAX_MESSAGES: usize = 200_000;
/// Warnings kept; what is more is no longer read by anybody.
const MAX_WARNINGS: usize = 1_000;

/// What an archive holds of public channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    pub channels: Vec<ArchiveChannel>,
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveChannel {
    /// Slack's id.
    pub id: String,
    pub name: String,
    /// In order of time, each `ts` once.
    pub messages: Vec<ArchiveMessage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveMessage {
    /// Slack's id of it within its channel.
    pub ts: String,
    pub sent: Timestamp,
    /// Slack's id of whoever said it, or the name of a program.
    pub author: String,
    pub name: String,
    /// In our Markdown subset.
    pub text: String,
    /// The `ts` of the message it answers.
    pub thread: Option<String>,
}

/// Nothing was read; says which member of the archive is the matter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("this is no ZIP archive: {0}")]
    NotAZip(String),
    #[error("an archive has at most {} MiB", MAX_ARCHIVE / 1024 / 1024)]
    TooLarge,
    #[error("the archive has no `{0}`: is it the export of a Slack workspace?")]
    Missing(&'static str),
    #[error("`{member}`: {what}")]
    Member { member: String, what: String },
    #[error("the archive unpacks to more than {} MiB: export a shorter time", MAX_ALL / 1024 / 1024)]
    TooMuch,
}

/// Reads an archive.
pub fn read_archive(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    if bytes.len() > MAX_ARCHIVE {
        return Err(ArchiveError::TooLarge);
    }
    let mut reader = Reader::open(bytes)?;
    let names = reader.people()?;
    let mut archive = Archive {
        warnings: std::mem::take(&mut reader.warnings),
        ..Archive::default()
    };
    let listed = reader.json("channels.json")?;
    let listed = listed.ok_or(ArchiveError::Missing("channels.json"))?;
    let listed = listed
        .as_array()
        .ok_or_else(|| broken("channels.json", "is not a list"))?;
    if listed.len() > MAX_CHANNELS {
        let what = format!("more than {MAX_CHANNELS} channels");
        return Err(broken("channels.json", what));
    }
    let mut found = 0;
    for (n, channel) in listed.iter().enumerate() {
        let text = |key: &str| channel.get(key).and_then(Value::as_str);
        let (Some(id), Some(name)) = (text("id"), text("name")) else {
            let what = format!("channel {}: without `id` or `name`", n + 1);
            return Err(broken("channels.json", what));
        };
        let messages = reader.messages(name, &names, &mut archive.warnings)?;
        found += messages.len();
        if found > MAX_MESSAGES {
            let what = format!("more than {MAX_MESSAGES} messages: export a shorter time");
            return Err(broken(name, what));
        }
        archive.channels.push(ArchiveChannel {
            id: id.to_owned(),
            name: name.to_owned(),
            messages,
        });
    }
    archive.warnings.truncate(MAX_WARNINGS);
    Ok(archive)
}

fn broken(member: &str, what: impl Into<String>) -> ArchiveError {
    ArchiveError::Member {
        member: member.chars().take(200).collect(),
        what: what.into(),
    }
}

/// The members of an archive by their names.
struct Reader<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    members: HashMap<String, usize>,
    /// Days of each channel's folder, sorted.
    days: HashMap<String, Vec<String>>,
    unpacked: u64,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    /// Looks at every name before anything is read: one that could lead out of
    /// a folder makes the whole archive suspect.
    fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let not_a_zip = |e: zip::result::ZipError| ArchiveError::NotAZip(e.to_string());
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(not_a_zip)?;
        if zip.len() > MAX_MEMBERS {
            return Err(ArchiveError::NotAZip(format!(
                "more than {MAX_MEMBERS} members"
            )));
        }
        let mut members = HashMap::new();
        let mut days: HashMap<String, Vec<String>> = HashMap::new();
        let mut left_out = 0;
        for index in 0..zip.len() {
            let member = zip.by_index_raw(index).map_err(not_a_zip)?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            let leads_out = name.starts_with('/')
                || name.contains(['\\', '\0', ':'])
                || name.split('/').any(|part| part == "..");
            if leads_out {
                return Err(broken(&name, "the name leads out of its folder"));
            }
            if member.is_dir() {
                continue;
            }
            if member.encrypted() {
                return Err(broken(&name, "is encrypted"));
            }
            match name.split_once('/') {
                None if matches!(&*name, "channels.json" | "users.json") => {}
                Some((folder, day)) if is_day(day) => {
                    days.entry(folder.to_owned())
                        .or_default()
                        .push(name.clone());
                }
                _ => {
                    left_out += 1;
                    continue;
                }
            }
            if members.insert(name.clone(), index).is_some() {
                return Err(broken(&name, "is there twice"));
            }
        }
        days.values_mut().for_each(|days| days.sort());
        let mut warnings = vec![];
        if left_out > 0 {
            warnings.push(Warning {
                place: "archive".into(),
                text: format!("{left_out} files that are no public channels were left out"),
            });
        }
        Ok(Self {
            zip,
            members,
            days,
            unpacked: 0,
            warnings,
        })
    }

    /// A member as JSON; none where there is none of this name.
    fn json(&mut self, name: &str) -> Result<Option<Value>, ArchiveError> {
        let Some(index) = self.members.get(name) else {
            return Ok(None);
        };
        let mut member = self
            .zip
            .by_index(*index)
            .map_err(|e| broken(name, e.to_string()))?;
        let mut bytes = vec![];
        // Counted as it unpacks: what a member says of its size may be a lie.
        (&mut member)
            .take(MAX_MEMBER + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| broken(name, e.to_string()))?;
        if bytes.len() as u64 > MAX_MEMBER {
            let what = format!("unpacks to more than {} MiB", MAX_MEMBER / 1024 / 1024);
            return Err(broken(name, what));
        }
        self.unpacked += bytes.len() as u64;
        if self.unpacked > MAX_ALL {
            return Err(ArchiveError::TooMuch);
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| broken(name, e.to_string()))
    }

    /// Names by Slack's ids.
    fn people(&mut self) -> Result<HashMap<String, String>, ArchiveError> {
        let users = self
            .json("users.json")?
            .ok_or(ArchiveError::Missing("users.json"))?;
        let users = users
            .as_array()
            .ok_or_else(|| broken("users.json", "is not a list"))?;
        let named = users.iter().filter_map(|user| {
            let id = user.get("id")?.as_str()?;
            Some((id.to_owned(), name_of(user).unwrap_or(id).to_owned()))
        });
        Ok(named.collect())
    }

    fn messages(
        &mut self,
        folder: &str,
        names: &HashMap<String, String>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<ArchiveMessage>, ArchiveError> {
        let mut messages: Vec<ArchiveMessage> = vec![];
        let (mut notes, mut reactions, mut files) = (0, 0, 0);
        for day in self.days.remove(folder).unwrap_or_default() {
            let Some(list) = self.json(&day)? else {
                continue;
            };
            let list = list
                .as_array()
                .ok_or_else(|| broken(&day, "is not a list"))?;
            for (n, message) in list.iter().enumerate() {
                if !is_said(message) {
                    notes += 1;
                    continue;
                }
                let count = |key: &str| {
                    message
                        .get(key)
                        .and_then(Value::as_array)
                        .map_or(0, Vec::len)
                };
                reactions += count("reactions");
                files += count("files");
                match read_message(message, names) {
                    Ok(Some(message)) => messages.push(message),
                    Ok(None) => notes += 1,
                    Err(what) => return Err(broken(&day, format!("message {}: {what}", n + 1))),
                }
            }
            if messages.len() > MAX_MESSAGES {
                let what = format!("more than {MAX_MESSAGES} messages: export a shorter time");
                return Err(broken(&day, what));
            }
        }
        messages.sort_by(|a, b| (a.sent, &a.ts).cmp(&(b.sent, &b.ts)));
        messages.dedup_by(|b, a| a.ts == b.ts);
        let mut warn = |count: usize, what: &str| {
            if count > 0 {
                warnings.push(Warning {
                    place: format!("#{folder}"),
                    text: format!("{count} {what}"),
                });
            }
        };
        warn(
            notes,
            "notes of joining, leaving and the like were left out",
        );
        warn(reactions, "reactions were left out");
        warn(files, "files stay with Slack and are linked");
        Ok(messages)
    }
}

/// `2026-02-06.json`
fn is_day(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|day| {
        day.len() == 10
            && day.bytes().enumerate().all(|(n, b)| {
                if n == 4 || n == 7 {
                    b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            })
    })
}

fn name_of(user: &Value) -> Option<&str> {
    let of = |value: Option<&'_ Value>| -> Option<String> {
        let text = value?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let profile = user.get("profile").unwrap_or(user);
    let keys = [
        (profile, "display_name"),
        (profile, "real_name"),
        (user, "real_name"),
        (user, "name"),
    ];
    keys.into_iter()
        .find(|(holder, key)| of(holder.get(*key)).is_some())
        .and_then(|(holder, key)| holder.get(key)?.as_str())
}

/// Whether somebody said it, rather than Slack noting that somebody came.
fn is_said(message: &Value) -> bool {
    let text = |key: &str| message.get(key).and_then(Value::as_str);
    text("type").is_none_or(|kind| kind == "message")
        && matches!(
            text("subtype"),
            None | Some(
                "bot_message" | "thread_broadcast" | "me_message" | "file_share" | "file_comment"
            )
        )
}

/// A message; none where it says nothing.
fn read_message(
    message: &Value,
    names: &HashMap<String, String>,
) -> Result<Option<ArchiveMessage>, String> {
    let text = |key: &str| message.get(key).and_then(Value::as_str);
    let ts = text("ts").ok_or("without `ts`")?;
    let sent = time(ts)
        .ok_or_else(|| format!("`{}` is no time", ts.chars().take(40).collect::<String>()))?;
    let known = |id: &str| names.get(id).cloned();
    let mut parts = vec![];
    let said = message_text(message, &known);
    if !said.trim().is_empty() {
        parts.push(if text("subtype") == Some("me_message") {
            format!("_{}_", said.trim())
        } else {
            said
        });
    }
    for file in message
        .get("files")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let of = |key: &str| file.get(key).and_then(Value::as_str);
        let name = of("title").or(of("name")).unwrap_or("file");
        if let Some(link) = of("permalink").or(of("url_private")) {
            parts.push(markdown(
                &format!("<{link}|{}>", name.replace(['<', '>'], "")),
                &known,
            ));
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let profile_name = message
        .get("user_profile")
        .or(message.get("bot_profile"))
        .and_then(name_of);
    let (author, name) = match (text("user"), text("username").or(profile_name)) {
        (Some(id), fallback) => {
            let name = known(id).or(fallback.map(str::to_owned));
            (id.to_owned(), name.unwrap_or_else(|| id.to_owned()))
        }
        (None, Some(name)) => (format!("bot {name}"), name.to_owned()),
        (None, None) => {
            let id = text("bot_id").unwrap_or("unknown");
            (format!("bot {id}"), id.to_owned())
        }
    };
    Ok(Some(ArchiveMessage {
        ts: ts.to_owned(),
        sent,
        author,
        name,
        text: parts.join("\n\n"),
        thread: text("thread_ts")
            .filter(|thread| *thread != ts)
            .map(str::to_owned),
    }))
}

/// `1512085950.000216`, seconds and a counter.
fn time(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let digits =
        |text: &str| (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || seconds.len() > 10 {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Timestamp(seconds.parse::<i64>().ok()? * 1_000 + millis))
}

#[cfg(test)]
mod tests;

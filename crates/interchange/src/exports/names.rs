//! Names every format demands: guid, numeric id, code, slug. Those a session
//! has are kept where they are valid and not taken by an earlier one.

use std::collections::HashSet;

use hallway_model::ids::Code;
use hallway_model::programme::Programme;
use uuid::Uuid;

use super::WriteOptions;

pub(crate) struct SessionNames {
    pub guid: Uuid,
    /// Positive, unique, at most 2^53 - 1 so that every reader keeps it whole.
    pub id: u64,
    pub code: Code,
}

/// The names of each session, by its index in the programme.
pub(crate) fn name_sessions(
    programme: &Programme,
    options: &WriteOptions<'_>,
) -> Vec<SessionNames> {
    let mut guids = HashSet::new();
    let guids: Vec<Uuid> = programme
        .sessions
        .iter()
        .map(|session| {
            let identity = &session.identity;
            let mut guid = identity.guid.unwrap_or_else(|| {
                let name = match (&identity.id, &identity.code) {
                    (Some(id), _) => format!("session/id/{id}"),
                    (None, Some(code)) => format!("session/code/{code}"),
                    (None, None) => format!("session/title/{}", session.title),
                };
                Uuid::new_v5(&options.namespace, name.as_bytes())
            });
            while !guids.insert(guid) {
                guid = Uuid::new_v5(&guid, b"again");
            }
            guid
        })
        .collect();

    let mut ids = HashSet::new();
    let own_ids: Vec<Option<u64>> = programme
        .sessions
        .iter()
        .map(|session| {
            session
                .identity
                .id
                .as_deref()
                .and_then(number)
                .filter(|id| ids.insert(*id))
        })
        .collect();
    let mut codes = HashSet::new();
    let own_codes: Vec<Option<&Code>> = programme
        .sessions
        .iter()
        .map(|session| {
            session
                .identity
                .code
                .as_ref()
                .filter(|code| codes.insert((*code).clone()))
        })
        .collect();

    let derived = guids.into_iter().zip(own_ids).zip(own_codes);
    derived
        .map(|((guid, id), code)| SessionNames {
            guid,
            id: id.unwrap_or_else(|| {
                // 31 bits: older clients keep ids in an int.
                let mut id = (guid.as_u128() >> 64 ^ guid.as_u128()) as u64 & 0x7FFF_FFFF;
                while id == 0 || !ids.insert(id) {
                    id = (id + 1) & 0x7FFF_FFFF;
                }
                id
            }),
            code: code.cloned().unwrap_or_else(|| {
                let mut attempt = 0;
                loop {
                    let code = Code::derive(guid, attempt);
                    if codes.insert(code.clone()) {
                        return code;
                    }
                    attempt += 1;
                }
            }),
        })
        .collect()
}

/// An id that is a positive number and nothing else.
fn number(id: &str) -> Option<u64> {
    let number: u64 = id.parse().ok()?;
    (number > 0 && number < 1 << 53 && number.to_string() == id).then_some(number)
}

/// A person's id where it is a whole number; zero and below are allowed there.
pub(super) fn integer(id: &str) -> Option<i64> {
    let integer: i64 = id.parse().ok()?;
    (integer.unsigned_abs() < 1 << 53 && integer.to_string() == id).then_some(integer)
}

/// A room's own guid, or the one its name leads to.
pub(super) fn room_guid(own: Option<Uuid>, name: &str, options: &WriteOptions<'_>) -> Uuid {
    own.unwrap_or_else(|| Uuid::new_v5(&options.namespace, format!("room/{name}").as_bytes()))
}

/// A speaker's own guid, or the one its identity leads to.
pub(super) fn speaker_guid(
    programme: &Programme,
    index: usize,
    options: &WriteOptions<'_>,
) -> Uuid {
    let speaker = &programme.speakers[index];
    let identity = &speaker.identity;
    identity.guid.unwrap_or_else(|| {
        let name = match (&identity.code, &identity.id) {
            (Some(code), _) => format!("speaker/code/{code}"),
            (None, Some(id)) => format!("speaker/id/{id}\n{}", speaker.name),
            (None, None) => format!("speaker/name/{}", speaker.name),
        };
        Uuid::new_v5(&options.namespace, name.as_bytes())
    })
}

/// `[a-z0-9_-]{4,}`: the acronym, else the event's slug, made to fit.
pub(super) fn acronym(own: Option<&str>, options: &WriteOptions<'_>) -> String {
    let mut acronym: String = own
        .unwrap_or(options.event_slug)
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    while acronym.len() < 4 {
        acronym.push('_');
    }
    acronym
}

/// `[a-z0-9_]{4,}-[a-z0-9\-_]{4,}`, the XSD's pattern, which the JSON schema's
/// includes when it ends in a letter or digit.
pub(super) fn derived_slug(acronym: &str, id: u64, title: &str) -> String {
    let mut words = String::new();
    for c in title.to_lowercase().chars() {
        match c {
            'ä' => words.push_str("ae"),
            'ö' => words.push_str("oe"),
            'ü' => words.push_str("ue"),
            'ß' => words.push_str("ss"),
            c if c.is_ascii_alphanumeric() => words.push(c),
            _ if words.is_empty() || words.ends_with('_') => {}
            _ => words.push('_'),
        }
        if words.len() > 60 {
            break;
        }
    }
    let words = words.trim_end_matches('_');
    let words = if words.is_empty() { "session" } else { words };
    format!("{}-{id}-{words}", acronym.replace('-', "_"))
}

pub(super) fn is_voc_slug(slug: &str) -> bool {
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    slug.split_once('-').is_some_and(|(event, rest)| {
        event.len() >= 4
            && rest.len() >= 4
            && event.bytes().all(lower)
            && rest.bytes().all(|b| lower(b) || b == b'-')
    })
}

pub(super) fn is_json_slug(slug: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    slug.len() >= 2 && slug.bytes().all(fits) && !slug.ends_with(['_', '-'])
}

pub(super) fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

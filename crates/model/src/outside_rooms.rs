//! Places elsewhere where people of an event meet already: a link, what kind of
//! place it is, and who runs it.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, OutsideRoomId, PersonId};
use crate::people::one_line;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideRoom {
    pub id: OutsideRoomId,
    pub event: EventId,
    pub name: String,
    pub kind: OutsideKind,
    pub url: String,
    /// Who looks after it, as they want to be named.
    pub run_by: String,
    /// None where the account is gone.
    pub added_by: Option<PersonId>,
    /// Recommended by the organisers.
    pub endorsed: Option<Timestamp>,
    pub created: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutsideKind {
    Matrix,
    Slack,
    Discord,
    Irc,
    #[default]
    Other,
}

impl OutsideKind {
    pub const ALL: [OutsideKind; 5] = [
        Self::Matrix,
        Self::Slack,
        Self::Discord,
        Self::Irc,
        Self::Other,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Matrix => "matrix",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Irc => "irc",
            Self::Other => "other",
        }
    }

    /// What is not known is another kind of place.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    #[error("a name has 1 to {MAX_NAME} characters in one line")]
    Name,
    #[error("an address begins with `https://`, names a host and has at most {MAX_URL} characters")]
    Url,
    #[error("who runs it has 1 to {MAX_NAME} characters in one line")]
    RunBy,
    #[error("an event lists at most {MAX_ROOMS} places elsewhere")]
    TooMany,
}

pub const MAX_NAME: usize = 60;
pub const MAX_URL: usize = 300;
/// Places elsewhere of one event.
pub const MAX_ROOMS: i64 = 50;

/// What somebody typed to register a place elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideDraft {
    pub name: String,
    pub kind: String,
    pub url: String,
    pub run_by: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutsideRoom {
    pub name: String,
    pub kind: OutsideKind,
    pub url: String,
    pub run_by: String,
}

impl OutsideDraft {
    /// All that is wrong at once.
    pub fn check(&self) -> Result<NewOutsideRoom, Vec<OutsideError>> {
        let mut wrong = vec![];
        let named = |text: &str| one_line(text, MAX_NAME).filter(|text| !text.is_empty());
        let (name, run_by) = (named(&self.name), named(&self.run_by));
        if name.is_none() {
            wrong.push(OutsideError::Name);
        }
        let url = self.url.trim();
        if !is_https(url) {
            wrong.push(OutsideError::Url);
        }
        if run_by.is_none() {
            wrong.push(OutsideError::RunBy);
        }
        match (name, run_by) {
            (Some(name), Some(run_by)) if wrong.is_empty() => Ok(NewOutsideRoom {
                name,
                kind: OutsideKind::from_word(&self.kind),
                url: url.to_owned(),
                run_by,
            }),
            _ => Err(wrong),
        }
    }
}

/// Printable ASCII alone: a host in other letters is written in its `xn--`
/// form, so that nobody is led to a look-alike. No user name before the host.
fn is_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    url.len() <= MAX_URL
        && url
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&b))
        && host.contains('.')
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(url: &str) -> OutsideDraft {
        OutsideDraft {
            name: "The old place".into(),
            kind: "matrix".into(),
            url: url.into(),
            run_by: "Ada".into(),
        }
    }

    #[test]
    fn a_place_elsewhere_is_a_plain_https_address() {
        for good in [
            "https://matrix.to/#/#tea:example.org",
            "https://chat.example.org:8443/join?x=1",
            " https://example.slack.com ",
        ] {
            assert!(draft(good).check().is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://example.org/",
            "javascript:alert(1)",
            "https://",
            "https://localhost/",
            "https://ada@example.org/",
            "https://exämple.org/",
            "https://example.org/\"onclick=",
            "https://example.org/a b",
        ] {
            assert_eq!(draft(bad).check(), Err(vec![OutsideError::Url]), "{bad}");
        }
        assert_eq!(
            OutsideDraft::default().check().unwrap_err(),
            [OutsideError::Name, OutsideError::Url, OutsideError::RunBy]
        );
    }
}

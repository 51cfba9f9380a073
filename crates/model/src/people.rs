//! People and what they may be called: display names, addresses, profiles.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::time::{Timestamp, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub name: DisplayName,
    /// None once the account is deleted.
    pub email: Option<Email>,
    pub pronouns: Option<String>,
    pub zone: Option<Zone>,
    pub language: Option<Language>,
    pub kind: PersonKind,
    pub created: Timestamp,
}

/// What stands behind a name: everybody who writes has a row of their own, and
/// readers are told where that is no person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    #[default]
    Person,
    /// A program with tokens of its own.
    Bot,
    /// A name that an incoming webhook speaks under.
    Webhook,
    /// Somebody of another chat whose words were brought along; no account.
    Imported,
}

impl PersonKind {
    pub const ALL: [PersonKind; 4] = [Self::Person, Self::Bot, Self::Webhook, Self::Imported];

    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Bot => "bot",
            Self::Webhook => "webhook",
            Self::Imported => "imported",
        }
    }
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
    pub fn is_person(&self) -> bool {
        *self == Self::Person
    }
}

/// 1 to 80 characters in one line, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// An address that gets mail, lower-cased. Only the mail itself proves it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    De,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    #[error("a name has 1 to 80 characters in one line")]
    Name,
    #[error("an e-mail address looks like name@example.org")]
    Email,
    #[error("pronouns have at most 40 characters in one line")]
    Pronouns,
}

impl DisplayName {
    pub fn parse(text: &str) -> Result<Self, PersonError> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = (1..=80).contains(&name.chars().count()) && !name.chars().any(is_unprintable);
        if fits {
            Ok(Self(name))
        } else {
            Err(PersonError::Name)
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// A deliberately loose check (RFC 5321 §4.5.3.1 lengths, one `@`, a host
    /// with letters): the mailed link is the real one.
    pub fn parse(text: &str) -> Result<Self, PersonError> {
        let email = text.trim().to_lowercase();
        let Some((local, host)) = email.rsplit_once('@') else {
            return Err(PersonError::Email);
        };
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\"\\@".contains(c);
        let fits = (1..=64).contains(&local.len())
            && (3..=190).contains(&host.len())
            && local.chars().all(plain)
            && host
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            && host.contains('.')
            && host
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
        if fits {
            Ok(Self(email))
        } else {
            Err(PersonError::Email)
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks pronouns as typed; blank means none.
pub fn pronouns(text: &str) -> Result<Option<String>, PersonError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 40 || text.chars().any(is_unprintable) {
        return Err(PersonError::Pronouns);
    }
    Ok((!text.is_empty()).then_some(text))
}

/// Text in one line of at most `max` characters; none where it does not fit.
pub fn one_line(text: &str, max: usize) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = text.chars().count() <= max && !text.chars().any(is_unprintable);
    fits.then_some(text)
}

/// Controls, and the overrides of writing direction that let a name repaint
/// the line it stands in (Unicode TR36 §2.5).
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}')
}

impl TryFrom<String> for DisplayName {
    type Error = PersonError;
    fn try_from(text: String) -> Result<Self, PersonError> {
        Self::parse(&text)
    }
}
impl From<DisplayName> for String {
    fn from(name: DisplayName) -> String {
        name.0
    }
}
impl TryFrom<String> for Email {
    type Error = PersonError;
    fn try_from(text: String) -> Result<Self, PersonError> {
        Self::parse(&text)
    }
}
impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_printable_line() {
        assert_eq!(
            DisplayName::parse("  Ada \n Lovelace ").unwrap().as_str(),
            "Ada Lovelace"
        );
        assert_eq!(DisplayName::parse(" "), Err(PersonError::Name));
        assert_eq!(
            DisplayName::parse("evil\u{202E}name"),
            Err(PersonError::Name)
        );
        assert_eq!(DisplayName::parse(&"x".repeat(81)), Err(PersonError::Name));
    }

    #[test]
    fn addresses_are_checked_loosely_and_folded() {
        assert_eq!(
            Email::parse(" Ada@Example.ORG ").unwrap().as_str(),
            "ada@example.org"
        );
        for bad in [
            "",
            "ada",
            "ada@",
            "@x.org",
            "a b@x.org",
            "ada@x",
            "ada@x..org",
            "a<b@x.org",
            "ada@x.org\r\nBcc: y",
        ] {
            assert_eq!(Email::parse(bad), Err(PersonError::Email), "{bad}");
        }
    }
}

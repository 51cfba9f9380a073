//! How people show themselves to others at an event: nothing that they did not
//! choose, and for no longer than they said.

use serde::{Deserialize, Serialize};

use crate::channels::language;
use crate::presence::Shown;
use crate::time::{Span, Timestamp};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Others at their events may find them.
    pub listed: bool,
    /// Their name is given where somebody asks who is in a channel.
    #[serde(default)]
    pub named: bool,
    /// They are not there for others: neither counted nor named where they read.
    #[serde(default)]
    pub invisible: bool,
    /// Others see what time it is for them.
    pub shows_zone: bool,
    /// Codes of the languages they speak.
    pub languages: Vec<String>,
    /// Open to talk until then.
    pub talk_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("languages are up to {MAX_LANGUAGES} of two or three letters, such as `en de`")]
    Languages,
}

pub const MAX_LANGUAGES: usize = 8;
/// How long somebody who says so is open to talk.
pub const TALK_FOR: Span = Span::hours(1);

impl Profile {
    pub fn shown(&self) -> Shown {
        Shown {
            named: self.named,
            invisible: self.invisible,
        }
    }

    /// Whether they are open to talk at this moment; it ends by itself.
    pub fn is_open_to_talk(&self, now: Timestamp) -> bool {
        self.talk_until.is_some_and(|until| now < until)
    }
}

/// Languages as typed: codes parted by blanks or commas, each once.
pub fn languages(text: &str) -> Result<Vec<String>, ProfileError> {
    let mut codes: Vec<String> = vec![];
    for word in text
        .split([' ', ',', ';'])
        .filter(|word| !word.trim().is_empty())
    {
        let code = language(word)
            .ok()
            .flatten()
            .ok_or(ProfileError::Languages)?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.len() > MAX_LANGUAGES {
        return Err(ProfileError::Languages);
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_open_to_talk_ends_by_itself() {
        let now = Timestamp(1_000_000);
        let open = Profile {
            talk_until: Some(now + TALK_FOR),
            ..Profile::default()
        };
        assert!(open.is_open_to_talk(now));
        assert!(!open.is_open_to_talk(now + TALK_FOR));
        assert!(!Profile::default().is_open_to_talk(now));
    }

    #[test]
    fn languages_are_codes_each_once() {
        assert_eq!(languages(" en, DE  en").unwrap(), ["en", "de"]);
        assert_eq!(languages("").unwrap(), Vec::<String>::new());
        assert_eq!(languages("english"), Err(ProfileError::Languages));
        let many = "aa bb cc dd ee ff gg hh ii";
        assert_eq!(languages(many), Err(ProfileError::Languages));
    }
}

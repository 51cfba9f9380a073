//! What counts as one emoji.

use serde::{Deserialize, Serialize};

/// One emoji: a single pictograph with its joiners and modifiers (UTS #51),
/// at most 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reaction is one emoji")]
pub struct NotAnEmoji;

impl Emoji {
    pub fn parse(text: &str) -> Result<Self, NotAnEmoji> {
        if text.is_empty() || text.len() > 32 {
            return Err(NotAnEmoji);
        }
        let chars: Vec<char> = text.chars().collect();
        let flag = chars.len() == 2 && chars.iter().all(|c| matches!(c, '\u{1F1E6}'..='\u{1F1FF}'));
        if flag || is_joined_sequence(&chars) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnEmoji)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// pictograph modifier* (ZWJ pictograph modifier*)*
fn is_joined_sequence(chars: &[char]) -> bool {
    let mut want_base = true;
    for &c in chars {
        if want_base {
            if !is_pictograph(c) {
                return false;
            }
            want_base = false;
        } else if c == '\u{200D}' {
            want_base = true;
        } else if !is_modifier(c) {
            return false;
        }
    }
    !want_base
}

fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{1F300}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{25FF}'
        | '\u{1F000}'..='\u{1F0FF}' | '\u{1F100}'..='\u{1F1E5}' | '\u{1F200}'..='\u{1F2FF}'
        | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}')
        && !matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn is_modifier(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

impl TryFrom<String> for Emoji {
    type Error = NotAnEmoji;
    fn try_from(text: String) -> Result<Self, NotAnEmoji> {
        Self::parse(&text)
    }
}
impl From<Emoji> for String {
    fn from(emoji: Emoji) -> String {
        emoji.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_and_nothing_else() {
        for good in ["👍", "❤️", "👍🏽", "👩‍💻", "🏳️‍🌈", "🇪🇺", "🎉"]
        {
            assert!(Emoji::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "👍👍", "<b>", "1", "\u{200D}", "👍\u{200D}", "🇪"] {
            assert!(Emoji::parse(bad).is_err(), "{bad}");
        }
    }
}

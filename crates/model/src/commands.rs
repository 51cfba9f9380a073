//! What a typed line that begins with a slash means. Nothing that looks like a
//! command and is none is ever sent as words: the writer is told instead.

use crate::messages::MessageKind;

/// Commands, as help lists them.
pub const COMMANDS: [&str; 3] = ["/me", "/shrug", "/help"];

const SHRUG: &str = r"¯\\\_(ツ)\_/¯";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub kind: MessageKind,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error(
        "/me says what you do, /shrug ends with a shrug; a line that begins with // is sent with one slash"
    )]
    Help,
    #[error("there is no command /{0}; /help lists them, and // begins a line with a slash")]
    Unknown(String),
}

/// A path such as `/etc/hosts` is no command: its word does not end where a
/// command's does.
pub fn parse(typed: &str) -> Result<Typed, CommandError> {
    let said = |text: &str| Typed {
        kind: MessageKind::Said,
        text: text.to_owned(),
    };
    let Some(rest) = typed.trim_start().strip_prefix('/') else {
        return Ok(said(typed));
    };
    if rest.starts_with('/') {
        return Ok(said(rest));
    }
    let word: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    if word.is_empty() || !word.chars().all(char::is_alphabetic) {
        return Ok(said(typed));
    }
    let words = rest[word.len()..].trim();
    match word.to_lowercase().as_str() {
        "me" if words.is_empty() => Err(CommandError::Help),
        "me" => Ok(Typed {
            kind: MessageKind::Action,
            text: words.to_owned(),
        }),
        "shrug" => Ok(said(format!("{words} {SHRUG}").trim_start())),
        "help" => Err(CommandError::Help),
        _ => Err(CommandError::Unknown(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Typed, CommandError> {
        Ok(Typed {
            kind: MessageKind::Said,
            text: text.into(),
        })
    }

    #[test]
    fn words_and_paths_are_sent_as_they_are() {
        for text in ["hello", "/etc/hosts", "/", "/ x", "1/2", "/2", "a /me b"] {
            assert_eq!(parse(text), said(text), "{text}");
        }
        assert_eq!(parse("//me waves"), said("/me waves"));
    }

    #[test]
    fn commands_say_what_they_mean() {
        let waves = Typed {
            kind: MessageKind::Action,
            text: "waves *twice*".into(),
        };
        assert_eq!(parse("/me waves *twice*"), Ok(waves.clone()));
        assert_eq!(parse("  /ME  waves *twice* "), Ok(waves));
        assert_eq!(parse("/shrug"), said(SHRUG));
        assert_eq!(
            parse("/shrug who knows"),
            said(&format!("who knows {SHRUG}"))
        );
    }

    #[test]
    fn a_typo_is_told_and_never_sent() {
        for typed in ["/mee waves", "/shurg", "/kick Bob"] {
            assert!(
                matches!(parse(typed), Err(CommandError::Unknown(_))),
                "{typed}"
            );
        }
        for typed in ["/help", "/me", "/me  "] {
            assert_eq!(parse(typed), Err(CommandError::Help), "{typed}");
        }
    }
}

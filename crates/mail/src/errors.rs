//! Why a mail was not taken, split by what the sender does next: try again, or
//! give up and tell somebody.

/// A reason quotes what the server said, which may hold a person's address:
/// show it to an organiser, keep it out of logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Back off and send the same mail again.
    #[error("the mail could not be handed over now ({reason}): it can be tried again")]
    Temporary { reason: String },
    /// Sending it again gives the same answer.
    #[error("the mail will never be taken ({reason}): check the address and tell the sender")]
    Permanent { reason: String },
}

impl MailError {
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    pub(crate) fn temporary(reason: impl ToString) -> Self {
        Self::Temporary {
            reason: reason.to_string(),
        }
    }

    pub(crate) fn permanent(reason: impl ToString) -> Self {
        Self::Permanent {
            reason: reason.to_string(),
        }
    }
}

/// Why the configured mail URL cannot be used. Never quotes the URL, which may
/// hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "the mail URL is not one: write smtps://user:password@host, smtp://user:password@host?tls=required or smtp://host"
    )]
    NotAMailUrl,
    #[error("`tls={0}` is not known in the mail URL: use required, opportunistic or none")]
    UnknownTls(String),
    #[error(
        "the mail URL has a user without a password or with one that is not UTF-8: percent-encode both"
    )]
    BadCredentials,
    #[error(
        "the mail URL would send its password in the clear: use smtps:// or add ?tls=required (or ?tls=none if the network is trusted)"
    )]
    PasswordInTheClear,
    #[error("TLS cannot be set up for the mail server: {0}")]
    Tls(String),
}

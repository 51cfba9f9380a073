//! Mail by SMTP or into a mailbox folder. Says for each failure whether to try
//! again; when to, and what a mail says, are left to the caller.

mod addresses;
mod errors;
mod folders;
mod mails;
mod relays;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

pub use lettre::message::Mailbox;

pub use crate::addresses::{NotAnAddress, parse_address};
pub use crate::errors::{MailError, SettingsError};
pub use crate::folders::{Folder, StoredMail};
pub use crate::mails::{Attachment, AutoSubmitted, Mail};
pub use crate::relays::Relay;

/// The way mail leaves; clones share connections.
#[derive(Clone)]
pub enum Mailer {
    Smtp { relay: Arc<Relay>, from: Mailbox },
    Folder { folder: Folder, from: Mailbox },
}

impl Mailer {
    /// SMTP when there is a `url` (see [`Relay::from_url`]), else the folder.
    /// `from` is whom every mail comes from: `Name <address>` parses to one.
    pub fn from_url(
        url: Option<&str>,
        folder: PathBuf,
        from: Mailbox,
    ) -> Result<Self, SettingsError> {
        Ok(match url {
            Some(url) => Self::Smtp {
                relay: Arc::new(Relay::from_url(url)?),
                from,
            },
            None => Self::Folder {
                folder: Folder::at(folder),
                from,
            },
        })
    }

    /// Returns once the server or the disk has the mail. Sending the same mail
    /// again is harmless: it keeps its Message-ID and its file.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            Self::Smtp { relay, from } => {
                let message = mail.compose(from)?;
                relay.send(message.envelope(), &message.formatted()).await
            }
            Self::Folder { folder, from } => {
                let message = mail.compose(from)?;
                folder
                    .store(mail.sent_at_ms, &mail.message_id, &message.formatted())
                    .await
            }
        }
    }

    /// Whether mail could leave now, without sending any: connects, greets and
    /// signs in, or writes to the folder. At most ten seconds.
    pub async fn check(&self) -> Result<(), MailError> {
        match self {
            Self::Smtp { relay, .. } => relay.check().await,
            Self::Folder { folder, .. } => folder.check().await,
        }
    }

    /// The mailbox folder, where mail is read instead of delivered.
    pub fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Smtp { .. } => None,
            Self::Folder { folder, .. } => Some(folder),
        }
    }
}

/// Where mail goes, for logs and `doctor`; never credentials.
impl std::fmt::Display for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp { relay, .. } => relay.fmt(f),
            Self::Folder { folder, .. } => write!(f, "mailbox folder {}", folder.path().display()),
        }
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({self})")
    }
}

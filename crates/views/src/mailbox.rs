//! The demo's mailbox page: what would have been mailed, to be read here.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "mailbox/mailbox.html")]
pub struct MailboxPage {
    pub shell: Shell,
    /// Latest first.
    pub mails: Vec<MailRow>,
}

#[derive(Clone, Debug)]
pub struct MailRow {
    pub to: String,
    pub subject: String,
    pub sent_at: Timestamp,
    /// The plain text part.
    pub text: String,
    /// The first link of ours in the text, as a path to follow.
    pub link: Option<String>,
}

impl MailboxPage {
    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::mailbox()).shell,
            mails: vec![MailRow {
                to: "ada@example.org".into(),
                subject: "Your link to Hallway".into(),
                sent_at: samples::now(),
                text: "Hello,\n\nthis link signs you in:\nhttp://localhost:8080/account/sign-in/confirm?token=abc\n".into(),
                link: Some(routes::sign_in_link("abc")),
            }],
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            mails: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            mails: vec![MailRow {
                to: samples::HOSTILE.into(),
                subject: samples::HOSTILE.into(),
                sent_at: samples::now(),
                text: samples::HOSTILE.into(),
                link: None,
            }],
            ..Self::sample()
        }
    }
}

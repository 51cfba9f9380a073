//! The page that a mail's own link leads to, for whoever wants no more of them.

use askama::Template;
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::mail_off`, whose button posts `token` to the same address;
/// and what the post answers.
#[derive(Template)]
#[template(path = "account/mail_off.html")]
pub struct MailOffPage {
    pub shell: Shell,
    pub token: String,
    /// It is off now.
    pub ended: bool,
}

impl MailOffPage {
    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::mail_off("abc")).shell,
            token: "abc".into(),
            ended: false,
        }
    }

    pub fn sample_ended() -> Self {
        Self {
            ended: true,
            ..Self::sample()
        }
    }
}

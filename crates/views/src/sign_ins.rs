//! Signing in by a mailed link: ask for it, be told to look, confirm.

use askama::Template;
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::samples;
use crate::shell::Shell;

/// `GET` and `POST` of `routes::sign_in`. Fields: `email`, `next`.
#[derive(Template)]
#[template(path = "sign_ins/sign_in.html")]
pub struct SignInPage {
    pub shell: Shell,
    /// Path to come back to.
    pub next: String,
    pub email: Field,
    /// The address a link may be on its way to; the page says the same whether
    /// or not it is known.
    pub sent: Option<String>,
}

/// `GET` of `routes::sign_in_confirm` shows the button; the `POST` (field
/// `token`) signs in. A mail scanner that follows the link consumes nothing.
#[derive(Template)]
#[template(path = "sign_ins/confirm.html")]
pub struct ConfirmPage {
    pub shell: Shell,
    pub state: ConfirmState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmState {
    Ready {
        token: String,
        /// The link also confirms a registration for the event of this title.
        event: Option<String>,
    },
    /// Used, expired, or never ours: all look the same.
    Spent,
}

impl SignInPage {
    fn errors(&self) -> Summary {
        Summary::of(self.shell.lang, &[("email", "sign-ins-email", &self.email)])
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::sign_in()).shell,
            next: "/summit-2026/".into(),
            email: Field::default(),
            sent: None,
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            next: samples::HOSTILE.into(),
            email: Field::wrong(samples::HOSTILE, FieldError::NotAnEmail),
            ..Self::sample()
        }
    }
    pub fn sample_sent() -> Self {
        Self {
            sent: Some("ada@example.org".into()),
            ..Self::sample()
        }
    }
}

impl ConfirmPage {
    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::sign_in_confirm()).shell,
            state: ConfirmState::Ready {
                token: "dG9rZW4".into(),
                event: Some(samples::TITLE.into()),
            },
        }
    }
    pub fn sample_spent() -> Self {
        Self {
            state: ConfirmState::Spent,
            ..Self::sample()
        }
    }
}

//! Registering for an event: one form, then a mail.

use askama::Template;
use hallway_model::time::{Day, Zone};
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::markup::TrustedHtml;
use crate::samples;
use crate::shell::Shell;

/// `GET` and refused `POST` of `routes::register`. Fields of the form: `key`,
/// `name`, `email` (both left out for a signed-in person), `conduct` (`yes`).
#[derive(Template)]
#[template(path = "registrations/register.html")]
pub struct RegisterPage {
    pub shell: Shell,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    pub state: RegisterState,
    pub code_of_conduct: Option<TrustedHtml>,
    pub key: String,
    pub name: Field,
    pub email: Field,
    pub conduct: Field,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterState {
    Open,
    Closed,
    /// The signed-in person is registered; says what waits for them.
    Registered,
    /// The same for known and unknown addresses: a mail is on its way.
    MailSent {
        email: String,
    },
}

impl RegisterPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("name", "registrations-name", &self.name),
                ("email", "registrations-email", &self.email),
                ("conduct", "events-conduct", &self.conduct),
            ],
        )
    }
    fn conduct_error(&self) -> Option<String> {
        Some(self.conduct.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::register(samples::SLUG)).shell,
            title: samples::TITLE.into(),
            first_day: samples::day(0),
            last_day: samples::day(1),
            zone: samples::zone(),
            state: RegisterState::Open,
            code_of_conduct: Some(TrustedHtml::sanitised("<p>Be kind.</p>".into())),
            key: samples::KEY.into(),
            name: Field::default(),
            email: Field::default(),
            conduct: Field::default(),
        }
    }

    /// Every field refused, with what was entered kept.
    pub fn sample_refused() -> Self {
        Self {
            name: Field::wrong("", FieldError::Missing),
            email: Field::wrong(samples::HOSTILE, FieldError::NotAnEmail),
            conduct: Field::wrong("", FieldError::Unticked),
            ..Self::sample()
        }
    }

    pub fn sample_sent() -> Self {
        Self {
            state: RegisterState::MailSent {
                email: "ada@example.org".into(),
            },
            ..Self::sample()
        }
    }

    pub fn sample_registered() -> Self {
        Self {
            shell: samples::event_shell(&routes::register(samples::SLUG))
                .signed_in()
                .shell,
            state: RegisterState::Registered,
            ..Self::sample()
        }
    }

    pub fn sample_signed_in() -> Self {
        Self {
            shell: samples::event_shell(&routes::register(samples::SLUG))
                .signed_in()
                .shell,
            ..Self::sample()
        }
    }

    pub fn sample_closed() -> Self {
        Self {
            state: RegisterState::Closed,
            ..Self::sample()
        }
    }
}

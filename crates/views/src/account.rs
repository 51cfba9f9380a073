//! One's own account: profile, events, signed-in browsers, and the way out.

use askama::Template;
use hallway_model::digests::Pace;
use hallway_model::time::{Day, Timestamp, Zone};
use hallway_protocol::routes;
use serde_json::json;

use crate::forms::{Field, FieldError, Summary};
use crate::markup::props;
use crate::samples;
use crate::shell::Shell;
use crate::texts::Lang;

/// Forms: profile to `routes::account_profile` (`key`, `name`, `pronouns`,
/// `zone`, `lang`), sign-out to `routes::sign_out` (`sign_in` = an id to end
/// that browser, `everywhere` = `yes` to end all; neither: this one).
#[derive(Template)]
#[template(path = "account/account.html")]
pub struct AccountPage {
    pub shell: Shell,
    pub email: String,
    pub key: String,
    pub name: Field,
    pub pronouns: Field,
    pub zone: Field,
    pub lang: Field,
    pub telling: Telling,
    pub events: Vec<MyEvent>,
    /// Latest first.
    pub sign_ins: Vec<SignInRow>,
}

/// How the person is told of what concerns them. Forms: to
/// `routes::account_telling` (`key`, `quiet_begins`, `quiet_ends`; or `key` and
/// `mails`; or `key` and `off` = `yes`).
#[derive(Clone, Debug)]
pub struct Telling {
    /// What a browser subscribes with; none where this site reaches no push service.
    pub key: Option<String>,
    /// Browsers that are told,
    pub browsers: i64,
    /// and whether this one is among them.
    pub here: bool,
    pub quiet_begins: Field,
    pub quiet_ends: Field,
    /// How often they get mail.
    pub mails: Pace,
}

#[derive(Clone, Debug)]
pub struct MyEvent {
    pub slug: String,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    pub organises: bool,
}

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct SignInRow {
    pub id: String,
    /// What the browser calls itself, in short; empty where unknown.
    pub browser: String,
    pub since: Timestamp,
    pub seen: Timestamp,
    pub is_this: bool,
}

/// `GET` and `POST` of `routes::account_delete`. Fields: `key`, `sure` (`yes`).
#[derive(Template)]
#[template(path = "account/delete.html")]
pub struct DeletePage {
    pub shell: Shell,
    pub key: String,
    pub messages: usize,
    pub registrations: usize,
    pub sure: Field,
}

impl AccountPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("name", "account-name", &self.name),
                ("pronouns", "account-pronouns", &self.pronouns),
                ("profile-zone", "account-zone", &self.zone),
                (
                    "quiet_begins",
                    "account-quiet-begins",
                    &self.telling.quiet_begins,
                ),
            ],
        )
    }
    fn zone_error(&self) -> Option<String> {
        Some(self.zone.error.as_ref()?.text(self.shell.lang))
    }
    fn push_props(&self) -> String {
        props(&json!({
            "key": self.telling.key,
            "here": self.telling.here,
            "lang": self.shell.lang.code(),
            "texts": {
                "on": self.shell.t("account-push-on"),
                "off": self.shell.t("account-push-off"),
                "refused": self.shell.t("account-push-refused"),
                "unable": self.shell.t("account-push-unable"),
                "failed": self.shell.t("account-push-failed"),
            },
        }))
    }
    /// Each pace with its text and whether it is the reader's.
    fn paces(&self) -> Vec<(&'static str, String, bool)> {
        Pace::ALL
            .into_iter()
            .map(|pace| {
                let text = match pace {
                    Pace::Off => self.shell.t("account-mails-off"),
                    Pace::Daily => self.shell.t("account-mails-daily"),
                    Pace::Soon => self.shell.t("account-mails-soon"),
                };
                (pace.word(), text, pace == self.telling.mails)
            })
            .collect()
    }
    fn langs(&self) -> [Lang; 2] {
        Lang::ALL
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::account()).signed_in().shell,
            email: "ada@example.org".into(),
            key: samples::KEY.into(),
            name: Field::of("Ada Brandt"),
            pronouns: Field::of("she/her"),
            zone: Field::of("Europe/Berlin"),
            lang: Field::of("en"),
            telling: Telling {
                key: Some("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg".into()),
                browsers: 2,
                here: true,
                quiet_begins: Field::of("22:00"),
                quiet_ends: Field::of("07:00"),
                mails: Pace::Daily,
            },
            events: vec![MyEvent {
                slug: samples::SLUG.into(),
                title: samples::TITLE.into(),
                first_day: samples::day(0),
                last_day: samples::day(1),
                zone: samples::zone(),
                organises: true,
            }],
            sign_ins: vec![
                SignInRow {
                    id: samples::KEY.into(),
                    browser: "Firefox on Linux".into(),
                    since: samples::at(-2, 8, 12),
                    seen: samples::now(),
                    is_this: true,
                },
                SignInRow {
                    id: samples::KEY.into(),
                    browser: String::new(),
                    since: samples::at(-9, 18, 40),
                    seen: samples::at(-1, 22, 5),
                    is_this: false,
                },
            ],
        }
    }

    pub fn sample_refused() -> Self {
        Self {
            name: Field::wrong("", FieldError::Missing),
            pronouns: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: 40 }),
            zone: Field::wrong("Mars/Base", FieldError::NotAZone),
            telling: Telling {
                key: None,
                browsers: 0,
                here: false,
                quiet_begins: Field::wrong("x", FieldError::NotHours),
                quiet_ends: Field::default(),
                mails: Pace::Off,
            },
            events: vec![],
            ..Self::sample()
        }
    }
}

impl DeletePage {
    fn errors(&self) -> Summary {
        Summary::of(self.shell.lang, &[("sure", "account-delete", &self.sure)])
    }
    fn sure_error(&self) -> Option<String> {
        Some(self.sure.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::account_delete()).signed_in().shell,
            key: samples::KEY.into(),
            messages: 14,
            registrations: 2,
            sure: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            sure: Field::wrong("", FieldError::Unticked),
            ..Self::sample()
        }
    }
}

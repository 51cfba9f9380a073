//! Mails: each a subject, a text part and an HTML part of the same words.

mod conduct;
mod digest;

use askama::Template;
use hallway_model::time::{Day, Zone};

use crate::samples;
use crate::texts::Lang;

pub use conduct::{ConductMail, News};
pub use digest::{DigestMail, Line, Place};

/// A mail ready for the mailer; addresses and attachments are its sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The link that signs a person in once.
#[derive(Clone, Debug)]
pub struct SignInMail {
    pub lang: Lang,
    pub community: String,
    /// Absolute.
    pub link: String,
    pub minutes: i64,
}

/// A registration is asked for, and the link confirms it; the .ics travels
/// beside it.
#[derive(Clone, Debug)]
pub struct RegistrationMail {
    pub lang: Lang,
    pub name: String,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    /// Absolute; signs in and confirms.
    pub link: String,
    pub minutes: i64,
    /// Absolute address of the event's page.
    pub event_url: String,
}

/// Every mail is a greeting, paragraphs, one button and a foot.
#[derive(Template)]
#[template(path = "mails/mail.html")]
struct Html<'a> {
    lang: Lang,
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mails/mail.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

struct Letter {
    subject: String,
    greeting: String,
    paragraphs: Vec<String>,
    button: String,
    link: String,
    after: Vec<String>,
}

impl Letter {
    fn mail(mut self, lang: Lang) -> Mail {
        // A line break in a title must not become a header (RFC 5322 §2.2).
        self.subject = self.subject.replace(|c: char| c.is_control(), " ");
        let html = Html {
            lang,
            letter: &self,
        }
        .render()
        .unwrap_or_default();
        let text = Text { letter: &self }.render().unwrap_or_default();
        Mail {
            subject: self.subject,
            text,
            html,
        }
    }
}

impl SignInMail {
    pub fn mail(&self) -> Mail {
        let lang = self.lang;
        Letter {
            subject: lang.t1(
                "mails-sign-in-subject",
                "community",
                self.community.as_str(),
            ),
            greeting: lang.t("mails-hello"),
            paragraphs: vec![lang.t("mails-sign-in-why")],
            button: lang.t("mails-sign-in-button"),
            link: self.link.clone(),
            after: vec![
                lang.t1("mails-link-once", "minutes", self.minutes),
                lang.t("mails-not-you"),
            ],
        }
        .mail(lang)
    }

    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            community: "Cloud Native Friends".into(),
            link: "https://summit.example.org/account/sign-in/confirm?token=abc".into(),
            minutes: 15,
        }
    }
}

impl RegistrationMail {
    pub fn mail(&self) -> Mail {
        let lang = self.lang;
        let days = lang.days(self.first_day, self.last_day);
        Letter {
            subject: lang.t1("mails-registration-subject", "title", self.title.as_str()),
            greeting: lang.t1("mails-hello-name", "name", self.name.as_str()),
            paragraphs: vec![
                lang.t2(
                    "mails-registration-why",
                    "title",
                    self.title.as_str(),
                    "days",
                    lang.t2("mails-days-zone", "days", days, "zone", self.zone.name()),
                ),
                lang.t("mails-registration-calendar"),
            ],
            button: lang.t("mails-registration-button"),
            link: self.link.clone(),
            after: vec![
                lang.t1("mails-link-once", "minutes", self.minutes),
                lang.t1("mails-registration-page", "url", self.event_url.as_str()),
                lang.t("mails-not-you"),
            ],
        }
        .mail(lang)
    }

    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            name: "Ada Brandt".into(),
            title: samples::TITLE.into(),
            first_day: samples::day(0),
            last_day: samples::day(1),
            zone: samples::zone(),
            link: "https://summit.example.org/account/sign-in/confirm?token=abc".into(),
            minutes: 15,
            event_url: "https://summit.example.org/summit-2026/".into(),
        }
    }
    pub fn sample_hostile(lang: Lang) -> Self {
        Self {
            name: samples::HOSTILE.into(),
            title: samples::HOSTILE.into(),
            ..Self::sample(lang)
        }
    }
}

/// Somebody asked for a link with an address nobody here has. Only the
/// mailbox learns it.
#[derive(Clone, Debug)]
pub struct NoAccountMail {
    pub lang: Lang,
    pub community: String,
    /// Absolute address of the community's page.
    pub home: String,
}

impl NoAccountMail {
    pub fn mail(&self) -> Mail {
        let lang = self.lang;
        Letter {
            subject: lang.t1(
                "mails-no-account-subject",
                "community",
                self.community.as_str(),
            ),
            greeting: lang.t("mails-hello"),
            paragraphs: vec![lang.t("mails-no-account-why")],
            button: lang.t("mails-no-account-button"),
            link: self.home.clone(),
            after: vec![lang.t("mails-not-you")],
        }
        .mail(lang)
    }

    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            community: "Cloud Native Friends".into(),
            home: "https://summit.example.org/".into(),
        }
    }
}

/// A registration of somebody who was signed in already; the .ics travels
/// beside it.
#[derive(Clone, Debug)]
pub struct RegisteredMail {
    pub lang: Lang,
    pub name: String,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    /// Absolute.
    pub event_url: String,
}

impl RegisteredMail {
    pub fn mail(&self) -> Mail {
        let lang = self.lang;
        let days = lang.days(self.first_day, self.last_day);
        Letter {
            subject: lang.t1("mails-registered-subject", "title", self.title.as_str()),
            greeting: lang.t1("mails-hello-name", "name", self.name.as_str()),
            paragraphs: vec![
                lang.t2(
                    "mails-registered-why",
                    "title",
                    self.title.as_str(),
                    "days",
                    lang.t2("mails-days-zone", "days", days, "zone", self.zone.name()),
                ),
                lang.t("mails-registration-calendar"),
            ],
            button: lang.t("mails-registered-button"),
            link: self.event_url.clone(),
            after: vec![],
        }
        .mail(lang)
    }

    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            name: "Ada Brandt".into(),
            title: samples::TITLE.into(),
            first_day: samples::day(0),
            last_day: samples::day(1),
            zone: samples::zone(),
            event_url: "https://summit.example.org/summit-2026/".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_its_link_alone_on_a_line_of_the_text() {
        for lang in Lang::ALL {
            let mail = SignInMail::sample(lang).mail();
            assert!(
                mail.text
                    .lines()
                    .any(|line| line == SignInMail::sample(lang).link)
            );
            assert!(mail.html.contains(&SignInMail::sample(lang).link));
            for mail in [
                NoAccountMail::sample(lang).mail(),
                RegisteredMail::sample(lang).mail(),
            ] {
                assert!(!mail.text.contains("mails-"), "{}", mail.text);
                assert!(mail.text.contains("https://summit.example.org/"));
            }
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_the_html_nor_add_a_header() {
        let mut mail = RegistrationMail::sample_hostile(Lang::En);
        mail.title = "Summit\r\nBcc: all@example.org".into();
        let mail = mail.mail();
        assert!(!mail.html.contains("<script"));
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    }
}

//! The mail to somebody who was called while they were away.

use askama::Template;
use hallway_model::time::{Timestamp, Zone};

use super::Mail;
use crate::samples;
use crate::texts::Lang;

/// What called somebody, place by place.
#[derive(Clone, Debug)]
pub struct DigestMail {
    pub lang: Lang,
    pub name: String,
    /// The reader's, or the event's.
    pub zone: Zone,
    pub places: Vec<Place>,
    /// Messages that are told; there may be more.
    pub count: usize,
    /// Whether there are more than these.
    pub more: bool,
    /// Absolute addresses: where the choice is made, and where one press ends it.
    pub settings: String,
    pub unsubscribe: String,
}

/// A channel, a thread in it, or a conversation.
#[derive(Clone, Debug)]
pub struct Place {
    pub channel: String,
    pub event: String,
    /// A conversation between a few: it has no name of its own.
    pub direct: bool,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub author: String,
    pub sent: Timestamp,
    /// What was said, in short; none of what few say among themselves.
    pub words: Option<String>,
    /// Absolute.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mails/digest.html")]
struct Html<'a> {
    lang: Lang,
    mail: &'a DigestMail,
    subject: &'a str,
}

#[derive(Template)]
#[template(path = "mails/digest.txt")]
struct Text<'a> {
    lang: Lang,
    mail: &'a DigestMail,
}

impl DigestMail {
    pub fn mail(&self) -> Mail {
        let subject = self.subject().replace(|c: char| c.is_control(), " ");
        let html = Html {
            lang: self.lang,
            mail: self,
            subject: &subject,
        }
        .render()
        .unwrap_or_default();
        let text = Text {
            lang: self.lang,
            mail: self,
        }
        .render()
        .unwrap_or_default();
        Mail {
            subject,
            text,
            html,
        }
    }

    /// Who and where, of one; how many, of several. Never words: a subject is
    /// shown on locked screens.
    fn subject(&self) -> String {
        let lang = self.lang;
        match &self.places[..] {
            [place] if place.lines.len() == 1 => {
                let author = place.lines[0].author.as_str();
                if place.direct {
                    lang.t1("mails-digest-direct", "name", author)
                } else {
                    let channel = place.channel.as_str();
                    lang.t2("mails-digest-one", "name", author, "channel", channel)
                }
            }
            _ => lang.tn("mails-digest-many", self.count),
        }
    }

    fn hello(&self) -> String {
        self.lang.t1("mails-hello-name", "name", self.name.as_str())
    }
    fn heading(&self, place: &Place) -> String {
        match place.direct {
            true => self
                .lang
                .t1("mails-digest-conversation", "event", place.event.as_str()),
            // The event's own channel is called as the event is.
            false if place.channel == place.event => place.event.clone(),
            false => format!("{} · {}", place.channel, place.event),
        }
    }
    fn when(&self, line: &Line) -> String {
        let day = self.lang.date(line.sent.day(&self.zone));
        format!("{day}, {}", self.lang.clock(line.sent, &self.zone))
    }

    pub fn sample(lang: Lang) -> Self {
        let line = |author: &str, words: Option<&str>| Line {
            author: author.into(),
            sent: samples::now(),
            words: words.map(str::to_owned),
            link: "https://summit.example.org/summit-2026/chat/lobby?at=7#m7".into(),
        };
        let event = || samples::TITLE.to_owned();
        Self {
            lang,
            name: "Ada Brandt".into(),
            zone: samples::zone(),
            places: vec![
                Place {
                    channel: "Lobby".into(),
                    event: event(),
                    direct: false,
                    lines: vec![
                        line("Ruben Castillo", Some("@Ada Brandt, where are the slides?")),
                        line("Marit Solheim", Some("I would like them, too.")),
                    ],
                },
                Place {
                    channel: String::new(),
                    event: event(),
                    direct: true,
                    lines: vec![line("Marit Solheim", None)],
                },
            ],
            count: 3,
            more: true,
            settings: "https://summit.example.org/account/".into(),
            unsubscribe: "https://summit.example.org/account/mail-off?token=abc".into(),
        }
    }

    pub fn sample_hostile(lang: Lang) -> Self {
        let mut mail = Self::sample(lang);
        mail.name = samples::HOSTILE.into();
        let line = Line {
            author: format!("Eve\r\nBcc: all@example.org {}", samples::HOSTILE),
            words: Some(samples::HOSTILE.into()),
            ..mail.places[0].lines[0].clone()
        };
        mail.places = vec![Place {
            channel: samples::HOSTILE.into(),
            event: samples::HOSTILE.into(),
            direct: false,
            lines: vec![line],
        }];
        mail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_say_who_where_and_how_to_end_it() {
        for lang in Lang::ALL {
            let sample = DigestMail::sample(lang);
            let mail = sample.mail();
            for part in [&mail.text, &mail.html] {
                for told in ["Ruben Castillo", "Marit Solheim", "Lobby", "slides"] {
                    assert!(part.contains(told), "{told}: {part}");
                }
                assert!(part.contains(&sample.settings), "{part}");
                assert!(part.contains("mail-off?token=abc"), "{part}");
                assert!(!part.contains("mails-") && !part.contains('⟦'), "{part}");
            }
            assert!(mail.text.lines().any(|line| line == sample.unsubscribe));
        }
    }

    #[test]
    fn no_words_stand_in_the_subject_and_nothing_breaks_out() {
        let mail = DigestMail::sample_hostile(Lang::En).mail();
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
        let mut one = DigestMail::sample(Lang::En);
        one.places.truncate(1);
        one.places[0].lines.truncate(1);
        let subject = one.mail().subject;
        assert!(
            subject.contains("Ruben") && !subject.contains("slides"),
            "{subject}"
        );
    }
}

//! The mail about conduct: what was decided about somebody, and what became of
//! what they reported.

use hallway_model::reports::Outcome;
use hallway_model::sanctions::SanctionKind;
use hallway_model::time::{Timestamp, Zone};

use super::{Letter, Mail};
use crate::samples;
use crate::texts::Lang;

/// What became of a report, or was decided about somebody's conduct.
#[derive(Clone, Debug)]
pub struct ConductMail {
    pub lang: Lang,
    pub name: String,
    pub title: String,
    /// The reader's, or the event's.
    pub zone: Zone,
    pub news: News,
    /// Absolute address of the page that says the same, with the way to appeal.
    pub link: String,
}

#[derive(Clone, Debug)]
pub enum News {
    Decided {
        kind: SanctionKind,
        /// Where it holds; none for the whole event.
        channel: Option<String>,
        until: Option<Timestamp>,
        reason: String,
    },
    Lifted {
        kind: SanctionKind,
    },
    AppealEnded {
        granted: bool,
        answer: String,
    },
    ReportEnded {
        outcome: Outcome,
        answer: String,
    },
}

impl ConductMail {
    pub fn mail(&self) -> Mail {
        let lang = self.lang;
        let title = self.title.as_str();
        let decided = |kind: SanctionKind| lang.t(&format!("conduct-decided-{}", kind.word()));
        let (subject, paragraphs, appeal) = match &self.news {
            News::Decided {
                kind,
                channel,
                until,
                reason,
            } => {
                let mut paragraphs = vec![decided(*kind)];
                if let Some(channel) = channel {
                    paragraphs.push(lang.t1("conduct-in-channel", "channel", channel.as_str()));
                }
                if kind.lasts() {
                    paragraphs.push(match until {
                        Some(until) => {
                            let day = lang.date(until.day(&self.zone));
                            let clock = lang.clock(*until, &self.zone);
                            let when = format!("{day}, {clock} ({})", self.zone.name());
                            lang.t1("conduct-until", "time", when)
                        }
                        None => lang.t("conduct-no-end"),
                    });
                }
                paragraphs.push(lang.t1("conduct-because", "reason", reason.as_str()));
                let subject = lang.t1("mails-conduct-decided", "title", title);
                (subject, paragraphs, true)
            }
            News::Lifted { kind } => {
                let lifted = lang.t(&format!("conduct-lifted-{}", kind.word()));
                let subject = lang.t1("mails-conduct-lifted", "title", title);
                (subject, vec![lifted], false)
            }
            News::AppealEnded { granted, answer } => {
                let ended = if *granted {
                    lang.t("conduct-appeal-granted")
                } else {
                    lang.t("conduct-appeal-refused")
                };
                let answer = lang.t1("conduct-answer", "answer", answer.as_str());
                let subject = lang.t1("mails-conduct-appeal", "title", title);
                (subject, vec![ended, answer], false)
            }
            News::ReportEnded { outcome, answer } => {
                let ended = lang.t(&format!("conduct-outcome-{}", outcome.word()));
                let answer = lang.t1("conduct-answer", "answer", answer.as_str());
                let subject = lang.t1("mails-conduct-report", "title", title);
                let thanks = lang.t("mails-conduct-thanks");
                (subject, vec![thanks, ended, answer], false)
            }
        };
        Letter {
            subject,
            greeting: lang.t1("mails-hello-name", "name", self.name.as_str()),
            paragraphs,
            button: lang.t("mails-conduct-button"),
            link: self.link.clone(),
            after: if appeal {
                vec![lang.t("mails-conduct-appeal-way")]
            } else {
                vec![]
            },
        }
        .mail(lang)
    }

    /// One mail for each thing that may be told.
    pub fn samples(lang: Lang) -> Vec<Self> {
        let hostile = || samples::HOSTILE.to_owned();
        let decided = |kind| News::Decided {
            kind,
            channel: (kind == SanctionKind::Mute).then(hostile),
            until: (kind == SanctionKind::Mute).then(samples::now),
            reason: hostile(),
        };
        let mut news: Vec<News> = SanctionKind::ALL.into_iter().map(decided).collect();
        let lasting = SanctionKind::ALL.into_iter().filter(|kind| kind.lasts());
        news.extend(lasting.map(|kind| News::Lifted { kind }));
        news.extend([true, false].map(|granted| News::AppealEnded {
            granted,
            answer: hostile(),
        }));
        news.extend(Outcome::ALL.map(|outcome| News::ReportEnded {
            outcome,
            answer: hostile(),
        }));
        news.into_iter()
            .map(|news| Self {
                lang,
                name: hostile(),
                title: hostile(),
                zone: samples::zone(),
                news,
                link: "https://summit.example.org/summit-2026/conduct/".into(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_news_is_told_in_both_languages_without_markup_of_others() {
        for lang in Lang::ALL {
            for sample in ConductMail::samples(lang) {
                let mail = sample.mail();
                let text = format!("{}{}{}", mail.subject, mail.text, mail.html);
                assert!(!text.contains('⟦'), "{text}");
                assert!(!mail.html.contains("<script"), "{}", mail.html);
                assert!(mail.text.lines().any(|line| line == sample.link));
            }
        }
    }
}

//! The people who speak: all of them, and each with their sessions.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;
use serde_json::json;

use crate::markup::{JsonLd, TrustedHtml};
use crate::samples;
use crate::sessions::SessionRow;
use crate::shell::{Shell, initials, palette};

#[derive(Template)]
#[template(path = "speakers/list.html")]
pub struct SpeakersPage {
    pub shell: Shell,
    /// By name.
    pub speakers: Vec<SpeakerEntry>,
}

#[derive(Clone, Debug)]
pub struct SpeakerEntry {
    pub code: String,
    pub name: String,
    /// Titles of their sessions.
    pub titles: Vec<String>,
}

#[derive(Template)]
#[template(path = "speakers/speaker.html")]
pub struct SpeakerPage {
    pub shell: Shell,
    pub code: String,
    pub name: String,
    pub biography: TrustedHtml,
    pub sessions: Vec<SessionRow>,
    pub now: Timestamp,
}

impl SpeakerEntry {
    fn initials(&self) -> String {
        initials(&self.name)
    }
    fn palette(&self) -> u8 {
        palette(&self.name)
    }
}

impl SpeakersPage {
    pub fn sample() -> Self {
        let mut speakers: Vec<SpeakerEntry> = samples::rows()
            .iter()
            .flat_map(|row| {
                row.speakers
                    .iter()
                    .enumerate()
                    .map(|(n, name)| SpeakerEntry {
                        code: format!("S{n}{}", &row.code[2..]),
                        name: name.clone(),
                        titles: vec![row.title.clone()],
                    })
            })
            .collect();
        speakers.sort_by(|a, b| a.name.cmp(&b.name));
        speakers.dedup_by(|again, first| {
            let same = again.name == first.name;
            if same {
                first.titles.append(&mut again.titles);
            }
            same
        });
        Self {
            shell: samples::event_shell(&routes::speakers(samples::SLUG)).shell,
            speakers,
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            speakers: vec![],
            ..Self::sample()
        }
    }
}

impl SpeakerPage {
    fn initials(&self) -> String {
        initials(&self.name)
    }
    fn palette(&self) -> u8 {
        palette(&self.name)
    }

    fn json_ld(&self) -> JsonLd {
        JsonLd::new(&json!({
            "@context": "https://schema.org",
            "@type": "Person",
            "name": self.name,
            "url": self.shell.absolute(&routes::speaker(self.shell.slug(), &self.code)),
        }))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::speaker(samples::SLUG, "ADA123")).shell,
            code: "ADA123".into(),
            name: "Amara Okafor".into(),
            biography: TrustedHtml::sanitised(
                "<p>Amara keeps a regional library network running and writes about the parts nobody sees.</p>".into(),
            ),
            sessions: samples::rows().into_iter().take(2).collect(),
            now: samples::now(),
        }
    }

    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            name: samples::HOSTILE.into(),
            biography: TrustedHtml::default(),
            sessions: samples::hostile_rows(),
            ..Self::sample()
        }
    }
}

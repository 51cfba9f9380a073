//! How a session of the programme appears wherever sessions are listed.

use hallway_model::sessions::{Phase, SessionKind, SessionState, phase};
use hallway_model::time::{Day, Span, Timestamp};

use crate::texts::Lang;

#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    pub code: String,
    pub title: String,
    pub speakers: Vec<String>,
    /// None for a session without a slot.
    pub slot: Option<Slot>,
    /// None where no room is known yet.
    pub room: Option<Place>,
    pub track: Option<Track>,
    pub kind: SessionKind,
    /// BCP 47 tag as the programme gives it.
    pub language: Option<String>,
    pub state: SessionState,
    /// Whether its recording can be watched.
    pub recorded: bool,
}

/// When a session is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub start: Timestamp,
    pub length: Span,
    /// The programme day it belongs to.
    pub day: Day,
}

impl Slot {
    pub fn end(&self) -> Timestamp {
        self.start + self.length
    }
}

/// A room by its slug and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub slug: String,
    pub name: String,
}

/// A track with its colour class, 0 to 11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The value of the schedule's `track` filter.
    pub slug: String,
    pub name: String,
    pub palette: u8,
}

impl SessionRow {
    pub fn is_live(&self) -> bool {
        matches!(self.state, SessionState::Live { .. })
    }
    pub fn is_cancelled(&self) -> bool {
        matches!(self.state, SessionState::Cancelled)
    }
    pub fn is_now(&self, now: &Timestamp) -> bool {
        self.phase(*now) == Phase::Now
    }
    pub fn is_past(&self, now: &Timestamp) -> bool {
        self.slot.is_some() && self.phase(*now) == Phase::Past
    }
    fn phase(&self, now: Timestamp) -> Phase {
        match (self.slot, self.state) {
            (Some(slot), state) => phase(state, slot.start, slot.length, now),
            (None, SessionState::Live { .. }) => Phase::Now,
            (None, SessionState::Ended { .. }) => Phase::Past,
            (None, _) => Phase::Upcoming,
        }
    }
    /// Attribute for elements with the session's own words.
    pub fn lang(&self, page: &Lang) -> LangAttribute {
        LangAttribute::of(self.language.as_deref(), *page)
    }
    pub fn names(&self) -> String {
        self.speakers.join(", ")
    }
    /// What a row says after the title besides people and room; empty for a
    /// plain talk.
    pub fn kind_text(&self, lang: &Lang) -> Option<String> {
        (!matches!(self.kind, SessionKind::Talk | SessionKind::Other))
            .then(|| kind_text(*lang, self.kind))
    }
}

/// ` lang="de"`, or nothing where the language is unknown or is the page's.
/// Programmes name languages in any way; only what looks like a tag of BCP 47
/// is passed on.
pub struct LangAttribute(Option<String>);

impl LangAttribute {
    pub fn of(tag: Option<&str>, page: Lang) -> Self {
        let tag = tag.map(|tag| tag.replace('_', "-"));
        Self(tag.filter(|tag| {
            let mut parts = tag.split('-');
            let primary = parts.next().unwrap_or("");
            matches!(primary.len(), 2 | 3)
                && primary.bytes().all(|b| b.is_ascii_lowercase())
                && primary != page.code()
                && parts.all(|part| {
                    (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
                })
        }))
    }
}

impl std::fmt::Display for LangAttribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(tag) => write!(f, " lang=\"{tag}\""),
            None => Ok(()),
        }
    }
}
// Letters, digits and hyphens only.
impl askama::filters::HtmlSafe for LangAttribute {}

/// The word for a kind of session.
pub fn kind_text(lang: Lang, kind: SessionKind) -> String {
    lang.t(&format!("sessions-kind-{}", kind.word().replace('_', "-")))
}

/// The name of a language tag in the reader's language, where we have one.
pub fn language_text(lang: Lang, tag: &str) -> String {
    let primary = tag.split(['-', '_']).next().unwrap_or(tag).to_lowercase();
    match primary.as_str() {
        "ar" | "cs" | "da" | "de" | "en" | "es" | "fi" | "fr" | "he" | "hi" | "id" | "it"
        | "ja" | "ko" | "nl" | "no" | "pl" | "pt" | "ru" | "sv" | "tr" | "uk" | "zh" => {
            lang.t(&format!("sessions-language-{primary}"))
        }
        _ => tag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_foreign_language_tags_become_attributes() {
        let attribute = |tag| LangAttribute::of(Some(tag), Lang::En).to_string();
        assert_eq!(attribute("de"), " lang=\"de\"");
        assert_eq!(attribute("pt_BR"), " lang=\"pt-BR\"");
        for other in ["en", "en-GB", "German", "\"><script>", "", "d"] {
            assert_eq!(attribute(other), "", "{other}");
        }
    }
}

//! What every page has around its content: who reads it, in which language,
//! zone and theme, at which event, and what just happened.

use hallway_model::ids::PersonId;
use hallway_model::time::{Day, Span, Timestamp, Zone};
use hallway_protocol::routes;

use crate::forms::{Field, Input};
use crate::texts::Lang;
use crate::times::{COMMON_ZONES, Moment};

#[derive(Clone, Debug)]
pub struct Shell {
    pub lang: Lang,
    /// Path and query of this page: where the preferences form comes back to.
    pub path: String,
    /// None for a visitor.
    pub person: Option<PersonBadge>,
    /// The event the page belongs to.
    pub event: Option<EventBadge>,
    /// Unread messages in the event's chat, on the pages that know.
    pub unread: i64,
    /// What the last form did.
    pub notice: Option<Notice>,
    pub assets: Assets,
    /// Scheme and host of the site without a slash at the end.
    pub base_url: String,
    /// Whether this is the demo: says so, and links its mailbox.
    pub demo: bool,
    pub theme: Theme,
    /// The zone times are shown in.
    pub zone: Zone,
}

/// The signed-in person as the header shows them.
#[derive(Clone, Debug)]
pub struct PersonBadge {
    pub id: PersonId,
    pub name: String,
    /// May create events on this installation.
    pub creates_events: bool,
}

#[derive(Clone, Debug)]
pub struct EventBadge {
    pub slug: String,
    pub title: String,
    pub zone: Zone,
    /// Whether the reader may open the organisers' desks.
    pub organises: bool,
    /// Whether the reader looks after the chat.
    pub moderates: bool,
    /// Whether the reader may report something.
    pub reports: bool,
    /// Whether the reader may see people's cards.
    pub sees_people: bool,
}

/// Addresses of the built front end, from Vite's manifest.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    pub css: String,
    /// Beside it, on the pages of those who run an event.
    pub backstage_css: String,
    pub entry_js: String,
    /// None where the reader saves data: the system's font is used.
    pub font: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The value in the preferences form, the cookie and `data-theme`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

/// What the page before this one did, told once on top. Carried in the query
/// as `?done=WORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Saved,
    SignedIn,
    SignedOut,
    SignedOutEverywhere,
    Registered,
    EventCreated,
    SessionStarted,
    SessionEnded,
    TakeoverAllowed,
    AccountDeleted,
    MessageSent,
    ExportBegun,
    MessageEdited,
    MessageRemoved,
    MessagePinned,
    MessageUnpinned,
    Reported,
    Decided,
    Appealed,
    MessageHeld,
    Calmed,
    CalmedHere,
    CalmEnded,
    Revoked,
    BotMade,
    TestSent,
}

impl Notice {
    pub const ALL: [Notice; 26] = [
        Self::Saved,
        Self::SignedIn,
        Self::SignedOut,
        Self::SignedOutEverywhere,
        Self::Registered,
        Self::EventCreated,
        Self::SessionStarted,
        Self::SessionEnded,
        Self::TakeoverAllowed,
        Self::AccountDeleted,
        Self::MessageSent,
        Self::ExportBegun,
        Self::MessageEdited,
        Self::MessageRemoved,
        Self::MessagePinned,
        Self::MessageUnpinned,
        Self::Reported,
        Self::Decided,
        Self::Appealed,
        Self::MessageHeld,
        Self::Calmed,
        Self::CalmedHere,
        Self::CalmEnded,
        Self::Revoked,
        Self::BotMade,
        Self::TestSent,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::SignedOutEverywhere => "signed-out-everywhere",
            Self::Registered => "registered",
            Self::EventCreated => "event-created",
            Self::SessionStarted => "session-started",
            Self::SessionEnded => "session-ended",
            Self::TakeoverAllowed => "takeover-allowed",
            Self::AccountDeleted => "account-deleted",
            Self::MessageSent => "message-sent",
            Self::ExportBegun => "export-begun",
            Self::MessageEdited => "message-edited",
            Self::MessageRemoved => "message-removed",
            Self::MessagePinned => "message-pinned",
            Self::MessageUnpinned => "message-unpinned",
            Self::Reported => "reported",
            Self::Decided => "decided",
            Self::Appealed => "appealed",
            Self::MessageHeld => "message-held",
            Self::Calmed => "calmed",
            Self::CalmedHere => "calmed-here",
            Self::CalmEnded => "calm-ended",
            Self::Revoked => "revoked",
            Self::BotMade => "bot-made",
            Self::TestSent => "test-sent",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.word() == word)
    }
}

impl Shell {
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
    pub fn tn(&self, key: &str, n: impl Plain<i64>) -> String {
        self.lang.tn(key, n.plain())
    }
    pub fn number(&self, n: impl Plain<i64>) -> String {
        self.lang.number(n.plain())
    }
    /// A text with one word or name in it.
    pub fn ts(&self, key: &str, name: &'static str, value: impl AsRef<str>) -> String {
        self.lang.t1(key, name, value.as_ref())
    }

    /// The time of an instant in the reader's zone.
    pub fn time(&self, at: impl Plain<Timestamp>) -> Moment {
        self.lang.time(at.plain(), &self.zone, None)
    }
    /// The same with a mark where it is not on `day` for the reader.
    pub fn time_on(&self, at: impl Plain<Timestamp>, day: impl Plain<Day>) -> Moment {
        self.lang.time(at.plain(), &self.zone, Some(day.plain()))
    }
    /// `14:05` without markup.
    pub fn clock(&self, at: impl Plain<Timestamp>) -> String {
        self.lang.clock(at.plain(), &self.zone)
    }
    pub fn date_time(&self, at: impl Plain<Timestamp>) -> Moment {
        self.lang.date_time(at.plain(), &self.zone)
    }
    pub fn days(&self, first: impl Plain<Day>, last: impl Plain<Day>) -> String {
        self.lang.days(first.plain(), last.plain())
    }
    pub fn day(&self, day: impl Plain<Day>) -> String {
        self.lang.day(day.plain())
    }
    pub fn length(&self, span: impl Plain<Span>) -> String {
        self.lang.length(span.plain())
    }

    /// A form field with its label (the text of key `label`).
    pub fn input(&self, name: &'static str, label: &str, field: &Field) -> Input {
        Input::new(self.lang, name, self.t(label), field)
    }

    /// Whether the reader's clock differs from the event's; only then pages
    /// tell whose time they show with emphasis.
    pub fn other_zone(&self) -> bool {
        self.event
            .as_ref()
            .is_some_and(|event| event.zone != self.zone)
    }

    /// Slug of the page's event; empty outside of events.
    pub fn slug(&self) -> &str {
        self.event.as_ref().map_or("", |event| &event.slug)
    }

    pub fn sign_in_url(&self) -> String {
        format!("{}?next={}", routes::sign_in(), routes::encode(&self.path))
    }

    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Canonical address: without the query.
    pub fn canonical(&self) -> String {
        self.absolute(self.path.split(['?', '#']).next().unwrap_or("/"))
    }

    /// The event's title, for page titles; the product's name outside of events.
    pub fn event_title(&self) -> &str {
        self.event.as_ref().map_or("Hallway", |event| &event.title)
    }

    pub(crate) fn notice_text(&self, notice: &Notice) -> String {
        self.t(&format!("shell-notice-{}", notice.word()))
    }

    pub(crate) fn theme_text(&self, theme: &Theme) -> String {
        self.t(&format!("shell-theme-{}", theme.word()))
    }

    /// Main parts of the event.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let Some(event) = &self.event else {
            return vec![];
        };
        let slug = &event.slug;
        let mut ways = vec![
            self.way("shell-event", routes::event(slug), Exact),
            self.way("shell-schedule", routes::schedule(slug), Section),
            self.way("shell-watch", routes::watch(slug), Section),
            Way {
                unread: self.unread,
                ..self.way("shell-chat", routes::channels(slug), Section)
            },
            self.way("shell-speakers", routes::speakers(slug), Section),
        ];
        if event.moderates {
            ways.push(self.way("moderation-title", routes::moderate(slug), Section));
        }
        if event.organises {
            ways.push(self.way("shell-organise", routes::organise(slug), Section));
        }
        ways
    }

    pub(crate) fn organise_ways(&self) -> Vec<Way> {
        let slug = self.slug();
        vec![
            self.way("organise-overview", routes::organise(slug), Exact),
            self.way("organise-import", routes::organise_import(slug), Section),
            self.way("integrations-title", routes::integrations(slug), Section),
            self.way(
                "organise-channels",
                routes::organise_channels(slug),
                Section,
            ),
            self.way(
                "organise-settings",
                routes::organise_settings(slug),
                Section,
            ),
            self.way("rehearsal-title", routes::organise_rehearsal(slug), Section),
            self.way("conduct-title", routes::organise_conduct(slug), Section),
            self.way("audit-title", routes::audit(slug), Section),
        ]
    }

    fn way(&self, label: &str, href: String, reach: Reach) -> Way {
        let current = match reach {
            Exact => self.path_is(&href).then_some("page"),
            Section => self.current(&href),
        };
        Way {
            unread: 0,
            label: self.t(label),
            current,
            href,
        }
    }

    /// Zones of the switch: the event's first, the reader's own, then common ones.
    pub fn zones(&self) -> Vec<String> {
        let mut zones: Vec<String> = vec![];
        let own = self.event.iter().map(|e| e.zone.name());
        for name in own.chain([self.zone.name()]).chain(COMMON_ZONES) {
            if !zones.iter().any(|z| z == name) {
                zones.push(name.to_owned());
            }
        }
        zones
    }

    pub(crate) fn path_is(&self, path: impl AsRef<str>) -> bool {
        self.path.split(['?', '#']).next() == Some(path.as_ref())
    }

    /// `page`, or `true` under a page of the section, for `aria-current`.
    pub(crate) fn current(&self, path: &str) -> Option<&'static str> {
        if self.path_is(path) {
            Some("page")
        } else {
            self.path.starts_with(path).then_some("true")
        }
    }
}

/// A link of a navigation.
pub(crate) struct Way {
    pub(crate) label: String,
    pub(crate) href: String,
    /// Value of `aria-current`.
    pub(crate) current: Option<&'static str>,
    /// What is new there.
    pub(crate) unread: i64,
}

/// Which pages a navigation link stands for: its own, or all below it.
#[derive(Clone, Copy)]
enum Reach {
    Exact,
    Section,
}
use Reach::{Exact, Section};

/// A small value however deeply a template has borrowed it.
pub trait Plain<T> {
    fn plain(&self) -> T;
}
impl Plain<Timestamp> for Timestamp {
    fn plain(&self) -> Timestamp {
        *self
    }
}
impl Plain<Day> for Day {
    fn plain(&self) -> Day {
        *self
    }
}
impl Plain<Span> for Span {
    fn plain(&self) -> Span {
        *self
    }
}
impl Plain<i64> for i64 {
    fn plain(&self) -> i64 {
        *self
    }
}
impl Plain<i64> for usize {
    fn plain(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}
impl Plain<i64> for u32 {
    fn plain(&self) -> i64 {
        i64::from(*self)
    }
}
impl<T, P: Plain<T>> Plain<T> for &P {
    fn plain(&self) -> T {
        (*self).plain()
    }
}

/// First letters of a name's first and last word, for the circle beside it.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// A colour class 0 to 11 for a person or a track, always the same for the
/// same text.
pub fn palette(text: &str) -> u8 {
    let sum = text
        .bytes()
        .fold(7_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    (sum % 12) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("ליאור"), "ל");
        assert_eq!(initials("  <b>"), "B");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn words_of_themes_and_notices_come_back() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_word(theme.word()), Some(theme));
        }
        for notice in Notice::ALL {
            assert_eq!(Notice::from_word(notice.word()), Some(notice));
        }
    }
}

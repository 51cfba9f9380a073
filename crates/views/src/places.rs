//! Channels that people open: the list, opening one, what one is about and who
//! looks after it, merging, and places elsewhere.

use askama::Template;
use hallway_model::channels::{MAX_ABOUT, MAX_NAME};
use hallway_model::ids::{OutsideRoomId, PersonId};
use hallway_model::outside_rooms::OutsideKind;
use hallway_model::time::Timestamp;
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::channels::ChannelLink;
use crate::forms::{Field, FieldError, Summary};
use crate::markup::props;
use crate::samples;
use crate::shell::Shell;

/// Languages a channel may name, as programmes do.
pub const LANGUAGES: [&str; 23] = [
    "ar", "cs", "da", "de", "en", "es", "fi", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "no",
    "pl", "pt", "ru", "sv", "tr", "uk", "zh",
];

/// `GET` of `routes::channels`. The filter is a `GET` form: `q`, `lang`.
#[derive(Template)]
#[template(path = "channels/list.html")]
pub struct ChannelsPage {
    pub shell: Shell,
    pub groups: Vec<ChannelGroup>,
    pub outside: Vec<OutsideLink>,
    /// Words and language that the list is narrowed to.
    pub words: String,
    pub language: String,
    /// Languages that a channel here names.
    pub languages: Vec<String>,
    /// Whether the reader may open a channel.
    pub opens: bool,
    /// Whether the reader may have conversations of their own.
    pub directs: bool,
    /// Of the event, and its number when the page was made.
    pub topic: Topic,
    pub seq: i64,
}

/// Channels under one heading.
#[derive(Clone, Debug)]
pub struct ChannelGroup {
    pub kind: GroupKind,
    pub channels: Vec<ChannelLink>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Invitations,
    Event,
    Endorsed,
    Made,
    Sessions,
    Mine,
}

/// A place elsewhere.
#[derive(Clone, Debug)]
pub struct OutsideLink {
    pub id: OutsideRoomId,
    pub name: String,
    pub kind: OutsideKind,
    pub url: String,
    pub run_by: String,
    pub endorsed: bool,
    /// Whether the reader may take it off the list.
    pub removes: bool,
    /// Whether the reader may endorse it.
    pub endorses: bool,
    pub key: String,
}

/// `GET` and `POST` of `routes::new_channel`: `key`, `name`, `about`,
/// `language`, `door` (`public` or `invited`).
#[derive(Template)]
#[template(path = "places/new.html")]
pub struct NewChannelPage {
    pub shell: Shell,
    pub key: String,
    pub name: Field,
    pub about: Field,
    pub language: Field,
    pub door: Field,
    /// Days after which a channel without a message fades; 0 for never.
    pub fade_days: i64,
}

/// `GET` of `routes::about_channel`; `POST` changes it: `key`, `name`,
/// `about`, `language`. Its other forms go to `routes::channel_part`: `state`
/// (`turn`), `invite` (`who`), `members` (`person`, `handling`), `membership`
/// (`answer`), `mark` (`mark`, `set`), `hand-over` (`who`).
#[derive(Template)]
#[template(path = "places/about.html")]
pub struct AboutPage {
    pub shell: Shell,
    pub slug: String,
    pub title: String,
    pub what: String,
    pub spoken: Option<String>,
    pub maker: Option<PersonLink>,
    pub created: Timestamp,
    pub state: State,
    pub by_invitation: bool,
    pub of_event: bool,
    pub fades_at: Option<Timestamp>,
    pub members: Vec<MemberRow>,
    pub count: i64,
    pub me: Option<PersonId>,
    pub mine: Mine,
    pub hosts: bool,
    pub adopts: bool,
    pub marks: Vec<MarkRow>,
    pub key: String,
    pub name: Field,
    pub about: Field,
    pub language: Field,
    pub who: Field,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    Locked,
    Closed,
    Faded,
}

/// The reader's own place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mine {
    None,
    Invited,
    Member,
    Host,
}

#[derive(Clone, Debug)]
pub struct PersonLink {
    pub id: PersonId,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct MemberRow {
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    pub host: bool,
    pub invited: bool,
}

/// Something that is decided about a channel, with its undo.
#[derive(Clone, Copy, Debug)]
pub struct MarkRow {
    /// The word of `hallway_model::channels::Mark`.
    pub word: &'static str,
    pub on: bool,
    /// Whether the reader may change it.
    pub mine: bool,
}

/// `GET` and `POST` of `routes::merge_channel`: `key`, `into`, `sure` (`yes`).
#[derive(Template)]
#[template(path = "places/merge.html")]
pub struct MergePage {
    pub shell: Shell,
    pub key: String,
    pub slug: String,
    pub title: String,
    pub messages: i64,
    /// Slug and name of the channels it may go into.
    pub targets: Vec<(String, String)>,
    pub into: Field,
    pub sure: Field,
}

/// `GET` of `routes::outside_rooms`; `POST` registers one: `key`, `name`,
/// `kind`, `url`, `run_by`. `routes::outside_room` takes `key`, `handling`.
#[derive(Template)]
#[template(path = "places/outside.html")]
pub struct OutsidePage {
    pub shell: Shell,
    pub key: String,
    pub name: Field,
    pub kind: Field,
    pub url: Field,
    pub run_by: Field,
    pub outside: Vec<OutsideLink>,
}

/// `GET` of `routes::organise_channels`.
#[derive(Template)]
#[template(path = "places/organise.html")]
pub struct OrganiseChannelsPage {
    pub shell: Shell,
    pub channels: Vec<MadeRow>,
}

#[derive(Clone, Debug)]
pub struct MadeRow {
    pub slug: String,
    pub name: String,
    pub maker: Option<String>,
    pub messages: i64,
    pub said: Option<Timestamp>,
    pub state: State,
    pub marks: Vec<MarkRow>,
}

impl GroupKind {
    fn title(self) -> &'static str {
        match self {
            Self::Invitations => "places-group-invitations",
            Self::Event => "places-group-event",
            Self::Endorsed => "places-group-endorsed",
            Self::Made => "places-group-made",
            Self::Sessions => "places-group-sessions",
            Self::Mine => "places-group-mine",
        }
    }
}

/// What a mark is called once it is set.
fn mark_word(shell: &Shell, word: &str) -> String {
    shell.t(match word {
        "endorsed" => "places-mark-endorsed",
        "adopted" => "places-mark-adopted",
        "pinned" => "places-mark-pinned",
        "unlisted" => "places-mark-unlisted",
        "kept" => "places-mark-kept",
        _ => "places-mark-lasting",
    })
}

/// What the button says that sets a mark, or takes it back.
fn mark_action(shell: &Shell, row: &MarkRow) -> String {
    shell.t(match (row.word, row.on) {
        ("endorsed", false) => "places-endorse",
        ("endorsed", true) => "places-unendorse",
        ("adopted", false) => "places-adopt",
        ("adopted", true) => "places-unadopt",
        ("pinned", false) => "places-pin",
        ("pinned", true) => "places-unpin",
        ("unlisted", false) => "places-unlist",
        ("unlisted", true) => "places-list",
        ("kept", false) => "places-keep",
        ("kept", true) => "places-unkeep",
        (_, false) => "places-last",
        (_, true) => "places-unlast",
    })
}

fn language_name(shell: &Shell, code: &str) -> String {
    if LANGUAGES.contains(&code) {
        shell.t(&format!("sessions-language-{code}"))
    } else {
        code.to_owned()
    }
}

fn kind_name(shell: &Shell, kind: OutsideKind) -> String {
    match kind {
        OutsideKind::Matrix => "Matrix".into(),
        OutsideKind::Slack => "Slack".into(),
        OutsideKind::Discord => "Discord".into(),
        OutsideKind::Irc => "IRC".into(),
        OutsideKind::Other => shell.t("places-outside-other"),
    }
}

fn state_text(shell: &Shell, state: State) -> Option<String> {
    match state {
        State::Open => None,
        State::Locked => Some(shell.t("places-locked")),
        State::Closed => Some(shell.t("places-closed")),
        State::Faded => Some(shell.t("places-faded")),
    }
}

impl ChannelsPage {
    fn props(&self) -> String {
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "lang": self.shell.lang.code(),
            "parts": [".place-list"],
            "when": "channel",
            "spread": 3_000,
        }))
    }
    fn is_narrowed(&self) -> bool {
        !self.words.is_empty() || !self.language.is_empty()
    }
    fn title(&self, group: &ChannelGroup) -> String {
        self.shell.t(group.kind.title())
    }
    fn language_name(&self, code: &str) -> String {
        language_name(&self.shell, code)
    }
    fn url(&self, group: &ChannelGroup, link: &ChannelLink) -> String {
        if group.kind == GroupKind::Invitations {
            routes::about_channel(self.shell.slug(), &link.slug)
        } else {
            routes::channel(self.shell.slug(), &link.slug)
        }
    }
    fn mark(&self, word: &str) -> String {
        mark_word(&self.shell, word)
    }
    fn kind_name(&self, link: &OutsideLink) -> String {
        kind_name(&self.shell, link.kind)
    }

    pub fn sample() -> Self {
        let all = samples::channels();
        let group = |kind, at: &[usize]| ChannelGroup {
            kind,
            channels: at.iter().map(|n| all[*n].clone()).collect(),
        };
        Self {
            shell: samples::event_shell(&routes::channels(samples::SLUG))
                .signed_in()
                .shell,
            groups: vec![
                group(GroupKind::Event, &[0]),
                group(GroupKind::Made, &[3]),
                group(GroupKind::Sessions, &[1, 2]),
            ],
            outside: samples_outside(),
            words: String::new(),
            language: String::new(),
            languages: vec!["de".into(), "en".into()],
            opens: true,
            directs: true,
            topic: samples::event_topic(),
            seq: 3,
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            groups: vec![],
            outside: vec![],
            languages: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            words: samples::HOSTILE.into(),
            language: "xx".into(),
            opens: false,
            directs: false,
            ..Self::sample()
        }
    }
}

fn samples_outside() -> Vec<OutsideLink> {
    let link = |name: &str, kind, endorsed| OutsideLink {
        id: OutsideRoomId(uuid::Uuid::nil()),
        name: name.into(),
        kind,
        url: "https://matrix.to/#/#friends:example.org".into(),
        run_by: "Ruben Castillo".into(),
        endorsed,
        removes: !endorsed,
        endorses: endorsed,
        key: samples::KEY.into(),
    };
    vec![
        link("Friends on Matrix", OutsideKind::Matrix, true),
        link(samples::HOSTILE, OutsideKind::Other, false),
    ]
}

impl NewChannelPage {
    fn errors(&self) -> Summary {
        errors(&self.shell, &self.name, &self.about)
    }
    fn languages(&self) -> Vec<(&'static str, String)> {
        languages(&self.shell)
    }
    fn is_invited(&self) -> bool {
        self.door.value == "invited"
    }
    fn most_name(&self) -> usize {
        MAX_NAME
    }
    fn most_about(&self) -> usize {
        MAX_ABOUT
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::new_channel(samples::SLUG))
                .signed_in()
                .shell,
            key: samples::KEY.into(),
            name: Field::default(),
            about: Field::default(),
            language: Field::default(),
            door: Field::of("public"),
            fade_days: 14,
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            name: Field::wrong("", FieldError::Missing),
            about: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_ABOUT }),
            language: Field::of("de"),
            door: Field::of("invited"),
            fade_days: 0,
            ..Self::sample()
        }
    }
}

fn errors(shell: &Shell, name: &Field, about: &Field) -> Summary {
    Summary::of(
        shell.lang,
        &[
            ("name", "places-name", name),
            ("about", "places-about", about),
        ],
    )
}

fn languages(shell: &Shell) -> Vec<(&'static str, String)> {
    LANGUAGES
        .into_iter()
        .map(|code| (code, language_name(shell, code)))
        .collect()
}

impl AboutPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("name", "places-name", &self.name),
                ("about", "places-about", &self.about),
                ("who", "places-who", &self.who),
            ],
        )
    }
    fn languages(&self) -> Vec<(&'static str, String)> {
        languages(&self.shell)
    }
    fn spoken_name(&self) -> Option<String> {
        Some(language_name(&self.shell, self.spoken.as_deref()?))
    }
    fn state_text(&self) -> Option<String> {
        state_text(&self.shell, self.state)
    }
    fn part(&self, part: &str) -> String {
        routes::channel_part(self.shell.slug(), &self.slug, part)
    }
    /// Every form of the page needs a key of its own; one that a repeated post
    /// of this page repeats.
    fn key_of(&self, form: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, form.as_bytes()).to_string()
    }
    fn key_of_member(&self, form: &str, member: &MemberRow) -> String {
        self.key_of(&format!("{form}/{}", member.id))
    }
    fn mark(&self, word: &str) -> String {
        mark_word(&self.shell, word)
    }
    fn mark_action(&self, row: &MarkRow) -> String {
        mark_action(&self.shell, row)
    }
    fn is_me(&self, member: &MemberRow) -> bool {
        self.me == Some(member.id)
    }
    fn may_change_marks(&self) -> bool {
        self.marks.iter().any(|mark| mark.mine)
    }
    fn is_alive(&self) -> bool {
        matches!(self.state, State::Open | State::Locked)
    }
    fn is_locked(&self) -> bool {
        self.state == State::Locked
    }
    fn is_invited(&self) -> bool {
        self.mine == Mine::Invited
    }
    fn is_in(&self) -> bool {
        matches!(self.mine, Mine::Member | Mine::Host)
    }
    fn palette(&self, id: &PersonId) -> u8 {
        crate::shell::palette(&id.to_string())
    }
    fn person_url(&self, id: &PersonId) -> String {
        routes::person(self.shell.slug(), *id)
    }
    fn sees_people(&self) -> bool {
        self.shell.person.is_some()
    }
    fn most_name(&self) -> usize {
        MAX_NAME
    }
    fn most_about(&self) -> usize {
        MAX_ABOUT
    }

    pub fn sample() -> Self {
        let member = |n, name: &str, host, invited| MemberRow {
            id: samples::person_id(n),
            name: name.into(),
            pronouns: (n == 1).then(|| "she/her".into()),
            host,
            invited,
        };
        let mark = |word, on| MarkRow {
            word,
            on,
            mine: true,
        };
        Self {
            shell: samples::event_shell(&routes::about_channel(samples::SLUG, "night-owls"))
                .organiser()
                .shell,
            slug: "night-owls".into(),
            title: "Night owls".into(),
            what: "For those whose evening is the conference's morning.".into(),
            spoken: Some("en".into()),
            maker: Some(PersonLink {
                id: samples::person_id(1),
                name: "Ada Brandt".into(),
            }),
            created: samples::at(0, 9, 12),
            state: State::Open,
            by_invitation: false,
            of_event: false,
            fades_at: Some(samples::at(9, 9, 12)),
            members: vec![
                member(1, "Ada Brandt", true, false),
                member(2, "Ruben Castillo", false, false),
                member(3, samples::HOSTILE, false, true),
            ],
            count: 3,
            me: Some(samples::person_id(1)),
            mine: Mine::Host,
            hosts: true,
            adopts: true,
            marks: vec![
                mark("endorsed", true),
                mark("adopted", false),
                mark("pinned", false),
                mark("unlisted", false),
                mark("kept", true),
                mark("lasting", false),
            ],
            key: samples::KEY.into(),
            name: Field::of("Night owls"),
            about: Field::of("For those whose evening is the conference's morning."),
            language: Field::of("en"),
            who: Field::default(),
        }
    }
    /// As a visitor finds it.
    pub fn sample_visitor() -> Self {
        Self {
            shell: samples::event_shell(&routes::about_channel(samples::SLUG, "night-owls")).shell,
            members: vec![],
            me: None,
            mine: Mine::None,
            hosts: false,
            adopts: false,
            marks: vec![],
            state: State::Faded,
            fades_at: None,
            maker: None,
            ..Self::sample()
        }
    }
    pub fn sample_invited() -> Self {
        Self {
            by_invitation: true,
            mine: Mine::Invited,
            hosts: false,
            adopts: false,
            marks: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            title: samples::HOSTILE.into(),
            what: samples::HOSTILE.into(),
            state: State::Locked,
            name: Field::wrong(samples::HOSTILE, FieldError::TooLong { max: MAX_NAME }),
            who: Field::wrong(samples::HOSTILE, FieldError::NobodySo),
            ..Self::sample()
        }
    }
}

impl MergePage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("into", "places-merge-into", &self.into),
                ("sure", "places-merge", &self.sure),
            ],
        )
    }
    fn error_of_into(&self) -> Option<String> {
        Some(self.into.error.as_ref()?.text(self.shell.lang))
    }
    fn sure_error(&self) -> Option<String> {
        Some(self.sure.error.as_ref()?.text(self.shell.lang))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::merge_channel(samples::SLUG, "night-owls"))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            slug: "night-owls".into(),
            title: "Night owls".into(),
            messages: 12,
            targets: vec![
                ("lobby".into(), "Lobby".into()),
                ("x".into(), samples::HOSTILE.into()),
            ],
            into: Field::default(),
            sure: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            into: Field::wrong("", FieldError::Missing),
            sure: Field::wrong("", FieldError::Unticked),
            ..Self::sample()
        }
    }
}

impl OutsidePage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("name", "places-outside-name", &self.name),
                ("url", "places-outside-url", &self.url),
                ("run_by", "places-outside-run-by", &self.run_by),
            ],
        )
    }
    fn kinds(&self) -> Vec<(&'static str, String)> {
        OutsideKind::ALL
            .into_iter()
            .map(|kind| (kind.word(), kind_name(&self.shell, kind)))
            .collect()
    }
    fn kind_name(&self, link: &OutsideLink) -> String {
        kind_name(&self.shell, link.kind)
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::outside_rooms(samples::SLUG))
                .signed_in()
                .shell,
            key: samples::KEY.into(),
            name: Field::default(),
            kind: Field::of("matrix"),
            url: Field::default(),
            run_by: Field::default(),
            outside: samples_outside(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            name: Field::wrong("", FieldError::Missing),
            url: Field::wrong(samples::HOSTILE, FieldError::NotAUrl),
            run_by: Field::wrong("", FieldError::Missing),
            outside: vec![],
            ..Self::sample()
        }
    }
}

impl OrganiseChannelsPage {
    fn marks_of(&self, row: &MadeRow) -> Vec<String> {
        row.marks
            .iter()
            .filter(|mark| mark.on)
            .map(|mark| mark_word(&self.shell, mark.word))
            .collect()
    }
    fn state_text(&self, row: &MadeRow) -> Option<String> {
        state_text(&self.shell, row.state)
    }

    pub fn sample() -> Self {
        let row = |name: &str, state, on: bool| MadeRow {
            slug: "night-owls".into(),
            name: name.into(),
            maker: Some("Ada Brandt".into()),
            messages: 12,
            said: on.then(|| samples::at(0, 13, 2)),
            state,
            marks: vec![MarkRow {
                word: "endorsed",
                on,
                mine: true,
            }],
        };
        Self {
            shell: samples::event_shell(&routes::organise_channels(samples::SLUG))
                .organiser()
                .shell,
            channels: vec![
                row("Night owls", State::Open, true),
                row(samples::HOSTILE, State::Faded, false),
            ],
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            channels: vec![],
            ..Self::sample()
        }
    }
}

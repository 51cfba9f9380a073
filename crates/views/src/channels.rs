//! Chat: a channel's messages with reactions and the form to write one. The
//! same panel stands on a channel's page, a session's and a stage's.

use std::borrow::Cow;

use askama::Template;
use hallway_model::ids::PersonId;
use hallway_model::images::MAX_IMAGES;
use hallway_model::messages::{EDIT_WITHIN, MessageKind, Removal};
use hallway_model::people::PersonKind;
use hallway_model::reading::Level;
use hallway_model::reports::ReportReason;
use hallway_model::screening::HoldReason;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::{Author, Message, Quoted, Timeline};
use hallway_protocol::rich_text::{self, Block, Inline};
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::component;
use crate::forms::FieldError;
use crate::images::Images;
use crate::markup::props;
use crate::moderation::{HeldRow, key_of};
use crate::samples;
use crate::shell::{Shell, initials, palette};

/// Emoji offered under every message without JavaScript.
pub const QUICK_EMOJI: [&str; 4] = ["👍", "❤️", "🎉", "🤔"];

/// Characters of a message that the form and the list of pins show of it.
const EXCERPT: usize = 140;

/// Characters of the longest message.
pub const MAX_MESSAGE: usize = 4_000;

/// Forms: a message to `routes::channel_messages` (`key`, `body`, `next`, and
/// pictures `image1` to `image4` with what they show, `alt1` to `alt4`), a
/// reaction to `routes::message_reactions` (`key`, `emoji`, `action` = `add`
/// or `remove`, `next`).
#[derive(Clone, Template)]
#[template(path = "channels/panel.html")]
pub struct ChatPanel {
    pub shell: Shell,
    /// Id, as in its topic.
    pub channel: hallway_model::ids::ChannelId,
    pub slug: String,
    pub name: String,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// The newest pin first.
    pub pins: Vec<Message>,
    /// Where the session's recording lies in time.
    pub timeline: Option<Timeline>,
    /// Link to the page of older messages, where there are any.
    pub older: Option<String>,
    /// Link to the page of newer messages, on a page of older ones.
    pub newer: Option<String>,
    /// Number of the message that this page was opened for.
    pub at: Option<i64>,
    /// Number of the channel's newest message.
    pub newest: i64,
    /// What the reader has read, where it is kept.
    pub reading: Option<Reading>,
    /// Sequence number of the channel's topic when this page was made.
    pub seq: i64,
    pub me: Option<PersonId>,
    /// Whether the reader may remove what others wrote.
    pub may_remove: bool,
    pub may_pin: bool,
    /// Whether the reader looks after this channel.
    pub may_moderate: bool,
    pub now: Timestamp,
    /// Of whom the reader wants nothing: their messages are folded away.
    pub blocked: Vec<PersonId>,
    pub writing: Writing,
    /// The root, where this is a thread and its messages are the answers.
    pub thread: Option<Message>,
    /// The message that the form answers.
    pub reply_to: Option<Message>,
    /// What a refused post had written.
    pub draft: String,
    pub error: Option<FieldError>,
    /// The reader's own messages that wait for a moderator, or were refused.
    pub held: Vec<HeldRow>,
    /// The message's idempotency key.
    pub key: String,
}
component!(ChatPanel);

/// A reader's place in a channel when the page was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Number of the last message they have seen.
    pub mark: i64,
    /// How much they want to hear.
    pub level: Level,
}

/// Whether the reader may write here, and if not, what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Open,
    /// A visitor: sign in first.
    SignIn,
    /// Signed in, but not registered for the event.
    Register,
    /// The reader is muted here.
    Muted,
    /// The channel takes no messages.
    Closed,
    /// Those who were asked have not answered yet.
    Waiting,
}

/// `GET` of `routes::channel`.
#[derive(Template)]
#[template(path = "channels/channel.html")]
pub struct ChannelPage {
    pub shell: Shell,
    /// Only the channel, without the site around it: for a window of its own.
    pub alone: bool,
    /// Whether search engines may list it.
    pub indexed: bool,
    pub channels: Vec<ChannelLink>,
    /// The page of the session that the channel belongs to.
    pub talk: Option<String>,
    pub head: ChannelHead,
    pub panel: ChatPanel,
}

/// What stands above a channel's messages.
#[derive(Clone, Debug, Default)]
pub struct ChannelHead {
    pub about: String,
    /// Somebody spoke there in the last minutes.
    pub lit: bool,
    pub by_invitation: bool,
    /// A conversation between a few: it has no page about it.
    pub direct: bool,
    /// For those who look after it.
    pub ward: Option<WardBar>,
}

/// What those who look after a channel see at its top.
#[derive(Clone, Debug)]
pub struct WardBar {
    /// Begins the addresses of its moderators' pages.
    pub path: String,
    /// Reports and messages that wait.
    pub waiting: usize,
    pub calm_until: Option<Timestamp>,
}

/// A channel in a list.
#[derive(Clone, Debug, Default)]
pub struct ChannelLink {
    pub slug: String,
    pub name: String,
    pub about: String,
    pub language: Option<String>,
    /// Whether it belongs to a session.
    pub of_session: bool,
    pub by_invitation: bool,
    pub locked: bool,
    /// Somebody spoke there in the last minutes.
    pub lit: bool,
    /// Words of what organisers decided about it.
    pub marks: Vec<&'static str>,
    /// Who opened it.
    pub maker: Option<String>,
    pub messages: i64,
    pub last: Option<Timestamp>,
    /// Messages since the reader was here; 0 where no place is kept.
    pub unread: i64,
    /// Of these, those that call the reader.
    pub mentions: i64,
}

/// A message's text as HTML elements.
#[derive(Template)]
#[template(path = "channels/blocks.html")]
pub(crate) struct Blocks<'a> {
    blocks: Cow<'a, [Block]>,
}
impl askama::filters::HtmlSafe for Blocks<'_> {}

#[derive(Template)]
#[template(path = "channels/inlines.html")]
struct Inlines<'a> {
    inlines: &'a [Inline],
}
impl askama::filters::HtmlSafe for Inlines<'_> {}

impl<'a> Blocks<'a> {
    pub(crate) fn of(blocks: impl Into<Cow<'a, [Block]>>) -> Self {
        Self {
            blocks: blocks.into(),
        }
    }
    fn inlines<'b>(&self, inlines: &'b [Inline]) -> Inlines<'b> {
        Inlines { inlines }
    }
    fn nested<'b>(&self, blocks: &'b [Block]) -> Blocks<'b> {
        Blocks::of(blocks)
    }
}

impl<'a> Inlines<'a> {
    fn nested<'b>(&self, inlines: &'b [Inline]) -> Inlines<'b> {
        Inlines { inlines }
    }
}

/// The text that marks a name without a person here behind it.
pub(crate) fn kind_key(kind: PersonKind) -> Option<&'static str> {
    match kind {
        PersonKind::Person => None,
        PersonKind::Bot => Some("channels-kind-bot"),
        PersonKind::Webhook => Some("channels-kind-webhook"),
        PersonKind::Imported => Some("channels-kind-imported"),
    }
}

impl ChatPanel {
    fn props(&self) -> String {
        props(&json!({
            "channel": self.channel.to_string(),
            "topic": Topic::Channel(self.channel).to_string(),
            "seq": self.seq,
            "url": routes::channel(self.shell.slug(), &self.slug),
            "at": self.at,
            "thread": self.thread.as_ref().map(|root| json!({ "id": root.id.to_string(), "seq": root.seq })),
            "may_remove": self.may_remove,
            "may_pin": self.may_pin,
            "newest": self.newest,
            "mark": self.reading.map(|reading| reading.mark),
            "person": self.me.map(|me| Topic::Person(me).to_string()),
            "me": self.me.map(|me| me.to_string()),
            "people": self.sees_people().then(|| routes::people(self.shell.slug())),
            "here": self.sees_people().then(|| json!({
                "api": routes::api_channel_people(self.channel),
                "page": routes::channel_people(self.shell.slug(), &self.slug),
            })),
            "ward": self.people_ward().map(|ward| routes::moderate_people(&ward)),
            "report": self.reports().then(|| json!({
                "url": routes::make_report(self.shell.slug()),
                "page": routes::conduct(self.shell.slug()),
                "categories": ReportReason::ALL.map(ReportReason::word),
            })),
            "blocked": self.blocked.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "sign_in": self.shell.sign_in_url(),
            "writing": match self.writing {
                Writing::Open => "open",
                Writing::SignIn => "sign_in",
                Writing::Register => "register",
                Writing::Muted | Writing::Closed => "closed",
                Writing::Waiting => "waiting",
            },
            "held": self.held.iter().map(|held| json!({
                "source": held.source,
                "images": held.images,
                "refused": held.refused,
            })).collect::<Vec<_>>(),
            "lang": self.shell.lang.code(),
            "zone": self.shell.zone.name(),
        }))
    }

    fn blocks<'b>(&self, message: &'b Message) -> Blocks<'b> {
        Blocks::of(message.blocks())
    }
    fn images<'b>(&self, message: &'b Message) -> Images<'b> {
        Images {
            lang: self.shell.lang,
            images: &message.images,
            name: message
                .author
                .as_ref()
                .map_or("", |author| author.name.as_str()),
        }
    }
    fn held_images<'b>(&self, held: &'b HeldRow) -> Images<'b> {
        held.images(self.shell.lang)
    }
    fn max_images(&self) -> i64 {
        MAX_IMAGES as i64
    }
    fn name_of(&self, message: &Message) -> String {
        message.author.as_ref().map_or_else(
            || self.shell.t("channels-gone"),
            |author| author.name.clone(),
        )
    }
    fn pronouns<'b>(&self, author: &'b Author) -> Option<&'b String> {
        author.pronouns.as_ref().filter(|text| !text.is_empty())
    }
    /// A word for a name that no person here stands behind.
    fn kind(&self, author: &Author) -> Option<String> {
        let key = kind_key(author.kind)?;
        Some(self.shell.t(key))
    }
    fn initials(&self, message: &Message) -> String {
        message
            .author
            .as_ref()
            .map_or(String::new(), |a| initials(&a.name))
    }
    fn palette(&self, message: &Message) -> u8 {
        message
            .author
            .as_ref()
            .map_or(0, |a| palette(&a.id.to_string()))
    }
    fn sent_at(&self, message: &Message) -> Timestamp {
        Timestamp(message.sent_at)
    }
    fn moment(&self, millis: &i64) -> Timestamp {
        Timestamp(*millis)
    }
    /// The moment of the recording that a message was written at: where to watch
    /// it, and how far into the session it is.
    fn moment_of(&self, message: &Message) -> Option<(String, String)> {
        let timeline = self.timeline.as_ref()?;
        let seconds = timeline.moment(message.sent_at)? / 1_000;
        let url = routes::talk_at(&timeline.url, seconds);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        let clock = match hours {
            0 => format!("{minutes}:{:02}", seconds % 60),
            _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        };
        Some((url, self.shell.ts("channels-moment", "time", clock)))
    }
    fn is_action(&self, message: &Message) -> bool {
        message.kind == MessageKind::Action
    }
    fn is_mine(&self, message: &Message) -> bool {
        self.me.is_some() && message.author.as_ref().map(|a| a.id) == self.me
    }
    fn url_of(&self, message: &Message) -> String {
        routes::message(self.shell.slug(), &self.slug, message.seq)
    }
    fn thread_url(&self, root: &Message) -> String {
        routes::thread(self.shell.slug(), &self.slug, root.seq)
    }
    fn reply_url(&self, message: &Message) -> String {
        routes::message_reply(self.shell.slug(), &self.slug, message.seq)
    }
    fn quoted_url(&self, quoted: &Quoted) -> String {
        routes::message(self.shell.slug(), &self.slug, quoted.seq)
    }
    fn edit_url(&self, message: &Message) -> String {
        routes::message_edit(self.shell.slug(), &self.slug, message.id)
    }
    fn edits_url(&self, message: &Message) -> String {
        routes::message_edits(self.shell.slug(), &self.slug, message.id)
    }
    fn remove_url(&self, message: &Message) -> String {
        routes::message_remove(self.shell.slug(), &self.slug, message.id)
    }
    fn pin_url(&self, message: &Message) -> String {
        routes::message_pin(self.shell.slug(), &self.slug, message.id)
    }
    fn channel_url(&self) -> String {
        routes::channel(self.shell.slug(), &self.slug)
    }
    /// The page's own messages: those of the list, and the root above a thread.
    fn rows(&self) -> impl Iterator<Item = &Message> {
        self.thread.iter().chain(&self.messages)
    }
    fn may_edit(&self, message: &Message) -> bool {
        self.may_react() && self.is_mine(message) && self.now <= self.sent_at(message) + EDIT_WITHIN
    }
    fn removes(&self, message: &Message) -> bool {
        self.may_remove || self.is_mine(message)
    }
    /// Whether the reader may see what it said before.
    fn sees_edits(&self, message: &Message) -> bool {
        message.edited_at.is_some() && self.removes(message)
    }
    /// Whether a thread hangs on it, or may begin here.
    fn is_root(&self, message: &Message) -> bool {
        self.thread.is_none() && message.thread.is_none()
    }
    fn removed_text(&self, removed: &Removal) -> String {
        self.shell.t(match removed {
            Removal::Author => "channels-removed-author",
            Removal::Moderator => "channels-removed-moderator",
        })
    }
    fn quoted_name(&self, quoted: &Quoted) -> String {
        quoted.author.as_ref().map_or_else(
            || self.shell.t("channels-gone"),
            |author| author.name.clone(),
        )
    }
    fn excerpt(&self, message: &Message) -> String {
        let words = rich_text::plain(&message.blocks());
        if words.is_empty() && !message.images.is_empty() {
            return self.shell.t("channels-image");
        }
        let mut short: String = words.chars().take(EXCERPT).collect();
        if short.len() < words.len() {
            short.push('…');
        }
        short
    }
    fn is_blocked(&self, message: &Message) -> bool {
        message
            .author
            .as_ref()
            .is_some_and(|author| self.blocked.contains(&author.id))
    }
    fn unread_url(&self) -> String {
        routes::channel_unread(self.shell.slug(), &self.slug)
    }
    fn follow_url(&self) -> String {
        routes::channel_follow(self.shell.slug(), &self.slug)
    }
    /// Each level with its text and whether it is the reader's.
    fn levels(&self) -> Vec<(&'static str, String, bool)> {
        let mine = self.reading.map(|reading| reading.level);
        Level::ALL
            .into_iter()
            .map(|level| {
                let text = match level {
                    Level::All => self.shell.t("channels-follow-all"),
                    Level::Mentions => self.shell.t("channels-follow-mentions"),
                    Level::Nothing => self.shell.t("channels-follow-nothing"),
                };
                (level.word(), text, mine == Some(level))
            })
            .collect()
    }
    fn unread(&self) -> i64 {
        self.reading
            .map_or(0, |reading| (self.newest - reading.mark).max(0))
    }
    /// Where the unread messages begin above this page.
    fn unread_above(&self) -> Option<String> {
        let first = self.reading?.mark + 1;
        let shown = self.messages.first()?.seq;
        (self.thread.is_none() && self.unread() > 0 && first < shown)
            .then(|| routes::channel_at(self.shell.slug(), &self.slug, first))
    }
    fn is_first_unread(&self, message: &Message) -> bool {
        let Some(mark) = self.reading.map(|reading| reading.mark) else {
            return false;
        };
        // What was said in a thread alone has a number, and no row here.
        let first = self.messages.iter().position(|one| one.seq > mark);
        let begins = |n: usize| n > 0 || self.messages[n].seq == mark + 1;
        first.is_some_and(|n| self.messages[n].id == message.id && begins(n))
    }
    fn is_asked_for(&self, message: &Message) -> bool {
        self.at == Some(message.seq)
    }
    fn messages_url(&self) -> String {
        routes::channel_messages(self.shell.slug(), &self.slug)
    }
    fn reactions_url(&self, message: &Message) -> String {
        routes::message_reactions(self.shell.slug(), &self.slug, message.id)
    }
    fn reports(&self) -> bool {
        let event = self.shell.event.as_ref();
        event.is_some_and(|event| event.reports)
    }
    /// Where the message is reported, for whoever may and did not write it.
    fn report_url(&self, message: &Message) -> Option<String> {
        let event = self.shell.event.as_ref()?;
        let may = event.reports && !self.is_mine(message);
        may.then(|| routes::report_message(&event.slug, message.id))
    }
    /// Where those who look after the event, or after this channel, decide about
    /// people.
    fn people_ward(&self) -> Option<String> {
        let event = self.shell.event.as_ref()?;
        if event.moderates {
            return Some(event.slug.clone());
        }
        self.may_moderate
            .then(|| routes::channel_ward(&event.slug, &self.slug))
    }
    /// What they know of a message's author.
    fn person_url(&self, message: &Message) -> Option<String> {
        let ward = self.people_ward()?;
        let author = message.author.as_ref().filter(|_| !self.is_mine(message))?;
        Some(routes::moderate_person(&ward, author.id))
    }
    fn sees_people(&self) -> bool {
        let event = self.shell.event.as_ref();
        event.is_some_and(|event| event.sees_people)
    }
    /// The author's card, for whoever may see it: a program has none.
    fn author_url(&self, message: &Message) -> Option<String> {
        let author = message.author.as_ref().filter(|_| self.sees_people())?;
        let person = author.kind == PersonKind::Person;
        person.then(|| routes::person(self.shell.slug(), author.id))
    }
    fn conduct_url(&self) -> String {
        routes::conduct(self.shell.slug())
    }
    fn register_url(&self) -> String {
        routes::register(self.shell.slug())
    }
    fn quick_emoji(&self, message: &Message) -> Vec<&'static str> {
        QUICK_EMOJI
            .into_iter()
            .filter(|emoji| message.reactions.iter().all(|r| r.emoji != *emoji))
            .collect()
    }
    fn may_react(&self) -> bool {
        self.writing == Writing::Open
    }
    fn error_text(&self) -> Option<String> {
        Some(self.error.as_ref()?.text(self.shell.lang))
    }
    /// Each reaction needs a key of its own: the page's key and the message's
    /// id and emoji make one that a repeated post of this page repeats.
    fn reaction_key(&self, message: &Message, emoji: &str, action: &str) -> String {
        self.form_key(message, &format!("{emoji}/{action}"))
    }
    /// The same for the other small forms at a message.
    fn form_key(&self, message: &Message, action: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        let name = format!("{}/{action}", message.id);
        uuid::Uuid::new_v5(&page, name.as_bytes()).to_string()
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::channel(samples::SLUG, "lobby"))
                .attendee()
                .shell,
            channel: samples::channel_id(),
            slug: "lobby".into(),
            name: "Lobby".into(),
            messages: samples::messages(),
            older: Some("?before=12".into()),
            newer: None,
            at: None,
            newest: 5,
            reading: Some(Reading {
                mark: 3,
                level: Level::Mentions,
            }),
            seq: 31,
            pins: samples::messages().into_iter().skip(3).take(1).collect(),
            timeline: Some(Timeline {
                from: samples::at(0, 13, 10).0,
                to: samples::at(0, 13, 18).0,
                url: routes::talk(samples::SLUG, "NIGHT1"),
            }),
            me: Some(samples::person_id(1)),
            may_remove: true,
            may_pin: true,
            may_moderate: true,
            now: samples::at(0, 13, 20),
            blocked: vec![samples::person_id(4)],
            writing: Writing::Open,
            thread: None,
            reply_to: samples::messages().into_iter().next(),
            draft: String::new(),
            error: None,
            held: HoldReason::ALL.map(HeldRow::sample).into(),
            key: samples::KEY.into(),
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            shell: samples::event_shell(&routes::channel(samples::SLUG, "lobby")).shell,
            messages: vec![],
            pins: vec![],
            reply_to: None,
            held: vec![],
            older: None,
            reading: None,
            me: None,
            may_remove: false,
            may_pin: false,
            may_moderate: false,
            writing: Writing::SignIn,
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        Self {
            name: samples::HOSTILE.into(),
            messages: samples::hostile_messages(),
            pins: samples::hostile_messages(),
            reply_to: samples::hostile_messages().pop(),
            me: Some(samples::person_id(9)),
            draft: samples::HOSTILE.into(),
            error: Some(FieldError::TooLong { max: MAX_MESSAGE }),
            ..Self::sample()
        }
    }
}

impl ChannelPage {
    /// Whether the reader looks after the whole event.
    fn moderates(&self) -> bool {
        let event = self.shell.event.as_ref();
        event.is_some_and(|event| event.moderates)
    }
    /// What the page is about: the channel, or one of its threads.
    fn title(&self) -> String {
        match self.panel.thread {
            Some(_) => self
                .shell
                .ts("channels-thread-title", "channel", &self.panel.name),
            None => self.panel.name.clone(),
        }
    }
    fn ward_key(&self, form: &str) -> String {
        key_of(&self.panel.key, form)
    }

    pub fn sample() -> Self {
        let panel = ChatPanel::sample();
        Self {
            shell: panel.shell.clone(),
            alone: false,
            indexed: true,
            channels: samples::channels(),
            talk: Some(routes::talk(samples::SLUG, "NIGHT1")),
            head: ChannelHead {
                about: "The place to begin.".into(),
                lit: true,
                ward: Some(WardBar {
                    path: routes::channel_ward(samples::SLUG, "lobby"),
                    waiting: 2,
                    calm_until: Some(samples::at(0, 14, 0)),
                }),
                ..ChannelHead::default()
            },
            panel,
        }
    }
    /// A thread with its root above its answers.
    pub fn sample_thread() -> Self {
        let mut answers = samples::messages();
        let root = answers.remove(0);
        for answer in &mut answers {
            answer.thread = Some(root.id);
        }
        let panel = ChatPanel {
            thread: Some(root),
            messages: answers,
            pins: vec![],
            reply_to: None,
            ..ChatPanel::sample()
        };
        Self {
            panel,
            ..Self::sample()
        }
    }
    pub fn sample_empty() -> Self {
        let panel = ChatPanel::sample_empty();
        Self {
            shell: panel.shell.clone(),
            head: ChannelHead {
                by_invitation: true,
                direct: true,
                ..ChannelHead::default()
            },
            panel,
            ..Self::sample()
        }
    }
    pub fn sample_alone() -> Self {
        Self {
            alone: true,
            indexed: false,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let panel = ChatPanel::sample_hostile();
        Self {
            shell: samples::hostile(panel.shell.clone()),
            head: ChannelHead {
                about: samples::HOSTILE.into(),
                by_invitation: true,
                ..ChannelHead::default()
            },
            panel,
            ..Self::sample()
        }
    }
}

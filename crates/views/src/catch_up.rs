//! "Catch me up": one page over everything that is new in an event's chat, and
//! what changed in its programme.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::Message;
use hallway_protocol::rich_text;
use hallway_protocol::routes;

use crate::samples;
use crate::sessions::SessionRow;
use crate::shell::Shell;

/// `GET` of `routes::catch_up`; its form posts `key` and `marks` there
/// (`CHANNEL:NUMBER` with commas between).
#[derive(Template)]
#[template(path = "catch_up/catch_up.html")]
pub struct CatchUpPage {
    pub shell: Shell,
    /// When the reader last read anything here; none for visitors and newcomers.
    pub since: Option<Timestamp>,
    pub now: Timestamp,
    pub channels: Vec<NewsRow>,
    /// Whether further channels wait.
    pub more: bool,
    /// Sessions whose time, room or words changed since.
    pub changed: Vec<SessionRow>,
    /// Sessions whose recording came since.
    pub recorded: Vec<SessionRow>,
    pub marks: String,
    pub key: String,
}

/// A channel with what is new in it.
#[derive(Clone, Debug)]
pub struct NewsRow {
    pub slug: String,
    pub name: String,
    pub unread: i64,
    pub mentions: i64,
    /// Number of the first unread message.
    pub first: i64,
    pub messages: Vec<ShownRow>,
}

#[derive(Clone, Debug)]
pub struct ShownRow {
    pub message: Message,
    pub calls: bool,
    pub liked: bool,
}

/// Characters of a message that are shown.
const SHOWN: usize = 280;

impl CatchUpPage {
    fn is_visitor(&self) -> bool {
        self.shell.person.is_none()
    }
    fn is_quiet(&self) -> bool {
        self.channels.is_empty() && self.changed.is_empty() && self.recorded.is_empty()
    }
    fn name_of(&self, shown: &ShownRow) -> String {
        shown.message.author.as_ref().map_or_else(
            || self.shell.t("channels-gone"),
            |author| author.name.clone(),
        )
    }
    fn text_of(&self, shown: &ShownRow) -> String {
        let text = rich_text::plain(&shown.message.blocks());
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{} …", text[..end].trim_end()),
            None => text,
        }
    }
    fn reactions(&self, shown: &ShownRow) -> i64 {
        shown.message.reactions.iter().map(|r| r.count).sum()
    }
    fn sent_at(&self, shown: &ShownRow) -> Timestamp {
        Timestamp(shown.message.sent_at)
    }
    fn place(&self, news: &NewsRow, seq: &i64) -> String {
        routes::channel_at(self.shell.slug(), &news.slug, *seq)
    }

    pub fn sample() -> Self {
        let shown = samples::messages()
            .into_iter()
            .zip([(true, false), (false, true), (false, false)])
            .map(|(message, (calls, liked))| ShownRow {
                message,
                calls,
                liked,
            });
        let rows: Vec<SessionRow> = samples::rows().into_iter().take(2).collect();
        Self {
            shell: samples::event_shell(&routes::catch_up(samples::SLUG))
                .signed_in()
                .shell,
            since: Some(samples::at(-1, 18, 5)),
            now: samples::now(),
            channels: vec![NewsRow {
                slug: "lobby".into(),
                name: "Lobby".into(),
                unread: 31,
                mentions: 1,
                first: 1,
                messages: shown.collect(),
            }],
            more: true,
            changed: rows.clone(),
            recorded: rows,
            marks: "a:31".into(),
            key: samples::KEY.into(),
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            channels: vec![],
            changed: vec![],
            recorded: vec![],
            more: false,
            marks: String::new(),
            ..Self::sample()
        }
    }

    pub fn sample_visitor() -> Self {
        Self {
            shell: samples::event_shell(&routes::catch_up(samples::SLUG)).shell,
            since: None,
            ..Self::sample_empty()
        }
    }

    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        for news in &mut page.channels {
            news.name = samples::HOSTILE.into();
            news.messages = samples::hostile_messages()
                .into_iter()
                .map(|message| ShownRow {
                    message,
                    calls: true,
                    liked: true,
                })
                .collect();
        }
        page
    }
}

//! A channel's messages as a page to keep: opened from a disk years later, it
//! needs nothing beside itself. It is written piece by piece, so it comes in
//! three parts: head, messages, foot.

use askama::Template;
use hallway_model::time::{Timestamp, Zone};
use hallway_protocol::messages::Message;

use crate::channels::{Blocks, kind_key};
use crate::texts::Lang;

/// Up to the first message.
#[derive(Template)]
#[template(path = "chat_exports/head.html")]
pub struct Head<'a> {
    pub lang: Lang,
    /// The channel's name.
    pub title: &'a str,
    pub event: &'a str,
    /// When the file was made, RFC 3339.
    pub made: String,
}

/// One message.
#[derive(Template)]
#[template(path = "chat_exports/message.html")]
pub struct Exported<'a> {
    pub lang: Lang,
    pub zone: &'a Zone,
    pub message: &'a Message,
}

/// What closes the page.
pub const FOOT: &str = "</ol>\n</main></body></html>\n";

/// The list of channels of a whole chat, beside their folders.
#[derive(Template)]
#[template(path = "chat_exports/index.html")]
pub struct Index<'a> {
    pub lang: Lang,
    pub title: &'a str,
    pub made: String,
    /// Folder and name of each channel.
    pub channels: Vec<(&'a str, &'a str)>,
}

impl Exported<'_> {
    fn name(&self) -> String {
        self.message.author.as_ref().map_or_else(
            || self.lang.t("channels-gone"),
            |author| author.name.clone(),
        )
    }
    fn kind(&self) -> Option<String> {
        let author = self.message.author.as_ref()?;
        Some(self.lang.t(kind_key(author.kind)?))
    }
    fn machine_time(&self) -> String {
        Timestamp(self.message.sent_at).rfc3339(self.zone)
    }
    fn is_removed(&self) -> bool {
        self.message.source.is_empty()
    }
    fn blocks(&self) -> Blocks<'_> {
        Blocks::of(self.message.blocks())
    }
    fn time(&self) -> String {
        let machine = self.machine_time();
        machine.get(..16).unwrap_or(&machine).replace('T', " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, HOSTILE};

    fn page(messages: &[Message]) -> String {
        let zone = samples::zone();
        let head = Head {
            lang: Lang::En,
            title: HOSTILE,
            event: HOSTILE,
            made: "2026-02-06T13:20:00+01:00".into(),
        };
        let mut page = head.render().unwrap();
        for message in messages {
            let exported = Exported {
                lang: Lang::En,
                zone: &zone,
                message,
            };
            page.push_str(&exported.render().unwrap());
        }
        page + FOOT
    }

    #[test]
    fn what_people_typed_never_becomes_markup() {
        let page = page(&samples::hostile_messages());
        assert!(page.contains("&#60;script&#62;"), "{page}");
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("<img"), "{page}");
    }

    #[test]
    fn a_removed_message_keeps_its_place_and_not_its_words() {
        let mut messages = samples::messages();
        messages.truncate(1);
        messages[0].source = String::new();
        let page = page(&messages);
        assert!(page.contains("This message was removed."), "{page}");
        assert!(page.contains("id=\"m"), "{page}");
    }
}

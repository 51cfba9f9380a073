//! Bringing a Slack workspace along: its public channels become channels here,
//! its people names without accounts. The archive is read whole before anything
//! is written; then it is written in pieces, so that the chat of others never
//! waits long, and a second import of it changes nothing.

use std::collections::HashMap;

use bytes::Bytes;
use hallway_interchange::slack::{ArchiveMessage, MAX_ARCHIVE, read_archive};
use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelKind, address};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_model::messages::{MAX_LENGTH, MessageKind, MessageText};
use hallway_model::people::{DisplayName, PersonKind};
use hallway_protocol::Event as Happened;
use hallway_protocol::rich_text;
use hallway_store::messages::{self, Stored, StoredAuthor};
use hallway_store::{channels, imported};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Service;
use crate::access::access_event;
use crate::bots::create_name;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::imports::Noticed;
use crate::places::{tell, tell_members};

/// Bytes of the largest archive.
pub const MAX_FILE: usize = MAX_ARCHIVE;
/// Messages of one transaction: some tenths of a second.
const AT_ONCE: usize = 200;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub channels: Count,
    pub messages: Count,
    /// Names that were made for people of the other chat.
    pub people: usize,
    pub warnings: Vec<Noticed>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub new: usize,
    /// Brought along before.
    pub known: usize,
}

impl Service {
    /// Imports the export of a Slack workspace into an event.
    pub async fn import_slack(
        &self,
        actor: &Actor,
        event: &str,
        file: Bytes,
    ) -> Result<Report, Error> {
        let mut conn = self.read().await?;
        access_event(&mut conn, actor, event, Action::Integrate).await?;
        drop(conn);
        // Unpacking is CPU work of up to seconds: keep it off the async threads.
        let archive = tokio::task::spawn_blocking(move || read_archive(&file))
            .await
            .map_err(|e| Error::Internal(e.to_string()))?
            .map_err(|e| Error::invalid("file", e))?;
        let mut report = Report {
            warnings: archive.warnings.iter().map(Noticed::from).collect(),
            ..Report::default()
        };
        for channel in archive.channels {
            let begin = BeginChannel {
                event: event.to_owned(),
                source: format!("slack:channel:{}", channel.id),
                name: channel.name,
            };
            let (id, new) = self.write(actor, None, begin).await?;
            count(&mut report.channels, new);
            for some in channel.messages.chunks(AT_ONCE) {
                let command = ImportMessages {
                    event: event.to_owned(),
                    channel: id,
                    source: channel.id.clone(),
                    messages: some.to_vec(),
                };
                let (new, people) = self.write(actor, None, command).await?;
                report.messages.new += new;
                report.messages.known += some.len() - new;
                report.people += people;
            }
        }
        Ok(report)
    }
}

fn count(counted: &mut Count, new: bool) {
    if new {
        counted.new += 1;
    } else {
        counted.known += 1;
    }
}

/// Finds or makes the channel that stands for one of the archive.
#[derive(Clone, Debug)]
struct BeginChannel {
    event: String,
    source: String,
    name: String,
}

impl Command for BeginChannel {
    /// The channel, and whether it is new.
    type Answer = (ChannelId, bool);

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(ChannelId, bool), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let known = imported::find(ctx.conn, event.id, std::slice::from_ref(&self.source)).await?;
        if let Some(id) = known.get(&self.source)
            && let Some(channel) = channels::find(ctx.conn, ChannelId(*id)).await?
        {
            return Ok((channel.id, false));
        }
        let name = DisplayName::parse(&self.name).map_or_else(|_| "Slack".to_owned(), String::from);
        let mut attempt = 0;
        let slug = loop {
            let slug = address(&name, attempt);
            if !channels::is_taken(ctx.conn, event.id, &slug).await? {
                break slug;
            }
            attempt += 1;
        };
        let channel = Channel::open(ctx.id(), event.id, ChannelKind::Event, &slug, &name);
        let now = ctx.now();
        channels::insert_all(ctx.conn, std::slice::from_ref(&channel), now).await?;
        imported::insert(ctx.conn, event.id, &self.source, channel.id.0).await?;
        let opened = Happened::ChannelOpened {
            channel: channel.id,
            slug: channel.slug.clone(),
            name: channel.name.clone(),
        };
        tell(ctx, &channel, opened).await?;
        Ok((channel.id, true))
    }
}

/// Writes messages that are not there yet, at the times they were said.
#[derive(Clone, Debug)]
struct ImportMessages {
    event: String,
    channel: ChannelId,
    /// Slack's id of the channel.
    source: String,
    messages: Vec<ArchiveMessage>,
}

impl Command for ImportMessages {
    /// How many are new, and how many names were made.
    type Answer = (usize, usize);

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(usize, usize), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let source = |ts: &str| format!("slack:message:{}:{ts}", self.source);
        let named = self.messages.iter().map(|m| source(&m.ts));
        let answered = self.messages.iter().filter_map(|m| m.thread.as_deref());
        let sources: Vec<String> = named.chain(answered.map(source)).collect();
        let mut known = imported::find(ctx.conn, event.id, &sources).await?;
        let mut names = Names::default();
        let mut new = 0;
        for message in &self.messages {
            // An answer to something that did not come along stands by itself.
            let asked = message.thread.as_deref().map(source);
            let root = asked.and_then(|source| known.get(&source).copied());
            let root = root.filter(|root| !root.is_nil()).map(MessageId);
            let source = source(&message.ts);
            if known.contains_key(&source) {
                continue;
            }
            let author = names.author(ctx, &event, message).await?;
            let mut first = Uuid::nil();
            for text in pieces(&message.text) {
                let id = insert(ctx, self.channel, &author, message, &text, root).await?;
                if first.is_nil() {
                    first = id.0;
                }
            }
            imported::insert(ctx.conn, event.id, &source, first).await?;
            known.insert(source, first);
            new += 1;
        }
        if new > 0
            && let Some(channel) = channels::find(ctx.conn, self.channel).await?
        {
            // Not each message, but that the channel is not what it was: pages
            // that were kept are made anew.
            tell_members(ctx, &channel).await?;
        }
        Ok((new, names.made))
    }
}

/// Nobody is told of it as news: it was said long ago, elsewhere.
async fn insert(
    ctx: &mut Ctx<'_>,
    channel: ChannelId,
    author: &StoredAuthor,
    message: &ArchiveMessage,
    text: &MessageText,
    root: Option<MessageId>,
) -> Result<MessageId, Error> {
    let body = rich_text::parse(text.as_str());
    let mut stored = Stored {
        id: ctx.id(),
        channel,
        seq: 0,
        author: Some(author.clone()),
        source: text.as_str().to_owned(),
        body: serde_json::to_string(&body).map_err(|e| Error::Internal(e.to_string()))?,
        images: None,
        sent: message.sent,
        kind: MessageKind::Said,
        thread: root,
        in_channel: root.is_none(),
        reply_to: None,
        replies: 0,
        last_reply: None,
        edited: None,
        removed: None,
        pinned: None,
    };
    messages::insert(ctx.conn, &mut stored).await?;
    if let Some(root) = root {
        messages::count_reply(ctx.conn, root, message.sent).await?;
    }
    Ok(stored.id)
}

/// Names that stand for people of the other chat.
#[derive(Default)]
struct Names {
    held: HashMap<String, StoredAuthor>,
    made: usize,
}

impl Names {
    async fn author(
        &mut self,
        ctx: &mut Ctx<'_>,
        event: &Event,
        message: &ArchiveMessage,
    ) -> Result<StoredAuthor, Error> {
        let source = format!("slack:user:{}", message.author);
        if let Some(author) = self.held.get(&source) {
            return Ok(author.clone());
        }
        let known = imported::find(ctx.conn, event.id, std::slice::from_ref(&source)).await?;
        let name = DisplayName::parse(&message.name.chars().take(80).collect::<String>());
        let name = name.or_else(|_| DisplayName::parse("Slack"));
        let name = name.map_err(|e| Error::Internal(e.to_string()))?;
        let id = match known.get(&source) {
            Some(id) => PersonId(*id),
            None => {
                let id = create_name(ctx, name.clone(), PersonKind::Imported).await?;
                imported::insert(ctx.conn, event.id, &source, id.0).await?;
                self.made += 1;
                id
            }
        };
        let author = StoredAuthor {
            id,
            name: name.into(),
            pronouns: None,
            kind: PersonKind::Imported,
        };
        self.held.insert(source, author.clone());
        Ok(author)
    }
}

/// A text as messages of ours: Slack's may be ten times as long. Cut where a
/// line or a word ends.
fn pieces(text: &str) -> Vec<MessageText> {
    let mut pieces = vec![];
    let mut rest = text;
    while !rest.trim().is_empty() {
        let end = rest
            .char_indices()
            .nth(MAX_LENGTH)
            .map_or(rest.len(), |(at, _)| at);
        let cut = if end == rest.len() {
            end
        } else {
            let head = &rest[..end];
            let at = head.rfind('\n').or(head.rfind(' '));
            at.filter(|at| *at > 0).unwrap_or(end)
        };
        pieces.extend(MessageText::parse(&rest[..cut]));
        rest = &rest[cut..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_becomes_several_messages_and_loses_no_word() {
        let text = "word ".repeat(2_000);
        let cut = pieces(&text);
        assert_eq!(cut.len(), 3);
        let words: usize = cut
            .iter()
            .map(|p| p.as_str().split_whitespace().count())
            .sum();
        assert_eq!(words, 2_000);
        assert!(
            cut.iter()
                .all(|p| p.as_str().split_whitespace().all(|w| w == "word"))
        );
        assert_eq!(pieces(&"ä".repeat(4_001)).len(), 2);
        assert_eq!(pieces(" \n").len(), 0);
    }
}

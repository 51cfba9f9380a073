//! Taking the chat along: a channel's messages as a file that is made while it
//! is sent, and an event's whole chat, which a job writes piece by piece into
//! the blob store for whoever asked for it.
//!
//! A file holds what a reader of the channel sees and no more: names, words,
//! pictures, times and reactions, and of what was removed only that it was.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, ChatExportId, EventId, ImageId};
use hallway_model::images::Size;
use hallway_model::people::Language;
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_protocol::messages::Message;
use hallway_store::chat_exports::{self as store, Export, Part};
use hallway_store::{accounts, channels, events, images};
use hallway_views::Lang;
use hallway_views::Template;
use hallway_views::chat_exports::{Exported, FOOT, Head, Index, is_gone};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Service;
use crate::access::{access_channel, access_channel_by_slug, access_event};
use crate::arrivals;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::history::everything_after;
use crate::images::file_name;
use crate::jobs::JobError;
pub use crate::zips::Chunks;
use crate::zips::Zip;

/// Files made while they are sent, at once; each costs a reader's connection
/// now and then.
pub(crate) const ABREAST: usize = 8;
/// Messages read at a time.
const PAGE: i64 = 500;
/// Messages of one piece of a whole chat: a job's work of well under a second.
const PIECE_OF: i64 = 5_000;
/// Channels of an event, far above what any has.
const MAX_CHANNELS: i64 = 100_000;
/// How long a whole chat lies ready.
pub const KEEP: Span = Span::days(7);

/// Kind of the job that writes the next piece of a whole chat.
pub(crate) const PIECE: &str = "chat-export-piece";
/// Kind of the job that takes its blobs away.
pub(crate) const FORGET: &str = "chat-export-forget";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportJob {
    export: ChatExportId,
}

/// A file on its way to a reader.
pub struct Leaving {
    pub file_name: String,
    pub chunks: Chunks,
}

/// Begins the export of an event's whole chat. Asked for again while one is
/// under way, it is that one.
#[derive(Clone, Debug)]
pub struct BeginChatExport {
    pub event: String,
    pub language: Language,
}

impl Command for BeginChatExport {
    type Answer = ChatExportId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<ChatExportId, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::Integrate).await?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let before = store::list(ctx.conn, event.id, person).await?;
        if let Some(running) = before.iter().find(|export| !export.ready) {
            return Ok(running.id);
        }
        let export = Export {
            id: ctx.id(),
            event: event.id,
            person,
            language: self.language,
            ready: false,
            messages: 0,
            created: ctx.now(),
            finished: None,
            channels: 0,
            channels_ended: 0,
        };
        let mut readable: Vec<Channel> = vec![];
        for (channel, said) in channels::list_public(ctx.conn, event.id, MAX_CHANNELS).await? {
            let may_read = access_channel(ctx.conn, actor, channel.id, Action::ReadChat).await;
            if said > 0 && may_read.is_ok() {
                readable.push(channel);
            }
        }
        store::insert(ctx.conn, &export, &readable).await?;
        ctx.enqueue(PIECE, &ExportJob { export: export.id }).await?;
        Ok(export.id)
    }
}

/// Takes exports away that were begun before a moment, rows now and blobs by a job.
pub(crate) async fn forget_before(ctx: &mut Ctx<'_>, before: Timestamp) -> Result<(), Error> {
    for export in store::delete_before(ctx.conn, before).await? {
        ctx.enqueue(FORGET, &ExportJob { export }).await?;
    }
    Ok(())
}

/// Takes exports away that may hold what was said at a moment at an event, and
/// is taken back.
pub(crate) async fn forget_since(
    ctx: &mut Ctx<'_>,
    event: EventId,
    since: Timestamp,
) -> Result<(), Error> {
    for export in store::delete_since(ctx.conn, event, since).await? {
        ctx.enqueue(FORGET, &ExportJob { export }).await?;
    }
    Ok(())
}

impl Service {
    /// A channel's messages, as JSON lines and as a page to read.
    pub async fn export_channel(
        &self,
        actor: &Actor,
        event: &str,
        channel: &str,
        language: Language,
    ) -> Result<Leaving, Error> {
        let mut conn = self.read().await?;
        let (event, channel) =
            access_channel_by_slug(&mut conn, actor, event, channel, Action::ReadChat).await?;
        drop(conn);
        let slot = self.slot()?;
        let file_name = format!("{}-{}.zip", event.slug, channel.slug);
        let service = self.clone();
        let chunks = Zip::spawn(async move |zip: Zip| {
            let _slot = slot;
            Box::pin(service.write_channel(zip, &event, &channel, language)).await
        });
        Ok(Leaving { file_name, chunks })
    }

    async fn write_channel(
        &self,
        mut zip: Zip,
        event: &Event,
        channel: &Channel,
        language: Language,
    ) -> Result<Zip, Error> {
        zip.member("messages.jsonl").await?;
        let mut upto = 0;
        while let Some(messages) = self.after(channel.id, upto, PAGE).await? {
            upto = messages.last().map_or(upto, |last| last.seq);
            zip.write(lines(&messages)?.as_bytes()).await?;
        }
        zip.member("messages.html").await?;
        zip.write(head(event, &channel.name, language, self.now())?.as_bytes())
            .await?;
        let mut after = 0;
        while after < upto
            && let Some(messages) = self.after(channel.id, after, PAGE).await?
        {
            after = messages.last().map_or(upto, |last| last.seq);
            let known: Vec<Message> = messages.into_iter().filter(|m| m.seq <= upto).collect();
            zip.write(html(&known, event, language)?.as_bytes()).await?;
        }
        zip.write(FOOT.as_bytes()).await?;
        self.write_images(&mut zip, channel.id, upto, "").await?;
        Ok(zip)
    }

    /// The pictures of a channel's messages up to a number, each a file, in the
    /// folder whose name `folder` begins with.
    async fn write_images(
        &self,
        zip: &mut Zip,
        channel: ChannelId,
        upto: i64,
        folder: &str,
    ) -> Result<(), Error> {
        let mut after = ImageId(Uuid::nil());
        loop {
            let mut conn = self.read().await?;
            let page = images::list_in(&mut conn, channel, upto, after, PAGE).await?;
            drop(conn);
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.id;
            for image in &page {
                // Its message may have been removed in the meantime.
                if let Some(pixels) = self.pixels(image.id, Size::Large).await? {
                    let name = format!("{folder}{}", file_name(image));
                    zip.member(&name).await?;
                    zip.write(&pixels).await?;
                }
            }
        }
    }

    /// What follows on a number; none at the end.
    async fn after(
        &self,
        channel: ChannelId,
        after: i64,
        limit: i64,
    ) -> Result<Option<Vec<Message>>, Error> {
        let mut conn = self.read().await?;
        let messages = everything_after(&mut conn, channel, after, limit).await?;
        Ok((!messages.is_empty()).then_some(messages))
    }

    fn slot(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Error> {
        let busy = |_| Error::Unavailable("other files are being made just now".into());
        self.0.exporting.clone().try_acquire_owned().map_err(busy)
    }

    /// Exports of the whole chat that the actor had made.
    pub async fn chat_exports(&self, actor: &Actor, event: &str) -> Result<Vec<Export>, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Integrate).await?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        Ok(store::list(&mut conn, event.id, person).await?)
    }

    /// A whole chat that is ready, for the one who had it made.
    pub async fn chat_export(
        &self,
        actor: &Actor,
        event: &str,
        export: ChatExportId,
    ) -> Result<Leaving, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::Integrate).await?;
        let export = store::find(&mut conn, export)
            .await?
            .filter(|export| export.event == event.id && Some(export.person) == actor.person)
            .filter(|export| export.ready)
            .ok_or(Error::NotFound)?;
        let parts = store::parts(&mut conn, export.id).await?;
        drop(conn);
        let slot = self.slot()?;
        let file_name = format!("{}-chat.zip", event.slug);
        let service = self.clone();
        let chunks = Zip::spawn(async move |zip: Zip| {
            let _slot = slot;
            Box::pin(service.write_export(zip, &event, &export, &parts)).await
        });
        Ok(Leaving { file_name, chunks })
    }

    async fn write_export(
        &self,
        mut zip: Zip,
        event: &Event,
        export: &Export,
        parts: &[Part],
    ) -> Result<Zip, Error> {
        let index = Index {
            lang: lang(export.language),
            title: &event.title,
            made: export.created.rfc3339(&event.zone),
            channels: parts
                .iter()
                .map(|part| (part.slug.as_str(), part.name.as_str()))
                .collect(),
        };
        zip.member("index.html").await?;
        zip.write(render(&index)?.as_bytes()).await?;
        for part in parts {
            zip.member(&format!("{}/messages.jsonl", part.slug)).await?;
            for piece in 0..part.pieces {
                let lines = self.piece(export.id, part, piece, "jsonl").await?;
                zip.write(&lines).await?;
            }
            zip.member(&format!("{}/messages.html", part.slug)).await?;
            zip.write(head(event, &part.name, export.language, export.created)?.as_bytes())
                .await?;
            for piece in 0..part.pieces {
                let html = self.piece(export.id, part, piece, "html").await?;
                zip.write(&html).await?;
            }
            zip.write(FOOT.as_bytes()).await?;
            let folder = format!("{}/", part.slug);
            self.write_images(&mut zip, part.channel, part.after, &folder)
                .await?;
        }
        Ok(zip)
    }

    async fn piece(
        &self,
        export: ChatExportId,
        part: &Part,
        piece: i64,
        ending: &str,
    ) -> Result<bytes::Bytes, Error> {
        let key = blob(export, part, piece, ending)?;
        self.0
            .blobs
            .get(&key)
            .await
            .map_err(|e| Error::Internal(e.to_string()))
    }

    /// Writes the next piece of a whole chat and asks for the one after it. Done
    /// twice, it writes the same blobs again.
    pub(crate) async fn export_piece(&self, job: ExportJob) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let Some(export) = store::find(&mut conn, job.export).await? else {
            // Taken away in the meantime.
            return Ok(());
        };
        let Some(event) = events::find(&mut conn, export.event).await? else {
            return Ok(());
        };
        let Some(part) = store::next_part(&mut conn, export.id).await? else {
            drop(conn);
            return Ok(self
                .write(&Actor::operator(), None, FinishExport(export.id))
                .await?);
        };
        // Who had it made may have lost the right to read in the meantime.
        let readable = match accounts::find(&mut conn, export.person).await? {
            Some(person) => {
                let actor = arrivals::actor(&mut conn, person.id, self.now()).await?;
                access_channel(&mut conn, &actor, part.channel, Action::ReadChat)
                    .await
                    .is_ok()
            }
            None => false,
        };
        drop(conn);
        let mut messages = vec![];
        while readable && (messages.len() as i64) < PIECE_OF {
            let after = messages
                .last()
                .map_or(part.after, |last: &Message| last.seq);
            match self.after(part.channel, after, PAGE).await? {
                Some(more) => messages.extend(more),
                None => break,
            }
        }
        let written = Part {
            after: messages.last().map_or(part.after, |last| last.seq),
            pieces: part.pieces + i64::from(!messages.is_empty()),
            ended: (messages.len() as i64) < PIECE_OF,
            ..part.clone()
        };
        if !messages.is_empty() {
            for (ending, text) in [
                ("jsonl", lines(&messages)?),
                ("html", html(&messages, &event, export.language)?),
            ] {
                let key = blob(export.id, &part, part.pieces, ending)?;
                let stored = self.0.blobs.put(&key, text.into()).await;
                stored.map_err(|e| JobError::Retry(e.to_string()))?;
            }
        }
        let note = NotePiece {
            export: export.id,
            before: part,
            after: written,
            messages: messages.len() as i64,
        };
        Ok(self.write(&Actor::operator(), None, note).await?)
    }

    pub(crate) async fn forget_export(&self, job: ExportJob) -> Result<(), JobError> {
        let deleted = self.0.blobs.delete(&folder(job.export)?).await;
        deleted.map_err(|e| JobError::Retry(e.to_string()))
    }
}

#[derive(Clone, Debug)]
struct NotePiece {
    export: ChatExportId,
    before: Part,
    after: Part,
    messages: i64,
}

impl Command for NotePiece {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let (before, after) = (&self.before, &self.after);
        store::note_piece(ctx.conn, self.export, before, after, self.messages).await?;
        if store::find(ctx.conn, self.export).await?.is_none() {
            // Taken away while this was written: so are its blobs.
            return ctx
                .enqueue(
                    FORGET,
                    &ExportJob {
                        export: self.export,
                    },
                )
                .await;
        }
        ctx.enqueue(
            PIECE,
            &ExportJob {
                export: self.export,
            },
        )
        .await
    }
}

#[derive(Clone, Debug)]
struct FinishExport(ChatExportId);

impl Command for FinishExport {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let now = ctx.now();
        Ok(store::finish(ctx.conn, self.0, now).await?)
    }
}

fn folder(export: ChatExportId) -> Result<hallway_blob::Key, Error> {
    hallway_blob::Key::new(format!("chat-exports/{export}"))
        .map_err(|e| Error::Internal(e.to_string()))
}

fn blob(
    export: ChatExportId,
    part: &Part,
    piece: i64,
    ending: &str,
) -> Result<hallway_blob::Key, Error> {
    folder(export)?
        .join(&format!("{:05}/{piece:05}.{ending}", part.position))
        .map_err(|e| Error::Internal(e.to_string()))
}

/// One JSON object a line.
fn lines(messages: &[Message]) -> Result<String, Error> {
    let mut text = String::new();
    for message in messages {
        text.push_str(&line(message).to_string());
        text.push('\n');
    }
    Ok(text)
}

fn line(message: &Message) -> Value {
    let author = message
        .author
        .as_ref()
        .map(|author| json!({ "id": author.id, "name": author.name, "kind": author.kind }));
    let reactions: Vec<Value> = message
        .reactions
        .iter()
        .map(|reaction| json!({ "emoji": reaction.emoji, "count": reaction.count }))
        .collect();
    let images: Vec<Value> = message
        .images
        .iter()
        .map(|image| json!({ "id": image.id, "alt": image.alt, "width": image.width, "height": image.height }))
        .collect();
    json!({
        "number": message.seq,
        "id": message.id,
        "sent_at": Timestamp(message.sent_at).rfc3339(&Zone::utc()),
        "author": author,
        "removed": is_gone(message),
        "kind": message.kind,
        "thread": message.thread,
        "reply_to": message.reply_to.as_ref().map(|quoted| quoted.id),
        "text": message.source,
        "images": images,
        "reactions": reactions,
    })
}

fn head(
    event: &Event,
    channel: &str,
    language: Language,
    made: Timestamp,
) -> Result<String, Error> {
    render(&Head {
        lang: lang(language),
        title: channel,
        event: &event.title,
        made: made.rfc3339(&event.zone),
    })
}

fn html(messages: &[Message], event: &Event, language: Language) -> Result<String, Error> {
    let mut text = String::new();
    for message in messages {
        text.push_str(&render(&Exported {
            lang: lang(language),
            zone: &event.zone,
            message,
        })?);
    }
    Ok(text)
}

fn lang(language: Language) -> Lang {
    Lang::from_code(language.code()).unwrap_or(Lang::En)
}

fn render(template: &impl Template) -> Result<String, Error> {
    template
        .render()
        .map_err(|e| Error::Internal(format!("an export: {e}")))
}

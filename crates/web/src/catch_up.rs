//! "Catch me up" as a page, and its one button.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::ids::ChannelId;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::catch_ups::{News, Why};
use hallway_service::programmes::Snapshot;
use hallway_service::reading::{MarkAllRead, MarkRead};
use hallway_views::catch_up::{CatchUpPage, NewsRow, ShownRow};
use hallway_views::sessions::SessionRow;
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::{done, personal};
use crate::rows;

/// Sessions of each kind that are told of.
const SESSIONS: usize = 20;

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let service = &call.web.service;
    let news = service.catch_up(&call.actor, &event).await?;
    let snapshot = service.programme(&call.actor, &event).await?;
    let marks: Vec<String> = news
        .channels
        .iter()
        .map(|news| format!("{}:{}", news.channel.id, news.reading.last))
        .collect();
    let sessions = |keep: &dyn Fn(Timestamp, &hallway_model::sessions::Session) -> bool| {
        news.since
            .map(|since| listed(&snapshot, |session| keep(since, session)))
            .unwrap_or_default()
    };
    personal(&CatchUpPage {
        shell: call.event_shell(&news.event),
        since: news.since,
        now: service.now(),
        changed: sessions(&|since, session| session.changed > since),
        recorded: sessions(&|since, session| {
            let recording = snapshot.recordings.get(&session.id);
            rows::recorded(&snapshot, session).is_some()
                && recording.is_some_and(|recording| recording.to > since)
        }),
        channels: news.channels.into_iter().map(row).collect(),
        more: news.more,
        marks: marks.join(","),
        key: call.key(),
    })
}

fn listed(
    snapshot: &Snapshot,
    keep: impl Fn(&hallway_model::sessions::Session) -> bool,
) -> Vec<SessionRow> {
    rows::by_start(snapshot, keep)
        .into_iter()
        .take(SESSIONS)
        .map(|session| rows::session(snapshot, session))
        .collect()
}

fn row(news: News) -> NewsRow {
    let mark = news.reading.mark;
    NewsRow {
        slug: news.channel.slug,
        name: news.channel.name,
        unread: news.reading.unread(),
        mentions: news.reading.mentions,
        first: mark.map_or_else(
            || news.messages.first().map_or(1, |shown| shown.message.seq),
            |mark| mark + 1,
        ),
        messages: news
            .messages
            .into_iter()
            .map(|shown| ShownRow {
                calls: shown.why == Why::Calls,
                liked: shown.why == Why::Liked,
                message: shown.message,
            })
            .collect(),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Read {
    key: String,
    /// `CHANNEL:NUMBER` with commas between: what the page showed.
    marks: String,
}

pub(crate) async fn mark_read(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Read>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    // Asked for the event first: what is not there is not marked either.
    service.keep_place(&call.actor, &event).await?;
    let marks = form
        .marks
        .split(',')
        .filter(|mark| !mark.is_empty())
        .map(mark)
        .collect::<Option<Vec<MarkRead>>>()
        .ok_or_else(|| Error::invalid("marks", "each is CHANNEL:NUMBER"))?;
    call.write_once(&form.key, MarkAllRead { marks }).await?;
    Ok(done(&routes::catch_up(&event), Notice::Saved).into_response())
}

fn mark(text: &str) -> Option<MarkRead> {
    let (channel, seq) = text.split_once(':')?;
    Some(MarkRead {
        channel: channel.parse::<ChannelId>().ok()?,
        seq: seq.parse().ok()?,
    })
}

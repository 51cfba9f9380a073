//! Channels as pages: reading by reload. The list of them is in `lists`, what is
//! said and done by form in `posts`.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::{Channel, ChannelKind};
use hallway_model::events::Event;
use hallway_model::time::Day;
use hallway_protocol::messages::{Message, MessagePage};
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::history::Window;
use hallway_service::reading::MarkRead;
use hallway_views::channels::{ChannelHead, ChannelPage, ChatPanel, Reading, WardBar, Writing};
use hallway_views::places::GroupKind;
use http::HeaderMap;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::moderation::held_row;
use crate::pages::personal;

mod lists;
mod posts;

pub(crate) use lists::list;
pub(crate) use posts::{Post, follow, limit, mark_unread, post_message, react};

use lists::{Narrowing, groups, shell};

/// Messages on one page.
const PAGE: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Where {
    /// Messages numbered below this.
    before: Option<i64>,
    /// Messages numbered above this.
    after: Option<i64>,
    /// The message numbered so, and what stands about it.
    at: Option<i64>,
    /// The message numbered so is to be answered.
    reply: Option<i64>,
    /// Messages from the first of this day on, YYYY-MM-DD in the reader's zone.
    date: Option<String>,
    /// `alone`: the channel without the site around it.
    view: Option<String>,
}

impl Where {
    fn is_alone(&self) -> bool {
        self.view.as_deref() == Some("alone")
    }
}

pub(crate) async fn page(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Query(place): Query<Where>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, found) = service.channel(&call.actor, &event, &channel).await?;
    if found.slug != channel {
        // Merged: its messages follow others there now.
        let after = service
            .merged_after(&call.actor, &event.slug, &channel)
            .await?
            .unwrap_or(0);
        let url = routes::channel(&event.slug, &found.slug);
        let moved = |word: &str, seq: i64| format!("{url}?{word}={}", seq.saturating_add(after));
        let url = match (place.at, place.before, place.after) {
            (Some(at), ..) => moved("at", at),
            (None, Some(before), _) => moved("before", before),
            (None, None, Some(after)) => moved("after", after),
            (None, None, None) => url,
        };
        return Ok(Redirect::permanent(&url).into_response());
    }
    let channel = found;
    if let Some(thread) = thread_of(&call, &event, &channel, place.at).await? {
        return Ok(Redirect::to(&thread).into_response());
    }
    let window = window(&call, &event, &channel, &place).await?;
    let mut panel = panel_of(&call, &event, &channel, window).await?;
    if let Some(reply) = place.reply {
        panel.reply_to = Some(
            call.web
                .service
                .message_numbered(&call.actor, channel.id, reply)
                .await?,
        );
    }
    if matches!(window, Window::Latest) && !fetched_ahead(&headers) {
        seen(&call, &event, &panel).await?;
    }
    let page = page_with(&call, &event, &channel, panel).await?;
    personal(&ChannelPage {
        alone: place.is_alone(),
        ..page
    })
}

/// A browser that fetches a page in case somebody opens it shows nobody anything.
fn fetched_ahead(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose"].iter().any(|name| {
        headers
            .get(*name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("prefetch"))
    })
}

/// The newest messages were shown: whoever has a place here moves on to them.
async fn seen(call: &Call, event: &Event, panel: &ChatPanel) -> Result<(), Error> {
    let newest = panel.newest;
    let keeps = allow(&call.actor, Action::FollowChat, &Object::event(event.id));
    let there = panel.reading.is_some_and(|reading| reading.mark >= newest);
    if keeps && !there {
        let channel = panel.channel;
        let seq = newest;
        call.write(MarkRead { channel, seq }).await?;
    }
    Ok(())
}

/// What of the history is asked for. A day on which nothing was said leads to
/// what was said next, and one after everything to the newest.
async fn window(
    call: &Call,
    event: &Event,
    channel: &Channel,
    place: &Where,
) -> Result<Window, Error> {
    let day = place
        .date
        .as_deref()
        .and_then(|day| day.parse::<Day>().ok());
    Ok(match (place.at, day, place.before, place.after) {
        (Some(at), ..) => Window::Around(at),
        (None, Some(day), ..) => {
            let start = day.start(&call.event_shell(event).zone);
            let first = call
                .web
                .service
                .first_since(&call.actor, channel.id, start)
                .await?;
            first.map_or(Window::Latest, Window::Around)
        }
        (None, None, Some(before), _) => Window::Before(before),
        (None, None, None, Some(after)) => Window::After(after),
        (None, None, None, None) => Window::Latest,
    })
}

/// Where a message stands that is asked for here and said in a thread alone.
async fn thread_of(
    call: &Call,
    event: &Event,
    channel: &Channel,
    at: Option<i64>,
) -> Result<Option<String>, Error> {
    let Some(at) = at else { return Ok(None) };
    let service = &call.web.service;
    let found = match service.message_numbered(&call.actor, channel.id, at).await {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    let Some(root) = found.thread.filter(|_| !found.in_channel) else {
        return Ok(None);
    };
    let root = service.message_in(&call.actor, channel.id, root).await?;
    let thread = routes::thread(&event.slug, &channel.slug, root.seq);
    Ok(Some(format!("{thread}?at={at}#m{at}")))
}

pub(crate) async fn page_with(
    call: &Call,
    event: &Event,
    channel: &Channel,
    panel: ChatPanel,
) -> Result<ChannelPage, Error> {
    let service = &call.web.service;
    let listing = service.places(&call.actor, &event.slug).await?;
    let listed = listing
        .places
        .iter()
        .find(|place| place.channel.id == channel.id);
    let now = service.now();
    let head = ChannelHead {
        about: listed.map_or(String::new(), |place| place.about.clone()),
        lit: listed.is_some_and(|place| place.is_lit(now)),
        by_invitation: channel.is_closed(),
        direct: channel.kind == ChannelKind::Direct,
        ward: None,
    };
    let ward = match panel.may_moderate {
        true => service.waiting_in(&call.actor, event, channel).await?,
        false => None,
    };
    let head = ChannelHead {
        ward: ward.map(|ward| WardBar {
            path: routes::channel_ward(&event.slug, &channel.slug),
            waiting: ward.count,
            calm_until: ward.calm_until,
        }),
        ..head
    };
    let channels = groups(call, &listing, &Narrowing::default())
        .into_iter()
        .filter(|group| group.kind != GroupKind::Invitations)
        .flat_map(|group| group.channels)
        .collect();
    Ok(ChannelPage {
        shell: shell(call, event, &listing),
        alone: false,
        indexed: event.settings.chat_is_indexed() && !channel.is_closed(),
        channels,
        talk: talk_of(call, event, channel).await,
        head,
        panel,
    })
}

/// The page of the session that the channel belongs to.
async fn talk_of(call: &Call, event: &Event, channel: &Channel) -> Option<String> {
    let id = channel.kind.session()?;
    let programme = call.web.service.programme(&call.actor, &event.slug).await;
    let programme = programme.ok()?;
    let session = programme.sessions.iter().find(|session| session.id == id)?;
    Some(routes::talk(&event.slug, &session.code))
}

/// The newest messages of a channel, for the pages it stands beside.
pub(crate) async fn panel(
    call: &Call,
    event: &Event,
    channel: &Channel,
) -> Result<ChatPanel, Error> {
    panel_of(call, event, channel, Window::Latest).await
}

async fn panel_of(
    call: &Call,
    event: &Event,
    channel: &Channel,
    window: Window,
) -> Result<ChatPanel, Error> {
    // Read first: what is said in between only makes the page look younger.
    let reading = call.web.service.reading(&call.actor, channel.id).await?;
    let page = call
        .web
        .service
        .messages(&call.actor, channel.id, window, PAGE)
        .await?;
    let url = routes::channel(&event.slug, &channel.slug);
    let held = call.web.service.own_held(&call.actor, channel.id).await?;
    // A window of its own stays one on the way through the history.
    let view = match call.path.contains("view=alone") {
        true => "&view=alone",
        false => "",
    };
    let numbers = |message: Option<&Message>| message.map(|message| message.seq);
    let oldest = numbers(page.messages.first()).filter(|_| page.more_before);
    let newest = numbers(page.messages.last()).filter(|_| page.more_after);
    let panel = panel_with(call, event, channel, page, &url);
    let panel = ChatPanel {
        older: oldest.map(|seq| format!("{url}?before={seq}{view}")),
        newer: newest.map(|seq| format!("{url}?after={seq}{view}")),
        newest: reading.last,
        reading: reading.mark.map(|mark| Reading {
            mark,
            level: reading.level,
        }),
        held: held.into_iter().map(held_row).collect(),
        at: match window {
            Window::Around(at) => Some(at),
            _ => None,
        },
        ..panel
    };
    for_reader(call, event, channel, panel).await
}

/// The panel as this reader sees it: what they may do here as host, of whom
/// they want nothing, and with whom a conversation is.
pub(crate) async fn for_reader(
    call: &Call,
    event: &Event,
    channel: &Channel,
    panel: ChatPanel,
) -> Result<ChatPanel, Error> {
    let service = &call.web.service;
    let blocked = service.blocked(&call.actor).await?;
    let hosted = service.hosts(&call.actor, channel).await?;
    let here = Object::event(event.id).channel(channel.id).hosted(hosted);
    let (name, writing) = match channel.kind {
        ChannelKind::Direct => {
            let others = service.others_in(&call.actor, channel.id).await?;
            let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
            let agreed = others.iter().any(|other| other.membership.is_in());
            let writing = if agreed {
                panel.writing
            } else {
                Writing::Waiting
            };
            (names.join(", "), writing)
        }
        _ => (panel.name, panel.writing),
    };
    Ok(ChatPanel {
        name,
        writing,
        blocked: blocked.into_iter().map(|(id, _)| id).collect(),
        may_remove: allow(&call.actor, Action::RemoveMessage, &here),
        may_pin: allow(&call.actor, Action::PinMessage, &here),
        // What people say to one another alone is looked after by nobody.
        may_moderate: channel.kind != ChannelKind::Direct
            && allow(&call.actor, Action::ModerateChannel, &here),
        ..panel
    })
}

/// A panel that shows a page of messages; `url` is where its newest stand.
pub(crate) fn panel_with(
    call: &Call,
    event: &Event,
    channel: &Channel,
    page: MessagePage,
    url: &str,
) -> ChatPanel {
    let oldest = page.messages.first().map(|message| message.seq);
    let here = Object::event(event.id);
    ChatPanel {
        shell: call.event_shell(event),
        channel: channel.id,
        slug: channel.slug.clone(),
        name: channel.name.clone(),
        older: oldest
            .filter(|_| page.more_before)
            .map(|seq| format!("{url}?before={seq}")),
        newer: page.more_after.then(|| url.to_owned()),
        newest: 0,
        reading: None,
        at: None,
        messages: page.messages,
        pins: page.pins,
        timeline: page.timeline,
        seq: page.seq,
        me: call.actor.person,
        blocked: vec![],
        may_remove: allow(&call.actor, Action::RemoveMessage, &here),
        may_pin: allow(&call.actor, Action::PinMessage, &here),
        may_moderate: false,
        now: call.web.service.now(),
        writing: writing(call, event, channel),
        thread: None,
        reply_to: None,
        draft: String::new(),
        error: None,
        held: vec![],
        key: call.key(),
    }
}

fn writing(call: &Call, event: &Event, channel: &Channel) -> Writing {
    let object = Object::event(event.id).channel(channel.id);
    if !channel.state.takes_messages() {
        Writing::Closed
    } else if allow(&call.actor, Action::PostMessage, &object) {
        Writing::Open
    } else if call
        .actor
        .sanction_against(Action::PostMessage, &object)
        .is_some()
    {
        Writing::Muted
    } else if call.signed_in.is_none() {
        Writing::SignIn
    } else {
        Writing::Register
    }
}

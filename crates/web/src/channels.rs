//! Channels as pages: reading by reload, posting and reacting by form.

use axum::extract::{Form, Path, Query, Request};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::{Channel, ChannelKind, ChannelState, Mark, Place};
use hallway_model::events::Event;
use hallway_model::ids::MessageId;
use hallway_model::messages::MAX_LENGTH;
use hallway_model::reading::Level;
use hallway_model::screening::Refusal;
use hallway_model::time::{Day, Timestamp};
use hallway_protocol::messages::{Message, MessagePage, ThreadPage};
use hallway_protocol::{Topic, routes};
use hallway_service::messages::{PostMessage, Window};
use hallway_service::places::Listing;
use hallway_service::reactions::{AddReaction, RemoveReaction};
use hallway_service::reading::{self, Follow, MarkRead, MarkUnread};
use hallway_service::{Error, sign_ins::SignedIn};
use hallway_views::channels::{ChannelHead, ChannelLink, ChannelPage, ChatPanel, Reading, Writing};
use hallway_views::forms::FieldError;
use hallway_views::places::{ChannelGroup, ChannelsPage, GroupKind};
use hallway_views::shell::{Notice, Shell};
use http::HeaderMap;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::local_path;
use crate::moderation::held_row;
use crate::pages::{done, personal, refused};
use crate::{images, places};

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

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Narrowing {
    q: String,
    lang: String,
}

pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let listing = service.places(&call.actor, &event).await?;
    let event = &listing.event;
    // Read before the page is sent and after the list: an event that comes
    // between is told again, and the list is read anew.
    let topic = Topic::Event(event.id);
    let seq = service.latest(topic).await?;
    let object = Object::event(event.id).open(event.settings.people_open_channels);
    let mut languages: Vec<String> = listing
        .places
        .iter()
        .filter_map(|place| place.language.clone())
        .collect();
    languages.sort();
    languages.dedup();
    personal(&ChannelsPage {
        shell: shell(&call, event, &listing),
        groups: groups(&call, &listing, &narrowing),
        outside: places::outside_links(&call, event, listing.outside.clone()),
        words: narrowing.q,
        language: narrowing.lang,
        languages,
        opens: allow(&call.actor, Action::OpenChannel, &object),
        directs: allow(&call.actor, Action::SendDirect, &object),
        topic,
        seq,
    })
}

/// Under which heading a channel stands.
fn group_of(place: &Place, listing: &Listing) -> GroupKind {
    let marked = |mark| place.standing.get(mark).is_some();
    match (place.channel.kind, listing.mine.get(&place.channel.id)) {
        (ChannelKind::Event, _) => GroupKind::Event,
        (ChannelKind::Session { .. }, _) => GroupKind::Sessions,
        (_, Some(mine)) if places::is_asked(*mine) => GroupKind::Invitations,
        _ if marked(Mark::Adopted) => GroupKind::Event,
        _ if marked(Mark::Pinned) || marked(Mark::Endorsed) => GroupKind::Endorsed,
        (_, Some(_)) => GroupKind::Mine,
        _ => GroupKind::Made,
    }
}

const ORDER: [GroupKind; 6] = [
    GroupKind::Invitations,
    GroupKind::Event,
    GroupKind::Endorsed,
    GroupKind::Mine,
    GroupKind::Made,
    GroupKind::Sessions,
];

/// The channels under their headings: pinned ones first, then by how lively
/// they were in the last hours. Of sessions, those where something was said.
fn groups(call: &Call, listing: &Listing, narrowing: &Narrowing) -> Vec<ChannelGroup> {
    let now = call.web.service.now();
    let words: Vec<String> = narrowing
        .q
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let fits = |place: &&Place| {
        let text = format!("{} {}", place.channel.name, place.about).to_lowercase();
        let spoken = place.language.as_deref().unwrap_or("");
        let quiet =
            matches!(place.channel.kind, ChannelKind::Session { .. }) && place.messages == 0;
        !quiet
            && words.iter().all(|word| text.contains(word))
            && (narrowing.lang.is_empty() || narrowing.lang == spoken)
    };
    let mut places: Vec<&Place> = listing.places.iter().filter(fits).collect();
    // Stable: what is equally lively stays in the order of the latest word.
    places.sort_by_key(|place| {
        let pinned = place.standing.pinned.is_some();
        let first = place.channel.kind == ChannelKind::Event;
        std::cmp::Reverse((first, pinned, place.lively))
    });
    ORDER
        .into_iter()
        .map(|kind| ChannelGroup {
            kind,
            channels: places
                .iter()
                .filter(|place| group_of(place, listing) == kind)
                .map(|place| link(place, listing, now))
                .collect(),
        })
        .filter(|group| !group.channels.is_empty())
        .collect()
}

fn link(place: &Place, listing: &Listing, now: Timestamp) -> ChannelLink {
    let channel = &place.channel;
    let reading = listing.readings.get(&channel.id);
    ChannelLink {
        slug: channel.slug.clone(),
        name: channel.name.clone(),
        about: place.about.clone(),
        language: place.language.clone(),
        of_session: matches!(channel.kind, ChannelKind::Session { .. }),
        by_invitation: channel.is_closed(),
        locked: channel.state == ChannelState::Locked,
        lit: place.is_lit(now),
        marks: Mark::ALL
            .into_iter()
            .filter(|mark| !mark.is_of_hosts() && place.standing.get(*mark).is_some())
            .map(Mark::word)
            .collect(),
        maker: place
            .maker
            .and_then(|maker| listing.makers.get(&maker).cloned()),
        messages: place.messages,
        last: place.said,
        unread: reading.map_or(0, reading::Reading::unread),
        mentions: reading.map_or(0, |reading| reading.mentions),
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

/// The page's surroundings, with what waits in the chat at the way there.
fn shell(call: &Call, event: &Event, listing: &Listing) -> Shell {
    Shell {
        unread: listing
            .readings
            .values()
            .map(reading::Reading::unread)
            .sum(),
        ..call.event_shell(event)
    }
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

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Post {
    pub key: String,
    pub body: String,
    #[serde(default)]
    pub next: String,
    /// Ids of the message that is answered, and of the thread's root.
    #[serde(default)]
    pub reply_to: String,
    #[serde(default)]
    pub thread: String,
    /// `yes` where an answer in a thread goes to the channel too.
    #[serde(default)]
    pub also: String,
}

pub(crate) async fn post_message(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, channel) = service.channel(&call.actor, &event, &channel).await?;
    limit(&call)?;
    // Asked before a byte of a picture is read.
    service.may_post(&call.actor, channel.id).await?;
    let (form, files) = images::read_post(request).await?;
    let (reply_to, thread) = (
        named("reply_to", &form.reply_to)?,
        named("thread", &form.thread)?,
    );
    let command = PostMessage::typed(channel.id, &form.body);
    let sent = match command {
        Ok(command) => images::send(&call, channel.id, files)
            .await
            .map(|images| PostMessage {
                reply_to,
                thread,
                also_in_channel: form.also == "yes",
                images,
                ..command
            }),
        Err(error) => Err(error),
    };
    let posted = match sent {
        Ok(command) => call.write_once(&form.key, command).await,
        Err(error) => Err(error),
    };
    match posted {
        Ok(message) => {
            let next = local_path(&form.next)
                .unwrap_or_else(|| routes::channel(&event.slug, &channel.slug));
            let place = format!("{}#m{}", newest(&next), message.seq);
            Ok(done(&place, Notice::MessageSent).into_response())
        }
        Err(Error::Held) => {
            let next = local_path(&form.next)
                .unwrap_or_else(|| routes::channel(&event.slug, &channel.slug));
            Ok(done(&next, Notice::MessageHeld).into_response())
        }
        Err(error) if of_form(&error) => {
            let error = match error {
                Error::Screened {
                    refusal: Refusal::TooSoon { until },
                    now,
                } => FieldError::TooSoon {
                    seconds: usize::try_from((until - now).as_seconds() + 1).unwrap_or_default(),
                },
                Error::Screened {
                    refusal: Refusal::Link { .. },
                    ..
                } => FieldError::LinksOff,
                Error::Screened {
                    refusal: Refusal::Image { .. },
                    ..
                } => FieldError::ImagesOff,
                Error::Image(wrong) => FieldError::Image(wrong),
                Error::Screened { .. } => FieldError::WordUnwanted,
                _ if form.body.trim().is_empty() => FieldError::Missing,
                Error::Invalid(wrong) if wrong.iter().any(|(field, _)| *field == "command") => {
                    FieldError::NotACommand
                }
                _ => FieldError::TooLong { max: MAX_LENGTH },
            };
            // Back to what it answers, with the words still there.
            let panel = match thread {
                Some(root) => {
                    let read = call
                        .web
                        .service
                        .thread(&call.actor, root, Window::Latest, PAGE);
                    let ThreadPage { root, page } = read.await?;
                    let url = routes::thread(&event.slug, &channel.slug, root.seq);
                    ChatPanel {
                        thread: Some(root),
                        ..panel_with(&call, &event, &channel, page, &url)
                    }
                }
                None => panel(&call, &event, &channel).await?,
            };
            let answered = match reply_to {
                Some(id) => Some(
                    call.web
                        .service
                        .message_in(&call.actor, channel.id, id)
                        .await?,
                ),
                None => None,
            };
            let panel = ChatPanel {
                // This address takes forms alone: the page they came from is
                // come back to.
                shell: Shell {
                    path: local_path(&form.next)
                        .unwrap_or_else(|| routes::channel(&event.slug, &channel.slug)),
                    ..panel.shell
                },
                draft: form.body,
                error: Some(error),
                reply_to: answered,
                ..panel
            };
            refused(&page_with(&call, &event, &channel, panel).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The id in a form's field that may be empty.
fn named(field: &'static str, text: &str) -> Result<Option<MessageId>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text
        .parse()
        .map_err(|_| Error::invalid(field, "an id is a UUID"))?;
    Ok(Some(id))
}

/// What the form tells at the message's own field.
fn of_form(error: &Error) -> bool {
    match error {
        Error::Screened { .. } | Error::Image(_) => true,
        Error::Invalid(wrong) => wrong
            .iter()
            .any(|(field, _)| matches!(*field, "body" | "command")),
        _ => false,
    }
}

/// The page that shows the newest, where one about another message was open.
fn newest(path: &str) -> &str {
    match path.split_once('?') {
        Some((page, query))
            if ["at=", "before=", "after=", "date=", "reply="]
                .iter()
                .any(|word| query.starts_with(word)) =>
        {
            page
        }
        _ => path,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Unread {
    key: String,
    /// Number of the first message that shall be unread.
    seq: i64,
}

/// Back to the list of channels: the channel's own page would be read again.
pub(crate) async fn mark_unread(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Unread>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (_, of) = service.channel(&call.actor, &event, &channel).await?;
    limit(&call)?;
    let command = MarkUnread {
        channel: of.id,
        seq: form.seq,
    };
    call.write_once(&form.key, command).await?;
    Ok(Redirect::to(&routes::channels(&event)).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct FollowForm {
    key: String,
    /// `all`, `mentions` or `nothing`
    level: String,
}

pub(crate) async fn follow(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<FollowForm>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (_, of) = service.channel(&call.actor, &event, &channel).await?;
    let level = Level::from_word(&form.level)
        .ok_or_else(|| Error::invalid("level", "`all`, `mentions` or `nothing`"))?;
    let command = Follow {
        channel: of.id,
        level,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::channel(&event, &channel), Notice::Saved).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct React {
    key: String,
    emoji: String,
    /// `add` or `remove`
    action: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn react(
    call: Call,
    Path((event, channel, message)): Path<(String, String, MessageId)>,
    Form(form): Form<React>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (_, of) = service.channel(&call.actor, &event, &channel).await?;
    let seq = service.message_in(&call.actor, of.id, message).await?.seq;
    limit(&call)?;
    match form.action.as_str() {
        "remove" => {
            call.write_once(
                &form.key,
                RemoveReaction {
                    message,
                    emoji: form.emoji,
                },
            )
            .await?
        }
        _ => {
            call.write_once(
                &form.key,
                AddReaction {
                    message,
                    emoji: form.emoji,
                },
            )
            .await?
        }
    }
    let next = local_path(&form.next).unwrap_or_else(|| routes::channel(&event, &channel));
    Ok(Redirect::to(&format!("{next}#m{seq}")).into_response())
}

pub(crate) fn limit(call: &Call) -> Result<(), Error> {
    match &call.signed_in {
        Some(SignedIn { person, .. }) => call.web.service.limits().message(person.id),
        None => Err(Error::SignInNeeded),
    }
}

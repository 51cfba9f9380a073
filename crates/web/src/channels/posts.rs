//! What is said and done in a channel by form: messages, reactions, what one
//! follows and has read.

use axum::extract::{Form, Path, Request};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::ids::MessageId;
use hallway_model::messages::MAX_LENGTH;
use hallway_model::reading::Level;
use hallway_model::screening::Refusal;
use hallway_protocol::messages::ThreadPage;
use hallway_protocol::routes;
use hallway_service::history::Window;
use hallway_service::messages::PostMessage;
use hallway_service::reactions::{AddReaction, RemoveReaction};
use hallway_service::reading::{Follow, MarkUnread};
use hallway_service::{Error, arrivals::SignedIn};
use hallway_views::channels::ChatPanel;
use hallway_views::forms::FieldError;
use hallway_views::shell::{Notice, Shell};
use serde::Deserialize;

use super::{PAGE, page_with, panel, panel_with};
use crate::call::Call;
use crate::failure::Failure;
use crate::forms::local_path;
use crate::images;
use crate::pages::{done, refused};

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

//! A stage's page: the picture, what is on, what comes, and the chat beside it.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::LOBBY;
use hallway_model::sessions::{SessionState, may_record};
use hallway_protocol::Topic;
use hallway_service::Error;
use hallway_service::programmes::safe_html;
use hallway_views::TrustedHtml;
use hallway_views::stages::{Access, Panel, StagePage};
use http::HeaderMap;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::shared;
use crate::{channels, rows};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    panel: String,
}

pub(crate) async fn page(
    call: Call,
    Path((event, room)): Path<(String, String)>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let service = &call.web.service;
        let snapshot = service.programme(&call.actor, &event).await?;
        let room = snapshot.room_by_slug(&room).ok_or(Error::NotFound)?;
        let now = service.now();
        let topic = Topic::Stage(room.id);
        let seq = service.latest(topic).await?;
        let (on, next) = snapshot.now_and_next(room.id, now);
        let channel = match on {
            Some(session) => {
                service
                    .session_channel(&call.actor, &event, session.id)
                    .await?
            }
            None => match service.channel(&call.actor, &event, LOBBY).await {
                Ok((_, channel)) => Some(channel),
                Err(Error::SignInNeeded | Error::Forbidden | Error::NotFound) => None,
                Err(error) => return Err(error),
            },
        };
        let chat = match channel {
            Some(channel) => Some(channels::panel(&call, &snapshot.event, &channel).await?),
            None => None,
        };
        let settings = &snapshot.event.settings;
        let watches = Object::event(snapshot.event.id).open(settings.guests_watch);
        let mut topics = rows::topics(&snapshot);
        topics.extend(chat.as_ref().map(|chat| Topic::Channel(chat.channel)));
        let page = StagePage {
            shell: call.event_shell(&snapshot.event),
            room: room.slug.clone(),
            name: room.name.clone(),
            topic,
            seq,
            on_air: call.web.stages.live(room.id).is_some(),
            session: on.and_then(|session| rows::door_session(&snapshot, session)),
            abstract_html: TrustedHtml::sanitised(safe_html(
                on.map_or("", |session| &session.abstract_text),
            )),
            next: next.and_then(|session| rows::door_session(&snapshot, session)),
            later: snapshot
                .run_of(room.id)
                .into_iter()
                .filter(|(session, slot)| {
                    let same_day = slot.day == now.day(&snapshot.event.zone) || slot.start > now;
                    let told = on.is_some_and(|s| s.id == session.id)
                        || next.is_some_and(|s| s.id == session.id);
                    same_day && slot.start > now && session.state == SessionState::Planned && !told
                })
                .map(|(session, _)| rows::session(&snapshot, session))
                .take(20)
                .collect(),
            now,
            viewers: call.web.gateway.hub().count(topic) as i64,
            recording: on.is_some_and(|session| {
                matches!(session.state, SessionState::Live { .. })
                    && may_record(settings.record, &session.details.recording)
            }),
            panel: Panel::from_word(&choice.panel),
            chat,
            access: if allow(&call.actor, Action::WatchStream, &watches) {
                Access::Watch
            } else {
                Access::Register
            },
            doors: rows::doors(&call.web, &snapshot, now),
        };
        Ok((page, topics))
    })
    .await
}

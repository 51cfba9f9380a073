//! A session's page: what it is, its recording, its chat; and its calendar
//! entry.

use axum::extract::Path;
use axum::response::Response;
use hallway_model::access::{Action, Object, allow};
use hallway_model::sessions::{Session, SessionState, may_record};
use hallway_model::stages::RecordingState;
use hallway_model::time::Span;
use hallway_protocol::{Kind, Topic, routes};
use hallway_service::Error;
use hallway_service::exports::Format;
use hallway_service::programmes::{Snapshot, safe_html};
use hallway_views::TrustedHtml;
use hallway_views::talks::{Recording, SpeakerBadge, TalkLink, TalkPage};
use http::HeaderMap;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::shared;
use crate::{channels, rows, schedule};

pub(crate) async fn page(
    call: Call,
    Path((event, code)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let session = snapshot.session(&code).ok_or(Error::NotFound)?;
        let topic = Topic::Event(snapshot.event.id);
        let seq = call.web.service.latest(topic).await?;
        let chat = match call
            .web
            .service
            .session_channel(&call.actor, &event, session.id)
            .await?
        {
            Some(channel) => Some(channels::panel(&call, &snapshot.event, &channel).await?),
            None => None,
        };
        let mut topics = vec![topic];
        topics.extend(chat.as_ref().map(|chat| Topic::Channel(chat.channel)));
        let page = TalkPage {
            shell: call.event_shell(&snapshot.event),
            session: rows::session(&snapshot, session),
            subtitle: session.subtitle.clone().filter(|text| !text.is_empty()),
            kind_text: session.kind_text.clone(),
            speakers: snapshot
                .speakers_of(session)
                .map(|speaker| SpeakerBadge {
                    code: speaker.code.to_string(),
                    name: speaker.name.clone(),
                })
                .collect(),
            now: call.web.service.now(),
            abstract_html: TrustedHtml::sanitised(safe_html(&session.abstract_text)),
            description_html: description(session),
            links: links(session),
            recording: recording(&call, &snapshot, session),
            chat,
            topic,
            seq,
        };
        Ok((page, topics))
    })
    .await
}

/// The description, where it says more than the abstract.
fn description(session: &Session) -> TrustedHtml {
    if session.description.trim() == session.abstract_text.trim() {
        return TrustedHtml::default();
    }
    TrustedHtml::sanitised(safe_html(&session.description))
}

fn links(session: &Session) -> Vec<TalkLink> {
    let web = |href: &str| href.starts_with("https://") || href.starts_with("http://");
    session
        .details
        .links
        .iter()
        .chain(&session.details.attachments)
        .filter(|link| web(&link.href))
        .map(|link| TalkLink {
            href: link.href.clone(),
            title: if link.title.trim().is_empty() {
                link.href.clone()
            } else {
                link.title.clone()
            },
        })
        .collect()
}

fn recording(call: &Call, snapshot: &Snapshot, session: &Session) -> Recording {
    let event = &snapshot.event;
    let watches = allow(
        &call.actor,
        Action::WatchStream,
        &Object::event(event.id).open(event.settings.guests_watch),
    );
    match snapshot
        .recordings
        .get(&session.id)
        .map(|recording| &recording.state)
    {
        Some(RecordingState::Published { millis }) if watches => Recording::Ready {
            src: routes::recording(&event.slug, &session.code),
            length: Span(*millis),
        },
        Some(RecordingState::Cutting) if watches => Recording::Cutting,
        _ if session.details.recording.opt_out => Recording::OptedOut,
        _ => {
            let planned = matches!(
                session.state,
                SessionState::Planned | SessionState::Live { .. }
            );
            let stage = session
                .slot
                .and_then(|slot| slot.room)
                .is_some_and(|room| snapshot.stages.contains(&room));
            let kept = may_record(event.settings.record, &session.details.recording);
            if planned && stage && kept {
                Recording::Planned
            } else {
                Recording::None
            }
        }
    }
}

/// `CODE.ics`
pub(crate) async fn calendar(
    call: Call,
    Path((event, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let code = file.strip_suffix(".ics").ok_or(Kind::NotFound)?;
    let text = call
        .web
        .service
        .export_session(&call.actor, &event, code)
        .await?;
    Ok(schedule::file_answer(
        &headers,
        text,
        Format::Ics.media_type(),
    ))
}

//! Who speaks at an event.

use axum::extract::Path;
use axum::response::Response;
use hallway_model::sessions::SessionState;
use hallway_protocol::Topic;
use hallway_service::Error;
use hallway_service::programmes::safe_html;
use hallway_views::TrustedHtml;
use hallway_views::speakers::{SpeakerEntry, SpeakerPage, SpeakersPage};
use http::HeaderMap;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::shared;
use crate::rows;

pub(crate) async fn list(
    call: Call,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let mut speakers: Vec<SpeakerEntry> = snapshot
            .speakers
            .iter()
            .map(|speaker| SpeakerEntry {
                code: speaker.code.to_string(),
                name: speaker.name.clone(),
                titles: snapshot
                    .sessions_of(speaker.id)
                    .filter(|session| session.state != SessionState::Cancelled)
                    .map(|session| session.title.clone())
                    .collect(),
            })
            .filter(|speaker| !speaker.titles.is_empty())
            .collect();
        speakers.sort_by_key(|speaker| speaker.name.to_lowercase());
        let page = SpeakersPage {
            shell: call.event_shell(&snapshot.event),
            speakers,
        };
        Ok((page, vec![Topic::Event(snapshot.event.id)]))
    })
    .await
}

pub(crate) async fn page(
    call: Call,
    Path((event, code)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let speaker = snapshot.speaker(&code).ok_or(Error::NotFound)?;
        let page = SpeakerPage {
            shell: call.event_shell(&snapshot.event),
            code: speaker.code.to_string(),
            name: speaker.name.clone(),
            biography: TrustedHtml::sanitised(safe_html(
                speaker.biography.as_deref().unwrap_or_default(),
            )),
            sessions: rows::by_start(&snapshot, |session| session.speakers.contains(&speaker.id))
                .into_iter()
                .map(|session| rows::session(&snapshot, session))
                .collect(),
            now: call.web.service.now(),
        };
        Ok((page, vec![Topic::Event(snapshot.event.id)]))
    })
    .await
}

//! What can be watched: stages that are on, and recordings.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_model::time::Span;
use hallway_protocol::Topic;
use hallway_views::sessions::Place;
use hallway_views::watch::{RecordingRow, WatchPage};
use http::HeaderMap;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::shared;
use crate::{rows, schedule};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    q: String,
    track: String,
}

pub(crate) async fn page(
    call: Call,
    Path(event): Path<String>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    shared(&call, &headers, async || {
        let snapshot = call.web.service.programme(&call.actor, &event).await?;
        let now = call.web.service.now();
        let topic = Topic::Event(snapshot.event.id);
        let recorded = rows::by_start(&snapshot, |session| {
            rows::recorded(&snapshot, session).is_some()
        });
        let total = recorded.len();
        let in_track = |session: &hallway_model::sessions::Session| {
            let track = session.track.and_then(|id| snapshot.track(id));
            filter.track.is_empty() || track.is_some_and(|track| track.slug == filter.track)
        };
        let tracks = snapshot
            .tracks
            .iter()
            .filter(|track| {
                recorded
                    .iter()
                    .any(|session| session.track == Some(track.id))
            })
            .map(|track| Place {
                slug: track.slug.clone(),
                name: track.name.clone(),
            })
            .collect();
        let recordings = recorded
            .into_iter()
            .filter(|session| in_track(session) && schedule::found(&snapshot, session, &filter.q))
            .filter_map(|session| {
                let length = Span(rows::recorded(&snapshot, session)?);
                Some(RecordingRow {
                    session: rows::session(&snapshot, session),
                    length,
                })
            })
            .collect();
        let page = WatchPage {
            shell: call.event_shell(&snapshot.event),
            q: filter.q,
            track: filter.track,
            tracks,
            now,
            doors: rows::doors(&call.web, &snapshot, now),
            recordings,
            total,
            topic,
            seq: call.web.service.latest(topic).await?,
        };
        Ok((page, rows::topics(&snapshot)))
    })
    .await
}

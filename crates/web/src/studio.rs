//! The studio of one stage: going on air from a browser.

use axum::extract::Path;
use axum::response::Response;
use hallway_protocol::routes;
use hallway_views::shell::Shell;
use hallway_views::studio::StudioPage;
use http::{HeaderName, HeaderValue};

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

/// This page alone may ask for camera and microphone.
const DEVICES: &str =
    "geolocation=(), camera=(self), microphone=(self), display-capture=(self), payment=()";

pub(crate) async fn page(
    call: Call,
    Path((event, room)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (event, room) = call
        .web
        .service
        .run_stage(&call.actor, &event, &room)
        .await?;
    let mut response = personal(&StudioPage {
        shell: Shell {
            path: routes::studio(&event.slug, &room.slug),
            ..call.event_shell(&event)
        },
        room: room.slug,
        name: room.name,
    })?;
    response.headers_mut().insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(DEVICES),
    );
    Ok(response)
}

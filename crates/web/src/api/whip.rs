//! Publishing over WebRTC by WHIP (RFC 9725): an offer posted, an answer given,
//! and a session that is changed and ended under an address of its own. Who has
//! a stream key shows it; who may run the stage may come as they are signed in.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_protocol::{Kind, Problem, routes};
use hallway_service::Error;
use hallway_stage::{Opened, PublishError, Refusal, StreamKey, WhipAnswer, WhipError};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, USER_AGENT,
};
use http::{HeaderMap, HeaderName, StatusCode};

use crate::Web;
use crate::call::{Call, token_of};
use crate::failure::Failure;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const NO_STORE: (HeaderName, &str) = (CACHE_CONTROL, "private, no-store");

/// Begins to publish with a stream key, shown as the bearer token: H.264 and
/// Opus.
#[utoipa::path(
    post,
    path = "/api/v1/whip",
    operation_id = "publish",
    tag = "stages",
    request_body(content = String, content_type = "application/sdp", description = "The offer"),
    responses((
        status = 201,
        description = "The answer; `Location` is the session's, `ETag` names its ICE session",
        body = String,
        content_type = "application/sdp",
    )),
    security(("stream_key" = [])),
)]
pub(crate) async fn publish(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let key = headers.get(AUTHORIZATION).and_then(token_of);
    let key = key.ok_or_else(|| refused(Refusal::WrongKey))?;
    let offer = text(&headers, SDP, &body)?;
    let opening = web
        .stages
        .publish(StreamKey::new(key), offer, encoder(&headers));
    opening.await.map(opened).map_err(not_let_in)
}

/// The same for somebody who may run the stage, as they are signed in.
#[utoipa::path(
    post,
    path = "/api/v1/events/{event}/stages/{room}/whip",
    operation_id = "publish_signed_in",
    tag = "stages",
    params(
        ("event" = String, Path, description = "Slug of the event"),
        ("room" = String, Path, description = "Slug of the room"),
    ),
    request_body(content = String, content_type = "application/sdp", description = "The offer"),
    responses((
        status = 201,
        description = "The answer; `Location` is the session's, `ETag` names its ICE session",
        body = String,
        content_type = "application/sdp",
    )),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn publish_signed_in(
    call: Call,
    Path((event, room)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let (event, room) = call
        .web
        .service
        .run_stage(&call.actor, &event, &room)
        .await?;
    let signed_in = call.signed_in.as_ref().ok_or(Error::SignInNeeded)?;
    let offer = text(&headers, SDP, &body)?;
    let opening = call.web.stages.publish_signed_in(
        (event.id, room.id),
        signed_in.sign_in.id,
        offer,
        encoder(&headers),
    );
    opening.await.map(opened).map_err(not_let_in)
}

/// Adds candidates, or restarts ICE with new credentials, which is answered with
/// ours. Who knows the address may.
#[utoipa::path(
    patch,
    path = "/api/v1/whip/{session}",
    operation_id = "change_publisher",
    tag = "stages",
    params(("session" = String, Path, description = "From `Location`")),
    request_body(
        content = String,
        content_type = "application/trickle-ice-sdpfrag",
        description = "An SDP fragment (RFC 8840)",
    ),
    responses(
        (status = 200, description = "Restarted", body = String, content_type = "application/trickle-ice-sdpfrag"),
        (status = 204, description = "Taken"),
        (status = 412, description = "`If-Match` names an ICE session that was restarted since"),
    ),
    security(()),
)]
pub(crate) async fn change(
    State(web): State<Web>,
    Path(session): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let fragment = text(&headers, FRAGMENT, &body)?;
    let if_match = headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
    let changing = web
        .stages
        .change_publisher(session, fragment, if_match.map(str::to_owned));
    Ok(match changing.await.map_err(failed)? {
        Some(WhipAnswer { sdp, etag }) => {
            let headers = [(CONTENT_TYPE, FRAGMENT.to_owned()), (ETAG, etag)];
            ([NO_STORE], headers, sdp).into_response()
        }
        None => (StatusCode::NO_CONTENT, [NO_STORE]).into_response(),
    })
}

/// Ends the session, and with it the broadcast.
#[utoipa::path(
    delete,
    path = "/api/v1/whip/{session}",
    operation_id = "stop_publisher",
    tag = "stages",
    params(("session" = String, Path, description = "From `Location`")),
    responses((status = 200, description = "It is over")),
    security(()),
)]
pub(crate) async fn stop(
    State(web): State<Web>,
    Path(session): Path<String>,
) -> Result<Response, Failure> {
    web.stages.stop_publisher(session).await.map_err(failed)?;
    Ok((StatusCode::OK, [NO_STORE]).into_response())
}

fn opened(Opened { session, answer }: Opened) -> Response {
    let headers = [
        (CONTENT_TYPE, SDP.to_owned()),
        (LOCATION, routes::api_publisher(&session)),
        (ETAG, answer.etag),
        (ACCEPT_PATCH, FRAGMENT.to_owned()),
    ];
    (StatusCode::CREATED, [NO_STORE], headers, answer.sdp).into_response()
}

/// The body, where it is what it should be.
fn text(headers: &HeaderMap, kind: &str, body: &Bytes) -> Result<String, Failure> {
    let said = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let said = said.and_then(|value| value.split(';').next());
    if !said.is_some_and(|said| said.trim().eq_ignore_ascii_case(kind)) {
        return Err(invalid(format!("content-type: send `{kind}`")));
    }
    let text = std::str::from_utf8(body).map_err(|error| invalid(format!("the body: {error}")))?;
    Ok(text.to_owned())
}

/// What a publisher calls itself, as the desk shows it: a browser by its name
/// alone.
fn encoder(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?;
    if !agent.starts_with("Mozilla/") {
        return Some(agent.to_owned());
    }
    let known = [
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let name = known.iter().find(|(mark, _)| agent.contains(mark));
    name.map(|(_, name)| (*name).to_owned())
}

fn not_let_in(error: PublishError) -> Failure {
    match error {
        PublishError::Refused(refusal) => refused(refusal),
        PublishError::Whip(error) => failed(error),
    }
}

fn refused(refusal: Refusal) -> Failure {
    let kind = match refusal {
        Refusal::WrongKey => Kind::SignInNeeded,
        Refusal::Taken => Kind::Conflict,
        Refusal::Unavailable => Kind::Unavailable,
    };
    Failure(Problem::new(kind).detail(refusal.to_string()))
}

fn failed(error: WhipError) -> Failure {
    let kind = match &error {
        WhipError::Offer(_) | WhipError::Codecs => Kind::Invalid,
        WhipError::NoSession => Kind::NotFound,
        WhipError::Stale => {
            let problem = Problem::new(Kind::Conflict).detail(error.to_string());
            let status = StatusCode::PRECONDITION_FAILED.as_u16();
            return Failure(Problem { status, ..problem });
        }
        WhipError::Full | WhipError::Closed => Kind::Unavailable,
        WhipError::Internal(why) => {
            tracing::error!(why, "a publisher over WebRTC could not be answered");
            return Kind::Internal.into();
        }
    };
    Failure(Problem::new(kind).detail(error.to_string()))
}

fn invalid(why: String) -> Failure {
    Failure(Problem::new(Kind::Invalid).detail(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_is_called_by_its_name() {
        let named = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, agent.parse().unwrap());
            encoder(&headers)
        };
        assert_eq!(
            named("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/156.0 Safari/537.36").as_deref(),
            Some("Chrome")
        );
        assert_eq!(
            named("Mozilla/5.0 (Macintosh) Version/19 Safari/605").as_deref(),
            Some("Safari")
        );
        assert_eq!(named("OBS-Studio/31.0").as_deref(), Some("OBS-Studio/31.0"));
        assert_eq!(named("Mozilla/5.0 Something").as_deref(), None);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let status = |failure: Failure| (failure.0.status, failure.0.detail.unwrap_or_default());
        let taken = status(refused(Refusal::Taken));
        assert_eq!(taken, (409, "the stage already has a publisher".into()));
        assert_eq!(status(refused(Refusal::WrongKey)).0, 401);
        assert_eq!(status(failed(WhipError::Stale)).0, 412);
        assert_eq!(status(failed(WhipError::Codecs)).0, 422);
        assert_eq!(status(failed(WhipError::NoSession)).0, 404);
        assert_eq!(status(failed(WhipError::Full)).0, 503);
    }
}

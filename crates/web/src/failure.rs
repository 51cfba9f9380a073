//! Whatever goes wrong, in one place: a page in the reader's language for
//! pages, problem+json (RFC 9457) for the API.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hallway_model::time::Timestamp;
use hallway_protocol::{Kind, Problem};
use hallway_service::Error;
use hallway_views::Template;
use hallway_views::problems::ProblemPage;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::Web;
use crate::call::Call;

/// A refusal on its way out; [`render`] gives it its form.
#[derive(Debug)]
pub(crate) struct Failure(pub Problem);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Internal(why) => tracing::error!(why, "a request failed"),
            Error::Unavailable(why) => tracing::warn!(why, "a request could not be served now"),
            _ => {}
        }
        Self(error.problem())
    }
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Self {
        Self(Problem::new(kind))
    }
}

/// Carried by the response until it is rendered.
#[derive(Clone)]
struct Unrendered(Problem);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(Unrendered(self.0));
        response
    }
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// No route: a page asked for without its slash goes to the one with it.
pub(crate) async fn not_found(request: Request) -> Response {
    let path = request.uri().path();
    let has_dot = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    if !path.ends_with('/') && !has_dot && matches_with_slash(path) {
        let query = request
            .uri()
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        let target = format!("/{}/{query}", path.trim_matches('/'));
        if let Ok(target) = HeaderValue::from_str(&target) {
            return (StatusCode::PERMANENT_REDIRECT, [(LOCATION, target)]).into_response();
        }
    }
    Failure::from(Kind::NotFound).into_response()
}

/// Whether the path with a slash at its end is a page of ours.
fn matches_with_slash(path: &str) -> bool {
    let asked: Vec<&str> = path.trim_matches('/').split('/').collect();
    crate::table::routes()
        .iter()
        .filter(|route| route.path.ends_with('/'))
        .any(|route| {
            let known: Vec<&str> = route.path.trim_matches('/').split('/').collect();
            let fits = |(known, asked): (&&str, &&str)| known.starts_with('{') || known == asked;
            known.len() == asked.len() && known.iter().zip(&asked).all(fits)
        })
}

/// Gives failures their form, and those of the framework too.
pub(crate) async fn render(State(web): State<Web>, request: Request, next: Next) -> Response {
    // Programs that post to a webhook are answered in the words they know.
    let path = request.uri().path();
    let hook = path.starts_with("/hooks/");
    if ["/api/", "/hls/", "/live/", "/hooks/"]
        .iter()
        .any(|folder| path.starts_with(folder))
    {
        let response = next.run(request).await;
        return match told(&response, hook) {
            Some(problem) => with_patience(&problem, json(&problem)),
            None => response,
        };
    }
    let (mut parts, body) = request.into_parts();
    let kept = parts.clone();
    let response = next
        .run(Request::from_parts(
            std::mem::replace(&mut parts, kept),
            body,
        ))
        .await;
    let Some(problem) = told(&response, false) else {
        return response;
    };
    let rendered = match Call::from_request_parts(&mut parts, &web).await {
        Ok(call) => page(&call, &problem),
        Err(_) => json(&problem),
    };
    with_patience(&problem, rendered)
}

/// A refusal as programs read it, and any other answer as it is.
pub(crate) fn as_json(response: Response) -> Response {
    match told(&response, false) {
        Some(problem) => with_patience(&problem, json(&problem)),
        None => response,
    }
}

/// The problem that an answer is to tell; `ours_alone` leaves the framework's out.
fn told(response: &Response, ours_alone: bool) -> Option<Problem> {
    match response.extensions().get::<Unrendered>() {
        Some(Unrendered(problem)) => Some(problem.clone()),
        None if ours_alone => None,
        None => of_framework(response),
    }
}

fn with_patience(problem: &Problem, mut rendered: Response) -> Response {
    if let Some(seconds) = problem.retry_after {
        rendered.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    rendered
}

/// Bodies too large, methods not allowed, extractors that refused.
fn of_framework(response: &Response) -> Option<Problem> {
    let kind = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Kind::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::BAD_REQUEST
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::Invalid,
        _ => return None,
    };
    let ours = response.headers().get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"text/html") || value.as_bytes().starts_with(b"application/")
    });
    (!ours).then(|| Problem::new(kind))
}

fn json(problem: &Problem) -> Response {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (
        status(problem),
        [(CONTENT_TYPE, "application/problem+json")],
        body,
    )
        .into_response()
}

fn page(call: &Call, problem: &Problem) -> Response {
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| problem.kind.ends_with(&format!("/{}", kind.word())))
        .unwrap_or(Kind::Internal);
    let page = ProblemPage {
        shell: call.shell(),
        kind,
        detail: problem.detail.clone(),
        retry_after: problem.retry_after,
        until: problem.until.map(Timestamp),
        request_id: call.request_id.clone(),
    };
    match page.render() {
        Ok(html) => (
            status(problem),
            [(CONTENT_TYPE, "text/html; charset=utf-8")],
            html,
        )
            .into_response(),
        Err(_) => json(problem),
    }
}

//! Whether the server lives and is ready, what it counts, and the counting of
//! requests themselves.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, StatusCode};
use tokio::time::Instant;

use crate::Web;

/// Alive: the process answers.
pub(crate) async fn healthz() -> Response {
    word(StatusCode::OK, "ok\n")
}

/// Ready for readers: the database answers, too.
pub(crate) async fn readyz(State(web): State<Web>) -> Response {
    match web.service.ready().await {
        Ok(()) => word(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            word(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

/// Prometheus' text format.
pub(crate) async fn metrics(State(web): State<Web>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")];
    (headers, (web.metrics)()).into_response()
}

fn word(status: StatusCode, text: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}

/// Counts every request and how long its answer took to begin, by route and
/// never by path, so that there are as many series as routes.
pub(crate) async fn count(request: Request, next: Next) -> Response {
    let method = method(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    note(method, route, response.status(), began);
    response
}

/// Notes a request that began then.
pub(crate) fn note(method: &'static str, route: String, status: StatusCode, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let status = status.as_str().to_owned();
    metrics::counter!("hallway_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("hallway_http_request_duration_seconds", "route" => route).record(seconds);
}

/// A client may send any word as its method.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_a_clients_own_are_one_series() {
        assert_eq!(method(&Method::PUT), "PUT");
        assert_eq!(method(&Method::from_bytes(b"BREW").unwrap()), "OTHER");
        assert_eq!(method(&Method::from_bytes(b"BREW2").unwrap()), "OTHER");
    }
}

//! What guards every answer and every form: headers, the same-origin check of
//! requests that change something, and spans without personal data.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hallway_protocol::Kind;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, ORIGIN,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower_http::compression::Predicate;

use crate::Web;
use crate::failure::Failure;

/// No inline script or style anywhere; islands build nodes through the one
/// policy their framework needs, and name the push worker's address through another. Media Source needs `blob:`.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    manifest-src 'self'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html hallway-push";

pub(crate) async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard(&web, response.headers_mut());
    response
}

/// The headers that guard an answer.
pub(crate) fn guard(web: &Web, headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: with it browsers send `Origin: null` with our own forms
    // (Fetch, "append a request Origin header"), and every form would be refused.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if is_html(headers) {
        // Files of others come with a stricter one.
        headers
            .entry(CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static(CSP));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        // The studio's own lets it ask for camera and microphone.
        headers
            .entry(HeaderName::from_static("permissions-policy"))
            .or_insert(HeaderValue::from_static(
                "geolocation=(), camera=(), microphone=(), payment=()",
            ));
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
    }
    if web.settings.https {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Refuses what another site's page sends in a reader's name (abuse case A9):
/// an unsafe method needs our own origin, or no cookie to abuse.
pub(crate) async fn same_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || is_ours(&web, request.headers()) {
        next.run(request).await
    } else {
        Failure::from(Kind::WrongOrigin).into_response()
    }
}

/// No name of ours holds a NUL, and PostgreSQL takes none in a text: whatever is
/// asked for by one is not there.
pub(crate) async fn no_nul(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") {
        Failure::from(Kind::NotFound).into_response()
    } else {
        next.run(request).await
    }
}

fn is_ours(web: &Web, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(ORIGIN) {
        return is_our_origin(web, origin, text(HOST));
    }
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => !headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION),
    }
}

/// Whether an `Origin` is the configured one, or, on a machine's own address,
/// the host the request itself was sent to.
pub(crate) fn is_our_origin(web: &Web, origin: &str, host: Option<&str>) -> bool {
    let base = &web.service.settings().base_url;
    if origin == base {
        return true;
    }
    let is_loopback = |url: &str| {
        let host = url.split_once("://").map_or("", |(_, rest)| rest);
        ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|name| host == *name || host.starts_with(&format!("{name}:")))
    };
    let scheme = base.split_once("://").map_or("", |(scheme, _)| scheme);
    let same = host.is_some_and(|host| {
        let parts = origin.split_once("://");
        parts.is_some_and(|(of_origin, name)| of_origin == scheme && name == host)
    });
    is_loopback(base) && is_loopback(origin) && same
}

/// What is worth compressing on the way: text that is not compressed yet.
#[derive(Clone, Copy)]
pub(crate) struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &http::Response<B>) -> bool {
        let headers = response.headers();
        let large = response.body().size_hint().lower() >= 512;
        let text = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| {
                kind.starts_with("text/")
                    || kind.starts_with("application/json")
                    || kind.contains("+json")
                    || kind.contains("+xml")
                    || kind.starts_with("application/vnd.apple.mpegurl")
                    || kind.starts_with("image/svg")
            });
        large && text && !headers.contains_key(CONTENT_ENCODING)
    }
}

/// A span per request: method and route, no query, no address, no person.
pub(crate) fn span<B>(request: &http::Request<B>) -> tracing::Span {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), request_id = id)
}

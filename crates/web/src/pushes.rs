//! The script by which a browser shows what it is told. It is served from the
//! top, so that it may stand for every page; what it shows comes sealed from the
//! server alone.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

const WORKER: &str = include_str!("push.js");

pub(crate) async fn worker() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // Browsers ask for it again by themselves; a mended one is there at once.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, WORKER).into_response()
}

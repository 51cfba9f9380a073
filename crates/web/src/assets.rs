//! The built front end, embedded in the binary: hashed names, kept for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_protocol::Kind;
use hallway_views::shell::Assets;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use crate::cache::compress;
use crate::failure::Failure;
use crate::pages::takes_brotli;

#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
#[allow_missing = true]
struct Dist;

/// The font's file that every page needs; others are fetched where letters ask
/// for them.
const FONT: &str = "-latin-wght-normal";

/// Addresses of the entry and the styles, from Vite's manifest. Empty where
/// the front end was not built: pages then read without it.
pub(crate) fn manifest() -> Assets {
    let manifest: serde_json::Value = Dist::get(".vite/manifest.json")
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default();
    let file = |source: &str| {
        manifest[source]["file"]
            .as_str()
            .map(|file| format!("/{file}"))
            .unwrap_or_default()
    };
    let font = manifest["src/styles/index.css"]["assets"]
        .as_array()
        .and_then(|assets| {
            let mut names = assets.iter().filter_map(serde_json::Value::as_str);
            names.find(|name| name.contains(FONT))
        })
        .map(|file| format!("/{file}"));
    Assets {
        css: file("src/styles/index.css"),
        backstage_css: file("src/styles/backstage.css"),
        entry_js: file("src/entry.ts"),
        font,
    }
}

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(crate) async fn asset(
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let name = format!("assets/{file}");
    let found = Dist::get(&name).ok_or(Kind::NotFound)?;
    let kind = found.metadata.mimetype().to_owned();
    let text = kind.starts_with("text/")
        || kind.contains("javascript")
        || kind.contains("json")
        || kind.contains("svg");
    let mut response = if text && takes_brotli(&headers) {
        let mut response = compressed(&name, &found.data).into_response();
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        response
    } else {
        match found.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes).into_response(),
            Cow::Owned(bytes) => Bytes::from(bytes).into_response(),
        }
    };
    let answer = response.headers_mut();
    answer.insert(
        CONTENT_TYPE,
        HeaderValue::from_str(&kind)
            .unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    answer.insert(CACHE_CONTROL, FOREVER);
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// Each file is compressed once, when it is first asked for.
fn compressed(name: &str, bytes: &[u8]) -> Bytes {
    static DONE: OnceLock<Mutex<HashMap<String, Bytes>>> = OnceLock::new();
    let done = DONE.get_or_init(Mutex::default);
    if let Some(bytes) = done
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(name)
    {
        return bytes.clone();
    }
    let small = compress(bytes);
    done.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name.to_owned(), small.clone());
    small
}

/// A door with light behind it.
const FAVICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#3B3A8C"/><path d="M10 27V6h12v21z" fill="#FFC46B"/><circle cx="19" cy="17" r="1.4" fill="#3B3A8C"/></svg>"##;

pub(crate) async fn favicon() -> Response {
    (
        StatusCode::OK,
        [
            (CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
            (
                CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=86400"),
            ),
        ],
        FAVICON,
    )
        .into_response()
}

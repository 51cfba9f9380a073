//! Answering with a page: rendered, and for visitors kept.

use axum::response::{IntoResponse, Redirect, Response};
use hallway_protocol::{Kind, Topic};
use hallway_service::Error;
use hallway_views::Template;
use hallway_views::shell::Notice;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cache::{Key, Page};
use crate::call::Call;
use crate::failure::Failure;
use crate::reader;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A page for one person: never kept by anybody else.
pub(crate) fn personal(page: &impl Template) -> Result<Response, Failure> {
    answer(StatusCode::OK, page)
}

/// A form that did not fit, with what is wrong.
pub(crate) fn refused(page: &impl Template) -> Result<Response, Failure> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, page)
}

fn answer(status: StatusCode, page: &impl Template) -> Result<Response, Failure> {
    let html = render(page)?;
    let mut response = (status, html).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

fn render(page: &impl Template) -> Result<String, Failure> {
    page.render().map_err(|error| {
        tracing::error!(%error, "a page did not render");
        Failure::from(Kind::Internal)
    })
}

/// Back to a page after a form, saying what was done.
pub(crate) fn done(path: &str, notice: Notice) -> Redirect {
    let (path, fragment) = path
        .split_once('#')
        .map_or((path, ""), |(path, fragment)| (path, fragment));
    let mark = if path.contains('?') { '&' } else { '?' };
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    Redirect::to(&format!("{path}{mark}done={}{fragment}", notice.word()))
}

/// A page that is the same for every visitor with the same preferences: made
/// once and kept until something it shows changes. For a signed-in person it is
/// made anew.
pub(crate) async fn shared<T, F>(
    call: &Call,
    headers: &HeaderMap,
    make: F,
) -> Result<Response, Failure>
where
    T: Template,
    F: AsyncFnOnce() -> Result<(T, Vec<Topic>), Error>,
{
    if call.signed_in.is_some() || call.path.contains("done=") {
        let (page, _) = make().await?;
        return personal(&page);
    }
    let key = Key {
        path_and_query: call.path.clone(),
        language: reader::language(call.lang),
        zone: call
            .preferences
            .zone
            .as_ref()
            .map(|zone| zone.name().to_owned()),
        theme: call.preferences.theme,
        saves_data: call.saves_data,
    };
    let minute = call.web.service.now().0.div_euclid(60_000);
    let page = match call.web.cache.get(&key, minute) {
        Some(page) => page,
        None => {
            let moment = call.web.cache.moment();
            match make().await {
                Ok((page, topics)) => {
                    let html = render(&page)?;
                    call.web.cache.put(key, html, topics, moment, minute)
                }
                Err(error @ Error::Unavailable(_)) => {
                    call.web.cache.of_another_minute(&key).ok_or(error)?
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    Ok(send(headers, &page))
}

fn send(headers: &HeaderMap, page: &Page) -> Response {
    let mut response = if matches_etag(headers, &page.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_brotli(headers) && !page.brotli.is_empty() {
        let mut response = page.brotli.clone().into_response();
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        response
    } else {
        page.plain.clone().into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HTML);
    if let Ok(etag) = HeaderValue::from_str(&page.etag) {
        answer.insert(ETAG, etag);
    }
    // Kept by browsers and asked for again each time: a reload shows what is true.
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer.insert(
        VARY,
        HeaderValue::from_static("accept-encoding, accept-language, cookie, save-data"),
    );
    response
}

pub(crate) fn matches_etag(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == etag)
        })
}

pub(crate) fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|coding| {
                let mut words = coding.split(';').map(str::trim);
                words.next() == Some("br")
                    && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        })
}

//! Pictures in messages: their pixels, and the form that sends some with words.

use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, Form, FromRequest, Path, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_model::ids::{ChannelId, ImageId};
use hallway_model::images::{ImageError, MAX_BYTES, MAX_IMAGES, Size};
use hallway_protocol::Kind;
use hallway_protocol::images::AttachImage;
use hallway_service::Error;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::call::Call;
use crate::channels::Post;
use crate::failure::Failure;
use crate::organise::refuse_body;
use crate::pages::matches_etag;
use crate::table::FORM_LIMIT;

/// Bytes of the form: as many pictures as a message has, and its words.
pub(crate) const POST_LIMIT: usize = MAX_IMAGES * MAX_BYTES + FORM_LIMIT;
/// A browser that opens one by itself may lay it out, and nothing else.
const SANDBOX: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
/// A picture never changes. One that everybody may see any cache may keep; for
/// any other it is asked each time whether its reader still may.
const FOR_ALL: &str = "public, max-age=31536000, immutable";
const FOR_ONE: &str = "private, no-cache";

pub(crate) async fn pixels(
    call: Call,
    Path((image, size)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id: ImageId = image.parse().map_err(|_| Kind::NotFound)?;
    let size = Size::from_word(&size).ok_or(Kind::NotFound)?;
    let pixels = call.web.service.image(&call.actor, id, size).await?;
    let etag = format!("\"{id}-{}\"", size.word());
    let mut response = match matches_etag(&headers, &etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => pixels.bytes.into_response(),
    };
    let name = format!("inline; filename=\"{id}.{}\"", pixels.coding.ending());
    let answer = response.headers_mut();
    for (header, value) in [
        (CONTENT_TYPE, pixels.coding.media_type()),
        (CACHE_CONTROL, if pixels.public { FOR_ALL } else { FOR_ONE }),
        (CONTENT_SECURITY_POLICY, SANDBOX),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        answer.insert(header, HeaderValue::from_static(value));
    }
    for (header, value) in [(ETAG, etag), (CONTENT_DISPOSITION, name)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.insert(header, value);
        }
    }
    Ok(response)
}

/// A picture as the form sent it, with what it shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentFile {
    file: Bytes,
    alt: String,
}

/// The form of a message: with pictures as its parts, or words alone.
pub(crate) async fn read_post(mut request: Request) -> Result<(Post, Vec<SentFile>), Failure> {
    let in_parts = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    if in_parts {
        return match Multipart::from_request(request, &()).await {
            Ok(parts) => read_parts(parts).await,
            Err(_) => Err(Kind::Invalid.into()),
        };
    }
    DefaultBodyLimit::max(FORM_LIMIT).apply(&mut request);
    match Form::<Post>::from_request(request, &()).await {
        Ok(Form(form)) => Ok((form, vec![])),
        Err(rejection) => Err(match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            _ => Kind::Invalid,
        }
        .into()),
    }
}

async fn read_parts(mut parts: Multipart) -> Result<(Post, Vec<SentFile>), Failure> {
    let mut form = Post::default();
    let mut files = vec![SentFile::default(); MAX_IMAGES];
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|error| refuse_body(&error))?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|error| refuse_body(&error))?;
        if let Some(sent) = numbered(&name, "image").and_then(|n| files.get_mut(n)) {
            sent.file = bytes;
            continue;
        }
        let text = text(&bytes)?;
        if let Some(sent) = numbered(&name, "alt").and_then(|n| files.get_mut(n)) {
            sent.alt = text;
            continue;
        }
        match name.as_str() {
            "key" => form.key = text,
            "body" => form.body = text,
            "next" => form.next = text,
            "reply_to" => form.reply_to = text,
            "thread" => form.thread = text,
            "also" => form.also = text,
            _ => {}
        }
    }
    files.retain(|sent| !sent.file.is_empty());
    Ok((form, files))
}

/// The place that a field such as `image1` is for, from 0.
fn numbered(name: &str, word: &str) -> Option<usize> {
    name.strip_prefix(word)?
        .parse::<usize>()
        .ok()?
        .checked_sub(1)
}

fn text(bytes: &Bytes) -> Result<String, Failure> {
    if bytes.len() > FORM_LIMIT {
        return Err(Kind::TooLarge.into());
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Kind::Invalid.into())
}

/// Takes in what the form sent, for its message.
pub(crate) async fn send(
    call: &Call,
    channel: ChannelId,
    files: Vec<SentFile>,
) -> Result<Vec<AttachImage>, Error> {
    // Before the work, not after it.
    for sent in &files {
        hallway_model::images::alt(&sent.alt).map_err(Error::Image)?;
        if sent.file.len() > MAX_BYTES {
            return Err(Error::Image(ImageError::TooHeavy));
        }
    }
    let mut images = vec![];
    for SentFile { file, alt } in files {
        let service = &call.web.service;
        let image = service.send_image(&call.actor, channel, file).await?;
        images.push(AttachImage { id: image.id, alt });
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_name_their_place() {
        assert_eq!(numbered("image1", "image"), Some(0));
        assert_eq!(numbered("alt4", "alt"), Some(3));
        assert_eq!(numbered("image0", "image"), None);
        assert_eq!(numbered("imagex", "image"), None);
        assert_eq!(numbered("body", "image"), None);
    }
}

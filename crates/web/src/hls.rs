//! Media over HTTP: the live playlists and pieces of a stage, and recordings.
//! Low-latency players block here until the part they wait for is there
//! (RFC 8216bis §6.2.5.2).

mod grants;
mod lane;

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use bytes::Bytes;
use futures_util::stream;
use hallway_model::ids::{RecordingId, RoomId};
use hallway_protocol::{Kind, Problem};
use hallway_stage::{LiveError, Reload, StageError};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

pub(crate) use grants::{Door, Grant, Grants};
pub(crate) use lane::lane;

use crate::Web;
use crate::call::bearer;
use crate::failure::Failure;
use crate::pages::matches_etag;
use crate::sign_ins;

/// What a player waits for. Directives that are not known are ignored
/// (RFC 8216bis §6.2.5).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    #[serde(rename = "_HLS_part")]
    part: Option<u32>,
    /// `YES`, or `v2` of those who take date ranges, of which we have none.
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

impl Asked {
    fn reload(&self) -> Reload {
        Reload {
            msn: self.msn,
            part: self.part,
            skip: matches!(self.skip.as_deref(), Some("YES" | "v2")),
        }
    }
}

pub(crate) async fn live(
    State(web): State<Web>,
    Path((event, room, path)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    parts: Parts,
) -> Result<Response, Failure> {
    let grant = open(&web, &parts, Door::Stage { event, room }).await?;
    let (live, file) = web
        .stages
        .live_file(RoomId(grant.id), &path)
        .ok_or_else(|| nothing("the stage has no such file now"))?;
    let reload = asked.reload();
    let chunks = live.file(file, reload).await.map_err(refuse)?;
    let keep = match (file.piece.immutable(), reload.msn) {
        (true, _) => Keep::Piece,
        (false, Some(_)) => Keep::BlockedPlaylist,
        (false, None) => Keep::Playlist,
    };
    Ok(media(grant, chunks, file.media_type(), keep))
}

pub(crate) async fn recording(
    State(web): State<Web>,
    Path((event, code, file)): Path<(String, String, String)>,
    parts: Parts,
) -> Result<Response, Failure> {
    let grant = open(&web, &parts, Door::Recording { event, code }).await?;
    let id = RecordingId(grant.id);
    let etag = format!("\"{id}-{file}\"");
    let mut response = if matches_etag(&parts.headers, &etag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        allow(&mut response, grant, Keep::Recording);
        response
    } else {
        let read = web.stages.recording_piece(id, &file).await;
        let (bytes, kind) = read.map_err(|error| match error {
            StageError::NotFound => nothing("the recording has no such file"),
            error => {
                tracing::error!(%error, recording = %id, "a recording could not be read");
                Kind::Internal.into()
            }
        })?;
        media(grant, vec![bytes], kind, Keep::Recording)
    };
    // The name of a file that exists is one of the packager's, so this fits.
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    Ok(response)
}

async fn open(web: &Web, parts: &Parts, door: Door) -> Result<Grant, Failure> {
    let token =
        || bearer(parts).or_else(|| sign_ins::token(&CookieJar::from_headers(&parts.headers), web));
    web.grants.open(&web.service, token, door).await
}

fn nothing(why: &str) -> Failure {
    Failure(Problem::new(Kind::NotFound).detail(why))
}

fn refuse(error: LiveError) -> Failure {
    let kind = match error {
        LiveError::NotStarted | LiveError::Gone => Kind::NotFound,
        LiveError::PartWithoutSegment | LiveError::TooFarAhead => Kind::TooFarAhead,
        LiveError::Stalled => Kind::Unavailable,
    };
    let problem = Problem::new(kind).detail(error.to_string());
    Failure(match error {
        LiveError::Stalled => problem.retry_after(1),
        _ => problem,
    })
}

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug)]
enum Keep {
    Playlist,
    /// Names the part it waited for, so that one answer serves all who asked.
    BlockedPlaylist,
    /// Its name is never given to other bytes.
    Piece,
    /// A session that is started again gets another recording under the same
    /// address, so its pieces are asked for again, and cost nothing unchanged.
    Recording,
}

impl Keep {
    /// Where only some may watch, no cache between us and them keeps anything.
    fn header(self, guests: bool) -> HeaderValue {
        HeaderValue::from_static(match (self, guests) {
            (Self::Playlist, true) | (Self::Recording, true) => "public, no-cache",
            (Self::Playlist, false) | (Self::Recording, false) => "private, no-cache",
            (Self::BlockedPlaylist, true) => "public, max-age=1",
            (Self::BlockedPlaylist, false) => "private, no-cache",
            (Self::Piece, true) => "public, max-age=3600, immutable",
            (Self::Piece, false) => "private, max-age=3600, immutable",
        })
    }
}

fn media(grant: Grant, chunks: Vec<Bytes>, kind: &'static str, keep: Keep) -> Response {
    let length: usize = chunks.iter().map(Bytes::len).sum();
    let body = match <[Bytes; 1]>::try_from(chunks) {
        Ok([whole]) => Body::from(whole),
        Err(chunks) => {
            let chunks = chunks.into_iter().map(Ok::<Bytes, Infallible>);
            Body::from_stream(stream::iter(chunks))
        }
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    allow(&mut response, grant, keep);
    response
}

fn allow(response: &mut Response, grant: Grant, keep: Keep) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, keep.header(grant.guests));
    if grant.guests {
        // Players on other sites may play what everybody may watch.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn reload(query: &str) -> Reload {
        let uri = format!("/live.m3u8?{query}").parse().unwrap();
        let Query(asked) = Query::<Asked>::try_from_uri(&uri).unwrap();
        asked.reload()
    }

    #[test]
    fn a_player_says_what_it_waits_for() {
        let asked = reload("_HLS_msn=12&_HLS_part=3&_HLS_skip=YES&other=1");
        assert_eq!(
            asked,
            Reload {
                msn: Some(12),
                part: Some(3),
                skip: true
            }
        );
        assert_eq!(reload(""), Reload::default());
        assert!(!reload("_HLS_skip=maybe").skip);
    }

    #[test]
    fn what_some_may_not_watch_is_kept_by_no_shared_cache() {
        let all = [
            Keep::Playlist,
            Keep::BlockedPlaylist,
            Keep::Piece,
            Keep::Recording,
        ];
        for keep in all {
            let some = media(
                Grant {
                    id: Uuid::nil(),
                    guests: false,
                },
                vec![],
                "video/mp4",
                keep,
            );
            assert!(
                some.headers()[CACHE_CONTROL]
                    .to_str()
                    .unwrap()
                    .starts_with("private")
            );
            assert!(!some.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
            let everyone = media(
                Grant {
                    id: Uuid::nil(),
                    guests: true,
                },
                vec![],
                "video/mp4",
                keep,
            );
            assert!(
                everyone.headers()[CACHE_CONTROL]
                    .to_str()
                    .unwrap()
                    .starts_with("public")
            );
            assert_eq!(everyone.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        }
    }

    #[tokio::test]
    async fn a_segment_is_its_parts_end_to_end() {
        let chunks = vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")];
        let grant = Grant {
            id: Uuid::nil(),
            guests: true,
        };
        let response = media(grant, chunks, "video/mp4", Keep::Piece);
        assert_eq!(response.headers()[CONTENT_LENGTH], "6");
        let body = axum::body::to_bytes(response.into_body(), 100)
            .await
            .unwrap();
        assert_eq!(&body[..], b"onetwo");
    }

    #[test]
    fn a_refusal_says_whether_to_try_again() {
        let status = |error| refuse(error).0.status;
        assert_eq!(status(LiveError::NotStarted), 404);
        assert_eq!(status(LiveError::Gone), 404);
        assert_eq!(status(LiveError::TooFarAhead), 400);
        assert_eq!(status(LiveError::PartWithoutSegment), 400);
        assert_eq!(status(LiveError::Stalled), 503);
        assert_eq!(refuse(LiveError::Stalled).0.retry_after, Some(1));
    }
}

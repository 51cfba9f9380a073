//! The JSON API under `/api/v1`: handlers translate between the bodies of the
//! protocol and the service. One document describes it all (OpenAPI 3.1); a
//! test holds it against the table of routes.

pub(crate) mod accounts;
pub(crate) mod channels;
pub(crate) mod events;
pub(crate) mod images;
pub(crate) mod messages;
pub(crate) mod presence;
pub(crate) mod pushes;
pub(crate) mod reactions;
pub(crate) mod reading;
pub(crate) mod rehearsals;
pub(crate) mod schedule;
pub(crate) mod search;
pub(crate) mod stages;
pub(crate) mod whip;

use std::sync::OnceLock;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_model::ids::IdempotencyKey;
use hallway_protocol::{Kind, Problem};
use hallway_service::{Command, Error};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use uuid::Uuid;

use crate::Web;
use crate::call::Call;
use crate::failure::Failure;
use crate::public::{Kept, send};

/// A JSON answer for one reader: no cache holds it.
pub(crate) struct Answer<T>(pub T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "private, no-store")], Json(self.0)).into_response()
    }
}

/// An answer that is JSON already.
pub(crate) struct Written(pub Bytes);

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let headers = [
            (CACHE_CONTROL, "private, no-store"),
            (CONTENT_TYPE, "application/json"),
        ];
        (headers, self.0).into_response()
    }
}

/// A JSON body. What does not fit is told with its line and column. How deep it
/// may nest is bounded by its type, how long by the table's limit.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            let why = "content-type: send `application/json`";
            return Err(Failure(Problem::new(Kind::Invalid).detail(why)));
        }
        let bytes = Bytes::from_request(request, web).await.map_err(unread)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Failure(misfit(&error)))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn unread(rejection: BytesRejection) -> Failure {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge.into(),
        _ => Kind::Invalid.into(),
    }
}

/// The parser's own words name the place, too.
fn misfit(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::Invalid).detail(error.to_string())
}

/// A query string whose every field fits.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(Failure(
                Problem::new(Kind::Invalid).detail(rejection.body_text()),
            )),
        }
    }
}

/// Carries out a command of the chat under its key. People have one budget for
/// all their browsers; a token of theirs is for programs and does not spend it.
/// A bot has one budget for all its tokens.
async fn write_to_chat<C: Command>(call: &Call, key: Uuid, command: C) -> Result<C::Answer, Error> {
    if let Some(signed_in) = &call.signed_in
        && (signed_in.sign_in.kind != "token" || signed_in.sign_in.narrowing.is_some())
    {
        call.web.service.limits().message(signed_in.person.id)?;
    }
    let key = Some(IdempotencyKey(key));
    call.web.service.write(&call.actor, key, command).await
}

/// An id in a path; one that cannot be an id names nothing.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Kind::NotFound.into())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hallway",
        description = "Read a summit's programme, stages and chat, and take part in its chat. \
            Live news come by the WebSocket at `/live`. \
            Times are RFC 3339, or milliseconds since 1970 where they are numbers."
    ),
    paths(
        openapi,
        events::list,
        events::find,
        schedule::list,
        channels::list,
        stages::find,
        whip::publish,
        whip::publish_signed_in,
        whip::change,
        whip::stop,
        messages::list,
        messages::post,
        messages::edit,
        messages::remove,
        messages::edits,
        messages::thread,
        messages::pin,
        messages::unpin,
        images::send,
        images::remove,
        search::find,
        reactions::add,
        reactions::remove,
        presence::list,
        reading::list,
        reading::put,
        reading::follow,
        rehearsals::find,
        rehearsals::start,
        rehearsals::stop,
        accounts::find,
        pushes::subscribe,
        pushes::unsubscribe,
    ),
    components(schemas(Problem)),
    security((), ("cookie" = []), ("bearer" = [])),
    modifiers(&Schemes, &Problems),
)]
struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            "__Host-hallway",
            "The cookie of a browser that signed in; `hallway` where the site has no TLS.",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of `hallway user token`, or of a bot."))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let stream_key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A stage's key, as its desk shows it once."))
            .build();
        components.add_security_scheme("stream_key", SecurityScheme::Http(stream_key));
    }
}

/// Every operation answers a refusal in the same form.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let words: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
        let response = ResponseBuilder::new()
            .description(format!(
                "A problem (RFC 9457); its `type` is `/problems/` and one of: {}.",
                words.join(", ")
            ))
            .content(
                "application/problem+json",
                Content::new(Some(Ref::from_schema_name("Problem"))),
            )
            .build();
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                operation
                    .responses
                    .responses
                    .insert("default".into(), response.clone().into());
            }
        }
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "api",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn openapi(headers: HeaderMap) -> Response {
    static DOCUMENT: OnceLock<Kept> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| {
        let text = serde_json::to_vec(&Document::openapi()).unwrap_or_default();
        Kept::new("application/json", text.into())
    });
    send(&headers, document, "public, max-age=300")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hallway_protocol::messages::PostMessage;
    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::to_value(Document::openapi()).unwrap()
    }

    #[test]
    fn the_document_tells_every_route_and_no_other() {
        let document = document();
        let told: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(|method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let served: BTreeSet<(String, String)> = crate::table::routes()
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/"))
            .map(|route| (route.path.to_owned(), route.method.to_owned()))
            .collect();
        assert_eq!(told, served);
    }

    #[test]
    fn the_document_is_openapi_3_1_and_every_reference_leads_somewhere() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        let mut found = vec![];
        references(&document, &mut found);
        assert!(found.contains(&"#/components/schemas/Message"));
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_has_its_own_id_and_tells_of_problems() {
        let document = document();
        let mut ids = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()));
                let problem = &operation["responses"]["default"]["content"];
                assert!(problem["application/problem+json"].is_object());
            }
        }
    }

    #[test]
    fn a_body_that_does_not_fit_is_told_where() {
        let place = |text: &str| {
            let error = serde_json::from_str::<PostMessage>(text).unwrap_err();
            misfit(&error).detail.unwrap()
        };
        let unknown = place("{\n  \"body\": \"hi\",\n  \"colour\": 1}");
        assert!(unknown.contains("`colour`"), "{unknown}");
        assert!(unknown.contains("line 3 column"), "{unknown}");
        assert!(place("{\"body\": ").contains("line 1 column 9"));
        let deep = format!("{{\"body\": {}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(place(&deep).contains("line 1 column 9"));
    }

    #[test]
    fn only_json_is_read_as_json() {
        let json = |kind: &'static str| {
            is_json(
                &[(CONTENT_TYPE, kind.parse().unwrap())]
                    .into_iter()
                    .collect(),
            )
        };
        assert!(json("application/json"));
        assert!(json("Application/JSON; charset=utf-8"));
        assert!(!json("text/plain"));
        assert!(!json("application/jsonp"));
        assert!(!is_json(&HeaderMap::new()));
    }
}

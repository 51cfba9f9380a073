//! The short way of media: thousands of players ask several times a second, so
//! that what every other answer goes through would cost more than the answer.
//! There is no text worth compressing, no body to bound and no page to draw here;
//! what waits has a bound of its own.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hallway_protocol::Kind;
use tokio::time::Instant;

use crate::Web;
use crate::failure::{self, Failure};
use crate::{health, security};

pub(crate) async fn lane(State(web): State<Web>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = health::method(request.method());
    let began = Instant::now();
    let mut response = if request.uri().path().contains("%00") {
        Failure::from(Kind::NotFound).into_response()
    } else {
        next.run(request).await
    };
    response = failure::as_json(response);
    security::guard(&web, response.headers_mut());
    health::note(method, route, response.status(), began);
    response
}

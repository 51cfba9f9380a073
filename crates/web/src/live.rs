//! `/live`: who may open a live connection from where, and the way around for
//! those whom WebSockets do not reach: the same frames as server-sent events,
//! commands by POST. What is said is the gateway's business (docs/protocol.md).

use axum::body::Body;
use axum::extract::{FromRequestParts, RawQuery, Request};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use hallway_gateway::{Client, Followed, shake_hands};
use hallway_protocol::frames::{MAX_TOPICS, Me};
use hallway_protocol::{ClientFrame, Kind, Problem, ServerFrame};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN};

use crate::api::{Answer, Body as Json};
use crate::call::Call;
use crate::failure::Failure;
use crate::{Web, security, sign_ins};

/// Seconds after which one who found the door crowded tries again.
const COME_BACK: u32 = 5;

/// A place in the queue of those who come in, taken before anything is asked
/// of the database.
pub(crate) struct Turn;

impl FromRequestParts<Web> for Turn {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut http::request::Parts, web: &Web) -> Result<Self, Failure> {
        if web.gateway.turn().await {
            return Ok(Self);
        }
        let mut problem = Problem::new(Kind::Unavailable);
        problem.retry_after = Some(COME_BACK);
        Err(Failure(problem))
    }
}

pub(crate) async fn connect(
    _: Turn,
    call: Call,
    jar: CookieJar,
    mut request: Request,
) -> Result<Response, Failure> {
    may_open(&call, &jar, request.headers())?;
    let (response, upgrade) = shake_hands(&mut request)
        .map_err(|why| Failure(Problem::new(Kind::Invalid).detail(why)))?;
    let gateway = call.web.gateway.clone();
    tokio::spawn(gateway.serve(upgrade, client(call)));
    Ok(response)
}

/// Frames as server-sent events: `topic` and what follows it, again and again.
pub(crate) async fn events(
    _: Turn,
    call: Call,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    may_follow(&call, &headers)?;
    let wrong = |why: &str| Failure(Problem::new(Kind::Invalid).detail(why));
    let asked = read_topics(query.as_deref().unwrap_or_default()).map_err(wrong)?;
    let gateway = call.web.gateway.clone();
    let frames = gateway.events(client(call), asked);
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        // Proxies gather what comes slowly, unless told.
        (http::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(frames)).into_response())
}

/// A command as the socket takes it, for those without one; it is answered by
/// the frame that the socket would send.
pub(crate) async fn command(
    call: Call,
    Json(frame): Json<ClientFrame>,
) -> Result<Answer<ServerFrame>, Failure> {
    if call.actor.person.is_none() {
        return Err(Kind::SignInNeeded.into());
    }
    let ClientFrame::Command { key, command } = frame else {
        let why = "only commands are taken here";
        return Err(Failure(Problem::new(Kind::Invalid).detail(why)));
    };
    let told = call.web.gateway.run_command(&call.actor, key, command);
    match told.await {
        // Over HTTP a refusal is an answer's status, as everywhere else.
        ServerFrame::Problem { problem, .. } => Err(Failure(problem)),
        done => Ok(Answer(done)),
    }
}

/// `topic=T&after=N&present=yes&topic=...&history=N`: what follows a topic is about it.
fn read_topics(query: &str) -> Result<Vec<Followed>, &'static str> {
    let mut asked: Vec<Followed> = vec![];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name == "topic" {
            let topic = value.replace("%3A", ":").replace("%3a", ":");
            asked.push(Followed {
                topic: topic.parse().map_err(|_| "`topic` is not a topic")?,
                after: None,
                history: None,
                present: false,
            });
            continue;
        }
        let last = asked.last_mut().ok_or("`topic` comes first")?;
        match name {
            "after" => last.after = Some(value.parse().map_err(|_| "`after` is a number")?),
            "history" => {
                last.history = Some(value.parse().map_err(|_| "`history` is a number")?);
            }
            "present" => last.present = value == "yes",
            _ => return Err("`topic`, `after`, `history` and `present` are what can be asked for"),
        }
    }
    match asked.len() {
        0 => Err("`topic` says what to follow"),
        1..=MAX_TOPICS => Ok(asked),
        _ => Err("at most 64 topics are followed at once"),
    }
}

/// Who is on the other side.
fn client(call: Call) -> Client {
    let signed_in = call.signed_in.as_ref();
    Client {
        sign_in: signed_in.map(|shown| (shown.sign_in.id, shown.as_of)),
        me: signed_in.map(|shown| Me {
            id: shown.person.id,
            name: shown.person.name.as_str().to_owned(),
        }),
        actor: call.actor,
    }
}

fn may_open(call: &Call, jar: &CookieJar, headers: &HeaderMap) -> Result<(), Kind> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap_or_default())
    };
    let caller = Caller {
        token: headers.contains_key(AUTHORIZATION),
        cookie: sign_ins::token(jar, &call.web).is_some(),
        ours: text(ORIGIN).map(|origin| security::is_our_origin(&call.web, origin, text(HOST))),
    };
    caller.check(call.signed_in.is_some())
}

/// No page of another site can read the answer of an ordinary GET, which we
/// allow to none; browsers say `Origin` only where they must, so its absence is
/// fine. Who says that they come from elsewhere is sent away all the same.
fn may_follow(call: &Call, headers: &HeaderMap) -> Result<(), Kind> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap_or_default())
    };
    let ours =
        text(ORIGIN).is_none_or(|origin| security::is_our_origin(&call.web, origin, text(HOST)));
    let site = text(http::HeaderName::from_static("sec-fetch-site"));
    if !ours || !matches!(site, None | Some("same-origin" | "none")) {
        return Err(Kind::WrongOrigin);
    }
    if headers.contains_key(AUTHORIZATION) && call.signed_in.is_none() {
        return Err(Kind::SignInNeeded);
    }
    Ok(())
}

/// What a handshake brings along.
#[derive(Clone, Copy, Debug)]
struct Caller {
    /// An `Authorization` header, which counts instead of any cookie.
    token: bool,
    /// A sign-in's cookie.
    cookie: bool,
    /// Whether its `Origin`, if there is one, is ours.
    ours: Option<bool>,
}

impl Caller {
    /// Browsers let every site open a socket to us and send our cookie along
    /// (RFC 6455 §10.2, abuse case A8), but no site can make them send a token.
    fn check(self, signed_in: bool) -> Result<(), Kind> {
        match (self.token, self.ours, self.cookie) {
            (true, _, _) if signed_in => Ok(()),
            // A visitor's connection would be a silent surprise to a program.
            (true, _, _) => Err(Kind::SignInNeeded),
            (false, Some(true), _) | (false, None, false) => Ok(()),
            (false, Some(false), _) | (false, None, true) => Err(Kind::WrongOrigin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(token: bool, cookie: bool, ours: Option<bool>) -> Result<(), Kind> {
        Caller {
            token,
            cookie,
            ours,
        }
        .check(token || cookie)
    }

    #[test]
    fn what_is_followed_stands_in_the_query() {
        let channel = "channel:0192f0c4-0000-7000-8000-000000000001";
        let asked = read_topics(&format!(
            "topic={channel}&after=4&topic={channel}&history=50&present=yes"
        ));
        let asked = asked.unwrap();
        assert_eq!((asked[0].history, asked[1].history), (None, Some(50)));
        assert_eq!((asked[0].after, asked[0].present), (Some(4), false));
        assert_eq!((asked[1].after, asked[1].present), (None, true));
        let encoded = channel.replace(':', "%3A");
        assert_eq!(read_topics(&format!("topic={encoded}")).unwrap().len(), 1);
        let many = format!("topic={channel}&").repeat(65);
        for wrong in [
            "",
            "after=1",
            "topic=x",
            &format!("topic={channel}&after=x"),
            &format!("topic={channel}&history=x"),
            "to=1",
            &many,
        ] {
            assert!(read_topics(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cookie_counts_only_from_our_own_pages() {
        assert_eq!(check(false, true, Some(true)), Ok(()));
        assert_eq!(check(false, true, Some(false)), Err(Kind::WrongOrigin));
        assert_eq!(check(false, true, None), Err(Kind::WrongOrigin));
    }

    #[test]
    fn a_visitor_comes_from_our_pages_or_from_none() {
        assert_eq!(check(false, false, Some(true)), Ok(()));
        assert_eq!(check(false, false, None), Ok(()));
        assert_eq!(check(false, false, Some(false)), Err(Kind::WrongOrigin));
    }

    #[test]
    fn a_token_needs_no_origin_and_has_to_work() {
        assert_eq!(check(true, false, None), Ok(()));
        assert_eq!(check(true, true, None), Ok(()));
        let revoked = Caller {
            token: true,
            cookie: false,
            ours: None,
        };
        assert_eq!(revoked.check(false), Err(Kind::SignInNeeded));
    }
}

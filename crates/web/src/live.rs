//! `/live`: who may open a live connection from where. What is said on it is
//! the gateway's business (docs/protocol.md).

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use hallway_gateway::{Client, MAX_READ};
use hallway_protocol::Kind;
use hallway_protocol::frames::Me;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST, ORIGIN};

use crate::call::Call;
use crate::failure::Failure;
use crate::{security, sign_ins};

/// Bytes read from a socket at once: clients send little.
const READ_BUFFER: usize = 4 * 1024;
/// Bytes gathered before they are written, and the most that may wait.
const WRITE_BUFFER: usize = 16 * 1024;
const WRITE_BUFFER_MAX: usize = 1024 * 1024;

pub(crate) async fn connect(
    call: Call,
    jar: CookieJar,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Failure> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap_or_default())
    };
    let caller = Caller {
        token: headers.contains_key(AUTHORIZATION),
        cookie: sign_ins::token(&jar, &call.web).is_some(),
        ours: text(ORIGIN).map(|origin| security::is_our_origin(&call.web, origin, text(HOST))),
    };
    caller.check(call.signed_in.is_some())?;
    let client = Client {
        actor: call.actor,
        me: call.signed_in.map(|signed_in| Me {
            id: signed_in.person.id,
            name: signed_in.person.name.as_str().to_owned(),
        }),
    };
    let gateway = call.web.gateway.clone();
    Ok(upgrade
        .max_message_size(MAX_READ)
        .max_frame_size(MAX_READ)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .on_upgrade(move |socket| gateway.serve(socket, client)))
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

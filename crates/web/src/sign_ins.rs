//! Signing in by a mailed link, and out. Asking for a link looks the same for
//! every address; opening one shows a button, so that a mail scanner that
//! follows it uses nothing up.

use axum::extract::{Form, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use hallway_model::ids::SignInId;
use hallway_protocol::routes;
use hallway_service::sign_ins::{LinkRequest, SIGN_IN_LIFE, SignOut, SignOutOthers};
use hallway_service::{Error, Prefix};
use hallway_views::shell::Notice;
use hallway_views::sign_ins::{ConfirmPage, ConfirmState, SignInPage};
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use crate::Web;
use crate::call::Call;
use crate::failure::Failure;
use crate::forms::{Refusal, local_path};
use crate::pages::{done, personal, refused};
use crate::reader;

/// Remembers where somebody was while they look into their mail.
const NEXT: &str = "hallway_next";
/// Seconds it does so: as long as a link works.
const NEXT_LIFE: i64 = 15 * 60;

/// The session's token as the browser sent it.
pub(crate) fn token(jar: &CookieJar, web: &Web) -> Option<String> {
    let cookie = jar.get(session_name(web.settings.https))?;
    Some(cookie.value().to_owned())
}

/// By its prefix browsers keep neighbours on the domain from setting it, but
/// only over TLS (RFC 6265bis §4.1.3.2).
fn session_name(https: bool) -> &'static str {
    if https { "__Host-hallway" } else { "hallway" }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    email: String,
    next: String,
}

pub(crate) async fn page(call: Call, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let next = next_of(&asked.next);
    if call.signed_in.is_some() {
        return Ok(Redirect::to(&next.unwrap_or_else(routes::account)).into_response());
    }
    personal(&form(&call, asked, &Refusal::default()))
}

pub(crate) async fn request(call: Call, Form(asked): Form<Asked>) -> Result<Response, Failure> {
    let request = LinkRequest {
        email: asked.email.clone(),
        name: None,
        event: None,
        language: reader::language(call.lang),
    };
    let from = Prefix::from(call.address);
    if let Err(error) = call.web.service.request_link(from, request).await {
        let refusal = Refusal::of(error, |_| asked.email.clone())?;
        return refused(&form(&call, asked, &refusal));
    }
    let next = next_of(&asked.next);
    let page = SignInPage {
        sent: Some(asked.email.trim().to_owned()),
        ..form(&call, asked, &Refusal::default())
    };
    let mut response = personal(&page)?;
    if let Some(next) = next {
        // Percent-encoded, since a path may hold what a cookie may not; the
        // jar decodes what it reads.
        let next = routes::encode(&next);
        set_cookie(
            &mut response,
            NEXT,
            &next,
            NEXT_LIFE,
            call.web.settings.https,
        );
    }
    Ok(response)
}

fn form(call: &Call, asked: Asked, refusal: &Refusal) -> SignInPage {
    SignInPage {
        shell: call.shell(),
        next: next_of(&asked.next).unwrap_or_default(),
        email: refusal.field("email", &asked.email),
        sent: None,
    }
}

/// Where to go after signing in; not to signing in.
fn next_of(text: &str) -> Option<String> {
    local_path(text).filter(|path| !path.starts_with(&routes::sign_in()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Confirmation {
    token: String,
}

pub(crate) async fn confirm_page(
    call: Call,
    Query(link): Query<Confirmation>,
) -> Result<Response, Failure> {
    match call.web.service.usable_link(&link.token).await? {
        Some(usable) => personal(&ConfirmPage {
            shell: call.shell(),
            state: ConfirmState::Ready {
                token: link.token,
                event: usable.event,
            },
        }),
        None => spent(&call),
    }
}

pub(crate) async fn confirm(
    call: Call,
    jar: CookieJar,
    Form(link): Form<Confirmation>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let confirmed = match service
        .confirm_link(&link.token, &browser(&call.browser))
        .await
    {
        Ok(confirmed) => confirmed,
        Err(Error::LinkSpent) => return spent(&call),
        Err(error) => return Err(error.into()),
    };
    // One browser, one sign-in: the one it held before ends with the new one.
    if let Some(before) = browser_sign_in(&call) {
        call.write(SignOut { sign_in: before }).await?;
    }
    let notice = if confirmed.registered {
        Notice::Registered
    } else {
        Notice::SignedIn
    };
    let remembered = jar.get(NEXT).and_then(|cookie| next_of(cookie.value()));
    let next = match &confirmed.event {
        Some(event) => routes::event(event),
        None => remembered.unwrap_or_else(routes::home),
    };
    let mut response = done(&next, notice).into_response();
    let https = call.web.settings.https;
    let seconds = SIGN_IN_LIFE.0 / 1000;
    let secret = confirmed.token.reveal();
    set_cookie(&mut response, session_name(https), secret, seconds, https);
    if jar.get(NEXT).is_some() {
        set_cookie(&mut response, NEXT, "", 0, https);
    }
    Ok(response)
}

/// Used, expired or never ours: the same page, gone for good.
fn spent(call: &Call) -> Result<Response, Failure> {
    let mut response = personal(&ConfirmPage {
        shell: call.shell(),
        state: ConfirmState::Spent,
    })?;
    *response.status_mut() = StatusCode::GONE;
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leaving {
    /// Another browser's sign-in; blank for this one.
    sign_in: String,
    everywhere: String,
}

pub(crate) async fn sign_out(
    call: Call,
    Form(leaving): Form<Leaving>,
) -> Result<Response, Failure> {
    let Some(this) = call.signed_in.as_ref().map(|held| held.sign_in.id) else {
        return Ok(signed_out(&call, Notice::SignedOut));
    };
    if leaving.everywhere == "yes" {
        call.write(SignOutOthers { keep: this }).await?;
        call.write(SignOut { sign_in: this }).await?;
        return Ok(signed_out(&call, Notice::SignedOutEverywhere));
    }
    let sign_in = match leaving.sign_in.as_str() {
        "" => this,
        id => id.parse::<SignInId>().map_err(|_| Error::NotFound)?,
    };
    call.write(SignOut { sign_in }).await?;
    if sign_in == this {
        Ok(signed_out(&call, Notice::SignedOut))
    } else {
        Ok(done(&routes::account(), Notice::Saved).into_response())
    }
}

fn signed_out(call: &Call, notice: Notice) -> Response {
    let mut response = done(&routes::home(), notice).into_response();
    forget_session(&mut response, &call.web);
    response
}

/// Lets the browser forget its session.
pub(crate) fn forget_session(response: &mut Response, web: &Web) {
    let https = web.settings.https;
    set_cookie(response, session_name(https), "", 0, https);
}

/// The call's sign-in where it is a browser's, not an API token.
fn browser_sign_in(call: &Call) -> Option<SignInId> {
    let held = &call.signed_in.as_ref()?.sign_in;
    (held.kind == "browser").then_some(held.id)
}

/// Appends a cookie for the whole site that no script can read.
fn set_cookie(response: &mut Response, name: &str, value: &str, seconds: i64, https: bool) {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// What a browser calls itself, in a few words for the list of one's sign-ins;
/// blank where nothing of it is known. Order matters: most name others too.
fn browser(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 9] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi", "Vivaldi"),
        ("SamsungBrowser", "Samsung Internet"),
        ("FxiOS", "Firefox"),
        ("Firefox", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        let known = names.iter().find(|(mark, _)| user_agent.contains(mark));
        known.map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_in_a_few_words() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", ""),
            ("<script>alert(1)</script>", ""),
        ] {
            assert_eq!(browser(agent), name, "{agent}");
        }
    }

    #[test]
    fn signing_in_does_not_lead_to_signing_in() {
        assert_eq!(next_of("/summit/").as_deref(), Some("/summit/"));
        assert_eq!(next_of("/account/").as_deref(), Some("/account/"));
        assert_eq!(next_of("/account/sign-in?next=/x"), None);
        assert_eq!(next_of("/account/sign-in/confirm?token=x"), None);
        assert_eq!(next_of("//evil.example"), None);
    }

    #[test]
    fn cookies_keep_to_the_site_and_out_of_scripts() {
        let mut response = Response::default();
        set_cookie(&mut response, session_name(true), "secret", 60, true);
        set_cookie(&mut response, session_name(false), "", 0, false);
        let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(
            cookies,
            [
                "__Host-hallway=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                "hallway=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
            ]
        );
    }
}

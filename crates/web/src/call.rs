//! One request as a handler sees it: who asks, in which language and zone, and
//! the ways to read, to write, and to answer with a page.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum_extra::extract::CookieJar;
use hallway_model::access::{Action, Actor, Object, allow};
use hallway_model::events::Event;
use hallway_model::ids::IdempotencyKey;
use hallway_model::time::Zone;
use hallway_service::arrivals::SignedIn;
use hallway_service::{Command, Error};
use hallway_views::Lang;
use hallway_views::shell::{Assets, EventBadge, Notice, PersonBadge, Shell};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;
use uuid::Uuid;

use crate::reader::{self, Preferences};
use crate::{Web, sign_ins};

#[derive(Clone)]
pub(crate) struct Call {
    pub web: Web,
    pub signed_in: Option<SignedIn>,
    pub actor: Actor,
    pub preferences: Preferences,
    pub lang: Lang,
    /// `Save-Data: on`: the reader pays for every byte.
    pub saves_data: bool,
    /// Path and query as asked for.
    pub path: String,
    pub address: IpAddr,
    /// What the browser says it is, for the list of sign-ins.
    pub browser: String,
    pub request_id: Option<String>,
}

impl Call {
    /// Carries out a command without a key: it is idempotent by itself.
    pub(crate) async fn write<C: Command>(&self, command: C) -> Result<C::Answer, Error> {
        self.web.service.write(&self.actor, None, command).await
    }

    /// Carries out a command under the key its form or body carried.
    pub(crate) async fn write_once<C: Command>(
        &self,
        key: &str,
        command: C,
    ) -> Result<C::Answer, Error> {
        let once = once(key)?;
        self.web
            .service
            .write(&self.actor, Some(once), command)
            .await
    }

    /// A fresh idempotency key for a form.
    pub(crate) fn key(&self) -> String {
        let now = self.web.service.now();
        self.web.service.random().uuid(now).to_string()
    }

    /// What is around a page that belongs to no event.
    pub(crate) fn shell(&self) -> Shell {
        Shell {
            lang: self.lang,
            path: self.path.clone(),
            person: self.signed_in.as_ref().map(|signed_in| PersonBadge {
                id: signed_in.person.id,
                name: signed_in.person.name.as_str().to_owned(),
                creates_events: allow(&self.actor, Action::CreateEvent, &Object::installation()),
            }),
            event: None,
            unread: 0,
            notice: self.notice(),
            assets: Assets {
                font: self.web.assets.font.clone().filter(|_| !self.saves_data),
                ..self.web.assets.clone()
            },
            base_url: self.web.service.settings().base_url.clone(),
            demo: self.web.service.settings().demo,
            theme: self.preferences.theme,
            zone: self.zone(None),
        }
    }

    /// What is around a page of an event.
    pub(crate) fn event_shell(&self, event: &Event) -> Shell {
        let may = |action| allow(&self.actor, action, &Object::event(event.id));
        Shell {
            event: Some(EventBadge {
                slug: event.slug.clone(),
                title: event.title.clone(),
                zone: event.zone.clone(),
                organises: may(Action::EditEvent),
                moderates: may(Action::Moderate),
                reports: may(Action::Report),
                sees_people: may(Action::SeePeople),
            }),
            zone: self.zone(Some(event)),
            ..self.shell()
        }
    }

    /// The zone times are shown in: chosen here, else in the profile, else the
    /// event's own.
    fn zone(&self, event: Option<&Event>) -> Zone {
        let chosen = self.preferences.zone.clone();
        let of_person = || {
            self.signed_in
                .as_ref()
                .and_then(|signed_in| signed_in.person.zone.clone())
        };
        let of_event = || event.map(|event| event.zone.clone());
        chosen
            .or_else(of_person)
            .or_else(of_event)
            .unwrap_or_else(Zone::utc)
    }

    fn notice(&self) -> Option<Notice> {
        let (_, query) = self.path.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("done="))
            .and_then(Notice::from_word)
    }
}

impl FromRequestParts<Web> for Call {
    type Rejection = crate::failure::Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let token = bearer(parts).or_else(|| sign_ins::token(&jar, web));
        let signed_in = match token {
            Some(token) => web.service.signed_in(&token).await?,
            None => None,
        };
        let preferences = Preferences::from_jar(&jar);
        let asked = reader::negotiate(&preferences, parts);
        let of_person = signed_in
            .as_ref()
            .and_then(|s| s.person.language)
            .map(reader::lang);
        let header = |name: http::HeaderName| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Ok(Self {
            web: web.clone(),
            actor: signed_in
                .as_ref()
                .map_or_else(Actor::visitor, |s| s.actor.clone()),
            lang: if preferences.language.is_some() {
                asked
            } else {
                of_person.unwrap_or(asked)
            },
            signed_in,
            saves_data: header(http::HeaderName::from_static("save-data"))
                .is_some_and(|value| value.trim().eq_ignore_ascii_case("on")),
            preferences,
            path: parts
                .uri
                .path_and_query()
                .map_or_else(|| "/".into(), |path| path.as_str().to_owned()),
            address: address(parts),
            browser: header(http::header::USER_AGENT).unwrap_or_default(),
            request_id: header(http::HeaderName::from_static("x-request-id")),
        })
    }
}

/// The idempotency key that a form carried.
pub(crate) fn once(key: &str) -> Result<IdempotencyKey, Error> {
    Uuid::parse_str(key.trim())
        .map(IdempotencyKey)
        .map_err(|_| Error::invalid("key", "a key is a UUID"))
}

/// `Authorization: Bearer TOKEN`, or `Token TOKEN` as pretalx clients send it.
pub(crate) fn bearer(parts: &Parts) -> Option<String> {
    token_of(parts.headers.get(AUTHORIZATION)?)
}

pub(crate) fn token_of(value: &HeaderValue) -> Option<String> {
    let value = value.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| token.trim().to_owned())
}

/// Where a request came from, as the listener, or the proxy it trusts, says.
pub(crate) fn address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(peer)| peer.ip())
}

//! Problems as clients see them: `application/problem+json` (RFC 9457). The
//! type is a path of ours; its last word names the page in the docs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Problem {
    /// `/problems/<word>`
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status it is answered with.
    pub status: u16,
    /// A short English sentence, the same for every occurrence.
    pub title: String,
    /// What to do about this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub detail: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_after: Option<u32>,
    /// Until when it stays so, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub until: Option<i64>,
}

/// Every type of problem there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    NotFound,
    SignInNeeded,
    Forbidden,
    Muted,
    Banned,
    Held,
    LinksOff,
    ImagesOff,
    WordUnwanted,
    Invalid,
    Conflict,
    TooLarge,
    TooMany,
    LinkSpent,
    WrongOrigin,
    Unavailable,
    TooFarAhead,
    Internal,
}

impl Kind {
    pub const ALL: [Kind; 18] = [
        Self::NotFound,
        Self::SignInNeeded,
        Self::Forbidden,
        Self::Muted,
        Self::Banned,
        Self::Held,
        Self::LinksOff,
        Self::ImagesOff,
        Self::WordUnwanted,
        Self::Invalid,
        Self::Conflict,
        Self::TooLarge,
        Self::TooMany,
        Self::LinkSpent,
        Self::WrongOrigin,
        Self::Unavailable,
        Self::TooFarAhead,
        Self::Internal,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::SignInNeeded => "sign-in-needed",
            Self::Forbidden => "forbidden",
            Self::Muted => "muted",
            Self::Banned => "banned",
            Self::Held => "held",
            Self::LinksOff => "links-off",
            Self::ImagesOff => "images-off",
            Self::WordUnwanted => "word-unwanted",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many",
            Self::LinkSpent => "link-spent",
            Self::WrongOrigin => "wrong-origin",
            Self::Unavailable => "unavailable",
            Self::TooFarAhead => "too-far-ahead",
            Self::Internal => "internal",
        }
    }

    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::SignInNeeded => 401,
            Self::Held => 202,
            Self::Forbidden
            | Self::Muted
            | Self::Banned
            | Self::LinksOff
            | Self::ImagesOff
            | Self::WrongOrigin => 403,
            Self::Invalid | Self::WordUnwanted => 422,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::LinkSpent => 410,
            Self::Unavailable => 503,
            Self::TooFarAhead => 400,
            Self::Internal => 500,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here.",
            Self::SignInNeeded => "Sign in to do this.",
            Self::Forbidden => "Your roles do not allow this.",
            Self::Muted => "You are muted here.",
            Self::Banned => "You are banned from this event.",
            Self::Held => "Your message waits for a moderator.",
            Self::LinksOff => "Links are off in your first hour.",
            Self::ImagesOff => "Pictures are off in your first hour.",
            Self::WordUnwanted => "This has a word that is not wanted here.",
            Self::Invalid => "Something in what was sent does not fit.",
            Self::Conflict => "This has changed in the meantime.",
            Self::TooLarge => "What was sent is too large.",
            Self::TooMany => "This was tried too often in a short time.",
            Self::LinkSpent => "This link was used or has expired.",
            Self::WrongOrigin => "This request came from another site.",
            Self::Unavailable => "This part is not available at the moment.",
            Self::TooFarAhead => "The requested part lies too far ahead.",
            Self::Internal => "Something went wrong on our side.",
        }
    }
}

impl Problem {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind: format!("/problems/{}", kind.word()),
            status: kind.status(),
            title: kind.title().into(),
            detail: None,
            retry_after: None,
            until: None,
        }
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn until(mut self, until: Option<i64>) -> Self {
        self.until = until;
        self
    }

    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

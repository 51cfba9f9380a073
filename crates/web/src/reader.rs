//! Who reads and how they like it: language, zone and theme, from the one
//! functional cookie, the profile and what the browser asks for.

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use hallway_model::people::Language;
use hallway_model::time::Zone;
use hallway_views::Lang;
use hallway_views::shell::Theme;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;

/// Name of the cookie that remembers what a reader chose. It names nobody.
const COOKIE: &str = "hallway_reader";

/// What a reader chose; blank where they did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub language: Option<Lang>,
    pub zone: Option<Zone>,
    pub theme: Theme,
}

impl Preferences {
    /// `lang.theme.Zone/Name`: three words that need no escaping in a cookie.
    fn read(text: &str) -> Self {
        let mut words = text.splitn(3, '.');
        let mut word = || words.next().unwrap_or_default();
        Self {
            language: Lang::from_code(word()),
            theme: Theme::from_word(word()).unwrap_or_default(),
            zone: Some(word())
                .filter(|zone| !zone.is_empty())
                .and_then(|zone| Zone::named(zone).ok()),
        }
    }

    pub(crate) fn cookie(&self, https: bool) -> Cookie<'static> {
        let zone = self.zone.as_ref().map_or("", |zone| zone.name());
        let language = self.language.map_or("", |language| language.code());
        Cookie::build((COOKIE, format!("{language}.{}.{zone}", self.theme.word())))
            .path("/")
            .http_only(true)
            .secure(https)
            .same_site(SameSite::Lax)
            .permanent()
            .build()
    }

    pub(crate) fn from_jar(jar: &CookieJar) -> Self {
        jar.get(COOKIE)
            .map(|cookie| Self::read(cookie.value()))
            .unwrap_or_default()
    }
}

/// The language a request is answered in, before anything is known of a person.
pub(crate) fn negotiate(preferences: &Preferences, parts: &Parts) -> Lang {
    let accepted = parts
        .headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Lang::negotiate(preferences.language.map(Lang::code), accepted)
}

pub(crate) fn language(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::En,
        Lang::De => Language::De,
    }
}

pub(crate) fn lang(language: Language) -> Lang {
    match language {
        Language::En => Lang::En,
        Language::De => Lang::De,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preferences {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_jar(&CookieJar::from_headers(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back() {
        let chosen = Preferences {
            language: Some(Lang::De),
            zone: Zone::named("America/New_York").ok(),
            theme: Theme::Dark,
        };
        assert_eq!(Preferences::read(chosen.cookie(false).value()), chosen);
        assert_eq!(Preferences::read("xx.yy.Mars/Base"), Preferences::default());
        assert_eq!(Preferences::read(""), Preferences::default());
    }
}

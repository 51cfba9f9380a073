//! The texts of the product, from `locales/<lang>/*.ftl`, embedded. English is
//! complete and stands in where another language lacks a text. Dates and
//! numbers are formatted in [`crate::times`]: Fluent's own are not localised
//! in Rust.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_bundle::FluentValue;
use fluent_langneg::{NegotiationStrategy, accepted_languages, negotiate_languages};
use unic_langid::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "../../locales",
        fallback_language: "en",
        customise: |bundle| {
            let german = bundle.locales.first().is_some_and(|id| *id == DE);
            bundle.set_formatter(Some(if german { in_german } else { in_english }));
        },
    };
}

/// `1,204`, as the browsers' own formatting has it in the islands.
fn in_english<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, ',')
}
fn in_german<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, '.')
}

/// Whole numbers in groups of three digits; anything else as it is.
fn grouped(value: &FluentValue<'_>, separator: char) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let plain = number.as_string();
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut out = String::from(if digits.len() < plain.len() { "-" } else { "" });
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            out.push(separator);
        }
        out.push(digit);
    }
    Some(out)
}

static EN: LanguageIdentifier = langid!("en");
static DE: LanguageIdentifier = langid!("de");

/// A language the pages exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    En,
    De,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Self::En, Self::De];

    /// BCP 47 tag, as in `<html lang>` and in the preferences form.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// What the reader chose, else the best of `Accept-Language` (RFC 9110
    /// §12.5.4), else English.
    pub fn negotiate(chosen: Option<&str>, accept_language: &str) -> Self {
        if let Some(lang) = chosen.and_then(Self::from_code) {
            return lang;
        }
        let wanted = accepted_languages::parse(&by_weight(accept_language));
        let available = [&EN, &DE];
        let best = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Filtering);
        if best.first().is_some_and(|id| ***id == DE) {
            Self::De
        } else {
            Self::En
        }
    }

    /// A text without variables.
    pub fn t(self, key: &str) -> String {
        self.look_up(key, None)
    }

    /// A text with one variable; a number chooses among plural forms.
    pub fn t1<'a>(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'a>>,
    ) -> String {
        self.look_up(key, Some(&HashMap::from([(name.into(), value.into())])))
    }

    pub fn t2<'a, 'b: 'a>(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'a>>,
        name2: &'static str,
        value2: impl Into<FluentValue<'b>>,
    ) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
            HashMap::from([(name.into(), value.into()), (name2.into(), value2.into())]);
        self.look_up(key, Some(&args))
    }

    /// A number on its own: `1,204`, `1.204`.
    pub fn number(self, n: i64) -> String {
        self.t1("times-number", "n", n)
    }

    /// A text that counts `n` things.
    pub fn tn(self, key: &str, n: impl TryInto<i64>) -> String {
        self.t1(key, "count", n.try_into().unwrap_or(i64::MAX))
    }

    fn look_up(
        self,
        key: &str,
        args: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>,
    ) -> String {
        let id = match self {
            Self::En => &EN,
            Self::De => &DE,
        };
        LOCALES
            .lookup_single_language(id, key, args)
            .or_else(|_| LOCALES.lookup_single_language(&EN, key, args))
            .map(without_idle_isolates)
            // Seen only when a key is misspelt; a test renders every page.
            .unwrap_or_else(|_| format!("⟦{key}⟧"))
    }
}

/// Fluent wraps every variable in bidi isolates. They only matter where text
/// runs right to left; elsewhere they cost bytes in titles, mails and searches.
fn without_idle_isolates(text: String) -> String {
    let isolated = text.contains(['\u{2068}', '\u{2069}']);
    if isolated && !text.chars().any(is_right_to_left) {
        text.replace(['\u{2068}', '\u{2069}'], "")
    } else {
        text
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x08FF | 0x200F | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF)
}

/// The accepted languages, the most wanted first and without those refused:
/// the parser knows their order alone.
fn by_weight(accept_language: &str) -> String {
    let mut wanted: Vec<(f32, &str)> = accept_language
        .split(',')
        .filter_map(|one| {
            let (tag, weight) = match one.split_once(';') {
                Some((tag, weight)) => (tag, weight.trim().strip_prefix("q=")?.parse().ok()?),
                None => (one, 1.0),
            };
            (weight > 0.0).then_some((weight, tag.trim()))
        })
        .collect();
    wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let tags: Vec<&str> = wanted.into_iter().map(|(_, tag)| tag).collect();
    tags.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_language_wins_then_the_browsers() {
        assert_eq!(Lang::negotiate(Some("de"), "en"), Lang::De);
        assert_eq!(Lang::negotiate(None, "de-AT,de;q=0.9,en;q=0.5"), Lang::De);
        assert_eq!(Lang::negotiate(None, "fr,en;q=0.5"), Lang::En);
        assert_eq!(Lang::negotiate(None, "de;q=0.2, en;q=0.3"), Lang::En);
        assert_eq!(Lang::negotiate(None, "en;q=0.1,de"), Lang::De);
        assert_eq!(Lang::negotiate(None, "de;q=0"), Lang::En);
        assert_eq!(Lang::negotiate(Some("xx"), ""), Lang::En);
    }

    #[test]
    fn numbers_choose_plural_forms() {
        assert_eq!(Lang::En.tn("sessions-count", 1), "1 session");
        assert_eq!(Lang::En.tn("sessions-count", 773), "773 sessions");
        assert_eq!(Lang::De.tn("sessions-count", 2), "2 Beiträge");
        assert_eq!(Lang::En.tn("sessions-count", 1_204), "1,204 sessions");
        assert_eq!(
            Lang::De.tn("sessions-count", 1_000_000),
            "1.000.000 Beiträge"
        );
    }

    #[test]
    fn a_right_to_left_name_stays_isolated() {
        let text = Lang::En.t1("shell-signed-in-as", "name", "ליאור");
        assert!(text.contains("\u{2068}ליאור\u{2069}"), "{text:?}");
        let text = Lang::En.t1("shell-signed-in-as", "name", "Ada");
        assert!(!text.contains('\u{2068}'), "{text:?}");
    }
}

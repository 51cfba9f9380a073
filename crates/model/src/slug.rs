//! Words in URLs: made from names, ASCII, and never one of our own.

use std::collections::HashSet;

/// First path segments that belong to the product (architecture.md's contract).
pub const RESERVED: &[&str] = &[
    "account",
    "admin",
    "api",
    "assets",
    "favicon.ico",
    "healthz",
    "hls",
    "hooks",
    "images",
    "live",
    "metrics",
    "organise",
    "problems",
    "public",
    "readyz",
    "push.js",
    "robots.txt",
    "sitemap.xml",
    "whip",
    "whep",
    "static",
    "docs",
    "about",
    "privacy",
];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error(
        "a short name for the address has 2 to 60 of a-z, 0-9 and `-`, and begins with a letter or digit"
    )]
    Malformed,
    #[error("`{0}` is a word of the product's own addresses: choose another")]
    Reserved(String),
}

/// Checks an event's slug as somebody typed it.
pub fn check(slug: &str) -> Result<(), SlugError> {
    let fits = (2..=60).contains(&slug.len())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if !fits {
        return Err(SlugError::Malformed);
    }
    if RESERVED.contains(&slug) {
        return Err(SlugError::Reserved(slug.to_owned()));
    }
    Ok(())
}

/// A slug for a name: lower-case ASCII, words joined by `-`, at most 50 bytes;
/// `fallback` where nothing of the name is left.
pub fn from_name(name: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'ä' | 'æ' => slug.push_str("ae"),
            'ö' | 'ø' | 'œ' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => slug.push('a'),
            'ç' | 'ć' | 'č' => slug.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => slug.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' => slug.push('i'),
            'ñ' | 'ń' | 'ň' => slug.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ō' => slug.push('o'),
            'ś' | 'š' | 'ş' => slug.push('s'),
            'ù' | 'ú' | 'û' | 'ū' | 'ů' => slug.push('u'),
            'ý' | 'ÿ' => slug.push('y'),
            'ź' | 'ż' | 'ž' => slug.push('z'),
            'ł' => slug.push('l'),
            '\'' | '’' => {}
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
        if slug.len() >= 50 {
            break;
        }
    }
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() {
        fallback.to_owned()
    } else {
        slug
    }
}

/// `from_name`, made different from every slug in `taken`, which learns it.
pub fn unique(name: &str, fallback: &str, taken: &mut HashSet<String>) -> String {
    let base = from_name(name, fallback);
    let free = |slug: &String| !taken.contains(slug) && !RESERVED.contains(&slug.as_str());
    let slug = std::iter::once(base.clone())
        .chain((2..).map(|n| format!("{base}-{n}")))
        .find(free)
        .unwrap_or(base);
    taken.insert(slug.clone());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        assert_eq!(
            from_name("r3s - Monheim/Rhein", "room"),
            "r3s-monheim-rhein"
        );
        assert_eq!(from_name("Großer Saal", "room"), "grosser-saal");
        assert_eq!(from_name("会場", "room"), "room");
    }

    #[test]
    fn a_second_name_alike_gets_a_number() {
        let mut taken = HashSet::new();
        assert_eq!(unique("Main", "room", &mut taken), "main");
        assert_eq!(unique("main", "room", &mut taken), "main-2");
        assert_eq!(unique("live", "room", &mut taken), "live-2");
    }

    #[test]
    fn words_of_ours_are_refused_with_a_reason() {
        assert_eq!(check("account"), Err(SlugError::Reserved("account".into())));
        assert_eq!(check("-x"), Err(SlugError::Malformed));
        assert_eq!(check("openhall-2026"), Ok(()));
    }
}

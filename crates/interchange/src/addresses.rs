//! Addresses (RFC 3986) out of files that write them loosely: made safe to put
//! into a link, complete where a base is known, or refused.

/// An absolute `http` or `https` address with every character allowed where
/// it stands; none for anything else. Applying it twice changes nothing.
pub(crate) fn web(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    authority_is_plain(authority).then(|| format!("{scheme}://{authority}{}", encode(path)))
}

/// An address fit for a link: [`web`], or mail and chat schemes. Everything
/// that could run (`javascript:`, `data:`) is refused.
pub(crate) fn linkable(text: &str) -> Option<String> {
    const SCHEMES: [&str; 8] = [
        "mailto", "tel", "irc", "ircs", "matrix", "xmpp", "ftp", "sip",
    ];
    if let Some(web) = web(text) {
        return Some(web);
    }
    let (scheme, rest) = text.trim().split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    (SCHEMES.contains(&scheme.as_str()) && !rest.is_empty())
        .then(|| format!("{scheme}:{}", encode(rest)))
}

/// `text` made absolute against `base`; without a usable base a relative
/// reference stays as it is, encoded. None where it must not be a link.
pub(crate) fn resolve(base: Option<&str>, text: &str) -> Option<String> {
    let text = text.trim();
    if has_scheme(text) {
        return linkable(text);
    }
    if text.is_empty() || text.contains('\\') {
        return None;
    }
    let Some(base) = base.and_then(web) else {
        // `//host/path` without a base would leave the site: keep paths only.
        return (!text.starts_with("//")).then(|| encode(text));
    };
    let scheme_end = base.find("://")? + 3;
    let path_start = base[scheme_end..]
        .find(['/', '?', '#'])
        .map_or(base.len(), |i| scheme_end + i);
    if let Some(rest) = text.strip_prefix("//") {
        return web(&format!("{}{rest}", &base[..scheme_end]));
    }
    if text.starts_with('/') {
        return web(&format!("{}{text}", &base[..path_start]));
    }
    let path_end = base[path_start..]
        .find(['?', '#'])
        .map_or(base.len(), |i| path_start + i);
    let folder = base[path_start..path_end]
        .rfind('/')
        .map_or(path_start, |i| path_start + i);
    web(&format!("{}/{text}", &base[..folder]))
}

/// RFC 3986 §3.1: letters, digits, `+-.` before the first colon.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        // Browsers ignore control characters and spaces in a scheme.
        scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c) || c.is_control() || c == ' ')
            && !scheme.is_empty()
    })
}

fn authority_is_plain(authority: &str) -> bool {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (name, port) = match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => (&host[..colon], &host[colon + 1..]),
        _ => (host, ""),
    };
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let name_fits = match name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
    {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(unreserved),
    };
    name_fits
        && port.len() <= 5
        && port.bytes().all(|b| b.is_ascii_digit())
        && user
            .bytes()
            .all(|b| unreserved(b) || b"!$&'()*+,;=:".contains(&b))
}

/// Path, query and fragment with every other byte percent-encoded.
fn encode(rest: &str) -> String {
    let mut encoded = String::with_capacity(rest.len());
    let mut in_fragment = false;
    let bytes = rest.as_bytes();
    for (i, byte) in bytes.iter().copied().enumerate() {
        let hex_follows = || {
            bytes
                .get(i + 1..i + 3)
                .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
        };
        let allowed = match byte {
            b'%' => hex_follows(),
            b'#' => !std::mem::replace(&mut in_fragment, true),
            b => b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&b),
        };
        if allowed {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_addresses_are_made_whole_once() {
        for (loose, whole) in [
            ("https://a.example/b c", "https://a.example/b%20c"),
            (
                "HTTP://a.example:80/ü?x=[1]#y#z",
                "http://a.example:80/%C3%BC?x=%5B1%5D#y%23z",
            ),
            (
                "https://u:p@[::1]:8443/100%",
                "https://u:p@[::1]:8443/100%25",
            ),
        ] {
            let once = web(loose).unwrap();
            assert_eq!(once, whole);
            assert_eq!(web(&once).as_deref(), Some(whole));
        }
    }

    #[test]
    fn what_could_run_or_mislead_is_refused() {
        for bad in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " JavaScript:alert(1)",
            "data:text/html,<script>",
            "vbscript:x",
            "https://",
            "https://a b/",
            "https://[::x]/",
            "file:///etc/passwd",
            "\\\\evil.example\\x",
            "//evil.example/x",
            "",
        ] {
            assert_eq!(resolve(None, bad), None, "{bad:?}");
            assert_eq!(web(bad), None, "{bad:?}");
        }
        assert_eq!(
            linkable("mailto:a b@example.org").as_deref(),
            Some("mailto:a%20b@example.org")
        );
    }

    #[test]
    fn relative_references_follow_their_base() {
        let base = Some("https://a.example/ev/schedule/?x");
        assert_eq!(
            resolve(base, "/media/1.png").unwrap(),
            "https://a.example/media/1.png"
        );
        assert_eq!(
            resolve(base, "1.png").unwrap(),
            "https://a.example/ev/schedule/1.png"
        );
        assert_eq!(
            resolve(base, "//b.example/1").unwrap(),
            "https://b.example/1"
        );
        assert_eq!(
            resolve(Some("https://a.example"), "x").unwrap(),
            "https://a.example/x"
        );
        assert_eq!(resolve(None, "/media/ü.png").unwrap(), "/media/%C3%BC.png");
    }
}

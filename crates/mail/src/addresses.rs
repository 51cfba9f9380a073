//! Mail addresses as people type them.

use lettre::Address;

/// Longest address SMTP carries, in bytes (RFC 5321 §4.5.3.1.3, less the angle
/// brackets).
const ADDRESS_LIMIT_BYTES: usize = 254;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail address: write it as name@example.org")]
pub struct NotAnAddress;

/// The address in the one form we store and compare: trimmed, the domain in
/// lower case. The part before the @ keeps its case, since it is its server's
/// to read (RFC 5321 §2.4). Quoted local parts and bare host names are refused:
/// on a form they are always a mistake.
pub fn parse_address(text: &str) -> Result<String, NotAnAddress> {
    let address: Address = text.trim().parse().map_err(|_| NotAnAddress)?;
    let (user, domain) = (address.user(), address.domain());
    let odd = |c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | ',' | ';' | '\\')
    };
    let fits = user.len() + domain.len() < ADDRESS_LIMIT_BYTES;
    if !fits || user.chars().chain(domain.chars()).any(odd) || !domain.contains('.') {
        return Err(NotAnAddress);
    }
    Ok(format!("{user}@{}", domain.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::{NotAnAddress, parse_address};

    #[test]
    fn addresses_are_brought_into_one_form() {
        for (typed, stored) in [
            ("ada@example.org", "ada@example.org"),
            (
                "  Ada.Lovelace+summit@Example.ORG\n",
                "Ada.Lovelace+summit@example.org",
            ),
            ("jürgen@bücher.example", "jürgen@bücher.example"),
            ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ] {
            assert_eq!(parse_address(typed), Ok(stored.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@{}.example", "a".repeat(64), "b.".repeat(100));
        for typed in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@@example.org",
            "ada@example.org, eve@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada\r\n@example.org",
            "\"ada eve\"@example.org",
            "Ada <ada@example.org>",
            "ada@exa mple.org",
            "ada@example.org\0",
            "ada@-example-.org",
            &long,
        ] {
            assert_eq!(parse_address(typed), Err(NotAnAddress), "{typed}");
        }
    }
}

//! Content lines (RFC 5545 §3.1): CRLF at the end, folded at 75 octets, never
//! inside a character.

use hallway_model::time::{Timestamp, Zone};

use super::local;

const OCTETS: usize = 75;

#[derive(Default)]
pub(super) struct Lines {
    pub text: String,
}

impl Lines {
    /// `name` may carry parameters; `value` is written as it is.
    pub fn line(&mut self, name: &str, value: impl AsRef<str>) {
        let mut taken = 0;
        for c in name.chars().chain([':']).chain(value.as_ref().chars()) {
            if taken + c.len_utf8() > OCTETS {
                self.text.push_str("\r\n ");
                taken = 1;
            }
            self.text.push(c);
            taken += c.len_utf8();
        }
        self.text.push_str("\r\n");
    }

    /// A time on the clock of `zone`; of UTC in its own form (§3.3.5).
    pub fn local(&mut self, name: &str, instant: Timestamp, zone: &Zone) {
        if super::zones::is_utc(zone) {
            return self.line(name, utc(instant));
        }
        self.line(
            &format!("{name};TZID={}", zone.name()),
            local(instant, zone),
        );
    }
}

pub(super) fn utc(instant: Timestamp) -> String {
    format!("{}Z", local(instant, &Zone::utc()))
}

/// A TEXT value (§3.3.11).
pub(super) fn text_value(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

pub(super) fn list_value(items: &[&String]) -> String {
    items
        .iter()
        .map(|item| text_value(item))
        .collect::<Vec<_>>()
        .join(",")
}

/// A quoted parameter value (§3.2): no quote and no control character can be
/// in one.
pub(super) fn parameter(text: &str) -> String {
    let safe: String = text
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if c == '"' { '\'' } else { c })
        .collect();
    format!("\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_fold_between_characters() {
        let mut lines = Lines::default();
        lines.line("SUMMARY", "ü€😀".repeat(60));
        assert!(
            lines.text.split("\r\n").all(|line| line.len() <= OCTETS),
            "{}",
            lines.text
        );
        assert_eq!(
            lines.text.replace("\r\n ", ""),
            format!("SUMMARY:{}\r\n", "ü€😀".repeat(60))
        );
        let mut lines = Lines::default();
        lines.line("X", "a".repeat(73));
        assert_eq!(lines.text.matches("\r\n").count(), 1, "75 octets fit");
    }

    #[test]
    fn text_cannot_begin_a_line_of_its_own() {
        assert_eq!(
            text_value("a\r\nEND:VEVENT\rb\n;,\\\u{7}"),
            "a\\nEND:VEVENT\\nb\\n\\;\\,\\\\"
        );
        assert_eq!(parameter("a\"b\r\n:;"), "\"a'b:;\"");
    }
}

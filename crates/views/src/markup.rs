//! The two kinds of text that may stand unescaped in a page, each behind a
//! type that says why: sanitised HTML and JSON for `<script>` data blocks.

use std::fmt;

use serde::Serialize;

/// HTML that a sanitiser has let through. Made only from the output of
/// `hallway_interchange`'s sanitiser, never from a request or a file directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedHtml(String);

impl TrustedHtml {
    /// `html` must come from the sanitiser.
    pub fn sanitised(html: String) -> Self {
        Self(html)
    }

    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Display for TrustedHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl askama::filters::HtmlSafe for TrustedHtml {}

/// A value as JSON for `<script type="application/ld+json">`. Such a block is
/// data, not script, yet the HTML parser still looks for `</script` and `<!--`
/// in it, so `<`, `>` and `&` are written as JSON escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonLd(String);

impl JsonLd {
    pub fn new(value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".into());
        let mut out = String::with_capacity(json.len());
        for c in json.chars() {
            match c {
                '<' => out.push_str("\\u003c"),
                '>' => out.push_str("\\u003e"),
                '&' => out.push_str("\\u0026"),
                '\u{2028}' => out.push_str("\\u2028"),
                '\u{2029}' => out.push_str("\\u2029"),
                _ => out.push(c),
            }
        }
        Self(out)
    }
}

impl fmt::Display for JsonLd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl askama::filters::HtmlSafe for JsonLd {}

/// The JSON of an island's `data-props`. Printed through the escaper, so the
/// attribute holds whatever the values hold.
pub fn props(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_end_the_data_block() {
        let ld = JsonLd::new(&serde_json::json!({"name": "</script><b>&\u{2028}"}));
        assert_eq!(
            ld.to_string(),
            r#"{"name":"\u003c/script\u003e\u003cb\u003e\u0026\u2028"}"#
        );
        let back: serde_json::Value = serde_json::from_str(&ld.to_string()).unwrap();
        assert_eq!(back["name"], "</script><b>&\u{2028}");
    }
}

//! Descriptions as they come (HTML, Markdown or plain text) made safe to show,
//! and plain for calendars and meta tags.
//!
//! Whatever the source, the HTML that leaves has gone through one sanitiser:
//! no script, style, frame, form, picture, event handler or address other than
//! `http`, `https` and `mailto`. Pictures are left out because a page must not
//! ask a third party for anything.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::{Options, markdown_to_html};

/// Longer texts are shown as plain text: parsing HTML or Markdown can take
/// more than linear time.
const MAX_RICH: usize = 100_000;
const MAX_TAGS: usize = 4_000;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    Html,
    Markdown,
    Plain,
}

/// HTML that is safe to put into a page, headings from `h3` down.
pub fn to_html(source: &str) -> String {
    let source = source.trim();
    let html = match detect(source) {
        Markup::Html => source.to_owned(),
        Markup::Markdown => markdown(source),
        Markup::Plain => plain(source),
    };
    shift_headings(SANITISER.clean(&html).to_string().trim())
}

/// The words alone: blocks apart by a blank line, no markup.
pub fn to_plain(source: &str) -> String {
    let source = source.trim();
    match detect(source) {
        Markup::Plain => tidy(&source.replace("\r\n", "\n").replace('\r', "\n")),
        Markup::Html | Markup::Markdown => tidy(&words(&to_html(source))),
    }
}

/// Files do not say what their texts are written in; this looks.
pub fn detect(source: &str) -> Markup {
    if source.len() > MAX_RICH || source.bytes().filter(|b| *b == b'<').count() > MAX_TAGS {
        Markup::Plain
    } else if has_tags(source) {
        Markup::Html
    } else if has_marks(source) {
        Markup::Markdown
    } else {
        Markup::Plain
    }
}

/// Tags that only HTML text has; `<3` or `Vec<u8>` make no HTML.
fn has_tags(source: &str) -> bool {
    const TAGS: [&str; 52] = [
        "a",
        "abbr",
        "b",
        "blockquote",
        "body",
        "br",
        "center",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "li",
        "link",
        "math",
        "meta",
        "object",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "script",
        "section",
        "small",
        "span",
        "strong",
        "style",
        "sub",
        "sup",
        "svg",
        "table",
        "td",
        "tr",
        "u",
        "ul",
    ];
    source.match_indices('<').any(|(at, _)| {
        let rest = source[at + 1..].trim_start_matches('/');
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let closes = rest[end..].starts_with(['>', '/', ' ', '\t', '\r', '\n']);
        closes && TAGS.contains(&rest[..end].to_ascii_lowercase().as_str())
    })
}

fn has_marks(source: &str) -> bool {
    let inline = ["](", "**", "__", "`"]
        .iter()
        .any(|mark| source.contains(mark));
    inline
        || source.lines().any(|line| {
            let line = line.trim_start();
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            ["# ", "## ", "### ", "#### ", "* ", "- ", "+ ", "> "]
                .iter()
                .any(|mark| line.starts_with(mark))
                || ((1..=3).contains(&digits) && line[digits..].starts_with(". "))
        })
}

fn markdown(source: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    // Field texts break lines by hand.
    options.render.hardbreaks = true;
    options.render.escape = true;
    markdown_to_html(source, &options)
}

fn plain(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut html = String::with_capacity(source.len() * 2);
    for paragraph in source
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
    {
        html.push_str("<p>");
        for (i, line) in paragraph.lines().enumerate() {
            if i > 0 {
                html.push_str("<br>");
            }
            for (i, word) in line.trim_end().split(' ').enumerate() {
                if i > 0 {
                    html.push(' ');
                }
                push_word(&mut html, word);
            }
        }
        html.push_str("</p>");
    }
    html
}

/// A word of plain text, as a link where it is a web address.
fn push_word(html: &mut String, word: &str) {
    let bare = word.trim_start_matches(['(', '<', '"', '[']);
    let address = bare.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '>', '"', ']']);
    match crate::addresses::web(address) {
        Some(href) => {
            let before = &word[..word.len() - bare.len()];
            push_escaped(html, before);
            html.push_str("<a href=\"");
            push_escaped(html, &href);
            html.push_str("\">");
            push_escaped(html, address);
            html.push_str("</a>");
            push_escaped(html, &bare[address.len()..]);
        }
        None => push_escaped(html, word),
    }
}

fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ];
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "textarea", "noscript", "iframe", "object",
        ]))
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("abbr", ["title"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow ugc noopener noreferrer"));
    builder
});

/// The page's own headings are `h1` and `h2`. Sanitised headings carry no
/// attributes, and their angle brackets occur nowhere in text.
fn shift_headings(html: &str) -> String {
    let mut html = html.to_owned();
    for (from, to) in [
        ("h5", "h6"),
        ("h4", "h6"),
        ("h3", "h5"),
        ("h2", "h4"),
        ("h1", "h3"),
    ] {
        if html.contains(from) {
            html = html
                .replace(&format!("<{from}>"), &format!("<{to}>"))
                .replace(&format!("</{from}>"), &format!("</{to}>"));
        }
    }
    html
}

/// The text of sanitised HTML.
fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    // Line ends mean something in `pre` alone.
    let mut preformatted = false;
    let push = |text: &mut String, run: &str, preformatted| {
        if preformatted {
            text.push_str(run)
        } else {
            text.push_str(&run.replace('\n', " "))
        }
    };
    while let Some(at) = rest.find(['<', '&']) {
        push(&mut text, &rest[..at], preformatted);
        rest = &rest[at..];
        if rest.starts_with('<') {
            let end = tag_end(rest);
            let name = rest[1..end]
                .trim_end_matches('>')
                .split([' ', '/'])
                .find(|name| !name.is_empty());
            if name == Some("pre") {
                preformatted = !rest.starts_with("</");
            }
            match name {
                Some("br") => text.push('\n'),
                Some("li") => text.push_str(if rest.starts_with("</") { "" } else { "\n- " }),
                Some("td" | "th") => text.push(' '),
                Some("tr" | "dt" | "dd") => text.push('\n'),
                Some(
                    "a" | "abbr" | "b" | "code" | "del" | "em" | "i" | "kbd" | "q" | "s" | "small"
                    | "strong" | "sub" | "sup" | "u",
                ) => {}
                _ => text.push_str("\n\n"),
            }
            rest = &rest[end..];
        } else {
            const NAMED: [(&str, char); 5] = [
                ("&amp;", '&'),
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&quot;", '"'),
                ("&nbsp;", ' '),
            ];
            match NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, character)) => {
                    text.push(*character);
                    rest = &rest[name.len()..];
                }
                None => {
                    text.push('&');
                    rest = &rest[1..];
                }
            }
        }
    }
    push(&mut text, rest, preformatted);
    text
}

/// Just past the tag that `html` begins with; brackets in attributes count not.
fn tag_end(html: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    html.len()
}

/// No blank at a line's end, no more than one blank line between.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        tidy.push_str(line);
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_markup_is_told_from_the_others() {
        for (source, markup) in [
            ("<p>Hello</p>", Markup::Html),
            ("one<br/>two", Markup::Html),
            ("see [here](https://a.example)", Markup::Markdown),
            ("Topics:\n* one\n* two", Markup::Markdown),
            ("I <3 Vec<u8> & a < b", Markup::Plain),
            ("3.5 hours - or so", Markup::Plain),
            ("", Markup::Plain),
        ] {
            assert_eq!(detect(source), markup, "{source}");
        }
    }

    #[test]
    fn each_markup_becomes_html() {
        assert_eq!(
            to_html("a & b\nc\n\nsee https://a.example/x."),
            "<p>a &amp; b<br>c</p><p>see <a href=\"https://a.example/x\" rel=\"nofollow ugc noopener noreferrer\">https://a.example/x</a>.</p>"
        );
        assert_eq!(
            to_html("# Big\n\n**bold** <u8>"),
            "<h3>Big</h3>\n<p><strong>bold</strong> &lt;u8&gt;</p>"
        );
        assert_eq!(
            to_html("<h1>Big</h1><p>x<h4>y"),
            "<h3>Big</h3><p>x</p><h6>y</h6>"
        );
    }

    #[test]
    fn each_markup_becomes_words() {
        assert_eq!(
            to_plain("<p>a &amp; b</p><ul><li>one<li>two</ul><p>c<br>d"),
            "a & b\n\n- one\n- two\n\nc\nd"
        );
        assert_eq!(
            to_plain("**bold** and [link](https://a.example)\nnext"),
            "bold and link\nnext"
        );
        assert_eq!(to_plain(" a < b \r\n\r\n\r\n\r\nc "), "a < b\n\nc");
        assert_eq!(to_plain("<p title='>'>x</p><script>alert(1)</script>"), "x");
    }

    /// Every tag and attribute that is left is one of ours, every link leads
    /// where a link may.
    fn assert_inert(source: &str) {
        let html = to_html(source);
        let tags = SANITISER.clone_tags();
        let mut rest = html.as_str();
        while let Some(at) = rest.find('<') {
            let tag = &rest[at..at + tag_end(&rest[at..])];
            rest = &rest[at + tag.len()..];
            let inner = tag
                .trim_start_matches('<')
                .trim_start_matches('/')
                .trim_end_matches('>');
            let (name, mut attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            assert!(tags.contains(name), "{source} gives {html}");
            while let Some((attribute, after)) = attributes.split_once("=\"") {
                let (value, after) = after.split_once('"').unwrap();
                let fits = match attribute.trim() {
                    "href" => ["http://", "https://", "mailto:"]
                        .iter()
                        .any(|scheme| value.starts_with(scheme)),
                    "rel" | "title" | "start" => true,
                    _ => false,
                };
                assert!(fits, "{source} gives {html}");
                attributes = after;
            }
            assert_eq!(attributes.trim(), "", "{source} gives {html}");
        }
    }

    #[test]
    fn nothing_that_runs_or_loads_gets_through() {
        for source in [
            "<script>alert(1)</script>",
            "<p>x</p><script src=//evil.example/x.js></script>",
            "<img src=x onerror=alert(1)>",
            "<p onclick=alert(1)>x</p>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\" java\nscript:alert(1)\">x</a>",
            "<a href='&#106;avascript:alert(1)'>x</a>",
            "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
            "<a href=\"//evil.example\">x</a>",
            "<svg><script>alert(1)</script></svg>",
            "<svg/onload=alert(1)>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
            "<form action=//evil.example><input type=submit></form>",
            "<style>@import url(//evil.example)</style>",
            "<p style=\"background:url(//evil.example)\">x</p>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<!--><script>alert(1)</script>-->",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1) \"t\")",
            "![x](https://evil.example/pixel.png)",
            "`a` <script>alert(1)</script>",
            "**b** <img src=x onerror=alert(1)>",
            "[x]: javascript:alert(1)\n\n[x] **y**",
            "<https://a.example/\"onmouseover=alert(1)> **x**",
            "https://a.example/\"onmouseover=alert(1)",
            "plain \"><script>alert(1)</script>",
            "<scr<script>ipt>alert(1)</scr</script>ipt>",
            "<base href=//evil.example><meta http-equiv=refresh content=0>",
        ] {
            assert_inert(source);
        }
    }

    #[test]
    fn a_huge_or_tag_ridden_text_is_shown_as_plain_text() {
        let many = "<b><p>".repeat(MAX_TAGS);
        assert_eq!(detect(&many), Markup::Plain);
        assert_inert(&many);
        assert_eq!(
            detect(&format!("<p>{}", "x".repeat(MAX_RICH))),
            Markup::Plain
        );
    }
}

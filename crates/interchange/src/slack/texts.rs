//! Slack's markup, `mrkdwn`, as our Markdown subset: `*bold*` becomes
//! `**bold**`, `<https://x|text>` a link, and what means something in Markdown
//! alone is escaped. One pass over the text, linear in its length.

/// Translates a text. `names` knows people by their ids.
pub fn markdown(text: &str, names: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    // Every second piece lies between two fences; a last one without its end
    // is text.
    let pieces: Vec<&str> = text.split("```").collect();
    let closed = pieces.len() % 2 == 1;
    for (n, piece) in pieces.iter().enumerate() {
        let is_code = n % 2 == 1 && (closed || n + 1 < pieces.len());
        if is_code {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str("```\n");
            out.push_str(verbatim(piece).trim_matches('\n'));
            out.push_str("\n```\n");
        } else {
            if n % 2 == 1 {
                out.push_str("\\`\\`\\`");
            }
            let piece = if n > 0 && !out.is_empty() && out.ends_with('\n') {
                piece.trim_start_matches('\n')
            } else {
                piece
            };
            for (line_number, line) in piece.split('\n').enumerate() {
                if line_number > 0 {
                    out.push('\n');
                }
                translate_line(line, names, &mut out);
            }
        }
    }
    out.trim_end_matches('\n').to_owned()
}

/// Code as it was typed: entities undone, links as their addresses.
fn verbatim(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find('<') {
        out.push_str(&unescape(&rest[..start]));
        let Some(end) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        let inside = &rest[start + 1..start + end];
        let shown = inside.split_once('|').map_or(inside, |(_, label)| label);
        out.push_str(&unescape(shown));
        rest = &rest[start + end + 1..];
    }
    out.push_str(&unescape(rest));
    out
}

/// The three entities that Slack writes.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn translate_line(line: &str, names: &dyn Fn(&str) -> Option<String>, out: &mut String) {
    let parts: Vec<&str> = line.split('`').collect();
    let closed = parts.len() % 2 == 1;
    for (n, part) in parts.iter().enumerate() {
        let is_code = n % 2 == 1 && (closed || n + 1 < parts.len());
        if is_code && !part.is_empty() {
            out.push('`');
            out.push_str(&verbatim(part));
            out.push('`');
        } else {
            if n % 2 == 1 {
                out.push_str(if is_code { "\\`\\`" } else { "\\`" });
            }
            Line::new(part).translate(n == 0, names, out);
        }
    }
}

/// A part of a line that is no code.
struct Line {
    chars: Vec<char>,
    /// Where the next `>` is, from each place on.
    next_close: Vec<Option<usize>>,
}

/// A run of bold or struck text that is open until a known place.
#[derive(Default)]
struct Run {
    until: Option<usize>,
    /// No end lies ahead: what does not end from one place on does not from a
    /// later one either.
    none_ahead: bool,
}

impl Line {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut next_close = vec![None; chars.len() + 1];
        for n in (0..chars.len()).rev() {
            next_close[n] = if chars[n] == '>' {
                Some(n)
            } else {
                next_close[n + 1]
            };
        }
        Self { chars, next_close }
    }

    fn translate(&self, at_start: bool, names: &dyn Fn(&str) -> Option<String>, out: &mut String) {
        let (mut bold, mut struck) = (Run::default(), Run::default());
        let mut n = 0;
        while let Some(&c) = self.chars.get(n) {
            match c {
                '<' if self.next_close[n].is_some() => {
                    let end = self.next_close[n].unwrap_or(n);
                    let inside: String = self.chars[n + 1..end].iter().collect();
                    reference(&inside, names, out);
                    n = end;
                }
                '*' => self.mark(n, '*', "**", &mut bold, out),
                '~' => self.mark(n, '~', "~~", &mut struck, out),
                '&' if self.follows(n, "&lt;") => {
                    out.push_str("\\<");
                    n += 3;
                }
                '&' if self.follows(n, "&gt;") => {
                    out.push('>');
                    n += 3;
                }
                '&' if self.follows(n, "&amp;") => {
                    n += 4;
                    let next = self.chars.get(n + 1);
                    let entity = next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '#');
                    out.push_str(if entity { "\\&" } else { "&" });
                }
                '[' | ']' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                '#' if at_start && self.chars[..n].iter().all(|c| *c == ' ') => out.push_str("\\#"),
                c => out.push(c),
            }
            n += 1;
        }
    }

    /// A mark opens a run where a word begins and an end lies ahead; otherwise
    /// it is a character.
    fn mark(&self, at: usize, mark: char, ours: &str, run: &mut Run, out: &mut String) {
        if run.until == Some(at) {
            run.until = None;
            return out.push_str(ours);
        }
        let begins = at == 0 || !self.chars[at - 1].is_alphanumeric();
        if run.until.is_none() && !run.none_ahead && begins {
            let end = self.end_of(at, mark);
            run.none_ahead = end.is_none() && self.opens(at);
            run.until = end;
            if end.is_some() {
                return out.push_str(ours);
            }
        }
        out.push('\\');
        out.push(mark);
    }

    fn opens(&self, at: usize) -> bool {
        self.chars
            .get(at + 1)
            .is_some_and(|next| !next.is_whitespace())
    }

    fn end_of(&self, at: usize, mark: char) -> Option<usize> {
        if !self.opens(at) || self.chars.get(at + 1) == Some(&mark) {
            return None;
        }
        let mut n = at + 1;
        while n < self.chars.len() {
            match self.chars[n] {
                '<' => n = self.next_close[n].unwrap_or(n),
                c if c == mark && n > at + 1 => {
                    let after_word = !self.chars[n - 1].is_whitespace();
                    let word_ends = self
                        .chars
                        .get(n + 1)
                        .is_none_or(|next| !next.is_alphanumeric());
                    if after_word && word_ends {
                        return Some(n);
                    }
                }
                _ => {}
            }
            n += 1;
        }
        None
    }

    fn follows(&self, at: usize, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(n, c)| self.chars.get(at + n) == Some(&c))
    }
}

/// What stands between `<` and `>`: somebody, a channel, a word for many, or an
/// address with or without a text.
fn reference(inside: &str, names: &dyn Fn(&str) -> Option<String>, out: &mut String) {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    if let Some(id) = target.strip_prefix('@') {
        let name = label.map(str::to_owned).or_else(|| names(id));
        let name = name.unwrap_or_else(|| id.to_owned());
        out.push('@');
        out.push_str(&plain(name.trim_start_matches('@')));
    } else if let Some(id) = target.strip_prefix('#') {
        let name = label.map(str::to_owned).or_else(|| names(id));
        out.push_str("\\#");
        out.push_str(&plain(&name.unwrap_or_else(|| id.to_owned())));
    } else if let Some(word) = target.strip_prefix('!') {
        let word = word.split('^').next().unwrap_or(word);
        match label {
            Some(label) => out.push_str(&plain(label)),
            None => {
                out.push('@');
                out.push_str(&plain(word));
            }
        }
    } else if is_address(target) {
        let address = unescape(target);
        match label {
            Some(label) => {
                out.push('[');
                out.push_str(&plain(label));
                out.push_str("](<");
                out.push_str(&address);
                out.push_str(">)");
            }
            None => {
                out.push('<');
                out.push_str(&address);
                out.push('>');
            }
        }
    } else {
        out.push_str(&plain(label.unwrap_or(target)));
    }
}

/// Addresses that messages link to; what could break out of one is none.
fn is_address(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    let schemed = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme));
    schemed
        && !target.contains("&lt;")
        && !target.contains("&gt;")
        && !target
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '\\'))
}

/// Text that means nothing in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in unescape(text).chars() {
        if matches!(c, '\\' | '[' | ']' | '*' | '_' | '~' | '`' | '<' | '&') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> String {
        markdown(text, &|id| (id == "U1").then(|| "Ada".to_owned()))
    }

    #[test]
    fn emphasis_becomes_ours() {
        for (slack, ours) in [
            (
                "*bold* and _soft_ and ~gone~",
                "**bold** and _soft_ and ~~gone~~",
            ),
            ("2 * 3 * 4", "2 \\* 3 \\* 4"),
            ("a*b*c", "a\\*b\\*c"),
            ("(*bold*), *two words*!", "(**bold**), **two words**!"),
            ("*open", "\\*open"),
            (
                "*<https://x.example|a*b>*",
                "**[a\\*b](<https://x.example>)**",
            ),
            ("# no heading", "\\# no heading"),
            ("[no](link)", "\\[no\\](link)"),
        ] {
            assert_eq!(told(slack), ours, "{slack}");
        }
    }

    #[test]
    fn references_become_words_and_links() {
        for (slack, ours) in [
            (
                "<https://x.example/a?b=1&amp;c=2>",
                "<https://x.example/a?b=1&c=2>",
            ),
            (
                "<https://x.example|a [text]>",
                "[a \\[text\\]](<https://x.example>)",
            ),
            (
                "<mailto:a@x.example|a@x.example>",
                "[a@x.example](<mailto:a@x.example>)",
            ),
            ("<@U1> and <@U2> and <@U3|bob>", "@Ada and @U2 and @bob"),
            ("in <#C1|general>", "in \\#general"),
            (
                "<!here> <!subteam^S1|@team> <!date^1^{date}|Monday>",
                "@here @team Monday",
            ),
            ("<javascript:alert(1)|click>", "click"),
            (
                "1 &lt; 2 &amp;&amp; 3 &gt; 2, &amp;lt;",
                "1 \\< 2 && 3 > 2, \\&lt;",
            ),
            ("&gt; a quote", "> a quote"),
            ("a < b", "a < b"),
        ] {
            assert_eq!(told(slack), ours, "{slack}");
        }
    }

    #[test]
    fn code_stays_as_it_was_typed() {
        assert_eq!(told("see `a*b &lt; *c*` *d*"), "see `a*b < *c*` **d**");
        assert_eq!(
            told("so:```let x = &lt;T&gt;;\n<https://x.example>```done"),
            "so:\n```\nlet x = <T>;\nhttps://x.example\n```\ndone"
        );
        assert_eq!(
            told("an open ` and an open ```fence"),
            "an open \\` and an open \\`\\`\\`fence"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_typed_comes_to_an_end(text in "[<>|@#!*_~`&;a-z:/\\\\\\[\\]\\n -]{0,120}") {
            let ours = told(&text);
            prop_assert!(ours.len() <= text.len() * 4 + 16);
        }
    }

    #[test]
    fn the_worst_text_is_read_in_one_pass() {
        for worst in ["*a ", "<", "~", "*<", "`", "*a*", "```"] {
            let text = worst.repeat(64 * 1024 / worst.len());
            assert!(!told(&text).is_empty() || worst == "```");
        }
    }
}

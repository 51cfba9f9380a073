//! Searching what was said: a query as it is typed, with its filters as words
//! in it (`in:lobby from:ada has:link before:2026-11-20`), and the places where
//! a text matches. What may be searched is left to the service.

use crate::time::Day;

/// Longest query, in characters.
pub const MAX_QUERY: usize = 300;
/// Words and phrases of one query at the most; the rest is not looked for.
const MAX_TERMS: usize = 12;
/// Characters of a hit's text that are shown.
const SNIPPET: usize = 320;
/// Characters shown before the first match of a long text.
const LEAD: usize = 60;

/// What is looked for. Every part narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All of these stand in the message.
    pub terms: Vec<Term>,
    /// Slug or beginning of the name of a channel.
    pub channel: Option<String>,
    /// Id or beginning of the name of who wrote it.
    pub person: Option<String>,
    /// Code of the session whose channel it is in.
    pub talk: Option<String>,
    /// The first day, in the reader's zone.
    pub since: Option<Day>,
    /// The last day.
    pub until: Option<Day>,
    /// Only messages with a link.
    pub link: bool,
}

/// Words that stand one after the other; mostly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// In lower case, letters and digits alone.
    pub words: Vec<String>,
    /// Whether the last word may go on: somebody may still be typing it.
    pub begins: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    #[error("a search has at most {MAX_QUERY} characters")]
    TooLong,
    #[error("`{0}:` takes a day, written YYYY-MM-DD")]
    NotADay(&'static str),
    #[error("`has:` knows `link`")]
    NoSuchThing,
    #[error("say a word to look for, a person, or `has:link`")]
    Nothing,
}

impl Query {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        if text.chars().count() > MAX_QUERY {
            return Err(SearchError::TooLong);
        }
        let mut query = Self::default();
        let pieces = split(text);
        let last = pieces.len();
        for (n, piece) in pieces.into_iter().enumerate() {
            let value = || Some(piece.text.clone()).filter(|text| !text.trim().is_empty());
            match piece.filter.as_deref() {
                Some("in") => query.channel = value(),
                Some("from") => query.person = value(),
                Some("talk") => query.talk = value(),
                Some("since" | "after") => query.since = day("since", &piece.text)?,
                Some("until") => query.until = day("until", &piece.text)?,
                Some("before") => {
                    query.until = day("before", &piece.text)?
                        .map(|day| Day(day.0.yesterday().unwrap_or(day.0)));
                }
                Some("has") => query.has(&piece.text)?,
                _ => {
                    let words = words(&piece.text);
                    if !words.is_empty() && query.terms.len() < MAX_TERMS {
                        // One or two letters begin too many words to be looked for.
                        let long = words.last().is_some_and(|word| word.len() >= 3);
                        let begins = long && n + 1 == last && !piece.quoted && !text.ends_with(' ');
                        query.terms.push(Term { words, begins });
                    }
                }
            }
        }
        Ok(query)
    }

    /// `link`, or nothing at all.
    pub fn has(&mut self, what: &str) -> Result<(), SearchError> {
        match what.trim().to_lowercase().as_str() {
            "" => {}
            "link" | "links" => self.link = true,
            _ => return Err(SearchError::NoSuchThing),
        }
        Ok(())
    }

    /// Refuses what would be a walk through everything: a channel and days only
    /// narrow what is looked for.
    pub fn check(self) -> Result<Self, SearchError> {
        if self.terms.is_empty() && self.person.is_none() && !self.link {
            Err(SearchError::Nothing)
        } else {
            Ok(self)
        }
    }
}

/// A day as a filter takes it; blank is none.
pub fn day(filter: &'static str, text: &str) -> Result<Option<Day>, SearchError> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| SearchError::NotADay(filter)),
    }
}

struct Typed {
    filter: Option<String>,
    text: String,
    quoted: bool,
}

const FILTERS: [&str; 8] = [
    "in", "from", "talk", "since", "after", "until", "before", "has",
];

/// Cuts at white space outside of quotes; `name:` before a piece of a known
/// name is its filter. A quote that is never closed goes to the end.
fn split(text: &str) -> Vec<Typed> {
    let mut pieces = vec![];
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let filter = rest.split_once(':').and_then(|(name, after)| {
            let name = name.to_lowercase();
            FILTERS.contains(&name.as_str()).then_some((name, after))
        });
        let (filter, after) = match filter {
            Some((name, after)) => (Some(name), after),
            None => (None, rest),
        };
        let (text, quoted, left) = match after.strip_prefix('"') {
            Some(inner) => {
                let (inner, left) = inner.split_once('"').unwrap_or((inner, ""));
                (inner, true, left)
            }
            None => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                (&after[..end], false, &after[end..])
            }
        };
        pieces.push(Typed {
            filter,
            text: text.to_owned(),
            quoted,
        });
        rest = left.trim_start();
    }
    pieces
}

/// The words of a text as the index sees them: runs of letters and digits.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// A part of a hit's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// Whether it is what was looked for.
    pub marked: bool,
}

/// A text cut where it matches. A long one is shown from a little before its
/// first match.
pub fn pieces(text: &str, terms: &[Term]) -> Vec<Piece> {
    let (text, start) = snippet(text, terms);
    let mut pieces = vec![];
    if start {
        push(&mut pieces, "… ", false);
    }
    let mut at = 0;
    for (from, to) in matches(text.shown, terms) {
        push(&mut pieces, &text.shown[at..from], false);
        push(&mut pieces, &text.shown[from..to], true);
        at = to;
    }
    push(&mut pieces, &text.shown[at..], false);
    if text.cut {
        push(&mut pieces, " …", false);
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, marked: bool) {
    if !text.is_empty() {
        pieces.push(Piece {
            text: text.to_owned(),
            marked,
        });
    }
}

struct Snippet<'a> {
    shown: &'a str,
    cut: bool,
}

fn snippet<'a>(text: &'a str, terms: &[Term]) -> (Snippet<'a>, bool) {
    let byte = |chars: usize| {
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| at)
    };
    if byte(SNIPPET) == text.len() {
        return (
            Snippet {
                shown: text,
                cut: false,
            },
            false,
        );
    }
    let first = matches(text, terms).first().map_or(0, |(from, _)| *from);
    let before = text[..first].chars().count().saturating_sub(LEAD);
    // From the beginning of a word on.
    let from = byte(before);
    let from = if before == 0 {
        0
    } else {
        text[from..first]
            .find(char::is_whitespace)
            .map_or(first, |space| from + space + 1)
    };
    let rest = &text[from..];
    let to = rest
        .char_indices()
        .nth(SNIPPET)
        .map_or(rest.len(), |(at, _)| at);
    let shown = rest[..to].trim_end();
    let snippet = Snippet {
        shown,
        cut: to < rest.len(),
    };
    (snippet, from > 0)
}

/// Byte ranges of what matches, in order, none overlapping.
fn matches(text: &str, terms: &[Term]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = vec![];
    let tokens = tokens(text);
    for n in 0..tokens.len() {
        let longest = terms
            .iter()
            .filter(|term| stands_at(&tokens[n..], term))
            .map(|term| term.words.len())
            .max();
        if let Some(length) = longest {
            let (from, to) = (tokens[n].from, tokens[n + length - 1].to);
            match found.last_mut() {
                Some((_, end)) if from < *end => *end = (*end).max(to),
                _ => found.push((from, to)),
            }
        }
    }
    found
}

fn stands_at(tokens: &[Token], term: &Term) -> bool {
    let length = term.words.len();
    tokens.len() >= length
        && term
            .words
            .iter()
            .zip(tokens)
            .enumerate()
            .all(|(n, (word, token))| {
                if term.begins && n + 1 == length {
                    token.word.starts_with(word.as_str())
                } else {
                    token.word == *word
                }
            })
}

struct Token {
    word: String,
    from: usize,
    to: usize,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = vec![];
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                tokens.push(Token {
                    word: text[from..at].to_lowercase(),
                    from,
                    to: at,
                });
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(words: &[&str], begins: bool) -> Term {
        Term {
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            begins,
        }
    }

    fn marked(text: &str, query: &str) -> String {
        let query = Query::parse(query).unwrap();
        pieces(text, &query.terms)
            .iter()
            .map(|piece| match piece.marked {
                true => format!("[{}]", piece.text),
                false => piece.text.clone(),
            })
            .collect()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let query =
            Query::parse("Forty-disks \"who has\" in:lobby from:\"Ada Brandt\" has:link dis")
                .unwrap();
        assert_eq!(
            query,
            Query {
                terms: vec![
                    term(&["forty", "disks"], false),
                    term(&["who", "has"], false),
                    term(&["dis"], true),
                ],
                channel: Some("lobby".into()),
                person: Some("Ada Brandt".into()),
                link: true,
                ..Query::default()
            }
        );
    }

    #[test]
    fn days_bound_the_search_and_before_leaves_its_day_out() {
        let query = Query::parse("x since:2026-11-02 before:2026-11-20").unwrap();
        assert_eq!(query.since, "2026-11-02".parse().ok());
        assert_eq!(query.until, "2026-11-19".parse().ok());
        assert_eq!(
            Query::parse("until:2026-11-20").unwrap().until,
            "2026-11-20".parse().ok()
        );
        assert_eq!(Query::parse("in: before:").unwrap(), Query::default());
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        assert_eq!(
            Query::parse("before:soon"),
            Err(SearchError::NotADay("before"))
        );
        assert_eq!(Query::parse("has:cake"), Err(SearchError::NoSuchThing));
        assert_eq!(
            Query::parse(&"x".repeat(MAX_QUERY + 1)),
            Err(SearchError::TooLong)
        );
        for nothing in ["", " ", "in:lobby", "since:2026-11-02", "\"\" - :"] {
            let query = Query::parse(nothing).unwrap();
            assert_eq!(query.check(), Err(SearchError::Nothing), "{nothing}");
        }
        assert!(Query::parse("from:ada").unwrap().check().is_ok());
        assert!(Query::parse("has:link").unwrap().check().is_ok());
    }

    #[test]
    fn only_the_word_that_is_being_typed_may_go_on() {
        let begins = |text: &str| Query::parse(text).unwrap().terms.last().unwrap().begins;
        assert!(begins("fort"));
        assert!(!begins("fort "));
        assert!(!begins("\"fort\""));
        // A colon of no filter of ours is only a sign between words.
        assert_eq!(
            Query::parse("http://example.org").unwrap().terms,
            [term(&["http", "example", "org"], true)]
        );
    }

    #[test]
    fn what_was_looked_for_is_marked_where_it_stands() {
        assert_eq!(
            marked("Forty disks, forty searches", "forty dis"),
            "[Forty] [disks], [forty] searches"
        );
        assert_eq!(
            marked("forty disks and disks forty", "\"disks forty\""),
            "forty disks and [disks forty]"
        );
        assert_eq!(marked("Über ÜBERALL", "über "), "[Über] ÜBERALL");
        assert_eq!(marked("nothing of it", "other"), "nothing of it");
        assert_eq!(marked("a b c", "\"a b\" \"b c\""), "[a b c]");
    }

    #[test]
    fn a_long_text_is_shown_around_its_first_match() {
        let text = format!("{} needle {}", "hay ".repeat(200), "stack ".repeat(200));
        let shown = marked(&text, "needle");
        assert!(shown.starts_with("… hay"), "{shown}");
        assert!(shown.contains(" [needle] stack"), "{shown}");
        assert!(shown.ends_with(" …"), "{shown}");
        assert!(shown.chars().count() < SNIPPET + 10);
    }

    proptest! {
        #[test]
        fn marking_loses_nothing(text in "[a-cü .\"<]{0,200}", query in "[a-cü \":-]{0,20}") {
            if let Ok(query) = Query::parse(&query) {
                let whole: String = pieces(&text, &query.terms).into_iter().map(|p| p.text).collect();
                prop_assert_eq!(whole, text);
            }
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(query in "\\PC{0,80}") {
            if let Ok(query) = Query::parse(&query) {
                prop_assert!(query.terms.iter().all(|term| !term.words.is_empty()));
            }
        }
    }
}

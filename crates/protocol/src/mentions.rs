//! Calling people in a message: `@` and a name become a node that holds the
//! person, so that who is called does not change when names do.

use std::collections::HashMap;

use hallway_model::ids::PersonId;

use crate::rich_text::{Block, Inline};

/// Who can be called, those first whom a name that two have shall mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callable {
    pub people: Vec<(PersonId, String)>,
    /// Whether `@here` calls everybody.
    pub here: bool,
}

/// Puts nodes where the text calls somebody. Code and links are left alone.
pub fn resolve(blocks: &mut [Block], callable: &Callable) {
    each_line(blocks, &mut |inlines| {
        let mut out = Vec::with_capacity(inlines.len());
        for inline in inlines.drain(..) {
            match inline {
                Inline::Text { text } => split(&text, callable, &mut out),
                other => out.push(other),
            }
        }
        *inlines = out;
    });
}

/// Everybody whom the message calls by name, each once, in order.
pub fn people(blocks: &[Block]) -> Vec<PersonId> {
    let mut found = vec![];
    each(blocks, &mut |inline| {
        if let Inline::Mention { person, .. } = inline
            && !found.contains(person)
        {
            found.push(*person);
        }
    });
    found
}

/// Tells the people who are called by their present names.
pub fn rename(blocks: &mut [Block], names: &HashMap<PersonId, String>) {
    each_line(blocks, &mut |inlines| {
        for inline in inlines {
            if let Inline::Mention { person, name } = inline {
                *name = names.get(person).cloned().unwrap_or_default();
            }
        }
    });
}

/// Leaves the name of one person out.
pub fn forget(blocks: &mut [Block], gone: PersonId) {
    each_line(blocks, &mut |inlines| {
        for inline in inlines {
            if let Inline::Mention { person, name } = inline
                && *person == gone
            {
                name.clear();
            }
        }
    });
}

/// Cuts a text at the names it calls.
fn split(text: &str, callable: &Callable, out: &mut Vec<Inline>) {
    let (mut from, mut before) = (0, None);
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        // An address such as ada@example.org calls nobody.
        let begins = c == '@' && !before.is_some_and(char::is_alphanumeric);
        before = Some(c);
        let Some((inline, length)) = begins.then(|| called(&text[at + 1..], callable)).flatten()
        else {
            continue;
        };
        if from < at {
            let text = text[from..at].to_owned();
            out.push(Inline::Text { text });
        }
        out.push(inline);
        from = at + 1 + length;
        while rest.clone().next().is_some_and(|(next, _)| next < from) {
            before = rest.next().map(|(_, c)| c);
        }
    }
    if from < text.len() {
        let text = text[from..].to_owned();
        out.push(Inline::Text { text });
    }
}

/// Whom the beginning of a text names, and how many bytes of it are the name.
fn called(text: &str, callable: &Callable) -> Option<(Inline, usize)> {
    let mut best: Option<(Inline, usize)> = None;
    for (person, name) in &callable.people {
        let Some(length) = begins_with(text, name) else {
            continue;
        };
        if best.as_ref().is_none_or(|(_, known)| length > *known) {
            let mention = Inline::Mention {
                person: *person,
                name: name.clone(),
            };
            best = Some((mention, length));
        }
    }
    let here = || callable.here.then(|| begins_with(text, "here"))?;
    best.or_else(|| Some((Inline::Here, here()?)))
}

/// Bytes of `text` that are `name`, in whatever case, where the word ends there.
fn begins_with(text: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let mut typed = text.char_indices();
    for wanted in name.chars() {
        let (_, c) = typed.next()?;
        if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    match typed.next() {
        Some((_, c)) if c.is_alphanumeric() => None,
        Some((at, _)) => Some(at),
        None => Some(text.len()),
    }
}

fn each(blocks: &[Block], act: &mut impl FnMut(&Inline)) {
    fn inlines(list: &[Inline], act: &mut impl FnMut(&Inline)) {
        for inline in list {
            act(inline);
            if let Inline::Strong { children }
            | Inline::Emphasis { children }
            | Inline::Strike { children } = inline
            {
                inlines(children, act);
            }
        }
    }
    for block in blocks {
        match block {
            Block::Paragraph { children } => inlines(children, act),
            Block::Quote { children } => each(children, act),
            Block::List { items, .. } => items.iter().for_each(|item| each(&item.children, act)),
            Block::Code { .. } => {}
        }
    }
}

/// Every run of inlines that is no code and no link.
fn each_line(blocks: &mut [Block], act: &mut impl FnMut(&mut Vec<Inline>)) {
    fn inlines(list: &mut Vec<Inline>, act: &mut impl FnMut(&mut Vec<Inline>)) {
        act(list);
        for inline in list {
            if let Inline::Strong { children }
            | Inline::Emphasis { children }
            | Inline::Strike { children } = inline
            {
                inlines(children, act);
            }
        }
    }
    for block in blocks {
        match block {
            Block::Paragraph { children } => inlines(children, act),
            Block::Quote { children } => each_line(children, act),
            Block::List { items, .. } => {
                for item in items {
                    each_line(&mut item.children, act);
                }
            }
            Block::Code { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::rich_text::{parse, plain};

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn callable() -> Callable {
        let people = [(1, "Ada"), (2, "Ada Brandt"), (3, "Ada"), (4, "Łukasz")];
        Callable {
            people: people.map(|(n, name)| (person(n), name.into())).into(),
            here: true,
        }
    }

    fn called_in(source: &str) -> Vec<PersonId> {
        let mut blocks = parse(source);
        resolve(&mut blocks, &callable());
        people(&blocks)
    }

    #[test]
    fn the_longest_name_is_meant_and_the_first_of_two_who_have_it() {
        assert_eq!(
            called_in("@Ada Brandt, and **@ada**!"),
            [person(2), person(1)]
        );
        assert_eq!(
            called_in("> @łUKASZ\n\n- @Ada\n- @Ada"),
            [person(4), person(1)]
        );
    }

    #[test]
    fn addresses_code_links_and_longer_words_call_nobody() {
        for source in [
            "x@Ada",
            "`@Ada`",
            "```\n@Ada\n```",
            "[@Ada](https://example.org)",
            "@Adam",
            "@",
            "@Bob",
        ] {
            assert_eq!(called_in(source), [], "{source}");
        }
    }

    #[test]
    fn here_calls_where_it_may() {
        let mut blocks = parse("@here: lunch");
        resolve(&mut blocks, &callable());
        let Block::Paragraph { children } = &blocks[0] else {
            panic!()
        };
        assert_eq!(children[0], Inline::Here);
        assert_eq!(plain(&blocks), "@here: lunch");
        let mut blocks = parse("@here: lunch");
        resolve(&mut blocks, &Callable::default());
        assert_eq!(blocks, parse("@here: lunch"));
    }

    #[test]
    fn a_new_name_is_told_and_of_who_left_none() {
        let mut blocks = parse("*@Ada Brandt* and @Łukasz");
        resolve(&mut blocks, &callable());
        rename(&mut blocks, &HashMap::from([(person(2), "Ada B.".into())]));
        assert_eq!(plain(&blocks), "@Ada B. and @");
    }

    proptest! {
        /// Whatever is typed keeps its words.
        #[test]
        fn words_are_kept(source in "[@Ada BrandtłŁx.`*\\n-]{0,60}") {
            let before = parse(&source);
            let mut after = before.clone();
            resolve(&mut after, &callable());
            prop_assert_eq!(plain(&after).to_lowercase(), plain(&before).to_lowercase());
        }
    }
}

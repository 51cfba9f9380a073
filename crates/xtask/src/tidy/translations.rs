//! Every text exists in every language, with the same arguments; every key
//! that is asked for exists; and no text lies there unasked.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::File;

/// The language that the others are compared with.
const FIRST: &str = "en";
const OTHERS: [&str; 1] = ["de"];

/// Keys that code puts together at run time, by their beginning.
const DYNAMIC: &[&str] = &[
    // One per problem type, session kind, language, notice, theme, month and
    // weekday; the views' tests render every one of them.
    "audit-deed-",
    "conduct-decided-",
    "conduct-kind-",
    "conduct-lifted-",
    "conduct-outcome-",
    "conduct-reason-",
    "moderation-do-",
    "moderation-held-",
    "problems-",
    "sessions-kind-",
    "sessions-language-",
    "shell-notice-",
    "shell-theme-",
    "times-month-",
    "times-weekday-",
];

/// Where texts are asked for by name, beside templates.
const SHOWING: [&str; 3] = ["frontend/src/", "crates/views/src/", "crates/web/src/"];

/// Key (`message` or `message.attribute`) to the arguments it takes.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn read(file: &File, texts: &mut Texts, findings: &mut Vec<String>) {
    let resource =
        fluent_syntax::parser::parse(file.text.as_str()).unwrap_or_else(|(resource, errors)| {
            findings.extend(errors.iter().map(|error| format!("{}: {error}", file.path)));
            resource
        });
    for entry in &resource.body {
        let (id, value, attributes) = match entry {
            Entry::Message(m) => (m.id.name.to_owned(), m.value.as_ref(), &m.attributes),
            Entry::Term(t) => (format!("-{}", t.id.name), Some(&t.value), &t.attributes),
            _ => continue,
        };
        let patterns = value.into_iter().map(|value| (id.clone(), value)).chain(
            attributes
                .iter()
                .map(|attribute| (format!("{id}.{}", attribute.id.name), &attribute.value)),
        );
        for (key, pattern) in patterns {
            let mut arguments = BTreeSet::new();
            of_pattern(pattern, &mut arguments);
            if texts.insert(key.clone(), arguments).is_some() {
                findings.push(format!("{}: {key} is there twice", file.path));
            }
        }
    }
}

fn of_pattern(pattern: &Pattern<&str>, arguments: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, arguments);
        }
    }
}

fn of_expression(expression: &Expression<&str>, arguments: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, arguments),
        Expression::Select { selector, variants } => {
            of_inline(selector, arguments);
            for variant in variants {
                of_pattern(&variant.value, arguments);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, arguments: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            arguments.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, arguments),
        InlineExpression::FunctionReference {
            arguments: call, ..
        } => {
            for inline in &call.positional {
                of_inline(inline, arguments);
            }
        }
        // A term takes its arguments from the reference, not from the caller.
        _ => {}
    }
}

/// Keys in `t("key"`, `t1('key'`, `t_html("key"`: calls of a function whose
/// name is `t`, with digits or a word behind it.
fn asked(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = &text[text[..at].rfind(|c| !word(c)).map_or(0, |i| i + 1)..at];
        let rest = name.strip_prefix('t')?;
        if !(rest.is_empty() || rest.starts_with('_') || rest.chars().all(|c| c.is_ascii_digit())) {
            return None;
        }
        let argument = text[at + 1..].trim_start();
        let quote = argument
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))?;
        let key = &argument[1..];
        let key = &key[..key.find(quote)?];
        is_key(key).then_some(key)
    })
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Everything between quotes: what may be a key that some function is handed.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'', '`']).filter(|word| is_key(word))
}

fn check(files: &[File], dynamic: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    let language = |name: &str, findings: &mut Vec<String>| {
        let folder = format!("locales/{name}/");
        let mut texts = Texts::new();
        for file in files
            .iter()
            .filter(|file| file.is_under(&[&folder]) && file.is(&["ftl"]))
        {
            read(file, &mut texts, findings);
        }
        texts
    };
    let first = language(FIRST, &mut findings);
    for name in OTHERS {
        let other = language(name, &mut findings);
        for (key, arguments) in &first {
            match other.get(key) {
                None => findings.push(format!("{key}: not in {name}")),
                Some(theirs) if theirs != arguments => findings.push(format!(
                    "{key}: takes {arguments:?} in {FIRST}, but {theirs:?} in {name}"
                )),
                Some(_) => {}
            }
        }
        let extra = other.keys().filter(|key| !first.contains_key(*key));
        findings.extend(extra.map(|key| format!("{key}: in {name}, not in {FIRST}")));
    }

    let mut used = BTreeSet::new();
    // This crate's samples ask for nothing.
    for file in files
        .iter()
        .filter(|file| !file.is_under(&["crates/xtask/", "locales/"]))
    {
        let shows = file.path.contains("/templates/") || file.is_under(&SHOWING);
        if shows && !file.path.ends_with(".test.ts") {
            let unknown: BTreeSet<&str> = asked(&file.text)
                .filter(|key| !first.contains_key(*key))
                .collect();
            findings.extend(
                unknown
                    .iter()
                    .map(|key| format!("{}: asks for {key}, which is no text", file.path)),
            );
        }
        if file.path.contains("/templates/") || file.is(&["rs", "ts", "svelte"]) {
            used.extend(quoted(&file.text));
        }
    }
    let squeezed: String = files
        .iter()
        .filter(|file| file.is_under(&["locales/"]))
        .flat_map(|file| file.text.chars().filter(|c| !c.is_whitespace()))
        .collect();
    for key in first.keys() {
        let message = key.split('.').next().unwrap_or(key);
        let known = if message.starts_with('-') {
            squeezed.contains(&format!("{{{message}"))
        } else {
            used.contains(key.as_str())
                || (key != message && used.contains(message))
                || dynamic.iter().any(|start| key.starts_with(start))
        };
        if !known {
            findings.push(format!("{key}: no template and no code asks for it"));
        }
    }
    findings
}

#[test]
fn every_text_is_there_in_every_language_and_used() {
    let files = super::files();
    assert!(
        files
            .iter()
            .any(|file| file.path.starts_with("locales/en/")),
        "there are texts"
    );
    super::expect_none(&check(&files, DYNAMIC));
}

#[test]
fn missing_unasked_and_unequal_texts_are_found() {
    let files = [
        File::sample(
            "locales/en/a.ftl",
            "hello = Hello { $name }\n    .title = Greeting\nseats = { $n ->\n    [one] One seat\n   *[other] { $n } seats\n }\nidle = Idle\nrole-admin = Admin\n-brand = Hallway\n",
        ),
        File::sample(
            "locales/de/a.ftl",
            "hello = Hallo { $nam }\n    .title = Gruß\nseats = { NUMBER($n) } Plätze\nrole-admin = Verwaltung\nmore = Mehr\n-brand = Hallway\n",
        ),
        File::sample(
            "crates/views/templates/a.html",
            "{{ t1(\"hello\", name) }} {{ t(\"nope\") }} {{ cut(\"x\") }}",
        ),
        File::sample("frontend/src/a.svelte", "{t('seats', { n })}"),
    ];
    assert_eq!(
        check(&files, &["role-"]),
        [
            "hello: takes {\"name\"} in en, but {\"nam\"} in de",
            "idle: not in de",
            "more: in de, not in en",
            "crates/views/templates/a.html: asks for nope, which is no text",
            "-brand: no template and no code asks for it",
            "idle: no template and no code asks for it",
        ]
    );
}

#[test]
fn a_broken_file_is_found() {
    let files = [
        File::sample("locales/en/a.ftl", "hello = { $\n"),
        File::sample("locales/de/a.ftl", ""),
    ];
    assert!(check(&files, &[])[0].starts_with("locales/en/a.ftl: "));
}

//! Every sample page in both languages keeps the promises that all pages make.

use hallway_views::samples::{self, HOSTILE};
use hallway_views::shell::Theme;
use hallway_views::texts::Lang;

/// Start tags of a page, as written. Enough of a reader for our own output:
/// every `<` of a value is escaped, which is what the tests below hold.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = vec![];
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = rest.find('>').expect("an unclosed tag");
        tags.push(&rest[..=end]);
        rest = &rest[end + 1..];
    }
    tags
}

fn name(tag: &str) -> &str {
    tag[1..]
        .split(|c: char| c.is_whitespace() || c == '>')
        .next()
        .unwrap_or("")
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[at..].split('"').next()
}

fn every_page(check: impl Fn(&str, &str, Vec<&str>)) {
    for lang in Lang::ALL {
        for (page, html) in samples::pages(lang, Theme::Auto) {
            let label = format!("{page} ({})", lang.code());
            assert!(html.starts_with("<!doctype html>"), "{label}");
            check(&label, &html, tags(&html));
        }
    }
}

#[test]
fn every_text_exists_in_both_languages() {
    every_page(|page, html, _| {
        let missing = html
            .split('⟦')
            .nth(1)
            .map(|rest| &rest[..rest.find('⟧').unwrap_or(0)]);
        assert_eq!(missing, None, "{page}");
    });
}

#[test]
fn both_languages_have_the_same_keys() {
    let keys = |lang: Lang| -> Vec<String> {
        let folder = format!(
            "{}/../../locales/{}",
            env!("CARGO_MANIFEST_DIR"),
            lang.code()
        );
        let mut keys: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .flat_map(|text| {
                text.lines()
                    .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
                    .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(Lang::En), keys(Lang::De));
    assert!(keys(Lang::En).len() > 300);
}

#[test]
fn a_page_has_one_h1_one_main_and_a_title() {
    every_page(|page, html, tags| {
        assert_eq!(tags.iter().filter(|t| name(t) == "h1").count(), 1, "{page}");
        assert_eq!(
            tags.iter().filter(|t| name(t) == "main").count(),
            1,
            "{page}"
        );
        assert!(!html.contains("<title></title>"), "{page}");
        assert!(html.contains("<a class=\"skip\" href=\"#main\">"), "{page}");
    });
}

#[test]
fn headings_never_skip_a_level() {
    every_page(|page, _, tags| {
        let mut last = 1;
        for tag in tags {
            let level = match name(tag) {
                "h1" => 1,
                "h2" => 2,
                "h3" => 3,
                "h4" => 4,
                _ => continue,
            };
            assert!(level <= last + 1, "{page}: h{last} then {tag}");
            last = level;
        }
    });
}

#[test]
fn what_people_typed_never_becomes_markup() {
    every_page(|page, html, tags| {
        assert!(!html.contains("<script>"), "{page}");
        assert!(!html.contains("<img src=x"), "{page}");
        assert!(!html.contains("&amp;amp;amp;"), "{page}: escaped twice");
        for tag in tags {
            // Names of attributes only: values are what stands between quotes.
            let names: String = tag.split('"').step_by(2).collect();
            let events = names.split_whitespace().any(|a| {
                let a = a.to_ascii_lowercase();
                a.starts_with("on") && a.contains('=')
            });
            assert!(!events, "{page}: {tag}");
        }
    });
}

#[test]
fn the_hostile_text_is_on_the_hostile_pages() {
    let escaped = "&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;";
    assert!(HOSTILE.starts_with("<script>"));
    let mut seen = 0;
    for (page, html) in samples::pages(Lang::En, Theme::Auto) {
        if page.ends_with("-hostile") {
            assert!(html.contains(escaped), "{page}");
            seen += 1;
        }
    }
    assert!(seen >= 10);
}

/// The content security policy allows no inline script and no style attribute.
#[test]
fn no_page_needs_what_the_policy_forbids() {
    every_page(|page, _, tags| {
        for tag in tags {
            assert_eq!(attribute(tag, "style"), None, "{page}: {tag}");
            assert_ne!(name(tag), "style", "{page}");
            if name(tag) == "script" {
                let data = attribute(tag, "type") == Some("application/ld+json");
                assert!(data || attribute(tag, "src").is_some(), "{page}: {tag}");
            }
            for url in ["href", "src", "action"] {
                let value = attribute(tag, url).unwrap_or("");
                assert!(!value.starts_with("javascript:"), "{page}: {tag}");
            }
            let fetched = matches!(
                name(tag),
                "script" | "img" | "iframe" | "video" | "audio" | "source"
            ) || (name(tag) == "link" && attribute(tag, "rel") == Some("stylesheet"));
            if fetched {
                let from = attribute(tag, "src")
                    .or(attribute(tag, "href"))
                    .unwrap_or("/");
                assert!(from.starts_with('/'), "{page}: third party in {tag}");
            }
        }
    });
}

#[test]
fn every_field_has_a_label_and_every_id_is_there_once() {
    every_page(|page, _, tags| {
        let mut ids: Vec<&str> = tags.iter().filter_map(|t| attribute(t, "id")).collect();
        let labels: Vec<&str> = tags
            .iter()
            .filter(|t| name(t) == "label")
            .filter_map(|t| attribute(t, "for"))
            .collect();
        for tag in &tags {
            let field = match name(tag) {
                "input" => attribute(tag, "type") != Some("hidden"),
                "select" | "textarea" => true,
                _ => false,
            };
            if field {
                let id = attribute(tag, "id").unwrap_or_else(|| panic!("{page}: {tag}"));
                assert!(labels.contains(&id), "{page}: no label for {tag}");
            }
            for points in ["aria-labelledby", "aria-describedby"] {
                for id in attribute(tag, points).unwrap_or("").split_whitespace() {
                    assert!(ids.contains(&id), "{page}: {id} of {tag} is not there");
                }
            }
            if name(tag) == "img" {
                assert!(attribute(tag, "alt").is_some(), "{page}: {tag}");
            }
        }
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{page}: an id twice");
    });
}

#[test]
fn islands_get_their_props_as_json() {
    let mut islands = vec![];
    for (page, html) in samples::pages(Lang::En, Theme::Auto) {
        for tag in tags(&html) {
            let Some(island) = attribute(tag, "data-island") else {
                continue;
            };
            let props = attribute(tag, "data-props").unwrap_or_default();
            let json = props
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#38;", "&");
            let value: serde_json::Value =
                serde_json::from_str(&json).unwrap_or_else(|e| panic!("{page}: {e} in {json}"));
            assert_eq!(value["lang"], "en", "{page}: {island}");
            islands.push(island.to_owned());
        }
    }
    islands.sort();
    islands.dedup();
    assert_eq!(
        islands,
        [
            "chat",
            "counts",
            "desk",
            "fresh",
            "player",
            "push",
            "rehearsal",
            "schedule",
            "studio"
        ]
    );
}

#[test]
fn json_ld_is_json() {
    for (page, html) in samples::pages(Lang::En, Theme::Auto) {
        for block in html.split("<script type=\"application/ld+json\">").skip(1) {
            let json = block.split("</script>").next().unwrap();
            let value: serde_json::Value =
                serde_json::from_str(json).unwrap_or_else(|e| panic!("{page}: {e}"));
            assert_eq!(value["@context"], "https://schema.org", "{page}");
        }
    }
}

/// 390 rows of a day in 90 rooms stay cheap; the journey measures the
/// compressed transfer, this holds the markup itself down.
#[test]
fn a_row_of_a_large_schedule_costs_little_markup() {
    let pages = samples::pages(Lang::En, Theme::Auto);
    let html = &pages
        .iter()
        .find(|(page, _)| page == "schedule-huge")
        .unwrap()
        .1;
    let rows = html.matches("<a href=\"../talk/").count();
    assert_eq!(rows, 390);
    assert!(
        html.len() / rows < 260,
        "{} bytes per row",
        html.len() / rows
    );
}

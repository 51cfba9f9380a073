//! No page, form, style or script names a host of somebody else: visitors are
//! not told on, and a summit works without the rest of the web.

use super::File;

/// Names, not addresses: nothing fetches them. `.example` is nobody's (RFC 2606 §2).
const IDENTIFIERS: [&str; 4] = [
    "www.w3.org",
    "schema.org",
    "hallway.example",
    "summit.example",
];

fn check(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    let shown = files.iter().filter(|file| {
        (file.path.contains("/templates/")
            || file.is_under(&["frontend/src/", "frontend/public/", "locales/"]))
            && file.is(&[
                "html", "txt", "xml", "css", "ts", "js", "svelte", "ftl", "svg", "json",
            ])
            && !file.path.ends_with(".test.ts")
            && !file.path.ends_with(".d.ts")
    });
    for file in shown {
        for (number, line) in file.text.lines().enumerate() {
            // A comment may cite.
            let start = line.trim_start();
            if ["//", "*", "/*", "<!--", "#", "{#"]
                .iter()
                .any(|comment| start.starts_with(comment))
            {
                continue;
            }
            for host in named(line).filter(|host| !IDENTIFIERS.contains(&host.as_str())) {
                findings.push(format!(
                    "{}:{}: names the host {host}",
                    file.path,
                    number + 1
                ));
            }
        }
    }
    findings
}

/// Hosts of absolute and of scheme-relative addresses.
fn named(line: &str) -> impl Iterator<Item = String> {
    line.match_indices("//").filter_map(|(at, slashes)| {
        let before = line[..at].chars().next_back();
        let address = before.is_some_and(|c| matches!(c, ':' | '"' | '\'' | '(' | '`' | '='));
        let rest = &line[at + slashes.len()..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || ".-".contains(c)))
            .unwrap_or(rest.len());
        let host = &rest[..end];
        // Without a dot it is a variable, a loopback name or a path.
        (address && host.contains('.') && host.contains(|c: char| c.is_alphabetic()))
            .then(|| host.trim_end_matches('.').to_lowercase())
    })
}

#[test]
fn no_page_names_a_host_of_somebody_else() {
    super::expect_none(&check(&super::files()));
}

#[test]
fn a_foreign_host_is_found() {
    let files = [
        File::sample(
            "crates/views/templates/a.html",
            "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<link href=\"//Fonts.Example.net/a.css\">\n{# https://a.example.net #}\n",
        ),
        File::sample(
            "frontend/src/b.ts",
            "// https://docs.example.net\nfetch('https://cdn.example.net/x');\n`${base}//x`",
        ),
        File::sample("docs/c.md", "https://example.net"),
    ];
    assert_eq!(
        check(&files),
        [
            "crates/views/templates/a.html:2: names the host fonts.example.net",
            "frontend/src/b.ts:2: names the host cdn.example.net",
        ]
    );
}

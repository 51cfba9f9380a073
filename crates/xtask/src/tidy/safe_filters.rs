//! Templates escape what they print. Where one does not, it is on this list
//! with the reason why its text is safe.

use super::File;

struct Reviewed {
    path: &'static str,
    times: usize,
    #[expect(dead_code, reason = "read by people who review the list")]
    reason: &'static str,
}

const REVIEWED: &[Reviewed] = &[];

fn check(files: &[File], reviewed: &[Reviewed]) -> Vec<String> {
    let mut findings = Vec::new();
    let templates = files
        .iter()
        .filter(|file| file.path.contains("/templates/"));
    for file in templates {
        let times = uses(&file.text);
        let allowed = reviewed
            .iter()
            .find(|r| r.path == file.path)
            .map_or(0, |r| r.times);
        if times != allowed {
            findings.push(format!(
                "{}: {times} uses of the `safe` filter, {allowed} reviewed",
                file.path
            ));
        }
    }
    for gone in reviewed
        .iter()
        .filter(|r| !files.iter().any(|file| file.path == r.path))
    {
        findings.push(format!("{}: reviewed, but gone", gone.path));
    }
    findings
}

/// `|safe` in askama's expressions, and what else turns escaping off.
fn uses(template: &str) -> usize {
    let squeezed: String = template.chars().filter(|c| !c.is_whitespace()).collect();
    let filters = squeezed
        .match_indices("|safe")
        .filter(|(at, word)| {
            let next = squeezed[at + word.len()..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
        .count();
    filters
        + squeezed.matches("escape(\"none\"").count()
        + squeezed.matches("escape=\"none\"").count()
}

#[test]
fn every_safe_filter_was_reviewed() {
    super::expect_none(&check(&super::files(), REVIEWED));
}

#[test]
fn a_new_safe_filter_is_found() {
    let files = [
        File::sample(
            "crates/views/templates/a.html",
            "{{ body | safe }} {{ x|safe_link }}",
        ),
        File::sample("crates/views/templates/b.html", "{{ body|safe }}"),
    ];
    let reviewed = [
        Reviewed {
            path: "crates/views/templates/b.html",
            times: 1,
            reason: "rendered by ammonia",
        },
        Reviewed {
            path: "crates/views/templates/c.html",
            times: 1,
            reason: "-",
        },
    ];
    assert_eq!(
        check(&files, &reviewed),
        [
            "crates/views/templates/a.html: 1 uses of the `safe` filter, 0 reviewed",
            "crates/views/templates/c.html: reviewed, but gone",
        ]
    );
}

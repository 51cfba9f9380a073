//! Files stay readable: none over 1,000 lines, and each Rust module says at
//! its top what it does.

use super::File;

const MOST_LINES: usize = 1_000;

/// Longer for a reason.
const LONG: [(&str, &str); 0] = [];

fn check(files: &[File]) -> Vec<String> {
    let written = [
        "rs", "ts", "js", "svelte", "html", "css", "ftl", "sql", "toml", "md", "xml", "yml",
    ];
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is(&written)) {
        let lines = file.text.lines().count();
        let made = file.path.contains("/generated/")
            || file.path.starts_with("docs/reference/")
            || file.path.contains("/testdata/")
            || file.path.contains("/fixtures/");
        if lines > MOST_LINES && !made && !LONG.iter().any(|(path, _)| *path == file.path) {
            findings.push(format!(
                "{}: {lines} lines; split it by its stories",
                file.path
            ));
        }
        // A file of tests says by its names what it does.
        let module =
            file.is(&["rs"]) && file.path.contains("/src/") && !file.path.contains("/tests");
        if module && !file.text.starts_with("//!") {
            findings.push(format!("{}: does not begin with `//!`", file.path));
        }
    }
    findings
}

#[test]
fn no_file_is_too_long_and_every_module_introduces_itself() {
    super::expect_none(&check(&super::files()));
}

#[test]
fn a_long_or_silent_file_is_found() {
    let long = "x\n".repeat(1_001);
    let files = [
        File::sample("frontend/src/a.ts", &long),
        File::sample("frontend/src/generated/protocol.ts", &long),
        File::sample("crates/a/src/lib.rs", "fn a() {}\n"),
        File::sample("crates/a/src/b.rs", "//! B.\n"),
        File::sample("crates/a/tests/c.rs", "fn c() {}\n"),
        File::sample("crates/a/src/b/tests.rs", "fn d() {}\n"),
    ];
    assert_eq!(
        check(&files),
        [
            "frontend/src/a.ts: 1001 lines; split it by its stories",
            "crates/a/src/lib.rs: does not begin with `//!`",
        ]
    );
}

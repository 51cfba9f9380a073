//! The lints that hold the design: every crate takes the workspace's, ambient
//! time and chance are banned, and who lifts a lint says why.

use super::File;

/// What clippy.toml must ban. Each has a replacement, which its reason names.
const BANNED: [&str; 6] = [
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "uuid::Uuid::now_v7",
    "getrandom::fill",
];

fn check(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    let ban = files
        .iter()
        .find(|file| file.path == "clippy.toml")
        .map_or("", |file| &file.text);
    for banned in BANNED
        .iter()
        .filter(|banned| !ban.contains(&format!("\"{banned}\"")))
    {
        findings.push(format!("clippy.toml: {banned} is not banned"));
    }
    for file in files.iter().filter(|file| file.is_under(&["crates/"])) {
        if file.path.ends_with("/Cargo.toml") && !file.text.contains("[lints]\nworkspace = true") {
            findings.push(format!(
                "{}: does not take the workspace's lints",
                file.path
            ));
        }
        if file.is(&["rs"]) {
            findings.extend(unexplained(&file.text).map(|line| {
                format!(
                    "{}:{line}: a lint is lifted without `reason = \"...\"`",
                    file.path
                )
            }));
        }
    }
    findings
}

/// Lines of attributes that lift a lint and do not say why.
fn unexplained(text: &str) -> impl Iterator<Item = usize> {
    let starts = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
    let attribute = move |line: &str| {
        starts
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    let mut offset = 0;
    text.lines().enumerate().filter_map(move |(number, line)| {
        let rest = &text[offset..];
        offset = (offset + line.len() + 1).min(text.len());
        // An attribute may run over lines; it ends at the first `)]`.
        let whole = rest.split(")]").next().unwrap_or(rest);
        (attribute(line) && !whole.contains("reason")).then_some(number + 1)
    })
}

#[test]
fn lints_hold_everywhere() {
    super::expect_none(&check(&super::files()));
}

#[test]
fn a_lifted_lint_needs_a_reason_and_a_crate_the_workspaces_lints() {
    let clippy = BANNED.map(|banned| format!("\"{banned}\"")).join("\n");
    let lift = ["#[", "allow(clippy::disallowed_methods)]\nfn a() {}"].concat();
    let explained = [
        "#[",
        "expect(\n    clippy::disallowed_methods,\n    reason = \"the one system clock\"\n)]",
    ]
    .concat();
    let files = [
        File::sample("clippy.toml", &clippy),
        File::sample(
            "crates/a/Cargo.toml",
            "[package]\n\n[lints]\nworkspace = true\n",
        ),
        File::sample("crates/b/Cargo.toml", "[package]\n"),
        File::sample(
            "crates/a/src/lib.rs",
            &format!("//! A.\n{lift}\n{explained}\nfn b() {{}}\n"),
        ),
    ];
    assert_eq!(
        check(&files),
        [
            "crates/b/Cargo.toml: does not take the workspace's lints",
            "crates/a/src/lib.rs:2: a lint is lifted without `reason = \"...\"`",
        ]
    );
    assert_eq!(check(&files[1..2]).len(), BANNED.len());
}

//! No file knows the machine it was written on.

use super::File;

/// Beginnings of paths that exist on one machine only; written in halves so
/// that this list does not find itself.
const MACHINES: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
];

fn check(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.path.ends_with("package-lock.json"))
    {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(found) = MACHINES.iter().find(|start| begins(line, start)) {
                findings.push(format!(
                    "{}:{}: a path under {found}",
                    file.path,
                    number + 1
                ));
            }
        }
    }
    findings
}

/// Whether a path begins there, rather than going on: `docs/home/x` is fine.
fn begins(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-}/".contains(c)))
    })
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    super::expect_none(&check(&super::files()));
}

#[test]
fn a_machines_path_is_found_and_a_url_is_not() {
    let mine = format!("see {}x", MACHINES[0]);
    let files = [
        File::sample("a.md", &mine),
        File::sample("b.md", "pages/home/x and {event}/home/"),
    ];
    assert_eq!(
        check(&files),
        [format!("a.md:1: a path under {}", MACHINES[0])]
    );
}

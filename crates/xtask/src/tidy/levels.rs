//! The crate table of ARCHITECTURE.md against `cargo metadata`: every arrow
//! between our crates is in the table and goes to a strictly lower level.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Crates that only serve development: they may see everything, and anyone's
/// tests may see them.
const DEVELOPMENT: [&str; 2] = ["testkit", "xtask"];

#[derive(Debug, PartialEq, Eq)]
struct Row {
    level: u32,
    /// None: everything below.
    may: Option<Vec<String>>,
    /// Its line begins with `later`: it is planned, and there may be no crate yet.
    later: bool,
}

/// Crate name to row, from the lines `| level | crate | one line | may depend on |`.
fn read_table(page: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [level, crates, line, may] = cells[..] else {
            continue;
        };
        let Ok(level) = level.parse::<u32>() else {
            continue;
        };
        let may = (!may.starts_with("all")).then(|| {
            // What stands in brackets is said to people.
            let plain = may.split('(').next().unwrap_or_default();
            let names = plain.split(',').map(|name| name.trim().trim_matches('`'));
            names
                .filter(|name| !name.is_empty() && *name != "-")
                .map(str::to_owned)
                .collect()
        });
        for name in crates.split('`').skip(1).step_by(2) {
            rows.insert(
                name.to_owned(),
                Row {
                    level,
                    may: may.clone(),
                    later: line.starts_with("later"),
                },
            );
        }
    }
    rows
}

struct Arrow {
    from: String,
    to: String,
    /// Only its tests use it.
    for_tests: bool,
}

/// Our crates and the arrows between them.
fn read_metadata(metadata: &Value) -> (Vec<String>, Vec<Arrow>) {
    let ours = |name: &str| name.strip_prefix("hallway-").map(str::to_owned);
    let packages = metadata["packages"]
        .as_array()
        .expect("metadata lists packages");
    let mut crates = Vec::new();
    let mut arrows = Vec::new();
    for package in packages {
        let Some(from) = package["name"].as_str().and_then(ours) else {
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(to) = dependency["name"].as_str().and_then(ours) else {
                continue;
            };
            let for_tests = dependency["kind"].as_str() == Some("dev");
            arrows.push(Arrow {
                from: from.clone(),
                to,
                for_tests,
            });
        }
        crates.push(from);
    }
    (crates, arrows)
}

fn check(table: &BTreeMap<String, Row>, crates: &[String], arrows: &[Arrow]) -> Vec<String> {
    let mut findings = Vec::new();
    let exempt = |name: &str| DEVELOPMENT.contains(&name);
    for name in crates
        .iter()
        .filter(|name| !exempt(name) && !table.contains_key(*name))
    {
        findings.push(format!("{name}: no row in the crate table"));
    }
    let gone = table
        .iter()
        .filter(|(name, row)| !row.later && !crates.contains(name));
    for name in gone.map(|(name, _)| name).filter(|name| !exempt(name)) {
        findings.push(format!(
            "{name}: in the crate table, but there is no such crate"
        ));
    }
    for Arrow {
        from,
        to,
        for_tests,
    } in arrows
    {
        if exempt(from) || (exempt(to) && *for_tests) {
            continue;
        }
        if exempt(to) {
            findings.push(format!(
                "{from} -> {to}: a development crate serves tests alone"
            ));
            continue;
        }
        let (Some(above), Some(below)) = (table.get(from), table.get(to)) else {
            continue;
        };
        if above.level <= below.level {
            findings.push(format!(
                "{from} -> {to}: level {} may not see level {}",
                above.level, below.level
            ));
        }
        let allowed = above.may.as_ref().is_none_or(|may| may.contains(to));
        if !allowed && !for_tests {
            findings.push(format!("{from} -> {to}: not in the crate table"));
        }
    }
    findings
}

#[test]
fn every_arrow_between_crates_is_in_the_table_and_points_down() {
    let root = crate::places::root();
    let page =
        std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let metadata = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let (crates, arrows) = read_metadata(&metadata);
    assert!(arrows.len() > 10, "the arrows were read");
    super::expect_none(&check(&read_table(&page), &crates, &arrows));
}

#[test]
fn a_wrong_arrow_is_found() {
    let table = read_table(
        "| level | crate | one line | may depend on |\n|---|---|---|---|\n\
         | 2 | `web` | pages | model, blob (never store) |\n\
         | 1 | `store`, `bus` | rows | model |\n\
         | 0 | `model` | rules | - |\n| 0 | `blob` | files | - |\n| 0 | `cards` | later: pictures | - |\n| 3 | `server` | all of it | all |\n",
    );
    assert_eq!(
        table["web"],
        Row {
            level: 2,
            may: Some(vec!["model".into(), "blob".into()]),
            later: false
        }
    );
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let crates = names(&["server", "web", "store", "bus", "model", "blob"]);
    let arrow = |from: &str, to: &str, for_tests| Arrow {
        from: from.into(),
        to: to.into(),
        for_tests,
    };
    let good = [
        arrow("server", "store", false),
        arrow("web", "model", false),
        arrow("store", "testkit", true),
        arrow("xtask", "store", false),
        arrow("web", "store", true),
    ];
    assert_eq!(check(&table, &crates, &good), Vec::<String>::new());
    let bad = [
        arrow("web", "store", false),
        arrow("store", "bus", false),
        arrow("model", "web", false),
        arrow("bus", "testkit", false),
        arrow("model", "store", true),
    ];
    assert_eq!(
        check(&table, &crates, &bad),
        [
            "web -> store: not in the crate table",
            "store -> bus: level 1 may not see level 1",
            "store -> bus: not in the crate table",
            "model -> web: level 0 may not see level 2",
            "model -> web: not in the crate table",
            "bus -> testkit: a development crate serves tests alone",
            "model -> store: level 0 may not see level 1",
        ]
    );
    let missing = check(
        &table,
        &names(&["server", "web", "store", "bus", "model", "mail"]),
        &[],
    );
    assert_eq!(
        missing,
        [
            "mail: no row in the crate table",
            "blob: in the crate table, but there is no such crate"
        ]
    );
}

//! Migrations are numbered one after the other and both databases get every
//! number: from `common/`, or one text for each.

use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "crates/store/migrations/";
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

fn check<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut numbers: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let migrations = paths.filter_map(|path| Some((path, path.strip_prefix(FOLDER)?)));
    for (path, name) in migrations.filter(|(path, _)| path.ends_with(".sql")) {
        let number = |file: &str| {
            file.split('_')
                .next()
                .and_then(|digits| digits.parse::<u32>().ok())
        };
        let parts = name
            .split_once('/')
            .and_then(|(kind, file)| Some((kind, number(file)?)));
        let Some((kind, number)) = parts else {
            findings.push(format!("{path}: not FOLDER/NUMBER_what.sql"));
            continue;
        };
        let databases = if kind == "common" {
            &DATABASES[..]
        } else {
            &[kind]
        };
        for database in databases {
            if !numbers.entry(database).or_default().insert(number) {
                findings.push(format!("{path}: {database} has number {number} already"));
            }
        }
    }
    let last = numbers.values().flatten().max().copied().unwrap_or(0);
    for database in DATABASES {
        let have = numbers.remove(database).unwrap_or_default();
        let missing = (1..=last).filter(|number| !have.contains(number));
        findings.extend(missing.map(|number| format!("{database}: migration {number} is missing")));
    }
    findings.extend(
        numbers
            .keys()
            .map(|kind| format!("{FOLDER}{kind}: no database of ours")),
    );
    findings
}

#[test]
fn both_databases_have_every_migration() {
    let files = super::files();
    let paths = || files.iter().map(|file| file.path.as_str());
    assert!(
        paths().any(|path| path.starts_with(FOLDER)),
        "there are migrations"
    );
    super::expect_none(&check(paths()));
}

#[test]
fn a_gap_and_a_doublet_are_found() {
    let good = [
        "common/0001_people.sql",
        "sqlite/0002_search.sql",
        "postgres/0002_search.sql",
    ];
    let path = |name: &&str| format!("{FOLDER}{name}");
    let good: Vec<String> = good.iter().map(path).collect();
    assert_eq!(check(good.iter().map(String::as_str)), Vec::<String>::new());

    let bad = [
        "common/0001_a.sql",
        "sqlite/0001_b.sql",
        "postgres/0003_c.sql",
        "mysql/0001_d.sql",
        "x.sql",
    ];
    let bad: Vec<String> = bad.iter().map(path).collect();
    assert_eq!(
        check(bad.iter().map(String::as_str)),
        [
            "crates/store/migrations/sqlite/0001_b.sql: sqlite has number 1 already",
            "crates/store/migrations/x.sql: not FOLDER/NUMBER_what.sql",
            "sqlite: migration 2 is missing",
            "sqlite: migration 3 is missing",
            "postgres: migration 2 is missing",
            "crates/store/migrations/mysql: no database of ours",
        ]
    );
}

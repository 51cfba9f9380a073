//! What keeps the checkout in shape and no compiler sees. Each rule is a
//! function from texts to findings, tried on small samples, and one test that
//! runs it on the checkout and fails with every finding at once.

mod hosts;
mod levels;
mod lints;
mod migrations;
mod places;
mod safe_filters;
mod sizes;
mod translations;

use std::path::Path;
use std::process::Command;

/// A file of the checkout: tracked, or new and not ignored.
struct File {
    /// From the top, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extensions: &[&str]) -> bool {
        let extension = Path::new(&self.path).extension().and_then(|e| e.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
    }

    fn is_under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    #[cfg(test)]
    fn sample(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}

/// Every text file of the checkout.
fn files() -> Vec<File> {
    let root = crate::places::root();
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .expect("git lists the files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let files: Vec<File> = paths
        .split_terminator('\0')
        // What is not UTF-8 is a picture, a font or a recording; what is gone is being deleted.
        .filter_map(|path| {
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            Some(File {
                path: path.to_owned(),
                text,
            })
        })
        .collect();
    assert!(
        files.iter().any(|file| file.path == "Cargo.toml"),
        "the listing is complete"
    );
    files
}

/// Fails with every finding.
#[track_caller]
fn expect_none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n  {}",
        findings.len(),
        findings.join("\n  ")
    );
}

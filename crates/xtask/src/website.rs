//! Islands, styles and fonts: `npm ci` and Vite's build, whose output the
//! binary embeds.

use std::fs::Metadata;
use std::path::Path;

use crate::places;
use crate::processes::Shell;

/// Installs what the lock file says, unless it is installed already.
pub async fn install(shell: &Shell) -> anyhow::Result<()> {
    if is_installed(&places::frontend()) {
        return Ok(());
    }
    shell
        .run(npm(shell).args(["ci", "--no-audit", "--no-fund"]))
        .await
}

pub async fn build(shell: &Shell) -> anyhow::Result<()> {
    install(shell).await?;
    shell.run(npm(shell).args(["run", "build"])).await
}

pub fn npm(shell: &Shell) -> tokio::process::Command {
    let mut command = shell.command("npm");
    command.current_dir(places::frontend());
    command
}

/// npm writes its own lock file last, so an interrupted installation does not
/// count.
fn is_installed(frontend: &Path) -> bool {
    let changed =
        |file: &str| std::fs::metadata(frontend.join(file)).and_then(|m: Metadata| m.modified());
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_installation_is_repeated() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("package-lock.json"), "{}").unwrap();
        std::fs::create_dir(folder.path().join("node_modules")).unwrap();
        assert!(!is_installed(folder.path()));
        std::fs::write(folder.path().join("node_modules/.package-lock.json"), "{}").unwrap();
        assert!(is_installed(folder.path()));
    }
}

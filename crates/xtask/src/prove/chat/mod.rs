//! What the chat promises of its delivery, tried over the real `/live`.

pub mod herds;
pub mod junk;
pub mod outages;
pub mod power_cuts;
pub mod slow_readers;

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::bench::chat::{crowds, halls};
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

/// The next frame, however long it takes; a close is an end.
async fn listen(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> anyhow::Result<Value> {
    while crowds::next_frame(bytes, crowds::Framing::WebSocket)?.is_none() {
        if stream.read_buf(bytes).await? == 0 {
            bail!("the server hung up");
        }
    }
    halls::next_json(stream, bytes).await
}

//! A ZIP that is made while it is sent: members are written one after the
//! other, and what is compressed leaves at once through a bounded queue, so
//! that memory holds a few pages however long the archive gets.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::error::Error;

/// An archive on its way out, chunk by chunk; an error in the middle means that
/// what came is not whole.
pub type Chunks = mpsc::Receiver<std::io::Result<Bytes>>;

/// Chunks that wait for a reader.
const QUEUE: usize = 4;
/// How long a reader may take for one chunk before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that are worth a chunk.
const CHUNK: usize = 32 * 1024;

pub(crate) struct Zip {
    zip: ZipWriter<StreamWriter<Outlet>>,
    outlet: Outlet,
    to: mpsc::Sender<std::io::Result<Bytes>>,
}

#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self, at_least: usize) -> Option<Bytes> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (!held.is_empty() && held.len() >= at_least).then(|| std::mem::take(&mut *held).into())
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Zip {
    /// Has `write` fill an archive in a task of its own, and gives the end it
    /// comes out of.
    pub(crate) fn spawn<F, W>(write: W) -> Chunks
    where
        W: FnOnce(Zip) -> F + Send + 'static,
        F: Future<Output = Result<Zip, Error>> + Send,
    {
        let (to, chunks) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            let outlet = Outlet::default();
            let zip = Zip {
                zip: ZipWriter::new_stream(outlet.clone()),
                outlet,
                to: to.clone(),
            };
            let written = async { Box::pin(write(zip).await?.finish()).await }.await;
            if let Err(error) = written {
                if !to.is_closed() {
                    tracing::warn!(%error, "an archive was not finished");
                }
                // A reader that is told nothing would take a part for the whole.
                let broken = std::io::Error::other("the archive was not finished");
                let _ = tokio::time::timeout(PATIENCE, to.send(Err(broken))).await;
            }
        });
        chunks
    }

    /// Begins the next member.
    pub(crate) async fn member(&mut self, name: &str) -> Result<(), Error> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(name, options).map_err(broken)?;
        send(&self.outlet, &self.to, CHUNK).await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.zip.write_all(bytes).map_err(broken)?;
        send(&self.outlet, &self.to, CHUNK).await
    }

    async fn finish(self) -> Result<(), Error> {
        let Self { zip, outlet, to } = self;
        zip.finish().map_err(broken)?;
        send(&outlet, &to, 1).await
    }
}

async fn send(
    outlet: &Outlet,
    to: &mpsc::Sender<std::io::Result<Bytes>>,
    at_least: usize,
) -> Result<(), Error> {
    let Some(chunk) = outlet.take(at_least) else {
        return Ok(());
    };
    match tokio::time::timeout(PATIENCE, to.send(Ok(chunk))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Error::Unavailable("the reader has left".into())),
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an archive: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    async fn collect(mut chunks: Chunks) -> std::io::Result<(usize, Vec<u8>)> {
        let (mut count, mut all) = (0, vec![]);
        while let Some(chunk) = chunks.recv().await {
            count += 1;
            all.extend_from_slice(&chunk?);
        }
        Ok((count, all))
    }

    #[tokio::test]
    async fn what_comes_out_in_chunks_is_an_archive() {
        // Numbers that do not compress away, so that there is more than a chunk.
        let long: String = (0_u64..40_000)
            .map(|n| format!("{} ", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            .collect();
        let told = long.clone();
        let chunks = Zip::spawn(async move |mut zip: Zip| {
            zip.member("a/messages.jsonl").await?;
            for piece in told.as_bytes().chunks(10_000) {
                zip.write(piece).await?;
            }
            zip.member("b.txt").await?;
            zip.write(b"short").await?;
            Ok(zip)
        });
        let (count, bytes) = collect(chunks).await.unwrap();
        assert!(count > 3, "{count} chunks");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            let mut member = archive.by_name(name).unwrap();
            member.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(read("a/messages.jsonl"), long);
        assert_eq!(read("b.txt"), "short");
    }

    #[tokio::test]
    async fn an_archive_that_fails_ends_in_an_error() {
        let chunks = Zip::spawn(async move |mut zip: Zip| {
            zip.member("a").await?;
            Err(Error::Unavailable("the database is away".into()))
        });
        assert!(collect(chunks).await.is_err());
    }
}

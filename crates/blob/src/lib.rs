//! Where bytes lie: on disk or in memory, behind one value, [`Blobs`].
//!
//! A blob is written whole and never changed. What a blob means (a segment, an
//! upload, a card) and who may read it is for the caller to know.

mod disk;
mod keys;
mod memory;

use std::{ops::Range, path::PathBuf, sync::Arc};

use bytes::Bytes;

pub use keys::{BadKey, Key};

/// A store of blobs. Cloning is cheap and gives the same store.
#[derive(Clone, Debug)]
pub enum Blobs {
    Disk(Arc<disk::Disk>),
    Memory(Arc<memory::Memory>),
}

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("there is no blob `{0}`")]
    NotFound(Key),
    #[error("the range lies outside blob `{0}`")]
    OutOfRange(Key),
    /// The store itself failed: full, read-only, gone.
    #[error("blob `{key}`: {source}")]
    Store { key: String, source: std::io::Error },
}

impl Blobs {
    /// A folder on this machine, made when it is missing.
    pub async fn disk(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        disk::Disk::open(root.into())
            .await
            .map(|disk| Self::Disk(Arc::new(disk)))
    }

    /// Removes what an earlier process was killed while writing. For the server
    /// to call as it starts, and not for a tool beside a running server, whose
    /// writes it would break.
    pub async fn sweep(&self) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.sweep().await,
            Self::Memory(_) => Ok(()),
        }
    }

    /// Gone with the process.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Stores the whole blob; replaces one of the same key at once, so that a
    /// reader gets the old or the new. When this returns, it is on the medium.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), BlobError> {
        self.put_parts(key, vec![bytes]).await
    }

    /// Like [`Blobs::put`] with the parts end to end, without joining them first.
    pub async fn put_parts(&self, key: &Key, parts: Vec<Bytes>) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.put(key, parts).await,
            Self::Memory(memory) => {
                memory.put(key, &parts);
                Ok(())
            }
        }
    }

    /// The whole blob.
    pub async fn get(&self, key: &Key) -> Result<Bytes, BlobError> {
        match self {
            Self::Disk(disk) => disk.get(key, None).await,
            Self::Memory(memory) => memory.get(key),
        }
    }

    /// The bytes `range.start..range.end` of the blob; all of them must exist.
    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes, BlobError> {
        match self {
            Self::Disk(disk) => disk.get(key, Some(range)).await,
            Self::Memory(memory) => memory.get_range(key, range),
        }
    }

    /// The length in bytes.
    pub async fn size(&self, key: &Key) -> Result<u64, BlobError> {
        match self {
            Self::Disk(disk) => disk.size(key).await,
            Self::Memory(memory) => memory.get(key).map(|bytes| bytes.len() as u64),
        }
    }

    /// Gives the blob a second key without storing its bytes twice where the
    /// medium can. Deleting one key leaves the other.
    pub async fn copy(&self, from: &Key, to: &Key) -> Result<(), BlobError> {
        self.copy_all(vec![(from.clone(), to.clone())]).await
    }

    /// Like [`Blobs::copy`] for many pairs of old and new key, at far less than
    /// the price of as many calls. When it fails, some copies may exist.
    pub async fn copy_all(&self, pairs: Vec<(Key, Key)>) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.copy_all(pairs).await,
            Self::Memory(memory) => {
                for (from, to) in pairs {
                    let bytes = memory.get(&from)?;
                    memory.put(&to, &[bytes]);
                }
                Ok(())
            }
        }
    }

    /// The keys under `prefix` (itself a key, a whole number of path segments), sorted.
    pub async fn list(&self, prefix: &Key) -> Result<Vec<Key>, BlobError> {
        match self {
            Self::Disk(disk) => disk.list(prefix).await,
            Self::Memory(memory) => Ok(memory.list(prefix)),
        }
    }

    /// Deletes the blob of this key and all blobs under it; none is no error.
    pub async fn delete(&self, prefix: &Key) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.delete(prefix).await,
            Self::Memory(memory) => {
                memory.delete(prefix);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;

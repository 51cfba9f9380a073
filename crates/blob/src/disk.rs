//! Blobs as files below one folder.
//!
//! A blob is written to a temporary file, synced, renamed into place, and the
//! folder synced: after a crash there is the whole blob or none. Temporary
//! files have a folder of their own, `.tmp`, which no key can name, so that they
//! are swept without walking the store.

use std::{
    collections::BTreeSet,
    fs, io,
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;

use crate::{BlobError, Key};

#[derive(Debug)]
pub struct Disk {
    root: Arc<PathBuf>,
    written: AtomicU64,
}

impl Disk {
    pub(crate) async fn open(root: PathBuf) -> Result<Self, BlobError> {
        let root = Arc::new(root);
        let temporary = root.join(".tmp");
        in_background(move || fs::create_dir_all(temporary))
            .await
            .map_err(|source| BlobError::Store {
                key: root.display().to_string(),
                source,
            })?;
        Ok(Self {
            root,
            written: AtomicU64::new(0),
        })
    }

    pub(crate) async fn sweep(&self) -> Result<(), BlobError> {
        let temporary = self.root.join(".tmp");
        in_background(move || {
            for entry in fs::read_dir(&temporary)? {
                fs::remove_file(entry?.path())?;
            }
            Ok(())
        })
        .await
        .map_err(|source| BlobError::Store {
            key: self.root.display().to_string(),
            source,
        })
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// A path for a temporary file. The process's number keeps two processes on
    /// one folder apart; what an earlier process left is stepped over.
    fn temporary(&self) -> PathBuf {
        loop {
            let number = self.written.fetch_add(1, Ordering::Relaxed);
            let path = self
                .root
                .join(".tmp")
                .join(format!("{}-{number}", std::process::id()));
            if !path.exists() {
                return path;
            }
        }
    }

    pub(crate) async fn put(&self, key: &Key, parts: Vec<Bytes>) -> Result<(), BlobError> {
        let (root, path, temporary) = (Arc::clone(&self.root), self.path(key), self.temporary());
        in_background(move || {
            let put = write_synced(&temporary, &parts)
                .and_then(|()| move_into_place(&root, &temporary, &path));
            if put.is_err() {
                // Best effort: what is left is swept at the next start.
                let _ = fs::remove_file(&temporary);
            }
            put
        })
        .await
        .map_err(|source| failed(key, source))
    }

    pub(crate) async fn get(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
    ) -> Result<Bytes, BlobError> {
        let path = self.path(key);
        let read = in_background(move || {
            let mut file = fs::File::open(path)?;
            let length = file.metadata()?.len();
            let range = range.unwrap_or(0..length);
            if range.start > range.end || range.end > length {
                return Ok(None);
            }
            file.seek(SeekFrom::Start(range.start))?;
            let mut bytes = vec![0; (range.end - range.start) as usize];
            file.read_exact(&mut bytes)?;
            Ok(Some(Bytes::from(bytes)))
        })
        .await
        .map_err(|source| failed(key, source))?;
        read.ok_or_else(|| BlobError::OutOfRange(key.clone()))
    }

    pub(crate) async fn size(&self, key: &Key) -> Result<u64, BlobError> {
        let path = self.path(key);
        in_background(move || {
            let metadata = fs::metadata(path)?;
            if metadata.is_file() {
                Ok(metadata.len())
            } else {
                Err(io::ErrorKind::NotFound.into())
            }
        })
        .await
        .map_err(|source| failed(key, source))
    }

    /// By hard links, since blobs never change; by copies where the file system
    /// has no links. Each folder is synced once, at the end.
    pub(crate) async fn copy_all(&self, pairs: Vec<(Key, Key)>) -> Result<(), BlobError> {
        let copies: Vec<_> = pairs
            .into_iter()
            .map(|(from, to)| {
                let (old, new) = (self.path(&from), self.path(&to));
                (from, old, new, self.temporary())
            })
            .collect();
        let root = Arc::clone(&self.root);
        in_background(move || {
            let mut folders = BTreeSet::new();
            for (from, old, new, temporary) in copies {
                let copied = link_or_copy(&root, &old, &new, &temporary);
                if let Err(source) = copied {
                    let _ = fs::remove_file(&temporary);
                    return Ok(Err(failed(&from, source)));
                }
                folders.extend(new.parent().map(Path::to_path_buf));
            }
            folders.iter().try_for_each(|folder| sync_folder(folder))?;
            Ok(Ok(()))
        })
        .await
        .map_err(|source| BlobError::Store {
            key: self.root.display().to_string(),
            source,
        })?
    }

    pub(crate) async fn list(&self, prefix: &Key) -> Result<Vec<Key>, BlobError> {
        let (root, start) = (Arc::clone(&self.root), self.path(prefix));
        in_background(move || {
            let mut keys = Vec::new();
            let mut left = vec![start];
            while let Some(path) = left.pop() {
                match fs::read_dir(&path) {
                    Ok(entries) => {
                        for entry in entries {
                            left.push(entry?.path());
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                        keys.extend(key_of(&root, &path));
                    }
                    Err(error) => return Err(error),
                }
            }
            keys.sort();
            Ok(keys)
        })
        .await
        .map_err(|source| failed(prefix, source))
    }

    pub(crate) async fn delete(&self, prefix: &Key) -> Result<(), BlobError> {
        let path = self.path(prefix);
        in_background(move || {
            let deleted = match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) => Err(error),
            };
            match deleted {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Ok(()) => path.parent().map_or(Ok(()), sync_folder),
                Err(error) => Err(error),
            }
        })
        .await
        .map_err(|source| failed(prefix, source))
    }
}

fn key_of(root: &Path, path: &Path) -> Option<Key> {
    Key::new(path.strip_prefix(root).ok()?.to_str()?).ok()
}

fn write_synced(path: &Path, parts: &[Bytes]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

fn link_or_copy(root: &Path, old: &Path, new: &Path, temporary: &Path) -> io::Result<()> {
    make_folder(root, new.parent().unwrap_or(root))?;
    match fs::hard_link(old, new) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    // The key is taken, or there are no links here.
    if fs::hard_link(old, temporary).is_err() {
        fs::copy(old, temporary)?;
        fs::File::open(temporary)?.sync_all()?;
    }
    fs::rename(temporary, new)?;
    // Renaming onto another link of the same file leaves both (POSIX).
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn move_into_place(root: &Path, temporary: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(root);
    make_folder(root, folder)?;
    fs::rename(temporary, path)?;
    sync_folder(folder)
}

fn make_folder(root: &Path, folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        // A new folder is durable once its parent is synced, up to the root.
        for parent in folder
            .ancestors()
            .skip(1)
            .take_while(|parent| parent.starts_with(root))
        {
            sync_folder(parent)?;
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

fn failed(key: &Key, source: io::Error) -> BlobError {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            BlobError::NotFound(key.clone())
        }
        _ => BlobError::Store {
            key: key.to_string(),
            source,
        },
    }
}

/// One trip to the blocking pool for a whole operation, where `tokio::fs`
/// would make one per call.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

//! The archive file. It is written by one blocking thread, fed through a short
//! queue, under a temporary name; sealed, synced and read back before it gets
//! its own. Its last 64 bytes are the SHA-256 of all before them (they lie in
//! the ZIP comment), so that any flipped byte is found, in headers too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{BackupError, FORMAT, Manifest, Member, Snapshot};

/// Prefix of members that are blobs; the rest of the name is the blob's key.
pub(super) const BLOBS: &str = "blobs/";
const TABLES: &str = "tables/";
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "hallway backup, sha256 of all before: ";
/// Hex digits of a SHA-256.
const DIGEST: usize = 64;
/// Pieces on their way to or from the file: with the size of one, all the
/// memory a backup takes.
const QUEUE: usize = 8;
const PIECE: usize = 64 * 1024;
/// A manifest of some hundred thousand blobs is smaller.
const MANIFEST_LIMIT: u64 = 256 * 1024 * 1024;

pub(super) fn table_member(name: &str) -> String {
    format!("{TABLES}{name}.jsonl")
}

/// An archive being written. Dropped before [`Archive::finish`], it leaves no
/// file behind.
#[derive(Debug)]
pub struct Archive {
    orders: mpsc::Sender<Order>,
    writing: Option<JoinHandle<Result<Manifest, BackupError>>>,
}

enum Order {
    Begin(String),
    Bytes(Vec<u8>),
    File { name: String, path: PathBuf },
    Finish(Snapshot),
}

impl Archive {
    /// Begins an archive that will be at `path`, where there must be no file.
    pub async fn create(path: PathBuf) -> Result<Self, BackupError> {
        let (orders, waiting) = mpsc::channel(QUEUE);
        let writing = tokio::task::spawn_blocking(move || write(&path, waiting));
        let archive = Self {
            orders,
            writing: Some(writing),
        };
        Ok(archive)
    }

    pub(super) async fn begin_table(&mut self, name: &str) -> Result<(), BackupError> {
        self.order(Order::Begin(table_member(name))).await
    }

    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), BackupError> {
        self.order(Order::Bytes(bytes)).await
    }

    /// Adds the blob `key` from the file that holds it. A file that is gone is
    /// left out: it was deleted after it was listed.
    pub async fn add_blob(&mut self, key: &str, path: PathBuf) -> Result<(), BackupError> {
        let name = format!("{BLOBS}{key}");
        self.order(Order::File { name, path }).await
    }

    /// Seals the archive, reads all of it back, and gives it its name.
    pub async fn finish(mut self, snapshot: Snapshot) -> Result<Manifest, BackupError> {
        self.order(Order::Finish(snapshot)).await?;
        self.outcome().await
    }

    /// Gives the archive up and waits until its file is gone.
    pub async fn abandon(self) {
        let Self { orders, writing } = self;
        drop(orders);
        if let Some(writing) = writing {
            let _ = writing.await;
        }
    }

    async fn order(&mut self, order: Order) -> Result<(), BackupError> {
        if self.orders.send(order).await.is_ok() {
            return Ok(());
        }
        // The writer is gone: it knows why.
        self.outcome().await.map(|_| ())
    }

    async fn outcome(&mut self) -> Result<Manifest, BackupError> {
        match self.writing.take() {
            Some(writing) => writing
                .await
                .unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string()))),
            None => Err(BackupError::Stopped("its writer failed before".into())),
        }
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |source| BackupError::File {
        path: path.to_owned(),
        source,
    }
}

fn write(path: &Path, orders: mpsc::Receiver<Order>) -> Result<Manifest, BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let name = path
        .file_name()
        .ok_or_else(|| BackupError::NotABackup(path.to_owned()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let partial = folder.join(format!(
        ".{}.{}.partial",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = fill(&partial, orders).and_then(|()| {
        let manifest = check(&partial)?;
        fs::rename(&partial, path).map_err(failed(path))?;
        let folder = File::open(folder).map_err(failed(folder))?;
        folder.sync_all().map_err(failed(path))?;
        Ok(manifest)
    });
    if written.is_err() {
        // Best effort: the failure itself is what gets told.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn fill(path: &Path, mut orders: mpsc::Receiver<Order>) -> Result<(), BackupError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        // It holds addresses and messages: for its owner's eyes.
        .mode(0o600)
        .open(path)
        .map_err(failed(path))?;
    let mut members = Members {
        zip: ZipWriter::new(BufWriter::new(file)),
        open: None,
        closed: vec![],
    };
    let put = |result: io::Result<()>| result.map_err(failed(path));
    loop {
        match orders.blocking_recv() {
            Some(Order::Begin(name)) => put(members.begin(name, CompressionMethod::Deflated))?,
            Some(Order::Bytes(bytes)) => put(members.write(&bytes))?,
            Some(Order::File {
                name,
                path: content,
            }) => match File::open(&content) {
                Ok(content) => put(members.add(name, content))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(&content)(error)),
            },
            Some(Order::Finish(snapshot)) => return put(members.finish(snapshot)),
            None => return Err(BackupError::Stopped("it was given up".into())),
        }
    }
}

/// The members written so far and the one being written.
struct Members {
    zip: ZipWriter<BufWriter<File>>,
    open: Option<(String, u64, Sha256)>,
    closed: Vec<Member>,
}

impl Members {
    fn begin(&mut self, name: String, method: CompressionMethod) -> io::Result<()> {
        self.close();
        let options = SimpleFileOptions::default()
            .compression_method(method)
            // A table may be longer than 4 GiB, and its length is not known yet.
            .large_file(true);
        self.zip.start_file(name.as_str(), options)?;
        self.open = Some((name, 0, Sha256::new()));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some((_, length, digest)) = &mut self.open else {
            return Err(io::Error::other("no member is open"));
        };
        *length += bytes.len() as u64;
        digest.update(bytes);
        self.zip.write_all(bytes)
    }

    fn close(&mut self) {
        if let Some((name, bytes, digest)) = self.open.take() {
            let sha256 = hex(&digest.finalize());
            self.closed.push(Member {
                name,
                bytes,
                sha256,
            });
        }
    }

    /// Media is compressed already: it is stored as it is.
    fn add(&mut self, name: String, mut content: File) -> io::Result<()> {
        self.begin(name, CompressionMethod::Stored)?;
        let mut piece = vec![0; PIECE];
        loop {
            match content.read(&mut piece)? {
                0 => return Ok(()),
                n => self.write(&piece[..n])?,
            }
        }
    }

    fn finish(mut self, snapshot: Snapshot) -> io::Result<()> {
        self.close();
        let manifest = Manifest {
            format: FORMAT,
            schema: snapshot.schema,
            created: snapshot.created,
            engine: snapshot.engine,
            tables: snapshot.tables,
            members: self.closed,
        };
        self.zip.start_file(
            MANIFEST,
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated),
        )?;
        serde_json::to_writer_pretty(&mut self.zip, &manifest)?;
        self.zip
            .set_comment(format!("{SEAL}{}", "0".repeat(DIGEST)))?;
        let mut file = self.zip.finish()?.into_inner()?;
        let (sealed, length) = digest_before_seal(&mut file)?;
        file.write_all_at(sealed.as_bytes(), length - DIGEST as u64)?;
        file.sync_all()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of all but the last 64 bytes, and the file's length.
fn digest_before_seal(file: &mut File) -> io::Result<(String, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut content = (&mut *file).take(length.saturating_sub(DIGEST as u64));
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match content.read(&mut piece)? {
            0 => return Ok((hex(&digest.finalize()), length)),
            n => digest.update(&piece[..n]),
        }
    }
}

/// A backup whose every byte was checked.
#[derive(Clone, Debug)]
pub struct Backup {
    path: PathBuf,
    manifest: Manifest,
}

/// A blob of a backup, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub key: String,
    pub bytes: Vec<u8>,
}

impl Backup {
    /// Reads the whole file once and checks every checksum and count.
    pub async fn open(path: PathBuf) -> Result<Self, BackupError> {
        let checked = tokio::task::spawn_blocking(move || {
            let manifest = check(&path)?;
            Ok(Self { path, manifest })
        });
        checked
            .await
            .unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string())))
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The blobs one after the other; the receiver may stop at any time.
    pub fn blobs(&self) -> mpsc::Receiver<Result<Blob, BackupError>> {
        let (sender, receiver) = mpsc::channel(1);
        let Self { path, manifest } = self.clone();
        tokio::task::spawn_blocking(move || {
            let read = || -> Result<(), BackupError> {
                let mut zip = open_zip(&path)?;
                for member in &manifest.members {
                    let Some(key) = member.name.strip_prefix(BLOBS) else {
                        continue;
                    };
                    let mut bytes = Vec::new();
                    zip.by_name(&member.name)
                        .map_err(|error| damaged(&member.name, error))?
                        .read_to_end(&mut bytes)
                        .map_err(|error| damaged(&member.name, error))?;
                    let key = key.to_owned();
                    if sender.blocking_send(Ok(Blob { key, bytes })).is_err() {
                        break;
                    }
                }
                Ok(())
            };
            if let Err(error) = read() {
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    /// Lines of a table, some at a time.
    pub(super) fn lines(
        &self,
        table: &str,
        at_once: usize,
    ) -> mpsc::Receiver<Result<Vec<String>, BackupError>> {
        let (sender, receiver) = mpsc::channel(2);
        let (path, member) = (self.path.clone(), table_member(table));
        tokio::task::spawn_blocking(move || {
            let read = || -> Result<(), BackupError> {
                let mut zip = open_zip(&path)?;
                let content = zip
                    .by_name(&member)
                    .map_err(|error| damaged(&member, error))?;
                let mut lines = BufReader::with_capacity(PIECE, content).lines();
                loop {
                    let some: Vec<String> = lines
                        .by_ref()
                        .take(at_once)
                        .collect::<Result<_, _>>()
                        .map_err(|error| damaged(&member, error))?;
                    if some.is_empty() || sender.blocking_send(Ok(some)).is_err() {
                        return Ok(());
                    }
                }
            };
            if let Err(error) = read() {
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }
}

fn damaged(what: &str, why: impl std::fmt::Display) -> BackupError {
    BackupError::Damaged(format!("{what}: {why}"))
}

fn open_zip(path: &Path) -> Result<ZipArchive<BufReader<File>>, BackupError> {
    let file = File::open(path).map_err(failed(path))?;
    ZipArchive::new(BufReader::with_capacity(PIECE, file))
        .map_err(|error| damaged("its list of members", error))
}

fn check(path: &Path) -> Result<Manifest, BackupError> {
    check_seal(path)?;
    let mut zip = open_zip(path)?;
    let manifest = read_manifest(&mut zip)?;
    if zip.len() != manifest.members.len() + 1 {
        return Err(damaged("its list of members", "the manifest lists others"));
    }
    for member in &manifest.members {
        let lines = check_member(&mut zip, member)?;
        let table = manifest
            .tables
            .iter()
            .find(|table| table_member(&table.name) == member.name);
        if table.is_some_and(|table| table.rows != lines) {
            return Err(damaged(&member.name, "it has another number of rows"));
        }
    }
    Ok(manifest)
}

fn check_seal(path: &Path) -> Result<(), BackupError> {
    let mut file = File::open(path).map_err(failed(path))?;
    let (digest, length) = digest_before_seal(&mut file).map_err(failed(path))?;
    let Some(start) = length.checked_sub((SEAL.len() + DIGEST) as u64) else {
        return Err(BackupError::NotABackup(path.to_owned()));
    };
    let mut end = vec![0; SEAL.len() + DIGEST];
    file.read_exact_at(&mut end, start).map_err(failed(path))?;
    let (mark, sealed) = end.split_at(SEAL.len());
    if sealed == digest.as_bytes() {
        Ok(())
    } else if mark == SEAL.as_bytes() {
        Err(damaged("its checksum", "not what was written"))
    } else {
        Err(BackupError::NotABackup(path.to_owned()))
    }
}

fn read_manifest(zip: &mut ZipArchive<BufReader<File>>) -> Result<Manifest, BackupError> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    let mut text = String::new();
    zip.by_name(MANIFEST)
        .map_err(|error| damaged(MANIFEST, error))?
        .take(MANIFEST_LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| damaged(MANIFEST, error))?;
    // The format first: what follows it may mean something else in a newer one.
    let head: Head = serde_json::from_str(&text).map_err(|error| damaged(MANIFEST, error))?;
    if head.format > FORMAT {
        return Err(BackupError::Newer {
            what: "format",
            found: i64::from(head.format),
            known: i64::from(FORMAT),
        });
    }
    serde_json::from_str(&text).map_err(|error| damaged(MANIFEST, error))
}

/// Number of lines of a member that is what the manifest says.
fn check_member(
    zip: &mut ZipArchive<BufReader<File>>,
    member: &Member,
) -> Result<u64, BackupError> {
    let name = &member.name;
    // One byte more than there may be: enough to see that it is too long.
    let mut content = zip
        .by_name(name)
        .map_err(|error| damaged(name, error))?
        .take(member.bytes.saturating_add(1));
    let (mut digest, mut lines, mut length) = (Sha256::new(), 0, 0);
    let mut piece = vec![0; PIECE];
    loop {
        let n = content
            .read(&mut piece)
            .map_err(|error| damaged(name, error))?;
        if n == 0 {
            break;
        }
        digest.update(&piece[..n]);
        length += n as u64;
        lines += piece[..n].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    if length != member.bytes || hex(&digest.finalize()) != member.sha256 {
        return Err(damaged(name, "not what was written"));
    }
    Ok(lines)
}

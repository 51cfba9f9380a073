//! `hallway backup` and `hallway restore`: the record, with the blobs that
//! belong to it. The archive and the record's part of it are the store's.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hallway_blob::{Blobs, Key};
use hallway_model::time::{Timestamp, Zone};
use hallway_store::backups::{Archive, Backup, Manifest, dump, restore};

use crate::config::Config;

/// `hallway-backup-20261122T194145Z.zip`
pub fn usual_name(now: Timestamp) -> PathBuf {
    let time = now.in_zone(&Zone::utc()).strftime("%Y%m%dT%H%M%SZ");
    format!("hallway-backup-{time}.zip").into()
}

/// Writes everything into `path`, while the server may run. The record is read
/// first: the blobs it speaks of were whole before it did.
pub async fn back_up(config: &Config, path: &Path, now: Timestamp) -> anyhow::Result<Manifest> {
    if let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        bail!(
            "there is no database at {}: nothing to back up",
            file.display()
        );
    }
    let mut archive = Archive::create(path.to_owned()).await?;
    match fill(config, &mut archive, now).await {
        Ok(snapshot) => Ok(archive.finish(snapshot).await?),
        Err(error) => {
            archive.abandon().await;
            Err(error)
        }
    }
}

async fn fill(
    config: &Config,
    archive: &mut Archive,
    now: Timestamp,
) -> anyhow::Result<hallway_store::backups::Snapshot> {
    let snapshot = dump(&config.database(), archive, now).await?;
    for (key, path) in blobs(config.blob_folder()).await? {
        archive.add_blob(&key, path).await?;
    }
    Ok(snapshot)
}

/// Keys and files of every blob, sorted; temporary files begin with a dot and
/// are none.
async fn blobs(root: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let root = root.to_owned();
    let shown = root.display().to_string();
    let walked = tokio::task::spawn_blocking(move || walk(&root)).await?;
    walked.with_context(|| format!("the blob folder {shown}"))
}

fn walk(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Never made, or removed while we walk.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            let key = path.strip_prefix(root).ok().and_then(Path::to_str);
            if let Some(key) = key.and_then(|key| Key::new(key).ok()) {
                found.push((key.as_str().to_owned(), path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Checks that a backup is whole and would be taken by this program.
pub async fn verify(path: &Path) -> anyhow::Result<Manifest> {
    let backup = Backup::open(path.to_owned()).await?;
    Ok(backup.manifest().clone())
}

/// Puts a whole backup into an empty installation, or leaves it empty.
pub async fn put_back(config: &Config, path: &Path) -> anyhow::Result<Manifest> {
    let backup = Backup::open(path.to_owned()).await?;
    let folder = config.blob_folder();
    if let Some((key, _)) = blobs(folder).await?.first() {
        bail!(
            "{} holds blobs already ({key}): restore into an empty data folder (--data)",
            folder.display()
        );
    }
    std::fs::create_dir_all(&config.data).with_context(|| config.data.display().to_string())?;
    let target = Blobs::disk(folder).await?;
    let restored = async {
        put_blobs(&backup, &target).await?;
        // Last, since it is all or nothing: a record never speaks of blobs
        // that are still to come.
        restore(&config.database(), &backup).await?;
        anyhow::Ok(())
    }
    .await;
    if let Err(error) = restored {
        for (key, _) in blobs(folder).await? {
            target.delete(&Key::new(key)?).await?;
        }
        return Err(error);
    }
    Ok(backup.manifest().clone())
}

async fn put_blobs(backup: &Backup, target: &Blobs) -> anyhow::Result<()> {
    let mut blobs = backup.blobs();
    while let Some(blob) = blobs.recv().await {
        let blob = blob?;
        let key = Key::new(blob.key.as_str()).with_context(|| format!("blob {}", blob.key))?;
        target.put(&key, blob.bytes.into()).await?;
    }
    Ok(())
}

/// One line on what a backup holds.
pub fn describe(manifest: &Manifest) -> String {
    let bytes: u64 = manifest.members.iter().map(|member| member.bytes).sum();
    format!(
        "{} rows in {} tables (schema {}) and {} blobs, {:.1} MB before compression, taken {}",
        manifest.rows(),
        manifest.tables.len(),
        manifest.schema,
        manifest.blobs(),
        bytes as f64 / 1e6,
        manifest.created.rfc3339(&Zone::utc()),
    )
}

#[cfg(test)]
mod tests;

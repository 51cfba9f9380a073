//! Backups: the whole record in one verified file, taken while the server
//! runs and restored into either database.
//!
//! The file is a ZIP archive with a manifest, one member of JSON lines per
//! table, read in a single snapshot, and whatever the caller adds (the server
//! adds blobs). Tables and columns are found by asking the database, so a new
//! table needs no code here. Where a backup is kept and when it is taken are
//! the caller's to decide.

mod archives;
mod dumps;
mod restores;
mod rows;
mod schemas;
#[cfg(test)]
mod tests;
mod transactions;

use std::path::PathBuf;

use hallway_model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::Engine;
use crate::error::StoreError;

pub use archives::{Archive, Backup, Blob};
pub use dumps::{Snapshot, dump};
pub use restores::restore;

/// The layout of the archive itself; the tables have their own version.
const FORMAT: u32 = 1;

/// What a backup holds: the archive's `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the schema the tables have.
    pub schema: i64,
    /// Milliseconds since 1970: when the snapshot was taken.
    pub created: Timestamp,
    /// The database it was taken from; it restores into either.
    pub engine: Engine,
    pub tables: Vec<Table>,
    /// Every other member, in the order of the archive.
    pub members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub rows: u64,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// The words our schema is written in, and how a row writes their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Hyphenated text.
    Uuid,
    Text,
    Boolean,
    /// 64 bits with a sign.
    Integer,
}

/// One file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    /// Before compression.
    pub bytes: u64,
    /// Hex of the SHA-256 of those bytes.
    pub sha256: String,
}

impl Manifest {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    pub fn blobs(&self) -> usize {
        self.members
            .iter()
            .filter(|member| member.name.starts_with(archives::BLOBS))
            .count()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} exists already: give the backup another name")]
    Exists(PathBuf),
    #[error("{path}: {source}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0} is not a backup of hallway, or its end is missing")]
    NotABackup(PathBuf),
    /// Some byte is not what was written.
    #[error("the backup is damaged ({0}): use another one; nothing was restored")]
    Damaged(String),
    #[error(
        "the backup was made by a newer version of hallway ({what} {found}, this program knows {known}): update the program"
    )]
    Newer {
        what: &'static str,
        found: i64,
        known: i64,
    },
    #[error(
        "the database holds data already: restore into an empty one (another --data folder or --database-url)"
    )]
    NotEmpty,
    #[error("the database is empty: there is nothing to back up")]
    NothingThere,
    /// Our bug: a migration used a word that backups do not know.
    #[error("column {table}.{column} is of type {found}, which backups do not know")]
    UnknownType {
        table: String,
        column: String,
        found: String,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the backup stopped: {0}")]
    Stopped(String),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

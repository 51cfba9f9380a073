//! What can go wrong with the record, by what the caller can do about it.

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later: the database is away, locked, full or over capacity.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Somebody else was first: a unique key exists already.
    #[error("the record exists already ({0})")]
    Duplicate(String),
    /// The schema is newer than this program.
    #[error(
        "the database was written by a newer version of hallway (schema {found}, this program knows {known}): update the program"
    )]
    NewerSchema { found: i64, known: i64 },
    /// A stored value that the model refuses: our bug, or a damaged file.
    #[error("a stored {what} does not read: {why}")]
    Damaged { what: &'static str, why: String },
    #[error("database: {0}")]
    Other(String),
}

impl StoreError {
    pub(crate) fn damaged(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Damaged {
            what,
            why: why.to_string(),
        }
    }

    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate(_))
    }
}

/// SQLite's primary result codes that pass: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
const SQLITE_PASSING: [i64; 5] = [5, 6, 10, 13, 14];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => {
                Self::Duplicate(inner.constraint().unwrap_or("unique").to_owned())
            }
            sqlx::Error::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                let sqlite = code
                    .parse::<i64>()
                    .is_ok_and(|c| code.len() < 5 && SQLITE_PASSING.contains(&(c & 0xff)));
                // PostgreSQL classes 08 connection, 40 rollback, 53 resources, 57 intervention.
                let postgres = code.len() == 5
                    && ["08", "40", "53", "57"]
                        .iter()
                        .any(|class| code.starts_with(class));
                if sqlite || postgres {
                    Self::Unavailable(error.to_string())
                } else {
                    Self::Other(error.to_string())
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

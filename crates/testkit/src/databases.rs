//! A fresh, empty database for one test, removed when the test drops it. What
//! goes into it is the store's business.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::postgres;

/// The databases the suite runs on: one case of a test for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
}

/// An empty database. Drop it after the pools that use it: PostgreSQL then
/// ends what is still connected.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder { _removed_on_drop: tempfile::TempDir },
    Server { maintenance: String, name: String },
}

impl TestDatabase {
    /// `sqlite:/tmp/x/hallway.db`, in a folder of its own. The file does not
    /// exist yet.
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("hallway-test-")
            .tempdir()
            .expect("the temporary folder takes a folder");
        let url = format!("sqlite:{}", folder.path().join("hallway.db").display());
        Self {
            url,
            place: Place::Folder {
                _removed_on_drop: folder,
            },
        }
    }

    /// `postgres://...`, on the runner's server (`HALLWAY_TEST_PG_URL`) or on
    /// one that this test process starts once.
    ///
    /// Panics where there is no PostgreSQL: a suite that skips a database
    /// proves nothing about it.
    pub fn postgres() -> Self {
        postgres::shared()
            .and_then(Self::on_server)
            .unwrap_or_else(|e| panic!("{e:#}"))
    }

    pub(crate) fn on_server(maintenance: &str) -> anyhow::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "hallway_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::SeqCst)
        );
        // An earlier process with the same id may have been killed before its drop.
        let statements = [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ];
        postgres::execute(maintenance, &statements)?;
        let url = postgres::sibling(maintenance, &name);
        Ok(Self {
            url,
            place: Place::Server {
                maintenance: maintenance.to_owned(),
                name,
            },
        })
    }

    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::sqlite(),
            Kind::Postgres => Self::postgres(),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn kind(&self) -> Kind {
        match self.place {
            Place::Folder { .. } => Kind::Sqlite,
            Place::Server { .. } => Kind::Postgres,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Server { maintenance, name } = &self.place {
            let dropped = postgres::execute(
                maintenance,
                &[format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")],
            );
            if let Err(error) = dropped {
                // The server goes away with its folder, so this leaks nothing for long.
                eprintln!("the test database {name} stays: {error:#}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_sqlite_database_takes_its_folder_with_it() {
        let database = TestDatabase::sqlite();
        let file = database.url().strip_prefix("sqlite:").unwrap().to_owned();
        std::fs::write(&file, b"rows").unwrap();
        drop(database);
        assert!(!Path::new(&file).exists());
    }

    #[test]
    fn two_postgres_databases_do_not_share_tables_and_are_dropped() {
        let one = TestDatabase::postgres();
        let two = TestDatabase::postgres();
        postgres::execute(one.url(), &["CREATE TABLE sock (n BIGINT)".into()]).unwrap();
        let elsewhere = postgres::execute(two.url(), &["SELECT n FROM sock".into()]);
        assert!(
            elsewhere
                .unwrap_err()
                .to_string()
                .contains("does not exist")
        );

        let url = one.url().to_owned();
        drop(one);
        let gone = postgres::execute(&url, &["SELECT 1".into()]).unwrap_err();
        assert!(gone.to_string().contains("does not exist"), "{gone}");
    }
}

//! A PostgreSQL server of our own: `initdb` in a temporary folder, on a free
//! loopback port, never as root, stopped and removed with whoever started it.
//!
//! The server runs under a small shell that waits for the end of its standard
//! input. That end comes when the owner drops it and just as well when the
//! owner is killed, so no server outlives its tests; a parent-death signal
//! was refused because it follows the starting *thread*, and test threads are
//! short.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use anyhow::{Context, anyhow, bail};

use crate::TestDatabase;

/// The variable by which a runner hands one server to many test processes.
pub const URL_VARIABLE: &str = "HALLWAY_TEST_PG_URL";

/// How to get PostgreSQL where there is none.
const MISSING: &str = "PostgreSQL is not installed: as root run `apt-get install postgresql`";

/// `$1` server binary, `$2` data folder, `$3` port, `$4` folder to remove.
/// After the start only the server holds standard error: its end tells the
/// reader that the server is gone.
const GUARD: &str = r#"
"$1" -D "$2" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=64MB -c autovacuum=off &
server=$!
exec 2>/dev/null
cat >/dev/null
kill -INT "$server"
wait "$server"
rm -rf "$4"
"#;

/// A running server. Durability is off: it serves tests, which outlive no
/// power cut.
#[derive(Debug)]
pub struct PrivatePostgres {
    guard: Child,
    port: u16,
}

impl PrivatePostgres {
    pub fn start() -> anyhow::Result<Self> {
        let binaries = find_binaries().context(MISSING)?;
        let mut last = anyhow!("no port was free");
        // Between finding a free port and the server taking it, another may have.
        for _ in 0..5 {
            match Self::start_on(&binaries, free_port()?) {
                Ok(server) => return Ok(server),
                Err(error) if error.to_string().contains("Address already in use") => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn start_on(binaries: &Path, port: u16) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("hallway-postgres-")
            .tempdir()?;
        let runner = Runner::choose()?;
        runner.own(folder.path())?;
        let data = folder.path().join("data");

        let initdb = runner
            .command(&binaries.join("initdb"))
            .args([
                "--username=hallway",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
            ])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .context("initdb could not be run")?;
        if !initdb.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&initdb.stderr).trim()
            );
        }

        let mut guard = runner
            .command(Path::new("/bin/sh"))
            .args(["-c", GUARD, "hallway-postgres"])
            .arg(binaries.join("postgres"))
            .arg(&data)
            .arg(port.to_string())
            .arg(folder.path())
            .current_dir("/")
            // A terminal's Ctrl-C must reach the owner alone; the guard stops
            // the server once the owner is gone.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("/bin/sh could not be run")?;
        // From here on the guard removes the folder.
        let _ = folder.keep();

        let log = guard.stderr.take().context("the server has a log")?;
        let mut lines = BufReader::new(log).lines();
        let mut said = Vec::new();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| {
            let ready = line.contains("ready to accept connections");
            said.push(line);
            ready
        });
        let server = Self { guard, port };
        if !ready {
            bail!("PostgreSQL did not start: {}", said.join(" / "));
        }
        // The log must be read on or a full pipe would stop the server.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(server)
    }

    /// `postgres://hallway@127.0.0.1:PORT/postgres`, a role that may create
    /// databases.
    pub fn url(&self) -> String {
        format!("postgres://hallway@127.0.0.1:{}/postgres", self.port)
    }

    /// The process that all of the server's descend from.
    pub fn process(&self) -> u32 {
        self.guard.id()
    }

    /// A fresh, empty database of this server; drop it before the server.
    pub fn database(&self) -> anyhow::Result<TestDatabase> {
        TestDatabase::on_server(&self.url())
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("the private PostgreSQL was not awaited: {error}");
        }
    }
}

/// Address of the server that this process's tests share: the runner's, or
/// one started at the first question. It ends with the process.
pub fn shared() -> anyhow::Result<&'static str> {
    static SHARED: OnceLock<Result<(String, Option<PrivatePostgres>), String>> = OnceLock::new();
    SHARED
        .get_or_init(|| match std::env::var(URL_VARIABLE) {
            Ok(url) if !url.is_empty() => Ok((url, None)),
            _ => match PrivatePostgres::start() {
                Ok(server) => Ok((server.url(), Some(server))),
                Err(error) => Err(format!("{error:#}")),
            },
        })
        .as_ref()
        .map(|(url, _)| url.as_str())
        .map_err(|error| anyhow!("{error}"))
}

/// Runs each statement by itself, outside a transaction.
pub fn execute(url: &str, statements: &[String]) -> anyhow::Result<()> {
    let psql = find_binaries().context(MISSING)?.join("psql");
    let mut command = Command::new(&psql);
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--dbname",
        url,
    ]);
    for statement in statements {
        command.args(["--command", statement]);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("psql could not be run")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// The address of another database of the same server.
pub fn sibling(url: &str, database: &str) -> String {
    let (address, query) = url
        .split_once('?')
        .map_or((url, None), |(a, q)| (a, Some(q)));
    let host = address
        .trim_end_matches('/')
        .rsplit_once('/')
        .map_or(address, |(host, _)| host);
    match query {
        Some(query) => format!("{host}/{database}?{query}"),
        None => format!("{host}/{database}"),
    }
}

/// The folder with `initdb`, `postgres` and `psql`: the newest of Debian's,
/// else the first of the path.
pub fn find_binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let version = |folder: &Path| -> u32 {
        let parent = folder
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        parent.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders: Vec<PathBuf> = installed
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(complete)
        .collect();
    folders.sort_by_key(|folder| version(folder));
    folders
        .pop()
        .or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(complete))
}

/// Who runs the server: we ourselves, or another user where we are root,
/// because PostgreSQL refuses root.
struct Runner {
    other: Option<(u32, u32)>,
}

impl Runner {
    fn choose() -> anyhow::Result<Self> {
        let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        if !root {
            return Ok(Self { other: None });
        }
        let users =
            std::fs::read_to_string("/etc/passwd").context("/etc/passwd is not readable")?;
        let other = ["postgres", "nobody"]
            .iter()
            .find_map(|name| user_ids(&users, name));
        Ok(Self {
            other: Some(other.context("there is no user `postgres` or `nobody`")?),
        })
    }

    fn own(&self, folder: &Path) -> anyhow::Result<()> {
        if let Some((user, group)) = self.other {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        // The messages that are waited for must not be translated.
        command.env("LC_ALL", "C");
        command
    }
}

/// User and group number of a line of passwd(5).
fn user_ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_from_passwd() {
        let users = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/none\n";
        assert_eq!(user_ids(users, "nobody"), Some((65_534, 65_533)));
        assert_eq!(user_ids(users, "no"), None);
    }

    #[test]
    fn a_sibling_keeps_host_and_options() {
        let url = "postgres://hallway@127.0.0.1:5/postgres?sslmode=disable";
        assert_eq!(
            sibling(url, "t"),
            "postgres://hallway@127.0.0.1:5/t?sslmode=disable"
        );
        assert_eq!(
            sibling("postgres://h@[::1]:5/postgres", "t"),
            "postgres://h@[::1]:5/t"
        );
    }

    #[test]
    fn a_dropped_server_is_gone_with_its_folder() {
        let server = PrivatePostgres::start().unwrap();
        execute(&server.url(), &["SELECT 1".into()]).unwrap();
        let port = server.port;
        let guard = server.guard.id();
        let arguments = std::fs::read(format!("/proc/{guard}/cmdline")).unwrap();
        let folder = arguments
            .split(|b| *b == 0)
            .rfind(|a| !a.is_empty())
            .unwrap()
            .to_vec();
        let folder = PathBuf::from(String::from_utf8(folder).unwrap());
        assert!(folder.join("data/PG_VERSION").exists());
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn a_server_that_cannot_start_says_why() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = PrivatePostgres::start_on(&find_binaries().unwrap(), port).unwrap_err();
        assert!(
            error.to_string().contains("Address already in use"),
            "{error:#}"
        );
    }
}

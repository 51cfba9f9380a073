//! `hallway doctor`: looks at everything an installation stands on, changes
//! nothing, and says of each what was seen and what to do.

mod ground;
mod network;
#[cfg(test)]
mod tests;

use hallway_model::time::Timestamp;
use hallway_store::{Engine, SchemaState, checks};
use serde::Serialize;

use crate::config::Config;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub status: Status,
    pub name: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do; empty where nothing is.
    pub advice: String,
}

impl Check {
    fn ok(name: &'static str, seen: impl Into<String>) -> Self {
        Self {
            status: Status::Ok,
            name,
            seen: seen.into(),
            advice: String::new(),
        }
    }

    fn warn(name: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            status: Status::Warn,
            name,
            seen: seen.into(),
            advice: advice.into(),
        }
    }

    fn fail(name: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            name,
            seen: seen.into(),
            advice: advice.into(),
        }
    }
}

/// `ok|warn|fail  name  what was seen  what to do`
impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
        };
        write!(f, "{word:<4}  {:<8}  {}", self.name, self.seen)?;
        if !self.advice.is_empty() {
            write!(f, "  -> {}", self.advice)?;
        }
        Ok(())
    }
}

/// Everything, in the order in which it is needed. Takes as long as the mail
/// server and SQLite's check of its whole file.
pub async fn examine(config: &Config, now: Timestamp) -> Vec<Check> {
    let (database, ports, ffmpeg, mail) = tokio::join!(
        look_at_database(config, now),
        network::ports(config),
        ground::ffmpeg(),
        mail(config),
    );
    let (database, clock) = database;
    let mut checks = vec![database];
    checks.extend(ground::storage(config));
    checks.extend(ports);
    checks.push(ffmpeg);
    checks.push(mail);
    checks.push(clock.unwrap_or_else(|| ground::clock(config, now)));
    checks.push(network::tls(config, now));
    checks.push(network::base_url(config));
    checks
}

/// The database, and what its clock says where it has one.
async fn look_at_database(config: &Config, now: Timestamp) -> (Check, Option<Check>) {
    let name = "database";
    let place = config.shown_database_url();
    if let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        let seen = format!("{place} does not exist yet; the first start makes it");
        return (Check::ok(name, seen), None);
    }
    let health = match checks::check(&config.database()).await {
        Ok(health) => health,
        Err(error) => {
            let advice = match config.sqlite_file() {
                Some(_) => "check that the file is a SQLite database and whose it is",
                None => "check that PostgreSQL runs, and host, user and password in database_url",
            };
            return (Check::fail(name, format!("{place}: {error}"), advice), None);
        }
    };
    let engine = match health.engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let seen = format!("{engine} {} at {place}", health.version);
    let known = hallway_store::SCHEMA_VERSION;
    let check = if let Some(damage) = &health.damage {
        let advice = "stop the server, keep the file, and restore the last backup";
        Check::fail(name, format!("{seen} is damaged: {damage}"), advice)
    } else if let Some(why) = &health.read_only {
        let advice = "let the user who runs hallway write there, or make room";
        Check::fail(name, format!("{seen} cannot be written: {why}"), advice)
    } else {
        match health.schema {
            SchemaState::Current => Check::ok(name, format!("{seen}, schema {known}, writable")),
            SchemaState::Empty => Check::ok(name, format!("{seen} is empty and writable")),
            SchemaState::Behind { found } => Check::warn(
                name,
                format!("{seen} has schema {found} of {known}"),
                "run `hallway backup`, then `hallway migrate`; the next start would migrate too",
            ),
            SchemaState::Newer { found } => Check::fail(
                name,
                format!("{seen} has schema {found}, this program knows {known}"),
                "update the program, or restore a backup of before",
            ),
        }
    };
    let clock = health
        .clock
        .map(|theirs| ground::compare_clocks(now, theirs, "the database's clock"));
    (check, clock)
}

async fn mail(config: &Config) -> Check {
    let name = "mail";
    let mailer = match config.mailer() {
        Ok(mailer) => mailer,
        Err(error) => return Check::fail(name, error, "correct smtp_url or mail_from"),
    };
    // Checking a folder would make it, and we leave everything as it was.
    let nothing_to_try = config.smtp_url.is_none() && !config.mailbox_folder().exists();
    let tried = match nothing_to_try {
        true => Ok(()),
        false => mailer.check().await,
    };
    match tried {
        Ok(()) if config.smtp_url.is_none() => Check::warn(
            name,
            format!("{mailer}: mail is put there and reaches nobody"),
            "set smtp_url so that people get their sign-in links",
        ),
        Ok(()) => Check::ok(name, format!("{mailer} takes mail")),
        Err(error) => Check::fail(
            name,
            format!("{mailer}: {error}"),
            "check smtp_url, the password, and that this machine may reach the server",
        ),
    }
}

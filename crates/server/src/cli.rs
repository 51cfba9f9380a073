//! The command line: its words and flags. What each command does is in
//! `commands`, `backup` and `doctor`; wrong usage ends here with code 2.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Sources;

/// Hallway: virtual summits on your own machine.
#[derive(Debug, Parser)]
#[command(name = "hallway", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub settings: Settings,
}

/// Settings by flag; each is also a variable and a key of the file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings (`hallway config --reference` explains all)")]
pub struct Settings {
    /// Configuration file [default: hallway.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the installation [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<String>,
    /// Where pages are served; port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// How people reach the installation
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// sqlite:FILE or postgres://...
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where streaming software publishes to
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub rtmp_listen: Option<String>,
    /// Where what browsers send comes in, by UDP
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub media_listen: Option<String>,
    /// Certificate chain in PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// Private key in PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// human or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// error, warn, info, debug, trace, or a filter
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

impl Settings {
    /// These flags over the process's environment.
    pub fn sources(&self) -> Sources {
        let flags = [
            ("data", &self.data),
            ("listen", &self.listen),
            ("base_url", &self.base_url),
            ("database_url", &self.database_url),
            ("rtmp_listen", &self.rtmp_listen),
            ("media_listen", &self.media_listen),
            ("tls_cert", &self.tls_cert),
            ("tls_key", &self.tls_key),
            ("log.format", &self.log_format),
            ("log.level", &self.log_level),
        ];
        Sources {
            file: self.config.clone(),
            variables: Sources::environment(),
            flags: flags
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.clone()?)))
                .collect(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a living example summit, with nothing to configure
    Demo,
    /// Run the installation
    Serve,
    /// Print the effective configuration, passwords masked
    Config {
        /// Print the reference of all settings instead
        #[arg(long)]
        reference: bool,
    },
    /// Bring in what other programs wrote
    #[command(subcommand)]
    Import(Import),
    /// Write what other programs read
    #[command(subcommand)]
    Export(Export),
    /// Accounts, roles and ways in
    #[command(subcommand)]
    User(User),
    /// Stages
    #[command(subcommand)]
    Stage(Stage),
    /// Play attendees against a running event, and tell how it went
    Rehearse {
        /// The event's slug
        #[arg(long)]
        event: String,
        /// How many take part (at most 20,000)
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=20_000))]
        people: u32,
        /// How long (at most 600)
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
        minutes: u32,
        /// In place of minutes, to try the command itself
        #[arg(long, hide = true)]
        seconds: Option<u32>,
        /// Where the event is reached [default: where this installation serves it]
        #[arg(long)]
        url: Option<String>,
        /// Only make the guests, and print a token for each: for --with
        #[arg(long, conflicts_with = "with")]
        tokens: bool,
        /// Play the guests of these tokens, from a machine that has no database
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
        /// Even where the event is not marked as a rehearsal
        #[arg(long)]
        yes_really: bool,
        /// Print the report as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Become another program that may read pipes and libraries, and nothing else
    #[command(hide = true)]
    Confine {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<std::ffi::OsString>,
    },
    /// Play the guests of a rehearsal for the server that starts this
    #[command(hide = true)]
    Guests,
    /// Bring the database's schema up to date
    Migrate,
    /// Check database, storage, ports, ffmpeg, mail, clock and TLS, and say what to do
    Doctor {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Write everything into one verified file, while the server runs
    Backup {
        /// The file to write [default: hallway-backup-TIME.zip here]
        file: Option<PathBuf>,
    },
    /// Put a backup into an empty database and data folder
    Restore {
        file: PathBuf,
        /// Only check that the file is whole
        #[arg(long)]
        verify: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// A schedule in frab, pentabarf or c3voc XML or JSON; creates the event when it is new
    Schedule {
        /// The event's slug
        #[arg(long)]
        event: String,
        /// Time zone of a file that names none, such as Europe/Brussels
        #[arg(long)]
        zone: Option<String>,
        /// Print the outcome as one JSON object
        #[arg(long)]
        json: bool,
        /// A file, - for standard input, or an address
        #[arg(value_name = "FILE|URL")]
        source: String,
    },
    /// The public channels of a Slack workspace's export into an event's chat
    Slack {
        /// The event's slug
        #[arg(long)]
        event: String,
        /// Print the outcome as one JSON object
        #[arg(long)]
        json: bool,
        /// The ZIP file as Slack makes it
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Export {
    /// The schedule, to standard output
    Schedule {
        /// The event's slug
        #[arg(long)]
        event: String,
        #[arg(long)]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Xml,
    Json,
    Ics,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
    },
    /// Give a role: for one event, for one of its rooms, or for the installation
    Grant {
        #[arg(long)]
        email: String,
        #[arg(long)]
        role: String,
        /// The event's slug
        #[arg(long)]
        event: Option<String>,
        /// The room's slug
        #[arg(long, requires = "event")]
        room: Option<String>,
    },
    /// Print a link that signs in, once, within 15 minutes
    SignInLink {
        #[arg(long)]
        email: String,
    },
    /// Print a new token for the API
    Token {
        #[arg(long)]
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Stage {
    /// Print a new stream key; the one before stops working
    Key {
        /// The event's slug
        #[arg(long)]
        event: String,
        /// The room's slug or name
        #[arg(long)]
        room: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_or_after_the_command() {
        for line in [
            "hallway --data d serve --listen 127.0.0.1:0",
            "hallway serve --data d --listen 127.0.0.1:0",
        ] {
            let sources = parse(line).unwrap().settings.sources();
            let flags = [
                ("data", "d".to_owned()),
                ("listen", "127.0.0.1:0".to_owned()),
            ];
            assert_eq!(sources.flags, flags, "{line}");
        }
    }

    #[test]
    fn every_flag_of_a_setting_exists_and_every_flag_is_of_a_setting() {
        let command = Cli::command();
        let mut flags: Vec<&str> = command
            .get_arguments()
            .filter_map(clap::Arg::get_long)
            .filter(|flag| !matches!(*flag, "config" | "help" | "version"))
            .collect();
        let mut table: Vec<&str> = crate::config::flags().collect();
        flags.sort_unstable();
        table.sort_unstable();
        assert_eq!(flags, table);
    }

    #[test]
    fn wrong_usage_has_code_two() {
        for line in [
            "hallway",
            "hallway serv",
            "hallway export schedule --event a --format pdf",
            "hallway user grant --email a@example.org --role moderator --room main",
            "hallway restore",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        assert_eq!(parse("hallway restore --help").unwrap_err().exit_code(), 0);
        parse("hallway import schedule --event a --json -").unwrap();
    }
}

//! What each command of the command line does, one file each. They print what
//! a person or a script reads, and fail with one clear line.

pub mod confine;
mod demo;
mod export_schedule;
pub mod import_schedule;
mod import_slack;
pub(crate) mod rehearse;
mod serve;
mod stage_key;
mod users;

use std::process::ExitCode;

use anyhow::Context;
use hallway_service::Service;
use hallway_service::exports::Format;
use hallway_stage::Transcoder;
use hallway_store::Database;

use crate::app::{Surroundings, open_service};
use crate::cli::{self, Cli, Command};
use crate::clock::{OsRandom, SystemClock};
use crate::config::{self, Config, Loaded};
use crate::telemetry::start_log;
use crate::{backup, doctor};

/// Carries out what the command line asks for.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut sources = cli.settings.sources();
    if let Command::Config { reference: true } = cli.command {
        print!("{}", config::reference());
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Guests = cli.command {
        rehearse::led::run().await?;
        return Ok(ExitCode::SUCCESS);
    }
    // A demo without a folder of its own gets a fresh one, and takes any free
    // RTMP port: nothing in it is configured by anybody.
    let is_demo = matches!(cli.command, Command::Demo);
    let temporary = is_demo && !sources.flags.iter().any(|(key, _)| *key == "data");
    if temporary {
        sources
            .flags
            .push(("data", demo::temporary_folder().display().to_string()));
    }
    if is_demo && !sources.flags.iter().any(|(key, _)| *key == "rtmp_listen") {
        sources
            .flags
            .push(("rtmp_listen", "127.0.0.1:0".to_owned()));
    }
    let mut loaded = Config::load(&sources)?;
    // So that a browser can be told, and a programme fetched, when somebody asks
    // for it; by itself the demo calls nobody.
    if is_demo && !loaded.sets("outbound.enabled") {
        loaded.config.outbound.enabled = true;
    }
    start_log(&loaded.config.log)?;
    Box::pin(dispatch(cli.command, &loaded, temporary)).await
}

async fn dispatch(command: Command, loaded: &Loaded, temporary: bool) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let now = || SystemClock::clock().now();
    match command {
        Command::Demo => demo::run(config, temporary).await?,
        Command::Serve => serve::run(config).await?,
        Command::Config { .. } => print!("{}", loaded.describe()),
        Command::Import(cli::Import::Schedule {
            event,
            zone,
            json,
            source,
        }) => {
            import_schedule::run(
                config,
                import_schedule::Arguments {
                    event,
                    zone,
                    json,
                    source,
                },
            )
            .await?;
        }
        Command::Import(cli::Import::Slack { event, json, file }) => {
            import_slack::run(config, &event, &file, json).await?;
        }
        Command::Export(cli::Export::Schedule { event, format }) => {
            let format = match format {
                cli::Format::Xml => Format::Xml,
                cli::Format::Json => Format::Json,
                cli::Format::Ics => Format::Ics,
            };
            export_schedule::run(config, &event, format).await?;
        }
        Command::User(cli::User::Create { email, name }) => {
            users::create(config, &email, &name).await?
        }
        Command::User(cli::User::Grant {
            email,
            role,
            event,
            room,
        }) => {
            users::grant(config, &email, &role, event, room).await?;
        }
        Command::User(cli::User::SignInLink { email }) => {
            users::sign_in_link(config, &email).await?
        }
        Command::User(cli::User::Token { email }) => users::token(config, &email).await?,
        Command::Stage(cli::Stage::Key { event, room }) => {
            stage_key::run(config, &event, &room).await?
        }
        Command::Rehearse {
            event,
            people,
            minutes,
            seconds,
            url,
            tokens,
            with,
            yes_really,
            json,
        } => {
            rehearse::run(
                config,
                rehearse::Arguments {
                    event,
                    people,
                    seconds: seconds.unwrap_or(60 * minutes),
                    url,
                    tokens,
                    with,
                    yes_really,
                    json,
                },
            )
            .await?;
        }
        // Needs no configuration: see above.
        Command::Guests | Command::Confine { .. } => {}
        Command::Migrate => migrate(config).await?,
        Command::Doctor { json } => return Box::pin(examine(config, json)).await,
        Command::Backup { file } => {
            let file = file.unwrap_or_else(|| backup::usual_name(now()));
            let manifest = backup::back_up(config, &file, now()).await?;
            println!("{}: {}", file.display(), backup::describe(&manifest));
        }
        Command::Restore { file, verify: true } => {
            println!("whole: {}", backup::describe(&backup::verify(&file).await?));
        }
        Command::Restore {
            file,
            verify: false,
        } => {
            println!(
                "restored: {}",
                backup::describe(&backup::put_back(config, &file).await?)
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data).with_context(|| config.data.display().to_string())?;
    let db = Database::open(&config.database()).await?;
    db.close().await;
    println!("schema {} is in place", hallway_store::SCHEMA_VERSION);
    Ok(())
}

async fn examine(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let checks = Box::pin(doctor::examine(config, SystemClock::clock().now())).await;
    if json {
        println!("{}", serde_json::to_string(&checks)?);
    } else {
        for check in &checks {
            println!("{check}");
        }
    }
    let failed = checks
        .iter()
        .any(|check| check.status == doctor::Status::Fail);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
/// The service for a command that runs beside, or without, a server.
async fn service(config: &Config) -> anyhow::Result<Service> {
    let surroundings = Surroundings {
        clock: SystemClock::clock(),
        random: OsRandom::random(),
        base_url: config.base_url(config.listen),
        demo: false,
        certificates: None,
        transcoder: Transcoder::default(),
        metrics: Box::new(String::new),
    };
    open_service(config, &surroundings).await
}

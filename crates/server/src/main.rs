//! The binary `hallway`.

use std::process::ExitCode;

use clap::Parser;
use hallway_server::cli::{Cli, Command};
use hallway_server::commands;

fn main() -> ExitCode {
    // One crypto provider for everything that speaks TLS.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    if let Command::Confine { command } = &cli.command {
        // Before there is a second thread.
        return match commands::confine::run(command) {
            Ok(never) => match never {},
            Err(error) => fail(&error),
        };
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

/// One clear line, and code 1: clap has answered wrong usage with 2.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("hallway: {error:#}");
    ExitCode::FAILURE
}

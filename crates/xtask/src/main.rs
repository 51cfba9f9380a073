//! `cargo xtask`: set-up, code generation, tests, demo, promises and
//! benchmarks. One subcommand per module; nothing here is in the product.

mod bench;
mod clients;
mod codegen;
mod demo;
mod places;
mod processes;
mod programmes;
mod prove;
mod servers;
mod suites;
#[cfg(test)]
mod tidy;
mod tools;
mod website;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Everything a developer of Hallway runs",
    version
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what building, testing and measuring need (as root), or names the command.
    Ensure,
    /// Builds the islands and styles that the binary embeds.
    Web,
    /// Builds everything and runs `hallway demo`.
    Demo {
        /// Handed to `hallway demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs every check and every test, one after the other.
    Test(suites::Choice),
    /// Writes the generated files.
    Codegen {
        /// Writes nothing and fails where a file is not fresh.
        #[arg(long)]
        check: bool,
    },
    /// Tries a promise against the real binary: one JSON line, void where its control did not fail.
    Prove(prove::Choice),
    /// Measures the real binary on this machine.
    Bench(bench::Choice),
    /// A reference that `bench chat` starts.
    #[command(hide = true)]
    Floor(bench::Floor),
}

fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("xtask: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(line.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            if error.is::<processes::Interrupted>() {
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Ensure => tools::ensure(tools::Purpose::Measure).await.map(drop),
        Command::Web => {
            let shell = tools::ensure(tools::Purpose::Demo).await?;
            website::build(&shell).await
        }
        Command::Demo { arguments } => demo::run(&arguments).await,
        Command::Test(choice) => suites::run(choice).await,
        Command::Codegen { check } => codegen::run(&processes::Shell::new()?, check).await,
        Command::Prove(choice) => prove::run(choice).await,
        Command::Bench(choice) => bench::run(choice).await,
        Command::Floor(choice) => bench::floor(choice).await,
    }
}

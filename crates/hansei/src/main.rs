//! Hansei: incident management in one binary.
//!
//! This crate holds no logic: it reads the command line and the configuration, composes store, senders and web around
//! the use-cases, runs the reconcilers, and speaks to a running Hansei as a client. Exit codes: 0 done, 1 refused,
//! 2 wrong usage, 3 not reachable.

mod admin;
mod cli;
mod client;
mod demo;
mod doctor;
mod maintenance;
mod options;
mod output;
mod serve;
mod settings;
mod wiring;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::output::{Failure, say};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli));
            // Reader threads or a hanging name look-up must not hold up the end.
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            done
        }
        Err(error) => Err(Failure::Unreachable(format!("cannot start: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::from(failure.code())
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let output = output::Output { json: cli.json, quiet: cli.quiet };
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Doctor(args) => doctor::run(args, output).await,
        Command::Backup { store, to } => maintenance::backup(store, &to, output).await,
        Command::Restore { from, store } => maintenance::restore(&from, store, output).await,
        Command::Verify { store } => maintenance::verify(store, output).await,
        Command::Admin(command) => admin::admin(command, output).await,
        Command::Key(command) => admin::key(command, cli.remote, output).await,
        Command::Plan { file, force } => client::plan::plan(&cli.remote, &file, force, output).await,
        Command::Apply { file, force } => client::plan::apply(&cli.remote, &file, force, output).await,
        Command::Alert(command) => client::alert::run(&cli.remote, command, output).await,
        Command::Incident(command) => client::incident::run(&cli.remote, command, output).await,
        Command::Openapi => {
            say(hansei_web::openapi());
            Ok(())
        }
        Command::Completions { shell } => {
            cli::completions(shell);
            Ok(())
        }
    }
}

//! The `keymoor` command: configuration and wiring, no decisions.

#[cfg(feature = "server")]
mod admin;
mod cli;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod data_dir;
#[cfg(feature = "server")]
mod database;
#[cfg(feature = "server")]
mod demo;
#[cfg(feature = "server")]
mod dns;
#[cfg(feature = "server")]
mod error;
#[cfg(feature = "server")]
mod gateway;
mod help;
#[cfg(feature = "server")]
mod log;
#[cfg(feature = "server")]
mod master_key;
#[cfg(feature = "server")]
mod options;
#[cfg(feature = "server")]
mod output;
#[cfg(feature = "server")]
mod secret_url;
#[cfg(feature = "server")]
mod serve;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    #[cfg(feature = "client")]
    if let Err(failure) = client::check_arguments(std::env::args_os()) {
        return failure.tell(client::wants_json(std::env::args_os()));
    }
    #[cfg(feature = "client")]
    let read = match cli::Cli::try_parse() {
        Ok(read) => read,
        Err(error) => {
            return client::misused(&error, client::wants_json(std::env::args_os()));
        }
    };
    #[cfg(not(feature = "client"))]
    let read = cli::Cli::parse();
    match read.command {
        #[cfg(feature = "client")]
        cli::Command::Client(command) => client::run(command),
        #[cfg(feature = "server")]
        cli::Command::Server(command) => operate(command),
    }
}

#[cfg(feature = "server")]
fn operate(command: cli::ServerCommand) -> ExitCode {
    let outcome = secret_url::check_arguments(std::env::args_os()).and_then(|()| match command {
        cli::ServerCommand::Serve(options) => serve::run(*options),
        cli::ServerCommand::Gateway(options) => gateway::run(&options),
        cli::ServerCommand::Demo(options) => demo::run(&options),
        cli::ServerCommand::Admin(options) => admin::run(options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keymoor: {error}");
            error.exit_code()
        }
    }
}

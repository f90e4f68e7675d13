//! The `keymoor` command: configuration and wiring, no decisions.

mod admin;
mod cli;
mod data_dir;
mod database;
mod demo;
mod dns;
mod error;
mod log;
mod master_key;
mod options;
mod output;
mod secret_url;
mod serve;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let command = cli::Cli::parse().command;
    let outcome = secret_url::check_arguments(std::env::args_os()).and_then(|()| match command {
        cli::Command::Serve(options) => serve::run(*options),
        cli::Command::Demo(options) => demo::run(&options),
        cli::Command::Admin(options) => admin::run(options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keymoor: {error}");
            error.exit_code()
        }
    }
}

//! The caller's commands: they get access tokens and call APIs with them.

/// Says something on standard error. Nobody there to read it is no failure.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod acli;
mod api;
mod arguments;
mod credential;
mod doctor;
mod exec;
mod failure;
mod guard;
mod inspect;
mod interrupt;
mod jq;
mod keys;
mod lend;
mod login;
mod looked;
mod manual;
mod memory;
mod moment;
mod orgs;
mod output;
mod profiles;
mod proxy;
mod render;
mod session;
mod status;
mod terminal;
mod token;
mod waiting;

use std::process::ExitCode;

pub(crate) use arguments::ClientCommand;
pub(crate) use failure::misused;
pub(crate) use guard::{check_arguments, wants_json};

use failure::Failure;

/// Carries a command out.
pub(crate) fn run(command: ClientCommand) -> ExitCode {
    match carry_out(command) {
        Ok(code) => code,
        Err(failure) => failure.tell(wants_json(std::env::args_os())),
    }
}

fn carry_out(command: ClientCommand) -> Result<ExitCode, Failure> {
    match command {
        ClientCommand::Login(options) => login::run(&options)?,
        ClientCommand::Logout(options) => login::logout(&options)?,
        ClientCommand::Status(options) => status::run(&options)?,
        ClientCommand::Token(options) => token::run(&options)?,
        ClientCommand::Api(options) => api::run(&options)?,
        ClientCommand::Exec(options) => return exec::run(&options),
        ClientCommand::Proxy(options) => proxy::run(&options)?,
        ClientCommand::Keys(options) => keys::run(&options)?,
        ClientCommand::Orgs(options) => orgs::run(&options)?,
        ClientCommand::Profiles(options) => profiles::run(&options)?,
        ClientCommand::Inspect(options) => looked::run(&options)?,
        ClientCommand::Doctor(options) => doctor::run(&options)?,
        ClientCommand::Credential(options) => return lend::run(&options),
        ClientCommand::Completion { shell } => manual::completion(shell)?,
        ClientCommand::Man { dir } => manual::man(dir.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

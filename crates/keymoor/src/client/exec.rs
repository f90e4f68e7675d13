use std::{
    process::{Command, ExitCode},
    time::Duration,
};

use super::{
    arguments::Exec,
    failure::{Failure, Reason},
    session::Session,
};

/// What the command must not find: it gets a token that expires, not the secret that does not.
const HIDDEN: [&str; 7] = [
    "KEYMOOR_KEY",
    "KEYMOOR_SECRET",
    "KEYMOOR_SECRET_FILE",
    "KEYMOOR_SERVER",
    "KEYMOOR_PROFILE",
    "ACLI_KEY",
    "ACLI_SECRET",
];

/// Runs the command in this one's place, so that its exit code and signals are its own.
pub(crate) fn run(options: &Exec) -> Result<ExitCode, Failure> {
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    let token = session.token(Duration::from_secs(options.min_ttl.into()), false)?;
    let Some((program, arguments)) = options.command.split_first() else {
        return Err(Failure::usage("name a command after --"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for name in HIDDEN {
        command.env_remove(name);
    }
    let expiry = token.expires_at().seconds().to_string();
    let api = session.endpoints.api_base().as_str().trim_end_matches('/');
    for (name, value) in [("ACCESS_TOKEN", token.expose()), ("ACCESS_TOKEN_EXPIRY", &expiry)] {
        command.env(format!("KEYMOOR_{name}"), value).env(format!("ACLI_{name}"), value);
    }
    let token_url = session.endpoints.token_url().as_str();
    command.env("KEYMOOR_TOKEN_URL", token_url).env("KEYMOOR_API_URL", api);
    command.env("ACLI_CLOUD_API_ACCOUNTS_URI", token_url).env("ACLI_CLOUD_API_BASE_URI", api);
    replace(command).map_err(|error| {
        let name = program.to_string_lossy();
        Failure::new(Reason::Other, format!("{name} cannot be run: {error}"))
    })
}

#[cfg(unix)]
fn replace(mut command: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Where no process takes another's place, its exit code is passed on.
#[cfg(not(unix))]
fn replace(mut command: Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

use std::{
    process::{Command, ExitCode},
    time::Duration,
};

use keymoor_client::AccessToken;

use super::{
    acli,
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
    let values = Values::of(&session, &token);
    values.put(&mut command, "KEYMOOR", ["TOKEN_URL", "API_URL"]);
    if may_have_acli(&session) {
        values.put(&mut command, "ACLI", ["CLOUD_API_ACCOUNTS_URI", "CLOUD_API_BASE_URI"]);
    }
    replace(command).map_err(|error| {
        let name = program.to_string_lossy();
        Failure::new(Reason::Other, format!("{name} cannot be run: {error}"))
    })
}

/// Whether the command gets acquia/cli's variables: not where acquia/cli would send what it has of its
/// own to this server, nor where nobody can tell.
fn may_have_acli(session: &Session) -> bool {
    match acli::Own::find() {
        Ok(None) => true,
        Ok(Some(own)) => {
            if let Some(warning) = own.warning(session) {
                tell!("keymoor: {warning}");
            }
            !own.is_for_another_server(session)
        }
        Err(failure) => {
            tell!("keymoor: acquia/cli's variables are left out: {}", failure.message);
            false
        }
    }
}

/// What the command finds in its environment.
struct Values<'v> {
    token: &'v AccessToken,
    expiry: String,
    token_url: &'v str,
    api: &'v str,
}

impl<'v> Values<'v> {
    fn of(session: &'v Session, token: &'v AccessToken) -> Self {
        Self {
            token,
            expiry: token.expires_at().seconds().to_string(),
            token_url: session.endpoints.token_url().as_str(),
            api: session.endpoints.api_base().as_str().trim_end_matches('/'),
        }
    }

    fn put(&self, command: &mut Command, program: &str, [token_url, api]: [&str; 2]) {
        let values = [
            ("ACCESS_TOKEN", self.token.expose()),
            ("ACCESS_TOKEN_EXPIRY", &self.expiry),
            (token_url, self.token_url),
            (api, self.api),
        ];
        for (name, value) in values {
            command.env(format!("{program}_{name}"), value);
        }
    }
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

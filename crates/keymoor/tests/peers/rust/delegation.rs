//! What the Rust clients share that ask somebody: what they are told, and the person whom they ask.

use std::{env, error::Error, process::Command};

use oauth2::reqwest::blocking::Client;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// An organization that nobody here has a part in.
pub const FOREIGN: &str = "organization:00000000-0000-4000-8000-000000000000";

pub fn setting(name: &str) -> Outcome<String> {
    Ok(env::var(name).map_err(|_| format!("{name} is not set"))?)
}

/// What is asked for.
pub fn scopes() -> Vec<String> {
    let asked = env::var("KEYMOOR_SCOPE").unwrap_or_default();
    asked.split_whitespace().chain(["offline_access"]).map(str::to_owned).collect()
}

/// Somebody is sent to `url` and allows; the URL that they are sent back to.
pub fn let_in(url: &str) -> Outcome<String> {
    let done = Command::new(setting("KEYMOOR_PERSON")?).args(["person.py", url]).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}

/// A call with what came of it. Not to be used within a runtime.
pub fn call(token: &str) -> Outcome<()> {
    let account = format!("{}/api/account", setting("KEYMOOR_ISSUER")?);
    let answer = Client::new().get(account).bearer_auth(token).send()?;
    need(answer.error_for_status()?.text()?.contains('@'), "the API does not tell the account")
}

pub fn need(held: bool, message: &str) -> Outcome<()> {
    if held { Ok(()) } else { Err(message.into()) }
}

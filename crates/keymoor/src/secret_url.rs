//! URLs that may hold a password.

use std::{convert::Infallible, ffi::OsString, fmt, str::FromStr};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::Error;

/// The URL of a database or a mail server. It may hold a password, so it does not show, and it is not
/// parsed before it is used: the command line's parser repeats what it cannot take.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretUrl(Zeroizing<String>);

impl SecretUrl {
    /// The URL, for whoever connects.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(url.to_owned())))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(..)")
    }
}

/// Refuses a password among the arguments, where every user of the machine can read it.
pub(crate) fn check_arguments(arguments: impl Iterator<Item = OsString>) -> Result<(), Error> {
    for argument in arguments {
        let text = argument.to_string_lossy();
        let given = text.strip_prefix("--").and_then(|option| option.split_once('='));
        let url = given.map_or(&*text, |(_, value)| value);
        if url.starts_with("smtp") && has_password(url) {
            return Err(Error::refused(
                "the URL of the mail server holds a password, which every user of this machine can \
                 read on the command line. Put the URL into KEYMOOR_SMTP or the file given by \
                 --config.",
            ));
        }
        if url.starts_with("postgres") && has_password(url) {
            return Err(Error::refused(
                "the URL of the database holds a password, which every user of this machine can \
                 read on the command line. Put the URL into KEYMOOR_DATABASE or the file given by \
                 --config, or the password into PGPASSWORD or a password file (~/.pgpass).",
            ));
        }
    }
    Ok(())
}

fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || url.contains("password=")
}

//! API Key and API Secret, and where they come from.

mod command;
mod file;
mod login;
mod mark;
mod read;
mod source;

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use keymoor_core::{PresentedSecret, secret::Damage};
use zeroize::Zeroizing;

pub use command::CredentialCommand;
pub use file::CredentialFile;
pub use login::Login;
pub use mark::Mark;
pub use read::read;
pub use source::{CredentialSource, CredentialsError};

/// The fewest characters of a key or a secret, as acquia/cli has it.
const SHORTEST: usize = 10;
const LONGEST: usize = 1024;

/// An API Key, the OAuth `client_id`. Public. Other servers' keys need not be UUIDs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientKey(String);

/// An API Secret, the OAuth `client_secret`. Redacted in `Debug`, no `Display`, compared in constant
/// time, wiped when dropped.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

/// A key with its secret; or, of somebody who let an application in, its client ID with a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The API Key, or the client ID.
    pub key: ClientKey,
    /// The API Secret, or the refresh token, which the next exchange replaces.
    pub secret: ClientSecret,
    /// The login that the refresh token came of. None with an API Secret.
    pub login: Option<Login>,
}

impl Credentials {
    /// Reads a key and a secret: 10 to 1024 characters each, no blank, no control character.
    pub fn new(key: &str, secret: &str) -> Result<Self, CredentialsError> {
        let (key, secret) = (ClientKey::parse(key)?, ClientSecret::parse(secret)?);
        Ok(Self { key, secret, login: None })
    }

    /// An application's client ID with the first refresh token of a login (RFC 6749 §1.5).
    pub fn of_login(client_id: ClientKey, refresh_token: ClientSecret) -> Self {
        let login = Some(Login::by(&refresh_token));
        Self { key: client_id, secret: refresh_token, login }
    }

    /// The same login with the refresh token that comes next.
    pub(crate) fn followed_by(&self, refresh_token: ClientSecret) -> Self {
        Self { secret: refresh_token, ..self.clone() }
    }
}

impl ClientKey {
    /// Reads a key: 10 to 1024 visible ASCII characters. Blanks around it are left out.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        check(text.trim(), "API Key")?;
        Ok(Self(text.trim().to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ClientSecret {
    /// Reads a secret: 10 to 1024 visible ASCII characters. Blanks around it are left out.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        check(text.trim(), "API Secret")?;
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }

    /// The text, to send to the token endpoint or to store.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 of it, which names it in caches.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref());
        bytes
    }

    /// What is visibly wrong with it, if it begins as Keymoor's secrets do.
    pub fn damage(&self) -> Option<Damage> {
        self.0.starts_with("km_").then(|| PresentedSecret::new(&self.0).damage()).flatten()
    }
}

impl PartialEq for ClientSecret {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.digest(), &other.digest()).is_ok()
    }
}

impl Eq for ClientSecret {}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}

fn check(text: &str, what: &'static str) -> Result<(), CredentialsError> {
    let long = text.len() >= SHORTEST && text.len() <= LONGEST;
    if long && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(CredentialsError::Malformed(what))
    }
}

//! A key with its secret, as every place keeps them: one text, so that no crash leaves a secret
//! beside the wrong key.

use std::{error::Error, path::Path};

use serde::Serialize;
use zeroize::Zeroizing;

use super::VaultError;
use crate::credentials::{self, ClientKey, ClientSecret, Credentials, CredentialsError};

#[derive(Serialize)]
struct Pair<'p> {
    key: &'p str,
    secret: &'p str,
}

pub(super) fn text(pair: &Credentials) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let text = Pair { key: pair.key.as_str(), secret: pair.secret.expose() };
    serde_json::to_vec(&text).map(Zeroizing::new)
}

/// A text of both is right about the key. One of a secret alone, as it was kept before, is the
/// secret of `key`.
pub(super) fn read(text: &str, key: &ClientKey) -> Result<Credentials, CredentialsError> {
    if text.trim_start().starts_with('{') {
        return credentials::read(text);
    }
    Ok(Credentials { key: key.clone(), secret: ClientSecret::parse(text)? })
}

pub(super) fn failed_at(path: &Path, error: impl Into<Box<dyn Error>>) -> VaultError {
    VaultError { place: path.display().to_string(), what: error.into().to_string() }
}

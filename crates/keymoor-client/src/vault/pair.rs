//! A key with its secret, as every place keeps them: one text, so that no crash leaves a secret
//! beside the wrong key.

use std::{error::Error, path::Path};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::VaultError;
use crate::credentials::{self, ClientKey, ClientSecret, Credentials, CredentialsError, Login};

#[derive(Serialize)]
struct Pair<'p> {
    key: &'p str,
    secret: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
}

/// What a text may hold beside key and secret.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    login: Option<String>,
}

pub(super) fn text(pair: &Credentials) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let login = pair.login.map(Login::text);
    let text = Pair { key: pair.key.as_str(), secret: pair.secret.expose(), login };
    serde_json::to_vec(&text).map(Zeroizing::new)
}

/// A text of both is right about the key. One of a secret alone, as it was kept before, is the
/// secret of `key`.
pub(super) fn read(text: &str, key: &ClientKey) -> Result<Credentials, CredentialsError> {
    if text.trim_start().starts_with('{') {
        let pair = credentials::read(text)?;
        return Ok(Credentials { login: login(text)?, ..pair });
    }
    Ok(Credentials { key: key.clone(), secret: ClientSecret::parse(text)?, login: None })
}

/// A refresh token whose login cannot be read is not sent as an API Secret.
fn login(text: &str) -> Result<Option<Login>, CredentialsError> {
    let malformed = || CredentialsError::Malformed("login beside the refresh token");
    let beside: Beside = serde_json::from_str(text).map_err(|_| malformed())?;
    beside.login.map(|text| Login::parse(&text).ok_or_else(malformed)).transpose()
}

pub(super) fn failed_at(path: &Path, error: impl Into<Box<dyn Error>>) -> VaultError {
    VaultError { place: path.display().to_string(), what: error.into().to_string() }
}

//! What the environment says: Keymoor's variables first, then those of acquia/cli.

mod given;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, path::PathBuf};

use zeroize::Zeroizing;

use crate::{
    credentials::{ClientSecret, Credentials, CredentialsError},
    endpoints::{EndpointError, Endpoints},
};

pub use given::HandedToken;

/// A value, and the variable that it comes from.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// The value.
    pub value: T,
    /// The variable.
    pub variable: &'static str,
}

/// The environment holds something that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// A URL.
    #[error("{0}: {1}")]
    Endpoint(&'static str, EndpointError),
    /// A key, a secret or a token.
    #[error("{0}: {1}")]
    Credentials(&'static str, CredentialsError),
    /// A variable that only goes with another.
    #[error("{0} is set without {1}: both are needed")]
    Alone(&'static str, &'static str),
    /// Credentials without the server that they are for.
    #[error(
        "{0} is set, but not where to send it: set KEYMOOR_SERVER to the server's URL, or to acquia"
    )]
    Nowhere(&'static str),
    /// A server beside credentials of acquia/cli's that are for another one.
    #[error(
        "{0} names another server than {1} is for: unset {0}, or set KEYMOOR_KEY and \
         KEYMOOR_SECRET for it"
    )]
    Ambiguous(&'static str, &'static str),
    /// A file that a variable names.
    #[error("{0}: {1}")]
    File(&'static str, String),
}

/// Credentials, the server that they are for, and the organization, as far as variables say them.
/// Secrets only go to the server that the environment itself names: never to a profile's.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The server.
    pub endpoints: Option<Named<Endpoints>>,
    /// Key and secret.
    pub credentials: Option<Named<Credentials>>,
    /// The file of the secret, if that is where it comes from: it may be replaced.
    pub secret_file: Option<PathBuf>,
    /// An access token that somebody else got.
    pub token: Option<Named<HandedToken>>,
    /// `KEYMOOR_ORGANIZATION` or `AH_ORGANIZATION_UUID`, as it stands.
    pub organization: Option<Named<String>>,
}

/// What returns an environment variable.
pub type Variable<'v> = &'v dyn Fn(&str) -> Option<OsString>;

impl Environment {
    /// Reads what there is by `variable`, which returns an environment variable.
    pub fn read(variable: Variable<'_>) -> Result<Self, EnvironmentError> {
        let organization = named(variable, &["KEYMOOR_ORGANIZATION", "AH_ORGANIZATION_UUID"]);
        let own = Self::keymoor(variable)?;
        let found = if own.token.is_some() || own.credentials.is_some() {
            own
        } else {
            let acquia = Self::acquia(variable)?;
            match acquia.from() {
                Some(from) => own.agreed(from, acquia)?,
                None => own,
            }
        };
        Ok(Self { organization, ..found })
    }

    /// The files that hold what nobody else should read.
    pub fn secret_files(&self) -> Vec<PathBuf> {
        let token = self.token.as_ref().and_then(|token| token.value.file());
        self.secret_file.clone().into_iter().chain(token).collect()
    }

    /// Reads what is said about the organization and nothing else: for who named a profile.
    pub fn organization_alone(variable: Variable<'_>) -> Self {
        let organization = named(variable, &["KEYMOOR_ORGANIZATION", "AH_ORGANIZATION_UUID"]);
        Self { organization, ..Self::default() }
    }

    fn keymoor(variable: Variable<'_>) -> Result<Self, EnvironmentError> {
        let endpoints = keymoor_endpoints(variable)?;
        let credentials = keymoor_credentials(variable)?;
        let token = HandedToken::find(variable, &given::KEYMOOR)?;
        let secret_file = named(variable, &["KEYMOOR_SECRET_FILE"]);
        let secret_file = secret_file.map(|one| one.value.into());
        let found = Self { endpoints, credentials, secret_file, token, organization: None };
        match found.from() {
            Some(name) if found.endpoints.is_none() => Err(EnvironmentError::Nowhere(name)),
            _ => Ok(found),
        }
    }

    /// The variable of its token or its key.
    fn from(&self) -> Option<&'static str> {
        let token = self.token.as_ref().map(|one| one.variable);
        token.or(self.credentials.as_ref().map(|one| one.variable))
    }

    /// acquia/cli's variables, unless Keymoor's name another server: neither is sent to the other's.
    fn agreed(&self, from: &'static str, acquia: Self) -> Result<Self, EnvironmentError> {
        match (&self.endpoints, &acquia.endpoints) {
            (Some(own), Some(theirs)) if !own.value.is_same_server(&theirs.value) => {
                Err(EnvironmentError::Ambiguous(own.variable, from))
            }
            _ => Ok(acquia),
        }
    }

    /// acquia/cli's, which are for Acquia's Cloud Platform unless they say otherwise.
    fn acquia(variable: Variable<'_>) -> Result<Self, EnvironmentError> {
        let credentials = pair(variable, "ACLI_KEY", "ACLI_SECRET")?;
        let token = HandedToken::find(variable, &given::ACQUIA)?;
        let endpoints = Some(acquia_endpoints(variable)?);
        Ok(Self { endpoints, credentials, token, ..Self::default() })
    }
}

fn keymoor_endpoints(variable: Variable<'_>) -> Result<Option<Named<Endpoints>>, EnvironmentError> {
    if let Some(Named { value, variable }) = named(variable, &["KEYMOOR_SERVER"]) {
        let ends = if value == "acquia" { Ok(Endpoints::acquia()) } else { Endpoints::at(&value) };
        let ends = ends.map_err(|error| EnvironmentError::Endpoint(variable, error))?;
        return Ok(Some(Named { value: ends, variable }));
    }
    let (token, api) = ("KEYMOOR_TOKEN_URL", "KEYMOOR_API_URL");
    match (named(variable, &[token]), named(variable, &[api])) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(EnvironmentError::Alone(token, api)),
        (None, Some(_)) => Err(EnvironmentError::Alone(api, token)),
        (Some(token), Some(api)) => {
            let ends = Endpoints::new(&token.value, &api.value);
            let ends = ends.map_err(|error| EnvironmentError::Endpoint(token.variable, error))?;
            Ok(Some(Named { value: ends, variable: token.variable }))
        }
    }
}

fn acquia_endpoints(variable: Variable<'_>) -> Result<Named<Endpoints>, EnvironmentError> {
    let (token, api) = ("ACLI_CLOUD_API_ACCOUNTS_URI", "ACLI_CLOUD_API_BASE_URI");
    let standard = Endpoints::acquia();
    let token_url = named(variable, &[token]);
    let api_url = named(variable, &[api]);
    let from = token_url.as_ref().or(api_url.as_ref()).map_or("ACLI_KEY", |one| one.variable);
    let ends = Endpoints::new(
        token_url.as_ref().map_or(standard.token_url().as_str(), |one| &one.value),
        api_url.as_ref().map_or(standard.api_base().as_str(), |one| &one.value),
    );
    let ends = ends.map_err(|error| EnvironmentError::Endpoint(from, error))?;
    Ok(Named { value: ends, variable: from })
}

fn keymoor_credentials(
    variable: Variable<'_>,
) -> Result<Option<Named<Credentials>>, EnvironmentError> {
    let Some(file) = named(variable, &["KEYMOOR_SECRET_FILE"]) else {
        return pair(variable, "KEYMOOR_KEY", "KEYMOOR_SECRET");
    };
    let key = named(variable, &["KEYMOOR_KEY"]);
    let key = key.ok_or(EnvironmentError::Alone(file.variable, "KEYMOOR_KEY"))?;
    let text = std::fs::read_to_string(&file.value).map(Zeroizing::new);
    let text = text.map_err(|error| EnvironmentError::File(file.variable, error.to_string()))?;
    credentials(&key, &text).map(Some)
}

fn pair(
    variable: Variable<'_>,
    key: &'static str,
    secret: &'static str,
) -> Result<Option<Named<Credentials>>, EnvironmentError> {
    match (named(variable, &[key]), named(variable, &[secret])) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(EnvironmentError::Alone(key, secret)),
        (None, Some(_)) => Err(EnvironmentError::Alone(secret, key)),
        (Some(key), Some(secret)) => credentials(&key, &Zeroizing::new(secret.value)).map(Some),
    }
}

fn credentials(key: &Named<String>, secret: &str) -> Result<Named<Credentials>, EnvironmentError> {
    let malformed = |error| EnvironmentError::Credentials(key.variable, error);
    ClientSecret::parse(secret).map_err(malformed)?;
    let value = Credentials::new(&key.value, secret).map_err(malformed)?;
    Ok(Named { value, variable: key.variable })
}

/// The first of these variables that is set and not empty.
fn named(variable: Variable<'_>, names: &[&'static str]) -> Option<Named<String>> {
    names.iter().find_map(|name| {
        let value = variable(name)?.into_string().ok()?;
        (!value.is_empty()).then_some(Named { value, variable: name })
    })
}

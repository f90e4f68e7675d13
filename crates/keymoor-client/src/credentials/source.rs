use std::path::PathBuf;

use async_trait::async_trait;

use super::{ClientSecret, Credentials, Mark};

/// There are no credentials to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// Nowhere that was looked.
    #[error("there are no credentials: {0}")]
    Missing(String),
    /// What was found is no API Key or no API Secret. It names which, never what it is.
    #[error("the {0} is malformed: 10 to 1024 visible characters without blanks are expected")]
    Malformed(&'static str),
    /// A file that cannot be used.
    #[error("{}: {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// A command that brings none.
    #[error("the command {program} brings no credentials: {what}")]
    Command {
        /// Its name, without its arguments.
        program: String,
        /// Why.
        what: String,
    },
    /// Another place that cannot be used, such as the system's secret store.
    #[error("{place}: {what}")]
    Place {
        /// Which.
        place: String,
        /// Why.
        what: String,
    },
}

impl CredentialsError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => "Log in, or set KEYMOOR_KEY and KEYMOOR_SECRET.",
            Self::Malformed(_) => "Copy it anew, whole, from where the API token was created.",
            Self::File { .. } => "Check the file's path, rights and format.",
            Self::Command { .. } => "Run the command by hand and see what it prints.",
            Self::Place { .. } => {
                "Unlock it, or log in again: the secret goes into a file if it cannot be used."
            }
        }
    }
}

/// Where a key and its secret come from. It is asked again when a token has to be got, so that a
/// secret that was replaced is found.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credentials as they are now.
    async fn load(&self) -> Result<Credentials, CredentialsError>;

    /// Which credentials these are, to find a cached token, from a source that knows it without the
    /// secret. `None` from all others: they are asked for the credentials.
    async fn mark(&self) -> Result<Option<Mark>, CredentialsError> {
        Ok(None)
    }

    /// Keeps the refresh token that came for `used`, whole or not at all, before the access token that
    /// came with it is given out. What somebody else stored after `used` stays.
    async fn follow(
        &self,
        used: &Credentials,
        refresh_token: ClientSecret,
    ) -> Result<(), CredentialsError> {
        let _ = (used, refresh_token);
        let (place, what) = ("credentials".to_owned(), "no refresh token is kept here".to_owned());
        Err(CredentialsError::Place { place, what })
    }
}

#[async_trait]
impl CredentialSource for Credentials {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        Ok(self.clone())
    }
}

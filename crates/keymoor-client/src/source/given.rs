use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use keymoor_core::{Scopes, UnixTime};
use zeroize::Zeroizing;

use super::Tokens;
use crate::{
    credentials::CredentialsError,
    error::Error,
    exchange::is_token_text,
    timing::{Moment, SystemTimer, Timer},
    token::{AccessToken, Held},
};

/// An access token that somebody else got, as in `ACLI_ACCESS_TOKEN` and
/// `ACLI_ACCESS_TOKEN_EXPIRY`. What is in a file is read anew at every call. It is not renewed.
pub struct GivenToken {
    text: Given,
    expiry: Given,
    timer: Arc<dyn Timer>,
}

/// A value, or the file that holds it.
pub enum Given {
    /// The value.
    Value(Zeroizing<String>),
    /// The file.
    File(PathBuf),
}

impl GivenToken {
    /// A token and its expiry, in seconds since 1970.
    pub fn new(text: Given, expiry: Given) -> Self {
        Self { text, expiry, timer: Arc::new(SystemTimer) }
    }

    /// Tells the time by another clock.
    #[must_use]
    pub fn with_timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    async fn read(&self, scopes: &Scopes) -> Result<AccessToken, Error> {
        let text = self.text.read().await?;
        let text = Zeroizing::new(text.trim().to_owned());
        if !is_token_text(&text) {
            return Err(CredentialsError::Malformed("given access token").into());
        }
        let expiry = self.expiry.read().await?.trim().parse();
        let expiry = expiry.map_err(|_| CredentialsError::Malformed("given token's expiry"))?;
        let obtained = Moment::now(self.timer.as_ref());
        let left = UnixTime::from_seconds(expiry).since(obtained.wall);
        let life = Duration::from_secs(u64::try_from(left).unwrap_or_default());
        let (scopes, timer) = (scopes.clone(), self.timer.clone());
        Ok(AccessToken::new(Held { text, scopes, life, obtained, skew: None, timer }))
    }
}

impl Given {
    async fn read(&self) -> Result<Zeroizing<String>, CredentialsError> {
        match self {
            Self::Value(text) => Ok(text.clone()),
            Self::File(path) => {
                tokio::fs::read_to_string(path).await.map(Zeroizing::new).map_err(|error| {
                    CredentialsError::File { path: path.clone(), what: error.to_string() }
                })
            }
        }
    }
}

#[async_trait]
impl Tokens for GivenToken {
    async fn token(&self, scopes: &Scopes, at_least: Duration) -> Result<AccessToken, Error> {
        let token = self.read(scopes).await?;
        if token.life().is_zero() || token.life() < at_least {
            let what = "the access token that was given has expired, or ends too soon";
            return Err(CredentialsError::Missing(what.to_owned()).into());
        }
        Ok(token)
    }

    async fn replace(&self, refused: &AccessToken) -> Result<AccessToken, Error> {
        let token = self.token(refused.scopes(), Duration::ZERO).await?;
        if token.is_same(refused) {
            let what = "the API refuses the access token that was given";
            return Err(CredentialsError::Missing(what.to_owned()).into());
        }
        Ok(token)
    }
}

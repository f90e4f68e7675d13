use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use keymoor_core::{Scopes, UnixTime};
use serde::Deserialize;
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
/// `ACLI_ACCESS_TOKEN_EXPIRY`. What is in a file is read anew at every call. It is not renewed, and it
/// has the scopes that it has: those that it claims if it is a JWT, else none that are known.
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

    async fn read(&self) -> Result<AccessToken, Error> {
        let text = self.text.read().await?;
        let text = Zeroizing::new(bare(&text).to_owned());
        if !is_token_text(&text) {
            return Err(CredentialsError::Malformed("given access token").into());
        }
        let expiry = bare(&self.expiry.read().await?).parse();
        let expiry = expiry.map_err(|_| CredentialsError::Malformed("given token's expiry"))?;
        let obtained = Moment::now(self.timer.as_ref());
        let left = UnixTime::from_seconds(expiry).since(obtained.wall);
        let life = Duration::from_secs(u64::try_from(left).unwrap_or_default());
        let (scopes, timer) = (claimed(&text), self.timer.clone());
        Ok(AccessToken::new(Held { text, scopes, life, obtained, skew: None, timer }))
    }
}

/// Without blanks, line ends and the quotes that acquia/cli's files may have.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '"')
}

/// The scopes that a JWT says it has (RFC 9068 §2.2.3). Nobody knows those of any other token.
fn claimed(token: &str) -> Scopes {
    #[derive(Deserialize)]
    struct Claims {
        scope: String,
    }
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let payload = Zeroizing::new(payload.unwrap_or_default());
    let claims = serde_json::from_slice::<Claims>(&payload).ok();
    claims.and_then(|claims| Scopes::parse(&claims.scope).ok()).unwrap_or_default()
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
    /// The token as it is, whatever scopes are wanted: it cannot be asked for others.
    async fn token(&self, _scopes: &Scopes, at_least: Duration) -> Result<AccessToken, Error> {
        let token = self.read().await?;
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

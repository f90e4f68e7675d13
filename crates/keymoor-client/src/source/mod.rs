//! Where access tokens come from: one request at a time for each, however many want it, in this
//! process and in others; renewed before they end.

mod exchange;
mod given;
pub(crate) mod sending;
mod slot;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use keymoor_core::Scopes;

use crate::{credentials::Mark, error::Error, token::AccessToken};

pub use given::{Given, GivenToken};

pub(crate) use exchange::Exchange;
use exchange::Want;
use slot::Slot;

/// What brings access tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token for these scopes that lives on for `at_least` (more than a few seconds in any case).
    async fn token(&self, scopes: &Scopes, at_least: Duration) -> Result<AccessToken, Error>;

    /// Says that an API refused this token, and brings another one if there is one to be had.
    async fn replace(&self, refused: &AccessToken) -> Result<AccessToken, Error>;
}

/// Exchanges credentials for access tokens. Clones share everything.
///
/// A token is renewed in the background when 60 seconds are left, or a fifth of its life if that is
/// less; the old one is served meanwhile.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

struct Shared {
    exchange: Arc<Exchange>,
    /// For each list of scopes that was asked for.
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

impl TokenSource {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self(Arc::new(Shared { exchange: Arc::new(exchange), slots: Mutex::default() }))
    }

    /// The token in the cache, if one lives on for `at_least`. Nothing is sent and nothing waits:
    /// for programs that have no runtime yet. `mark` says whose.
    pub fn cached(&self, mark: &Mark, scopes: &Scopes, at_least: Duration) -> Option<AccessToken> {
        self.0.exchange.cached(mark, scopes, at_least)
    }

    /// Forgets what is cached for these scopes, here and on disk.
    pub async fn forget(&self, scopes: &Scopes) -> Result<(), Error> {
        self.slot(scopes).forget();
        self.0.exchange.forget(scopes).await
    }

    /// Ends the token at the server (RFC 7009), and forgets it. An error if no endpoint for that is
    /// known.
    pub async fn revoke(&self, token: &AccessToken) -> Result<(), Error> {
        self.0.exchange.revoke(token).await?;
        self.forget(token.scopes()).await
    }

    /// Ends the login that the refresh token came of, at the server (RFC 7009); nothing with an API
    /// Secret. An error if no endpoint for that is known.
    pub async fn end_login(&self) -> Result<(), Error> {
        self.0.exchange.end_login().await
    }

    fn slot(&self, scopes: &Scopes) -> Arc<Slot> {
        let mut slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(scopes.to_string()).or_default().clone()
    }
}

#[async_trait]
impl Tokens for TokenSource {
    async fn token(&self, scopes: &Scopes, at_least: Duration) -> Result<AccessToken, Error> {
        let want = Want::new(scopes, at_least);
        self.slot(scopes).token(&self.0.exchange, &want).await
    }

    async fn replace(&self, refused: &AccessToken) -> Result<AccessToken, Error> {
        let scopes = refused.scopes();
        let want = Want { refused: Some(refused.clone()), ..Want::new(scopes, Duration::ZERO) };
        self.slot(scopes).token(&self.0.exchange, &want).await
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("exchange", &self.0.exchange).finish()
    }
}

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::lock;
use keymoor_core::UnixTime;
use serde_json::Value;

use super::{
    Algorithm, Metadata, OidcError, document, jwk::Key, jwt::Header, members::Members, shown::shown,
};
use crate::Fetch;

/// Seconds for which a fetched key set counts: so long can a withdrawn key be used.
pub const KEYS_LIFE: i64 = 3600;
/// The least seconds between two fetches, however many tokens of unknown keys come.
pub const REFETCH_PAUSE: i64 = 10;

/// The public keys of one provider, fetched when they are needed. Keep one for each provider, for
/// as long as its metadata stay the same.
#[derive(Debug, Default)]
pub struct Keys {
    set: Mutex<Arc<Set>>,
    /// Held while a fetch goes on: who waits finds its result and does not fetch again.
    last_try: lock::Mutex<Option<UnixTime>>,
}

/// A fetched set, and what it is.
#[derive(Debug, Default)]
pub(super) struct Set {
    keys: Vec<Key>,
    url: String,
    fetched_at: Option<UnixTime>,
}

impl Keys {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The set to look for the token's key in: fetched if there is none, if it is old, or if it has
    /// no such key, but not again within [`REFETCH_PAUSE`].
    pub(super) async fn set_for(
        &self,
        fetch: &dyn Fetch,
        metadata: &Metadata,
        header: &Header,
        now: UnixTime,
    ) -> Result<Arc<Set>, OidcError> {
        let enough = |set: &Set| set.counts(metadata, now) && set.has(header);
        let set = self.current();
        if enough(&set) {
            return Ok(set);
        }
        let mut last_try = self.last_try.lock().await;
        let set = self.current();
        let tried = last_try.is_some_and(|at| is_within(at, now, REFETCH_PAUSE));
        if enough(&set) || (tried && set.counts(metadata, now)) {
            return Ok(set);
        }
        if tried {
            return Err(OidcError::KeysUnavailable);
        }
        *last_try = Some(now);
        let set = Arc::new(Set::fetch(fetch, metadata, now).await?);
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = set.clone();
        Ok(set)
    }

    fn current(&self) -> Arc<Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether less than `seconds` went by since `at`; a clock that was set back does not stop us.
fn is_within(at: UnixTime, now: UnixTime, seconds: i64) -> bool {
    (0..seconds).contains(&now.since(at))
}

impl Set {
    async fn fetch(
        fetch: &dyn Fetch,
        metadata: &Metadata,
        now: UnixTime,
    ) -> Result<Self, OidcError> {
        let url = metadata.jwks_uri.clone();
        let keys = Self::read(&document::get(fetch, &url).await?);
        if keys.is_empty() {
            return Err(OidcError::NoKeys(shown(&url)));
        }
        Ok(Self { keys, url, fetched_at: Some(now) })
    }

    fn read(members: &Members) -> Vec<Key> {
        let keys = members.get("keys").and_then(Value::as_array);
        keys.into_iter().flatten().filter_map(Key::read).collect()
    }

    /// The keys in a key set's text, for whoever has it from elsewhere.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let members = Members::parse(bytes).unwrap_or_default();
        Self { keys: Self::read(&members), ..Self::default() }
    }

    fn counts(&self, metadata: &Metadata, now: UnixTime) -> bool {
        let fresh = self.fetched_at.is_some_and(|at| is_within(at, now, KEYS_LIFE));
        fresh && self.url == metadata.jwks_uri
    }

    fn has(&self, header: &Header) -> bool {
        self.fitting(header.kid(), header.algorithm()).next().is_some()
    }

    /// The keys that could have signed.
    pub(super) fn fitting(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.fits(kid, algorithm))
    }
}

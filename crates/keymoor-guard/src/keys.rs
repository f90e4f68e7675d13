use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use keymoor_core::jwt::KeySet;

/// The keys cannot be had, so nothing can be let through.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the public keys cannot be fetched: {0}")]
pub struct KeysUnavailable(pub String);

/// Where the public keys come from.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys as known now, without waiting.
    fn current(&self) -> Arc<KeySet>;

    /// Called when a token names a key that is not there. One fetch serves all who ask; one that
    /// came just before is not repeated, so that foreign tokens cannot make the guard ask often.
    async fn refresh(&self) -> Result<(), KeysUnavailable>;
}

/// Keys that somebody in this process sets.
#[derive(Debug, Default)]
pub struct FixedKeys(ArcSwap<KeySet>);

impl FixedKeys {
    /// The source of `keys`.
    pub fn new(keys: KeySet) -> Self {
        Self(ArcSwap::from_pointee(keys))
    }

    /// From now on `keys` count, and no other.
    pub fn replace(&self, keys: KeySet) {
        self.0.store(Arc::new(keys));
    }
}

#[async_trait]
impl KeySource for FixedKeys {
    fn current(&self) -> Arc<KeySet> {
        self.0.load_full()
    }

    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        Ok(())
    }
}

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use keymoor_core::{ApiKey, facts::CredentialFacts};
use keymoor_store::{Store, StoreError};
use moka::future::Cache;

use crate::generations::Generations;

/// API Keys that the cache holds facts about, unknown keys included.
const CAPACITY: u64 = 100_000;

/// Where facts come from when they are not cached.
#[async_trait]
pub trait FactsSource: Send + Sync {
    /// What is stored of `key` now.
    async fn load(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError>;
}

#[async_trait]
impl FactsSource for Arc<dyn Store> {
    async fn load(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError> {
        self.credential_facts(key).await
    }
}

/// The facts that the token endpoint decides by, read through a bounded cache.
///
/// Facts are cached under the key *and* its generation. A change raises the generation before it
/// is acknowledged, so older facts are never found again, not even those of a load that was under
/// way meanwhile.
pub struct Credentials {
    source: Box<dyn FactsSource>,
    cache: Cache<(ApiKey, u64), Option<Arc<CredentialFacts>>>,
    generations: Generations,
    loads: AtomicU64,
}

/// What was known of a key when it was looked up.
pub struct Known {
    /// `None` for an unknown key.
    pub facts: Option<Arc<CredentialFacts>>,
    read_at: Option<(ApiKey, u64)>,
}

impl Credentials {
    /// A cache in front of `source`.
    pub fn new(source: Box<dyn FactsSource>) -> Self {
        Self {
            source,
            cache: Cache::new(CAPACITY),
            generations: Generations::new(),
            loads: AtomicU64::new(0),
        }
    }

    /// The facts about `key`; one load serves all who ask at the same time. `None` stands for a
    /// text that is no API Key, of which nothing is known.
    pub async fn known(&self, key: Option<ApiKey>) -> Result<Known, Arc<StoreError>> {
        let Some(key) = key else {
            return Ok(Known { facts: None, read_at: None });
        };
        let slot = (key, self.generations.of(key));
        if let Some(facts) = self.cache.get(&slot).await {
            return Ok(Known { facts, read_at: Some(slot) });
        }
        let load = async {
            self.loads.fetch_add(1, Ordering::Relaxed);
            Ok(self.source.load(key).await?.map(Arc::new))
        };
        let facts = self.cache.try_get_with(slot, load).await?;
        Ok(Known { facts, read_at: Some(slot) })
    }

    /// Whether nothing has changed since `known` was looked up. Asked after a token is signed and
    /// before it is sent: so no token leaves that was decided by facts older than an
    /// acknowledged removal.
    pub fn still_holds(&self, known: &Known) -> bool {
        known.read_at.is_none_or(|(key, generation)| self.generations.of(key) == generation)
    }

    /// How often facts were read from the source.
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    /// How many API Keys the cache holds something about.
    pub async fn entries(&self) -> u64 {
        self.cache.run_pending_tasks().await;
        self.cache.entry_count()
    }

    /// What is stored of `key` has changed; call before the change is acknowledged.
    pub fn key_changed(&self, key: ApiKey) {
        self.generations.key_changed(key);
    }

    /// What is stored of any key may have changed; call before the change is acknowledged.
    pub fn anything_changed(&self) {
        self.generations.anything_changed();
    }
}

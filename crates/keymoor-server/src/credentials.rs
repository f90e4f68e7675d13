use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use keymoor_core::{AccountId, ApiKey, facts::CredentialFacts};
use keymoor_store::{Store, StoreError};
use moka::future::Cache;

use crate::generations::Generations;

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
/// Facts are cached under the key *and* its generation, together with the generation of the
/// account that owns it. A change raises the generation before it is acknowledged, so older facts
/// are never used again, not even those of a load that was under way meanwhile.
pub struct Credentials {
    source: Box<dyn FactsSource>,
    cache: Cache<(ApiKey, u64), Option<Owned>>,
    generations: Generations,
    loads: AtomicU64,
}

/// Facts with the generation of the account when they were read.
#[derive(Clone)]
struct Owned {
    facts: Arc<CredentialFacts>,
    generation: u64,
}

/// What was known of a key when it was looked up.
pub struct Known {
    /// `None` for an unknown key.
    pub facts: Option<Arc<CredentialFacts>>,
    read_at: Option<(ApiKey, u64)>,
    /// The generation of the account that the facts name.
    account_at: u64,
}

impl Known {
    fn new(found: Option<Owned>, read_at: Option<(ApiKey, u64)>) -> Self {
        let account_at = found.as_ref().map_or(0, |owned| owned.generation);
        Self { facts: found.map(|owned| owned.facts), read_at, account_at }
    }
}

impl Credentials {
    /// A cache in front of `source`, with facts about `most` API Keys, unknown keys included.
    pub fn new(source: Box<dyn FactsSource>, most: u64) -> Self {
        Self {
            source,
            cache: Cache::new(most),
            generations: Generations::new(),
            loads: AtomicU64::new(0),
        }
    }

    /// The facts about `key`; one load serves all who ask at the same time. `None` stands for a
    /// text that is no API Key, of which nothing is known.
    pub async fn known(&self, key: Option<ApiKey>) -> Result<Known, Arc<StoreError>> {
        let Some(key) = key else {
            return Ok(Known::new(None, None));
        };
        let slot = (key, self.generations.of(key));
        if let Some(found) = self.cache.get(&slot).await {
            if self.is_current(found.as_ref()) {
                return Ok(Known::new(found, Some(slot)));
            }
            self.cache.invalidate(&slot).await;
        }
        let found = self.cache.try_get_with(slot, self.load(key)).await?;
        Ok(Known::new(found, Some(slot)))
    }

    async fn load(&self, key: ApiKey) -> Result<Option<Owned>, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let before = self.generations.of_accounts();
        let Some(facts) = self.source.load(key).await? else {
            return Ok(None);
        };
        let generation = self.generations.of_account(facts.account, before);
        Ok(Some(Owned { facts: Arc::new(facts), generation }))
    }

    fn is_current(&self, found: Option<&Owned>) -> bool {
        found.is_none_or(|owned| {
            self.generations.is_account_at(owned.facts.account, owned.generation)
        })
    }

    /// Whether nothing has changed since `known` was looked up. Asked after a token is signed and
    /// before it is sent: so no token leaves that was decided by facts older than an
    /// acknowledged removal.
    pub fn still_holds(&self, known: &Known) -> bool {
        let account = known.facts.as_ref().map(|facts| facts.account);
        known.read_at.is_none_or(|(key, generation)| self.generations.of(key) == generation)
            && account.is_none_or(|id| self.generations.is_account_at(id, known.account_at))
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

    /// What is stored of any key of that account may have changed: its memberships and sign-ins,
    /// or whether it is disabled; call before the change is acknowledged.
    pub fn account_changed(&self, account: AccountId) {
        self.generations.account_changed(account);
    }

    /// What is stored of any key may have changed; call before the change is acknowledged.
    pub fn anything_changed(&self) {
        self.generations.anything_changed();
    }
}

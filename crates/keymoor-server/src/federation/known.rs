//! What is known of OpenID Connect providers, so that they are not asked at each sign-in.

use std::sync::Arc;

use keymoor_core::{IdentityProviderId, UnixTime};
use keymoor_sso::oidc::{Keys, Metadata, OidcError, discover};
use moka::sync::Cache;

use crate::App;

/// The most providers that something is known of.
const CAPACITY: u64 = 1_000;
/// Seconds after which a provider is asked anew what it offers.
const LIFE: i64 = 3600;

/// What a provider published, and its keys.
pub(crate) struct Known {
    pub(crate) metadata: Metadata,
    pub(crate) keys: Keys,
    at: UnixTime,
}

/// See the module.
pub(crate) struct KnownProviders(Cache<IdentityProviderId, Arc<Known>>);

impl Default for KnownProviders {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl App {
    /// What the provider of that id and issuer offers.
    pub(crate) async fn know_provider(
        &self,
        id: IdentityProviderId,
        issuer: &str,
    ) -> Result<Arc<Known>, OidcError> {
        let now = self.now();
        let cached = self.known_providers.0.get(&id);
        let fits = |known: &Arc<Known>| {
            known.metadata.issuer == issuer && (0..LIFE).contains(&now.since(known.at))
        };
        if let Some(known) = cached.filter(fits) {
            return Ok(known);
        }
        let metadata = discover(&*self.settings.fetch, issuer).await?;
        let known = Arc::new(Known { metadata, keys: Keys::new(), at: now });
        self.known_providers.0.insert(id, known.clone());
        Ok(known)
    }
}

//! A guard with everything around it in the test's hands.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{
    OrganizationId,
    access::{Access, Directory, Target},
    claims::Claims,
    jwt::{Algorithm, KeySet, Signer},
    refusal::{Pointers, Refusal},
};
use keymoor_guard::{FixedKeys, Guard, GuardConfig, KeySource, KeysUnavailable};
use keymoor_testkit::{NOW, SteppedClock, claims, expectation, signer};

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) removed: AtomicBool,
    pub(crate) federated: Mutex<HashSet<OrganizationId>>,
}

impl Directory for Known {
    fn is_removed(&self, _: &Claims) -> bool {
        self.removed.load(Ordering::SeqCst)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.federated.lock().unwrap().contains(&organization)
    }
}

/// Keys that are looked at and asked for in a way that can be counted.
#[derive(Default)]
pub(crate) struct CountedKeys {
    pub(crate) fixed: FixedKeys,
    pub(crate) refreshed: AtomicU32,
    pub(crate) fails: AtomicBool,
    pub(crate) next: Mutex<Option<KeySet>>,
}

#[async_trait]
impl KeySource for CountedKeys {
    fn current(&self) -> Arc<KeySet> {
        self.fixed.current()
    }

    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        self.refreshed.fetch_add(1, Ordering::SeqCst);
        if let Some(keys) = self.next.lock().unwrap().take() {
            self.fixed.replace(keys);
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(KeysUnavailable("planted".to_owned()));
        }
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) signer: Signer,
    pub(crate) keys: Arc<CountedKeys>,
    pub(crate) directory: Arc<Known>,
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) guard: Arc<Guard>,
}

pub(crate) fn pointers() -> Pointers {
    Pointers {
        token: "https://auth.example.com/token".to_owned(),
        documentation: "https://auth.example.com/docs".to_owned(),
        resource_metadata: "https://auth.example.com/metadata".to_owned(),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let signer = signer(Algorithm::EdDsa);
        let keys = Arc::new(CountedKeys::default());
        keys.fixed.replace(KeySet::from_iter([signer.verification_key()]));
        let directory = Arc::new(Known::default());
        let clock = Arc::new(SteppedClock::new(NOW));
        let config = GuardConfig { expectation: expectation(), pointers: pointers() };
        let guard = Guard::new(config, keys.clone(), directory.clone(), clock.clone());
        Self { signer, keys, directory, clock, guard: Arc::new(guard) }
    }

    /// The `Authorization` value of a token that holds.
    pub(crate) fn bearer(&self) -> String {
        self.bearer_of(&claims())
    }

    pub(crate) fn bearer_of(&self, claims: &Claims) -> String {
        format!("Bearer {}", self.signer.sign(claims))
    }

    pub(crate) async fn check(&self, bearer: &str, target: Target) -> Result<Access, Refusal> {
        let value = HeaderValue::from_str(bearer).unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        self.guard.check(&headers, &Uri::from_static("/"), target).await
    }

    pub(crate) async fn refusal(&self, bearer: &str) -> Option<Refusal> {
        self.check(bearer, Target::General).await.err()
    }
}

//! A guard whose clock, keys and directory a test holds in its hands.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{
    OrganizationId, Scope,
    access::{Access, Directory, Target},
    claims::Claims,
    jwt::{Algorithm, KeySet, Signer},
    refusal::{Pointers, Refusal},
};
use keymoor_guard::{FixedKeys, Guard, GuardConfig, KeySource};
use keymoor_testkit::{NOW, SteppedClock, claims, expectation, signer};

/// What changes while tokens live, changed by the test.
#[derive(Default)]
pub(crate) struct Known {
    removed: AtomicBool,
    federated: Mutex<HashSet<OrganizationId>>,
}

impl Known {
    pub(crate) fn remove(&self) {
        self.removed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn federate(&self, organization: OrganizationId) {
        self.federated.lock().unwrap().insert(organization);
    }
}

impl Directory for Known {
    fn is_removed(&self, _: &Claims) -> bool {
        self.removed.load(Ordering::SeqCst)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.federated.lock().unwrap().contains(&organization)
    }

    fn is_disabled(&self, _: OrganizationId) -> bool {
        false
    }
}

/// A guard with everything it stands on.
pub(crate) struct World {
    pub(crate) signer: Signer,
    pub(crate) keys: Arc<FixedKeys>,
    pub(crate) directory: Arc<Known>,
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) guard: Arc<Guard>,
}

impl World {
    pub(crate) fn new() -> Self {
        let signer = signer(Algorithm::EdDsa);
        let keys = Arc::new(FixedKeys::new(key_set(&signer)));
        let (directory, clock) = parts();
        let guard = guard_with(keys.clone(), &directory, &clock);
        Self { signer, keys, directory, clock, guard }
    }

    /// Asks with a token that says `claims`.
    pub(crate) async fn ask(&self, claims: &Claims, target: Target) -> Result<Access, Refusal> {
        check(&self.guard, &self.signer.sign(claims), target).await
    }
}

pub(crate) fn parts() -> (Arc<Known>, Arc<SteppedClock>) {
    (Arc::default(), Arc::new(SteppedClock::new(NOW)))
}

pub(crate) fn guard_with(
    keys: Arc<dyn KeySource>,
    directory: &Arc<Known>,
    clock: &Arc<SteppedClock>,
) -> Arc<Guard> {
    let config = GuardConfig { expectation: expectation(), pointers: pointers() };
    Arc::new(Guard::new(config, keys, directory.clone(), clock.clone()))
}

pub(crate) async fn check(guard: &Guard, token: &str, target: Target) -> Result<Access, Refusal> {
    let headers = headers(&[&format!("Bearer {token}")]);
    guard.check(&headers, &Uri::from_static("/"), target).await
}

pub(crate) fn key_set(signer: &Signer) -> KeySet {
    KeySet::from_iter([signer.verification_key()])
}

pub(crate) fn pointers() -> Pointers {
    Pointers {
        token: "https://auth.example.com/api/auth/oauth/token".to_owned(),
        documentation: "https://auth.example.com/".to_owned(),
        resource_metadata: METADATA.to_owned(),
    }
}

pub(crate) const METADATA: &str = "https://auth.example.com/.well-known/oauth-protected-resource";

/// A header for each value of `Authorization`.
pub(crate) fn headers(values: &[&str]) -> HeaderMap {
    let value = |text: &&str| (AUTHORIZATION, HeaderValue::from_str(text).unwrap());
    let mut headers = HeaderMap::new();
    for (name, value) in values.iter().map(value) {
        headers.append(name, value);
    }
    headers
}

pub(crate) fn organization(byte: u8) -> OrganizationId {
    OrganizationId::from_random([byte; 16])
}

/// Claims with the scope of one organization, limited to another.
pub(crate) fn scoped(scope: Option<OrganizationId>, limit: Option<OrganizationId>) -> Claims {
    Claims {
        scope: scope.into_iter().map(Scope::Organization).collect(),
        organizations: limit.map(|only| vec![only]),
        ..claims()
    }
}

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use keymoor_core::jwt::VerifiedToken;
use quick_cache::sync::Cache;

/// Tokens whose signature was verified.
const CAPACITY: usize = 10_000;

/// Remembers tokens that verified, by their SHA-256: the token itself is not kept. Looking one up
/// allocates nothing, not even for the cache's own books.
pub(crate) struct Verdicts(Cache<[u8; 32], Arc<VerifiedToken>>);

impl Verdicts {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    pub(crate) fn get(&self, name: &[u8; 32]) -> Option<Arc<VerifiedToken>> {
        self.0.get(name)
    }

    pub(crate) fn insert(&self, name: [u8; 32], token: Arc<VerifiedToken>) {
        self.0.insert(name, token);
    }

    pub(crate) fn forget(&self, name: &[u8; 32]) {
        self.0.remove(name);
    }

    /// What `token` is remembered under.
    pub(crate) fn name(token: &str) -> [u8; 32] {
        let mut name = [0; 32];
        name.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        name
    }
}

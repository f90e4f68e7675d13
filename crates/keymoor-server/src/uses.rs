use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use keymoor_core::{ApiKey, SecretId, token::Issued};
use keymoor_store::{LastUse, Store, StoreError, Use};

/// The uses of API tokens since the last flush. Issuing only writes to memory; the store learns
/// of it in batches. A crash loses at most one batch of last uses, never a token or a removal.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<(ApiKey, SecretId), LastUse>>);

impl Uses {
    /// Notes that `issued` was given to a client at `address`.
    pub(crate) fn note(&self, issued: &Issued, address: std::net::IpAddr) {
        let last = LastUse { at: issued.claims.iat, address };
        self.pending().insert((issued.api_key, issued.secret), last);
    }

    /// Writes what was noted. If the store refuses, the uses are kept for the next flush.
    pub(crate) async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let taken = std::mem::take(&mut *self.pending());
        if taken.is_empty() {
            return Ok(());
        }
        let uses: Vec<Use> = taken.iter().map(as_use).collect();
        let outcome = store.record_uses(&uses).await;
        if outcome.is_err() {
            self.put_back(taken);
        }
        outcome
    }

    fn put_back(&self, taken: HashMap<(ApiKey, SecretId), LastUse>) {
        let mut pending = self.pending();
        for (token, last) in taken {
            pending.entry(token).or_insert(last);
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<(ApiKey, SecretId), LastUse>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn as_use((&(api_key, secret), &last): (&(ApiKey, SecretId), &LastUse)) -> Use {
    Use { api_key, secret, last }
}

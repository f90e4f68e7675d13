use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use ipnet::IpNet;
use keymoor_core::{AccountId, ApiKey, SecretId, UnixTime, network::network_of, token::Issued};
use keymoor_store::{Failures, LastUse, Store, StoreError, Use};

/// The most API Keys whose failures are counted between two flushes: who guesses may name any.
const MAX_FAILING: usize = 10_000;

/// The most failures that one transaction notes: a removal may wait for it.
const FAILURES: usize = 100;

/// What happened at the token endpoint since the last flush. Issuing only writes to memory; the
/// store learns of it in batches. A crash loses at most one batch of last uses, never a token or a
/// removal.
#[derive(Default)]
pub(crate) struct Uses {
    done: Pending<(ApiKey, SecretId, IpNet), LastUse>,
    refused: Pending<ApiKey, (i64, LastUse)>,
    not_signed_in: Pending<AccountId, (i64, LastUse)>,
}

impl Uses {
    /// Notes that `issued` was given to a client at `address`.
    pub(crate) fn note(&self, issued: &Issued, address: IpAddr) {
        let last = LastUse { at: issued.claims.iat, address };
        let place = network_of(address);
        self.done.lock().insert((issued.api_key, issued.secret, place), last);
    }

    /// Notes that `api_key`, known or not, came with a wrong secret.
    pub(crate) fn note_refused(&self, api_key: ApiKey, at: UnixTime, address: IpAddr) {
        let mut refused = self.refused.lock();
        if refused.len() < MAX_FAILING || refused.contains_key(&api_key) {
            let last = LastUse { at, address };
            let (times, latest) = refused.entry(api_key).or_insert((0, last));
            (*times, *latest) = (*times + 1, last);
        }
    }

    /// Notes that signing in to an account failed. Written later: a write at once would let time
    /// tell that there is such an account.
    pub(crate) fn note_failed_sign_in(&self, account: AccountId, last: LastUse) {
        let mut failed = self.not_signed_in.lock();
        let (times, latest) = failed.entry(account).or_insert((0, last));
        (*times, *latest) = (*times + 1, last);
    }

    /// Writes what was noted. What the store refuses is kept for the next flush.
    pub(crate) async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let done = self.done.take();
        if !done.is_empty() {
            let uses: Vec<Use> = done.iter().map(as_use).collect();
            store.record_uses(&uses).await.inspect_err(|_| self.done.put_back(done))?;
        }
        let mut refused: Vec<_> = self.refused.take().into_iter().collect();
        while !refused.is_empty() {
            let rest = refused.split_off(refused.len().min(FAILURES));
            let failures: Vec<Failures> = refused.iter().map(as_failures).collect();
            if let Err(error) = store.note_failures(&failures).await {
                self.refused.put_back(refused.into_iter().chain(rest));
                return Err(error);
            }
            refused = rest;
        }
        let mut failed: Vec<_> = self.not_signed_in.take().into_iter().collect();
        while let Some((account, (times, last))) = failed.pop() {
            if let Err(error) = store.note_failed_sign_ins(account, times, last).await {
                failed.push((account, (times, last)));
                self.not_signed_in.put_back(failed);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// What waits for the next flush.
struct Pending<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Pending<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Pending<K, V> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> HashMap<K, V> {
        std::mem::take(&mut *self.lock())
    }

    /// What was noted since then is newer.
    fn put_back(&self, taken: impl IntoIterator<Item = (K, V)>) {
        let mut pending = self.lock();
        for (key, value) in taken {
            pending.entry(key).or_insert(value);
        }
    }
}

fn as_use((&(api_key, secret, _), &last): (&(ApiKey, SecretId, IpNet), &LastUse)) -> Use {
    Use { api_key, secret, last }
}

fn as_failures(&(api_key, (times, last)): &(ApiKey, (i64, LastUse))) -> Failures {
    Failures { api_key, times, last }
}

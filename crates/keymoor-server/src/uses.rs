use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use ipnet::IpNet;
use keymoor_core::{
    AccountId, ApiKey, ApplicationId, OrganizationId, SecretId, UnixTime, network::network_of,
    token::Issued,
};
use keymoor_store::{ActivityKind, ApplicationFailures, Failures, LastUse, Store, StoreError, Use};

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
    of_applications: Pending<OfApplication, (i64, LastUse)>,
    not_signed_in: Pending<AccountId, (i64, LastUse)>,
    watched: Pending<(OrganizationId, ApiKey), (i64, UnixTime)>,
}

/// Requests of an application that are noted together: what was refused, and who had allowed what it
/// brought, if that is known.
pub(crate) type OfApplication = (ApplicationId, Option<AccountId>, ActivityKind);

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

    /// Notes that a request of an application, known or not, was refused.
    pub(crate) fn note_application_refused(&self, what: OfApplication, last: LastUse) {
        let mut refused = self.of_applications.lock();
        if refused.len() < MAX_FAILING || refused.contains_key(&what) {
            let (times, latest) = refused.entry(what).or_insert((0, last));
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

    /// Notes a call that the organization would refuse if it enforced single sign-on.
    pub(crate) fn note_watched(&self, organization: OrganizationId, key: ApiKey, at: UnixTime) {
        let mut watched = self.watched.lock();
        let (times, latest) = watched.entry((organization, key)).or_insert((0, at));
        (*times, *latest) = (*times + 1, at);
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
        self.flush_of_applications(store).await?;
        self.flush_watched(store).await
    }

    async fn flush_of_applications(&self, store: &dyn Store) -> Result<(), StoreError> {
        let mut refused: Vec<_> = self.of_applications.take().into_iter().collect();
        while !refused.is_empty() {
            let rest = refused.split_off(refused.len().min(FAILURES));
            let failures: Vec<_> = refused.iter().map(as_application_failures).collect();
            if let Err(error) = store.note_application_failures(&failures).await {
                self.of_applications.put_back(refused.into_iter().chain(rest));
                return Err(error);
            }
            refused = rest;
        }
        Ok(())
    }

    async fn flush_watched(&self, store: &dyn Store) -> Result<(), StoreError> {
        let mut watched: Vec<_> = self.watched.take().into_iter().collect();
        while let Some(((organization, key), (times, at))) = watched.pop() {
            if let Err(error) = store.note_watched(organization, key, times, at).await {
                watched.push(((organization, key), (times, at)));
                self.watched.put_back(watched);
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

/// What two notes of the same thing come to.
trait Note {
    /// Adds an older note.
    fn add(&mut self, older: Self);
}

impl Note for LastUse {
    fn add(&mut self, _: Self) {}
}

impl<T> Note for (i64, T) {
    fn add(&mut self, older: Self) {
        self.0 += older.0;
    }
}

impl<K: Eq + Hash, V: Note> Pending<K, V> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> HashMap<K, V> {
        std::mem::take(&mut *self.lock())
    }

    /// What was noted since then is newer: the last of the two counts, and times are added up.
    fn put_back(&self, taken: impl IntoIterator<Item = (K, V)>) {
        let mut pending = self.lock();
        for (key, value) in taken {
            match pending.entry(key) {
                Entry::Occupied(mut newer) => newer.get_mut().add(value),
                Entry::Vacant(place) => drop(place.insert(value)),
            }
        }
    }
}

fn as_use((&(api_key, secret, _), &last): (&(ApiKey, SecretId, IpNet), &LastUse)) -> Use {
    Use { api_key, secret, last }
}

fn as_application_failures(
    &((application, account, kind), (times, last)): &(OfApplication, (i64, LastUse)),
) -> ApplicationFailures {
    ApplicationFailures { application, account, kind, times, last }
}

fn as_failures(&(api_key, (times, last)): &(ApiKey, (i64, LastUse))) -> Failures {
    Failures { api_key, times, last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> LastUse {
        LastUse { at: UnixTime::from_seconds(seconds), address: [192, 0, 2, 1].into() }
    }

    #[test]
    fn failures_that_were_not_written_are_added_to_those_since() {
        let pending: Pending<u8, (i64, LastUse)> = Pending::default();
        pending.lock().extend([(1, (3, at(10))), (2, (1, at(10)))]);
        let taken = pending.take();
        pending.lock().insert(1, (4, at(20)));
        pending.put_back(taken);
        assert_eq!(pending.take(), HashMap::from([(1, (7, at(20))), (2, (1, at(10)))]));
    }

    #[test]
    fn of_two_last_uses_the_newer_stays() {
        let pending: Pending<u8, LastUse> = Pending::default();
        pending.lock().insert(1, at(20));
        pending.put_back([(1, at(10))]);
        assert_eq!(pending.take(), HashMap::from([(1, at(20))]));
    }
}

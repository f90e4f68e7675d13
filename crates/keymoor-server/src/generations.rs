use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use keymoor_core::{AccountId, ApiKey};

/// How many counters the keys share, and the accounts: a change of one makes 1 in 4096 cached
/// facts reload.
const SHARDS: usize = 4096;

/// A generation of facts that never is the present one.
const OUTDATED: u64 = u64::MAX;

/// A number for each API Key, and for each account, that grows whenever what is stored about it
/// may have changed. What was read under an older number is out of date, whoever still holds it.
pub(crate) struct Generations {
    hasher: RandomState,
    everything: AtomicU64,
    keys: Box<[AtomicU64]>,
    accounts: Box<[AtomicU64]>,
    /// Grows whenever any account's does, and before it.
    any_account: AtomicU64,
}

impl Generations {
    pub(crate) fn new() -> Self {
        let shards = || (0..SHARDS).map(|_| AtomicU64::new(0)).collect();
        Self {
            hasher: RandomState::new(),
            everything: AtomicU64::new(0),
            keys: shards(),
            accounts: shards(),
            any_account: AtomicU64::new(0),
        }
    }

    /// The number that counts for `key` now. Both parts only grow, so their sum tells any change.
    pub(crate) fn of(&self, key: ApiKey) -> u64 {
        let everything = self.everything.load(Ordering::SeqCst);
        everything.wrapping_add(self.shard(&self.keys, key).load(Ordering::SeqCst))
    }

    /// The number of all accounts together, to be asked before facts are read whose account is not
    /// known yet.
    pub(crate) fn of_accounts(&self) -> u64 {
        self.any_account.load(Ordering::SeqCst)
    }

    /// The number of `account` as of a read that began when [`Self::of_accounts`] was `before`. If
    /// any account has changed since, it may have been this one: the number is outdated then.
    pub(crate) fn of_account(&self, account: AccountId, before: u64) -> u64 {
        let number = self.shard(&self.accounts, account).load(Ordering::SeqCst);
        if self.of_accounts() == before { number } else { OUTDATED }
    }

    /// Whether the number of `account` is still that one.
    pub(crate) fn is_account_at(&self, account: AccountId, number: u64) -> bool {
        self.shard(&self.accounts, account).load(Ordering::SeqCst) == number
    }

    /// What is stored of `key` may have changed.
    pub(crate) fn key_changed(&self, key: ApiKey) {
        self.shard(&self.keys, key).fetch_add(1, Ordering::SeqCst);
    }

    /// What is stored of `account` may have changed.
    pub(crate) fn account_changed(&self, account: AccountId) {
        // In this order: a read that began before either sees the first or misses the second.
        self.any_account.fetch_add(1, Ordering::SeqCst);
        self.shard(&self.accounts, account).fetch_add(1, Ordering::SeqCst);
    }

    /// What is stored of any key may have changed.
    pub(crate) fn anything_changed(&self) {
        self.everything.fetch_add(1, Ordering::SeqCst);
    }

    fn shard<'s>(&self, shards: &'s [AtomicU64], id: impl Hash) -> &'s AtomicU64 {
        let hash = self.hasher.hash_one(id).to_le_bytes();
        &shards[usize::from(u16::from_le_bytes([hash[0], hash[1]])) % SHARDS]
    }
}

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use keymoor_core::ApiKey;

/// How many counters the keys share: a change of one key makes 1 in 4096 cached facts reload.
const SHARDS: usize = 4096;

/// A number for each API Key that grows whenever what is stored about it may have changed. What
/// was read under an older number is out of date, whoever still holds it.
pub(crate) struct Generations {
    hasher: RandomState,
    everything: AtomicU64,
    shards: Box<[AtomicU64]>,
}

impl Generations {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            everything: AtomicU64::new(0),
            shards: (0..SHARDS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The number that counts for `key` now. Both parts only grow, so their sum tells any change.
    pub(crate) fn of(&self, key: ApiKey) -> u64 {
        let everything = self.everything.load(Ordering::SeqCst);
        everything.wrapping_add(self.shard(key).load(Ordering::SeqCst))
    }

    /// What is stored of `key` may have changed.
    pub(crate) fn key_changed(&self, key: ApiKey) {
        self.shard(key).fetch_add(1, Ordering::SeqCst);
    }

    /// What is stored of any key may have changed.
    pub(crate) fn anything_changed(&self) {
        self.everything.fetch_add(1, Ordering::SeqCst);
    }

    fn shard(&self, key: ApiKey) -> &AtomicU64 {
        let hash = self.hasher.hash_one(key).to_le_bytes();
        &self.shards[usize::from(u16::from_le_bytes([hash[0], hash[1]])) % SHARDS]
    }
}

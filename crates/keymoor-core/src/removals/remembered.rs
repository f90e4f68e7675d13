use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use super::MEMORY;
use crate::time::UnixTime;

/// What is remembered for as long as a token can hang on it, and then forgotten. Forgetting looks
/// only at what is to be forgotten.
#[derive(Clone, Debug)]
pub(super) struct Remembered<K, V> {
    values: HashMap<K, (V, UnixTime)>,
    /// When what is to be forgotten, in the order of learning; what was learned again stands in it
    /// again.
    order: VecDeque<(UnixTime, K)>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self { values: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Remembered<K, V> {
    /// Learns `value` of `key` at `now`; `merge` adds it to what is known of the key.
    pub(super) fn learn(&mut self, key: K, value: V, now: UnixTime, merge: fn(&V, V) -> V) {
        let forget_at = now.plus(i64::from(MEMORY));
        let value = match self.values.get(&key) {
            Some((known, _)) => merge(known, value),
            None => value,
        };
        self.values.insert(key.clone(), (value, forget_at));
        self.order.push_back((forget_at, key));
    }

    /// Forgets what cannot matter at `now` any more.
    pub(super) fn forget(&mut self, now: UnixTime) {
        while let Some((_, key)) = self.order.pop_front_if(|(forget_at, _)| *forget_at <= now) {
            if self.values.get(&key).is_some_and(|(_, forget_at)| *forget_at <= now) {
                self.values.remove(&key);
            }
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(value, _)| value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.values.iter().map(|(key, (value, _))| (key, value))
    }
}

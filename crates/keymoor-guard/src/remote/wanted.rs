use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::RemoteKeys;

/// Fetches after which a key is not looked for any more. The first one may have reached a server
/// that had not heard of the key yet.
const TRIES: u32 = 2;

/// The keys that the removal feed names and that are not there: fetched in the background, so that
/// whatever the feed tells meanwhile is heard at once, and not again and again.
#[derive(Clone)]
pub(super) struct Wanted {
    keys: RemoteKeys,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What is to be fetched, with the tries so far.
    lacking: HashMap<String, u32>,
    /// What no try brought.
    fruitless: HashSet<String>,
    fetching: bool,
}

impl State {
    /// The key was not there.
    fn missed(&mut self, kid: String, tries: u32) {
        if tries >= TRIES {
            self.fruitless.insert(kid);
        } else {
            self.lacking.insert(kid, tries);
        }
    }
}

impl Wanted {
    pub(super) fn new(keys: RemoteKeys) -> Self {
        Self { keys, state: Arc::default() }
    }

    /// The feed names these keys.
    pub(super) fn named<'k>(&self, kids: impl IntoIterator<Item = &'k String>) {
        let mut state = self.lock();
        for kid in kids {
            if !state.fruitless.contains(kid) && !self.keys.has(kid) {
                state.lacking.entry(kid.clone()).or_default();
            }
        }
    }

    /// Fetches what is lacking, if anything is and no fetch goes on.
    pub(super) fn fetch_if_any(&self) {
        let mut state = self.lock();
        if state.lacking.is_empty() || mem::replace(&mut state.fetching, true) {
            return;
        }
        let wanted = self.clone();
        tokio::spawn(async move { while wanted.fetch().await {} });
    }

    /// Whether there is more to fetch at once: what was named meanwhile.
    async fn fetch(&self) -> bool {
        let asked = mem::take(&mut self.lock().lacking);
        let could = self.keys.fetch_now().await;
        let mut state = self.lock();
        state.fetching = could && !state.lacking.is_empty();
        for (kid, tries) in asked {
            if !self.keys.has(&kid) {
                state.missed(kid, tries + u32::from(could));
            }
        }
        state.fetching
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keymoor_core::ResourceServerId;

/// The most listeners at a time.
pub const MAX_LISTENERS: usize = 1000;
/// The most of them with the credentials of one resource server, so that none takes all places.
pub const MAX_LISTENERS_EACH: usize = 100;

/// How many listen, by resource server.
#[derive(Default)]
pub(super) struct Places(Mutex<HashMap<ResourceServerId, usize>>);

/// A place among the listeners, given back when dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    server: ResourceServerId,
}

impl Places {
    /// A place, unless all are taken, or all that the resource server can have.
    pub(super) fn take(self: &Arc<Self>, server: ResourceServerId) -> Option<Place> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= MAX_LISTENERS {
            return None;
        }
        let its = taken.entry(server).or_default();
        if *its >= MAX_LISTENERS_EACH {
            return None;
        }
        *its += 1;
        Some(Place { places: self.clone(), server })
    }

    /// How many listen.
    pub(super) fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ResourceServerId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(its) = taken.get_mut(&self.server) {
            *its -= 1;
            if *its == 0 {
                taken.remove(&self.server);
            }
        }
    }
}

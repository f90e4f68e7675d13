//! How many connections there may be, in all and from one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a listener.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    /// The most that one address has.
    each: u32,
    taken: Mutex<HashMap<IpAddr, u32>>,
}

/// One of them, free again when it is dropped.
pub(crate) struct Place {
    _one: OwnedSemaphorePermit,
    counted: Option<(Arc<Places>, IpAddr)>,
}

impl Places {
    /// `all` of them, of which one address may have `each`.
    pub(crate) fn new(all: u32, each: u32) -> Arc<Self> {
        let taken = Mutex::default();
        Arc::new(Self { all: Arc::new(Semaphore::new(all as usize)), each, taken })
    }

    /// Waits until one is free.
    pub(crate) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.all.clone().acquire_owned().await.ok()
    }

    /// Gives `one` to who calls from `peer`; `None` if there are too many from there. Whoever calls
    /// for many (a listed proxy) is not counted.
    pub(crate) fn give(
        self: &Arc<Self>,
        one: OwnedSemaphorePermit,
        peer: IpAddr,
        for_many: bool,
    ) -> Option<Place> {
        if for_many {
            return Some(Place { _one: one, counted: None });
        }
        let peer = network(peer);
        let mut taken = self.taken();
        let count = taken.entry(peer).or_default();
        if *count >= self.each {
            return None;
        }
        *count += 1;
        Some(Place { _one: one, counted: Some((self.clone(), peer)) })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((places, peer)) = &self.counted else { return };
        let mut taken = places.taken();
        match taken.get_mut(peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(peer)),
        }
    }
}

/// What one client has: an IPv4 address, or the first 64 bits of an IPv6 address.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(four) => four.into(),
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(places: &Arc<Places>, peer: &str, for_many: bool) -> Option<Place> {
        let one = places.free().await.unwrap();
        places.give(one, peer.parse().unwrap(), for_many)
    }

    #[tokio::test]
    async fn one_address_has_no_more_than_its_share() {
        let places = Places::new(9, 2);
        let first = take(&places, "192.0.2.1", false).await;
        let _second = take(&places, "::ffff:192.0.2.1", false).await.unwrap();
        assert!(take(&places, "192.0.2.1", false).await.is_none());
        assert!(take(&places, "192.0.2.2", false).await.is_some());
        drop(first);
        assert!(take(&places, "192.0.2.1", false).await.is_some());
    }

    #[tokio::test]
    async fn a_network_of_ipv6_is_one_address() {
        let places = Places::new(9, 1);
        let _one = take(&places, "2001:db8::1", false).await.unwrap();
        assert!(take(&places, "2001:db8::ffff:1", false).await.is_none());
        assert!(take(&places, "2001:db8:0:1::1", false).await.is_some());
    }

    #[tokio::test]
    async fn who_calls_for_many_is_not_counted() {
        let places = Places::new(9, 1);
        let one = take(&places, "192.0.2.1", true).await;
        assert!(one.is_some() && take(&places, "192.0.2.1", true).await.is_some());
        drop(one);
        assert!(places.taken().is_empty());
    }
}

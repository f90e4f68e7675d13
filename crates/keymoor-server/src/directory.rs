use arc_swap::ArcSwap;
use keymoor_core::{
    OrganizationId, UnixTime,
    access::Directory,
    claims::Claims,
    removals::{CLOCK_SKEW, Event, MEMORY, Removals, Snapshot, Subject},
};
use keymoor_store::{RemovalBasis, Store, StoreError};

/// The directory of the server's own guard, exact as of the last change that was taken in.
/// Reading takes no lock.
pub struct LocalDirectory(ArcSwap<Removals>);

impl LocalDirectory {
    /// What `store` holds at `now`, so that a restart forgets no removal.
    pub async fn load(store: &dyn Store, now: UnixTime) -> Result<Self, StoreError> {
        Ok(Self(ArcSwap::from_pointee(Self::read(store, now).await?)))
    }

    /// The same, not yet gone by.
    pub(crate) async fn read(store: &dyn Store, now: UnixTime) -> Result<Removals, StoreError> {
        // By the clock of whichever server made the change.
        let since = now.plus(-i64::from(MEMORY + CLOCK_SKEW));
        removals(store.removal_basis(since).await?, now)
    }

    /// From now on only `removals` count.
    pub(crate) fn replace(&self, removals: Removals) {
        self.0.store(removals.into());
    }

    /// The number of the last change that was taken in.
    pub fn number(&self) -> i64 {
        self.0.load().number()
    }

    /// Takes in changes, each with its number and what guards have to know of it. They come in
    /// order, and one caller at a time brings them.
    pub fn take_in(&self, changes: &[(i64, Option<Event>)], now: UnixTime) {
        if changes.is_empty() {
            return;
        }
        let mut next = Removals::clone(&self.0.load());
        for (number, event) in changes {
            if let Some(event) = event {
                next.apply(event, now);
            }
            next.reached(*number);
        }
        self.0.store(next.into());
    }

    /// Everything that guards go by, but the keys.
    pub fn snapshot(&self) -> Snapshot {
        self.0.load().snapshot()
    }
}

fn removals(basis: RemovalBasis, now: UnixTime) -> Result<Removals, StoreError> {
    let RemovalBasis { number, federated, disabled, recent } = basis;
    let snapshot = Snapshot { number, federated, disabled, ..Snapshot::default() };
    let mut removals = Removals::new(snapshot, now);
    for change in recent {
        if let Some(event) = change.event()? {
            removals.apply(&event, now);
        }
    }
    Ok(removals)
}

impl Directory for LocalDirectory {
    fn is_removed(&self, claims: &Claims) -> bool {
        self.0.load().is_removed(claims)
    }

    fn what_removed(&self, claims: &Claims) -> Option<Subject> {
        self.0.load().what_removed(claims)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.0.load().is_federated(organization)
    }

    fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.0.load().is_disabled(organization)
    }
}

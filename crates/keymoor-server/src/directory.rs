use std::collections::{HashMap, HashSet};

use arc_swap::ArcSwap;
use keymoor_core::{
    ApiKey, OrganizationId, UnixTime, access::Directory, claims::Claims, token::TOKEN_LIFE,
};
use keymoor_store::{Store, StoreError};

/// Seconds for which a removal is remembered: no token of the removed key lives longer.
const MEMORY: i64 = TOKEN_LIFE as i64 + 60;

/// The directory of the server's own guard: exact, because every change goes through the server.
/// Reading takes no lock.
#[derive(Default)]
pub struct LocalDirectory(ArcSwap<State>);

#[derive(Clone, Default)]
struct State {
    removed: HashMap<ApiKey, UnixTime>,
    federated: HashSet<OrganizationId>,
}

impl LocalDirectory {
    /// What `store` holds at `now`, so that a restart forgets no removal.
    pub async fn load(store: &dyn Store, now: UnixTime) -> Result<Self, StoreError> {
        let removed = store.removed_since(now.plus(-MEMORY)).await?;
        let state = State {
            removed: removed.into_iter().map(|key| (key, now)).collect(),
            federated: store.federated_organizations().await?.into_iter().collect(),
        };
        Ok(Self(ArcSwap::from_pointee(state)))
    }

    /// From now on the key's access tokens are refused.
    pub fn removed(&self, key: ApiKey, now: UnixTime) {
        self.change(|state| {
            state.removed.retain(|_, at| now.since(*at) <= MEMORY);
            state.removed.insert(key, now);
        });
    }

    /// From now on the organization's resources want its scope.
    pub fn federated(&self, organization: OrganizationId) {
        self.change(|state| {
            state.federated.insert(organization);
        });
    }

    fn change(&self, apply: impl Fn(&mut State)) {
        self.0.rcu(|state| {
            let mut next = State::clone(state);
            apply(&mut next);
            next
        });
    }
}

impl Directory for LocalDirectory {
    fn is_removed(&self, claims: &Claims) -> bool {
        self.0.load().removed.contains_key(&claims.client_id)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.0.load().federated.contains(&organization)
    }
}

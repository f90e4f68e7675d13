use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use keymoor_core::{
    AccountId, ApiKey, OrganizationId, SecretId, UnixTime,
    digest::SecretDigest,
    facts::Limits,
    name::{Email, Label},
};

use crate::{
    AccountKind, Actor, NewAccount, NewApiToken, NewOrganization, Stamp, Store, StoreError,
};

/// A store, and what the facts are told with. Every id is new.
pub struct World {
    pub(super) store: Arc<dyn Store>,
    seed: AtomicU8,
}

/// The time at which everything happens, unless a fact says otherwise.
pub(super) const NOW: UnixTime = UnixTime::from_seconds(1_795_461_060);

pub(super) fn stamp() -> Stamp {
    at(0)
}

pub(super) fn at(seconds: i64) -> Stamp {
    Stamp { at: NOW.plus(seconds), by: Actor::Operator, from: None }
}

pub(super) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

impl World {
    /// The world of an empty store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, seed: AtomicU8::new(1) }
    }

    pub(super) fn next(&self) -> u8 {
        self.seed.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn new_account(&self, email: &str) -> NewAccount {
        NewAccount {
            id: AccountId::new(1_795_461_060_000, [self.next(); 10]),
            kind: AccountKind::Person,
            email: Email::parse(email).expect("an address"),
            password_hash: None,
            operator: false,
        }
    }

    /// A new account of that address.
    pub(super) async fn account(&self, email: &str) -> AccountId {
        let new = self.new_account(email);
        self.store.create_account(&new, stamp()).await.expect("the account is made");
        new.id
    }

    pub(super) fn new_organization(&self, owner: AccountId, federated: bool) -> NewOrganization {
        let id = OrganizationId::from_random([self.next(); 16]);
        NewOrganization { id, name: label("Works"), owner, federated }
    }

    /// A new organization of that owner.
    pub(super) async fn organization(&self, owner: AccountId, federated: bool) -> OrganizationId {
        let new = self.new_organization(owner, federated);
        self.store.create_organization(&new, stamp()).await.expect("the organization is made");
        new.id
    }

    pub(super) fn new_token(&self, account: AccountId) -> NewApiToken {
        let byte = self.next();
        NewApiToken {
            api_key: ApiKey::from_random([byte; 16]),
            account,
            label: label("script"),
            limits: Limits::default(),
            parent: None,
            secret: SecretId::from_random([byte; 16]),
            digest: SecretDigest::from_parts(1, [byte; 32]),
        }
    }

    /// A new API token of that account.
    pub(super) async fn token(&self, account: AccountId) -> ApiKey {
        let new = self.new_token(account);
        self.store.create_api_token(&new, stamp()).await.expect("the API token is made");
        new.api_key
    }
}

pub(super) fn is_conflict<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict(_)))
}

pub(super) fn is_not_found<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::NotFound(_)))
}

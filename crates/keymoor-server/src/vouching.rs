//! What the guards of this process go by. Where other processes change the database too, each of them
//! is to the database what a guard elsewhere is to the removal feed: cut off, it has the same policy and
//! the same bounds (s90).

use std::sync::Arc;

use async_trait::async_trait;
use keymoor_core::{
    OrganizationId,
    access::Directory,
    claims::Claims,
    jwt::{KeySet, VerifiedToken},
    refusal::Refusal,
    removals::Subject,
};
use keymoor_guard::{Confirmation, FixedKeys, Guard, GuardConfig, KeySource, KeysUnavailable};

use crate::{directory::LocalDirectory, in_step::Step};

/// What guards do while this process cannot read what other servers changed in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenCutOff {
    /// They go by what was read last. A token of an API token that was removed elsewhere is refused
    /// when it expires, 305 seconds later at most; from then on nothing gets through.
    #[default]
    Ride,
    /// They deny everything after 5 seconds.
    Deny,
}

/// The keys and the removals of this process, for as long as they count. Reading takes no lock.
pub(crate) struct Vouching {
    step: Arc<Step>,
    keys: Arc<FixedKeys>,
    directory: Arc<LocalDirectory>,
    no_keys: Arc<KeySet>,
}

impl Vouching {
    pub(crate) fn new(
        step: Arc<Step>,
        keys: Arc<FixedKeys>,
        directory: Arc<LocalDirectory>,
    ) -> Arc<Self> {
        Arc::new(Self { step, keys, directory, no_keys: Arc::default() })
    }

    /// A guard that goes by them.
    pub(crate) fn guard(self: &Arc<Self>, config: GuardConfig, when: WhenCutOff) -> Guard {
        let guard = Guard::new(config, self.clone(), self.clone(), self.step.clock.clone());
        match when {
            WhenCutOff::Ride => guard,
            WhenCutOff::Deny => guard.confirmed_by(Arc::new(Deny(self.step.clone()))),
        }
    }
}

#[async_trait]
impl KeySource for Vouching {
    fn current(&self) -> Arc<KeySet> {
        if self.step.is_usable() { self.keys.current() } else { self.no_keys.clone() }
    }

    /// A key that is not known may be one that another server made meanwhile.
    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        self.step.check().map_err(|why| KeysUnavailable(why.to_string()))
    }
}

impl Directory for Vouching {
    fn is_removed(&self, claims: &Claims) -> bool {
        self.directory.is_removed(claims)
    }

    fn what_removed(&self, claims: &Claims) -> Option<Subject> {
        self.directory.what_removed(claims)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        !self.step.is_usable() || self.directory.is_federated(organization)
    }

    fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.directory.is_disabled(organization)
    }
}

/// Denies while this process is out of step.
struct Deny(Arc<Step>);

#[async_trait]
impl Confirmation for Deny {
    fn is_wanted(&self) -> bool {
        self.0.check().is_err()
    }

    async fn confirm(&self, _: &str, _: &VerifiedToken) -> Result<(), Refusal> {
        Err(Refusal::Unavailable)
    }
}

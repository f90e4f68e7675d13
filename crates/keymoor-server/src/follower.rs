//! How a change in the database reaches what this process holds in memory: its caches, its guard,
//! its keys, and the guards that listen to its removal feed. Changes are taken in one at a time,
//! in the order of their numbers, whether this process made them or another.

use std::{sync::Arc, time::Duration};

use keymoor_core::ApiKey;
use keymoor_store::{Change, ChangeKind, StoreError};
use tokio::sync::{Mutex, Notify};

use crate::App;

/// The most changes that are read at once.
const BATCH: u32 = 500;
/// How often the database is asked for changes that another process made, and tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether a new signing key is due.
const KEYS: Duration = Duration::from_mins(1);

/// See the module.
#[derive(Default)]
pub(crate) struct Follower {
    one_at_a_time: Mutex<()>,
    behind: Notify,
}

impl App {
    /// Takes in every change that is committed. When this returns, nothing older is left in any
    /// cache of this process.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let _one = self.follower.one_at_a_time.lock().await;
        loop {
            let changes = self.store.changes_after(self.directory.number(), BATCH).await?;
            for change in &changes {
                self.take_in(change).await?;
            }
            if changes.len() < BATCH as usize {
                self.metrics.caught_up(self.clock.monotonic());
                return Ok(());
            }
        }
    }

    async fn take_in(&self, change: &Change) -> Result<(), StoreError> {
        let event = change.event()?;
        self.take_into_caches(change).await?;
        self.directory.take_in(change.number, event.as_ref(), self.now());
        if let Some(event) = event {
            self.feed.tell(change.number, event);
        }
        Ok(())
    }

    async fn take_into_caches(&self, change: &Change) -> Result<(), StoreError> {
        use ChangeKind as Kind;
        match change.kind {
            Kind::ApiTokenCreated | Kind::ApiTokenRemoved => {
                self.credentials.key_changed(change.id()?);
            }
            Kind::ApiSecretAdded | Kind::ApiSecretClosed => {
                self.credentials.key_changed(change.first::<ApiKey>()?);
            }
            Kind::AccountDisabled
            | Kind::AccountEnabled
            | Kind::OrganizationCreated
            | Kind::FederatedOrganizationCreated
            | Kind::OrganizationDisabled
            | Kind::OrganizationDeleted
            | Kind::OrganizationEnabled
            | Kind::OrganizationFederated
            | Kind::OrganizationUnfederated
            | Kind::MemberAdded
            | Kind::MemberRemoved
            | Kind::SignInAttested
            | Kind::IdentityProviderReplaced
            | Kind::IdentityProviderEnabled
            | Kind::IdentityProviderDisabled
            | Kind::IdentityProviderRemoved => self.credentials.anything_changed(),
            Kind::ResourceServerCreated | Kind::ResourceServerRemoved => {
                let all = self.store.resource_servers().await?;
                self.resource_servers.replace(&self.settings, all);
            }
            Kind::SigningKeyAdded | Kind::SigningKeyWithdrawn => {
                let stored = self.store.signing_keys().await?;
                self.keyring.replace(&stored, &self.master, self.now());
            }
            Kind::FederationPolicySet => {
                self.credentials.anything_changed();
                self.load_watched().await?;
            }
            Kind::SignedInThroughProvider | Kind::AccountUnlinked => {
                for token in self.store.api_tokens(change.second()?).await? {
                    self.credentials.key_changed(token.api_key);
                }
            }
            Kind::IdentityProviderCreated
            | Kind::IdentityProviderChanged
            | Kind::AccountLinked
            | Kind::AccountCreated
            | Kind::OperatorAppointed
            | Kind::OperatorDismissed
            | Kind::PasswordSet
            | Kind::SecondFactorAdded
            | Kind::SecondFactorRemoved
            | Kind::RecoveryCodesMade
            | Kind::ApiTokenRenamed
            | Kind::AccessTokenRevoked
            | Kind::OrganizationRenamed
            | Kind::OwnerChanged
            | Kind::AdministratorAppointed
            | Kind::AdministratorDismissed
            | Kind::InvitationMade
            | Kind::InvitationRenewed
            | Kind::InvitationWithdrawn
            | Kind::InvitationDeclined
            | Kind::RoleCreated
            | Kind::RoleChanged
            | Kind::RoleDeleted
            | Kind::TeamCreated
            | Kind::TeamRenamed
            | Kind::TeamDeleted
            | Kind::TeamMemberAdded
            | Kind::TeamMemberChanged
            | Kind::TeamMemberRemoved
            | Kind::PepperAdded => {}
        }
        Ok(())
    }

    /// Something may have been committed that was not taken in: it is looked for until it is found,
    /// and nothing that is cached counts until then.
    pub(crate) fn fell_behind(&self) {
        self.credentials.anything_changed();
        self.follower.behind.notify_one();
    }

    /// Follows the changes of other processes, and makes signing keys when they are due, until the
    /// server closes.
    pub async fn follow(self: Arc<Self>) {
        let mut keys = tokio::time::interval(KEYS);
        let mut behind = false;
        loop {
            let wait = behind || self.store.is_shared();
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = self.follower.behind.notified() => {}
                () = tokio::time::sleep(PAUSE), if wait => {}
                _ = keys.tick() => self.rotate_if_due().await,
            }
            let outcome = self.catch_up().await;
            if let (Err(error), false) = (&outcome, behind) {
                tracing::error!(%error, "changes cannot be read; trying again every second");
            }
            behind = outcome.is_err();
        }
    }
}

//! How a change in the database reaches what this process holds in memory: its caches, its guard,
//! its keys, and the guards that listen to its removal feed. Changes are taken in one at a time,
//! in the order of their numbers, whether this process made them or another.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use keymoor_core::{ApiKey, removals::Event};
use keymoor_store::{Change, ChangeKind, StoreError};
use tokio::{
    sync::{Mutex, Notify},
    time::timeout,
};

use crate::{App, directory::LocalDirectory};

/// The most changes that are read at once.
const BATCH: u32 = 500;
/// How often the database is asked for changes that another process made, and tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an answer of the database is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether a new signing key is due.
const KEYS: Duration = Duration::from_mins(1);

/// See the module.
#[derive(Default)]
pub(crate) struct Follower {
    /// Held while changes are taken in. `None` until the first look.
    last: Mutex<Option<Last>>,
    behind: Notify,
    /// Whether this process has looked, since its start, whether the keys are of the algorithm that
    /// the operator chose.
    pub(crate) algorithm_settled: AtomicBool,
}

/// What stands in the database at the number of the last change that was taken in.
#[derive(PartialEq, Eq)]
struct Last {
    number: i64,
    change: Option<Change>,
}

impl App {
    /// Takes in every change that is committed. When this returns, nothing older is left in any
    /// cache of this process.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut last = self.follower.last.lock().await;
        loop {
            let asked = self.clock.monotonic();
            let number = self.directory.number();
            // The last one again, to see that it still is what was taken in.
            let changes = in_time(self.store.changes_after(number - 1, BATCH)).await?;
            let known = changes.iter().take_while(|change| change.number <= number).count();
            let (before, new) = changes.split_at(known);
            let there = Last { number, change: before.last().cloned() };
            if last.as_ref().is_some_and(|last| *last != there) {
                self.begin_anew().await?;
                *last = None;
                continue;
            }
            *last = Some(there);
            let outcome = self.take_in(new).await;
            let reached = self.directory.number();
            if let Some(change) = new.iter().find(|change| change.number == reached) {
                *last = Some(Last { number: reached, change: Some(change.clone()) });
            }
            outcome?;
            if changes.len() < BATCH as usize {
                self.step.caught_up(asked);
                return Ok(());
            }
        }
    }

    /// The database is not the one any more that was followed: another took its place that had not got
    /// the last changes yet, or it was put back. Nothing counts of what is known.
    async fn begin_anew(&self) -> Result<(), StoreError> {
        let (before, now) = (self.directory.number(), self.now());
        // First: whatever changes from here on is taken in later.
        let removals = in_time(LocalDirectory::read(&*self.store, now)).await?;
        let number = removals.number();
        tracing::error!(
            before,
            number,
            "the database lost changes that were acknowledged, such as removals: all is read anew"
        );
        let keys = in_time(self.store.signing_keys()).await?;
        let resource_servers = in_time(self.store.resource_servers()).await?;
        in_time(self.load_watched()).await?;
        self.keyring.replace(&keys, &self.master, now);
        self.directory.replace(removals);
        self.credentials.anything_changed();
        self.feed.begin_anew(number, self.clock.monotonic());
        self.resource_servers.replace(&self.settings, resource_servers);
        Ok(())
    }

    /// Whether what this process goes by is as good as what the database holds: others may rely on
    /// its word.
    pub(crate) fn is_following(&self) -> bool {
        self.step.is_following()
    }

    /// Takes in as many of them as it can, in order.
    async fn take_in(&self, changes: &[Change]) -> Result<(), StoreError> {
        let (mut taken, mut outcome) = (Vec::with_capacity(changes.len()), Ok(()));
        for change in changes {
            match self.take_into_caches(change).await {
                Ok(event) => taken.push((change.number, event)),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.directory.take_in(&taken, self.now());
        for (number, event) in taken {
            if let Some(event) = event {
                self.feed.tell(number, event);
            }
        }
        outcome
    }

    /// Gives what guards have to know of the change, if anything.
    #[expect(clippy::too_many_lines, reason = "a table: each kind of change has its place in it")]
    async fn take_into_caches(&self, change: &Change) -> Result<Option<Event>, StoreError> {
        use ChangeKind as Kind;
        let event = change.event()?;
        match change.kind {
            Kind::ApiTokenCreated | Kind::ApiTokenRemoved => {
                self.credentials.key_changed(change.id()?);
            }
            Kind::ApiSecretAdded | Kind::ApiSecretClosed => {
                self.credentials.key_changed(change.first::<ApiKey>()?);
            }
            Kind::AccountDisabled | Kind::AccountEnabled => {
                self.credentials.account_changed(change.id()?);
            }
            Kind::MemberAdded
            | Kind::MemberRemoved
            | Kind::SignInAttested
            | Kind::SignedInThroughProvider
            | Kind::NewcomerWelcomed
            | Kind::AccountUnlinked
            | Kind::ServiceAccountCreated
            | Kind::ServiceAccountRenewed
            | Kind::ServiceAccountDeleted => {
                self.credentials.account_changed(change.second()?);
            }
            Kind::OrganizationCreated
            | Kind::FederatedOrganizationCreated
            | Kind::OrganizationDisabled
            | Kind::OrganizationDeleted
            | Kind::OrganizationEnabled
            | Kind::OrganizationFederated
            | Kind::OrganizationUnfederated
            | Kind::IdentityProviderReplaced
            | Kind::IdentityProviderEnabled
            | Kind::IdentityProviderDisabled
            | Kind::IdentityProviderRemoved => self.credentials.anything_changed(),
            Kind::ResourceServerCreated | Kind::ResourceServerRemoved => {
                let all = in_time(self.store.resource_servers()).await?;
                self.resource_servers.replace(&self.settings, all);
            }
            Kind::SigningKeyAdded | Kind::SigningKeyWithdrawn => {
                let stored = in_time(self.store.signing_keys()).await?;
                self.keyring.replace(&stored, &self.master, self.now());
            }
            Kind::FederationPolicySet => {
                self.credentials.anything_changed();
                in_time(self.load_watched()).await?;
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
            | Kind::ServiceAccountRenamed
            | Kind::DomainAdded
            | Kind::DomainVerified
            | Kind::DomainRemoved
            | Kind::JustInTimeEnabled
            | Kind::JustInTimeDisabled
            | Kind::ScimSecretAdded
            | Kind::ScimSecretRemoved
            | Kind::ScimUserCreated
            | Kind::ScimUserChanged
            | Kind::ScimUserDeleted
            | Kind::ScimUserTakenUp
            | Kind::ApplicationCreated
            | Kind::ApplicationChanged
            | Kind::ApplicationNarrowed
            | Kind::ApplicationSecretReplaced
            | Kind::ApplicationRemoved
            | Kind::ApplicationOwnerDisabled
            | Kind::GrantMade
            | Kind::GrantEnded
            | Kind::GrantCodeReused
            | Kind::GrantRefreshReused
            | Kind::PepperAdded => {}
        }
        Ok(event)
    }

    /// Something may have been committed that was not taken in: it is looked for until it is found,
    /// and nothing that is cached counts until then.
    pub(crate) fn fell_behind(&self) {
        self.credentials.anything_changed();
        self.follower.behind.notify_one();
    }

    /// Follows the changes of other processes, and makes signing keys when they are due, until
    /// [`App::end`].
    pub async fn follow(self: Arc<Self>) {
        let mut keys = tokio::time::interval(KEYS);
        let mut behind = false;
        loop {
            let wait = behind || self.store.is_shared();
            tokio::select! {
                () = self.ended.cancelled() => return,
                () = self.follower.behind.notified() => {}
                () = self.store.changed_elsewhere() => {}
                () = tokio::time::sleep(PAUSE), if wait => {}
                _ = keys.tick() => self.rotate_if_due().await,
            }
            let outcome = match self.catch_up().await {
                Ok(()) => self.compare_clocks().await,
                Err(error) => Err(error),
            };
            if let (Err(error), false) = (&outcome, behind) {
                tracing::error!(%error, "changes cannot be read; trying again every second");
            }
            behind = outcome.is_err();
        }
    }
}

/// What the database answers, unless it takes too long.
pub(crate) async fn in_time<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let late = |_| Err(StoreError::Unavailable("no answer in time".to_owned()));
    timeout(PATIENCE, answer).await.unwrap_or_else(late)
}

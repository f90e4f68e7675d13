use std::collections::BTreeMap;

use keymoor_core::{ApiKey, ApplicationId, OrganizationId, UnixTime};
use keymoor_store::{Actor, ApplicationChange, Change, ChangeKind, Stamp, Store, StoreError};

use super::rights;

/// How many changes are read at once.
const BATCH: u32 = 500;
/// What owners read of an API token or an application that was removed after the backup.
const REASON: &str = "It was removed before a backup that still had it was restored.";

/// What is not done again, though it may have ended something: what took its place is not known.
const LEFT: [ChangeKind; 6] = [
    ChangeKind::PasswordSet,
    ChangeKind::RecoveryCodesMade,
    ChangeKind::OwnerChanged,
    ChangeKind::IdentityProviderChanged,
    ChangeKind::ScimUserChanged,
    ChangeKind::ScimUserDeleted,
];

/// Lets what was removed in `old` after its change `number` stay removed in `restored`: API
/// tokens and secrets, applications and what was taken from them, accounts, memberships and links,
/// organizations, providers, resource servers, signing keys, provisioning secrets, and what people
/// were deprived of.
///
/// # Errors
/// [`StoreError`]; some may be done. Doing it again does the rest.
pub(super) async fn stays_removed(
    restored: &dyn Store,
    old: &dyn Store,
    mut number: i64,
    now: UnixTime,
) -> Result<StaysRemoved, StoreError> {
    let stamp = Stamp { at: now, by: Actor::Operator, from: None };
    let mut taken = StaysRemoved::default();
    loop {
        let changes = old.changes_after(number, BATCH).await?;
        let Some(last) = changes.last() else { return Ok(taken) };
        number = last.number;
        for change in &changes {
            taken.note(change, again(restored, old, change, stamp).await)?;
            if is_left(restored, change).await? {
                *taken.left.entry(change.kind.name()).or_default() += 1;
            }
        }
    }
}

async fn is_left(restored: &dyn Store, change: &Change) -> Result<bool, StoreError> {
    match change.kind {
        // Of an account that was made since, nothing is here.
        ChangeKind::PasswordSet | ChangeKind::RecoveryCodesMade => {
            Ok(restored.account(change.id()?).await?.is_some())
        }
        kind => Ok(LEFT.contains(&kind)),
    }
}

/// Reads all that [`stays_removed`] will, so that it is known to be readable.
pub(super) async fn look_through(old: &dyn Store, mut number: i64) -> Result<(), StoreError> {
    loop {
        let changes = old.changes_after(number, BATCH).await?;
        let Some(last) = changes.last() else { return Ok(()) };
        number = last.number;
    }
}

/// What was taken over.
#[derive(Debug, Default)]
pub struct StaysRemoved {
    /// How many things were removed again.
    pub count: usize,
    /// Owners of the backup who were removed from their organization since, as
    /// `organization/account`: they are owners again, and whoever took over is not.
    pub owners: Vec<String>,
    /// What else happened that may have been meant to end something, and was not done again: names
    /// of [`ChangeKind`], and how often.
    pub left: BTreeMap<&'static str, usize>,
}

impl StaysRemoved {
    fn note(
        &mut self,
        change: &Change,
        outcome: Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        match outcome {
            Ok(did) => self.count += usize::from(did),
            Err(StoreError::Conflict(_)) if change.kind == ChangeKind::MemberRemoved => {
                self.owners.push(change.subject.clone());
            }
            // Made since the backup, or so already.
            Err(StoreError::NotFound(_) | StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Whether it is something that has to be done again, and was.
async fn again(
    store: &dyn Store,
    old: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Result<bool, StoreError> {
    use ChangeKind as Kind;
    match change.kind {
        Kind::ApiTokenRemoved => remove_api_token(store, change.id()?, stamp).await,
        Kind::ApiSecretClosed => close_api_secret(store, change, stamp).await,
        Kind::AccountDisabled => store.set_account_disabled(change.id()?, true, stamp).await,
        Kind::AccountEnabled => store.set_account_disabled(change.id()?, false, stamp).await,
        Kind::MemberRemoved => store.remove_member(change.first()?, change.second()?, stamp).await,
        Kind::ServiceAccountDeleted => {
            store.delete_service_account(change.first()?, change.second()?, stamp).await
        }
        Kind::OrganizationDisabled | Kind::OrganizationDeleted => {
            store.set_organization_disabled(change.id()?, true, stamp).await
        }
        Kind::OrganizationEnabled => {
            store.set_organization_disabled(change.id()?, false, stamp).await
        }
        Kind::OrganizationFederated => {
            store.set_organization_federated(change.id()?, true, stamp).await
        }
        Kind::OrganizationUnfederated => {
            store.set_organization_federated(change.id()?, false, stamp).await
        }
        Kind::IdentityProviderDisabled
        | Kind::IdentityProviderRemoved
        | Kind::IdentityProviderReplaced => disable_provider(store, change.first()?, stamp).await,
        Kind::AccountUnlinked => unlink(store, change, stamp).await,
        Kind::ApplicationRemoved => remove_application(store, change.id()?, stamp).await,
        Kind::ApplicationSecretReplaced => drop_secret(store, change, stamp).await,
        Kind::ApplicationNarrowed => narrow(store, old, change.id()?, stamp).await,
        Kind::ResourceServerRemoved => store.remove_resource_server(change.id()?, stamp).await,
        Kind::SigningKeyWithdrawn => store.withdraw_signing_key(&change.subject, stamp).await,
        Kind::ScimSecretRemoved => {
            store.remove_scim_secret(change.first()?, change.second()?, stamp).await
        }
        _ => return deprive(store, old, change, stamp).await,
    }?;
    Ok(true)
}

/// The same of what people may do.
async fn deprive(
    store: &dyn Store,
    old: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Result<bool, StoreError> {
    use ChangeKind as Kind;
    match change.kind {
        Kind::OperatorDismissed => rights::dismiss_operator(store, old, change.id()?, stamp).await,
        Kind::AdministratorDismissed => {
            rights::dismiss_administrator(store, old, change, stamp).await
        }
        Kind::TeamMemberChanged | Kind::TeamMemberRemoved => {
            rights::change_team_member(store, old, change, stamp).await
        }
        Kind::TeamDeleted => store.delete_team(change.second()?, stamp).await,
        Kind::RoleChanged => rights::change_role(store, old, change.second()?, stamp).await,
        Kind::RoleDeleted => store.delete_role(change.second()?, stamp).await,
        Kind::SecondFactorRemoved => rights::change_factors(store, old, change.id()?, stamp).await,
        Kind::AccessTokenRevoked => rights::revoke(store, old, change, stamp).await,
        Kind::FederationPolicySet => rights::set_policy(store, old, change.id()?, stamp).await,
        Kind::JustInTimeDisabled => rights::stop_accounts(store, old, change.id()?, stamp).await,
        Kind::DomainRemoved => store.remove_domain(change.first()?, &change.second()?, stamp).await,
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// A secret that took its place is not in the backup: the API token has none left then, and goes.
async fn close_api_secret(
    store: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let (key, secret) = (change.first()?, change.second()?);
    let open = store.api_secrets(key).await?;
    let mut open = open.iter().filter(|one| one.closed_at.is_none());
    match (open.next(), open.next()) {
        (Some(only), None) if only.id == secret => remove_api_token(store, key, stamp).await,
        _ => store.close_api_secret(key, secret, stamp).await,
    }
}

async fn remove_api_token(store: &dyn Store, key: ApiKey, stamp: Stamp) -> Result<(), StoreError> {
    let facts = store.credential_facts(key).await?;
    let facts = facts.ok_or(StoreError::NotFound("API token"))?;
    store.remove_api_token(facts.account, key, Some(REASON), stamp).await.map(|_| ())
}

async fn remove_application(
    store: &dyn Store,
    id: ApplicationId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let application = store.application(id).await?.ok_or(StoreError::NotFound("application"))?;
    store.remove_application(application.owner, id, Some(REASON), stamp).await.map(|_| ())
}

/// The secret that took its place is not in the backup: the application has none left, and goes.
async fn drop_secret(store: &dyn Store, change: &Change, stamp: Stamp) -> Result<(), StoreError> {
    let id = change.first()?;
    let application = store.application(id).await?.ok_or(StoreError::NotFound("application"))?;
    match application.facts.secret {
        Some(secret) if secret.id == change.second()? => remove_application(store, id, stamp).await,
        _ => Err(StoreError::NotFound("secret")),
    }
}

/// It may do what it might last, and no more.
async fn narrow(
    store: &dyn Store,
    old: &dyn Store,
    id: ApplicationId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let last = old.application(id).await?.ok_or(StoreError::NotFound("application"))?;
    let change = ApplicationChange {
        name: last.name,
        redirect_uris: last.redirect_uris,
        rights: last.facts.rights,
        organizations: last.facts.organizations,
    };
    store.change_application(last.owner, id, &change, stamp).await
}

async fn disable_provider(
    store: &dyn Store,
    organization: OrganizationId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let provider = store.identity_provider_of(organization).await?;
    let provider = provider.ok_or(StoreError::NotFound("identity provider"))?;
    store.set_identity_provider_enabled(provider.id, false, stamp).await
}

async fn unlink(store: &dyn Store, change: &Change, stamp: Stamp) -> Result<(), StoreError> {
    let provider = store.identity_provider_of(change.first()?).await?;
    let provider = provider.ok_or(StoreError::NotFound("identity provider"))?;
    store.unlink_account(provider.id, change.second()?, stamp).await
}

//! What people and their ways in were deprived of.

use keymoor_core::{
    AccountId, ApiKey, OrganizationId, RoleId, TeamId, UnixTime, token::TOKEN_LIFE,
};
use keymoor_store::{AuditPlace, AuditSpan, Change, RoleChange, Stamp, Store, StoreError};

type Outcome = Result<(), StoreError>;

const SO_ALREADY: StoreError = StoreError::Conflict("it is so already");

/// Whoever is an operator again in `old` stays one.
pub(super) async fn dismiss_operator(
    store: &dyn Store,
    old: &dyn Store,
    account: AccountId,
    stamp: Stamp,
) -> Outcome {
    if old.account(account).await?.is_some_and(|account| account.operator) {
        return Err(SO_ALREADY);
    }
    store.set_operator(account, false, stamp).await
}

/// The same of an administrator.
pub(super) async fn dismiss_administrator(
    store: &dyn Store,
    old: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Outcome {
    let (organization, account): (OrganizationId, _) = (change.first()?, change.second()?);
    if old.member(organization, account).await?.is_some_and(|member| member.admin) {
        return Err(SO_ALREADY);
    }
    store.set_administrator(organization, account, false, stamp).await
}

/// A member of a team has the roles of last, or is none.
pub(super) async fn change_team_member(
    store: &dyn Store,
    old: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Outcome {
    let (team, account): (TeamId, AccountId) = (change.first()?, change.second()?);
    let members = old.team_members(team).await?;
    let Some(last) = members.into_iter().find(|one| one.member.account == account) else {
        return store.remove_team_member(team, account, stamp).await;
    };
    let mut roles = Vec::new();
    for role in last.roles {
        // One that was made since is not here.
        if store.role(role.id).await?.is_some() {
            roles.push(role.id);
        }
    }
    store.set_team_roles(team, account, &roles, stamp).await
}

/// A role gives what it gave last, under the name of the backup.
pub(super) async fn change_role(
    store: &dyn Store,
    old: &dyn Store,
    id: RoleId,
    stamp: Stamp,
) -> Outcome {
    let missing = || StoreError::NotFound("role");
    let last = old.role(id).await?.ok_or_else(missing)?;
    let here = store.role(id).await?.ok_or_else(missing)?;
    let change = RoleChange {
        name: here.name,
        description: here.description,
        permissions: last.permissions,
    };
    store.change_role(id, &change, stamp).await
}

/// New people are made no accounts, unless they are again.
pub(super) async fn stop_accounts(
    store: &dyn Store,
    old: &dyn Store,
    organization: OrganizationId,
    stamp: Stamp,
) -> Outcome {
    if old.makes_accounts(organization).await? {
        return Err(SO_ALREADY);
    }
    store.set_makes_accounts(organization, false, stamp).await
}

/// Single sign-on is enforced as it was last.
pub(super) async fn set_policy(
    store: &dyn Store,
    old: &dyn Store,
    organization: OrganizationId,
    stamp: Stamp,
) -> Outcome {
    let last = old.federation_policy(organization).await?;
    let last = last.ok_or(StoreError::NotFound("organization"))?;
    store.set_federation_policy(organization, last, stamp).await
}

/// An account of which a second factor was removed has those of last: without the removed one alone,
/// a password might be enough.
pub(super) async fn change_factors(
    store: &dyn Store,
    old: &dyn Store,
    account: AccountId,
    stamp: Stamp,
) -> Outcome {
    store.account(account).await?.ok_or(StoreError::NotFound("account"))?;
    let (last, here) = (old.passkeys(account).await?, store.passkeys(account).await?);
    for passkey in last.iter().filter(|one| here.iter().all(|other| other.id != one.id)) {
        store.add_passkey(account, passkey, stamp).await?;
    }
    let (code, code_here) = (old.totp(account).await?, store.totp(account).await?);
    let same =
        code.as_ref().map(|code| &code.sealed) == code_here.as_ref().map(|code| &code.sealed);
    if !same && code_here.is_some() {
        store.remove_totp(account, stamp).await?;
    }
    if let Some(code) = code.filter(|_| !same) {
        store.add_totp(account, &code.sealed, code.last_step, stamp).await?;
    }
    for passkey in here.iter().filter(|one| last.iter().all(|other| other.id != one.id)) {
        store.remove_passkey(account, &passkey.id, stamp).await?;
    }
    Ok(())
}

/// An access token of an API token that is here, if it has not expired by itself.
pub(super) async fn revoke(
    store: &dyn Store,
    old: &dyn Store,
    change: &Change,
    stamp: Stamp,
) -> Outcome {
    let expired = change.at.plus(i64::from(TOKEN_LIFE)) < stamp.at;
    let key = if expired { None } else { key_of(old, change).await? };
    let key = key.ok_or(StoreError::NotFound("access token"))?;
    store.credential_facts(key).await?.ok_or(StoreError::NotFound("API token"))?;
    store.revoke_access_token(key, change.id()?, stamp).await.map(|_| ())
}

/// Whose the access token was: only the audit tells.
async fn key_of(old: &dyn Store, change: &Change) -> Result<Option<ApiKey>, StoreError> {
    let before = AuditPlace { at: change.at, source: 1, number: change.number - 1 };
    let until: UnixTime = change.at.plus(1);
    let span = AuditSpan { since: change.at, until, after: Some(before), limit: 1 };
    let events = old.audit(span).await?;
    let detail = events.first().map_or("", |event| &event.detail);
    let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
    Ok(detail["api_key"].as_str().and_then(|key| key.parse().ok()))
}

//! Somebody whom a provider vouches for and who has no account here: where the organization wants so,
//! one is made. No existing account is ever found by an address.

use std::{net::IpAddr, sync::Arc};

use keymoor_core::{AccountId, domain::Domain, name::Email};
use keymoor_sso::Identity;
use keymoor_store::{
    AccountKind, Actor, ENDED, IdentityProvider, NewAccount, Protocol, StoreError,
    TOO_MANY_NEWCOMERS,
};

use crate::{
    App,
    failure::Failure,
    operations::{Author, OperationError},
};

/// What became of somebody without an account.
pub(super) enum Newcomer {
    /// An account was made.
    Welcome(AccountId),
    /// Only linking leads on.
    Unknown,
    /// Provisioning says that this is no member any more.
    Ended,
    /// The organization has got as many accounts today as it can.
    TooMany,
}

/// What is told to somebody whose membership provisioning has ended.
pub(super) const GONE: &str = "Your organization's identity provider says that you do not belong to the \
    organization any more. Ask its administrator.";

/// What is told beyond the most accounts of a day.
pub(super) const TOO_MANY: &str = "Your organization has got as many new accounts today as it can. Try \
    again tomorrow, or ask its administrator to invite you.";
/// What is told to somebody whose way in was closed before they arrived.
const DISABLED: &str = "The organization or its identity provider is disabled.";

/// The address that a provider vouches for, if it lies in a verified domain of the provider's
/// organization: with OpenID Connect only where the provider says that it verified it.
pub(super) async fn vouched(
    app: &App,
    provider: &IdentityProvider,
    identity: &Identity,
) -> Result<Option<Email>, StoreError> {
    let told = identity.email.as_deref();
    // An address in the one spelling: what needs trimming is none that a provider verified.
    let email = told.filter(|told| told.trim() == *told).and_then(|told| Email::parse(told).ok());
    let Some(email) = email.filter(|_| is_verified(provider.protocol, identity)) else {
        return Ok(None);
    };
    let Some(domain) = Domain::of(&email) else {
        return Ok(None);
    };
    let holder = app.store.organization_of_domain(&domain).await?;
    Ok((holder == Some(provider.organization)).then_some(email))
}

fn is_verified(protocol: Protocol, identity: &Identity) -> bool {
    let mut verified = identity.claims.iter().filter(|claim| claim.name == "email_verified");
    let (first, more) = (verified.next(), verified.next());
    match (protocol, first, more) {
        // SAML has no such claim: the attribute is what the organization's own provider signed.
        (Protocol::Saml, None, None) => true,
        (_, Some(one), None) => one.values == ["true"],
        _ => false,
    }
}

/// Makes an account for a newcomer, if the organization makes some or provisioning told of the person.
pub(super) async fn welcome(
    app: &Arc<App>,
    provider: &IdentityProvider,
    identity: &Identity,
    from: IpAddr,
) -> Result<Newcomer, Failure> {
    let email = vouched(app, provider, identity).await?;
    let text = email.as_ref().map(Email::as_str);
    let known = app.store.provisioned(provider.id, &identity.subject, text).await?;
    if known.is_some_and(|known| !known.user.active) {
        return Ok(Newcomer::Ended);
    }
    let Some(email) = email else {
        return Ok(Newcomer::Unknown);
    };
    let (id, kind) = (app.new_account_id(), AccountKind::Person);
    let account = NewAccount { id, kind, email, password_hash: None, operator: false };
    let by = Author { by: Actor::Account(id), from: Some(from) };
    match app.welcome_newcomer(provider.id, identity.subject.clone(), account, by).await {
        Ok(()) => Ok(Newcomer::Welcome(id)),
        Err(OperationError::Store(StoreError::Conflict(ENDED))) => Ok(Newcomer::Ended),
        Err(OperationError::Store(StoreError::Conflict(TOO_MANY_NEWCOMERS))) => {
            Ok(Newcomer::TooMany)
        }
        // The address has an account already, or the organization makes none.
        Err(OperationError::Store(StoreError::Conflict(_) | StoreError::NotFound(_))) => {
            Ok(Newcomer::Unknown)
        }
        Err(other) => Err(other.into()),
    }
}

/// Makes a linked account the member that provisioning says it is. `Err` if it is none any more.
pub(super) async fn take_up(
    app: &Arc<App>,
    provider: &IdentityProvider,
    identity: &Identity,
    account: AccountId,
    from: IpAddr,
) -> Result<Result<(), &'static str>, Failure> {
    let email = vouched(app, provider, identity).await?.map(|email| email.as_str().to_owned());
    let known = app.store.provisioned(provider.id, &identity.subject, email.as_deref()).await?;
    if known.is_none() {
        return Ok(Ok(()));
    }
    let by = Author { by: Actor::Account(account), from: Some(from) };
    match app.take_up(provider.id, identity.subject.clone(), email, account, by).await {
        Ok(_) => Ok(Ok(())),
        Err(OperationError::Store(StoreError::Conflict(_))) => Ok(Err(GONE)),
        Err(OperationError::Store(StoreError::NotFound(_))) => Ok(Err(DISABLED)),
        Err(other) => Err(other.into()),
    }
}

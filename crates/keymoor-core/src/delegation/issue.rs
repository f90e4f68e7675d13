use super::{Consent, DelegationFacts, GRANT_IDLE, GrantFacts, OFFLINE_ACCESS};
use crate::{
    audience::Audience,
    claims::Claims,
    facts::CredentialFacts,
    id::{ApplicationId, GrantId, TokenId},
    scope::{Scope, Scopes},
    time::UnixTime,
    token::{Issuer, Moment, expiry, grant_scope, is_signed_in},
    wire::{InvalidGrant, OAuthError, ScopeRefusal, Unauthorized},
};

/// An access token that may be signed, issued to an application in somebody's name.
#[derive(Clone, Debug)]
pub struct Delegated {
    /// What the token says.
    pub claims: Claims,
    /// The application.
    pub application: ApplicationId,
    /// Of which grant it comes.
    pub grant: GrantId,
}

impl Delegated {
    /// Seconds until the token expires, the `expires_in` of the answer.
    pub fn expires_in(&self) -> i64 {
        self.claims.exp.since(self.claims.iat)
    }
}

/// Whether `consent` may be given at `now`: asked before a person is, and again when they said yes.
/// A scope that cannot be had is refused, never dropped silently.
///
/// # Errors
/// `invalid_scope`, `invalid_target`, `unauthorized_client` for an application that counts no more,
/// `access_denied` for an account that does.
pub fn check_consent(
    consent: &Consent,
    facts: &DelegationFacts,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<(), OAuthError> {
    match state(facts) {
        Ok(()) => {}
        Err(InvalidGrant::AccountDisabled) => return Err(OAuthError::AccessDenied),
        Err(_) => return Err(OAuthError::UnauthorizedClient(Unauthorized::GrantType)),
    }
    if consent.is_offline() && !facts.application.rights.refresh_tokens {
        return Err(OAuthError::InvalidScope(ScopeRefusal::Unknown));
    }
    let audience = issuer.audiences.find(Some(&consent.audience));
    let (_, audience) = audience.ok_or(OAuthError::InvalidTarget)?;
    let known = facts.as_credential(&consent.limits);
    check_scopes(&consent.scopes, &known, audience, now).map_err(OAuthError::InvalidScope)
}

/// Whether the grant's refresh token still works at all. Then [`issue_delegated`] decides.
///
/// # Errors
/// `invalid_grant`, with the cause.
pub fn check_refresh(grant: &GrantFacts, now: UnixTime) -> Result<(), OAuthError> {
    let idle = grant.last_used_at.plus(i64::from(GRANT_IDLE));
    let cause = if grant.ended_at.is_some() {
        InvalidGrant::Ended
    } else if grant.expires_at <= now || idle <= now {
        InvalidGrant::Expired
    } else if !grant.facts.application.rights.refresh_tokens || !grant.consent.is_offline() {
        InvalidGrant::RefreshOff
    } else {
        return Ok(());
    };
    Err(OAuthError::InvalidGrant(cause))
}

/// Decides what a code, a device code or a refresh token brings: every rule anew, each time. `asked`
/// are the scopes of the request; the whole of the consent if it names none. Never more than the
/// consent (RFC 6749 §6).
///
/// # Errors
/// `invalid_scope` for more than the consent, `invalid_target` for another API than its,
/// `unauthorized_client` from outside its address ranges, and `invalid_grant` for all that has
/// changed since.
pub fn issue_delegated(
    asked: &Scopes,
    resource: Option<&str>,
    grant: GrantId,
    consent: &Consent,
    facts: &DelegationFacts,
    issuer: &Issuer,
    moment: Moment,
) -> Result<Delegated, OAuthError> {
    state(facts).map_err(OAuthError::InvalidGrant)?;
    let known = facts.as_credential(&consent.limits);
    if known.limits.expires_at.is_some_and(|end| end <= moment.now) {
        return Err(OAuthError::InvalidGrant(InvalidGrant::Expired));
    }
    if !known.limits.allow_address(moment.address) {
        return Err(OAuthError::UnauthorizedClient(Unauthorized::Address));
    }
    if resource.is_some_and(|resource| resource != consent.audience) {
        return Err(OAuthError::InvalidTarget);
    }
    let scope = within(asked, consent)?;
    check_organizations(&known, moment.now).map_err(lost)?;
    let audience = issuer.audiences.find(Some(&consent.audience));
    let (aud, audience) = audience.ok_or(OAuthError::InvalidGrant(InvalidGrant::Scope))?;
    check_scopes(scope, &known, audience, moment.now).map_err(lost)?;
    let claims = Claims {
        iss: issuer.url.clone(),
        sub: facts.account,
        client_id: known.api_key,
        aud: aud.clone(),
        exp: expiry(&known, moment.now),
        iat: moment.now,
        jti: TokenId::from_random(moment.random),
        scope: scope.clone(),
        organizations: known.limits.organizations.clone(),
        secret_id: facts.application.secret.as_ref().map(|secret| secret.id),
        grant_id: Some(grant),
        nbf: None,
    };
    Ok(Delegated { claims, application: facts.application.id, grant })
}

fn state(facts: &DelegationFacts) -> Result<(), InvalidGrant> {
    if facts.application.removed_at.is_some() {
        Err(InvalidGrant::ApplicationRemoved)
    } else if facts.application.owner_disabled_at.is_some() {
        Err(InvalidGrant::OwnerDisabled)
    } else if facts.account_disabled_at.is_some() {
        Err(InvalidGrant::AccountDisabled)
    } else {
        Ok(())
    }
}

/// What was asked for, if the consent has all of it.
fn within<'s>(asked: &'s Scopes, consent: &'s Consent) -> Result<&'s Scopes, OAuthError> {
    if asked.is_empty() {
        return Ok(&consent.scopes);
    }
    let whole = asked.iter().all(|scope| consent.scopes.contains(scope));
    if whole { Ok(asked) } else { Err(OAuthError::InvalidScope(ScopeRefusal::Unknown)) }
}

/// [`OFFLINE_ACCESS`] is no scope of an API: whether it may be had is the application's right.
fn check_scopes(
    scopes: &Scopes,
    facts: &CredentialFacts,
    audience: &Audience,
    now: UnixTime,
) -> Result<(), ScopeRefusal> {
    let of_api =
        |scope: &&Scope| !matches!(scope, Scope::Named(name) if name.as_str() == OFFLINE_ACCESS);
    scopes.iter().filter(of_api).try_for_each(|scope| grant_scope(scope, facts, audience, now))
}

/// What was allowed for some organizations ends with the last membership there; what somebody allowed
/// whom an organization's provider alone had signed in, with that sign-in's time or the membership.
fn check_organizations(facts: &CredentialFacts, now: UnixTime) -> Result<(), ScopeRefusal> {
    let Some(only) = &facts.limits.organizations else { return Ok(()) };
    let mut left = facts.memberships.iter().filter(|one| only.contains(&one.organization));
    let Some(first) = left.next() else { return Err(ScopeRefusal::Unknown) };
    let lapsed = !is_signed_in(first, now) && left.all(|other| !is_signed_in(other, now));
    if facts.limits.through_provider_alone && lapsed {
        return Err(ScopeRefusal::SignInNeeded(first.organization));
    }
    Ok(())
}

/// A scope that was allowed and cannot be had any more.
fn lost(refusal: ScopeRefusal) -> OAuthError {
    OAuthError::InvalidGrant(match refusal {
        ScopeRefusal::Unknown => InvalidGrant::Scope,
        ScopeRefusal::SignInNeeded(organization) => InvalidGrant::SignInNeeded(organization),
    })
}

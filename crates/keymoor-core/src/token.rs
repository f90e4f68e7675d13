//! Issuing: from a request and the stored facts to the claims of an access token, or a refusal.

use std::{net::IpAddr, sync::Arc};

use crate::{
    audience::{Audience, Audiences},
    authenticate::{Authenticated, authenticate},
    claims::Claims,
    digest::Pepper,
    facts::{CredentialFacts, Membership},
    id::{ApiKey, OrganizationId, SecretId, TokenId},
    scope::{Scope, Scopes},
    secret::PresentedSecret,
    time::UnixTime,
    wire::{InvalidClient, OAuthError, ScopeRefusal, TokenRequest, Unauthorized},
};

/// Seconds that an access token lives, unless its API token says less.
pub const TOKEN_LIFE: u32 = 300;

/// What the server adds to every access token.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The `iss` of its tokens: the public URL.
    pub url: Arc<str>,
    /// The APIs that its tokens can be for, each an `aud`.
    pub audiences: Audiences,
}

/// What differs from request to request besides the request itself.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The present.
    pub now: UnixTime,
    /// 16 bytes of a CSPRNG, for the token's id.
    pub random: [u8; 16],
    /// Where the request came from.
    pub address: IpAddr,
}

/// An access token that may be signed, and what to record of it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What the token says.
    pub claims: Claims,
    /// The API token used.
    pub api_key: ApiKey,
    /// Which of its secrets.
    pub secret: SecretId,
}

impl Issued {
    /// Seconds until the token expires, the `expires_in` of the answer.
    pub fn expires_in(&self) -> i64 {
        self.claims.exp.since(self.claims.iat)
    }
}

/// Decides a token request. `facts` are those of the API Key in the request, `None` if there is
/// no such API token. Nothing about them is told before the secret was proved.
pub fn issue(
    request: &TokenRequest,
    facts: Option<&CredentialFacts>,
    pepper: &Pepper,
    issuer: &Issuer,
    moment: Moment,
) -> Result<Issued, OAuthError> {
    let known = authenticate_client(&request.client.secret, facts, pepper, moment)?;
    let resource = request.resource.as_ref().map(|text| text.as_str());
    let (aud, audience) = issuer.audiences.find(resource).ok_or(OAuthError::InvalidTarget)?;
    let scope = grant(&request.scope, known.facts, audience, moment.now)?;
    let claims = Claims {
        iss: issuer.url.clone(),
        sub: known.facts.account,
        client_id: known.facts.api_key,
        aud: aud.clone(),
        exp: expiry(known.facts, moment.now),
        iat: moment.now,
        jti: TokenId::from_random(moment.random),
        scope,
        organizations: known.facts.limits.organizations.clone(),
        secret_id: Some(known.secret),
        grant_id: None,
        nbf: None,
    };
    Ok(Issued { claims, api_key: known.facts.api_key, secret: known.secret })
}

/// Whether the client is who it says and may act at all: the secret is one of the API token's,
/// and neither that nor its owner has ended.
pub fn authenticate_client<'f>(
    presented: &PresentedSecret,
    facts: Option<&'f CredentialFacts>,
    pepper: &Pepper,
    moment: Moment,
) -> Result<Authenticated<'f>, OAuthError> {
    let known = authenticate(presented, facts, pepper)
        .ok_or_else(|| OAuthError::InvalidClient(InvalidClient::of(presented)))?;
    check_state(known.facts, moment)?;
    Ok(known)
}

fn check_state(facts: &CredentialFacts, moment: Moment) -> Result<(), OAuthError> {
    let limits = &facts.limits;
    if facts.removed_at.is_some() {
        Err(OAuthError::InvalidClient(InvalidClient::Removed))
    } else if facts.account_disabled_at.is_some() {
        Err(OAuthError::InvalidClient(InvalidClient::AccountDisabled))
    } else if limits.expires_at.is_some_and(|end| end <= moment.now) {
        Err(OAuthError::InvalidClient(InvalidClient::Expired))
    } else if !limits.allow_address(moment.address) {
        Err(OAuthError::UnauthorizedClient(Unauthorized::Address))
    } else {
        Ok(())
    }
}

/// All that was asked for, or a refusal: a scope is never dropped silently.
fn grant(
    asked: &Scopes,
    facts: &CredentialFacts,
    audience: &Audience,
    now: UnixTime,
) -> Result<Scopes, OAuthError> {
    let all = asked.iter().try_for_each(|scope| grant_scope(scope, facts, audience, now));
    all.map_err(OAuthError::InvalidScope)?;
    Ok(asked.clone())
}

/// Whether the one scope can be had: the rule of every way to a token.
pub(crate) fn grant_scope(
    scope: &Scope,
    facts: &CredentialFacts,
    audience: &Audience,
    now: UnixTime,
) -> Result<(), ScopeRefusal> {
    match scope {
        Scope::Organization(organization) => grant_organization(*organization, facts, now),
        Scope::Named(name) if audience.scopes.contains(name) => Ok(()),
        Scope::Named(_) => Err(ScopeRefusal::Unknown),
    }
}

fn grant_organization(
    organization: OrganizationId,
    facts: &CredentialFacts,
    now: UnixTime,
) -> Result<(), ScopeRefusal> {
    let membership = facts
        .memberships
        .iter()
        .find(|membership| membership.organization == organization)
        .filter(|_| facts.limits.allow_organization(organization))
        .ok_or(ScopeRefusal::Unknown)?;
    if membership.federated && !is_signed_in(membership, now) {
        return Err(ScopeRefusal::SignInNeeded(organization));
    }
    Ok(())
}

pub(crate) fn is_signed_in(membership: &Membership, now: UnixTime) -> bool {
    membership.signed_in_until.is_some_and(|until| now < until)
}

pub(crate) fn expiry(facts: &CredentialFacts, now: UnixTime) -> UnixTime {
    let life = facts.limits.token_life.unwrap_or(TOKEN_LIFE).min(TOKEN_LIFE);
    let end = now.plus(i64::from(life));
    facts.limits.expires_at.map_or(end, |last| last.min(end))
}

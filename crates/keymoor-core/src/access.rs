//! The one place where it is decided whether a token opens a resource.

use std::sync::Arc;

use crate::{
    claims::Claims,
    id::OrganizationId,
    jwt::VerifiedToken,
    refusal::Refusal,
    removals::Subject,
    scope::{Scope, ScopeName},
};

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing that belongs to an organization.
    General,
    /// A resource of this organization.
    Organization(OrganizationId),
}

/// What a guard knows beyond the token: the state that changes while tokens live.
pub trait Directory: Send + Sync {
    /// Whether the token, or something that it hangs on, was removed since it was issued.
    fn is_removed(&self, claims: &Claims) -> bool;
    /// What was removed of all that the token hangs on, if it is known: to explain a refusal.
    fn what_removed(&self, _: &Claims) -> Option<Subject> {
        None
    }
    /// Whether the organization enforces single sign-on (Federated Authentication).
    fn is_federated(&self, organization: OrganizationId) -> bool;
    /// Whether the organization is disabled.
    fn is_disabled(&self, organization: OrganizationId) -> bool;
}

/// The permit: proof that [`judge`] let a request through to its target. Nothing else can make one.
#[derive(Clone, Debug)]
pub struct Access {
    token: Arc<VerifiedToken>,
    target: Target,
}

impl Access {
    /// What the token says of its bearer.
    pub fn claims(&self) -> &Claims {
        self.token.claims()
    }

    /// The token, to be judged for another target.
    pub fn token(&self) -> &Arc<VerifiedToken> {
        &self.token
    }

    /// What the permit is for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The same permit, if the token carries every scope of `wanted`.
    pub fn with_scopes(self, wanted: &[ScopeName]) -> Result<Self, Refusal> {
        let scopes = &self.claims().scope;
        let carried = |name: &ScopeName| scopes.contains(&Scope::Named(name.clone()));
        if wanted.iter().all(carried) {
            Ok(self)
        } else {
            Err(Refusal::InsufficientScope(wanted.to_vec()))
        }
    }

    /// Whether the token carries the scope of `organization`.
    pub fn covers(&self, organization: OrganizationId) -> bool {
        self.claims().scope.contains(&Scope::Organization(organization))
    }
}

/// Decides whether `token` opens `target`, given what `directory` knows now.
///
/// A removed token opens nothing. One limited to some organizations opens no other. A disabled
/// organization opens to none. A federated organization opens only to tokens that carry its scope; elsewhere the scope adds nothing.
/// What a member may do inside an organization is the API's own decision.
pub fn judge(
    token: &Arc<VerifiedToken>,
    target: Target,
    directory: &dyn Directory,
) -> Result<Access, Refusal> {
    let claims = token.claims();
    if directory.is_removed(claims) {
        return Err(Refusal::Removed);
    }
    if let Target::Organization(organization) = target {
        enter(claims, organization, directory)?;
    }
    Ok(Access { token: token.clone(), target })
}

fn enter(
    claims: &Claims,
    organization: OrganizationId,
    directory: &dyn Directory,
) -> Result<(), Refusal> {
    let limited_to_others =
        claims.organizations.as_ref().is_some_and(|only| !only.contains(&organization));
    if limited_to_others {
        return Err(Refusal::OrganizationNotPermitted);
    }
    if directory.is_disabled(organization) {
        return Err(Refusal::OrganizationDisabled);
    }
    let carried = claims.scope.contains(&Scope::Organization(organization));
    if directory.is_federated(organization) && !carried {
        return Err(Refusal::AdditionalAuthentication(organization));
    }
    Ok(())
}

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, OrganizationId,
    access::{Access, Target},
    explain::Refused,
    facts::Limits,
};
use keymoor_store::Actor;

use crate::{App, client_address::ClientAddress, failure::Failure, operations::Author};

/// Proof that the guard let the request through; a handler that takes it cannot be reached
/// without.
pub(crate) struct Bearer(Access, IpAddr);

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let access = app.guard.examine(&parts.headers, &parts.uri, Target::General).await?;
        let address = ClientAddress::from_request_parts(parts, app).await?;
        Ok(Self(access, address.0))
    }
}

impl Bearer {
    /// The account that the token acts as.
    pub(crate) fn account(&self) -> AccountId {
        self.0.claims().sub
    }

    /// The API token whose access token this is.
    pub(crate) fn api_key(&self) -> keymoor_core::ApiKey {
        self.0.claims().client_id
    }

    /// What somebody allowed the application whose access token this is; `None` for one of an API
    /// token.
    pub(crate) fn grant(&self) -> Option<GrantId> {
        self.0.claims().grant_id
    }

    /// Whether the token is an application's.
    pub(crate) fn is_delegated(&self) -> bool {
        self.grant().is_some()
    }

    /// Whether what is narrowed by `limits` lies within what the token itself is limited to.
    pub(crate) fn reaches(&self, limits: &Limits) -> bool {
        let Some(only) = &self.0.claims().organizations else {
            return true;
        };
        limits
            .organizations
            .as_ref()
            .is_some_and(|theirs| theirs.iter().all(|one| only.contains(one)))
    }

    /// Whether the token is not limited to other organizations than that.
    pub(crate) fn reaches_organization(&self, organization: OrganizationId) -> bool {
        let only = &self.0.claims().organizations;
        only.as_ref().is_none_or(|only| only.contains(&organization))
    }

    /// As whom the audit knows the bearer.
    pub(crate) fn author(&self) -> Author {
        let client = self.api_key();
        let by = if self.is_delegated() {
            Actor::Application(ApplicationId::of_client(client))
        } else {
            Actor::ApiToken(client)
        };
        Author { by, from: Some(self.1) }
    }

    /// Whether the token opens resources of `organization`, of which its owner is a member.
    pub(crate) fn enter(
        &self,
        app: &App,
        organization: OrganizationId,
    ) -> Result<(), Box<Refused>> {
        let access = app.guard.enter(&self.0, Target::Organization(organization))?;
        if !access.covers(organization) {
            app.note_without_scope(organization, self.api_key());
        }
        Ok(())
    }
}

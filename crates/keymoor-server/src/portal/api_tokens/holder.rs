use keymoor_core::{AccountId, ApiKey, OrganizationId};
use keymoor_store::{ApiToken, Seat, ServiceAccount};

use super::super::{SignedIn, frame::Frame, organizations};
use crate::{App, failure::Failure};

/// Whose API tokens pages are about, and where these pages are.
pub(in super::super) struct Holder {
    /// Who owns them.
    pub(in super::super) account: AccountId,
    /// Where the list is.
    pub(in super::super) base: String,
    /// The organization that they are limited to, if the pages show no others.
    pub(super) only: Option<(OrganizationId, String)>,
    /// What the service account is called whose they are.
    pub(in super::super) service: Option<String>,
    /// Whether labels and secrets are changed here.
    pub(super) full: bool,
}

impl Holder {
    /// Everything that who is signed in has.
    pub(in super::super) fn own(signed_in: &SignedIn) -> Self {
        let base = "/account/tokens".to_owned();
        Self { account: signed_in.account.id, base, only: None, service: None, full: true }
    }

    /// What who has a seat in an organization has for that one alone.
    pub(in super::super) fn inside(seat: &Seat) -> Self {
        let organization = &seat.organization;
        let base = format!("{}/tokens", organizations::path(organization.id));
        let only = Some((organization.id, organization.name.as_str().to_owned()));
        Self { account: seat.account, base, only, service: None, full: false }
    }

    /// What a service account of the organization has.
    pub(in super::super) fn service(seat: &Seat, found: &ServiceAccount) -> Self {
        let here = organizations::service_account::path(seat.organization.id, found.id);
        let name = seat.organization.name.as_str().to_owned();
        Self {
            account: found.id,
            base: format!("{here}/tokens"),
            only: Some((seat.organization.id, name)),
            service: Some(found.name.as_str().to_owned()),
            full: true,
        }
    }

    /// Where it is told why calls with them were refused; pages that show a part of somebody's tokens
    /// do not tell.
    pub(super) fn refused_calls(&self) -> Option<String> {
        let above = self.base.strip_suffix("/tokens")?;
        self.full.then(|| format!("{above}/refused-calls"))
    }

    pub(super) fn frame(&self, app: &App, signed_in: &SignedIn) -> Frame {
        signed_in.frame(app, if self.only.is_some() { "organizations" } else { "tokens" })
    }

    /// Whether the pages show that API token.
    pub(super) fn takes(&self, token: &ApiToken) -> bool {
        let only = self.only.as_ref().map(|(id, _)| id);
        only.is_none_or(|only| token.limits.organizations.as_deref() == Some(&[*only][..]))
    }

    /// All of them, newest first.
    pub(super) async fn tokens(&self, app: &App) -> Result<Vec<ApiToken>, Failure> {
        let mut all = app.store.api_tokens(self.account).await?;
        all.retain(|token| self.takes(token));
        Ok(all)
    }

    pub(super) async fn find(&self, app: &App, key: ApiKey) -> Result<ApiToken, Failure> {
        app.flush_uses().await;
        let found = app.store.api_token(self.account, key).await?;
        found.filter(|token| self.takes(token)).ok_or(Failure::NotFound)
    }

    /// Asks for a recent sign-in of who changes them; then `next`.
    pub(super) async fn check_recent(
        &self,
        app: &App,
        signed_in: &SignedIn,
        next: &str,
    ) -> Result<(), Failure> {
        match &self.only {
            Some((organization, _)) => {
                signed_in.check_recent_inside(app, *organization, next).await
            }
            None => signed_in.check_recent(app, next),
        }
    }
}

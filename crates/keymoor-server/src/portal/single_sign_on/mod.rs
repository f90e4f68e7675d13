//! How an organization signs its members in: the pages of its administrators.

pub(super) mod domains;
pub(super) mod links;
pub(super) mod policy;
pub(super) mod provider;
pub(super) mod provisioning;
pub(super) mod test;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{
    IdentityProviderId, OrganizationId,
    permission::{Action, Standing},
};
use keymoor_sso::saml::Certificate;
use keymoor_store::{FederationPolicy, IdentityProvider, Organization, Seat};

use self::{links::LinkRow, policy::Preview, provider::Draft};
use super::{
    SignedIn,
    form::Form,
    frame::{Frame, page_with},
    times::When,
};
use crate::{
    App, ProviderSettings,
    failure::{Answer, Failure},
    federation::{callback_path, service_provider},
    random,
    resources::Segment,
};

/// A certificate of the provider.
struct CertificateRow {
    fingerprint: String,
    until: When,
    expired: bool,
}

#[derive(Template)]
#[template(path = "single_sign_on.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that the page shows or not")]
struct SingleSignOnPage {
    frame: Frame,
    id: String,
    name: String,
    exists: bool,
    enabled: bool,
    federated: bool,
    provider: String,
    tie: String,
    draft: Draft,
    certificates: Vec<CertificateRow>,
    entity_id: String,
    acs_url: String,
    callback_url: String,
    logout_url: String,
    /// Where members sign in.
    link: String,
    max_days: u32,
    watched: bool,
    break_glass: bool,
    preview: Preview,
    links: Vec<LinkRow>,
    problem: Option<String>,
}

/// `GET /organizations/{uuid}/sign-on`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    settings.page(&app, &signed_in, None, None).await
}

fn path(id: OrganizationId) -> String {
    format!("/organizations/{id}/sign-on")
}

/// What an administrator looks after.
struct Settings {
    organization: Organization,
    provider: Option<IdentityProvider>,
    policy: FederationPolicy,
}

impl Settings {
    /// Those of the organization, for whoever may look after them: for strangers it does not exist.
    /// Whoever has not come through the provider of a federated organization may not, but for its
    /// owner where the policy says so.
    async fn of(app: &App, signed_in: &SignedIn, id: OrganizationId) -> Result<Self, Failure> {
        Self::at(app, signed_in, id, &path(id)).await
    }

    /// The same for the page at `path`.
    async fn at(
        app: &App,
        signed_in: &SignedIn,
        id: OrganizationId,
        path: &str,
    ) -> Result<Self, Failure> {
        let seat = app.store.seat(id, signed_in.account.id).await?.ok_or(Failure::NotFound)?;
        seat.standing.may(Action::SetUpSignIn)?;
        let policy = app.store.federation_policy(id).await?.ok_or(Failure::NotFound)?;
        let glass = policy.break_glass && matches!(seat.standing, Standing::Owner);
        let organization = seat.organization;
        if organization.federated && !glass && !signed_in.has_come_through(app, id).await? {
            return Err(Failure::ComeThroughProvider(id));
        }
        signed_in.check_recent(app, path)?;
        let provider = app.store.identity_provider_of(id).await?;
        Ok(Self { organization, provider, policy })
    }

    async fn page(
        &self,
        app: &App,
        signed_in: &SignedIn,
        draft: Option<Draft>,
        problem: Option<String>,
    ) -> Answer {
        let status =
            if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        app.flush_uses().await;
        let stored = self.provider.as_ref().map(ProviderSettings::of).transpose()?;
        // The provider has to be told its id before it exists here.
        let id = match (&self.provider, &draft) {
            (Some(provider), _) => provider.id,
            (None, Some(Draft { id: Some(id), .. })) => *id,
            _ => IdentityProviderId::from_random(random()),
        };
        let us = service_provider(app, id);
        let draft = draft.unwrap_or_else(|| Draft::of(self.provider.as_ref(), stored.as_ref()));
        page_with(
            status,
            &SingleSignOnPage {
                frame: signed_in.frame(app, "organizations"),
                id: self.organization.id.to_string(),
                name: self.organization.name.as_str().to_owned(),
                exists: self.provider.is_some(),
                enabled: self.is_enabled(),
                federated: self.organization.federated,
                provider: id.to_string(),
                tie: signed_in.browser.tie(app, &id.to_string()),
                draft,
                certificates: certificates(app, stored.as_ref()),
                entity_id: us.entity_id,
                acs_url: us.acs_url,
                callback_url: app.url(&callback_path(id)),
                logout_url: app.url(&format!("/api/auth/oidc/logout/{id}")),
                link: app.url(&format!("/sign-in/organization/{}", self.organization.id)),
                max_days: self.policy.max_sign_in_age.div_ceil(86_400),
                watched: self.policy.watched,
                break_glass: self.policy.break_glass,
                preview: Preview::of(app, self.organization.id).await?,
                links: links::rows(app, self.provider.as_ref()).await?,
                problem,
            },
        )
    }

    /// The seat of who looks after it.
    async fn seat(&self, app: &App, signed_in: &SignedIn) -> Result<Seat, Failure> {
        let seat = app.store.seat(self.organization.id, signed_in.account.id).await?;
        seat.ok_or(Failure::NotFound)
    }

    fn is_enabled(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| provider.enabled_at.is_some())
    }

    fn provider(&self) -> Result<&IdentityProvider, Failure> {
        self.provider.as_ref().ok_or(Failure::NotFound)
    }
}

fn certificates(app: &App, settings: Option<&ProviderSettings>) -> Vec<CertificateRow> {
    let Some(ProviderSettings::Saml { certificates, .. }) = settings else {
        return Vec::new();
    };
    let now = app.now();
    let read = certificates.iter().filter_map(|text| Certificate::parse(text).ok());
    let row = |certificate: Certificate| CertificateRow {
        fingerprint: spaced(certificate.fingerprint()),
        until: When::new(certificate.not_after(), now),
        expired: certificate.not_after() < now,
    };
    read.map(row).collect()
}

/// Bytes as administrators compare them.
fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// A number that a form gives.
fn number(form: &Form, name: &str) -> Option<u32> {
    form.text(name).trim().parse().ok()
}

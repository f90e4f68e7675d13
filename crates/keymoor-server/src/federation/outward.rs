//! The way to the provider.

use keymoor_core::{IdentityProviderId, ticket::Ticket};
use keymoor_sso::{
    oidc::Begun,
    saml::{Freshness, RelayState, RequestId, SignInRequest},
};
use keymoor_store::IdentityProvider;
use zeroize::Zeroizing;

use super::{
    journey::{Errand, Journey, Stage},
    settings::{self, ProviderSettings},
};
use crate::{App, failure::Failure, operations::OperationError, random};

/// The path to which OpenID Connect providers send browsers back.
pub(crate) fn callback_path(id: IdentityProviderId) -> String {
    format!("/api/auth/oidc/callback/{id}")
}

impl App {
    /// Where to send the browser that is known by the ticket `browser`. Only some errands ask for a
    /// new proof of who the person is: some providers cannot tell that it was done.
    pub(crate) async fn set_out(
        &self,
        provider: &IdentityProvider,
        browser: &Ticket,
        errand: Errand,
    ) -> Result<String, Failure> {
        let settings = ProviderSettings::of(provider)?;
        let browser = browser.digest().as_str().to_owned();
        let force = errand.asks_anew();
        let (ticket, stage, url) = match &settings {
            ProviderSettings::Saml { .. } => self.to_saml(provider.id, &settings, force)?,
            ProviderSettings::OpenId { issuer, .. } => {
                self.to_open_id(provider, &settings, issuer, force).await?
            }
        };
        let journey = Journey { browser, errand, stage };
        self.keep_journey(&ticket.digest(), provider.id, &journey).await?;
        Ok(url)
    }

    fn to_saml(
        &self,
        id: IdentityProviderId,
        settings: &ProviderSettings,
        force: bool,
    ) -> Result<(Ticket, Stage, String), Failure> {
        let (us, them) = settings::saml(self, id, settings).ok_or(Failure::Internal)?;
        let (ticket, request) = (Ticket::generate(random()), RequestId::new(&random()));
        let relay_state = RelayState::parse(ticket.expose()).ok_or(Failure::Internal)?;
        let freshness = if force { Freshness::Renewed } else { Freshness::Any };
        let url =
            SignInRequest { id: &request, now: self.now(), relay_state: &relay_state, freshness }
                .url(&us, &them);
        Ok((ticket, Stage::Saml(request.as_str().to_owned()), url))
    }

    async fn to_open_id(
        &self,
        provider: &IdentityProvider,
        settings: &ProviderSettings,
        issuer: &str,
        force: bool,
    ) -> Result<(Ticket, Stage, String), Failure> {
        let them = settings::open_id(&self.master, provider, settings).ok_or(Failure::Internal)?;
        let unusable = |error| OperationError::invalid("identity_provider", &error);
        let known = self.know_provider(provider.id, issuer).await.map_err(unusable)?;
        let redirect = self.url(&callback_path(provider.id));
        let random = Zeroizing::new(random::<96>());
        let begun = Begun::new(&them, &redirect, force, &random, self.now());
        let url = begun.authorization_url(&them, &known.metadata).map_err(unusable)?;
        let ticket = Ticket::parse(begun.state()).ok_or(Failure::Internal)?;
        Ok((ticket, Stage::OpenId(begun), url))
    }
}

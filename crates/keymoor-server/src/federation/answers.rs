//! What a provider's answer is worth.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::{IdentityProviderId, UnixTime};
use keymoor_sso::{
    Identity,
    oidc::{self, Begun, Callback, LogoutNotice},
    saml::{self, Expected, RequestId},
};
use keymoor_store::{IdentityProvider, StoreError};

use super::{
    journey::Errand,
    settings::{self, ProviderSettings},
};
use crate::{App, failure::Failure};

/// What is told of a provider that an administrator has disabled meanwhile.
const DISABLED: &str = "The organization's identity provider is disabled.";
const UNREADABLE: &str = "The identity provider is not configured so that its answer can be read.";
const SEEN: &str = "The identity provider's answer was used before. Begin again.";

/// Somebody, or a refusal in words.
pub(super) type Outcome = Result<Box<Identity>, String>;

impl App {
    /// The provider, if it may vouch for that errand at present.
    pub(super) async fn vouching(
        &self,
        id: IdentityProviderId,
        errand: &Errand,
    ) -> Result<Result<(IdentityProvider, ProviderSettings), String>, Failure> {
        let found = self.store.identity_provider(id).await?;
        let is_test = matches!(errand, Errand::Test { .. });
        let Some(found) = found.filter(|found| is_test || found.enabled_at.is_some()) else {
            return Ok(Err(DISABLED.to_owned()));
        };
        let settings = ProviderSettings::of(&found)?;
        Ok(Ok((found, settings)))
    }

    /// Who the SAML response tells of, if it answers the request of that id.
    pub(super) async fn read_response(
        &self,
        id: IdentityProviderId,
        settings: &ProviderSettings,
        response: &str,
        request: &str,
    ) -> Result<Outcome, StoreError> {
        let (Some((us, them)), Some(request_id)) =
            (settings::saml(self, id, settings), RequestId::parse(request))
        else {
            return Ok(Err(UNREADABLE.to_owned()));
        };
        let expected = Expected { request_id: &request_id, now: self.now() };
        let verified = match saml::verify(response, &us, &them, &expected) {
            Ok(verified) => verified,
            Err(refusal) => return Ok(Err(refusal.to_string())),
        };
        let first = self.spend(id, &verified.assertion_id, verified.expires_at).await?;
        Ok(if first { Ok(Box::new(verified.identity)) } else { Err(SEEN.to_owned()) })
    }

    /// Who the callback tells of, if it answers what was begun.
    pub(super) async fn read_callback(
        &self,
        provider: &IdentityProvider,
        settings: &ProviderSettings,
        begun: &Begun,
        query: &str,
    ) -> Outcome {
        let them = settings::open_id(&self.master, provider, settings);
        let them = them.ok_or_else(|| UNREADABLE.to_owned())?;
        let known = self.know_provider(provider.id, &them.issuer).await.map_err(sentence)?;
        let callback = Callback::parse(query).map_err(sentence)?;
        let (fetch, now) = (&*self.settings.fetch, self.now());
        let identity =
            oidc::finish(fetch, &them, &known.metadata, &known.keys, begun, &callback, now).await;
        identity.map(Box::new).map_err(sentence)
    }

    /// The end of a session that the provider tells of, if it is the first time.
    pub(super) async fn read_logout(
        &self,
        provider: &IdentityProvider,
        settings: &ProviderSettings,
        token: &str,
    ) -> Result<Option<LogoutNotice>, StoreError> {
        let Some(them) = settings::open_id(&self.master, provider, settings) else {
            return Ok(None);
        };
        let Ok(known) = self.know_provider(provider.id, &them.issuer).await else {
            return Ok(None);
        };
        let (fetch, now) = (&*self.settings.fetch, self.now());
        let read = oidc::logout_token(fetch, &them, &known.metadata, &known.keys, token, now).await;
        let Ok(notice) = read.inspect_err(|why| tracing::info!(%why, "logout token refused"))
        else {
            return Ok(None);
        };
        let first = self.spend(provider.id, &notice.jti, notice.expires_at).await?;
        Ok(first.then_some(notice))
    }

    /// Whether the provider says for the first time what it calls so.
    async fn spend(
        &self,
        id: IdentityProviderId,
        name: &str,
        expires_at: UnixTime,
    ) -> Result<bool, StoreError> {
        let name = digest(&SHA256, format!("{id}\n{name}").as_bytes());
        let name = URL_SAFE_NO_PAD.encode(name);
        self.store.spend_assertion(&name, expires_at.max(self.journeys_end()), self.now()).await
    }
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
}

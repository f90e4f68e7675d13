use std::sync::Arc;

use keymoor_core::{
    AccountId, IdentityProviderId, OrganizationId, UnixTime, name::Label, seal::Purpose,
};
use keymoor_sso::{oidc::discover, saml::Certificate};
use keymoor_store::{FederationPolicy, IdentityProvider, ProviderSignIn, Stamp};
use zeroize::Zeroizing;

use super::{Author, OperationError};
use crate::{App, federation::ProviderSettings, random};

/// Seconds within which the maximum age of a sign-in lies: an hour to a year.
const SIGN_IN_AGES: std::ops::RangeInclusive<u32> = 3600..=365 * 86_400;
/// The most bytes of a client's secret or name.
const MAX_TEXT: usize = 1024;

/// An identity provider to be made or changed.
#[derive(Clone)]
pub struct ProviderOrder {
    /// What administrators call it.
    pub label: String,
    /// What the server has to know of it.
    pub settings: ProviderSettings,
    /// The secret by which the server authenticates to it (OpenID Connect). Where one is changed,
    /// `None` leaves it as it is.
    pub secret: Option<Zeroizing<String>>,
}

impl App {
    /// Makes the identity provider of an organization, under that id if one is given. It vouches for
    /// nobody until it is enabled.
    pub async fn create_identity_provider(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: Option<IdentityProviderId>,
        order: ProviderOrder,
        by: impl Into<Author>,
    ) -> Result<IdentityProviderId, OperationError> {
        let id = id.unwrap_or_else(|| IdentityProviderId::from_random(random()));
        let new = self.provider(id, organization, order, None).await?;
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_identity_provider(&new, stamp).await
        })
        .await?;
        Ok(id)
    }

    /// Changes an identity provider. If people are named by another issuer than before, or by
    /// another attribute, nobody is who they were: links and sign-ins end.
    pub async fn change_identity_provider(
        self: &Arc<Self>,
        before: IdentityProvider,
        order: ProviderOrder,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let (id, organization) = (before.id, before.organization);
        let known = ProviderSettings::of(&before).ok();
        let changed = self.provider(id, organization, order, Some(before)).await?;
        let now = ProviderSettings::of(&changed).ok();
        let another = !known.zip(now).is_some_and(|(known, now)| known.names_people_as(&now));
        self.carry_out(by, move |app, stamp| async move {
            app.store.change_identity_provider(&changed, another, stamp).await
        })
        .await
    }

    async fn provider(
        &self,
        id: IdentityProviderId,
        organization: OrganizationId,
        order: ProviderOrder,
        before: Option<IdentityProvider>,
    ) -> Result<IdentityProvider, OperationError> {
        let label = Label::parse(&order.label).map_err(|e| OperationError::invalid("label", &e))?;
        let known = before.as_ref().and_then(|before| ProviderSettings::of(before).ok());
        let settings = self.checked(order.settings, known.as_ref()).await?;
        let protocol = settings.protocol();
        let kept = before.as_ref().filter(|before| before.protocol == protocol);
        let secret = match order.secret.filter(|secret| !secret.is_empty()) {
            Some(secret) => Some(self.seal_secret(id, &secret)?),
            None => kept.and_then(|before| before.secret.clone()),
        };
        let now = self.now();
        Ok(IdentityProvider {
            id,
            organization,
            protocol,
            label,
            settings: serde_json::to_string(&settings).expect("settings have only text keys"),
            secret,
            enabled_at: before.as_ref().and_then(|before| before.enabled_at),
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
        })
    }

    fn seal_secret(
        &self,
        id: IdentityProviderId,
        secret: &str,
    ) -> Result<keymoor_core::seal::Sealed, OperationError> {
        if secret.len() > MAX_TEXT || secret.contains(char::is_control) {
            let problem = format!("must be at most {MAX_TEXT} bytes, without control characters");
            return Err(OperationError::invalid("client_secret", &problem));
        }
        let name = id.to_string();
        Ok(self.master.seal(Purpose::ProviderSecret, &name, random(), secret.as_bytes()))
    }

    /// The settings in their one spelling, if a provider can be spoken with by them.
    async fn checked(
        &self,
        settings: ProviderSettings,
        before: Option<&ProviderSettings>,
    ) -> Result<ProviderSettings, OperationError> {
        match &settings {
            ProviderSettings::Saml { .. } => checked_saml(settings, before, self.now()),
            ProviderSettings::OpenId { issuer, client_id } => {
                if !(1..=MAX_TEXT).contains(&client_id.len())
                    || client_id.contains(char::is_control)
                {
                    let problem = "must be what the provider calls this client";
                    return Err(OperationError::invalid("client_id", &problem));
                }
                let found = discover(&*self.settings.fetch, issuer).await;
                found.map_err(|error| OperationError::invalid("issuer", &error))?;
                Ok(settings)
            }
        }
    }

    /// Enables an identity provider or disables it: then it vouches for nobody, and the tokens that
    /// live with its organization's scope die.
    pub async fn set_identity_provider_enabled(
        self: &Arc<Self>,
        id: IdentityProviderId,
        enabled: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_identity_provider_enabled(id, enabled, stamp).await
        })
        .await
    }

    /// Removes an identity provider, with the links to it.
    pub async fn remove_identity_provider(
        self: &Arc<Self>,
        id: IdentityProviderId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_identity_provider(id, stamp).await
        })
        .await
    }

    /// Says how an organization enforces single sign-on.
    pub async fn set_federation_policy(
        self: &Arc<Self>,
        organization: OrganizationId,
        policy: FederationPolicy,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        if !SIGN_IN_AGES.contains(&policy.max_sign_in_age) {
            return Err(OperationError::invalid("max_sign_in_age", &"must be 1 hour to 365 days"));
        }
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_federation_policy(organization, policy, stamp).await
        })
        .await
    }

    /// Links a provider's name for a person to an account.
    pub(crate) async fn link_account(
        self: &Arc<Self>,
        provider: IdentityProviderId,
        subject: String,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.link_account(provider, &subject, account, stamp).await
        })
        .await
    }

    /// Ends a link, with what went by it.
    pub async fn unlink_account(
        self: &Arc<Self>,
        provider: IdentityProviderId,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.unlink_account(provider, account, stamp).await
        })
        .await
    }

    /// Notes that somebody signed in through a provider: from then on the scope is granted.
    pub(crate) async fn sign_in_through(
        self: &Arc<Self>,
        new: ProviderSignIn,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp: Stamp| async move {
            app.store.sign_in_through(&new, stamp).await
        })
        .await
    }
}

/// Each certificate in PEM; one that was not there before has to last.
fn checked_saml(
    settings: ProviderSettings,
    before: Option<&ProviderSettings>,
    now: UnixTime,
) -> Result<ProviderSettings, OperationError> {
    let ProviderSettings::Saml { entity_id, sso_url, certificates, subject_attribute } = settings
    else {
        return Ok(settings);
    };
    let bad = |field, problem: &dyn std::fmt::Display| OperationError::invalid(field, problem);
    let known: &[String] = match before {
        Some(ProviderSettings::Saml { certificates, .. }) => certificates,
        _ => &[],
    };
    let mut read = Vec::new();
    for text in &certificates {
        let certificate = Certificate::parse(text).map_err(|error| bad("credentials", &error))?;
        let is_new = !known.contains(&certificate.pem());
        certificate.check(now, is_new).map_err(|error| bad("credentials", &error))?;
        if !read.contains(&certificate) {
            read.push(certificate);
        }
    }
    let pems = read.iter().map(Certificate::pem).collect();
    let source = subject_attribute.clone().map_or(
        keymoor_sso::saml::SubjectSource::NameId,
        keymoor_sso::saml::SubjectSource::Attribute,
    );
    keymoor_sso::saml::IdentityProvider::new(entity_id.clone(), sso_url.clone(), read, source)
        .map_err(|error| bad(field_of(error), &error))?;
    Ok(ProviderSettings::Saml { entity_id, sso_url, certificates: pems, subject_attribute })
}

fn field_of(error: keymoor_sso::saml::ProviderError) -> &'static str {
    use keymoor_sso::saml::ProviderError as Error;
    match error {
        Error::NoCertificate | Error::TooManyCertificates => "credentials",
        Error::EntityId => "entity_id",
        Error::SsoUrl => "sso_url",
        Error::Attribute => "subject_attribute",
    }
}

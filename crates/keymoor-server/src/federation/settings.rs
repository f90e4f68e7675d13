use std::{future::Future, pin::Pin};

use keymoor_core::{
    IdentityProviderId,
    seal::{MasterKey, Purpose},
};
use keymoor_sso::{
    Fetch, FetchError, Fetched, Request, oidc,
    saml::{self, Certificate, ServiceProvider, SubjectSource},
};
use keymoor_store::{IdentityProvider, Protocol};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{App, failure::Failure};

/// What the server has to know of an identity provider, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum ProviderSettings {
    /// SAML 2.0.
    Saml {
        /// Its entity ID.
        entity_id: String,
        /// Where people are sent to sign in (HTTP-Redirect).
        sso_url: String,
        /// Its signing certificates, PEM; several while one replaces another.
        certificates: Vec<String>,
        /// The attribute that names a person for good; the persistent `NameID` without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject_attribute: Option<String>,
    },
    /// OpenID Connect 1.0.
    OpenId {
        /// Its issuer.
        issuer: String,
        /// Under which name it knows us.
        client_id: String,
    },
}

impl ProviderSettings {
    /// How the provider is spoken with.
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Saml { .. } => Protocol::Saml,
            Self::OpenId { .. } => Protocol::OpenId,
        }
    }

    /// Whether a name for a person means the same person under `other`.
    pub(crate) fn names_people_as(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Saml { entity_id, subject_attribute, .. },
                Self::Saml { entity_id: id, subject_attribute: attribute, .. },
            ) => entity_id == id && subject_attribute == attribute,
            (Self::OpenId { issuer, .. }, Self::OpenId { issuer: other, .. }) => issuer == other,
            _ => false,
        }
    }

    /// The certificates in a text: in PEM one after another, or one in base64.
    pub(crate) fn certificates(text: &str) -> Vec<String> {
        let parts = text.split_inclusive("-----END CERTIFICATE-----").map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// What is stored; anything else in its place is damage.
    pub(crate) fn of(provider: &IdentityProvider) -> Result<Self, Failure> {
        serde_json::from_str(&provider.settings).map_err(|_| {
            tracing::error!(provider = %provider.id, "the settings cannot be read");
            Failure::Internal
        })
    }
}

/// The parties of SAML, from what is stored.
pub(super) fn saml(
    app: &App,
    id: IdentityProviderId,
    settings: &ProviderSettings,
) -> Option<(ServiceProvider, saml::IdentityProvider)> {
    let ProviderSettings::Saml { entity_id, sso_url, certificates, subject_attribute } = settings
    else {
        return None;
    };
    let certificates: Result<Vec<_>, _> =
        certificates.iter().map(|text| Certificate::parse(text)).collect();
    let source = subject_attribute.clone().map_or(SubjectSource::NameId, SubjectSource::Attribute);
    let made =
        saml::IdentityProvider::new(entity_id.clone(), sso_url.clone(), certificates.ok()?, source);
    Some((service_provider(app, id), made.ok()?))
}

/// Keymoor towards the provider of that id.
pub(crate) fn service_provider(app: &App, id: IdentityProviderId) -> ServiceProvider {
    ServiceProvider {
        entity_id: app.url(&format!("/api/auth/saml/metadata/{id}")),
        acs_url: app.url(&format!("/api/auth/saml/acs/{id}")),
    }
}

/// The provider of OpenID Connect, from what is stored.
pub(super) fn open_id(
    master: &MasterKey,
    provider: &IdentityProvider,
    settings: &ProviderSettings,
) -> Option<oidc::Provider> {
    let ProviderSettings::OpenId { issuer, client_id } = settings else {
        return None;
    };
    let client_secret = match &provider.secret {
        None => None,
        Some(sealed) => {
            let name = provider.id.to_string();
            let plain = master.open(Purpose::ProviderSecret, &name, sealed).ok()?;
            Some(Zeroizing::new(String::from_utf8(plain.to_vec()).ok()?))
        }
    };
    Some(oidc::Provider { issuer: issuer.clone(), client_id: client_id.clone(), client_secret })
}

/// Asks nobody: for a server that was given no means to.
#[derive(Clone, Copy, Debug)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn fetch<'f>(
        &'f self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'f>> {
        let why = "this server was not given the means to ask".to_owned();
        Box::pin(async move { Err(FetchError::Unreachable(request.url, why)) })
    }
}

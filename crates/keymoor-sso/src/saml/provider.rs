//! The two ends of a connection: our service provider and an organization's identity provider.

use thiserror::Error;

use super::Certificate;

/// Keymoor, towards one identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Our entity ID (saml-metadata §2.2.1): the audience of what is meant for us.
    pub entity_id: String,
    /// Our assertion consumer service: where the response is posted.
    pub acs_url: String,
}

/// What names a person for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectSource {
    /// The `NameID`, which must be persistent (saml-core §8.3.7).
    NameId,
    /// The attribute of this name, which the provider never changes and never gives to another.
    Attribute(String),
}

/// An identity provider, as it was configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    entity_id: String,
    sso_url: String,
    certificates: Vec<Certificate>,
    subject: SubjectSource,
}

/// Why an identity provider cannot be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// No certificate: then nothing could be verified.
    #[error("The identity provider needs at least one signing certificate.")]
    NoCertificate,
    /// More than [`IdentityProvider::MAX_CERTIFICATES`].
    #[error("The identity provider has too many certificates. Remove those no longer used.")]
    TooManyCertificates,
    /// An entity ID that is empty, longer than 1024 bytes (saml-core §8.3.6), or has blanks.
    #[error("The entity ID must be 1 to 1024 bytes without blanks.")]
    EntityId,
    /// A sign-in address that is no address.
    #[error("The sign-in URL must begin with https:// or http:// and have no blank and no #.")]
    SsoUrl,
    /// An attribute without a name.
    #[error("The name of the subject's attribute must be 1 to 255 bytes.")]
    Attribute,
}

impl IdentityProvider {
    /// How many certificates one may have: two while it rolls over, and some to spare.
    pub const MAX_CERTIFICATES: usize = 8;

    /// Takes what was configured. Whether a certificate is valid at present is for
    /// [`Certificate::check`]; at sign-in, one that is not verifies nothing.
    pub fn new(
        entity_id: String,
        sso_url: String,
        certificates: Vec<Certificate>,
        subject: SubjectSource,
    ) -> Result<Self, ProviderError> {
        if certificates.is_empty() {
            return Err(ProviderError::NoCertificate);
        }
        if certificates.len() > Self::MAX_CERTIFICATES {
            return Err(ProviderError::TooManyCertificates);
        }
        check_entity_id(&entity_id)?;
        check_url(&sso_url)?;
        check_source(&subject)?;
        Ok(Self { entity_id, sso_url, certificates, subject })
    }

    /// Its entity ID: the issuer of what it sends.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where people are sent to sign in (HTTP-Redirect).
    pub fn sso_url(&self) -> &str {
        &self.sso_url
    }

    /// Its certificates; never none.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What names a person.
    pub const fn subject(&self) -> &SubjectSource {
        &self.subject
    }
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|one| one.is_whitespace() || one.is_control())
}

pub(crate) fn check_entity_id(text: &str) -> Result<(), ProviderError> {
    let good = (1..=1024).contains(&text.len()) && is_plain(text);
    good.then_some(()).ok_or(ProviderError::EntityId)
}

pub(crate) fn check_url(text: &str) -> Result<(), ProviderError> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?']));
    let good =
        host && text.len() <= 2048 && text.is_ascii() && is_plain(text) && !text.contains('#');
    good.then_some(()).ok_or(ProviderError::SsoUrl)
}

fn check_source(subject: &SubjectSource) -> Result<(), ProviderError> {
    match subject {
        SubjectSource::Attribute(name) if !(1..=255).contains(&name.len()) => {
            Err(ProviderError::Attribute)
        }
        _ => Ok(()),
    }
}

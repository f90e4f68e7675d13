//! Metadata: ours is written, an identity provider's is read (saml-metadata §2).

use thiserror::Error;

use super::{
    Certificate, CertificateError, MAX_METADATA, ServiceProvider,
    provider::{check_entity_id, check_url},
    refusal::DocumentFault,
    scan::Comments,
    tree::{self, METADATA as M, Node, SIGNATURE as D},
};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

impl ServiceProvider {
    /// Our metadata, for the identity provider.
    pub fn metadata(&self) -> String {
        format!(
            concat!(
                r#"<?xml version="1.0" encoding="UTF-8"?>"#,
                "\n",
                r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" "#,
                r#"entityID="{us}"><md:SPSSODescriptor AuthnRequestsSigned="false" "#,
                r#"WantAssertionsSigned="true" protocolSupportEnumeration="{protocol}">"#,
                "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                "</md:NameIDFormat><md:AssertionConsumerService ",
                r#"Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" "#,
                r#"Location="{acs}" index="0" isDefault="true"/>"#,
                "</md:SPSSODescriptor></md:EntityDescriptor>\n",
            ),
            us = escape(&self.entity_id),
            protocol = PROTOCOL,
            acs = escape(&self.acs_url),
        )
    }
}

/// `text` as the text of an element or the value of an attribute in double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// What an identity provider's metadata says. It is not signed: whoever brings it vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its entity ID.
    pub entity_id: String,
    /// Its sign-in address for HTTP-Redirect.
    pub sso_url: String,
    /// Its signing certificates, each once, valid now or not.
    pub certificates: Vec<Certificate>,
}

/// Why metadata is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MetadataError {
    /// More than [`MAX_METADATA`] bytes.
    #[error("The metadata is longer than {MAX_METADATA} bytes.")]
    TooLong,
    /// No XML that is read.
    #[error("The metadata cannot be read: {0}.")]
    Document(#[from] DocumentFault),
    /// Another document.
    #[error("This is not SAML 2.0 metadata: there is no EntityDescriptor.")]
    NoEntity,
    /// A federation's metadata.
    #[error("The metadata describes several entities. Upload that of the one identity provider.")]
    SeveralEntities,
    /// That of a service provider, say.
    #[error("The metadata is not of an identity provider: there is no IDPSSODescriptor.")]
    NoIdentityProvider,
    /// More than one role, with different keys perhaps.
    #[error("The metadata has several IDPSSODescriptor for SAML 2.0.")]
    SeveralIdentityProviders,
    /// An entity ID that cannot be one.
    #[error("The entityID in the metadata must be 1 to 1024 bytes without blanks.")]
    EntityId,
    /// No address to send people to.
    #[error("The metadata has no SingleSignOnService with the HTTP-Redirect binding.")]
    NoRedirect,
    /// An address that is none.
    #[error("The SingleSignOnService's Location must begin with https:// or http://.")]
    SsoUrl,
    /// No signing certificate.
    #[error("The metadata has no signing certificate.")]
    NoCertificate,
    /// A signing certificate that cannot be used.
    #[error("A signing certificate in the metadata cannot be used. {0}")]
    Certificate(#[from] CertificateError),
}

impl Described {
    /// Reads the metadata of one identity provider.
    pub fn parse(xml: &str) -> Result<Self, MetadataError> {
        if xml.len() > MAX_METADATA {
            return Err(MetadataError::TooLong);
        }
        let document = tree::parse(xml.trim_start_matches('\u{FEFF}'), Comments::Allowed)?;
        let entity = entity(tree::root(&document)?)?;
        let role = role(entity)?;
        let entity_id = entity.attribute("entityID").unwrap_or_default().to_owned();
        check_entity_id(&entity_id).map_err(|_| MetadataError::EntityId)?;
        Ok(Self { entity_id, sso_url: sso_url(role)?, certificates: certificates(role)? })
    }
}

fn entity(root: Node<'_>) -> Result<Node<'_>, MetadataError> {
    let mut entities = root.descendants().filter(|node| node.is((M, "EntityDescriptor")));
    match (entities.next(), entities.next()) {
        (Some(entity), None) => Ok(entity),
        (None, _) => Err(MetadataError::NoEntity),
        _ => Err(MetadataError::SeveralEntities),
    }
}

fn role(entity: Node<'_>) -> Result<Node<'_>, MetadataError> {
    let speaks = |node: &Node<'_>| {
        let protocols = node.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|one| one == PROTOCOL)
    };
    let mut roles = entity.all((M, "IDPSSODescriptor")).filter(speaks);
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        (None, _) => Err(MetadataError::NoIdentityProvider),
        _ => Err(MetadataError::SeveralIdentityProviders),
    }
}

fn sso_url(role: Node<'_>) -> Result<String, MetadataError> {
    let redirects = |node: &Node<'_>| node.attribute("Binding") == Some(REDIRECT);
    let mut services = role.all((M, "SingleSignOnService"));
    let service = services.find(redirects).ok_or(MetadataError::NoRedirect)?;
    let url = service.attribute("Location").unwrap_or_default();
    check_url(url).map_err(|_| MetadataError::SsoUrl)?;
    Ok(url.to_owned())
}

/// The certificates of the keys that sign, or whose use is not told.
fn certificates(role: Node<'_>) -> Result<Vec<Certificate>, MetadataError> {
    let signs = |node: &Node<'_>| matches!(node.attribute("use"), None | Some("signing"));
    let keys = role.all((M, "KeyDescriptor")).filter(signs);
    let mut found: Vec<Certificate> = Vec::new();
    for node in keys.flat_map(Node::descendants).filter(|node| node.is((D, "X509Certificate"))) {
        let text = node.text().ok_or(CertificateError::Invalid)?;
        let certificate = Certificate::parse(text)?;
        if !found.contains(&certificate) {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(MetadataError::NoCertificate) } else { Ok(found) }
}

//! The way out: an `AuthnRequest` by HTTP-Redirect (saml-core §3.4.1; saml-bindings §3.4).

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use keymoor_core::UnixTime;
use miniz_oxide::deflate::compress_to_vec;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{IdentityProvider, ServiceProvider, SubjectSource, instant, metadata::escape};

/// The name of a request, which its answer repeats (saml-core §1.3.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// The name made of 20 bytes of a CSPRNG: `_` and 40 hexadecimal digits.
    pub fn new(random: &[u8; 20]) -> Self {
        let mut id = String::from("_");
        for byte in random {
            let _ = write!(id, "{byte:02x}");
        }
        Self(id)
    }

    /// Reads back what was kept; `None` if [`RequestId::new`] did not make it.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('_')?;
        let good = hex.len() == 40 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the provider hands back untouched (saml-bindings §3.4.3): a key to what the caller keeps,
/// 1 to 80 letters, digits, `-` and `_`, so that it is never an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelayState(String);

impl RelayState {
    /// Reads a relay state, ours or one that came back; `None` if it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let good = (1..=80).contains(&text.len()) && text.bytes().all(plain);
        good.then(|| Self(text.to_owned()))
    }

    /// The relay state as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the provider may answer from a session that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It may.
    Any,
    /// The person has to prove anew who they are (`ForceAuthn`): for a test or a renewal.
    Renewed,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct SignInRequest<'r> {
    /// The name of the request; the answer has to repeat it.
    pub id: &'r RequestId,
    /// The present.
    pub now: UnixTime,
    /// What comes back with the answer.
    pub relay_state: &'r RelayState,
    /// Whether an old session is good enough.
    pub freshness: Freshness,
}

impl SignInRequest<'_> {
    /// Where to send the browser: the provider's address with the request in it.
    pub fn url(&self, sp: &ServiceProvider, idp: &IdentityProvider) -> String {
        let deflated = compress_to_vec(self.xml(sp, idp).as_bytes(), 9);
        let request = BASE64_STANDARD.encode(deflated);
        let (request, base) = (utf8_percent_encode(&request, NON_ALPHANUMERIC), idp.sso_url());
        let joint = if base.contains('?') { '&' } else { '?' };
        let relay_state = self.relay_state.as_str();
        format!("{base}{joint}SAMLRequest={request}&RelayState={relay_state}")
    }

    /// The request itself.
    pub fn xml(&self, sp: &ServiceProvider, idp: &IdentityProvider) -> String {
        let force = if self.freshness == Freshness::Renewed { " ForceAuthn=\"true\"" } else { "" };
        format!(
            concat!(
                r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" "#,
                r#"xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" "#,
                r#"IssueInstant="{now}" Destination="{to}"{force} "#,
                r#"ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" "#,
                r#"AssertionConsumerServiceURL="{acs}"><saml:Issuer>{us}</saml:Issuer>"#,
                r#"<samlp:NameIDPolicy{format} AllowCreate="true"/></samlp:AuthnRequest>"#,
            ),
            id = self.id.as_str(),
            now = instant::format(self.now),
            to = escape(idp.sso_url()),
            force = force,
            acs = escape(&sp.acs_url),
            us = escape(&sp.entity_id),
            format = format_policy(idp.subject()),
        )
    }
}

/// A persistent `NameID` is asked for only where it is the subject: some providers have none.
fn format_policy(subject: &SubjectSource) -> &'static str {
    match subject {
        SubjectSource::NameId => " Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"",
        SubjectSource::Attribute(_) => "",
    }
}

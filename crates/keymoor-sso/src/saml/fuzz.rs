//! The bodies of the fuzz targets: each takes any bytes and must not panic.

use base64::{Engine, prelude::BASE64_STANDARD};
use keymoor_core::UnixTime;

use super::{
    Certificate, Described, Expected, IdentityProvider, RequestId, ServiceProvider, SubjectSource,
    verify,
};

/// A target: its name, which is its corpus folder's too, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 3] = [
    ("saml_response", saml_response),
    ("saml_metadata", saml_metadata),
    ("saml_certificate", saml_certificate),
];

/// A certificate whose private key was thrown away: nothing verifies by it.
const NOBODY: &str = include_str!("nobody.pem");

/// A response; none is accepted, for nobody can sign it. Told as XML, as a provider writes it.
pub fn saml_response(bytes: &[u8]) {
    let sp = ServiceProvider {
        entity_id: "https://sp.example/saml".into(),
        acs_url: "https://sp.example/acs".into(),
    };
    let certificate = Certificate::parse(NOBODY).expect("the certificate beside this file is one");
    let idp = IdentityProvider::new(
        "https://idp.example/saml".into(),
        "https://idp.example/sso".into(),
        vec![certificate],
        SubjectSource::NameId,
    );
    let idp = idp.expect("a provider with a certificate");
    let request_id = RequestId::new(&[7; 20]);
    let expected = Expected { request_id: &request_id, now: UnixTime::from_seconds(1_800_000_000) };
    let response = BASE64_STANDARD.encode(bytes);
    let refusal = verify(&response, &sp, &idp, &expected).expect_err("nobody signed it");
    assert!(refusal.to_string().len() < 4096);
}

/// Metadata; a provider that is described can be configured, but for the number of its keys.
pub fn saml_metadata(bytes: &[u8]) {
    if let Ok(described) = Described::parse(&String::from_utf8_lossy(bytes)) {
        let Described { entity_id, sso_url, mut certificates } = described;
        certificates.truncate(IdentityProvider::MAX_CERTIFICATES);
        let made = IdentityProvider::new(entity_id, sso_url, certificates, SubjectSource::NameId);
        assert!(made.is_ok());
    }
}

/// A certificate reads the same from what it writes.
pub fn saml_certificate(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::parse(&String::from_utf8_lossy(bytes)) {
        assert_eq!(Certificate::parse(&certificate.pem()).as_ref(), Ok(&certificate));
    }
}

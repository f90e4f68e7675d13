//! What is sent to an identity provider.

use base64::{Engine, prelude::BASE64_STANDARD};
use keymoor_core::UnixTime;
use keymoor_sso::saml::{
    Certificate, Freshness, IdentityProvider, ProviderError, RelayState, RequestId,
    ServiceProvider, SignInRequest, SubjectSource,
};
use miniz_oxide::inflate::decompress_to_vec;
use percent_encoding::percent_decode_str;

use super::corpus::Corpus;

fn provider(url: &str, subject: SubjectSource) -> Result<IdentityProvider, ProviderError> {
    let certificate = Certificate::parse(Corpus::get().pem("rsa")).unwrap();
    IdentityProvider::new("https://idp.example".into(), url.into(), vec![certificate], subject)
}

fn sp() -> ServiceProvider {
    ServiceProvider {
        entity_id: "https://k.example/&".into(),
        acs_url: "https://k.example/acs".into(),
    }
}

fn url(base: &str, subject: SubjectSource, freshness: Freshness) -> String {
    let idp = provider(base, subject).unwrap();
    let request = SignInRequest {
        id: &RequestId::new(&[0xAB; 20]),
        now: UnixTime::from_seconds(1_769_860_800),
        relay_state: &RelayState::parse("state-1").unwrap(),
        freshness,
    };
    request.url(&sp(), &idp)
}

/// The request in an address.
fn inflated(url: &str) -> String {
    let (_, rest) = url.split_once("SAMLRequest=").unwrap();
    let (request, _) = rest.split_once('&').unwrap();
    let base64 = percent_decode_str(request).decode_utf8().unwrap();
    let deflated = BASE64_STANDARD.decode(base64.as_bytes()).unwrap();
    String::from_utf8(decompress_to_vec(&deflated).unwrap()).unwrap()
}

#[test]
fn a_request_says_who_asks_and_where_to_answer() {
    let url = url("https://idp.example/sso", SubjectSource::NameId, Freshness::Any);
    assert!(url.starts_with("https://idp.example/sso?SAMLRequest="), "{url}");
    assert!(url.ends_with("&RelayState=state-1"), "{url}");
    let xml = inflated(&url);
    for part in [
        &format!("ID=\"_{}\"", "ab".repeat(20)),
        "IssueInstant=\"2026-01-31T12:00:00Z\"",
        "Destination=\"https://idp.example/sso\"",
        "AssertionConsumerServiceURL=\"https://k.example/acs\"",
        "<saml:Issuer>https://k.example/&amp;</saml:Issuer>",
        "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert!(!xml.contains("ForceAuthn"));
}

#[test]
fn a_renewed_sign_in_is_forced() {
    let url = url("https://idp.example/sso", SubjectSource::NameId, Freshness::Renewed);
    assert!(inflated(&url).contains("ForceAuthn=\"true\""));
}

#[test]
fn an_attribute_as_subject_asks_for_no_persistent_name() {
    let subject = SubjectSource::Attribute("uid".into());
    assert!(
        !inflated(&url("https://idp.example/sso", subject, Freshness::Any)).contains("persistent")
    );
}

#[test]
fn an_address_with_a_query_is_continued() {
    let url = url("https://idp.example/sso?a=b", SubjectSource::NameId, Freshness::Any);
    assert!(url.starts_with("https://idp.example/sso?a=b&SAMLRequest="), "{url}");
}

#[test]
fn what_is_no_address_is_no_provider() {
    for url in [
        "",
        "idp.example",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        "https://a/#b",
        "https:///a",
    ] {
        assert_eq!(provider(url, SubjectSource::NameId), Err(ProviderError::SsoUrl), "{url}");
    }
    let nameless = SubjectSource::Attribute(String::new());
    assert_eq!(provider("https://idp.example", nameless), Err(ProviderError::Attribute));
}

#[test]
fn a_request_id_is_read_back() {
    let id = RequestId::new(&[0x0F; 20]);
    assert_eq!(RequestId::parse(id.as_str()), Some(id));
    for text in ["", "_", "_0f", &"0f".repeat(20), &format!("_{}", "0F".repeat(20))] {
        assert_eq!(RequestId::parse(text), None, "{text}");
    }
}

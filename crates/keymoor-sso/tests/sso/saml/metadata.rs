//! Metadata, ours and theirs.

use keymoor_sso::saml::{
    Certificate, CertificateError, Described, DocumentFault, MAX_METADATA, MetadataError,
    ServiceProvider,
};
use proptest::prelude::*;

use super::corpus::Corpus;

const HEAD: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example/saml">"#;
const ROLE: &str =
    r#"<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">"#;
const SSO: &str = r#"<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso?a=b&amp;c=d"/>"#;
const END: &str = "</md:IDPSSODescriptor></md:EntityDescriptor>";

fn key(name: &str, usage: &str) -> String {
    let pem = Corpus::get().pem(name);
    let bare: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let bare = bare.join("\n");
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{bare}\n\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn with(keys: &str) -> String {
    format!("{HEAD}{ROLE}{keys}{SSO}{END}")
}

#[test]
fn an_identity_provider_is_described() {
    let keys = key("rsa", " use=\"signing\"") + &key("p256", "") + &key("rsa", "");
    let encryption = key("stranger", " use=\"encryption\"");
    let xml = format!(
        "\u{FEFF}<?xml version=\"1.0\"?><!-- made by hand -->{}",
        with(&(keys + &encryption))
    );
    let described = Described::parse(&xml).unwrap();
    assert_eq!(described.entity_id, "https://idp.example/saml");
    assert_eq!(described.sso_url, "https://idp.example/sso?a=b&c=d");
    let pinned = ["rsa", "p256"].map(|name| Certificate::parse(Corpus::get().pem(name)).unwrap());
    assert_eq!(described.certificates, pinned);
}

#[test]
fn what_is_missing_is_named() {
    let good = with(&key("rsa", ""));
    let twice = format!("<x>{good}{good}</x>");
    for (xml, error) in [
        ("<html/>".to_owned(), MetadataError::NoEntity),
        (twice, MetadataError::SeveralEntities),
        (good.replace("IDPSSO", "SPSSO"), MetadataError::NoIdentityProvider),
        (good.replace("SAML:2.0:protocol", "SAML:1.1:protocol"), MetadataError::NoIdentityProvider),
        (good.replace("HTTP-Redirect", "SOAP"), MetadataError::NoRedirect),
        (good.replace("https://idp.example/sso", "javascript:x"), MetadataError::SsoUrl),
        (good.replace("https://idp.example/saml", ""), MetadataError::EntityId),
        (with(&key("small", "")), MetadataError::Certificate(CertificateError::Invalid)),
    ] {
        assert_eq!(Described::parse(&xml), Err(error), "{xml}");
    }
}

#[test]
fn s65_metadata_without_a_signing_certificate_is_refused() {
    for keys in [String::new(), key("rsa", " use=\"encryption\"")] {
        assert_eq!(Described::parse(&with(&keys)), Err(MetadataError::NoCertificate));
    }
}

#[test]
fn s64_metadata_has_no_doctype_and_a_bounded_size() {
    let bomb = format!("<!DOCTYPE x [<!ENTITY e 'x'>]>{}", with(&key("rsa", "")));
    assert_eq!(Described::parse(&bomb), Err(MetadataError::Document(DocumentFault::Doctype)));
    let long = " ".repeat(MAX_METADATA + 1);
    assert_eq!(Described::parse(&long), Err(MetadataError::TooLong));
    let deep = "<x>".repeat(1000);
    assert_eq!(Described::parse(&deep), Err(MetadataError::Document(DocumentFault::Malformed)));
}

#[test]
fn ours_says_where_to_post_and_what_to_sign() {
    let sp = ServiceProvider {
        entity_id: "https://k.example/sp?a&b".into(),
        acs_url: "https://k.example/acs/\"<1>".into(),
    };
    let metadata = sp.metadata();
    for part in [
        r#"entityID="https://k.example/sp?a&amp;b""#,
        r#"Location="https://k.example/acs/&quot;&lt;1&gt;""#,
        r#"WantAssertionsSigned="true""#,
        "nameid-format:persistent",
        "bindings:HTTP-POST",
    ] {
        assert!(metadata.contains(part), "{part} in {metadata}");
    }
    assert_eq!(Described::parse(&metadata), Err(MetadataError::NoIdentityProvider));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[<>/a-z=\"' &;!?:-]{0,300}") {
        let _ = Described::parse(&text);
    }

    #[test]
    fn damaged_metadata_is_read_or_refused(at in 0usize..5000, by in ".") {
        let mut xml = with(&key("p256", ""));
        let at = at % xml.len();
        xml.replace_range(at..=at, &by);
        let _ = Described::parse(&xml);
    }
}

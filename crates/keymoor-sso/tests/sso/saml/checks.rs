//! One check each: the documents that fail it are refused for that reason and no other.

use keymoor_core::UnixTime;
use keymoor_sso::saml::{
    Certificate, DocumentFault, Expected, IdentityProvider, ProviderError, RelayState, RequestId,
    SKEW, SamlRefusal as Refusal, ServiceProvider, SignatureFault as Fault, SubjectSource, verify,
};

use super::corpus::Corpus;

/// Each document of those prefixes is refused for a reason that `expected` knows.
fn refused(prefixes: &[&str], expected: fn(&Refusal) -> bool) {
    let corpus = Corpus::get();
    for document in prefixes.iter().flat_map(|prefix| corpus.beginning(prefix)) {
        let refusal = corpus.verify(&document.bytes, document.source.as_deref()).unwrap_err();
        assert!(expected(&refusal), "{}: {refusal:?}", document.file);
    }
}

/// Those variants, whatever is signed, are refused for a reason that `expected` knows.
fn wrong(variants: &[&str], expected: fn(&Refusal) -> bool) {
    for mode in ["assertion", "response", "both"] {
        for variant in variants {
            refused(&[&format!("wrong-{mode}-{variant}")], expected);
        }
    }
}

fn signature(refusal: &Refusal) -> Option<&Fault> {
    match refusal {
        Refusal::Signature { fault, .. } => Some(fault),
        _ => None,
    }
}

fn document(refusal: &Refusal) -> Option<&DocumentFault> {
    match refusal {
        Refusal::Document(fault) => Some(fault),
        _ => None,
    }
}

#[test]
fn s63_a_hidden_assertion_has_no_place() {
    refused(&["xsw-"], |refusal| document(refusal).is_some());
}

#[test]
fn s63_a_changed_document_does_not_hold() {
    refused(&["changed-"], |refusal| signature(refusal) == Some(&Fault::Changed));
}

#[test]
fn s63_a_signature_is_over_the_element_that_holds_it() {
    let other = |refusal: &Refusal| matches!(signature(refusal), Some(Fault::Reference(_)));
    refused(
        &["lent-", "weak-assertion-uri", "weak-response-uri", "no-id-assertion", "no-id-response"],
        other,
    );
}

#[test]
fn s63_both_signatures_have_to_hold() {
    refused(&["one-of-two-"], |refusal| signature(refusal) == Some(&Fault::Stranger));
}

#[test]
fn s63_the_identity_is_what_was_signed() {
    let corpus = Corpus::get();
    let verified = corpus.verify(&corpus.document("good-both-rsa").bytes, None).unwrap();
    let identity = verified.identity;
    assert_eq!(identity.subject, "ada-0001");
    assert_eq!(identity.email.as_deref(), Some("ada@example.com"));
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(identity.session.as_deref(), Some("_s1"));
    assert_eq!(identity.authenticated_at, corpus.now.plus(-10));
    let names: Vec<_> = identity.claims.iter().map(|claim| claim.name.as_str()).collect();
    let uid = "urn:oid:0.9.2342.19200300.100.1.1";
    assert_eq!(names, ["NameID", "NameID Format", "email", "displayName", uid]);
}

#[test]
fn s63_an_instant_within_the_skew_is_not_told_as_the_future() {
    let corpus = Corpus::get();
    let verified = corpus.verify(&corpus.document("good-skew").bytes, None).unwrap();
    assert_eq!(verified.identity.authenticated_at, corpus.now);
}

#[test]
fn s64_markup_beside_elements_is_refused() {
    let odd = |refusal: &Refusal| {
        use DocumentFault::{Cdata, Comment, Doctype, Entity, Instruction, Mixed};
        let fault = document(refusal);
        matches!(fault, Some(Cdata | Comment | Doctype | Entity | Instruction | Mixed(_)))
    };
    refused(&["splice-assertion", "splice-response", "splice-both", "around-", "doctype-"], odd);
}

#[test]
fn s64_depth_and_size_are_capped() {
    refused(&["deep.", "deep-wrapped"], |refusal| {
        document(refusal) == Some(&DocumentFault::Malformed)
    });
    refused(&["huge", "deep-root"], |refusal| *refusal == Refusal::TooLong);
    refused(&["long-subject"], |refusal| matches!(refusal, Refusal::Subject(_)));
}

#[test]
fn s64_ids_are_there_once() {
    wrong(&["same-id"], |refusal| matches!(document(refusal), Some(DocumentFault::SameId(_))));
}

#[test]
fn s65_a_provider_without_a_certificate_is_none() {
    let made = IdentityProvider::new(
        "https://idp.example".into(),
        "https://idp.example/sso".into(),
        Vec::new(),
        SubjectSource::NameId,
    );
    assert_eq!(made, Err(ProviderError::NoCertificate));
}

#[test]
fn s65_a_signature_that_was_taken_away_is_missed() {
    refused(
        &["unsigned", "cut-assertion-Signature.", "cut-response-Signature.", "cut-both-Signature."],
        |one| *one == Refusal::Unsigned,
    );
}

#[test]
fn s65_an_expired_certificate_verifies_nothing() {
    refused(&["weak-assertion-key-expired", "weak-both-key-expired"], |refusal| {
        signature(refusal) == Some(&Fault::Dated)
    });
}

#[test]
fn s65_several_certificates_are_active_and_one_that_is_removed_is_not() {
    let corpus = Corpus::get();
    let only = Certificate::parse(corpus.pem("p256")).unwrap();
    let idp = corpus.provider_with(vec![only], None);
    let judge = |name: &str| corpus.verify_at(&corpus.document(name).bytes, &idp, corpus.now);
    assert!(judge("good-assertion-p256").is_ok());
    let refusal = judge("good-assertion-rsa").unwrap_err();
    assert_eq!(signature(&refusal), Some(&Fault::Stranger));
}

#[test]
fn s66_weak_signatures_are_refused() {
    let weak = |refusal: &Refusal| matches!(signature(refusal), Some(Fault::Algorithm(_)));
    for mode in ["assertion", "response", "both"] {
        for name in ["rsa-sha1", "rsa-sha224", "rsa-md5", "hmac-sha256", "hmac-sha1"] {
            refused(&[&format!("weak-{mode}-{name}")], weak);
        }
    }
    refused(&["weak-assertion-method-", "weak-response-method-"], weak);
}

#[test]
fn s66_weak_digests_are_refused() {
    let weak = |refusal: &Refusal| matches!(signature(refusal), Some(Fault::Digest(_)));
    refused(&["weak-assertion-digest", "weak-response-digest", "weak-both-digest"], weak);
}

#[test]
fn s66_other_transforms_are_refused() {
    refused(&["weak-assertion-transforms", "weak-response-transforms"], |refusal| {
        signature(refusal) == Some(&Fault::Transforms) || document(refusal).is_some()
    });
}

#[test]
fn s66_other_canonicalisation_is_refused() {
    refused(&["weak-assertion-info", "weak-response-info", "weak-both-info"], |refusal| {
        matches!(signature(refusal), Some(Fault::Canonicalisation(_)))
    });
}

#[test]
fn s66_the_key_that_comes_along_is_not_looked_at() {
    let strange = |refusal: &Refusal| signature(refusal) == Some(&Fault::Stranger);
    refused(&["weak-assertion-keyinfo-stranger", "weak-both-lent-keyinfo"], strange);
    let corpus = Corpus::get();
    assert!(corpus.verify(&corpus.document("good-keyinfo-stranger").bytes, None).is_ok());
}

#[test]
fn s67_audience() {
    wrong(&["aAudience-says"], |refusal| matches!(refusal, Refusal::Audience { .. }));
    wrong(&["two-restrictions"], |refusal| matches!(refusal, Refusal::Audience { .. }));
}

#[test]
fn s67_recipient() {
    wrong(&["SubjectConfirmationData-Recipient"], |one| matches!(one, Refusal::Recipient { .. }));
}

#[test]
fn s67_destination() {
    wrong(&["root-Destination"], |refusal| matches!(refusal, Refusal::Destination { .. }));
}

#[test]
fn s67_issuer() {
    wrong(&["aIssuer-says", "aAssertionaIssuer-says", "Issuer-Format"], |refusal| {
        matches!(refusal, Refusal::Issuer { .. })
    });
}

#[test]
fn s67_in_response_to() {
    wrong(&["SubjectConfirmationData-InResponseTo", "root-InResponseTo"], |refusal| {
        matches!(refusal, Refusal::OtherRequest(_) | Refusal::Unsolicited(_))
    });
}

#[test]
fn s67_what_is_over() {
    let over = |refusal: &Refusal| matches!(refusal, Refusal::Over { .. });
    for name in ["SubjectConfirmationData-NotOnOrAfter", "Conditions-NotOnOrAfter"] {
        wrong(&[&format!("{name}-0"), &format!("{name}-1.")], over);
    }
    wrong(&["AuthnStatement-SessionNotOnOrAfter-0"], over);
}

#[test]
fn s67_what_is_yet_to_come() {
    let early = |refusal: &Refusal| matches!(refusal, Refusal::Early { .. });
    let names = ["Conditions-NotBefore", "AuthnStatement-AuthnInstant", "Assertion-IssueInstant"];
    for name in names.into_iter().chain(["root-IssueInstant"]) {
        wrong(&[&format!("{name}-0")], early);
    }
}

#[test]
fn s67_times_that_cannot_be_read() {
    let unread = |refusal: &Refusal| matches!(refusal, Refusal::Time { .. });
    wrong(&["Conditions-NotBefore-2", "Conditions-NotOnOrAfter-4", "root-IssueInstant-3"], unread);
}

#[test]
fn s67_each_mandatory_part_is_missed() {
    wrong(&["no-", "cut-"], |refusal| {
        matches!(
            refusal,
            Refusal::Missing(_)
                | Refusal::Unsolicited(_)
                | Refusal::Confirmation(_)
                | Refusal::NameIdFormat(_)
                | Refusal::Status { .. }
                | Refusal::Document(DocumentFault::Count { .. } | DocumentFault::Version(_))
        )
    });
}

#[test]
fn s67_status() {
    wrong(&["StatusCode-Value", "inner-status"], |one| matches!(one, Refusal::Status { .. }));
}

#[test]
fn s67_only_a_bearer() {
    wrong(&["SubjectConfirmation-Method"], |one| matches!(one, Refusal::Confirmation(_)));
}

#[test]
fn s67_the_clocks_may_differ_by_a_minute_and_no_more() {
    let corpus = Corpus::get();
    let (bytes, idp) = (&corpus.document("good-assertion-rsa").bytes, corpus.provider(None));
    let judge = |seconds| corpus.verify_at(bytes, &idp, corpus.now.plus(seconds));
    // The conditions begin 30 s before, the sign-in was 10 s before and it was issued 5 s before.
    assert!(judge(-5 - SKEW).is_ok());
    assert!(matches!(judge(-6 - SKEW), Err(Refusal::Early { .. })));
    assert!(judge(299 + SKEW).is_ok());
    assert!(matches!(judge(300 + SKEW), Err(Refusal::Over { .. })));
    for far in [i64::MIN, i64::MAX] {
        assert!(corpus.verify_at(bytes, &idp, UnixTime::from_seconds(far)).is_err());
    }
}

#[test]
fn s68_the_caller_learns_what_to_keep_and_until_when() {
    let corpus = Corpus::get();
    let (bytes, idp) = (&corpus.document("good-assertion-rsa").bytes, corpus.provider(None));
    let verified = corpus.verify_at(bytes, &idp, corpus.now).unwrap();
    assert_eq!(verified.assertion_id, "_a1");
    let last = verified.expires_at;
    assert!(corpus.verify_at(bytes, &idp, last.plus(-1)).is_ok());
    assert!(corpus.verify_at(bytes, &idp, last).is_err());
}

#[test]
fn s69_encrypted_assertions_are_refused() {
    let corpus = Corpus::get();
    for document in corpus.beginning("encrypted") {
        let refusal = corpus.verify(&document.bytes, None).unwrap_err();
        assert_eq!(refusal, Refusal::Encrypted, "{}", document.file);
    }
}

#[test]
fn s70_what_answers_no_request_is_refused() {
    let unsolicited = |refusal: &Refusal| matches!(refusal, Refusal::Unsolicited(_));
    wrong(&["no-root-InResponseTo", "no-SubjectConfirmationData-InResponseTo"], unsolicited);
}

#[test]
fn s70_another_browsers_answer_is_refused() {
    let corpus = Corpus::get();
    let other = RequestId::new(&[9; 20]);
    let expected = Expected { request_id: &other, now: corpus.now };
    let bytes = &corpus.document("good-assertion-rsa").bytes;
    let response = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let refusal = verify(&response, &corpus.sp, &corpus.provider(None), &expected).unwrap_err();
    assert_eq!(refusal, Refusal::OtherRequest("Response"));
}

#[test]
fn s70_a_relay_state_is_never_an_address() {
    for text in ["https://evil.example", "//evil.example", "/portal", "a b", "", &"a".repeat(81)] {
        assert_eq!(RelayState::parse(text), None, "{text}");
    }
    assert_eq!(RelayState::parse("abc-_9").unwrap().as_str(), "abc-_9");
}

#[test]
fn only_a_persistent_name_is_a_subject() {
    wrong(&["NameID-Format"], |refusal| matches!(refusal, Refusal::NameIdFormat(_)));
    wrong(&["NameID-SPNameQualifier", "NameID-NameQualifier"], |refusal| {
        matches!(refusal, Refusal::Qualifier(_))
    });
    wrong(&["aNameID-says"], |refusal| matches!(refusal, Refusal::Subject(_)));
}

#[test]
fn a_subject_attribute_is_there_once() {
    let missed = ["subject-attribute-two", "subject-attribute-none", "subject-attribute-absent"];
    refused(&missed, |refusal| matches!(refusal, Refusal::SubjectAttribute(_)));
    refused(&["subject-attribute-twice"], |one| matches!(one, Refusal::SubjectAttribute(_)));
}

#[test]
fn another_service_providers_address_is_not_ours() {
    let corpus = Corpus::get();
    let sp = ServiceProvider { acs_url: "https://keymoor.example/2".into(), ..corpus.sp.clone() };
    let expected = Expected { request_id: &corpus.request_id, now: corpus.now };
    let bytes = &corpus.document("good-assertion-rsa").bytes;
    let response = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let refusal = verify(&response, &sp, &corpus.provider(None), &expected).unwrap_err();
    assert!(matches!(refusal, Refusal::Destination { .. }));
}
